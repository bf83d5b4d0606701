/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Sources of memory, see records.h. Areas are noted in the order in which they
 * were asked for, and stay noted when they are given back.
 */

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "records.h"

static int
record_alloc(void *ctx, size_t len, size_t align, int node,
	const struct objpool_teller *teller, struct objpool_area *area)
{
	struct records *r = ctx;
	int rc;

	if (r->nr == AREAS_MAX)
		return -ENOMEM;
	rc = r->source->alloc(NULL, len, align, node, teller, area);
	if (rc == 0)
		r->area[r->nr++] = *area;
	return rc;
}

static void
record_free(void *ctx, const struct objpool_area *area)
{
	const struct records *r = ctx;

	r->source->free(NULL, area);
}

const struct objpool_mem_ops records_source = {
	.name = "recording",
	.alloc = record_alloc,
	.free = record_free,
};

void
records_note(void *ctx, const char *line)
{
	struct records *r = ctx;

	r->lines++;
	snprintf(r->last, sizeof(r->last), "%s", line);
}

/* A source as a user might write one. */
static int
own_alloc(void *ctx, size_t len, size_t align, int node,
	const struct objpool_teller *teller, struct objpool_area *area)
{
	unsigned long mask = 1ul << node;
	void *addr = mmap(NULL, len, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)ctx;
	(void)align;
	(void)teller;
	if (addr == MAP_FAILED)
		return -ENOMEM;
	if (syscall(SYS_mbind, addr, len, MPOL_BIND, &mask, 8 * sizeof(mask),
		    0u) != 0) {
		munmap(addr, len);
		return -ENODEV;
	}
	memset(addr, 0, len);
	*area = (struct objpool_area){
		.addr = addr,
		.len = len,
		.mapped = len,
		.node = node,
	};
	return 0;
}

static void
own_free(void *ctx, const struct objpool_area *area)
{
	(void)ctx;
	munmap(area->addr, area->mapped);
}

const struct objpool_mem_ops own_source = {
	.name = "own",
	.alloc = own_alloc,
	.free = own_free,
};
