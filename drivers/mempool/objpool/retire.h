/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What waits to end, and the control thread that sees to it (retire.c).
 */

#ifndef OBJPOOL_MEMPOOL_RETIRE_H
#define OBJPOOL_MEMPOOL_RETIRE_H

#include <sys/queue.h>

#include <objpool/rcu.h>

#include "objpool_mempool.h"
#include "state.h"

enum ending_kind {
	ENDING_MEMPOOL, /* objects and head */
	ENDING_OBJECTS, /* the objects of one that is replaced */
	ENDING_SERVICE, /* another's on behalf of one that is replaced again */
};

struct ending {
	TAILQ_ENTRY(ending) link;
	/* Constant after retire_add(). */
	enum ending_kind kind;
	char name[RTE_MEMPOOL_NAMESIZE];
	struct objpool_gp *gp; /* NULL: no grace period */
	objpool_mempool_freed_fn *freed;
	void *ctx;
	uint64_t since; /* TSC */
	struct objpool_deferred deferred;
	uint32_t nr_objs; /* to be home */
	/* ENDING_OBJECTS: taken out of the mempool. */
	struct rte_mempool_objhdr_list objs;
	struct rte_mempool_memhdr_list chunks;
	/* Under the lock. */
	struct rte_mempool *mp; /* NULL: gone, or about to be */
	bool has_grace;         /* the grace period is over */
	bool is_held;           /* its mempool is being freed by its user */
	/* The control thread's. */
	struct state *left; /* who served until now; NULL: nobody else did */
	bool is_quiet;      /* all that was in progress is over */
};

/* For the list, and for claims (replace.h). */
void
retire_lock(void);
void
retire_unlock(void);

/* Make an ending, and sure that there is a thread to do it. 0; -ENOMEM,
 * -EAGAIN. */
int
retire_prepare(struct rte_mempool *mp, objpool_mempool_freed_fn *freed,
	void *ctx, struct ending **ending);

/* Take back retire_prepare(). */
void
retire_cancel(struct ending *e);

/* Let it begin. With the lock. */
void
retire_add(struct ending *e);

/* Is it waiting to be freed already? With the lock. */
bool
retire_is_ending(const struct rte_mempool *mp);

/* Somebody works on a mempool that may be waiting, or begin to. */
struct hold {
	TAILQ_ENTRY(hold) link;
	const struct rte_mempool *mp; /* NULL: none */
};

/* From here on neither the mempool nor, if it is replaced, its objects end, until
 * they are let go. False: it has ended already, and nothing is held. A forked
 * child holds nothing, since nothing ends there. */
bool
retire_hold(struct hold *hold, const struct rte_mempool *mp);
void
retire_let_go(struct hold *hold);

/* The list of a mempool's own objects, wherever it is. With the lock. */
const struct rte_mempool_objhdr_list *
retire_objects(const struct rte_mempool *mp);

/* deferred.c: empty mempool's caches, after a grace period. */
void
deferred_flush_caches(struct rte_mempool *mp);

/* listed.c: is a mempool on DPDK's list? */
bool
listed_has(const struct rte_mempool *mp);

/* Take it off. */
void
listed_remove(const struct rte_mempool *mp);

/* Is this a child that was forked when the thread ran already? */
bool
retire_is_child(void);

/* Say that a mempool is another process's to end. -EPERM. */
int
retire_refuse(const struct rte_mempool *mp);

/* A mempool is freed by its user: nothing shall wait for it any more. */
void
retire_forget(struct rte_mempool *mp);

/* rename.c: give a mempool and its memzones names that nobody else uses. One
 * call at a time. */
void
rename_aside(struct rte_mempool *mp);

/* As that, but only for the memzones with its objects. */
void
rename_objects_aside(struct rte_mempool *mp);

/* holders.c: are its objects mbufs, as far as can be told? */
bool
holders_of_mbufs(struct rte_mempool *mp);

/* holders.c: find out where the objects are that an ending, of a closed
 * mempool, waits for. Fills all but name and seconds; holders go to text. */
void
holders_find(const struct ending *e, struct objpool_mempool_waiting *waiting,
	char *text, size_t size);

#endif /* OBJPOOL_MEMPOOL_RETIRE_H */
