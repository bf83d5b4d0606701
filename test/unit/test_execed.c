/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Processes that share a pool and then run another program: the process is
 * there, with the id and the start time that it had, and still all that it was
 * in the middle of is over, its slot is free for others and what it held can be
 * reclaimed.
 *
 * A child plays and execs sleep(1). The pipe to its parent is closed by that, so
 * the parent knows that it happened; what others see of the new program may
 * come a moment later, and one in 2047 looks like the old one (lib/identity.c).
 * So each test plays some rounds, of which one must go as it should, and a round
 * in which the exec is not seen is ended by an alarm that kills the child. What
 * is waited for then comes to its end as it does when a process is killed.
 *
 * Where no addresses are random, the new program's stack begins elsewhere because
 * it has longer arguments.
 */

#include "bereaved.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/personality.h>

#define ROUNDS   4
#define PATIENCE 5 /* seconds */

static volatile pid_t sitting;
static volatile sig_atomic_t nr_killed;

static void
kill_sitting(int sig)
{
	(void)sig;
	kill(sitting, SIGKILL);
	nr_killed++;
}

/* Run another program, for a long time; with random addresses, if they are not
 * just for this one (setarch -R). */
static void
become_another(void)
{
	personality((unsigned int)personality(0xffffffff) &
		~(unsigned int)ADDR_NO_RANDOMIZE);
	execl("/bin/sleep", "sleep", "1000.000000000000000000000000000000",
		"1000.000000000000000000000000000000000000000000000", NULL);
	_exit(127);
}

/* Until the child has become another program. From then on there is an alarm for
 * it. */
static void
await_exec(const struct child *child)
{
	char c;

	assert_int_equal(read(child->said, &c, 1), 0);
	sitting = child->pid;
	alarm(PATIENCE);
}

/* It lives, unless it was killed for want of anything else. */
static void
end_round(struct child *child)
{
	alarm(0);
	kill(child->pid, SIGKILL);
	assert_int_equal(bury(child), SIGKILL);
}

static _Atomic(bool) is_inside;

static void *
exec_soon(void *arg)
{
	while (!atomic_load(&is_inside))
		usleep(100);
	become_another();
	return arg;
}

/* The first thread, whose id the new program goes on with, is inside. */
static void
exec_in_the_middle(struct objpool *pool, int to, void *arg)
{
	pthread_t thread;

	(void)arg;
	fcntl(to, F_SETFD, FD_CLOEXEC);
	if (pthread_create(&thread, NULL, exec_soon, NULL) != 0)
		return;
	objpool_push(objpool_pop(pool), pool);
	objpool_enter(pool, NULL);
	atomic_store(&is_inside, true);
	for (;;)
		pause();
}

/* covers G7 */
static void
what_a_program_was_in_the_middle_of_is_over_when_another_runs(void **state)
{
	struct bereaved b;

	(void)state;
	open_bereaved(&b, &holding);
	nr_killed = 0;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct child child =
			have_child(b.pool, exec_in_the_middle, NULL);

		await_exec(&child);
		assert_int_equal(objpool_quiesce(b.pool), 0);
		end_round(&child);
	}
	assert_true(nr_killed < ROUNDS);
	close_bereaved(&b);
}

/* Pop *arg objects and become another program. */
static void
pop_and_exec(struct objpool *pool, int to, void *arg)
{
	void *objs[NR];

	fcntl(to, F_SETFD, FD_CLOEXEC);
	if (objpool_pop_bulk(pool, objs, *(unsigned int *)arg) == 0)
		become_another();
}

/* covers G16 */
static void
what_a_program_held_is_reclaimed_when_another_runs(void **state)
{
	struct bereaved b;
	unsigned int held = 10;

	(void)state;
	open_bereaved(&b, &holding);
	nr_killed = 0;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct child child = have_child(b.pool, pop_and_exec, &held);
		int64_t n;

		await_exec(&child);
		while ((n = objpool_reclaim(b.pool, NULL, NULL)) == 0)
			usleep(1000);
		assert_int_equal(n, held);
		assert_whole(&b);
		end_round(&child);
		assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 0);
	}
	assert_true(nr_killed < ROUNDS);
	close_bereaved(&b);
}

static void
push_and_exec(struct objpool *pool, int to, void *arg)
{
	(void)arg;
	fcntl(to, F_SETFD, FD_CLOEXEC);
	objpool_push(objpool_pop(pool), pool);
	become_another();
}

/* covers G7 */
static void
slots_of_programs_are_taken_over_when_others_run(void **state)
{
	struct objpool_attr attr = holding;
	struct child child[12];
	struct bereaved b;

	(void)state;
	attr.flags = 0;
	open_bereaved(&b, &attr);
	nr_killed = 0;
	for (unsigned int i = 0; i < COUNT_OF(child); i++) {
		child[i] = have_child(b.pool, push_and_exec, NULL);
		await_exec(&child[i]);
	}
	/* All of them sit there, more than there are slots. */
	assert_true(stats_of(b.pool).takeovers > 0);
	assert_int_equal(nr_killed, 0);
	for (unsigned int i = 0; i < COUNT_OF(child); i++)
		end_round(&child[i]);
	close_bereaved(&b);
}

/* Ask as nobody, who may not look into others' processes. */
static void
ask_as_nobody(struct objpool *pool, int to, void *arg)
{
	(void)to;
	(void)arg;
	if (setresgid(65534, 65534, 65534) != 0 ||
		setresuid(65534, 65534, 65534) != 0)
		_exit(2);
	_exit(objpool_reclaim(pool, NULL, NULL) == 0 ? 0 : 3);
}

static void
control_in_doubt_it_is_the_old_program(void **state)
{
	struct bereaved b;
	unsigned int held = 10;
	struct child child, nobody;

	(void)state;
	if (geteuid() != 0) {
		print_message("not root: nobody to be\n");
		skip();
	}
	open_bereaved(&b, &holding);
	child = have_child(b.pool, pop_and_exec, &held);
	await_exec(&child);
	nobody = have_child(b.pool, ask_as_nobody, NULL);
	assert_int_equal(bury(&nobody), 0);
	end_round(&child);
	assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), held);
	close_bereaved(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_a_program_was_in_the_middle_of_is_over_when_another_runs),
		cmocka_unit_test(
			what_a_program_held_is_reclaimed_when_another_runs),
		cmocka_unit_test(
			slots_of_programs_are_taken_over_when_others_run),
		cmocka_unit_test(control_in_doubt_it_is_the_old_program),
	};

	signal(SIGALRM, kill_sitting);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
