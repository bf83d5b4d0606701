/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What others do between two steps of a call.
 *
 * Elsewhere threads meet by chance, or a thread is stopped after each step.
 * Here they meet in one place each, chosen so that a branch is taken which
 * chance hardly ever takes. The functions of the domain are called in the
 * middle of a call, and there the test has another thread act; also where
 * objects that were gathered are about to be put back (holders_renew()). And
 * where a state is what a thread leaves behind that stands still, or is dead,
 * it is made by the same functions of lib/core that the thread would have
 * called last.
 */

#include "unit.h"

#include "core/depot.h"
#include "core/limbo.h"
#include "holders.h"
#include "pool.h"

#define NR 400

/* --- a domain in whose functions something happens --- */

struct meddler {
	struct objpool_gp *gp;
	_Atomic(uint64_t) started, over;
	struct objpool *pool;
	pthread_t who;         /* in whose calls */
	crew_fn *start, *done; /* what, once */
	unsigned int nr_meddled;
};

static void
meddle(struct meddler *m, crew_fn **what)
{
	crew_fn *fn = *what;

	if (fn == NULL || !pthread_equal(pthread_self(), m->who))
		return;
	*what = NULL;
	crew_alone(fn, m);
	m->nr_meddled++;
}

static uint64_t
start(void *ctx)
{
	struct meddler *m = ctx;
	uint64_t cookie = atomic_fetch_add(&m->started, 1) + 1;

	meddle(m, &m->start);
	return cookie;
}

static bool
done(void *ctx, uint64_t cookie)
{
	struct meddler *m = ctx;
	bool is_over = cookie <= atomic_load(&m->over);

	meddle(m, &m->done);
	return is_over;
}

static void
open_meddler(struct meddler *m, const struct objpool_attr *like)
{
	static const struct objpool_gp_ops ops = {
		.name = "meddler",
		.start = start,
		.done = done,
	};
	const struct objpool_gp_attr gp_attr = { .stall_ms = UINT32_MAX };
	struct objpool_attr attr = *like;

	memset(m, 0, sizeof(*m));
	m->who = pthread_self();
	assert_int_equal(objpool_gp_create(&ops, m, &gp_attr, &m->gp), 0);
	attr.gp = m->gp;
	m->pool = make_pool(&attr);
}

static void
end_grace_periods(struct meddler *m)
{
	atomic_store(&m->over, atomic_load(&m->started));
}

/* All objects are there, once each. */
static void
close_meddler(struct meddler *m)
{
	struct ledger ledger;
	bool clean;

	ledger_open_pool(&ledger, m->pool, 64);
	clean = ledger_audit(&ledger, m->pool);
	ledger_close(&ledger);
	assert_true(clean);
	assert_int_equal(objpool_fini(m->pool), 0);
	atomic_store(&m->over, UINT64_MAX);
	assert_int_equal(objpool_gp_destroy(m->gp), 0);
}

static void
collect(struct member *member, void *arg)
{
	struct meddler *m = arg;

	(void)member;
	objpool_collect(m->pool);
}

static const struct objpool_attr plain = {
	.nr_objs = NR,
	.obj_size = 64,
	.nr_slots = 4,
	.block_objs = 8,
};

static void
expect_parked(struct meddler *m, unsigned int n)
{
	assert_int_equal(objpool_nr_parked(m->pool), n);
	assert_int_equal(objpool_nr_outstanding(m->pool), 0);
	end_grace_periods(m);
	objpool_collect(m->pool);
	end_grace_periods(m);
	objpool_collect(m->pool);
	assert_int_equal(objpool_nr_parked(m->pool), 0);
	close_meddler(m);
}

/* covers G13 */
static void
a_full_batch_that_others_close_meanwhile_stays_in_limbo(void **state)
{
	struct meddler m;
	void *objs[8];

	(void)state;
	open_meddler(&m, &plain);
	assert_int_equal(objpool_pop_bulk(m.pool, objs, 8), 0);
	m.start = collect;
	assert_int_equal(objpool_push_rcu_bulk(objs, 8, m.pool), 0);
	assert_int_equal(m.nr_meddled, 1);
	expect_parked(&m, 8);
}

