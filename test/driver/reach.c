/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Many threads on one mempool: every object has one holder at most, and none is
 * out of reach, whoever used it last: an lcore that idles, a thread that was
 * registered with EAL and is gone, a thread that never was.
 *
 * Holders stamp their objects. Objects carry a stamp word, 0 while they are in
 * the mempool; who gets one exchanges it for its own number and who puts it
 * back for 0. Anything unexpected that comes out of the exchange is an object
 * with two holders, or one that somebody wrote to in between.
 *
 * Threads count what goes wrong; only the main thread asserts.
 *
 * covers G2 G3 G7
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include <objpool/objpool_mempool.h>

#include "eal.h"
#include "env.h"

#define STRANDING_OBJS 8192
#define CYCLED_OBJS    2000

struct worker {
	struct rte_mempool *mp;
	uint64_t number;   /* its stamp, not 0 */
	unsigned int keep; /* most objects it holds at a time */
	unsigned int rounds;
	bool registers; /* with EAL, for the time it works */
	pthread_barrier_t
		*met; /* before it starts and before it ends, or NULL */
	/* results */
	uint64_t wrong; /* stamps that were not as expected */
	uint64_t taken;
};

static atomic_uint failed_registrations;

static void
launch(lcore_function_t *fn, void *arg)
{
	assert_int_equal(rte_eal_remote_launch(fn, arg, 1), 0);
}

static void
expect_done(void)
{
	assert_int_equal(rte_eal_wait_lcore(1), 0);
}

static uint64_t
exchange_stamps(void **objs, unsigned int n, uint64_t from, uint64_t to)
{
	uint64_t wrong = 0;

	for (unsigned int i = 0; i < n; i++)
		wrong += atomic_exchange((_Atomic(uint64_t) *)objs[i], to) !=
			from;
	return wrong;
}

static void
clear_stamp(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	(void)mp;
	(void)arg;
	(void)i;
	*(uint64_t *)obj = 0;
}

static struct rte_mempool *
stamped_pool(const char *name, unsigned int n, unsigned int cache)
{
	struct rte_mempool *mp = mempool_new(name, n, cache);

	rte_mempool_obj_iter(mp, clear_stamp, NULL);
	return mp;
}

/* Get and put in bulks of 1 to keep objects, in no order. */
static int
work(void *arg)
{
	struct worker *w = arg;
	void **objs = calloc(w->keep, sizeof(*objs));
	uint64_t seed = w->number * 0x9e3779b97f4a7c15;
	unsigned int held = 0, n;

	if (objs == NULL)
		abort();
	for (unsigned int i = 0; i < w->rounds; i++) {
		seed = seed * 6364136223846793005 + 1442695040888963407;
		n = 1 + (unsigned int)(seed >> 33) % w->keep;
		if (n <= w->keep - held &&
			rte_mempool_get_bulk(w->mp, objs + held, n) == 0) {
			w->wrong +=
				exchange_stamps(objs + held, n, 0, w->number);
			w->taken += n;
			held += n;
		} else {
			n = n < held ? n : held;
			held -= n;
			w->wrong +=
				exchange_stamps(objs + held, n, w->number, 0);
			rte_mempool_put_bulk(w->mp, objs + held, n);
		}
	}
	w->wrong += exchange_stamps(objs, held, w->number, 0);
	rte_mempool_put_bulk(w->mp, objs, held);
	free(objs);
	return 0;
}

static void *
work_in_thread(void *arg)
{
	struct worker *w = arg;

	if (w->registers && rte_thread_register() < 0)
		failed_registrations++;
	if (w->met != NULL)
		pthread_barrier_wait(w->met);
	work(w);
	if (w->met != NULL)
		pthread_barrier_wait(w->met);
	if (w->registers)
		rte_thread_unregister();
	return NULL;
}

