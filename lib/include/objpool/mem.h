/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * Where a pool's memory comes from.
 *
 * A pool asks for a few areas, one for each NUMA node and purpose, at init, and
 * gives them back when it is over. Two sources come with the library; a program
 * or driver can bring its own (the DPDK driver brings memzones).
 */

#ifndef OBJPOOL_MEM_H
#define OBJPOOL_MEM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/** One area of memory. */
struct objpool_area {
	void *addr;    /**< first byte */
	size_t len;    /**< bytes asked for */
	size_t mapped; /**< bytes held, a multiple of page_size; the source's */
	size_t page_size; /**< bytes a page behind it, 0 if not known */
	int node;         /**< node it was asked for, or OBJPOOL_NODE_ANY */
};

/** Tell the user one line; see objpool_log_fn. */
struct objpool_teller {
	void (*tell)(void *ctx, const char *line);
	void *ctx;
	const char *pool; /**< name of the pool, for the line */
};

/** A source of memory. */
struct objpool_mem_ops {
	const char *name;
	/** Not 0: other processes map the same memory. Only the process that
	 * made such a pool may end it. They need not have it at the same
	 * address, nor be its children: there is no address in a pool but those
	 * of its objects, which pop gives and push takes as they are in the
	 * process that made it. In checked mode and with holders
	 * (OBJPOOL_F_CHECKED, OBJPOOL_F_HOLDERS) it must be the same address.
	 *
	 * struct objpool must lie in this memory too, at the same distance from
	 * the areas in each process: objpool_init() with a source that carves
	 * areas from one mapping. Where all others are forked from the creator,
	 * objpool_create() will do. */
	int shared;
	/**
	 * Get a zeroed area.
	 * @param ctx    objpool_mem.ctx
	 * @param len    Bytes, above 0.
	 * @param align  Alignment of its first byte, a power of two up to 4096.
	 * @param node   NUMA node, or OBJPOOL_NODE_ANY. A source that cannot
	 *   bind ignores it.
	 * @param area   Receives the area; untouched on failure.
	 * @return 0; -ENOMEM; -ENODEV no such node.
	 */
	int (*alloc)(void *ctx, size_t len, size_t align, int node,
		const struct objpool_teller *teller, struct objpool_area *area);
	/** Give an area back. */
	void (*free)(void *ctx, const struct objpool_area *area);
};

/** A source and what it needs to know. */
struct objpool_mem {
	const struct objpool_mem_ops *ops;
	void *ctx;
};

/** The heap: aligned_alloc(). Knows no nodes: they are checked and ignored. */
const struct objpool_mem_ops *
objpool_mem_heap(void);

/**
 * Hugepages, bound to the node with libnuma. Where the node has no hugepages
 * left it falls back to normal pages of the same node (transparent hugepages
 * are asked for) and says so in a line; where these are out as well, -ENOMEM.
 */
const struct objpool_mem_ops *
objpool_mem_huge(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_MEM_H */