/* covers G13 */
static void
of_two_that_close_a_batch_one_does(void **state)
{
	struct meddler m;
	void *objs[3];

	(void)state;
	open_meddler(&m, &plain);
	assert_int_equal(objpool_pop_bulk(m.pool, objs, 3), 0);
	assert_int_equal(objpool_push_rcu_bulk(objs, 3, m.pool), 0);
	m.start = collect;
	objpool_collect(m.pool);
	assert_int_equal(m.nr_meddled, 1);
	expect_parked(&m, 3);
}

/* covers G13 */
static void
of_two_that_make_stock_of_a_batch_one_does(void **state)
{
	struct meddler m;
	void *objs[5];

	(void)state;
	open_meddler(&m, &plain);
	assert_int_equal(objpool_pop_bulk(m.pool, objs, 5), 0);
	assert_int_equal(objpool_push_rcu_bulk(objs, 4, m.pool), 0);
	crew_alone(collect, &m); /* closes it */
	end_grace_periods(&m);
	m.done = collect;
	assert_int_equal(objpool_push_rcu(objs[4], m.pool), 0);
	assert_int_equal(m.nr_meddled, 1);
	assert_int_equal(objpool_nr_free(m.pool), NR - 1);
	expect_parked(&m, 1);
}

static void
end_and_collect(struct member *member, void *arg)
{
	end_grace_periods(arg);
	collect(member, arg);
}

/* covers G13 */
static void
a_batch_that_becomes_stock_meanwhile_is_let_go_of_as_stock(void **state)
{
	struct meddler m;
	void *objs[5];

	(void)state;
	open_meddler(&m, &plain);
	assert_int_equal(objpool_pop_bulk(m.pool, objs, 5), 0);
	assert_int_equal(objpool_push_rcu_bulk(objs, 4, m.pool), 0);
	crew_alone(collect, &m);
	m.done = end_and_collect;
	assert_int_equal(objpool_push_rcu(objs[4], m.pool), 0);
	assert_int_equal(m.nr_meddled, 1);
	assert_int_equal(objpool_nr_free(m.pool), NR - 1);
	expect_parked(&m, 1);
}

/* --- room for limbo --- */

/* Put an object into a block that nobody has, as a push without a place of its
 * own does. */
static void
put_into(struct arena *a, struct objpool_block *b, void *obj)
{
	struct slot *s = slot_at(a, 0);
	int error = 0;

	region_use(a, b->id);
	assert_true(block_bind(b, own_of(s)));
	if (a->has_holders)
		assert_int_equal(holders_pushable(a, s, &obj, 1, &error), 1);
	assert_int_equal(block_put(b, &obj, 1), 1);
	block_release(b);
	depot_post(a, b);
}

static struct {
	struct arena *a;
	void *obj; /* to be put into the block that was just emptied */
} late;

void
__real_holders_renew(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n);
void
__wrap_holders_renew(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n);

void
__wrap_holders_renew(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n)
{
	void *obj = late.obj;

	__real_holders_renew(a, s, objs, n);
	late.obj = NULL;
	if (obj != NULL)
		put_into(a, block_at(a, 0), obj);
}

static int
by_value(const void *x, const void *y)
{
	uintptr_t a = *(const uintptr_t *)x, b = *(const uintptr_t *)y;

	return (a > b) - (a < b);
}

/* The free objects are these. */
static void
expect_free(struct objpool *pool, void **objs, unsigned int n)
{
	void *free_objs[NR];

	assert_int_equal(objpool_pop_burst(pool, free_objs, NR), n);
	qsort(objs, n, sizeof(*objs), by_value);
	qsort(free_objs, n, sizeof(*free_objs), by_value);
	assert_memory_equal(objs, free_objs, n * sizeof(*objs));
	assert_int_equal(objpool_push_bulk(free_objs, n, pool), 0);
}

