/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests between the owner of a block and thieves: one revocation, and two with
 * a rebias between. They cover G1 G2 G3.
 */

#include "pair.h"

static void
pop_1(void)
{
	if (!pop(A, 1))
		leave(A);
}

static void
push_1(void)
{
	if (!push(A, 1))
		leave(A);
}

static void
pop_pop(void)
{
	if (!pop(A, 1) || !pop(A, 1))
		leave(A);
}

static void
push_push(void)
{
	if (!push(A, 1) || !push(A, 1))
		leave(A);
}

static void
pop_push(void)
{
	if (!pop(A, 2) || !push(A, 1))
		leave(A);
}

static void
push_pop(void)
{
	if (!push(A, 2) || !pop(A, 1))
		leave(A);
}

/* --- two revocations, and what comes between --- */

static void
push_recover_push(void)
{
	push(A, 1);
	recover(A);
	if (!push(A, 1))
		leave(A);
}

static void
pop_recover_push_pop(void)
{
	pop(A, 1);
	recover(A);
	if (!push(A, 1) || !pop(A, 1))
		leave(A);
}

static void
steal_twice(void)
{
	linger(4);
	steal(A, 1);
	linger(8);
	steal(A, 1);
}

/* A thief has marked A and will be long in settling it. */
static void
owned_marked(void)
{
	start(4);
	arrange(A, MODE_PRIV, own_by(0), 0, 2, GEN);
	atomic_init(&A->w, w_make(MODE_REVK, own_by(0), 2, 0, GEN + 1));
	ledger_deal(2, 0);
	ledger_deal(3, 0);
}

static void
recover_push(void)
{
	recover(A);
	if (!push(A, 1) || !push(A, 1))
		leave(A);
}

static void
revoke_twice(void)
{
	revoke(A);
	linger(8);
	revoke(A);
	take(A, CAP);
}

static void
settle_late(void)
{
	uint64_t w = atomic_load_explicit(&A->w, memory_order_acquire);
	uint64_t word;

	if (block_mark(A, w, &word) == 0)
		return;
	HEAVY_FENCE(flavour == FREE);
	linger(16);
	if (!block_settle(A, word))
		saw(TOO_LATE);
}

/* The entries that a slow taker has read are written anew meanwhile. */
static void
owned_revoked(void)
{
	start(4);
	arrange(A, MODE_PUB, own_by(0), 0, 2, GEN);
	ledger_deal(2, 0);
	ledger_deal(3, 0);
}

static void
recover_pop_push(void)
{
	recover(A);
	if (pop(A, 2)) {
		shuffle();
		push(A, 2);
	}
	leave(A);
}

static void
take_then_steal(void)
{
	take(A, 2);
	steal(A, 2);
}

const struct contest contests[] = {
	{ "pop against a revocation", 40000, owned, { pop_1, steal_2, NULL },
		end,
		{ MARKED, SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_POP, TAKEN,
			RELEASED_PUB } },
	{ "push against a revocation", 40000, owned,
		{ push_1, steal_all, NULL }, end,
		{ MARKED, SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_PUSH,
			TAKEN } },
	{ "two pops against a revocation", 40000, owned,
		{ pop_pop, steal_2, NULL }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_POP, TAKEN } },
	{ "two pushes against a revocation", 40000, owned,
		{ push_push, steal_all, NULL }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_PUSH, TAKEN } },
	{ "pop, push against a revocation", 40000, owned,
		{ pop_push, steal_all, NULL }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_PUSH, LOST_POP,
			TAKEN } },
	{ "push, pop against a revocation", 40000, owned,
		{ push_pop, steal_all, NULL }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_PUSH, LOST_POP,
			TAKEN } },
	{ "push against a thief and a taker", 60000, owned,
		{ push_1, revoke_undecided, take_2 }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_PUSH, TAKEN } },
	{ "push, rebias, push against two thieves", 100000, owned,
		{ push_recover_push, steal_twice, steal_2 }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_PUSH, REBIASED,
			RACED, TAKEN } },
	{ "rebias and push against a late helper", 60000, owned_marked,
		{ recover_push, revoke_twice, settle_late }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_PUSH, REBIASED,
			RACED, TOO_LATE } },
	{ "pop, rebias, push, pop against two revocations", 40000, owned,
		{ pop_recover_push_pop, steal_twice, NULL }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_POP, REBIASED,
			TAKEN } },
	{ "rebias, pop, push against a slow taker", 40000, owned_revoked,
		{ recover_pop_push, take_then_steal, NULL }, end,
		{ REBIASED, RACED, TAKEN, LOST_PUSH } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
