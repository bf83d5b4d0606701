/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What calls cost as slots grow from 2 to 128, counted on a simulated machine,
 * so that it is the same everywhere. doc/scale.md has the figures.
 *
 * `promises` is all that is said: a figure of a scene, the most it may ever be,
 * and how it may grow. Whoever makes something cheaper tightens its line. Three
 * pools that were made bad on purpose show that the promises can be broken.
 */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scenes.h"

enum growth {
	CONSTANT,    /* at most a tenth more than with 2 slots, and the slack */
	LINEAR,      /* at most one for each block ever used, and the slack */
};

typedef double
figure_fn(const struct figures *f);

struct promise {
	const char *scene;
	unsigned int n;
	const char *what;
	figure_fn *figure;
	double at_most;
	enum growth growth;
	double slack;
};

static double
accesses(const struct figures *f)
{
	return figures_each(f, f->bill.accesses);
}

static double
locked(const struct figures *f)
{
	return figures_each(f, f->bill.rmw);
}

static double
fences(const struct figures *f)
{
	return figures_each(f, f->bill.fences + f->bill.heavy);
}

static double
lines(const struct figures *f)
{
	return figures_each(f, figures_traffic(f));
}

static double
revocations(const struct figures *f)
{
	return figures_each(f, f->revocations);
}

static double
heads_a_steal(const struct figures *f)
{
	return (double)f->steals.heads / (double)f->steals.nr;
}

static double
most_heads_a_steal(const struct figures *f)
{
	return (double)f->steals.most;
}

static double
heads_a_failure(const struct figures *f)
{
	return (double)f->fails.heads / (double)f->fails.nr;
}

static double
accesses_a_head(const struct figures *f)
{
	return (double)f->bill.accesses / (double)f->fails.heads;
}

#define FIGURE(f) #f, f

/* What pop and push cost while nobody is short. */
static const struct promise calls[] = {
	{ "churn", 1, FIGURE(accesses), 6, CONSTANT, 0 },
	{ "churn", 1, FIGURE(locked), 0, CONSTANT, 0 },
	{ "churn", 1, FIGURE(fences), 0, CONSTANT, 0 },
	{ "churn", 1, FIGURE(lines), 0, CONSTANT, 0 },
	{ "churn", 8, FIGURE(accesses), 5 + 8, CONSTANT, 0 },
	{ "churn", 8, FIGURE(locked), 0, CONSTANT, 0 },
	{ "churn", 8, FIGURE(lines), 0, CONSTANT, 0 },
	{ "churn", 32, FIGURE(accesses), 5 + 32, CONSTANT, 0 },
	{ "churn", 32, FIGURE(locked), 0, CONSTANT, 0 },
	{ "churn", 32, FIGURE(fences), 0, CONSTANT, 0 },
	{ "churn", 32, FIGURE(lines), 0, CONSTANT, 0 },
	/* A block is exchanged every 24th call. It is the same one mostly,
	 * but the word of its hint is that of 63 others. */
	{ "deep", 32, FIGURE(accesses), 40, CONSTANT, 0 },
	{ "deep", 32, FIGURE(locked), 0.2, CONSTANT, 0 },
	{ "deep", 32, FIGURE(fences), 0, CONSTANT, 0 },
	{ "deep", 32, FIGURE(lines), 0.2, CONSTANT, 0.1 },
	/* A line of entries has 8 objects. */
	{ "pipeline", 1, FIGURE(accesses), 6.5, CONSTANT, 0 },
	{ "pipeline", 1, FIGURE(locked), 0.02, CONSTANT, 0 },
	{ "pipeline", 1, FIGURE(lines), 1.0 / 8 + 0.03, CONSTANT, 0 },
	{ "pipeline", 8, FIGURE(locked), 0.15, CONSTANT, 0 },
	{ "pipeline", 8, FIGURE(lines), 1 + 0.3, CONSTANT, 0 },
	{ "pipeline", 32, FIGURE(accesses), 46, CONSTANT, 0 },
	{ "pipeline", 32, FIGURE(locked), 0.5, CONSTANT, 0 },
	{ "pipeline", 32, FIGURE(fences), 0, CONSTANT, 0 },
	{ "pipeline", 32, FIGURE(lines), 4 + 1, CONSTANT, 0 },
	{ "pipeline", 32, FIGURE(revocations), 0, CONSTANT, 0 },
	{ "fan-in", 32, FIGURE(accesses), 46, CONSTANT, 0 },
	{ "fan-in", 32, FIGURE(locked), 0.5, CONSTANT, 0 },
	{ "fan-in", 32, FIGURE(lines), 4 + 1, CONSTANT, 0 },
	{ "fan-out", 32, FIGURE(accesses), 44, CONSTANT, 0 },
	{ "fan-out", 32, FIGURE(locked), 0.51, CONSTANT, 0 },
	{ "fan-out", 32, FIGURE(lines), 4 + 1, CONSTANT, 0 },
	{ "bursts", 32, FIGURE(accesses), 24, CONSTANT, 0 },
	{ "bursts", 32, FIGURE(locked), 0.03, CONSTANT, 0 },
	{ "bursts", 32, FIGURE(lines), 0.08, CONSTANT, 0.03 },
	{ "bursts", 32, FIGURE(revocations), 0, CONSTANT, 0 },
};

