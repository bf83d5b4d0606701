/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Batches of limbo: filled by slots, closed, and made stock again. limbo.h has
 * the steps; here is when they are taken.
 *
 * A slot closes its batch when it is full and takes the next empty block. At
 * that moment it also looks whether older batches, its own or others', have
 * their grace period behind them, so that a slot that only gives back does not
 * leave that to others. So does a slot whose blocks ran empty, before it looks
 * at others' public blocks (slot.c), and a pop that is short, at every block
 * (pop.c).
 *
 * Looking costs a question to the domain for each batch. All who look remember
 * the lowest stamp that was not over (arena.unripe): as long as it is not, none
 * of the batches that were looked at is, and later ones have higher stamps.
 * That is a hint, as it may be late; limbo_visit() does without.
 */

#include "limbo.h"
#include "depot.h"
#include "holder.h"

/* slot.early: that block, closed under that gen. */
static uint64_t
early_make(const struct objpool_block *b, uint64_t gen)
{
	return (uint64_t)(b->id + 1) << 32 | (uint32_t)gen;
}

/* Is a batch of the slot, closed before it was full and let go, in limbo
 * still? */
static bool
early_waits(const struct arena *a, const struct slot *s)
{
	uint64_t early = atomic_load_explicit(&s->early, memory_order_relaxed);
	const struct objpool_block *b;
	uint64_t w;

	if (early == 0)
		return false;
	b = block_at(a, (uint32_t)(early >> 32) - 1);
	w = atomic_load_explicit(&b->w, memory_order_acquire);
	return w_mode(w) == MODE_LIMBO && w_own(w) == OWN_NONE &&
		early_make(b, w_gen(w)) == early;
}

static bool
is_over(const struct arena *a, const struct objpool_block *b)
{
	/* E14: W was read before. */
	return limbo_done(a,
		atomic_load_explicit(&b->stamp, memory_order_relaxed));
}

/* The closed batch with that word is over. */
static bool
make_stock(struct arena *a, struct objpool_block *b, uint64_t w)
{
	if (!limbo_ripen(b, w, w_own(w)))
		return false;
	depot_post(a, b);
	return true;
}

bool
limbo_visit(struct arena *a, struct objpool_block *b)
{
	/* E13: before the cookie is taken. E14: before the stamp is read. */
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);

	if (word_parked(w) == 0 || !limbo_served(a))
		return false;
	if (limbo_is_closed(w))
		return is_over(a, b) && make_stock(a, b, w);
	if (!limbo_close(b, w, w_own(w), limbo_start(a)))
		return false;
	depot_post(a, b);
	return true;
}

bool
limbo_harvest(struct arena *a, const struct slot *s)
{
	uint64_t unripe =
		atomic_load_explicit(&a->unripe, memory_order_relaxed);
	uint64_t over = 0;   /* the highest stamp known to be */
	uint64_t lowest = 0; /* the lowest known not to be */
	bool found = false;
	struct walk walk;
	struct objpool_block *b;

	if (!a->has_limbo || !limbo_served(a))
		return false;
	if (unripe != 0 && !limbo_done(a, unripe))
		return false;
	over = unripe;
	walk_start(a, s, HINT_PARKED, &walk);
	while ((b = walk_next(a, &walk)) != NULL) {
		/* E14: before the stamp is read. */
		uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
		uint64_t stamp =
			atomic_load_explicit(&b->stamp, memory_order_relaxed);

		if (!limbo_is_closed(w)) {
			depot_post(a, b);
		} else if (lowest != 0 && stamp >= lowest) {
			continue;
		} else if (stamp > over && !limbo_done(a, stamp)) {
			lowest = stamp;
		} else {
			over = stamp > over ? stamp : over;
			found |= make_stock(a, b, w);
		}
	}
	if (lowest != unripe)
		atomic_store_explicit(&a->unripe, lowest, memory_order_relaxed);
	return found;
}

/* The slot's batch is full, or others have closed it or made it stock. Let go
 * of it, or if it must be, open it again. */
