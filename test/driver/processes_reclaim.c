/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What a killed process had got comes back on request, to the last object: what
 * it held, and what it was just getting or putting.
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

/* covers G16 */
static void
what_a_killed_secondary_held_and_moved_is_reclaimed(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "hold 1000"), 0);
	assert_int_equal(tell(&a, "get 100"), 0);
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "get 300"), 0);
	assert_int_equal(tell(&a, "reclaim"), 0);
	kill_now(&b);
	assert_int_equal(tell(&a, "count"), 600);
	assert_int_equal(tell(&a, "reclaim"), 300);
	assert_int_equal(tell(&a, "reclaim"), 0);
	assert_int_equal(tell(&a, "count"), 900);
	/* In the middle, each time somewhere else. */
	for (unsigned int i = 0; i < 20; i++) {
		int out;

		b = start("secondary", STATIC);
		assert_int_equal(tell(&b, "find"), 0);
		say(&b, "toil 50");
		usleep(10000 + 777 * i);
		kill_now(&b);
		out = 900 - tell(&a, "count");
		assert_in_range(out, 0, 50);
		assert_int_equal(tell(&a, "reclaim"), out);
		assert_int_equal(tell(&a, "count"), 900);
	}
	assert_int_equal(tell(&a, "put 100"), 0);
	assert_int_equal(tell(&a, "audit 0"), 0);
	assert_int_equal(tell(&a, "free"), 0);
	assert_true(nr_logged(&a, "OBJPOOL_F_HOLDERS needs room before") > 0);
	assert_true(
		nr_logged(&a, "OBJPOOL_F_HOLDERS needs a cache size of") > 0);
	stop(&a);
}

static void
a_secondary_reclaims_too_and_only_where_it_can(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b, c;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 10"), 0);
	assert_int_equal(tell(&a, "reclaim"), -ENOTSUP);
	assert_int_equal(tell(&a, "free"), 0);
	assert_int_equal(tell(&a, "hold 100"), 0);
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	c = start("secondary", STATIC);
	assert_int_equal(tell(&c, "find"), 0);
	assert_int_equal(tell(&b, "get 40"), 0);
	kill_now(&b);
	assert_int_equal(tell(&c, "reclaim"), 40);
	assert_int_equal(tell(&a, "audit 0"), 0);
	stop(&c);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
a_waiting_mempool_is_reclaimed_by_its_creator_only(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b, c;

	(void)state;
	assert_int_equal(tell(&a, "hold 100"), 0);
	b = start("secondary", OURS_RING);
	c = start("secondary", STATIC);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&c, "find"), 0);
	assert_int_equal(tell(&b, "get 40"), 0);
	assert_int_equal(tell(&c, "get 10"), 0);
	kill_now(&b);
	assert_int_equal(tell(&a, "end"), 0);
	assert_int_equal(tell(&c, "reclaim"), -EPERM);
	assert_int_equal(tell(&a, "reclaim"), 40);
	assert_int_equal(tell(&a, "wait 40"), -ETIMEDOUT);
	assert_int_equal(tell(&a, "out"), 10);
	kill_now(&c);
	assert_int_equal(tell(&a, "reclaim"), 10);
	assert_int_equal(tell(&a, "wait 20000"), 0);
	assert_int_equal(tell(&a, "gone"), 1);
	stop(&a);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		AGENTS_TEST(
			what_a_killed_secondary_held_and_moved_is_reclaimed),
		AGENTS_TEST(a_secondary_reclaims_too_and_only_where_it_can),
		AGENTS_TEST(a_waiting_mempool_is_reclaimed_by_its_creator_only),
	};

	agents_open(argc, args);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
