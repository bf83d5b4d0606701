/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * Pop and push inline: opt-in, for C11 and C++17.
 *
 * The same pools, objects, guarantees and slots as in objpool.h; calls of both
 * kinds mix freely. What is inline is the common case, plain loads and stores
 * on the slot's current block; everything else is a call of the library. It
 * pays where n is small or constant.
 *
 * Two forms. objpool_slot_*() work on a *slot* that the caller asked for once
 * (objpool_slot()) and keeps; that saves finding it at each call, a third of
 * the time at n = 1. objpool_fast_*() find it in a thread-local table.
 *
 * A slot is for the thread that asked for it, until that thread calls
 * objpool_detach() or the pool is released; while a pool is finished but not
 * released, pops on the slot find nothing and pushes drop, as everywhere. A
 * forked child asks for slots of its own (_Fork(), clone(): objpool_forked()).
 *
 * Fenced pools (OBJPOOL_F_FENCED), marked, compact and checked ones, those for
 * signal handlers, and slots of threads for which there was none are served too,
 * by a call.
 *
 * What is compiled into a program here knows the layout of slots and blocks. It
 * is numbered, OBJPOOL_LAYOUT, and so are the names of what is called: with a
 * library of another layout the program does not start, or ends at its first
 * inline call, and the loader says which name is missing.
 *
 * Names that end in "_" are for this header and the library only.
 */

#ifndef OBJPOOL_FAST_H
#define OBJPOOL_FAST_H

#include <objpool/objpool.h>
#include <objpool/slot.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- with a slot --- */

#pragma GCC visibility push(default)

struct objpool_slot *
objpool_slot_of_(struct objpool *pool, unsigned int layout,
	objpool_key_fn *key);

/* By OBJPOOL_LAYOUT. */
#define objpool_slot_pop_   objpool_slot_pop_2_
#define objpool_slot_burst_ objpool_slot_burst_2_
#define objpool_slot_push_  objpool_slot_push_2_

/* What is not done inline, and why: SHORT, or DOUBT, which the library decides;
 * on marked pools the mark is still on then, and taken away. */
int
objpool_slot_pop_(struct objpool_slot *slot, void **objs, unsigned int n,
	enum objpool_outcome_ why);
unsigned int
objpool_slot_burst_(struct objpool_slot *slot, void **objs, unsigned int n,
	enum objpool_outcome_ why);
int
objpool_slot_push_(struct objpool_slot *slot, void *const *objs, unsigned int n,
	enum objpool_outcome_ why);

#pragma GCC visibility pop

/**
 * Get the calling thread's slot, which is claimed if it has none.
 * @return The slot. NULL, which no function here takes: the pool is finished. A
 *   thread for which there is none gets one that sends each call to the library,
 *   and may ask again later.
 * Threads: any, not in signal handlers. Cost: a claim the first time, else a
 * search.
 */
static inline struct objpool_slot *
objpool_slot(struct objpool *pool)
{
	return objpool_slot_of_(pool, OBJPOOL_LAYOUT, NULL);
}

/* The fast path alone. */
OBJPOOL_INLINE_ enum objpool_outcome_
objpool_slot_take_(struct objpool_slot *slot, void **objs, unsigned int n)
{
	return objpool_slot_is_plain_(slot) ?
		objpool_block_pop_(objpool_slot_block_(slot), objs, n, false,
			true) :
		OBJPOOL_SHORT_;
}

OBJPOOL_INLINE_ enum objpool_outcome_
objpool_slot_give_(struct objpool_slot *slot, void *const *objs, unsigned int n)
{
	return objpool_slot_is_plain_(slot) ?
		objpool_block_push_(objpool_slot_block_(slot), objs, n, false,
			true) :
		OBJPOOL_SHORT_;
}

/** As objpool_pop_bulk(). */
OBJPOOL_INLINE_ int
objpool_slot_pop_bulk(struct objpool_slot *slot, void **objs, unsigned int n)
{
	enum objpool_outcome_ outcome = objpool_slot_take_(slot, objs, n);

	return OBJPOOL_LIKELY_(outcome == OBJPOOL_DONE_) ?
		0 :
		objpool_slot_pop_(slot, objs, n, outcome);
}

/** As objpool_pop(). */
OBJPOOL_INLINE_ void *
objpool_slot_pop(struct objpool_slot *slot)
{
	/* Two, so that the first need not be in memory. */
	void *obj, *other;
	enum objpool_outcome_ outcome = objpool_slot_take_(slot, &obj, 1);

	if (OBJPOOL_LIKELY_(outcome == OBJPOOL_DONE_))
		return obj;
	return objpool_slot_pop_(slot, &other, 1, outcome) == 0 ? other : NULL;
}

