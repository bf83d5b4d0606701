/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A mempool that is replaced a hundred times while an lcore allocates and
 * frees.
 *
 * Each object has a word that says whether it is out, so that one handed out
 * twice is noticed; one that got lost would keep its mempool waiting.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include <rte_launch.h>

#include "eal.h"
#include "end.h"

static void
mark_home(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	(void)mp;
	(void)arg;
	(void)i;
	atomic_store((_Atomic(uint64_t) *)obj, 0);
}

struct traffic {
	struct rte_mempool *mp;
	atomic_bool stop;
	uint64_t rounds, doubles, strangers;
};

static void
take(struct traffic *t, void **objs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (atomic_exchange((_Atomic(uint64_t) *)objs[i], 1) != 0)
			t->doubles++;
		if (rte_mempool_from_obj(objs[i]) != t->mp)
			t->strangers++;
	}
}

static void
give(struct traffic *t, void **objs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (atomic_exchange((_Atomic(uint64_t) *)objs[i], 0) != 1)
			t->doubles++;
	rte_mempool_put_bulk(t->mp, objs, n);
}

/* Takes and gives back all the time, holding objects of several generations. */
static int
use(void *arg)
{
	struct traffic *t = arg;
	void *objs[16][8];
	unsigned int n[16] = { 0 };

	for (; !atomic_load(&t->stop); t->rounds++) {
		unsigned int i = t->rounds % 16;

		give(t, objs[i], n[i]);
		n[i] = 1 + t->rounds / 16 % 8;
		if (rte_mempool_get_bulk(t->mp, objs[i], n[i]) != 0)
			n[i] = 0;
		else
			take(t, objs[i], n[i]);
	}
	for (unsigned int i = 0; i < 16; i++)
		give(t, objs[i], n[i]);
	return 0;
}

static struct rte_mempool *
generation_new(unsigned int i)
{
	struct rte_mempool *mp =
		mempool_new(i % 2 == 0 ? "even" : "odd", 256, 0);

	rte_mempool_obj_iter(mp, mark_home, NULL);
	return mp;
}

static void
replacing_100_times_under_traffic_loses_and_doubles_nothing(void **state)
{
	unsigned int before = nr_memzones();
	struct traffic t = { .mp = mempool_new("front", 256, 0) };
	struct rte_mempool *by = NULL, *next;
	static struct told idle[100], gone[100];

	(void)state;
	rte_mempool_obj_iter(t.mp, mark_home, NULL);
	assert_int_equal(rte_eal_remote_launch(use, &t, WORKER), 0);
	for (unsigned int i = 0; i < 100; i++) {
		void *obj;

		next = generation_new(i);
		replace(t.mp, next, &idle[i]);
		/* This lcore takes, too. */
		if (rte_mempool_get(t.mp, &obj) == 0)
			rte_mempool_put(t.mp, obj);
		while (atomic_load(&idle[i].times) == 0)
			sched_yield();
		if (by != NULL)
			free_later(by, &gone[i]);
		by = next;
	}
	atomic_store(&t.stop, true);
	assert_int_equal(rte_eal_wait_lcore(WORKER), 0);
	wait_all();
	assert_int_equal(t.doubles, 0);
	assert_true(t.strangers > 100);
	expect_whole(by, 256);
	rte_mempool_free(t.mp);
	rte_mempool_free(by);
	assert_int_equal(nr_memzones(), before);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			replacing_100_times_under_traffic_loses_and_doubles_nothing),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
