/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* One mempool, several processes: sharing it, dying with it, and having loaded
 * different drivers.
 *
 * The processes are agents (agent.c), driven by lines through pipes. Some load
 * the ring driver before ours, some after it; then "ring_mp_mc" has the place
 * in the table of operations that "objpool" has in the others. The same goes
 * wrong when a program and, say, dpdk-proc-info were linked with different
 * drivers, or when one of them loads no plugin of ours, or only the default one.
 * Others have the right driver, but of another build: that works, or, where it
 * lays out slots and blocks differently, is noticed.
 *
 * Processes share hugepages; without any the test is skipped.
 * args: agents.h
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agents.h"

static void
secondary_gets_and_puts_what_primary_made(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "count"), 1000);
	assert_int_equal(tell(&b, "get 600"), 0);
	assert_int_equal(tell(&a, "count"), 400);
	assert_true(tell(&a, "get 401") < 0);
	assert_int_equal(tell(&a, "get 400"), 0);
	assert_int_equal(tell(&b, "count"), 0);
	assert_int_equal(tell(&b, "put 600"), 0);
	assert_int_equal(tell(&a, "get 600"), 0);
	assert_int_equal(tell(&a, "put 1000"), 0);
	assert_int_equal(tell(&b, "get 1000"), 0);
	assert_int_equal(tell(&b, "put 1000"), 0);
	assert_int_equal(tell(&a, "count"), 1000);
	stop(&b);
	assert_int_equal(tell(&a, "get 1000"), 0);
	assert_int_equal(tell(&a, "put 1000"), 0);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

/* The cycles run at the same time in both; each can have what it asks for. */
static void
primary_vs_secondary_get_objects_at_once(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	for (unsigned int n = 1; n <= 500; n = n * 3 + 1) {
		say(&a, "cycle %u", n);
		assert_int_equal(tell(&b, "cycle %u", n), 0);
		assert_int_equal(answer(&a), 0);
		assert_int_equal(tell(&a, "count"), 1000);
	}
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
killed_secondary_takes_away_only_what_it_held(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "cycle 700"), 0);
	assert_int_equal(tell(&b, "get 30"), 0);
	kill_now(&b);
	assert_int_equal(tell(&a, "count"), 970);
	assert_int_equal(tell(&a, "get 970"), 0);
	assert_int_equal(tell(&a, "put 970"), 0);
	/* Another takes the dead one's slot. */
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "cycle 970"), 0);
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
pool_of_a_killed_secondary_can_be_used(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b = start("secondary", OURS_RING);

	(void)state;
	assert_int_equal(tell(&b, "make objpool 1000"), 0);
	assert_int_equal(tell(&b, "cycle 100"), 0);
	kill_now(&b);
	assert_int_equal(tell(&a, "find"), 0);
	assert_int_equal(tell(&a, "get 1000"), 0);
	assert_int_equal(tell(&a, "put 1000"), 0);
	/* mempool cannot free it: it would call a function of the dead one. */
	stop(&a);
}

static void
ring_operations_of_a_secondary_refuse_our_pool(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	assert_int_equal(tell(&a, "get 10"), 0);
	b = start("secondary", RING_OURS);
	assert_int_equal(tell(&b, "find"), 0);
	assert_true(tell(&b, "get 1") < 0);
	assert_true(tell(&b, "get 32") < 0);
	assert_int_equal(tell(&b, "count"), 0);
	assert_int_equal(tell(&a, "count"), 990);
	assert_int_equal(tell(&a, "put 10"), 0);
	assert_int_equal(tell(&a, "get 1000"), 0);
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
our_operations_of_a_secondary_refuse_a_ring_and_say_why(void **state)
{
	struct agent a = start("primary", RING_OURS);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make ring_mp_mc 1000"), 0);
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_true(tell(&b, "get 1") < 0);
	assert_true(tell(&b, "get 32") < 0);
	assert_int_equal(tell(&b, "count"), 0);
	assert_int_equal(nr_logged(&b, "the same -d options in the same order"),
		1);
	assert_int_equal(tell(&a, "count"), 1000);
	assert_int_equal(tell(&a, "get 1000"), 0);
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
same_drivers_in_the_same_order_work_whatever_they_are(void **state)
{
	struct agent a = start("primary", RING_OURS);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	b = start("secondary", RING_OURS);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "get 1000"), 0);
	assert_int_equal(tell(&a, "count"), 0);
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

/* What the primary's operations are called in a process without our plugin is
 * chance: a ring's and a stack's find nothing in the pool. Others are drivers of
 * hardware, which are not called here. */
static void
secondary_without_the_plugin_finds_nothing(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	b = start("secondary", NOTHING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "ops objpool"), 0);
	if (tell(&b, "ops ring") == 1 || tell(&b, "ops stack") == 1 ||
		tell(&b, "ops lf_stack") == 1) {
		assert_true(tell(&b, "get 1") < 0);
		assert_int_equal(tell(&b, "count"), 0);
	}
	stop(&b);
	b = start("secondary", ONLY_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "ops ring"), 1);
	assert_true(tell(&b, "get 1") < 0);
	assert_true(tell(&b, "get 32") < 0);
	assert_int_equal(tell(&b, "count"), 0);
	stop(&b);
	assert_int_equal(tell(&a, "audit 0"), 0);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

