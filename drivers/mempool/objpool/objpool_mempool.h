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
 * All processes that share mempools must have the same mempool drivers in the
 * same order, and builds of this one that lay slots and blocks out the same way
 * (OBJPOOL_LAYOUT). First come those that a program is linked with
 * (`ldd PROGRAM | grep mempool`), then those given with -d: a secondary gets with
 * -d, before this one, what only the primary is linked with. Of Debian's programs
 * dpdk-testpmd is linked with one that dpdk-proc-info is not:
 * `-d librte_mempool_dpaa.so -d librte_mempool_objpool.so`. Where drivers differ,
 * operations on the pool fail and a line says so, or, as far as they are other
 * drivers', do anything.
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
 * That the mempool was populated counts: each of its objects was pushed once.
 * Objects in the mempool's own per-lcore caches count as outstanding; see
 * rte_mempool_avail_count() for all that are available. Of a mempool that is
 * replaced these are the counters of its own pool, which does nothing any more.
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
 * What a mempool may ask of the driver, before it is populated:
 * `rte_mempool_set_ops_byname(mp, "objpool", &config)`. Read when the first
 * objects are added: it must be there until the mempool is populated, which fails
 * with -EINVAL, and a line, for what is not known. NULL asks for nothing.
 */
struct objpool_mempool_config {
	uint32_t size;  /**< sizeof(struct objpool_mempool_config) */
	uint32_t flags; /**< OBJPOOL_F_HOLDERS, or 0 */
};

/**
 * Put back each object that a process had got which has ended, and each that it
 * was just getting or putting: as objpool_reclaim(), of which all else that is
 * said holds (@p may, several at once, -EAGAIN, processes of other
 * namespaces).
 *
 * For mempools that were made with OBJPOOL_F_HOLDERS in their config. These are
 * refused (-ENOTSUP when they are populated, a line says why) where they have a
 * cache of mempool's, which outlives its process, or with
 * RTE_MEMPOOL_F_NO_CACHE_ALIGN, which leaves no room for the word before an
 * object. Get and put are slower there, as with OBJPOOL_F_CHECKED.
 * mbufs are put back as they are: a dead process's, be they of a chain or
 * cloned, as single ones; what others refer to @p may has to refuse.
 *
 * A mempool that waits for its last object, or that of a replaced one, comes to
 * its end by this if the dead had it. So the process that created @p mp may call
 * this also while it waits, and beside the call of
 * objpool_mempool_free_deferred() or objpool_mempool_replace() that begins it:
 * as long as freed was not called. The end waits for the call (so @p may must
 * not wait for the end). In other processes this is a use of the mempool, which
 * those two do not wait for.
 *
 * @return As objpool_reclaim_among(); 0 also where mp has just come to its end;
 *   -EINVAL mp is NULL, not of this driver, or not populated yet; -ENOTSUP also
 *   if it was made without; -EPERM mp is waiting or replaced, and another
 *   process created it. Of a replaced mempool it is about its own objects; those
 *   of the other are the other's.
 * Threads: control threads of any process that may use the mempool. Takes locks
 *   (the driver's, mempool's list), @p may is called without.
 */
int64_t
objpool_mempool_reclaim(struct rte_mempool *mp, objpool_reclaim_fn *may,
	void *ctx);

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

/*
 * The end of a mempool whose packets are still in flight.
 *
 * rte_mempool_free() frees the memory first and does not ask where the objects
 * are. The functions below stop allocation, wait no longer than for operations
 * in progress (microseconds, unless their threads are kept from running), and
 * free everything after the last object came home, from wherever it was:
 * another lcore, a ring, a queue of a NIC, a thread that has no lcore id,
 * another process. Threads need not register anywhere for that; mempools of
 * this driver mark their operations (OBJPOOL_F_MARKED).
 *
 * What the caller sees to: nobody uses the mempool any more but to give objects
 * back. A thread that is about to allocate, or has just begun to, cannot be seen;
 * where there may be one, objpool_mempool_free_deferred_gp() waits until all
 * threads have been elsewhere. Rx queues that were set up with it are set up anew or
 * stopped first, for a PMD goes on asking it for mbufs as long as its queue
 * runs; or the mempool is replaced under them, objpool_mempool_replace().
 *
 * mempool's own caches (cache_size above 0) take objects back where the driver
 * does not see it. They are passed by and emptied, which needs a grace period
 * of all lcores that use the mempool: only objpool_mempool_free_deferred_gp()
 * does that, others refuse such mempools. Until then an lcore can still
 * allocate what its own cache holds.
 *
 * All of it is for the process that created the mempool (populated it, to be
 * exact: before that it is nobody's). Its waiting and freeing is done by one
 * control thread, started with the first call. It must not be at work when
 * rte_eal_cleanup() takes the memory away: objpool_mempool_wait() first.
 */

/**
 * Told that a mempool is gone.
 * @param name  The name that it was created with; during the call only.
 * Runs once, in the driver's control thread, when the mempool's memory is free.
 * May create mempools and call the functions of this header, except
 * objpool_mempool_wait(). Should not be slow.
 */
typedef void
objpool_mempool_freed_fn(const char *name, void *ctx);

