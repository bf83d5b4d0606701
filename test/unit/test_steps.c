/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What others see of an end that is in progress, between any two instructions.
 *
 * Moments of a few nanoseconds are not met by threads that race, however often.
 * So the thread whose steps are looked at runs with the processor's trap flag
 * set: after each instruction it gets a SIGTRAP, in whose handler the test
 * looks at the pool, or lets another thread do something. That covers all
 * interleavings in which one side does everything at once, and not what
 * processors reorder.
 *
 * Where there is no trap flag to be set the same checks are made once,
 * afterwards.
 */

#include "steps.h"

#include <sched.h>

#include "domain.h"

#define NR 100

/* How far to go into a pop, in steps; what is looked for comes early. */
#define POP_STEPS 40u

struct census {
	struct domain domain;
	struct objpool *pool;
	unsigned int nr_out;
	unsigned int nr_before,
		nr_after; /* answers before and after the drain */
	unsigned int nr_wrong;
};

static bool
ask(void *arg)
{
	struct census *c = arg;
	int64_t nr = objpool_outstanding(c->pool);

	if (nr == -EAGAIN && c->nr_after == 0)
		c->nr_before++;
	else if (nr == c->nr_out)
		c->nr_after++;
	else
		c->nr_wrong++;
	return true;
}

static void
drain(void *arg)
{
	struct census *c = arg;

	if (!domain_run(&c->domain))
		abort();
}

/* Who asks is in a read section, as far as the pool is concerned: the second
 * grace period, before which it is valid, does not end. */
static void
what_is_outstanding_is_exact_from_the_first_answer(void **state)
{
	struct objpool_attr attr = { .nr_objs = NR, .obj_size = 8 };
	struct census c;
	void *objs[NR];

	(void)state;
	domain_open(&c.domain, &domain_manual_ops, true);
	attr.gp = c.domain.gp;
	for (unsigned int n = 0; n <= NR; n += n == 0 ? 1 : 33) {
		c.pool = make_pool(&attr);
		c.nr_out = n;
		c.nr_before = c.nr_after = c.nr_wrong = 0;
		assert_int_equal(objpool_pop_bulk(c.pool, objs, n), 0);
		assert_int_equal(objpool_fini(c.pool), 0);
		ask(&c);
		step_through(drain, ask, &c);
		ask(&c);
		assert_true(c.nr_before > 0);
		assert_true(c.nr_after > 0);
		assert_int_equal(c.nr_wrong, 0);
		assert_int_equal(objpool_push_bulk(objs, n, c.pool), 0);
		assert_true(domain_run(&c.domain)); /* the release */
		assert_int_equal(domain_stats(&c.domain).nr_pools, 0);
	}
	domain_close(&c.domain);
}

/* Three meet: one pops and gets as far as so many steps, then one closes the
 * pool and gets as far as so many, then another closes it as well and waits for
 * pops in progress. The handler of the one who closes stands for the other. */
struct rivals {
	struct objpool *pool;
	struct gate gate;
	unsigned int close_at, pop_at; /* steps */
	_Atomic(bool) quiet; /* the second close and quiesce have returned */
	bool was_quiet;      /* before the pop went on */
	uint32_t nr_free;    /* then */
	void *obj;
	bool popped;
	bool close_over; /* it had fewer steps */
	bool over;
	int rc[3];
	unsigned int nr_quiet, nr_popped;
};

static void
pop_once(void *arg)
{
	struct rivals *r = arg;

	r->obj = objpool_pop(r->pool);
}

/* Let the other one close the pool. It may have to wait for this pop. */
static bool
pause_pop(void *arg)
{
	struct rivals *r = arg;

	if (stepping.nr != r->pop_at)
		return true;
	gate_pass(&r->gate);
	for (unsigned int i = 0; i < 300 && !r->quiet; i++)
		sched_yield();
	r->was_quiet = r->quiet;
	return false;
}

static void
pop_in_steps(struct member *m, void *arg)
{
	struct rivals *r = arg;

	(void)m;
	for (;;) {
		gate_pass(&r->gate);
		if (r->over)
			return;
		/* Remember the pool, with free objects in the slot. */
		objpool_push(objpool_pop(r->pool), r->pool);
		gate_pass(&r->gate);
		gate_pass(&r->gate);
		step_through(pop_once, pause_pop, r);
		if (stepping.nr < r->pop_at) {
			/* It had fewer steps. */
			gate_pass(&r->gate);
			r->was_quiet = false;
		}
		r->popped = r->obj != NULL;
		if (r->popped)
			objpool_push(r->obj, r->pool);
		gate_pass(&r->gate);
	}
}

static void
close_once(void *arg)
{
	struct rivals *r = arg;

	r->rc[0] = objpool_close(r->pool);
}

static void
close_too(struct rivals *r)
{
	r->rc[1] = objpool_close(r->pool);
	r->rc[2] = objpool_quiesce(r->pool);
	r->nr_free = objpool_nr_free(r->pool);
	r->quiet = true;
	gate_pass(&r->gate); /* the pop is over */
}

static bool
pause_close(void *arg)
{
	struct rivals *r = arg;

	if (stepping.nr != r->close_at)
		return true;
	close_too(r);
	return false;
}

static void
try_moment(struct rivals *r)
{
	const struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 8,
		.nr_slots = 2,
		.flags = OBJPOOL_F_MARKED,
	};

	r->pool = make_pool(&attr);
	r->quiet = false;
	gate_pass(&r->gate);
	gate_pass(&r->gate);
	gate_pass(&r->gate); /* the pop begins */
	gate_pass(&r->gate); /* and is in the middle */
	step_through(close_once, pause_close, r);
	if (stepping.nr < r->close_at) {
		r->close_over = true;
		close_too(r);
	}
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(r->rc[i], 0);
	/* A pop that has its object may have yet to return it. */
	if (r->was_quiet && r->nr_free == NR) {
		assert_false(r->popped);
		r->nr_quiet++;
	}
	r->nr_popped += r->popped;
	assert_null(objpool_pop(r->pool));
	end_pool(r->pool);
}

/* Who comes second may rely on it no less than who came first. */
static void
whoever_closed_a_pool_it_is_closed(void **state)
{
	const unsigned int stride = env_is_slow() ? 23 : 3;
	struct crew *crew = calloc(1, sizeof(*crew));
	struct rivals r = { .over = false };

	(void)state;
	gate_init(&r.gate, 2);
	crew_start(crew, 1, pop_in_steps, &r);
	for (r.close_at = 1; !r.close_over; r.close_at += stride)
		for (unsigned int n = 0; n < POP_STEPS; n++) {
			r.pop_at = 1 + n * stride;
			try_moment(&r);
		}
	r.over = true;
	gate_pass(&r.gate);
	crew_join(crew);
	assert_true(r.nr_popped > 0);
	assert_true(r.nr_quiet > 0 || env_is_slow() || !HAS_STEPS);
	free(crew);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_outstanding_is_exact_from_the_first_answer),
		cmocka_unit_test(whoever_closed_a_pool_it_is_closed),
	};

	steps_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
