/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests about objects that go home (OBJPOOL_F_HOMING), with lib/ops.c as it
 * is. There are two regions; slots 0 and 2 are of the first, slot 1 of the
 * second. Who pushes objects of the other region binds a block there, puts, and
 * lets go of it, while those who live there pop and push, and thieves come by.
 *
 * In the end all objects are in one place each, every block that has an owner is
 * known to it, and where nobody popped, all are at home. No pop fails while
 * there is an object that nobody holds. They cover G2 G3 G4 G5 G7.
 */

#include "seam.h"
#include "calls.h"

/* --- how contests begin and end --- */

/* All of the second region, but for the first. Thread 0 holds a far one. */
static void
two_strangers(void)
{
	plan_home = 1;
	start_pool(2, 3, 3, 0);
}

/* All of the first. Whatever thread 1 pushes goes there. */
static void
one_stranger(void)
{
	plan_home = 4;
	start_pool(2, 3, 3, 0);
}

/* As many objects as threads. What thread 0 holds is far. */
static void
enough(void)
{
	plan_home = 1;
	start_pool(1, 3, 3, 0);
}

/* All is far for thread 1, and thread 2 has no slot. */
static void
enough_and_a_guest(void)
{
	plan_home = 3;
	start_pool(1, 2, 2, 0);
}

/* One in stock, one that thread 1 will push: both of the first region, and
 * another that thread 0 keeps. */
static void
one_comes_home(void)
{
	plan_home = 3;
	start_pool(1, 2, 2, 0);
}

/* None in stock, two with each: far, and far or near. */
static void
only_pushes(void)
{
	plan_home = 2;
	plan_dealt = 4;
	start_pool(4, 3, 3, 0);
	ledger_deal(2, 0);
	ledger_deal(0, 1);
	ledger_deal(1, 2);
	ledger_deal(3, 2);
}

static void
end_quiet(unsigned int lost)
{
	guard_memory(NULL, 0);
	on_resume = NULL;
	note_homecomers();
	nothing_stray();
	free((void *)a->local);
	end_with(lost);
}

static void
all_there(void)
{
	end_quiet(0);
}

static void
all_at_home(void)
{
	guard_memory(NULL, 0);
	for (uint32_t id = 0; id < a->nr_blocks; id++) {
		struct objpool_block *b = block_at(a, id);
		unsigned int len = words_len(atomic_load_explicit(&b->w,
						     memory_order_acquire),
			atomic_load_explicit(&b->t, memory_order_acquire));
		void *objs[BLOCK_OBJS];

		objpool_entries_read_(b, 0, objs, len);
		for (unsigned int i = 0; i < len; i++)
			CHECK("at home" &&
				region_has(a, id / a->blocks_per_region,
					objs[i]));
	}
	end_quiet(0);
}

/* The last object may be lost with who was moving it. */
static void
inherited(void)
{
	if (slot_at(a, 1)->counts.takeovers.load(mo_relaxed, $) > 0)
		saw(INHERITED);
	end_quiet(1);
}

/* --- what threads do --- */

static void
pop_push_twice(void)
{
	pop_push();
	pop_one();
	push_all();
}

static void
pop_2_push(void)
{
	void *objs[2];

	for (unsigned int i = 0; i < 2; i++) {
		if (objpool_pop_bulk(the_pool(), objs, 2) == 0)
			keep(objs, 2);
		else
			saw(FAILED_POP);
		if (hand()->n > 0) {
			unsigned int n = hand()->n;

			objpool_push_bulk(part_with(n), n, the_pool());
		}
	}
}

/* Nobody holds more than one, so no pop may fail. */
static void
pop_surely(void)
{
	void *obj = objpool_pop(the_pool());

	CHECK("a pop served" && obj != NULL);
	keep(&obj, 1);
}

static void
push_pop_twice(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		push_all();
		pop_surely();
	}
	push_all();
}

/* What came home is there before the other is taken, so one always is. */
static void
push_far(void)
{
	linger(8);
	push_one();
	raise(&notes->flags[0]);
}

static void
pop_after_push(void)
{
	await(&notes->flags[0]);
	pop_surely();
}

static void
pop_any(void)
{
	linger(8);
	pop_surely();
}

static void
push_both(void)
{
	unsigned int n = hand()->n;

	if (rl::rand(2) == 0)
		shuffle();
	if (rl::rand(2) == 0)
		objpool_push_bulk(part_with(n), n, the_pool());
	push_all();
}

static void
push_pop_die(void)
{
	try {
		die_at(1 + rl::rand(200));
		push_one();
		pop_push_twice();
		die_at(0);
	} catch (death &) {
	}
	raise(&notes->dead[self()]);
}

/* The heir goes on as the dead, in its slot. */
static void
succeed_it(void)
{
	struct slot *s;

	pop_push();
	await(&notes->dead[1]);
	the_pool();
	s = claim_slot(a, 1, 11, is_alive);
	CHECK("one heir" && s == slot_at(a, 1));
}

const struct contest contests[] = {
	{ "two strangers against who lives there", 4000, two_strangers,
		{ pop_push_twice, pop_push_twice, pop_push }, all_there,
		{ CAME_HOME, BOUND, PUT, RELEASED_PUB, ADOPTED, REBIASED, TAKEN,
			MARKED, SETTLED, SETTLED_BY_OWNER } },
	{ "a stranger against an owner and a thief", 4000, one_stranger,
		{ pop_push_twice, pop_push_twice, pop_2_push }, all_there,
		{ CAME_HOME, BOUND, PUT, RELEASED_PUB, ADOPTED, TAKEN, MARKED,
			SETTLED, SETTLED_BY_OWNER, FAILED_POP } },
	{ "two regions, three objects", 4000, enough,
		{ push_pop_twice, push_pop_twice, push_pop_twice }, all_there,
		{ CAME_HOME, BOUND, PUT, ADOPTED, TAKEN, SETTLED } },
	{ "two regions and a guest, three objects", 4000, enough_and_a_guest,
		{ push_pop_twice, push_pop_twice, push_pop_twice }, all_there,
		{ CAME_HOME, BOUND, PUT, ADOPTED, TAKEN, SETTLED } },
	{ "pop against what comes home", 4000, one_comes_home,
		{ pop_after_push, push_far, pop_any }, all_there,
		{ CAME_HOME, BOUND, PUT, TAKEN } },
	{ "all come home", 4000, only_pushes,
		{ push_both, push_both, push_both }, all_at_home,
		{ CAME_HOME, BOUND, PUT, RACED } },
	{ "death of a stranger, an heir", 4000, one_stranger,
		{ pop_push_twice, push_pop_die, succeed_it }, inherited,
		{ DIED, LOST_OBJECT, INHERITED, CAME_HOME, BOUND } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
