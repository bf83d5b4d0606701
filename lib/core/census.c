/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Which objects a block holds, read by somebody who takes none.
 *
 * W and T are read, then the entries below the length, and W again. If W is what
 * it was, the length was the truth at the instant when T was read: W was the
 * same before and after, and of a private block T says how much it holds. What
 * stays in the block meanwhile stays in its place (I1).
 *
 * But T may tell of an operation of the owner that a thief then undoes. The
 * fence between the reading of T and the second reading of W sees to it that
 * such a thief asked for the block before that: as in scan.c, the thief's own
 * fence would else come after this one, and it would find the same T (E21).
 *
 * A block that somebody asked for and whose length is not agreed on yet is
 * settled, as every thief does that meets one; who asked may be dead.
 */

#include "census.h"
#include "depot.h"
#include "reach.h"

unsigned int
census_of_block(struct arena *a, struct objpool_block *b, void **objs)
{
	for (;;) {
		/* E10, E21: what is below the length, and who took what is
		 * not. */
		uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
		uint64_t t = atomic_load_explicit(&b->t, memory_order_acquire);
		unsigned int n = words_len(w, t) + word_parked(w);

		if (w_mode(w) == MODE_REVK) {
			unsigned int reach = /* E18 */
				reach_of(a, slot_at(a, w_own(w) - 1));

			if (!fence_works(reach))
				return CENSUS_IMPOSSIBLE;
			HEAVY_FENCE(reach); /* E2 */
			block_settle(b, w);
			depot_post(a, b);
			continue;
		}
		objpool_entries_read_(b, 0, objs, n);
		SCAN_FENCE(); /* E21 */
		if (atomic_load_explicit(&b->w, memory_order_acquire) == w)
			return n;
		cpu_relax();
	}
}
