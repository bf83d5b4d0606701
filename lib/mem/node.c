/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* NUMA nodes, by libnuma where it is built in and the kernel has them. */

#include <unistd.h>

#ifdef OBJPOOL_HAVE_NUMA
#include <numa.h>
#endif

#include <objpool/objpool.h>

#include "node.h"

#ifdef OBJPOOL_HAVE_NUMA
static bool
has_numa(void)
{
	return numa_available() >= 0;
}
#endif

bool
node_exists(int node)
{
#ifdef OBJPOOL_HAVE_NUMA
	if (has_numa())
		return node >= 0 && node <= numa_max_node() &&
			numa_bitmask_isbitset(numa_all_nodes_ptr,
				(unsigned int)node);
#endif
	return node == 0;
}

int
node_nr_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);

	return n > 0 ? (int)n : 1;
}

int
node_of_cpu(int cpu)
{
#ifdef OBJPOOL_HAVE_NUMA
	if (has_numa()) {
		int node = numa_node_of_cpu(cpu);

		/* A node without memory cannot hold anything. */
		return node_exists(node) ? node : OBJPOOL_NODE_ANY;
	}
#endif
	(void)cpu;
	return OBJPOOL_NODE_ANY;
}

int
node_distance(int from, int to)
{
#ifdef OBJPOOL_HAVE_NUMA
	if (has_numa())
		return numa_distance(from, to);
#endif
	(void)from;
	(void)to;
	return 0;
}

void
node_bind(void *addr, size_t len, int node)
{
#ifdef OBJPOOL_HAVE_NUMA
	if (node != OBJPOOL_NODE_ANY && has_numa())
		numa_tonode_memory(addr, len, node);
#else
	(void)addr;
	(void)len;
	(void)node;
#endif
}
