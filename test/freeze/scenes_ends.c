/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Scenes of how one comes to a slot and leaves it, of signal handlers and limbo;
 * scenes.c tells what a scene is.
 *
 * A slot may be free, a dead one's or nobody's to have. One that is interrupted
 * has the handler come between two of its steps, in the same thread. Of a pool
 * with a domain the grace periods end the third time that somebody asks, or do
 * not end until the victim is stopped.
 */

#include "stage.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void
meet(struct stage *st)
{
	victim_meet(st, 0);
}

static void
have_some(struct stage *st)
{
	victim_meet(st, 3);
	victim_push(st, 1);
}

static void
drain_it(struct stage *st)
{
	peer_drain(st, 0);
}

/* --- slots --- */

static void
first_pop(struct stage *st)
{
	victim_meet(st, 2);
}

static void
detach(struct stage *st)
{
	objpool_detach(st->pool);
	victim_meet(st, 1);
}

static void
leave_behind(struct stage *st)
{
	victim_meet(st, 10);
	victim_push(st, 7);
	victim_push(st, 3);
}

/* One that has private blocks and is dead. */
static void
dead_owner(struct stage *st)
{
	predecessor_do(st, leave_behind, NULL, false);
}

/* One that died in the middle of a push: the object is there, and the mark is
 * on. */
static void
push_and_die(struct stage *st)
{
	victim_meet(st, 2);
	victim_push(st, 1);
}

static void
died_in_push(struct stage *st)
{
	predecessor_do(st, push_and_die, "objpool_block_push_", false);
}

static void
succeed(struct stage *st)
{
	victim_meet(st, 1);
	victim_pop(st, 4);
	victim_push(st, 2);
}

static void
only_slot_taken(struct stage *st)
{
	peer_meet(st, 0);
	peer_pop(st, 0, 6);
	peer_push(st, 0, 3);
}

static void
without_slot(struct stage *st)
{
	victim_pop(st, 1);
	victim_pop(st, 5);
	victim_push(st, 2);
	victim_push(st, 1);
	victim_burst(st, 3);
}

/* Other pools whose seats are where this one's is looked for first: its own is in
 * the second place then. */
static void
come_second(struct stage *st)
{
	victim_meet(st, 3);
	others_sit(st);
}

static void
move_up(struct stage *st)
{
	for (unsigned int i = 0; i < 2; i++) {
		victim_pop(st, 1);
		victim_push(st, 1);
	}
}

static void
rest_is_private(struct stage *st)
{
	peer_meet(st, 0);
	peer_drain(st, 0);
	peer_push(st, 0, 6);
}

/* --- a second process: the victim's, when it is killed --- */

/* Private from before it came. */
static void
hoards_from_before(struct stage *st)
{
	peer_pop(st, 0, NR - 12);
	peer_pop(st, 1, 12);
	peer_push(st, 1, 12);
}

static void
join(struct stage *st)
{
	victim_meet(st, 2);
	victim_pop(st, 3);
	victim_push(st, 1);
}

/* --- what the dead had --- */

static void
push_as_last(struct stage *st)
{
	/* What a thread held is its process's. */
	victim_meet(st, st->mode == KILL ? 5 : 3);
	victim_push(st, 3);
}

static void
died_before_it_pushed(struct stage *st)
{
	predecessor_do(st, push_as_last, "objpool_entry_store_", true);
}

static void
reclaim(struct stage *st)
{
	victim_reclaim(st, st->victim.n);
	victim_pop(st, 2);
	victim_push(st, 1);
}

static void
died_and_no_slot(struct stage *st)
{
	died_before_it_pushed(st);
	only_slot_taken(st);
}

static void
reclaim_nothing(struct stage *st)
{
	victim_reclaim(st, 0);
	victim_pop(st, 2);
	victim_push(st, 1);
}

static void
hoard(struct stage *st)
{
	victim_meet(st, 12);
	victim_push(st, 6);
}

/* The victim's blocks are private, and nothing else is free. */
static void
others_out(struct stage *st)
{
	peer_pop(st, 0, NR - 12);
	peer_meet(st, PARTNER);
}

static void
mark_half(struct stage *st)
{
	partner_pop_half(st, 3);
}

/* --- signal handlers --- */

static void
handler(struct stage *st)
{
	unsigned int moving = st->moving;

	st->moving = moving + 2;
	hand_pop_bulk(&st->heir, 2);
	if (st->heir.n > 0)
		hand_push(&st->heir);
	hand_push_all(&st->heir, 1);
	st->moving = moving;
}

static void
interrupted(struct stage *st)
{
	victim_pop(st, 2);
	victim_push(st, 1);
}

/* --- limbo --- */

static void
have_ten(struct stage *st)
{
	victim_meet(st, 10);
}

static void
park(struct stage *st)
{
	victim_push_rcu(st, 1);
	victim_push_rcu(st, 2);
	victim_push_rcu(st, 3);
	victim_pop(st, 1);
	victim_push_rcu(st, 4);
}

