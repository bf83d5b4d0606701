/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The text of lib/core, unchanged, under the Relacy race detector.
 *
 * Relacy runs the threads of a contest as fibers and chooses, at every atomic
 * access, who goes on and which of the values that C11 allows a load returns.
 * Here are the C11 names that lib/core uses, in Relacy's terms, and around them
 *
 *   a ledger   that says who holds which object, and what it contains;
 *   events     that count what happened, so that no contest passes by having
 *              done nothing: a contest lists what must have been seen;
 *   death      of a thread at a random access.
 *
 * fence.h is used as it is. Contests run in two flavours: FENCED, where owners
 * pass full fences of their own, and FREE, where they pass none and the heavy
 * fence reaches them wherever they are (fence_all() in machine.cpp).
 *
 * What Relacy cannot see: reordering of a load after a later store (edge E9,
 * and E7 but for mutants that move the access); loads that look back further
 * than two stores; a sequentially consistent fence weaker than one that
 * synchronizes with the one before (FREE does without).
 */

#ifndef TEST_MODEL_H
#define TEST_MODEL_H

#include <relacy/relacy.hpp>

#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define THREADS 3
#define OBJS    6
#define NOBODY  (-1)

enum flavour {
	FENCED,
	FREE,
	FLAVOURS
};

/* What may happen to a block, and what may come of it. */
#define EVENTS(X)                                                              \
	X(TOO_LATE) /* a thief did not settle what it marked */                \
	X(ADOPTED)  /* PUB(0) -> PRIV */                                       \
	X(REBIASED) /* PUB(s) -> PRIV(s) */                                    \
	X(MARKED)   /* PRIV -> REVK */                                         \
	X(SETTLED)  /* REVK -> PUB(s), by a thief */                           \
	X(SETTLED_BY_OWNER)                                                    \
	X(RELEASED)      /* PRIV -> PUB(0) */                                  \
	X(RELEASED_REVK) /* REVK -> PUB(0) */                                  \
	X(RELEASED_PUB)  /* PUB(s) -> PUB(0) */                                \
	X(BOUND)         /* PUB(0) -> PUB(s) */                                \
	X(TAKEN)                                                               \
	X(PUT)                                                                 \
	X(RACED)    /* a change of W that came too late */                     \
	X(INCLUDED) /* an operation that a thief had settled for */            \
	X(LOST_POP)                                                            \
	X(LOST_PUSH)                                                           \
	X(UNDECIDED) /* marked with T still of an earlier owner */             \
	X(COLLIDED)  /* adopted with a gen that the tag rule changed */        \
	X(DIED)                                                                \
	X(LOST_OBJECT) /* with a dead thread */                                \
	X(INHERITED)                                                           \
	X(SCANNED_SHORT)                                                       \
	X(SCANNED_ENOUGH)                                                      \
	X(FAILED_POP)                                                          \
	X(EXPOSED) /* a slot let go because of a revocation */                 \
	X(STOLEN)                                                              \
	X(OPENED) /* a batch of limbo: PUB(0) -> LIMBO(s) */                   \
	X(PARKED) /* objects put into it */                                    \
	X(CLOSED)                                                              \
	X(CLOSED_BY_OTHER)                                                     \
	X(LET_GO) /* LIMBO(s) -> LIMBO(0) */                                   \
	X(LET_GO_EARLY)                                                        \
	X(REOPENED)                                                            \
	X(RIPENED)   /* LIMBO -> PUB */                                        \
	X(DISSOLVED) /* LIMBO(s) -> PUB(0), empty, by an heir */               \
	X(GRACE)     /* a period began, no section running */                  \
	X(GRACE_HELD_UP)                                                       \
	X(EMPTIED) /* a block, to make a batch of it */                        \
	X(LOOKED)  /* a reader found an object */                              \
	X(LOOKED_IN_VAIN)                                                      \
	X(WAITED)  /* the end of a pool, for a mark */                         \
	X(REFUSED) /* an operation on a finished pool */                       \
	X(RELEASED_POOL)                                                       \
	X(NESTED) /* a handler interrupted an operation */                     \
	X(NESTED_TWICE)                                                        \
	X(UNNESTED)   /* or what was between two */                            \
	X(JOINED)     /* a second process, told to all slots */                \
	X(LEFT)       /* an owner fences from now on */                        \
	X(FENCE_FREE) /* a slot was claimed so, or not */                      \
	X(NOT_FREE)                                                            \
	X(REACHED_OWN) /* by a heavy fence: the caller's process */            \
	X(REACHED_OTHERS)                                                      \
	X(SPARED)    /* a thief settled without: the owner fences */           \
	X(CAME_HOME) /* a far push put into a block there */                   \
	X(WON)       /* what several tried */                                  \
	X(WON_NOT)

