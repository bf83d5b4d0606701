/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Sources of memory for tests: one that notes what was asked of another, and one
 * as a user might write it.
 */

#ifndef TEST_NUMA_RECORDS_H
#define TEST_NUMA_RECORDS_H

#include <objpool/mem.h>

#include "machine.h"

#define AREAS_MAX (2 * NODES_MAX + 2)

/* What a pool asked for, and the lines that it said. */
struct records {
	const struct objpool_mem_ops *source;
	unsigned int nr;
	struct objpool_area area[AREAS_MAX];
	unsigned int lines;
	char last[300];
};

/* Its context is a struct records; the memory is that one's source's. */
extern const struct objpool_mem_ops records_source;

/* A log whose context is a struct records. */
void
records_note(void *ctx, const char *line);

/* Normal pages that are bound to their node. */
extern const struct objpool_mem_ops own_source;

#endif /* TEST_NUMA_RECORDS_H */
