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

/* The calling thread's slot in the pool, claimed if it has none yet; NULL if
 * none is to be had. False if the pool is finished. */
bool
thread_slot(struct arena *a, objpool_key_fn *key, struct slot **slot);

/* A slot for one call, to be given back by claim_release(). Waits while NR_GUESTS
 * others without a slot are in such a call. */
struct slot *
thread_guest(struct arena *a);

/* Give the calling thread's slot back, if it has one. */
void
thread_leave(struct arena *a);

/* Where the seat for a pool is looked for first. The low two bits are the same in
 * all uids. */
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

/* A slot for one call, to be given back by claim_release(). Waits while NR_GUESTS
 * others without a slot are in such a call. */
struct slot *
thread_guest(struct arena *a);

#endif /* OBJPOOL_THREAD_H */
