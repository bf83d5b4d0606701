/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* objpool_reclaim(): what a killed process had popped comes back, once, and
 * nothing else does. What it was in the middle of: test_orphans.c.
 */

#include "bereaved.h"
#include "domain.h"

#include <sched.h>

/* Counts what it is asked, and allows the first `left`. */
struct executor {
	unsigned int asked, left;
};

static bool
execute(void *obj, void *ctx)
{
	struct executor *e = ctx;

	(void)obj;
	e->asked++;
	if (e->left == 0)
		return false;
	e->left--;
	return true;
}

/* covers G16 */
static void
what_a_killed_process_held_comes_back_once(void **state)
{
	static const uint32_t flags[] = { 0, OBJPOOL_F_FENCED,
		OBJPOOL_F_SIGNALS, OBJPOOL_F_COMPACT, OBJPOOL_F_CHECKED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		struct objpool_attr attr = holding;
		struct bereaved b;

		attr.flags |= flags[i];
		open_bereaved(&b, &attr);
		for (unsigned int n = 1; n <= NR; n = n * 3 + 1) {
			struct child child = have_holder(b.pool, n);

			assert_int_equal(objpool_reclaim(b.pool, NULL, NULL),
				0);
			kill_child(&child);
			assert_int_equal(objpool_nr_free(b.pool), NR - n);
			assert_int_equal(objpool_reclaim(b.pool, NULL, NULL),
				n);
			assert_int_equal(objpool_reclaim(b.pool, NULL, NULL),
				0);
			assert_whole(&b);
		}
		close_bereaved(&b);
	}
}

/* covers G16 */
static void
what_living_processes_hold_stays_theirs(void **state)
{
	struct child dead, alive;
	struct bereaved b;
	void *objs[10];

	(void)state;
	open_bereaved(&b, &holding);
	assert_int_equal(objpool_pop_bulk(b.pool, objs, 10), 0);
	alive = have_holder(b.pool, 20);
	dead = have_holder(b.pool, 30);
	kill_child(&dead);
	assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 30);
	assert_int_equal(objpool_nr_free(b.pool), NR - 30);
	assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 0);
	assert_int_equal(objpool_push_bulk(objs, 10, b.pool), 0);
	kill_child(&alive);
	assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 20);
	close_bereaved(&b);
}

static void *
pop_in_thread(void *arg)
{
	return objpool_pop(arg);
}

static void
pop_in_a_thread_that_ends(struct objpool *pool, int to, void *arg)
{
	pthread_t thread;

	(void)arg;
	if (pthread_create(&thread, NULL, pop_in_thread, pool) != 0 ||
		pthread_join(thread, NULL) != 0)
		_exit(1);
	say(to);
	for (;;)
		pause();
}

static pthread_t first_thread;

static void *
say_without_the_first(void *arg)
{
	int to = *(int *)arg;

	/* It is a zombie from then on. */
	pthread_join(first_thread, NULL);
	nap(20);
	say(to);
	pause();
	return NULL;
}

static void
end_the_first_thread(struct objpool *pool, int to, void *arg)
{
	static int end;
	pthread_t thread;

	(void)arg;
	end = to;
	first_thread = pthread_self();
	if (objpool_pop(pool) == NULL ||
		pthread_create(&thread, NULL, say_without_the_first, &end) != 0)
		_exit(1);
	pthread_exit(NULL);
}

static void
a_process_lives_as_long_as_any_of_its_threads(void **state)
{
	static play_fn *const plays[] = { pop_in_a_thread_that_ends,
		end_the_first_thread };

	(void)state;
	/* ThreadSanitizer does not get over the end of the first thread. */
	for (size_t i = 0; i < COUNT_OF(plays) - HAS_TSAN; i++) {
		struct child child;
		struct bereaved b;

		open_bereaved(&b, &holding);
		child = have_child(b.pool, plays[i], NULL);
		await_word(&child);
		assert_int_equal(objpool_nr_free(b.pool), NR - 1);
		assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 0);
		kill_child(&child);
		assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 1);
		close_bereaved(&b);
	}
}

/* A zombie runs no more, whether somebody looked at its status or not. */
static void
a_process_that_nobody_has_waited_for_is_dead(void **state)
{
	struct child child;
	struct bereaved b;
	siginfo_t info;

	(void)state;
	open_bereaved(&b, &holding);
	child = have_holder(b.pool, 7);
	assert_int_equal(kill(child.pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)child.pid, &info,
				 WEXITED | WNOWAIT),
		0);
	assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 7);
	assert_int_equal(bury(&child), SIGKILL);
	close_bereaved(&b);
}

static void
only_what_may_be_taken_is_taken(void **state)
{
	struct executor e = { .left = 4 };
	struct child child;
	struct bereaved b;

	(void)state;
	open_bereaved(&b, &holding);
	child = have_holder(b.pool, 10);
	kill_child(&child);
	assert_int_equal(objpool_reclaim(b.pool, execute, &e), 4);
	assert_int_equal(e.asked, 10);
	assert_int_equal(objpool_reclaim(b.pool, execute, &e), 0);
	assert_int_equal(e.asked, 16);
	assert_int_equal(objpool_nr_free(b.pool), NR - 6);
	e.left = NR;
	assert_int_equal(objpool_reclaim(b.pool, execute, &e), 6);
	close_bereaved(&b);
}

