/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Names and memory of mempools that wait: the name can be used again at once,
 * by any number of generations, and each of a mempool's memzones is renamed,
 * but no other's. What is not mempool's own memory goes back to where it is
 * from.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <rte_memzone.h>

#include "eal.h"
#include "end.h"

static void
never_populated_mempool_is_freed(void **state)
{
	unsigned int before = nr_memzones();
	struct told told;

	(void)state;
	free_later(mempool_empty("never", 100, 0), &told);
	expect_freed(&told, "never");
	assert_int_equal(nr_memzones(), before);
}

static void
anonymous_and_foreign_memory_goes_back_to_where_it_is_from(void **state)
{
	const struct rte_memzone *zone =
		rte_memzone_reserve("MP_foreign_0", 1 << 16, SOCKET_ID_ANY, 0);
	unsigned int before = nr_memzones();
	struct rte_mempool *mp;
	struct told told;

	(void)state;
	mp = mempool_empty("anon", 1000, 0);
	assert_int_equal(rte_mempool_populate_anon(mp), 1000);
	free_later(mp, &told);
	expect_freed(&told, "anon");

	assert_non_null(zone);
	mp = mempool_empty("foreign", 100, 0);
	assert_int_equal(rte_mempool_populate_iova(mp, zone->addr, RTE_BAD_IOVA,
				 zone->len, NULL, NULL),
		100);
	free_later(mp, &told);
	assert_string_equal(zone->name, "MP_foreign_0");
	expect_freed(&told, "foreign");
	/* Nor does it become mempool's by being what the user frees it by. */
	mp = mempool_empty("foreign", 100, 0);
	assert_int_equal(rte_mempool_populate_iova(mp, zone->addr, RTE_BAD_IOVA,
				 zone->len, NULL, (void *)(uintptr_t)zone),
		100);
	free_later(mp, &told);
	assert_string_equal(zone->name, "MP_foreign_0");
	expect_freed(&told, "foreign");
	assert_int_equal(nr_memzones(), before);
	assert_int_equal(rte_memzone_free(zone), 0);
}

static void
name_can_be_used_again_at_once(void **state)
{
	unsigned int before = nr_memzones();
	struct rte_mempool *mp[5];
	struct told told[5];
	void *obj[5];

	(void)state;
	/* Its zones' names begin like those of the others. */
	struct rte_mempool *other = mempool_new("again_1", 100, 0);

	for (unsigned int i = 0; i < 5; i++) {
		mp[i] = mempool_new("again", 100, 0);
		assert_ptr_equal(rte_mempool_lookup("again"), mp[i]);
		assert_int_equal(rte_mempool_get(mp[i], &obj[i]), 0);
		free_later(mp[i], &told[i]);
		assert_null(rte_mempool_lookup("again"));
		assert_ptr_equal(rte_mempool_lookup(mp[i]->name), mp[i]);
		assert_int_equal(mp[i]->name[0], '~');
	}
	assert_ptr_equal(rte_mempool_lookup("again_1"), other);
	assert_non_null(rte_memzone_lookup("MP_again_1"));
	expect_whole(other, 100);
	/* In another order than they began. */
	for (unsigned int i = 0; i < 5; i++) {
		unsigned int k = (i * 3 + 1) % 5;

		assert_int_equal(objpool_mempool_waiting_walk(NULL, NULL),
			5 - i);
		rte_mempool_put(mp[k], obj[k]);
		while (atomic_load(&told[k].times) == 0)
			sched_yield();
	}
	for (unsigned int i = 0; i < 5; i++)
		expect_freed(&told[i], "again");
	rte_mempool_free(other);
	assert_int_equal(nr_memzones(), before);
}

static void
old_and_new_of_one_name_do_not_mix(void **state)
{
	struct rte_mempool *old = mempool_new("twin", 100, 0), *new;
	void *objs[50];
	struct told told;

	(void)state;
	assert_int_equal(rte_mempool_get_bulk(old, objs, 50), 0);
	free_later(old, &told);
	new = mempool_new("twin", 100, 0);
	expect_whole(new, 100);
	rte_mempool_put_bulk(old, objs, 49);
	expect_available(new, 100);
	expect_waiting(&told);
	rte_mempool_put(old, objs[49]);
	expect_freed(&told, "twin");
	expect_whole(new, 100);
	rte_mempool_free(new);
}

static void
longest_names_are_renamed_as_well(void **state)
{
	const char *name = "abcdefghijklmnopqrstuvwxy";
	struct rte_mempool *mp = mempool_new(name, 100, 0), *new;
	struct told told;
	void *obj;

	(void)state;
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	free_later(mp, &told);
	new = mempool_new(name, 100, 0);
	rte_mempool_put(mp, obj);
	expect_freed(&told, name);
	rte_mempool_free(new);
}

struct walker {
	atomic_bool stop;
	_Atomic(unsigned long) seen;
};

static void
look_at(struct rte_mempool *mp, void *arg)
{
	struct walker *w = arg;

	/* The head, which must still be there. */
	w->seen += mp->name[0] != '\0' && mp->size > 0;
}

static void *
walk(void *arg)
{
	struct walker *w = arg;

	while (!w->stop) {
		rte_mempool_walk(look_at, w);
		objpool_mempool_waiting_walk(NULL, NULL);
	}
	return NULL;
}

/* As telemetry does, in a thread that the program knows nothing of. */
static void
mempools_can_be_walked_over_while_they_end(void **state)
{
	struct walker w = { .stop = false };
	struct told told[20];
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, walk, &w), 0);
	/* Until the other has met some of them: it may be slow to start. */
	for (unsigned int i = 0; i < 50 || (w.seen == 0 && i < 50000); i++) {
		for (unsigned int k = 0; k < RTE_DIM(told); k++)
			free_later(mempool_new("walked", 16, 0), &told[k]);
		for (unsigned int k = 0; k < RTE_DIM(told); k++)
			expect_freed(&told[k], "walked");
	}
	w.stop = true;
	pthread_join(thread, NULL);
	assert_true(w.seen > 0);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_populated_mempool_is_freed),
		cmocka_unit_test(
			anonymous_and_foreign_memory_goes_back_to_where_it_is_from),
		cmocka_unit_test(name_can_be_used_again_at_once),
		cmocka_unit_test(old_and_new_of_one_name_do_not_mix),
		cmocka_unit_test(longest_names_are_renamed_as_well),
		cmocka_unit_test(mempools_can_be_walked_over_while_they_end),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
