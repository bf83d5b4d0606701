/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Threads meet pools, starve, and end them, and domains start threads of their
 * own, while what they ask of the C library and the kernel fails.
 *
 * What a thread cannot find out about itself or others costs it speed, never an
 * object. What it may not do (membarrier) it must refuse, or die rather than go
 * on without it; that is tried in a child.
 */

#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain.h"
#include "real.h"
#include "scene.h"

#define NR 40

/* --- domains --- */

struct founding {
	const struct objpool_gp_ops *ops;
	struct domain domain;
	struct objpool_gp *gp;
};

static void
pass(void *ctx)
{
	(void)ctx;
}

static const struct objpool_gp_ops blocking_ops = { .synchronize = pass };

static void
clear_founding(void *ctx)
{
	((struct founding *)ctx)->gp = NULL;
}

static int
found(void *ctx)
{
	struct founding *f = ctx;

	return objpool_gp_create(f->ops, &f->domain, NULL, &f->gp);
}

static void
look_at_founding(void *ctx, int rc, const struct faults_seen *seen)
{
	struct founding *f = ctx;

	(void)seen;
	if (rc != 0)
		assert_null(f->gp);
	else
		assert_int_equal(objpool_barrier(f->gp), 0);
}

static void
strike_founding(void *ctx)
{
	assert_int_equal(objpool_gp_destroy(((struct founding *)ctx)->gp), 0);
}

static void
domain_whose_making_fails_leaves_nothing(void **state)
{
	const struct scene scene = {
		.name = "found",
		.kinds = FAULT_BIT(ALIGNED_ALLOC) | FAULT_BIT(PTHREAD_CREATE) |
			FAULT_BIT(AFFINITY),
		.set = clear_founding,
		.play = found,
		.look = look_at_founding,
		.strike = strike_founding,
	};
	struct founding f = { .ops = &domain_ops };

	(void)state;
	scene_play(&scene, &f);
	f.ops = &blocking_ops;
	scene_play(&scene, &f);
}

/* --- pools in use --- */

struct party {
	uint32_t flags;
	uint32_t nr_slots;
	bool has_dead, has_idler; /* who own the first slots */
	struct objpool *pool;
	unsigned int got;
	/* Of the idler. */
	pthread_t thread;
	struct gate gate;
};

static void *
visit(void *arg)
{
	struct party *p = arg;
	void *objs[NR];

	if (objpool_pop_bulk(p->pool, objs, NR / 2) == 0)
		objpool_push_bulk(objs, NR / 2, p->pool);
	return NULL;
}

/* Has objects in private blocks, and sleeps. */
static void *
idle(void *arg)
{
	struct party *p = arg;

	visit(p);
	gate_pass(&p->gate);
	gate_pass(&p->gate);
	return NULL;
}

static void
open_party(void *ctx)
{
	struct party *p = ctx;
	const struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 64,
		.block_objs = 8,
		.nr_slots = p->nr_slots,
		.flags = p->flags,
	};

	p->pool = make_pool(&attr);
	if (p->has_dead) {
		__real_pthread_create(&p->thread, NULL, visit, p);
		__real_pthread_join(p->thread, NULL);
	}
	if (p->has_idler) {
		gate_init(&p->gate, 2);
		__real_pthread_create(&p->thread, NULL, idle, p);
		gate_pass(&p->gate);
	}
}

/* A thread that was not here before takes all there is. */
static int
feast(void *ctx)
{
	struct party *p = ctx;
	void *objs[NR + 1];

	p->got = objpool_pop_burst(p->pool, objs, NR + 1);
	return objpool_push_bulk(objs, p->got, p->pool);
}

static void
look_at_feast(void *ctx, int rc, const struct faults_seen *seen)
{
	struct party *p = ctx;

	(void)rc;
	/* Who may not revoke gets what is public. */
	if (p->has_idler && (seen->hit & FAULT_BIT(MEMBARRIER)))
		assert_in_range(p->got, 0, NR);
	else
		assert_int_equal(p->got, NR);
}

static void
close_party(void *ctx)
{
	struct party *p = ctx;
	struct ledger ledger;
	bool clean;

	if (p->has_idler) {
		gate_pass(&p->gate);
		__real_pthread_join(p->thread, NULL);
	}
	assert_int_equal(objpool_nr_free(p->pool), NR);
	ledger_open_pool(&ledger, p->pool, 64);
	clean = ledger_audit(&ledger, p->pool);
	ledger_close(&ledger);
	assert_true(clean);
	end_pool(p->pool);
}

static const struct scene feasting = {
	.name = "feast",
	.kinds = FAULT_BIT(READLINK) | FAULT_BIT(STAT) | FAULT_BIT(OPEN) |
		FAULT_BIT(READ) | FAULT_BIT(MEMBARRIER),
	.set = open_party,
	.play = feast,
	.look = look_at_feast,
	.strike = close_party,
};

