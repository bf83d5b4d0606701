/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* How a pool ends.
 *
 *   LIVE --fini--> DYING --drain--> DRAINED --last reference--> RELEASED
 *                    |  first grace   |         second grace    ^
 *                    |     period     |            period       |
 *                    +-- pop: nothing; push: drop --------------+
 *
 * A pool has one reference for each object that was not dropped, and one for
 * itself. Pop and push do not touch them. fini makes the pool DYING; from then
 * on a push is a drop, which gives one back. When no operation that saw it LIVE
 * can be in progress any more, one thread, the only one left that may, counts
 * what is home (the drain) and gives those references back together with the
 * pool's own: so they cannot reach 0 before the drain. The last reference,
 * whoever has it, ends the pool.
 *
 * What ends operations in progress is the pool's domain (a first grace period),
 * its marks, or its user's word. With a domain the last reference does not
 * release in place but asks for a second grace period: its giver, or a thread
 * that found the pool in a read section, may still look at it. Both run in the
 * domain's control thread, so a polling lcore never pays for unmapping memory.
 * The one struct objpool_deferred serves both: the second is asked for after
 * the first has begun to run, since the drain holds a reference until then.
 *
 * Operations notice the state by their slot's mode, which fini changes in all
 * slots, and, where a thread looks for its slot, by the pool's unique id, which
 * becomes one that no thread remembers. A relaxed load is enough: a read section
 * that misses the change ends before the grace period does.
 *
 * Of memory that processes share, only the creator has the private part. It
 * keeps the pool's own reference and looks from time to time whether it is the
 * last.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/mark.h"
#include "core/reach.h"
#include "core/scan.h"
#include "end.h"
#include "identity.h"
#include "wait.h"

/* How often the creator looks whether other processes brought the rest back. */
#define LOOK_MS 5

/* How long to sleep while an operation is in progress, at first. */
#define PAUSE_US     50
#define SHORT_PAUSES 100

void
end_areas(struct local *local)
{
	while (local->nr_areas-- > 0)
		local->mem.ops->free(local->mem.ctx,
			&local->areas[local->nr_areas]);
	free(local);
}

static void
release(struct arena *a)
{
	struct local *local = local_of(a);
	objpool_release_fn *tell = local->release;
	struct waiter *waiter = local->waiter;
	void *ctx = local->ctx;
	struct objpool *head = local->head;
	int head_is_ours = local->head_is_ours;

	atomic_store_explicit(&a->state, POOL_RELEASED, memory_order_relaxed);
	if (local->gp != NULL)
		gp_detach(local->gp, &local->client);
	end_areas(local);
	if (tell != NULL)
		tell(head, ctx);
	if (head_is_ours)
		free(head);
	if (waiter != NULL)
		waiter_over(waiter);
}

static struct local *
local_of_deferred(struct objpool_deferred *d)
{
	return (void *)((char *)d - offsetof(struct local, deferred));
}

static void
on_release(struct objpool_deferred *d)
{
	struct local *local = local_of_deferred(d);

	gp_count_release(local->gp, local->last);
	release((struct arena *)local->arena);
}

/* Only the process that has the pool's private part can end it. A forked child
 * has a copy, but must not end what it shares with its parent, nor what waits
 * for a domain whose threads it has not. */
bool
end_is_ours(const struct arena *a)
{
	if (!a->shared)
		return !a->has_limbo || a->creator == identity_process();
	/* Where the creator could not tell its place, the process must do. */
	return a->creator == identity_process() &&
		(a->place == 0 || a->place == identity_place());
}

static bool
unref(struct arena *a, uint64_t n, enum gp_last who)
{
	bool ours = end_is_ours(a);
	struct local *local;

	/* acq_rel: everybody's last look at the pool before its release. */
	if (atomic_fetch_sub_explicit(&a->refs, n, memory_order_acq_rel) != n ||
		!ours)
		return false;
	local = local_of(a);
	if (local->gp == NULL) {
		release(a);
	} else {
		local->last = who;
		gp_defer(local->gp, &local->deferred, on_release);
	}
	return true;
}

bool
end_unref(struct arena *a, uint64_t n, enum gp_last who)
{
	int error = errno; /* the interrupted code's, perhaps */
	/* Nothing is never the last, though none be left. */
	bool last = n > 0 && unref(a, n * REF_OBJ, who);

	errno = error;
	return last;
}