/* Run n threads at once and check what they found. */
static void
run_threads(struct rte_mempool *mp, unsigned int n, unsigned int keep,
	unsigned int rounds, bool registers)
{
	struct worker *w = calloc(n, sizeof(*w));
	pthread_t *thread = calloc(n, sizeof(*thread));
	pthread_barrier_t met;

	assert_non_null(w);
	assert_non_null(thread);
	pthread_barrier_init(&met, NULL, n);
	for (unsigned int i = 0; i < n; i++) {
		w[i] = (struct worker){ .mp = mp,
			.number = i + 1,
			.keep = keep,
			.rounds = rounds,
			.registers = registers,
			.met = &met };
		assert_int_equal(pthread_create(&thread[i], NULL,
					 work_in_thread, &w[i]),
			0);
	}
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(w[i].wrong, 0);
		assert_true(w[i].taken > 0);
	}
	assert_int_equal(failed_registrations, 0);
	pthread_barrier_destroy(&met);
	free(thread);
	free(w);
}

static struct objpool_stats
stats_of(const struct rte_mempool *mp)
{
	struct objpool_stats stats;

	assert_int_equal(objpool_mempool_get_stats(mp, &stats), 0);
	return stats;
}

static void
expect_all_home(struct rte_mempool *mp)
{
	struct objpool_stats stats = stats_of(mp);

	assert_int_equal(stats.nr_free, mp->size);
	assert_int_equal(stats.pushes, stats.pops + mp->size);
	expect_whole(mp, mp->size);
	expect_available(mp, mp->size);
	rte_mempool_free(mp);
}

/* Each holds up to more than half of the objects, so that it has to take what
 * the other put. Returns the pool's counters. */
static struct objpool_stats
contest(unsigned int n)
{
	struct rte_mempool *mp = stamped_pool("contest", n, 0);
	struct worker w[2];
	struct objpool_stats stats;

	for (unsigned int i = 0; i < 2; i++)
		w[i] = (struct worker){ .mp = mp,
			.number = i + 1,
			.keep = n / 2 + 1,
			.rounds = env_times(200000) };
	launch(work, &w[1]);
	work(&w[0]);
	expect_done();
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(w[i].wrong, 0);
		assert_true(w[i].taken > 0);
	}
	stats = stats_of(mp);
	/* Operations have marks and no fences, revocations the heavy ones. */
	assert_int_equal(stats.fence_free, 1);
	expect_all_home(mp);
	return stats;
}

static void
get_vs_get_on_two_lcores_gives_each_object_to_one(void **state)
{
	static const unsigned int n[] = { 1, 2, 3, 7, 33, 65, 1000 };
	uint64_t steals = 0, revocations = 0, barriers = 0;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(n); i++) {
		struct objpool_stats stats = contest(n[i]);

		steals += stats.steals;
		revocations += stats.revocations;
		barriers += stats.barriers;
	}
	assert_true(steals > 0);
	assert_true(revocations > 0);
	assert_true(barriers > 0);
}

static int
cycle_and_idle(void *arg)
{
	struct rte_mempool *mp = arg;
	void *objs[CYCLED_OBJS];

	for (unsigned int i = 0; i < 100; i++) {
		if (rte_mempool_get_bulk(mp, objs, CYCLED_OBJS) < 0)
			return -1;
		for (unsigned int k = 0; k < CYCLED_OBJS; k += 50)
			rte_mempool_put_bulk(mp, objs + k, 50);
	}
	return 0;
}

static void
objects_of_an_idle_lcore_are_within_reach(void **state)
{
	struct rte_mempool *mp = stamped_pool("idle", STRANDING_OBJS, 0);

	(void)state;
	launch(cycle_and_idle, mp);
	expect_done();
	expect_whole(mp, STRANDING_OBJS);
	assert_true(stats_of(mp).revocations > 0);
	expect_all_home(mp);
}

static void
objects_of_unregistered_threads_that_ended_are_within_reach(void **state)
{
	struct rte_mempool *mp = stamped_pool("ended", STRANDING_OBJS, 0);

	(void)state;
	run_threads(mp, 8, CYCLED_OBJS / 2, 2000, false);
	expect_whole(mp, STRANDING_OBJS);
	expect_all_home(mp);
}

static void
objects_of_registered_threads_that_ended_are_within_reach(void **state)
{
	struct rte_mempool *mp = stamped_pool("left", STRANDING_OBJS, 0);

	(void)state;
	run_threads(mp, 8, CYCLED_OBJS / 2, 2000, true);
	expect_whole(mp, STRANDING_OBJS);
	expect_all_home(mp);
}

