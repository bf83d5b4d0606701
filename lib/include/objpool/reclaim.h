/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * Giving back what a process had popped that has ended: for pools that
 * processes share, made with OBJPOOL_F_HOLDERS. objpool.h includes it; its
 * guarantees and its matrix hold here.
 *
 * Of such a pool each object has a *holder word*: which process popped it, or
 * that it is free. So what a dead process held can be told from what the living
 * hold, and also what it was just moving when it was killed: that is marked as
 * free and yet in no block. Nothing happens by itself; somebody who knows that
 * a process died, or wants to be sure, asks:
 *
 * @code
 *   while (objpool_reclaim(pool, NULL, NULL) > 0)
 *           ;
 * @endcode
 *
 * A process is alive as long as one of its threads is. By exec, as far as it is
 * seen (objpool.h), one ends and another begins: it has none of the objects of
 * the one before, whatever that left it in the way of pipes and memory.
 * What a thread popped that ended in a living process remains that process's.
 * What processes of another pid or time namespace popped than the pool's
 * creator's is never taken for a dead one's; nor is anything where /proc does
 * not tell.
 */

#ifndef OBJPOOL_RECLAIM_H
#define OBJPOOL_RECLAIM_H

#include <stdbool.h>

#include <objpool/objpool.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/**
 * May the object be given back, which a process popped that has ended? It may
 * have been handed to a living one, through a ring, say; then it may not, for
 * the living would use it while others pop it. May call any function of the
 * pool.
 */
typedef bool
objpool_reclaim_fn(void *obj, void *ctx);

/**
 * Push, or on a finished pool drop, each object that was popped by a process
 * that has ended, and each that a thread which has ended was moving in or out
 * of the pool.
 *
 * Each is given back once, whoever else reclaims at the same time, and if one
 * of those is killed, by the next. A living process that pushes an object while
 * it is being reclaimed here, in spite of @p may, finds that it is free, or it
 * was quicker. A push of several leaves out what is free already, pushes the
 * others and returns -EEXIST.
 *
 * What a process took along that was killed in the middle of a drop, or of a push
 * on a finished pool, is not an object any more but a reference to the pool:
 * objpool_free_forced() ends such a pool.
 *
 * @param may  Asked for each object that a dead process had popped; NULL: all
 *   may be given back. Not asked about those that were on their way: nobody but
 *   the dead knew of them.
 * @param ctx  Passed to it.
 * @return How many were given back. 0: there are no more (of those that @p may
 *   allows). Ask again as long as it is above 0.
 *   -EAGAIN none, but there may be some on their way that cannot be told from
 *     what a living thread is moving, since that did not get on for a second
 *     (stopped, or between objpool_enter() and objpool_leave(), or killed in
 *     another pid namespace);
 *   -ENOMEM no memory for the search (a bit for each object and more), what was
 *     popped was given back;
 *   -ENOTSUP the pool was made without OBJPOOL_F_HOLDERS, or with
 *     OBJPOOL_F_EXTERNAL (objpool_reclaim_among()), or this process cannot tell
 *     who is alive (another pid or time namespace than the creator's, no /proc),
 *     may not call membarrier, or has the pool at another address than the
 *     creator;
 *   -EPERM the pool is finished and another process created it; or it is not
 *     shared, and this is a forked child with a copy of it;
 *   -EINVAL for NULL.
 * Blocks, at most some seconds, and where it needs a guest (G7) as long as 16
 *   threads are stopped with one. While the creator asks there is one object
 *   more outstanding than there is. Control threads; not in signal handlers, nor
 *   between objpool_enter() and objpool_leave(). Any number at once. The creator
 *   may ask as long as the pool is not released, and may be the one who releases
 *   it by that.
 * Cost: reads all holder words, and where something is found that is on its
 *   way, twice every block.
 */
int64_t
objpool_reclaim(struct objpool *pool, objpool_reclaim_fn *may, void *ctx);

/**
 * As objpool_reclaim(), of these objects: for pools with OBJPOOL_F_EXTERNAL,
 * which do not know their objects, and where not all are to be looked at.
 * @param objs  Objects of the pool; only read, each named once.
 * @param n     Their number.
 * @return As objpool_reclaim(); -EINVAL also if @p objs is NULL.
 */
int64_t
objpool_reclaim_among(struct objpool *pool, void *const *objs, uint32_t n,
	objpool_reclaim_fn *may, void *ctx);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_RECLAIM_H */
