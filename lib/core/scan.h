/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Questions about the pool as a whole, answered by reading the head of
 * every block that was ever used. */

#ifndef OBJPOOL_CORE_SCAN_H
#define OBJPOOL_CORE_SCAN_H

#include "round.h"

struct totals {
	uint64_t len;    /* free objects */
	uint64_t parked; /* objects in limbo */
	uint64_t put; /* objects pushed on private blocks, lost ones included */
	uint64_t gen; /* changes of any W */
	uint64_t used; /* blocks that ever held something */
	bool revoking; /* some block's length is being agreed on */
};

/* Read one head, and add what it says. */
void
scan_add(struct totals *totals, const struct objpool_block *b);

/* Read all heads once. */
void
scan_totals(const struct arena *a, struct totals *totals);

/* Were there, at some instant of this call, fewer than n free objects? False
 * means: perhaps not, try again. */
bool
scan_short_of(const struct arena *a, uint64_t n);

/* Likewise, the call having begun with a reading of all heads. */
bool
scan_was_short_of(const struct arena *a, const struct totals *first,
	uint64_t n);

#endif /* OBJPOOL_CORE_SCAN_H */
