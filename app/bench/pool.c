/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Opening and closing pools of any kind.
 *
 * What a pool takes is the difference in what EAL's heaps have given out: all
 * memory of all kinds, memzones included, comes from there. That counts what is
 * really taken, padding too, and needs no knowledge of anybody's structures.
 */

#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "kind.h"

/* Bytes that EAL's heaps have given out. */
static size_t
heaps_len(void)
{
	struct rte_malloc_socket_stats stats;
	size_t len = 0;

	for (int node = 0; node < RTE_MAX_NUMA_NODES; node++)
		if (rte_malloc_get_socket_stats(node, &stats) == 0)
			len += stats.heap_allocsz_bytes;
	return len;
}

int
pool_open(struct pool *pool, const struct contestant *contestant,
	const struct setup *setup)
{
	size_t before = heaps_len();
	int ret;

	*pool = (struct pool){ .contestant = contestant };
	ret = contestant->kind->open(pool, setup);
	if (ret == 0)
		pool->len = heaps_len() - before;
	else if (pool->why == NULL)
		pool->why = rte_strerror(-ret);
	return ret;
}

void
pool_close(struct pool *pool)
{
	pool->contestant->kind->close(pool);
}
