/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What all unit tests need. */

#ifndef TEST_UNIT_UNIT_H
#define TEST_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <objpool/mem.h>
#include <objpool/objpool.h>

#include "crew.h"
#include "env.h"
#include "hand.h"
#include "ledger.h"
#include "rng.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A pool that must come to be. */
static inline struct objpool *
make_pool(const struct objpool_attr *attr)
{
	struct objpool *pool = NULL;

	assert_int_equal(objpool_create(attr, &pool), 0);
	assert_non_null(pool);
	return pool;
}

/* End a pool that has all its objects. */
static inline void
end_pool(struct objpool *pool)
{
	assert_int_equal(objpool_free(pool), 0);
}

/* Audit, close the ledger and end the pool. */
static inline void
end_audited(struct objpool *pool, struct ledger *ledger)
{
	bool clean = ledger_audit(ledger, pool);

	ledger_close(ledger);
	assert_true(clean);
	end_pool(pool);
}

static inline struct objpool_stats
stats_of(const struct objpool *pool)
{
	struct objpool_stats stats;

	objpool_get_stats(pool, &stats);
	return stats;
}

/* Log function for lines that are expected; counts them in attr.ctx. */
static inline void
swallow(void *ctx, const char *line)
{
	(void)line;
	if (ctx != NULL)
		++*(unsigned int *)ctx;
}

#endif /* TEST_UNIT_UNIT_H */
