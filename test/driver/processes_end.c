/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A mempool that ends while its objects are in other processes.
 *
 * The primary frees it deferred; secondaries hold objects, or are in the middle
 * of getting and putting. Its memory is there as long as they hold one, and gone
 * with the last: that says the number of memzones, what is allocated of EAL's
 * heap, and the callback. A secondary that holds an object may go on as it likes,
 * and learns by a get that fails.
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
#include "env.h"

#define NR    999
#define SHARE (NR / 3)

/* A primary with a mempool, and what it had before. */
struct town {
	struct agent a, b, c;
	int zones, heap;
};

static void
settle(struct town *t)
{
	t->a = start_on(0, "primary", OURS_RING);
	/* The thread that waits is made once and stays. */
	assert_int_equal(tell(&t->a, "make objpool 10"), 0);
	assert_int_equal(tell(&t->a, "end"), 0);
	assert_int_equal(tell(&t->a, "wait 20000"), 0);
	/* Each process has something of its own in EAL's heap. */
	t->b = start_on(1, "secondary", OURS_RING);
	t->c = start_on(2, "secondary", STATIC);
	t->zones = tell(&t->a, "zones");
	t->heap = tell(&t->a, "heap");
	assert_int_equal(tell(&t->a, "make objpool %u", NR), 0);
	assert_int_equal(tell(&t->b, "find"), 0);
	assert_int_equal(tell(&t->c, "find"), 0);
}

/* It was freed: this time, and all of it. */
static void
expect_gone(struct town *t, int times)
{
	assert_int_equal(tell(&t->a, "wait 20000"), 0);
	assert_int_equal(tell(&t->a, "gone"), times);
	assert_int_equal(tell(&t->a, "zones"), t->zones);
	assert_int_equal(tell(&t->a, "heap"), t->heap);
}

/* It was not, though there was time. */
static void
expect_there(struct town *t, int times, int out)
{
	assert_int_equal(tell(&t->a, "wait 40"), -ETIMEDOUT);
	assert_int_equal(tell(&t->a, "gone"), times);
	assert_int_equal(tell(&t->a, "out"), out);
	assert_true(tell(&t->a, "zones") > t->zones);
}

static void
leave(struct town *t)
{
	stop(&t->c);
	stop(&t->b);
	stop(&t->a);
}

static void
memory_goes_when_secondaries_gave_the_last_object_back(void **state)
{
	struct town t;

	(void)state;
	settle(&t);
	assert_int_equal(tell(&t.b, "cycle 600"), 0);
	assert_int_equal(tell(&t.b, "get 30"), 0);
	assert_int_equal(tell(&t.c, "get 20"), 0);
	assert_int_equal(tell(&t.a, "end"), 0);
	assert_true(tell(&t.b, "get 1") < 0);
	assert_true(tell(&t.c, "get 1") < 0);
	expect_there(&t, 1, 50);
	assert_int_equal(tell(&t.b, "put 29"), 0);
	assert_int_equal(tell(&t.c, "put 20"), 0);
	expect_there(&t, 1, 1);
	assert_int_equal(tell(&t.b, "put 1"), 0);
	expect_gone(&t, 2);
	leave(&t);
}

static void
name_can_be_used_again_while_a_secondary_holds_the_old_ones(void **state)
{
	struct town t;

	(void)state;
	settle(&t);
	assert_int_equal(tell(&t.b, "get 30"), 0);
	assert_int_equal(tell(&t.a, "end"), 0);
	assert_int_equal(tell(&t.c, "find"), -1);
	assert_int_equal(tell(&t.a, "make objpool %u", NR), 0);
	assert_int_equal(tell(&t.c, "find"), 0);
	say(&t.a, "cycle %u", SHARE);
	assert_int_equal(tell(&t.c, "cycle %u", SHARE), 0);
	assert_int_equal(answer(&t.a), 0);
	expect_there(&t, 1, 30);
	/* To where they are from. */
	assert_int_equal(tell(&t.b, "put 30"), 0);
	assert_int_equal(tell(&t.a, "wait 20000"), 0);
	assert_int_equal(tell(&t.a, "gone"), 2);
	assert_int_equal(tell(&t.c, "get %u", NR), 0);
	assert_int_equal(tell(&t.a, "end"), 0);
	expect_there(&t, 2, NR);
	assert_int_equal(tell(&t.c, "put %u", NR), 0);
	expect_gone(&t, 3);
	leave(&t);
}

