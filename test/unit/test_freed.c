/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pools with a domain that end at once, those that must not, and waiting for all
 * that were finished.
 */

#include "unit.h"

#include <sched.h>

#include "wake.h"

static void
free_ends_a_live_pool_at_once(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_manual_ops, true);
	open_wake(&w, &d, 2);
	assert_int_equal(objpool_free(w.pool), -EBUSY);
	assert_int_equal(objpool_push(w.objs[0], w.pool), 0);
	assert_int_equal(objpool_push_rcu(w.objs[1], w.pool), 0);
	assert_int_equal(objpool_free(w.pool), -EBUSY); /* one is parked */
	assert_int_equal(objpool_collect(w.pool), 1);
	domain_pass(&d);
	assert_int_equal(objpool_collect(w.pool), 0);
	check_alive(&w);
	assert_int_equal(objpool_free(w.pool), 0);
	assert_int_equal(d.nr, 0);
	check_released(&w);
	assert_int_equal(domain_stats(&d).nr_pools, 0);
	domain_close(&d);
}

static void
a_pool_that_its_domain_will_release_cannot_be_freed(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_manual_ops, true);
	open_wake(&w, &d, 0);
	assert_int_equal(objpool_fini(w.pool), 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(objpool_free(w.pool), -EBUSY);
		assert_int_equal(objpool_free_forced(w.pool), -EBUSY);
		check_alive(&w);
		assert_true(domain_run(&d));
	}
	check_released(&w);
	domain_close(&d);
}

static void
forced_free_of_a_live_pool_leaves_the_domain(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_manual_ops, true);
	open_wake(&w, &d, NR);
	assert_int_equal(objpool_push_rcu(w.objs[0], w.pool), 0);
	assert_int_equal(domain_stats(&d).nr_pools, 1);
	assert_int_equal(objpool_free_forced(w.pool), 0);
	check_released(&w);
	assert_int_equal(domain_stats(&d).nr_pools, 0);
	domain_close(&d);
}

static void
barrier_waits_for_every_pool_that_has_its_objects(void **state)
{
	struct wake *wakes = calloc(20, sizeof(*wakes));
	struct domain d;

	(void)state;
	domain_open(&d, &domain_ops, false);
	for (unsigned int i = 0; i < 20; i++)
		open_wake(&wakes[i], &d, i % 2);
	for (unsigned int i = 0; i < 20; i++)
		assert_int_equal(objpool_fini(wakes[i].pool), 0);
	assert_int_equal(objpool_barrier(d.gp), 0);
	for (unsigned int i = 0; i < 20; i++)
		assert_int_equal(wakes[i].releases, i % 2 == 0);
	assert_int_equal(objpool_gp_destroy(d.gp), -EBUSY);
	assert_int_equal(domain_stats(&d).nr_pools, 10);
	for (unsigned int i = 1; i < 20; i += 2)
		assert_int_equal(objpool_push(wakes[i].objs[0], wakes[i].pool),
			0);
	assert_int_equal(objpool_barrier(d.gp), 0);
	for (unsigned int i = 0; i < 20; i++)
		check_released(&wakes[i]);
	assert_int_equal(domain_stats(&d).released, 20);
	domain_close(&d);
	free(wakes);
}

static void
call_barrier(struct member *m, void *arg)
{
	struct domain *d = arg;

	(void)m;
	if (objpool_barrier(d->gp) != 0)
		abort();
}

/* A pool in shared memory with one object out. */
static void
open_shared_wake(struct wake *w, struct domain *d)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 64,
		.release = release,
		.ctx = w,
		.mem = &w->bank.mem,
		.gp = d->gp,
	};

	memset(w, 0, sizeof(*w));
	bank_open(&w->bank, true);
	w->pool = make_pool(&attr);
	w->objs[0] = objpool_pop(w->pool);
	assert_non_null(w->objs[0]);
}

static void
await_asked(struct domain *d, uint64_t n)
{
	for (unsigned int ms = 0; d->started < n; ms++) {
		assert_true(ms < PATIENCE_MS);
		nap(1);
	}
}

/* The creator of a shared pool looks for the last reference from time to time. The
 * drain, before which the barrier is asked for, sets the time; the barrier does not
 * wait until it has come, nor return before.
 */
static void
barrier_does_not_leave_a_pool_to_its_next_look(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct domain d;
	struct wake w;

	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		domain_open(&d, &domain_shared_ops, true);
		open_shared_wake(&w, &d);
		assert_int_equal(objpool_fini(w.pool), 0);
		await_asked(&d, 1);
		crew_start(crew, 1, call_barrier, &d);
		await_asked(&d, 2);
		domain_pass(&d);
		while (objpool_outstanding(w.pool) < 0)
			sched_yield();
		assert_int_equal(objpool_push(w.objs[0], w.pool), 0);
		atomic_store(&d.held, false);
		crew_join(crew);
		check_released(&w);
		assert_int_equal(domain_stats(&d).released, 1);
		domain_close(&d);
	}
	free(crew);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_ends_a_live_pool_at_once),
		cmocka_unit_test(
			a_pool_that_its_domain_will_release_cannot_be_freed),
		cmocka_unit_test(forced_free_of_a_live_pool_leaves_the_domain),
		cmocka_unit_test(
			barrier_waits_for_every_pool_that_has_its_objects),
		cmocka_unit_test(
			barrier_does_not_leave_a_pool_to_its_next_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
