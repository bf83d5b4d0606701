/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Domains and processes: pools in memory that a child shares, and what a child
 * may not do with its parent's domain. The creator keeps a reference to a shared
 * pool, for objects may come home in processes that cannot release it.
 *
 * Children report by their exit status: the line of what they found wrong is
 * printed.
 */

#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "bank.h"
#include "domain.h"

#define NR 40

#define CHILD_CHECK(what)                                                      \
	do {                                                                   \
		if (!(what)) {                                                 \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,     \
				#what);                                        \
			_exit(1);                                              \
		}                                                              \
	} while (0)

struct estate {
	struct bank bank;
	struct domain domain;
	struct objpool *pool;
	void *objs[NR];
	_Atomic(unsigned int) releases;
	unsigned int nr_live; /* areas, when release ran */
};

static void
release(struct objpool *pool, void *ctx)
{
	struct estate *e = ctx;

	(void)pool;
	e->nr_live = e->bank.nr_live;
	e->releases++;
}

/* A pool with n objects out. */
static void
open_estate(struct estate *e, const struct objpool_gp_ops *ops, bool held,
	bool shared, unsigned int n)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 64,
		.nr_slots = 4,
		.block_objs = 4,
		.release = release,
		.ctx = e,
		.mem = &e->bank.mem,
	};

	memset(e, 0, sizeof(*e));
	bank_open(&e->bank, shared);
	domain_open(&e->domain, ops, held);
	attr.gp = e->domain.gp;
	e->pool = make_pool(&attr);
	assert_int_equal(objpool_pop_bulk(e->pool, e->objs, NR), 0);
	assert_int_equal(objpool_push_bulk(e->objs + n, NR - n, e->pool), 0);
}

static void
close_estate(struct estate *e)
{
	assert_int_equal(e->releases, 1);
	assert_int_equal(e->nr_live, 0);
	assert_int_equal(e->bank.nr_bad, 0);
	domain_close(&e->domain);
	bank_close(&e->bank);
}

/* Run in a child, to its end. */
static void
in_child(struct estate *e, void (*act)(struct estate *e))
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		act(e);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
wait_for_release(const struct estate *e)
{
	for (unsigned int ms = 0; e->releases == 0; ms++) {
		assert_true(ms < PATIENCE_MS);
		nap(1);
	}
}

static void
shared_memory_needs_a_domain_that_sees_other_processes(void **state)
{
	struct objpool_attr attr = { .nr_objs = NR, .obj_size = 8 };
	struct objpool *pool = NULL;
	struct domain d;
	struct bank bank;

	(void)state;
	bank_open(&bank, true);
	domain_open(&d, &domain_ops, false);
	attr.mem = &bank.mem;
	attr.gp = d.gp;
	assert_int_equal(objpool_create(&attr, &pool), -ENOTSUP);
	assert_null(pool);
	assert_int_equal(bank.nr_asked, 0);
	domain_close(&d);
	domain_open(&d, &domain_shared_ops, false);
	attr.gp = d.gp;
	assert_int_equal(objpool_create(&attr, &pool), 0);
	assert_int_equal(objpool_fini_wait(pool, UINT32_MAX), 0);
	assert_int_equal(bank.nr_live, 0);
	domain_close(&d);
	bank_close(&bank);
}

static void
push_all_but_one(struct estate *e)
{
	CHILD_CHECK(objpool_push_bulk(e->objs, NR - 1, e->pool) == 0);
}

static void
push_the_last(struct estate *e)
{
	CHILD_CHECK(objpool_outstanding(e->pool) == 1);
	CHILD_CHECK(objpool_push(e->objs[NR - 1], e->pool) == 0);
	CHILD_CHECK(objpool_outstanding(e->pool) == 0);
}

static void
drop_the_last(struct estate *e)
{
	CHILD_CHECK(objpool_outstanding(e->pool) == 1);
	CHILD_CHECK(objpool_drop(e->objs[NR - 1], e->pool) == -EAGAIN);
	CHILD_CHECK(objpool_outstanding(e->pool) == 0);
}

/* covers G11 G12 */
static void
the_last_object_may_come_home_in_a_child(void **state)
{
	void (*const last[])(struct estate * e) = {
		push_the_last,
		drop_the_last,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(last); i++) {
		struct estate e;

		open_estate(&e, &domain_shared_ops, false, true, NR);
		assert_int_equal(objpool_fini_sync(e.pool), -EAGAIN);
		assert_int_equal(objpool_outstanding(e.pool), NR);
		in_child(&e, push_all_but_one);
		assert_int_equal(objpool_outstanding(e.pool), 1);
		assert_int_equal(objpool_nr_outstanding(e.pool), 1);
		nap(20); /* the creator looks, and it is not over */
		assert_int_equal(e.releases, 0);
		in_child(&e, last[i]);
		wait_for_release(&e);
		assert_int_equal(domain_stats(&e.domain).released, 1);
		close_estate(&e);
	}
}

