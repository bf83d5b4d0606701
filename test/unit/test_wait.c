/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Ends of pools that are waited for: objpool_fini_sync() and objpool_fini_wait(),
 * with a domain and without. What the caller waits for is brought about by
 * another thread, a member of a crew.
 */

#include "unit.h"

#include "bank.h"
#include "domain.h"

#define NR 50

struct end {
	struct domain domain;
	struct objpool *pool;
	void *objs[NR];
	_Atomic(unsigned int) releases;
	_Atomic(bool) returned;
	unsigned int slow_ms; /* release takes that long */
	uint32_t flags;
	struct gate in, out; /* of a member in the middle of something */
	int rc;
};

static void
release(struct objpool *pool, void *ctx)
{
	struct end *e = ctx;

	(void)pool;
	nap(e->slow_ms);
	e->releases++;
}

/* A pool with n objects out. */
static void
open_end(struct end *e, struct objpool_gp *gp, unsigned int n)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 16,
		.block_objs = 8,
		.flags = e->flags,
		.release = release,
		.ctx = e,
		.gp = gp,
	};

	e->releases = 0;
	e->returned = false;
	e->pool = make_pool(&attr);
	assert_int_equal(objpool_pop_bulk(e->pool, e->objs, NR), 0);
	assert_int_equal(objpool_push_bulk(e->objs + n, NR - n, e->pool), 0);
}

static void
finish_sync(struct member *m, void *arg)
{
	struct end *e = arg;

	(void)m;
	e->rc = objpool_fini_sync(e->pool);
	e->returned = true;
}

static void
finish_wait(struct member *m, void *arg)
{
	struct end *e = arg;

	(void)m;
	e->rc = objpool_fini_wait(e->pool, UINT32_MAX);
	e->returned = true;
}

static void
fini_sync_waits_for_the_first_grace_period_only(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct end e = { 0 };

	(void)state;
	for (unsigned int n = 0; n < 2; n++) {
		domain_open(&e.domain, &domain_ops, true);
		open_end(&e, e.domain.gp, n);
		crew_start(crew, 1, finish_sync, &e);
		domain_await(&e.domain);
		nap(10);
		assert_false(e.returned);
		assert_int_equal(objpool_outstanding(e.pool), -EAGAIN);
		domain_pass(&e.domain);
		crew_join(crew);
		assert_int_equal(e.rc, n == 0 ? 0 : -EAGAIN);
		if (n > 0) {
			assert_int_equal(objpool_outstanding(e.pool), n);
			assert_int_equal(objpool_drop(e.objs[0], e.pool), 0);
		}
		assert_int_equal(e.releases, 0); /* not without the second */
		domain_settle(&e.domain);
		assert_int_equal(e.releases, 1);
		domain_close(&e.domain);
	}
	free(crew);
}

static void
fini_wait_returns_when_release_has(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct end e = { .slow_ms = 20 };

	(void)state;
	domain_open(&e.domain, &domain_ops, true);
	open_end(&e, e.domain.gp, 1);
	crew_start(crew, 1, finish_wait, &e);
	domain_period(&e.domain);
	while (objpool_outstanding(e.pool) < 0)
		nap(1);
	assert_int_equal(objpool_push(e.objs[0], e.pool), 0);
	domain_await(&e.domain);
	nap(5);
	assert_false(e.returned);
	domain_pass(&e.domain);
	crew_join(crew);
	assert_int_equal(e.rc, 0);
	assert_int_equal(e.releases, 1);
	domain_close(&e.domain);
	free(crew);
}