/* Each time the lcore id is the same and the thread is another. */
static void
registered_threads_come_and_go(void **state)
{
	struct rte_mempool *mp = stamped_pool("come", 1000, 0);
	unsigned int nr_slots = stats_of(mp).nr_slots;
	struct objpool_stats stats;

	(void)state;
	for (unsigned int i = 0; i < nr_slots + 40; i++)
		run_threads(mp, 1, 900, 20, true);
	stats = stats_of(mp);
	assert_true(stats.takeovers > 0);
	assert_true(stats.nr_claimed < 10);
	expect_all_home(mp);
}

static void
unregistered_threads_come_and_go(void **state)
{
	struct rte_mempool *mp = stamped_pool("go", 1000, 0);
	unsigned int nr_slots = stats_of(mp).nr_slots;

	(void)state;
	for (unsigned int i = 0; i < nr_slots + 40; i++)
		run_threads(mp, 1, 900, 20, false);
	assert_true(stats_of(mp).takeovers > 0);
	expect_all_home(mp);
}

static void
threads_that_find_no_slot_work_too(void **state)
{
	struct rte_mempool *mp = stamped_pool("crowd", 4000, 0);
	unsigned int nr_slots = stats_of(mp).nr_slots;

	(void)state;
	run_threads(mp, nr_slots + 10, 20, 100, false);
	assert_true(stats_of(mp).shared_objs > 0);
	expect_all_home(mp);
}

#define PIPE_SIZE 64
#define BULK      32

/* Between one lcore and another: bulks of objects in order. */
struct pipeline {
	struct rte_mempool *mp;
	unsigned int nr_bulks; /* that shall go through */
	atomic_uint nr_in;     /* bulks so far */
	void *objs[PIPE_SIZE][BULK];
	uint64_t wrong; /* what lcore 1 found */
};

static int
free_what_comes(void *arg)
{
	struct pipeline *p = arg;

	for (unsigned int i = 0; i < p->nr_bulks; i++) {
		void **objs = p->objs[i % PIPE_SIZE];

		while (atomic_load(&p->nr_in) == i)
			rte_pause();
		p->wrong += exchange_stamps(objs, BULK, 1, 0);
		rte_mempool_put_bulk(p->mp, objs, BULK);
	}
	return 0;
}

/* There are fewer objects than the pipe holds, so that lcore 0 lives on what
 * lcore 1 puts back and on nothing else. */
static void
pipeline(unsigned int cache)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	struct objpool_stats stats;
	uint64_t wrong = 0;

	assert_non_null(p);
	p->mp = stamped_pool("pipeline", 1000, cache);
	p->nr_bulks = env_times(20000);
	launch(free_what_comes, p);
	for (unsigned int i = 0; i < p->nr_bulks; i++) {
		void **objs = p->objs[i % PIPE_SIZE];

		while (rte_mempool_get_bulk(p->mp, objs, BULK) < 0)
			rte_pause();
		wrong += exchange_stamps(objs, BULK, 0, 1);
		atomic_store(&p->nr_in, i + 1);
	}
	expect_done();
	assert_int_equal(wrong + p->wrong, 0);
	expect_available(p->mp, 1000);
	stats = stats_of(p->mp);
	assert_true(stats.steals + stats.blocks_in > 0);
	rte_mempool_free(p->mp);
	free(p);
}

static void
get_on_one_lcore_vs_put_on_another_goes_round(void **state)
{
	(void)state;
	pipeline(0);
}

static void
get_on_one_lcore_vs_put_on_another_goes_round_with_caches(void **state)
{
	(void)state;
	pipeline(64);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			get_vs_get_on_two_lcores_gives_each_object_to_one),
		cmocka_unit_test(objects_of_an_idle_lcore_are_within_reach),
		cmocka_unit_test(
			objects_of_unregistered_threads_that_ended_are_within_reach),
		cmocka_unit_test(
			objects_of_registered_threads_that_ended_are_within_reach),
		cmocka_unit_test(registered_threads_come_and_go),
		cmocka_unit_test(unregistered_threads_come_and_go),
		cmocka_unit_test(threads_that_find_no_slot_work_too),
		cmocka_unit_test(get_on_one_lcore_vs_put_on_another_goes_round),
		cmocka_unit_test(
			get_on_one_lcore_vs_put_on_another_goes_round_with_caches),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
