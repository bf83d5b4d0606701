/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Free a mempool after its last object came home.
 *
 * Here is what happens at once: the mempool gets another name (rename.c), its
 * pool is closed and nobody serves instead (replace.c), so that allocation
 * fails. The rest is the control thread's (retire.c).
 *
 * mempool's own caches would go on taking objects in. Their flush threshold is
 * made 0, so that each put passes them by, and their size, since PMDs that put into
 * them on their own subtract one from the other. These are plain words which
 * lcores read whenever they use their cache: when a grace period has passed,
 * they have read it, and the control thread may empty the caches. mempool's
 * cache_size, which is the obvious switch, must stay as it is: where the
 * private area of a mempool is depends on it, and whoever frees a cloned mbuf
 * reads that.
 */

#include <errno.h>

#include "replace.h"
#include "retire.h"

static void
set_aside_caches(struct rte_mempool *mp)
{
	for (unsigned int i = 0; i < RTE_MAX_LCORE; i++) {
		struct rte_mempool_cache *cache = &mp->local_cache[i];

		__atomic_store_n(&cache->size, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&cache->flushthresh, 0, __ATOMIC_RELAXED);
	}
}

void
deferred_flush_caches(struct rte_mempool *mp)
{
	if (mp->cache_size == 0)
		return;
	for (unsigned int i = 0; i < RTE_MAX_LCORE; i++)
		rte_mempool_cache_flush(&mp->local_cache[i], mp);
}

/* With the lock. */
static int
begin(struct rte_mempool *mp, struct ending *e)
{
	struct state *s = mp->pool_data;
	struct state *left;

	if (retire_is_ending(mp))
		return -EALREADY;
	if (mp->cache_size > 0 && e->gp == NULL)
		return -ENOTSUP;
	if (s != NULL && s->nr_claims > 0)
		return -EBUSY;
	rename_aside(mp);
	if (s != NULL) {
		left = replace_serve(s, s);
		e->left = left != s ? left : NULL;
	}
	/* The pool is closed: nothing is taken in by the wrong size. */
	if (mp->cache_size > 0)
		set_aside_caches(mp);
	e->nr_objs = mp->populated_size;
	retire_add(e);
	return 0;
}

static int
free_deferred(struct rte_mempool *mp, struct objpool_gp *gp,
	objpool_mempool_freed_fn *freed, void *ctx)
{
	struct ending *e;
	struct state *s;
	int ret;

	if (mp == NULL || !is_ours(mp))
		return -EINVAL;
	s = state_of(mp);
	if (s == NULL && mp->pool_data != NULL)
		return -EINVAL;
	if (retire_is_child() || (s != NULL && !state_is_mine(s)))
		return retire_refuse(mp);
	/* Whether it can be waited for. Now there is little to wait for. */
	ret = s != NULL ? objpool_quiesce(&s->pool) : 0;
	if (ret == 0)
		ret = retire_prepare(mp, freed, ctx, &e);
	if (ret < 0)
		return ret;
	e->kind = ENDING_MEMPOOL;
	e->gp = gp;
	retire_lock();
	ret = begin(mp, e);
	retire_unlock();
	if (ret < 0)
		retire_cancel(e);
	return ret;
}

int
objpool_mempool_free_deferred(struct rte_mempool *mp,
	objpool_mempool_freed_fn *freed, void *ctx)
{
	return free_deferred(mp, NULL, freed, ctx);
}

int
objpool_mempool_free_deferred_gp(struct rte_mempool *mp, struct objpool_gp *gp,
	objpool_mempool_freed_fn *freed, void *ctx)
{
	return gp != NULL ? free_deferred(mp, gp, freed, ctx) : -EINVAL;
}
