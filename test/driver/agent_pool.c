/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* An agent's commands about a pool of the library in memzones, without the
 * driver; with a domain if agent_domain.c made one.
 *
 *   pool make N SLOTS     N objects                       -> 0 or an error
 *   pool marked N SLOTS   likewise, OBJPOOL_F_MARKED      -> 0 or an error
 *   pool find             look it up                      -> 0 or -1
 *   pool pop N            take N and hold them            -> 0 or an error
 *   pool push N, later N, drop N   give the last N held back, by push,
 *                         push_rcu or drop                -> what that returns
 *   pool cycle N          pop and push N objects 1000 times -> failed pops
 *   pool detach           give the slot back              -> 0
 *   pool fini, end, free  objpool_fini(), objpool_fini_wait() for 20 s,
 *                         objpool_free()                  -> what it returns
 *   pool left             objpool_outstanding()           -> number or error
 *   pool count, parked, claimed, shared                   -> number
 *   pool gone             how often it was released       -> number
 *
 * Held objects are stamped as in agent_mempool.c.
 */

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_memzone.h>

#include <objpool/mem.h>

#include "agent.h"

#define HELD_MAX 4096
#define TWICE    (-1000)

struct objpool *agent_pool_head;
static void *held[HELD_MAX];
static unsigned int nr_held;
static atomic_uint nr_released;

static int
zone_alloc(void *ctx, size_t len, size_t align, int node,
	const struct objpool_teller *teller, struct objpool_area *area)
{
	unsigned int *nr = ctx;
	const struct rte_memzone *zone;
	char name[RTE_MEMZONE_NAMESIZE];

	(void)node;
	(void)teller;
	snprintf(name, sizeof(name), "pool_%u", (*nr)++);
	zone = rte_memzone_reserve_aligned(name, len, SOCKET_ID_ANY, 0,
		(unsigned int)align);
	if (zone == NULL)
		return -ENOMEM;
	memset(zone->addr, 0, zone->len);
	*area = (struct objpool_area){
		.addr = zone->addr,
		.len = len,
		.mapped = zone->len,
		.node = node,
	};
	return 0;
}

static void
zone_free(void *ctx, const struct objpool_area *area)
{
	char name[RTE_MEMZONE_NAMESIZE];
	const struct rte_memzone *zone;

	for (unsigned int i = 0; i < *(unsigned int *)ctx; i++) {
		snprintf(name, sizeof(name), "pool_%u", i);
		zone = rte_memzone_lookup(name);
		if (zone != NULL && zone->addr == area->addr)
			rte_memzone_free(zone);
	}
}

/* Memzone "pool" has the head. */
static void
on_release(struct objpool *pool, void *ctx)
{
	(void)pool;
	(void)ctx;
	rte_memzone_free(rte_memzone_lookup("pool"));
	atomic_fetch_add(&nr_released, 1);
}

int
agent_pool_make(unsigned int n, unsigned int slots, uint32_t flags)
{
	static const struct objpool_mem_ops ops = {
		.name = "memzones",
		.shared = 1,
		.alloc = zone_alloc,
		.free = zone_free,
	};
	static unsigned int nr_zones;
	const struct objpool_mem mem = { .ops = &ops, .ctx = &nr_zones };
	const struct objpool_attr attr = {
		.name = "pool",
		.nr_objs = n,
		.obj_size = sizeof(uint64_t),
		.flags = flags,
		.nr_slots = slots,
		.mem = &mem,
		.gp = agent_gp,
		.release = on_release,
	};
	const struct rte_memzone *zone = rte_memzone_reserve("pool",
		sizeof(struct objpool), SOCKET_ID_ANY, 0);
	int ret;

	if (zone == NULL)
		return -ENOMEM;
	ret = objpool_init(zone->addr, &attr);
	if (ret < 0)
		rte_memzone_free(zone);
	else
		agent_pool_head = zone->addr;
	return ret;
}

static int
find(void)
{
	const struct rte_memzone *zone = rte_memzone_lookup("pool");

	agent_pool_head = zone != NULL ? zone->addr : NULL;
	return zone != NULL ? 0 : -1;
}

