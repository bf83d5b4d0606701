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
 *  G3  Nothing is lost: at rest, free + outstanding = nr_objs.
 *  G4  Pop fails only for want of objects: pop of n returns nothing only if
 *      at some instant of the call fewer than n objects were free. Objects
 *      that another, still unfinished pop call is collecting are not free.
 *      Exception: a process that may not call membarrier (seccomp) cannot
 *      revoke, so its pops see public objects only.
 *  G5  Of several pops that are short of objects, the last to decide fails only
 *      if it could not be served: two pops of the same n do not both fail when
 *      one could be served.
 *  G6  Push never fails for an object that its caller owns.
 *  G7  A thread that is stopped or dead at any point does not stop others;
 *      what it held privately stays within reach of all. (Of threads without
 *      a slot, 16 stopped inside a call make a 17th such thread wait.)
 *  G8  The pool never reads or writes an object between push and pop.
 *  G9  objpool_nr_free() is exact when no call is in progress.
 *  G10 Init either succeeds or leaves nothing behind.
 *
 * What may run at the same time ("-": anything goes, "X": the caller keeps
 * them apart)
 *
 *                pop  push  drop  nr_free/stats  detach  fini/free
 *   pop           -    -     -         -           -        X
 *   push          -    -     -         -           -        X
 *   drop          -    -     -         -           -        -
 *   nr_free/stats -    -     -         -           -        X
 *   detach        -    -     -         -           -        X
 *   fini/free     X    X     -         X           X        X
 *
 * Limits: 1 to 2^24 objects of 1 to 2^16 bytes (object sizes are rounded up to
 * a multiple of a pointer); up to 2030 slots. A thread that comes when all
 * slots have living owners still works, through the shared blocks, more slowly,
 * 16 such threads at a time. Of a pool in memory shared between processes, what a
 * thread of another pid or time namespace held stays in its slot until its end.
 * Signal handlers must not call pop or push on a pool that the interrupted
 * thread uses.
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

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/** Most objects a pool can have. */
#define OBJPOOL_OBJS_MAX  (1u << 24)
/** Largest object, in bytes. */
#define OBJPOOL_SIZE_MAX  (1u << 16)
/** Most slots a pool can have. */
#define OBJPOOL_SLOTS_MAX 2030u
/** Longest pool name, in characters. */
#define OBJPOOL_NAME_MAX  31u
/** Any NUMA node. */
#define OBJPOOL_NODE_ANY  (-1)

struct objpool;
struct objpool_mem;
struct objpool_gp;

/**
 * Initialise one object; called once per object, by objpool_init(), in order.
 * @return 0, or an error that aborts the init and is returned by it.
 */
typedef int
objpool_objinit_fn(void *obj, void *ctx);

/**
 * Told that the pool is over: all objects are home or dropped and the objects'
 * memory is gone. May free the memory that @p pool lies in. Runs once, in the
 * thread that gave the last reference back.
 */
typedef void
objpool_release_fn(struct objpool *pool, void *ctx);

/**
 * Receives one line of text, without a newline, about something that the user
 * should know and that is not an error (for instance "no hugepages").
 */
typedef void
objpool_log_fn(void *ctx, const char *line);

/**
 * Name the slot that suits the calling thread best: its lcore id, say.
 * Called when a thread meets a pool for the first time, not per operation.
 * @return a slot index, or a negative number for "any".
 */
typedef int
objpool_key_fn(void);

/** Objects are the caller's: all nr_objs of them are outstanding at first, and
 * push brings them in. */
#define OBJPOOL_F_EXTERNAL (1u << 0)
/** Detect double push and foreign push at the price of one bit per object and
 * one atomic operation per object moved. Not with OBJPOOL_F_EXTERNAL. */
#define OBJPOOL_F_CHECKED  (1u << 1)
/** Pay for a memory fence in every pop and push, so that no thread that finds
 * the pool empty interrupts the CPUs of those who use it. Without this flag it
 * does (membarrier, a few microseconds), and pop and push have no fence. For
 * isolated CPUs. Where the kernel has no membarrier, pools are always so. */
#define OBJPOOL_F_FENCED   (1u << 2)
/** All flags known to this version. */
#define OBJPOOL_F_ALL                                                          \
	(OBJPOOL_F_EXTERNAL | OBJPOOL_F_CHECKED | OBJPOOL_F_FENCED)

/**
 * What a pool shall be like. Zero means default everywhere, so that
 * `{ .nr_objs = n, .obj_size = s }` is complete.
 */
struct objpool_attr {
	/** Name in messages; at most OBJPOOL_NAME_MAX characters, copied. */
	const char *name;
	/** Number of objects, 1 to OBJPOOL_OBJS_MAX. */
	uint64_t nr_objs;
	/** Bytes an object, 1 to OBJPOOL_SIZE_MAX; rounded up to a multiple of
	 * a pointer. 0 with OBJPOOL_F_EXTERNAL. */
	uint64_t obj_size;
	/** Alignment of objects in bytes, a power of two up to 4096.
	 * Default: a cache line (64) for objects of at least that size, else a
	 * pointer. */
	uint32_t obj_align;
	/** OBJPOOL_F_* */
	uint32_t flags;
	/** Slots, 1 to OBJPOOL_SLOTS_MAX. Default: twice the CPUs of the
	 * machine, at least 16: a slot for each CPU and as many spare ones. */
	uint32_t nr_slots;
	/** Objects a block, a power of two from 4 to 256. Default: chosen by
	 * nr_objs and nr_slots. */
	uint32_t block_objs;
	/** NUMA node for everything, counted from 1 so that 0 is the default:
	 * each slot on the node of its CPU, objects spread over these nodes.
	 * Use OBJPOOL_NODE(). */
	uint32_t node_plus_1;
	/** NUMA node of each slot (nr_slots entries, OBJPOOL_NODE_ANY allowed);
	 * read during init only. NULL: by node_plus_1, else slot i is on the
	 * node of CPU i. */
	const int *slot_nodes;
	/** Where memory comes from (objpool/mem.h). NULL: the heap. Copied. */
	const struct objpool_mem *mem;
	/** Called for each object at init. May be NULL. */
	objpool_objinit_fn *objinit;
	/** Called when the pool is over. May be NULL. */
	objpool_release_fn *release;
	/** Where messages go. NULL: stderr. */
	objpool_log_fn *log;
	/** Passed to objinit, release and log. */
	void *ctx;
};

