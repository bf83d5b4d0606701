/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Two blocks, A and B, for contests over owner.h and thief.h; and what several of
 * them do. Most need only A, and thread 0 is its owner unless the contest is
 * about becoming one.
 */

#ifndef TEST_MODEL_PAIR_H
#define TEST_MODEL_PAIR_H

#include "play.h"

struct world {
	struct objpool_block a, b;
	cell<uintptr_t> entries[2][CAP];
	flag flags[2];
};

static char memory[sizeof(struct world)] __attribute__((aligned(64)));
static struct world *const world = (struct world *)memory;

#define A (&world->a)
#define B (&world->b)

#define GEN 40

static void
start(unsigned int nr_objs)
{
	new (world) struct world();
	watch_blocks(A, (size_t)((char *)B - (char *)A), 2, CAP);
	ledger_start(nr_objs);
	lay_out(A, world->entries[0]);
	lay_out(B, world->entries[1]);
	arrange(A, MODE_PUB, OWN_NONE, 0, 0, GEN);
	arrange(B, MODE_PUB, OWN_NONE, 0, 0, GEN);
}

static void
end_with(unsigned int lost)
{
	count_block(A);
	count_block(B);
	ledger_balance(lost);
	world->~world();
	ledger_stop();
}

static void
end(void)
{
	end_with(0);
}

/* --- an owner against a thief --- */

/* A is private to thread 0 and holds two; thread 0 has two in hand. */
static void
owned(void)
{
	start(4);
	arrange(A, MODE_PRIV, own_by(0), 0, 2, GEN);
	ledger_deal(2, 0);
	ledger_deal(3, 0);
}

static void
steal_2(void)
{
	linger(8);
	steal(A, 2);
}

static void
steal_all(void)
{
	linger(8);
	steal(A, CAP);
}

static void
take_2(void)
{
	for (unsigned int i = 0; i < 2 * TRIES; i++)
		if (take(A, 2) > 0)
			break;
}

/* Note whether T was still of an earlier owner. */
static void
revoke_undecided(void)
{
	uint64_t w = atomic_load_explicit(&A->w, memory_order_acquire);
	uint64_t word, t;

	if (block_mark(A, w, &word) > 0) {
		HEAVY_FENCE(flavour == FREE);
		t = atomic_load_explicit(&A->t, memory_order_acquire);
		if (!t_is_of(t, w_gen(word) - 1))
			saw(UNDECIDED);
		block_settle(A, word);
	}
	take(A, 2);
}

#endif /* TEST_MODEL_PAIR_H */
