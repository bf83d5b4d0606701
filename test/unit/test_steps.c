/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What others see of an end that is in progress, between any two instructions.
 *
 * Moments of a few nanoseconds are not met by threads that race, however often.
 * So the thread whose steps are looked at runs with the processor's trap flag set:
 * after each instruction it gets a SIGTRAP, in whose handler the test looks at the
 * pool, or lets another thread do something. That covers all interleavings in which
 * one side does everything at once, and not what processors reorder.
 *
 * Where there is no trap flag to be set the same checks are made once, afterwards.
 */

#include "unit.h"

#include <signal.h>

#include "domain.h"

#if defined(__x86_64__)
#define HAS_STEPS 1
#define TRAP_FLAG 0x100ull
#else
#define HAS_STEPS 0
#endif

#define NR 100

typedef void
step_fn(void *arg);

/* What SIGTRAP calls; only one thread steps at a time. */
static struct {
	step_fn *look;
	void *arg;
	volatile unsigned int nr; /* steps so far */
} stepping;

static void
on_trap(int sig)
{
	int error = errno;

	(void)sig;
	stepping.nr++;
	stepping.look(stepping.arg);
	errno = error;
}

/* Run run(arg), with look(arg) after each instruction. Not inline: the last steps are
 * those of this function's own, after run has returned. */
static __attribute__((noinline)) void
step_through(step_fn *run, step_fn *look, void *arg)
{
	struct sigaction trap = { .sa_handler = on_trap }, old;

	stepping.look = look;
	stepping.arg = arg;
	stepping.nr = 0;
	sigaction(SIGTRAP, &trap, &old);
#if HAS_STEPS
	__builtin_ia32_writeeflags_u64(
		__builtin_ia32_readeflags_u64() | TRAP_FLAG);
	run(arg);
	__builtin_ia32_writeeflags_u64(
		__builtin_ia32_readeflags_u64() & ~TRAP_FLAG);
	/* Valgrind has no trap flag. */
	if (stepping.nr == 0 && !env_is_slow())
		abort();
#else
	run(arg);
#endif
	sigaction(SIGTRAP, &old, NULL);
}

struct census {
	struct domain domain;
	struct objpool *pool;
	unsigned int nr_out;
	unsigned int nr_before,
		nr_after; /* answers before and after the drain */
	unsigned int nr_wrong;
};

static void
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
}

static void
drain(void *arg)
{
	struct census *c = arg;

	if (!domain_run(&c->domain))
		abort();
}

/* Who asks is in a read section, as far as the pool is concerned: the second grace
 * period, before which it is valid, does not end. */
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

/* Two that close a pool: the second one comes after so many steps of the first. */
struct rivals {
	struct objpool *pool;
	struct gate gate;
	unsigned int moment;
	int first;
	int second[2];  /* close, quiesce */
	bool could_pop; /* the second, afterwards */
	bool over;
};

static void
close_second(struct member *m, void *arg)
{
	struct rivals *r = arg;
	void *obj;

	(void)m;
	for (;;) {
		gate_pass(&r->gate);
		if (r->over)
			return;
		/* Remember the pool, with free objects in the slot. */
		objpool_push(objpool_pop(r->pool), r->pool);
		gate_pass(&r->gate);
		gate_pass(&r->gate);
		r->second[0] = objpool_close(r->pool);
		r->second[1] = objpool_quiesce(r->pool);
		obj = objpool_pop(r->pool);
		r->could_pop = obj != NULL;
		if (obj != NULL)
			objpool_push(obj, r->pool);
		gate_pass(&r->gate);
	}
}

static void
close_first(void *arg)
{
	struct rivals *r = arg;

	r->first = objpool_close(r->pool);
}

static void
let_second(void *arg)
{
	struct rivals *r = arg;

	if (stepping.nr != r->moment)
		return;
	gate_pass(&r->gate);
	gate_pass(&r->gate);
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
	gate_pass(&r->gate);
	gate_pass(&r->gate);
	step_through(close_first, let_second, r);
	if (stepping.nr < r->moment) {
		r->over = true;
		stepping.nr = r->moment;
		let_second(r);
	}
	assert_int_equal(r->first, 0);
	assert_int_equal(r->second[0], 0);
	assert_int_equal(r->second[1], 0);
	assert_false(r->could_pop);
	assert_null(objpool_pop(r->pool));
	end_pool(r->pool);
}

/* Who comes second may rely on it no less than who came first. */
static void
whoever_closed_a_pool_it_is_closed(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct rivals rivals = { .moment = 0 };

	(void)state;
	gate_init(&rivals.gate, 2);
	crew_start(crew, 1, close_second, &rivals);
	while (!rivals.over) {
		rivals.moment++;
		try_moment(&rivals);
	}
	gate_pass(&rivals.gate);
	crew_join(crew);
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

	return cmocka_run_group_tests(tests, NULL, NULL);
}