int
end_quiesce_for(const struct arena *a, unsigned int pauses)
{
	identity_alive_fn *alive = identity_judge(a->place);
	unsigned int tries = 0;
	uint32_t busy;

	if (!(arena_flags(a) & OBJPOOL_F_MARKED) || !marks_fence(a))
		return -ENOTSUP;
	/* A child has a copy, with the marks of threads that it has not. */
	if (!a->shared && a->creator != identity_process())
		return 0;
	/* Guests first: a thread that claims a slot goes on from the mark of a
	 * guest to its own. */
	for (uint32_t i = a->nr_slots + NR_GUESTS; i-- > 0;)
		if (!marks_over(a, i, &busy, true, alive))
			while (!marks_over(a, i, &busy, false, alive)) {
				if (pauses == 0)
					return -EAGAIN;
				pauses -= pauses != END_NO_LIMIT;
				usleep(tries++ < SHORT_PAUSES ?
						PAUSE_US :
						1000 * END_PAUSE_MS);
			}
	return 0;
}

int
end_quiesce(const struct arena *a)
{
	return end_quiesce_for(a, END_NO_LIMIT);
}

static int
may_end(const struct objpool *pool)
{
	if (pool == NULL)
		return -EINVAL;
	return end_is_ours(arena_of(pool)) ? 0 : -EPERM;
}

/* Can operations in progress be waited for, where that is promised? */
static int
may_finish(struct objpool *pool)
{
	struct arena *a;
	int rc = may_end(pool);

	if (rc < 0)
		return rc;
	a = arena_of(pool);
	if ((arena_flags(a) & OBJPOOL_F_MARKED) && !marks_will_work(a))
		return -ENOTSUP;
	return 0;
}

/* LIVE to DYING; 0 or -EALREADY. */
static int
stop(struct arena *a)
{
	uint32_t live = POOL_LIVE;

	if (!atomic_compare_exchange_strong_explicit(&a->state, &live,
		    POOL_DYING, memory_order_acq_rel, memory_order_acquire))
		return -EALREADY;
	atomic_store_explicit(&a->uid, UID_DEAD, memory_order_release);
	claim_divert(a, OBJPOOL_SLOT_SLOW_);
	return 0;
}

static objpool_deferred_fn on_look;

/* The creator of a shared pool looks whether the reference it keeps is the
 * last. True if it was, and is given back; else it will look again. */
static bool
look(struct arena *a)
{
	struct local *local = local_of(a);

	if (atomic_load_explicit(&a->refs, memory_order_acquire) == REF_POOL)
		return unref(a, REF_POOL, GP_LAST_FINI);
	gp_defer_in(local->gp, &local->deferred, on_look, LOOK_MS);
	return false;
}

static void
on_look(struct objpool_deferred *d)
{
	look((struct arena *)local_of_deferred(d)->arena);
}

/* Of a marked pool, wait for operations in progress. That this can be done was
 * found out before the end began; to go on without would count objects twice. */
static void
quiesce_surely(const struct arena *a)
{
	while (end_quiesce(a) < 0 && (arena_flags(a) & OBJPOOL_F_MARKED)) {
		/* Of a slot that was being claimed (core/reach.h). */
		if (!reach_is_settled(a)) {
			fputs("objpool: membarrier fails after it worked\n",
				stderr);
			abort();
		}
		usleep(PAUSE_US);
	}
}

/* DYING to DRAINED, when no operation is in progress; of a marked pool those
 * that are not in read sections are waited for here. True if the last reference
 * was given back. */
static bool
drain(struct arena *a)
{
	bool keep = a->shared && local_of(a)->gp != NULL;
	struct totals totals;

	quiesce_surely(a);
	scan_totals(a, &totals);
	/* Not the last: the pool's own is still there. */
	atomic_fetch_sub_explicit(&a->refs,
		(totals.len + totals.parked) * REF_OBJ, memory_order_acq_rel);
	atomic_store_explicit(&a->state, POOL_DRAINED, memory_order_release);
	return keep ? look(a) : unref(a, REF_POOL, GP_LAST_FINI);
}

static void
on_drain(struct objpool_deferred *d)
{
	drain((struct arena *)local_of_deferred(d)->arena);
}

/* Drain it when no operation is in progress. Where there is no domain to say
 * when that is, it is now. */
