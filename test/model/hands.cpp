/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests over blocks that change hands: release, adopt, bind, put, inherit; and
 * of threads that do anything at all. They cover G1 G2 G3 G7.
 */

#include "pair.h"

/* --- changes of hands --- */

static void
pop_1_leave(void)
{
	pop(A, 1);
	leave_if_revoked(A);
}

static void
push_leave(void)
{
	push(A, 1);
	leave(A);
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
steal_often(void)
{
	for (unsigned int i = 0; i < TRIES; i++) {
		linger(8);
		steal(A, 1);
	}
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
	struct objpool_block *b;
	bool is_private;
};

static struct objpool_block *
any_block(void)
{
	return rl::rand(2) == 0 ? A : B;
}

static void
find_block(struct seat *seat)
{
	struct objpool_block *b = any_block();

	switch (rl::rand(4)) {
	case 0:
		if (block_adopt(b, own_mine(), rl::rand(2), CAP))
			*seat = { b, true };
		break;
	case 1:
		if (block_bind(b, own_mine()))
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

const struct contest contests[] = {
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
		{ pop_1_leave, revoke_put, NULL }, end,
		{ INCLUDED, LOST_POP, SETTLED, SETTLED_BY_OWNER, RELEASED_PUB,
			BOUND, PUT } },
	{ "adoption of what was just pushed", 60000, owned_and_dealt,
		{ push_leave, adopt_pop, revoke_adopted }, end,
		{ RELEASED, ADOPTED, SETTLED, LOST_POP, UNDECIDED } },
	{ "adoption under a colliding tag against a revocation", 20000,
		collision, { adopt_push_pop, steal_2, steal_2 }, end,
		{ ADOPTED, COLLIDED, MARKED, SETTLED, LOST_POP } },
	{ "adoption against a revocation before the first store", 20000,
		stocked, { adopt_pop, revoke_undecided, NULL }, end,
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
		{ pop_push_die, steal_2, NULL }, end_of_the_dead,
		{ DIED, INHERITED, LOST_OBJECT, SETTLED, LOST_POP } },
	{ "death in push and pop against a thief who adopts", 100000, owned,
		{ push_pop_die, steal_adopt, NULL }, end_of_the_dead,
		{ DIED, INHERITED, LOST_OBJECT, SETTLED, LOST_PUSH, ADOPTED } },
	{ "anything by anybody", 60000, mixed,
		{ owner_does_anything, other_does_anything,
			other_does_anything },
		end,
		{ REBIASED, SETTLED_BY_OWNER, INCLUDED, RELEASED_REVK, LOST_POP,
			LOST_PUSH, BOUND } },
	{ "anything by anybody, one dies", 60000, mixed,
		{ owner_dies_somewhere, other_does_anything,
			other_does_anything },
		end_of_two,
		{ DIED, INHERITED, LOST_OBJECT, SETTLED, LOST_PUSH, BOUND,
			REBIASED } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