static void
fini_wait_gives_up_but_the_pool_ends_in_time(void **state)
{
	struct end e = { 0 };
	uint64_t start;

	(void)state;
	domain_open(&e.domain, &domain_ops, true);
	open_end(&e, e.domain.gp, 1);
	start = env_now();
	assert_int_equal(objpool_fini_wait(e.pool, 30), -ETIMEDOUT);
	assert_true(env_now() - start >= 29000000);
	assert_int_equal(objpool_outstanding(e.pool), -EAGAIN);
	assert_int_equal(objpool_fini_wait(e.pool, 30), -EALREADY);
	domain_settle(&e.domain);
	assert_int_equal(objpool_outstanding(e.pool), 1);
	assert_int_equal(e.releases, 0);
	assert_int_equal(objpool_push(e.objs[0], e.pool), 0);
	domain_settle(&e.domain);
	assert_int_equal(e.releases, 1);
	domain_close(&e.domain);
}

static void
without_a_domain_fini_sync_drains_in_place(void **state)
{
	struct end e = { 0 };

	(void)state;
	open_end(&e, NULL, 0);
	assert_int_equal(objpool_fini_sync(e.pool), 0);
	assert_int_equal(e.releases, 1);
	open_end(&e, NULL, 3);
	assert_int_equal(objpool_outstanding(e.pool), -EAGAIN);
	assert_int_equal(objpool_fini_sync(e.pool), -EAGAIN);
	assert_int_equal(objpool_outstanding(e.pool), 3);
	assert_int_equal(objpool_push_bulk(e.objs, 2, e.pool), 0);
	assert_int_equal(objpool_outstanding(e.pool), 1);
	assert_int_equal(e.releases, 0);
	assert_int_equal(objpool_drop(e.objs[2], e.pool), 0);
	assert_int_equal(e.releases, 1);
}

/* Bring the objects back while another thread waits for them. */
static void
bring_back(struct member *m, void *arg)
{
	struct end *e = arg;

	(void)m;
	while (objpool_outstanding(e->pool) < 0)
		nap(1);
	nap(10);
	objpool_push_bulk(e->objs, 5, e->pool);
}

static void
without_a_domain_fini_wait_waits_for_the_objects(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct end e = { 0 };

	(void)state;
	open_end(&e, NULL, 0);
	assert_int_equal(objpool_fini_wait(e.pool, 0), 0);
	assert_int_equal(e.releases, 1);

	open_end(&e, NULL, 5);
	assert_int_equal(objpool_fini_wait(e.pool, 5), -ETIMEDOUT);
	assert_int_equal(objpool_drop_bulk(e.objs, 5, e.pool), 0);
	assert_int_equal(e.releases, 1);

	e.slow_ms = 10;
	open_end(&e, NULL, 5);
	crew_start(crew, 1, bring_back, &e);
	assert_int_equal(objpool_fini_wait(e.pool, UINT32_MAX), 0);
	assert_int_equal(e.releases, 1);
	crew_join(crew);
	free(crew);
}

static void
without_a_domain_fini_wait_refuses_shared_pools(void **state)
{
	struct objpool_attr attr = { .nr_objs = NR, .obj_size = 16 };
	struct end e = { 0 };
	struct objpool *pool;
	struct bank bank;
	void *obj;

	(void)state;
	bank_open(&bank, true);
	attr.mem = &bank.mem;
	attr.release = release;
	attr.ctx = &e;
	pool = make_pool(&attr);
	assert_int_equal(objpool_fini_wait(pool, 0), -ENOTSUP);
	obj = objpool_pop(pool);
	assert_non_null(obj);
	assert_int_equal(objpool_fini_wait(pool, 10), -ENOTSUP);
	/* Nothing happened. */
	assert_int_equal(objpool_outstanding(pool), -EAGAIN);
	assert_int_equal(objpool_nr_free(pool), NR - 1);
	assert_int_equal(objpool_push(obj, pool), 0);
	assert_int_equal(objpool_nr_free(pool), NR);
	assert_int_equal(e.releases, 0);
	assert_int_equal(objpool_fini_sync(pool), 0);
	assert_int_equal(e.releases, 1);
	assert_int_equal(bank.nr_live, 0);
	bank_close(&bank);
}

