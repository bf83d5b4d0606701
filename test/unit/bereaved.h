/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Processes that share a pool and are killed: what tests of reclaiming share.
 *
 * A child plays, says how far it got through a pipe if it has something to say,
 * and is killed by the parent or by itself.
 */

#ifndef TEST_UNIT_BEREAVED_H
#define TEST_UNIT_BEREAVED_H

#include "unit.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bank.h"

#define NR 100

static const struct objpool_attr holding = {
	.name = "bereaved",
	.nr_objs = NR,
	.obj_size = 64,
	.nr_slots = 4,
	.block_objs = 8,
	.flags = OBJPOOL_F_HOLDERS,
};

struct bereaved {
	struct bank bank;
	struct objpool *pool;
	void *all[NR]; /* its objects, by address */
	unsigned int releases;
};

static inline void
count_release(struct objpool *pool, void *ctx)
{
	struct bereaved *b = ctx;

	(void)pool;
	b->releases++;
}

static inline int
by_address(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

static inline void
open_bereaved(struct bereaved *b, const struct objpool_attr *like)
{
	struct objpool_attr attr = *like;

	memset(b, 0, sizeof(*b));
	bank_open(&b->bank, true);
	attr.mem = &b->bank.mem;
	attr.release = count_release;
	attr.ctx = b;
	b->pool = make_pool(&attr);
	if (attr.flags & OBJPOOL_F_EXTERNAL)
		return;
	assert_int_equal(objpool_pop_bulk(b->pool, b->all, NR), 0);
	assert_int_equal(objpool_push_bulk(b->all, NR, b->pool), 0);
	qsort(b->all, NR, sizeof(b->all[0]), by_address);
}

/* All objects are there, each once, and they stay. */
static inline void
assert_whole(struct bereaved *b)
{
	void *objs[NR + 1];
	unsigned int n = objpool_pop_burst(b->pool, objs, NR + 1);

	assert_int_equal(n, NR);
	qsort(objs, n, sizeof(objs[0]), by_address);
	assert_memory_equal(objs, b->all, sizeof(b->all));
	assert_int_equal(objpool_push_bulk(objs, n, b->pool), 0);
	assert_int_equal(objpool_nr_free(b->pool), NR);
}

static inline void
close_bereaved(struct bereaved *b)
{
	assert_whole(b);
	end_pool(b->pool);
	bank_close(&b->bank);
}

struct child {
	pid_t pid;
	int said; /* what it says comes here */
};

typedef void
play_fn(struct objpool *pool, int say, void *arg);

static inline struct child
have_child(struct objpool *pool, play_fn *play, void *arg)
{
	struct child child;
	int ends[2];

	fflush(NULL);
	assert_int_equal(pipe(ends), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (child.pid == 0) {
		/* Not left behind where a test fails. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		play(pool, ends[1], arg);
		_exit(0);
	}
	close(ends[1]);
	child.said = ends[0];
	return child;
}

/* In the child. */
static inline void
say(int to)
{
	if (write(to, "", 1) != 1)
		_exit(1);
}

static inline void
await_word(const struct child *child)
{
	char c;

	assert_int_equal(read(child->said, &c, 1), 1);
}

/* How it ended: the signal, 0 for a peaceful end. */
static inline int
bury(struct child *child)
{
	int status;

	close(child->said);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	if (!WIFSIGNALED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static inline void
kill_child(struct child *child)
{
	assert_int_equal(kill(child->pid, SIGKILL), 0);
	assert_int_equal(bury(child), SIGKILL);
}

/* Pop *arg objects, say so, and wait to be killed. */
static inline void
pop_and_wait(struct objpool *pool, int to, void *arg)
{
	void *objs[NR];

	if (objpool_pop_bulk(pool, objs, *(unsigned int *)arg) != 0)
		_exit(1);
	say(to);
	for (;;)
		pause();
}

static inline struct child
have_holder(struct objpool *pool, unsigned int n)
{
	struct child child = have_child(pool, pop_and_wait, &n);

	await_word(&child);
	return child;
}

#endif /* TEST_UNIT_BEREAVED_H */
