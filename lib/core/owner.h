/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the owner of a block does with it: pop and push while it is private, put
 * while it is public, and the changes of hands at both ends. Every function is
 * for one thread at a time, the one that runs the owning slot; adopt and bind,
 * which make an owner, may be tried by many. `fenced` tells which light fence
 * the slot uses.
 */

#ifndef OBJPOOL_CORE_OWNER_H
#define OBJPOOL_CORE_OWNER_H

#include "block.h"

/* The owner found its block revoked after it had stored t, which moved it from
 * len objects: does t count? If nobody has decided yet, the owner does, in its
 * own favour. If it does not, len and flip are put back, so that the next
 * operation compares as this one did. nput stays, since a scanner may have seen
 * it; the caller keeps account (counts.unput). */
static COLD bool
block_included(struct objpool_block *b, uint64_t t, unsigned int len)
{
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);

	while (w_mode(w) == MODE_REVK) {
		uint64_t pub = w_make(MODE_PUB, w_own(w), t_len(t), t_flip(t),
			w_gen(w) + 1);

		/* E5: entries below the length are there before it is. */
		if (atomic_compare_exchange_strong_explicit(&b->w, &w, pub,
			    memory_order_acq_rel, memory_order_acquire))
			return true;
	}
	if (w_flip(w) == t_flip(t))
		return true;
	atomic_store_explicit(&b->t,
		t_make(len, !t_flip(t), t_tag(t), t_nput(t)),
		memory_order_release);
	return false;
}

/* Owner, of whose last pop or push of n objects it is in doubt whether it
 * counts: decide. DONE, objects and all, or LOST. */
static COLD enum objpool_outcome_
block_decide_pop(struct objpool_block *b, void **objs, unsigned int n)
{
	uint64_t t = atomic_load_explicit(&b->t, memory_order_relaxed);

	if (!block_included(b, t, t_len(t) + n))
		return OBJPOOL_LOST_;
	/* E7: as in pop. */
	objpool_entries_read_(b, t_len(t), objs, n);
	return OBJPOOL_DONE_;
}

static COLD enum objpool_outcome_
block_decide_push(struct objpool_block *b, unsigned int n)
{
	uint64_t t = atomic_load_explicit(&b->t, memory_order_relaxed);

	return block_included(b, t, t_len(t) - n) ? OBJPOOL_DONE_ :
						    OBJPOOL_LOST_;
}

/* Owner: take n objects off a private block, or put them on it. */
static inline enum objpool_outcome_
block_pop(struct objpool_block *b, void **objs, unsigned int n, bool fenced)
{
	enum objpool_outcome_ outcome =
		objpool_block_pop_(b, objs, n, fenced, false);

	return likely(outcome != OBJPOOL_DOUBT_) ? outcome :
						   block_decide_pop(b, objs, n);
}

static inline enum objpool_outcome_
block_push(struct objpool_block *b, void *const *objs, unsigned int n,
	bool fenced)
{
	enum objpool_outcome_ outcome =
		objpool_block_push_(b, objs, n, fenced, false);

	return likely(outcome != OBJPOOL_DOUBT_) ? outcome :
						   block_decide_push(b, n);
}

/* Make PUB(from), holding at least min and at most max objects, the private
 * block of own. False if it is not that, or was changed meanwhile. */
static inline bool
block_make_private(struct objpool_block *b, unsigned int from, unsigned int own,
	unsigned int min, unsigned int max)
{
	/* E5, E8, E10, E11, E15: entries of the last owner, its last T
	 * store. */
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	uint64_t t, gen;

	if (w_mode(w) != MODE_PUB || w_own(w) != from || w_len(w) < min ||
		w_len(w) > max)
		return false;
	t = atomic_load_explicit(&b->t, memory_order_relaxed);
	/* E6, tag rule: a T left over from an earlier owner must not look like
	 * ours before our first store. */
	gen = w_gen(w) + 1;
	if (t_is_of(t, gen))
		gen++;
	if (!atomic_compare_exchange_strong_explicit(&b->w, &w,
		    w_make(MODE_PRIV, own, w_len(w), 0, gen),
		    memory_order_acq_rel, memory_order_acquire))
		return false;
	atomic_store_explicit(&b->t,
		t_make(w_len(w), t_flip(t), gen, t_nput(t)),
		memory_order_release);
	return true;
}

/* Make a public block of nobody the private block of own. */
static inline bool
block_adopt(struct objpool_block *b, unsigned int own, unsigned int min,
	unsigned int max)
{
	return block_make_private(b, OWN_NONE, own, min, max);
}

/* Make own's public block private again. False if it was changed meanwhile. */
static inline bool
block_rebias(struct objpool_block *b, unsigned int own)
{
	return block_make_private(b, own, own, 0, BLOCK_OBJS_MAX);
}

/* Owner: let the block go, private or not. Returns the objects it holds. */
static inline unsigned int
block_release(struct objpool_block *b)
{
	uint64_t t = atomic_load_explicit(&b->t, memory_order_relaxed);
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	unsigned int len;

	do {
		len = w_mode(w) == MODE_PUB ? w_len(w) : t_len(t);
		/* E7, E8, E10: the owner's reads and writes end here. */
	} while (!atomic_compare_exchange_weak_explicit(&b->w, &w,
		w_make(MODE_PUB, OWN_NONE, len, 0, w_gen(w) + 1),
		memory_order_acq_rel, memory_order_acquire));
	return len;
}

/* Make a public block of nobody, with room, own's to put into. */
static inline bool
block_bind(struct objpool_block *b, unsigned int own)
{
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);

	return w_mode(w) == MODE_PUB && w_own(w) == OWN_NONE &&
		w_len(w) < b->cap &&
		/* E8, E9: whoever read or wrote the entries above is done. */
		atomic_compare_exchange_strong_explicit(&b->w, &w,
			w_make(MODE_PUB, own, w_len(w), 0, w_gen(w) + 1),
			memory_order_acq_rel, memory_order_acquire);
}

/* Owner of a PUB block: put up to n objects in. Returns how many found room. */
static inline unsigned int
block_put(struct objpool_block *b, void *const *objs, unsigned int n)
{
	/* E9: takers have read what is overwritten here. */
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	unsigned int m;

	do {
		m = b->cap - w_len(w) < n ? b->cap - w_len(w) : n;
		if (m == 0)
			return 0;
		objpool_entries_write_(b, w_len(w), objs, m);
		/* E10: entries and objects before the length. */
	} while (!atomic_compare_exchange_weak_explicit(&b->w, &w,
		w_make(MODE_PUB, w_own(w), w_len(w) + m, w_flip(w),
			w_gen(w) + 1),
		memory_order_acq_rel, memory_order_acquire));
	return m;
}

#endif /* OBJPOOL_CORE_OWNER_H */
