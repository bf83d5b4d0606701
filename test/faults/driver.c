/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mempools of the driver are made, populated, replaced and freed while what
 * they get of EAL, the C library and the kernel fails, each in turn.
 *
 * Some of it is asked for a second time, elsewhere or in smaller pieces, by the
 * driver or by mempool; then one failure does no harm.
 */

#include "unit.h"

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include <objpool/objpool_mempool.h>

#include "../driver/eal.h"
#include "../driver/end.h"
#include "scene.h"

#define NR 200

struct stall {
	struct rte_mempool *mp, *by;
	unsigned int nr_zones;
	unsigned int nr_inits;
	struct told told;
};

static const int memory_errors[] = { -ENOMEM, -ENOSPC, 0 };

#define MEMORY                                                                 \
	(FAULT_BIT(ZONE) | FAULT_BIT(ZALLOC) | FAULT_BIT(CALLOC) |             \
		FAULT_BIT(CTRL_THREAD))
/* All but memory. */
#define ANSWERS                                                                \
	(FAULT_BIT(READLINK) | FAULT_BIT(STAT) | FAULT_BIT(GETRANDOM) |        \
		FAULT_BIT(MEMBARRIER) | FAULT_BIT(SYSCONF))

static void
expect_zones(const struct stall *s)
{
	assert_int_equal(nr_memzones(), s->nr_zones);
}

/* --- made at one go --- */

static void
clear_stall(void *ctx)
{
	struct stall *s = ctx;

	s->mp = NULL;
	s->nr_inits = 0;
	s->nr_zones = nr_memzones();
}

static void
init_object(struct rte_mempool *mp, void *ctx, void *obj, unsigned int i)
{
	struct stall *s = ctx;

	(void)mp;
	(void)i;
	memset(obj, 0x5a, 64);
	s->nr_inits++;
}

static int
create(void *ctx)
{
	struct stall *s = ctx;

	s->mp = rte_mempool_create("stall", NR, 64, 0, 0, NULL, NULL,
		init_object, s, SOCKET_ID_ANY, 0);
	return s->mp != NULL ? 0 : -rte_errno;
}

static int
create_mbufs(void *ctx)
{
	struct stall *s = ctx;

	s->mp = rte_pktmbuf_pool_create_by_ops("stall", NR, 0, 0, 256,
		SOCKET_ID_ANY, "objpool");
	return s->mp != NULL ? 0 : -rte_errno;
}

static void
look_at_stall(void *ctx, int rc, const struct faults_seen *seen)
{
	struct stall *s = ctx;

	(void)seen;
	if (rc != 0) {
		assert_null(s->mp);
		assert_null(rte_mempool_lookup("stall"));
		expect_zones(s);
		s->nr_inits = 0;
		return;
	}
	expect_available(s->mp, NR);
	expect_whole(s->mp, NR);
}

static void
strike_stall(void *ctx)
{
	struct stall *s = ctx;

	rte_mempool_free(s->mp);
	s->mp = NULL;
	expect_zones(s);
}

static void
play_all(struct scene *scene, struct stall *s)
{
	scene->only = MEMORY;
	scene->kinds = FAULT_BIT(ZONE) | FAULT_BIT(ZALLOC) | FAULT_BIT(CALLOC);
	scene->errors = memory_errors;
	scene_play(scene, s);
	scene->only = ANSWERS;
	scene->kinds = FAULT_BIT(READLINK) | FAULT_BIT(GETRANDOM);
	scene->errors = NULL;
	scene->once_only = true;
	scene_play(scene, s);
}

static void
mempool_whose_making_fails_leaves_nothing(void **state)
{
	struct scene scene = {
		.name = "create",
		.set = clear_stall,
		.play = create,
		.look = look_at_stall,
		.strike = strike_stall,
	};
	struct stall s;

	(void)state;
	assert_int_equal(objpool_mempool_replace_default(), 0);
	play_all(&scene, &s);
	scene.name = "create mbufs";
	scene.play = create_mbufs;
	scene.once_only = false;
	play_all(&scene, &s);
}

/* --- populated --- */

static void
set_empty(void *ctx)
{
	struct stall *s = ctx;

	clear_stall(s);
	s->mp = mempool_empty("stall", NR, 0);
}

static int
populate(void *ctx)
{
	int rc = rte_mempool_populate_default(((struct stall *)ctx)->mp);

	return rc > 0 ? 0 : rc;
}

static void
look_at_populated(void *ctx, int rc, const struct faults_seen *seen)
{
	struct stall *s = ctx;

	(void)seen;
	if (rc != 0) {
		assert_int_equal(s->mp->populated_size, 0);
		assert_int_equal(rte_mempool_avail_count(s->mp), 0);
		return;
	}
	expect_available(s->mp, NR);
	expect_whole(s->mp, NR);
}

static void
mempool_that_cannot_be_populated_can_be_later(void **state)
{
	/* The pool is kept for the next time, as mempool wants it. */
	struct scene scene = {
		.name = "populate",
		.set = set_empty,
		.play = populate,
		.look = look_at_populated,
		.strike = strike_stall,
		.keeps = true,
	};
	struct stall s;

	(void)state;
	play_all(&scene, &s);
}

