/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A slot: the blocks its owner works with.
 *
 * A slot has up to LOADED private blocks, used as one last-in-first-out stack:
 * those below `pos` are full, those above are empty. Crossing from one to the
 * next costs nothing but a store; only when all are full or all empty is a
 * block exchanged with the depot.
 *
 * When one of them was revoked, the slot lets go of all and works on public
 * blocks for `cool` operations, so that a pool that is permanently short does
 * not make and revoke private blocks all the time.
 */

#ifndef OBJPOOL_CORE_SLOT_H
#define OBJPOOL_CORE_SLOT_H

#include "core.h"

static inline bool
slot_is_cooling(const struct slot *s)
{
	return atomic_load_explicit(&s->cool, memory_order_relaxed) > 0;
}

static inline struct objpool_block *
slot_block(const struct slot *s)
{
	return objpool_slot_block_(&s->pub);
}

static inline void
slot_set_block(struct slot *s, const struct objpool_block *b)
{
	atomic_store_explicit(&s->pub.cur,
		(int64_t)((intptr_t)b - (intptr_t)&s->pub),
		memory_order_relaxed);
}

static inline uint32_t
slot_mode(const struct slot *s)
{
	return atomic_load_explicit(&s->pub.mode, memory_order_relaxed);
}

static inline bool
slot_is_fenced(const struct slot *s)
{
	return slot_mode(s) & OBJPOOL_SLOT_FENCED_;
}

/* Make a private block that holds something the current one. False: none is to
 * be had from the depot, or the slot had to let go of its blocks. */
bool
slot_refill(struct arena *a, struct slot *s);

/* Make a private block with room the current one. False: the slot had to let go
 * of its blocks. */
bool
slot_advance(struct arena *a, struct slot *s);

/* Let go of all blocks, one of which was revoked, and cool down. */
void
slot_expose(struct arena *a, struct slot *s);

/* Let go of all blocks. */
void
slot_unload(struct arena *a, struct slot *s);

/* Likewise, if there are any. */
static inline void
slot_let_go(struct arena *a, struct slot *s)
{
	if (atomic_load_explicit(&s->loaded[0], memory_order_relaxed) != 0)
		slot_unload(a, s);
}

/* The slot did something on public blocks: one step nearer to private ones. */
void
slot_cool_down(struct arena *a, struct slot *s);

/* Bind a public block with room, for a cooling slot. Never fails: there are more
 * blocks than objects and slots can occupy (layout.c). */
struct objpool_block *
slot_bind(struct arena *a, struct slot *s);

/* The same for a call that interrupted one on the slot: nothing is noted
 * there. */
struct objpool_block *
slot_bind_nested(struct arena *a, struct slot *host);

/* The same for objects that go home to a region: a block there, if there is
 * one. */
struct objpool_block *
slot_bind_home(struct arena *a, struct slot *s, uint32_t region);

/* Are all of these near the slot? */
static inline bool
slot_is_home(const struct arena *a, const struct slot *s, void *const *objs,
	unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (!region_has(a, s->region, objs[i]))
			return false;
	return true;
}

/* pop.c: take n objects, or with burst up to n, wherever they are; for threads
 * without a slot too, but for more than one only with burst. Returns how many;
 * without burst all or none. */
unsigned int
slot_pop_slow(struct arena *a, struct slot *s, void **objs, unsigned int n,
	bool burst);

/* push.c: put n objects wherever there is room. */
void
slot_push_slow(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n);

/* The same two for calls in a signal handler that interrupted its thread in the
 * middle of one. Of its slot or guest, the host, they use nothing but whose it
 * is: they take from blocks as any thief does, and put into public ones that
 * name the host until the call is over, so that an heir finds them. */
unsigned int
slot_pop_nested(struct arena *a, struct slot *host, void **objs, unsigned int n,
	bool burst);
void
slot_push_nested(struct arena *a, struct slot *host, void *const *objs,
	unsigned int n);

#endif /* OBJPOOL_CORE_SLOT_H */
