/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests over single blocks: owner.h and thief.h.
 *
 * Thread 0 is the owner, unless the contest is about becoming one. Two blocks:
 * most need only A.
 */

#include "play.h"

/* --- the two blocks --- */

struct world {
	struct block a, b;
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
	watch_blocks(A, (size_t)((char *)B - (char *)A), 2);
	ledger_start(nr_objs);
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
pop_1(void)
{
	if (!pop(A, 1))
		leave(A);
}

static void
pop_1_leave(void)
{
	pop(A, 1);
	leave_if_revoked(A);
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

static void
push_leave(void)
{
	push(A, 1);
	leave(A);
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
revoke_put(void)
{
	linger(4);
	revoke(A);
	if (bind(A)) {
		put(A, 2);
		leave(A);
	}
}

static void
take_2(void)
{
	for (unsigned int i = 0; i < 2 * TRIES; i++)
		if (take(A, 2) > 0)
			break;
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

static void
steal_often(void)
{
	for (unsigned int i = 0; i < TRIES; i++) {
		linger(8);
		steal(A, 1);
	}
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
	uint64_t word;

	if (block_mark(A, &word) == 0)
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

/* --- changes of hands --- */

static void
push_push_leave(void)
{
	if (push(A, 1))
		push(A, 1);
	leave(A);
}

static void
pop_pop_leave(void)
{
	if (pop(A, 1))
		pop(A, 1);
	leave(A);
}

static void
adopt_pop_push(void)
{
	if (!adopt(A, 0))
		return;
	if (!pop(A, 1) || !push(A, 1))
		leave(A);
}

static void
adopt_push_push(void)
{
	if (!adopt(A, 0))
		return;
	if (!push(A, 1) || !push(A, 1))
		leave(A);
}

static void
owned_and_dealt(void)
{
	start(6);
	arrange(A, MODE_PRIV, own_by(0), 0, 2, GEN);
	ledger_deal(2, 0);
	ledger_deal(3, 0);
	ledger_deal(4, 1);
	ledger_deal(5, 1);
}

/* A is nobody's and empty, but T, left over from 256 changes of W ago, says two
 * objects and bears the tag of the gen that comes next. */
static void
collision(void)
{
	start(3);
	ledger_deal(0, 0);
	ledger_deal(1, 0);
	ledger_deal(2, 0);
	arrange(A, MODE_PUB, OWN_NONE, 0, 2, GEN);
	atomic_init(&A->w, w_make(MODE_PUB, OWN_NONE, 0, 0, GEN));
	atomic_init(&A->t, t_make(2, 0, GEN + 1, 7));
}

static void
adopt_push_pop(void)
{
	if (adopt(A, 0) && (!push(A, 1) || !pop(A, 1)))
		leave(A);
}

/* A is nobody's and holds two; T is from long ago and says none. */
static void
stocked(void)
{
	start(4);
	arrange(A, MODE_PUB, OWN_NONE, 0, 2, GEN);
	atomic_init(&A->t, t_make(0, 1, GEN - 9, 7));
	ledger_deal(2, 0);
	ledger_deal(3, 1);
}

/* Note whether T was still of an earlier owner. */
static void
revoke_undecided(void)
{
	uint64_t word, t;

	if (block_mark(A, &word) > 0) {
		HEAVY_FENCE(flavour == FREE);
		t = atomic_load_explicit(&A->t, memory_order_acquire);
		if (!t_is_of(t, w_gen(word) - 1))
			saw(UNDECIDED);
		block_settle(A, word);
	}
	take(A, 2);
}

/* As soon as thread 1 has adopted it. */
static void
revoke_adopted(void)
{
	for (unsigned int i = 0; i < 8 * TRIES; i++)
		if (w_own(atomic_load_explicit(&A->w, memory_order_relaxed)) ==
			own_by(1))
			break;
	revoke_undecided();
}

static void
adopt_pop(void)
{
	if (adopt(A, 1) && !pop(A, 1))
		leave(A);
}

/* --- public blocks --- */

static void
shared(void)
{
	start(5);
	arrange(A, MODE_PUB, OWN_NONE, 0, 2, GEN);
	ledger_deal(2, 0);
	ledger_deal(3, 0);
	ledger_deal(4, 1);
}

static void
bind_put_put(void)
{
	if (!bind(A))
		return;
	put(A, 1);
	put(A, 2);
	leave(A);
}

static void
bind_put_keep(void)
{
	if (!bind(A))
		return;
	put(A, 1);
	take(A, 1);
	shuffle();
	put(A, 1);
	recover(A);
	if (!push(A, 1))
		leave(A);
}

static void
take_1_twice(void)
{
	take(A, 1);
	take(A, 1);
}

static void
take_bind_put(void)
{
	take(A, 1);
	if (bind(A)) {
		put(A, 2);
		leave(A);
	}
}

/* --- owners that die --- */

static void
mourned(void)
{
	raise(&world->flags[0]);
	/* All that the dead stored is in memory, and so for the heir. */
	if (block_inherit(A, own_by(0)))
		saw(INHERITED);
}

static void
pop_push_die(void)
{
	try {
		die_at(1 + rl::rand(24));
		if (pop(A, 1))
			push(A, 1);
		leave(A);
		if (adopt(A, 0)) {
			pop(A, 1);
			leave(A);
		}
		die_at(0);
	} catch (death &) {
	}
	mourned();
}

static void
push_pop_die(void)
{
	try {
		die_at(1 + rl::rand(24));
		if (push(A, 1))
			pop(A, 1);
		leave(A);
		if (adopt(A, 0)) {
			push(A, 1);
			leave(A);
		}
		die_at(0);
	} catch (death &) {
	}
	mourned();
}

static void
steal_adopt(void)
{
	steal(A, 1);
	await(&world->flags[0]);
	if (adopt(A, 0) && !pop(A, 1))
		leave(A);
}

static void
end_of_the_dead(void)
{
	end_with(1);
}

/* --- anything --- */

/* Two in each block, two in hands; A is private to thread 0. */
static void
mixed(void)
{
	start(6);
	arrange(A, MODE_PRIV, own_by(0), 0, 2, GEN);
	arrange(B, MODE_PUB, OWN_NONE, 2, 2, GEN);
	ledger_deal(4, 1);
	ledger_deal(5, 2);
}

/* Each thread owns one block at most. */
struct seat {
	struct block *b;
	bool is_private;
};

static struct block *
any_block(void)
{
	return rl::rand(2) == 0 ? A : B;
}

static void
find_block(struct seat *seat)
{
	struct block *b = any_block();

	switch (rl::rand(4)) {
	case 0:
		if (block_adopt(b, own_mine(), rl::rand(2), CAP))
			*seat = { b, true };
		break;
	case 1:
		if (block_bind(b, own_mine(), CAP))
			*seat = { b, false };
		break;
	case 2:
		steal(b, 1 + rl::rand(2));
		break;
	case 3:
		take(b, 1 + rl::rand(2));
		break;
	}
}

static void
use_public(struct seat *seat)
{
	switch (rl::rand(4)) {
	case 0:
		seat->is_private = block_rebias(seat->b, own_mine());
		break;
	case 1:
		leave(seat->b);
		seat->b = NULL;
		break;
	case 2:
		put(seat->b, 1 + rl::rand(2));
		break;
	case 3:
		take(seat->b, 1);
		break;
	}
}

static void
use_private(struct seat *seat)
{
	switch (rl::rand(8)) {
	case 0:
		leave(seat->b);
		seat->b = NULL;
		break;
	case 1:
		steal(any_block(), 1);
		break;
	default:
		seat->is_private = rl::rand(2) == 0 ?
			pop(seat->b, 1 + rl::rand(2)) :
			push(seat->b, 1 + rl::rand(2));
		break;
	}
}

static void
do_anything(struct seat seat)
{
	for (unsigned int i = 0; i < 8; i++) {
		if (seat.b == NULL)
			find_block(&seat);
		else if (seat.is_private)
			use_private(&seat);
		else
			use_public(&seat);
	}
	if (seat.b != NULL)
		leave(seat.b);
}

static void
owner_does_anything(void)
{
	do_anything({ A, true });
}

static void
other_does_anything(void)
{
	do_anything({ NULL, false });
}

static void
owner_dies_somewhere(void)
{
	try {
		die_at(1 + rl::rand(64));
		owner_does_anything();
		die_at(0);
	} catch (death &) {
	}
	if (block_inherit(A, own_mine()) | block_inherit(B, own_mine()))
		saw(INHERITED);
	other_does_anything();
}

static void
end_of_two(void)
{
	end_with(2);
}

#define NO_ONE NULL

const struct contest contests[] = {
	{ "pop against a revocation", 40000, owned,
		{ pop_1, steal_2, NO_ONE }, end,
		{ MARKED, SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_POP, TAKEN,
			RELEASED_PUB } },
	{ "push against a revocation", 40000, owned,
		{ push_1, steal_all, NO_ONE }, end,
		{ MARKED, SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_PUSH,
			TAKEN } },
	{ "two pops against a revocation", 40000, owned,
		{ pop_pop, steal_2, NO_ONE }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_POP, TAKEN } },
	{ "two pushes against a revocation", 40000, owned,
		{ push_push, steal_all, NO_ONE }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_PUSH, TAKEN } },
	{ "pop, push against a revocation", 40000, owned,
		{ pop_push, steal_all, NO_ONE }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_PUSH, LOST_POP,
			TAKEN } },
	{ "push, pop against a revocation", 40000, owned,
		{ push_pop, steal_all, NO_ONE }, end,
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
		{ pop_recover_push_pop, steal_twice, NO_ONE }, end,
		{ SETTLED, SETTLED_BY_OWNER, INCLUDED, LOST_POP, REBIASED,
			TAKEN } },
	{ "rebias, pop, push against a slow taker", 40000, owned_revoked,
		{ recover_pop_push, take_then_steal, NO_ONE }, end,
		{ REBIASED, RACED, TAKEN, LOST_PUSH } },
	{ "release against adoption and revocation", 60000, owned_and_dealt,
		{ push_push_leave, adopt_pop_push, steal_all }, end,
		{ RELEASED, RELEASED_REVK, RELEASED_PUB, ADOPTED, SETTLED,
			LOST_PUSH, LOST_POP } },
	{ "release of popped against adoption and pushes", 60000,
		owned_and_dealt, { pop_pop_leave, adopt_push_push, steal_all },
		end,
		{ RELEASED, RELEASED_REVK, RELEASED_PUB, ADOPTED, SETTLED,
			LOST_PUSH, LOST_POP } },
	{ "pop against a thief who puts next", 60000, owned_and_dealt,
		{ pop_1_leave, revoke_put, NO_ONE }, end,
		{ INCLUDED, LOST_POP, SETTLED, SETTLED_BY_OWNER, RELEASED_PUB,
			BOUND, PUT } },
	{ "adoption of what was just pushed", 60000, owned_and_dealt,
		{ push_leave, adopt_pop, revoke_adopted }, end,
		{ RELEASED, ADOPTED, SETTLED, LOST_POP, UNDECIDED } },
	{ "adoption under a colliding tag against a revocation", 20000,
		collision, { adopt_push_pop, steal_2, steal_2 }, end,
		{ ADOPTED, COLLIDED, MARKED, SETTLED, LOST_POP } },
	{ "adoption against a revocation before the first store", 20000,
		stocked, { adopt_pop, revoke_undecided, NO_ONE }, end,
		{ ADOPTED, UNDECIDED, SETTLED, SETTLED_BY_OWNER, LOST_POP } },
	{ "two adoptions and a revocation", 40000, stocked,
		{ adopt_pop_push, adopt_pop_push, steal_2 }, end,
		{ WON, WON_NOT, ADOPTED, SETTLED, LOST_POP } },
	{ "bind and put against takers", 40000, shared,
		{ bind_put_put, take_1_twice, take_2 }, end,
		{ BOUND, PUT, TAKEN, RACED, RELEASED_PUB } },
	{ "two binds and a taker", 40000, shared,
		{ bind_put_put, bind_put_put, take_2 }, end,
		{ WON, WON_NOT, PUT, TAKEN, RACED } },
	{ "bind, put and rebias against a thief", 40000, shared,
		{ bind_put_keep, take_1_twice, steal_often }, end,
		{ BOUND, PUT, TAKEN, RACED, REBIASED, SETTLED, LOST_PUSH } },
	{ "takes and puts by turns", 40000, shared,
		{ take_bind_put, take_bind_put, take_bind_put }, end,
		{ WON, WON_NOT, PUT, TAKEN, RACED } },
	{ "death in pop and push against a thief", 100000, owned,
		{ pop_push_die, steal_2, NO_ONE }, end_of_the_dead,
		{ DIED, INHERITED, LOST_OBJECT, SETTLED, LOST_POP } },
	{ "death in push and pop against a thief who adopts", 100000, owned,
		{ push_pop_die, steal_adopt, NO_ONE }, end_of_the_dead,
		{ DIED, INHERITED, LOST_OBJECT, SETTLED, LOST_PUSH, ADOPTED } },
	{ "anything by anybody", 60000, mixed,
		{ owner_does_anything, other_does_anything,
			other_does_anything }, end,
		{ REBIASED, SETTLED_BY_OWNER, INCLUDED, RELEASED_REVK,
			LOST_POP, LOST_PUSH, BOUND } },
	{ "anything by anybody, one dies", 60000, mixed,
		{ owner_dies_somewhere, other_does_anything,
			other_does_anything }, end_of_two,
		{ DIED, INHERITED, LOST_OBJECT, SETTLED, LOST_PUSH, BOUND,
			REBIASED } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
