/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mempools that are freed after their last object: wherever the object was,
 * under whatever name a new mempool is created meanwhile, and with nothing left
 * of them. What is refused, who is told, and what is said about those that
 * wait.
 *
 * covers G11
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
#include <sys/wait.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "eal.h"
#include "end.h"

/* An object that some other thread has to give back. */
struct held {
	struct rte_mempool *mp;
	void *obj;
};

static int
get_one(void *arg)
{
	struct held *held = arg;

	return rte_mempool_get(held->mp, &held->obj);
}

static int
put_one(void *arg)
{
	struct held *held = arg;

	rte_mempool_put(held->mp, held->obj);
	return 0;
}

static int
on_worker(lcore_function_t *fn, void *arg)
{
	assert_int_equal(rte_eal_remote_launch(fn, arg, WORKER), 0);
	return rte_eal_wait_lcore(WORKER);
}

static void *
call_put_one(void *arg)
{
	assert_int_equal(rte_lcore_id(), LCORE_ID_ANY);
	put_one(arg);
	return NULL;
}

static int
on_stranger(lcore_function_t *fn, void *arg)
{
	pthread_t thread;

	assert_ptr_equal(fn, put_one);
	assert_int_equal(pthread_create(&thread, NULL, call_put_one, arg), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return 0;
}

static int
here(lcore_function_t *fn, void *arg)
{
	return fn(arg);
}

/* The last object is out in one thread, and given back in another. */
static void
last_object(int (*getter)(lcore_function_t *, void *),
	int (*putter)(lcore_function_t *, void *))
{
	unsigned int before = nr_memzones();
	struct held held = { .mp = mempool_new("last", 1000, 0) };
	struct told told;
	void *obj;

	assert_int_equal(getter(get_one, &held), 0);
	free_later(held.mp, &told);
	expect_waiting(&told);
	assert_true(rte_mempool_get(held.mp, &obj) < 0);
	assert_int_equal(putter(put_one, &held), 0);
	expect_freed(&told, "last");
	assert_int_equal(nr_memzones(), before);
}

static void
mempool_with_all_objects_home_is_freed_at_once(void **state)
{
	unsigned int before = nr_memzones();
	struct told told;

	(void)state;
	free_later(mempool_new("home", 1000, 0), &told);
	expect_freed(&told, "home");
	assert_int_equal(nr_memzones(), before);
}

static void
last_object_may_come_from_any_thread(void **state)
{
	(void)state;
	last_object(here, here);
	last_object(on_worker, on_worker);
	last_object(here, on_worker);
	last_object(on_worker, here);
	last_object(here, on_stranger);
	last_object(on_worker, on_stranger);
}

static void
all_objects_may_be_out(void **state)
{
	struct rte_mempool *mp = mempool_new("out", 1000, 0);
	void *objs[1000];
	struct told told;

	(void)state;
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 1000), 0);
	free_later(mp, &told);
	rte_mempool_put_bulk(mp, objs, 999);
	expect_waiting(&told);
	rte_mempool_put(mp, objs[999]);
	expect_freed(&told, "out");
}

static struct rte_ring *
ring_new(const char *name)
{
	struct rte_ring *ring = rte_ring_create(name, 1024, SOCKET_ID_ANY, 0);

	assert_non_null(ring);
	return ring;
}

struct drain {
	struct rte_mempool *mp;
	struct rte_ring *ring;
	atomic_bool stop;
};

/* A worker that gives back what it finds in a ring, to the mempool it is of. */
static int
give_back(void *arg)
{
	struct drain *drain = arg;
	void *obj;

	for (;;) {
		bool last = atomic_load(&drain->stop);

		while (rte_ring_dequeue(drain->ring, &obj) == 0)
			rte_mempool_put(rte_mempool_from_obj(obj), obj);
		if (last)
			return 0;
		sched_yield();
	}
}

static void
objects_in_a_ring_are_waited_for(void **state)
{
	struct rte_mempool *mp = mempool_new("ringed", 1000, 0);
	struct drain drain = { .mp = mp, .ring = ring_new("queue") };
	struct told told;
	void *objs[300];

	(void)state;
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 300), 0);
	assert_int_equal(rte_ring_enqueue_bulk(drain.ring, objs, 300, NULL),
		300);
	free_later(mp, &told);
	expect_waiting(&told);
	atomic_store(&drain.stop, true);
	assert_int_equal(on_worker(give_back, &drain), 0);
	expect_freed(&told, "ringed");
	rte_ring_free(drain.ring);
}

static void
user_is_told_in_a_thread_that_is_no_lcore(void **state)
{
	rte_cpuset_t worker = rte_lcore_cpuset(WORKER);
	rte_cpuset_t main_cpus = rte_lcore_cpuset(0);
	struct told told;

	(void)state;
	free_later(mempool_new("told", 10, 0), &told);
	expect_freed(&told, "told");
	assert_int_equal(told.lcore, LCORE_ID_ANY);
	assert_false(pthread_equal(told.thread, pthread_self()));
	if (!CPU_EQUAL(&worker, &main_cpus))
		assert_false(CPU_EQUAL(&told.cpus, &worker));
}

