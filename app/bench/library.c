/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pools of libobjpool. Their memory, that of the objects too, is EAL's, from
 * hugepages if there are some: the same as DPDK's mempools have, and in the
 * same account (memory.c).
 */

#include <errno.h>
#include <stdio.h>

#include <rte_malloc.h>

#include <objpool/mem.h>
#include <objpool/objpool.h>

#include "library.h"

static int
eal_alloc(void *ctx __rte_unused, size_t len, size_t align,
	int node __rte_unused, const struct objpool_teller *teller __rte_unused,
	struct objpool_area *area)
{
	void *addr = rte_zmalloc(NULL, len,
		RTE_MAX(align, (size_t)RTE_CACHE_LINE_SIZE));

	if (addr == NULL)
		return -ENOMEM;
	*area = (struct objpool_area){
		.addr = addr,
		.len = len,
		.mapped = len,
		.node = OBJPOOL_NODE_ANY,
	};
	return 0;
}

static void
eal_free(void *ctx __rte_unused, const struct objpool_area *area)
{
	rte_free(area->addr);
}

static const struct objpool_mem_ops eal_memory = {
	.name = "EAL",
	.alloc = eal_alloc,
	.free = eal_free,
};

/* Messages are for whoever uses a pool; a benchmark has its own. */
static void
say_nothing(void *ctx __rte_unused, const char *line __rte_unused)
{
}

static int
open_with(struct pool *pool, const struct setup *setup, uint32_t flags)
{
	struct objpool_mem mem = { .ops = &eal_memory };
	struct objpool_attr attr = {
		.name = "bench",
		.nr_objs = setup->nr_objs,
		.obj_size = setup->obj_size,
		.nr_slots = setup->nr_slots,
		.flags = flags,
		.mem = &mem,
		.log = say_nothing,
	};
	struct objpool *handle;
	int ret;

	ret = objpool_create(&attr, &handle);
	if (ret < 0)
		return ret;
	pool->handle = handle;
	pool->objs_len = (size_t)setup->nr_objs * setup->obj_size;
	return 0;
}

int
library_open(struct pool *pool, const struct setup *setup)
{
	return open_with(pool, setup, 0);
}

int
library_open_compact(struct pool *pool, const struct setup *setup)
{
	return open_with(pool, setup, OBJPOOL_F_COMPACT);
}

void
library_close(struct pool *pool)
{
	objpool_free_forced(pool->handle);
}
