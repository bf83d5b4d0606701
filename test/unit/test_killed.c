/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* objpool_reclaim() after processes were killed at a given instruction of pop
 * and push: they step through them (steps.h), and each dies a few steps later
 * than the one before, until one survives. Each time all that is missing comes
 * back, what it held and what it was moving.
 */

#include "bereaved.h"

#include "steps.h"

#define FEW 12

/* What is stepped through. */
enum act {
	POP,
	PUSH,
	POP_IN_VAIN, /* and give back what was gathered */
	POP_ALL,
	NR_ACTS
};

struct plan {
	enum act act;
	unsigned int at; /* the step to die at */
	struct objpool *pool;
	void *objs[FEW];
};

static bool
die_in_time(void *arg)
{
	const struct plan *plan = arg;

	if (stepping.nr == plan->at)
		raise(SIGKILL);
	return true;
}

static void
act(void *arg)
{
	struct plan *plan = arg;

	switch (plan->act) {
	case POP:
		objpool_pop_bulk(plan->pool, plan->objs, 2);
		break;
	case PUSH:
		objpool_push_bulk(plan->objs, 3, plan->pool);
		break;
	case POP_IN_VAIN:
		objpool_pop_bulk(plan->pool, plan->objs, FEW);
		break;
	default:
		objpool_pop_burst(plan->pool, plan->objs, FEW);
	}
}

static void
die_at(struct objpool *pool, int to, void *arg)
{
	struct plan plan = *(struct plan *)arg;

	(void)to;
	steps_prepare();
	plan.pool = pool;
	/* The child has found its slot then. */
	if (objpool_pop_bulk(pool, plan.objs, 3) != 0)
		_exit(1);
	if (plan.act != PUSH)
		objpool_push_bulk(plan.objs, 3, pool);
	step_through(act, die_in_time, &plan);
	_exit(0);
}

static bool
count(void *obj, void *ctx)
{
	(void)obj;
	++*(int64_t *)ctx;
	return true;
}

/* All but one object is there for the children. Until one survives; what it
 * holds then comes back as well. Returns the number of orphans. */
static int64_t
kill_in_act(struct objpool *pool, enum act what, struct rng *rng)
{
	struct plan plan = { .act = what };
	int64_t nr_orphans = 0;
	int ended;

	do {
		int64_t given, held = 0;
		struct child child;
		uint32_t out;

		/* The long ones are mostly looking around. */
		plan.at += 1 +
			rng_below(rng,
				what < POP_IN_VAIN ? 80 : plan.at / 2 + 50);
		child = have_child(pool, die_at, &plan);
		ended = bury(&child);
		out = objpool_nr_outstanding(pool) - 1;
		given = objpool_reclaim(pool, count, &held);
		assert_int_equal(given, out);
		assert_int_equal(objpool_reclaim(pool, NULL, NULL), 0);
		assert_int_equal(objpool_nr_free(pool), FEW - 1);
		nr_orphans += given - held;
	} while (ended == SIGKILL);
	return nr_orphans;
}

/* covers G16 */
static void
processes_killed_at_any_instruction_leave_nothing_behind(void **state)
{
	static const struct {
		uint32_t nr_slots, flags;
	} variants[] = {
		{ 4, 0 },
		{ 1, 0 }, /* the child is a guest */
		{ 2, OBJPOOL_F_COMPACT | OBJPOOL_F_FENCED | OBJPOOL_F_SIGNALS },
	};
	struct rng rng;

	(void)state;
	rng_init(&rng, env_seed(), 16);
	if (!HAS_STEPS || env_is_slow())
		return;
	for (size_t i = 0; i < COUNT_OF(variants); i++) {
		struct objpool_attr attr = holding;
		int64_t nr_orphans[NR_ACTS];
		struct objpool *pool;
		struct bank bank;
		void *obj;

		bank_open(&bank, true);
		attr.nr_objs = FEW;
		attr.block_objs = 4;
		attr.mem = &bank.mem;
		attr.nr_slots = variants[i].nr_slots;
		attr.flags |= variants[i].flags;
		pool = make_pool(&attr);
		obj = objpool_pop(pool);
		for (unsigned int k = 0; k < NR_ACTS; k++)
			nr_orphans[k] = kill_in_act(pool, k, &rng);
		assert_true(nr_orphans[POP] > 0 && nr_orphans[PUSH] > 0);
		assert_true(nr_orphans[POP_IN_VAIN] > 0);
		assert_int_equal(objpool_push(obj, pool), 0);
		end_pool(pool);
		bank_close(&bank);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			processes_killed_at_any_instruction_leave_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