/* What it costs to find objects elsewhere, or that there are none. Hints name
 * what can be stolen, 16 blocks a word; to fail takes a look at all heads. */
static const struct promise hunts[] = {
	{ "drain", 32, FIGURE(locked), 2, CONSTANT, 1 },
	{ "drain", 32, FIGURE(lines), 5, CONSTANT, 0 },
	{ "drain", 32, FIGURE(heads_a_steal), 4, CONSTANT, 1.5 },
	{ "drain", 32, FIGURE(most_heads_a_steal), 5, CONSTANT, 2 },
	{ "needle", 8, FIGURE(accesses), 160, LINEAR, 60 },
	{ "needle", 8, FIGURE(locked), 5, CONSTANT, 0 },
	{ "needle", 8, FIGURE(fences), 2, CONSTANT, 0 },
	{ "needle", 8, FIGURE(lines), 6, CONSTANT, 0 },
	{ "needle", 8, FIGURE(revocations), 1, CONSTANT, 0 },
	{ "needle", 8, FIGURE(most_heads_a_steal), 3, CONSTANT, 1 },
	{ "dry", 32, FIGURE(locked), 2, CONSTANT, 0 },
	{ "dry", 32, FIGURE(lines), INFINITY, LINEAR, 6 },
	{ "dry", 32, FIGURE(revocations), 0.03, CONSTANT, 0 },
	{ "dry", 32, FIGURE(most_heads_a_steal), INFINITY, LINEAR, 1 },
	{ "dry", 32, FIGURE(heads_a_failure), INFINITY, LINEAR, 1 },
	/* The first of 20 lets go of empty blocks. */
	{ "fail", 32, FIGURE(locked), 0.1, CONSTANT, 0 },
	{ "fail", 32, FIGURE(fences), 1, CONSTANT, 0 },
	{ "fail", 32, FIGURE(lines), 0, CONSTANT, 0 },
	{ "fail", 32, FIGURE(heads_a_failure), INFINITY, LINEAR, 1 },
	{ "fail", 32, FIGURE(accesses_a_head), 14, CONSTANT, 0 },
};

#define NR(promises) (sizeof(promises) / sizeof((promises)[0]))

static const unsigned int sizes[] = { 2, 4, 8, 16, 32, 64, 128 };
#define NR_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* The most that the figure may be, when it was `first` with 2 slots. */
static double
limit(const struct promise *p, const struct figures *f, double first)
{
	double grown = INFINITY;

	switch (p->growth) {
	case CONSTANT:
		grown = first * 1.1 + p->slack;
		break;
	case LINEAR:
		grown = (double)f->used + p->slack;
		break;
	}
	return fmin(grown, p->at_most);
}

