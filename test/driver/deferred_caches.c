/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mempools with caches of mempool's own, which are freed after a grace period:
 * the caches are emptied, objects that come back later pass them by, and where
 * mempool looks for the private area stays where it is.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include <string.h>

#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include <objpool/rte_qsbr.h>

#include "eal.h"
#include "end.h"

/* A worker with an lcore cache that reports to a domain. It takes objects of a
 * mempool while there is one, and keeps some; then it gives these back when it
 * is asked to. */
#define KEPT 10

struct reader {
	struct rte_rcu_qsbr *v;
	_Atomic(struct rte_mempool *) mp;
	atomic_bool stop, give;
	atomic_uint nr_kept;
	uint64_t rounds;
	void *kept[KEPT];
};

static void
take_and_keep(struct reader *r, struct rte_mempool *mp)
{
	unsigned int nr = atomic_load(&r->nr_kept);
	void *objs[4];

	if (rte_mempool_get_bulk(mp, objs, 4) != 0)
		return;
	if (nr < KEPT) {
		r->kept[nr] = objs[0];
		atomic_store(&r->nr_kept, nr + 1);
	} else {
		rte_mempool_put(mp, objs[0]);
	}
	rte_mempool_put_bulk(mp, objs + 1, 3);
	r->rounds++;
}

static int
read_side(void *arg)
{
	struct reader *r = arg;
	struct rte_mempool *mp;

	rte_rcu_qsbr_thread_register(r->v, WORKER);
	rte_rcu_qsbr_thread_online(r->v, WORKER);
	while (!atomic_load(&r->stop)) {
		mp = atomic_load(&r->mp);
		if (mp != NULL)
			take_and_keep(r, mp);
		rte_rcu_qsbr_quiescent(r->v, WORKER);
		if (!atomic_load(&r->give))
			continue;
		for (unsigned int i = 0; i < KEPT; i++)
			rte_mempool_put(rte_mempool_from_obj(r->kept[i]),
				r->kept[i]);
		atomic_store(&r->nr_kept, 0);
		atomic_store(&r->give, false);
	}
	rte_rcu_qsbr_thread_offline(r->v, WORKER);
	rte_rcu_qsbr_thread_unregister(r->v, WORKER);
	return 0;
}

static void
end_of_cached(struct reader *r, struct objpool_gp *gp)
{
	struct rte_mempool *mp = rte_pktmbuf_pool_create_by_ops("cached", 1023,
		64, 16, 256, SOCKET_ID_ANY, "objpool");
	struct told told = { 0 };
	struct seen seen = { 0 };
	void *objs[10];

	assert_non_null(mp);
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 10), 0);
	rte_mempool_put_bulk(mp, objs, 10);
	assert_true(mp->local_cache[0].len > 0);
	atomic_store(&r->mp, mp);
	while (atomic_load(&r->nr_kept) < KEPT)
		sched_yield();
	atomic_store(&r->mp, NULL);
	assert_int_equal(objpool_mempool_free_deferred_gp(mp, gp, on_freed,
				 &told),
		0);
	assert_int_equal(objpool_mempool_free_deferred(mp, NULL, NULL),
		-EALREADY);
	/* For what the worker kept, once the grace period is over; how long
	 * that takes is not the test's business. */
	do {
		expect_waiting(&told);
		assert_int_equal(objpool_mempool_waiting_walk(see, &seen), 1);
	} while (seen.last.nr_out > KEPT);
	assert_int_equal(seen.last.nr_out, KEPT);
	assert_int_equal(seen.last.nr_cached, 0);
	/* Where mempool looks for the private area has not moved. */
	assert_int_equal(rte_pktmbuf_data_room_size(mp), 256);
	assert_int_equal(rte_pktmbuf_priv_size(mp), 16);
	atomic_store(&r->give, true);
	expect_freed(&told, "cached");
	while (atomic_load(&r->give))
		sched_yield();
}

static void
caches_are_emptied_after_a_grace_period(void **state)
{
	size_t size = rte_rcu_qsbr_get_memsize(RTE_MAX_LCORE);
	struct reader r = { .v = rte_zmalloc(NULL, size, 64) };
	struct objpool_gp *gp;
	unsigned int before;

	(void)state;
	assert_non_null(r.v);
	assert_int_equal(rte_rcu_qsbr_init(r.v, RTE_MAX_LCORE), 0);
	assert_int_equal(objpool_gp_create_qsbr(r.v, NULL, &gp), 0);
	before = nr_memzones();
	assert_int_equal(rte_eal_remote_launch(read_side, &r, WORKER), 0);
	for (unsigned int i = 0; i < 30; i++)
		end_of_cached(&r, gp);
	atomic_store(&r.stop, true);
	assert_int_equal(rte_eal_wait_lcore(WORKER), 0);
	assert_true(r.rounds >= 30 * KEPT);
	assert_int_equal(nr_memzones(), before);
	assert_int_equal(objpool_gp_destroy(gp), 0);
	rte_free(r.v);
}

/* As those do that free into a cache on their own. */
static void
put_as_a_pmd_does(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	struct rte_mempool_cache *cache =
		rte_mempool_default_cache(mp, rte_lcore_id());

	memcpy(&cache->objs[cache->len], objs, n * sizeof(*objs));
	cache->len += n;
	if (cache->len < cache->flushthresh)
		return;
	/* They do not ask. */
	assert_true(cache->len >= cache->size);
	rte_mempool_ops_enqueue_bulk(mp, &cache->objs[cache->size],
		cache->len - cache->size);
	cache->len = cache->size;
}

static void
what_pmds_put_into_caches_comes_home(void **state)
{
	size_t size = rte_rcu_qsbr_get_memsize(RTE_MAX_LCORE);
	struct rte_rcu_qsbr *v = rte_zmalloc(NULL, size, 64);
	struct rte_mempool *mp = mempool_new("cached", 1000, 64);
	struct told told = { 0 };
	struct seen seen = { 0 };
	struct objpool_gp *gp;
	void *objs[32];

	(void)state;
	assert_non_null(v);
	assert_int_equal(rte_rcu_qsbr_init(v, RTE_MAX_LCORE), 0);
	assert_int_equal(objpool_gp_create_qsbr(v, NULL, &gp), 0);
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 32), 0);
	put_as_a_pmd_does(mp, objs, 8);
	assert_true(mp->local_cache[0].len >= 8);
	assert_int_equal(objpool_mempool_free_deferred_gp(mp, gp, on_freed,
				 &told),
		0);
	do {
		expect_waiting(&told);
		assert_int_equal(objpool_mempool_waiting_walk(see, &seen), 1);
	} while (seen.last.nr_cached > 0 || seen.last.nr_out > 24);
	assert_int_equal(seen.last.nr_out, 24);
	put_as_a_pmd_does(mp, objs + 8, 8);
	put_as_a_pmd_does(mp, objs + 16, 15);
	expect_waiting(&told);
	put_as_a_pmd_does(mp, objs + 31, 1);
	expect_freed(&told, "cached");
	assert_int_equal(objpool_gp_destroy(gp), 0);
	rte_free(v);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caches_are_emptied_after_a_grace_period),
		cmocka_unit_test(what_pmds_put_into_caches_comes_home),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