static int
pop(unsigned int n)
{
	_Atomic(uint64_t) *stamp;
	int ret;

	if (n > HELD_MAX - nr_held)
		return -1;
	ret = objpool_pop_bulk(agent_pool_head, held + nr_held, n);
	if (ret < 0)
		return ret;
	for (unsigned int i = 0; i < n; i++) {
		stamp = held[nr_held++];
		if (atomic_exchange(stamp, stamp_of_own()) != 0)
			ret = TWICE;
	}
	return ret;
}

typedef int
give_fn(void *const *objs, unsigned int n, struct objpool *pool);

static int
give(give_fn *fn, unsigned int n)
{
	_Atomic(uint64_t) *stamp;
	int ret;

	if (n > nr_held)
		return -1;
	nr_held -= n;
	for (unsigned int i = 0; i < n; i++) {
		stamp = held[nr_held + i];
		if (atomic_exchange(stamp, 0) != stamp_of_own()) {
			fprintf(stderr, "agent: a stamp has changed\n");
			exit(EXIT_FAILURE);
		}
	}
	ret = fn(held + nr_held, n, agent_pool_head);
	/* Still ours: hold it on. */
	if (ret == -ENOTSUP)
		for (unsigned int i = 0; i < n; i++)
			*(uint64_t *)held[nr_held++] = stamp_of_own();
	return ret;
}

static int
cycle(unsigned int n)
{
	int failed = 0, ret;

	for (unsigned int i = 0; i < 1000; i++) {
		ret = pop(n);
		if (ret == TWICE)
			return TWICE;
		if (ret == 0)
			give(objpool_push_bulk, n);
		else
			failed++;
	}
	return failed;
}

static bool
is_number_command(const char *line, int *answer)
{
	unsigned int n, slots;

	if (sscanf(line, "make %u %u", &n, &slots) == 2)
		*answer = agent_pool_make(n, slots, 0);
	else if (sscanf(line, "marked %u %u", &n, &slots) == 2)
		*answer = agent_pool_make(n, slots, OBJPOOL_F_MARKED);
	else if (sscanf(line, "pop %u", &n) == 1)
		*answer = pop(n);
	else if (sscanf(line, "push %u", &n) == 1)
		*answer = give(objpool_push_bulk, n);
	else if (sscanf(line, "later %u", &n) == 1)
		*answer = give(objpool_push_rcu_bulk, n);
	else if (sscanf(line, "drop %u", &n) == 1)
		*answer = give(objpool_drop_bulk, n);
	else if (sscanf(line, "cycle %u", &n) == 1)
		*answer = cycle(n);
	else
		return false;
	return true;
}

static int
ask(const char *what)
{
	struct objpool_stats stats;

	if (strcmp(what, "left\n") == 0)
		return (int)objpool_outstanding(agent_pool_head);
	objpool_get_stats(agent_pool_head, &stats);
	if (strcmp(what, "count\n") == 0)
		return (int)stats.nr_free;
	if (strcmp(what, "parked\n") == 0)
		return (int)stats.nr_parked;
	if (strcmp(what, "claimed\n") == 0)
		return (int)stats.nr_claimed;
	return strcmp(what, "shared\n") == 0 ? (int)stats.shared_objs : -1;
}

bool
agent_pool(const char *line, int *answer)
{
	if (strncmp(line, "pool ", 5) != 0)
		return false;
	line += 5;
	if (is_number_command(line, answer))
		return true;
	if (strcmp(line, "find\n") == 0)
		*answer = find();
	else if (strcmp(line, "gone\n") == 0)
		*answer = (int)atomic_load(&nr_released);
	else if (strcmp(line, "fini\n") == 0)
		*answer = objpool_fini(agent_pool_head);
	else if (strcmp(line, "end\n") == 0)
		*answer = objpool_fini_wait(agent_pool_head, 20000);
	else if (strcmp(line, "free\n") == 0)
		*answer = objpool_free(agent_pool_head);
	else if (strcmp(line, "detach\n") == 0) {
		objpool_detach(agent_pool_head);
		*answer = 0;
	} else
		*answer = ask(line);
	return true;
}
