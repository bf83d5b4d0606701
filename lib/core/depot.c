/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Hints about blocks: a cache line for each 64 of them, with a word of stock
 * bits, a word of empty bits and a word of parked bits.
 *
 * A slot looks for stock where it found some last, so that lcores that exchange
 * blocks with each other settle on lines of their own; for empty blocks it
 * looks among those that were used before, so that the heads to be read before
 * a pop fails stay few. The words are only ever changed by atomic or and
 * and-not, and only if they differ. Relaxed order is enough: a hint carries no
 * data, W does (edges E10, E11).
 */

#include "depot.h"

static struct hints *
hints_at(const struct arena *a, uint32_t group)
{
	return (struct hints *)at_offset(a, a->hints) + group;
}

static void
set_bit(_Atomic(uint64_t) *word, uint64_t bit, bool to)
{
	uint64_t old = atomic_load_explicit(word, memory_order_relaxed);

	if (to && (old & bit) == 0)
		atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
	else if (!to && (old & bit) != 0)
		atomic_fetch_and_explicit(word, ~bit, memory_order_relaxed);
}

void
depot_post(struct arena *a, struct objpool_block *b)
{
	uint32_t at = b->id % a->blocks_per_region;
	uint32_t group =
		b->id / a->blocks_per_region * a->groups_per_region + at / 64;
	struct hints *h = hints_at(a, group);
	uint64_t bit = UINT64_C(1) << at % 64;
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	uint64_t seen;

	/* Two who post at once could leave the older word's bits behind: look
	 * again. Whoever changes W after that posts in turn. Where a later
	 * load may pass an earlier change of a bit, a hint can stay wrong until
	 * the next post: it is a hint. */
	do {
		bool pub = w_mode(w) == MODE_PUB;

		seen = w;
		set_bit(&h->stock, bit, pub && w_len(w) > 0);
		set_bit(&h->empty, bit,
			pub && w_len(w) == 0 && w_own(w) == OWN_NONE);
		if (a->has_limbo)
			set_bit(&h->parked, bit,
				w_mode(w) == MODE_LIMBO && w_flip(w) != 0);
		w = atomic_load_explicit(&b->w, memory_order_acquire);
	} while (w != seen);
}

static uint64_t
bits_of(const struct arena *a, const struct walk *walk)
{
	const struct hints *h = hints_at(a, walk->group);

	switch (walk->hint) {
	case HINT_STOCK:
		return atomic_load_explicit(&h->stock, memory_order_relaxed);
	case HINT_EMPTY:
		return atomic_load_explicit(&h->empty, memory_order_relaxed);
	default:
		return atomic_load_explicit(&h->parked, memory_order_relaxed);
	}
}

static uint32_t
stock_group(const struct slot *s)
{
	return s == NULL ? 0 :
			   atomic_load_explicit(&s->home, memory_order_relaxed);
}

static uint32_t
empty_group(const struct arena *a, const struct slot *s)
{
	const struct region *r = &a->region[s != NULL ? s->region : 0];
	uint32_t groups = region_used(r) / 64 + 1;

	if (groups > a->groups_per_region)
		groups = a->groups_per_region;
	return r->group + (s != NULL ? s->index % groups : 0);
}

void
walk_start(const struct arena *a, const struct slot *s, enum hint hint,
	struct walk *walk)
{
	walk->hint = hint;
	walk->group = hint == HINT_EMPTY ? empty_group(a, s) : stock_group(s);
	walk->nr_left = a->nr_regions * a->groups_per_region;
	walk->bits = bits_of(a, walk);
}

struct objpool_block *
walk_next(const struct arena *a, struct walk *walk)
{
	uint32_t bit;

	while (walk->bits == 0) {
		if (--walk->nr_left == 0)
			return NULL;
		if (++walk->group == a->nr_regions * a->groups_per_region)
			walk->group = 0;
		walk->bits = bits_of(a, walk);
	}
	bit = (uint32_t)__builtin_ctzll(walk->bits);
	walk->bits &= walk->bits - 1;
	return block_at(a,
		walk->group / a->groups_per_region * a->blocks_per_region +
			walk->group % a->groups_per_region * 64 + bit);
}
