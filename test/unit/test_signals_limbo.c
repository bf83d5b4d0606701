/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* objpool_push_rcu() is not for signal handlers, but is interrupted by them like
 * everything else: at any instruction (steps.h) they pop what becomes free,
 * close its batch, and make stock of it.
 */

#include "steps.h"

#include "domain.h"

#define NR    64
#define BLOCK 4
#define MOST  6    /* objects a call */
#define STEPS 1500 /* looked at in a call */

struct dump {
	struct domain domain;
	struct objpool *pool;
	struct ledger ledger;
	struct rng rng;
	void *outer[NR], *inner[NR];
	unsigned int nr_outer, nr_inner, n;
	unsigned int one_in;
	bool ripe; /* grace periods end while it is interrupted */
	unsigned int nr_popped, nr_wrong;
};

static bool
pop_or_push(void *arg)
{
	struct dump *d = arg;
	unsigned int n = rng_upto(&d->rng, 3);

	if (rng_below(&d->rng, d->one_in) != 0)
		return stepping.nr < STEPS;
	if (d->ripe)
		domain_raise(&d->domain, domain_start(&d->domain));
	if (d->nr_inner >= n && rng_below(&d->rng, 2) == 0) {
		d->nr_inner -= n;
		ledger_gives(&d->ledger, 2, d->inner + d->nr_inner, n);
		d->nr_wrong += objpool_push_bulk(d->inner + d->nr_inner, n,
				       d->pool) != 0;
	} else if (d->nr_inner < NR / 2) {
		n = ledger_took(&d->ledger, 2, d->inner + d->nr_inner,
			objpool_pop_burst(d->pool, d->inner + d->nr_inner, n));
		d->nr_inner += n;
		d->nr_popped += n;
	}
	return stepping.nr < STEPS;
}

static void
push_rcu(void *arg)
{
	struct dump *d = arg;

	d->nr_wrong += objpool_push_rcu_bulk(d->outer + d->nr_outer, d->n,
			       d->pool) != 0;
}

static void
open_dump(struct dump *d, uint32_t flags)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = sizeof(void *),
		.nr_slots = 2,
		.block_objs = BLOCK,
		.flags = OBJPOOL_F_SIGNALS | flags,
	};

	memset(d, 0, sizeof(*d));
	domain_open(&d->domain, &domain_ops, true);
	attr.gp = d->domain.gp;
	d->pool = make_pool(&attr);
	ledger_open_pool(&d->ledger, d->pool, sizeof(void *));
	rng_init(&d->rng, env_seed(), 3);
}

static void
close_dump(struct dump *d)
{
	ledger_gives(&d->ledger, 1, d->outer, d->nr_outer);
	objpool_push_bulk(d->outer, d->nr_outer, d->pool);
	ledger_gives(&d->ledger, 2, d->inner, d->nr_inner);
	objpool_push_bulk(d->inner, d->nr_inner, d->pool);
	for (unsigned int i = 0; i < 4; i++) {
		objpool_collect(d->pool);
		domain_pass(&d->domain);
	}
	assert_int_equal(objpool_collect(d->pool), 0);
	assert_true(ledger_audit(&d->ledger, d->pool));
	ledger_close(&d->ledger);
	assert_int_equal(objpool_fini(d->pool), 0);
	domain_settle(&d->domain);
	domain_close(&d->domain);
}

/* covers G15 G3 G14 */
static void
handlers_interrupt_what_is_given_to_readers(void **state)
{
	static const uint32_t flags[] = { 0, OBJPOOL_F_MARKED,
		OBJPOOL_F_CHECKED };
	struct dump d;

	(void)state;
	for (size_t f = 0; f < 2 * COUNT_OF(flags); f++) {
		open_dump(&d, flags[f / 2]);
		d.ripe = f % 2;
		for (unsigned int i = env_times(24) + 8; i > 0; i--) {
			d.one_in = i % 2 ? 5 : 60;
			if (d.nr_outer < MOST)
				d.nr_outer += ledger_took(&d.ledger, 1,
					d.outer + d.nr_outer,
					objpool_pop_burst(d.pool,
						d.outer + d.nr_outer,
						2 * MOST));
			d.n = rng_upto(&d.rng, MOST);
			if (d.n > d.nr_outer) {
				domain_pass(&d.domain);
				continue;
			}
			d.nr_outer -= d.n;
			ledger_gives(&d.ledger, 1, d.outer + d.nr_outer, d.n);
			step_through(push_rcu, pop_or_push, &d);
			assert_int_equal(objpool_nr_free(d.pool) +
					objpool_nr_parked(d.pool) + d.nr_outer +
					d.nr_inner,
				NR);
		}
		assert_int_equal(d.nr_wrong, 0);
		assert_true(d.nr_popped > 0 || !HAS_STEPS || env_is_slow());
		assert_true(stats_of(d.pool).limbo_blocks > 0);
		close_dump(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handlers_interrupt_what_is_given_to_readers),
	};

	steps_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
