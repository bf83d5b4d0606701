/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pop and push in one thread: every size against every block size and capacity.
 *
 * One thread alone makes everything exact: after each step the number of free
 * objects is known, a pop of n succeeds if and only if n are free, and a failed
 * one changes nothing.
 */

#include "unit.h"

static const unsigned int sizes[] = { 1, 2, 3, 5, 7, 31, 32, 33, 63, 64, 65,
	255, 256, 257, 1023, 1024, 1025 };
static const uint32_t block_sizes[] = { 0, 4, 8, 16, 32, 64, 128, 256 };
static const uint32_t capacities[] = { 1, 2, 3, 4, 5, 7, 63, 64, 100, 257, 1000,
	1024, 1025 };

static uint32_t flags; /* of all pools */

struct table {
	struct objpool *pool;
	struct ledger ledger;
	struct hand hand;
	uint32_t nr;
};

static void
open_table(struct table *t, uint32_t nr, uint32_t block)
{
	struct objpool_attr attr = {
		.nr_objs = nr,
		.obj_size = 24,
		.block_objs = block,
		.flags = flags,
	};

	t->nr = nr;
	t->pool = make_pool(&attr);
	ledger_open_pool(&t->ledger, t->pool, attr.obj_size);
	/* Failing pops may leave anything in the array, up to n entries. */
	hand_open(&t->hand, t->pool, &t->ledger, 1, nr + 1026);
}

static void
close_table(struct table *t)
{
	hand_push_all(&t->hand, t->nr);
	hand_close(&t->hand);
	end_audited(t->pool, &t->ledger);
}

/* Whatever happened: the counts are exact and the ledger knows of no fault. */
static void
check_counts(struct table *t)
{
	assert_int_equal(objpool_nr_free(t->pool), t->nr - t->hand.n);
	assert_int_equal(objpool_nr_outstanding(t->pool), t->hand.n);
	assert_int_equal(objpool_nr_objs(t->pool), t->nr);
	assert_true(ledger_is_clean(&t->ledger));
}

static void
for_all_tables(void (*play)(struct table *t, unsigned int n))
{
	size_t step = env_is_slow() ? 3 : 1;

	for (size_t b = 0; b < COUNT_OF(block_sizes); b += step)
		for (size_t c = 0; c < COUNT_OF(capacities); c++) {
			struct table t;

			open_table(&t, capacities[c], block_sizes[b]);
			for (size_t i = 0; i < COUNT_OF(sizes); i++)
				play(&t, sizes[i]);
			play(&t, t.nr);
			play(&t, t.nr + 1);
			close_table(&t);
		}
}

/* Pop n at a time until it fails, then push n at a time. */
static void
bulk_round(struct table *t, unsigned int n)
{
	while (t->hand.n + n <= t->nr) {
		assert_true(hand_pop_bulk(&t->hand, n));
		check_counts(t);
	}
	assert_int_equal(objpool_pop_bulk(t->pool, t->hand.objs + t->hand.n, n),
		-ENOBUFS);
	check_counts(t);
	while (t->hand.n > 0) {
		hand_push_bulk(&t->hand, t->hand.n < n ? t->hand.n : n);
		check_counts(t);
	}
}

/* covers G2 G3 G9 */
static void
pop_bulk_takes_all_or_nothing(void **state)
{
	(void)state;
	for_all_tables(bulk_round);
}

/* covers G4 */
static void
pop_bulk_takes_the_last_object(void **state)
{
	struct table t;
	unsigned int left, n;

	(void)state;
	for (size_t b = 0; b < COUNT_OF(block_sizes); b++) {
		open_table(&t, 300, block_sizes[b]);
		for (left = 0; left < 300; left = left * 2 + 1) {
			assert_true(hand_pop_bulk(&t.hand, 300 - left));
			for (n = left + 1; n < left + 10; n++) {
				assert_false(hand_pop_bulk(&t.hand, n));
				check_counts(&t);
			}
			assert_true(hand_pop_bulk(&t.hand, left));
			check_counts(&t);
			hand_push_all(&t.hand, 7);
		}
		close_table(&t);
	}
}

