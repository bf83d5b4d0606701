/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests of threads that are interrupted by signal handlers.
 *
 * A handler is a few calls made between two accesses of what its thread is
 * doing. That is what on_resume is called for: after each access it may decide
 * that a signal came. The calls of the handler are accesses, too, so handlers
 * are interrupted by others. What a handler holds is not in its thread's hand.
 *
 * Not seen here: what compilers reorder, since all accesses are made in the
 * order of the text; and plain accesses to seats (test/unit/test_nested.c). They
 * cover G15.
 */

#include "seam.h"

#define DEEPEST 2

static struct hand inner[THREADS];
static unsigned int coming[THREADS]; /* signals, at most */
static unsigned int inside[THREADS]; /* handlers */

static void
keep_inside(void *const *objs, unsigned int n)
{
	struct hand *h = &inner[self()];

	ledger_got(objs, n);
	memcpy(h->objs + h->n, objs, n * sizeof(*objs));
	h->n += n;
}

static void
push_inside(unsigned int n)
{
	struct hand *h = &inner[self()];
	void *objs[OBJS];

	h->n -= n;
	memcpy(objs, h->objs + h->n, n * sizeof(*objs));
	ledger_give(objs, n);
	objpool_push_bulk(objs, n, the_pool());
}

/* What a handler does. */
static void
handle(void)
{
	unsigned int held = inner[self()].n;
	void *objs[2];

	if (held > 0 && rl::rand(2) == 0) {
		push_inside(1 + rl::rand(held));
	} else if (rl::rand(2) == 0) {
		objs[0] = objpool_pop(the_pool());
		if (objs[0] != NULL)
			keep_inside(objs, 1);
	} else if (objpool_pop_bulk(the_pool(), objs, 2) == 0) {
		keep_inside(objs, 2);
	}
}

static void
maybe_interrupt(void)
{
	int me = self();

	sit_down();
	if (coming[me] == 0 || inside[me] == DEEPEST || rl::rand(24) != 0)
		return;
	coming[me]--;
	saw(depths[me] == 0            ? UNNESTED :
			inside[me] > 0 ? NESTED_TWICE :
					 NESTED);
	inside[me]++;
	handle();
	inside[me]--;
	seats_now = &all_seats[me];
	patience_now = &all_patience[me];
}

static void
start_signals(unsigned int n, unsigned int nr_slots, unsigned int seated,
	uint32_t flags)
{
	start_pool(n, nr_slots, seated, OBJPOOL_F_SIGNALS | flags);
	memset(inner, 0, sizeof(inner));
	memset(coming, 0, sizeof(coming));
	memset(inside, 0, sizeof(inside));
	on_resume = maybe_interrupt;
}

static void
let_signals_come(unsigned int n)
{
	coming[self()] = n;
}

static void
push_out(unsigned int n)
{
	objpool_push_bulk(part_with(n), n, the_pool());
}

static void
pop_out(unsigned int n)
{
	void *objs[OBJS];

	if (objpool_pop_bulk(the_pool(), objs, n) == 0)
		keep(objs, n);
	else
		saw(REFUSED);
}

/* --- contests --- */

/* Who is interrupted keeps what its handlers have. */
static void
push_pop_interrupted(void)
{
	let_signals_come(4);
	push_out(1);
	pop_out(1);
	pop_out(2);
	if (hand()->n > 0)
		push_out(hand()->n);
	coming[self()] = 0;
}

static void
pop_2_push_2(void)
{
	pop_out(2);
	if (hand()->n > 0)
		push_out(hand()->n);
}

static void
two_slots(void)
{
	start_signals(3, 2, 2, 0);
}

/* Of five objects two are of the first region. */
static void
two_regions(void)
{
	plan_home = 2;
	start_signals(3, 2, 2, 0);
}

static void
one_slot(void)
{
	start_signals(3, 1, 1, 0);
}

