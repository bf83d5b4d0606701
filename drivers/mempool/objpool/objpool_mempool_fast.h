/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * Objects of mempools of the driver "objpool", inline: opt-in, for programs
 * that are linked with the driver. C11 and C++17.
 *
 * The same mempools, the same objects: these calls mix freely with those of
 * rte_mempool and rte_mbuf, in one thread and between threads. What is saved is
 * the way through the mempool's table of operations and the search for the
 * thread's place: a thread asks for its *slot* once
 * (objpool_mempool_slot()) and keeps it.
 *
 *   struct objpool_slot *slot = objpool_mempool_slot(mp);
 *
 *   n = rte_eth_rx_burst(...);
 *   objpool_mempool_pktmbuf_free_bulk(mp, slot, mbufs, n);
 *
 * Whatever is not the common case is an ordinary call of mempool: other
 * mempools (NULL as slot), threads for which there is no slot, fenced slots (no
 * membarrier), mempools that are replaced, or replace others, or wait for their
 * end. So these functions are right for every mempool, and quick for ours.
 *
 * mempool's own per-lcore caches are passed by, and asked last when the pool is
 * short. A mempool for these calls needs none (cache_size 0).
 *
 * A slot is for the thread that asked for it, as long as the mempool lives; a
 * forked child asks anew. Like mempool's own operations these mark themselves
 * (OBJPOOL_F_MARKED), so that objpool_mempool_free_deferred() and
 * objpool_mempool_replace() wait for those in progress. Not for signal handlers.
 *
 * Where RTE_LIBRTE_MEMPOOL_DEBUG is defined all calls are ordinary ones, for
 * the sake of mempool's checks and statistics.
 *
 * Names that end in "_" are for this header and the driver only.
 */

#ifndef OBJPOOL_MEMPOOL_FAST_H
#define OBJPOOL_MEMPOOL_FAST_H

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <objpool/fast.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The driver's part, by OBJPOOL_LAYOUT. */
#define objpool_mempool_slot_ objpool_mempool_slot_2_
#define objpool_mempool_get_  objpool_mempool_get_2_
#define objpool_mempool_put_  objpool_mempool_put_2_

struct objpool_slot *
objpool_mempool_slot_(struct rte_mempool *mp, unsigned int layout);
int
objpool_mempool_get_(struct rte_mempool *mp, struct objpool_slot *slot,
	void **objs, unsigned int n, enum objpool_outcome_ why);
void
objpool_mempool_put_(struct rte_mempool *mp, struct objpool_slot *slot,
	void *const *objs, unsigned int n, enum objpool_outcome_ why);

/* Does nothing divert operations on the slot? Asked before it is marked, too:
 * only slots of this layout have a mark there. */
OBJPOOL_INLINE_ bool
objpool_mempool_is_free_(const struct objpool_slot *slot)
{
	OBJPOOL_USE_ATOMICS;

	return likely(atomic_load_explicit(&slot->mode, memory_order_relaxed) ==
		OBJPOOL_SLOT_MARKED_);
}

/**
 * Get the calling thread's slot in a mempool, which is claimed, by lcore id, if
 * it has none.
 * @param mp  A mempool. May be NULL.
 * @return The slot, for the functions below. NULL, which they take as well: the
 *   mempool is not of this driver, was made with other drivers loaded, or is
 *   not populated. A thread for which there is no slot gets one that sends
 *   each call to mempool, and may ask again later.
 * Threads: any that may use the mempool. Cost: a claim the first time, else a
 *   search.
 */
static inline struct objpool_slot *
objpool_mempool_slot(struct rte_mempool *mp)
{
	return objpool_mempool_slot_(mp, OBJPOOL_LAYOUT);
}

/**
 * Take n objects, all or none, as rte_mempool_get_bulk().
 * @param mp    A mempool.
 * @param slot  The calling thread's slot in it, or NULL.
 * @param objs  Receives @p n objects; contents unspecified on failure.
 * @return 0; a negative errno as rte_mempool_get_bulk(), nothing was taken.
 * Threads: any that may use the mempool. Cost: plain loads and stores while the
 *   slot's block has n objects, else as mempool's.
 */
