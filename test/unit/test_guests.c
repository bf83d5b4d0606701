/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Threads that wait for a guest slot.
 *
 * One thread has the only slot of a pool, and sixteen all guests. The next
 * waits by sched_yield(), which is the test's: from there one of the sixteen
 * is told to leave, and before that the pool may be finished. A call that a
 * caller's key function makes is a nested one, since it is in the middle of
 * that caller's.
 */

#include "unit.h"

#include <sched.h>

#include <objpool/embed.h>

#include "pool.h"

static const struct objpool_attr plain = {
	.nr_objs = 100,
	.obj_size = 64,
	.nr_slots = 4,
	.block_objs = 8,
};

#define GUESTS 16

/* All guests of a pool are out, and the one slot is taken. */
struct inn {
	struct objpool *pool, *other;
	struct crew crew, ender;
	struct gate in, out;
	_Atomic(bool) one_leaves;
	bool finish;
	pthread_t who;
	void *obj; /* out */
	void *got[2];
	unsigned int nr_waits, releases;
	int rc;
};

/* Whose waits are come by. */
static _Atomic(struct inn *) inn;

static void
stay(struct member *m, void *arg)
{
	struct inn *i = arg;
	void *mark;

	if (m->index == 0) {
		i->obj = objpool_pop(i->pool);
		gate_pass(&i->in);
		gate_pass(&i->out);
		return;
	}
	/* The slot has its owner first. */
	while (objpool_nr_outstanding(i->pool) == 0)
		nap(1);
	mark = objpool_enter(i->pool, NULL);
	if (mark == NULL)
		abort();
	gate_pass(&i->in);
	while (m->index == 1 && !atomic_load(&i->one_leaves))
		nap(1);
	if (m->index == 1)
		objpool_leave(i->pool, mark);
	gate_pass(&i->out);
	if (m->index != 1)
		objpool_leave(i->pool, mark);
}

static void
finish(struct member *m, void *arg)
{
	struct inn *i = arg;

	(void)m;
	i->rc = objpool_fini(i->pool);
}

int
__real_sched_yield(void);
int
__wrap_sched_yield(void);

/* Who waits for a guest comes by here. */
int
__wrap_sched_yield(void)
{
	struct inn *i = atomic_load(&inn);
	struct arena *a;

	if (i == NULL || !pthread_equal(pthread_self(), i->who))
		return __real_sched_yield();
	if (i->nr_waits++ > 0)
		return __real_sched_yield();
	a = arena_of(i->pool);
	if (i->finish)
		crew_start(&i->ender, 1, finish, i);
	while (i->finish && atomic_load(&a->uid) != UID_DEAD)
		nap(1);
	atomic_store(&i->one_leaves, true);
	return 0;
}

static void
on_release(struct objpool *pool, void *ctx)
{
	(void)pool;
	((struct inn *)ctx)->releases++;
}

static void
open_inn(struct inn *i, uint32_t flags, bool ends)
{
	struct objpool_attr attr = plain;

	memset(i, 0, sizeof(*i));
	attr.nr_slots = 1;
	attr.flags = flags;
	attr.release = on_release;
	attr.ctx = i;
	i->pool = make_pool(&attr);
	i->who = pthread_self();
	i->finish = ends;
	gate_init(&i->in, GUESTS + 2);
	gate_init(&i->out, GUESTS + 2);
	crew_start(&i->crew, GUESTS + 1, stay, i);
	gate_pass(&i->in);
	atomic_store(&inn, i);
}

static void
close_inn(struct inn *i)
{
	atomic_store(&inn, NULL);
	assert_true(i->nr_waits > 0);
	gate_pass(&i->out);
	crew_join(&i->crew);
	if (i->finish) {
		crew_join(&i->ender);
		assert_int_equal(i->rc, 0);
		assert_int_equal(i->releases, 0);
		assert_int_equal(objpool_drop(i->obj, i->pool), 0);
	} else {
		assert_int_equal(objpool_push(i->obj, i->pool), 0);
		end_pool(i->pool);
	}
	assert_int_equal(i->releases, 1);
}

