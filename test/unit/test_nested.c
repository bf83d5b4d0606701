/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Calls that are nested in another, one thing at a time: between
 * objpool_enter() and objpool_leave() a thread is in the middle of something,
 * and each call there is what it would be in a handler that came then. And what
 * handlers see of the end.
 */

#include "steps.h"

#include <objpool/fast.h>

#include "domain.h"

#define NR    48
#define BLOCK 4

static struct objpool *
make_guarded(uint32_t flags, uint32_t nr_slots, struct objpool_gp *gp)
{
	const struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = sizeof(void *),
		.nr_slots = nr_slots,
		.block_objs = BLOCK,
		.flags = OBJPOOL_F_SIGNALS | flags,
		.gp = gp,
	};

	return make_pool(&attr);
}

/* covers G15 */
static void
nested_calls_leave_the_slot_as_it_is(void **state)
{
	struct objpool *pool = make_guarded(OBJPOOL_F_MARKED, 2, NULL);
	void *mark, *objs[NR];
	struct objpool_stats before, after;

	(void)state;
	objpool_push(objpool_pop(pool), pool);
	before = stats_of(pool);
	mark = objpool_enter(pool, NULL);
	errno = E2BIG;
	/* What the slot has is revoked. */
	assert_int_equal(objpool_pop_bulk(pool, objs, NR), 0);
	assert_null(objpool_pop(pool));
	assert_int_equal(objpool_push_bulk(objs, NR, pool), 0);
	assert_int_equal(objpool_pop_burst(pool, objs, 5), 5);
	assert_int_equal(objpool_push_bulk(objs, 5, pool), 0);
	assert_int_equal(errno, E2BIG);
	objpool_leave(pool, mark);
	after = stats_of(pool);
	assert_int_equal(after.shared_objs - before.shared_objs, 2 * NR + 10);
	assert_int_equal(after.blocks_in, before.blocks_in);
	assert_true(after.revocations > before.revocations);
	assert_int_equal(after.pushes - before.pushes, NR + 5);
	assert_int_equal(after.pops - before.pops, NR + 5);
	assert_int_equal(after.nr_free, NR);
	/* It is quiet again, and not after one leave too many. */
	assert_int_equal(objpool_quiesce(pool), 0);
	assert_int_equal(objpool_pop_bulk(pool, objs, NR), 0);
	assert_int_equal(objpool_push_bulk(objs, NR, pool), 0);
	assert_int_equal(stats_of(pool).shared_objs, after.shared_objs);
	end_pool(pool);
}

static void
a_slot_asked_for_in_the_middle_sends_calls_to_the_library(void **state)
{
	struct objpool *pool = make_guarded(OBJPOOL_F_MARKED, 2, NULL);
	struct objpool_slot *slot, *nested;
	void *mark, *obj;

	(void)state;
	slot = objpool_slot(pool);
	mark = objpool_enter(pool, NULL);
	nested = objpool_slot(pool);
	assert_ptr_not_equal(nested, slot);
	obj = objpool_slot_pop(nested);
	assert_non_null(obj);
	assert_int_equal(objpool_slot_push(obj, slot), 0);
	assert_int_equal(stats_of(pool).shared_objs, 2);
	objpool_leave(pool, mark);
	end_pool(pool);
}

static void
limbo_is_not_for_handlers(void **state)
{
	struct domain domain;
	struct objpool *pool;
	void *mark, *obj;

	(void)state;
	domain_open(&domain, &domain_manual_ops, true);
	pool = make_guarded(OBJPOOL_F_MARKED, 2, domain.gp);
	obj = objpool_pop(pool);
	mark = objpool_enter(pool, NULL);
	assert_int_equal(objpool_push_rcu(obj, pool), -ENOTSUP);
	objpool_leave(pool, mark);
	assert_int_equal(objpool_push_rcu(obj, pool), 0);
	assert_int_equal(objpool_nr_parked(pool), 1);
	assert_int_equal(objpool_fini(pool), 0);
	while (domain_run(&domain))
		;
	domain_close(&domain);
}

/* --- handlers that interrupt handlers --- */

struct tower {
	struct objpool *pool;
	void *objs[NR];
	unsigned int nr_wrong;
	unsigned int nr_deep;
};

static struct tower tower;

/* Two deep. */
static void
on_usr1(int sig)
{
	void *objs[3];

	(void)sig;
	if (objpool_pop_bulk(tower.pool, objs, 3) == 0) {
		tower.nr_wrong += objpool_push_bulk(objs, 3, tower.pool) != 0;
		tower.nr_deep++;
	}
}

