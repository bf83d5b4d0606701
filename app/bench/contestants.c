/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Who takes part: objpool in the forms that a program can use it in, DPDK's
 * mempool drivers for several producers and consumers with three sizes of
 * mempool's cache each, and what both are to be measured by.
 *
 * Kinds are in files of their own. Another contestant is a line here; another
 * kind is such a file, and a line here.
 */

#include <rte_common.h>

#include "kind.h"

const unsigned int lane_sizes[LANE_SIZES] = { 1, 4, 8, 32, 64 };

#define OBJPOOL(name, kind)                                                    \
	{                                                                      \
		"objpool/" name, "objpool", &kind, NULL, 0                     \
	}
#define DRIVER(name, kind, cache)                                              \
	{                                                                      \
		"objpool/" name, "objpool", &kind, "objpool", cache            \
	}
#define MEMPOOL(ops, cache)                                                    \
	{                                                                      \
		ops "/" #cache, "mempool", &mempool_kind, ops, cache           \
	}
#define MEMPOOLS(ops) MEMPOOL(ops, 0), MEMPOOL(ops, 256), MEMPOOL(ops, 512)
#define REFERENCE(name, kind)                                                  \
	{                                                                      \
		name, "reference", &kind, NULL, 0                              \
	}

const struct contestant contestants[] = {
	REFERENCE("floor", floor_kind),
	REFERENCE("ring-only", nothing_kind),
	OBJPOOL("inline-slot", slot_kind),
	OBJPOOL("inline", inline_kind),
	OBJPOOL("function", function_kind),
	DRIVER("driver", mempool_kind, 0),
	DRIVER("driver+512", mempool_kind, 512),
	REFERENCE("kernel-scheme", kernel_kind),
	MEMPOOLS("ring_mp_mc"),
	MEMPOOLS("ring_mt_rts"),
	MEMPOOLS("ring_mt_hts"),
	MEMPOOLS("stack"),
	MEMPOOLS("lf_stack"),
	MEMPOOLS("bucket"),
};

const unsigned int nr_contestants = RTE_DIM(contestants);
