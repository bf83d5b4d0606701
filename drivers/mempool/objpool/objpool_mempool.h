/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * The DPDK mempool driver "objpool": pools of rte_mempool that are objpools.
 *
 * Programs need nothing of this header: they load the driver
 * (`-d librte_mempool_objpool.so`) and ask for it by name
 * (`--mbuf-pool-ops-name=objpool`, or rte_mempool_set_ops_byname()). With
 * `-d librte_mempool_objpool_default.so` instead, every mempool that would be a
 * "ring_mp_mc" becomes an objpool, without asking.
 *
 * All processes that share mempools must load the same drivers in the same
 * order. Where they did not, operations on the pool fail, and a line says so.
 *
 * A program that links the driver calls the functions below directly. One that
 * links it and calls none of them must keep the linker from dropping it
 * (`-Wl,--no-as-needed`), or the driver will not be registered.
 */

#ifndef OBJPOOL_MEMPOOL_H
#define OBJPOOL_MEMPOOL_H

#include <objpool/objpool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rte_mempool;

/**
 * Read the counters of a mempool's pool.
 *
 * Objects in the mempool's own per-lcore caches count as outstanding; see
 * rte_mempool_avail_count() for all that are available.
 *
 * @param mp     A mempool.
 * @param stats  Receives the counters; untouched on failure.
 * @return 0; -EINVAL a NULL argument, or the mempool is not of this driver, or
 *   not populated yet.
 * Threads: any that may use the mempool. Cost: as objpool_get_stats().
 */
int
objpool_mempool_get_stats(const struct rte_mempool *mp,
	struct objpool_stats *stats);

/**
 * Make every mempool created from now on by this process with the operations
 * "ring_mp_mc", mempool's default for many producers and consumers, an objpool.
 *
 * The entry of that name in the table of mempool operations is replaced, or
 * added where there is none yet. Mempools that are rings already would become
 * unusable, so this is for the start of the program, before rte_eal_init() or
 * at least before the first mempool; all processes of an application must do
 * it, or none.
 *
 * @return 0; -ENOENT the driver itself is not registered; -ENOSPC the table of
 *   mempool operations is full (a line says what to do).
 * Threads: the main thread, while no other uses mempools.
 */
int
objpool_mempool_replace_default(void);

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_MEMPOOL_H */
