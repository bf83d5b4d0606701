/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The seed is chosen once per process and printed, so that a failure can be run
 * again with OBJPOOL_TEST_SEED. Durations only say how long to look for
 * trouble; no test passes or fails by them.
 */

#include "env.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_VALGRIND
#include <valgrind/valgrind.h>
#endif

static uint64_t seed;
static bool seed_is_set;
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void
choose_seed(void)
{
	const char *text = getenv("OBJPOOL_TEST_SEED");

	if (seed_is_set)
		return;
	if (text != NULL)
		seed = strtoull(text, NULL, 0);
	else
		seed = env_now() * UINT64_C(0x9e3779b97f4a7c15) ^
			(uint64_t)getpid();
	fprintf(stderr, "OBJPOOL_TEST_SEED=%" PRIu64 "\n", seed);
}

uint64_t
env_seed(void)
{
	pthread_once(&seed_once, choose_seed);
	return seed;
}

void
env_set_seed(uint64_t s)
{
	seed = s;
	seed_is_set = true;
}

bool
env_is_slow(void)
{
#ifdef HAVE_VALGRIND
	if (RUNNING_ON_VALGRIND)
		return true;
#endif
	return HAS_ASAN || HAS_TSAN;
}

double
env_seconds(double usual)
{
	const char *text = getenv("OBJPOOL_TEST_SECONDS");

	if (text != NULL)
		return strtod(text, NULL);
	return env_is_slow() ? usual / 4 : usual;
}

unsigned int
env_times(unsigned int n)
{
	const char *text = getenv("OBJPOOL_TEST_FEWER");
	unsigned int by = env_is_slow() ? 8 : 1;

	if (text != NULL)
		by = (unsigned int)strtoul(text, NULL, 0);
	return by <= 1 ? n : n > by ? n / by : 1;
}

uint64_t
env_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) +
		(uint64_t)now.tv_nsec;
}