static bool
interrupt_twice(void *arg)
{
	void *objs[2];

	(void)arg;
	if (stepping.nr % 8 == 0)
		raise(SIGUSR1);
	if (stepping.nr % 8 == 1 && objpool_pop_bulk(tower.pool, objs, 2) == 0)
		tower.nr_wrong += objpool_push_bulk(objs, 2, tower.pool) != 0;
	return stepping.nr < 4000;
}

static void
pop_push(void *arg)
{
	unsigned int n = objpool_pop_burst(tower.pool, tower.objs, 9);

	(void)arg;
	tower.nr_wrong += objpool_push_bulk(tower.objs, n, tower.pool) != 0;
}

/* covers G15 */
static void
handlers_interrupt_each_other(void **state)
{
	const struct sigaction usr1 = { .sa_handler = on_usr1 };
	struct ledger ledger;
	void *mark;

	(void)state;
	sigaction(SIGUSR1, &usr1, NULL);
	tower = (struct tower){
		.pool = make_guarded(OBJPOOL_F_MARKED, 2, NULL),
	};
	ledger_open_pool(&ledger, tower.pool, sizeof(void *));
	for (unsigned int i = 0; i < env_times(8); i++) {
		mark = objpool_enter(tower.pool, NULL);
		step_through(pop_push, interrupt_twice, NULL);
		objpool_leave(tower.pool, mark);
		assert_int_equal(objpool_nr_free(tower.pool), NR);
	}
	assert_int_equal(tower.nr_wrong, 0);
	assert_true(tower.nr_deep > 0 || !HAS_STEPS || env_is_slow());
	end_audited(tower.pool, &ledger);
}

/* --- death --- */

struct mourning {
	struct objpool *pool;
	unsigned int at; /* step at which the thread ends */
	bool is_guest;
	void *objs[3];
	bool survived;
};

static void
push_three(void *arg)
{
	struct mourning *m = arg;

	objpool_push_bulk(m->objs, 3, m->pool);
}

static bool
die(void *arg)
{
	struct mourning *m = arg;

	if (stepping.nr == m->at)
		pthread_exit(NULL);
	return true;
}

static void *
push_in_the_middle(void *arg)
{
	struct mourning *m = arg;
	void *mark;

	objpool_pop_bulk(m->pool, m->objs, 3);
	mark = objpool_enter(m->pool, NULL);
	step_through(push_three, die, m);
	objpool_leave(m->pool, mark);
	m->survived = true;
	return NULL;
}

/* Pop everything, and push it again, with what is missing: that the dead had. */
static void
restore(struct objpool *pool, void *const *all)
{
	void *objs[NR];
	unsigned int n = objpool_pop_burst(pool, objs, NR);
	unsigned int nr_missing = 0, nr_found;

	for (unsigned int i = 0; i < NR; i++) {
		nr_found = 0;
		for (unsigned int k = 0; k < n; k++)
			nr_found += objs[k] == all[i];
		assert_true(nr_found <= 1);
		nr_missing += nr_found == 0;
	}
	assert_true(nr_missing <= 3);
	assert_int_equal(objpool_push_bulk(all, NR, pool), 0);
	objpool_detach(pool);
}

/* covers G15 G7 */
static void
what_a_nested_push_leaves_behind_is_inherited(void **state)
{
	struct mourning m = { .survived = false };
	void *all[NR];
	pthread_t thread;

	(void)state;
	m.pool = make_guarded(OBJPOOL_F_MARKED, 1, NULL);
	assert_int_equal(objpool_pop_bulk(m.pool, all, NR), 0);
	assert_int_equal(objpool_push_bulk(all, NR, m.pool), 0);
	objpool_detach(m.pool);
	/* Many more deaths than there are blocks. */
	for (m.at = 1; HAS_STEPS && !m.survived && !env_is_slow(); m.at++) {
		assert_int_equal(pthread_create(&thread, NULL,
					 push_in_the_middle, &m),
			0);
		pthread_join(thread, NULL);
		restore(m.pool, all);
	}
	if (HAS_STEPS && !env_is_slow()) {
		assert_true(m.at > stats_of(m.pool).nr_blocks);
		assert_true(stats_of(m.pool).takeovers + 1 >= m.at - 1);
	}
	end_pool(m.pool);
}

/* --- the end --- */

struct dusk {
	struct objpool *pool;
	void *objs[NR];
	unsigned int n;
	unsigned int nr_popped, nr_released;
};

