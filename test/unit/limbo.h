/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool with a held domain, all of whose objects are out. A pop that is short asks
 * for a grace period; so the pattern is: park, pop in vain, end the grace period,
 * pop again. */

#ifndef TEST_UNIT_LIMBO_H
#define TEST_UNIT_LIMBO_H

#include "domain.h"

#define NR   200
#define SIZE 64

static const struct objpool_attr plain = {
	.nr_objs = NR,
	.obj_size = SIZE,
	.nr_slots = 4,
	.block_objs = 8,
};

struct limbo {
	struct domain domain;
	struct objpool *pool;
	void *objs[NR];
	unsigned int from;  /* the first of what members park */
	unsigned int share; /* of a member */
	struct gate gate;
};

/* A pool with all objects out. */
static inline void
open_limbo(struct limbo *l, const struct objpool_attr *like)
{
	struct objpool_attr attr = *like;

	memset(l, 0, sizeof(*l));
	domain_open(&l->domain, &domain_ops, true);
	attr.gp = l->domain.gp;
	l->pool = make_pool(&attr);
	assert_int_equal(objpool_pop_bulk(l->pool, l->objs, NR), 0);
}

static inline void
close_limbo(struct limbo *l)
{
	assert_int_equal(objpool_nr_outstanding(l->pool), 0);
	assert_int_equal(objpool_fini(l->pool), 0);
	domain_settle(&l->domain);
	assert_int_equal(domain_stats(&l->domain).nr_pools, 0);
	domain_close(&l->domain);
}

/* Nothing is free, and of n parked objects none is popped before the end of the
 * grace period that the vain pop asks for, and all after it. They remain out. */
static inline void
check_ripening(struct limbo *l, unsigned int n)
{
	void *objs[NR];

	assert_int_equal(objpool_nr_parked(l->pool), n);
	assert_int_equal(objpool_nr_free(l->pool), 0);
	assert_int_equal(objpool_nr_outstanding(l->pool), NR - n);
	for (unsigned int i = 0; i < 3; i++) {
		assert_null(objpool_pop(l->pool));
		assert_int_equal(objpool_pop_burst(l->pool, objs, NR), 0);
		assert_int_equal(objpool_pop_bulk(l->pool, objs, n), -ENOBUFS);
	}
	assert_int_equal(objpool_nr_parked(l->pool), n);
	domain_pass(&l->domain);
	assert_int_equal(objpool_pop_bulk(l->pool, objs, n), 0);
	assert_null(objpool_pop(l->pool));
	assert_int_equal(objpool_nr_parked(l->pool), 0);
}

#endif /* TEST_UNIT_LIMBO_H */
