/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A plugin that fills DPDK's table of mempool drivers (16 places) with names of
 * its own, as a program full of drivers does, so that a driver loaded after it
 * finds no place. It leaves places for the ring drivers, which EAL loads from
 * its own directory and without which no mempool can be made at all, only if it
 * is loaded after them; for a test that is about being refused it does not
 * matter.
 */

#include <errno.h>
#include <stdio.h>

#include <rte_common.h>
#include <rte_mempool.h>

static int
no_alloc(struct rte_mempool *mp)
{
	RTE_SET_USED(mp);
	return -ENOTSUP;
}

static int
no_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	RTE_SET_USED(mp);
	RTE_SET_USED(objs);
	RTE_SET_USED(n);
	return -ENOBUFS;
}

static int
no_dequeue(struct rte_mempool *mp, void **objs, unsigned int n)
{
	RTE_SET_USED(mp);
	RTE_SET_USED(objs);
	RTE_SET_USED(n);
	return -ENOBUFS;
}

static unsigned int
no_count(const struct rte_mempool *mp)
{
	RTE_SET_USED(mp);
	return 0;
}

RTE_INIT(fill_table)
{
	struct rte_mempool_ops ops = {
		.alloc = no_alloc,
		.enqueue = no_enqueue,
		.dequeue = no_dequeue,
		.get_count = no_count,
	};

	while (rte_mempool_ops_table.num_ops < RTE_MEMPOOL_MAX_OPS_IDX) {
		snprintf(ops.name, sizeof(ops.name), "filler%u",
			rte_mempool_ops_table.num_ops);
		if (rte_mempool_register_ops(&ops) < 0)
			break;
	}
}
