/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A mempool of the driver objpool, by the inline functions that the driver has
 * for those who know that it is there: no call through mempool's table where
 * the slot, which each thread asks for once and keeps, can serve.
 */

#include <rte_mempool.h>

#include <objpool/objpool_mempool_fast.h>

#include "loop.h"
#include "mempool.h"

static __rte_always_inline int
get_of_driver(void *handle, void *seat, void **objs, unsigned int n)
{
	return objpool_mempool_get_bulk(handle, seat, objs, n);
}

static __rte_always_inline void
put_of_driver(void *handle, void *seat, void *const *objs, unsigned int n)
{
	objpool_mempool_put_bulk(handle, seat, objs, n);
}

LOOPS(driver, get_of_driver, put_of_driver)

static void *
own_slot(void *handle, unsigned int worker __rte_unused)
{
	return objpool_mempool_slot(handle);
}

const struct kind mempool_inline_kind = {
	.open = mempool_open,
	.close = mempool_close,
	.seat = own_slot,
	.loops = &driver_loops,
	.is_shared = true,
};
