/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The end of a pool: fini, free, forced, drop, and who releases it when.
 *
 * Memory comes from a bank, so that "the objects' memory is gone" can be seen
 * and late accesses of the pool fault.
 */

#include "unit.h"

#include "bank.h"

#define NR 100

struct wake {
	struct bank bank;
	struct objpool *pool;
	void *objs[NR]; /* held, the first n */
	unsigned int n;
	_Atomic(unsigned int) releases;
	struct objpool *released;
	bool objs_were_gone;
	void *holder; /* freed by release */
	struct gate gate;
	_Atomic(unsigned int) zeros; /* drops that returned 0 */
};

static void
release(struct objpool *pool, void *ctx)
{
	struct wake *w = ctx;

	w->releases++;
	w->released = pool;
	w->objs_were_gone = !bank_has(&w->bank, w->objs[0]);
	free(w->holder);
	w->holder = NULL;
}

/* A pool with n objects out. */
static void
open_wake(struct wake *w, unsigned int n)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 64,
		.block_objs = 8,
		.release = release,
		.ctx = w,
		.mem = &w->bank.mem,
	};

	memset(w, 0, sizeof(*w));
	bank_open(&w->bank, false);
	w->pool = make_pool(&attr);
	assert_int_equal(objpool_pop_bulk(w->pool, w->objs, NR), 0);
	assert_int_equal(objpool_push_bulk(w->objs + n, NR - n, w->pool), 0);
	w->n = n;
}

static void
check_alive(const struct wake *w)
{
	assert_int_equal(w->releases, 0);
	assert_true(bank_has(&w->bank, w->objs[0]));
}

static void
check_released(struct wake *w)
{
	assert_int_equal(w->releases, 1);
	assert_ptr_equal(w->released, w->pool);
	assert_true(w->objs_were_gone);
	assert_int_equal(w->bank.nr_live, 0);
	assert_int_equal(w->bank.nr_bad, 0);
	bank_close(&w->bank);
}

static void
fini_with_all_home_releases_at_once(void **state)
{
	struct wake w;

	(void)state;
	open_wake(&w, 0);
	assert_int_equal(objpool_fini(w.pool), 0);
	check_released(&w);
}

static void
after_fini_each_push_drops_and_the_last_releases(void **state)
{
	struct wake w;
	unsigned int i;

	(void)state;
	open_wake(&w, 30);
	assert_int_equal(objpool_fini(w.pool), 0);
	check_alive(&w);
	for (i = 0; i < 9; i++) {
		assert_int_equal(objpool_push(w.objs[i], w.pool), 0);
		check_alive(&w);
	}
	assert_int_equal(objpool_push_bulk(w.objs + 9, 20, w.pool), 0);
	check_alive(&w);
	assert_int_equal(objpool_nr_outstanding(w.pool), 1);
	assert_int_equal(objpool_push(w.objs[29], w.pool), 0);
	check_released(&w);
}

static void
after_fini_the_last_drop_tells_that_it_released(void **state)
{
	struct wake w;

	(void)state;
	open_wake(&w, 30);
	assert_int_equal(objpool_fini(w.pool), 0);
	assert_int_equal(objpool_drop(w.objs[0], w.pool), -EAGAIN);
	assert_int_equal(objpool_drop_bulk(w.objs + 1, 28, w.pool), -EAGAIN);
	assert_int_equal(objpool_drop(NULL, w.pool), -EINVAL);
	check_alive(&w);
	assert_int_equal(objpool_drop(w.objs[29], w.pool), 0);
	check_released(&w);
}

static void
after_fini_a_bulk_drop_can_be_the_last(void **state)
{
	struct wake w;

	(void)state;
	open_wake(&w, NR);
	assert_int_equal(objpool_fini(w.pool), 0);
	check_alive(&w);
	assert_int_equal(objpool_drop_bulk(w.objs, NR, w.pool), 0);
	check_released(&w);
}

static void
after_fini_pops_take_nothing(void **state)
{
	struct wake w;
	void *objs[8];

	(void)state;
	open_wake(&w, 1);
	assert_int_equal(objpool_fini(w.pool), 0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_null(objpool_pop(w.pool));
		assert_int_equal(objpool_pop_bulk(w.pool, objs, 1), -ESHUTDOWN);
		assert_int_equal(objpool_pop_bulk(w.pool, objs, 8), -ESHUTDOWN);
		assert_int_equal(objpool_pop_burst(w.pool, objs, 8), 0);
		assert_int_equal(objpool_pop_bulk_keyed(w.pool, objs, 1, NULL),
			-ESHUTDOWN);
	}
	assert_int_equal(objpool_nr_free(w.pool), 0);
	check_alive(&w);
	assert_int_equal(objpool_push_bulk_keyed(w.objs, 1, w.pool, NULL), 0);
	check_released(&w);
}

