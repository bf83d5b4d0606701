/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Objects in limbo: not popped before their grace period, and all after it; what
 * is refused, and what is counted. Grace periods end when the test says so
 * (domain.h, limbo.h).
 */

#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "bank.h"
#include "limbo.h"
#include "poison.h"

/* covers G13 */
static void
objects_are_popped_after_their_grace_period_and_not_before(void **state)
{
	static const unsigned int sizes[] = { 1, 2, 3, 5, 7, 8, 9, 31, 32, 33,
		63, 64, 65, NR - 1, NR };
	static const uint32_t blocks[] = { 4, 8, 32, 256 };
	struct limbo l;

	(void)state;
	for (size_t b = 0; b < COUNT_OF(blocks); b++) {
		struct objpool_attr attr = plain;

		attr.block_objs = blocks[b];
		open_limbo(&l, &attr);
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			unsigned int n = sizes[i];

			assert_int_equal(objpool_push_rcu_bulk(l.objs, n,
						 l.pool),
				0);
			check_ripening(&l, n);
			for (unsigned int k = 0; k < n; k++)
				assert_int_equal(objpool_push_rcu(l.objs[k],
							 l.pool),
					0);
			check_ripening(&l, n);
		}
		assert_int_equal(objpool_push_bulk(l.objs, NR, l.pool), 0);
		close_limbo(&l);
	}
}

/* covers G13 */
static void
a_grace_period_that_was_asked_for_before_does_not_count(void **state)
{
	struct limbo l;
	uint64_t asked;
	void *obj;

	(void)state;
	open_limbo(&l, &plain);
	assert_int_equal(objpool_push_rcu(l.objs[0], l.pool), 0);
	assert_null(objpool_pop(l.pool));
	asked = l.domain.started;
	assert_true(asked > 0);
	assert_int_equal(objpool_push_rcu_bulk(l.objs + 1, 20, l.pool), 0);
	domain_raise(&l.domain, asked);
	obj = objpool_pop(l.pool);
	assert_ptr_equal(obj, l.objs[0]);
	assert_null(objpool_pop(l.pool));
	assert_int_equal(objpool_nr_parked(l.pool), 20);
	domain_pass(&l.domain);
	assert_int_equal(objpool_pop_burst(l.pool, l.objs + 1, NR), 20);
	assert_int_equal(objpool_push_bulk(l.objs, NR, l.pool), 0);
	close_limbo(&l);
}

static void
what_is_free_is_popped_while_others_wait(void **state)
{
	struct limbo l;
	void *objs[NR];

	(void)state;
	open_limbo(&l, &plain);
	assert_int_equal(objpool_push_rcu_bulk(l.objs, 100, l.pool), 0);
	assert_int_equal(objpool_push_bulk(l.objs + 100, 100, l.pool), 0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(objpool_pop_bulk(l.pool, objs, 101), -ENOBUFS);
		assert_int_equal(objpool_nr_free(l.pool), 100);
		assert_int_equal(objpool_pop_bulk(l.pool, objs, 100), 0);
		for (unsigned int k = 0; k < 100; k++)
			for (unsigned int j = 0; j < 100; j++)
				assert_ptr_not_equal(objs[k], l.objs[j]);
		assert_int_equal(objpool_push_bulk(objs, 100, l.pool), 0);
	}
	domain_pass(&l.domain);
	assert_int_equal(objpool_pop_bulk(l.pool, objs, NR), 0);
	assert_int_equal(objpool_push_bulk(objs, NR, l.pool), 0);
	close_limbo(&l);
}

static void
collect_frees_what_is_over_and_asks_for_the_rest(void **state)
{
	struct limbo l;

	(void)state;
	open_limbo(&l, &plain);
	assert_int_equal(objpool_collect(l.pool), 0);
	assert_int_equal(objpool_push_rcu_bulk(l.objs, 13, l.pool), 0);
	assert_int_equal(objpool_collect(l.pool), 13);
	domain_pass(&l.domain);
	assert_int_equal(objpool_push_rcu_bulk(l.objs + 13, 7, l.pool), 0);
	assert_int_equal(objpool_collect(l.pool), 7);
	assert_int_equal(objpool_nr_free(l.pool), 13);
	domain_pass(&l.domain);
	assert_int_equal(objpool_collect(l.pool), 0);
	assert_int_equal(objpool_nr_free(l.pool), 20);
	assert_int_equal(objpool_push_bulk(l.objs + 20, NR - 20, l.pool), 0);
	close_limbo(&l);
}