/** Value for objpool_attr.node_plus_1: everything on NUMA node @p n. */
#define OBJPOOL_NODE(n) ((uint32_t)(n) + 1)

/**
 * A pool, for callers who provide its memory (objpool_init()). Nothing in it is
 * for their eyes; it must not be moved or copied while the pool lives.
 */
struct objpool {
	ptrdiff_t arena; /* from this structure to the pool's arena, in bytes */
	uint64_t reserved[7];
};

/** Counters since init, read without stopping anybody. Exact when no call is in
 * progress; else pops, pushes and nr_free are off by what the calls move, and may
 * go back by that. The others never go back. */
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
	uint64_t conflicts;   /**< operations that found their block revoked */
	uint64_t shared_objs; /**< objects moved by threads without a slot */
	uint64_t takeovers;   /**< slots taken over from dead threads */
	uint32_t nr_free;     /**< free objects */
	uint32_t nr_slots;    /**< slots in all */
	uint32_t nr_claimed;  /**< slots that have an owner */
	uint32_t nr_blocks;   /**< blocks in all */
	uint32_t block_objs;  /**< objects a block */
	uint32_t fence_free; /**< 1: pop and push have no fence; 0: they have */
	uint64_t arena_bytes; /**< memory beside the objects */
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
 *   -EINVAL a NULL argument, or an attribute outside its limits;
 *   -ENOMEM no memory (a line says how much was wanted and where);
 *   -ENODEV the NUMA node does not exist;
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
 *   pool is finished.
 * Threads: any. Progress: lock-free; wait-free while the slot has objects.
 * Order: G1. Cost: no atomic read-modify-write while the slot has objects.
 */
void *
objpool_pop(struct objpool *pool);

/**
 * Take n objects, all or none.
 * @param objs  Receives @p n objects, now the caller's; contents unspecified
 *   on failure.
 * @param n     Objects wanted, any number; 0 is served at once.
 * @return 0; -ENOBUFS fewer than n free (G4), nothing taken; -ESHUTDOWN the
 *   pool is finished.
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
 * @param obj   An object of this pool that the caller owns.
 * @return 0. In checked mode: -EINVAL not an object of this pool, -EEXIST it is
 *   free already; the object is not taken then.
 * Threads: any. Progress: lock-free; wait-free while the slot has room.
 * Order: G1.
 */
int
objpool_push(void *obj, struct objpool *pool);

/**
 * Give n objects back.
 * @return As objpool_push(); in checked mode the objects before the first wrong
 *   one were taken, the others were not.
 */
int
objpool_push_bulk(void *const *objs, unsigned int n, struct objpool *pool);

/**
 * Give an object up for good instead of pushing it: capacity shrinks by one,
 * and the last reference of a finished pool releases it.
 * @return 0 if this released the pool; -EAGAIN if objects are still out or the
 *   pool is live, or if it is another process's to release (objpool_free());
 *   -EINVAL for NULL. In checked mode also the errors of objpool_push().
 * Threads: any, also while others pop and push. Progress: wait-free, unless it
 * releases the pool.
 */
int
objpool_drop(void *obj, struct objpool *pool);

/**
 * Give n objects up for good.
 * @return As objpool_drop().
 */
int
objpool_drop_bulk(void *const *objs, unsigned int n, struct objpool *pool);

/**
 * End the pool: free objects go now, each outstanding one with its push or
 * drop, and with the last one the memory, after which attr->release is called.
 *
 * The caller makes sure that no pop or push is in progress; from here on pop
 * takes nothing and push drops. The pool must not be touched any more by
 * threads that hold none of its objects.
 *
 * @return 0; -EALREADY the pool is finished already; -EINVAL for NULL;
 *   -EPERM another process created the pool in memory that both share.
 */
int
objpool_fini(struct objpool *pool);

/**
 * End the pool at once, all objects being home.
 * @return 0; -EBUSY objects are still out, nothing happened (so too on a finished
 *   pool); otherwise as objpool_fini(). A finished pool whose last object came
 *   home in another process waits for this call by its creator.
 */
int
objpool_free(struct objpool *pool);

/**
 * End the pool at once, whoever still holds objects: for callers who know that
 * nobody will touch pool or objects again.
 * @return 0; -EINVAL for NULL; -EPERM as objpool_fini().
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

/** Objects that are neither free nor dropped. As exact as objpool_nr_free(). */
uint32_t
objpool_nr_outstanding(const struct objpool *pool);

/** Read the counters. Cost: reads every block's head and every slot. */
void
objpool_get_stats(const struct objpool *pool, struct objpool_stats *stats);

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

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_OBJPOOL_H */
