/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the files of an agent share: agent.c reads commands, the others carry
 * them out. Each says which commands it knows. */

#ifndef OBJPOOL_TEST_DRIVER_AGENT_H
#define OBJPOOL_TEST_DRIVER_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mempool.h>

#include <objpool/objpool_mempool.h>
#include <objpool/rcu.h>

/* The driver's own functions. */
struct driver {
	int (*get_stats)(const struct rte_mempool *mp,
		struct objpool_stats *stats);
	int (*free_deferred)(struct rte_mempool *mp,
		objpool_mempool_freed_fn *freed, void *ctx);
	int (*replace)(struct rte_mempool *mp, struct rte_mempool *by,
		objpool_mempool_freed_fn *freed, void *ctx);
	unsigned int (*walk)(objpool_mempool_waiting_fn *fn, void *ctx);
	int (*wait)(uint32_t timeout_ms);
	int64_t (*reclaim)(struct rte_mempool *mp, objpool_reclaim_fn *may,
		void *ctx);
};

/* NULL if the driver is neither linked nor loaded. */
const struct driver *
agent_driver(void);

/* The mempool that commands are about. */
extern struct rte_mempool *agent_mp;

/* Make it; 0 or -1. */
int
agent_mempool_make(const char *ops, unsigned int n, unsigned int cache,
	unsigned int flags, void *config);

/* Carry a command out. False: it is none of this file's. */
bool
agent_mempool(const char *line, int *answer);
bool
agent_driver_command(const char *line, int *answer);
bool
agent_reclaim(const char *line, int *answer);
bool
agent_pool(const char *line, int *answer);
/* The library's own pool, and the domain that it is made with, or NULL. */
extern struct objpool *agent_pool_head;
extern struct objpool_gp *agent_gp;

/* Make it; 0 or what objpool_init() says. */
int
agent_pool_make(unsigned int n, unsigned int slots, uint32_t flags);

bool
agent_domain(const char *line, int *answer);

/* What an object that we hold is stamped with. */
uint64_t
stamp_of_own(void);

/* Work that goes on until the next command comes. */
void
agent_work(void);

#endif /* OBJPOOL_TEST_DRIVER_AGENT_H */
