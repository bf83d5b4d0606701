/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What is looked for when the victim is stopped or dead:
 *  - two peers play a round to its end, all their pops being served;
 *  - then one of them takes all there is: what the ledger says is in the pool
 *    and is not found is what the victim's call was moving, at most;
 *  - of a victim that died an heir gets the slot, and all objects are there but
 *    those that it held, and those that its call was moving.
 */

#include <stdlib.h>
#include <unistd.h>

#include "stage.h"

static void *
be_heir(void *arg)
{
	heir_part(arg);
	return NULL;
}

static void *
toil(void *arg)
{
	victim_toil(arg);
	return NULL;
}

/* What should be in the pool and is not. */
static bool
take_stock(struct stage *st)
{
	unsigned int moving = st->moving + st->partner_moving;
	unsigned int lost;

	peer_take_stock(st);
	lost = stage_count(st, HOLDER_POOL);
	peer_give_stock(st);
	return lost <= moving ||
		stage_wrong(st, "objects out of reach", lost, moving);
}

bool
stage_go_on(struct stage *st, bool *stuck)
{
	periods_hold(false);
	*stuck = !peers_round(st);
	if (*stuck)
		return stage_wrong(st, "progress", 0, 1);
	if (st->spurious > 0)
		return stage_wrong(st, "pops in vain", st->spurious, 0);
	if (st->scene != NULL &&
		(st->scene->flags & (SCENE_CLOSES | SCENE_FINISHES)))
		return true;
	return take_stock(st);
}

/* Enter what is nowhere as held by the victim. */
static bool
enter_losses(struct stage *st)
{
	unsigned int lost;

	peer_take_stock(st);
	lost = stage_count(st, HOLDER_POOL);
	for (size_t i = 0; i <= st->ledger.mask; i++)
		if (st->entries[i].obj != NULL &&
			st->entries[i].holder == HOLDER_POOL)
			ledger_took(&st->ledger, WHO_VICTIM,
				(void *[]){ st->entries[i].obj }, 1);
	peer_give_stock(st);
	return lost <= st->moving ||
		stage_wrong(st, "lost objects", lost, st->moving);
}

static uint64_t
takeovers(const struct stage *st)
{
	struct objpool_stats stats;

	objpool_get_stats(st->pool, &stats);
	return stats.takeovers;
}

bool
stage_inherit(struct stage *st)
{
	unsigned int flags =
		st->scene != NULL ? st->scene->flags : SCENE_SEATED;
	uint64_t before = takeovers(st);

	partner_release(st);
	stage_settle_hand(st, &st->victim);
	stage_settle_hand(st, &st->heir);
	stage_let(st, be_heir);
	if (!stage_see_off(st, false))
		return stage_wrong(st, "the heir's end", 0, 1);
	if ((flags & SCENE_SEATED) && takeovers(st) != before + 1)
		return stage_wrong(st, "slots taken over",
			(long)(takeovers(st) - before), 1);
	if ((flags & SCENE_CLOSES) || !enter_losses(st))
		return flags & SCENE_CLOSES;
	if (!ledger_audit(&st->ledger, st->pool))
		return stage_wrong(st, "the ledger after a death", 0, 1);
	/* What the dead took along is given back by a push of each, since the
	 * books tell what that is; after that the pool is whole. A function of
	 * the library that finds it out by itself belongs here. */
	if (!(st->kind->flags & OBJPOOL_F_CHECKED))
		stage_settle_hand(st, &st->victim);
	else
		/* The checks take what was in motion for free, and refuse
		 * it. */
		st->gone = stage_count(st, WHO_VICTIM) - st->victim.n;
	return true;
}

bool
stage_toil(struct stage *st)
{
	peers_toil(st, (NR - TOIL_HELD - 4) / 2);
	stage_let(st, toil);
	if (stage_next_event(st) != STOPPED)
		abort();
	stage_see_off(st, true);
	nap(1); /* the peers get on without it */
	atomic_store(&st->toil_over, true);
	peers_wait(st);
	return st->spurious == 0 ||
		stage_wrong(st, "pops in vain", st->spurious, 0);
}