static void
turn_over(struct arena *a, struct slot *s, struct objpool_block *b)
{
	unsigned int own = own_of(s);
	/* E14: before the stamp is read. */
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	bool full = w_len(w) == a->block_objs;

	if (w_mode(w) == MODE_PUB) {
		block_release(b);
	} else if (!limbo_is_closed(w)) {
		if (!limbo_close(b, w, OWN_NONE, limbo_start(a)))
			return;
		COUNT(a, s, limbo, 1);
	} else if (is_over(a, b)) {
		if (!limbo_ripen(b, w, OWN_NONE))
			return;
	} else if (full || !early_waits(a, s)) {
		/* Before it is done: who dies between shall have said so. */
		if (!full)
			atomic_store_explicit(&s->early,
				early_make(b, w_gen(w) + 1),
				memory_order_relaxed);
		if (!limbo_change(b, w, MODE_LIMBO, OWN_NONE, 1))
			return;
		COUNT(a, s, limbo, 1);
	} else {
		if (limbo_change(b, w, MODE_LIMBO, own, 0))
			depot_post(a, b);
		return;
	}
	atomic_store_explicit(&s->limbo, 0, memory_order_relaxed);
	depot_post(a, b);
	/* Now is the time to look at those before it. */
	limbo_harvest(a, s);
}

static bool
open_block(struct arena *a, const struct slot *s, struct objpool_block *b)
{
	region_use(a, b->id);
	return limbo_open(b, own_of(s));
}

/* Empty a public block and make it a batch. What was in it is put elsewhere;
 * there is room, for there are more blocks than all of that can fill
 * (layout.c). */
static struct objpool_block *
make_empty(struct arena *a, struct slot *s)
{
	void *objs[BLOCK_OBJS_MAX];
	unsigned int n, left;
	struct objpool_block *b;

	for (uint32_t id = 0;; id = id + 1 < a->nr_blocks ? id + 1 : 0) {
		uint64_t w;

		b = block_at(a, id);
		w = atomic_load_explicit(&b->w, memory_order_relaxed);
		if (w_mode(w) != MODE_PUB || w_own(w) != OWN_NONE ||
			w_len(w) == a->block_objs)
			continue;
		n = block_take(b, objs, BLOCK_OBJS_MAX, &left);
		if (unlikely(a->has_holders))
			holders_renew(a, s, objs, n);
		if (open_block(a, s, b)) {
			depot_post(a, b);
			slot_push_slow(a, s, objs, n);
			COUNT(a, s, unput, n);
			return b;
		}
		slot_push_slow(a, s, objs, n);
		COUNT(a, s, unput, n);
	}
}

static struct objpool_block *
find_empty(struct arena *a, struct slot *s)
{
	struct walk walk;
	struct objpool_block *b;

	walk_start(a, s, HINT_EMPTY, &walk);
	while ((b = walk_next(a, &walk)) != NULL) {
		bool got = open_block(a, s, b);

		depot_post(a, b);
		if (got)
			return b;
	}
	return make_empty(a, s);
}

void
limbo_push_slow(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n)
{
	while (n > 0) {
		struct objpool_block *b = limbo_block(a, s);
		unsigned int m;

		if (b == NULL) {
			b = find_empty(a, s);
			atomic_store_explicit(&s->limbo, offset_of(a, b),
				memory_order_relaxed);
		}
		m = limbo_put(b, own_of(s), objs, n);
		COUNT(a, s, put, m);
		objs += m;
		n -= m;
		if (m == 0 ||
			w_len(atomic_load_explicit(&b->w,
				memory_order_relaxed)) == a->block_objs)
			turn_over(a, s, b);
	}
}

void
limbo_inherit(struct arena *a, struct slot *s, struct objpool_block *b)
{
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);

	/* Of two, one is empty: its owner died before it noted it. */
	while (w_mode(w) == MODE_LIMBO && w_own(w) == own_of(s)) {
		if (w_len(w) > 0) {
			atomic_store_explicit(&s->limbo, offset_of(a, b),
				memory_order_relaxed);
			return;
		}
		if (atomic_compare_exchange_weak_explicit(&b->w, &w,
			    w_make(MODE_PUB, OWN_NONE, 0, 0, w_gen(w) + 1),
			    memory_order_acq_rel, memory_order_acquire))
			depot_post(a, b);
	}
}
