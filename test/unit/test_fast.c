/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The inline calls: that they work on the same pools, objects and slots as the
 * library's, and leave to the library what is not theirs. Contests between
 * threads that use them are in test/stress (--inline), in C++ headers.cpp.
 */

#include <objpool/fast.h>

#include "unit.h"

#define NR 100

static struct objpool *
make(uint32_t flags, uint64_t obj_size)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = obj_size,
		.nr_slots = 2,
		.block_objs = 16,
		.flags = flags,
	};

	return make_pool(&attr);
}

/* Every way of calling, sizes around those of blocks, on a pool with flags. */
static void
play(uint32_t flags, uint64_t obj_size)
{
	static const unsigned int sizes[] = { 0, 1, 2, 3, 5, 7, 15, 16, 17, 31,
		32, 33, 63, 64, 65, NR };
	struct objpool *pool = make(flags, obj_size);
	struct ledger ledger;
	struct hand hand;

	ledger_open_pool(&ledger, pool, obj_size);
	hand_open(&hand, pool, &ledger, 1, 2 * NR);
	hand.way = HAND_ANY_WAY;
	for (unsigned int round = 0; round < env_times(50); round++)
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			unsigned int n = sizes[i];

			assert_true(hand_pop_bulk(&hand, n));
			assert_int_equal(objpool_nr_free(pool), NR - n);
			if (n < NR)
				assert_true(hand_pop(&hand));
			assert_false(hand_pop_bulk(&hand, NR + 1 - hand.n));
			hand_push_all(&hand, 1 + n / 3);
			assert_int_equal(hand_pop_burst(&hand, NR + 7), NR);
			assert_false(hand_pop(&hand));
			hand_push_all(&hand, n + 1);
		}
	hand_close(&hand);
	end_audited(pool, &ledger);
}

/* covers G2 G3 G4 G6 */
static void
inline_calls_and_the_library_s_mix(void **state)
{
	(void)state;
	play(0, 64);
}

