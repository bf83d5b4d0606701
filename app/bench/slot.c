/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool of libobjpool, by the inline functions of fast.h that are given the
 * calling thread's slot, which each thread asks for once and keeps. A compact
 * pool is used in the same way.
 */

#include <objpool/fast.h>

#include "library.h"
#include "loop.h"

static __rte_always_inline int
get_of_slot(void *handle __rte_unused, void *seat, void **objs, unsigned int n)
{
	return objpool_slot_pop_bulk(seat, objs, n);
}

static __rte_always_inline void
put_of_slot(void *handle __rte_unused, void *seat, void *const *objs,
	unsigned int n)
{
	objpool_slot_push_bulk(objs, n, seat);
}

LOOPS(slot, get_of_slot, put_of_slot)

static void *
own_slot(void *handle, unsigned int worker __rte_unused)
{
	return objpool_slot(handle);
}

const struct kind slot_kind = {
	.open = library_open,
	.close = library_close,
	.seat = own_slot,
	.loops = &slot_loops,
	.is_shared = true,
};

const struct kind compact_kind = {
	.open = library_open_compact,
	.close = library_close,
	.seat = own_slot,
	.loops = &slot_loops,
	.is_shared = true,
};
