/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The primary process of driver.c: its mempool, its lcore, and a look at all
 * objects. */

#ifndef TEST_FREEZE_PRIMARY_H
#define TEST_FREEZE_PRIMARY_H

#include "board.h"

#define STUCK_MS 20000u

extern struct rte_mempool *mp;
extern struct board *board;
extern char prefix[64];               /* of EAL's files */
extern unsigned int stuck_ms;         /* who does not get on so long is stuck */
extern unsigned int nr_since;         /* deaths since the last look */
extern unsigned int nr_lost, nr_held; /* objects that the dead took along */
extern unsigned int nr_reclaimed;     /* of these, and came back */

/* Start EAL, and make the mempool with these operations, and the board; with
 * holders if reclaim says how to bring back what the dead had. */
void
start_primary(const char *ops, steps_reclaim_fn *reclaim, char *self);

/* What lcore 1 does, until all is over. */
int
primary_lcore(void *arg);

/* It makes so many more calls; false: it is stuck. */
bool
gets_on(unsigned int calls);

/* Have it rest, look at all objects, and put back what the dead took along; with
 * holders it must have come back by reclaiming, while it did not rest.
 * False, and a line on stderr: something is not as it should be. */
bool
take_stock(void);

/* Say that; returns false. */
bool
wrong(const char *what, long got, long wanted);

#endif /* TEST_FREEZE_PRIMARY_H */
