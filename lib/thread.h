/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Which slot the calling thread has in a pool.
 *
 * A thread remembers its slots in a small thread-local table, by the pools'
 * unique ids: an entry for a pool that is gone, or finished, never matches
 * again, so nobody has to clear it.
 *
 * Handlers look into the table, at any time, and so may inline calls that they
 * interrupt. So a seat is unused while it is changed, one that is unused names
 * no slot, and calls on pools for handlers only ever fill unused ones: which
 * pool a call is for it knows, whether it is made in a handler it does not.
 * Where there is none, the slot is found by its owner's token each time.
 */

#ifndef OBJPOOL_THREAD_H
#define OBJPOOL_THREAD_H

#include <objpool/fast.h>

#include "core/core.h"
#include "nest.h"

/* One operation of the calling thread, off the fast path. */
struct turn {
	struct slot *slot; /* NULL: a thread without one */
	bool is_guest;     /* the slot is for this operation only */
	/* Of pools that handlers may use (OBJPOOL_F_SIGNALS): */
	bool is_guarded; /* it is one */
	bool is_nested;  /* the operation interrupted another on such a pool, or
			    a change of the seats; the slot is only its host */
	bool is_covered; /* by the mark of what it interrupted */
	int error;       /* errno, to be put back */
};

/* Begin an operation: find the calling thread's slot, or claim one. Where none
 * is to be had there is none, or if need_slot a guest, for which this waits
 * while NR_GUESTS others without a slot have one. On marked pools the slot is
 * marked. A nested operation gets the slot or guest that its thread has, else
 * as above.
 * False: the pool is finished; nothing was begun. */
bool
thread_begin(struct arena *a, objpool_key_fn *key, bool need_slot,
	struct turn *turn);

/* End it. */
void
thread_end(struct arena *a, const struct turn *turn);

/* The calling thread's slot, for who works on slots of this layout; nobody's, on
 * which nothing is done inline, if there is none or the layout is another. NULL:
 * the pool is finished. */
struct objpool_slot *
thread_slot(struct arena *a, unsigned int layout, objpool_key_fn *key);

/* Give the calling thread's slot back, if it has one. */
void
thread_leave(struct arena *a);

/* The calling thread's seat was found, but perhaps not where inline calls look:
 * have it there some time. */
void
thread_move_up(const struct arena *a);

/* The calling thread's slot, if it is in one of the two places where it is
 * looked for first; else NULL. */
static inline struct slot *
thread_seat(const struct arena *a)
{
	uint64_t uid = atomic_load_explicit(&a->uid, memory_order_relaxed);
	const struct objpool_seat_ *seat = &objpool_seats_[objpool_place_(uid)];

	if (unlikely(seat->uid != uid)) {
		seat = &objpool_seats_[objpool_place_(uid) ^ 1];
		if (seat->uid != uid)
			return NULL;
	}
	return seat->slot != NULL ? slot_of(seat->slot) : NULL;
}

#endif /* OBJPOOL_THREAD_H */
