/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What is looked for when the victim is stopped or dead:
 *  - two peers play a round to its end, all their pops being served;
 *  - then one of them takes all there is: what the ledger says is in the pool
 *    and is not found is what the victim's call was moving, at most;
 *  - of a victim that died an heir gets the slot, and all objects are there but
 *    those that it held, and those that its call was moving.
 *
 * Where objects have holders, a peer reclaims. Beside a victim that is stopped it
 * gets nothing of the victim's, and comes to an end: it may say that it cannot
 * tell (-EAGAIN). After a process was killed everything comes back, before or
 * after the heir came; after a thread ended, what it was moving does, for what
 * it held is its process's. A second time there is nothing more.
 *
 * Who reclaims waits a second for those who do not get on. Where it is known that
 * somebody is stopped its pauses are made short (usleep is wrapped).
 */

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "owner.h"
#include "stage.h"

_Thread_local bool stage_hurries;
static unsigned int nr_given_up, nr_in_peace, nr_reclaimed;

int
__real_usleep(useconds_t us);
int
__wrap_usleep(useconds_t us);

int
__wrap_usleep(useconds_t us)
{
	return stage_hurries ? sched_yield() : __real_usleep(us);
}

/* A dead process had popped it; others may pop it as soon as it is given back.
 * Of what it was moving the books say already that it is in the pool. */
static bool
settle_object(void *obj, void *ctx)
{
	struct stage *st = ctx;

	for (size_t i = 0; i <= st->ledger.mask; i++)
		if (st->entries[i].obj != obj)
			continue;
		else if (st->entries[i].holder == WHO_VICTIM)
			ledger_gives(&st->ledger, WHO_VICTIM, &obj, 1);
		else if (st->entries[i].holder == HOLDER_DROPPED)
			/* It was about to be. */
			st->entries[i].holder = HOLDER_POOL;
	return true;
}

static void
reclaim_now(struct stage *st, unsigned int i, unsigned int hurried)
{
	call_meet(st, &st->peer[i], 0, stage_keys[i + 1]);
	stage_hurries = hurried != 0;
	st->given = objpool_reclaim(st->pool, settle_object, st);
	stage_hurries = false;
	if (st->given > 0)
		nr_reclaimed += (unsigned int)st->given;
}

/* The victim is stopped. */
static bool
reclaim_beside(struct stage *st)
{
	peer_do(st, 0, reclaim_now, true);
	nr_given_up += st->given == -EAGAIN;
	nr_in_peace += st->given >= 0;
	if (st->given == -EAGAIN)
		return true;
	if (st->given < 0 || st->given > (int64_t)st->orphans)
		return stage_wrong(st, "what was taken of the living",
			(long)st->given, st->orphans);
	st->orphans -= (unsigned int)st->given;
	return true;
}

/* The victim is dead. */
static bool
reclaim_all(struct stage *st, unsigned int peer)
{
	peer_do(st, peer, reclaim_now, false);
	if (st->given < 0)
		return stage_wrong(st, "reclaiming", (long)st->given, 0);
	peer_do(st, peer, reclaim_now, false);
	if (st->given != 0)
		return stage_wrong(st, "reclaimed again", (long)st->given, 0);
	if (st->mode == KILL)
		st->moving = 0;
	stage_settle_hand(st, &st->victim);
	return true;
}

bool
stage_tell_reclaims(const struct stage *st)
{
	printf("# reclaimed %u objects; beside who is stopped: %u times to the "
	       "end, %u given up\n",
		nr_reclaimed, nr_in_peace, nr_given_up);
	return nr_reclaimed > 0 &&
		(st->mode != STOP || (nr_in_peace > 0 && nr_given_up > 0));
}

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
	/* At every fourth step: -EAGAIN takes a while. */
	if (st->mode == STOP && kind_has_holders(st->kind) &&
		st->stop_at % 4 == 0 && !reclaim_beside(st))
		return false;
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
	bool reclaims = kind_has_holders(st->kind);
	bool at_once = st->stop_at % 2 == 0;

	partner_release(st);
	/* Who has nothing must not call a finished pool. */
	if (flags & SCENE_FINISHES)
		return true;
	if (st->mode == KILL && (flags & SCENE_OWNS))
		owner_is_me(st->pool);
	stage_settle_hand(st, &st->victim);
	stage_settle_hand(st, &st->heir);
	if (reclaims && at_once && !reclaim_all(st, 0))
		return false;
	stage_let(st, be_heir);
	if (!stage_see_off(st, false))
		return stage_wrong(st, "the heir's end", 0, 1);
	if ((flags & SCENE_SEATED) && takeovers(st) != before + 1)
		return stage_wrong(st, "slots taken over",
			(long)(takeovers(st) - before), 1);
	if (reclaims && !at_once && !reclaim_all(st, 0))
		return false;
	if ((flags & SCENE_CLOSES) || !enter_losses(st))
		return flags & SCENE_CLOSES;
	/* Who reclaims keeps the pool by one. */
	if ((flags & SCENE_KEEPS) && !stage_forget_refs(st, 1))
		return false;
	if ((flags & SCENE_DROPS) && !stage_forget_refs(st, DROPS))
		return false;
	if (!ledger_audit(&st->ledger, st->pool))
		return stage_wrong(st, "the ledger after a death", 0, 1);
	if (reclaims && st->mode == KILL)
		return stage_count(st, WHO_VICTIM) == 0 ||
			stage_wrong(st, "objects that did not come back",
				stage_count(st, WHO_VICTIM), 0);
	/* What the dead took along is given back by a push of each, since the
	 * books tell what that is; after that the pool is whole. */
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
	bool good = true;

	peers_toil(st, (NR - TOIL_HELD - 4) / 2);
	stage_let(st, toil);
	if (stage_next_event(st) != STOPPED)
		abort();
	stage_see_off(st, true);
	nap(1); /* the peers get on without it */
	/* Others pop meanwhile what is given back. */
	if (kind_has_holders(st->kind))
		good = reclaim_all(st, PARTNER);
	atomic_store(&st->toil_over, true);
	peers_wait(st);
	if (!good)
		return false;
	return st->spurious == 0 ||
		stage_wrong(st, "pops in vain", st->spurious, 0);
}
