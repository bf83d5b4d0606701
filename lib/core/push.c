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
 * A nested call binds a block for each step and lets go of it again: nothing
 * may stay that the interrupted call does not know of. Own is the interrupted
 * slot's, so that what a thread leaves behind that is killed in there is
 * inherited with its other blocks.
 */

#include "slot.h"
#include "depot.h"

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

void
slot_push_slow(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n)
{
	while (n > 0) {
		unsigned int m = slot_is_cooling(s) ?
			push_public(a, s, objs, n) :
			push_private(a, s, objs, n);

		objs += m;
		n -= m;
	}
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