/* With how many slots is the promise broken first? 0: it is kept. */
static unsigned int
broken_at(const struct promise *p, bool fenced, enum flaw flaw)
{
	const struct scene *scene = scene_find(p->scene, p->n);
	double first = 0;

	assert_non_null(scene);
	for (size_t i = 0; i < NR_SIZES; i++) {
		struct figures f;
		double is, may;

		scene_play(scene, sizes[i], fenced, flaw, &f);
		assert_true(f.calls > 0);
		assert_int_equal(f.bill.strays, 0);
		is = p->figure(&f);
		first = i == 0 ? is : first;
		may = limit(p, &f, first);
		if (is <= may) /* not if it is no number */
			continue;
		if (flaw == FLAW_NONE)
			print_error("%s, n = %u, %u slots: %s %g, promised at "
				    "most %g\n",
				p->scene, p->n, sizes[i], p->what, is, may);
		return sizes[i];
	}
	return 0;
}

static unsigned int
nr_broken(const struct promise *p, size_t nr, enum flaw flaw)
{
	unsigned int broken = 0;

	for (size_t i = 0; i < nr; i++)
		broken += broken_at(&p[i], false, flaw) != 0;
	return broken;
}

static const struct promise *
promise_of(const struct promise *p, const char *scene, unsigned int n,
	figure_fn *figure)
{
	while (strcmp(p->scene, scene) != 0 || p->n != n || p->figure != figure)
		p++;
	return p;
}

static void
calls_cost_the_same_with_2_and_128_slots(void **state)
{
	(void)state;
	assert_int_equal(nr_broken(calls, NR(calls), FLAW_NONE), 0);
}

static void
steals_and_failures_cost_what_is_promised(void **state)
{
	(void)state;
	assert_int_equal(nr_broken(hunts, NR(hunts), FLAW_NONE), 0);
}

/* The scenes are about what they say. */
static void
scenes_bring_about_what_they_are_for(void **state)
{
	struct figures f;

	(void)state;
	for (size_t i = 0; i < NR_SIZES; i++) {
		scene_play(scene_find("deep", 32), sizes[i], false, FLAW_NONE,
			&f);
		assert_true(f.blocks >= sizes[i] * 20);
		scene_play(scene_find("pipeline", 32), sizes[i], false,
			FLAW_NONE, &f);
		assert_true(f.blocks >= sizes[i] * 100);
		scene_play(scene_find("drain", 32), sizes[i], false, FLAW_NONE,
			&f);
		assert_true(f.revocations >= sizes[i] - 1 && f.fails.nr == 1);
		scene_play(scene_find("needle", 8), sizes[i], false, FLAW_NONE,
			&f);
		assert_true(f.revocations == 20 && f.steals.nr == 20);
		scene_play(scene_find("dry", 32), sizes[i], false, FLAW_NONE,
			&f);
		assert_true(f.fails.nr > 20 && f.steals.nr > 20);
		scene_play(scene_find("fail", 32), sizes[i], false, FLAW_NONE,
			&f);
		assert_true(f.fails.nr == f.calls && f.used >= sizes[i]);
	}
}

static void
fenced_slots_pay_one_fence_a_call(void **state)
{
	struct figures f;

	(void)state;
	for (size_t i = 0; i < NR_SIZES; i++) {
		scene_play(scene_find("churn", 8), sizes[i], true, FLAW_NONE,
			&f);
		assert_int_equal(f.bill.fences, f.calls);
		assert_int_equal(f.bill.heavy, 0);
		assert_int_equal(f.bill.rmw, 0);
		assert_int_equal(figures_traffic(&f), 0);
	}
}

