/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Marked pools that are ended by a process which may not make the fences that
 * waiting for others' marks needs: none at all, or not those that reach other
 * processes. Children forbid themselves the calls and report by their exit
 * status.
 */

#include "unit.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bank.h"
#include "forbid.h"

static const struct objpool_attr marked = {
	.nr_objs = 60,
	.obj_size = 32,
	.nr_slots = 2,
	.block_objs = 8,
	.flags = OBJPOOL_F_MARKED,
};

/* In a child that may not call membarrier any more. */
static void
try_without_membarrier(struct objpool *pool)
{
	void *obj;

	if (forbid(SYS_membarrier, 0, UINT32_MAX, EPERM) != 0)
		_exit(FORBID_IMPOSSIBLE);
	if (objpool_quiesce(pool) != -ENOTSUP)
		_exit(1);
	if (objpool_fini(pool) != -ENOTSUP)
		_exit(2);
	if (objpool_fini_sync(pool) != -ENOTSUP)
		_exit(3);
	if (objpool_fini_wait(pool, 0) != -ENOTSUP)
		_exit(4);
	obj = objpool_pop(pool); /* nothing happened */
	_exit(obj != NULL && objpool_push(obj, pool) == 0 ? 0 : 5);
}

static void
without_membarrier_marks_cannot_be_waited_for(void **state)
{
	struct objpool *pool = make_pool(&marked);
	int status;
	pid_t child;

	(void)state;
	if (!stats_of(pool).fence_free) {
		fprintf(stderr, "no membarrier: marks have fences\n");
		skip();
	}
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		try_without_membarrier(pool);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == FORBID_IMPOSSIBLE) {
		fprintf(stderr, "no seccomp: not tried\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	end_pool(pool);
}

static void
pop_and_push(struct objpool *pool)
{
	void *obj = objpool_pop(pool);

	if (obj == NULL || objpool_push(obj, pool) != 0)
		_exit(1);
}

/* Calls the pool once for each byte, and says so by one. */
static void
call_when_told(struct objpool *pool, int from, int to)
{
	char c;

	while (read(from, &c, 1) == 1) {
		pop_and_push(pool);
		if (write(to, &c, 1) != 1)
			_exit(2);
	}
	_exit(0);
}

static void
have_called(int to, int from)
{
	char c = 0;

	if (write(to, &c, 1) != 1 || read(from, &c, 1) != 1)
		_exit(3);
}

/* In a child that may not use the slow command. Another process is the pool's
 * home, this one creates and ends it. */
static void
end_from_elsewhere(struct bank *bank)
{
	struct objpool_attr attr = marked;
	struct objpool *pool;
	int to[2], from[2], status;
	pid_t home;

	attr.mem = &bank->mem;
	if (forbid(SYS_membarrier, 0, MEMBARRIER_CMD_GLOBAL, EPERM) != 0)
		_exit(FORBID_IMPOSSIBLE);
	if (objpool_create(&attr, &pool) != 0 || pipe(to) != 0 ||
		pipe(from) != 0)
		_exit(4);
	home = fork();
	if (home == 0) {
		close(to[1]);
		call_when_told(pool, to[0], from[1]);
	}
	have_called(to[1], from[0]);
	if (objpool_fini(pool) != -ENOTSUP)
		_exit(5);
	have_called(to[1], from[0]); /* with fences from now on */
	if (objpool_fini(pool) != 0)
		_exit(6);
	close(to[1]);
	_exit(waitpid(home, &status, 0) == home && status == 0 ? 0 : 7);
}

/* As on a machine with nohz_full. */
static void
who_cannot_reach_the_home_ends_the_pool_after_its_next_call(void **state)
{
	struct bank bank;
	int status;
	pid_t child;

	(void)state;
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) <= 0) {
		fprintf(stderr, "no membarrier: marks have fences\n");
		skip();
	}
	bank_open(&bank, true);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		end_from_elsewhere(&bank);
	assert_int_equal(waitpid(child, &status, 0), child);
	bank_close(&bank);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == FORBID_IMPOSSIBLE) {
		fprintf(stderr, "no seccomp: not tried\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_membarrier_marks_cannot_be_waited_for),
		cmocka_unit_test(
			who_cannot_reach_the_home_ends_the_pool_after_its_next_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
