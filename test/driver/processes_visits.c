/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Secondaries that come and go, a thousand times, while the primary goes on
 * getting and putting.
 *
 * A visitor starts EAL for real, finds the mempool and a pool of the library,
 * uses both, and leaves: by ending as it should, by ending at once, or by being
 * killed, idle with objects in hand or in the middle of its work. The library's
 * slot is given back or not. Two visitors at a time are there and a third one
 * is coming, each with the lcore id of its lane.
 *
 * Every so often the visitors are let out and the primary takes stock. What is
 * missing is no more than what the killed ones had in hand; the primary makes
 * up for it. The mempool's slots are the primary's and one of each lane, whose
 * next visitor succeeds the last. Of the library's four slots a visitor always
 * gets one: else a thread would have moved objects without, which its counters
 * say. Memzones stay as many as they were.
 *
 * DPDK itself leaves a few allocations behind in its heap for each secondary
 * that does not call rte_eal_cleanup(), whatever it did. How many, a secondary
 * tells that does nothing; the heap has these more after each round, and not one
 * of ours. The primary has enough hugepages for that from the start, and they
 * stay as they are: where a heap has to grow, DPDK asks all processes, and does
 * not start the one that wants it if another is killed meanwhile. Of its files
 * in the runtime directory DPDK removes those of the dead when the next process
 * starts, all but the sockets of killed ones.
 *
 * Most of the time of a visit goes into rte_eal_init(), and most of that into
 * loading DPDK's directory of drivers. So visitors are of the build with static
 * DPDK, which loads none; each twentieth is of the other.
 *
 * Processes share hugepages; without any the test is skipped.
 * args: agents.h; OBJPOOL_TEST_VISITS says how many; else it is 1000, however
 * long that takes. Where OBJPOOL_TEST_SECONDS or OBJPOOL_TEST_FEWER is set it is
 * fewer, but one round at least. The last line says how many it was.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents.h"
#include "env.h"
#include "rng.h"

#define NR     600
#define VISITS 1000
#define HAND   20 /* most that a visitor has in hand */
#define LANES  3
#define ROUND  50 /* visits from audit to audit */

/* What there is beside objects. */
struct stock {
	int zones, heap, heap_kb, claimed;
	unsigned long huge_kb;
};

/* What visitors may have taken along, and did; those that ended by surprise. */
struct tally {
	unsigned int most, least, surprises;
};

static void
greet(struct agent *a, struct rng *rng)
{
	assert_int_equal(answer(a), 0);
	assert_int_equal(tell(a, "find"), 0);
	assert_int_equal(tell(a, "pool find"), 0);
	assert_int_equal(tell(a, "play %u 50 %u", rng_below(rng, 1000), HAND),
		0);
	assert_int_equal(tell(a, "pool cycle %u", rng_upto(rng, HAND)), 0);
	if (rng_below(rng, 2) == 0)
		assert_int_equal(tell(a, "pool detach"), 0);
	assert_int_equal(tell(a, "work %u 200", HAND), 0);
}

static void
let_out(struct agent *a, struct rng *rng, struct tally *tally)
{
	unsigned int n, how = rng_below(rng, 5);

	tally->surprises += how >= 2;
	if (how == 4) {
		usleep(rng_below(rng, 500));
		kill_now(a);
		tally->most += HAND;
		return;
	}
	assert_int_equal(tell(a, "rest"), 0);
	n = (unsigned int)tell(a, "held");
	assert_in_range(n, 1, HAND);
	if (how == 3) {
		kill_now(a);
		tally->least += n;
		tally->most += n;
		return;
	}
	assert_int_equal(tell(a, "put %u", n), 0);
	if (how == 2) {
		say(a, "leave");
		see_off(a);
	} else {
		stop(a);
	}
}

static struct stock
take_stock(struct agent *primary)
{
	return (struct stock){
		.zones = tell(primary, "zones"),
		.heap = tell(primary, "heap"),
		.heap_kb = tell(primary, "heap KB"),
		.claimed = tell(primary, "claimed"),
		.huge_kb = kb_of_hugepages(),
	};
}

/* `litter` is DPDK's own. */
static void
expect_stock(struct agent *primary, const struct stock *first, int litter)
{
	const struct stock now = take_stock(primary);

	assert_int_equal(now.zones, first->zones);
	assert_int_equal(now.claimed, first->claimed);
	assert_int_equal(now.heap, first->heap + litter);
	assert_int_equal(now.huge_kb, first->huge_kb);
	assert_int_equal(tell(primary, "shared"), 0);
	assert_int_equal(tell(primary, "pool shared"), 0);
	assert_int_equal(tell(primary, "pool count"), NR);
}

/* n visits, at work beside the primary and each other; then an audit. How many
 * ended by surprise. */