/* What the dead had handed on, the living give back, or find it taken. */
static void
a_late_push_of_what_was_reclaimed_is_refused(void **state)
{
	struct child child;
	struct bereaved b;
	void *rest[NR];

	(void)state;
	open_bereaved(&b, &holding);
	child = have_holder(b.pool, 3);
	kill_child(&child);
	assert_int_equal(objpool_pop_bulk(b.pool, rest, NR - 3), 0);
	qsort(rest, NR - 3, sizeof(rest[0]), by_address);
	for (unsigned int i = 0, k = 0, taken = 0; i < NR; i++) {
		if (k < NR - 3 && rest[k] == b.all[i]) {
			k++;
			continue;
		}
		if (taken++ == 0) {
			assert_int_equal(objpool_push(b.all[i], b.pool), 0);
			assert_int_equal(objpool_reclaim(b.pool, NULL, NULL),
				2);
		} else {
			assert_int_equal(objpool_push(b.all[i], b.pool),
				-EEXIST);
		}
	}
	assert_int_equal(objpool_push_bulk(rest, NR - 3, b.pool), 0);
	close_bereaved(&b);
}

/* covers G16 */
static void
a_closed_pool_gets_full(void **state)
{
	struct child child;
	struct bereaved b;

	(void)state;
	open_bereaved(&b, &holding);
	child = have_holder(b.pool, 40);
	assert_int_equal(objpool_close(b.pool), 0);
	kill_child(&child);
	assert_int_equal(objpool_free(b.pool), -EBUSY);
	assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 40);
	assert_int_equal(objpool_nr_free(b.pool), NR);
	end_pool(b.pool);
	bank_close(&b.bank);
}

/* covers G16 */
static void
a_finished_pool_comes_to_its_end(void **state)
{
	struct child dead, alive;
	struct bereaved b;
	void *objs[5];

	(void)state;
	open_bereaved(&b, &holding);
	dead = have_holder(b.pool, 40);
	alive = have_holder(b.pool, 30);
	assert_int_equal(objpool_pop_bulk(b.pool, objs, 5), 0);
	assert_int_equal(objpool_fini(b.pool), 0);
	kill_child(&dead);
	assert_int_equal(objpool_outstanding(b.pool), 75);
	assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 40);
	assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 0);
	assert_int_equal(objpool_outstanding(b.pool), 35);
	assert_int_equal(objpool_push_bulk(objs, 5, b.pool), 0);
	assert_int_equal(objpool_outstanding(b.pool), 30);
	kill_child(&alive);
	assert_int_equal(b.releases, 0);
	/* The last references: this call releases the pool. */
	assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 30);
	assert_int_equal(b.releases, 1);
	assert_int_equal(b.bank.nr_live, 0);
	assert_int_equal(b.bank.nr_bad, 0);
	bank_close(&b.bank);
}

/* All references were given back, and who may still be reading holds it up. */
static void
of_a_pool_that_is_about_to_go_nothing_is_reclaimed(void **state)
{
	struct objpool_attr attr = holding;
	struct objpool *pool;
	struct domain d;
	void *obj;

	(void)state;
	domain_open(&d, &domain_ops, true);
	attr.gp = d.gp;
	pool = make_pool(&attr);
	obj = objpool_pop(pool);
	assert_int_equal(objpool_fini(pool), 0);
	domain_period(&d);
	while (domain_stats(&d).run == 0)
		nap(1);
	assert_int_equal(objpool_reclaim(pool, NULL, NULL), 0);
	assert_int_equal(objpool_drop(obj, pool), 0);
	assert_int_equal(objpool_reclaim(pool, NULL, NULL), 0);
	domain_settle(&d);
	assert_int_equal(domain_stats(&d).nr_pools, 0);
	domain_close(&d);
}

static void
reclaim_where_one_may_not(struct objpool *pool, int to, void *arg)
{
	(void)to;
	_exit(objpool_reclaim(pool, NULL, NULL) != *(int *)arg);
}

static void
of_a_finished_pool_only_its_creator_reclaims(void **state)
{
	int right = 0, wrong = -EPERM;
	struct child child;
	struct bereaved b;
	void *obj;

	(void)state;
	open_bereaved(&b, &holding);
	obj = objpool_pop(b.pool);
	child = have_child(b.pool, reclaim_where_one_may_not, &right);
	assert_int_equal(bury(&child), 0);
	assert_int_equal(objpool_fini(b.pool), 0);
	child = have_child(b.pool, reclaim_where_one_may_not, &wrong);
	assert_int_equal(bury(&child), 0);
	assert_int_equal(objpool_push(obj, b.pool), 0);
	assert_int_equal(b.releases, 1);
	bank_close(&b.bank);
}

