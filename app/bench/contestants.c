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
		"objpool/" name, "objpool", &kind, NULL, 0, NULL               \
	}
#define DRIVER(name, kind, cache)                                              \
	{                                                                      \
		"objpool/" name, "objpool", &kind, "objpool", cache, NULL      \
	}
/* Has stacks for the lcores that there are when it is made, and crashes when
 * another one comes. */
#define BUCKET_NO_THREADS "the bucket driver knows no lcores that come later"
#define MEMPOOL(ops, cache, no_threads)                                        \
	{                                                                      \
		ops "/" #cache, "mempool", &mempool_kind, ops, cache,          \
			no_threads                                             \
	}
#define MEMPOOLS(ops, no_threads)                                              \
	MEMPOOL(ops, 0, no_threads), MEMPOOL(ops, 256, no_threads),            \
		MEMPOOL(ops, 512, no_threads)
#define REFERENCE(name, kind)                                                  \
	{                                                                      \
		name, "reference", &kind, NULL, 0, NULL                        \
	}

const struct contestant contestants[] = {
	REFERENCE("floor", floor_kind),
	REFERENCE("ring-only", nothing_kind),
	OBJPOOL("inline-slot", slot_kind),
	OBJPOOL("inline", inline_kind),
	OBJPOOL("function", function_kind),
	OBJPOOL("compact", compact_kind),
	DRIVER("driver", mempool_kind, 0),
	DRIVER("driver+512", mempool_kind, 512),
	DRIVER("driver-inline", mempool_inline_kind, 0),
	REFERENCE("kernel-scheme", kernel_kind),
	MEMPOOLS("ring_mp_mc", NULL),
	MEMPOOLS("ring_mt_rts", NULL),
	MEMPOOLS("ring_mt_hts", NULL),
	MEMPOOLS("stack", NULL),
	MEMPOOLS("lf_stack", NULL),
	MEMPOOLS("bucket", BUCKET_NO_THREADS),
};

const unsigned int nr_contestants = RTE_DIM(contestants);
