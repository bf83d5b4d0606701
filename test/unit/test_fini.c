/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The end of a pool that has a domain, step by step: first grace period, drain,
 * last reference, second grace period, release.
 *
 * Most tests use a manual domain (domain.h): the test runs what the pool defers
 * itself, so each step can be looked at. Where the library's control thread is
 * what it is about, the domain has one.
 */

#include "unit.h"

#include "wake.h"

static void
fini_returns_at_once_and_nothing_happens_before_its_grace_period(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_manual_ops, true);
	open_wake(&w, &d, 0);
	assert_int_equal(objpool_outstanding(w.pool), -EAGAIN);
	assert_int_equal(objpool_fini(w.pool), 0);
	assert_int_equal(d.nr, 1);
	assert_int_equal(objpool_outstanding(w.pool), -EAGAIN);
	check_alive(&w);
	assert_true(domain_run(&d)); /* the drain */
	check_alive(&w);
	assert_int_equal(objpool_outstanding(w.pool), 0);
	assert_true(domain_run(&d)); /* the release */
	assert_false(domain_run(&d));
	check_released(&w);
	assert_int_equal(domain_stats(&d).last_in_fini, 1);
	domain_close(&d);
}

/* covers G11 */
static void
after_fini_pops_take_nothing_and_each_push_drops(void **state)
{
	struct domain d;
	struct wake w;
	void *objs[8];

	(void)state;
	domain_open(&d, &domain_manual_ops, true);
	open_wake(&w, &d, 30);
	assert_int_equal(objpool_fini(w.pool), 0);
	for (unsigned int drained = 0; drained < 2; drained++) {
		unsigned int i = drained * 10;

		assert_null(objpool_pop(w.pool));
		assert_int_equal(objpool_pop_bulk(w.pool, objs, 8), -ESHUTDOWN);
		assert_int_equal(objpool_pop_burst(w.pool, objs, 8), 0);
		assert_int_equal(objpool_nr_free(w.pool), 0);
		assert_int_equal(objpool_nr_parked(w.pool), 0);
		assert_int_equal(objpool_push(w.objs[i], w.pool), 0);
		assert_int_equal(objpool_push_bulk(w.objs + i + 1, 4, w.pool),
			0);
		assert_int_equal(objpool_push_rcu(w.objs[i + 5], w.pool), 0);
		assert_int_equal(objpool_push_rcu_bulk(w.objs + i + 6, 3,
					 w.pool),
			0);
		assert_int_equal(objpool_drop(w.objs[i + 9], w.pool), -EAGAIN);
		assert_int_equal(objpool_nr_parked(w.pool), 0);
		assert_int_equal(domain_run(&d), drained == 0);
		assert_int_equal(objpool_outstanding(w.pool), 20 - i);
	}
	assert_int_equal(objpool_push_bulk(w.objs + 20, 9, w.pool), 0);
	assert_int_equal(objpool_outstanding(w.pool), 1);
	assert_int_equal(objpool_nr_outstanding(w.pool), 1);
	assert_int_equal(objpool_push(w.objs[29], w.pool), 0);
	assert_int_equal(objpool_outstanding(w.pool), 0);
	check_alive(&w);
	assert_true(domain_run(&d));
	check_released(&w);
	assert_int_equal(domain_stats(&d).last_in_push, 1);
	domain_close(&d);
}

static void
the_last_drop_says_so_and_releases_later(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_manual_ops, true);
	open_wake(&w, &d, 3);
	assert_int_equal(objpool_drop(NULL, w.pool), -EINVAL);
	assert_int_equal(objpool_drop(w.objs[0], w.pool), -EAGAIN);
	assert_int_equal(objpool_fini(w.pool), 0);
	assert_true(domain_run(&d));
	assert_int_equal(objpool_drop(w.objs[1], w.pool), -EAGAIN);
	assert_int_equal(objpool_drop_bulk(&w.objs[2], 1, w.pool), 0);
	check_alive(&w);
	assert_true(domain_run(&d));
	check_released(&w);
	assert_int_equal(domain_stats(&d).last_in_drop, 1);
	domain_close(&d);
}

/* Who gave the last object back may look at the pool until its section ends.
 *
 * covers G12 */
