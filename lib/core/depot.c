/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Hints about blocks: four bits each, 64 blocks a cache line.
 *
 * A block that changes hands changes its four bits, with one compare-and-swap.
 * That costs as much as one bit would, and tells thieves which blocks are
 * private, so that they need not read the heads of all. A slot looks for stock
 * where it found some last, so that lcores that exchange blocks with each other
 * settle on lines of their own; for empty blocks it looks among those that were
 * used before, so that the heads to be read before a pop fails stay few.
 * Relaxed order is enough: a hint carries no data, W does (edges E10, E11).
 */

#include "depot.h"

/* One in each hint of a word. */
#define EACH UINT64_C(0x1111111111111111)

static _Atomic(uint64_t) *
word_at(const struct arena *a, uint32_t word)
{
	struct hints *line = (struct hints *)at_offset(a, a->hints);

	return &line[word / HINTS_LINE].word[word % HINTS_LINE];
}

static enum hint
hint_of(uint64_t w)
{
	switch (w_mode(w)) {
	case MODE_PUB:
		if (w_own(w) == OWN_NONE)
			return w_len(w) > 0 ? HINT_STOCK : HINT_EMPTY;
		return w_len(w) > 0 ? HINT_BOUND : HINT_NONE;
	case MODE_LIMBO:
		return w_flip(w) != 0 ? HINT_PARKED : HINT_NONE;
	default:
		return HINT_PRIVATE;
	}
}

static void
set_hint(_Atomic(uint64_t) *word, unsigned int shift, enum hint hint)
{
	uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
	uint64_t now;

	do {
		now = (old & ~(UINT64_C(15) << shift)) |
			(uint64_t)hint << shift;
	} while (now != old &&
		!atomic_compare_exchange_weak_explicit(word, &old, now,
			memory_order_relaxed, memory_order_relaxed));
}

void
depot_post(struct arena *a, struct objpool_block *b)
{
	const struct region *r = &a->region[b->id / a->blocks_per_region];
	uint32_t at = b->id % a->blocks_per_region;
	_Atomic(uint64_t) *word = word_at(a, r->hints + at / HINTS_WORD);
	unsigned int shift = at % HINTS_WORD * 4;
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	uint64_t seen;

	/* Two who post at once could leave the older word's hint behind: look
	 * again. Whoever changes W after that posts in turn. Where a later
	 * load may pass an earlier change of a hint, it can stay wrong until
	 * the next post: it is a hint. */
	do {
		seen = w;
		set_hint(word, shift, hint_of(w));
		w = atomic_load_explicit(&b->w, memory_order_acquire);
	} while (w != seen);
}

/* Which blocks of the word have the walk's hint, by their highest bits. */
static uint64_t
bits_of(const struct arena *a, const struct walk *walk)
{
	uint32_t region = a->region[walk->from].near[walk->step];
	uint64_t x = atomic_load_explicit(word_at(a,
						  a->region[region].hints +
							  walk->word),
		memory_order_relaxed);

	/* 0 where it is the hint; then, without carry, 8 where it is 0. */
	x ^= EACH * walk->hint;
	return ~(((x & EACH * 7) + EACH * 7) | x) & EACH * 8;
}

/* Words of the region that say something about blocks ever used. */
static uint32_t
nr_words(const struct arena *a, const struct walk *walk)
{
	uint32_t region = a->region[walk->from].near[walk->step];
	uint32_t n = region_used(&a->region[region]) / HINTS_WORD + 1;

	return n < a->hints_per_region ? n : a->hints_per_region;
}

static void
enter_region(const struct arena *a, struct walk *walk)
{
	walk->nr = nr_words(a, walk);
	walk->nr_left = walk->nr;
	walk->word = walk->first % walk->nr;
	walk->bits = bits_of(a, walk);
}

void
walk_start_in(const struct arena *a, const struct slot *s, uint32_t region,
	enum hint hint, struct walk *walk)
{
	*walk = (struct walk){ .hint = hint, .from = region };
	if (s != NULL)
		walk->first = hint == HINT_EMPTY ?
			s->index * HINTS_LINE :
			atomic_load_explicit(&s->home, memory_order_relaxed);
	enter_region(a, walk);
}

void
walk_start(const struct arena *a, const struct slot *s, enum hint hint,
	struct walk *walk)
{
	walk_start_in(a, s, s != NULL ? s->region : 0, hint, walk);
}

struct objpool_block *
walk_next(const struct arena *a, struct walk *walk)
{
	uint32_t region, at;

	while (walk->bits == 0) {
		if (--walk->nr_left > 0) {
			if (++walk->word == walk->nr)
				walk->word = 0;
			walk->bits = bits_of(a, walk);
		} else if (++walk->step < a->nr_regions) {
			enter_region(a, walk);
		} else {
			return NULL;
		}
	}
	region = a->region[walk->from].near[walk->step];
	at = walk->word * HINTS_WORD +
		(uint32_t)__builtin_ctzll(walk->bits) / 4;
	walk->bits &= walk->bits - 1;
	return block_at(a, region * a->blocks_per_region + at);
}
