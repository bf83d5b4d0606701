/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Checked mode: wrong pushes are refused and change nothing. */

#include "unit.h"

#define NR   100
#define SIZE 48

static struct objpool *
checked_pool(void)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = SIZE,
		.block_objs = 8,
		.flags = OBJPOOL_F_CHECKED,
	};

	return make_pool(&attr);
}

static void
second_push_is_refused(void **state)
{
	struct objpool *pool = checked_pool();
	void *objs[NR];

	(void)state;
	assert_int_equal(objpool_pop_bulk(pool, objs, NR), 0);
	for (unsigned int i = 0; i < NR; i++) {
		assert_int_equal(objpool_push(objs[i], pool), 0);
		assert_int_equal(objpool_push(objs[i], pool), -EEXIST);
		assert_int_equal(objpool_push(objs[i / 2], pool), -EEXIST);
		assert_int_equal(objpool_nr_free(pool), i + 1);
	}
	end_pool(pool);
}

static void
objects_never_popped_count_as_free(void **state)
{
	struct objpool *pool = checked_pool();
	char *obj = objpool_pop(pool);
	unsigned int refused = 0;

	(void)state;
	/* Its neighbours were never out, and are refused; beyond the first and
	 * the last object everything is foreign. */
	for (int i = -NR; i <= NR; i++) {
		int rc = i != 0 ? objpool_push(obj + i * SIZE, pool) : 0;

		assert_true(i == 0 || rc == -EEXIST || rc == -EINVAL);
		refused += rc == -EEXIST;
	}
	assert_int_equal(refused, NR - 1);
	assert_int_equal(objpool_nr_free(pool), NR - 1);
	assert_int_equal(objpool_push(obj, pool), 0);
	end_pool(pool);
}

static void
foreign_objects_are_refused(void **state)
{
	struct objpool *pool = checked_pool();
	struct objpool *other = checked_pool();
	char *obj = objpool_pop(pool);
	void *theirs = objpool_pop(other);
	char local[SIZE];

	(void)state;
	assert_int_equal(objpool_push(theirs, pool), -EINVAL);
	assert_int_equal(objpool_push(obj, other), -EINVAL);
	assert_int_equal(objpool_push(local, pool), -EINVAL);
	assert_int_equal(objpool_push(pool, pool), -EINVAL);
	assert_int_equal(objpool_push(NULL, pool), -EINVAL);
	assert_int_equal(objpool_push((void *)1, pool), -EINVAL);
	assert_int_equal(objpool_push((void *)UINTPTR_MAX, pool), -EINVAL);
	for (unsigned int i = 1; i < SIZE; i++)
		assert_int_equal(objpool_push(obj + i, pool), -EINVAL);
	assert_int_equal(objpool_nr_free(pool), NR - 1);
	assert_int_equal(objpool_push(obj, pool), 0);
	assert_int_equal(objpool_push(theirs, other), 0);
	end_pool(pool);
	end_pool(other);
}

static void
bulk_push_takes_those_before_the_first_wrong_one(void **state)
{
	struct objpool *pool = checked_pool();
	void *objs[NR], *tried[NR];

	(void)state;
	for (unsigned int k = 0; k < 20; k++) {
		assert_int_equal(objpool_pop_bulk(pool, objs, 20), 0);
		memcpy(tried, objs, sizeof(objs));
		tried[k] = &tried; /* foreign */
		assert_int_equal(objpool_push_bulk(tried, 20, pool), -EINVAL);
		assert_int_equal(objpool_nr_free(pool), NR - 20 + k);
		tried[k] = k > 0 ? objs[0] : NULL; /* twice */
		assert_int_equal(objpool_push_bulk(tried + k, 20 - k, pool),
			k > 0 ? -EEXIST : -EINVAL);
		assert_int_equal(objpool_nr_free(pool), NR - 20 + k);
		assert_int_equal(objpool_push_bulk(objs + k, 20 - k, pool), 0);
		assert_int_equal(objpool_nr_free(pool), NR);
	}
	end_pool(pool);
}

static void
same_object_twice_in_one_bulk_is_refused(void **state)
{
	struct objpool *pool = checked_pool();
	void *objs[4];

	(void)state;
	assert_int_equal(objpool_pop_bulk(pool, objs, 3), 0);
	objs[3] = objs[1];
	assert_int_equal(objpool_push_bulk(objs, 4, pool), -EEXIST);
	assert_int_equal(objpool_nr_free(pool), NR);
	end_pool(pool);
}

static void
checked_pools_work_like_others(void **state)
{
	struct objpool *pool = checked_pool();
	struct ledger ledger;
	struct hand hand;

	(void)state;
	ledger_open_pool(&ledger, pool, SIZE);
	hand_open(&hand, pool, &ledger, 1, 2 * NR);
	for (unsigned int i = 0; i < env_times(20000); i++) {
		hand_pop_burst(&hand, rng_below(&hand.rng, NR));
		hand_push_bulk(&hand, rng_below(&hand.rng, hand.n + 1));
		assert_int_equal(objpool_nr_free(pool), NR - hand.n);
	}
	hand_push_all(&hand, 9);
	hand_close(&hand);
	end_audited(pool, &ledger);
}

static void
a_wrong_push_on_a_finished_pool_drops_nothing(void **state)
{
	struct objpool *pool = checked_pool();
	void *objs[2];
	char local;

	(void)state;
	assert_int_equal(objpool_pop_bulk(pool, objs, 2), 0);
	assert_int_equal(objpool_fini(pool), 0);
	assert_int_equal(objpool_push(&local, pool), -EINVAL);
	assert_int_equal(objpool_push(objs[0], pool), 0);
	assert_int_equal(objpool_push(objs[0], pool), -EEXIST);
	assert_int_equal(objpool_nr_outstanding(pool), 1);
	assert_int_equal(objpool_push(objs[1], pool), 0);
}

struct duel {
	struct objpool *pool;
	void *obj;
	struct gate gate;
	_Atomic(unsigned int) taken;
	_Atomic(unsigned int) refused;
};

static void
push_it(struct member *m, void *arg)
{
	struct duel *d = arg;

	for (unsigned int i = 0; i < env_times(20000); i++) {
		int rc;

		if (m->index == 0) {
			d->obj = objpool_pop(d->pool);
			d->taken = d->refused = 0;
		}
		gate_pass(&d->gate);
		rc = objpool_push(d->obj, d->pool);
		if (rc == 0)
			d->taken++;
		else if (rc == -EEXIST)
			d->refused++;
		gate_pass(&d->gate);
		if (d->taken != 1 || d->refused != 1) {
			fprintf(stderr, "%u taken, %u refused\n", d->taken,
				d->refused);
			abort();
		}
		gate_pass(&d->gate);
	}
}

static void
of_two_threads_pushing_the_same_object_one_is_refused(void **state)
{
	struct duel d = { .pool = checked_pool() };

	(void)state;
	gate_init(&d.gate, 2);
	crew_run(2, push_it, &d);
	assert_int_equal(objpool_nr_free(d.pool), NR);
	end_pool(d.pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(second_push_is_refused),
		cmocka_unit_test(objects_never_popped_count_as_free),
		cmocka_unit_test(foreign_objects_are_refused),
		cmocka_unit_test(
			bulk_push_takes_those_before_the_first_wrong_one),
		cmocka_unit_test(same_object_twice_in_one_bulk_is_refused),
		cmocka_unit_test(checked_pools_work_like_others),
		cmocka_unit_test(a_wrong_push_on_a_finished_pool_drops_nothing),
		cmocka_unit_test(
			of_two_threads_pushing_the_same_object_one_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