static void
push_before_the_drain(struct estate *e)
{
	CHILD_CHECK(objpool_outstanding(e->pool) == -EAGAIN);
	CHILD_CHECK(objpool_push_bulk(e->objs, NR, e->pool) == 0);
	CHILD_CHECK(objpool_pop(e->pool) == NULL);
}

static void
all_objects_may_come_home_in_a_child_before_the_drain(void **state)
{
	struct estate e;

	(void)state;
	open_estate(&e, &domain_shared_ops, true, true, NR);
	assert_int_equal(objpool_fini(e.pool), 0);
	in_child(&e, push_before_the_drain);
	nap(20);
	assert_int_equal(e.releases, 0);
	domain_settle(&e.domain);
	wait_for_release(&e);
	close_estate(&e);
}

static void
try_to_end(struct estate *e)
{
	void *obj;

	CHILD_CHECK(objpool_fini(e->pool) == -EPERM);
	CHILD_CHECK(objpool_fini_sync(e->pool) == -EPERM);
	CHILD_CHECK(objpool_fini_wait(e->pool, 0) == -EPERM);
	CHILD_CHECK(objpool_free(e->pool) == -EPERM);
	CHILD_CHECK(objpool_free_forced(e->pool) == -EPERM);
	CHILD_CHECK(objpool_barrier(e->domain.gp) == -EPERM);
	CHILD_CHECK(objpool_gp_destroy(e->domain.gp) == -EPERM);
	obj = objpool_pop(e->pool); /* nothing happened */
	CHILD_CHECK(obj != NULL);
	CHILD_CHECK(objpool_push_rcu(obj, e->pool) == -ENOTSUP);
	CHILD_CHECK(objpool_push_rcu_bulk(&obj, 1, e->pool) == -ENOTSUP);
	CHILD_CHECK(objpool_nr_parked(e->pool) == 0);
	CHILD_CHECK(objpool_push(obj, e->pool) == 0);
}

static void
try_to_begin(struct estate *e)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 8,
		.gp = e->domain.gp,
	};
	struct objpool *pool = NULL;

	CHILD_CHECK(objpool_create(&attr, &pool) == -EPERM);
	CHILD_CHECK(pool == NULL);
}

static void
a_child_has_no_part_in_its_parents_domain(void **state)
{
	static const struct objpool_gp_ops *const ops[] = {
		&domain_ops,
		&domain_shared_ops,
	};

	(void)state;
	for (size_t shared = 0; shared < COUNT_OF(ops); shared++) {
		struct estate e;

		open_estate(&e, ops[shared], false, shared, 1);
		in_child(&e, try_to_end);
		in_child(&e, try_to_begin);
		assert_int_equal(objpool_nr_outstanding(e.pool), 1);
		assert_int_equal(objpool_push(e.objs[0], e.pool), 0);
		assert_int_equal(objpool_fini_wait(e.pool, UINT32_MAX), 0);
		close_estate(&e);
	}
}

/* What the parent parked is the child's to pop, once it is over. */
static void
pop_what_was_parked(struct estate *e)
{
	CHILD_CHECK(objpool_pop_bulk(e->pool, e->objs, NR) == 0);
	CHILD_CHECK(objpool_push_bulk(e->objs, NR, e->pool) == 0);
}

static void
pop_nothing(struct estate *e)
{
	CHILD_CHECK(objpool_nr_parked(e->pool) == NR);
	CHILD_CHECK(objpool_collect(e->pool) == NR);
	CHILD_CHECK(objpool_pop(e->pool) == NULL);
}

static void
a_child_pops_what_its_parent_collected(void **state)
{
	struct estate e;

	(void)state;
	open_estate(&e, &domain_shared_ops, true, true, NR);
	assert_int_equal(objpool_push_rcu_bulk(e.objs, NR, e.pool), 0);
	in_child(&e, pop_nothing);
	assert_int_equal(objpool_collect(e.pool), NR);
	in_child(&e, pop_nothing);
	domain_pass(&e.domain);
	assert_int_equal(objpool_collect(e.pool), 0);
	in_child(&e, pop_what_was_parked);
	assert_int_equal(objpool_nr_free(e.pool), NR);
	assert_int_equal(objpool_fini(e.pool), 0);
	domain_settle(&e.domain);
	wait_for_release(&e);
	close_estate(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			shared_memory_needs_a_domain_that_sees_other_processes),
		cmocka_unit_test(the_last_object_may_come_home_in_a_child),
		cmocka_unit_test(
			all_objects_may_come_home_in_a_child_before_the_drain),
		cmocka_unit_test(a_child_has_no_part_in_its_parents_domain),
		cmocka_unit_test(a_child_pops_what_its_parent_collected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