/* --- freed and replaced --- */

static void
set_used(void *ctx)
{
	struct stall *s = ctx;

	clear_stall(s);
	s->mp = mempool_new("stall", NR, 0);
	s->by = mempool_new("other", NR, 0);
	atomic_store(&s->told.times, 0);
}

static int
free_it(void *ctx)
{
	struct stall *s = ctx;

	return objpool_mempool_free_deferred(s->mp, on_freed, &s->told);
}

static int
replace_it(void *ctx)
{
	struct stall *s = ctx;

	return objpool_mempool_replace(s->mp, s->by, on_freed, &s->told);
}

/* After a failure nothing has begun. */
static void
look_at_end(void *ctx, int rc, const struct faults_seen *seen)
{
	struct stall *s = ctx;

	(void)seen;
	if (rc == 0)
		return;
	assert_int_equal(atomic_load(&s->told.times), 0);
	assert_ptr_equal(rte_mempool_lookup("stall"), s->mp);
	assert_int_equal(objpool_mempool_waiting_walk(NULL, NULL), 0);
	expect_whole(s->mp, NR);
	expect_whole(s->by, NR);
}

static void
strike_freed(void *ctx)
{
	struct stall *s = ctx;

	expect_freed(&s->told, "stall");
	rte_mempool_free(s->by);
	expect_zones(s);
}

static void
strike_replaced(void *ctx)
{
	struct stall *s = ctx;

	expect_freed(&s->told, "stall");
	expect_whole(s->mp, NR);
	rte_mempool_free(s->mp);
	rte_mempool_free(s->by);
	expect_zones(s);
}

static const struct scene freeing = {
	.name = "free deferred",
	.set = set_used,
	.play = free_it,
	.look = look_at_end,
	.strike = strike_freed,
};

static const struct scene replacing = {
	.name = "replace",
	.set = set_used,
	.play = replace_it,
	.look = look_at_end,
	.strike = strike_replaced,
};

/* Before the others, which start the thread. */
static void
end_without_a_thread_does_not_begin(void **state)
{
	static const int wanted[] = { -EAGAIN, -ENOMEM };
	struct faults_left before;
	struct faults_seen seen;
	struct stall s;

	(void)state;
	set_used(&s);
	before = faults_left();
	for (unsigned int i = 0; i < 4; i++) {
		const struct fault_plan plan = { 1, false, i % 2,
			FAULT_BIT(CTRL_THREAD) };
		int rc;

		faults_arm(&plan);
		rc = i < 2 ? free_it(&s) : replace_it(&s);
		faults_disarm(&seen);
		assert_int_equal(seen.failed, 1);
		assert_int_equal(rc, wanted[i % 2]);
		assert_true(faults_are_even(&before));
		look_at_end(&s, rc, &seen);
	}
	assert_int_equal(free_it(&s), 0);
	strike_freed(&s);
}

static void
end_that_is_refused_does_not_begin(void **state)
{
	static const int no_membarrier[] = { -ENOTSUP, 0 };
	struct scene scenes[] = { freeing, replacing };
	struct stall s;

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(scenes); i++) {
		scenes[i].only = FAULT_BIT(CALLOC);
		scenes[i].kinds = FAULT_BIT(CALLOC);
		scene_play(&scenes[i], &s);
		scenes[i].only = FAULT_BIT(MEMBARRIER);
		scenes[i].kinds = FAULT_BIT(MEMBARRIER);
		scenes[i].errors = no_membarrier;
		scenes[i].once_only = true;
		scene_play(&scenes[i], &s);
	}
}

static void
holders_that_cannot_be_looked_for_are_not_known(void **state)
{
	const struct fault_plan plan = { 1, true, false, FAULT_BIT(CALLOC) };
	struct faults_seen seen;
	struct seen waiting = { 0 };
	struct stall s;
	void *obj;

	(void)state;
	set_used(&s);
	assert_int_equal(rte_mempool_get(s.mp, &obj), 0);
	assert_int_equal(free_it(&s), 0);
	faults_arm(&plan);
	assert_int_equal(objpool_mempool_waiting_walk(see, &waiting), 1);
	faults_disarm(&seen);
	assert_int_equal(seen.failed, 1);
	assert_non_null(strstr(waiting.holders, "want of memory"));
	assert_int_equal(objpool_mempool_waiting_walk(see, &waiting), 1);
	assert_int_equal(waiting.last.nr_out, 1);
	rte_mempool_put(s.mp, obj);
	strike_freed(&s);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(end_without_a_thread_does_not_begin),
		cmocka_unit_test(end_that_is_refused_does_not_begin),
		cmocka_unit_test(
			holders_that_cannot_be_looked_for_are_not_known),
		cmocka_unit_test(mempool_that_cannot_be_populated_can_be_later),
		cmocka_unit_test(mempool_whose_making_fails_leaves_nothing),
	};
	int rc;

	eal_start(argc, argv);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
