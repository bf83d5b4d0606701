/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The end of a pool that somebody finished, or died in the middle of that.
 *
 * Each object that is not dropped has a reference, until the pool is drained also
 * those that are home. So it is seen whether all are there that the living have,
 * and none is too many but those of objects that the dead held, or was moving.
 * Who was killed is told to have made the pool; so nobody else can end it, which
 * is seen first. Then it is told to have been made here, and does end.
 */

#include <errno.h>
#include <stdio.h>

#include "env.h"
#include "owner.h"
#include "stage.h"

static bool
is_released(struct stage *st)
{
	for (unsigned int ms = 0; st->released == 0 && ms < st->stuck_ms; ms++)
		nap(1);
	return st->released == 1 ||
		stage_wrong(st, "releases", st->released, 1);
}

static bool
is_between(uint32_t n, uint32_t least, uint32_t more)
{
	return n >= least && n - least <= more;
}

/* Of a pool that was not drained those of objects that are home are there as well;
 * who drained it may have died before it could say so. */
static bool
refs_are_there(struct stage *st, unsigned int living, unsigned int dead)
{
	uint32_t home, kept = owner_counts(st->pool, &home);

	return is_between(kept, living, dead) ||
		(kept >= home && is_between(kept - home, living, dead)) ||
		stage_wrong(st, "references of objects", kept, living + dead);
}

/* While the pool is another's. */
static bool
cannot_be_ended(struct stage *st)
{
	int rc = objpool_free_forced(st->pool);

	return rc == -EPERM ||
		stage_wrong(st, "free of a dead one's pool", rc, -EPERM);
}

static bool
is_finished(const struct stage *st)
{
	return st->scene->interlude == NULL || st->interlude_at != 0;
}

static bool
force_end(struct stage *st)
{
	int rc = objpool_free_forced(st->pool);

	return (rc == 0 && is_released(st)) ||
		stage_wrong(st, "forced free", rc, 0);
}

bool
stage_end_finished(struct stage *st)
{
	bool killed = st->mode == KILL && (st->scene->flags & SCENE_OWNS);
	unsigned int living = 0, dead;
	bool good = true;

	if (st->released == 1)
		return true;
	dead = stage_count(st, WHO_VICTIM) + st->moving;
	if (killed)
		good = cannot_be_ended(st);
	if (killed)
		owner_is_me(st->pool);
	if (st->is_dead)
		stage_settle_hand(st, &st->victim);
	else
		living = st->victim.n;
	for (unsigned int i = 0; i < PEERS; i++)
		living += st->peer[i].n;
	if (st->is_dead && !refs_are_there(st, living, dead))
		return false;
	if (!st->is_dead)
		hand_push_all(&st->victim, 3);
	for (unsigned int i = 0; i < PEERS; i++)
		hand_push_all(&st->peer[i], 3);
	/* Also where nobody finished it (play_interludes()), or who gave the
	 * last reference back cannot release it. */
	if (st->is_dead || st->mode == KILL || !is_finished(st))
		return (st->released != 0 || force_end(st)) && good;
	return is_released(st) && good;
}

bool
stage_forget_refs(struct stage *st, unsigned int most)
{
	unsigned int n =
		objpool_nr_outstanding(st->pool) - ledger_held(&st->ledger);

	if (n > most)
		return stage_wrong(st, "references that the dead kept", n,
			most);
	owner_drops(st->pool, n);
	return true;
}