/** As objpool_pop_burst(). */
OBJPOOL_INLINE_ unsigned int
objpool_slot_pop_burst(struct objpool_slot *slot, void **objs, unsigned int n)
{
	enum objpool_outcome_ outcome = objpool_slot_take_(slot, objs, n);

	return OBJPOOL_LIKELY_(outcome == OBJPOOL_DONE_) ?
		n :
		objpool_slot_burst_(slot, objs, n, outcome);
}

/** As objpool_push_bulk(). */
OBJPOOL_INLINE_ int
objpool_slot_push_bulk(void *const *objs, unsigned int n,
	struct objpool_slot *slot)
{
	enum objpool_outcome_ outcome = objpool_slot_give_(slot, objs, n);

	return OBJPOOL_LIKELY_(outcome == OBJPOOL_DONE_) ?
		0 :
		objpool_slot_push_(slot, objs, n, outcome);
}

/** As objpool_push(). */
OBJPOOL_INLINE_ int
objpool_slot_push(void *obj, struct objpool_slot *slot)
{
	enum objpool_outcome_ outcome = objpool_slot_give_(slot, &obj, 1);
	void *other = obj;

	return OBJPOOL_LIKELY_(outcome == OBJPOOL_DONE_) ?
		0 :
		objpool_slot_push_(slot, &other, 1, outcome);
}

/* --- without --- */

/* Where a thread remembers its slots, by the pools' unique ids. */
struct objpool_seat_ {
	uint64_t uid;              /* 0: unused */
	struct objpool_slot *slot; /* NULL: there was none to be had */
};

#define OBJPOOL_SEATS_ 16               /* a power of two */
#define objpool_seats_ objpool_seats_2_ /* by OBJPOOL_LAYOUT */

/* initial-exec: one load instead of a call. */
extern __thread struct objpool_seat_ objpool_seats_[OBJPOOL_SEATS_]
	__attribute__((tls_model("initial-exec"), visibility("default")));

/* Where the seat for a pool is looked for first. The low two bits are the same
 * in all uids. */
OBJPOOL_INLINE_ unsigned int
objpool_place_(uint64_t uid)
{
	return (unsigned int)(uid >> 2) % OBJPOOL_SEATS_;
}

/* The calling thread's slot, if it is where it is looked for first. Also in a
 * pool that was closed or finished since: that is the slot's mode's affair. */
OBJPOOL_INLINE_ struct objpool_slot *
objpool_seat_of_(const struct objpool *pool)
{
	uint64_t uid = pool->uid;
	const struct objpool_seat_ *seat = &objpool_seats_[objpool_place_(uid)];

	return OBJPOOL_LIKELY_(seat->uid == uid) ? seat->slot : NULL;
}

/** As objpool_pop_bulk(). */
OBJPOOL_INLINE_ int
objpool_fast_pop_bulk(struct objpool *pool, void **objs, unsigned int n)
{
	struct objpool_slot *slot = objpool_seat_of_(pool);

	if (OBJPOOL_LIKELY_(slot != NULL))
		return objpool_slot_pop_bulk(slot, objs, n);
	return objpool_pop_bulk(pool, objs, n);
}

/** As objpool_pop(). */
OBJPOOL_INLINE_ void *
objpool_fast_pop(struct objpool *pool)
{
	struct objpool_slot *slot = objpool_seat_of_(pool);

	return OBJPOOL_LIKELY_(slot != NULL) ? objpool_slot_pop(slot) :
					       objpool_pop(pool);
}

/** As objpool_pop_burst(). */
OBJPOOL_INLINE_ unsigned int
objpool_fast_pop_burst(struct objpool *pool, void **objs, unsigned int n)
{
	struct objpool_slot *slot = objpool_seat_of_(pool);

	if (OBJPOOL_LIKELY_(slot != NULL))
		return objpool_slot_pop_burst(slot, objs, n);
	return objpool_pop_burst(pool, objs, n);
}

/** As objpool_push_bulk(). */
OBJPOOL_INLINE_ int
objpool_fast_push_bulk(void *const *objs, unsigned int n, struct objpool *pool)
{
	struct objpool_slot *slot = objpool_seat_of_(pool);

	if (OBJPOOL_LIKELY_(slot != NULL))
		return objpool_slot_push_bulk(objs, n, slot);
	return objpool_push_bulk(objs, n, pool);
}

/** As objpool_push(). */
OBJPOOL_INLINE_ int
objpool_fast_push(void *obj, struct objpool *pool)
{
	struct objpool_slot *slot = objpool_seat_of_(pool);

	return OBJPOOL_LIKELY_(slot != NULL) ? objpool_slot_push(obj, slot) :
					       objpool_push(obj, pool);
}

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_FAST_H */