static void
burst_round(struct table *t, unsigned int n)
{
	unsigned int left = t->nr, m;

	do {
		m = hand_pop_burst(&t->hand, n);
		assert_int_equal(m, n < left ? n : left);
		left -= m;
		check_counts(t);
	} while (m == n);
	assert_int_equal(hand_pop_burst(&t->hand, n), 0);
	hand_push_all(&t->hand, n);
	check_counts(t);
}

static void
pop_burst_takes_what_there_is(void **state)
{
	(void)state;
	for_all_tables(burst_round);
}

/* Take k of one size, give back by another, so that blocks break anywhere. */
static void
mixed_round(struct table *t, unsigned int n)
{
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		hand_pop_burst(&t->hand, n);
		if (t->hand.n >= sizes[i])
			hand_push_bulk(&t->hand, sizes[i]);
		check_counts(t);
	}
	hand_push_all(&t->hand, 3);
	check_counts(t);
}

static void
sizes_of_pops_and_pushes_need_not_match(void **state)
{
	(void)state;
	for_all_tables(mixed_round);
}

static void
pop_takes_every_object_once(void **state)
{
	struct table t;

	(void)state;
	for (size_t b = 0; b < COUNT_OF(block_sizes); b++) {
		open_table(&t, 1000, block_sizes[b]);
		for (unsigned int i = 0; i < 1000; i++) {
			assert_true(hand_pop(&t.hand));
			check_counts(&t);
		}
		assert_null(objpool_pop(t.pool));
		check_counts(&t);
		while (t.hand.n > 0) {
			hand_push(&t.hand);
			check_counts(&t);
		}
		close_table(&t);
	}
}

static void
pop_from_empty_pool_takes_nothing(void **state)
{
	struct table t;
	void *objs[4];

	(void)state;
	open_table(&t, 5, 4);
	assert_true(hand_pop_bulk(&t.hand, 5));
	for (unsigned int i = 0; i < 100; i++) {
		assert_null(objpool_pop(t.pool));
		assert_int_equal(objpool_pop_bulk(t.pool, objs, 1), -ENOBUFS);
		assert_int_equal(objpool_pop_bulk(t.pool, objs, 4), -ENOBUFS);
		assert_int_equal(objpool_pop_burst(t.pool, objs, 4), 0);
		check_counts(&t);
	}
	close_table(&t);
}

static void
pop_and_push_of_zero_objects_succeed(void **state)
{
	struct table t;
	void *objs[1] = { NULL };

	(void)state;
	open_table(&t, 5, 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(objpool_pop_bulk(t.pool, objs, 0), 0);
		assert_int_equal(objpool_pop_burst(t.pool, objs, 0), 0);
		assert_int_equal(objpool_push_bulk(objs, 0, t.pool), 0);
		assert_null(objs[0]);
		check_counts(&t);
		hand_pop_burst(&t.hand, 5); /* again on the empty pool */
	}
	close_table(&t);
}

static void
demands_beyond_any_pool_take_nothing(void **state)
{
	static const unsigned int huge[] = { OBJPOOL_OBJS_MAX,
		OBJPOOL_OBJS_MAX + 1, INT32_MAX, UINT32_C(1) << 31,
		UINT32_MAX };
	static void *room[2000];
	struct table t;

	(void)state;
	open_table(&t, 1000, 32);
	for (size_t i = 0; i < COUNT_OF(huge); i++) {
		assert_int_equal(objpool_pop_bulk(t.pool, room, huge[i]),
			-ENOBUFS);
		check_counts(&t);
		assert_int_equal(objpool_pop_burst(t.pool, room, huge[i]),
			1000);
		assert_int_equal(objpool_nr_free(t.pool), 0);
		assert_int_equal(objpool_push_bulk(room, 1000, t.pool), 0);
		check_counts(&t);
	}
	close_table(&t);
}