static void
drain_soon(struct arena *a)
{
	struct local *local = local_of(a);

	if (local->gp != NULL)
		gp_defer(local->gp, &local->deferred, on_drain);
	else
		drain(a);
}

int
objpool_fini(struct objpool *pool)
{
	int rc = may_finish(pool);

	if (rc == 0)
		rc = stop(arena_of(pool));
	if (rc == 0)
		drain_soon(arena_of(pool));
	return rc;
}

/* May the caller wait for the pool's domain? */
static int
may_wait(struct objpool *pool)
{
	struct objpool_gp *gp;
	int rc = may_finish(pool);

	if (rc < 0)
		return rc;
	gp = local_of(arena_of(pool))->gp;
	if (gp != NULL && (gp_in_reader(gp) == 1 || gp_in_deferred()))
		return -EDEADLK;
	return 0;
}

int
objpool_fini_sync(struct objpool *pool)
{
	struct objpool_gp *gp;
	int rc = may_wait(pool);

	if (rc == 0)
		rc = stop(arena_of(pool));
	if (rc < 0)
		return rc;
	gp = local_of(arena_of(pool))->gp;
	if (gp != NULL)
		gp_synchronize(gp);
	return drain(arena_of(pool)) ? 0 : -EAGAIN;
}

int
objpool_fini_wait(struct objpool *pool, uint32_t timeout_ms)
{
	struct waiter *waiter;
	struct arena *a;
	int rc = may_wait(pool);

	if (rc < 0)
		return rc;
	a = arena_of(pool);
	/* Another process may give the last reference back, and cannot tell. */
	if (a->shared && local_of(a)->gp == NULL)
		return -ENOTSUP;
	waiter = waiter_new();
	if (waiter == NULL)
		return -ENOMEM;
	rc = stop(a);
	if (rc < 0) {
		waiter_over(waiter);
		waiter_wait(waiter, 0);
		return rc;
	}
	local_of(a)->waiter = waiter;
	drain_soon(a);
	return waiter_wait(waiter, timeout_ms);
}

int64_t
objpool_outstanding(const struct objpool *pool)
{
	const struct arena *a = arena_of(pool);

	if (atomic_load_explicit(&a->state, memory_order_acquire) <
		POOL_DRAINED)
		return -EAGAIN;
	return (int64_t)(atomic_load_explicit(&a->refs, memory_order_acquire) /
		REF_OBJ);
}

int
objpool_close(struct objpool *pool)
{
	struct arena *a;
	uint64_t uid;

	if (pool == NULL)
		return -EINVAL;
	a = arena_of(pool);
	atomic_fetch_or_explicit(&a->flags, FLAG_CLOSED, memory_order_acq_rel);
	claim_divert(a, OBJPOOL_SLOT_CLOSED_);
	uid = atomic_load_explicit(&a->uid, memory_order_acquire);
	/* Every thread shall look at the flag: give the pool an id that none
	 * remembers. Also where it was closed before: whoever did it may
	 * not have come as far. */
	while (uid != UID_DEAD)
		if (atomic_compare_exchange_weak_explicit(&a->uid, &uid,
			    uid + UID_STEP, memory_order_acq_rel,
			    memory_order_acquire))
			return 0;
	return -EALREADY;
}

void
objpool_divert(struct objpool *pool)
{
	claim_divert(arena_of(pool), OBJPOOL_SLOT_CALL_);
}

int
objpool_quiesce(struct objpool *pool)
{
	return pool != NULL ? end_quiesce(arena_of(pool)) : -EINVAL;
}

int
objpool_free(struct objpool *pool)
{
	struct arena *a;
	bool deferred;
	int rc = may_end(pool);

	if (rc < 0)
		return rc;
	a = arena_of(pool);
	deferred = local_of(a)->gp != NULL;
	if (objpool_nr_outstanding(pool) > 0 || objpool_nr_parked(pool) > 0)
		return -EBUSY;
	if (stop(a) == 0)
		end_quiesce(a);
	else if (deferred)
		return -EBUSY;
	/* Else another process gave the last reference of a shared pool
	 * back. */
	release(a);
	return 0;
}

int
objpool_free_forced(struct objpool *pool)
{
	struct arena *a;
	int rc = may_end(pool);

	if (rc < 0)
		return rc;
	a = arena_of(pool);
	if (local_of(a)->gp != NULL && stop(a) < 0)
		return -EBUSY;
	release(a);
	return 0;
}