/**
 * Free a mempool after its last object came home.
 *
 * From here on rte_mempool_get() fails, rte_mempool_put() works, and the
 * mempool's name is free: a new one of that name can be created at once. The
 * waiting one is called "~N" (N a number) where DPDK lists mempools and
 * memzones.
 *
 * @param mp     A mempool of this driver, no cache (cache_size 0); not the
 *   caller's any more afterwards, but for objpool_mempool_reclaim() until freed
 *   is called. It need not be populated.
 * @param freed  Called when it is gone. May be NULL.
 * @param ctx    Passed to it.
 * @return 0; -EINVAL mp is NULL or not of this driver; -ENOTSUP it has a cache,
 *   see objpool_mempool_free_deferred_gp(), or this process may not call
 *   membarrier and others may; -EALREADY it is waiting already; -EBUSY others
 *   are being replaced by it (objpool_mempool_replace()); -EPERM another
 *   process created it (a line says so); -ENOMEM, -EAGAIN no memory, no thread:
 *   nothing happened.
 * Threads: any of this process; takes locks (mempool's list), so not for the
 *   data path.
 */
int
objpool_mempool_free_deferred(struct rte_mempool *mp,
	objpool_mempool_freed_fn *freed, void *ctx);

/**
 * As objpool_mempool_free_deferred(), after a grace period of a domain
 * (objpool/rcu.h) to which all threads report that may be using the mempool.
 * This is for mempools with a cache, and for threads that may still be about to
 * allocate from it: take it from where they find it first. After the grace
 * period they must not try any more; an lcore that did would get at its cache
 * while that is emptied. Giving objects back is fine at any time.
 * @param gp  The domain; must live until freed was called.
 * @return Likewise; -EINVAL also where gp is NULL.
 */
int
objpool_mempool_free_deferred_gp(struct rte_mempool *mp, struct objpool_gp *gp,
	objpool_mempool_freed_fn *freed, void *ctx);

/**
 * Replace a mempool under those who allocate from it: whoever asks @p mp for
 * objects, or has an Rx queue that does, gets objects of @p by from now on, no
 * queue being stopped and no packet lost. Objects given back to either go where
 * they came from, each by itself, so Tx queues with
 * RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE are fine too. rte_mempool_avail_count() of
 * mp is what by can give; mp is full when by is and its own are home.
 *
 * @p mp's own objects are taken out of it (it looks as if it was never
 * populated), and their memory is freed after the last came home; then freed is
 * called, with mp's name. What remains of @p mp is its head, which Rx queues
 * point to. It can be replaced again, by another mempool, any number of times;
 * @p by, if it is not replaced by then, can be freed when mp is. When no queue
 * uses @p mp any more, free it with rte_mempool_free() or
 * objpool_mempool_free_deferred() as ever.
 *
 * @param mp     A mempool of this driver, no cache, populated.
 * @param by     Another one, no cache, with objects of the same sizes (element,
 *   header, trailer, private area, data room of mbufs) and, if mp has them, IO
 *   addresses and OBJPOOL_F_HOLDERS; itself not replaced, closed or waiting.
 *   Not for queues that are bound to the memory of one mempool (AF_XDP with
 *   zero copy); PMDs that map memory by mempool learn of it when it is
 *   populated.
 * @param freed  Called when mp's objects are gone; where mp was replaced
 *   before, when nobody is in the middle of taking objects of the mempool that
 *   @p by comes after: from then on that one can be freed. May be NULL.
 * @return 0; -EINVAL a NULL argument, not of this driver, mp == by, or by would
 *   not do as mp (a line says why); -ENOTSUP one has a cache, or as
 *   objpool_mempool_free_deferred(); -EBUSY by is replaced or waiting itself,
 *   or replaces mp already, or mp is the one that replaces another; -EALREADY mp is waiting to be
 *   freed; -EPERM another process created one (a line says which);
 *   -ENOMEM, -EAGAIN.
 * Threads: any of this process, while others allocate and free.
 */
int
objpool_mempool_replace(struct rte_mempool *mp, struct rte_mempool *by,
	objpool_mempool_freed_fn *freed, void *ctx);

/** A mempool that waits for its objects. */
struct objpool_mempool_waiting {
	const char *name;   /**< that it was created with */
	uint32_t nr_objs;   /**< objects it has */
	uint32_t nr_out;    /**< of them not home */
	uint32_t nr_cached; /**< of those, in mempool's own caches */
	double seconds;     /**< since it began to wait */
	/** Where the objects are, as far as that can be seen: lcores' caches,
	 * rings by name, ports that received them. One line, such as "12 in
	 * ring rx_to_worker, 3 received on port 0, 2 elsewhere". */
	const char *holders;
};

/** Called by objpool_mempool_waiting_walk() for each; what it is given is valid
 * during the call only. */
typedef void
objpool_mempool_waiting_fn(const struct objpool_mempool_waiting *waiting,
	void *ctx);

/**
 * List the mempools of this process that wait for their objects, and who holds
 * these.
 * @return Their number.
 * Threads: control threads. Takes locks (the driver's, mempool's list, rings'
 *   list), so fn must not create or free mempools, nor call functions of this
 *   header. Cost: looks at every object of each and every entry of every ring;
 *   reads them while others work, so a picture, not a proof.
 */
unsigned int
objpool_mempool_waiting_walk(objpool_mempool_waiting_fn *fn, void *ctx);

/**
 * Wait until no mempool waits any more: for the end of a program, before
 * rte_eal_cleanup().
 * @param timeout_ms  How long at most.
 * @return 0; -ETIMEDOUT some still wait; -EDEADLK called from
 *   objpool_mempool_freed_fn.
 * Blocks. Control threads.
 */
int
objpool_mempool_wait(uint32_t timeout_ms);

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_MEMPOOL_H */
