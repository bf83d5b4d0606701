/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * Grace periods for pools: when is it over that somebody may be looking?
 *
 * A *reader* is a thread that may hold a pointer it took from a published
 * place: to a pool, or to an object that was published and is now taken back. A
 * *grace period* has passed when every reader that was reading at its start has
 * stopped once. Two things wait for one: the end of a pool (objpool_fini()) and
 * objects given back by objpool_push_rcu().
 *
 * A struct objpool_gp is a *domain*: a set of readers, given by a table of five
 * functions (struct objpool_gp_ops), and the library's control threads that
 * wait for them. Tables come with the library for
 *  - liburcu, any flavour: objpool/urcu.h, objpool_gp_create_urcu();
 *  - rte_rcu_qsbr of DPDK: objpool/rte_qsbr.h, objpool_gp_create_qsbr();
 *  - nobody: a pool without a domain. Its user sees to it that nobody uses the
 *    pool when it is finished (or sets OBJPOOL_F_MARKED).
 * A program with a scheme of its own writes a table.
 *
 * The caller holds the read side. The library never enters or leaves a read
 * section, nor reports a quiescent state: programs do that once a burst or once
 * a loop, where it costs next to nothing.
 *
 * Threads. A domain has one control thread ("reclaim"), and a second one where
 * the table can only block ("gp"). They are started by objpool_gp_create(), on
 * the CPUs that the process had when the library was loaded, whatever the
 * caller is pinned to, with all signals blocked. They sleep while nothing
 * waits. A domain is for the process that created it: fork before, not after.
 */

#ifndef OBJPOOL_RCU_H
#define OBJPOOL_RCU_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <objpool/objpool.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/** Work to be done after a grace period. The memory is the caller's, until the
 * function runs; nothing in it is for the caller's eyes. */
struct objpool_deferred {
	struct objpool_deferred *next;
	struct objpool_gp *gp;
	void (*fn)(struct objpool_deferred *d);
	uint64_t cookie;
};

typedef void
objpool_deferred_fn(struct objpool_deferred *d);

/** Readers of other processes count as well: the domain may serve pools in
 * shared memory. */
#define OBJPOOL_GP_SHARED (1u << 0)

/**
 * How to wait for a set of readers. A table gives synchronize, or start and
 * done together, or all three; what is missing the library makes of the others.
 * All functions may be called by many threads at once.
 */
struct objpool_gp_ops {
	const char *name; /**< in messages: "urcu-qsbr" */
	uint32_t flags;   /**< OBJPOOL_GP_* */
	/**
	 * Call fn(d) in a control thread after a grace period that starts now
	 * or later. Called from any thread, also inside a read section and on
	 * polling lcores: must not block or allocate. Functions run one at a
	 * time, in the order of the calls: objpool_barrier() relies on it.
	 * NULL: the library's reclaim thread does it.
	 */
	void (*defer)(void *ctx, struct objpool_deferred *d,
		objpool_deferred_fn *fn);
	/** Wait for a grace period. Called by control threads outside read
	 * sections. NULL: by start and done. */
	void (*synchronize)(void *ctx);
	/**
	 * Ask for a grace period that starts now or later; never blocks. Called
	 * from any thread, also inside a read section.
	 * @return A cookie, above 0. Who calls later gets the same or a higher
	 *   one. Full fence: everything before the call happens before the
	 *   start of that grace period.
	 */
	uint64_t (*start)(void *ctx);
	/** Is the grace period of that cookie over? Never blocks; once true,
	 * true for it and all lower ones. Acquire. */
	bool (*done)(void *ctx, uint64_t cookie);
	/** Is the calling thread in a read section? 1, 0, or -1 where that
	 * cannot be told (so too where the function is NULL). */
	int (*in_reader)(void *ctx);
};

/** A domain. */
struct objpool_gp;

/** Start a control thread. As pthread_create(), the thread being named; for
 * programs that have rules about threads (rte_ctrl_thread_create()).
 * @return 0 or a positive or negative errno. */
typedef int
objpool_thread_fn(pthread_t *thread, const char *name, void *(*run)(void *),
	void *arg);

/** What a domain shall be like. Zero means default everywhere. */
struct objpool_gp_attr {
	/** Name in messages; at most OBJPOOL_NAME_MAX characters, copied.
	 * Default: the table's name. */
	const char *name;
	/** Report a grace period that is held up for longer than this, in
	 * milliseconds, then at twice, four times ... Default: 1000.
	 * UINT32_MAX: never. */
	uint32_t stall_ms;
	/** Pause between two grace periods while some are asked for all the
	 * time, where the table can only block, in microseconds. Default: 50.
	 * Longer: fewer interruptions of readers, more objects parked. */
	uint32_t pause_us;
	/** How to start control threads. NULL: pthread_create(). */
	objpool_thread_fn *thread;
	/** Where reports go; must not call this domain. NULL: stderr. */
	objpool_log_fn *log;
	/** Passed to log. */
	void *log_ctx;
};

