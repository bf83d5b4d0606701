/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Blocks that somebody asked for, and other states of slots and blocks that
 * last for a few instructions only.
 *
 * They are made by the functions of lib/core that would have been called last
 * by a thread that is stopped there; then calls of the pool must get on with
 * them.
 */

#include "unit.h"

#include <objpool/fast.h>

#include "core/census.h"
#include "core/owner.h"
#include "core/reach.h"
#include "core/slot.h"
#include "core/thief.h"
#include "pool.h"
#include "steps.h"

#define NR 400

static const struct objpool_attr plain = {
	.nr_objs = NR,
	.obj_size = 64,
	.nr_slots = 4,
	.block_objs = 8,
};

/* A second process joined, told all slots, and then this one was claimed by
 * somebody who had not seen it. */
static void
who_claims_while_others_join_pays_for_fences(void **state)
{
	struct objpool *pool = make_pool(&plain);
	struct arena *a = arena_of(pool);
	struct slot *s = slot_at(a, 0);

	(void)state;
	reach_set(a, s, true);
	assert_false(slot_mode(s) & OBJPOOL_SLOT_FENCED_);
	assert_int_equal(atomic_load(&s->fence_free), 1);
	atomic_store(&a->joined, 1);
	reach_set(a, s, true);
	assert_true(slot_mode(s) & OBJPOOL_SLOT_FENCED_);
	assert_int_equal(atomic_load(&s->fence_free), 0);
	end_pool(pool);
}

/* As a thief that is stopped between asking and taking. */
static void
ask_for_all(struct objpool *pool)
{
	struct arena *a = arena_of(pool);
	unsigned int nr_marked = 0;
	uint64_t word;

	for (uint32_t id = 0; id < a->nr_blocks; id++) {
		struct objpool_block *b = block_at(a, id);
		uint64_t w = atomic_load(&b->w);

		if (w_mode(w) != MODE_PRIV)
			continue;
		nr_marked += block_mark(b, w, &word) > 0;
	}
	assert_true(nr_marked > 0);
}

static void
take_all(struct member *m, void *arg)
{
	struct objpool *pool = arg;
	void *objs[NR];
	bool got = objpool_pop_bulk(pool, objs, NR) == 0;

	(void)m;
	if (!got || objpool_push_bulk(objs, NR, pool) != 0)
		abort();
}

/* covers G7 */
static void
who_meets_a_block_that_was_asked_for_takes_from_it(void **state)
{
	struct objpool *pool = make_pool(&plain);
	struct ledger ledger;
	void *objs[12];

	(void)state;
	assert_int_equal(objpool_pop_bulk(pool, objs, 12), 0);
	assert_int_equal(objpool_push_bulk(objs, 12, pool), 0);
	ask_for_all(pool);
	/* By a thread that has others' blocks only. */
	crew_alone(take_all, pool);
	ledger_open_pool(&ledger, pool, 64);
	end_audited(pool, &ledger);
}

/* covers G2 G3 */
static void
an_operation_in_doubt_is_done_if_nobody_decided(void **state)
{
	static const uint32_t flags[] = { 0, OBJPOOL_F_COMPACT,
		OBJPOOL_F_FENCED, OBJPOOL_F_MARKED };

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(flags) * 3; i++) {
		struct objpool_attr attr = plain;
		struct objpool_slot *slot;
		struct ledger ledger;
		struct objpool *pool;
		void *objs[6], *kept[2];
		unsigned int n;

		attr.flags = flags[i / 3];
		pool = make_pool(&attr);
		slot = objpool_slot(pool);
		assert_int_equal(objpool_pop_bulk(pool, objs, 6), 0);
		assert_int_equal(objpool_push_bulk(objs, 6, pool), 0);
		assert_int_equal(objpool_pop_bulk(pool, kept, 2), 0);
		ask_for_all(pool);
		n = 4;
		if (i % 3 == 0)
			n = objpool_slot_pop_burst(slot, objs, n);
		else if (i % 3 == 1)
			assert_int_equal(objpool_slot_pop_bulk(slot, objs, n),
				0);
		else
			n = 0;
		assert_int_equal(objpool_nr_free(pool), NR - 2 - n);
		assert_int_equal(objpool_slot_push_bulk(objs, n, slot), 0);
		assert_int_equal(objpool_slot_push_bulk(kept, 2, slot), 0);
		assert_int_equal(objpool_nr_free(pool), NR);
		ledger_open_pool(&ledger, pool, 64);
		end_audited(pool, &ledger);
	}
}

/* --- at each instruction --- */

static struct {
	struct objpool *pool;
	struct objpool_block *block;
	unsigned int at; /* the step at which something happens */
	unsigned int n;
	void *obj, *mark;
} moment;

