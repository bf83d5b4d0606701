/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What objpool_mempool_fast.h does not do inline.
 *
 * The inline half works on a slot of the mempool's pool, without a look at the
 * mempool's state. So all that keeps the driver from serving a mempool with its
 * own pool, or from taking objects into it unasked, must also be in the slots'
 * modes: closing diverts pops and pushes (objpool_close()), taking part in a
 * replacement diverts both for ever (replace.c, objpool_divert()). What is
 * diverted comes here, and goes the way of plain calls.
 *
 * The library is hidden in the plugin, so what programs call inline has names of
 * the driver's.
 */

#include <errno.h>

#include "objpool_mempool_fast.h"
#include "state.h"

#pragma GCC visibility push(default)

struct objpool_slot *
objpool_mempool_slot_(struct rte_mempool *mp, unsigned int layout)
{
	struct state *s;

	if (mp == NULL || !is_ours(mp))
		return NULL;
	s = state_of(mp);
	return s != NULL ? objpool_slot_of_(&s->pool, layout, lcore_key) : NULL;
}

/* In doubt the operation is decided by the library, which also repeats it if
 * it does not count. The objects put are the pool's own then, or else the slot
 * had been diverted before anybody could have the others. */
int
objpool_mempool_get_(struct rte_mempool *mp, struct objpool_slot *slot,
	void **objs, unsigned int n, enum objpool_outcome_ why)
{
	int ret = -ENOBUFS;

	if (why == OBJPOOL_DOUBT_)
		ret = objpool_slot_pop_(slot, objs, n, why);
	if (slot != NULL && (why != OBJPOOL_DOUBT_ || ret == -ESHUTDOWN))
		ret = rte_mempool_generic_get(mp, objs, n, NULL);
	if (slot == NULL || (ret < 0 && mp->cache_size > 0))
		ret = rte_mempool_get_bulk(mp, objs, n);
	return ret;
}

void
objpool_mempool_put_(struct rte_mempool *mp, struct objpool_slot *slot,
	void *const *objs, unsigned int n, enum objpool_outcome_ why)
{
	if (slot == NULL)
		rte_mempool_put_bulk(mp, objs, n);
	else if (why == OBJPOOL_DOUBT_)
		(void)objpool_slot_push_(slot, objs, n, why);
	else
		rte_mempool_generic_put(mp, objs, n, NULL);
}

#pragma GCC visibility pop
