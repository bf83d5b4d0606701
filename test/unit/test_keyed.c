/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The keyed operations: a key suggests a slot, and may say anything. */

#include "unit.h"

#include <limits.h>

#define NR 200

static _Atomic(int) key_value;
static _Atomic(unsigned int) key_calls;

static int
key(void)
{
	atomic_fetch_add_explicit(&key_calls, 1, memory_order_relaxed);
	return atomic_load_explicit(&key_value, memory_order_relaxed);
}

static struct objpool *
small_pool(uint32_t slots)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 16,
		.nr_slots = slots,
		.block_objs = 8,
	};

	return make_pool(&attr);
}

static void
keyed_operations_work_like_plain_ones(void **state)
{
	static const int keys[] = { 0, 3, 7, 8, 100, 2046, INT_MAX, -1,
		INT_MIN };
	void *objs[NR + 1];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		struct objpool *pool = small_pool(8);

		key_value = keys[i];
		for (unsigned int n = 0; n <= NR; n++) {
			assert_int_equal(objpool_pop_bulk_keyed(pool, objs, n,
						 key),
				0);
			assert_int_equal(objpool_nr_free(pool), NR - n);
			assert_int_equal(objpool_push_bulk_keyed(objs, n, pool,
						 key),
				0);
			assert_int_equal(objpool_nr_free(pool), NR);
		}
		assert_int_equal(objpool_pop_bulk_keyed(pool, objs, NR + 1,
					 key),
			-ENOBUFS);
		assert_int_equal(objpool_nr_free(pool), NR);
		assert_int_equal(stats_of(pool).nr_claimed, 1);
		end_pool(pool);
	}
}

static void
key_is_asked_when_a_thread_meets_a_pool_not_per_operation(void **state)
{
	struct objpool *pool = small_pool(8);
	void *obj;

	(void)state;
	key_value = 2;
	key_calls = 0;
	for (unsigned int i = 0; i < 10000; i++) {
		assert_int_equal(objpool_pop_bulk_keyed(pool, &obj, 1, key), 0);
		assert_int_equal(objpool_push_bulk_keyed(&obj, 1, pool, key),
			0);
	}
	assert_int_equal(key_calls, 1);
	end_pool(pool);
}

static void
no_key_function_means_any_slot(void **state)
{
	struct objpool *pool = small_pool(2);
	void *obj;

	(void)state;
	assert_int_equal(objpool_pop_bulk_keyed(pool, &obj, 1, NULL), 0);
	assert_int_equal(objpool_push_bulk_keyed(&obj, 1, pool, NULL), 0);
	assert_int_equal(stats_of(pool).nr_claimed, 1);
	end_pool(pool);
}

struct meeting {
	struct objpool *pool;
	struct ledger *ledger;
	struct gate gate;
};

/* Everybody asks for the same slot at the same time. */
static void
insist(struct member *m, void *arg)
{
	struct meeting *meeting = arg;
	void *objs[NR / 4];

	for (unsigned int i = 0; i < env_times(4000); i++) {
		unsigned int n = i % (NR / 4) + 1;
		int rc = objpool_pop_bulk_keyed(meeting->pool, objs, n, key);

		if (rc != 0) {
			ledger_refused(meeting->ledger, "pop", rc);
			continue;
		}
		n = ledger_took(meeting->ledger, m->who, objs, n);
		ledger_gives(meeting->ledger, m->who, objs, n);
		objpool_push_bulk_keyed(objs, n, meeting->pool, key);
	}
	gate_pass(&meeting->gate); /* all are alive until here */
}

/* covers G2 */
static void
threads_with_the_same_key_get_different_slots(void **state)
{
	struct ledger ledger;
	struct meeting meeting = { .ledger = &ledger };

	(void)state;
	key_value = 1;
	meeting.pool = small_pool(8);
	gate_init(&meeting.gate, 4);
	ledger_open_pool(&ledger, meeting.pool, 16);
	crew_run(4, insist, &meeting);
	/* Four members and the thread that opened the ledger. */
	assert_int_equal(stats_of(meeting.pool).nr_claimed, 5);
	end_audited(meeting.pool, &ledger);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keyed_operations_work_like_plain_ones),
		cmocka_unit_test(
			key_is_asked_when_a_thread_meets_a_pool_not_per_operation),
		cmocka_unit_test(no_key_function_means_any_slot),
		cmocka_unit_test(threads_with_the_same_key_get_different_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
