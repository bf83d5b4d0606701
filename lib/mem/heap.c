/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The heap as a source of memory. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <objpool/mem.h>
#include <objpool/objpool.h>

#include "node.h"

static int
heap_alloc(void *ctx, size_t len, size_t align, int node,
	const struct objpool_teller *teller, struct objpool_area *area)
{
	size_t mapped;
	void *addr;

	(void)ctx;
	(void)teller;
	if (node != OBJPOOL_NODE_ANY && !node_exists(node))
		return -ENODEV;
	if (align < sizeof(void *))
		align = sizeof(void *);
	if (len > SIZE_MAX - align)
		return -ENOMEM;
	mapped = (len + align - 1) & ~(align - 1);
	addr = aligned_alloc(align, mapped);
	if (addr == NULL)
		return -ENOMEM;
	memset(addr, 0, mapped);
	*area = (struct objpool_area){
		.addr = addr,
		.len = len,
		.mapped = mapped,
		.node = node,
	};
	return 0;
}

static void
heap_free(void *ctx, const struct objpool_area *area)
{
	(void)ctx;
	free(area->addr);
}

const struct objpool_mem_ops *
objpool_mem_heap(void)
{
	static const struct objpool_mem_ops ops = {
		.name = "heap",
		.alloc = heap_alloc,
		.free = heap_free,
	};

	return &ops;
}