/* covers G3 */
static void
thread_that_cannot_tell_who_it_is_loses_nothing(void **state)
{
	static const uint32_t flags[] = { 0, OBJPOOL_F_MARKED,
		OBJPOOL_F_CHECKED };
	struct party p = { .nr_slots = 4 };

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(flags); i++) {
		p.flags = flags[i];
		scene_play(&feasting, &p);
	}
}

/* covers G3 G7 */
static void
dead_owner_that_cannot_be_asked_about_loses_nothing(void **state)
{
	struct scene scene = feasting;
	struct party p = { .nr_slots = 1, .has_dead = true };

	(void)state;
	/* Fenced, so that there is nothing to die of. */
	scene.kinds &= ~FAULT_BIT(MEMBARRIER);
	for (unsigned int i = 0; i < 2; i++) {
		p.flags = OBJPOOL_F_FENCED | (i > 0 ? OBJPOOL_F_MARKED : 0);
		scene_play(&scene, &p);
	}
}

/* covers G3 G4 */
static void
pop_that_may_not_revoke_takes_what_is_public(void **state)
{
	struct scene scene = feasting;
	struct party p = { .nr_slots = 4, .has_idler = true };

	(void)state;
	scene.only = FAULT_BIT(MEMBARRIER);
	scene.kinds = scene.only;
	scene.once_only = true;
	scene_play(&scene, &p);
}

/* --- ends --- */

static int
wait_for_end(void *ctx)
{
	return objpool_fini_wait(((struct party *)ctx)->pool, UINT32_MAX);
}

static void
look_at_end(void *ctx, int rc, const struct faults_seen *seen)
{
	struct party *p = ctx;

	(void)seen;
	if (rc == 0)
		return;
	/* Nothing happened. */
	assert_int_equal(objpool_nr_free(p->pool), NR);
	assert_int_equal(feast(p), 0);
	assert_int_equal(p->got, NR);
}

static void
end_that_cannot_be_waited_for_does_not_begin(void **state)
{
	const struct scene scene = {
		.name = "fini_wait",
		.kinds = FAULT_BIT(CALLOC),
		.set = open_party,
		.play = wait_for_end,
		.look = look_at_end,
	};
	struct party p = { .nr_slots = 4 };

	(void)state;
	scene_play(&scene, &p);
}

/* --- what must not go on --- */

static _Atomic(bool) is_through;

/* In the middle of an operation for a while. */
static void *
linger(void *arg)
{
	struct party *p = arg;
	void *mark = objpool_enter(p->pool, NULL);

	gate_pass(&p->gate);
	nap(50);
	is_through = true;
	objpool_leave(p->pool, mark);
	return NULL;
}

/* How a child went on whose k-th membarrier and all later ones fail. */
enum way {
	REFUSED,
	WAITED,
	DIED,
	LEFT_ALONE, /* none failed */
	BAD,
};

static enum way
finish_in_child(unsigned int k, bool and_later)
{
	struct fault_plan plan = { k, and_later, false, FAULT_BIT(MEMBARRIER) };
	struct party p = { .flags = OBJPOOL_F_MARKED, .nr_slots = 4 };
	struct faults_seen seen;
	int rc;

	open_party(&p);
	gate_init(&p.gate, 2);
	if (__real_pthread_create(&p.thread, NULL, linger, &p) != 0)
		return BAD;
	gate_pass(&p.gate);
	faults_arm(&plan);
	rc = objpool_fini(p.pool);
	faults_disarm(&seen);
	if (rc == -ENOTSUP)
		return seen.failed > 0 && objpool_nr_free(p.pool) == NR ?
			REFUSED :
			BAD;
	if (rc != 0 || !is_through)
		return BAD;
	return seen.failed > 0 ? WAITED : LEFT_ALONE;
}

static enum way
way_of(unsigned int k, bool and_later)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit((int)finish_in_child(k, and_later));
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
		return DIED;
	assert_true(WIFEXITED(status));
	return (enum way)WEXITSTATUS(status);
}

/* covers G11 */
static void
end_without_membarrier_refuses_or_dies_but_never_goes_on(void **state)
{
	unsigned int times[BAD + 1] = { 0 };
	enum way way;

	(void)state;
	for (int and_later = 0; and_later < 2; and_later++)
		for (unsigned int k = 1; k < 100; k++) {
			way = way_of(k, and_later);
			if (way >= BAD)
				fail_msg("call %u%s failed: went on", k,
					and_later ? " and later" : "");
			times[way]++;
			if (way == LEFT_ALONE)
				break;
		}
	assert_true(times[REFUSED] > 0);
	assert_true(times[WAITED] > 0);
	assert_true(times[DIED] > 0);
	assert_int_equal(times[LEFT_ALONE], 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domain_whose_making_fails_leaves_nothing),
		cmocka_unit_test(
			thread_that_cannot_tell_who_it_is_loses_nothing),
		cmocka_unit_test(
			dead_owner_that_cannot_be_asked_about_loses_nothing),
		cmocka_unit_test(pop_that_may_not_revoke_takes_what_is_public),
		cmocka_unit_test(end_that_cannot_be_waited_for_does_not_begin),
		cmocka_unit_test(
			end_without_membarrier_refuses_or_dies_but_never_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
