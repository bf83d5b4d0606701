/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The memory plan of a pool.
 *
 *   region 0            region 1 ...
 *   arena head
 *   table of slots
 *   hints
 *   slots of node A     slots of node B
 *   blocks              blocks
 *
 * Number of blocks. A slot has at most LOADED blocks, and one more while it
 * exchanges them; so beside those there must be room for nr_objs objects in
 * blocks that are nobody's, and one that is not full must remain for whoever
 * looks for room. Full blocks are at most nr_objs / block_objs, hence
 *
 *   nr_blocks = ceil(nr_objs / block_objs) + nr_slots * (LOADED + 1) +
 *               NR_GUESTS + SPARE
 *
 * A guest has one block while a thread without a slot uses it. Where objects
 * may be in limbo, a slot or guest has two more: an open batch, and one that
 * was closed before it was full.
 *
 * Size of a block. The larger, the rarer the exchange; but a slot can keep
 * LOADED blocks to itself until somebody revokes them, so a small pool gets
 * blocks so small that every CPU's share is a few of them.
 */

#include <assert.h>

#include "layout.h"
#include "depot.h"

#define SPARE        8
#define LIMBO_BLOCKS 2

static uint32_t
choose_block_objs(uint32_t nr_objs, uint32_t nr_slots)
{
	uint32_t size = BLOCK_OBJS_MAX;
	/* Slots in use at one time are far fewer than slots in all. */
	uint32_t busy = nr_slots < 8 ? nr_slots : 8;

	while (size > 16 && (uint64_t)size * LOADED * busy > nr_objs)
		size /= 2;
	return size;
}

static size_t
round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* Guests are spread over the regions. */
static uint32_t
region_of(const struct layout *l, uint32_t slot)
{
	return slot < l->nr_slots ? l->slot_region[slot] : slot % l->nr_regions;
}

bool
layout_plan(struct layout *l)
{
	uint64_t blocks, bytes;
	uint32_t r;

	if (l->block_objs == 0)
		l->block_objs = choose_block_objs(l->nr_objs, l->nr_slots);
	blocks = (l->nr_objs + l->block_objs - 1) / l->block_objs +
		(uint64_t)l->nr_slots * (LOADED + 1) + NR_GUESTS + SPARE;
	if (l->has_limbo)
		blocks += LIMBO_BLOCKS * ((uint64_t)l->nr_slots + NR_GUESTS);
	/* The same number for each region, so that each has room for its share
	 * of the objects; the last block of all is block_none(). */
	l->blocks_per_region = (uint32_t)(blocks / l->nr_regions) + 1;
	l->nr_blocks = l->blocks_per_region * l->nr_regions - 1;
	l->groups_per_region = (l->blocks_per_region + 63) / 64;

	l->slots = round_up(sizeof(struct arena), CACHE_LINE);
	l->hints =
		round_up(l->slots + (l->nr_slots + NR_GUESTS) * sizeof(int64_t),
			CACHE_LINE);
	l->common = l->hints +
		(size_t)l->nr_regions * l->groups_per_region *
			sizeof(struct hints);

	blocks = (uint64_t)l->blocks_per_region * block_bytes(l->block_objs);
	for (r = 0; r < l->nr_regions; r++) {
		bytes = blocks + (r == 0 ? l->common : 0);
		for (uint32_t i = 0; i < l->nr_slots + NR_GUESTS; i++)
			if (region_of(l, i) == r)
				bytes += sizeof(struct slot);
		if (bytes > SIZE_MAX / 2)
			return false;
		l->bytes[r] = (size_t)bytes;
	}
	return true;
}

static void
format_slots(const struct layout *l, struct arena *a, void *const *addr)
{
	int64_t *table = at_offset(a, a->slots);
	size_t used[REGIONS_MAX] = { l->common };
	uint32_t met[REGIONS_MAX] = { 0 };

	for (uint32_t i = 0; i < l->nr_slots + NR_GUESTS; i++) {
		uint32_t r = region_of(l, i);
		struct slot *s = (void *)((char *)addr[r] + used[r]);

		used[r] += sizeof(*s);
		table[i] = offset_of(a, s);
		s->index = i;
		s->region = r;
		atomic_init(&s->cur, offset_of(a, block_none(a)));
		atomic_init(&s->cool_max, COOL_MIN);
		/* Neighbours start in different groups. */
		atomic_init(&s->home,
			a->region[r].group + met[r]++ % l->groups_per_region);
	}
}

static void
format_blocks(struct arena *a)
{
	for (uint32_t id = 0; id < a->nr_blocks; id++) {
		struct block *b = block_at(a, id);

		b->id = id;
		atomic_init(&b->w, w_make(MODE_PUB, OWN_NONE, 0, 0, 1));
		depot_post(a, b);
	}
	/* Somebody's, so that nobody adopts or binds it. */
	block_none(a)->id = a->nr_blocks;
	atomic_init(&block_none(a)->w, w_make(MODE_PUB, OWN_ANON, 0, 0, 1));
}

struct arena *
layout_format(const struct layout *l, void *const *addr)
{
	struct arena *a = addr[0];

	a->block_objs = l->block_objs;
	a->nr_slots = l->nr_slots;
	a->nr_blocks = l->nr_blocks;
	a->nr_regions = l->nr_regions;
	a->blocks_per_region = l->blocks_per_region;
	a->groups_per_region = l->groups_per_region;
	a->hints = (int64_t)l->hints;
	a->slots = (int64_t)l->slots;
	a->nr_objs = l->nr_objs;
	a->has_limbo = l->has_limbo;
	for (uint32_t r = 0; r < l->nr_regions; r++) {
		size_t end = l->bytes[r];
		size_t blocks =
			l->blocks_per_region * block_bytes(l->block_objs);

		a->region[r].blocks =
			offset_of(a, (char *)addr[r] + (end - blocks));
		a->region[r].group = r * l->groups_per_region;
		a->arena_bytes += end;
	}
	atomic_init(&a->state, POOL_LIVE);
	format_slots(l, a, addr);
	format_blocks(a);
	return a;
}

void
layout_stock(struct arena *a, uint32_t block, void *const *objs, unsigned int n)
{
	struct block *b = block_at(a, block);

	assert(block < a->nr_blocks);
	region_use(a, block);
	entries_write(b, 0, objs, n);
	atomic_store_explicit(&b->w, w_make(MODE_PUB, OWN_NONE, n, 0, 2),
		memory_order_release);
	depot_post(a, b);
}
