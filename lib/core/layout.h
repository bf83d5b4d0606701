/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* How much memory a pool needs, node by node, and what goes where in it. */

#ifndef OBJPOOL_CORE_LAYOUT_H
#define OBJPOOL_CORE_LAYOUT_H

#include "core.h"

struct layout {
	/* given */
	uint32_t nr_objs;
	uint32_t nr_slots;
	uint32_t block_objs; /* 0: choose */
	uint32_t
		nr_regions; /* regions 0 to nr_regions - 1, at most REGIONS_MAX */
	bool has_limbo;     /* objects may wait for a grace period */
	bool has_signals;   /* handlers may push while pushes are in progress */
	bool has_homing;    /* pushes bind a block of another node as well */
	bool narrow;        /* entries are 32 bits: (object - base) >> shift */
	uint8_t shift;      /* above 0 */
	uintptr_t base;
	const uint8_t *slot_region; /* of each slot */
	/* how far from r each region is, [r * nr_regions + each]; NULL: all alike */
	const int *distance;
	/* planned */
	uint32_t fill; /* objects that a block shall start with */
	uint32_t nr_blocks;
	uint32_t blocks_per_region;
	uint32_t hints_per_region; /* words */
	size_t hints;              /* offset in region 0 */
	size_t slots;              /* offset in region 0 */
	size_t common; /* bytes at the start of region 0 that others lack */
	size_t bytes[REGIONS_MAX]; /* of each region */
};

/* Fill in what is planned. False: too much for size_t. */
bool
layout_plan(struct layout *l);

/* Make an empty arena of zeroed memory. addr[r] holds l->bytes[r] bytes,
 * aligned to a cache line; the arena is addr[0]. Its life cycle starts LIVE
 * with no reference, its uid is left to the caller. */
struct arena *
layout_format(const struct layout *l, void *const *addr);

/* Put n <= block_objs objects on an empty block nobody uses yet. */
void
layout_stock(struct arena *a, uint32_t block, void *const *objs,
	unsigned int n);

#endif /* OBJPOOL_CORE_LAYOUT_H */