static void
the_pool_may_be_touched_until_the_second_grace_period_is_over(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_ops, true);
	open_wake(&w, &d, 1);
	assert_int_equal(objpool_fini(w.pool), 0);
	domain_period(&d);
	while (objpool_outstanding(w.pool) < 0)
		nap(1);
	assert_int_equal(objpool_push(w.objs[0], w.pool), 0);
	domain_await(&d);
	nap(20);
	check_alive(&w);
	assert_null(objpool_pop(w.pool));
	assert_int_equal(objpool_fini(w.pool), -EALREADY);
	assert_int_equal(objpool_close(w.pool), -EALREADY);
	assert_int_equal(objpool_outstanding(w.pool), 0);
	assert_int_equal(objpool_collect(w.pool), 0);
	check_alive(&w);
	domain_settle(&d);
	check_released(&w);
	assert_true(domain_stats(&d).grace_periods >= 2);
	domain_close(&d);
}

static void
release_runs_in_a_control_thread(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_ops, false);
	for (unsigned int n = 0; n < 2; n++) {
		open_wake(&w, &d, n);
		assert_int_equal(objpool_fini(w.pool), 0);
		objpool_drop_bulk(w.objs, n, w.pool);
		assert_int_equal(objpool_barrier(d.gp), 0);
		assert_false(pthread_equal(w.releaser, pthread_self()));
		check_released(&w);
	}
	domain_close(&d);
}

/* Make, use and finish another pool of the domain. */
static void
succession(struct wake *w)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 8,
		.gp = w->domain->gp,
	};
	struct objpool *next = make_pool(&attr);
	void *obj = objpool_pop(next);

	assert_int_equal(objpool_fini_sync(next), -EDEADLK);
	assert_int_equal(objpool_fini_wait(next, 1), -EDEADLK);
	assert_int_equal(objpool_barrier(w->domain->gp), -EDEADLK);
	assert_int_equal(objpool_push_rcu(obj, next), 0);
	assert_int_equal(objpool_nr_parked(next), 1); /* nothing happened */
	assert_int_equal(objpool_fini(next), 0);
	assert_int_equal(objpool_fini(next), -EALREADY);
}

static void
release_may_make_and_finish_pools_but_not_wait(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_ops, false);
	open_wake(&w, &d, 0);
	w.at_release = succession;
	assert_int_equal(objpool_fini(w.pool), 0);
	domain_settle(&d);
	check_released(&w);
	assert_int_equal(domain_stats(&d).nr_pools, 0);
	assert_int_equal(domain_stats(&d).released, 2);
	domain_close(&d);
}

struct late {
	struct objpool_deferred deferred;
	struct wake *wake;
	int rc[3];
	_Atomic(bool) ran;
};

static void
finish_late(struct objpool_deferred *deferred)
{
	struct late *late = (struct late *)deferred;

	late->rc[0] = objpool_fini_sync(late->wake->pool);
	late->rc[1] = objpool_fini_wait(late->wake->pool, 0);
	late->rc[2] = objpool_fini(late->wake->pool);
	late->ran = true;
}

static void
a_deferred_function_may_finish_a_pool_but_not_wait(void **state)
{
	struct late late = { .ran = false };
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_ops, false);
	open_wake(&w, &d, 0);
	late.wake = &w;
	objpool_gp_defer(d.gp, &late.deferred, finish_late);
	domain_settle(&d);
	assert_true(late.ran);
	assert_int_equal(late.rc[0], -EDEADLK);
	assert_int_equal(late.rc[1], -EDEADLK);
	assert_int_equal(late.rc[2], 0);
	check_released(&w);
	domain_close(&d);
}

static void
in_a_read_section_only_the_fini_that_waits_is_refused(void **state)
{
	struct domain d;
	struct wake w;
	void *obj;

	(void)state;
	domain_open(&d, &domain_ops, false);
	open_wake(&w, &d, 0);
	d.in_reader = 1;
	assert_int_equal(objpool_fini_sync(w.pool), -EDEADLK);
	assert_int_equal(objpool_fini_wait(w.pool, UINT32_MAX), -EDEADLK);
	assert_int_equal(objpool_barrier(d.gp), -EDEADLK);
	obj = objpool_pop(w.pool); /* nothing happened */
	assert_non_null(obj);
	assert_int_equal(objpool_push(obj, w.pool), 0);
	assert_int_equal(objpool_fini(w.pool), 0);
	d.in_reader = 0;
	domain_settle(&d);
	check_released(&w);
	domain_close(&d);
}