/* Outside any read section: the pool's own mark is what keeps it. */
static void
stay_inside(struct member *m, void *arg)
{
	struct end *e = arg;
	void *mark = objpool_enter(e->pool, NULL);

	(void)m;
	if (mark == NULL)
		abort();
	gate_pass(&e->in);
	gate_pass(&e->out);
	e->rc = e->releases == 0 ? 0 : -1;
	objpool_leave(e->pool, mark);
}

/* covers G11 */
static void
fini_wait_of_a_marked_pool_with_a_domain_waits_for_both(void **state)
{
	static const uint32_t flags[] = { OBJPOOL_F_MARKED,
		OBJPOOL_F_MARKED | OBJPOOL_F_FENCED };
	struct crew *crew = calloc(1, sizeof(*crew));
	struct end e = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		domain_open(&e.domain, &domain_ops, false);
		e.flags = flags[i];
		open_end(&e, e.domain.gp, 0);
		gate_init(&e.in, 2);
		gate_init(&e.out, 2);
		crew_start(crew, 1, stay_inside, &e);
		gate_pass(&e.in);
		assert_int_equal(objpool_fini_wait(e.pool, 100), -ETIMEDOUT);
		assert_int_equal(objpool_outstanding(e.pool), -EAGAIN);
		gate_pass(&e.out);
		crew_join(crew);
		assert_int_equal(e.rc, 0); /* not released before it left */
		domain_settle(&e.domain);
		assert_int_equal(e.releases, 1);
		domain_close(&e.domain);
	}
	free(crew);
}

/* Of several that finish the same pool one succeeds. */
struct race {
	struct domain domain;
	struct objpool *pool;
	_Atomic(unsigned int) won, late;
};

static void
finish_first(struct member *m, void *arg)
{
	struct race *race = arg;
	int rc = m->index == 0 ? objpool_fini(race->pool) :
		m->index == 1  ? objpool_fini_sync(race->pool) :
				 objpool_fini_wait(race->pool, UINT32_MAX);

	if (rc == 0 || rc == -EAGAIN)
		race->won++;
	else if (rc == -EALREADY)
		race->late++;
}

static void
of_racing_finis_one_succeeds(void **state)
{
	struct objpool_attr attr = { .nr_objs = NR, .obj_size = 16 };
	struct crew *crew = calloc(1, sizeof(*crew));

	(void)state;
	for (unsigned int i = 0; i < env_times(200); i++) {
		struct race race = { .won = 0 };
		void *obj;

		domain_open(&race.domain, &domain_manual_ops, false);
		attr.gp = race.domain.gp;
		race.pool = make_pool(&attr);
		obj = objpool_pop(race.pool);
		crew_start(crew, 3, finish_first, &race);
		/* The object keeps the pool until both others have tried. */
		while (race.late < 2)
			domain_run(&race.domain);
		objpool_drop(obj, race.pool);
		while (race.won < 1)
			domain_run(&race.domain);
		crew_join(crew);
		assert_int_equal(race.won, 1);
		assert_int_equal(race.late, 2);
		while (domain_run(&race.domain))
			;
		assert_int_equal(domain_stats(&race.domain).released, 1);
		domain_close(&race.domain);
	}
	free(crew);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			fini_sync_waits_for_the_first_grace_period_only),
		cmocka_unit_test(fini_wait_returns_when_release_has),
		cmocka_unit_test(fini_wait_gives_up_but_the_pool_ends_in_time),
		cmocka_unit_test(without_a_domain_fini_sync_drains_in_place),
		cmocka_unit_test(
			without_a_domain_fini_wait_waits_for_the_objects),
		cmocka_unit_test(
			without_a_domain_fini_wait_refuses_shared_pools),
		cmocka_unit_test(
			fini_wait_of_a_marked_pool_with_a_domain_waits_for_both),
		cmocka_unit_test(of_racing_finis_one_succeeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