static void
figures_are_the_same_each_time(void **state)
{
	struct figures one, two;

	(void)state;
	scene_play(scene_find("bursts", 32), 8, false, FLAW_NONE, &one);
	scene_play(scene_find("dry", 32), 16, false, FLAW_NONE, &two);
	scene_play(scene_find("bursts", 32), 8, false, FLAW_NONE, &two);
	assert_memory_equal(&one, &two, sizeof(one));
}

static void
a_counter_that_all_share_breaks_the_promises(void **state)
{
	(void)state;
	assert_int_equal(broken_at(promise_of(calls, "churn", 1, locked), false,
				 FLAW_COUNTER),
		2);
	assert_int_equal(broken_at(promise_of(calls, "churn", 32, lines), false,
				 FLAW_COUNTER),
		2);
	assert_int_not_equal(broken_at(promise_of(calls, "pipeline", 1, lines),
				     false, FLAW_COUNTER),
		0);
	assert_int_not_equal(broken_at(promise_of(hunts, "fail", 32, locked),
				     false, FLAW_COUNTER),
		0);
}

static void
a_look_at_all_slots_breaks_the_promises(void **state)
{
	(void)state;
	assert_int_not_equal(broken_at(promise_of(calls, "churn", 32, accesses),
				     false, FLAW_LOOK),
		0);
	assert_int_not_equal(broken_at(promise_of(calls, "bursts", 32, lines),
				     false, FLAW_LOOK),
		0);
}

static void
a_look_at_blocks_never_used_breaks_the_promises(void **state)
{
	const struct promise *steal =
		promise_of(hunts, "needle", 8, most_heads_a_steal);
	const struct promise *fail =
		promise_of(hunts, "fail", 32, heads_a_failure);

	(void)state;
	assert_int_not_equal(broken_at(steal, false, FLAW_HEADS), 0);
	assert_int_equal(broken_at(fail, false, FLAW_HEADS), 2);
}

static void
machine_bills_lines_that_others_wrote(void **state)
{
	static _Alignas(64) _Atomic(int) word[32];
	const struct bill *bill = machine_bill();
	const uint64_t *moves = &bill->moves[PLACE_OTHER];
	const uint64_t *recalls = &bill->recalls[PLACE_OTHER];

	(void)state;
	machine_watch(word, sizeof(word));
	machine_run(0);
	atomic_store_explicit(&word[0], 1, memory_order_relaxed);
	assert_int_equal(*moves + *recalls, 0);
	machine_run(127);
	assert_int_equal(atomic_load_explicit(&word[1], memory_order_relaxed),
		0);
	assert_int_equal(*moves, 1); /* the same line */
	(void)atomic_load_explicit(&word[0], memory_order_relaxed);
	(void)atomic_load_explicit(&word[16], memory_order_relaxed);
	assert_int_equal(*moves, 1);
	machine_run(0);
	atomic_store_explicit(&word[0], 2, memory_order_relaxed);
	assert_int_equal(*recalls, 1);
	atomic_store_explicit(&word[0], 3, memory_order_relaxed);
	assert_int_equal(*recalls, 1);
	machine_run(127);
	atomic_fetch_add_explicit(&word[0], 1, memory_order_relaxed);
	assert_int_equal(*moves, 2);
	assert_int_equal(bill->rmw, 1);
	machine_watch(NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machine_bills_lines_that_others_wrote),
		cmocka_unit_test(figures_are_the_same_each_time),
		cmocka_unit_test(scenes_bring_about_what_they_are_for),
		cmocka_unit_test(calls_cost_the_same_with_2_and_128_slots),
		cmocka_unit_test(steals_and_failures_cost_what_is_promised),
		cmocka_unit_test(fenced_slots_pay_one_fence_a_call),
		cmocka_unit_test(a_counter_that_all_share_breaks_the_promises),
		cmocka_unit_test(a_look_at_all_slots_breaks_the_promises),
		cmocka_unit_test(
			a_look_at_blocks_never_used_breaks_the_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