/* The callback creates and frees the next one, and must not wait. */
static void
go_on(const char *name, void *ctx)
{
	unsigned int *left = ctx;

	assert_string_equal(name, "chain");
	assert_int_equal(objpool_mempool_wait(1000), -EDEADLK);
	if (--*left > 0)
		assert_int_equal(objpool_mempool_free_deferred(
					 mempool_new("chain", 100, 0), go_on,
					 left),
			0);
}

static void
callback_may_create_and_free_mempools(void **state)
{
	unsigned int before = nr_memzones(), left = 10;

	(void)state;
	assert_int_equal(objpool_mempool_free_deferred(mempool_new("chain", 100,
							       0),
				 go_on, &left),
		0);
	wait_all();
	assert_int_equal(left, 0);
	assert_int_equal(nr_memzones(), before);
}

static void
callback_is_not_needed(void **state)
{
	unsigned int before = nr_memzones();

	(void)state;
	assert_int_equal(objpool_mempool_free_deferred(mempool_new("quiet", 10,
							       0),
				 NULL, NULL),
		0);
	wait_all();
	assert_int_equal(nr_memzones(), before);
}

static void
what_cannot_be_done_is_refused(void **state)
{
	struct rte_mempool *ring = rte_mempool_create("ring", 10, 8, 0, 0, NULL,
		NULL, NULL, NULL, SOCKET_ID_ANY, 0);
	struct rte_mempool *cached = mempool_new("cached", 100, 32);
	struct rte_mempool *mp = mempool_new("twice", 100, 0);
	struct told told = { 0 };
	void *obj;

	(void)state;
	assert_non_null(ring);
	assert_int_equal(objpool_mempool_free_deferred(NULL, NULL, NULL),
		-EINVAL);
	assert_int_equal(objpool_mempool_free_deferred(ring, NULL, NULL),
		-EINVAL);
	assert_int_equal(objpool_mempool_free_deferred_gp(mp, NULL, NULL, NULL),
		-EINVAL);
	assert_int_equal(objpool_mempool_free_deferred(cached, on_freed, &told),
		-ENOTSUP);
	assert_string_equal(cached->name, "cached");
	expect_whole(cached, 100);
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	free_later(mp, &told);
	assert_int_equal(objpool_mempool_free_deferred(mp, on_freed, &told),
		-EALREADY);
	rte_mempool_put(mp, obj);
	expect_freed(&told, "twice");
	rte_mempool_free(cached);
	rte_mempool_free(ring);
}

static void
forked_child_is_refused(void **state)
{
	struct rte_mempool *mp = mempool_new("parents", 100, 0);
	struct rte_mempool *by = mempool_new("parents too", 100, 0);
	struct told told;
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(objpool_mempool_free_deferred(mp, NULL, NULL) != -EPERM ||
			objpool_mempool_replace(mp, by, NULL, NULL) != -EPERM);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	expect_whole(mp, 100);
	rte_mempool_free(by);
	free_later(mp, &told);
	expect_freed(&told, "parents");
}

static void
expect_seen(unsigned int out, const char *holders)
{
	struct seen seen = { 0 };

	assert_int_equal(objpool_mempool_waiting_walk(see, &seen), 1);
	assert_int_equal(seen.times, 1);
	assert_string_equal(seen.name, "held");
	assert_int_equal(seen.last.nr_objs, 1023);
	assert_int_equal(seen.last.nr_out, out);
	assert_true(seen.last.seconds >= 0 && seen.last.seconds < 60);
	assert_string_equal(seen.holders, holders);
}

static void
walk_tells_who_holds_the_objects(void **state)
{
	struct rte_mempool *mp = rte_pktmbuf_pool_create_by_ops("held", 1023, 0,
		0, 256, SOCKET_ID_ANY, "objpool");
	struct rte_ring *ring = ring_new("rx_to_worker");
	struct rte_ring *small =
		rte_ring_create_elem("small", 4, 1024, SOCKET_ID_ANY, 0);
	struct rte_mbuf *m[20];
	struct told told;

	(void)state;
	assert_non_null(mp);
	assert_non_null(small);
	assert_int_equal(rte_pktmbuf_alloc_bulk(mp, m, 20), 0);
	assert_int_equal(rte_ring_enqueue_bulk(ring, (void **)m, 12, NULL), 12);
	for (unsigned int i = 12; i < 15; i++)
		m[i]->port = 3;
	free_later(mp, &told);
	expect_seen(20,
		"12 in ring rx_to_worker, 3 received on port 3, 5 elsewhere");
	rte_pktmbuf_free_bulk(&m[15], 5);
	expect_seen(15, "12 in ring rx_to_worker, 3 received on port 3");
	rte_pktmbuf_free_bulk(&m[12], 3);
	assert_int_equal(rte_ring_dequeue_bulk(ring, (void **)m, 11, NULL), 11);
	rte_pktmbuf_free_bulk(m, 11);
	expect_seen(1, "1 in ring rx_to_worker");
	assert_int_equal(rte_ring_dequeue(ring, (void **)m), 0);
	rte_pktmbuf_free(m[0]);
	expect_freed(&told, "held");
	assert_int_equal(objpool_mempool_waiting_walk(see, NULL), 0);
	rte_ring_free(small);
	rte_ring_free(ring);
}

