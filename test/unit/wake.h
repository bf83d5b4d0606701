/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool with a domain whose end is watched. Memory comes from a bank: late
 * accesses fault, and that the objects' memory is gone can be seen. */

#ifndef TEST_UNIT_WAKE_H
#define TEST_UNIT_WAKE_H

#include "bank.h"
#include "domain.h"

#define NR 100

struct wake {
	struct bank bank;
	struct domain *domain;
	struct objpool *pool;
	void *objs[NR]; /* held, the first n */
	_Atomic(unsigned int) releases;
	struct objpool *released;
	bool objs_were_gone;
	pthread_t releaser;
	void (*at_release)(struct wake *w);
};

static inline void
release(struct objpool *pool, void *ctx)
{
	struct wake *w = ctx;

	w->released = pool;
	w->objs_were_gone = !bank_has(&w->bank, w->objs[0]);
	w->releaser = pthread_self();
	if (w->at_release != NULL)
		w->at_release(w);
	w->releases++;
}

/* A pool with n objects out. */
static inline void
open_wake(struct wake *w, struct domain *d, unsigned int n)
{
	struct objpool_attr attr = {
		.name = "wake",
		.nr_objs = NR,
		.obj_size = 64,
		.nr_slots = 4,
		.block_objs = 8,
		.release = release,
		.ctx = w,
		.mem = &w->bank.mem,
		.gp = d->gp,
	};

	memset(w, 0, sizeof(*w));
	bank_open(&w->bank, false);
	w->domain = d;
	w->pool = make_pool(&attr);
	assert_int_equal(objpool_pop_bulk(w->pool, w->objs, NR), 0);
	assert_int_equal(objpool_push_bulk(w->objs + n, NR - n, w->pool), 0);
}

static inline void
check_alive(const struct wake *w)
{
	assert_int_equal(w->releases, 0);
	assert_true(bank_has(&w->bank, w->objs[0]));
}

static inline void
check_released(struct wake *w)
{
	assert_int_equal(w->releases, 1);
	assert_ptr_equal(w->released, w->pool);
	assert_true(w->objs_were_gone);
	assert_int_equal(w->bank.nr_live, 0);
	assert_int_equal(w->bank.nr_bad, 0);
	bank_close(&w->bank);
}

#endif /* TEST_UNIT_WAKE_H */
