/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mempools whose objects say who holds them (OBJPOOL_F_HOLDERS), so that those
 * of a dead process can be given back.
 *
 * The word is at the start of the header that mempool puts before each object:
 * with objects aligned to cache lines that has more room than mempool uses. The
 * memory need not be zero, so the word is made 0 when the object is added.
 *
 * mempool's own caches are refused. They lie in shared memory, an lcore's outlives
 * its process, and whoever gets the lcore id next finds in it what was given
 * back to the pool before.
 *
 * A mempool may come to its end by what is given back (retire.c), and its
 * objects be taken out of it meanwhile (replace.c). So it is held while it is
 * worked on.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "objpool_mempool.h"
#include "retire.h"
#include "state.h"

/* By name: who asks for "ring_mp_mc" does not know of us, and may pass
 * anything. */
static const struct objpool_mempool_config *
config_of(const struct rte_mempool *mp)
{
	return strcmp(rte_mempool_get_ops(mp->ops_index)->name,
		       state_ops.name) == 0 ?
		mp->pool_config :
		NULL;
}

int
reclaim_configure(const struct rte_mempool *mp, struct objpool_attr *attr)
{
	const struct objpool_mempool_config *config = config_of(mp);
	const char *why = NULL;

	if (config == NULL ||
		(config->size == sizeof(*config) && config->flags == 0))
		return 0;
	if (config->size != sizeof(*config)) {
		SAY(ERR,
			"mempool %s: its config has %u bytes, this version's "
			"%zu: build the program with this version's header",
			mp->name, config->size, sizeof(*config));
		return -EINVAL;
	}
	if (config->flags != OBJPOOL_F_HOLDERS) {
		SAY(ERR,
			"mempool %s: its config has flags %#x: only "
			"OBJPOOL_F_HOLDERS (%#x) is for mempools",
			mp->name, config->flags, OBJPOOL_F_HOLDERS);
		return -EINVAL;
	}
	if (mp->cache_size > 0)
		why = "a cache size of 0";
	else if (mp->header_size <
		sizeof(struct rte_mempool_objhdr) + sizeof(uint64_t))
		why = "room before objects: no RTE_MEMPOOL_F_NO_CACHE_ALIGN";
	if (why != NULL) {
		SAY(ERR, "mempool %s: OBJPOOL_F_HOLDERS needs %s", mp->name,
			why);
		return -ENOTSUP;
	}
	attr->flags |= OBJPOOL_F_HOLDERS;
	attr->holder_at = -(int64_t)mp->header_size;
	return 0;
}

struct adding {
	rte_mempool_populate_obj_cb_t *add;
	void *arg;
};

static void
add_object(struct rte_mempool *mp, void *opaque, void *obj, rte_iova_t iova)
{
	const struct adding *adding = opaque;

	if (mp->header_size >=
		sizeof(struct rte_mempool_objhdr) + sizeof(uint64_t))
		memset(RTE_PTR_SUB(obj, mp->header_size), 0, sizeof(uint64_t));
	adding->add(mp, adding->arg, obj, iova);
}

int
reclaim_populate(struct rte_mempool *mp, unsigned int max_objs, void *vaddr,
	rte_iova_t iova, size_t len, rte_mempool_populate_obj_cb_t *obj_cb,
	void *obj_cb_arg)
{
	struct adding adding = { obj_cb, obj_cb_arg };

	return rte_mempool_op_populate_default(mp, max_objs, vaddr, iova, len,
		add_object, &adding);
}

/* As rte_mempool_obj_iter(); a replaced mempool's are where they were taken to. */
static uint32_t
list_objects(const struct rte_mempool *mp, void **objs)
{
	bool is_child = retire_is_child();
	const struct rte_mempool_objhdr *header;
	uint32_t n = 0;

	if (!is_child)
		retire_lock();
	STAILQ_FOREACH(header, is_child ? &mp->elt_list : retire_objects(mp),
		next)
	{
		if (n == mp->size)
			break;
		objs[n++] = (void *)(uintptr_t)&header[1];
	}
	if (!is_child)
		retire_unlock();
	return n;
}

static int64_t
reclaim(const struct rte_mempool *mp, objpool_reclaim_fn *may, void *ctx)
{
	struct state *s = is_ours(mp) ? state_of(mp) : NULL;
	int64_t given;
	void **objs;

	if (s == NULL)
		return -EINVAL;
	if (!s->has_holders)
		return -ENOTSUP;
	/* It ends when the creator says so, who cannot be kept from it. */
	if (atomic_load_explicit(&s->by, memory_order_acquire) != NULL &&
		!state_is_mine(s))
		return -EPERM;
	objs = calloc(mp->size, sizeof(*objs));
	if (objs == NULL)
		return -ENOMEM;
	/* This thread's slot is its lcore's, before the library chooses one. */
	objpool_leave(&s->pool, objpool_enter(&s->pool, lcore_key));
	given = objpool_reclaim_among(&s->pool, objs, list_objects(mp, objs),
		may, ctx);
	free(objs);
	return given;
}

int64_t
objpool_mempool_reclaim(struct rte_mempool *mp, objpool_reclaim_fn *may,
	void *ctx)
{
	struct hold hold;
	int64_t given;

	if (mp == NULL)
		return -EINVAL;
	/* Nothing is out of one that has ended. */
	if (!retire_hold(&hold, mp))
		return 0;
	given = reclaim(mp, may, ctx);
	retire_let_go(&hold);
	return given;
}
