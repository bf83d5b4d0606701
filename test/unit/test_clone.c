/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Children that share a pool with their parent and were made without fork()'s
 * handlers, by _Fork() and by the system call.
 *
 * With objpool_forked() they are processes like others: they have slots of their
 * own, no object is held by two, none is lost, and one that was killed is
 * succeeded. Without it, which is the control, the child has its parent's slot.
 *
 * One that has the creator's id too, in another namespace, is not the creator.
 *
 * Each object has a word in it for its holder.
 */

#include "bereaved.h"

#include <objpool/fast.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "same_id.h"

#define ROUNDS 200000u

typedef pid_t
clone_fn(void);

static pid_t
clone_raw(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static clone_fn *const ways[] = { _Fork, clone_raw };

/* Both work here; the child ends by itself. */
static pid_t
have_clone(clone_fn *clone, bool tells)
{
	pid_t parent = getpid(), child;

	fflush(NULL);
	child = clone();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		if (tells)
			objpool_forked();
	}
	return child;
}

static int
end_of(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Returns how many objects were held by somebody already, or -1. */
static int
play(struct objpool *pool, uint64_t who)
{
	int twice = 0;
	void *objs[8];

	for (unsigned int i = 0; i < env_times(ROUNDS); i++) {
		if (objpool_pop_bulk(pool, objs, COUNT_OF(objs)) != 0)
			return -1;
		for (unsigned int k = 0; k < COUNT_OF(objs); k++)
			twice += atomic_exchange((_Atomic(uint64_t) *)objs[k],
					 who) != 0;
		for (unsigned int k = 0; k < COUNT_OF(objs); k++)
			atomic_store((_Atomic(uint64_t) *)objs[k], 0);
		if (objpool_push_bulk(objs, COUNT_OF(objs), pool) != 0)
			return -1;
	}
	return twice;
}

/* covers G2 G3 */
static void
children_that_tell_share_a_pool_without_mixing_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct objpool_attr attr = holding;
		struct bereaved b;
		pid_t child;

		attr.flags = 0;
		open_bereaved(&b, &attr);
		for (unsigned int k = 0; k < NR; k++)
			atomic_init((_Atomic(uint64_t) *)b.all[k], 0);
		child = have_clone(ways[i], true);
		if (child == 0)
			_exit(play(b.pool, 2) != 0);
		assert_int_equal(play(b.pool, 1), 0);
		assert_int_equal(end_of(child), 0);
		assert_int_equal(stats_of(b.pool).nr_claimed, 2);
		close_bereaved(&b);
	}
}

/* covers G7 */
static void
killed_children_that_told_are_succeeded(void **state)
{
	struct objpool_attr attr = holding;
	struct bereaved b;

	(void)state;
	attr.flags = 0;
	open_bereaved(&b, &attr);
	for (unsigned int i = 0; i < 10; i++) {
		pid_t child = have_clone(ways[i % COUNT_OF(ways)], true);

		if (child == 0) {
			objpool_push(objpool_pop(b.pool), b.pool);
			raise(SIGKILL);
		}
		assert_int_equal(end_of(child), -SIGKILL);
	}
	assert_true(stats_of(b.pool).takeovers > 0);
	close_bereaved(&b);
}

/* In a namespace of its own, with the id that our parent has in its. */
static void
be_double(struct objpool *pool, pid_t id, int to)
{
	pid_t first, child;
	int end;

	if (unshare(CLONE_NEWPID) < 0 &&
		unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
		_exit(0); /* the parent hears nothing */
	/* The first one there must outlive the others. */
	first = fork();
	if (first == 0)
		for (;;)
			pause();
	child = clone_as(id);
	if (child == 0) {
		objpool_forked();
		if (getpid() != id || objpool_fini(pool) != -EPERM ||
			objpool_free(pool) != -EPERM ||
			objpool_free_forced(pool) != -EPERM)
			_exit(1);
		say(to);
		_exit(0);
	}
	end = child > 0 ? end_of(child) : !may_not_clone(child);
	kill(first, SIGKILL);
	_exit(end != 0);
}

/* covers G11 */
static void
one_with_the_creators_id_elsewhere_may_not_end_a_pool(void **state)
{
	struct bereaved b;
	pid_t id = getpid(), child;
	int ends[2];
	char c;

	(void)state;
	open_bereaved(&b, &holding);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		be_double(b.pool, id, ends[1]);
	}
	close(ends[1]);
	assert_int_equal(end_of(child), 0);
	if (read(ends[0], &c, 1) != 1)
		print_message("no namespace to be in, or no id to choose\n");
	close(ends[0]);
	close_bereaved(&b);
}

static void
control_one_that_does_not_tell_has_its_parents_slot(void **state)
{
	struct objpool_attr attr = holding;

	(void)state;
	attr.flags = 0;
	for (unsigned int tells = 0; tells < 2; tells++)
		for (size_t i = 0; i < COUNT_OF(ways); i++) {
			struct objpool_slot *slot;
			struct bereaved b;
			pid_t child;

			open_bereaved(&b, &attr);
			slot = objpool_slot(b.pool);
			child = have_clone(ways[i], tells);
			if (child == 0)
				_exit(objpool_slot(b.pool) == slot);
			assert_int_equal(end_of(child), !tells);
			close_bereaved(&b);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			children_that_tell_share_a_pool_without_mixing_up),
		cmocka_unit_test(killed_children_that_told_are_succeeded),
		cmocka_unit_test(
			one_with_the_creators_id_elsewhere_may_not_end_a_pool),
		cmocka_unit_test(
			control_one_that_does_not_tell_has_its_parents_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
