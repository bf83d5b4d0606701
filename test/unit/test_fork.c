/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pools across fork: on the heap the child has a copy of its own; in shared
 * memory it works on the parent's pool, but cannot end it.
 *
 * Children report by their exit status; cmocka's assertions are the parent's.
 */

#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bank.h"

#define NR 200

/* What a child found wrong: the line becomes its exit status. */
#define CHILD_CHECK(what)                                                      \
	do {                                                                   \
		if (!(what)) {                                                 \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,     \
				#what);                                        \
			_exit(1);                                              \
		}                                                              \
	} while (0)

static struct objpool_attr plain = {
	.nr_objs = NR,
	.obj_size = 64,
	.nr_slots = 4,
	.block_objs = 8,
};

static int
status_of(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
assert_child_was_content(pid_t child)
{
	int status = status_of(child);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Load the slot: private blocks that a child inherits a copy of. */
static void
touch_all(struct objpool *pool)
{
	void *objs[NR];

	assert_int_equal(objpool_pop_bulk(pool, objs, NR), 0);
	for (unsigned int i = 0; i < NR; i++)
		assert_int_equal(objpool_push(objs[i], pool), 0);
}

static void
use_copy(struct objpool *pool, void **held, unsigned int n)
{
	void *objs[NR];

	CHILD_CHECK(objpool_nr_free(pool) == NR - n);
	CHILD_CHECK(objpool_pop_bulk(pool, objs, NR - n) == 0);
	CHILD_CHECK(objpool_pop(pool) == NULL);
	for (unsigned int i = 0; i < NR - n; i++)
		memset(objs[i], 0xcc, 64);
	CHILD_CHECK(objpool_push_bulk(held, n, pool) == 0);
	CHILD_CHECK(objpool_push_bulk(objs, NR - n, pool) == 0);
	CHILD_CHECK(objpool_nr_free(pool) == NR);
	CHILD_CHECK(objpool_fini(pool) == 0);
	exit(0); /* not _exit(): leaks would show */
}

static void
a_child_has_its_own_copy_of_a_pool_on_the_heap(void **state)
{
	struct objpool *pool = make_pool(&plain);
	struct ledger ledger;
	struct hand hand;
	pid_t child;

	(void)state;
	ledger_open_pool(&ledger, pool, 64);
	hand_open(&hand, pool, &ledger, 1, NR);
	assert_true(hand_pop_bulk(&hand, 50));
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		ledger_close(&ledger); /* makes all accessible */
		use_copy(pool, hand.objs, 50);
	}
	assert_child_was_content(child);
	assert_int_equal(objpool_nr_free(pool), NR - 50);
	hand_push_all(&hand, 7);
	hand_close(&hand);
	end_audited(pool, &ledger);
}

static void
try_to_end(struct objpool *pool)
{
	CHILD_CHECK(objpool_fini(pool) == -EPERM);
	CHILD_CHECK(objpool_free(pool) == -EPERM);
	CHILD_CHECK(objpool_free_forced(pool) == -EPERM);
	_exit(0);
}

static void
only_its_creator_may_end_a_shared_pool(void **state)
{
	struct objpool_attr attr = plain;
	struct objpool *pool;
	struct bank bank;
	pid_t child;

	(void)state;
	bank_open(&bank, true);
	attr.mem = &bank.mem;
	pool = make_pool(&attr);
	touch_all(pool);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		try_to_end(pool);
	assert_child_was_content(child);
	touch_all(pool);
	end_pool(pool);
	assert_int_equal(bank.nr_live, 0);
	bank_close(&bank);
}

/* Pop the rest, push a part, end by surprise. */
static void
leave_objects(struct objpool *pool)
{
	void *objs[NR];

	CHILD_CHECK(objpool_nr_free(pool) == NR);
	CHILD_CHECK(objpool_pop_bulk(pool, objs, NR) == 0);
	for (unsigned int i = 0; i < NR; i++) {
		memset(objs[i], 0xdd, 64);
		CHILD_CHECK(objpool_push(objs[i], pool) == 0);
	}
	raise(SIGKILL);
}

/* covers G7 */
static void
objects_of_a_killed_process_are_within_reach(void **state)
{
	struct objpool_attr attr = plain;
	struct objpool *pool;
	struct bank bank;
	char *objs[NR];

	(void)state;
	bank_open(&bank, true);
	attr.mem = &bank.mem;
	pool = make_pool(&attr);
	for (unsigned int i = 0; i < 10; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0)
			leave_objects(pool);
		assert_true(WIFSIGNALED(status_of(child)));
		assert_int_equal(objpool_nr_free(pool), NR);
		assert_int_equal(objpool_pop_bulk(pool, (void **)objs, NR), 0);
		for (unsigned int k = 0; k < NR; k++)
			assert_int_equal(objs[k][k % 64], (char)0xdd);
		assert_int_equal(objpool_push_bulk((void **)objs, NR, pool), 0);
	}
	/* More processes died than there are slots. */
	assert_true(stats_of(pool).takeovers > 0);
	end_pool(pool);
	bank_close(&bank);
}