static bool
pop_or_drop(void *arg)
{
	struct dusk *d = arg;

	d->nr_popped += objpool_pop(d->pool) != NULL;
	if (d->n > 2 && stepping.nr % 16 == 0) {
		d->n--;
		d->nr_released += stepping.nr % 32 == 0 ?
			objpool_drop(d->objs[d->n], d->pool) != -EAGAIN :
			objpool_push(d->objs[d->n], d->pool) != 0;
	}
	return true;
}

static void
push_last(void *arg)
{
	struct dusk *d = arg;

	objpool_push(d->objs[--d->n], d->pool);
}

/* covers G15 G11 */
static void
a_finished_pool_is_so_for_handlers(void **state)
{
	static const uint32_t flags[] = { 0, OBJPOOL_F_MARKED };
	struct domain domain;
	struct dusk d;

	(void)state;
	domain_open(&domain, &domain_manual_ops, true);
	for (size_t f = 0; f < COUNT_OF(flags); f++) {
		d = (struct dusk){
			.pool = make_guarded(flags[f], 2, domain.gp),
			.n = NR / 2,
		};
		assert_int_equal(objpool_pop_bulk(d.pool, d.objs, d.n), 0);
		assert_int_equal(objpool_fini(d.pool), 0);
		while (d.n > 2)
			step_through(push_last, pop_or_drop, &d);
		while (domain_run(&domain))
			;
		assert_int_equal(objpool_outstanding(d.pool), d.n);
		assert_int_equal(d.nr_popped, 0);
		assert_int_equal(d.nr_released, 0);
		assert_int_equal(objpool_drop_bulk(d.objs, d.n, d.pool), 0);
		while (domain_run(&domain))
			;
		assert_int_equal(domain_stats(&domain).nr_pools, 0);
	}
	domain_close(&domain);
}

static unsigned int nr_released;

static void
spoil_errno(struct objpool *pool, void *ctx)
{
	(void)pool;
	(void)ctx;
	nr_released++;
	errno = EIO;
}

/* covers G15 */
static void
errno_stays_when_the_last_object_ends_the_pool(void **state)
{
	struct objpool_attr attr = {
		.nr_objs = 2,
		.obj_size = 8,
		.flags = OBJPOOL_F_SIGNALS,
		.release = spoil_errno,
	};
	struct objpool *pool;
	void *objs[2];

	(void)state;
	for (unsigned int drops = 0; drops < 2; drops++) {
		nr_released = 0;
		assert_int_equal(objpool_create(&attr, &pool), 0);
		assert_int_equal(objpool_pop_bulk(pool, objs, 2), 0);
		assert_int_equal(objpool_fini(pool), 0);
		errno = E2BIG;
		objpool_push(objs[0], pool);
		assert_int_equal(nr_released, 0);
		if (drops)
			assert_int_equal(objpool_drop(objs[1], pool), 0);
		else
			assert_int_equal(objpool_push(objs[1], pool), 0);
		assert_int_equal(nr_released, 1);
		assert_int_equal(errno, E2BIG);
	}
}

/* Of each slot and guest, for two handlers that push. */
static void
there_are_blocks_for_nested_pushes(void **state)
{
	struct objpool_attr attr = {
		.nr_objs = 64,
		.obj_size = 8,
		.nr_slots = 3,
		.block_objs = 4,
	};
	uint32_t nr[2];

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct objpool_stats stats;
		struct objpool *pool;

		attr.flags = i == 0 ? 0 : OBJPOOL_F_SIGNALS;
		assert_int_equal(objpool_create(&attr, &pool), 0);
		objpool_get_stats(pool, &stats);
		nr[i] = stats.nr_blocks;
		assert_int_equal(objpool_free(pool), 0);
	}
	assert_int_equal(nr[1] - nr[0], 2 * (3 + 16));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_calls_leave_the_slot_as_it_is),
		cmocka_unit_test(
			a_slot_asked_for_in_the_middle_sends_calls_to_the_library),
		cmocka_unit_test(limbo_is_not_for_handlers),
		cmocka_unit_test(handlers_interrupt_each_other),
		cmocka_unit_test(what_a_nested_push_leaves_behind_is_inherited),
		cmocka_unit_test(a_finished_pool_is_so_for_handlers),
		cmocka_unit_test(
			errno_stays_when_the_last_object_ends_the_pool),
		cmocka_unit_test(there_are_blocks_for_nested_pushes),
	};

	steps_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
