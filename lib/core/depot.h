/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The depot: where to look for blocks of a kind.
 *
 * Four bits a block say what it is. They are hints: whoever changes a block's
 * state brings its hint in line afterwards (but for somebody's public blocks
 * that are emptied, pop.c), and whoever believes one looks at W before acting.
 * What no hint names is found by reading the heads, which is done before a pop
 * fails and when no empty block is named. So nothing can be lost from the depot.
 */

#ifndef OBJPOOL_CORE_DEPOT_H
#define OBJPOOL_CORE_DEPOT_H

#include "round.h"

enum hint {
	HINT_NONE,    /* nothing that anybody would look for */
	HINT_STOCK,   /* public, nobody's, holds objects */
	HINT_EMPTY,   /* public, nobody's, empty */
	HINT_BOUND,   /* public, somebody's, may hold objects */
	HINT_PRIVATE, /* private, or being revoked */
	HINT_PARKED,  /* a closed batch in limbo */
};

/* Blocks of a word of hints; words of a cache line. */
#define HINTS_WORD 16u
#define HINTS_LINE 4u

/* The hints of 64 blocks. Written when blocks change hands, or are filled or
 * emptied in public. */
struct hints {
	alignas(CACHE_LINE) _Atomic(uint64_t) word[HINTS_LINE];
};

/* A walk over the blocks that a hint names, in regions farther and farther away;
 * in each, from one word round to it. */
struct walk {
	enum hint hint;
	uint32_t from;    /* the slot's region */
	uint32_t step;    /* of its near[] */
	uint32_t first;   /* word of each region to begin with */
	uint32_t word;    /* being looked at, of the region */
	uint32_t nr;      /* words of the region to look at */
	uint32_t nr_left; /* of these, still */
	uint64_t bits;    /* the highest bit of each hint, not visited yet */
};

/* Bring the block's hint in line with its W. */
void
depot_post(struct arena *a, struct objpool_block *b);

void
walk_start(const struct arena *a, const struct slot *s, enum hint hint,
	struct walk *walk);

/* From another region than the slot's. */
void
walk_start_in(const struct arena *a, const struct slot *s, uint32_t region,
	enum hint hint, struct walk *walk);

/* The next block; NULL at the end. */
struct objpool_block *
walk_next(const struct arena *a, struct walk *walk);

#endif /* OBJPOOL_CORE_DEPOT_H */
