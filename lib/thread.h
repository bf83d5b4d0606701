/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Which slot the calling thread has in a pool.
 *
 * A thread remembers its slots in a small thread-local table, by the pools'
 * unique ids: an entry for a pool that is gone, or finished, never matches
 * again, so nobody has to clear it.
 */

#ifndef OBJPOOL_THREAD_H
#define OBJPOOL_THREAD_H

#include <objpool/objpool.h>

#include "core/core.h"

#define NR_SEATS 16 /* a power of two */

struct seat {
	uint64_t uid;      /* 0: unused */
	struct slot *slot; /* NULL: there was none to be had */
};

/* initial-exec: one load instead of a call, also in a plugin; few bytes. */
extern _Thread_local struct seat thread_seats[NR_SEATS]
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* One operation of the calling thread, off the fast path. */
struct turn {
	struct slot *slot; /* NULL: a thread without one */
	bool is_guest;     /* the slot is for this operation only */
};

/* Begin an operation: find the calling thread's slot, or claim one. Where none
 * is to be had there is none, or if need_slot a guest, for which this waits
 * while NR_GUESTS others without a slot have one. On marked pools the slot is
 * marked.
 * False: the pool is finished; nothing was begun. */
bool
thread_begin(struct arena *a, objpool_key_fn *key, bool need_slot,
	struct turn *turn);

/* End it. */
void
thread_end(struct arena *a, const struct turn *turn);

/* Give the calling thread's slot back, if it has one. */
void
thread_leave(struct arena *a);

/* Where the seat for a pool is looked for first. The low two bits are the same
 * in all uids. */
static inline unsigned int
thread_place(uint64_t uid)
{
	return (unsigned int)(uid >> 2) % NR_SEATS;
}

/* The calling thread's slot, if it is in one of the two places where it is
 * looked for first; else NULL. */
static inline struct slot *
thread_seat(const struct arena *a)
{
	uint64_t uid = atomic_load_explicit(&a->uid, memory_order_relaxed);
	const struct seat *seat = &thread_seats[thread_place(uid)];

	if (likely(seat->uid == uid))
		return seat->slot;
	seat = &thread_seats[thread_place(uid) ^ 1];
	return seat->uid == uid ? seat->slot : NULL;
}

#endif /* OBJPOOL_THREAD_H */