static void
child_and_parent_share_a_pool_without_mixing_up(void **state)
{
	struct objpool_attr attr = plain;
	struct objpool *pool;
	struct ledger ledger;
	struct hand hand;
	struct bank bank;
	pid_t child;

	(void)state;
	bank_open(&bank, true);
	attr.mem = &bank.mem;
	pool = make_pool(&attr);
	ledger_open_pool(&ledger, pool, 0);
	child = fork();
	assert_true(child >= 0);
	/* Each within its half: neither may fail, nor get what the other has.
	 * A word in each object names its holder. */
	hand_open(&hand, pool, &ledger, child == 0 ? 2 : 1, NR / 2);
	for (unsigned int i = 0; i < env_times(20000); i++) {
		unsigned int n = rng_upto(&hand.rng, NR / 2);

		if (objpool_pop_bulk(pool, hand.objs, n) != 0)
			_exit(3);
		for (unsigned int k = 0; k < n; k++)
			*(uint32_t *)hand.objs[k] = hand.who;
		for (unsigned int k = 0; k < n; k++)
			if (*(uint32_t *)hand.objs[k] != hand.who)
				_exit(4);
		objpool_push_bulk(hand.objs, n, pool);
	}
	if (child == 0)
		_exit(0);
	assert_child_was_content(child);
	hand_close(&hand);
	end_audited(pool, &ledger);
	bank_close(&bank);
}

/* Pop and push up to LOAD objects until killed. */
#define LOAD 4

static void
toil(struct objpool *pool, uint64_t who)
{
	struct rng rng;
	void *objs[LOAD];

	rng_init(&rng, env_seed(), who);
	for (;;) {
		unsigned int n = rng_upto(&rng, LOAD);

		if (objpool_pop_bulk(pool, objs, n) == 0)
			objpool_push_bulk(objs, n, pool);
	}
}

static int
by_address(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

/* Take all there is; what is missing of all is what the dead had in hand, and
 * is pushed on their behalf. */
static void
take_stock(struct objpool *pool, char *const *all, unsigned int children)
{
	char *objs[NR + 1];
	unsigned int n = objpool_pop_burst(pool, (void **)objs, NR + 1);
	unsigned int lost = 0;

	assert_in_range(n, NR - LOAD * children, NR);
	assert_null(objpool_pop(pool));
	qsort(objs, n, sizeof(objs[0]), by_address);
	for (unsigned int i = 0; i < NR; i++)
		if (i - lost < n && objs[i - lost] == all[i])
			continue;
		else if (objpool_push(all[i], pool) == 0)
			lost++;
	assert_int_equal(lost, NR - n);
	assert_int_equal(objpool_push_bulk((void **)objs, n, pool), 0);
	assert_int_equal(objpool_nr_free(pool), NR);
}

static void
kill_at_random(struct objpool *pool, char *const *all, struct rng *rng)
{
	pid_t child[2];

	for (unsigned int k = 0; k < 2; k++) {
		child[k] = fork();
		assert_true(child[k] >= 0);
		if (child[k] == 0)
			toil(pool, rng_next(rng) + k);
	}
	usleep(200 + rng_below(rng, 1000));
	for (unsigned int k = 0; k < 2; k++) {
		kill(child[k], SIGKILL);
		assert_true(WIFSIGNALED(status_of(child[k])));
	}
	take_stock(pool, all, 2);
}

/* covers G3 G7 */
static void
processes_killed_anywhere_stop_nobody(void **state)
{
	static const uint32_t slots[] = { 1, 2, 8 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(slots); i++) {
		struct objpool_attr attr = plain;
		struct objpool *pool;
		struct bank bank;
		char *all[NR];
		struct rng rng;

		bank_open(&bank, true);
		attr.mem = &bank.mem;
		attr.nr_slots = slots[i];
		pool = make_pool(&attr);
		rng_init(&rng, env_seed(), slots[i]);
		assert_int_equal(objpool_pop_bulk(pool, (void **)all, NR), 0);
		assert_int_equal(objpool_push_bulk((void **)all, NR, pool), 0);
		qsort(all, NR, sizeof(all[0]), by_address);
		alarm(40); /* where it fails, it hangs */
		for (unsigned int k = 0; k < env_times(100); k++)
			kill_at_random(pool, all, &rng);
		alarm(0);
		end_pool(pool);
		bank_close(&bank);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_child_has_its_own_copy_of_a_pool_on_the_heap),
		cmocka_unit_test(only_its_creator_may_end_a_shared_pool),
		cmocka_unit_test(objects_of_a_killed_process_are_within_reach),
		cmocka_unit_test(
			child_and_parent_share_a_pool_without_mixing_up),
		cmocka_unit_test(processes_killed_anywhere_stop_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