static void
second_fini_says_already(void **state)
{
	struct wake w;

	(void)state;
	open_wake(&w, 2);
	assert_int_equal(objpool_fini(w.pool), 0);
	assert_int_equal(objpool_fini(w.pool), -EALREADY);
	assert_int_equal(objpool_push(w.objs[0], w.pool), 0);
	assert_int_equal(objpool_fini(w.pool), -EALREADY);
	check_alive(&w);
	assert_int_equal(objpool_push(w.objs[1], w.pool), 0);
	check_released(&w);
}

static void
free_with_objects_out_changes_nothing(void **state)
{
	struct wake w;
	void *obj;

	(void)state;
	open_wake(&w, 1);
	assert_int_equal(objpool_free(w.pool), -EBUSY);
	check_alive(&w);
	obj = objpool_pop(w.pool); /* it is still a pool */
	assert_non_null(obj);
	assert_int_equal(objpool_free(w.pool), -EBUSY);
	assert_int_equal(objpool_push(obj, w.pool), 0);
	assert_int_equal(objpool_push(w.objs[0], w.pool), 0);
	assert_int_equal(objpool_nr_free(w.pool), NR);
	assert_int_equal(objpool_free(w.pool), 0);
	check_released(&w);
}

static void
free_of_a_finished_pool_with_objects_out_is_busy(void **state)
{
	struct wake w;

	(void)state;
	open_wake(&w, 1);
	assert_int_equal(objpool_fini(w.pool), 0);
	assert_int_equal(objpool_free(w.pool), -EBUSY);
	check_alive(&w);
	assert_int_equal(objpool_push(w.objs[0], w.pool), 0);
	check_released(&w);
}

static void
forced_free_does_not_wait_for_objects(void **state)
{
	static const unsigned int out[] = { 0, 1, NR };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(out); i++) {
		struct wake w;

		open_wake(&w, out[i]);
		assert_int_equal(objpool_free_forced(w.pool), 0);
		check_released(&w);
	}
}

static void
forced_free_ends_a_finished_pool(void **state)
{
	struct wake w;

	(void)state;
	open_wake(&w, 3);
	assert_int_equal(objpool_fini(w.pool), 0);
	assert_int_equal(objpool_push(w.objs[2], w.pool), 0);
	check_alive(&w);
	assert_int_equal(objpool_free_forced(w.pool), 0);
	check_released(&w);
}

static void
drop_on_a_live_pool_shrinks_it(void **state)
{
	struct wake w;

	(void)state;
	open_wake(&w, 20);
	assert_int_equal(objpool_drop(w.objs[0], w.pool), -EAGAIN);
	assert_int_equal(objpool_drop_bulk(w.objs + 1, 9, w.pool), -EAGAIN);
	assert_int_equal(objpool_nr_objs(w.pool), NR);
	assert_int_equal(objpool_nr_free(w.pool), NR - 20);
	assert_int_equal(objpool_nr_outstanding(w.pool), 10);
	assert_int_equal(objpool_free(w.pool), -EBUSY);
	assert_int_equal(objpool_push_bulk(w.objs + 10, 10, w.pool), 0);
	assert_int_equal(objpool_nr_outstanding(w.pool), 0);
	assert_int_equal(objpool_pop_bulk(w.pool, w.objs, NR - 9), -ENOBUFS);
	assert_int_equal(objpool_pop_bulk(w.pool, w.objs, NR - 10), 0);
	assert_int_equal(objpool_push_bulk(w.objs, NR - 10, w.pool), 0);
	check_alive(&w);
	assert_int_equal(objpool_free(w.pool), 0);
	check_released(&w);
}

static void
a_live_pool_all_dropped_is_released_by_fini(void **state)
{
	struct wake w;

	(void)state;
	open_wake(&w, NR);
	assert_int_equal(objpool_drop_bulk(w.objs, NR, w.pool), -EAGAIN);
	assert_int_equal(objpool_nr_outstanding(w.pool), 0);
	assert_null(objpool_pop(w.pool));
	check_alive(&w);
	assert_int_equal(objpool_fini(w.pool), 0);
	check_released(&w);
}

