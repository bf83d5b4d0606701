/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mempools in states that programs hardly bring about: with the state of
 * another process or of nobody, with a config of another version, in memory of
 * the user's, held in very many rings; and what is asked for before anything
 * ended.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_ring.h>

#include <objpool/rcu.h>

#include "pool.h"
#include "state.h"

#include "eal.h"
#include "end.h"

#define SIZE 100u

static void
expect_refusals(struct rte_mempool *mp, struct rte_mempool *other, int error)
{
	assert_int_equal(objpool_mempool_free_deferred(mp, NULL, NULL), error);
	assert_int_equal(objpool_mempool_replace(mp, other, NULL, NULL), error);
	assert_int_equal(objpool_mempool_replace(other, mp, NULL, NULL), error);
	assert_int_equal(objpool_mempool_waiting_walk(NULL, NULL), 0);
}

/* First: nothing has ended yet. */
static void
before_anything_ended_there_is_nothing_to_wait_for(void **state)
{
	(void)state;
	assert_int_equal(objpool_mempool_wait(0), 0);
	assert_int_equal(objpool_mempool_wait(20000), 0);
	assert_int_equal(objpool_mempool_waiting_walk(NULL, NULL), 0);
}

static void
a_state_that_is_not_ours_is_refused(void **state)
{
	static struct state nobodys __rte_cache_aligned;
	struct rte_mempool *mp = mempool_new("mine", SIZE, 0);
	struct rte_mempool *other = mempool_new("other", SIZE, 0);
	struct rte_mempool *ring = rte_mempool_create("ring", 10, 8, 0, 0, NULL,
		NULL, NULL, NULL, SOCKET_ID_ANY, 0);
	void *mine = mp->pool_data;

	(void)state;
	assert_non_null(ring);
	mp->pool_data = &nobodys;
	expect_refusals(mp, other, -EINVAL);
	assert_true(objpool_mempool_reclaim(mp, NULL, NULL) == -EINVAL);
	assert_true(objpool_mempool_reclaim(ring, NULL, NULL) == -EINVAL);
	assert_true(objpool_mempool_reclaim(NULL, NULL, NULL) == -EINVAL);
	mp->pool_data = mine;
	expect_whole(mp, SIZE);
	expect_whole(other, SIZE);
	rte_mempool_free(ring);
	rte_mempool_free(other);
	rte_mempool_free(mp);
}

static void
a_mempool_that_another_process_created_is_freed_only_plainly(void **state)
{
	struct rte_mempool *other = mempool_new("other", SIZE, 0);
	unsigned int before = nr_memzones();
	struct rte_mempool *mp = mempool_new("theirs", SIZE, 0);
	struct state *s = mp->pool_data;

	(void)state;
	s->creator++;
	expect_refusals(mp, other, -EPERM);
	expect_whole(mp, SIZE);
	expect_whole(other, SIZE);
	/* As in a child that this process forked: the library refuses to end
	 * the pool, and its memory goes back all the same. */
	arena_of(&s->pool)->creator ^= 1;
	assert_int_equal(objpool_free_forced(&s->pool), -EPERM);
	rte_mempool_free(mp);
	assert_int_equal(nr_memzones(), before);
	rte_mempool_free(other);
}

static void
a_config_of_another_version_is_refused(void **state)
{
	struct objpool_mempool_config config = { .size = 1 };
	struct rte_mempool *mp;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		mp = rte_mempool_create_empty("config", SIZE, 64, 0, 0,
			SOCKET_ID_ANY, 0);
		assert_non_null(mp);
		assert_int_equal(rte_mempool_set_ops_byname(mp, "objpool",
					 &config),
			0);
		if (i == 0)
			assert_int_equal(rte_mempool_populate_default(mp),
				-EINVAL);
		else
			assert_int_equal(rte_mempool_populate_default(mp),
				SIZE);
		config.size = sizeof(config);
		rte_mempool_free(mp);
	}
}

/* 0 is a node on every machine. */
static void
a_mempool_may_ask_for_its_node(void **state)
{
	struct rte_mempool *mp =
		rte_mempool_create_empty("node", SIZE, 64, 0, 0, 0, 0);
	const struct state *s;

	(void)state;
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "objpool", NULL), 0);
	assert_int_equal(rte_mempool_populate_default(mp), SIZE);
	s = mp->pool_data;
	for (unsigned int i = 0; i < s->nr_zones; i++)
		assert_int_equal(s->zone[i]->socket_id, mp->mz->socket_id);
	expect_whole(mp, SIZE);
	rte_mempool_free(mp);
}

