/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mempools that are replaced while others allocate from them: who serves, where
 * objects go home to, what is left in the end, and what is refused.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_mbuf.h>

#include "eal.h"
#include "end.h"

#define SIZE 500u

static void
expect_of(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		assert_ptr_equal(rte_mempool_from_obj(objs[i]), mp);
}

static void
see_front(const struct objpool_mempool_waiting *waiting, void *ctx)
{
	struct objpool_mempool_waiting *seen = ctx;

	assert_string_equal(waiting->name, "front");
	assert_string_equal(waiting->holders, "7 elsewhere");
	*seen = *waiting;
}

static void
objects_come_from_the_other_and_go_home_each(void **state)
{
	unsigned int before = nr_memzones();
	struct rte_mempool *mp = mempool_new("front", SIZE, 0);
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	void *objs[2 * SIZE];
	struct told told;

	(void)state;
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 100), 0);
	expect_of(mp, objs, 100);
	replace(mp, by, &told);
	assert_int_equal(rte_mempool_get_bulk(mp, objs + 100, SIZE), 0);
	expect_of(by, objs + 100, SIZE);
	assert_true(are_distinct(objs, 100 + SIZE));
	assert_true(rte_mempool_get(mp, &objs[999]) < 0);
	expect_waiting(&told);
	/* Both sorts, in one call, at either. Sorted, they alternate rarely. */
	for (unsigned int i = 0; i < 300; i += 2)
		RTE_SWAP(objs[i], objs[599 - i]);
	rte_mempool_put_bulk(mp, objs, 300);
	rte_mempool_put_bulk(by, objs + 300, 300);
	expect_freed(&told, "front");
	expect_whole(by, SIZE);
	expect_available(by, SIZE);
	assert_int_equal(mp->populated_size, 0);
	assert_null(rte_memzone_lookup("MP_front_0"));
	assert_ptr_equal(rte_mempool_lookup("front"), mp);
	expect_whole(mp, SIZE);
	rte_mempool_free(mp);
	expect_whole(by, SIZE);
	rte_mempool_free(by);
	assert_int_equal(nr_memzones(), before);
}

static void
counts_tell_what_can_be_had_and_whether_all_is_home(void **state)
{
	struct rte_mempool *mp = mempool_new("front", SIZE, 0);
	struct rte_mempool *by = mempool_new("back", 2 * SIZE, 0);
	struct rte_mempool *small = mempool_new("small", 100, 0);
	struct told told;
	void *objs[SIZE];

	(void)state;
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 1), 0);
	replace(mp, by, &told);
	expect_available(mp, SIZE - 1);
	assert_int_equal(rte_mempool_get_bulk(mp, objs + 1, 10), 0);
	expect_available(by, 2 * SIZE - 10);
	expect_available(mp, SIZE - 1);
	rte_mempool_put(mp, objs[0]);
	expect_freed(&told, "front");
	expect_available(mp, SIZE);
	rte_mempool_put_bulk(mp, objs + 1, 10);
	expect_available(by, 2 * SIZE);
	replace(mp, small, &told);
	expect_freed(&told, "front");
	expect_available(mp, 100);
	expect_whole(mp, 100);
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 100), 0);
	expect_available(mp, 0);
	rte_mempool_put_bulk(mp, objs, 100);
	rte_mempool_free(mp);
	rte_mempool_free(small);
	rte_mempool_free(by);
}

static void
packets_go_home_by_their_pool(void **state)
{
	unsigned int before = nr_memzones();
	struct rte_mempool *mp[2];
	struct rte_mbuf *m[4];
	struct told told;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		mp[i] = rte_pktmbuf_pool_create_by_ops(i ? "new" : "old", 1023,
			0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY,
			"objpool");
		assert_non_null(mp[i]);
	}
	assert_int_equal(rte_pktmbuf_alloc_bulk(mp[0], m, 2), 0);
	replace(mp[0], mp[1], &told);
	assert_int_equal(rte_pktmbuf_alloc_bulk(mp[0], m + 2, 2), 0);
	assert_ptr_equal(m[0]->pool, mp[0]);
	assert_ptr_equal(m[2]->pool, mp[1]);
	expect_waiting(&told);
	rte_pktmbuf_free_bulk(m, 4);
	expect_freed(&told, "old");
	expect_whole(mp[1], 1023);
	/* The private area, too, is still there. */
	assert_int_equal(rte_pktmbuf_data_room_size(mp[0]),
		RTE_MBUF_DEFAULT_BUF_SIZE);
	rte_mempool_free(mp[0]);
	rte_mempool_free(mp[1]);
	assert_int_equal(nr_memzones(), before);
}

