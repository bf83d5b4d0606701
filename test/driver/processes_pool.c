/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool of the library that several DPDK processes share, in memzones: pop,
 * push, drop and its end; without a domain, marked, and with a domain of
 * rte_rcu_qsbr whose readers are in all of them.
 *
 * What is refused in a process that did not make the pool, or for pools that
 * are shared, is refused with the error that the headers promise. "Is not yet
 * released" is asked after a while in which it would have been: that can only
 * fail if it is wrong.
 *
 * Processes share hugepages; without any the test is skipped.
 * args: agents.h
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <unistd.h>

#include "agents.h"

#define NR    200
#define WHILE 40000 /* us: several looks and grace periods of the domain */

struct town {
	struct agent a, b;
	int zones;
};

/* The pool is the primary's; with `domain` so is the domain. */
static void
settle(struct town *t, const char *make, bool domain)
{
	t->a = start_on(0, "primary", OURS_RING);
	t->zones = tell(&t->a, "zones");
	if (domain)
		assert_int_equal(tell(&t->a, "qsbr make"), 0);
	assert_int_equal(tell(&t->a, "pool %s %u 4", make, NR), 0);
	t->b = start_on(1, "secondary", OURS_RING);
	assert_int_equal(tell(&t->b, "pool find"), 0);
	if (domain)
		assert_int_equal(tell(&t->b, "qsbr find"), 0);
}

static void
expect_released(struct town *t)
{
	expect_soon(&t->a, "pool gone", 1);
}

static void
expect_not_released(struct town *t)
{
	usleep(WHILE);
	assert_int_equal(tell(&t->a, "pool gone"), 0);
}

static void
leave(struct town *t, bool domain)
{
	if (domain)
		assert_int_equal(tell(&t->a, "qsbr end"), 0);
	assert_int_equal(tell(&t->a, "zones"), t->zones);
	stop(&t->b);
	stop(&t->a);
}

static void
processes_pop_push_and_drop_at_once(void **state)
{
	struct town t;

	(void)state;
	settle(&t, "make", false);
	for (unsigned int n = 1; n <= NR / 2; n = n * 3 + 1) {
		say(&t.a, "pool cycle %u", n);
		assert_int_equal(tell(&t.b, "pool cycle %u", n), 0);
		assert_int_equal(answer(&t.a), 0);
	}
	assert_int_equal(tell(&t.b, "pool pop %u", NR), 0);
	assert_int_equal(tell(&t.a, "pool pop 1"), -ENOBUFS);
	/* Some for good: nobody gets those any more. */
	assert_int_equal(tell(&t.b, "pool drop 50"), -EAGAIN);
	assert_int_equal(tell(&t.b, "pool push %u", NR - 50), 0);
	assert_int_equal(tell(&t.a, "pool pop %u", NR - 49), -ENOBUFS);
	assert_int_equal(tell(&t.a, "pool pop %u", NR - 50), 0);
	assert_int_equal(tell(&t.a, "pool push %u", NR - 50), 0);
	assert_int_equal(tell(&t.a, "pool shared"), 0);
	assert_int_equal(tell(&t.a, "pool free"), 0);
	expect_released(&t);
	leave(&t, false);
}

static void
marked_pool_ends_under_a_secondary_that_holds_objects(void **state)
{
	struct town t;

	(void)state;
	settle(&t, "marked", false);
	assert_int_equal(tell(&t.b, "pool pop 30"), 0);
	/* It is in the middle of pops and pushes when the end comes. */
	say(&t.b, "pool cycle %u", NR / 2);
	usleep(1000);
	assert_int_equal(tell(&t.a, "pool end"), -ENOTSUP);
	assert_int_equal(tell(&t.a, "pool fini"), 0);
	assert_int_equal(tell(&t.a, "pool fini"), -EALREADY);
	assert_true(answer(&t.b) >= 0);
	assert_int_equal(tell(&t.a, "pool left"), 30);
	assert_int_equal(tell(&t.b, "pool pop 1"), -ESHUTDOWN);
	assert_int_equal(tell(&t.b, "pool push 20"), 0);
	assert_int_equal(tell(&t.b, "pool drop 9"), -EAGAIN);
	assert_int_equal(tell(&t.a, "pool left"), 1);
	assert_int_equal(tell(&t.a, "pool free"), -EBUSY);
	expect_not_released(&t);
	/* The last comes home in another process, which may not release it. */
	assert_int_equal(tell(&t.b, "pool drop 1"), -EAGAIN);
	assert_int_equal(tell(&t.b, "pool free"), -EPERM);
	assert_int_equal(tell(&t.a, "pool left"), 0);
	expect_not_released(&t);
	assert_int_equal(tell(&t.a, "pool free"), 0);
	expect_released(&t);
	leave(&t, false);
}

static void
secondary_may_not_end_a_pool(void **state)
{
	struct town t;

	(void)state;
	settle(&t, "make", true);
	assert_int_equal(tell(&t.b, "pool fini"), -EPERM);
	assert_int_equal(tell(&t.b, "pool end"), -EPERM);
	assert_int_equal(tell(&t.b, "pool free"), -EPERM);
	assert_int_equal(tell(&t.b, "pool cycle 100"), 0);
	assert_int_equal(tell(&t.a, "pool fini"), 0);
	expect_released(&t);
	leave(&t, true);
}

