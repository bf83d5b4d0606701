/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * For code that makes a pool part of something of its own, such as the DPDK
 * mempool driver: to name the caller's slot, to close a pool while pushes go
 * on, to wait for what is in progress, to find out what is out. objpool.h
 * includes it; its guarantees and its matrix hold here.
 */

#ifndef OBJPOOL_EMBED_H
#define OBJPOOL_EMBED_H

#include <objpool/objpool.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/**
 * Name the slot that suits the calling thread best: its lcore id, say.
 * Called when a thread meets a pool for the first time, not per operation.
 * @return a slot index, or a negative number for "any".
 */
typedef int
objpool_key_fn(void);

/**
 * As objpool_pop_bulk(), the slot being suggested by @p key when this thread
 * meets the pool for the first time. For code that knows its thread by a number
 * of its own, such as a DPDK lcore id.
 * @return As objpool_pop_bulk().
 */
int
objpool_pop_bulk_keyed(struct objpool *pool, void **objs, unsigned int n,
	objpool_key_fn *key);

/** As objpool_push_bulk(), with @p key as in objpool_pop_bulk_keyed(). */
int
objpool_push_bulk_keyed(void *const *objs, unsigned int n, struct objpool *pool,
	objpool_key_fn *key);

/** As objpool_push_rcu_bulk(), with @p key as in objpool_pop_bulk_keyed(). */
int
objpool_push_rcu_bulk_keyed(void *const *objs, unsigned int n,
	struct objpool *pool, objpool_key_fn *key);

/**
 * Hand out nothing any more, while pushes go on to be taken in: pops fail with
 * -ESHUTDOWN, those in progress may still succeed. For those who want a pool to
 * become full before they end it. There is no way back.
 * @return 0, also for a pool that is closed already; -EALREADY the pool is
 *   finished; -EINVAL for NULL.
 * Threads: any.
 */
int
objpool_close(struct objpool *pool);

/**
 * Send every inline call (objpool/fast.h) on this pool to the library from now
 * on: for drivers that do something of their own beside pop and push. There is
 * no way back.
 * Threads: any, while the pool is not released. Order: who has seen, by an
 *   acquire load or the like, something that was written after this call does
 *   nothing inline any more; who has not is done after objpool_quiesce().
 */
void
objpool_divert(struct objpool *pool);

/**
 * Wait until every pop and push that was in progress is over.
 * @return 0; -EINVAL for NULL; -ENOTSUP the pool is not marked
 *   (OBJPOOL_F_MARKED), or this process may not call membarrier (seccomp) and
 *   others may, or it is not the first that uses the pool on a machine with
 *   nohz_full and threads of the first have not called the pool since.
 * Blocks while a thread that is in the middle of one does not run; one that was
 * killed in the middle, or whose process runs another program now, is not
 * waited for (but for threads of another pid or time namespace, whose death is
 * not seen, and a program that is not seen to be another: exec in objpool.h). Control threads, not between
 * objpool_enter() and objpool_leave().
 */
int
objpool_quiesce(struct objpool *pool);

/**
 * Be another process than the parent: forget its slots. For children that were
 * made by _Fork(), clone() or the like and share pools with their parent, in
 * their only thread, before anything of any pool is used; fork() does it. (The
 * child would work on its parent's slots otherwise, as if it were the same
 * thread: objects are popped twice, and lost.)
 * Threads: the one that was made; async-signal-safe.
 */
void
objpool_forked(void);

/** Called with a free object. */
typedef void
objpool_walk_fn(void *obj, void *ctx);

/**
 * Call @p fn for each free object of a closed pool: to find out which are out.
 * Once objpool_quiesce() has returned, each object told is free and told once;
 * those that are pushed meanwhile may be left out.
 * @return Their number; -EINVAL a NULL argument; -EBUSY the pool is not closed;
 *   -ENOTSUP it has a domain.
 * Threads: any. Cost: reads every block.
 */
int64_t
objpool_walk_free(const struct objpool *pool, objpool_walk_fn *fn, void *ctx);

/**
 * Be in the middle of an operation, as far as objpool_quiesce() is concerned,
 * until objpool_leave(): for drivers that do something of their own beside pop
 * and push. A marked pool; it may be closed, not finished. Not to be nested,
 * and no pop or push of the same pool in between; other pools are fine. (With
 * OBJPOOL_F_SIGNALS those may come in between, also in handlers: they are made
 * as if in one, and objpool_push_rcu() refuses, on other such pools too.) Not for
 * signal handlers itself. Threads without a slot (objpool.h, limits) have one of
 * 16 places of the pool in between: they must not wait for places of two pools
 * crosswise.
 * @param key  As in objpool_pop_bulk_keyed().
 * @return What objpool_leave() wants.
 * Threads, progress: as pop. Order: what is read afterwards is not older than
 *   what was written before an objpool_quiesce() that does not wait for it.
 */
void *
objpool_enter(struct objpool *pool, objpool_key_fn *key);

/** Be out again, in the same thread. */
void
objpool_leave(struct objpool *pool, void *mark);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_EMBED_H */
