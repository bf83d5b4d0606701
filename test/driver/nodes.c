/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Which NUMA nodes a mempool's pool is on: each lcore's slot on the node of the
 * CPU it runs on, whatever the lcore's number, and elsewhere, with a line about
 * it, if that node has no memory.
 *
 * On a machine of one node this shows only that the pool is on it. test/numa
 * runs it on emulated machines of several, of which one lacks memory.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_memzone.h>

#include "eal.h"

#define NODES_MAX 64

struct placement {
	const char *prefix;
	unsigned int nr_zones[NODES_MAX];
};

static void
note_zone(const struct rte_memzone *zone, void *arg)
{
	struct placement *p = arg;

	if (strncmp(zone->name, p->prefix, strlen(p->prefix)) == 0 &&
		zone->socket_id >= 0 && zone->socket_id < NODES_MAX)
		p->nr_zones[zone->socket_id]++;
}

/* The node of the CPU that an lcore really runs on. */
static int
node_of_lcore(unsigned int lcore)
{
	rte_cpuset_t cpus = rte_lcore_cpuset(lcore);

	for (unsigned int cpu = 0; cpu < RTE_MAX_LCORE; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			return (int)rte_lcore_to_socket_id(cpu);
	return 0;
}

static bool
has_memory(int node)
{
	const struct rte_memzone *zone =
		rte_memzone_reserve("probe", 1 << 20, node, 0);

	rte_memzone_free(zone);
	return zone != NULL;
}

static int
get_and_put(void *arg)
{
	struct rte_mempool *mp = arg;
	void *objs[100];

	for (unsigned int i = 0; i < 1000; i++) {
		if (rte_mempool_get_bulk(mp, objs, 100) < 0)
			return -1;
		rte_mempool_put_bulk(mp, objs, 100);
	}
	return 0;
}

static void
each_lcore_has_its_part_of_the_pool_on_its_node(void **state)
{
	struct placement p = { .prefix = "OP_nodes_" };
	char *text = NULL, line[80];
	struct rte_mempool *mp;
	size_t len = 0;
	FILE *log = open_memstream(&text, &len);
	unsigned int lcore;

	(void)state;
	assert_non_null(log);
	rte_openlog_stream(log);
	mp = mempool_new("nodes", 1000, 0);
	rte_openlog_stream(NULL);
	fclose(log);
	rte_memzone_walk(note_zone, &p);
	RTE_LCORE_FOREACH(lcore)
	{
		int node = node_of_lcore(lcore);

		printf("lcore %u: node %d, %u zones there\n", lcore, node,
			p.nr_zones[node]);
		snprintf(line, sizeof(line), "left on node %d", node);
		if (has_memory(node)) {
			assert_true(p.nr_zones[node] > 0);
			assert_null(strstr(text, line));
		} else {
			assert_int_equal(p.nr_zones[node], 0);
			assert_non_null(strstr(text, line));
		}
	}
	free(text);
	assert_int_equal(rte_eal_remote_launch(get_and_put, mp, 1), 0);
	assert_int_equal(rte_eal_wait_lcore(1), 0);
	expect_whole(mp, 1000);
	expect_available(mp, 1000);
	rte_mempool_free(mp);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_lcore_has_its_part_of_the_pool_on_its_node),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
