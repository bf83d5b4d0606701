/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pools with a domain that end at once, those that must not, and waiting for all
 * that were finished.
 */

#include "unit.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
