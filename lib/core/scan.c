/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Counting free objects while others move them.
 *
 * A block's words give its length and, in the same loads, how often it changed
 * hands (gen, with W) and how many objects were pushed on it privately (nput,
 * with T). Both only grow. So two readings of all blocks bound what was free at
 * the instant between them: if no gen moved, no block changed its state, and
 * what each held at that instant is at most what the first reading found plus
 * what was pushed until the second. Pops in between only make it less. Other
 * threads that pop and push privately do not hold the decision up. Blocks that
 * never held anything are left out; that their number did not grow is checked
 * too.
 *
 * Objects in limbo are not free. While a block is in limbo its gen stands
 * still, whatever is put into it, so that does not hold the decision up either.
 *
 * Blocks whose length is being agreed on count for either of two lengths;
 * whoever meets one tries again, having revoked it itself in between.
 */

#include "scan.h"

void
scan_add(struct totals *totals, const struct objpool_block *b)
{
	/* E12: to be handed on by the fence between two readings. */
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	uint64_t t = atomic_load_explicit(&b->t, memory_order_acquire);

	totals->len += words_len(w, t);
	totals->parked += word_parked(w);
	totals->put += t_nput(t);
	totals->gen += w_gen(w);
	totals->used++;
	totals->revoking |= w_mode(w) == MODE_REVK;
}

void
scan_totals(const struct arena *a, struct totals *totals)
{
	struct round round = round_from(a, 0);
	const struct objpool_block *b;

	*totals = (struct totals){ 0 };
	while ((b = round_next(a, &round)) != NULL)
		scan_add(totals, b);
}

bool
scan_was_short_of(const struct arena *a, const struct totals *first, uint64_t n)
{
	struct totals second;

	/* E12: lengths and counters in one reading, counters again after it. */
	SCAN_FENCE();
	scan_totals(a, &second);
	return !first->revoking && first->used == second.used &&
		first->gen == second.gen &&
		first->len + (second.put - first->put) < n;
}

bool
scan_short_of(const struct arena *a, uint64_t n)
{
	struct totals first;

	scan_totals(a, &first);
	return scan_was_short_of(a, &first, n);
}
