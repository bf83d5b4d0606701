/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See machine.h.
 *
 * Where a page is, is asked twice: move_pages() without nodes to move to tells
 * of pages as they are, get_mempolicy() of an address touches it first. If they
 * do not agree the program ends, for then it can tell nothing.
 */

#include <linux/mempolicy.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine.h"

#define PAGE  4096u
#define NODES "/sys/devices/system/node/node%d/"

static void
give_up(const char *what)
{
	perror(what);
	exit(2);
}

/* The first line of a file about a node; false if there is no such file. */
static bool
read_line(const char *format, int node, char *line, size_t size)
{
	char path[128];
	bool found;
	FILE *f;

	snprintf(path, sizeof(path), format, node);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	found = fgets(line, (int)size, f) != NULL;
	fclose(f);
	return found;
}

/* Note the CPUs of a list such as "0-3,8". */
static void
note_cpus(struct machine *m, int node, const char *list)
{
	int from, to, len;

	m->first_cpu[node] = -1;
	while (sscanf(list, "%d%n", &from, &len) == 1) {
		list += len;
		to = from;
		if (sscanf(list, "-%d%n", &to, &len) == 1)
			list += len;
		if (m->first_cpu[node] < 0)
			m->first_cpu[node] = from;
		for (int cpu = from; cpu <= to && cpu < CPUS_MAX; cpu++) {
			m->node_of_cpu[cpu] = node;
			m->nr_cpus++;
		}
		if (*list++ != ',')
			break;
	}
}

static void
note_distances(struct machine *m, int node, char *line)
{
	for (int to = 0; to < NODES_MAX; to++)
		m->distance[node][to] = (int)strtol(line, &line, 10);
}

static void
look(struct machine *m)
{
	char line[256];
	int node;

	for (node = 0; node < NODES_MAX; node++) {
		if (!read_line(NODES "cpulist", node, line, sizeof(line)))
			break;
		note_cpus(m, node, line);
		if (read_line(NODES "distance", node, line, sizeof(line)))
			note_distances(m, node, line);
		if (read_line(NODES "hugepages/hugepages-2048kB/nr_hugepages",
			    node, line, sizeof(line)))
			m->hugepages[node] =
				(unsigned int)strtoul(line, NULL, 10);
	}
	m->nr_nodes = node;
	if (node == 0 || m->nr_cpus == 0)
		give_up("no NUMA nodes");
}

const struct machine *
machine_get(void)
{
	static struct machine machine;

	if (machine.nr_nodes == 0)
		look(&machine);
	return &machine;
}

int
machine_nr_busy_nodes(void)
{
	const struct machine *m = machine_get();
	int nr = 0;

	for (int node = 0; node < m->nr_nodes; node++)
		nr += m->first_cpu[node] >= 0;
	return nr;
}

int
machine_node_of(const void *addr)
{
	void *page = (void *)((uintptr_t)addr & ~(uintptr_t)(PAGE - 1));
	int moved = -1, policy = -1;

	if (syscall(SYS_move_pages, 0, 1ul, &page, NULL, &moved, 0) != 0)
		give_up("move_pages");
	if (moved < 0)
		return -1;
	if (syscall(SYS_get_mempolicy, &policy, NULL, 0ul, page,
		    MPOL_F_NODE | MPOL_F_ADDR) != 0)
		give_up("get_mempolicy");
	if (moved != policy) {
		fprintf(stderr, "%p is on node %d, or is it %d?\n", page, moved,
			policy);
		exit(2);
	}
	return moved;
}

size_t
machine_nr_elsewhere(const void *addr, size_t len, int node)
{
	uintptr_t from = (uintptr_t)addr & ~(uintptr_t)(PAGE - 1);
	uintptr_t end = (uintptr_t)addr + len;
	size_t nr = 0;

	for (uintptr_t page = from; page < end; page += PAGE)
		nr += machine_node_of((const void *)page) != node;
	return nr;
}

unsigned int
machine_page_kib(const void *addr)
{
	unsigned long from, to;
	unsigned int kib = 0;
	bool inside = false;
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "r");

	if (f == NULL)
		give_up("smaps");
	while (kib == 0 && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside =
				(uintptr_t)addr >= from && (uintptr_t)addr < to;
		else if (inside)
			(void)sscanf(line, "KernelPageSize: %u kB", &kib);
	fclose(f);
	return kib;
}

void
machine_go_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		give_up("sched_setaffinity");
}
