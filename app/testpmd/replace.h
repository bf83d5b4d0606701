/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef TESTPMD_REPLACE_H
#define TESTPMD_REPLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "pools.h"

/* Replacement again and again, as --replace-pool asks for. */
struct replace {
	uint64_t period; /* TSC cycles; 0: never */
	uint64_t next;   /* when it is due, in TSC cycles */
	bool failed;     /* the last time; said once until it works again */
};

/* Whether a pool can be replaced at all. 0, or negative after a complaint. */
int
replace_check(const struct pool *pool);

/* Replace a pool under the ports that use it. 0, or negative after a complaint:
 * then all is as before.
 */
int
replace_pool(struct pool *pool);

/* Let the first period begin; ms of 0: there are none. */
void
replace_begin(struct replace *replace, uint32_t ms);

/* See to the pools that were replaced and, if forwarding runs and a period is
 * over, replace all pools. How many milliseconds may pass before the next call.
 */
int
replace_step(struct replace *replace, struct pools *pools, bool forwarding);

/* Print what became of the pools that were replaced by this one. */
void
replace_print(const struct pool *pool);

/* Wait, some seconds at most, until all that were replaced are released: when
 * all ports are closed.
 */
void
replace_settle(struct pools *pools);

/* Say how many were replaced and released; whether they are as many. */
bool
replace_is_over(const struct pool *pool);

#endif /* TESTPMD_REPLACE_H */
