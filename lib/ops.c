/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pop, push and drop: find the calling thread's slot, then let core work. */

#include <errno.h>

#include "core/claim.h"
#include "core/slot.h"
#include "end.h"
#include "pool.h"
#include "thread.h"

static inline bool
is_checked(const struct arena *a)
{
	return unlikely(a->flags & OBJPOOL_F_CHECKED);
}

/* The seat and the current block of a thread that used the pool before; NULL if
 * that has to be found out, or in checked mode. */
static inline struct slot *
fast_slot(const struct arena *a)
{
	struct slot *s = thread_seat(a);

	return is_checked(a) ? NULL : s;
}

/* Returns how many were popped, or -ESHUTDOWN. */
static COLD int
pop_slow(struct arena *a, void **objs, unsigned int n, bool burst,
	objpool_key_fn *key)
{
	struct slot *s;
	unsigned int got;

	if (!thread_slot(a, key, &s))
		return -ESHUTDOWN;
	/* Without a slot what was gathered in vain cannot be put back. */
	if (s == NULL && n > 1 && !burst) {
		s = thread_guest(a);
		got = slot_pop_slow(a, s, objs, n, burst);
		claim_release(a, s);
		COUNT(a, NULL, anon, got);
	} else {
		got = slot_pop_slow(a, s, objs, n, burst);
	}
	if (is_checked(a))
		check_popped(a, objs, got);
	return (int)got;
}

static COLD int
push_slow(struct arena *a, void *const *objs, unsigned int n,
	objpool_key_fn *key)
{
	struct slot *s;
	int rc = 0;

	if (is_checked(a))
		n = check_pushable(a, objs, n, &rc);
	if (n == 0)
		return rc;
	if (!thread_slot(a, key, &s)) {
		end_unref(a, n);
	} else if (s != NULL) {
		slot_push_slow(a, s, objs, n);
	} else {
		s = thread_guest(a);
		slot_push_slow(a, s, objs, n);
		claim_release(a, s);
		COUNT(a, NULL, anon, n);
	}
	return rc;
}

static COLD int
pop_bulk_slow(struct arena *a, void **objs, unsigned int n, objpool_key_fn *key)
{
	int got = pop_slow(a, objs, n, false, key);

	if (got < 0)
		return got;
	return (unsigned int)got == n ? 0 : -ENOBUFS;
}

static inline int
pop_bulk(struct objpool *pool, void **objs, unsigned int n, objpool_key_fn *key)
{
	struct arena *a = arena_of(pool);
	struct slot *s = fast_slot(a);

	if (likely(s != NULL) && likely(slot_pop_fast(a, s, objs, n)))
		return 0;
	return pop_bulk_slow(a, objs, n, key);
}

static inline int
push_bulk(void *const *objs, unsigned int n, struct objpool *pool,
	objpool_key_fn *key)
{
	struct arena *a = arena_of(pool);
	struct slot *s = fast_slot(a);

	if (likely(s != NULL) && likely(slot_push_fast(a, s, objs, n)))
		return 0;
	return push_slow(a, objs, n, key);
}

void *
objpool_pop(struct objpool *pool)
{
	void *obj;

	return pop_bulk(pool, &obj, 1, NULL) == 0 ? obj : NULL;
}

int
objpool_pop_bulk(struct objpool *pool, void **objs, unsigned int n)
{
	return pop_bulk(pool, objs, n, NULL);
}

int
objpool_pop_bulk_keyed(struct objpool *pool, void **objs, unsigned int n,
	objpool_key_fn *key)
{
	return pop_bulk(pool, objs, n, key);
}

unsigned int
objpool_pop_burst(struct objpool *pool, void **objs, unsigned int n)
{
	struct arena *a = arena_of(pool);
	struct slot *s = fast_slot(a);
	int got;

	if (likely(s != NULL) && likely(slot_pop_fast(a, s, objs, n)))
		return n;
	got = pop_slow(a, objs, n, true, NULL);
	return got > 0 ? (unsigned int)got : 0;
}

int
objpool_push(void *obj, struct objpool *pool)
{
	return push_bulk(&obj, 1, pool, NULL);
}

int
objpool_push_bulk(void *const *objs, unsigned int n, struct objpool *pool)
{
	return push_bulk(objs, n, pool, NULL);
}

int
objpool_push_bulk_keyed(void *const *objs, unsigned int n, struct objpool *pool,
	objpool_key_fn *key)
{
	return push_bulk(objs, n, pool, key);
}

int
objpool_drop(void *obj, struct objpool *pool)
{
	if (obj == NULL)
		return -EINVAL;
	return objpool_drop_bulk(&obj, 1, pool);
}

int
objpool_drop_bulk(void *const *objs, unsigned int n, struct objpool *pool)
{
	struct arena *a;
	int rc = 0;

	if (pool == NULL || objs == NULL)
		return -EINVAL;
	a = arena_of(pool);
	/* A dropped object counts as free from then on: it cannot be pushed or
	 * dropped again. */
	if (is_checked(a))
		n = check_pushable(a, objs, n, &rc);
	if (end_unref(a, n) && rc == 0)
		return 0;
	return rc != 0 ? rc : -EAGAIN;
}

void
objpool_detach(struct objpool *pool)
{
	thread_leave(arena_of(pool));
}
