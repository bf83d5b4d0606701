/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef TESTPMD_POOLS_H
#define TESTPMD_POOLS_H

#include <stdbool.h>

#include <rte_config.h>
#include <rte_mempool.h>

#include <objpool/objpool.h>

#include "options.h"
#include "ports.h"

/* An mbuf pool. */
struct pool {
	struct rte_mempool *mp;
	struct objpool_stats base; /* counters when it was filled */
};

/* The mbuf pools, one for each NUMA node that has ports. */
struct pools {
	unsigned int nr;
	struct pool pool[RTE_MAX_NUMA_NODES];
};

/* Make the pools that ports need and give each port its own. On failure
 * nothing is left. 0, or negative after a report.
 */
int
pools_create(struct pools *pools, struct ports *ports,
	const struct options *options);

/* Print what happened in the pools since they were filled. */
void
pools_print(const struct pools *pools);

/* Say of each pool how many mbufs are back; whether all are. To be asked when
 * all ports are closed.
 */
bool
pools_are_full(const struct pools *pools);

/* Free the pools. */
void
pools_free(struct pools *pools);

#endif /* TESTPMD_POOLS_H */
