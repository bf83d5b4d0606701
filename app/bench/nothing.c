/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* No pool at all: the pipeline with pointers that nobody takes or gives back.
 * It tells how much of the time of a pipeline is that of the ring between its
 * lcores.
 */

#include <stdint.h>

#include "loop.h"

static __rte_always_inline int
get_of_nothing(void *handle, void *seat __rte_unused, void **objs,
	unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		objs[i] = handle;
	return 0;
}

static __rte_always_inline void
put_of_nothing(void *handle __rte_unused, void *seat __rte_unused,
	void *const *objs __rte_unused, unsigned int n __rte_unused)
{
	/* What a put would do first. */
	asm volatile("" ::"r"(objs) : "memory");
}

LOOPS(nothing, get_of_nothing, put_of_nothing)

static int
nothing_open(struct pool *pool, const struct setup *setup __rte_unused)
{
	pool->handle = pool;
	pool->objs_len = 0;
	return 0;
}

static void
nothing_close(struct pool *pool __rte_unused)
{
}

static void *
no_seat(void *handle __rte_unused, unsigned int worker __rte_unused)
{
	return NULL;
}

const struct kind nothing_kind = {
	.open = nothing_open,
	.close = nothing_close,
	.seat = no_seat,
	.loops = &nothing_loops,
	.is_shared = true,
};
