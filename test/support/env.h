/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the environment says about a test run: seed, duration, tools. */

#ifndef TEST_SUPPORT_ENV_H
#define TEST_SUPPORT_ENV_H

#include <stdbool.h>
#include <stdint.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define HAS_ASAN 1
#else
#define HAS_ASAN 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define HAS_TSAN 1
#else
#define HAS_TSAN 0
#endif

/* Seed of this run: OBJPOOL_TEST_SEED, or a new one; printed when first asked
 * for. */
uint64_t
env_seed(void);

/* Use this seed whatever the environment says. */
void
env_set_seed(uint64_t seed);

/* Seconds a test should take: OBJPOOL_TEST_SECONDS, or what is usual; a quarter
 * of that under a sanitizer or valgrind. */
double
env_seconds(double usual);

/* How often to do something: n, or an eighth under a sanitizer or valgrind, or
 * by OBJPOOL_TEST_FEWER times less. */
unsigned int
env_times(unsigned int n);

/* Is this run slowed down by a sanitizer or valgrind? */
bool
env_is_slow(void);

/* Nanoseconds of a clock that only goes forward. */
uint64_t
env_now(void);

#endif /* TEST_SUPPORT_ENV_H */
