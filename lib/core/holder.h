/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The holder word of an object: who has it, for pools that are asked to give
 * back what the dead had.
 *
 *   0                            never pushed (an external object)
 *   0 23 | own 11 | count 30     free, since that push
 *   token, its low 23 bits not 0 popped by that process (lib/identity.c)
 *   HOLDER_GONE                  dropped
 *
 *        pop: after it left its block, a store
 *   free -----------------------------------> held by that process
 *     ^  <-----------------------------------
 *     |  push: before it enters a block, compare-and-swap
 *     +-- renewed: whoever took it off a block and puts it back itself
 *
 * What is held is in no block, and what is in a block is free. The other way
 * round that holds only for what nobody is just moving. A push makes a word that
 * the object never had before (own names the slot of the pusher, count goes
 * on), and so does an operation that gives back what it gathered in vain. So
 * *between two stays in blocks the word changes*, and as long as it does not,
 * the object was in a block at one stretch, and on its way in before and out
 * after it. reclaim.c says what follows from that.
 *
 * Wrap-around. count: 2^30 pushes of one slot while somebody reclaims, some ten
 * seconds at the least, and then the same object by the same slot under the
 * very number.
 */

#ifndef OBJPOOL_CORE_HOLDER_H
#define OBJPOOL_CORE_HOLDER_H

#include "core.h"

#define HOLDER_TOKEN_BITS  23
#define HOLDER_TOKEN_MASK  ((UINT64_C(1) << HOLDER_TOKEN_BITS) - 1)
#define HOLDER_COUNT_SHIFT (HOLDER_TOKEN_BITS + W_OWN_BITS)

/* A token that names no process; nor can it die. */
#define HOLDER_GONE (UINT64_C(1) << (HOLDER_TOKEN_BITS - 1))

/* Free since init. */
#define HOLDER_FIRST ((uint64_t)OWN_ANON << HOLDER_TOKEN_BITS)

static inline bool
holder_is_free(uint64_t h)
{
	return h != 0 && (h & HOLDER_TOKEN_MASK) == 0;
}

/* Popped, and not pushed since: its word names a process. */
static inline bool
holder_is_held(uint64_t h)
{
	return (h & HOLDER_TOKEN_MASK) != 0 && h != HOLDER_GONE;
}

/* A free word that there never was. May be asked for by whoever works in the
 * name of the slot, also by several at once. */
static inline uint64_t
holder_new(struct slot *s)
{
	uint64_t count = atomic_fetch_add_explicit(&s->nr_freed, 1,
		memory_order_relaxed);

	return (count + 1) << HOLDER_COUNT_SHIFT |
		(uint64_t)own_of(s) << HOLDER_TOKEN_BITS;
}

/* Pop: the object left its block. */
static inline void
holder_pop(_Atomic(uint64_t) *word, uint64_t token)
{
	atomic_store_explicit(word, token, memory_order_relaxed);
}

/* Push, or drop: it was in no block. False if it is free or dropped already. */
static inline bool
holder_push(_Atomic(uint64_t) *word, uint64_t to)
{
	uint64_t h = atomic_load_explicit(word, memory_order_relaxed);

	do {
		if (holder_is_free(h) || h == HOLDER_GONE)
			return false;
		/* E20: the pusher's mark before it. */
	} while (!atomic_compare_exchange_weak_explicit(word, &h, to,
		memory_order_acq_rel, memory_order_relaxed));
	return true;
}

/* Give back what was gathered in vain: it is in no block. */
static inline void
holder_renew(_Atomic(uint64_t) *word, uint64_t to)
{
	/* E20: the mark before it. */
	atomic_store_explicit(word, to, memory_order_release);
}

/* Whoever looks for what the dead had. */
static inline uint64_t
holder_look(_Atomic(uint64_t) *word)
{
	/* E20: the mark of who is pushing it. */
	return atomic_load_explicit(word, memory_order_acquire);
}

/* Take it in the place of the dead, if the word is still what was seen. */
static inline bool
holder_take(_Atomic(uint64_t) *word, uint64_t seen, uint64_t to)
{
	/* E20: as push. */
	return atomic_compare_exchange_strong_explicit(word, &seen, to,
		memory_order_acq_rel, memory_order_relaxed);
}

/* Implemented above core (lib/holders.c): renew the words of objects that the
 * slot's operation is about to give back. */
void
holders_renew(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n);

#endif /* OBJPOOL_CORE_HOLDER_H */
