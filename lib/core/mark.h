/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Marks: who is in the middle of an operation?
 *
 * On a marked pool each operation makes its slot's `busy` odd before it looks
 * at the pool's state (uid), and even again when it is through with the pool.
 * Whoever changed the state passes a heavy fence and waits for each odd mark to
 * change. An operation either sees the new state, or its mark is seen (E16);
 * with its end all it did is seen (E17). It is a grace period of the pool's
 * own, whose readers are its slots, for users who have none to offer.
 *
 * A thread without a slot borrows a guest, whose mark stays odd and changes
 * with the next borrower: an operation on it ends by giving it back, so that
 * the last access to the pool is one store. The mark of a dead owner is not
 * waited for; its heir clears it.
 */

#ifndef OBJPOOL_CORE_MARK_H
#define OBJPOOL_CORE_MARK_H

#include "claim.h"
#include "slot.h"

static inline uint32_t
mark_enter(struct slot *s)
{
	return objpool_mark_enter_(&s->pub, slot_is_fenced(s));
}

/* Nested: is there a mark that covers what the calling thread does now? Else one
 * is made, to be left again. The odd one that is there may have been made by
 * the thread, or have come with the slot from its last owner: who waits for it
 * does so until it changes, and it does not before the handler has returned. It
 * may also change to a value that it had before: that is waited for longer. */
static inline bool
mark_is_covered(struct slot *s)
{
	if (atomic_load_explicit(&s->pub.busy, memory_order_relaxed) % 2 == 0) {
		/* Whether the slot needs a fence may not have been said. */
		objpool_mark_enter_(&s->pub, true);
		return false;
	}
	/* E16: as if it had been marked, or claimed, just now. */
	OBJPOOL_LIGHT_FENCE(true);
	return true;
}

static inline void
mark_leave(struct slot *s)
{
	objpool_mark_leave_(&s->pub,
		atomic_load_explicit(&s->pub.busy, memory_order_relaxed));
}

/* Heir of a dead owner. */
static inline void
mark_clear(struct slot *s)
{
	uint32_t busy =
		atomic_load_explicit(&s->pub.busy, memory_order_relaxed);

	if (busy % 2 != 0)
		atomic_store_explicit(&s->pub.busy, busy + 1,
			memory_order_release);
}

/* Can this process make the heavy fence that marks need? */
bool
marks_work(const struct arena *a);

/* The same, and later it will not be otherwise but for a moment: for who cannot
 * go back then. What stands against it goes away with the next operations of
 * other processes' threads. */
bool
marks_will_work(struct arena *a);

/* Make it, after the state was changed. False: this process cannot. */
bool
marks_fence(const struct arena *a);

/* After that: is what slot i was in the middle of, its mark having been *busy
 * at the first look, over? */
bool
marks_over(const struct arena *a, uint32_t i, uint32_t *busy, bool first,
	claim_alive_fn *alive);

#endif /* OBJPOOL_CORE_MARK_H */
