/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Where mbufs come from. Each NUMA node that has ports gets one pool, named
 * mb_pool_NODE, with the mempool driver "objpool", which this program links, or
 * the one that --mbuf-pool-ops-name asks EAL for. That a driver of this name
 * exists is checked here, since mempool itself would only say "invalid
 * argument".
 *
 * A pool is large enough for all rings of all ports at once: the packets of a
 * port end up in another port's Tx ring, so each pool may have to fill all Tx
 * rings; bursts and caches of the lcores come on top.
 *
 * A pool can be replaced by another of its kind while ports use it: replace.c.
 * The counters that are printed are those of the pool that mbufs come from now.
 *
 * In the end, when all ports are closed, every mbuf must be home again, of all
 * generations. This is what the exit status of the program is about.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <objpool/objpool_mempool.h>

#include "pools.h"
#include "replace.h"
#include "complain.h"

#define DEFAULT_OPS   "objpool"
#define NR_MBUFS_MIN  8192
#define NR_MBUFS_STEP 1024

#define DASHES "------------------------"

/* The mempool driver to use, or NULL after a complaint. */
static const char *
choose_ops(void)
{
	const char *ops = rte_eal_mbuf_user_pool_ops();
	char names[RTE_MEMPOOL_MAX_OPS_IDX * (RTE_MEMPOOL_OPS_NAMESIZE + 1)];
	size_t len = 0;

	if (ops == NULL)
		ops = DEFAULT_OPS;
	names[0] = '\0';
	for (uint32_t i = 0; i < rte_mempool_ops_table.num_ops; i++) {
		const char *name = rte_mempool_ops_table.ops[i].name;

		if (strcmp(name, ops) == 0)
			return ops;
		len += snprintf(names + len, sizeof(names) - len, " %s", name);
	}
	complain("no mempool driver is called \"%s\"; give "
		 "--mbuf-pool-ops-name= one of:%s",
		ops, names);
	return NULL;
}

static int
check_node(const struct options *options)
{
	if (options->node == SOCKET_ID_ANY)
		return 0;
	for (unsigned int i = 0; i < rte_socket_count(); i++)
		if (rte_socket_id_by_idx(i) == options->node)
			return 0;
	complain("--socket-num=%d: this machine has no such NUMA node",
		options->node);
	return -ENODEV;
}

/* How many mbufs a pool gets; 0 after a complaint. */
static uint32_t
choose_size(const struct ports *ports, const struct options *options)
{
	uint64_t n = 0;

	if (options->nr_mbufs > 0) {
		if (options->nr_mbufs >= options->nr_cores * options->burst)
			return options->nr_mbufs;
		complain(
			"--total-num-mbufs=%u: less than a burst (%u) for each "
			"of %u forwarding lcores",
			options->nr_mbufs, options->burst, options->nr_cores);
		return 0;
	}
	for (uint16_t i = 0; i < ports->nr; i++)
		n += (uint64_t)options->nr_rxq * ports->port[i].nr_rxd +
			(uint64_t)options->nr_txq * ports->port[i].nr_txd;
	n += options->nr_cores * (BURST_MAX + options->cache_size * 3 / 2);
	n = RTE_ALIGN_CEIL(RTE_MAX(n, (uint64_t)NR_MBUFS_MIN),
		(uint64_t)NR_MBUFS_STEP);
	if (n > OBJPOOL_OBJS_MAX) {
		complain("all rings together want %" PRIu64 " mbufs, more than "
			 "a pool can have (%u); ask for fewer queues or "
			 "descriptors",
			n, OBJPOOL_OBJS_MAX);
		return 0;
	}
	return n;
}

static struct rte_mempool *
pool_create(int node, uint32_t n, const char *ops,
	const struct options *options)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *pool;

	snprintf(name, sizeof(name), "mb_pool_%d", node);
	printf("Creating mbuf pool <%s>: n=%u, size=%u, cache=%u, socket=%d, "
	       "ops=%s\n",
		name, n, options->mbuf_size, options->cache_size, node, ops);
	pool = rte_pktmbuf_pool_create_by_ops(name, n, options->cache_size, 0,
		options->mbuf_size, node, ops);
	if (pool != NULL)
		return pool;
	if (rte_errno == ENOMEM || rte_errno == ENOBUFS)
		complain("not enough memory on NUMA node %d for %u mbufs of %u "
			 "bytes, some %" PRIu64 " MiB; lower --total-num-mbufs "
			 "or reserve more hugepages",
			node, n, options->mbuf_size,
			((uint64_t)n * options->mbuf_size >> 20) + 1);
	else
		complain(
			"pool %s cannot be made with mempool driver \"%s\" (%s)",
			name, ops, rte_strerror(rte_errno));
	return NULL;
}

