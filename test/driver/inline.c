/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The driver's inline calls: that they work on the same mempools and objects as
 * mempool's own, on several lcores, and go mempool's way for whatever is not
 * theirs: foreign mempools, closed and replaced ones, mbufs of every kind.
 * Where free objects can be poisoned, inline calls do it, too (poisoned.h).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_random.h>

#include "eal.h"
#include "end.h"
#include "env.h"
#include "poisoned.h"

#define SIZE  1000u
#define BURST 64u

static bool
is_quick(const struct objpool_slot *slot)
{
	return slot != NULL &&
		atomic_load_explicit(&slot->mode, memory_order_relaxed) ==
		OBJPOOL_SLOT_MARKED_;
}

/* covers G3 G4 */
static void
inline_and_plain_calls_mix(void **state)
{
	static const unsigned int sizes[] = { 0, 1, 2, 3, 4, 7, 8, 31, 32, 33,
		64, 200, SIZE };
	struct rte_mempool *mp = mempool_new("mix", SIZE, 0);
	struct objpool_slot *slot = objpool_mempool_slot(mp);
	void *objs[SIZE + 1];

	(void)state;
	assert_true(is_quick(slot));
	assert_ptr_equal(objpool_mempool_slot(mp), slot);
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		unsigned int n = sizes[i];

		assert_int_equal(objpool_mempool_get_bulk(mp, slot, objs, n),
			0);
		expect_available(mp, SIZE - n);
		assert_true(are_distinct(objs, n));
		rte_mempool_put_bulk(mp, objs, n);
		assert_int_equal(rte_mempool_get_bulk(mp, objs, n), 0);
		objpool_mempool_put_bulk(mp, slot, objs, n);
		expect_available(mp, SIZE);
	}
	assert_int_equal(objpool_mempool_get_bulk(mp, slot, objs, SIZE + 1),
		-ENOBUFS);
	expect_whole(mp, SIZE);
	rte_mempool_free(mp);
}

static void
what_is_in_mempool_s_cache_is_asked_for_last(void **state)
{
	struct rte_mempool *mp = mempool_new("cached", SIZE, 32);
	struct objpool_slot *slot = objpool_mempool_slot(mp);
	void *objs[SIZE];
	unsigned int n = 0;

	(void)state;
	assert_int_equal(rte_mempool_get(mp, objs), 0);
	rte_mempool_put(mp, objs[0]);
	while (n < SIZE && objpool_mempool_get_bulk(mp, slot, objs + n, 1) == 0)
		n++;
	assert_int_equal(n, SIZE);
	assert_true(are_distinct(objs, n));
	objpool_mempool_put_bulk(mp, slot, objs, SIZE);
	expect_available(mp, SIZE);
	rte_mempool_free(mp);
}

static void
other_mempools_have_no_slot_and_are_served(void **state)
{
	struct rte_mempool *mp = rte_mempool_create("ring", SIZE, 128, 0, 0,
		NULL, NULL, NULL, NULL, SOCKET_ID_ANY, 0);
	void *objs[BURST];

	(void)state;
	assert_non_null(mp);
	assert_null(objpool_mempool_slot(mp));
	assert_null(objpool_mempool_slot(NULL));
	assert_int_equal(objpool_mempool_get_bulk(mp, NULL, objs, BURST), 0);
	assert_int_equal(rte_mempool_avail_count(mp), SIZE - BURST);
	objpool_mempool_put_bulk(mp, NULL, objs, BURST);
	assert_int_equal(rte_mempool_avail_count(mp), SIZE);
	rte_mempool_free(mp);
}

/* --- several lcores --- */

static struct rte_mempool *shared;

/* Get and put at random, inline and not; each object holds its holder. */
static int
work(void *arg)
{
	struct objpool_slot *slot = objpool_mempool_slot(shared);
	uint64_t me = (uintptr_t)arg, fails = 0;
	void *objs[SIZE];
	unsigned int n = 0, m, turns = env_times(200000);

	for (unsigned int i = 0; i < turns; i++) {
		uint64_t random = rte_rand();

		m = 1 + (random >> 8) % BURST;
		if ((random & 1) && n + m <= SIZE / 2) {
			if (((random & 2) ? objpool_mempool_get_bulk(shared,
						    slot, objs + n, m) :
					    rte_mempool_get_bulk(shared,
						    objs + n, m)) != 0) {
				fails++;
				continue;
			}
			for (unsigned int k = n; k < n + m; k++) {
				if (*(uint64_t *)objs[k] != 0)
					return -1;
				*(uint64_t *)objs[k] = me;
			}
			n += m;
		} else {
			m = m < n ? m : n;
			for (unsigned int k = n - m; k < n; k++) {
				if (*(uint64_t *)objs[k] != me)
					return -1;
				*(uint64_t *)objs[k] = 0;
			}
			n -= m;
			if (random & 4)
				objpool_mempool_put_bulk(shared, slot, objs + n,
					m);
			else
				rte_mempool_put_bulk(shared, objs + n, m);
		}
	}
	for (unsigned int k = 0; k < n; k++)
		*(uint64_t *)objs[k] = 0;
	objpool_mempool_put_bulk(shared, slot, objs, n);
	return fails < turns ? 0 : -2;
}

static void
clear(struct rte_mempool *mp, void *opaque, void *obj, unsigned int i)
{
	(void)mp;
	(void)opaque;
	(void)i;
	*(uint64_t *)obj = 0;
}

static void *
work_unregistered(void *arg)
{
	return (void *)(intptr_t)work(arg);
}