/* "ring_mp_mc" is ours in the one and a ring in the other. */
static void
default_plugin_in_the_primary_only_is_noticed(void **state)
{
	struct agent a = start("primary", DEFAULT_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make ring_mp_mc 1000"), 0);
	assert_int_equal(tell(&a, "claimed"), 1);
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "ops ring_mp_mc"), 1);
	assert_true(tell(&b, "get 1") < 0);
	assert_true(tell(&b, "get 32") < 0);
	assert_int_equal(tell(&b, "count"), 0);
	stop(&b);
	b = start("secondary", DEFAULT_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "cycle 1000"), 0);
	stop(&b);
	assert_int_equal(tell(&a, "audit 0"), 0);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
default_plugin_in_the_secondary_only_is_noticed(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make ring_mp_mc 1000"), 0);
	b = start("secondary", DEFAULT_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_true(tell(&b, "get 1") < 0);
	assert_true(tell(&b, "get 32") < 0);
	assert_int_equal(tell(&b, "count"), 0);
	assert_int_equal(nr_logged(&b, "the same -d options in the same order"),
		1);
	stop(&b);
	assert_int_equal(tell(&a, "audit 0"), 0);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
secondary_of_another_build_works(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	b = start("secondary", STATIC);
	assert_int_equal(tell(&b, "find"), 0);
	say(&a, "cycle 400");
	assert_int_equal(tell(&b, "cycle 400"), 0);
	assert_int_equal(answer(&a), 0);
	assert_int_equal(tell(&b, "get 1000"), 0);
	assert_int_equal(tell(&a, "count"), 0);
	assert_int_equal(tell(&b, "put 1000"), 0);
	stop(&b);
	assert_int_equal(tell(&a, "audit 0"), 0);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
secondary_with_another_layout_is_refused_and_told_why(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	b = start("secondary", LAYOUT);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "ops objpool"), 1);
	assert_true(tell(&b, "get 1") < 0);
	assert_true(tell(&b, "get 32") < 0);
	assert_int_equal(tell(&b, "count"), 0);
	assert_int_equal(nr_logged(&b, "objpool: "), 1);
	assert_int_equal(nr_logged(&b, "another version of the driver"), 1);
	stop(&b);
	assert_int_equal(tell(&a, "audit 0"), 0);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		AGENTS_TEST(secondary_gets_and_puts_what_primary_made),
		AGENTS_TEST(primary_vs_secondary_get_objects_at_once),
		AGENTS_TEST(killed_secondary_takes_away_only_what_it_held),
		AGENTS_TEST(pool_of_a_killed_secondary_can_be_used),
		AGENTS_TEST(ring_operations_of_a_secondary_refuse_our_pool),
		AGENTS_TEST(
			our_operations_of_a_secondary_refuse_a_ring_and_say_why),
		AGENTS_TEST(
			same_drivers_in_the_same_order_work_whatever_they_are),
		AGENTS_TEST(secondary_without_the_plugin_finds_nothing),
		AGENTS_TEST(default_plugin_in_the_primary_only_is_noticed),
		AGENTS_TEST(default_plugin_in_the_secondary_only_is_noticed),
		AGENTS_TEST(secondary_of_another_build_works),
		AGENTS_TEST(
			secondary_with_another_layout_is_refused_and_told_why),
	};

	agents_open(argc, args);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