static void
read_block(void *arg)
{
	void *objs[BLOCK_OBJS_MAX];

	(void)arg;
	moment.n = census_of_block(arena_of(moment.pool), moment.block, objs);
}

static bool
take_one_then(void *arg)
{
	unsigned int left;

	(void)arg;
	if (stepping.nr < moment.at)
		return true;
	if (block_take(moment.block, &moment.obj, 1, &left) != 1)
		abort();
	return false;
}

/* covers G16 */
static void
what_is_read_of_a_block_is_of_one_instant(void **state)
{
	struct objpool *pool = make_pool(&plain);
	struct arena *a = arena_of(pool);
	struct objpool_block *b = block_at(a, 0);
	const unsigned int n = w_len(atomic_load(&b->w));
	unsigned int nr_before = 0, nr_after = 0;

	(void)state;
	moment.pool = pool;
	moment.block = b;
	for (moment.at = 1;; moment.at++) {
		step_through(read_block, take_one_then, NULL);
		if (stepping.nr < moment.at)
			break;
		assert_in_range(moment.n, n - 1, n);
		nr_before += moment.n == n;
		nr_after += moment.n == n - 1;
		assert_true(block_bind(b, own_of(slot_at(a, 0))));
		assert_int_equal(block_put(b, &moment.obj, 1), 1);
		block_release(b);
	}
	assert_int_equal(moment.n, n);
	if (HAS_STEPS && !env_is_slow())
		assert_true(nr_before > 0 && nr_after > 0);
	end_pool(pool);
}

static void
enter(void *arg)
{
	(void)arg;
	moment.mark = objpool_enter(moment.pool, NULL);
}

static bool
close_then(void *arg)
{
	(void)arg;
	if (stepping.nr < moment.at)
		return true;
	if (objpool_close(moment.pool) != 0)
		abort();
	return false;
}

/* covers G11 */
static void
who_enters_a_pool_that_is_just_closed_is_waited_for_once(void **state)
{
	struct objpool_attr attr = plain;
	bool over;

	(void)state;
	attr.flags = OBJPOOL_F_MARKED;
	moment.at = 1;
	do {
		moment.pool = make_pool(&attr);
		assert_int_equal(objpool_push(objpool_pop(moment.pool),
					 moment.pool),
			0);
		step_through(enter, close_then, NULL);
		over = stepping.nr < moment.at++;
		if (over)
			assert_int_equal(objpool_close(moment.pool), 0);
		assert_non_null(moment.mark);
		objpool_leave(moment.pool, moment.mark);
		/* This would not end if a mark were left. */
		assert_int_equal(objpool_quiesce(moment.pool), 0);
		assert_null(objpool_pop(moment.pool));
		end_pool(moment.pool);
	} while (!over);
	if (HAS_STEPS && !env_is_slow())
		assert_true(moment.at > 10);
}

/* --- objects of others --- */

static char stranger[64];

/* As it may be after a push that was wrong: it is taken as it comes. */
static void
an_object_of_no_region_stays_where_it_is_pushed(void **state)
{
	static const int nodes[] = { 0, OBJPOOL_NODE_ANY };
	struct objpool_attr attr = plain;
	struct objpool *pool;
	void *obj;

	(void)state;
	attr.nr_slots = 2;
	attr.slot_nodes = nodes;
	attr.flags = OBJPOOL_F_HOMING;
	pool = make_pool(&attr);
	assert_int_equal(arena_of(pool)->nr_regions, 2);
	/* One more than there are: no count runs over. */
	assert_int_equal(objpool_push(stranger, pool), 0);
	assert_int_equal(objpool_nr_free(pool), NR);
	assert_int_equal(stats_of(pool).pops, stats_of(pool).pushes);
	assert_ptr_equal(objpool_pop(pool), stranger);
	obj = objpool_pop(pool);
	assert_int_equal(objpool_push(stranger, pool), 0);
	assert_int_equal(objpool_nr_free(pool), NR);
	assert_ptr_equal(objpool_pop(pool), stranger);
	assert_int_equal(objpool_push(obj, pool), 0);
	end_pool(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_claims_while_others_join_pays_for_fences),
		cmocka_unit_test(
			who_meets_a_block_that_was_asked_for_takes_from_it),
		cmocka_unit_test(
			an_operation_in_doubt_is_done_if_nobody_decided),
		cmocka_unit_test(what_is_read_of_a_block_is_of_one_instant),
		cmocka_unit_test(
			who_enters_a_pool_that_is_just_closed_is_waited_for_once),
		cmocka_unit_test(
			an_object_of_no_region_stays_where_it_is_pushed),
	};

	steps_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
