/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pools with and without fences, and processes that may not call membarrier.
 *
 * Children forbid themselves the call and report by their exit status.
 */

#include "unit.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bank.h"
#include "forbid.h"

#define NR 200

static struct objpool_attr plain = {
	.nr_objs = NR,
	.obj_size = 64,
	.nr_slots = 4,
	.block_objs = 16,
};

static bool
has_membarrier(void)
{
	long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	return commands > 0 && (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

static int
forbid_membarrier(void)
{
	/* Every command but the question has a bit. */
	return forbid(SYS_membarrier, 0, UINT32_MAX, EPERM);
}

static void
pools_have_fences_only_if_told_or_needed(void **state)
{
	struct objpool_attr attr = plain;
	struct objpool *pool = make_pool(&attr);

	(void)state;
	assert_int_equal(stats_of(pool).fence_free, has_membarrier());
	end_pool(pool);
	attr.flags = OBJPOOL_F_FENCED;
	pool = make_pool(&attr);
	assert_int_equal(stats_of(pool).fence_free, 0);
	end_pool(pool);
}

struct stage {
	struct objpool *pool;
	struct gate gate;
};

/* Have everything pass through this thread's slot. */
static void
load_slot(struct objpool *pool)
{
	void *objs[NR];

	if (objpool_pop_bulk(pool, objs, NR) != 0)
		abort();
	for (unsigned int i = 0; i < NR; i++)
		objpool_push(objs[i], pool);
}

static void
load_and_wait(struct member *m, void *arg)
{
	struct stage *stage = arg;

	(void)m;
	load_slot(stage->pool);
	gate_pass(&stage->gate);
	gate_pass(&stage->gate);
}

/* Pop all there is while another thread sits on it; returns how many. */
static unsigned int
rob_idle_thread(struct objpool *pool)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct stage stage = { .pool = pool };
	void *objs[NR];
	unsigned int n;

	gate_init(&stage.gate, 2);
	crew_start(crew, 1, load_and_wait, &stage);
	gate_pass(&stage.gate);
	n = objpool_pop_burst(pool, objs, NR);
	objpool_push_bulk(objs, n, pool);
	gate_pass(&stage.gate);
	crew_join(crew);
	free(crew);
	return n;
}

static void
barriers_are_made_to_revoke_and_counted(void **state)
{
	static const uint32_t flags[] = { 0, OBJPOOL_F_FENCED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		struct objpool_attr attr = plain;
		struct objpool *pool;
		struct objpool_stats stats;

		attr.flags = flags[i];
		pool = make_pool(&attr);
		assert_int_equal(rob_idle_thread(pool), NR);
		stats = stats_of(pool);
		assert_true(stats.revocations > 0);
		assert_in_range(stats.barriers, 1, stats.revocations);
		end_pool(pool);
	}
}

static int
outcome_of(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == FORBID_IMPOSSIBLE) {
		fprintf(stderr,
			"no seccomp: absence of membarrier not tried\n");
		skip();
	}
	return WEXITSTATUS(status);
}

static void
without_membarrier_pools_have_fences_and_work(void **state)
{
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		struct objpool *pool;

		if (forbid_membarrier() != 0)
			_exit(FORBID_IMPOSSIBLE);
		if (objpool_create(&plain, &pool) != 0)
			_exit(1);
		if (stats_of(pool).fence_free != 0)
			_exit(2);
		if (rob_idle_thread(pool) != NR)
			_exit(3);
		_exit(objpool_free(pool) == 0 ? 0 : 4);
	}
	assert_int_equal(outcome_of(child), 0);
}

/* In a child that cannot revoke what its parent holds privately. */
static void
take_what_is_public(struct objpool *pool)
{
	void *objs[NR];
	unsigned int n;

	if (forbid_membarrier() != 0)
		_exit(FORBID_IMPOSSIBLE);
	if (objpool_pop_bulk(pool, objs, NR) != -ENOBUFS)
		_exit(1);
	n = objpool_pop_burst(pool, objs, NR);
	if (n == 0 || n >= NR)
		_exit(2);
	if (objpool_nr_free(pool) != NR - n)
		_exit(3);
	for (unsigned int i = 0; i < n; i++)
		memset(objs[i], 0xee, 64);
	if (objpool_push_bulk(objs, n, pool) != 0)
		_exit(4);
	_exit(objpool_nr_free(pool) == NR ? 0 : 5);
}

/* The exception of G4. */
static void
a_process_that_may_not_revoke_pops_public_objects_only(void **state)
{
	struct objpool_attr attr = plain;
	struct objpool *pool;
	struct bank bank;
	pid_t child;

	(void)state;
	bank_open(&bank, true);
	attr.mem = &bank.mem;
	pool = make_pool(&attr);
	load_slot(pool);
	if (!stats_of(pool).fence_free) {
		fprintf(stderr, "no membarrier: every process can revoke\n");
		skip();
	}
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		take_what_is_public(pool);
	assert_int_equal(outcome_of(child), 0);
	assert_int_equal(objpool_nr_free(pool), NR);
	load_slot(pool);
	end_pool(pool);
	bank_close(&bank);
}

static void
take_all(struct objpool *pool, bool without_membarrier)
{
	void *objs[NR];

	if (without_membarrier && forbid_membarrier() != 0)
		_exit(FORBID_IMPOSSIBLE);
	if (objpool_pop_bulk(pool, objs, NR) != 0)
		_exit(1);
	_exit(objpool_push_bulk(objs, NR, pool) == 0 ? 0 : 2);
}

/* The first child needs the slow command for what this thread holds without
 * fences, the second no command at all.
 *
 * covers G4 */
static void
a_second_process_makes_all_pay_for_fences(void **state)
{
	struct objpool_attr attr = plain;
	struct objpool *pool;
	struct bank bank;
	pid_t child;

	(void)state;
	bank_open(&bank, true);
	attr.mem = &bank.mem;
	pool = make_pool(&attr);
	for (unsigned int second = 0; second < 2; second++) {
		load_slot(pool);
		assert_int_equal(stats_of(pool).fence_free,
			second == 0 && has_membarrier());
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			take_all(pool, second == 1);
		assert_int_equal(outcome_of(child), 0);
	}
	end_pool(pool);
	bank_close(&bank);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pools_have_fences_only_if_told_or_needed),
		cmocka_unit_test(barriers_are_made_to_revoke_and_counted),
		cmocka_unit_test(without_membarrier_pools_have_fences_and_work),
		cmocka_unit_test(
			a_process_that_may_not_revoke_pops_public_objects_only),
		cmocka_unit_test(a_second_process_makes_all_pay_for_fences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
