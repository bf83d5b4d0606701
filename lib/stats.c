/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Counts of objects, and counters added up over slots and blocks.
 *
 * Pushes to private blocks are not counted by anybody: each block's T does it
 * on the side (nput), and what a revocation undid is counted instead. Pops
 * follow: what was put in and is not there any more.
 */

#include "core/scan.h"
#include "pool.h"

static uint64_t
get(const _Atomic(uint64_t) *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Add one slot's counters; returns what it put, less what was undone. */
static uint64_t
add(struct objpool_stats *stats, const struct counts *counts)
{
	stats->fails += get(&counts->fails);
	stats->blocks_in += get(&counts->blocks_in);
	stats->blocks_out += get(&counts->blocks_out);
	stats->revocations += get(&counts->revocations);
	stats->barriers += get(&counts->heavy);
	stats->steals += get(&counts->steals);
	stats->conflicts += get(&counts->conflicts);
	stats->takeovers += get(&counts->takeovers);
	stats->shared_objs += get(&counts->anon);
	stats->limbo_blocks += get(&counts->limbo);
	return get(&counts->put) - get(&counts->unput);
}

void
objpool_get_stats(const struct objpool *pool, struct objpool_stats *stats)
{
	const struct arena *a = arena_of(pool);
	struct totals totals;
	uint64_t initial;

	*stats = (struct objpool_stats){
		.nr_free = objpool_nr_free(pool),
		.nr_parked = objpool_nr_parked(pool),
		.nr_slots = a->nr_slots,
		.nr_blocks = a->nr_blocks,
		.block_objs = a->block_objs,
		.fence_free = a->fence_free &&
			atomic_load_explicit(&a->joined,
				memory_order_relaxed) == 0,
		.reclaims = get(&a->reclaims),
		.arena_bytes = a->arena_bytes,
	};
	scan_totals(a, &totals);
	stats->pushes = totals.put + add(stats, &a->anon);
	for (uint32_t i = 0; i < a->nr_slots + NR_GUESTS; i++) {
		const struct slot *s = slot_at(a, i);

		stats->pushes += add(stats, &s->counts);
		if (i < a->nr_slots &&
			atomic_load_explicit(&s->owner, memory_order_relaxed) !=
				0)
			stats->nr_claimed++;
	}
	/* What moves from block to block while they are read counts twice. */
	totals.len += totals.parked;
	if (totals.len > a->nr_objs)
		totals.len = a->nr_objs;
	initial = a->stride != 0 ? a->nr_objs : 0;
	stats->pops = initial + stats->pushes > totals.len ?
		initial + stats->pushes - totals.len :
		0;
}

uint32_t
objpool_nr_objs(const struct objpool *pool)
{
	return arena_of(pool)->nr_objs;
}

uint32_t
objpool_nr_free(const struct objpool *pool)
{
	const struct arena *a = arena_of(pool);
	struct totals totals;

	if (atomic_load_explicit(&a->state, memory_order_acquire) != POOL_LIVE)
		return 0;
	scan_totals(a, &totals);
	return (uint32_t)(totals.len < a->nr_objs ? totals.len : a->nr_objs);
}

uint32_t
objpool_nr_outstanding(const struct objpool *pool)
{
	const struct arena *a = arena_of(pool);
	uint64_t kept =
		atomic_load_explicit(&a->refs, memory_order_acquire) / REF_OBJ;
	uint64_t home = 0;
	struct totals totals;

	if (atomic_load_explicit(&a->state, memory_order_acquire) <
		POOL_DRAINED) {
		scan_totals(a, &totals);
		home = totals.len + totals.parked;
	}
	return (uint32_t)(kept > home ? kept - home : 0);
}