static unsigned int
play_round(struct agent *primary, unsigned int n, struct rng *rng)
{
	struct tally tally = { 0 };
	struct agent visitor[LANES];
	int missing;

	assert_int_equal(tell(primary, "work %u 500", HAND), 0);
	for (unsigned int i = 0; i < n + 2; i++) {
		if (i < n)
			visitor[i % LANES] = launch(1 + i % LANES, "secondary",
				rng_below(rng, 20) == 0 ? OURS_RING : STATIC);
		if (i >= 1 && i - 1 < n)
			greet(&visitor[(i - 1) % LANES], rng);
		if (i >= 2)
			let_out(&visitor[(i - 2) % LANES], rng, &tally);
	}
	assert_int_equal(tell(primary, "rest"), 0);
	assert_int_equal(tell(primary, "put %d", tell(primary, "held")), 0);
	assert_int_equal(tell(primary, "pool cycle %u", NR), 0);
	missing = tell(primary, "audit %u", tally.most);
	assert_in_range(missing, tally.least, tally.most);
	return tally.surprises;
}

/* What DPDK leaves in its heap of a secondary that just dies. */
static int
litter_of_one(struct agent *primary)
{
	int before = tell(primary, "heap");
	struct agent b = start_on(1, "secondary", STATIC);

	kill_now(&b);
	return tell(primary, "heap") - before;
}

static void
open_house(struct agent *primary)
{
	*primary = start_on(0, "primary", OURS_RING);
	assert_int_equal(tell(primary, "make objpool %u", NR), 0);
	assert_int_equal(tell(primary, "pool make %u 4", NR), 0);
}

static void
close_house(struct agent *primary)
{
	assert_int_equal(tell(primary, "pool free"), 0);
	assert_int_equal(tell(primary, "free"), 0);
	stop(primary);
}

static unsigned int
visits_wanted(void)
{
	const char *text = getenv("OBJPOOL_TEST_VISITS");

	return text != NULL ? (unsigned int)strtoul(text, NULL, 0) :
			      env_times(VISITS);
}

/* So many, this long since the first: is it enough? */
static bool
is_enough(unsigned int visits, double seconds)
{
	bool in_hurry = getenv("OBJPOOL_TEST_SECONDS") != NULL &&
		getenv("OBJPOOL_TEST_VISITS") == NULL;

	return visits >= visits_wanted() ||
		(in_hurry && visits >= ROUND && seconds > env_seconds(0));
}

static double
seconds_since(uint64_t begin)
{
	return (double)(env_now() - begin) / 1e9;
}

static void
visitors_leave_nothing_behind(void **state)
{
	unsigned int visits = 0, files;
	int each, takeovers, litter = 0;
	struct agent primary;
	struct stock first;
	uint64_t begin;
	struct rng rng;

	(void)state;
	rng_init(&rng, env_seed(), 0);
	open_house(&primary);
	files = nr_runtime("fbarray");
	each = litter_of_one(&primary);
	play_round(&primary, 2 * LANES, &rng); /* slots for all */
	first = take_stock(&primary);
	assert_int_equal(first.claimed, 1 + LANES);
	begin = env_now();
	for (; !is_enough(visits, seconds_since(begin)); visits += ROUND) {
		litter += each * (int)play_round(&primary, ROUND, &rng);
		expect_stock(&primary, &first, litter);
		assert_true(nr_runtime("fbarray") <= files * (1 + LANES));
	}
	/* Each visitor but the first of a lane. */
	takeovers = tell(&primary, "takeovers");
	assert_int_equal(takeovers, visits + LANES);
	print_message("total: %u visits of %u, %.0f ms each, %d takeovers, "
		      "%d KB of DPDK's litter\n",
		visits, VISITS, 1000 * seconds_since(begin) / visits, takeovers,
		tell(&primary, "heap KB") - first.heap_kb);
	close_house(&primary);
}

/* Visitors that do not go: what each round asks for is not so. */
static void
control_slots_that_are_kept_are_noticed(void **state)
{
	struct agent primary, visitor[4];

	(void)state;
	open_house(&primary);
	assert_int_equal(tell(&primary, "claimed"), 1);
	assert_int_equal(tell(&primary, "pool cycle 1"), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(tell(&primary, "pool shared"), 0);
		visitor[i] = start_on(1, "secondary", STATIC);
		assert_int_equal(tell(&visitor[i], "find"), 0);
		assert_int_equal(tell(&visitor[i], "cycle 1"), 0);
		assert_int_equal(tell(&visitor[i], "pool find"), 0);
		assert_int_equal(tell(&visitor[i], "pool cycle 1"), 0);
		assert_int_equal(tell(&primary, "claimed"), 2 + i);
	}
	/* The fourth had to do without a slot of the library's pool. */
	assert_true(tell(&primary, "pool shared") > 0);
	for (int i = 0; i < 4; i++)
		stop(&visitor[i]);
	close_house(&primary);
}

/* A visitor that takes objects along and is not known to have been killed. */
static void
control_an_object_that_is_lost_is_noticed(void **state)
{
	struct agent primary, b;

	(void)state;
	open_house(&primary);
	b = start_on(1, "secondary", STATIC);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "get 1"), 0);
	stop(&b);
	assert_int_equal(tell(&primary, "audit 0"), -1);
	assert_int_equal(tell(&primary, "count"), 0); /* it has the others */
	kill_now(&primary);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		AGENTS_TEST(visitors_leave_nothing_behind),
		AGENTS_TEST(control_slots_that_are_kept_are_noticed),
		AGENTS_TEST(control_an_object_that_is_lost_is_noticed),
	};

	agents_open(argc, args);
	/* Some 90 KB a visit are DPDK's litter. */
	agents_memory(32 + visits_wanted() / 8);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
