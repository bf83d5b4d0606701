/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * A pool of pre-allocated objects for threads that may neither allocate nor
 * wait.
 *
 * Every thread that uses a pool owns a *slot* in it. Pop and push work in
 * blocks of objects that the slot holds privately, with plain loads and stores
 * and no atomic read-modify-write; surplus and shortage move between slots as
 * whole blocks. What a slot holds privately stays *revocable*: a thread that
 * finds nothing public takes it, whether its owner runs, sleeps or is dead.
 * So there is no difference between "free" and "free and within reach".
 *
 * Guarantees (a test in test/ cites each by its letter)
 *
 *  G1  Whoever pops an object sees everything written to it before its push.
 *  G2  An object has at most one holder.
 *  G3  Nothing is lost: at rest, free + in limbo + outstanding = nr_objs.
 *  G4  Pop fails only for want of objects: pop of n returns nothing only if
 *      at some instant of the call fewer than n objects were free. Objects
 *      that another, still unfinished pop call is collecting are not free, nor
 *      those that objpool_push_rcu() moves where it finds no empty block.
 *      Exception: a process that may not call membarrier (seccomp), or is not
 *      the first that uses the pool on a machine with nohz_full, cannot revoke
 *      what is held without fences, so its pops do not see that.
 *  G5  Of several pops that are short of objects, the last to decide fails only
 *      if it could not be served: two pops of the same n do not both fail when
 *      one could be served.
 *  G6  Push never fails for an object that its caller owns.
 *  G7  A thread that is stopped or dead at any point does not stop others;
 *      what it held privately stays within reach of all. (Of threads without
 *      a slot, 16 stopped inside a call make a 17th such thread wait.)
 *  G8  The pool never reads or writes an object between push and pop (but the
 *      word in it or before it that OBJPOOL_F_HOLDERS reserves, if it does).
 *  G9  objpool_nr_free() is exact when no call is in progress.
 *  G10 Init either succeeds or leaves nothing behind.
 *  G11 A pool may be finished while others pop and push, if they do so in read
 *      sections of its domain (objpool_attr.gp), or if it is marked
 *      (OBJPOOL_F_MARKED) and they hold objects of it when they begin. Each
 *      object is then counted once, by the drain, a push or a drop, and the
 *      pool is released once.
 *  G12 A pool with a domain is released a grace period after its last reference
 *      was given back, in a control thread: who gave it back, or found the pool
 *      in a read section, may still look at it until that section ends.
 *  G13 An object given back by objpool_push_rcu() is not popped before every
 *      read section that ran at the time has ended.
 *  G14 No object stays in limbo for want of its owner: a pop that is short
 *      finds whatever has its grace period behind it, whoever gave it back, and
 *      asks for a grace period for the rest; where owners go on giving back,
 *      their batches may ask anew. (In the process that created the pool; in
 *      others pops take what is free.)
 *  G15 Where the pool was made with OBJPOOL_F_SIGNALS, pop, push and drop (all
 *      forms, inline and on slots too) may be called in a signal handler
 *      whatever its thread was in the middle of, of the same pool too; all
 *      other guarantees hold for both calls, and errno stays as it was.
 *  G16 Where the pool was made with OBJPOOL_F_HOLDERS, objpool_reclaim() gives
 *      back each object that a killed process held, or was in the middle of
 *      popping or pushing, once; and none that a living process holds.
 *
 * What may run at the same time ("-": anything goes, "X": the caller keeps
 * them apart)
 *
 *                pop  push  drop  nr_free/stats  detach  fini  free
 *   pop           -    -     -         -           -       R     X
 *   push, _rcu    -    -     -         -           -       R     X
 *   drop          -    -     -         -           -       -     X
 *   nr_free/stats -    -     -         -           -       R     X
 *   detach        -    -     -         -           -       R     X
 *   fini          R    R     -         R           R       R     X
 *   free          X    X     X         X           X       X     X
 *
 * ("R": anything goes where the pool has a domain and the other call is made in
 * one of its read sections, G11; for pop and push also where it is marked and
 * the thread holds an object of it; else as X. close, quiesce, enter, collect,
 * reclaim and outstanding go with everything as push does.)
 *
 * Limits: 1 to 2^24 objects of 1 to 2^16 bytes (object sizes are rounded up to
 * a multiple of a pointer); up to 2030 slots. A thread that comes when all
 * slots have living owners still works, through the shared blocks, more slowly,
 * 16 such threads at a time. Of a pool in memory shared between processes, what
 * a thread of another pid or time namespace held stays in its slot until its
 * end.
 *
 * fork: a child is another process, with slots of its own, and of a pool that is
 * not in shared memory it has a copy. A child that was made without the handlers
 * of pthread_atfork() (_Fork(), clone()) calls objpool_forked() first; one that
 * runs in its parent's memory (vfork(), CLONE_VM) must not use pools.
 *
 * exec: a program that is replaced by another is dead, and its threads with it,
 * though the process lives. But others see that by where the new program's stack
 * begins (/proc/PID/stat): not of processes that they may not look into
 * (another user's, or not dumpable), nor where addresses are not random, and
 * one time in 2047 not either. Then the first thread's slot, what it was in the
 * middle of (objpool_quiesce(), objpool_fini() wait for that) and what the
 * process held (objpool_reclaim()) stay its own as long as the process lives.
 * So rather exec in a child forked for that; or while no other thread is inside
 * a call, after objpool_detach() in the first thread, holding nothing.
 *
 * Signal handlers: only pools made with OBJPOOL_F_SIGNALS, whichever pool the
 * interrupted code uses, and of these only pop, push and drop. Not
 * objpool_push_rcu(), which refuses if it interrupted a call (-ENOTSUP), nor
 * anything else: a slot that a handler works on (objpool/fast.h) is got
 * outside, in the same thread. Handlers may interrupt each other, but those
 * nested more than two deep may have to wait for pushes of other threads. They
 * must return, and not fork; where processes share a pool that handlers use,
 * block signals across fork(). A thread may meet the pool for the first time in
 * one; but where it used 16 pools or more before, it should call
 * objpool_slot() once, outside: else each call looks at all slots. Of a domain,
 * start, done and defer must be fit for handlers; those of objpool/urcu.h and
 * objpool/rte_qsbr.h are. Without a domain, whoever gives the last reference of
 * a finished pool back releases it, which handlers must not do: hold an object
 * while they may come.
 *
 * Example
 * @code
 *   struct objpool *pool;
 *   struct objpool_attr attr = { .name = "flows", .nr_objs = 4096,
 *                                .obj_size = sizeof(struct flow) };
 *
 *   if (objpool_create(&attr, &pool) < 0)
 *           return -1;
 *   struct flow *f = objpool_pop(pool);
 *   if (f != NULL)
 *           objpool_push(f, pool);
 *   objpool_fini(pool);
 * @endcode
 */

#ifndef OBJPOOL_OBJPOOL_H
#define OBJPOOL_OBJPOOL_H

#include <stddef.h>
#include <stdint.h>

#include <objpool/attr.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/**
 * A pool, for callers who provide its memory (objpool_init()). Nothing in it is
 * for their eyes; it must not be moved or copied while the pool lives.
 */
struct objpool {
	ptrdiff_t arena; /* from this structure to the pool's arena, in bytes */
	uint64_t uid;    /* that threads remember the pool by */
	uint64_t reserved[6];
};

/** Counters since init, read without stopping anybody. Exact when no call is in
 * progress; else pops, pushes and nr_free are off by what the calls move, and
 * may go back by that. The others never go back. */
struct objpool_stats {
	uint64_t pops;       /**< objects popped */
	uint64_t pushes;     /**< objects pushed, not counting init */
	uint64_t fails;      /**< pops that returned nothing */
	uint64_t blocks_in;  /**< blocks taken over from the shared stock */
	uint64_t blocks_out; /**< blocks given to the shared stock */
	uint64_t
		revocations; /**< private blocks made public for a starving pop */
	uint64_t barriers;   /**< heavy fences made to revoke */
	uint64_t steals;     /**< objects taken out of another slot's blocks */
	uint64_t conflicts;    /**< operations that found their block revoked */
	uint64_t shared_objs;  /**< objects moved by threads without a slot, and
				    by calls that interrupted another */
	uint64_t takeovers;    /**< slots taken over from dead threads */
	uint64_t limbo_blocks; /**< blocks of objects given to a grace period */
	uint64_t reclaims;     /**< objects given back by objpool_reclaim() */
	uint32_t nr_free;      /**< free objects */
	uint32_t nr_parked;    /**< objects whose grace period is not over */
	uint32_t nr_slots;     /**< slots in all */
	uint32_t nr_claimed;   /**< slots that have an owner */
	uint32_t nr_blocks;    /**< blocks in all */
	uint32_t block_objs;   /**< objects a block */
	uint32_t fence_free;   /**< 1: pop and push have no fence; 0: they have,
				  as from when a second process uses it */
	uint64_t arena_bytes;  /**< memory beside the objects */
};

/**
 * Make a pool in memory the caller provides.
 *
 * The objects are allocated in one go, zeroed once, and handed to
 * attr->objinit one after another. No thread may use the pool before this
 * returned. On failure @p pool is untouched.
 *
 * @param pool  Where the pool shall be; it must live until attr->release ran.
 * @param attr  What it shall be like; read during the call only.
 * @return 0;
 *   -EINVAL a NULL argument, an attribute outside its limits (a line says
 *     which), or attr->objinit returned a number above 0;
 *   -ENOMEM no memory (a line says how much was wanted and where);
 *   -ENODEV the NUMA node does not exist;
 *   -ENOTSUP attr->mem is shared between processes, but attr->gp sees only the
 *     readers of this one;
 *   -EPERM attr->gp is another process's;
 *   else what attr->objinit returned.
 * Blocks (allocates memory). Control threads.
 */
int
objpool_init(struct objpool *pool, const struct objpool_attr *attr);

/**
 * Make a pool, allocating its head as well; the head is freed with the pool.
 * @param attr   As in objpool_init().
 * @param poolp  Receives the pool; untouched on failure.
 * @return As objpool_init().
 */
int
objpool_create(const struct objpool_attr *attr, struct objpool **poolp);

/**
 * Take one object.
 * @return The object, now the caller's; NULL if no object is free (G4) or the
 *   pool is closed or finished.
 * Threads: any. Progress: lock-free; wait-free while the slot has objects.
 * Order: G1. Cost: no atomic read-modify-write while the slot has objects.
 */
void *
objpool_pop(struct objpool *pool);

/**
 * Take n objects, all or none.
 * @param objs  Receives @p n objects, now the caller's; contents unspecified
 *   on failure.
 * @param n     Objects wanted, any number.
 * @return 0; -ENOBUFS fewer than n free (G4), nothing taken; -ESHUTDOWN the
 *   pool is closed or finished, whatever n is.
 * Threads, progress, order: as objpool_pop().
 */
int
objpool_pop_bulk(struct objpool *pool, void **objs, unsigned int n);

/**
 * Take up to n objects.
 * @return How many were taken: fewer than n only if the pool ran empty.
 * Otherwise as objpool_pop_bulk().
 */
unsigned int
objpool_pop_burst(struct objpool *pool, void **objs, unsigned int n);

/**
 * Give one object back. On a finished pool this is objpool_drop().
 * @param obj   An object of this pool that the caller owns. Not NULL, which
 *   would be popped again, and taken for an empty pool.
 * @return 0. In checked mode, and with OBJPOOL_F_HOLDERS: -EINVAL not an object
 *   of this pool, -EEXIST it is free already; the object is not taken then.
 * Threads: any. Progress: lock-free; wait-free while the slot has room.
 * Order: G1.
 */
int
objpool_push(void *obj, struct objpool *pool);

/**
 * Give n objects back.
 * @return As objpool_push(); where that refuses objects, those before the first
 *   wrong one were taken, the others were not; but with OBJPOOL_F_HOLDERS all but
 *   the wrong ones were.
 */
int
objpool_push_bulk(void *const *objs, unsigned int n, struct objpool *pool);

/**
 * Give one object back that readers may still be looking at: it is free after a
 * grace period (G13). Take it from where readers find it first. It is not
 * touched before its next pop, so readers in read sections may go on reading
 * it, and need no rcu_head in it.
 *
 * The object joins its slot's batch in *limbo*. A batch asks for its grace
 * period when it has a block's worth of objects, or when a pop is short. No
 * memory is allocated; limbo never holds more than the pool has. Objects in
 * limbo are neither free nor outstanding (objpool_nr_parked()).
 * @return 0; -ENOTSUP the pool has no domain, or the domain is another
 *   process's, or with OBJPOOL_F_SIGNALS a call is in progress that a handler
 *   interrupted with this one, or objpool_enter() began: the object is still the
 *   caller's. In checked mode as
 *   objpool_push(). On a finished pool of this process's this is
 *   objpool_drop(): the memory stays until after a grace period anyway. (A
 *   thread that is killed in the middle takes its objects along, and where
 *   there is no empty block up to a block of free ones.)
 * Threads: any; of domains whose readers are to be registered, registered ones.
 * Progress: lock-free; an atomic read-modify-write a call, a few more a block.
 * Order: as objpool_push().
 */
int
objpool_push_rcu(void *obj, struct objpool *pool);

/** As objpool_push_rcu(), for n objects. In checked mode as
 * objpool_push_bulk(). */
int
objpool_push_rcu_bulk(void *const *objs, unsigned int n, struct objpool *pool);

/**
 * Free what has its grace period behind it, and ask for a grace period for the
 * rest, now instead of when somebody is short.
 * @return Objects that are still in limbo.
 * Threads: any, as objpool_push_rcu(). Cost: reads every block's head.
 */
uint32_t
objpool_collect(struct objpool *pool);

/**
 * Give an object up for good instead of pushing it: capacity shrinks by one,
 * and the last reference of a finished pool releases it.
 * @return 0 if this was the last reference: the pool is released, or with a
 *   domain is going to be; -EAGAIN if objects are still out or the
 *   pool is live, or if it is another process's to release (objpool_free());
 *   -EINVAL for NULL. In checked mode, and with OBJPOOL_F_HOLDERS, also the
 *   errors of objpool_push().
 * Threads: any, also while others pop and push. Progress: wait-free, unless it
 * releases the pool.
 */
int
objpool_drop(void *obj, struct objpool *pool);

/**
 * Give n objects up for good.
 * @return As objpool_drop(); where that refuses objects, those before the first
 *   wrong one were dropped, the others were not; but with OBJPOOL_F_HOLDERS all
 *   but the wrong ones were. An error of objpool_push() is returned even if the
 *   last reference went.
 */
int
objpool_drop_bulk(void *const *objs, unsigned int n, struct objpool *pool);

/**
 * End the pool: from here on pop takes nothing and push drops. Free objects go
 * when no pop or push that began before can be in progress, each outstanding
 * one with its push or drop, and with the last one the memory, after which
 * attr->release is called.
 *
 * With a domain: returns at once. Pops and pushes may be in progress, and
 * begin, in read sections (G11). The first grace period ends what was in
 * progress, then the pool's control thread counts what is home; a second one
 * follows the last reference (G12). @p pool stays valid until the end of any
 * read section in which a thread found it where it was published, or gave back
 * an object of it. So: take the pool from where others find it, then finish it.
 *
 * Marked, without a domain: waits for pops and pushes in progress
 * (microseconds, unless their threads are kept from running); control threads.
 * Marked, with a domain: its control thread waits for those, too, that are in
 * no read section. Without either the caller makes sure that none is in
 * progress. In both cases who gives the last reference back releases the pool,
 * and threads that hold none of its objects must not touch it any more.
 *
 * @return 0; -EALREADY the pool is finished already; -EINVAL for NULL;
 *   -EPERM another process created the pool, and shares it
 *   (objpool_mem_ops.shared), or its domain; -ENOTSUP marked,
 *   and as objpool_quiesce(): nothing happened, but that other processes'
 *   threads do with fences what they do from now on; when each has called the
 *   pool once, or ended, ask again.
 * Threads: any, with a domain also in read sections, deferred functions and
 * attr->release of another pool.
 */
int
objpool_fini(struct objpool *pool);

/**
 * End the pool as objpool_fini() does, and wait until what is home is counted.
 * @return 0 this gave the last reference back: the pool is, or is about to be,
 *   released; -EAGAIN objects are still out, the last one releases it; -EDEADLK
 *   the caller is in a read section of the domain, as far as that can be told
 *   (rte_rcu_qsbr cannot), or in a deferred function: nothing happened. An
 *   online thread of liburcu's QSBR flavour is always in one: go offline first.
 *   Otherwise as objpool_fini().
 * Blocks for a grace period. Control threads.
 */
int
objpool_fini_sync(struct objpool *pool);

/**
 * End the pool as objpool_fini() does, and wait until it is released: until
 * attr->release has returned, if there is one.
 * @param timeout_ms  How long to wait at most; UINT32_MAX: no limit.
 * @return 0 it is released; -ETIMEDOUT it is not yet, because of a reader that
 *   does not quiesce (reported by name, objpool/rcu.h) or of objects that are
 *   out: the pool stays finished and is released in time; -ENOMEM, and -ENOTSUP
 *   the pool has no domain and processes share it: nothing happened; -EDEADLK
 *   and otherwise as objpool_fini_sync(). Without a domain: as
 *   objpool_fini_sync(), but waits for the objects; operations in progress on a
 *   marked pool are waited for without limit.
 * Blocks. Control threads that hold none of the pool's objects.
 */
int
objpool_fini_wait(struct objpool *pool, uint32_t timeout_ms);

/**
 * Objects still out of a finished pool, exactly.
 * @return Their number; -EAGAIN the pool is live, or what was in progress when
 *   it was finished may still be: ask objpool_nr_outstanding() for an estimate.
 * Threads: those for whom @p pool is still valid.
 */
int64_t
objpool_outstanding(const struct objpool *pool);

/**
 * End the pool at once, all objects being home.
 * @return 0; -EBUSY objects are still out or in limbo, nothing happened (so too
 *   on a finished pool, and on one that its domain is about to release);
 *   otherwise as objpool_fini(). A finished pool whose last object came home in
 *   another process waits for this call by its creator.
 */
int
objpool_free(struct objpool *pool);

/**
 * End the pool at once, whoever still holds objects: for callers who know that
 * nobody will touch pool or objects again.
 * @return 0; -EINVAL for NULL; -EPERM as objpool_fini(); -EBUSY the pool was
 *   finished with a domain, which is going to touch it.
 */
int
objpool_free_forced(struct objpool *pool);

/**
 * Give the calling thread's slot back; its objects go to the shared stock. For
 * threads that are done with a pool but live on. A thread that ends needs not
 * call this: its slot is taken over when it is needed.
 */
void
objpool_detach(struct objpool *pool);

/** Capacity in objects, dropped ones included. */
uint32_t
objpool_nr_objs(const struct objpool *pool);

/** Free objects: exact when no call is in progress (G9), else within what the
 * calls in progress move. Cost: reads every block's head. */
uint32_t
objpool_nr_free(const struct objpool *pool);

/** Objects that are neither free nor dropped nor in limbo. As exact as
 * objpool_nr_free(). */
uint32_t
objpool_nr_outstanding(const struct objpool *pool);

/** Objects in limbo: given back by objpool_push_rcu() and not free yet. As
 * exact as objpool_nr_free(). */
uint32_t
objpool_nr_parked(const struct objpool *pool);

/** Read the counters. Cost: reads every block's head and every slot. */
void
objpool_get_stats(const struct objpool *pool, struct objpool_stats *stats);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#include <objpool/embed.h>
#include <objpool/reclaim.h>

#endif /* OBJPOOL_OBJPOOL_H */