static void
shared_pools_refuse_domains_of_one_process(void **state)
{
	struct agent a = start_on(0, "primary", OURS_RING);
	int zones = tell(&a, "zones");

	(void)state;
#ifdef AGENT_URCU
	assert_int_equal(tell(&a, "liburcu %u", NR), -ENOTSUP);
#endif
	assert_int_equal(tell(&a, "zones"), zones);
	/* The same pool without it, or with rte_rcu_qsbr. */
	assert_int_equal(tell(&a, "qsbr make"), 0);
	assert_int_equal(tell(&a, "pool make %u 4", NR), 0);
	assert_int_equal(tell(&a, "pool end"), 0);
	assert_int_equal(tell(&a, "qsbr end"), 0);
	assert_int_equal(tell(&a, "zones"), zones);
	stop(&a);
}

/* covers G13 */
static void
readers_of_other_processes_keep_objects_in_limbo(void **state)
{
	struct town t;

	(void)state;
	settle(&t, "make", true);
	assert_int_equal(tell(&t.b, "qsbr online 1"), 0);
	assert_int_equal(tell(&t.a, "pool pop %u", NR), 0);
	assert_int_equal(tell(&t.a, "pool later 10"), 0);
	assert_int_equal(tell(&t.a, "pool parked"), 10);
	assert_int_equal(tell(&t.a, "pool pop 1"), -ENOBUFS);
	usleep(WHILE);
	assert_int_equal(tell(&t.a, "pool pop 1"), -ENOBUFS);
	assert_int_equal(tell(&t.b, "pool pop 1"), -ENOBUFS);
	assert_int_equal(tell(&t.b, "qsbr quiet"), 0);
	expect_soon(&t.a, "pool pop 10", 0);
	assert_int_equal(tell(&t.a, "pool parked"), 0);
	/* The domain is the primary's: others cannot ask it. */
	assert_int_equal(tell(&t.a, "pool push %u", NR), 0);
	assert_int_equal(tell(&t.b, "pool pop 5"), 0);
	assert_int_equal(tell(&t.b, "pool later 5"), -ENOTSUP);
	assert_int_equal(tell(&t.b, "pool push 5"), 0);
	assert_int_equal(tell(&t.a, "pool count"), NR);
	assert_int_equal(tell(&t.b, "qsbr offline"), 0);
	assert_int_equal(tell(&t.a, "pool end"), 0);
	expect_released(&t);
	leave(&t, true);
}

/* covers G12 */
static void
last_reference_from_another_process_and_then_a_grace_period(void **state)
{
	struct town t;

	(void)state;
	settle(&t, "make", true);
	assert_int_equal(tell(&t.b, "qsbr online 1"), 0);
	assert_int_equal(tell(&t.b, "pool pop 3"), 0);
	assert_int_equal(tell(&t.a, "pool fini"), 0);
	/* The first grace period: until then the end is not counted. */
	usleep(WHILE);
	assert_int_equal(tell(&t.a, "pool left"), -EAGAIN);
	assert_int_equal(tell(&t.b, "qsbr quiet"), 0);
	expect_soon(&t.a, "pool left", 3);
	assert_int_equal(tell(&t.b, "pool pop 1"), -ESHUTDOWN);
	assert_int_equal(tell(&t.b, "pool push 2"), 0);
	assert_int_equal(tell(&t.b, "pool drop 1"), -EAGAIN);
	/* The second: it may still look at the pool. */
	expect_not_released(&t);
	assert_int_equal(tell(&t.b, "pool left"), 0);
	/* It must not look any more when it says so, and says so again and
	 * again, as readers do: the creator finds out by a look of its own. */
	for (int i = 0; tell(&t.a, "pool gone") == 0; i++) {
		assert_true(i < 10000);
		assert_int_equal(tell(&t.b, "qsbr quiet"), 0);
		usleep(2000);
	}
	expect_released(&t);
	assert_int_equal(tell(&t.b, "qsbr offline"), 0);
	leave(&t, true);
}

static void
process_that_died_online_is_reported_and_can_be_buried(void **state)
{
	struct town t;

	(void)state;
	settle(&t, "make", true);
	assert_int_equal(tell(&t.a, "qsbr watch 1"), 0);
	assert_int_equal(tell(&t.b, "qsbr online 1"), 0);
	assert_int_equal(tell(&t.b, "pool cycle 100"), 0);
	kill_now(&t.b);
	assert_int_equal(tell(&t.a, "pool fini"), 0);
	expect_not_released(&t);
	/* Its report comes after 50 ms. */
	for (int i = 0; nr_logged(&t.a, "waiting for visitor") == 0; i++) {
		assert_true(i < 10000);
		usleep(2000);
	}
	assert_int_equal(tell(&t.a, "pool gone"), 0);
	assert_int_equal(tell(&t.a, "qsbr bury 1"), 0);
	expect_released(&t);
	t.b = start_on(1, "secondary", OURS_RING);
	leave(&t, true);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		AGENTS_TEST(processes_pop_push_and_drop_at_once),
		AGENTS_TEST(
			marked_pool_ends_under_a_secondary_that_holds_objects),
		AGENTS_TEST(secondary_may_not_end_a_pool),
		AGENTS_TEST(shared_pools_refuse_domains_of_one_process),
		AGENTS_TEST(readers_of_other_processes_keep_objects_in_limbo),
		AGENTS_TEST(
			last_reference_from_another_process_and_then_a_grace_period),
		AGENTS_TEST(
			process_that_died_online_is_reported_and_can_be_buried),
	};

	agents_open(argc, args);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
