/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mempools that end while the thread that ends them cannot wait for others.
 *
 * objpool_quiesce() is the test's: in that thread it says for a while that
 * there is no membarrier, and can be made slow, so that mempools are freed just
 * when the thread looks at them. With the driver and the library inside.
 */

#include "unit.h"

#include <unistd.h>

#include <rte_mempool.h>

#include <objpool/objpool_mempool.h>

#include "../driver/eal.h"
#include "../driver/end.h"
#include "faults.h"

#define SIZE 100u

static struct {
	pthread_t main;
	atomic_bool refuses, is_slow;
	atomic_uint nr; /* how often it was asked in the thread */
} quiesce;

int
__real_objpool_quiesce(const struct objpool *pool);
int
__wrap_objpool_quiesce(const struct objpool *pool);

int
__wrap_objpool_quiesce(const struct objpool *pool)
{
	if (pthread_equal(pthread_self(), quiesce.main))
		return __real_objpool_quiesce(pool);
	atomic_fetch_add(&quiesce.nr, 1);
	if (atomic_load(&quiesce.is_slow))
		usleep(50000);
	if (atomic_load(&quiesce.refuses))
		return -ENOTSUP;
	return __real_objpool_quiesce(pool);
}

static void
await_more(unsigned int than)
{
	while (atomic_load(&quiesce.nr) <= than)
		usleep(100);
}

static void
who_cannot_be_waited_for_yet_is_waited_for_later(void **state)
{
	struct rte_mempool *mp = mempool_new("later", SIZE, 0);
	unsigned int nr = atomic_load(&quiesce.nr);
	struct told told;

	(void)state;
	atomic_store(&quiesce.refuses, true);
	free_later(mp, &told);
	await_more(nr + 2);
	assert_int_equal(atomic_load(&told.times), 0);
	assert_int_equal(objpool_mempool_waiting_walk(NULL, NULL), 1);
	atomic_store(&quiesce.refuses, false);
	expect_freed(&told, "later");
}

/* Replaced, ending, and then freed although objects may be out: the one that
 * served instead is let go of. */
static void
freeing_an_ending_mempool_lets_go_of_who_served_for_it(void **state)
{
	struct rte_mempool *mp = mempool_new("front", SIZE, 0);
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	unsigned int nr = atomic_load(&quiesce.nr);
	struct told replaced, freed;

	(void)state;
	atomic_store(&quiesce.refuses, true);
	replace(mp, by, &replaced);
	free_later(mp, &freed);
	await_more(nr + 2);
	assert_int_equal(objpool_mempool_free_deferred(by, NULL, NULL), -EBUSY);
	rte_mempool_free(mp);
	atomic_store(&quiesce.refuses, false);
	wait_all();
	assert_int_equal(atomic_load(&replaced.times), 1);
	assert_int_equal(atomic_load(&freed.times), 1);
	expect_whole(by, SIZE);
	free_later(by, &freed);
	expect_freed(&freed, "back");
}

/* That another one serves instead is waited for; no mempool waits for it. */
static void
a_change_of_who_serves_is_not_told_as_a_mempool_that_waits(void **state)
{
	struct rte_mempool *mp = mempool_new("front", SIZE, 0);
	struct rte_mempool *first = mempool_new("first", SIZE, 0);
	struct rte_mempool *second = mempool_new("second", SIZE, 0);
	unsigned int nr = atomic_load(&quiesce.nr);
	struct told told, again;

	(void)state;
	atomic_store(&quiesce.refuses, true);
	replace(mp, first, &told);
	replace(mp, second, &again);
	await_more(nr + 2);
	assert_int_equal(objpool_mempool_waiting_walk(NULL, NULL), 1);
	atomic_store(&quiesce.refuses, false);
	wait_all();
	assert_int_equal(atomic_load(&told.times), 1);
	assert_int_equal(atomic_load(&again.times), 1);
	rte_mempool_free(first);
	expect_whole(second, SIZE);
	rte_mempool_free(mp);
	rte_mempool_free(second);
}

/* The thread is looking at it. */
static void
freeing_waits_for_the_thread_that_looks(void **state)
{
	struct rte_mempool *mp = mempool_new("looked", SIZE, 0);
	unsigned int nr = atomic_load(&quiesce.nr);
	struct told told;

	(void)state;
	atomic_store(&quiesce.refuses, true);
	atomic_store(&quiesce.is_slow, true);
	free_later(mp, &told);
	await_more(nr);
	rte_mempool_free(mp);
	atomic_store(&quiesce.is_slow, false);
	atomic_store(&quiesce.refuses, false);
	expect_freed(&told, "looked");
}

static void
reclaiming_without_memory_says_so(void **state)
{
	struct fault_plan plan = { 1, true, false, FAULT_BIT(CALLOC) };
	struct objpool_mempool_config config = {
		.size = sizeof(config),
		.flags = OBJPOOL_F_HOLDERS,
	};
	struct rte_mempool *mp = rte_mempool_create_empty("holders", SIZE, 64,
		0, 0, SOCKET_ID_ANY, 0);
	struct faults_seen seen;

	(void)state;
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "objpool", &config), 0);
	assert_int_equal(rte_mempool_populate_default(mp), SIZE);
	faults_arm(&plan);
	assert_true(objpool_mempool_reclaim(mp, NULL, NULL) == -ENOMEM);
	faults_disarm(&seen);
	assert_int_equal(seen.failed, 1);
	assert_true(objpool_mempool_reclaim(mp, NULL, NULL) == 0);
	expect_whole(mp, SIZE);
	rte_mempool_free(mp);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			who_cannot_be_waited_for_yet_is_waited_for_later),
		cmocka_unit_test(
			freeing_an_ending_mempool_lets_go_of_who_served_for_it),
		cmocka_unit_test(
			a_change_of_who_serves_is_not_told_as_a_mempool_that_waits),
		cmocka_unit_test(freeing_waits_for_the_thread_that_looks),
		cmocka_unit_test(reclaiming_without_memory_says_so),
	};
	int rc;

	quiesce.main = pthread_self();
	eal_start(argc, argv);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