enum event {
	NOTHING,
#define X(name) name,
	EVENTS(X)
#undef X
	EVENTS_MAX
};

struct contest {
	const char *name;
	unsigned int times; /* iterations, in each flavour */
	void (*set_up)(void);
	void (*thread[THREADS])(void);
	void (*check)(void); /* when all are done */
	enum event seen[12]; /* each at least once; ends with the first 0 */
	bool is_free;        /* it is about fence-free owners: only FREE */
};

/* Of each of the programs blocks, hands, homing, limbo, marks, orphans, parked,
 * pool, reach, scans and signals. */
extern const struct contest contests[];
extern const unsigned int nr_contests;

/* State of the run, runner.cpp. */
extern enum flavour flavour;
extern uint64_t seen[EVENTS_MAX];

static inline void
saw(enum event e)
{
	seen[e]++;
}

static inline int
self(void)
{
	return (int)rl::thread_index();
}

/* Is this thread, as an owner, to pass fences of its own? */
static inline bool
fenced(void)
{
	return flavour == FENCED;
}

#define CHECK(x) RL_ASSERT(x)

/* --- the machine, machine.cpp --- */

/* Before a contest is set up, and when a thread of it has done its part. */
void
machine_start(void);
void
machine_end_thread(void);

/* Set up: the last so many threads are another process than the others. A heavy
 * fence reaches the threads of its caller's, or all. */
extern unsigned int nr_threads_apart;

/* Set up: the command that reaches all is not to be had. */
extern bool reach_is_short;

/* Set up: may the thread with this token still run? NULL: yes. */
extern bool (*may_run)(uint64_t token);

/* --- the ledger --- */

/* Make objects 0 to n - 1, all in the pool. */
void
ledger_start(unsigned int n);

/* Say before the start that a thread holds this one. */
void *
ledger_deal(unsigned int obj, int thread);

void
ledger_stop(void);

/* The calling thread got these, or is about to give them. */
void
ledger_got(void *const *objs, unsigned int n);
void
ledger_give(void *const *objs, unsigned int n);

/* The same, while readers may look at them: their content stays, and nobody may
 * get them before a grace period. */
void
ledger_give_rcu(void *const *objs, unsigned int n);

/* Whoever held it is dead. */
void
ledger_bury(const void *obj);

/* Say before the start that this one lies in limbo, given back just now. */
void
ledger_park(unsigned int obj);

/* A reader found this one: what does it contain? */
unsigned int
ledger_look(const void *obj);

/* An access that means nothing, to let others go first. */
void
ledger_idle(void);

/* Found in the pool, when all is over. */
void
ledger_found(void *obj);

/* Everything that nobody holds was found, but for `lost` at most. */
void
ledger_balance(unsigned int lost);

/* What the calling thread holds; its last in, first out. */
struct hand {
	void *objs[OBJS];
	unsigned int n;
};

extern struct hand hands[THREADS];

static inline struct hand *
hand(void)
{
	return &hands[self()];
}

/* --- death --- */

struct death {
};

/* Let the calling thread die (throw death) before its n-th access from now. */
void
die_at(unsigned int n);

/* --- accesses --- */

/* Where the W words are, of blocks of cap entries. */
void
watch_blocks(void *first, size_t stride, unsigned int n, unsigned int cap);
void
watch_more_blocks(void *first, size_t stride, unsigned int n);

/* Called before every access to what is there; may throw. */
void
on_access(const void *at);

/* Called after it, when the thread goes on, if a contest wants that. */
extern void (*on_resume)(void);

/* Memory that will be freed in a contest: to touch it is a race with that. */
void
guard_memory(const void *from, size_t size);
void
guard_free(void);

/* Called for loads of W, and for its changes. */
void
on_load(const void *at, uint64_t value);
void
on_change(const void *at, bool done, uint64_t from, uint64_t to);

#include "c11.h"

/* A flag by which contests order their threads. */
typedef cell<uint32_t> flag;

static inline void
raise(flag *f)
{
	atomic_store_explicit(f, 1, memory_order_release);
}

static inline void
await(flag *f)
{
	while (atomic_load_explicit(f, memory_order_acquire) == 0)
		rl::yield(1, $);
}

/* lib/core, with blocks of four. */
#define OBJPOOL_ENTRIES_ATOMIC 1
#define CAP                    4

#include "core/owner.h"
#include "core/thief.h"

#endif /* TEST_MODEL_H */