/**
 * Create a domain and start its control threads.
 *
 * @param ops   The table; must live as long as the domain.
 * @param ctx   Passed to its functions.
 * @param attr  NULL: all default. Read during the call only.
 * @param gpp   Receives the domain; untouched on failure.
 * @return 0; -EINVAL a NULL argument, a table without synchronize and without
 *   start and done, or an attribute outside its limits; -ENOMEM; -EAGAIN a
 *   thread could not be started.
 * Blocks. Control threads.
 */
int
objpool_gp_create(const struct objpool_gp_ops *ops, void *ctx,
	const struct objpool_gp_attr *attr, struct objpool_gp **gpp);

/**
 * End a domain: run what is still deferred, end its threads.
 * @return 0; -EINVAL for NULL; -EBUSY pools use it still (also finished ones
 *   with objects out), or readers are registered: it goes on; -EDEADLK
 *   called in a read section or from a deferred function; -EPERM in another
 *   process than its creator's.
 * Blocks for a grace period. Control threads.
 */
int
objpool_gp_destroy(struct objpool_gp *gp);

/**
 * Wait until everything that was deferred in this domain before the call has
 * run, and what that deferred in turn: after it, every pool that was finished
 * and has all its objects home is released. For the end of a program, and
 * tests.
 * @return 0; -EINVAL for NULL; -EDEADLK in a read section or from a deferred
 *   function (objpool_attr.release included); -EPERM in another process.
 * Blocks as long as readers do. Control threads.
 */
int
objpool_barrier(struct objpool_gp *gp);

/** The ctx that the domain was created with. */
void *
objpool_gp_ctx(const struct objpool_gp *gp);

/** Call fn(d) in the domain's reclaim thread after a grace period. From any
 * thread, also in read sections and deferred functions; lock-free, but for a
 * wake-up where the thread sleeps. Functions run in the order in which they
 * were deferred, unless the table has a defer of its own. */
void
objpool_gp_defer(struct objpool_gp *gp, struct objpool_deferred *d,
	objpool_deferred_fn *fn);

/** Counters of a domain. */
struct objpool_gp_stats {
	uint64_t grace_periods; /**< that the library waited for */
	uint64_t stalls;        /**< reports of grace periods held up */
	uint64_t deferred;      /**< functions queued, the library's included */
	uint64_t run;           /**< functions run */
	uint64_t released;      /**< pools released */
	uint64_t last_in_fini;  /**< of them: last reference given by the drain */
	uint64_t last_in_push;  /**< by a push on the finished pool */
	uint64_t last_in_drop;  /**< by a drop */
	uint64_t parked;        /**< objects in limbo, all pools, now */
	uint32_t nr_pools;      /**< pools that are not released, now */
	uint32_t nr_readers;    /**< registered readers, now */
};

/** Read the counters. Any thread, but not from a deferred function's read
 * section of its own; takes a lock. */
void
objpool_gp_get_stats(struct objpool_gp *gp, struct objpool_gp_stats *stats);

/** Longest name of a reader, in characters. */
#define OBJPOOL_READER_NAME_MAX 31u

/**
 * A reader with a name, for the report on a grace period that is held up:
 *
 *   objpool: liburcu: blocked 1000 ms waiting for lcore-3 to quiesce
 *   (18432 objects parked in 2 pools)
 *
 * The structure is the caller's, and must live until it is unregistered. It is
 * filled by objpool_reader_register(), or the inlines of objpool/urcu.h and
 * objpool/rte_qsbr.h, which know how to ask.
 */
struct objpool_reader {
	struct objpool_reader *next;
	char name[OBJPOOL_READER_NAME_MAX + 1];
	/** Does this reader hold up the grace period that is being waited for?
	 * Called by the domain's threads while the report is made. cookie is
	 * start()'s, or 0 where the table has none. */
	bool (*is_holding)(const struct objpool_reader *reader,
		uint64_t cookie);
	const void *word[2]; /**< for is_holding */
	uint64_t number;     /**< for is_holding */
};

/**
 * Make a reader known; is_holding and what it needs are set by the caller, the
 * name (cut at OBJPOOL_READER_NAME_MAX) and the link here.
 * @return 0; -EINVAL a NULL argument or no is_holding.
 * Takes a lock; at a thread's start, not on the fast path.
 */
int
objpool_reader_register(struct objpool_gp *gp, struct objpool_reader *reader,
	const char *name);

/** Forget a reader: before its thread ends. Nothing happens if it is not known.
 * Takes a lock. */
void
objpool_reader_unregister(struct objpool_gp *gp, struct objpool_reader *reader);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_RCU_H */
