/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Reclaiming while memory is short, or membarrier fails in the middle.
 *
 * What the dead leave behind is made here without anybody dying: objects whose
 * words say free and which are in no block (orphans), and private blocks that a
 * thief asked for and did not take from. Each call fails in turn. Then nothing
 * is given back by halves, and the next time all of it is.
 */

#include "unit.h"

#include "core/thief.h"
#include "faults.h"
#include "holders.h"
#include "pool.h"

#define NR      300
#define ORPHANS 150 /* more than are remembered at first */

/* Two regions, on any machine. */
static struct objpool *
bereaved_pool(void)
{
	static const int nodes[] = { 0, OBJPOOL_NODE_ANY };
	const struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 64,
		.nr_slots = 2,
		.slot_nodes = nodes,
		.block_objs = 8,
		.flags = OBJPOOL_F_HOLDERS,
	};

	return make_pool(&attr);
}

static void
make_orphans(struct objpool *pool)
{
	struct arena *a = arena_of(pool);
	void *objs[ORPHANS];
	int error = 0;

	assert_int_equal(objpool_pop_bulk(pool, objs, ORPHANS), 0);
	assert_int_equal(holders_pushable(a, slot_at(a, 0), objs, ORPHANS,
				 &error),
		ORPHANS);
}

static void
ask_for_private_blocks(struct objpool *pool)
{
	struct arena *a = arena_of(pool);
	void *objs[12];
	uint64_t word;
	bool any = false;

	assert_int_equal(objpool_pop_bulk(pool, objs, 12), 0);
	assert_int_equal(objpool_push_bulk(objs, 12, pool), 0);
	for (uint32_t id = 0; id < a->nr_blocks; id++) {
		struct objpool_block *b = block_at(a, id);
		uint64_t w = atomic_load(&b->w);

		if (w_mode(w) == MODE_PRIV)
			any |= block_mark(b, w, &word) > 0;
	}
	assert_true(any);
}

/* The k-th call of the kind fails. What reclaim said then; 1: none failed. */
static int64_t
reclaim_with_fault(enum fault_kind kind, unsigned int k)
{
	const struct fault_plan plan = { k, false, false, 1u << kind };
	const struct faults_left before = faults_left();
	struct objpool *pool = bereaved_pool();
	struct faults_seen seen;
	struct ledger ledger;
	int64_t first, then;

	make_orphans(pool);
	ask_for_private_blocks(pool);
	faults_arm(&plan);
	first = objpool_reclaim(pool, NULL, NULL);
	faults_disarm(&seen);
	then = objpool_reclaim(pool, NULL, NULL);
	assert_int_equal(then, first < 0 ? ORPHANS : 0);
	assert_int_equal(objpool_reclaim(pool, NULL, NULL), 0);
	assert_int_equal(objpool_nr_free(pool), NR);
	ledger_open_pool(&ledger, pool, 64);
	end_audited(pool, &ledger);
	assert_true(faults_are_even(&before));
	if (first >= 0)
		assert_int_equal(first, ORPHANS);
	return seen.failed > 0 ? first : 1;
}

static void
fail_in_turn(enum fault_kind kind, int error, unsigned int least)
{
	unsigned int nr = 0;
	int64_t rc;

	for (unsigned int k = 1; (rc = reclaim_with_fault(kind, k)) != 1; k++) {
		if (rc < 0)
			assert_int_equal(rc, error);
		nr += rc < 0;
	}
	assert_true(nr >= least);
}

/* covers G16 */
static void
orphans_that_there_is_no_memory_for_are_reclaimed_later(void **state)
{
	(void)state;
	/* What was seen, and the suspects: some, and more. */
	fail_in_turn(FAULT_CALLOC, -ENOMEM, 3);
}

/* covers G16 */
static void
without_membarrier_in_the_middle_nothing_is_reclaimed(void **state)
{
	struct objpool *pool = bereaved_pool();
	bool is_needed = stats_of(pool).fence_free;

	(void)state;
	end_pool(pool);
	if (!is_needed)
		skip();
	fail_in_turn(FAULT_MEMBARRIER, -ENOTSUP, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			orphans_that_there_is_no_memory_for_are_reclaimed_later),
		cmocka_unit_test(
			without_membarrier_in_the_middle_nothing_is_reclaimed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
