/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Signal handlers that pop and push, between any two instructions of pops and
 * pushes of the same pool by the same thread (steps.h). The thread plays two
 * holders of one ledger: the *outer* one, whose calls are interrupted, and the
 * *inner* one, whose calls are made in the handler.
 *
 * Where there are no steps the same calls are made one after another.
 */

#include "steps.h"

#include <objpool/fast.h>

#define NR    48
#define BLOCK 4
#define MOST  7    /* objects a call */
#define STEPS 1500 /* looked at in a call */
#define OTHER 77

enum call {
	POP,
	POP_BULK,
	POP_BURST,
	POP_TOO_MANY,
	PUSH,
	PUSH_BULK,
	CALLS
};

struct holder {
	struct objpool *pool;
	struct objpool_slot *slot;
	enum hand_way way;
	uint32_t who;
	unsigned int n;
	void *objs[2 * NR];
};

struct scene {
	struct objpool *pool;
	struct ledger ledger;
	struct holder outer, inner;
	struct rng rng;
	enum call call; /* of the outer one, of n objects */
	unsigned int n;
	unsigned int at;      /* the step that is interrupted; 0: all */
	unsigned int one_in;  /* of those, so many */
	enum call inner_call; /* CALLS: any */
	uint64_t nr_acts;
	unsigned int nr_errors; /* errno was not as before */
};

static int
take(struct holder *h, void **objs, unsigned int n)
{
	switch (h->way) {
	case HAND_FAST:
		return objpool_fast_pop_bulk(h->pool, objs, n);
	case HAND_SLOT:
		return objpool_slot_pop_bulk(h->slot, objs, n);
	default:
		return objpool_pop_bulk(h->pool, objs, n);
	}
}

static unsigned int
take_burst(struct holder *h, void **objs, unsigned int n)
{
	switch (h->way) {
	case HAND_FAST:
		return objpool_fast_pop_burst(h->pool, objs, n);
	case HAND_SLOT:
		return objpool_slot_pop_burst(h->slot, objs, n);
	default:
		return objpool_pop_burst(h->pool, objs, n);
	}
}

static void
give(struct holder *h, void *const *objs, unsigned int n)
{
	switch (h->way) {
	case HAND_FAST:
		objpool_fast_push_bulk(objs, n, h->pool);
		break;
	case HAND_SLOT:
		objpool_slot_push_bulk(objs, n, h->slot);
		break;
	default:
		objpool_push_bulk(objs, n, h->pool);
	}
}

static bool
is_push(enum call call)
{
	return call >= PUSH;
}

/* The call alone; returns how many objects moved. */
static unsigned int
make_call(struct holder *h, enum call call, unsigned int n)
{
	void **to = h->objs + h->n;

	switch (call) {
	case POP:
		*to = objpool_pop(h->pool);
		return *to != NULL;
	case POP_BULK:
		return take(h, to, n) == 0 ? n : 0;
	case POP_BURST:
		return take_burst(h, to, n);
	case POP_TOO_MANY:
		return take(h, to, NR) == 0 ? NR : 0;
	case PUSH:
		objpool_push(to[-1], h->pool);
		return 1;
	default:
		give(h, to - n, n);
		return n;
	}
}

/* What the ledger is to know before a call, and after it. */
static bool
prepare(struct scene *s, struct holder *h, enum call call, unsigned int n)
{
	if (!is_push(call))
		return true;
	if (h->n < n || n == 0)
		return false;
	ledger_gives(&s->ledger, h->who, h->objs + h->n - n, n);
	return true;
}

static void
account(struct scene *s, struct holder *h, enum call call, unsigned int moved)
{
	if (is_push(call))
		h->n -= moved;
	else
		h->n += ledger_took(&s->ledger, h->who, h->objs + h->n, moved);
}

static unsigned int
size_of(struct scene *s, enum call call)
{
	return call == POP || call == PUSH ? 1 : rng_upto(&s->rng, MOST);
}

/* In the handler. */
static void
act(struct scene *s)
{
	enum call call = s->inner_call;
	unsigned int n, moved;

	if (call == CALLS)
		call = (enum call)rng_below(&s->rng, CALLS);
	n = size_of(s, call);
	if (!prepare(s, &s->inner, call, n))
		return;
	errno = OTHER;
	moved = make_call(&s->inner, call, n);
	s->nr_errors += errno != OTHER;
	account(s, &s->inner, call, moved);
	s->nr_acts++;
}

static bool
push_one(void *arg)
{
	struct scene *s = arg;

	if (stepping.nr != s->at)
		return true;
	s->inner.n -= make_call(&s->inner, PUSH, 1);
	return false;
}

