/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* How a pool ends.
 *
 * A pool has one reference for each object that was not dropped, and one for
 * itself. Pop and push do not touch them. fini makes the pool DYING and gives
 * back its own reference and those of the free objects; every outstanding
 * object gives back its own when it is pushed or dropped. The last reference,
 * whoever holds it, releases the pool.
 *
 * fini also changes the pool's unique id to one that no thread remembers, so
 * that the next operation of every thread leaves the fast path and sees the
 * state.
 */

#include <errno.h>
#include <stdlib.h>

#include "core/scan.h"
#include "end.h"
#include "identity.h"

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
	struct local *local = (struct local *)a->local;
	objpool_release_fn *tell = local->release;
	void *ctx = local->ctx;
	struct objpool *head = local->head;
	int head_is_ours = local->head_is_ours;

	end_areas(local);
	if (tell != NULL)
		tell(head, ctx);
	if (head_is_ours)
		free(head);
}

/* Only the process that has the pool's private part can end it. A forked child
 * has a copy, but must not end what it shares with its parent. */
static bool
is_ours(const struct arena *a)
{
	return !a->shared ||
		(a->creator == identity_process() &&
			a->place == identity_place());
}

bool
end_unref(struct arena *a, uint64_t n)
{
	/* acq_rel: everybody's last look at the pool before its release. */
	if (atomic_fetch_sub_explicit(&a->refs, n, memory_order_acq_rel) != n ||
		!is_ours(a))
		return false;
	release(a);
	return true;
}

static int
may_end(const struct objpool *pool)
{
	if (pool == NULL)
		return -EINVAL;
	return is_ours(arena_of(pool)) ? 0 : -EPERM;
}

/* LIVE to DYING. Returns the free objects, or -EALREADY. */
static int64_t
stop(struct arena *a)
{
	uint32_t live = POOL_LIVE;
	struct totals totals;

	if (!atomic_compare_exchange_strong_explicit(&a->state, &live,
		    POOL_DYING, memory_order_acq_rel, memory_order_acquire))
		return -EALREADY;
	atomic_store_explicit(&a->uid, UID_DEAD, memory_order_release);
	scan_totals(a, &totals);
	return (int64_t)totals.len;
}

int
objpool_fini(struct objpool *pool)
{
	struct arena *a;
	int64_t nr_free;
	int rc = may_end(pool);

	if (rc < 0)
		return rc;
	a = arena_of(pool);
	nr_free = stop(a);
	if (nr_free < 0)
		return (int)nr_free;
	end_unref(a, (uint64_t)nr_free + 1);
	return 0;
}

int
objpool_free(struct objpool *pool)
{
	int rc = may_end(pool);

	if (rc < 0)
		return rc;
	if (objpool_nr_outstanding(pool) > 0)
		return -EBUSY;
	rc = objpool_fini(pool);
	if (rc != -EALREADY)
		return rc;
	/* Another process gave the last reference of a shared pool back. */
	release(arena_of(pool));
	return 0;
}

int
objpool_free_forced(struct objpool *pool)
{
	int rc = may_end(pool);

	if (rc < 0)
		return rc;
	release(arena_of(pool));
	return 0;
}