static void
freeing_200_with_traffic_leaves_nothing(void **state)
{
	struct drain drain = { .ring = ring_new("traffic") };
	struct rte_malloc_socket_stats was, is;
	unsigned int before;
	struct told told[200];
	struct rte_mempool *mp;
	void *objs[500];

	(void)state;
	before = nr_memzones();
	rte_malloc_get_socket_stats((int)rte_socket_id(), &was);
	assert_int_equal(rte_eal_remote_launch(give_back, &drain, WORKER), 0);
	for (unsigned int i = 0; i < RTE_DIM(told); i++) {
		mp = mempool_new("again", 500 + i, 0);
		assert_int_equal(rte_mempool_get_bulk(mp, objs, 500), 0);
		assert_int_equal(rte_ring_enqueue_bulk(drain.ring, objs, 500,
					 NULL),
			500);
		free_later(mp, &told[i]);
		while (rte_ring_free_count(drain.ring) < 500)
			sched_yield();
	}
	wait_all();
	atomic_store(&drain.stop, true);
	assert_int_equal(rte_eal_wait_lcore(WORKER), 0);
	for (unsigned int i = 0; i < RTE_DIM(told); i++)
		expect_freed(&told[i], "again");
	assert_int_equal(nr_memzones(), before);
	rte_malloc_get_socket_stats((int)rte_socket_id(), &is);
	assert_int_equal(is.alloc_count, was.alloc_count);
	assert_int_equal(is.heap_allocsz_bytes, was.heap_allocsz_bytes);
	rte_ring_free(drain.ring);
}

/* A worker that uses a mempool until it refuses, and gives its last object back
 * then, which is the last it does with it. */
struct race {
	_Atomic(struct rte_mempool *) mp; /* NULL: done with it */
	atomic_bool stop, begun;
	uint64_t rounds, refused;
};

static void
use_until_refused(struct race *r, struct rte_mempool *mp)
{
	unsigned int n = 1;
	void *objs[8], *last;

	assert_int_equal(rte_mempool_get(mp, &last), 0);
	atomic_store(&r->begun, true);
	while (rte_mempool_get_bulk(mp, objs, n) == 0) {
		rte_mempool_put_bulk(mp, objs, n);
		n = n % 8 + 1;
		r->rounds++;
	}
	r->refused++;
	rte_mempool_put(mp, last);
}

static int
race(void *arg)
{
	struct race *r = arg;
	struct rte_mempool *mp;

	while (!atomic_load(&r->stop)) {
		mp = atomic_load(&r->mp);
		if (mp != NULL) {
			use_until_refused(r, mp);
			atomic_store(&r->mp, NULL);
		}
		sched_yield();
	}
	return 0;
}

static void
freeing_meets_operations_in_progress(void **state)
{
	unsigned int before = nr_memzones();
	struct race r = { .rounds = 0 };
	struct told told;

	(void)state;
	assert_int_equal(rte_eal_remote_launch(race, &r, WORKER), 0);
	for (unsigned int i = 0; i < 500; i++) {
		struct rte_mempool *mp = mempool_new("race", 64, 0);

		atomic_store(&r.begun, false);
		atomic_store(&r.mp, mp);
		while (!atomic_load(&r.begun))
			sched_yield();
		rte_delay_us_block(i % 100);
		free_later(mp, &told);
		expect_freed(&told, "race");
		while (atomic_load(&r.mp) != NULL)
			sched_yield();
	}
	atomic_store(&r.stop, true);
	assert_int_equal(rte_eal_wait_lcore(WORKER), 0);
	assert_int_equal(r.refused, 500);
	assert_true(r.rounds > 500);
	assert_int_equal(nr_memzones(), before);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			mempool_with_all_objects_home_is_freed_at_once),
		cmocka_unit_test(last_object_may_come_from_any_thread),
		cmocka_unit_test(all_objects_may_be_out),
		cmocka_unit_test(objects_in_a_ring_are_waited_for),
		cmocka_unit_test(user_is_told_in_a_thread_that_is_no_lcore),
		cmocka_unit_test(callback_may_create_and_free_mempools),
		cmocka_unit_test(callback_is_not_needed),
		cmocka_unit_test(what_cannot_be_done_is_refused),
		cmocka_unit_test(forked_child_is_refused),
		cmocka_unit_test(walk_tells_who_holds_the_objects),
		cmocka_unit_test(freeing_200_with_traffic_leaves_nothing),
		cmocka_unit_test(freeing_meets_operations_in_progress),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
