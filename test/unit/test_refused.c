/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What is refused takes nothing along: pushes and drops of objects that are free
 * already, gone or foreign, on pools with holders, live and finished ones.
 *
 * Among several objects the wrong ones stand in every place. On a finished pool
 * each object that is refused must leave its reference where it is; and the last
 * reference may stand before a wrong object: the pool is gone when that would
 * be looked at. Memory that was given back to the bank faults, so that a look does
 * not go unnoticed.
 *
 * A call that a handler makes leaves errno as it was, objpool_leave() too.
 */

#include "bereaved.h"

static void
a_drop_of_several_leaves_out_the_wrong_ones(void **state)
{
	struct bereaved b;
	void *objs[6], *mixed[3];
	struct objpool *pool;

	(void)state;
	open_bereaved(&b, &holding);
	pool = b.pool;
	assert_int_equal(objpool_pop_bulk(pool, objs, 6), 0);
	for (unsigned int wrong = 0; wrong < 3; wrong++) {
		for (unsigned int i = 0, next = 2 * wrong; i < 3; i++)
			mixed[i] = i == wrong ? &b : objs[next++];
		assert_int_equal(objpool_drop_bulk(mixed, 3, pool), -EINVAL);
		assert_int_equal(objpool_nr_outstanding(pool), 4 - 2 * wrong);
		/* All are wrong now. */
		mixed[wrong] = objs[0];
		assert_int_equal(objpool_drop_bulk(mixed, 3, pool), -EEXIST);
		assert_int_equal(objpool_nr_outstanding(pool), 4 - 2 * wrong);
	}
	assert_int_equal(objpool_fini(pool), 0);
	assert_int_equal(b.releases, 1);
	bank_close(&b.bank);
}

/* covers G11 */
static void
a_finished_pool_takes_each_object_once(void **state)
{
	struct bereaved b;
	void *objs[3], *mixed[3];
	struct objpool *pool;

	(void)state;
	open_bereaved(&b, &holding);
	pool = b.pool;
	assert_int_equal(objpool_pop_bulk(pool, objs, 3), 0);
	assert_int_equal(objpool_fini(pool), 0);
	assert_int_equal(objpool_push(objs[0], pool), 0);
	assert_int_equal(objpool_outstanding(pool), 2);
	assert_int_equal(objpool_push(objs[0], pool), -EEXIST);
	assert_int_equal(objpool_push(&b, pool), -EINVAL);
	assert_int_equal(objpool_drop(objs[0], pool), -EEXIST);
	mixed[0] = objs[0];
	mixed[1] = objs[1];
	mixed[2] = objs[1];
	assert_int_equal(objpool_push_bulk(mixed, 3, pool), -EEXIST);
	assert_int_equal(objpool_outstanding(pool), 1);
	assert_int_equal(b.releases, 0);
	assert_int_equal(objpool_push(objs[2], pool), 0);
	assert_int_equal(b.releases, 1);
	bank_close(&b.bank);
}

static void
the_last_object_may_stand_before_a_wrong_one(void **state)
{
	(void)state;
	for (unsigned int drop = 0; drop < 2; drop++) {
		struct bereaved b;
		struct objpool *pool;
		void *objs[3];

		open_bereaved(&b, &holding);
		pool = b.pool;
		assert_non_null(objs[0] = objpool_pop(pool));
		objs[1] = objs[0];
		objs[2] = &b;
		assert_int_equal(objpool_fini(pool), 0);
		assert_int_equal(drop ? objpool_drop_bulk(objs, 3, pool) :
					objpool_push_bulk(objs, 3, pool),
			-EINVAL);
		assert_int_equal(b.releases, 1);
		bank_close(&b.bank);
	}
}

/* covers G15 */
static void
leaving_keeps_errno(void **state)
{
	struct objpool_attr attr = holding;
	struct objpool *pool;
	void *mark;

	(void)state;
	attr.flags = OBJPOOL_F_SIGNALS | OBJPOOL_F_MARKED;
	pool = make_pool(&attr);
	errno = EDOM;
	mark = objpool_enter(pool, NULL);
	assert_int_equal(errno, EDOM);
	errno = ERANGE;
	objpool_leave(pool, mark);
	assert_int_equal(errno, ERANGE);
	errno = 0;
	end_pool(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drop_of_several_leaves_out_the_wrong_ones),
		cmocka_unit_test(a_finished_pool_takes_each_object_once),
		cmocka_unit_test(the_last_object_may_stand_before_a_wrong_one),
		cmocka_unit_test(leaving_keeps_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