/* --- without IO addresses, and not to be given back inline --- */

static void
one_without_io_addresses_does_not_serve_others(void **state)
{
	struct rte_mempool *mp = mempool_new("with", SIZE, 0);
	struct rte_mempool *by = mempool_new("without", SIZE, 0);
	unsigned int flags = mp->flags;

	(void)state;
	mp->flags &= ~RTE_MEMPOOL_F_NON_IO;
	by->flags |= RTE_MEMPOOL_F_NON_IO;
	assert_int_equal(objpool_mempool_replace(mp, by, NULL, NULL), -EINVAL);
	mp->flags = flags;
	expect_whole(mp, SIZE);
	rte_mempool_free(by);
	rte_mempool_free(mp);
}

static void
objects_of_no_mempool_of_ours_are_not_taken_in(void **state)
{
	struct rte_mempool *ring = rte_mempool_create("ring", 10, 64, 0, 0,
		NULL, NULL, NULL, NULL, SOCKET_ID_ANY, 0);
	struct rte_mempool *mp = mempool_new("front", SIZE, 0);
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	struct told told;
	void *objs[3];

	(void)state;
	assert_non_null(ring);
	assert_int_equal(rte_mempool_get(mp, &objs[0]), 0);
	assert_int_equal(rte_mempool_get(ring, &objs[1]), 0);
	assert_int_equal(rte_mempool_get(by, &objs[2]), 0);
	replace(mp, by, &told);
	assert_int_equal(rte_mempool_ops_enqueue_bulk(mp, objs, 3), -EINVAL);
	/* The others went home. */
	expect_freed(&told, "front");
	expect_whole(by, SIZE);
	rte_mempool_put(ring, objs[1]);
	rte_mempool_free(mp);
	rte_mempool_free(by);
	rte_mempool_free(ring);
}

/* --- in memory of the user's --- */

static struct {
	const struct rte_memzone *zone;
	atomic_bool is_freeing;
	bool had_its_name;
} lent;

/* Slow: the mempool's user frees the mempool meanwhile. */
static void
take_back(struct rte_mempool_memhdr *chunk, void *zone)
{
	(void)chunk;
	lent.had_its_name = strcmp(lent.zone->name, "lent") == 0;
	atomic_store(&lent.is_freeing, true);
	usleep(50000);
	rte_memzone_free(zone);
}

static void
memory_of_the_user_s_is_freed_once_whoever_comes_first(void **state)
{
	struct rte_mempool *mp = mempool_empty("front", SIZE, 0);
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	struct told told;

	(void)state;
	lent.zone = rte_memzone_reserve("lent",
		SIZE * (mp->header_size + mp->elt_size + mp->trailer_size),
		SOCKET_ID_ANY, 0);
	assert_non_null(lent.zone);
	assert_int_equal(rte_mempool_populate_iova(mp, lent.zone->addr,
				 RTE_BAD_IOVA, lent.zone->len, take_back,
				 (void *)(uintptr_t)lent.zone),
		SIZE);
	by->flags |= mp->flags & RTE_MEMPOOL_F_NON_IO;
	replace(mp, by, &told);
	while (!atomic_load(&lent.is_freeing))
		usleep(100);
	rte_mempool_free(mp);
	assert_null(rte_memzone_lookup("lent"));
	assert_true(lent.had_its_name);
	expect_freed(&told, "front");
	expect_whole(by, SIZE);
	rte_mempool_free(by);
}

/* --- where objects are --- */

#define RINGS 40u

static void
as_many_holders_are_told_as_there_is_room_for(void **state)
{
	struct rte_mempool *mp = mempool_new("held", SIZE, 0);
	struct rte_ring *rings[RINGS];
	struct seen seen = { 0 };
	char name[RTE_RING_NAMESIZE];
	void *objs[RINGS];
	struct told told;
	const char *last;

	(void)state;
	assert_int_equal(rte_mempool_get_bulk(mp, objs, RINGS), 0);
	for (unsigned int i = 0; i < RINGS; i++) {
		snprintf(name, sizeof(name), "a_rather_long_name_%04u", i);
		rings[i] = rte_ring_create(name, 4, SOCKET_ID_ANY, 0);
		assert_non_null(rings[i]);
		assert_int_equal(rte_ring_enqueue(rings[i], objs[i]), 0);
	}
	/* It is in two places, and counts once. */
	assert_int_equal(rte_ring_enqueue(rings[1], objs[0]), 0);
	free_later(mp, &told);
	assert_int_equal(objpool_mempool_waiting_walk(see, &seen), 1);
	assert_int_equal(seen.last.nr_out, RINGS);
	assert_in_range(strlen(seen.holders), 450, 511);
	/* Whole names only. */
	last = strrchr(seen.holders, ',');
	assert_non_null(last);
	assert_int_equal(strlen(last),
		strlen(", 1 in ring a_rather_long_name_0000"));
	assert_null(strstr(seen.holders, "2 in ring"));
	for (unsigned int i = 0; i < RINGS; i++)
		rte_ring_free(rings[i]);
	rte_mempool_put_bulk(mp, objs, RINGS);
	expect_freed(&told, "held");
}

