/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The scenes: for each way through pop, push and what belongs to them, a state
 * of the pool in which the victim's act takes it. Which sites that comes by is
 * counted, and what no scene comes by is told (play.c); so a new way through the
 * library wants a scene.
 *
 * There are NR objects in blocks of BLOCK, at first all in public stock. What
 * peers do here they do to the end, one after another.
 */

#include "stage.h"

#include <objpool/embed.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void
meet(struct stage *st)
{
	victim_meet(st, 0);
}

/* --- in private blocks --- */

static void
have_some(struct stage *st)
{
	victim_meet(st, 3);
	victim_push(st, 1);
}

/* By each kind of call. */
static void
each_way(struct stage *st, void (*call)(struct stage *st, unsigned int n))
{
	struct hand *v = &st->victim;

	v->slot = objpool_slot(st->pool);
	for (unsigned int i = 0; i < 3; i++) {
		v->way = (enum hand_way)i;
		call(st, 1);
		call(st, 2);
	}
	v->way = HAND_CALLS;
}

static void
pop_of(struct stage *st, unsigned int n)
{
	victim_pop(st, n);
}

static void
burst_of(struct stage *st, unsigned int n)
{
	victim_burst(st, n);
}

static void
pops(struct stage *st)
{
	each_way(st, pop_of);
}

static void
bursts(struct stage *st)
{
	each_way(st, burst_of);
}

static void
have_many(struct stage *st)
{
	victim_meet(st, 18);
}

static void
pushes(struct stage *st)
{
	each_way(st, victim_push);
}

static void
pop_more(struct stage *st)
{
	victim_pop(st, 7);
	victim_pop(st, 4);
	victim_burst(st, 5);
}

static void
push_more(struct stage *st)
{
	for (unsigned int i = 0; i < 5; i++)
		victim_push(st, 1);
	victim_push(st, 4);
	victim_push(st, 7);
}

/* --- what others have --- */

/* Private blocks of two peers, and nothing else. */
static void
peers_hoard(struct stage *st)
{
	peer_drain(st, 1);
	peer_push(st, 1, 9);
	peer_pop(st, 0, 7); /* revoked: peer 1 is to cool down */
	peer_meet(st, PARTNER);
	peer_push(st, 0, 7);
}

/* Private blocks of one that does nothing any more: whoever comes by one that the
 * victim has marked must get on without either. */
static void
idle_hoard(struct stage *st)
{
	peer_pop(st, 0, NR - 12);
	peer_pop(st, PARTNER, 12);
	peer_push(st, PARTNER, 12);
}

static void
pop_hoards(struct stage *st)
{
	victim_pop(st, 2);
	victim_pop(st, 6);
}

static void
pop_all_hoards(struct stage *st)
{
	victim_burst(st, 12);
}

/* A public block of a peer that cools down. */
static void
peer_binds(struct stage *st)
{
	peer_drain(st, 0);
	peer_push(st, 0, 6);
	peer_pop(st, 1, 6);
	peer_push(st, 0, 5);
}

static void
pop_bound(struct stage *st)
{
	victim_pop(st, 1);
	victim_pop(st, 2);
	victim_pop(st, 1);
}

/* Five are free, with two peers. */
static void
few_left(struct stage *st)
{
	peer_drain(st, 0);
	peer_push(st, 0, 3);
	peer_pop(st, 1, 2);
	peer_pop(st, 0, 1);
	peer_push(st, 1, 2);
	peer_push(st, 0, 3);
}

static void
pop_in_vain(struct stage *st)
{
	victim_pop(st, 6);
	victim_burst(st, 6);
	victim_push(st, 2);
}

static void
nothing_left(struct stage *st)
{
	peer_drain(st, 0);
}

static void
pop_nothing(struct stage *st)
{
	victim_pop(st, 1);
	victim_burst(st, 3);
}

/* --- its own blocks are revoked --- */

static void
hoard(struct stage *st)
{
	victim_meet(st, 12);
	victim_push(st, 6);
}

static void
drained(struct stage *st)
{
	peer_drain(st, 0);
	peer_push(st, 0, 10);
}

static void
cool_down(struct stage *st)
{
	for (unsigned int i = 0; i < 11; i++) {
		victim_push(st, 1);
		victim_pop(st, 1);
	}
	victim_push(st, 6);
	victim_pop(st, 2);
}

static void
have_six(struct stage *st)
{
	victim_meet(st, 9);
	victim_push(st, 3);
	victim_push(st, 1);
}

static void
pop_doubted(struct stage *st)
{
	st->victim.way = HAND_FAST;
	victim_pop(st, 2);
	victim_push(st, 1);
	victim_pop(st, 1);
}

