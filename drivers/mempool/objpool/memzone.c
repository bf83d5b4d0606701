/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Memory of a mempool's pool: memzones, which all processes of an application
 * see at the same address.
 *
 * They are few: one for the state and one for each area that the library asks
 * for, about one a NUMA node. Their names are OP_<mempool>_<number>, which fits
 * whatever the mempool's name and is no name that mempool gives its own.
 *
 * The state lists them, so that a zone is found again by its address. Only the
 * process that makes or ends the pool uses the list; mempool sees to that.
 * Which process it is, a number from its start says beside its id: forked
 * children have another id, processes in other containers another number.
 *
 * Memzones may hold what was in their place before, so they are zeroed here.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include "state.h"

static uint64_t stamp;

RTE_INIT(objpool_mempool_stamp)
{
	stamp = rte_rdtsc();
}

static const struct rte_memzone *
reserve(const char *pool, unsigned int nr, size_t len, size_t align, int node)
{
	const struct rte_memzone *zone;
	char name[RTE_MEMZONE_NAMESIZE];

	snprintf(name, sizeof(name), "OP_%s_%u", pool, nr % STATE_ZONES);
	zone = rte_memzone_reserve_aligned(name, len, node, 0,
		(unsigned int)align);
	if (zone == NULL && rte_errno == ENOMEM && node != SOCKET_ID_ANY) {
		zone = rte_memzone_reserve_aligned(name, len, SOCKET_ID_ANY, 0,
			(unsigned int)align);
		if (zone != NULL)
			SAY(NOTICE,
				"mempool %s: no %zu bytes left on node %d, "
				"taken from another: lcores there will be "
				"slower",
				pool, len, node);
	}
	if (zone != NULL)
		memset(zone->addr, 0, zone->len);
	return zone;
}

static int
zone_alloc(void *ctx, size_t len, size_t align, int node,
	const struct objpool_teller *teller, struct objpool_area *area)
{
	const struct rte_memzone *zone;
	struct state *s = ctx;

	(void)teller; /* reserve() tells, also for the state, which has none */
	if (s->nr_zones == STATE_ZONES)
		return -ENOMEM;
	zone = reserve(s->name, s->nr_zones, len, align, node);
	if (zone == NULL)
		return -ENOMEM;
	s->zone[s->nr_zones++] = zone;
	*area = (struct objpool_area){
		.addr = zone->addr,
		.len = len,
		.mapped = zone->len,
		.page_size = zone->hugepage_sz,
		.node = node,
	};
	return 0;
}

static void
zone_free(void *ctx, const struct objpool_area *area)
{
	struct state *s = ctx;

	for (unsigned int i = 1; i < s->nr_zones; i++) {
		if (s->zone[i] == NULL || s->zone[i]->addr != area->addr)
			continue;
		rte_memzone_free(s->zone[i]);
		s->zone[i] = NULL;
		return;
	}
}

const struct objpool_mem_ops state_zones = {
	.name = "memzone",
	.shared = 1,
	.alloc = zone_alloc,
	.free = zone_free,
};

/* Never "any" where that can be helped, so that memory is not split in more
 * parts than there are nodes. A mempool can also be in a heap of external
 * memory, with a number beyond the nodes'; that is for its objects. */
static int
mempool_node(const struct rte_mempool *mp)
{
	if (mp->socket_id >= 0 && mp->socket_id < RTE_MAX_NUMA_NODES)
		return mp->socket_id;
	if ((int)rte_socket_id() != SOCKET_ID_ANY)
		return (int)rte_socket_id();
	return rte_socket_id_by_idx(0);
}

int
state_node(const struct rte_mempool *mp, unsigned int slot)
{
	rte_cpuset_t cpus;

	if (slot >= RTE_MAX_LCORE || rte_lcore_has_role(slot, ROLE_OFF) != 0)
		return mempool_node(mp);
	/* Lcore ids need not be CPU numbers (--lcores 0@8), but EAL keeps the
	 * node of CPU n with lcore n. */
	cpus = rte_lcore_cpuset(slot);
	for (unsigned int cpu = 0; cpu < RTE_MAX_LCORE; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			return (int)rte_lcore_to_socket_id(cpu);
	return mempool_node(mp);
}

struct state *
state_new(const struct rte_mempool *mp)
{
	const struct rte_memzone *zone;
	struct state *s;

	zone = reserve(mp->name, 0, sizeof(*s), RTE_CACHE_LINE_SIZE,
		mempool_node(mp));
	if (zone == NULL)
		return NULL;
	s = zone->addr;
	s->creator = getpid();
	s->creator_stamp = stamp;
	snprintf(s->name, sizeof(s->name), "%s", mp->name);
	s->zone[s->nr_zones++] = zone;
	return s;
}

bool
state_is_mine(const struct state *s)
{
	return s->creator == getpid() && s->creator_stamp == stamp;
}

void
state_free(struct state *s)
{
	const struct rte_memzone *own = s->zone[0];

	for (unsigned int i = 1; i < s->nr_zones; i++)
		if (s->zone[i] != NULL)
			rte_memzone_free(s->zone[i]);
	/* Whoever still comes with the old address shall be refused. */
	s->magic = 0;
	s->pool.uid = 0;
	rte_memzone_free(own);
}