/* Distances between objects in units of 8, 16 ... bytes. */
static void
objects_of_all_sizes_find_back(void **state)
{
	static const uint64_t sizes[] = { 8, 16, 24, 40, 64, 72, 128, 192, 1000,
		4096, 65528, 65536 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		play(OBJPOOL_F_COMPACT, sizes[i]);
}

static void
pools_of_all_kinds_are_served(void **state)
{
	(void)state;
	play(OBJPOOL_F_FENCED, 64);
	play(OBJPOOL_F_MARKED, 64);
	play(OBJPOOL_F_CHECKED, 64);
	play(OBJPOOL_F_MARKED | OBJPOOL_F_FENCED, 64);
	play(OBJPOOL_F_COMPACT, 64);
	play(OBJPOOL_F_COMPACT | OBJPOOL_F_CHECKED | OBJPOOL_F_MARKED, 64);
}

static void
compact_pools_take_less_memory(void **state)
{
	struct objpool_attr attr = {
		.nr_objs = 65536,
		.obj_size = 64,
		.nr_slots = 128,
	};
	struct objpool *pool = make_pool(&attr);
	uint64_t bytes = stats_of(pool).arena_bytes;

	(void)state;
	end_pool(pool);
	attr.flags = OBJPOOL_F_COMPACT;
	pool = make_pool(&attr);
	if (sizeof(void *) > sizeof(uint32_t))
		assert_true(stats_of(pool).arena_bytes * 2 < bytes);
	else
		assert_true(stats_of(pool).arena_bytes <= bytes);
	assert_true(stats_of(pool).arena_bytes < 600 * 1024);
	end_pool(pool);
}

static void
a_double_push_is_found_in_checked_mode(void **state)
{
	struct objpool *pool = make(OBJPOOL_F_CHECKED, 64);
	struct objpool_slot *slot = objpool_slot(pool);
	void *obj = objpool_slot_pop(slot);
	int foreign;

	(void)state;
	assert_non_null(obj);
	assert_int_equal(objpool_slot_push(obj, slot), 0);
	assert_int_equal(objpool_slot_push(obj, slot), -EEXIST);
	assert_int_equal(objpool_fast_push(&foreign, pool), -EINVAL);
	end_pool(pool);
}

static void
a_thread_gets_the_same_slot_again(void **state)
{
	struct objpool *pool = make(0, 64);
	struct objpool_slot *slot = objpool_slot(pool);

	(void)state;
	assert_non_null(slot);
	assert_ptr_equal(objpool_slot(pool), slot);
	assert_int_equal(stats_of(pool).nr_claimed, 1);
	objpool_push(objpool_pop(pool), pool);
	assert_int_equal(stats_of(pool).nr_claimed, 1);
	objpool_detach(pool);
	assert_int_equal(stats_of(pool).nr_claimed, 0);
	end_pool(pool);
}

static struct gate gate;

static void
take_slot(struct member *member, void *arg)
{
	struct objpool *pool = arg;
	struct objpool_slot *slot = objpool_slot(pool);
	void *objs[NR / 4];

	(void)member;
	assert_non_null(slot);
	gate_pass(&gate);
	for (unsigned int i = 0; i < 1000; i++) {
		while (objpool_slot_pop_bulk(slot, objs, NR / 4) != 0)
			;
		assert_int_equal(objpool_slot_push_bulk(objs, NR / 4, slot), 0);
	}
}

/* covers G7: of four threads three find no slot. */
static void
threads_without_a_slot_have_one_that_calls(void **state)
{
	struct objpool *pool = make(0, 64);
	struct crew crew;

	(void)state;
	assert_non_null(objpool_slot(pool));
	gate_init(&gate, 4);
	crew_start(&crew, 4, take_slot, pool);
	crew_join(&crew);
	assert_int_equal(objpool_nr_free(pool), NR);
	assert_true(stats_of(pool).shared_objs > 0);
	end_pool(pool);
}

static void
a_slot_of_another_layout_calls(void **state)
{
	struct objpool *pool = make(0, 64);
	struct objpool_slot *slot =
		objpool_slot_of_(pool, OBJPOOL_LAYOUT + 1, NULL);
	void *obj;

	(void)state;
	assert_non_null(slot);
	assert_ptr_not_equal(slot, objpool_slot(pool));
	assert_int_not_equal(atomic_load_explicit(&slot->mode,
				     memory_order_relaxed),
		0);
	obj = objpool_slot_pop(slot);
	assert_non_null(obj);
	assert_int_equal(objpool_slot_push(obj, slot), 0);
	end_pool(pool);
}

/* Of two pools whose seats are looked for in the same place, the one that is
 * used has it before long: calls of the other do not leave it to the library for
 * ever. */
static void
pools_that_share_a_place_get_it_when_they_are_used(void **state)
{
	struct objpool *pools[OBJPOOL_SEATS_ + 1], *other = NULL;
	unsigned int nr = 0;

	(void)state;
	pools[nr++] = make(0, 64);
	while (other == NULL) {
		struct objpool *pool = make(0, 64);

		if (objpool_place_(pool->uid) == objpool_place_(pools[0]->uid))
			other = pool;
		else if (nr == OBJPOOL_SEATS_)
			end_pool(pool);
		else
			pools[nr++] = pool;
	}
	pools[nr++] = other;
	for (unsigned int i = 0; i < 6; i++) {
		struct objpool *pool = i % 2 ? other : pools[0];

		for (unsigned int k = 0; k < 300; k++)
			assert_int_equal(objpool_fast_push(objpool_fast_pop(
								   pool),
						 pool),
				0);
		assert_non_null(objpool_seat_of_(pool));
		assert_ptr_equal(objpool_seat_of_(pool), objpool_slot(pool));
	}
	while (nr > 0)
		end_pool(pools[--nr]);
}

static void
a_closed_pool_takes_in_and_gives_nothing(void **state)
{
	struct objpool *pool = make(0, 64);
	struct objpool_slot *slot = objpool_slot(pool);
	void *objs[2];

	(void)state;
	assert_int_equal(objpool_slot_pop_bulk(slot, objs, 2), 0);
	assert_int_equal(objpool_close(pool), 0);
	assert_null(objpool_slot_pop(slot));
	assert_int_equal(objpool_slot_pop_bulk(slot, objs, 1), -ESHUTDOWN);
	assert_int_equal(objpool_fast_pop_bulk(pool, objs, 1), -ESHUTDOWN);
	assert_int_equal(objpool_slot_pop_burst(slot, objs, 1), 0);
	assert_int_equal(objpool_slot_push(objs[0], slot), 0);
	assert_int_equal(objpool_fast_push(objs[1], pool), 0);
	assert_int_equal(objpool_nr_free(pool), NR);
	end_pool(pool);
}

static bool released;

static void
note_release(struct objpool *pool, void *ctx)
{
	(void)pool;
	(void)ctx;
	released = true;
}

/* covers G11 */
static void
on_a_finished_pool_a_push_drops(void **state)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 64,
		.release = note_release,
	};
	struct objpool *pool = make_pool(&attr);
	struct objpool_slot *slot = objpool_slot(pool);
	void *objs[2];

	(void)state;
	released = false;
	assert_int_equal(objpool_slot_pop_bulk(slot, objs, 2), 0);
	assert_int_equal(objpool_fini(pool), 0);
	assert_null(objpool_slot_pop(slot));
	assert_null(objpool_slot(pool));
	assert_null(objpool_fast_pop(pool));
	assert_int_equal(objpool_slot_push(objs[0], slot), 0);
	assert_false(released);
	assert_int_equal(objpool_outstanding(pool), 1);
	assert_int_equal(objpool_slot_push(objs[1], slot), 0);
	assert_true(released);
}

/* covers G8 */
static void
objects_are_not_touched(void **state)
{
	struct objpool *pool = make(0, 64);
	struct objpool_slot *slot = objpool_slot(pool);
	void *objs[NR];

	(void)state;
	assert_int_equal(objpool_slot_pop_bulk(slot, objs, NR), 0);
	for (unsigned int i = 0; i < NR; i++)
		memset(objs[i], (int)i, 64);
	assert_int_equal(objpool_slot_push_bulk(objs, NR, slot), 0);
	assert_int_equal(objpool_slot_pop_bulk(slot, objs, NR), 0);
	for (unsigned int i = 0; i < NR; i++) {
		const unsigned char *obj = objs[i];

		for (unsigned int k = 1; k < 64; k++)
			assert_int_equal(obj[k], obj[0]);
	}
	assert_int_equal(objpool_fast_push_bulk(objs, NR, pool), 0);
	end_pool(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inline_calls_and_the_library_s_mix),
		cmocka_unit_test(objects_of_all_sizes_find_back),
		cmocka_unit_test(pools_of_all_kinds_are_served),
		cmocka_unit_test(compact_pools_take_less_memory),
		cmocka_unit_test(a_double_push_is_found_in_checked_mode),
		cmocka_unit_test(a_thread_gets_the_same_slot_again),
		cmocka_unit_test(threads_without_a_slot_have_one_that_calls),
		cmocka_unit_test(a_slot_of_another_layout_calls),
		cmocka_unit_test(
			pools_that_share_a_place_get_it_when_they_are_used),
		cmocka_unit_test(a_closed_pool_takes_in_and_gives_nothing),
		cmocka_unit_test(on_a_finished_pool_a_push_drops),
		cmocka_unit_test(objects_are_not_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
