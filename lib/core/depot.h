/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The depot: where to look for public blocks, and for batches in limbo.
 *
 * Three bits a block say that it holds objects for the taking, that it is
 * empty and nobody's, or that it is a closed batch. They are hints: whoever
 * changes a block's state brings its bits in line afterwards, and whoever
 * believes one looks at W before acting. What no hint names is found by reading
 * the heads, which is done before a pop fails and when no empty block is named.
 * So nothing can be lost from the depot.
 */

#ifndef OBJPOOL_CORE_DEPOT_H
#define OBJPOOL_CORE_DEPOT_H

#include "core.h"

enum hint {
	HINT_STOCK,
	HINT_EMPTY,
	HINT_PARKED,
};

/* A walk over the blocks that a hint names, from one group round to it. */
struct walk {
	enum hint hint;
	uint32_t group;   /* being looked at */
	uint32_t nr_left; /* groups still to look at */
	uint64_t bits;    /* named in this group, not visited yet */
};

/* Bring the block's hints in line with its W. */
void
depot_post(struct arena *a, struct objpool_block *b);

void
walk_start(const struct arena *a, const struct slot *s, enum hint hint,
	struct walk *walk);

/* The next block; NULL at the end. */
struct objpool_block *
walk_next(const struct arena *a, struct walk *walk);

#endif /* OBJPOOL_CORE_DEPOT_H */