/* covers G6 */
static void
who_finds_all_guests_out_waits_for_one(void **state)
{
	static struct inn i;
	void *mark;

	(void)state;
	open_inn(&i, OBJPOOL_F_MARKED, false);
	mark = objpool_enter(i.pool, NULL);
	assert_non_null(mark);
	assert_true(atomic_load(&i.one_leaves));
	objpool_leave(i.pool, mark);
	objpool_leave(i.pool, NULL);
	close_inn(&i);
}

/* covers G11 */
static void
who_waits_for_a_guest_of_a_pool_that_ends_gets_nothing(void **state)
{
	static struct inn i;

	(void)state;
	open_inn(&i, OBJPOOL_F_MARKED, true);
	assert_null(objpool_enter(i.pool, NULL));
	close_inn(&i);
}

/* In the middle of a call on another pool. */
static int
pop_inside(void)
{
	struct inn *i = atomic_load(&inn);

	for (unsigned int k = 0; k < 2; k++)
		i->got[k] = objpool_pop(i->pool);
	return 0;
}

/* covers G11 G15 */
static void
nested_calls_on_a_pool_that_ends_get_nothing(void **state)
{
	struct objpool_attr attr = plain;
	static struct inn i;
	void *obj;

	(void)state;
	attr.flags = OBJPOOL_F_SIGNALS;
	open_inn(&i, OBJPOOL_F_MARKED | OBJPOOL_F_SIGNALS, true);
	i.other = make_pool(&attr);
	i.got[0] = i.got[1] = &i;
	assert_int_equal(objpool_pop_bulk_keyed(i.other, &obj, 1, pop_inside),
		0);
	assert_null(i.got[0]);
	assert_null(i.got[1]);
	assert_int_equal(objpool_push(obj, i.other), 0);
	end_pool(i.other);
	close_inn(&i);
}

/* --- nested calls --- */

static struct {
	struct objpool *pool;
	int rc;
} short_of;

static int
pop_too_many_inside(void)
{
	void *objs[100];

	short_of.rc = objpool_pop_bulk(short_of.pool, objs, 100);
	return 0;
}

/* covers G4 G15 */
static void
a_nested_pop_that_is_short_puts_all_back(void **state)
{
	struct objpool_attr attr = plain;
	struct objpool *other;
	struct ledger ledger;
	void *kept, *obj;

	(void)state;
	attr.flags = OBJPOOL_F_SIGNALS;
	short_of.pool = make_pool(&attr);
	other = make_pool(&attr);
	kept = objpool_pop(short_of.pool);
	assert_int_equal(objpool_pop_bulk_keyed(other, &obj, 1,
				 pop_too_many_inside),
		0);
	assert_int_equal(short_of.rc, -ENOBUFS);
	assert_int_equal(objpool_nr_free(short_of.pool), 99);
	assert_int_equal(objpool_push(kept, short_of.pool), 0);
	assert_int_equal(objpool_push(obj, other), 0);
	ledger_open_pool(&ledger, short_of.pool, 64);
	end_audited(short_of.pool, &ledger);
	end_pool(other);
}

/* covers G15 */
static void
a_thread_may_use_more_pools_of_handlers_than_it_remembers(void **state)
{
	struct objpool *pools[2 * OBJPOOL_SEATS_ + 1];
	struct objpool_attr attr = plain;
	void *obj;

	(void)state;
	attr.flags = OBJPOOL_F_SIGNALS;
	for (unsigned int i = 0; i < COUNT_OF(pools); i++)
		pools[i] = make_pool(&attr);
	for (unsigned int k = 0; k < 3 * COUNT_OF(pools); k++) {
		struct objpool *pool = pools[k % COUNT_OF(pools)];

		obj = objpool_pop(pool);
		assert_non_null(obj);
		assert_int_equal(objpool_push(obj, pool), 0);
	}
	for (unsigned int i = 0; i < COUNT_OF(pools); i++) {
		assert_int_equal(stats_of(pools[i]).nr_claimed, 1);
		end_pool(pools[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_finds_all_guests_out_waits_for_one),
		cmocka_unit_test(
			who_waits_for_a_guest_of_a_pool_that_ends_gets_nothing),
		cmocka_unit_test(nested_calls_on_a_pool_that_ends_get_nothing),
		cmocka_unit_test(a_nested_pop_that_is_short_puts_all_back),
		cmocka_unit_test(
			a_thread_may_use_more_pools_of_handlers_than_it_remembers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