/* --- domains and children --- */

struct periods {
	_Atomic(uint64_t) nr;
	atomic_bool are_held;
};

static uint64_t
start(void *ctx)
{
	return atomic_fetch_add(&((struct periods *)ctx)->nr, 1) + 1;
}

static bool
done(void *ctx, uint64_t cookie)
{
	(void)cookie;
	return !atomic_load(&((struct periods *)ctx)->are_held);
}

static const struct objpool_gp_ops ops = { .start = start, .done = done };

static void
a_domain_does_not_need_caches(void **state)
{
	struct rte_mempool *mp = mempool_new("grace", SIZE, 0);
	struct periods periods = { 0 };
	struct objpool_gp *gp;
	struct told told;

	(void)state;
	assert_int_equal(objpool_gp_create(&ops, &periods, NULL, &gp), 0);
	atomic_store(&told.times, 0);
	assert_int_equal(objpool_mempool_free_deferred_gp(mp, gp, on_freed,
				 &told),
		0);
	expect_freed(&told, "grace");
	assert_true(atomic_load(&periods.nr) > 0);
	assert_int_equal(objpool_gp_destroy(gp), 0);
}

static void
what_is_in_caches_is_told_until_they_are_emptied(void **state)
{
	struct rte_mempool *mp = mempool_new("cached", SIZE, 16);
	struct periods periods = { .are_held = true };
	struct seen seen = { 0 };
	struct objpool_gp *gp;
	struct told told;
	void *obj;

	(void)state;
	assert_int_equal(objpool_gp_create(&ops, &periods, NULL, &gp), 0);
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	atomic_store(&told.times, 0);
	assert_int_equal(objpool_mempool_free_deferred_gp(mp, gp, on_freed,
				 &told),
		0);
	assert_int_equal(objpool_mempool_waiting_walk(see, &seen), 1);
	assert_int_equal(seen.last.nr_cached, 16);
	assert_non_null(strstr(seen.holders, "16 in the cache of lcore 0"));
	atomic_store(&periods.are_held, false);
	rte_mempool_put(mp, obj);
	expect_freed(&told, "cached");
	assert_int_equal(objpool_gp_destroy(gp), 0);
}

static void
a_child_waits_for_nothing_of_its_parent_s(void **state)
{
	struct rte_mempool *mp = mempool_new("parent", SIZE, 0);
	struct told told;
	int status;
	void *obj;
	pid_t pid;

	(void)state;
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	free_later(mp, &told);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(objpool_mempool_wait(0) != -ETIMEDOUT ||
			objpool_mempool_waiting_walk(NULL, NULL) != 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(objpool_mempool_waiting_walk(NULL, NULL), 1);
	rte_mempool_put(mp, obj);
	expect_freed(&told, "parent");
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			before_anything_ended_there_is_nothing_to_wait_for),
		cmocka_unit_test(a_state_that_is_not_ours_is_refused),
		cmocka_unit_test(
			a_mempool_that_another_process_created_is_freed_only_plainly),
		cmocka_unit_test(a_config_of_another_version_is_refused),
		cmocka_unit_test(a_mempool_may_ask_for_its_node),
		cmocka_unit_test(
			one_without_io_addresses_does_not_serve_others),
		cmocka_unit_test(
			objects_of_no_mempool_of_ours_are_not_taken_in),
		cmocka_unit_test(
			memory_of_the_user_s_is_freed_once_whoever_comes_first),
		cmocka_unit_test(as_many_holders_are_told_as_there_is_room_for),
		cmocka_unit_test(a_domain_does_not_need_caches),
		cmocka_unit_test(
			what_is_in_caches_is_told_until_they_are_emptied),
		cmocka_unit_test(a_child_waits_for_nothing_of_its_parent_s),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
