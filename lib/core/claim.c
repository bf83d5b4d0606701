/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Claiming, giving back and inheriting slots.
 *
 * Taking over a dead thread's slot needs no record of what it was doing. All
 * its stores are in memory. A block names its owner; for each that names this
 * slot the heir agrees on the length as a thief would and makes it nobody's.
 * What the dead thread had taken off a block by its last store is gone with it,
 * as if it had popped it; what it was about to push is lost too if the length
 * does not cover it yet. Nothing else can be missing.
 *
 * A slot's open batch of limbo stays with the slot, whoever has it.
 */

#include "claim.h"
#include "depot.h"
#include "limbo.h"
#include "mark.h"
#include "reach.h"
#include "slot.h"

#define ANYWHERE UINT32_MAX /* whatever the slot's region */

static bool
take(struct slot *s, uint64_t from, uint64_t token)
{
	/* acquire: what the last owner left in the slot. */
	return atomic_compare_exchange_strong_explicit(&s->owner, &from, token,
		memory_order_acq_rel, memory_order_relaxed);
}

static uint64_t
owner_of(const struct slot *s)
{
	return atomic_load_explicit(&s->owner, memory_order_relaxed);
}

/* Start the slot afresh: its blocks are in other hands. */
static void
reset(struct arena *a, struct slot *s)
{
	for (unsigned int i = 0; i < LOADED; i++)
		atomic_store_explicit(&s->loaded[i], 0, memory_order_relaxed);
	atomic_store_explicit(&s->bound, 0, memory_order_relaxed);
	atomic_store_explicit(&s->cool, 0, memory_order_relaxed);
	atomic_store_explicit(&s->cool_max, COOL_MIN, memory_order_relaxed);
	slot_set_block(s, block_none(a));
	atomic_store_explicit(&s->pos, 0, memory_order_relaxed);
}

static void
inherit(struct arena *a, struct slot *s)
{
	struct round round = round_from(a, s->region);
	struct objpool_block *b;

	atomic_store_explicit(&s->limbo, 0, memory_order_relaxed);
	while ((b = round_next(a, &round)) != NULL)
		if (block_inherit(b, own_of(s)))
			depot_post(a, b);
		else
			limbo_inherit(a, s, b);
	reset(a, s);
	mark_clear(s);
	COUNT(a, s, takeovers, 1);
}

/* Take the slot if its owner is dead. */
static bool
succeed(struct arena *a, struct slot *s, uint64_t token, claim_alive_fn *alive)
{
	uint64_t owner = owner_of(s);

	if (owner == 0 || alive(owner) || !take(s, owner, token))
		return false;
	inherit(a, s);
	return true;
}

/* Among slots from to end - 1. */
static struct slot *
find_among(const struct arena *a, uint32_t from, uint32_t end, uint64_t token)
{
	for (uint32_t i = from; i < end; i++) {
		struct slot *s = slot_at(a, i);

		if (owner_of(s) == token)
			return s;
	}
	return NULL;
}

struct slot *
claim_find(const struct arena *a, uint64_t token)
{
	return find_among(a, 0, a->nr_slots, token);
}

struct slot *
claim_host(const struct arena *a, uint64_t token)
{
	return find_among(a, 0, a->nr_slots + NR_GUESTS, token);
}

/* From the top: low numbers are for those who ask for them. */
static struct slot *
take_free(struct arena *a, uint32_t region, uint64_t token)
{
	for (uint32_t i = a->nr_slots; i-- > 0;) {
		struct slot *s = slot_at(a, i);

		if ((region == ANYWHERE || s->region == region) &&
			owner_of(s) == 0 && take(s, 0, token))
			return s;
	}
	return NULL;
}

static struct slot *
find_slot(struct arena *a, int key, uint64_t token, claim_alive_fn *alive)
{
	struct slot *s;

	if (key >= 0 && (uint32_t)key < a->nr_slots) {
		s = slot_at(a, (uint32_t)key);
		if (take(s, 0, token) || succeed(a, s, token, alive))
			return s;
		/* Somebody has it: one on the same node, then. */
		s = take_free(a, s->region, token);
		if (s != NULL)
			return s;
	}
	s = take_free(a, ANYWHERE, token);
	if (s != NULL)
		return s;
	for (uint32_t i = a->nr_slots; i-- > 0;) {
		s = slot_at(a, i);
		if (succeed(a, s, token, alive))
			return s;
	}
	return NULL;
}

void
claim_divert(struct arena *a, uint32_t mode)
{
	for (uint32_t i = 0; i < a->nr_slots + NR_GUESTS; i++)
		/* E16: before the heavy fence. */
		atomic_fetch_or_explicit(&slot_at(a, i)->pub.mode, mode,
			memory_order_release);
}

struct slot *
claim_slot(struct arena *a, int key, uint64_t token, claim_alive_fn *alive)
{
	struct slot *s = claim_find(a, token);
	bool fence_free;

	/* E18: it may have private blocks, adopted as what it is. */
	if (s != NULL)
		return s;
	/* Joined before the slot can have a private block. */
	fence_free = reach_may_be_free(a);
	s = find_slot(a, key, token, alive);
	if (s != NULL)
		reach_set(a, s, fence_free);
	return s;
}

struct slot *
claim_guest(struct arena *a, uint64_t token, claim_alive_fn *alive)
{
	for (uint32_t i = 0; i < NR_GUESTS; i++) {
		struct slot *s = slot_at(a,
			a->nr_slots + (uint32_t)(token + i) % NR_GUESTS);

		if (take(s, 0, token) || succeed(a, s, token, alive)) {
			reach_set(a, s, false);
			atomic_store_explicit(&s->cool, UINT32_MAX,
				memory_order_relaxed);
			return s;
		}
	}
	return NULL;
}

void
claim_release(struct arena *a, struct slot *s)
{
	slot_unload(a, s);
	reset(a, s);
	/* E19: all that was done without fences. */
	atomic_store_explicit(&s->fence_free, 0, memory_order_release);
	/* release: the slot as it stands, for the next owner. */
	atomic_store_explicit(&s->owner, 0, memory_order_release);
}
