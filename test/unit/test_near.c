/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Which blocks are looked at first: those of the slot's own NUMA node, then
 * those of nodes farther and farther away. Arenas are laid out here, without a
 * pool, so that the nodes and their distances can be any.
 */

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "core/depot.h"
#include "core/layout.h"

#define NR_NODES   4
#define BLOCK_OBJS 4

/* Two boards of two nodes each. */
static const int boards[NR_NODES * NR_NODES] = {
	10, 12, 20, 20, /* */
	12, 10, 20, 20, /* */
	20, 20, 10, 12, /* */
	20, 20, 12, 10, /* */
};

/* A line of nodes: 2 - 0 - 1 - 3. */
static const int line[NR_NODES * NR_NODES] = {
	10, 15, 15, 25, /* */
	15, 10, 25, 15, /* */
	15, 25, 10, 35, /* */
	25, 15, 35, 10, /* */
};

struct town {
	struct arena *a;
	void *addr[REGIONS_MAX];
	uint32_t nr_regions;
	void *objs[BLOCK_OBJS];
};

/* A slot on each node, and room for some blocks. */
static void
build(struct town *t, uint32_t nr_regions, const int *distance)
{
	static const uint8_t regions[NR_NODES] = { 0, 1, 2, 3 };
	struct layout l = {
		.nr_objs = 512,
		.nr_slots = nr_regions,
		.block_objs = BLOCK_OBJS,
		.nr_regions = nr_regions,
		.slot_region = regions,
		.distance = distance,
	};

	assert_true(layout_plan(&l));
	for (uint32_t r = 0; r < nr_regions; r++) {
		t->addr[r] = aligned_alloc(CACHE_LINE,
			(l.bytes[r] + CACHE_LINE - 1) / CACHE_LINE *
				CACHE_LINE);
		assert_non_null(t->addr[r]);
		memset(t->addr[r], 0, l.bytes[r]);
	}
	t->nr_regions = nr_regions;
	t->a = layout_format(&l, t->addr);
}

static void
tear_down(struct town *t)
{
	for (uint32_t r = 0; r < t->nr_regions; r++)
		free(t->addr[r]);
}

/* Stock a block of a region, by its place there. */
static void
stock(struct town *t, uint32_t region, uint32_t at)
{
	layout_stock(t->a, region * t->a->blocks_per_region + at, t->objs, 1);
}

static void
expect_order(const struct town *t, uint32_t from, const uint8_t *order)
{
	const struct slot *s = slot_at(t->a, from);
	struct round round = round_from(t->a, from);
	struct walk walk;
	struct objpool_block *b;

	walk_start(t->a, s, HINT_STOCK, &walk);
	for (uint32_t i = 0; i < t->nr_regions; i++) {
		assert_int_equal(t->a->region[from].near[i], order[i]);
		b = walk_next(t->a, &walk);
		assert_non_null(b);
		assert_int_equal(b->id / t->a->blocks_per_region, order[i]);
		b = round_next(t->a, &round);
		assert_non_null(b);
		assert_int_equal(b->id / t->a->blocks_per_region, order[i]);
	}
	assert_null(walk_next(t->a, &walk));
	assert_null(round_next(t->a, &round));
}

static void
near_nodes_come_before_far_ones(void **state)
{
	static const uint8_t on_boards[NR_NODES][NR_NODES] = {
		{ 0, 1, 2, 3 },
		{ 1, 0, 2, 3 },
		{ 2, 3, 0, 1 },
		{ 3, 2, 0, 1 },
	};
	static const uint8_t on_line[NR_NODES][NR_NODES] = {
		{ 0, 1, 2, 3 },
		{ 1, 3, 0, 2 },
		{ 2, 0, 1, 3 },
		{ 3, 1, 0, 2 },
	};
	struct town t = { 0 };

	(void)state;
	build(&t, NR_NODES, boards);
	for (uint32_t r = 0; r < NR_NODES; r++)
		stock(&t, r, 0);
	for (uint32_t r = 0; r < NR_NODES; r++)
		expect_order(&t, r, on_boards[r]);
	tear_down(&t);

	build(&t, NR_NODES, line);
	for (uint32_t r = 0; r < NR_NODES; r++)
		stock(&t, r, 0);
	for (uint32_t r = 0; r < NR_NODES; r++)
		expect_order(&t, r, on_line[r]);
	tear_down(&t);
}

/* So that not all lcores rob the same node. */
static void
nodes_as_far_as_each_other_come_in_turn(void **state)
{
	static const uint8_t order[3][3] = {
		{ 0, 1, 2 },
		{ 1, 2, 0 },
		{ 2, 0, 1 },
	};
	struct town t = { 0 };

	(void)state;
	build(&t, 3, NULL);
	for (uint32_t r = 0; r < 3; r++)
		stock(&t, r, 0);
	for (uint32_t r = 0; r < 3; r++)
		expect_order(&t, r, order[r]);
	tear_down(&t);
}

/* Every block that is hinted at, once; no other. */
static void
walks_find_each_block_of_their_kind_once(void **state)
{
	struct town t = { 0 };
	unsigned int nr_stock = 0, nr_empty = 0;
	struct objpool_block *b;
	struct walk walk;
	bool *seen;

	(void)state;
	build(&t, 2, NULL);
	seen = calloc(t.a->nr_blocks, sizeof(*seen));
	assert_non_null(seen);
	for (uint32_t at = 0; at < 70; at += 3)
		stock(&t, at % 2, at);
	for (uint32_t i = 0; i < 2; i++) {
		atomic_store_explicit(&slot_at(t.a, i)->home, 5,
			memory_order_relaxed);
		memset(seen, 0, t.a->nr_blocks * sizeof(*seen));
		nr_stock = 0;
		walk_start(t.a, slot_at(t.a, i), HINT_STOCK, &walk);
		while ((b = walk_next(t.a, &walk)) != NULL) {
			assert_false(seen[b->id]);
			seen[b->id] = true;
			assert_int_equal(w_len(atomic_load_explicit(&b->w,
						 memory_order_relaxed)),
				1);
			nr_stock++;
		}
		assert_int_equal(nr_stock, 24);
	}
	walk_start(t.a, slot_at(t.a, 0), HINT_EMPTY, &walk);
	while ((b = walk_next(t.a, &walk)) != NULL) {
		assert_false(seen[b->id]);
		seen[b->id] = true;
		nr_empty++;
	}
	/* Among those used before there are as many as lie between. */
	assert_true(nr_empty >= 2 * 67 - 24);
	walk_start(t.a, slot_at(t.a, 0), HINT_BOUND, &walk);
	assert_null(walk_next(t.a, &walk));
	walk_start(t.a, slot_at(t.a, 0), HINT_PRIVATE, &walk);
	assert_null(walk_next(t.a, &walk));
	free(seen);
	tear_down(&t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(near_nodes_come_before_far_ones),
		cmocka_unit_test(nodes_as_far_as_each_other_come_in_turn),
		cmocka_unit_test(walks_find_each_block_of_their_kind_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