/* Objects that are poisoned and full of a pattern while they are in limbo.
 *
 * covers G8 */
static void
contents_are_not_touched(void **state)
{
	struct limbo l;

	(void)state;
	open_limbo(&l, &plain);
	for (unsigned int i = 0; i < NR; i++)
		memset(l.objs[i], (int)i, SIZE);
	for (unsigned int i = 0; i < NR; i++)
		poison(l.objs[i], SIZE);
	assert_int_equal(objpool_push_rcu_bulk(l.objs, 70, l.pool), 0);
	for (unsigned int i = 70; i < NR; i++)
		assert_int_equal(objpool_push_rcu(l.objs[i], l.pool), 0);
	assert_null(objpool_pop(l.pool));
	domain_pass(&l.domain);
	assert_int_equal(objpool_pop_bulk(l.pool, l.objs, NR), 0);
	for (unsigned int i = 0; i < NR; i++) {
		const unsigned char *bytes = l.objs[i];

		unpoison(bytes, SIZE);
		for (unsigned int k = 1; k < SIZE; k++)
			assert_int_equal(bytes[k], bytes[0]);
	}
	assert_int_equal(objpool_push_bulk(l.objs, NR, l.pool), 0);
	close_limbo(&l);
}

static void
without_a_domain_the_object_stays_the_callers(void **state)
{
	struct objpool *pool = make_pool(&plain);
	void *objs[NR];

	(void)state;
	assert_int_equal(objpool_pop_bulk(pool, objs, NR), 0);
	assert_int_equal(objpool_push_rcu(objs[0], pool), -ENOTSUP);
	assert_int_equal(objpool_push_rcu_bulk(objs, NR, pool), -ENOTSUP);
	assert_int_equal(objpool_push_rcu_bulk_keyed(objs, NR, pool, NULL),
		-ENOTSUP);
	assert_int_equal(objpool_nr_outstanding(pool), NR);
	assert_int_equal(objpool_nr_parked(pool), 0);
	assert_int_equal(objpool_collect(pool), 0);
	assert_int_equal(objpool_push_bulk(objs, NR, pool), 0);
	end_pool(pool);
}

static void
checked_mode_refuses_double_and_foreign_objects(void **state)
{
	struct objpool_attr attr = plain;
	struct limbo l;
	char foreign[SIZE];
	void *mixed[4];

	(void)state;
	attr.flags = OBJPOOL_F_CHECKED;
	open_limbo(&l, &attr);
	assert_int_equal(objpool_push_rcu(foreign, l.pool), -EINVAL);
	assert_int_equal(objpool_push_rcu((char *)l.objs[0] + 8, l.pool),
		-EINVAL);
	assert_int_equal(objpool_nr_parked(l.pool), 0);
	assert_int_equal(objpool_push_rcu(l.objs[0], l.pool), 0);
	assert_int_equal(objpool_push_rcu(l.objs[0], l.pool), -EEXIST);
	assert_int_equal(objpool_push(l.objs[0], l.pool), -EEXIST);
	assert_int_equal(objpool_drop(l.objs[0], l.pool), -EEXIST);
	assert_int_equal(objpool_nr_parked(l.pool), 1);
	memcpy(mixed, l.objs + 1, sizeof(mixed));
	mixed[2] = foreign;
	assert_int_equal(objpool_push_rcu_bulk(mixed, 4, l.pool), -EINVAL);
	assert_int_equal(objpool_nr_parked(l.pool), 3);
	mixed[2] = l.objs[2];
	assert_int_equal(objpool_push_rcu_bulk(mixed + 2, 2, l.pool), -EEXIST);
	assert_int_equal(objpool_nr_parked(l.pool), 3);
	check_ripening(&l, 3);
	assert_int_equal(objpool_push_bulk(l.objs, NR, l.pool), 0);
	close_limbo(&l);
}

