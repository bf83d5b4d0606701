/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Limbo: objects that were given back while readers may still look at them.
 *
 * They lie in blocks like all others, in batches, one of each slot being
 * *open*. Its owner alone puts into it; anybody closes it. A *closed* batch
 * (flip set) has a stamp: the cookie of a grace period that began after its
 * last object came in. When that is over, anybody makes the block public stock,
 * in place. Nothing is copied, and nothing is on its way.
 *
 *   open    PUB(0), empty -> LIMBO(s)
 *   put     len + n                                by compare-and-swap, E13
 *   close   read W; cookie := start(); stamp := max(stamp, cookie);
 *           flip := 1, gen + 1                     if W is still what was read, E14
 *   ripen   read W; read stamp; if done(stamp)
 *           LIMBO -> PUB, gen + 1                  if W is still what was read, E15
 *   let go  own := 0, gen + 1                      owner, of a closed batch
 *   reopen  flip := 0, gen + 1                     owner, of a closed batch
 *
 * The cookie is taken after the word was read and counts only if the word has
 * not changed, so it covers every object of the batch. Stamps only grow: who is
 * late with an old cookie can do no harm to the batch that has the block now,
 * for whoever closed that one raised the stamp before. A stamp too high only
 * waits longer.
 *
 * A batch that others close, or make stock, stays its owner's until the owner
 * lets go of it: the owner may be in the middle of writing entries above the
 * length (I1, E8).
 *
 * put does not move gen: within one gen of an open batch len only grows, so the
 * word alone tells whether something changed, and a scan need not start again
 * because somebody gives objects back.
 *
 * An owner closes its batch when it is full, others when they are short. So
 * that batches closed before their time do not take more blocks than there are,
 * an owner keeps one such in limbo at most (slot.early); a second one it opens
 * again, to wait with those that it then puts in.
 */

#ifndef OBJPOOL_CORE_LIMBO_H
#define OBJPOOL_CORE_LIMBO_H

#include "slot.h"

/* Implemented above core (lib/retire.c). */

/* Can this process ask for grace periods of the pool's domain? */
bool
limbo_served(const struct arena *a);

/* Ask for a grace period that has not begun yet; a cookie above 0. Full
 * fence. */
uint64_t
limbo_start(const struct arena *a);

/* Is that one over? Acquire. */
bool
limbo_done(const struct arena *a, uint64_t cookie);

/* Make an empty block of nobody an open batch of own. */
static inline bool
limbo_open(struct objpool_block *b, unsigned int own)
{
	/* E8, E9: whoever read or wrote the entries is done. */
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);

	return w_mode(w) == MODE_PUB && w_own(w) == OWN_NONE && w_len(w) == 0 &&
		atomic_compare_exchange_strong_explicit(&b->w, &w,
			w_make(MODE_LIMBO, own, 0, 0, w_gen(w) + 1),
			memory_order_acq_rel, memory_order_acquire);
}

/* Owner: put up to n objects into its open batch. Returns how many found room:
 * 0 also if it was closed. */
static inline unsigned int
limbo_put(struct objpool_block *b, unsigned int own, void *const *objs,
	unsigned int n)
{
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	unsigned int m;

	do {
		if (w_mode(w) != MODE_LIMBO || w_own(w) != own ||
			w_flip(w) != 0)
			return 0;
		m = b->cap - w_len(w) < n ? b->cap - w_len(w) : n;
		if (m == 0)
			return 0;
		objpool_entries_write_(b, w_len(w), objs, m);
		/* E10: entries and objects; E13: and that readers no longer
		 * find them, before the length. */
	} while (!atomic_compare_exchange_weak_explicit(&b->w, &w,
		w_make(MODE_LIMBO, own, w_len(w) + m, 0, w_gen(w)),
		memory_order_acq_rel, memory_order_acquire));
	return m;
}

/* Is the batch with this word closed, and stamped? */
static inline bool
limbo_is_closed(uint64_t w)
{
	return w_mode(w) == MODE_LIMBO && w_flip(w) != 0;
}

/* Change W as long as it is w: to that mode, owner and flip. E14, E15: with what
 * was done and seen before. */
static inline bool
limbo_change(struct objpool_block *b, uint64_t w, enum mode mode,
	unsigned int own, unsigned int flip)
{
	return atomic_compare_exchange_strong_explicit(&b->w, &w,
		w_make(mode, own, w_len(w), flip, w_gen(w) + 1),
		memory_order_acq_rel, memory_order_acquire);
}

/* Anybody: close the open batch whose word was w before the cookie was taken;
 * own is its owner, or, by the owner, nobody. False if it changed. */
static inline bool
limbo_close(struct objpool_block *b, uint64_t w, unsigned int own,
	uint64_t cookie)
{
	uint64_t stamp = atomic_load_explicit(&b->stamp, memory_order_relaxed);

	while (stamp < cookie &&
		!atomic_compare_exchange_weak_explicit(&b->stamp, &stamp,
			cookie, memory_order_relaxed, memory_order_relaxed))
		;
	/* E14: the stamp before the batch is closed. */
	return limbo_change(b, w, MODE_LIMBO, own, 1);
}

/* Anybody: make the closed batch whose word is w stock, its grace period being
 * over; own as for close. False if it changed. */
static inline bool
limbo_ripen(struct objpool_block *b, uint64_t w, unsigned int own)
{
	/* E4, E10, E15: hand on the entries, and that no reader looks. */
	return limbo_change(b, w, MODE_PUB, own, 0);
}

/* The slot's open batch; NULL if it has none. */
static inline struct objpool_block *
limbo_block(const struct arena *a, const struct slot *s)
{
	int64_t at = atomic_load_explicit(&s->limbo, memory_order_relaxed);

	return at != 0 ? at_offset(a, at) : NULL;
}

/* Put n objects into the open batch. False: it has no room for all, or there is
 * none, and nothing happened. */
static inline bool
limbo_push_fast(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n)
{
	struct objpool_block *b = limbo_block(a, s);

	if (unlikely(b == NULL) ||
		unlikely(a->block_objs -
				w_len(atomic_load_explicit(&b->w,
					memory_order_relaxed)) <
			n) ||
		unlikely(limbo_put(b, own_of(s), objs, n) < n))
		return false;
	COUNT(a, s, put, n);
	return true;
}

/* Put n objects into limbo; the process is served. Never fails. */
void
limbo_push_slow(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n);

/* Make stock of what has its grace period behind it, as far as hints tell. True
 * if there was something. s may be NULL. */
bool
limbo_harvest(struct arena *a, const struct slot *s);

/* Look at one block: make stock of it, or close it so that it becomes stock
 * soon.
 * False: nothing to be done, it is not in limbo, not over, or must wait. */
bool
limbo_visit(struct arena *a, struct objpool_block *b);

/* Heir of a dead owner: its open batch is the slot's. */
void
limbo_inherit(struct arena *a, struct slot *s, struct objpool_block *b);

#endif /* OBJPOOL_CORE_LIMBO_H */
