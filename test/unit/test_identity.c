/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Tokens of threads and processes, straight from lib/identity.c: who they name,
 * and whom they do not name.
 *
 * A child finds out its token and tells it. That it is still there, that it has
 * ended and is a zombie, whatever its name, and that it is gone is seen by the
 * token. The same id can be another's soon: where the kernel lets us choose ids
 * there is such a process, and everywhere a token that differs from a living
 * one's by one bit of the start time, or of where the stack begins. One that
 * differs in what only the process itself can see still names it.
 */

#include "unit.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "identity.h"
#include "same_id.h"

/* Of a token: tid 22, foreign 1, image 6, stack 11, start 24. */
#define IMAGE_AT 23u
#define STACK_AT 29u
#define START_AT 40u

/* What children say. */
struct notes {
	uint64_t token;
	uint64_t process;
	uint64_t foreign[2]; /* of a place that is not known, and another one */
};

static struct notes *notes;

static void
note(uint64_t place, struct notes *to)
{
	*to = (struct notes){
		.token = identity_token(place),
		.process = identity_process_token(place),
		.foreign = { identity_token(0), identity_token(place + 1) },
	};
}

/* A child that has said who it is, and ends; with `how` 'w' it waits. */
static void
be_child(uint64_t place, char how)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	identity_after_fork();
	note(place, notes);
	while (how == 'w')
		pause();
	_exit(0);
}

static void
await_end(pid_t child, int how)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | how), 0);
}

static void
await_note(void)
{
	while (*(volatile uint64_t *)&notes->foreign[1] == 0)
		usleep(100);
}

/* covers G7 */
static void
the_dead_are_known_whatever_their_name(void **state)
{
	static const char *const names[] = { "plain", "a) b", "a) S 1 (b", ")",
		"(", ") R ) R (", " 1 2 3 4 5 6 7 8" };
	uint64_t place = identity_place();

	(void)state;
	assert_int_not_equal(place, 0);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct notes mine;
		pid_t child;

		/* The child's name is the parent's. */
		assert_int_equal(prctl(PR_SET_NAME, names[i]), 0);
		memset(notes, 0, sizeof(*notes));
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			be_child(place, 0);
		await_end(child, WNOWAIT);
		assert_false(identity_is_alive(notes->token));
		assert_false(identity_process_is_alive(notes->process));
		await_end(child, 0);
		assert_false(identity_is_alive(notes->token));
		assert_false(identity_process_is_alive(notes->process));
		identity_after_fork(); /* ask anew */
		note(place, &mine);
		assert_int_not_equal(mine.token >> START_AT, 0);
		assert_true(identity_is_alive(mine.token));
		assert_true(identity_process_is_alive(mine.process));
	}
	prctl(PR_SET_NAME, "test_identity");
}

/* covers G2 */
static void
after_a_fork_all_names_are_other_ones(void **state)
{
	uint64_t place = identity_place();
	struct notes mine, again;
	pid_t child;

	(void)state;
	note(place, &mine);
	note(place, &again);
	assert_memory_equal(&mine, &again, sizeof(mine));
	memset(notes, 0, sizeof(*notes));
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		be_child(place, 0);
	await_end(child, 0);
	assert_int_not_equal(notes->token, mine.token);
	assert_int_not_equal(notes->process, mine.process);
	/* Random ones, and one for both kinds. */
	assert_int_equal(notes->foreign[0], notes->foreign[1]);
	assert_int_not_equal(notes->foreign[0], mine.foreign[0]);
	assert_true(identity_is_alive(notes->foreign[0]));
	assert_true(identity_process_is_alive(identity_process_token(0)));
}

/* Does it say where the stack begins, and when it started? */
static bool
says_all(uint64_t token)
{
	return token << (64 - START_AT) >> (64 - START_AT + STACK_AT) != 0 &&
		token >> START_AT != 0;
}

/* covers G7 */
static void
a_token_that_differs_names_nobody(void **state)
{
	struct notes mine;

	(void)state;
	note(identity_place(), &mine);
	assert_true(says_all(mine.token));
	assert_true(identity_is_alive(mine.token));
	for (unsigned int bit = IMAGE_AT; bit < 64; bit++) {
		uint64_t one = UINT64_C(1) << bit;

		if (!says_all(mine.token ^ one))
			continue;
		assert_int_equal(identity_is_alive(mine.token ^ one),
			bit < STACK_AT);
		assert_int_equal(identity_process_is_alive(mine.process ^ one),
			bit < STACK_AT);
	}
	/* Where it was not to be found out: in doubt it lives. */
	assert_true(identity_is_alive(
		mine.token << (64 - STACK_AT) >> (64 - STACK_AT)));
	assert_true(identity_is_alive(
		mine.token & ~(((UINT64_C(1) << 11) - 1) << STACK_AT)));
}

/* Another with the id of one that has ended; negative: errno. */
static pid_t
follow(uint64_t place, struct notes *first)
{
	for (unsigned int tries = 0; tries < 100; tries++) {
		const struct timespec ticks = { 0, 30000000 };
		pid_t child = fork(), next;

		assert_true(child >= 0);
		if (child == 0)
			be_child(place, 0);
		await_end(child, 0);
		*first = *notes;
		memset(notes, 0, sizeof(*notes));
		nanosleep(&ticks, NULL);
		next = clone_as(child);
		if (next == 0)
			be_child(place, 'w');
		if (next > 0 || errno != EEXIST)
			return next;
	}
	return -1;
}

/* covers G7 */
static void
who_has_the_id_of_the_dead_is_another(void **state)
{
	uint64_t place = identity_place();
	struct notes first;
	pid_t next = follow(place, &first);

	(void)state;
	if (may_not_clone(next))
		return;
	assert_true(next > 0);
	await_note();
	assert_int_equal(notes->token & ((1u << IMAGE_AT) - 1),
		first.token & ((1u << IMAGE_AT) - 1));
	assert_true(identity_is_alive(notes->token));
	assert_true(identity_process_is_alive(notes->process));
	assert_false(identity_is_alive(first.token));
	assert_false(identity_process_is_alive(first.process));
	kill(next, SIGKILL);
	await_end(next, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_dead_are_known_whatever_their_name),
		cmocka_unit_test(after_a_fork_all_names_are_other_ones),
		cmocka_unit_test(a_token_that_differs_names_nobody),
		cmocka_unit_test(who_has_the_id_of_the_dead_is_another),
	};

	notes = mmap(NULL, sizeof(*notes), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (notes == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
