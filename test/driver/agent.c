/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A DPDK process that does what it is told, for the tests of several processes.
 * Its arguments are EAL's. Commands come in lines on stdin; each is answered by
 * one line with a number on stdout, "ready" being the first. EAL's output goes
 * to stderr.
 *
 *   leave        end at once, giving nothing back           -> no answer
 *   zones        count the memzones                         -> number
 *   heap         count what is allocated of EAL's heaps      -> number
 *   heap KB      how much that is, in KB                     -> number
 *
 * and what agent_mempool.c, agent_driver.c, agent_reclaim.c, agent_pool.c and
 * agent_domain.c tell. At the end of its input it ends as a program should.
 *
 * There are three builds of it: with shared DPDK, where the driver is a plugin
 * that is loaded or not; with static DPDK and the driver inside, which starts in
 * a fraction of the time since no driver directory is loaded; and this again,
 * its driver being told that slots and blocks are laid out differently.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_memzone.h>

#include "agent.h"

static void
count_zone(const struct rte_memzone *zone, void *arg)
{
	(void)zone;
	++*(int *)arg;
}

static int
nr_zones(void)
{
	int nr = 0;

	rte_memzone_walk(count_zone, &nr);
	return nr;
}

static int
heap(bool in_kb)
{
	struct rte_malloc_socket_stats stats;
	size_t nr = 0;

	for (int node = 0; node < RTE_MAX_NUMA_NODES; node++)
		if (rte_malloc_get_socket_stats(node, &stats) == 0)
			nr += in_kb ? stats.heap_allocsz_bytes / 1024 :
				      stats.alloc_count;
	return (int)nr;
}

uint64_t
stamp_of_own(void)
{
	static uint64_t stamp;

	if (stamp == 0)
		stamp = (uint64_t)getpid();
	return stamp;
}

static int
obey(const char *line)
{
	int answer = -1;

	if (strcmp(line, "leave\n") == 0)
		_exit(EXIT_SUCCESS);
	if (strcmp(line, "zones\n") == 0)
		return nr_zones();
	if (strcmp(line, "heap\n") == 0)
		return heap(false);
	if (strcmp(line, "heap KB\n") == 0)
		return heap(true);
	if (agent_mempool(line, &answer) ||
		agent_driver_command(line, &answer) ||
		agent_reclaim(line, &answer) || agent_pool(line, &answer) ||
		agent_domain(line, &answer))
		return answer;
	fprintf(stderr, "agent: unknown command %s", line);
	exit(EXIT_FAILURE);
}

int
main(int argc, char **args)
{
	FILE *out = fdopen(dup(STDOUT_FILENO), "w");
	char line[128];

	if (out == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return EXIT_FAILURE;
	if (rte_eal_init(argc, args) < 0)
		return EXIT_FAILURE;
	fprintf(out, "ready\n");
	fflush(out);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		fprintf(out, "%d\n", obey(line));
		fflush(out);
		agent_work();
	}
	rte_eal_cleanup();
	return EXIT_SUCCESS;
}
