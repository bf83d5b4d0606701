/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Each area is a mapping with an inaccessible page behind it; the area ends as
 * near to that page as its alignment allows. Areas given back stay mapped
 * without access until the bank closes, so that late accesses fault. */

#include "bank.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "poison.h"

#define PAGE 4096

static int
bank_alloc(void *ctx, size_t len, size_t align, int node,
	const struct objpool_teller *teller, struct objpool_area *area)
{
	struct bank *b = ctx;
	int shared = b->mem.ops->shared ? MAP_SHARED : MAP_PRIVATE;
	size_t room, used;
	char *base;

	b->nr_asked++;
	b->bytes_asked += len;
	if (len > b->bytes_most)
		b->bytes_most = len;
	if (len == 0 || align == 0 || align > PAGE ||
		(align & (align - 1)) != 0 || teller == NULL ||
		teller->tell == NULL || teller->pool == NULL)
		b->nr_bad++;
	if (b->nr_asked == b->fail_at || b->nr_areas == BANK_AREAS ||
		(b->limit != 0 && len > b->limit))
		return b->error;

	used = (len + align - 1) & ~(align - 1);
	room = (used + PAGE - 1) & ~(size_t)(PAGE - 1);
	base = mmap(NULL, room + PAGE, PROT_READ | PROT_WRITE,
		shared | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		return -ENOMEM;
	mprotect(base + room, PAGE, PROT_NONE);
	*area = (struct objpool_area){
		.addr = base + room - used,
		.len = len,
		.mapped = room,
		.page_size = PAGE,
		.node = node,
	};
	b->areas[b->nr_areas].area = *area;
	b->areas[b->nr_areas].base = base;
	b->areas[b->nr_areas].mapped = room + PAGE;
	b->areas[b->nr_areas].live = true;
	b->nr_areas++;
	b->nr_live++;
	return 0;
}

static bool
is_same(const struct objpool_area *a, const struct objpool_area *b)
{
	return a->addr == b->addr && a->len == b->len &&
		a->mapped == b->mapped && a->page_size == b->page_size &&
		a->node == b->node;
}

static void
bank_free(void *ctx, const struct objpool_area *area)
{
	struct bank *b = ctx;

	for (unsigned int i = 0; i < b->nr_areas; i++) {
		if (b->areas[i].area.addr != area->addr || !b->areas[i].live)
			continue;
		if (!is_same(&b->areas[i].area, area))
			b->nr_bad++;
		unpoison(b->areas[i].base, b->areas[i].mapped);
		mprotect(b->areas[i].base, b->areas[i].mapped, PROT_NONE);
		b->areas[i].live = false;
		b->nr_live--;
		return;
	}
	b->nr_bad++;
}

static const struct objpool_mem_ops private_ops = {
	.name = "bank",
	.alloc = bank_alloc,
	.free = bank_free,
};

static const struct objpool_mem_ops shared_ops = {
	.name = "shared bank",
	.shared = 1,
	.alloc = bank_alloc,
	.free = bank_free,
};

void
bank_open(struct bank *b, bool shared)
{
	memset(b, 0, sizeof(*b));
	b->mem.ops = shared ? &shared_ops : &private_ops;
	b->mem.ctx = b;
	b->error = -ENOMEM;
}

bool
bank_has(const struct bank *b, const void *addr)
{
	uintptr_t at = (uintptr_t)addr;

	for (unsigned int i = 0; i < b->nr_areas; i++) {
		uintptr_t start = (uintptr_t)b->areas[i].area.addr;

		if (b->areas[i].live && at >= start &&
			at - start < b->areas[i].area.len)
			return true;
	}
	return false;
}

void
bank_close(struct bank *b)
{
	for (unsigned int i = 0; i < b->nr_areas; i++) {
		unpoison(b->areas[i].base, b->areas[i].mapped);
		munmap(b->areas[i].base, b->areas[i].mapped);
	}
	b->nr_areas = 0;
}