/* All that is not out is in limbo, closed and open. */
static void
all_parked(struct stage *st)
{
	peer_drain(st, 0);
	peer_push_rcu(st, 0, 7);
	peer_pop(st, 1, 3);
	peer_push_rcu(st, 1, 3);
	peer_push_rcu(st, 0, 2);
}

static void
ripen(struct stage *st)
{
	victim_pop(st, 2);
	victim_pop(st, 5);
}

static void
leave_batch(struct stage *st)
{
	victim_meet(st, 7);
	victim_push_rcu(st, 2);
	victim_push(st, 2);
	victim_push(st, 3);
}

static void
dead_batch(struct stage *st)
{
	predecessor_do(st, leave_batch, NULL, false);
}

/* One that died before it had noted its batch. */
static void
died_at_batch(struct stage *st)
{
	predecessor_do(st, leave_batch, "limbo_open", true);
}

static void
inherit_batch(struct stage *st)
{
	victim_meet(st, 3);
	victim_push_rcu(st, 3);
}

/* Others close the victim's batch between two steps of its own. */
static void
open_batch(struct stage *st)
{
	victim_meet(st, 9);
	victim_push_rcu(st, 1);
}

static void
close_early(struct stage *st)
{
	periods_hold(true);
	peer_drain(st, 0);
}

static void
park_more(struct stage *st)
{
	victim_push_rcu(st, 1);
	victim_push_rcu(st, 1);
	victim_push_rcu(st, 4);
	victim_push_rcu(st, 1);
}

#define SEATED  SCENE_SEATED
#define HOLDERS (KIND_HOLDERS | KIND_SMALL)

/* Name, kinds, flags, slots (0: enough), peers first, victim first, peers then,
 * act, interlude. */
const struct scene more_scenes[] = {
	{ "meets the pool",
		KIND_USUAL | KIND_SIGNALS | KIND_NESTED | KIND_SHARED |
			KIND_HOLDERS | KIND_HOME | KIND_ABODE,
		0, 0, NULL, NULL, NULL, first_pop, NULL },
	{ "joins and revokes", KIND_SHARED | KIND_HOLDERS, 0, 0,
		hoards_from_before, NULL, NULL, join, NULL },
	{ "reclaims", HOLDERS, SCENE_KEEPS, 0, died_before_it_pushed, NULL,
		NULL, reclaim, NULL },
	{ "reclaims its own", HOLDERS, SCENE_KEEPS | SCENE_OWNS, 0,
		died_before_it_pushed, NULL, NULL, reclaim, NULL },
	{ "reclaims without a slot", KIND_HOLDERS, SCENE_KEEPS, 1,
		died_and_no_slot, NULL, NULL, reclaim, NULL },
	{ "reclaims while somebody is stopped", HOLDERS, SEATED | SCENE_KEEPS,
		0, NULL, hoard, others_out, reclaim_nothing, mark_half },
	{ "leaves and comes back", KIND_USUAL, 0, 0, NULL, have_some, NULL,
		detach, NULL },
	{ "moves its seat up", KIND_PLAIN | KIND_BOTH, SEATED, 0, NULL,
		come_second, NULL, move_up, NULL },
	{ "succeeds the dead", KIND_USUAL | KIND_HOLDERS, 0, 0, dead_owner,
		NULL, NULL, succeed, NULL },
	{ "succeeds who died in a push", KIND_MARKED | KIND_BOTH, 0, 0,
		died_in_push, NULL, NULL, succeed, NULL },
	{ "has no slot", KIND_USUAL | KIND_HOLDERS, 0, 1, only_slot_taken, NULL,
		NULL, without_slot, NULL },
	{ "has no slot and revokes", KIND_PLAIN | KIND_BOTH, 0, 1,
		rest_is_private, NULL, NULL, without_slot, NULL },
	{ "is interrupted", KIND_SIGNALS | KIND_NESTED, SEATED | SCENE_NESTED,
		0, NULL, have_some, NULL, interrupted, handler },
	{ "parks objects",
		KIND_LIMBO | KIND_NARROW | KIND_LASTING | KIND_GUARDED, SEATED,
		0, NULL, have_ten, NULL, park, NULL },
	{ "makes stock of limbo", KIND_LIMBO | KIND_LASTING, SEATED, 0, NULL,
		meet, all_parked, ripen, NULL },
	{ "succeeds the dead and a batch", KIND_LIMBO, 0, 0, dead_batch, NULL,
		NULL, inherit_batch, NULL },
	{ "succeeds who died at a batch", KIND_LIMBO, 0, 0, died_at_batch, NULL,
		NULL, inherit_batch, NULL },
	{ "parks while others close", KIND_LIMBO, SEATED, 0, NULL, open_batch,
		NULL, park_more, drain_it },
	{ "parks while others close early", KIND_LIMBO, SEATED, 0, NULL,
		open_batch, close_early, park_more, drain_it },
};

const unsigned int nr_more_scenes = LEN(more_scenes);
