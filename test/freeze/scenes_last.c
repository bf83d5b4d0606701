/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Scenes of ends: who closes, finishes or frees a pool, who drops, who looks at
 * it. scenes.c tells what a scene is.
 *
 * Where the pool ends, its creator does it: in mode kill that is the process of
 * the victim (owner.h). Others hold objects and call with them; what is theirs
 * keeps the pool. After the death of who finished it nobody waits for it, all
 * references are there but those of the dead, and objpool_free_forced() ends it
 * (closing.c).
 *
 * In the last two the victim works, and somebody finishes the pool between two of
 * its steps: when that is drained nothing may come in or go out any more (E16).
 */

#include <objpool/embed.h>

#include "owner.h"
#include "stage.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void
have_some(struct stage *st)
{
	victim_meet(st, 3);
	victim_push(st, 1);
}

static void
peers_hold(struct stage *st)
{
	peer_pop(st, 0, 5);
	peer_pop(st, 1, 5);
	peer_push(st, 1, 2);
}

static void
quiesce(struct stage *st)
{
	if (objpool_quiesce(st->pool) != 0)
		stage_wrong(st, "quiesce", 1, 0);
}

static void
note(void *obj, void *ctx)
{
	(void)obj;
	++*(unsigned int *)ctx;
}

static void
close_pool(struct stage *st)
{
	unsigned int n = 0;

	objpool_close(st->pool);
	victim_pop(st, 1);
	victim_push(st, 1);
	victim_pop(st, 1);
	objpool_walk_free(st->pool, note, &n);
	objpool_divert(st->pool);
}

static void
look(struct stage *st)
{
	struct objpool_stats stats;

	objpool_get_stats(st->pool, &stats);
	if (objpool_outstanding(st->pool) >= 0)
		stage_wrong(st, "a pool that is drained", 1, 0);
	if (st->kind->limbo)
		objpool_collect(st->pool);
	objpool_nr_outstanding(st->pool);
}

static void
finish(struct stage *st)
{
	objpool_fini(st->pool);
	objpool_outstanding(st->pool);
	victim_pop(st, 1);
	victim_push(st, 1);
}

static void
finish_and_wait(struct stage *st)
{
	objpool_fini_sync(st->pool);
	victim_push(st, 1);
}

/* It has the last references: the pool is released. */
static void
end_alone(struct stage *st)
{
	objpool_fini(st->pool);
	victim_push(st, 1);
	victim_push(st, 1);
}

static void
free_pool(struct stage *st)
{
	victim_push(st, 2);
	objpool_free(st->pool);
}

static void
drop(struct stage *st)
{
	victim_drop(st, DROPS);
	victim_push(st, 1);
}

/* --- somebody finishes it meanwhile --- */

static void
have_batch(struct stage *st)
{
	victim_meet(st, 9);
	victim_push(st, 1);
	if (st->kind->limbo)
		victim_push_rcu(st, 1);
}

/* Of a drained pool there is a reference for each object that is out. */
static void
compare(struct stage *st)
{
	uint32_t home, kept = owner_counts(st->pool, &home);

	if (st->is_drained && kept != st->victim.n) {
		st->wrongs++;
		stage_wrong(st, "references when drained", kept, st->victim.n);
	}
}

static void
work(struct stage *st)
{
	victim_pop(st, 1);
	compare(st);
	victim_push(st, 1);
	compare(st);
	victim_push(st, 2);
	compare(st);
}

static void
push_rcu(struct stage *st)
{
	victim_push_rcu(st, 1);
	compare(st);
}

#define SEATED SCENE_SEATED
#define ENDS   (SCENE_FINISHES | SCENE_OWNS)

/* Name, kinds, flags, slots (0: enough), peers first, victim first, peers then,
 * act, interlude. */
const struct scene last_scenes[] = {
	{ "quiesces", KIND_MARKED | KIND_BOTH | KIND_ABODE, SEATED, 0,
		peers_hold, have_some, NULL, quiesce, NULL },
	{ "looks at the pool", KIND_PLAIN | KIND_BOTH | KIND_LIMBO, SEATED, 0,
		peers_hold, have_some, NULL, look, NULL },
	{ "closes the pool", KIND_PLAIN | KIND_BOTH | KIND_COMPACT,
		SEATED | SCENE_CLOSES, 0, peers_hold, have_some, NULL,
		close_pool, NULL },
	{ "finishes the pool", KIND_BOTH | KIND_LIMBO | KIND_HOLDERS,
		SEATED | ENDS, 0, peers_hold, have_some, NULL, finish, NULL },
	{ "finishes the pool and waits", KIND_BOTH | KIND_LIMBO | KIND_COMMON,
		SEATED | ENDS, 0, peers_hold, have_some, NULL, finish_and_wait,
		NULL },
	{ "ends the pool", KIND_BOTH, SEATED | ENDS, 0, NULL, have_some, NULL,
		end_alone, NULL },
	{ "frees the pool", KIND_PLAIN | KIND_BOTH, SEATED | ENDS, 0, NULL,
		have_some, NULL, free_pool, NULL },
	{ "drops", KIND_PLAIN | KIND_BOTH | KIND_LIMBO | KIND_HOLDERS,
		SEATED | SCENE_DROPS, 0, NULL, have_some, NULL, drop, NULL },
	{ "works while others finish", KIND_BOTH, SEATED | SCENE_FINISHES, 0,
		NULL, have_batch, NULL, work, partner_finishes },
	{ "parks while others finish", KIND_GUARDED, SEATED | SCENE_FINISHES, 0,
		NULL, have_batch, NULL, push_rcu, partner_finishes },
};

const unsigned int nr_last_scenes = LEN(last_scenes);
