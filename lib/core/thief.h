/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What everybody else does with a block: take from a public one, make a private
 * one public (mark, heavy fence, settle), and inherit a dead thread's. All of
 * it may be done by any number of threads at once.
 */

#ifndef OBJPOOL_CORE_THIEF_H
#define OBJPOOL_CORE_THIEF_H

#include "block.h"

/* Anybody: take up to n objects off a PUB block, whosever it is. *left is what
 * remains in it. */
static inline unsigned int
block_take(struct objpool_block *b, void **objs, unsigned int n,
	unsigned int *left)
{
	/* E4, E5, E10, E11, E15: the entries below len, and what the objects
	 * hold. */
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	unsigned int m;

	do {
		if (w_mode(w) != MODE_PUB)
			return 0;
		m = w_len(w) < n ? w_len(w) : n;
		*left = w_len(w) - m;
		if (m == 0)
			return 0;
		objpool_entries_read_(b, *left, objs, m);
		/* E9: read first, then make room. E21: marked before. */
	} while (!atomic_compare_exchange_weak_explicit(&b->w, &w,
		w_make(MODE_PUB, w_own(w), *left, w_flip(w), w_gen(w) + 1),
		memory_order_acq_rel, memory_order_acquire));
	return m;
}

/* Is it, with this W, a block that mark would ask for? */
static inline bool
block_is_hoard(const struct objpool_block *b, uint64_t w)
{
	uint64_t t = atomic_load_explicit(&b->t, memory_order_relaxed);

	return w_mode(w) == MODE_REVK ||
		(w_mode(w) == MODE_PRIV && words_len(w, t) > 0);
}

/* Thief, before its heavy fence: ask for a private block that holds something,
 * whose W it read (E18). Returns what it seems to hold and in *word what to
 * settle (E3), or 0, also if W has changed. */
static inline unsigned int
block_mark(struct objpool_block *b, uint64_t w, uint64_t *word)
{
	uint64_t t = atomic_load_explicit(&b->t, memory_order_acquire);
	unsigned int len = words_len(w, t);

	*word = w;
	if (w_mode(w) == MODE_REVK)
		return len > 0 ? len : 1;
	if (w_mode(w) != MODE_PRIV || len == 0)
		return 0;
	*word = w_make(MODE_REVK, w_own(w), w_len(w), w_flip(w), w_gen(w) + 1);
	/* E2: stored before the heavy fence. */
	return atomic_compare_exchange_strong_explicit(&b->w, &w, *word,
		       memory_order_acq_rel, memory_order_acquire) ?
		len :
		0;
}

/* Thief, after its heavy fence: agree on the length of a block whose word it
 * remembered (E3). False if somebody else did, or the block moved on. */
static inline bool
block_settle(struct objpool_block *b, uint64_t word)
{
	uint64_t t;

	if (atomic_load_explicit(&b->w, memory_order_acquire) != word)
		return false;
	/* E1, E2, E6: the owner's last length, and the entries below it; none
	 * if the tag is not of this owner. */
	t = atomic_load_explicit(&b->t, memory_order_acquire);
	/* E4: hand on what was seen. */
	return atomic_compare_exchange_strong_explicit(&b->w, &word,
		w_make(MODE_PUB, w_own(word), words_len(word, t), t_flip(t),
			w_gen(word) + 1),
		memory_order_acq_rel, memory_order_acquire);
}

/* Heir of a dead owner: as release (E10), by somebody who never stored T. False if
 * the block is not own's, or its batch of limbo, which stays with the slot. */
static inline bool
block_inherit(struct objpool_block *b, unsigned int own)
{
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);

	while (w_own(w) == own && w_mode(w) != MODE_LIMBO) {
		uint64_t t = atomic_load_explicit(&b->t, memory_order_acquire);

		if (atomic_compare_exchange_weak_explicit(&b->w, &w,
			    w_make(MODE_PUB, OWN_NONE, words_len(w, t), 0,
				    w_gen(w) + 1),
			    memory_order_acq_rel, memory_order_acquire))
			return true;
	}
	return false;
}

#endif /* OBJPOOL_CORE_THIEF_H */