/* An object in each block, and one comes back that readers look at. */
static void
fill_all_blocks(uint32_t flags, bool with_late)
{
	struct objpool_attr attr = plain;
	unsigned int n = 0;
	struct meddler m;
	struct arena *a;
	void *objs[NR];

	attr.flags = flags;
	open_meddler(&m, &attr);
	a = arena_of(m.pool);
	assert_true(a->nr_blocks + 2 < NR);
	assert_int_equal(objpool_pop_bulk(m.pool, objs, NR), 0);
	objpool_detach(m.pool);
	for (uint32_t id = 0; id < a->nr_blocks; id++)
		put_into(a, block_at(a, id), objs[n++]);
	if (with_late)
		late.obj = objs[n++];
	assert_int_equal(objpool_push_rcu(objs[n], m.pool), 0);
	assert_null(late.obj);
	assert_int_equal(objpool_nr_parked(m.pool), 1);
	assert_int_equal(objpool_nr_free(m.pool), n);
	expect_free(m.pool, objs, n);
	end_grace_periods(&m);
	objpool_collect(m.pool);
	end_grace_periods(&m);
	objpool_collect(m.pool);
	expect_free(m.pool, objs, ++n);
	assert_int_equal(objpool_push_bulk(objs + n, NR - n, m.pool), 0);
	close_meddler(&m);
}

/* covers G6 G13 */
static void
where_no_block_is_empty_one_is_emptied(void **state)
{
	(void)state;
	fill_all_blocks(0, false);
	fill_all_blocks(OBJPOOL_F_HOLDERS, false);
	/* Somebody puts something into the block that was just emptied. */
	fill_all_blocks(OBJPOOL_F_HOLDERS, true);
}

/* Opens a second batch, and dies before it is noted. */
static void
open_two(struct member *member, void *arg)
{
	struct meddler *m = arg;
	struct arena *a = arena_of(m->pool);
	struct objpool_block *b = block_at(a, a->nr_blocks - 1);
	void *obj = objpool_pop(m->pool);

	(void)member;
	if (objpool_push_rcu(obj, m->pool) != 0)
		abort();
	region_use(a, b->id);
	if (!limbo_open(b, own_of(slot_at(a, 0))))
		abort();
	depot_post(a, b);
}

/* covers G14 */
static void
an_heir_closes_a_batch_that_nothing_was_put_into(void **state)
{
	struct objpool_attr attr = plain;
	struct meddler m;
	struct arena *a;
	uint64_t w;

	(void)state;
	attr.nr_slots = 1;
	open_meddler(&m, &attr);
	a = arena_of(m.pool);
	crew_alone(open_two, &m);
	/* Under an emulator a thread may last a little after it was joined. */
	for (unsigned int i = 0; i < 1000 && !stats_of(m.pool).takeovers; i++) {
		assert_int_equal(objpool_push(objpool_pop(m.pool), m.pool), 0);
		nap(1);
	}
	assert_int_equal(stats_of(m.pool).takeovers, 1);
	w = atomic_load(&block_at(a, a->nr_blocks - 1)->w);
	assert_int_equal(w_mode(w), MODE_PUB);
	assert_int_equal(w_own(w), OWN_NONE);
	assert_int_equal(objpool_nr_parked(m.pool), 1);
	expect_parked(&m, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_full_batch_that_others_close_meanwhile_stays_in_limbo),
		cmocka_unit_test(of_two_that_close_a_batch_one_does),
		cmocka_unit_test(of_two_that_make_stock_of_a_batch_one_does),
		cmocka_unit_test(
			a_batch_that_becomes_stock_meanwhile_is_let_go_of_as_stock),
		cmocka_unit_test(where_no_block_is_empty_one_is_emptied),
		cmocka_unit_test(
			an_heir_closes_a_batch_that_nothing_was_put_into),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
