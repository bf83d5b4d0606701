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
 *   heads of blocks     heads of blocks
 *   entries             entries
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
 * was closed before it was full. Where signal handlers use the pool, each that
 * interrupted an operation on a slot or guest has one while it pushes: two
 * more, for a handler that is interrupted by another.
 *
 * Size of a block. The larger, the rarer the exchange; but a slot can keep
 * LOADED blocks to itself until somebody revokes them, so a small pool's objects
 * start in so many blocks that every CPU's share is a few of them. These have
 * room for more, up to a quarter of the pool: where it is always short, the
 * objects go through one block, a few bulks of them at a time. And where there
 * are many slots, their spare blocks shall not outweigh the objects'.
 */

#include <assert.h>

#include "layout.h"
#include "depot.h"
#include "slot.h"

#define SPARE        8
#define LIMBO_BLOCKS 2
#define NESTED_MAX   2
#define MANY_SLOTS   64

static uint32_t
choose_block_objs(struct layout *l)
{
	uint32_t nr_objs = l->nr_objs, nr_slots = l->nr_slots;
	uint32_t size = BLOCK_OBJS_MAX;
	/* Slots in use at one time are far fewer than slots in all. */
	uint32_t busy = nr_slots < 8 ? nr_slots : 8;
	/* Of more than their share. */
	uint32_t most = nr_slots > MANY_SLOTS ? 64 : 128;

	if (l->narrow && nr_slots > MANY_SLOTS &&
		(uint64_t)size * nr_slots * (LOADED + 1) > nr_objs)
		size /= 2;

	/* At first. */
	l->fill = size;
	while (l->fill > 16 && (uint64_t)l->fill * LOADED * busy > nr_objs)
		l->fill /= 2;
	while (size > l->fill && (size > most || size * 4 > nr_objs))
		size /= 2;
	return size;
}

static size_t
round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* Guests, and who is nobody, are spread over the regions. */
static uint32_t
region_of(const struct layout *l, uint32_t slot)
{
	return slot < l->nr_slots ? l->slot_region[slot] : slot % l->nr_regions;
}

static uint64_t
heads_of_region(const struct layout *l)
{
	return l->blocks_per_region * (uint64_t)sizeof(struct objpool_block);
}