static bool
interrupt(void *arg)
{
	struct scene *s = arg;

	if (s->at != 0 && stepping.nr != s->at)
		return stepping.nr < STEPS;
	if (rng_below(&s->rng, s->one_in) == 0)
		act(s);
	/* A pop that is short looks again as long as something changes. */
	return s->at == 0 && stepping.nr < STEPS;
}

static void
run_outer(void *arg)
{
	struct scene *s = arg;
	unsigned int n = s->n;

	s->n = make_call(&s->outer, s->call, n);
}

/* One call of the outer holder, interrupted as the scene says; afterwards no
 * object is missing, nor in two places. */
static void
play(struct scene *s, enum call call, unsigned int n)
{
	if (!prepare(s, &s->outer, call, n))
		return;
	s->call = call;
	s->n = n;
	step_through(run_outer, interrupt, s);
	account(s, &s->outer, call, s->n);
#if !HAS_STEPS
	act(s);
#endif
	assert_int_equal(objpool_nr_free(s->pool) + s->outer.n + s->inner.n,
		NR);
}

static void
open_scene(struct scene *s, const struct objpool_attr *attr, enum hand_way way)
{
	memset(s, 0, sizeof(*s));
	s->pool = make_pool(attr);
	s->one_in = 1;
	s->inner_call = CALLS;
	rng_init(&s->rng, env_seed(), 1);
	ledger_open_pool(&s->ledger, s->pool, sizeof(void *));
	s->outer.pool = s->inner.pool = s->pool;
	s->outer.slot = s->inner.slot = objpool_slot(s->pool);
	s->outer.way = s->inner.way = way;
	s->outer.who = 1;
	s->inner.who = 2;
}

static void
put_back(struct scene *s, struct holder *h)
{
	ledger_gives(&s->ledger, h->who, h->objs, h->n);
	assert_int_equal(objpool_push_bulk(h->objs, h->n, s->pool), 0);
	h->n = 0;
}

/* Give both holders some objects to begin with, and the pool some as well. */
static void
deal(struct scene *s)
{
	struct holder *both[] = { &s->outer, &s->inner };

	put_back(s, &s->outer);
	put_back(s, &s->inner);
	for (unsigned int i = 0; i < COUNT_OF(both); i++)
		both[i]->n = ledger_took(&s->ledger, both[i]->who,
			both[i]->objs,
			objpool_pop_burst(s->pool, both[i]->objs, 2 * MOST));
}

static void
close_scene(struct scene *s)
{
	put_back(s, &s->outer);
	put_back(s, &s->inner);
	assert_int_equal(s->nr_errors, 0);
	end_audited(s->pool, &s->ledger);
}

static struct objpool_attr
attr_for(uint32_t flags)
{
	return (struct objpool_attr){
		.nr_objs = NR,
		.obj_size = sizeof(void *),
		.nr_slots = 2,
		.block_objs = BLOCK,
		.flags = OBJPOOL_F_SIGNALS | flags,
	};
}

static const uint32_t all_flags[] = {
	0,
	OBJPOOL_F_FENCED,
	OBJPOOL_F_COMPACT,
	OBJPOOL_F_CHECKED,
	OBJPOOL_F_MARKED,
	OBJPOOL_F_MARKED | OBJPOOL_F_CHECKED,
};

/* covers G15 G2 G3 G9 */
static void
handlers_at_every_instruction_lose_nothing(void **state)
{
	static const enum hand_way ways[] = { HAND_CALLS, HAND_FAST,
		HAND_SLOT };
	static const unsigned int often[] = { 1, 5, 40 };
	struct scene s;

	(void)state;
	for (size_t f = 0; f < COUNT_OF(all_flags); f++) {
		const struct objpool_attr attr = attr_for(all_flags[f]);
		struct objpool_stats stats;

		open_scene(&s, &attr, ways[f % COUNT_OF(ways)]);
		for (unsigned int i = env_times(40); i > 0; i--) {
			enum call call = (enum call)rng_below(&s.rng, CALLS);

			s.one_in = often[i % COUNT_OF(often)];
			play(&s, call, size_of(&s, call));
		}
		stats = stats_of(s.pool);
		assert_true(s.nr_acts > 0 || !HAS_STEPS || env_is_slow());
		/* Nested, and not; and also as thieves. */
		if (HAS_STEPS && !env_is_slow()) {
			assert_true(stats.shared_objs > 0);
			assert_true(stats.revocations > 0);
			assert_true(stats.fails > 0);
			assert_true(stats.pushes > stats.shared_objs / 2);
		}
		close_scene(&s);
	}
}

