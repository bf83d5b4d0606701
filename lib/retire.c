/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What joins limbo and the pool's domain: core asks for grace periods here, and
 * finds the domain in the creator's private part. Other processes that share
 * the pool have none; they are not served.
 */

#include "core/limbo.h"
#include "core/scan.h"
#include "end.h"
#include "pool.h"

bool
limbo_served(const struct arena *a)
{
	return a->has_limbo && end_is_ours(a);
}

uint64_t
limbo_start(const struct arena *a)
{
	return gp_start(local_of(a)->gp);
}

bool
limbo_done(const struct arena *a, uint64_t cookie)
{
	return gp_done(local_of(a)->gp, cookie);
}

uint32_t
objpool_nr_parked(const struct objpool *pool)
{
	const struct arena *a = arena_of(pool);
	struct totals totals;

	if (!a->has_limbo ||
		atomic_load_explicit(&a->state, memory_order_acquire) !=
			POOL_LIVE)
		return 0;
	scan_totals(a, &totals);
	return (uint32_t)(totals.parked < a->nr_objs ? totals.parked :
						       a->nr_objs);
}

uint32_t
objpool_collect(struct objpool *pool)
{
	struct arena *a = arena_of(pool);
	struct round round = round_from(a, 0);
	struct objpool_block *b;

	if (limbo_served(a))
		while ((b = round_next(a, &round)) != NULL)
			limbo_visit(a, b);
	return objpool_nr_parked(pool);
}
