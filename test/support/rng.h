/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Small random numbers: splitmix64, good enough to choose sizes and victims. */

#ifndef TEST_SUPPORT_RNG_H
#define TEST_SUPPORT_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t
rng_mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* A stream of its own for each (seed, who). */
static inline void
rng_init(struct rng *rng, uint64_t seed, uint64_t who)
{
	rng->state = rng_mix(seed ^ rng_mix(who + 1));
}

static inline uint64_t
rng_next(struct rng *rng)
{
	rng->state += UINT64_C(0x9e3779b97f4a7c15);
	return rng_mix(rng->state);
}

/* 0 to n - 1, n above 0. */
static inline unsigned int
rng_below(struct rng *rng, unsigned int n)
{
	return (unsigned int)((rng_next(rng) >> 32) * n >> 32);
}

/* 1 to n, n above 0. */
static inline unsigned int
rng_upto(struct rng *rng, unsigned int n)
{
	return rng_below(rng, n) + 1;
}

#endif /* TEST_SUPPORT_RNG_H */
