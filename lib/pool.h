/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the files that join core and mem share: the creator's private part of a
 * pool, and the way from a pool to its arena.
 */

#ifndef OBJPOOL_POOL_H
#define OBJPOOL_POOL_H

#include <objpool/mem.h>
#include <objpool/objpool.h>

#include "core/core.h"
#include "rcu/gp.h"

/* Known to the creating process only: functions and what they own. */
struct local {
	struct objpool_mem mem;
	objpool_release_fn *release;
	objpool_log_fn *log;
	void *ctx;
	struct objpool *head;
	int head_is_ours;
	/* The end, end.c. */
	struct objpool_gp *gp;
	struct gp_client client;
	struct objpool_deferred deferred;
	enum gp_last last;
	struct waiter *waiter; /* of objpool_fini_wait() */
	const struct arena *arena;
	unsigned int nr_areas;
	struct objpool_area areas[2 * REGIONS_MAX + 1];
};

/* The private part of a pool that this process created, end.h. */
static inline struct local *
local_of(const struct arena *a)
{
	return (struct local *)a->local;
}

static inline struct arena *
arena_of(const struct objpool *pool)
{
	return (void *)((char *)(uintptr_t)pool + pool->arena);
}

/* Number of the object; a->nr_objs if it is not one of the pool's. */
static inline uint32_t
object_index(const struct arena *a, const void *obj)
{
	for (uint32_t r = 0; r < a->nr_regions; r++) {
		const struct region *region = &a->region[r];
		int64_t at = offset_of(a, obj) - region->objs;

		if (at >= 0 && (uint64_t)at < region->nr_objs * a->stride)
			return (uint64_t)at % a->stride != 0 ?
				a->nr_objs :
				region->first_obj +
					(uint32_t)((uint64_t)at / a->stride);
	}
	return a->nr_objs;
}

/* check.c: checked mode. */

static inline bool
is_checked(const struct arena *a)
{
	return unlikely(arena_flags(a) & OBJPOOL_F_CHECKED);
}

/* Bytes of its bitmap. */
size_t
check_bytes(uint32_t nr_objs);

/* Note that an object was popped. */
void
check_popped(struct arena *a, void *const *objs, unsigned int n);

/* How many of the n objects, from the first, may be pushed; they are noted as
 * free. *error says what is wrong with the next, 0 if nothing is. */
unsigned int
check_pushable(struct arena *a, void *const *objs, unsigned int n, int *error);

#endif /* OBJPOOL_POOL_H */
