/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The machine's NUMA nodes, and where memory really is, as the kernel tells: by
 * sysfs and system calls, without libnuma, which the library asks.
 */

#ifndef TEST_NUMA_MACHINE_H
#define TEST_NUMA_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#define NODES_MAX 8
#define CPUS_MAX  64

struct machine {
	int nr_nodes; /* all of them have memory */
	int nr_cpus;
	int node_of_cpu[CPUS_MAX];
	int first_cpu[NODES_MAX]; /* of the node; -1: it has none */
	unsigned int hugepages[NODES_MAX];
	int distance[NODES_MAX][NODES_MAX];
};

/* Look at the machine once; ends the program if it cannot be understood. */
const struct machine *
machine_get(void);

/* Nodes that have CPUs. */
int
machine_nr_busy_nodes(void);

/* The node that the page of this address is on; -1: none. Two ways to ask the
 * kernel must agree. */
int
machine_node_of(const void *addr);

/* How many of the pages from addr on, of 4 KiB, are not on the node. */
size_t
machine_nr_elsewhere(const void *addr, size_t len, int node);

/* The size of the page of this address, in KiB. */
unsigned int
machine_page_kib(const void *addr);

/* The calling thread runs on this CPU from now on. */
void
machine_go_to(int cpu);

#endif /* TEST_NUMA_MACHINE_H */