static void
where_sections_cannot_be_told_fini_sync_trusts_its_caller(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_ops, false);
	open_wake(&w, &d, 0);
	d.in_reader = -1;
	assert_int_equal(objpool_fini_sync(w.pool), 0);
	domain_settle(&d);
	check_released(&w);
	domain_close(&d);
}

static void
second_fini_of_any_kind_says_already(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_manual_ops, true);
	open_wake(&w, &d, 1);
	assert_int_equal(objpool_fini(w.pool), 0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(objpool_fini(w.pool), -EALREADY);
		assert_int_equal(objpool_fini_sync(w.pool), -EALREADY);
		assert_int_equal(objpool_fini_wait(w.pool, 0), -EALREADY);
		assert_int_equal(objpool_close(w.pool), -EALREADY);
		if (i == 0)
			assert_true(domain_run(&d));
		if (i == 1)
			objpool_push(w.objs[0], w.pool);
	}
	assert_int_equal(d.nr, 1); /* none asked for anything */
	assert_true(domain_run(&d));
	check_released(&w);
	domain_close(&d);
}

static void
nothing_to_finish_is_refused(void **state)
{
	(void)state;
	assert_int_equal(objpool_fini(NULL), -EINVAL);
	assert_int_equal(objpool_fini_sync(NULL), -EINVAL);
	assert_int_equal(objpool_fini_wait(NULL, 0), -EINVAL);
	assert_int_equal(objpool_close(NULL), -EINVAL);
	assert_int_equal(objpool_quiesce(NULL), -EINVAL);
	assert_int_equal(objpool_free(NULL), -EINVAL);
	assert_int_equal(objpool_free_forced(NULL), -EINVAL);
	assert_int_equal(objpool_barrier(NULL), -EINVAL);
}

static void
parked_objects_are_home(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_manual_ops, true);
	open_wake(&w, &d, 37);
	assert_int_equal(objpool_push_rcu_bulk(w.objs, 36, w.pool), 0);
	assert_int_equal(objpool_nr_parked(w.pool), 36);
	assert_int_equal(domain_stats(&d).parked, 36);
	assert_int_equal(objpool_fini(w.pool), 0);
	assert_true(domain_run(&d));
	assert_int_equal(objpool_outstanding(w.pool), 1);
	assert_int_equal(objpool_nr_parked(w.pool), 0);
	assert_int_equal(domain_stats(&d).parked, 0);
	assert_int_equal(domain_stats(&d).nr_pools, 1);
	assert_int_equal(objpool_push_rcu(w.objs[36], w.pool), 0);
	assert_true(domain_run(&d));
	check_released(&w);
	domain_close(&d);
}

/* covers G12 */
static void
giving_nothing_back_is_never_the_last_reference(void **state)
{
	struct domain d;
	struct wake w;

	(void)state;
	domain_open(&d, &domain_manual_ops, true);
	open_wake(&w, &d, 0);
	assert_int_equal(objpool_fini(w.pool), 0);
	assert_true(domain_run(&d));
	/* All references are gone; the release is to come, once. */
	assert_int_equal(d.nr, 1);
	assert_int_equal(objpool_drop_bulk(w.objs, 0, w.pool), -EAGAIN);
	assert_int_equal(objpool_push_bulk(w.objs, 0, w.pool), 0);
	assert_int_equal(objpool_push_rcu_bulk(w.objs, 0, w.pool), 0);
	assert_int_equal(d.nr, 1);
	assert_true(domain_run(&d));
	check_released(&w);
	domain_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			fini_returns_at_once_and_nothing_happens_before_its_grace_period),
		cmocka_unit_test(
			after_fini_pops_take_nothing_and_each_push_drops),
		cmocka_unit_test(the_last_drop_says_so_and_releases_later),
		cmocka_unit_test(
			the_pool_may_be_touched_until_the_second_grace_period_is_over),
		cmocka_unit_test(release_runs_in_a_control_thread),
		cmocka_unit_test(
			release_may_make_and_finish_pools_but_not_wait),
		cmocka_unit_test(
			a_deferred_function_may_finish_a_pool_but_not_wait),
		cmocka_unit_test(
			in_a_read_section_only_the_fini_that_waits_is_refused),
		cmocka_unit_test(
			where_sections_cannot_be_told_fini_sync_trusts_its_caller),
		cmocka_unit_test(second_fini_of_any_kind_says_already),
		cmocka_unit_test(nothing_to_finish_is_refused),
		cmocka_unit_test(parked_objects_are_home),
		cmocka_unit_test(
			giving_nothing_back_is_never_the_last_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
