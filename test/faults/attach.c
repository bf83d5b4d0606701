/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Other processes meet a pool for the first time while what they ask of the C
 * library and the kernel fails, each call in turn.
 *
 * The creator has used the pool, so most objects lie in private blocks of its
 * slot. A child that it forked, and that shares the pool's memory, takes all
 * objects, gives them back, and asks for what the dead held. Whatever failed, it
 * got what it may have and lost nothing, got no more memory or files than it gave
 * back, and had an error only where there is one for that failure. Then another
 * thread of it does the same, with nothing failing.
 *
 * A membarrier that fails in the middle of revoking leaves but one thing to do:
 * the child dies. What it had then is given back to the creator's pool.
 *
 * What happened is told in shared memory, since a child is no test.
 */

#include "unit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bank.h"
#include "faults.h"
#include "real.h"

#define NR    40
#define CALLS 500 /* more than a meeting makes */

/* What cannot be told of whom, or of where. */
#define ANSWERS                                                                \
	(FAULT_BIT(READLINK) | FAULT_BIT(STAT) | FAULT_BIT(OPEN) |             \
		FAULT_BIT(READ))

struct meeting {
	struct objpool *pool;
	unsigned int got;
	int pushed;
	int64_t reclaimed;
};

/* Of a child. */
struct diary {
	struct meeting first, again;
	struct faults_seen seen;
	bool is_even, is_over;
};

static struct diary *diary;
static unsigned int all_hit, nr_died;

static void *
meet(void *arg)
{
	struct meeting *m = arg;
	void *objs[NR + 1];

	m->got = objpool_pop_burst(m->pool, objs, NR + 1);
	m->pushed = objpool_push_bulk(objs, m->got, m->pool);
	m->reclaimed = objpool_reclaim(m->pool, NULL, NULL);
	return NULL;
}

static void
live(struct objpool *pool, const struct fault_plan *plan)
{
	const struct faults_left before = faults_left();
	pthread_t thread;

	diary->first.pool = diary->again.pool = pool;
	faults_arm(plan);
	meet(&diary->first);
	faults_disarm(&diary->seen);
	diary->is_even = faults_are_even(&before);
	if (__real_pthread_create(&thread, NULL, meet, &diary->again) == 0 &&
		__real_pthread_join(thread, NULL) == 0)
		diary->is_over = true;
}

static bool
has_holders(uint32_t flags)
{
	return flags & OBJPOOL_F_HOLDERS;
}

/* Is that what reclaiming may say after those calls failed? */
static bool
may_say(int64_t rc, unsigned int hit)
{
	switch (rc) {
	case 0:
		return true;
	case -ENOMEM:
		return hit & FAULT_BIT(CALLOC);
	case -ENOTSUP:
		return hit & (ANSWERS | FAULT_BIT(MEMBARRIER));
	case -EAGAIN:
		return hit & ANSWERS;
	default:
		return false;
	}
}

static void
expect_meeting(const struct meeting *m, uint32_t flags, unsigned int hit)
{
	/* Who may not revoke gets what is public. */
	if (hit & FAULT_BIT(MEMBARRIER))
		assert_in_range(m->got, 0, NR);
	else
		assert_int_equal(m->got, NR);
	assert_int_equal(m->pushed, 0);
	if (has_holders(flags))
		assert_true(may_say(m->reclaimed, hit));
	else
		assert_true(m->reclaimed == -ENOTSUP);
}

/* In the creator, all objects being home. */
static void
expect_whole_pool(struct objpool *pool)
{
	void *objs[NR];

	assert_int_equal(objpool_nr_free(pool), NR);
	assert_int_equal(objpool_pop_bulk(pool, objs, NR), 0);
	assert_int_equal(objpool_push_bulk(objs, NR, pool), 0);
}

/* The child died of a membarrier that failed. */
static void
bury(struct objpool *pool, int status)
{
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	nr_died++;
	while (objpool_reclaim(pool, NULL, NULL) > 0)
		;
}

static struct objpool *
open_pool(struct bank *bank, uint32_t flags)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 64,
		.block_objs = 8,
		.nr_slots = 4,
		.flags = flags,
	};
	struct objpool *pool;

	bank_open(bank, true);
	attr.mem = &bank->mem;
	pool = make_pool(&attr);
	expect_whole_pool(pool);
	return pool;
}

/* One child. False: nothing was left to fail. */
static bool
try(uint32_t flags, const struct fault_plan *plan)
{
	struct bank bank;
	struct objpool *pool = open_pool(&bank, flags);
	bool hit;
	int status;
	pid_t child;

	memset(diary, 0, sizeof(*diary));
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		live(pool, plan);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (diary->is_over) {
		assert_true(WIFEXITED(status));
		assert_true(diary->is_even);
		expect_meeting(&diary->first, flags, diary->seen.hit);
		/* What the process may not do it may not do later. */
		expect_meeting(&diary->again, flags,
			diary->seen.hit & FAULT_BIT(MEMBARRIER));
	} else {
		assert_int_equal(plan->only, FAULT_BIT(MEMBARRIER));
		bury(pool, status);
	}
	hit = !diary->is_over || diary->seen.failed > 0;
	all_hit |= diary->seen.hit;
	if (diary->is_over || has_holders(flags)) {
		expect_whole_pool(pool);
		end_pool(pool);
	} else {
		assert_int_equal(objpool_free_forced(pool), 0);
	}
	bank_close(&bank);
	return hit;
}

/* Each call in turn; once, and from then on; with both errors. */
static void
try_all(uint32_t flags, unsigned int only)
{
	struct fault_plan plan = { .only = only };
	unsigned int k;

	for (unsigned int i = 0; i < 4; i++) {
		plan.and_later = i & 2;
		plan.other_error = i & 1;
		for (k = 1; k < CALLS; k++) {
			plan.at = k;
			if (!try(flags, &plan))
				break;
		}
		assert_in_range(k, 2, CALLS - 1);
	}
}

/* covers G3 */
static void
process_that_cannot_tell_who_it_is_loses_nothing(void **state)
{
	static const uint32_t flags[] = { 0, OBJPOOL_F_MARKED,
		OBJPOOL_F_HOLDERS };

	(void)state;
	all_hit = 0;
	for (unsigned int i = 0; i < COUNT_OF(flags); i++)
		try_all(flags[i], ~FAULT_BIT(MEMBARRIER));
	assert_int_equal(all_hit & ANSWERS, ANSWERS);
	assert_true(all_hit & FAULT_BIT(CALLOC));
}

/* covers G3 G4 */
static void
process_that_may_not_revoke_takes_what_is_public_or_dies(void **state)
{
	(void)state;
	all_hit = 0;
	try_all(0, FAULT_BIT(MEMBARRIER));
	try_all(OBJPOOL_F_HOLDERS, FAULT_BIT(MEMBARRIER));
	assert_true(all_hit & FAULT_BIT(MEMBARRIER));
	fprintf(stderr, "%u children died\n", nr_died);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			process_that_cannot_tell_who_it_is_loses_nothing),
		cmocka_unit_test(
			process_that_may_not_revoke_takes_what_is_public_or_dies),
	};

	diary = mmap(NULL, sizeof(*diary), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (diary == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