static void
secondary_may_neither_free_nor_replace_and_is_told(void **state)
{
	struct town t;
	int zones;

	(void)state;
	settle(&t);
	assert_int_equal(tell(&t.b, "end"), -EPERM);
	assert_int_equal(nr_logged(&t.b, "objpool: "), 1);
	assert_int_equal(nr_logged(&t.b, "mempool agents is another process's"),
		1);
	zones = tell(&t.a, "zones");
	assert_int_equal(tell(&t.b, "replace"), -EPERM);
	assert_int_equal(nr_logged(&t.b, "objpool: "), 2);
	assert_int_equal(nr_logged(&t.b, "mempool agents is another process's"),
		2);
	/* The other one that it made stays. */
	assert_true(tell(&t.a, "zones") > zones);
	/* Nothing happened. */
	say(&t.a, "play 1 1000 %u", SHARE);
	assert_int_equal(tell(&t.b, "play 2 1000 %u", SHARE), 0);
	assert_int_equal(answer(&t.a), 0);
	assert_int_equal(tell(&t.a, "audit 0"), 0);
	assert_int_equal(tell(&t.a, "end"), 0);
	assert_int_equal(tell(&t.a, "wait 20000"), 0);
	assert_int_equal(nr_logged(&t.a, "another process's"), 0);
	leave(&t);
}

static void
mempool_is_freed_under_secondaries_in_the_middle_of_it(void **state)
{
	struct town t;

	(void)state;
	settle(&t);
	for (int i = 2; i < 12; i++) {
		assert_int_equal(tell(&t.b, "work %u 0", SHARE), 0);
		assert_int_equal(tell(&t.c, "work %u 0", SHARE), 0);
		usleep(1000 * (useconds_t)(i % 4));
		assert_int_equal(tell(&t.a, "end"), 0);
		usleep(1000);
		/* They hold some, and can get no more. */
		assert_true(tell(&t.b, "rest") > 0);
		assert_true(tell(&t.c, "rest") > 0);
		expect_there(&t, i - 1,
			tell(&t.b, "held") + tell(&t.c, "held"));
		assert_int_equal(tell(&t.c, "put %d", tell(&t.c, "held")), 0);
		assert_int_equal(tell(&t.b, "put %d", tell(&t.b, "held") - 1),
			0);
		expect_there(&t, i - 1, 1);
		assert_int_equal(tell(&t.b, "put 1"), 0);
		expect_gone(&t, i);
		assert_int_equal(tell(&t.a, "make objpool %u", NR), 0);
		assert_int_equal(tell(&t.b, "find"), 0);
		assert_int_equal(tell(&t.c, "find"), 0);
	}
	assert_int_equal(tell(&t.a, "free"), 0);
	leave(&t);
}

static void
mempool_is_replaced_under_a_secondary_in_the_middle_of_it(void **state)
{
	struct town t;

	(void)state;
	settle(&t);
	assert_int_equal(tell(&t.b, "work %u 0", SHARE), 0);
	assert_int_equal(tell(&t.c, "get 1"), 0);
	assert_int_equal(tell(&t.a, "replace"), 0);
	usleep(2000);
	/* It noticed nothing. */
	assert_int_equal(tell(&t.b, "rest"), 0);
	assert_int_equal(tell(&t.b, "put %d", tell(&t.b, "held")), 0);
	expect_there(&t, 1, 1);
	assert_int_equal(tell(&t.c, "put 1"), 0);
	assert_int_equal(tell(&t.a, "wait 20000"), 0);
	assert_int_equal(tell(&t.a, "gone"), 2);
	say(&t.c, "play 1 1000 %u", SHARE);
	assert_int_equal(tell(&t.b, "play 2 1000 %u", SHARE), 0);
	assert_int_equal(answer(&t.c), 0);
	assert_int_equal(tell(&t.b, "count"), NR);
	leave(&t);
}

static void
objects_of_a_killed_secondary_are_waited_for(void **state)
{
	struct town t;

	(void)state;
	settle(&t);
	assert_int_equal(tell(&t.b, "cycle 600"), 0);
	assert_int_equal(tell(&t.b, "get 7"), 0);
	assert_int_equal(tell(&t.c, "get 5"), 0);
	kill_now(&t.b);
	assert_int_equal(tell(&t.a, "end"), 0);
	assert_int_equal(tell(&t.c, "put 5"), 0);
	expect_there(&t, 1, 7);
	stop(&t.c);
	kill_now(&t.a); /* which would wait for ever */
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		AGENTS_TEST(
			memory_goes_when_secondaries_gave_the_last_object_back),
		AGENTS_TEST(
			name_can_be_used_again_while_a_secondary_holds_the_old_ones),
		AGENTS_TEST(secondary_may_neither_free_nor_replace_and_is_told),
		AGENTS_TEST(
			mempool_is_freed_under_secondaries_in_the_middle_of_it),
		AGENTS_TEST(
			mempool_is_replaced_under_a_secondary_in_the_middle_of_it),
		AGENTS_TEST(objects_of_a_killed_secondary_are_waited_for),
	};

	agents_open(argc, args);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
