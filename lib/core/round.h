/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Which blocks were ever used, and a look at all of those. */

#ifndef OBJPOOL_CORE_ROUND_H
#define OBJPOOL_CORE_ROUND_H

#include "core.h"

/* Blocks of the region that ever held something: those before it (E12). */
static inline uint32_t
region_used(const struct region *r)
{
	return atomic_load_explicit(&r->used, memory_order_acquire);
}

/* The block is about to be used. Before it is (E12). */
static inline void
region_use(struct arena *a, uint32_t id)
{
	struct region *r = &a->region[id / a->blocks_per_region];
	uint32_t at = id % a->blocks_per_region;
	uint32_t used = region_used(r);

	while (at >= used &&
		!atomic_compare_exchange_weak_explicit(&r->used, &used, at + 1,
			memory_order_acq_rel, memory_order_acquire))
		;
}

/* A round over all blocks that were ever used, from one region to those farther
 * and farther away. */
struct round {
	uint32_t from;   /* the region that it began with */
	uint32_t step;   /* of its near[] */
	uint32_t region; /* that one */
	uint32_t at;
	uint32_t used; /* of this region, as read when it was entered */
};

static inline struct round
round_from(const struct arena *a, uint32_t region)
{
	return (struct round){
		.from = region,
		.region = region,
		.used = region_used(&a->region[region]),
	};
}

/* The next block; NULL at the end. */
static inline struct objpool_block *
round_next(const struct arena *a, struct round *round)
{
	while (round->at == round->used) {
		if (++round->step == a->nr_regions)
			return NULL;
		round->region = a->region[round->from].near[round->step];
		round->at = 0;
		round->used = region_used(&a->region[round->region]);
	}
	return block_at(a, round->region * a->blocks_per_region + round->at++);
}

#endif /* OBJPOOL_CORE_ROUND_H */
