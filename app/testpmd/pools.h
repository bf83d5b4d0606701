/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef TESTPMD_POOLS_H
#define TESTPMD_POOLS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_config.h>
#include <rte_mempool.h>

#include <objpool/objpool.h>

#include "options.h"
#include "ports.h"

/* How far it is with a mempool that was replaced; replace.c explains. */
enum old_state {
	OLD_LEFT,
	OLD_IDLE,
	OLD_WAITING,
	OLD_GONE,
};

/* A mempool that was replaced and is not released yet. */
struct old_pool {
	struct old_pool *next;
	struct rte_mempool *mp; /* until it waits */
	_Atomic(enum old_state) state;
};

/* An mbuf pool. */
struct pool {
	struct rte_mempool *mp;    /* the ports', from first to last */
	struct rte_mempool *now;   /* whose mbufs they get: mp or what
				      replaced it */
	struct objpool_stats base; /* now's counters when it was filled */
	uint32_t generation;       /* of now, from 1 */
	uint32_t nr_released;      /* generations that are no more */
	struct old_pool *old;      /* those before now that still are */
};

/* The mbuf pools, one for each NUMA node that has ports. */
struct pools {
	unsigned int nr;
	struct pool pool[RTE_MAX_NUMA_NODES];
};

/* Make the pools that ports need and give each port its own. On failure
 * nothing is left. 0, or negative after a complaint.
 */
int
pools_create(struct pools *pools, struct ports *ports,
	const struct options *options);

/* Print what happened in the pools since they were filled. */
void
pools_print(const struct pools *pools);

/* Say of each pool how many mbufs are back, and whether all of those that were
 * replaced are released; whether all are. To be asked when all ports are closed
 * and what was replaced has had its time (replace_settle()).
 */
bool
pools_are_full(const struct pools *pools);

/* Free the pools, except where mbufs of former generations are missing: these
 * may turn up still.
 */
void
pools_free(struct pools *pools);

#endif /* TESTPMD_POOLS_H */