static void
one_that_serves_is_kept_until_the_next_has_come(void **state)
{
	struct rte_mempool *mp = mempool_new("front", SIZE, 0);
	struct rte_mempool *first = mempool_new("first", SIZE, 0);
	struct rte_mempool *next = mempool_new("next", SIZE, 0);
	struct told told[3];
	void *obj[2];

	(void)state;
	assert_int_equal(rte_mempool_get(mp, &obj[0]), 0);
	replace(mp, first, &told[0]);
	assert_int_equal(rte_mempool_get(mp, &obj[1]), 0);
	assert_int_equal(objpool_mempool_free_deferred(first, NULL, NULL),
		-EBUSY);
	assert_int_equal(objpool_mempool_replace(first, next, NULL, NULL),
		-EBUSY);
	assert_string_equal(first->name, "first");
	/* Told of though an object of mp itself is out. */
	replace(mp, next, &told[1]);
	while (atomic_load(&told[1].times) == 0)
		sched_yield();
	assert_int_equal(atomic_load(&told[0].times), 0);
	free_later(first, &told[2]);
	expect_waiting(&told[2]);
	rte_mempool_put(mp, obj[1]);
	while (atomic_load(&told[2].times) == 0)
		sched_yield();
	expect_waiting(&told[0]);
	rte_mempool_put(next, obj[0]);
	for (unsigned int i = 0; i < 3; i++)
		expect_freed(&told[i], i < 2 ? "front" : "first");
	expect_whole(mp, SIZE);
	rte_mempool_free(mp);
	rte_mempool_free(next);
}

static void
replaced_one_can_be_freed_deferred_with_its_objects_out(void **state)
{
	unsigned int before = nr_memzones();
	struct rte_mempool *mp = mempool_new("front", SIZE, 0);
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	struct rte_mempool *new;
	struct told replaced, freed, last;
	void *obj[3];

	(void)state;
	assert_int_equal(rte_mempool_get(mp, &obj[0]), 0);
	replace(mp, by, &replaced);
	assert_int_equal(rte_mempool_get(mp, &obj[1]), 0);
	free_later(mp, &freed);
	new = mempool_new("front", SIZE, 0);
	assert_true(rte_mempool_get(mp, &obj[2]) < 0);
	assert_int_equal(objpool_mempool_replace(mp, new, NULL, NULL),
		-EALREADY);
	expect_waiting(&freed);
	/* What served has nothing to do with it any more. */
	free_later(by, &last);
	expect_waiting(&last);
	rte_mempool_put(rte_mempool_from_obj(obj[1]), obj[1]);
	while (atomic_load(&last.times) == 0)
		sched_yield();
	expect_waiting(&freed);
	rte_mempool_put(mp, obj[0]);
	expect_freed(&freed, "front");
	expect_freed(&replaced, "front");
	expect_freed(&last, "back");
	rte_mempool_free(new);
	assert_int_equal(nr_memzones(), before);
}

static struct rte_mempool *
packets(const char *name, uint16_t priv, uint16_t room)
{
	struct rte_mempool *mp = rte_pktmbuf_pool_create_by_ops(name, 63, 0,
		priv, room, SOCKET_ID_ANY, "objpool");

	assert_non_null(mp);
	return mp;
}

/* A NIC goes by the data room that its queue was set up with. */
static void
mbufs_with_another_data_room_are_refused(void **state)
{
	struct rte_mempool *mp = packets("large", 0, 2176);
	struct rte_mempool *by = packets("small", 128, 2048);

	(void)state;
	assert_int_equal(mp->elt_size, by->elt_size);
	assert_int_equal(objpool_mempool_replace(mp, by, NULL, NULL), -EINVAL);
	assert_int_equal(objpool_mempool_replace(by, mp, NULL, NULL), -EINVAL);
	rte_mempool_free(by);
	rte_mempool_free(mp);
}

static void
what_cannot_be_done_is_refused(void **state)
{
	struct rte_mempool *mp = mempool_new("front", SIZE, 0);
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	struct rte_mempool *gone = mempool_new("gone", SIZE, 0);
	struct rte_mempool *bad[] = {
		NULL,
		mp,
		mempool_empty("empty", SIZE, 0),
		rte_mempool_create("ring", 10, 8, 0, 0, NULL, NULL, NULL, NULL,
			SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_CACHE_ALIGN),
		rte_pktmbuf_pool_create_by_ops("other", 63, 0, 0, 128,
			SOCKET_ID_ANY, "objpool"),
	};
	struct rte_mempool *cached = mempool_new("cached", SIZE, 32);
	struct told told;
	void *obj;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
		assert_int_equal(objpool_mempool_replace(mp, bad[i], NULL,
					 NULL),
			-EINVAL);
		assert_int_equal(objpool_mempool_replace(bad[i], mp, NULL,
					 NULL),
			-EINVAL);
	}
	assert_int_equal(objpool_mempool_replace(mp, cached, NULL, NULL),
		-ENOTSUP);
	assert_int_equal(objpool_mempool_replace(cached, mp, NULL, NULL),
		-ENOTSUP);
	assert_int_equal(rte_mempool_get(gone, &obj), 0);
	free_later(gone, &told);
	assert_int_equal(objpool_mempool_replace(mp, gone, NULL, NULL), -EBUSY);
	assert_int_equal(objpool_mempool_replace(gone, mp, NULL, NULL),
		-EALREADY);
	rte_mempool_put(gone, obj);
	expect_freed(&told, "gone");
	expect_whole(mp, SIZE);
	replace(mp, by, &told);
	expect_freed(&told, "front");
	assert_int_equal(objpool_mempool_replace(cached, by, NULL, NULL),
		-ENOTSUP);
	gone = mempool_new("gone", SIZE, 0);
	assert_int_equal(objpool_mempool_replace(gone, mp, NULL, NULL), -EBUSY);
	assert_int_equal(objpool_mempool_replace(by, gone, NULL, NULL), -EBUSY);
	rte_mempool_free(gone);
	rte_mempool_free(cached);
	rte_mempool_free(mp);
	rte_mempool_free(by);
	for (unsigned int i = 2; i < RTE_DIM(bad); i++)
		rte_mempool_free(bad[i]);
}