static void
nothing_to_drop_is_refused(void **state)
{
	struct wake w;
	void *obj;

	(void)state;
	open_wake(&w, 0);
	obj = objpool_pop(w.pool);
	assert_int_equal(objpool_drop(NULL, w.pool), -EINVAL);
	assert_int_equal(objpool_drop(obj, NULL), -EINVAL);
	assert_int_equal(objpool_drop_bulk(NULL, 1, w.pool), -EINVAL);
	assert_int_equal(objpool_drop_bulk(&obj, 1, NULL), -EINVAL);
	assert_int_equal(objpool_nr_outstanding(w.pool), 1);
	assert_int_equal(objpool_push(obj, w.pool), 0);
	assert_int_equal(objpool_fini(w.pool), 0);
	check_released(&w);
}

static void
release_may_free_the_memory_of_the_pool(void **state)
{
	struct wake w = { 0 };
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 8,
		.release = release,
		.ctx = &w,
		.mem = &w.bank.mem,
	};

	(void)state;
	bank_open(&w.bank, false);
	w.pool = w.holder = malloc(sizeof(*w.pool));
	assert_int_equal(objpool_init(w.pool, &attr), 0);
	w.objs[0] = objpool_pop(w.pool);
	assert_int_equal(objpool_fini(w.pool), 0);
	check_alive(&w);
	assert_int_equal(objpool_push(w.objs[0], w.pool), 0);
	assert_null(w.holder);
	check_released(&w);
}

/* Members return shares of the objects of a finished pool at the same time. */
static void
bring_back(struct member *m, void *arg)
{
	struct wake *w = arg;
	unsigned int share = NR / m->crew->nr;
	void **objs = w->objs + m->index * share;

	for (unsigned int i = 0; i < share; i++) {
		if (m->index % 2)
			objpool_push(objs[i], w->pool);
		else if (objpool_drop(objs[i], w->pool) == 0)
			w->zeros++;
	}
}

static void
of_racing_pushes_and_drops_exactly_one_releases(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < env_times(500); i++) {
		struct wake w;

		open_wake(&w, NR);
		assert_int_equal(objpool_fini(w.pool), 0);
		crew_run(4, bring_back, &w);
		assert_true(w.zeros <= 1);
		check_released(&w);
	}
}

/* Half of the members drop while the main thread ends the pool. */
static void
drop_share(struct member *m, void *arg)
{
	struct wake *w = arg;

	gate_pass(&w->gate);
	for (unsigned int i = m->index; i < NR; i += m->crew->nr)
		if (objpool_drop(w->objs[i], w->pool) == 0)
			w->zeros++;
}

static void
fini_and_drops_may_race(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));

	(void)state;
	for (unsigned int i = 0; i < env_times(500); i++) {
		struct wake w;

		open_wake(&w, NR);
		gate_init(&w.gate, 3);
		crew_start(crew, 2, drop_share, &w);
		gate_pass(&w.gate);
		assert_int_equal(objpool_fini(w.pool), 0);
		crew_join(crew);
		assert_true(w.zeros <= 1);
		check_released(&w);
	}
	free(crew);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fini_with_all_home_releases_at_once),
		cmocka_unit_test(
			after_fini_each_push_drops_and_the_last_releases),
		cmocka_unit_test(
			after_fini_the_last_drop_tells_that_it_released),
		cmocka_unit_test(after_fini_a_bulk_drop_can_be_the_last),
		cmocka_unit_test(after_fini_pops_take_nothing),
		cmocka_unit_test(second_fini_says_already),
		cmocka_unit_test(free_with_objects_out_changes_nothing),
		cmocka_unit_test(
			free_of_a_finished_pool_with_objects_out_is_busy),
		cmocka_unit_test(forced_free_does_not_wait_for_objects),
		cmocka_unit_test(forced_free_ends_a_finished_pool),
		cmocka_unit_test(drop_on_a_live_pool_shrinks_it),
		cmocka_unit_test(a_live_pool_all_dropped_is_released_by_fini),
		cmocka_unit_test(nothing_to_drop_is_refused),
		cmocka_unit_test(release_may_free_the_memory_of_the_pool),
		cmocka_unit_test(
			of_racing_pushes_and_drops_exactly_one_releases),
		cmocka_unit_test(fini_and_drops_may_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
