/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The mempool driver "objpool": rte_mempool_ops translated into calls of the
 * library, which the plugin carries inside itself.
 *
 * A mempool's pool_data points to a struct state in a memzone (state.h); the
 * memory of the pool comes from memzones too (memzone.c). So all processes of
 * an application can use the mempool.
 *
 * The pool starts empty: mempool allocates the objects, and populating is a
 * push of each. There is a slot for each lcore id and some for threads that
 * have none (control threads, unregistered threads), which the library hands
 * out. An lcore id is only a wish for a slot: threads that come with the same
 * one after the other, or in two processes by mistake, are told apart.
 *
 * mempool ignores what enqueue returns, so enqueue must not fail, and does not.
 * dequeue takes all or nothing. Both leave at the first unusual sign for what
 * belongs to mempools that are replaced or about to end (replace.c). They mark
 * the pool, so that its end can wait for them. Both refuse when pool_data is
 * not ours, which happens when processes loaded different drivers: mempool
 * finds operations by their place in a table that each process fills in its own
 * order. state.h says how this is noticed, from both sides.
 */

#include <errno.h>
#include <stdbool.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "objpool_mempool.h"
#include "replace.h"
#include "retire.h"
#include "state.h"

/* For threads without an lcore id. */
#define SPARE_SLOTS 32u
#define NR_SLOTS    RTE_MIN(RTE_MAX_LCORE + SPARE_SLOTS, OBJPOOL_SLOTS_MAX)

int
lcore_key(void)
{
	unsigned int lcore = rte_lcore_id();

	return lcore == LCORE_ID_ANY ? -1 : (int)lcore;
}

struct state *
state_refuse(const struct rte_mempool *mp)
{
	static bool told;

	if (mp->pool_data != NULL &&
		!__atomic_exchange_n(&told, true, __ATOMIC_RELAXED))
		SAY(ERR,
			"mempool %s was made with other drivers loaded: start "
			"all processes with the same -d options in the same "
			"order",
			mp->name);
	return NULL;
}

/* DOUBT as in fast.c; else the pool may be somebody else's, or replaced. */
static __rte_noinline int
enqueue_rest(struct rte_mempool *mp, void *const *objs, unsigned int n,
	enum objpool_outcome_ why)
{
	struct state *s = state_of(mp);

	if (unlikely(s == NULL))
		return -EINVAL;
	if (unlikely(why == OBJPOOL_DOUBT_))
		return objpool_slot_push_(state_seat(mp), objs, n, why);
	if (unlikely(atomic_load_explicit(&s->mixed, memory_order_relaxed)))
		return replace_enqueue(mp, objs, n);
	return objpool_push_bulk_keyed(objs, n, &s->pool, lcore_key);
}

static __rte_noinline int
dequeue_rest(struct rte_mempool *mp, void **objs, unsigned int n,
	enum objpool_outcome_ why)
{
	struct state *s = state_of(mp);
	int ret;

	if (unlikely(s == NULL))
		return -EINVAL;
	if (unlikely(why == OBJPOOL_DOUBT_) &&
		objpool_slot_pop_(state_seat(mp), objs, n, why) == 0)
		return 0;
	if (likely(atomic_load_explicit(&s->by, memory_order_relaxed) ==
		    NULL)) {
		ret = objpool_pop_bulk_keyed(&s->pool, objs, n, lcore_key);
		if (likely(ret != -ESHUTDOWN))
			return ret;
	}
	return replace_dequeue(s, objs, n);
}

/* The thread's slot, if nothing diverts it: then it is that of a pool which
 * serves its mempool, and gets nobody else's objects (fast.c). What is left over
 * is called in the end only, so that this needs no stack. */
static int
enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	struct objpool_slot *slot = state_seat(mp);
	enum objpool_outcome_ outcome = OBJPOOL_SHORT_;

	if (likely(slot != NULL))
		outcome = objpool_marked_push_(slot, objs, n,
			OBJPOOL_SLOT_MARKED_, true);
	return likely(outcome == OBJPOOL_DONE_) ?
		0 :
		enqueue_rest(mp, objs, n, outcome);
}

static int
dequeue(struct rte_mempool *mp, void **objs, unsigned int n)
{
	struct objpool_slot *slot = state_seat(mp);
	enum objpool_outcome_ outcome = OBJPOOL_SHORT_;

	if (likely(slot != NULL))
		outcome = objpool_marked_pop_(slot, objs, n,
			OBJPOOL_SLOT_MARKED_, true);
	return likely(outcome == OBJPOOL_DONE_) ?
		0 :
		dequeue_rest(mp, objs, n, outcome);
}

static unsigned int
get_count(const struct rte_mempool *mp)
{
	struct state *s = state_of(mp);

	return s == NULL ? 0 : replace_count(mp, s);
}

bool
is_ours(const struct rte_mempool *mp)
{
	/* By a function, not by name: there may be two names for us. */
	return rte_mempool_get_ops(mp->ops_index)->enqueue == enqueue;
}

/* rte_mempool_dump() may print this without asking whether it is known. */
static int
get_info(const struct rte_mempool *mp __rte_unused,
	struct rte_mempool_info *info)
{
	info->contig_block_size = 0;
	return 0;
}

static void
tell(void *ctx, const char *line)
{
	(void)ctx;
	SAY(NOTICE, "%s", line);
}

static int
alloc_pool(struct rte_mempool *mp)
{
	int nodes[NR_SLOTS];
	struct objpool_mem mem = { .ops = &state_zones };
	struct objpool_attr attr = {
		.name = mp->name,
		.nr_objs = mp->size,
		.flags = OBJPOOL_F_EXTERNAL | OBJPOOL_F_MARKED,
		.nr_slots = NR_SLOTS,
		.slot_nodes = nodes,
		.mem = &mem,
		.log = tell,
	};
	struct state *s = state_new(mp);
	int ret = -ENOMEM;

	if (s == NULL)
		goto err_tell;
	mem.ctx = s;
	for (unsigned int i = 0; i < NR_SLOTS; i++)
		nodes[i] = state_node(mp, i);
	ret = objpool_init(&s->pool, &attr);
	if (ret < 0)
		goto err_state;
	s->magic = STATE_MAGIC;
	mp->pool_data = s;
	SAY(INFO, "mempool %s: an objpool of %u objects", mp->name, mp->size);
	return 0;

err_state:
	state_free(s);
err_tell:
	SAY(ERR, "mempool %s: no objpool of %u objects (at most %u): %s",
		mp->name, mp->size, OBJPOOL_OBJS_MAX, rte_strerror(-ret));
	/* rte_mempool_create() reports this, not what we return. */
	rte_errno = -ret;
	return ret;
}

/* Called for mempools in every state, also when alloc_pool() failed or never
 * ran. mempool has taken what objects it could reach, and freed them. Only the
 * process that made a mempool can free it; a child that it forked can, too, and
 * then (-EPERM) has only the shared memory to give back. */
static void
free_pool(struct rte_mempool *mp)
{
	struct state *s = state_of(mp);

	retire_forget(mp);
	if (s == NULL)
		return;
	mp->pool_data = NULL;
	if (!replace_forget(s))
		return;
	(void)objpool_free_forced(&s->pool);
	state_free(s);
}

const struct rte_mempool_ops state_ops = {
	.name = "objpool",
	.alloc = alloc_pool,
	.free = free_pool,
	.enqueue = enqueue,
	.dequeue = dequeue,
	.get_count = get_count,
	.get_info = get_info,
};