/* With few handlers the state of the pool is what calls leave behind. */
static void
one_handler_at_any_instruction_loses_nothing(void **state)
{
	static const unsigned int ranges[] = { 60, 300, 2000 };
	struct scene s;

	(void)state;
	for (unsigned int i = 0; i < CALLS * CALLS; i++) {
		const struct objpool_attr attr =
			attr_for(all_flags[i % COUNT_OF(all_flags)]);
		unsigned int nr_met = 0;

		open_scene(&s, &attr, HAND_CALLS);
		s.inner_call = (enum call)(i % CALLS);
		for (unsigned int k = env_times(16); k > 0; k--) {
			uint64_t before = s.nr_acts;

			s.at = rng_upto(&s.rng, ranges[k % COUNT_OF(ranges)]);
			if (s.outer.n < MOST || s.inner.n < MOST ||
				rng_below(&s.rng, 8) == 0)
				deal(&s);
			play(&s, (enum call)(i / CALLS),
				size_of(&s, (enum call)(i / CALLS)));
			nr_met += s.nr_acts > before;
		}
		assert_true(nr_met > 0 || env_is_slow());
		close_scene(&s);
	}
}

/* Without the flag the same calls break the pool, or the tests above see
 * nothing. They are pushes, in the middle of pushes, which lose objects. */
static void
without_the_flag_objects_are_lost(void **state)
{
	struct objpool_attr attr = attr_for(0);
	unsigned int nr_broken = 0;

	(void)state;
	attr.flags = 0;
	for (unsigned int at = 1; HAS_STEPS && at < 200; at++) {
		struct scene s = {
			.pool = make_pool(&attr),
			.one_in = 1,
			.at = at,
			.call = PUSH,
			.n = 1,
		};

		s.outer.pool = s.pool;
		s.outer.objs[0] = objpool_pop(s.pool);
		s.outer.n = 1;
		s.inner.pool = s.pool;
		s.inner.objs[0] = objpool_pop(s.pool);
		s.inner.n = 1;
		step_through(run_outer, push_one, &s);
		nr_broken += objpool_nr_free(s.pool) + s.inner.n != NR;
		assert_int_equal(objpool_free_forced(s.pool), 0);
	}
	assert_true(nr_broken > 0 || !HAS_STEPS || env_is_slow());
}

/* A thread for which there is no slot, and one that keeps the only one. */
static void
without_a_slot(struct member *m, void *arg)
{
	struct scene *s = arg;
	struct objpool_slot *nobodys = objpool_slot(s->pool);

	(void)m;
	s->outer.slot = s->inner.slot = nobodys;
	deal(s);
	for (unsigned int i = env_times(24); i > 0; i--) {
		enum call call = (enum call)rng_below(&s->rng, CALLS);

		s->one_in = i % 2 ? 3 : 50;
		play(s, call, size_of(s, call));
	}
}

/* covers G15 G7 */
static void
threads_without_a_slot_are_interrupted_too(void **state)
{
	struct scene s;

	(void)state;
	for (size_t f = 0; f < COUNT_OF(all_flags); f++) {
		struct objpool_attr attr = attr_for(all_flags[f]);

		attr.nr_slots = 1;
		open_scene(&s, &attr, f % 2 ? HAND_SLOT : HAND_CALLS);
		crew_alone(without_a_slot, &s);
		assert_true(stats_of(s.pool).shared_objs > 0);
		assert_true(s.nr_acts > 0 || env_is_slow());
		close_scene(&s);
	}
}

/* A thread that is interrupted while it meets the pool, at one step, in whose
 * handler it meets it as well. */
static void
meet(struct member *m, void *arg)
{
	struct scene *s = arg;

	(void)m;
	s->outer.way = s->inner.way = HAND_CALLS;
	play(s, POP_BULK, 3);
	play(s, PUSH_BULK, s->outer.n);
}

/* covers G15 */
static void
a_thread_is_interrupted_when_it_meets_the_pool(void **state)
{
	struct scene s;

	(void)state;
	for (size_t f = 0; f < COUNT_OF(all_flags); f++) {
		const struct objpool_attr attr = attr_for(all_flags[f]);
		uint64_t nr_met = 0;

		open_scene(&s, &attr, HAND_CALLS);
		objpool_detach(s.pool);
		for (unsigned int i = 1; i < env_times(32); i++) {
			s.at = rng_upto(&s.rng, 40 * i);
			crew_alone(meet, &s);
			nr_met += s.nr_acts;
			if (s.inner.n > NR / 3)
				put_back(&s, &s.inner);
		}
		assert_true(nr_met > 0 || env_is_slow());
		/* Each takes the slot of one that ended, or a free one. */
		assert_true(stats_of(s.pool).takeovers > 0);
		close_scene(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handlers_at_every_instruction_lose_nothing),
		cmocka_unit_test(one_handler_at_any_instruction_loses_nothing),
		cmocka_unit_test(without_the_flag_objects_are_lost),
		cmocka_unit_test(threads_without_a_slot_are_interrupted_too),
		cmocka_unit_test(
			a_thread_is_interrupted_when_it_meets_the_pool),
	};

	steps_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