/* covers G2 G3 */
static void
lcores_and_other_threads_take_no_object_twice(void **state)
{
	struct objpool_stats stats;
	pthread_t thread;
	void *result;

	(void)state;
	shared = mempool_new("shared", SIZE, 0);
	rte_mempool_obj_iter(shared, clear, NULL);
	assert_int_equal(rte_eal_remote_launch(work, (void *)1, 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, work_unregistered,
				 (void *)2),
		0);
	assert_int_equal(work((void *)3), 0);
	assert_int_equal(rte_eal_wait_lcore(1), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_null(result);
	expect_whole(shared, SIZE);
	assert_int_equal(objpool_mempool_get_stats(shared, &stats), 0);
	assert_int_equal(stats.fence_free, 1);
	assert_true(stats.steals > 0);
	assert_true(stats.revocations > 0);
	rte_mempool_free(shared);
}

/* --- mempools that are replaced, or end --- */

static void
a_replaced_mempool_is_served_by_the_other(void **state)
{
	struct rte_mempool *mp = mempool_new("front", SIZE, 0);
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	struct objpool_slot *slot = objpool_mempool_slot(mp);
	struct objpool_slot *by_slot = objpool_mempool_slot(by);
	struct told told;
	void *objs[2 * BURST];

	(void)state;
	assert_int_equal(objpool_mempool_get_bulk(mp, slot, objs, BURST), 0);
	replace(mp, by, &told);
	assert_false(is_quick(slot));
	assert_false(is_quick(by_slot));
	assert_int_equal(objpool_mempool_get_bulk(mp, slot, objs + BURST,
				 BURST),
		0);
	for (unsigned int i = 0; i < BURST; i++) {
		assert_ptr_equal(rte_mempool_from_obj(objs[i]), mp);
		assert_ptr_equal(rte_mempool_from_obj(objs[BURST + i]), by);
	}
	/* Each goes home, whichever mempool it is given to. */
	objpool_mempool_put_bulk(by, by_slot, objs, BURST);
	expect_freed(&told, "front");
	objpool_mempool_put_bulk(mp, slot, objs + BURST, BURST);
	expect_whole(by, SIZE);
	rte_mempool_free(mp);
	expect_whole(by, SIZE);
	rte_mempool_free(by);
}

/* --- mbufs --- */

static struct rte_mempool *
packets(const char *name)
{
	struct rte_mempool *mp = rte_pktmbuf_pool_create_by_ops(name, SIZE, 0,
		0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY, "objpool");

	assert_non_null(mp);
	return mp;
}

static void
mbufs_come_reset_and_all_or_none(void **state)
{
	struct rte_mempool *mp = packets("packets");
	struct objpool_slot *slot = objpool_mempool_slot(mp);
	struct rte_mbuf *mbufs[SIZE + 1];

	(void)state;
	for (unsigned int round = 0; round < 3; round++) {
		assert_int_equal(objpool_mempool_pktmbuf_alloc_bulk(mp, slot,
					 mbufs, BURST),
			0);
		for (unsigned int i = 0; i < BURST; i++) {
			assert_int_equal(mbufs[i]->data_len, 0);
			assert_int_equal(mbufs[i]->data_off,
				RTE_PKTMBUF_HEADROOM);
			assert_int_equal(rte_mbuf_refcnt_read(mbufs[i]), 1);
			assert_non_null(rte_pktmbuf_append(mbufs[i], 100));
		}
		objpool_mempool_pktmbuf_free_bulk(mp, slot, mbufs, BURST);
		expect_available(mp, SIZE);
	}
	assert_true(objpool_mempool_pktmbuf_alloc_bulk(mp, slot, mbufs,
			    SIZE + 1) < 0);
	expect_available(mp, SIZE);
	rte_mempool_free(mp);
}

static void
mbufs_of_every_kind_are_freed(void **state)
{
	struct rte_mempool *mp = packets("packets");
	struct rte_mempool *other = packets("other");
	struct objpool_slot *slot = objpool_mempool_slot(mp);
	struct rte_mbuf *mbufs[8], *twice;

	(void)state;
	assert_int_equal(objpool_mempool_pktmbuf_alloc_bulk(mp, slot, mbufs, 4),
		0);
	mbufs[4] = NULL;
	mbufs[5] = rte_pktmbuf_alloc(other);
	assert_non_null(mbufs[5]);
	/* Two segments, of two mempools. */
	assert_int_equal(rte_pktmbuf_chain(mbufs[1], rte_pktmbuf_alloc(other)),
		0);
	/* A clone of one that is freed with it. */
	mbufs[6] = rte_pktmbuf_clone(mbufs[2], other);
	assert_non_null(mbufs[6]);
	/* One that somebody else still holds. */
	twice = mbufs[3];
	rte_mbuf_refcnt_update(twice, 1);
	mbufs[7] = rte_pktmbuf_alloc(mp);
	assert_non_null(mbufs[7]);
	objpool_mempool_pktmbuf_free_bulk(mp, slot, mbufs, 8);
	expect_available(mp, SIZE - 1);
	expect_available(other, SIZE);
	rte_pktmbuf_free(twice);
	expect_whole(mp, SIZE);
	expect_whole(other, SIZE);
	rte_mempool_free(other);
	rte_mempool_free(mp);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inline_and_plain_calls_mix),
		cmocka_unit_test(what_is_in_mempool_s_cache_is_asked_for_last),
		cmocka_unit_test(other_mempools_have_no_slot_and_are_served),
		cmocka_unit_test(lcores_and_other_threads_take_no_object_twice),
		cmocka_unit_test(a_replaced_mempool_is_served_by_the_other),
		cmocka_unit_test(mbufs_come_reset_and_all_or_none),
		cmocka_unit_test(mbufs_of_every_kind_are_freed),
	};
	int failed;

	eal_start(argc, argv);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