static uint64_t
entries_of_region(const struct layout *l)
{
	uint64_t bytes = (uint64_t)l->blocks_per_region *
		entries_bytes(l->block_objs, l->narrow);

	return (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

bool
layout_plan(struct layout *l)
{
	uint64_t blocks, bytes;
	uint32_t r;

	l->fill = l->block_objs;
	if (l->block_objs == 0)
		l->block_objs = choose_block_objs(l);
	blocks = (l->nr_objs + l->block_objs - 1) / l->block_objs +
		(uint64_t)l->nr_slots * (LOADED + 1) + NR_GUESTS + SPARE;
	if (l->has_limbo)
		blocks += LIMBO_BLOCKS * ((uint64_t)l->nr_slots + NR_GUESTS);
	if (l->has_homing)
		blocks += (uint64_t)l->nr_slots + NR_GUESTS;
	if (l->has_signals)
		blocks += NESTED_MAX * ((uint64_t)l->nr_slots + NR_GUESTS);
	/* The same number for each region, so that each has room for its share
	 * of the objects; the last block of all is block_none(). */
	l->blocks_per_region = (uint32_t)(blocks / l->nr_regions) + 1;
	l->nr_blocks = l->blocks_per_region * l->nr_regions - 1;
	/* Whole lines, so that no two regions share one. */
	l->hints_per_region =
		(l->blocks_per_region / HINTS_WORD / HINTS_LINE + 1) *
		HINTS_LINE;

	l->slots = round_up(sizeof(struct arena), CACHE_LINE);
	l->hints = round_up(l->slots +
			nr_slots_in_all(l->nr_slots) * sizeof(int64_t),
		CACHE_LINE);
	l->common = l->hints +
		(size_t)l->nr_regions * l->hints_per_region / HINTS_LINE *
			sizeof(struct hints);

	blocks = heads_of_region(l) + entries_of_region(l);
	for (r = 0; r < l->nr_regions; r++) {
		bytes = blocks + (r == 0 ? l->common : 0);
		for (uint32_t i = 0; i < nr_slots_in_all(l->nr_slots); i++)
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

	for (uint32_t i = 0; i < nr_slots_in_all(l->nr_slots); i++) {
		uint32_t r = region_of(l, i);
		struct slot *s = (void *)((char *)addr[r] + used[r]);

		used[r] += sizeof(*s);
		table[i] = offset_of(a, s);
		s->index = i;
		s->region = r;
		s->arena = -table[i];
		slot_set_block(s, block_none(a));
		if (i == a->nr_slots + NR_GUESTS)
			atomic_init(&s->pub.mode, OBJPOOL_SLOT_SLOW_);
		atomic_init(&s->cool_max, COOL_MIN);
		/* Neighbours start in different lines. */
		atomic_init(&s->home,
			met[r]++ * HINTS_LINE % l->hints_per_region);
	}
}

static void
format_blocks(const struct layout *l, struct arena *a)
{
	size_t bytes = entries_bytes(a->block_objs, l->narrow);

	for (uint32_t id = 0; id < a->nr_blocks; id++) {
		struct objpool_block *b = block_at(a, id);
		const struct region *r = &a->region[id / a->blocks_per_region];
		char *entries = at_offset(a, r->entries);

		entries += id % a->blocks_per_region * bytes;
		b->id = id;
		b->cap = a->block_objs;
		b->entries = (int64_t)((intptr_t)entries - (intptr_t)b);
		b->base = l->base;
		b->shift = l->narrow ? l->shift : 0;
		atomic_init(&b->w, w_make(MODE_PUB, OWN_NONE, 0, 0, 1));
		depot_post(a, b);
	}
	/* Somebody's, so that nobody adopts or binds it. */
	block_none(a)->id = a->nr_blocks;
	atomic_init(&block_none(a)->w, w_make(MODE_PUB, OWN_ANON, 0, 0, 1));
}

static int
distance(const struct layout *l, uint32_t from, uint32_t to)
{
	return l->distance != NULL ? l->distance[from * l->nr_regions + to] : 0;
}

/* All regions by their distance from this one, which is the first; those as far
 * away as each other in the order in which they follow it, so that not all turn
 * to the same. */
static void
sort_regions(const struct layout *l, uint32_t from, uint8_t *near)
{
	for (uint32_t i = 0; i < l->nr_regions; i++) {
		uint32_t region = (from + i) % l->nr_regions, at = i;

		for (; at > 1 &&
			distance(l, from, near[at - 1]) >
				distance(l, from, region);
			at--)
			near[at] = near[at - 1];
		near[at] = (uint8_t)region;
	}
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
	a->hints_per_region = l->hints_per_region;
	a->hints = (int64_t)l->hints;
	a->slots = (int64_t)l->slots;
	a->nr_objs = l->nr_objs;
	a->has_limbo = l->has_limbo;
	for (uint32_t r = 0; r < l->nr_regions; r++) {
		size_t end = l->bytes[r];
		size_t entries = end - entries_of_region(l);
		size_t heads = entries - heads_of_region(l);

		a->region[r].blocks = offset_of(a, (char *)addr[r] + heads);
		a->region[r].entries = offset_of(a, (char *)addr[r] + entries);
		a->region[r].hints = r * l->hints_per_region;
		sort_regions(l, r, a->region[r].near);
		a->arena_bytes += end;
	}
	atomic_init(&a->state, POOL_LIVE);
	format_slots(l, a, addr);
	format_blocks(l, a);
	return a;
}

void
layout_stock(struct arena *a, uint32_t block, void *const *objs, unsigned int n)
{
	struct objpool_block *b = block_at(a, block);

	assert(block < a->nr_blocks);
	region_use(a, block);
	objpool_entries_write_(b, 0, objs, n);
	atomic_store_explicit(&b->w, w_make(MODE_PUB, OWN_NONE, n, 0, 2),
		memory_order_release);
	depot_post(a, b);
}