static void
pops_and_pushes_are_counted_through_limbo(void **state)
{
	struct objpool_stats stats;
	struct limbo l;

	(void)state;
	open_limbo(&l, &plain);
	assert_int_equal(objpool_push_rcu_bulk(l.objs, 20, l.pool), 0);
	stats = stats_of(l.pool);
	assert_int_equal(stats.pops, NR);
	assert_int_equal(stats.pushes, 20);
	assert_int_equal(stats.nr_parked, 20);
	assert_int_equal(stats.nr_free, 0);
	assert_int_equal(stats.limbo_blocks, 20 / 8);
	assert_int_equal(domain_stats(&l.domain).parked, 20);
	assert_null(objpool_pop(l.pool));
	domain_pass(&l.domain);
	assert_non_null(objpool_pop(l.pool));
	stats = stats_of(l.pool);
	assert_int_equal(stats.pops, NR + 1);
	assert_int_equal(stats.pushes, 20);
	assert_int_equal(stats.nr_parked + stats.nr_free, 19);
	assert_int_equal(objpool_pop_burst(l.pool, l.objs, NR), 19);
	stats = stats_of(l.pool);
	assert_int_equal(stats.pops, NR + 20);
	assert_int_equal(stats.nr_parked + stats.nr_free, 0);
	assert_int_equal(domain_stats(&l.domain).parked, 0);
	assert_int_equal(objpool_drop_bulk(l.objs, NR, l.pool), -EAGAIN);
	close_limbo(&l);
}

/* In a child that has the parent's objects, and now its slot with the open batch
 * in it. */
static void
try_to_park(struct objpool *pool, void **objs)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (objpool_push_rcu(objs[0], pool) != -ENOTSUP)
			_exit(1);
		if (objpool_push_rcu_bulk(objs, 3, pool) != -ENOTSUP)
			_exit(2);
		if (objpool_push(objs[3 + i], pool) != 0)
			_exit(3);
	}
	_exit(objpool_nr_parked(pool) == 3 ? 0 : 4);
}

static void
another_process_cannot_go_on_with_an_open_batch(void **state)
{
	struct objpool_attr attr = plain;
	struct limbo l = { .from = 0 };
	struct bank bank;
	pid_t child;
	int status;

	(void)state;
	bank_open(&bank, true);
	domain_open(&l.domain, &domain_shared_ops, true);
	attr.nr_slots = 1;
	attr.mem = &bank.mem;
	attr.gp = l.domain.gp;
	l.pool = make_pool(&attr);
	assert_int_equal(objpool_pop_bulk(l.pool, l.objs, NR), 0);
	assert_int_equal(objpool_push_rcu_bulk(l.objs, 3, l.pool), 0);
	objpool_detach(l.pool);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		try_to_park(l.pool, l.objs + 3);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(objpool_nr_parked(l.pool), 3);
	assert_int_equal(objpool_nr_free(l.pool), 2);
	assert_int_equal(objpool_push_bulk(l.objs + 3, 3, l.pool), 0);
	assert_int_equal(objpool_push_bulk(l.objs + 8, NR - 8, l.pool), 0);
	close_limbo(&l);
	assert_int_equal(bank.nr_live, 0);
	bank_close(&bank);
}

static void
count_object(void *obj, void *ctx)
{
	(void)obj;
	++*(unsigned int *)ctx;
}

/* What moves to make room in limbo might be told twice, or not at all. */
static void
free_objects_of_a_pool_with_a_domain_are_not_told(void **state)
{
	unsigned int nr = 0;
	struct limbo l;

	(void)state;
	open_limbo(&l, &plain);
	assert_int_equal(objpool_push_bulk(l.objs, NR, l.pool), 0);
	assert_int_equal(objpool_walk_free(l.pool, count_object, &nr),
		-ENOTSUP);
	assert_int_equal(objpool_close(l.pool), 0);
	assert_int_equal(objpool_walk_free(l.pool, count_object, &nr),
		-ENOTSUP);
	assert_int_equal(objpool_walk_free(NULL, count_object, &nr), -EINVAL);
	assert_int_equal(objpool_walk_free(l.pool, NULL, &nr), -EINVAL);
	assert_int_equal(nr, 0);
	close_limbo(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			objects_are_popped_after_their_grace_period_and_not_before),
		cmocka_unit_test(
			a_grace_period_that_was_asked_for_before_does_not_count),
		cmocka_unit_test(what_is_free_is_popped_while_others_wait),
		cmocka_unit_test(
			collect_frees_what_is_over_and_asks_for_the_rest),
		cmocka_unit_test(contents_are_not_touched),
		cmocka_unit_test(without_a_domain_the_object_stays_the_callers),
		cmocka_unit_test(
			checked_mode_refuses_double_and_foreign_objects),
		cmocka_unit_test(pops_and_pushes_are_counted_through_limbo),
		cmocka_unit_test(
			another_process_cannot_go_on_with_an_open_batch),
		cmocka_unit_test(
			free_objects_of_a_pool_with_a_domain_are_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
