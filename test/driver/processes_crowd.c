/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Three processes at one mempool at the same time, whoever was there first, and
 * with whatever lcore ids.
 *
 * Each holds up to its share of the objects, and all shares together are what
 * there is: so no get may fail, and no object may be met that somebody holds.
 * Every object is stamped by its holder (agent_mempool.c). In the end the maker
 * takes stock.
 *
 * DPDK's guide asks for lcore ids that no two processes have. To the driver they
 * are wishes: each process gets a slot of its own. How many slots have an owner,
 * and that nobody worked without one, its counters say.
 *
 * Processes share hugepages; without any the test is skipped.
 * args: agents.h
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>

#include "agents.h"
#include "env.h"

#define NR     999
#define SHARE  (NR / 3)
#define CYCLES 8000u

/* They play at once, and no get fails. */
static void
play_together(struct agent *const *agents, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		say(agents[i], "play %" PRIu64 " %u %u", env_seed() + i,
			env_times(CYCLES), SHARE);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(answer(agents[i]), 0);
}

static void
expect_stock(struct agent *maker, struct agent *const *agents, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(tell(agents[i], "count"), NR);
	assert_int_equal(tell(maker, "audit 0"), 0);
}

static void
three_processes_get_what_is_theirs(void **state)
{
	struct agent a = start_on(0, "primary", OURS_RING);
	struct agent b, c;
	struct agent *const all[] = { &a, &b, &c };

	(void)state;
	assert_int_equal(tell(&a, "make objpool %u", NR), 0);
	b = start_on(1, "secondary", OURS_RING);
	c = start_on(2, "secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&c, "find"), 0);
	play_together(all, 3);
	expect_stock(&a, all, 3);
	/* One goes, the other two go on; one comes back. */
	stop(&b);
	play_together((struct agent *const[]){ &a, &c }, 2);
	b = start_on(1, "secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	play_together(all, 3);
	expect_stock(&a, all, 3);
	stop(&c);
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
secondaries_that_were_there_before_the_mempool_get_theirs(void **state)
{
	struct agent a = start_on(0, "primary", OURS_RING);
	struct agent b = start_on(1, "secondary", OURS_RING);
	struct agent c = start_on(2, "secondary", OURS_RING);
	struct agent *const all[] = { &c, &b, &a };

	(void)state;
	assert_int_equal(tell(&c, "find"), -1);
	assert_int_equal(tell(&a, "make objpool %u", NR), 0);
	assert_int_equal(tell(&c, "find"), 0);
	assert_int_equal(tell(&b, "find"), 0);
	play_together(all, 3);
	expect_stock(&a, all, 3);
	stop(&b);
	stop(&c);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
mempool_of_a_secondary_serves_the_primary_and_another(void **state)
{
	struct agent a = start_on(0, "primary", OURS_RING);
	struct agent b = start_on(1, "secondary", OURS_RING);
	struct agent c;
	struct agent *const all[] = { &a, &b, &c };

	(void)state;
	assert_int_equal(tell(&b, "make objpool %u", NR), 0);
	assert_int_equal(tell(&a, "find"), 0);
	c = start_on(2, "secondary", OURS_RING);
	assert_int_equal(tell(&c, "find"), 0);
	play_together(all, 3);
	expect_stock(&b, all, 3);
	stop(&c);
	assert_int_equal(tell(&b, "free"), 0);
	stop(&b);
	stop(&a);
}

/* Are the checks above worth something? */
static void
control_an_object_that_is_there_twice_is_noticed(void **state)
{
	struct agent a = start_on(0, "primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool %u", NR), 0);
	b = start_on(1, "secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "get 1"), 0);
	assert_int_equal(tell(&b, "twice"), 0);
	assert_int_equal(tell(&a, "get %u", NR), -1000);
	kill_now(&b);
	kill_now(&a);
	remove_files(state);

	a = start_on(0, "primary", OURS_RING);
	assert_int_equal(tell(&a, "make objpool %u", NR), 0);
	assert_int_equal(tell(&a, "get 1"), 0);
	assert_int_equal(tell(&a, "audit 0"), -1);
	assert_int_equal(tell(&a, "twice"), 0); /* is made up for by then */
	assert_int_equal(tell(&a, "audit 1"), -1);
	kill_now(&a);
}

static void
the_same_lcore_id_in_three_processes_is_three_slots(void **state)
{
	struct agent a = start_on(0, "primary", OURS_RING);
	struct agent b, c;
	struct agent *const all[] = { &a, &b, &c };

	(void)state;
	assert_int_equal(tell(&a, "make objpool %u", NR), 0);
	assert_int_equal(tell(&a, "claimed"), 1);
	b = start_on(0, "secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "cycle 1"), 0);
	assert_int_equal(tell(&a, "claimed"), 2);
	c = start_on(0, "secondary", STATIC);
	assert_int_equal(tell(&c, "find"), 0);
	assert_int_equal(tell(&c, "cycle 1"), 0);
	assert_int_equal(tell(&a, "claimed"), 3);
	play_together(all, 3);
	assert_int_equal(tell(&a, "claimed"), 3);
	assert_int_equal(tell(&a, "takeovers"), 0);
	/* Nobody had to work without a slot of its own. */
	assert_int_equal(tell(&a, "shared"), 0);
	expect_stock(&a, all, 3);
	stop(&c);
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
the_same_lcore_id_succeeds_its_dead_holder(void **state)
{
	struct agent a = start_on(0, "primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool %u", NR), 0);
	for (int i = 0; i < 6; i++) {
		b = start_on(1, "secondary", i % 2 ? STATIC : OURS_RING);
		assert_int_equal(tell(&b, "find"), 0);
		/* With objects in private blocks of its. */
		assert_int_equal(tell(&b, "play %d 1000 %u", i, NR), 0);
		assert_int_equal(tell(&a, "claimed"), 2);
		assert_int_equal(tell(&a, "takeovers"), i);
		assert_int_equal(tell(&a, "shared"), 0);
		if (i % 3 == 0)
			stop(&b);
		else
			kill_now(&b);
		assert_int_equal(tell(&a, "count"), NR);
	}
	assert_int_equal(tell(&a, "audit 0"), 0);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		AGENTS_TEST(three_processes_get_what_is_theirs),
		AGENTS_TEST(
			secondaries_that_were_there_before_the_mempool_get_theirs),
		AGENTS_TEST(
			mempool_of_a_secondary_serves_the_primary_and_another),
		AGENTS_TEST(control_an_object_that_is_there_twice_is_noticed),
		AGENTS_TEST(
			the_same_lcore_id_in_three_processes_is_three_slots),
		AGENTS_TEST(the_same_lcore_id_succeeds_its_dead_holder),
	};

	agents_open(argc, args);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
