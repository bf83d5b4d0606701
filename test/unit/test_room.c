/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool never runs out of blocks: whatever all its slots and guests hold at one
 * time, whoever looks for room finds a block that is not full. If it did not it
 * would look for ever (core/slot.c:find_room()).
 *
 * No schedule of threads comes to the worst case. So arenas are laid out here,
 * all objects put on as few blocks as hold them, and then each slot and each
 * guest takes, by what the library takes them with, what it may have in the
 * middle of its longest call:
 *
 *   slot   two loaded blocks and a third while it exchanges them (slot.c)
 *   guest  one, to put into
 *   both   with limbo: an open batch, and one closed before it was full
 *          with homing: one on another node (push.c:push_home())
 *          with signals: one for each of two handlers that interrupt each other
 *
 * Then there must be one more with room, of any pool's numbers.
 */

#include "unit.h"

#include "core/depot.h"
#include "core/layout.h"
#include "core/limbo.h"

#define NR_NODES 3

struct house {
	struct layout l;
	struct arena *a;
	void *addr[NR_NODES];
	uint8_t region[OBJPOOL_SLOTS_MAX];
	uint32_t from; /* blocks before it are taken */
};

static void
build(struct house *h)
{
	h->l.slot_region = h->region;
	for (uint32_t i = 0; i < h->l.nr_slots; i++)
		h->region[i] = (uint8_t)(i % h->l.nr_regions);
	assert_true(layout_plan(&h->l));
	for (uint32_t r = 0; r < h->l.nr_regions; r++) {
		size_t bytes = (h->l.bytes[r] + CACHE_LINE - 1) / CACHE_LINE *
			CACHE_LINE;

		h->addr[r] = aligned_alloc(CACHE_LINE, bytes);
		assert_non_null(h->addr[r]);
		memset(h->addr[r], 0, bytes);
	}
	h->a = layout_format(&h->l, h->addr);
	h->from = 0;
}

static void
tear_down(struct house *h)
{
	for (uint32_t r = 0; r < h->l.nr_regions; r++)
		free(h->addr[r]);
}

/* All objects, in as few blocks as there may be. */
static void
fill(struct house *h)
{
	uint32_t size = h->a->block_objs;
	void *objs[BLOCK_OBJS_MAX] = { 0 };

	for (uint32_t left = h->l.nr_objs, id = 0; left > 0; id++) {
		uint32_t n = left < size ? left : size;

		layout_stock(h->a, id, objs, n);
		left -= n;
	}
}

enum what {
	LOAD,
	BIND,
	OPEN,
};

/* False: there is none. */
static bool
take(struct house *h, unsigned int own, enum what what)
{
	for (uint32_t id = h->from; id < h->a->nr_blocks; id++) {
		struct objpool_block *b = block_at(h->a, id);
		bool got = what == LOAD ?
			block_adopt(b, own, 0, h->a->block_objs - 1) :
			what == BIND ? block_bind(b, own) :
				       limbo_open(b, own);

		if (got)
			return true;
		/* Not of this kind does not mean taken. */
		if (id == h->from && w_own(atomic_load(&b->w)) != OWN_NONE)
			h->from++;
	}
	return false;
}

/* What each may have; false: the blocks did not last. */
static bool
take_all(struct house *h)
{
	uint32_t nr_slots = h->l.nr_slots;
	bool there = true;

	/* First those that must be empty: of others objects are moved. */
	for (unsigned int i = 0; i < nr_slots + NR_GUESTS; i++)
		for (unsigned int k = 0; h->l.has_limbo && k < 2; k++)
			there &= take(h, i + 1, OPEN);
	for (unsigned int i = 0; i < nr_slots + NR_GUESTS; i++) {
		for (unsigned int k = 0; i < nr_slots && k < 3; k++)
			there &= take(h, i + 1, LOAD);
		if (i >= nr_slots)
			there &= take(h, i + 1, BIND);
		if (h->l.has_homing)
			there &= take(h, i + 1, BIND);
		for (unsigned int k = 0; h->l.has_signals && k < 2; k++)
			there &= take(h, i + 1, BIND);
	}
	return there;
}

static void
try_all_kinds(uint32_t nr_objs, uint32_t nr_slots, uint32_t block_objs)
{
	for (unsigned int kind = 0; kind < 16; kind++) {
		struct house h = {
			.l = {
				.nr_objs = nr_objs,
				.nr_slots = nr_slots,
				.block_objs = block_objs,
				.nr_regions = kind & 8 ? NR_NODES : 1,
				.has_limbo = kind & 1,
				.has_signals = kind & 2,
				.has_homing = kind & 4,
			},
		};

		build(&h);
		fill(&h);
		if (!take_all(&h) || !take(&h, OWN_ANON, BIND))
			fail_msg("%u objects, %u slots, blocks of %u, kind %u: "
				 "%u blocks are too few",
				nr_objs, nr_slots, h.a->block_objs, kind,
				h.a->nr_blocks);
		tear_down(&h);
	}
}

/* covers G6 */
static void
whatever_all_hold_there_is_room_for_a_push(void **state)
{
	static const uint32_t objs[] = { 1, 3, 4, 5, 63, 64, 65, 1000 };
	static const uint32_t slots[] = { 1, 2, 7, 33, 100 };
	static const uint32_t blocks[] = { 4, 8, 256, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(objs); i++)
		for (size_t k = 0; k < COUNT_OF(slots); k++)
			for (size_t m = 0; m < COUNT_OF(blocks); m++)
				try_all_kinds(objs[i], slots[k], blocks[m]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_all_hold_there_is_room_for_a_push),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
