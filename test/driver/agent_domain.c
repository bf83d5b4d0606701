/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* An agent's commands about domains. A variable of rte_rcu_qsbr lies in a
 * memzone, where the readers of all processes report to it; the domain over it
 * is of the process that makes it.
 *
 *   qsbr make        reserve the variable, make the domain   -> 0 or an error
 *   qsbr find        look the variable up                    -> 0 or -1
 *   qsbr online N    be reader N, online                     -> 0
 *   qsbr quiet       report a quiescent state                -> 0
 *   qsbr offline     be no reader any more                   -> 0
 *   qsbr watch N     call reader N, of any process, "visitor" in reports
 *                                                            -> 0 or an error
 *   qsbr bury N      unregister reader N, whose process is dead -> 0 or an error
 *   qsbr end         end the domain                          -> 0 or an error
 *   liburcu N        try to make a pool with a liburcu domain -> objpool_init()
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_memzone.h>
#include <rte_rcu_qsbr.h>

#include <objpool/rte_qsbr.h>
#ifdef AGENT_URCU
#include <urcu-qsbr.h>

#include <objpool/urcu.h>
#endif

#include "agent.h"

#define READERS 8

struct objpool_gp *agent_gp;
static struct rte_rcu_qsbr *variable;
static unsigned int own_id;
static struct objpool_reader reader;

static int
make(void)
{
	/* Reports come soon, for a test's sake. */
	const struct objpool_gp_attr attr = { .stall_ms = 50 };
	size_t size = rte_rcu_qsbr_get_memsize(READERS);
	const struct rte_memzone *zone =
		rte_memzone_reserve("qsbr", size, SOCKET_ID_ANY, 0);

	if (zone == NULL || rte_rcu_qsbr_init(zone->addr, READERS) != 0)
		return -1;
	variable = zone->addr;
	return objpool_gp_create_qsbr(variable, &attr, &agent_gp);
}

static int
find(void)
{
	const struct rte_memzone *zone = rte_memzone_lookup("qsbr");

	variable = zone != NULL ? zone->addr : NULL;
	return zone != NULL ? 0 : -1;
}

static int
go_online(unsigned int id)
{
	own_id = id;
	if (rte_rcu_qsbr_thread_register(variable, id) != 0)
		return -1;
	rte_rcu_qsbr_thread_online(variable, id);
	return 0;
}

static int
go_offline(void)
{
	rte_rcu_qsbr_thread_offline(variable, own_id);
	return rte_rcu_qsbr_thread_unregister(variable, own_id);
}

static int
end(void)
{
	int ret;

	objpool_reader_unregister(agent_gp, &reader);
	ret = objpool_gp_destroy(agent_gp);
	if (ret == 0) {
		agent_gp = NULL;
		rte_memzone_free(rte_memzone_lookup("qsbr"));
	}
	return ret;
}

#ifdef AGENT_URCU
static int
try_liburcu(unsigned int n)
{
	int ret = objpool_gp_create_urcu(&rcu_flavor, NULL, &agent_gp);

	if (ret == 0) {
		ret = agent_pool_make(n, 4, 0);
		if (objpool_gp_destroy(agent_gp) != 0)
			return -1;
	}
	agent_gp = NULL;
	return ret;
}
#endif

bool
agent_domain(const char *line, int *answer)
{
	unsigned int n;

	if (strcmp(line, "qsbr make\n") == 0)
		*answer = make();
	else if (strcmp(line, "qsbr find\n") == 0)
		*answer = find();
	else if (sscanf(line, "qsbr online %u", &n) == 1)
		*answer = go_online(n);
	else if (strcmp(line, "qsbr quiet\n") == 0) {
		rte_rcu_qsbr_quiescent(variable, own_id);
		*answer = 0;
	} else if (strcmp(line, "qsbr offline\n") == 0)
		*answer = go_offline();
	else if (sscanf(line, "qsbr watch %u", &n) == 1)
		*answer = objpool_reader_register_qsbr(agent_gp, &reader,
			"visitor", n);
	else if (sscanf(line, "qsbr bury %u", &n) == 1)
		*answer = rte_rcu_qsbr_thread_unregister(variable, n);
	else if (strcmp(line, "qsbr end\n") == 0)
		*answer = end();
#ifdef AGENT_URCU
	else if (sscanf(line, "liburcu %u", &n) == 1)
		*answer = try_liburcu(n);
#endif
	else
		return false;
	return true;
}