static void
not_claimed(void)
{
	start_signals(3, 2, 0, 0);
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
nothing_lost(void)
{
	for (int i = 0; i < THREADS; i++)
		CHECK("as deep as before" && depths[i] == 0);
	end_quiet(0);
}

/* A thread that dies, perhaps in a handler, perhaps in one that interrupted
 * one. */
static void
die_interrupted(void)
{
	try {
		die_at(1 + rl::rand(240));
		push_pop_interrupted();
		die_at(0);
	} catch (death &) {
	}
	coming[self()] = 0;
	raise(&notes->dead[self()]);
}

/* What it had moved: two by its own call, two in each of two handlers. */
static void
inherited(void)
{
	on_resume = NULL;
	if (atomic_load_explicit(&notes->dead[0], memory_order_acquire) != 0) {
		for (uint32_t i = 0; i < a->nr_slots + NR_GUESTS; i++) {
			struct slot *s = slot_at(a, i);

			if (s->owner.load(mo_relaxed, $) == 1) {
				succeed(a, s, 11, is_alive);
				claim_release(a, s);
				saw(INHERITED);
			}
		}
	}
	end_quiet(OBJS);
}

/* The last object is what keeps the pool, while handlers come. */
static void
pop_push_interrupted(void)
{
	let_signals_come(3);
	pop_out(1);
	if (hand()->n > 1)
		push_out(1);
	coming[self()] = 0;
	if (inner[self()].n > 0)
		push_inside(inner[self()].n);
	while (hand()->n > 0)
		push_out(1);
}

static void
marked(void)
{
	start_signals(1, 2, 2, OBJPOOL_F_MARKED);
}

static void
marked_guest(void)
{
	start_signals(1, 1, 1, OBJPOOL_F_MARKED);
}

static void
marked_claim(void)
{
	start_signals(1, 2, 1, OBJPOOL_F_MARKED);
}

const struct contest contests[] = {
	{ "handlers of two owners against a thief", 10000, two_slots,
		{ push_pop_interrupted, push_pop_interrupted, pop_2_push_2 },
		nothing_lost,
		{ NESTED, NESTED_TWICE, UNNESTED, ADOPTED, BOUND, RELEASED_PUB,
			SETTLED, SETTLED_BY_OWNER, RELEASED_REVK, REFUSED } },
	{ "handlers of who pushes far objects", 6000, two_regions,
		{ push_pop_interrupted, push_pop_interrupted, pop_2_push_2 },
		nothing_lost,
		{ NESTED, NESTED_TWICE, UNNESTED, CAME_HOME, ADOPTED, BOUND,
			RELEASED_PUB, SETTLED } },
	{ "handlers of threads without a slot", 10000, one_slot,
		{ pop_2_push_2, push_pop_interrupted, NULL }, nothing_lost,
		{ NESTED, NESTED_TWICE, UNNESTED, BOUND, RELEASED_PUB } },
	{ "handlers while slots are claimed", 10000, not_claimed,
		{ push_pop_interrupted, push_pop_interrupted, pop_2_push_2 },
		nothing_lost,
		{ NESTED, NESTED_TWICE, UNNESTED, ADOPTED, BOUND, SETTLED } },
	{ "death in a handler", 10000, two_slots,
		{ die_interrupted, push_pop_interrupted, pop_2_push_2 },
		inherited,
		{ NESTED, NESTED_TWICE, DIED, LOST_OBJECT, INHERITED, BOUND } },
	{ "death without a slot, in a handler", 10000, one_slot,
		{ die_interrupted, pop_2_push_2, NULL }, inherited,
		{ NESTED, NESTED_TWICE, DIED, LOST_OBJECT, INHERITED, BOUND } },
	{ "handlers against the end", 8000, marked,
		{ pop_push_interrupted, pop_push_interrupted, finish },
		released,
		{ NESTED, UNNESTED, NESTED_TWICE, WAITED, RELEASED_POOL } },
	{ "handlers of a guest against the end", 8000, marked_guest,
		{ pop_push_interrupted, pop_push_interrupted, finish },
		released, { NESTED, UNNESTED, WAITED, RELEASED_POOL, BOUND } },
	{ "handlers of who claims against the end", 8000, marked_claim,
		{ pop_push_interrupted, pop_push_interrupted, finish },
		released, { NESTED, UNNESTED, WAITED, RELEASED_POOL } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
