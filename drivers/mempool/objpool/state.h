/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the pool_data of our mempools points to.
 *
 * The index of a mempool's operations is in shared memory, the table it points
 * into is not: a process that loaded its drivers in another order calls some
 * other driver's operations on our pool, or ours on some other driver's. Both
 * shall refuse instead of serving wrong objects.
 *  - Our state starts with zeros. Taken for a ring or a stack, it has room for
 *    no object and holds none. (Drivers of hardware pools read pool_data as a
 *    number of theirs; nothing we could put there would stop them.)
 *  - Our operations look for a magic number behind the zeros. It is no address,
 *    so pointers to objects that a ring or stack has there are not like it.
 *
 * It is in memzones, which all processes see at the same address: it points to
 * other states, never to functions or to memory of one process.
 */

#ifndef OBJPOOL_MEMPOOL_STATE_H
#define OBJPOOL_MEMPOOL_STATE_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_log.h>
#include <rte_mempool.h>
#include <rte_memzone.h>

#include <objpool/fast.h>
#include <objpool/mem.h>

/* Longer than a ring's or a stack's head. */
#define STATE_GUARD      (8 * RTE_CACHE_LINE_SIZE)
/* Of what processes share beside slots and blocks, here and in the library: to
 * be raised when any of it changes. */
#define STATE_VERSION    3
/* With the number of the layout: they share slots and blocks, too. */
#define STATE_MAGIC_BASE UINT64_C(0x9e6f626a706f6f6c)
#define STATE_MAGIC      (STATE_MAGIC_BASE + 10 * STATE_VERSION + OBJPOOL_LAYOUT)
#define STATE_LAYOUT_MAX 999 /* none will come near */
/* What the mempool's name leaves room for in a memzone's name. */
#define STATE_ZONES      100

struct state {
	/* Never written. */
	uint8_t guard[STATE_GUARD];
	/* Read by every operation; written at creation, and when the mempool is
	 * replaced or closed (replace.c). */
	uint64_t magic;
	_Atomic(struct state *)
		by; /* who serves: NULL this one; this one: nobody */
	_Atomic(uint32_t) mixed; /* 1: gets objects that are not its own */
	struct objpool pool;
	/* Creation and end only. */
	pid_t creator;
	uint64_t creator_stamp;
	_Atomic(uint32_t) nr_left; /* objects of one that is replaced */
	uint32_t nr_claims; /* mempools that this one serves instead of */
	bool is_orphan;     /* its mempool was freed in spite of them */
	bool has_holders;   /* OBJPOOL_F_HOLDERS */
	char name[RTE_MEMPOOL_NAMESIZE]; /* that it was created with */
	unsigned int nr_zones;
	const struct rte_memzone *zone[STATE_ZONES]; /* [0]: this struct */
};

static_assert(offsetof(struct state, magic) % RTE_CACHE_LINE_SIZE == 0 &&
		offsetof(struct state, pool) % RTE_CACHE_LINE_SIZE == 24,
	"what operations read is in one cache line");
static_assert(sizeof("OP__99") + RTE_MEMPOOL_NAMESIZE - 1 <=
		RTE_MEMZONE_NAMESIZE,
	"every mempool's name fits");

/* Reserve a state for the mempool: zero, and without magic. NULL: no memory. */
struct state *
state_new(const struct rte_mempool *mp);

/* Give it back, and the zones it still has. */
void
state_free(struct state *s);

/* The node that the slot of an lcore belongs on: its CPU's, or the mempool's
 * for lcores that this process does not have (another process's, a thread's
 * that is still to be registered) and for slots of no lcore. */
int
state_node(const struct rte_mempool *mp, unsigned int slot);

/* A source of memory that keeps its zones in the state given as its ctx. */
extern const struct objpool_mem_ops state_zones;

extern const struct rte_mempool_ops state_ops;

/* serve.c */
int
serve_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n);
int
serve_dequeue(struct rte_mempool *mp, void **objs, unsigned int n);

/* reclaim.c: what the mempool's config asks for, noted in attr. 0, or an error
 * after a line that says why. */
int
reclaim_configure(const struct rte_mempool *mp, struct objpool_attr *attr);

/* As mempool populates, with holder words that are 0. */
int
reclaim_populate(struct rte_mempool *mp, unsigned int max_objs, void *vaddr,
	rte_iova_t iova, size_t len, rte_mempool_populate_obj_cb_t *obj_cb,
	void *obj_cb_arg);

/* The slot that suits this thread, for the library. */
int
lcore_key(void);

/* Is it a mempool of this driver, populated or not? */
bool
is_ours(const struct rte_mempool *mp);

/* Say, once, what is wrong with a mempool that has something else. NULL. */
__rte_cold struct state *
state_refuse(const struct rte_mempool *mp);

/* NULL: the mempool is not populated yet, or its pool is not ours. */
static inline struct state *
state_of(const struct rte_mempool *mp)
{
	struct state *s = mp->pool_data;

	if (unlikely(s == NULL || s->magic != STATE_MAGIC))
		return state_refuse(mp);
	return s;
}

/* The calling thread's slot in the mempool's pool; NULL if it has to be looked
 * for. What another driver put where the pool's id is would have to equal a
 * random number of 62 bits that the thread remembers. */
static inline struct objpool_slot *
state_seat(const struct rte_mempool *mp)
{
	const struct state *s = mp->pool_data;

	return likely(s != NULL) ? objpool_seat_of_(&s->pool) : NULL;
}

/* Did this very process create it? Not its parent, nor another one of the
 * application. */
bool
state_is_mine(const struct state *s);

/* Make the mempools of this driver known to telemetry. */
void
telemetry_start(void);

extern int objpool_mempool_log;

/* Tell the user one line. */
#define SAY(level, fmt, ...)                                                   \
	rte_log(RTE_LOG_##level, (uint32_t)objpool_mempool_log,                \
		"objpool: " fmt "\n", ##__VA_ARGS__)

#endif /* OBJPOOL_MEMPOOL_STATE_H */
