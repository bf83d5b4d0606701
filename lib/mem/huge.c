/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Hugepages as a source of memory, bound to NUMA nodes.
 *
 * An area is an anonymous mapping, bound before anything in it is touched and
 * then populated by madvise(MADV_POPULATE_WRITE). That matters: a hugepage that
 * is reserved but missing on the bound node would otherwise kill the process by
 * SIGBUS at first touch; populating tells by an error. Where hugepages are out,
 * or populating is not known to the kernel (before 5.14), normal pages of the
 * same node serve, with transparent hugepages asked for.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <objpool/mem.h>
#include <objpool/objpool.h>

#include "node.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* The default hugepage size of the machine, in bytes; 0 if it has none. */
static size_t
hugepage_size(void)
{
	char line[128];
	unsigned long kb = 0;
	FILE *f = fopen("/proc/meminfo", "re");

	if (f == NULL)
		return 0;
	while (kb == 0 && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "Hugepagesize: %lu kB", &kb);
	fclose(f);
	return kb * 1024;
}

/* Map, bind, populate. NULL if any of these fails. */
static void *
map(size_t len, int flags, int node, bool must_populate)
{
	void *addr = mmap(NULL, len, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (addr == MAP_FAILED)
		return NULL;
	node_bind(addr, len, node);
	if ((flags & MAP_HUGETLB) == 0)
		madvise(addr, len, MADV_HUGEPAGE);
	if (madvise(addr, len, MADV_POPULATE_WRITE) == 0 ||
		(errno == EINVAL && !must_populate))
		return addr;
	munmap(addr, len);
	return NULL;
}

static void
tell_fallback(const struct objpool_teller *teller, size_t len, int node)
{
	char line[160];

	snprintf(line, sizeof(line),
		"pool %s: no hugepages for %zu bytes on node %d, using normal "
		"pages; reserve more in /proc/sys/vm/nr_hugepages",
		teller->pool, len, node);
	teller->tell(teller->ctx, line);
}

static int
huge_alloc(void *ctx, size_t len, size_t align, int node,
	const struct objpool_teller *teller, struct objpool_area *area)
{
	size_t page = hugepage_size();
	size_t mapped = 0;
	void *addr = NULL;

	(void)ctx;
	(void)align; /* mappings are aligned to pages, 4096 at least */
	if (node != OBJPOOL_NODE_ANY && !node_exists(node))
		return -ENODEV;
	if (len > SIZE_MAX / 2)
		return -ENOMEM;
	if (page != 0) {
		mapped = (len + page - 1) / page * page;
		addr = map(mapped, MAP_HUGETLB, node, true);
	}
	if (addr == NULL) {
		tell_fallback(teller, len, node);
		page = (size_t)sysconf(_SC_PAGESIZE);
		mapped = (len + page - 1) / page * page;
		addr = map(mapped, 0, node, false);
	}
	if (addr == NULL)
		return -ENOMEM;
	*area = (struct objpool_area){
		.addr = addr,
		.len = len,
		.mapped = mapped,
		.page_size = page,
		.node = node,
	};
	return 0;
}

static void
huge_free(void *ctx, const struct objpool_area *area)
{
	(void)ctx;
	munmap(area->addr, area->mapped);
}

const struct objpool_mem_ops *
objpool_mem_huge(void)
{
	static const struct objpool_mem_ops ops = {
		.name = "huge",
		.alloc = huge_alloc,
		.free = huge_free,
	};

	return &ops;
}
