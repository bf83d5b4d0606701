/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool of libobjpool, by the inline functions of fast.h that find the calling
 * thread's slot in a thread-local table.
 */

#include <objpool/fast.h>

#include "library.h"
#include "loop.h"

static __rte_always_inline int
get_of_inline(void *handle, void *seat __rte_unused, void **objs,
	unsigned int n)
{
	return objpool_fast_pop_bulk(handle, objs, n);
}

static __rte_always_inline void
put_of_inline(void *handle, void *seat __rte_unused, void *const *objs,
	unsigned int n)
{
	objpool_fast_push_bulk(objs, n, handle);
}

LOOPS(inline, get_of_inline, put_of_inline)

static void *
no_seat(void *handle __rte_unused, unsigned int worker __rte_unused)
{
	return NULL;
}

const struct kind inline_kind = {
	.open = library_open,
	.close = library_close,
	.seat = no_seat,
	.loops = &inline_loops,
	.is_shared = true,
};