/* One random operation, its outcome known beforehand. */
static void
random_step(struct table *t)
{
	struct rng *rng = &t->hand.rng;
	unsigned int left = t->nr - t->hand.n;
	unsigned int n = rng_upto(rng, 2 + rng_below(rng, 600));

	switch (rng_below(rng, 5)) {
	case 0:
		assert_int_equal(hand_pop_bulk(&t->hand, n), n <= left);
		break;
	case 1:
		assert_int_equal(hand_pop_burst(&t->hand, n),
			n < left ? n : left);
		break;
	case 2:
		assert_int_equal(hand_pop(&t->hand), left > 0);
		break;
	case 3:
		if (t->hand.n > 0)
			hand_push(&t->hand);
		break;
	default:
		hand_push_bulk(&t->hand, t->hand.n < n ? t->hand.n : n);
	}
	check_counts(t);
}

/* covers G9 */
static void
counts_are_exact_after_every_step(void **state)
{
	unsigned int steps = env_times(20000);
	struct table t;

	(void)state;
	for (size_t b = 0; b < COUNT_OF(block_sizes); b++) {
		open_table(&t, 1025, block_sizes[b]);
		for (unsigned int i = 0; i < steps; i++)
			random_step(&t);
		close_table(&t);
	}
}

static void
contents_of_every_size_survive_the_pool(void **state)
{
	static const size_t obj_sizes[] = { 1, 3, 8, 9, 63, 64, 65, 1000, 65535,
		65536 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(obj_sizes); i++) {
		struct objpool_attr attr = {
			.nr_objs = 70,
			.obj_size = obj_sizes[i],
			.block_objs = 8,
		};
		struct objpool *pool = make_pool(&attr);
		struct ledger ledger;
		struct hand hand;

		ledger_open_pool(&ledger, pool, attr.obj_size);
		hand_open(&hand, pool, &ledger, 1, 70);
		for (unsigned int n = 1; n <= 70; n++) {
			assert_true(hand_pop_bulk(&hand, n));
			hand_push_all(&hand, n);
		}
		hand_close(&hand);
		end_audited(pool, &ledger);
	}
}

static void
largest_pool_gives_all_its_objects(void **state)
{
	/* All 2^24 would take a tool minutes. */
	unsigned int nr = env_times(OBJPOOL_OBJS_MAX);
	struct objpool_attr attr = { .nr_objs = nr, .obj_size = 1 };
	struct objpool *pool = make_pool(&attr);
	void **objs = malloc(sizeof(*objs) * nr);

	(void)state;
	assert_non_null(objs);
	assert_int_equal(objpool_nr_free(pool), nr);
	assert_int_equal(objpool_pop_bulk(pool, objs, nr), 0);
	assert_int_equal(objpool_nr_free(pool), 0);
	for (unsigned int i = 0; i < nr; i++)
		*(unsigned char *)objs[i] = 1;
	assert_null(objpool_pop(pool));
	assert_int_equal(objpool_push_bulk(objs, nr, pool), 0);
	assert_int_equal(objpool_nr_free(pool), nr);
	free(objs);
	end_pool(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pop_bulk_takes_all_or_nothing),
		cmocka_unit_test(pop_bulk_takes_the_last_object),
		cmocka_unit_test(pop_burst_takes_what_there_is),
		cmocka_unit_test(sizes_of_pops_and_pushes_need_not_match),
		cmocka_unit_test(pop_takes_every_object_once),
		cmocka_unit_test(pop_from_empty_pool_takes_nothing),
		cmocka_unit_test(pop_and_push_of_zero_objects_succeed),
		cmocka_unit_test(demands_beyond_any_pool_take_nothing),
		cmocka_unit_test(counts_are_exact_after_every_step),
		cmocka_unit_test(contents_of_every_size_survive_the_pool),
		cmocka_unit_test(largest_pool_gives_all_its_objects),
	};

	int failed = cmocka_run_group_tests_name("ops", tests, NULL, NULL);

	flags = OBJPOOL_F_FENCED | OBJPOOL_F_CHECKED;
	return failed +
		cmocka_run_group_tests_name("fenced and checked ops", tests,
			NULL, NULL);
}
