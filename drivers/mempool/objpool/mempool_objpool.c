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
 * Here mempools begin and end; serve.c gets and puts.
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
	return rte_mempool_get_ops(mp->ops_index)->enqueue == serve_enqueue;
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
	struct state *s;
	int ret = reclaim_configure(mp, &attr);

	if (ret < 0) {
		rte_errno = -ret;
		return ret;
	}
	ret = -ENOMEM;
	s = state_new(mp);
	if (s == NULL)
		goto err_tell;
	mem.ctx = s;
	for (unsigned int i = 0; i < NR_SLOTS; i++)
		nodes[i] = state_node(mp, i);
	ret = objpool_init(&s->pool, &attr);
	if (ret < 0)
		goto err_state;
	s->has_holders = attr.flags & OBJPOOL_F_HOLDERS;
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
	.enqueue = serve_enqueue,
	.dequeue = serve_dequeue,
	.get_count = get_count,
	.populate = reclaim_populate,
	.get_info = get_info,
};
