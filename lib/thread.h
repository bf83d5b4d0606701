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

/* Give the calling thread's slot back, if it has one. */
void
thread_leave(struct arena *a);

/* The calling thread's slot, if it is where it is looked for first; else NULL. */
static inline struct slot *
thread_seat(const struct arena *a)
{
	uint64_t uid = atomic_load_explicit(&a->uid, memory_order_relaxed);
	const struct seat *seat = &thread_seats[uid % NR_SEATS];

	return likely(seat->uid == uid) ? seat->slot : NULL;
}

#endif /* OBJPOOL_THREAD_H */