OBJPOOL_INLINE_ int
objpool_mempool_get_bulk(struct rte_mempool *mp, struct objpool_slot *slot,
	void **objs, unsigned int n)
{
#ifdef RTE_LIBRTE_MEMPOOL_DEBUG
	(void)slot;
	return rte_mempool_get_bulk(mp, objs, n);
#else
	enum objpool_outcome_ outcome = OBJPOOL_SHORT_;

	if (likely(slot != NULL) && objpool_mempool_is_free_(slot)) {
		outcome = objpool_marked_pop_(slot, objs, n,
			OBJPOOL_SLOT_MARKED_, true);
		if (likely(outcome == OBJPOOL_DONE_))
			return 0;
	}
	return objpool_mempool_get_(mp, slot, objs, n, outcome);
#endif
}

/**
 * Give n objects back, as rte_mempool_put_bulk().
 * @param objs  Objects of @p mp, however they were taken; where mp takes part
 *   in a replacement (objpool_mempool_replace()), also the other's.
 * Otherwise as objpool_mempool_get_bulk().
 */
OBJPOOL_INLINE_ void
objpool_mempool_put_bulk(struct rte_mempool *mp, struct objpool_slot *slot,
	void *const *objs, unsigned int n)
{
#ifdef RTE_LIBRTE_MEMPOOL_DEBUG
	(void)slot;
	rte_mempool_put_bulk(mp, objs, n);
#else
	enum objpool_outcome_ outcome = OBJPOOL_SHORT_;

	if (likely(slot != NULL) && objpool_mempool_is_free_(slot)) {
		outcome = objpool_marked_push_(slot, objs, n,
			OBJPOOL_SLOT_MARKED_, true);
		if (likely(outcome == OBJPOOL_DONE_))
			return;
	}
	objpool_mempool_put_(mp, slot, objs, n, outcome);
#endif
}

/**
 * Allocate n mbufs, all or none, reset as by rte_pktmbuf_alloc_bulk().
 * @return As objpool_mempool_get_bulk().
 */
static inline int
objpool_mempool_pktmbuf_alloc_bulk(struct rte_mempool *mp,
	struct objpool_slot *slot, struct rte_mbuf **mbufs, unsigned int n)
{
	int ret = objpool_mempool_get_bulk(mp, slot, (void **)mbufs, n);

	if (unlikely(ret != 0))
		return ret;
	for (unsigned int i = 0; i < n; i++) {
		__rte_mbuf_raw_sanity_check(mbufs[i]);
		rte_pktmbuf_reset(mbufs[i]);
	}
	return 0;
}

/* Is giving the mbuf back all that freeing it takes? */
static inline bool
objpool_mempool_is_plain_(const struct rte_mempool *mp,
	const struct rte_mbuf *m)
{
	if (unlikely(m == NULL))
		return false;
	__rte_mbuf_sanity_check(m, 1);
	return m->pool == mp && rte_mbuf_refcnt_read(m) == 1 &&
		RTE_MBUF_DIRECT(m) && m->nb_segs == 1 && m->next == NULL;
}

/**
 * Free mbufs of any kind, as rte_pktmbuf_free_bulk(): chains of segments,
 * clones, those with other references, those of other mempools, NULL.
 *
 * Runs of the common kind (of @p mp, one segment, no other reference, no other
 * buffer attached) are given back inline; they are read, not written.
 * @param mp     Where most of them come from.
 * @param slot   The calling thread's slot in it, or NULL.
 * @param mbufs  The mbufs, or first segments of them; not the caller's any
 *   more afterwards.
 * Threads, cost: as objpool_mempool_get_bulk().
 */
static inline void
objpool_mempool_pktmbuf_free_bulk(struct rte_mempool *mp,
	struct objpool_slot *slot, struct rte_mbuf **mbufs, unsigned int n)
{
	unsigned int m;

	for (; n > 0; mbufs += m, n -= m) {
		m = 0;
		while (m < n && likely(objpool_mempool_is_plain_(mp, mbufs[m])))
			m++;
		if (likely(m > 0)) {
			objpool_mempool_put_bulk(mp, slot, (void **)mbufs, m);
			continue;
		}
		while (m < n && !objpool_mempool_is_plain_(mp, mbufs[m]))
			m++;
		rte_pktmbuf_free_bulk(mbufs, m);
	}
}

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_MEMPOOL_FAST_H */
