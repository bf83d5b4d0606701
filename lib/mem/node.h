/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the machine's NUMA nodes are. Without libnuma, or where the kernel has
 * no NUMA, there is one: node 0.
 */

#ifndef OBJPOOL_MEM_NODE_H
#define OBJPOOL_MEM_NODE_H

#include <stdbool.h>
#include <stddef.h>

/* Is there such a node, with memory of its own? */
bool
node_exists(int node);

/* Number of CPUs of the machine, at least 1. */
int
node_nr_cpus(void);

/* The node of a CPU; OBJPOOL_NODE_ANY if it is not known. */
int
node_of_cpu(int cpu);

/* How far memory of one node is from another, as the firmware says: 10 is near;
 * 0 if that is not known. */
int
node_distance(int from, int to);

/* Let memory that was not touched yet come from this node, if any. */
void
node_bind(void *addr, size_t len, int node);

#endif /* OBJPOOL_MEM_NODE_H */
