/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Checked mode: a bit for each object says whether it is free.
 *
 * The bit is set before the object enters the pool and cleared after it left,
 * by atomic operations, so that of two pushes of one object the second is
 * refused whatever runs in between. An address that is not the start of an
 * object of this pool is foreign. The pool's own work does not change; this
 * sits on top.
 */

#include <errno.h>

#include "pool.h"

size_t
check_bytes(uint32_t nr_objs)
{
	return ((size_t)nr_objs + 63) / 64 * sizeof(uint64_t);
}

static _Atomic(uint64_t) *
word_of(const struct arena *a, uint32_t index)
{
	return (_Atomic(uint64_t) *)at_offset(a, a->bits) + index / 64;
}

void
check_popped(struct arena *a, void *const *objs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		uint32_t index = object_index(a, objs[i]);

		atomic_fetch_and_explicit(word_of(a, index),
			~(UINT64_C(1) << index % 64), memory_order_relaxed);
	}
}

unsigned int
check_pushable(struct arena *a, void *const *objs, unsigned int n, int *error)
{
	*error = 0;
	for (unsigned int i = 0; i < n; i++) {
		uint32_t index = object_index(a, objs[i]);
		uint64_t bit = UINT64_C(1) << index % 64;

		if (index == a->nr_objs) {
			*error = -EINVAL;
			return i;
		}
		if (atomic_fetch_or_explicit(word_of(a, index), bit,
			    memory_order_relaxed) &
			bit) {
			*error = -EEXIST;
			return i;
		}
	}
	return n;
}
