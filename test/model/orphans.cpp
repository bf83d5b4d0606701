/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests about objpool_reclaim(): lib/reclaim.c and lib/holders.c as they are,
 * on a pool with a holder word for each object, each thread being a process.
 *
 * Where nobody dies nothing may be given back, whatever is on its way; if
 * something is, it is there twice, too. Where one dies in a pop or push, all is
 * there in the end. They cover G16.
 */

#include "seam.h"

#include "reclaim.c"

static char words_memory[OBJS * sizeof(cell<uint64_t>)]
	__attribute__((aligned(64)));
static cell<uint64_t> *const words = (cell<uint64_t> *)words_memory;

/* n in stock, one with each of the threads 0 and 1. */
static void
start_holding(unsigned int n, unsigned int nr_slots)
{
	start_pool(n, nr_slots, nr_slots, OBJPOOL_F_MARKED | OBJPOOL_F_HOLDERS);
	claim_divert(a, OBJPOOL_SLOT_SLOW_);
	for (unsigned int i = 0; i < OBJS; i++) {
		new (&words[i]) cell<uint64_t>();
		atomic_init(&words[i], i < n ? HOLDER_FIRST : i - n + 1);
	}
	/* Objects are numbers, from 1. */
	a->stride = 1;
	if (a->nr_regions == 1) {
		a->region[0].objs = offset_of(a, (void *)(uintptr_t)1);
		a->region[0].nr_objs = n + 2;
	}
	a->holders = offset_of(a, words);
	a->has_holders = true;
	a->address = (uintptr_t)a;
	a->shared = true;
}

static void
seated(void)
{
	start_holding(1, 2);
}

static void
with_a_guest(void)
{
	start_holding(1, 1);
}

static void
none_in_stock(void)
{
	start_holding(0, 2);
}

static void
two_in_stock(void)
{
	start_holding(2, 2);
}

/* Thread 0, which has a slot, keeps to public blocks, and thread 1 has none. */
static void
cooling(void)
{
	start_holding(0, 1);
	atomic_init(&slot_at(a, 0)->cool, COOL_MAX);
}

/* Slot 1 and all objects but one are of the second region. */
static void
two_regions(void)
{
	plan_home = 1;
	start_holding(2, 2);
}

/* Who reclaims is of another process. */
static void
apart(void)
{
	plan_shared = true;
	start_holding(1, 2);
	plan_shared = false;
	nr_threads_apart = 1;
}

/* Who reclaims is held up as well: meanwhile objects come and go. */
static void
hold_up(void)
{
	if (self() == 2 && rl::rand(32) == 0)
		linger(200);
	sit_down();
}

static void
held_up(void)
{
	seated();
	on_resume = hold_up;
}

static void
push_one(void)
{
	CHECK("pushed" && objpool_push_bulk(part_with(1), 1, the_pool()) == 0);
}

static void
pop_n(unsigned int n)
{
	void *objs[OBJS];

	if (objpool_pop_bulk(the_pool(), objs, n) == 0)
		keep(objs, n);
	else
		saw(FAILED_POP);
}

static void
push_all(void)
{
	while (hand()->n > 0)
		push_one();
}

static void
pop_push(void)
{
	pop_n(1);
	push_one();
	push_all();
	pop_n(1);
	push_all();
}

/* In vain, if the other's is not there: what was gathered goes back. */
static void
pop_two(void)
{
	pop_n(2);
	push_all();
	pop_n(2);
	push_all();
}

/* All that is free, if it is what the other has just pushed; and keep it. */
static void
pop_keep_push(void)
{
	for (unsigned int i = 0; i < 3 && hand()->n < 2; i++)
		pop_n(1);
	linger(800);
	push_all();
}

static void
push_only(void)
{
	linger(50);
	push_one();
}

/* Two are free: they come and go, and keep being free. */
static void
pop_three_in_vain(void)
{
	push_one();
	for (unsigned int i = 0; i < 5; i++)
		pop_n(3);
}

static void
reclaim_nothing(void)
{
	int64_t n;

	linger(100);
	n = objpool_reclaim(the_pool(), NULL, NULL);
	CHECK("nothing is taken from the living" && n == 0);
	saw(SCANNED_ENOUGH);
}

static void
reclaim_nothing_again(void)
{
	for (unsigned int i = 0; i < 4; i++)
		reclaim_nothing();
}

static void
pop_push_die(void)
{
	try {
		die_at(1 + rl::rand(120));
		pop_push();
		die_at(0);
	} catch (death &) {
	}
	raise(&notes->dead[self()]);
}

static bool
bury(void *obj, void *)
{
	ledger_bury(obj);
	return true;
}

static void
reclaim_all(void)
{
	int64_t n;

	await(&notes->dead[0]);
	while ((n = objpool_reclaim(the_pool(), bury, NULL)) > 0)
		saw(INHERITED);
	CHECK("nothing is left" && n == 0);
}

static void
all_home(void)
{
	guard_memory(NULL, 0);
	note_homecomers();
	free((void *)a->local);
	end_with(0);
	for (unsigned int i = 0; i < OBJS; i++)
		words[i].~cell<uint64_t>();
}

const struct contest contests[] = {
	{ "a pop in vain against who reclaims", 8000, seated,
		{ pop_two, pop_push, reclaim_nothing }, all_home,
		{ WAITED, FAILED_POP, SCANNED_ENOUGH } },
	{ "pops and pushes against who reclaims", 8000, two_in_stock,
		{ pop_push, pop_push, reclaim_nothing }, all_home,
		{ WAITED, SCANNED_ENOUGH } },
	{ "a guest against who reclaims", 8000, with_a_guest,
		{ pop_push, pop_two, reclaim_nothing }, all_home,
		{ WAITED, FAILED_POP, SCANNED_ENOUGH } },
	{ "a push to a thief against who reclaims", 8000, none_in_stock,
		{ push_only, pop_keep_push, reclaim_nothing_again }, all_home,
		{ WAITED, FAILED_POP, SCANNED_ENOUGH } },
	{ "pops in vain, over and over", 8000, seated,
		{ pop_three_in_vain, NULL, reclaim_nothing_again }, all_home,
		{ WAITED, FAILED_POP, SCANNED_ENOUGH } },
	{ "who reclaims is held up, pops in vain", 4000, held_up,
		{ pop_three_in_vain, NULL, reclaim_nothing_again }, all_home,
		{ WAITED, FAILED_POP, SCANNED_ENOUGH } },
	{ "a push in public against who reclaims", 6000, cooling,
		{ pop_keep_push, push_only, reclaim_nothing_again }, all_home,
		{ WAITED, FAILED_POP, SCANNED_ENOUGH, PUT, TAKEN } },
	{ "far pushes against who reclaims", 6000, two_regions,
		{ pop_push, pop_two, reclaim_nothing_again }, all_home,
		{ WAITED, FAILED_POP, SCANNED_ENOUGH, CAME_HOME, PUT } },
	{ "pops and pushes against another process that reclaims", 6000, apart,
		{ pop_two, pop_push, reclaim_nothing_again }, all_home,
		{ WAITED, FAILED_POP, SCANNED_ENOUGH, REACHED_OTHERS }, true },
	{ "death against who reclaims", 8000, two_in_stock,
		{ pop_push_die, pop_push, reclaim_all }, all_home,
		{ WAITED, DIED, INHERITED } },
	{ "death against two who reclaim", 8000, seated,
		{ pop_push_die, reclaim_all, reclaim_all }, all_home,
		{ DIED, INHERITED } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