/* The pool that was made for a node, or NULL. */
static struct rte_mempool *
pool_of_node(const struct pools *pools, int node)
{
	for (unsigned int i = 0; i < pools->nr; i++)
		if (pools->pool[i].mp->socket_id == node)
			return pools->pool[i].mp;
	return NULL;
}

static void
pools_add(struct pools *pools, struct rte_mempool *mp)
{
	struct pool *pool = &pools->pool[pools->nr++];

	memset(pool, 0, sizeof(*pool));
	pool->mp = mp;
	pool->now = mp;
	pool->generation = 1;
	objpool_mempool_get_stats(mp, &pool->base);
}

int
pools_create(struct pools *pools, struct ports *ports,
	const struct options *options)
{
	const char *ops;
	uint32_t n;

	pools->nr = 0;
	if (check_node(options) < 0)
		return -ENODEV;
	ops = choose_ops();
	if (ops == NULL)
		return -EINVAL;
	n = choose_size(ports, options);
	if (n == 0)
		return -EINVAL;

	for (uint16_t i = 0; i < ports->nr; i++) {
		struct port *port = &ports->port[i];

		port->pool = pool_of_node(pools, port->node);
		if (port->pool != NULL)
			continue;
		port->pool = pool_create(port->node, n, ops, options);
		if (port->pool == NULL) {
			pools_free(pools);
			return -ENOMEM;
		}
		pools_add(pools, port->pool);
	}
	return 0;
}

static void
pool_print_counters(const struct objpool_stats *now,
	const struct objpool_stats *base)
{
	printf("  Pops:        %-13" PRIu64 " Pushes:      %-13" PRIu64
	       " Failed pops: %" PRIu64 "\n",
		now->pops - base->pops, now->pushes - base->pushes,
		now->fails - base->fails);
	printf("  Blocks in:   %-13" PRIu64 " Blocks out:  %-13" PRIu64
	       " Block size:  %u\n",
		now->blocks_in - base->blocks_in,
		now->blocks_out - base->blocks_out, now->block_objs);
	printf("  Revocations: %-13" PRIu64 " Steals:      %-13" PRIu64
	       " Conflicts:   %" PRIu64 "\n",
		now->revocations - base->revocations,
		now->steals - base->steals, now->conflicts - base->conflicts);
	printf("  Slots used:  %-13u Slots:       %-13u Own memory:  %" PRIu64
	       " KiB\n",
		now->nr_claimed, now->nr_slots, now->arena_bytes >> 10);
}

void
pools_print(const struct pools *pools)
{
	struct objpool_stats stats;

	for (unsigned int i = 0; i < pools->nr; i++) {
		const struct pool *pool = &pools->pool[i];
		const struct rte_mempool *mp = pool->now;

		printf("\n  " DASHES " Pool statistics: %-10s" DASHES "\n",
			pool->mp->name);
		if (objpool_mempool_get_stats(mp, &stats) == 0)
			pool_print_counters(&stats, &pool->base);
		printf("  Mbufs:       %-13u Free:        %-13u Driver:      "
		       "%s\n",
			mp->size, rte_mempool_avail_count(mp),
			rte_mempool_get_ops(mp->ops_index)->name);
		replace_print(pool);
		printf("  " DASHES DASHES DASHES "----\n");
	}
}

bool
pools_are_full(const struct pools *pools)
{
	bool full = true;

	for (unsigned int i = 0; i < pools->nr; i++) {
		const struct pool *pool = &pools->pool[i];
		const struct rte_mempool *mp = pool->now;
		unsigned int nr_back = rte_mempool_avail_count(mp);

		printf("mempool %s: %u of %u mbufs back\n", mp->name, nr_back,
			mp->size);
		if (nr_back != mp->size) {
			complain(
				"pool %s: %u mbufs are missing; some driver or "
				"mode has leaked them",
				mp->name, mp->size - nr_back);
			full = false;
		}
		if (!replace_is_over(pool))
			full = false;
	}
	return full;
}

void
pools_free(struct pools *pools)
{
	for (unsigned int i = 0; i < pools->nr; i++) {
		struct pool *pool = &pools->pool[i];

		if (pool->old != NULL)
			continue;
		rte_mempool_free(pool->mp);
		if (pool->now != pool->mp)
			rte_mempool_free(pool->now);
	}
	pools->nr = 0;
}