static void
push_doubted(struct stage *st)
{
	st->victim.way = HAND_FAST;
	victim_push(st, 2);
	victim_pop(st, 1);
	victim_push(st, 1);
}

/* The same by calls that the library makes itself. */
static void
pop_doubted_slow(struct stage *st)
{
	victim_pop(st, 5);
	victim_push(st, 1);
}

static void
push_doubted_slow(struct stage *st)
{
	victim_push(st, 3);
	victim_pop(st, 1);
}

/* Objects of both regions, a block's rest of each. */
static void
have_of_both(struct stage *st)
{
	victim_meet(st, 30);
}

static void
drain_it(struct stage *st)
{
	peer_drain(st, 0);
}

/* A peer has nearly all, and nothing is private but what the victim has. */
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

#define SEATED  SCENE_SEATED
#define HOLDERS (KIND_HOLDERS | KIND_SMALL)
#define HOMES   (KIND_HOME | KIND_ABODE)
#define INLINE  (KIND_PLAIN | KIND_FENCED | KIND_BOTH)

/* Name, kinds, flags, slots (0: enough), peers first, victim first, peers then,
 * act, interlude. */
const struct scene scenes[] = {
	{ "pops",
		KIND_USUAL | KIND_SIGNALS | KIND_CHECKED | KIND_COMPACT |
			HOLDERS | HOMES,
		SEATED, 0, NULL, have_some, NULL, pops, NULL },
	{ "pops bursts", KIND_PLAIN | KIND_BOTH | KIND_HOME, SEATED, 0, NULL,
		have_some, NULL, bursts, NULL },
	{ "pushes",
		KIND_USUAL | KIND_SIGNALS | KIND_CHECKED | KIND_COMPACT |
			HOLDERS | HOMES,
		SEATED, 0, NULL, have_many, NULL, pushes, NULL },
	{ "lets objects go home", KIND_HOMING, SEATED, 0, NULL, have_of_both,
		NULL, push_more, NULL },
	{ "adopts stock", KIND_USUAL | KIND_HOLDERS | HOMES, SEATED, 0, NULL,
		have_some, NULL, pop_more, NULL },
	{ "exchanges blocks", KIND_USUAL | KIND_HOLDERS | HOMES, SEATED, 0,
		NULL, have_many, NULL, push_more, NULL },
	{ "revokes", KIND_USUAL | KIND_HOLDERS, SEATED, 0, NULL, meet,
		peers_hoard, pop_hoards, NULL },
	{ "revokes from the idle", KIND_USUAL, SEATED, 0, NULL, meet,
		idle_hoard, pop_hoards, NULL },
	{ "revokes all", KIND_PLAIN | KIND_BOTH, SEATED, 0, NULL, meet,
		peers_hoard, pop_all_hoards, NULL },
	{ "steals", KIND_USUAL, SEATED, 0, NULL, meet, peer_binds, pop_bound,
		NULL },
	{ "finds too few", KIND_USUAL | KIND_HOLDERS, SEATED, 0, NULL,
		have_some, few_left, pop_in_vain, NULL },
	{ "finds nothing", KIND_PLAIN | KIND_BOTH, SEATED, 0, NULL, have_some,
		nothing_left, pop_nothing, NULL },
	{ "cools down", KIND_USUAL | KIND_HOLDERS, SEATED, 0, NULL, hoard,
		drained, cool_down, NULL },
	{ "pops while revoked", INLINE, SEATED, 0, NULL, have_six, NULL,
		pop_doubted, drain_it },
	{ "pushes while revoked", INLINE, SEATED, 0, NULL, have_six, NULL,
		push_doubted, drain_it },
	{ "pops more while revoked", KIND_MARKED, SEATED, 0, NULL, have_six,
		NULL, pop_doubted_slow, drain_it },
	{ "pushes more while revoked", KIND_MARKED, SEATED, 0, NULL, have_six,
		NULL, push_doubted_slow, drain_it },
	{ "pops while marked", KIND_PLAIN | KIND_BOTH, SEATED, 0, NULL, hoard,
		others_out, pop_doubted, mark_half },
	{ "pushes while marked", KIND_PLAIN | KIND_BOTH, SEATED, 0, NULL, hoard,
		others_out, push_doubted, mark_half },
	{ "pops more while marked", KIND_PLAIN | KIND_BOTH, SEATED, 0, NULL,
		hoard, others_out, pop_doubted_slow, mark_half },
	{ "pushes more while marked", KIND_PLAIN | KIND_BOTH, SEATED, 0, NULL,
		hoard, others_out, push_doubted_slow, mark_half },
};

const unsigned int nr_scenes = LEN(scenes);