static void
pools_with_holders_are_marked_and_count_what_was_reclaimed(void **state)
{
	struct child child;
	struct bereaved b;

	(void)state;
	open_bereaved(&b, &holding);
	assert_int_equal(objpool_quiesce(b.pool), 0);
	assert_int_equal(stats_of(b.pool).reclaims, 0);
	for (unsigned int i = 1; i <= 3; i++) {
		uint64_t pushes;

		child = have_holder(b.pool, 5);
		kill_child(&child);
		pushes = stats_of(b.pool).pushes;
		assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 5);
		assert_int_equal(stats_of(b.pool).reclaims, 5 * i);
		assert_int_equal(stats_of(b.pool).pushes, pushes + 5);
	}
	close_bereaved(&b);
}

static void
use_copy(struct objpool *pool, int to, void *arg)
{
	(void)to;
	(void)arg;
	_exit(objpool_reclaim(pool, NULL, NULL) != -EPERM ||
		objpool_nr_outstanding(pool) != 5);
}

/* In a copy of a pool what the parent held is the child's, and who is in the
 * middle of something there cannot be waited for. */
static void
a_copy_of_a_pool_is_not_reclaimed(void **state)
{
	struct objpool *pool = make_pool(&holding);
	struct child child;
	void *objs[5];

	(void)state;
	assert_int_equal(objpool_pop_bulk(pool, objs, 5), 0);
	child = have_child(pool, use_copy, NULL);
	assert_int_equal(bury(&child), 0);
	assert_int_equal(objpool_push_bulk(objs, 5, pool), 0);
	end_pool(pool);
}

/* In another namespace: pop and wait there; nor can one tell there who lives. */
static void
pop_in_another_place(struct objpool *pool, int to, void *arg)
{
	pid_t pid;

	(void)arg;
	if (unshare(CLONE_NEWPID) < 0 &&
		unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
		_exit(0); /* the parent hears nothing */
	pid = fork();
	if (pid != 0) {
		if (pid > 0)
			waitpid(pid, NULL, 0);
		_exit(pid < 0);
	}
	if (objpool_reclaim(pool, NULL, NULL) == -ENOTSUP &&
		objpool_pop(pool) != NULL)
		say(to);
	_exit(0);
}

static void
who_is_in_another_namespace_is_not_taken_for_dead(void **state)
{
	struct child child;
	struct bereaved b;
	char c;

	(void)state;
	open_bereaved(&b, &holding);
	child = have_child(b.pool, pop_in_another_place, NULL);
	if (read(child.said, &c, 1) != 1) {
		assert_int_equal(bury(&child), 0);
		close_bereaved(&b);
		skip();
	}
	assert_int_equal(bury(&child), 0);
	assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 0);
	assert_int_equal(objpool_nr_free(b.pool), NR - 1);
	assert_int_equal(objpool_free_forced(b.pool), 0);
	bank_close(&b.bank);
}

static void
use_in_another_place(struct objpool *pool, int to, void *arg)
{
	pid_t pid;

	(void)arg;
	if (unshare(CLONE_NEWPID) < 0 &&
		unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
		_exit(0);
	pid = fork();
	if (pid != 0) {
		if (pid > 0)
			waitpid(pid, NULL, 0);
		_exit(pid < 0);
	}
	for (unsigned int i = 0; i < 100; i++)
		if (objpool_push(objpool_pop(pool), pool) != 0)
			_exit(1);
	say(to);
	_exit(0);
}

/* Nor where it looks for a slot: ids of threads mean nobody to it. */
static void
who_is_in_another_namespace_takes_no_living_thread_s_slot(void **state)
{
	struct objpool_attr attr = holding;
	struct child child;
	struct bereaved b;
	char c;

	(void)state;
	attr.nr_slots = 1;
	open_bereaved(&b, &attr); /* this thread has the slot */
	child = have_child(b.pool, use_in_another_place, NULL);
	if (read(child.said, &c, 1) != 1) {
		assert_int_equal(bury(&child), 0);
		close_bereaved(&b);
		skip();
	}
	assert_int_equal(bury(&child), 0);
	assert_int_equal(stats_of(b.pool).takeovers, 0);
	close_bereaved(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_killed_process_held_comes_back_once),
		cmocka_unit_test(what_living_processes_hold_stays_theirs),
		cmocka_unit_test(a_process_lives_as_long_as_any_of_its_threads),
		cmocka_unit_test(a_process_that_nobody_has_waited_for_is_dead),
		cmocka_unit_test(only_what_may_be_taken_is_taken),
		cmocka_unit_test(a_late_push_of_what_was_reclaimed_is_refused),
		cmocka_unit_test(a_closed_pool_gets_full),
		cmocka_unit_test(a_finished_pool_comes_to_its_end),
		cmocka_unit_test(
			of_a_pool_that_is_about_to_go_nothing_is_reclaimed),
		cmocka_unit_test(of_a_finished_pool_only_its_creator_reclaims),
		cmocka_unit_test(
			pools_with_holders_are_marked_and_count_what_was_reclaimed),
		cmocka_unit_test(a_copy_of_a_pool_is_not_reclaimed),
		cmocka_unit_test(
			who_is_in_another_namespace_is_not_taken_for_dead),
		cmocka_unit_test(
			who_is_in_another_namespace_takes_no_living_thread_s_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
