/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Who ends a pool, and what remains of its references.
 *
 * Only the process that made a pool can finish it. The one that is killed is a
 * child that was forked for the play. It has a copy of the pool's private part,
 * and the pool is told that it was made there; after its death, that it was made
 * here. That is what it would be like if it had made the pool in memory that all
 * share.
 *
 * Compiled without the shim: nothing here is a step.
 */

#include "owner.h"

#include "core/scan.h"
#include "identity.h"
#include "pool.h"

void
owner_is_me(struct objpool *pool)
{
	arena_of(pool)->creator = identity_process();
}

void
owner_forgets_home(struct objpool *pool)
{
	atomic_store_explicit(&arena_of(pool)->home, 0, memory_order_relaxed);
	atomic_store_explicit(&arena_of(pool)->joined, 0, memory_order_relaxed);
}

uint32_t
owner_counts(const struct objpool *pool, uint32_t *home)
{
	const struct arena *a = arena_of(pool);
	struct totals totals;

	scan_totals(a, &totals);
	*home = (uint32_t)(totals.len + totals.parked);
	return (uint32_t)(atomic_load_explicit(&a->refs, memory_order_acquire) /
		REF_OBJ);
}

void
owner_drops(struct objpool *pool, uint32_t n)
{
	atomic_fetch_sub_explicit(&arena_of(pool)->refs, n * REF_OBJ,
		memory_order_acq_rel);
}

/* The last slot is the last to be told. */
bool
owner_sees_end(const struct objpool *pool)
{
	const struct arena *a = arena_of(pool);
	const struct slot *last = slot_at(a, a->nr_slots + NR_GUESTS - 1);

	return atomic_load_explicit(&a->state, memory_order_acquire) !=
		POOL_LIVE &&
		(atomic_load_explicit(&last->pub.mode, memory_order_acquire) &
			OBJPOOL_SLOT_SLOW_);
}

bool
owner_sees_mark(const struct objpool *pool)
{
	return atomic_load_explicit(&slot_at(arena_of(pool), 0)->pub.busy,
		       memory_order_acquire) %
		2 !=
		0;
}