static void
one_can_serve_several(void **state)
{
	struct rte_mempool *mp[2] = { mempool_new("a", SIZE, 0),
		mempool_new("b", SIZE, 0) };
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	struct told told[2];
	void *objs[SIZE];

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		replace(mp[i], by, &told[i]);
		assert_int_equal(rte_mempool_get_bulk(mp[i], objs + i * 250,
					 250),
			0);
	}
	assert_true(are_distinct(objs, SIZE));
	rte_mempool_put_bulk(mp[0], objs, SIZE);
	expect_freed(&told[0], "a");
	expect_freed(&told[1], "b");
	rte_mempool_free(mp[0]);
	assert_int_equal(objpool_mempool_free_deferred(by, NULL, NULL), -EBUSY);
	rte_mempool_free(mp[1]);
	expect_whole(by, SIZE);
	free_later(by, &told[0]);
	expect_freed(&told[0], "back");
}

/* Mistakes, which are said and do no harm. */
static void
freeing_what_is_needed_leaves_nothing_to_crash_on(void **state)
{
	unsigned int before = nr_memzones();
	struct rte_mempool *mp = mempool_new("front", SIZE, 0);
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	struct told told;
	void *obj;

	(void)state;
	replace(mp, by, &told);
	expect_freed(&told, "front");
	rte_mempool_free(by);
	assert_true(rte_mempool_get(mp, &obj) < 0);
	assert_int_equal(rte_mempool_avail_count(mp), 0);
	rte_mempool_free(mp);
	assert_int_equal(nr_memzones(), before);

	mp = mempool_new("front", SIZE, 0);
	by = mempool_new("back", SIZE, 0);
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	replace(mp, by, &told);
	expect_waiting(&told);
	rte_mempool_free(mp);
	expect_freed(&told, "front");
	expect_whole(by, SIZE);
	rte_mempool_free(by);
	assert_int_equal(nr_memzones(), before);
}

/* The control thread may be anywhere. */
static void
replaced_one_can_be_freed_at_any_time_when_all_is_home(void **state)
{
	unsigned int before = nr_memzones();
	struct told told;

	(void)state;
	for (unsigned int i = 0; i < 200; i++) {
		struct rte_mempool *mp = mempool_new("front", SIZE, 0);
		struct rte_mempool *by = mempool_new("back", SIZE, 0);

		replace(mp, by, &told);
		rte_delay_us_block(i * 7);
		rte_mempool_free(mp);
		expect_whole(by, SIZE);
		expect_freed(&told, "front");
		rte_mempool_free(by);
	}
	assert_int_equal(nr_memzones(), before);
}

static void
walk_tells_of_objects_of_replaced_ones(void **state)
{
	struct rte_mempool *mp = mempool_new("front", SIZE, 0);
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	struct objpool_mempool_waiting seen = { 0 };
	struct told told;
	void *objs[7];

	(void)state;
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 7), 0);
	replace(mp, by, &told);
	assert_int_equal(objpool_mempool_waiting_walk(see_front, &seen), 1);
	assert_int_equal(seen.nr_objs, SIZE);
	assert_int_equal(seen.nr_out, 7);
	rte_mempool_put_bulk(mp, objs, 7);
	expect_freed(&told, "front");
	rte_mempool_free(mp);
	rte_mempool_free(by);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_come_from_the_other_and_go_home_each),
		cmocka_unit_test(
			counts_tell_what_can_be_had_and_whether_all_is_home),
		cmocka_unit_test(packets_go_home_by_their_pool),
		cmocka_unit_test(
			one_that_serves_is_kept_until_the_next_has_come),
		cmocka_unit_test(
			replaced_one_can_be_freed_deferred_with_its_objects_out),
		cmocka_unit_test(mbufs_with_another_data_room_are_refused),
		cmocka_unit_test(what_cannot_be_done_is_refused),
		cmocka_unit_test(one_can_serve_several),
		cmocka_unit_test(
			freeing_what_is_needed_leaves_nothing_to_crash_on),
		cmocka_unit_test(
			replaced_one_can_be_freed_at_any_time_when_all_is_home),
		cmocka_unit_test(walk_tells_of_objects_of_replaced_ones),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
