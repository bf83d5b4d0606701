/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Push when the current block does not serve.
 *
 * The objects go to the slot's private blocks as far as there is room, full
 * blocks to the depot; or, while the slot is cooling, to a public block bound
 * for it. Every step either places objects or gets a block with room, so push
 * cannot fail (see layout.c for the count).
 *
 * Where objects go home (OBJPOOL_F_HOMING), those of other nodes are sorted out
 * first. For each node's a public block there is bound, and let go of again at
 * once, so that it is stock for whoever is near. Sorted is what the caller
 * gives, never what is in a block: so nothing that is free is ever out of reach
 * for it.
 *
 * A nested call binds a block for each step and lets go of it again: nothing
 * may stay that the interrupted call does not know of. Own is the interrupted
 * slot's, so that what a thread leaves behind that is killed in there is
 * inherited with its other blocks.
 */

#include "slot.h"
#include "depot.h"

/* Objects sorted at a time. */
#define HANDFUL 64u

/* Place what fits into the current private block. */
static unsigned int
push_private(struct arena *a, struct slot *s, void *const *objs, unsigned int n)
{
	struct objpool_block *b = slot_block(s);
	unsigned int len =
		t_len(atomic_load_explicit(&b->t, memory_order_relaxed));
	unsigned int room = b->cap - len;

	if (room == 0) {
		slot_advance(a, s);
		return 0;
	}
	n = n < room ? n : room;
	if (block_push(b, objs, n, slot_is_fenced(s)) == OBJPOOL_DONE_)
		return n;
	COUNT(a, s, unput, n);
	slot_expose(a, s);
	return 0;
}

/* Place what fits into a public block. */
static unsigned int
push_public(struct arena *a, struct slot *s, void *const *objs, unsigned int n)
{
	struct objpool_block *b = slot_bind(a, s);
	unsigned int m = block_put(b, objs, n);

	COUNT(a, s, put, m);
	if (m < n) {
		block_release(b);
		atomic_store_explicit(&s->bound, 0, memory_order_relaxed);
	}
	depot_post(a, b);
	slot_cool_down(a, s);
	return m;
}

/* Place all near the slot. */
static void
push_here(struct arena *a, struct slot *s, void *const *objs, unsigned int n)
{
	while (n > 0) {
		unsigned int m = slot_is_cooling(s) ?
			push_public(a, s, objs, n) :
			push_private(a, s, objs, n);

		objs += m;
		n -= m;
	}
}

/* The line is read by every push: it is written when there is news only. */
static void
note_open(struct region *r, uint32_t open)
{
	if (atomic_load_explicit(&r->open, memory_order_relaxed) != open)
		atomic_store_explicit(&r->open, open, memory_order_relaxed);
}

/* Place all near another region. */
static void
push_home(struct arena *a, struct slot *s, uint32_t region, void *const *objs,
	unsigned int n)
{
	while (n > 0) {
		struct objpool_block *b = slot_bind_home(a, s, region);
		unsigned int m = block_put(b, objs, n);

		COUNT(a, s, put, m);
		if (block_release(b) < b->cap)
			note_open(&a->region[region], b->id + 1);
		depot_post(a, b);
		objs += m;
		n -= m;
	}
}

static uint32_t
home_of(const struct arena *a, uint32_t near, const void *obj)
{
	for (uint32_t i = 0; i < a->nr_regions; i++)
		if (region_has(a, a->region[near].near[i], obj))
			return a->region[near].near[i];
	return near;
}

/* Place each near the region that it is of, a handful at a time. */
static void
push_sorted(struct arena *a, struct slot *s, void *const *objs, unsigned int n)
{
	void *group[HANDFUL];
	uint8_t home[HANDFUL];

	while (n > 0) {
		unsigned int m = n < HANDFUL ? n : HANDFUL;

		for (unsigned int i = 0; i < m; i++)
			home[i] = (uint8_t)home_of(a, s->region, objs[i]);
		for (uint32_t r = 0; r < a->nr_regions; r++) {
			unsigned int nr = 0;

			for (unsigned int i = 0; i < m; i++)
				if (home[i] == r)
					group[nr++] = objs[i];
			if (r == s->region)
				push_here(a, s, group, nr);
			else
				push_home(a, s, r, group, nr);
		}
		objs += m;
		n -= m;
	}
}

void
slot_push_slow(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n)
{
	if (unlikely(slot_mode(s) & OBJPOOL_SLOT_HOMING_))
		push_sorted(a, s, objs, n);
	else
		push_here(a, s, objs, n);
}

void
slot_push_nested(struct arena *a, struct slot *host, void *const *objs,
	unsigned int n)
{
	while (n > 0) {
		struct objpool_block *b = slot_bind_nested(a, host);
		unsigned int m = block_put(b, objs, n);

		COUNT(a, NULL, put, m);
		block_release(b);
		depot_post(a, b);
		objs += m;
		n -= m;
	}
}
