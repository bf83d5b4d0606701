/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pools that are born and die by the thousand, and what must hold for all of them.
 *
 * A life is a pool in memory of its own. Each object says who has it, and each
 * life how many objects are in hands. So it shows when
 *  - an object is popped that somebody has                        (doubles)
 *  - a pool is released while objects are in hands                (early)
 *  - a pool is released twice, or touched later                   (grave.h)
 *  - an object is lost, or counted twice: its pool is not released, or early. */

#ifndef TEST_LIFECYCLE_LIFE_H
#define TEST_LIFECYCLE_LIFE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <objpool/objpool.h>

#include "rng.h"

#define LIFE_OBJS_MAX 64u

/* Of all lives. */
struct census {
	bool is_control; /* it must fail */
	_Atomic(uint64_t) created;
	_Atomic(uint64_t) released;
	_Atomic(uint64_t) early;
	_Atomic(uint64_t) doubles;
	_Atomic(uint64_t) refused;  /* calls that failed and should not */
	_Atomic(uint64_t) already;  /* finis of finished pools */
	_Atomic(uint64_t) shut;     /* pops of finished pools */
	_Atomic(uint64_t) again;    /* pops after the last object was pushed */
	_Atomic(uint64_t) reclaims; /* calls */
};

struct life {
	struct objpool pool;
	struct census *census;
	struct life *heir;        /* its release finishes that one */
	_Atomic(uint32_t) nr_out; /* objects in hands */
	_Atomic(bool) withdrawn;  /* anybody may finish it */
	bool has_holders;
};

/* Objects of one pool in one thread's hands. */
struct hand {
	struct life *life;
	bool is_keepsake; /* not to be given back while the pool lives */
	unsigned int n;
	void *objs[LIFE_OBJS_MAX];
};

/* Bring a pool into being: a few objects, and fewer slots than threads. */
struct life *
life_begin(struct census *census, struct objpool_gp *gp, uint32_t flags,
	struct rng *rng);

/* Pop up to n objects, in one of three ways. Returns how many. */
unsigned int
hand_take(struct hand *h, uint32_t who, unsigned int n, struct rng *rng);

/* Push n objects, or park or drop some, as it comes. The life must not be
 * touched afterwards but by the right of a section or another object. */
void
hand_give(struct hand *h, unsigned int n, bool park, struct rng *rng);

/* Drop them all. */
void
hand_drop(struct hand *h);

/* Finish a pool, perhaps not as the first. */
void
life_finish(struct life *life);

/* At the end, all being released: print the counts; false if one is wrong. */
bool
census_check(const struct census *census, const char *what);

#endif /* TEST_LIFECYCLE_LIFE_H */
