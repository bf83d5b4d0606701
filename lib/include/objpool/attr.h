/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * What a pool can be like: limits, flags, attributes, and the functions of the
 * user's that it calls. objpool.h includes it; its guarantees are meant here.
 */

#ifndef OBJPOOL_ATTR_H
#define OBJPOOL_ATTR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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
 * @return 0, or a negative errno, which aborts the init and is returned by it.
 *   A number above 0 is a mistake: the init fails with -EINVAL and says so.
 */
typedef int
objpool_objinit_fn(void *obj, void *ctx);

/**
 * Told that the pool is over: all objects are home or dropped and the objects'
 * memory is gone. May free the memory that @p pool lies in. Runs once; where
 * the pool has a domain, in its control thread, else in the thread that gave
 * the last reference back; for objpool_free() and objpool_free_forced(), in the
 * caller. May make, use and finish other pools, but not wait for the
 * domain (objpool_fini_sync(), objpool_fini_wait(), objpool_barrier() refuse),
 * nor be slow: other pools' ends wait behind it.
 */
typedef void
objpool_release_fn(struct objpool *pool, void *ctx);

/**
 * Receives one line of text, without a newline, about something that the user
 * should know: which attribute is wrong, say, or that there are no hugepages.
 */
typedef void
objpool_log_fn(void *ctx, const char *line);

/** Objects are the caller's: all nr_objs of them are outstanding at first, and
 * push brings them in. */
#define OBJPOOL_F_EXTERNAL (1u << 0)
/** Detect double push and foreign push at the price of one bit per object and
 * one atomic operation per object moved. Not with OBJPOOL_F_EXTERNAL. */
#define OBJPOOL_F_CHECKED  (1u << 1)
/** Pay for a memory fence in every pop and push, so that no thread that finds
 * the pool empty interrupts the CPUs of those who use it. Without this flag it
 * does (membarrier, a few microseconds), and pop and push have no fence. For
 * isolated CPUs. Where the kernel has no membarrier, pools are always so; and
 * from when threads of a second process pop or push. */
#define OBJPOOL_F_FENCED   (1u << 2)
/** Each pop and push marks its slot while it runs (two stores), so that
 * objpool_quiesce() and objpool_fini() can wait for those in progress where the
 * users of the pool hold no read side. Before its mark an operation is not
 * seen: what keeps the pool's memory until then is an object that its thread
 * holds, or the word of the user that no thread without one begins any more. */
#define OBJPOOL_F_MARKED   (1u << 3)
/** Pop, push and drop may be called in signal handlers, whatever these interrupt
 * (G15), at the price of a thread-local counter in each, and of inline calls
 * being calls of the library: some 10 cycles a call. Calls that interrupted
 * another are slower: they work on shared blocks. */
#define OBJPOOL_F_SIGNALS  (1u << 4)
/** Keep 32-bit distances in blocks instead of pointers, where they suffice for
 * all objects: half the memory beside the objects, and half the lines that go
 * from core to core with a block; but on one lcore twice the time of a pop and
 * push, and up to four times that of inline calls, which are calls of the
 * library then. Not with OBJPOOL_F_EXTERNAL. */
#define OBJPOOL_F_COMPACT  (1u << 5)
/** Objects go home. Without this flag a pushed object stays where it is pushed:
 * as long as threads of several NUMA nodes give objects to each other, each
 * pops those of all nodes, whatever the source bound. With it, push puts what
 * is on another node than the thread's slot on a block of that node, where
 * slots there look first. So threads pop near objects while there are free
 * ones, but for a few: objects taken from far when near ones were out, and what
 * objpool_push_rcu() gave back, come as they are. It costs a few atomic
 * operations for each group of far objects in a push, and inline calls are
 * calls of the library. Where all slots are on one node it changes nothing. Not
 * with OBJPOOL_F_EXTERNAL. */
#define OBJPOOL_F_HOMING   (1u << 6)
/** Note in a word for each object which process popped it, so that what a dead
 * one held can be given back (objpool/reclaim.h). The pool is marked too, and
 * checked without a bit. Every operation is a call of the library that takes
 * the slow way, with a store or an atomic operation per object moved: as in
 * checked mode. For pools that processes share (objpool_mem_ops.shared): a forked
 * child has a copy of any other, and what it pops from that is not missing here. With OBJPOOL_F_EXTERNAL the word is the caller's,
 * objpool_attr.holder_at. */
#define OBJPOOL_F_HOLDERS  (1u << 7)
/** All flags known to this version. */
#define OBJPOOL_F_ALL                                                          \
	(OBJPOOL_F_EXTERNAL | OBJPOOL_F_CHECKED | OBJPOOL_F_FENCED |           \
		OBJPOOL_F_MARKED | OBJPOOL_F_SIGNALS | OBJPOOL_F_COMPACT |     \
		OBJPOOL_F_HOMING | OBJPOOL_F_HOLDERS)

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
	 * 8. 0 with OBJPOOL_F_EXTERNAL. */
	uint64_t obj_size;
	/** Alignment of objects in bytes, a power of two up to 4096.
	 * Default: a cache line (64) for objects of at least that size, else
	 * 8; less is taken for 8. */
	uint32_t obj_align;
	/** OBJPOOL_F_* */
	uint32_t flags;
	/** Slots, 1 to OBJPOOL_SLOTS_MAX. Default: twice the CPUs of the
	 * machine, at least 16: a slot for each CPU and as many spare ones. */
	uint32_t nr_slots;
	/** Room for objects in a block, a power of two from 4 to 256. Default:
	 * chosen by nr_objs and nr_slots. */
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
	/** The domain whose grace periods decide when the pool is over
	 * (objpool/rcu.h); it must outlive the pool. NULL: none. */
	struct objpool_gp *gp;
	/** With OBJPOOL_F_EXTERNAL and OBJPOOL_F_HOLDERS: bytes from each
	 * object to eight that are the pool's, a multiple of 8 from 8-byte
	 * aligned objects; may be below 0. All processes see them, the user
	 * makes them 0 before the first push of the object, and nobody else
	 * writes them. Else 0. */
	int64_t holder_at;
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

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_ATTR_H */
