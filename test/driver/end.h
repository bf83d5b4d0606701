/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the tests of mempools' ends share. */

#ifndef OBJPOOL_TEST_DRIVER_END_H
#define OBJPOOL_TEST_DRIVER_END_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include <rte_lcore.h>
#include <rte_mempool.h>

#include <objpool/objpool_mempool.h>

/* What a callback was told. */
struct told {
	atomic_uint times;
	char name[RTE_MEMPOOL_NAMESIZE];
	unsigned int lcore;
	pthread_t thread;
	cpu_set_t cpus;
};

static inline void
on_freed(const char *name, void *ctx)
{
	struct told *told = ctx;

	snprintf(told->name, sizeof(told->name), "%s", name);
	told->lcore = rte_lcore_id();
	told->thread = pthread_self();
	pthread_getaffinity_np(told->thread, sizeof(told->cpus), &told->cpus);
	atomic_fetch_add(&told->times, 1);
}

static inline void
wait_all(void)
{
	assert_int_equal(objpool_mempool_wait(20000), 0);
}

/* Everything that waited is gone, this too, and it was told once. */
static inline void
expect_freed(struct told *told, const char *name)
{
	wait_all();
	assert_int_equal(atomic_load(&told->times), 1);
	assert_string_equal(told->name, name);
}

/* It still waits, though there was time to free it. */
static inline void
expect_waiting(struct told *told)
{
	assert_int_equal(objpool_mempool_wait(25), -ETIMEDOUT);
	assert_int_equal(atomic_load(&told->times), 0);
}

static inline void
free_later(struct rte_mempool *mp, struct told *told)
{
	atomic_store(&told->times, 0);
	assert_int_equal(objpool_mempool_free_deferred(mp, on_freed, told), 0);
}

static inline void
replace(struct rte_mempool *mp, struct rte_mempool *by, struct told *told)
{
	atomic_store(&told->times, 0);
	assert_int_equal(objpool_mempool_replace(mp, by, on_freed, told), 0);
}

/* What a walk over those that wait told last. */
struct seen {
	unsigned int times;
	struct objpool_mempool_waiting last;
	char name[64], holders[512];
};

static inline void
see(const struct objpool_mempool_waiting *waiting, void *ctx)
{
	struct seen *seen = ctx;

	seen->times++;
	seen->last = *waiting;
	snprintf(seen->name, sizeof(seen->name), "%s", waiting->name);
	snprintf(seen->holders, sizeof(seen->holders), "%s", waiting->holders);
}

#define WORKER 1 /* lcore */

#endif /* OBJPOOL_TEST_DRIVER_END_H */
