/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* DPDK's mempools, whatever their driver and the size of their cache: by
 * rte_mempool_get_bulk() and rte_mempool_put_bulk(), which are inline and call
 * the driver through its table of operations when the cache does not serve.
 * The driver objpool is one of them.
 *
 * Objects are made as rte_mempool_create() makes them, with a header of 64
 * bytes each.
 */

#include <errno.h>
#include <stdio.h>

#include <rte_errno.h>
#include <rte_mempool.h>

#include "loop.h"
#include "mempool.h"

static __rte_always_inline int
get_of_mempool(void *handle, void *seat __rte_unused, void **objs,
	unsigned int n)
{
	return rte_mempool_get_bulk(handle, objs, n);
}

static __rte_always_inline void
put_of_mempool(void *handle, void *seat __rte_unused, void *const *objs,
	unsigned int n)
{
	rte_mempool_put_bulk(handle, objs, n);
}

LOOPS(mempool, get_of_mempool, put_of_mempool)

/* A name that no other pool of this run has. */
static struct rte_mempool *
create_empty(const struct contestant *contestant, const struct setup *setup)
{
	static unsigned int count;
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "bench%u", count++);
	return rte_mempool_create_empty(name, setup->nr_objs, setup->obj_size,
		contestant->cache, 0, SOCKET_ID_ANY, 0);
}

static void
add_chunk(struct rte_mempool *mp __rte_unused, void *sum,
	struct rte_mempool_memhdr *chunk, unsigned int index __rte_unused)
{
	*(size_t *)sum += chunk->len;
}

int
mempool_open(struct pool *pool, const struct setup *setup)
{
	const struct contestant *contestant = pool->contestant;
	struct rte_mempool *mp;
	int ret;

	if (contestant->cache * 3 / 2 > setup->nr_objs) {
		pool->why = "mempool allows no such cache for so few objects";
		return -EINVAL;
	}
	mp = create_empty(contestant, setup);
	if (mp == NULL)
		return -rte_errno;
	ret = rte_mempool_set_ops_byname(mp, contestant->ops, NULL);
	if (ret < 0) {
		pool->why = "there is no such mempool driver";
		goto err_free;
	}
	ret = rte_mempool_populate_default(mp);
	if (ret < 0)
		goto err_free;
	pool->handle = mp;
	pool->objs_len = 0;
	rte_mempool_mem_iter(mp, add_chunk, &pool->objs_len);
	return 0;

err_free:
	rte_mempool_free(mp);
	return ret;
}

void
mempool_close(struct pool *pool)
{
	rte_mempool_free(pool->handle);
}

static void *
no_seat(void *handle __rte_unused, unsigned int worker __rte_unused)
{
	return NULL;
}

const struct kind mempool_kind = {
	.open = mempool_open,
	.close = mempool_close,
	.seat = no_seat,
	.loops = &mempool_loops,
	.is_shared = true,
};
