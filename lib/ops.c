/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pop, push and drop: find the calling thread's slot, then let core work.
 *
 * The fast path is for threads that used the pool before: inline
 * (objpool/fast.h), or quick (quick.h). What it cannot do, and what is rare (no
 * slot yet, checked mode, a closed or finished pool), is done on the slow one,
 * which begins and ends a turn (thread.h).
 *
 * On pools that signal handlers may use, both are guarded (nest.h): a call that
 * interrupted another is nested, and goes the slow way.
 */

#include <errno.h>

#include "end.h"
#include "holders.h"
#include "pool.h"
#include "quick.h"
#include "thread.h"

static inline bool
is_closed(const struct arena *a)
{
	return unlikely(arena_flags(a) & FLAG_CLOSED);
}

/* Returns how many were popped, or -ESHUTDOWN. */
static COLD int
pop_slow(struct arena *a, void **objs, unsigned int n, bool burst,
	objpool_key_fn *key)
{
	struct turn turn;
	int got;

	/* Without a slot what was gathered in vain cannot be put back. */
	if (!thread_begin(a, key, n > 1 && !burst, &turn))
		return -ESHUTDOWN;
	if (is_closed(a)) {
		got = -ESHUTDOWN;
	} else {
		got = (int)(turn.is_nested ? slot_pop_nested : slot_pop_slow)(a,
			turn.slot, objs, n, burst);
		if (is_checked(a))
			check_popped(a, objs, (unsigned int)got);
		if (has_holders(a))
			holders_popped(a, objs, (unsigned int)got);
		/* Nested ones are counted with those without a slot. */
		if (turn.is_guest && !turn.is_nested)
			COUNT(a, NULL, anon, (unsigned int)got);
	}
	thread_end(a, &turn);
	return got;
}

/* How objects are given back on the slow path. */
typedef void
put_fn(struct arena *a, struct slot *s, void *const *objs, unsigned int n);

static void
put_some(struct arena *a, const struct turn *turn, void *const *objs,
	unsigned int n, put_fn *put)
{
	(turn->is_nested ? slot_push_nested : put)(a, turn->slot, objs, n);
	if (turn->is_guest || turn->is_nested)
		COUNT(a, NULL, anon, n);
}

/* With holders, those that are refused are left out, and the last error told: one
 * that was reclaimed meanwhile must not take others along. */
static int
put_sound(struct arena *a, const struct turn *turn, void *const *objs,
	unsigned int n, put_fn *put)
{
	unsigned int m;
	int rc = 0, why;

	for (; n > 0; objs += m, n -= m) {
		m = holders_pushable(a, turn->slot, objs, n, &why);
		put_some(a, turn, objs, m, put);
		if (why != 0) {
			rc = why;
			m++;
		}
	}
	return rc;
}

static COLD int
put_slow(struct arena *a, void *const *objs, unsigned int n,
	objpool_key_fn *key, put_fn *put)
{
	struct turn turn;
	int rc = 0;

	if (is_checked(a))
		n = check_pushable(a, objs, n, &rc);
	if (n == 0)
		return rc;
	if (!thread_begin(a, key, true, &turn)) {
		if (has_holders(a))
			n = holders_dropped(a, objs, n, &rc);
		end_unref(a, n, GP_LAST_PUSH);
		return rc;
	}
	if (has_holders(a))
		rc = put_sound(a, &turn, objs, n, put);
	else
		put_some(a, &turn, objs, n, put);
	thread_end(a, &turn);
	return rc;
}

static COLD int
push_slow(struct arena *a, void *const *objs, unsigned int n,
	objpool_key_fn *key)
{
	return put_slow(a, objs, n, key, slot_push_slow);
}

static COLD int
push_rcu_slow(struct arena *a, void *const *objs, unsigned int n,
	objpool_key_fn *key)
{
	/* Limbo is the slot's: not for handlers. */
	if (!limbo_served(a) ||
		((arena_flags(a) & OBJPOOL_F_SIGNALS) && nest_is_deep()))
		return -ENOTSUP;
	return put_slow(a, objs, n, key, limbo_push_slow);
}

static COLD int
pop_bulk_slow(struct arena *a, void **objs, unsigned int n, objpool_key_fn *key)
{
	int got = pop_slow(a, objs, n, false, key);

	if (got < 0)
		return got;
	return (unsigned int)got == n ? 0 : -ENOBUFS;
}

/* What is not done inline: the rest of the fast path (fences, marks, a seat in
 * the second place), then the slow one. Called in the end only, so that the
 * inline part needs no stack. */
static ASIDE int
pop_with(struct objpool_slot *slot, void **objs, unsigned int n,
	enum objpool_outcome_ why)
{
	struct slot *s = slot_of(slot);

	if (unlikely(why == OBJPOOL_DOUBT_) && decide_pop(s, objs, n))
		return 0;
	if (pop_fast(s, objs, n))
		return 0;
	return pop_bulk_slow(slot_arena(s), objs, n, NULL);
}

static ASIDE int
push_with(struct objpool_slot *slot, void *const *objs, unsigned int n,
	enum objpool_outcome_ why)
{
	struct slot *s = slot_of(slot);
	struct arena *a = slot_arena(s);

	if (unlikely(why == OBJPOOL_DOUBT_) && decide_push(s, n))
		return 0;
	if (push_fast(s, objs, n))
		return 0;
	return push_slow(a, objs, n, NULL);
}

/* Slots on which not all is done inline. The usual modes have functions of their
 * own, which need no stack either. */
#define MODED(name, mode)                                                      \
	static ASIDE int pop_##name(struct objpool_slot *slot, void **objs,    \
		unsigned int n)                                                \
	{                                                                      \
		enum objpool_outcome_ outcome =                                \
			pop_as(slot_of(slot), objs, n, mode);                  \
                                                                               \
		return likely(outcome == OBJPOOL_DONE_) ?                      \
			0 :                                                    \
			pop_with(slot, objs, n, outcome);                      \
	}                                                                      \
                                                                               \
	static ASIDE int push_##name(struct objpool_slot *slot,                \
		void *const *objs, unsigned int n)                             \
	{                                                                      \
		enum objpool_outcome_ outcome =                                \
			push_as(slot_of(slot), objs, n, mode);                 \
                                                                               \
		return likely(outcome == OBJPOOL_DONE_) ?                      \
			0 :                                                    \
			push_with(slot, objs, n, outcome);                     \
	}

MODED(marked, OBJPOOL_SLOT_MARKED_)
MODED(narrow, OBJPOOL_SLOT_NARROW_)
MODED(fenced, OBJPOOL_SLOT_FENCED_)
MODED(marked_fenced, OBJPOOL_SLOT_MARKED_ | OBJPOOL_SLOT_FENCED_)

static inline int
pop_moded(struct objpool_slot *slot, void **objs, unsigned int n)
{
	switch (slot_mode(slot_of(slot))) {
	case OBJPOOL_SLOT_MARKED_:
		return pop_marked(slot, objs, n);
	case OBJPOOL_SLOT_NARROW_:
		return pop_narrow(slot, objs, n);
	case OBJPOOL_SLOT_FENCED_:
		return pop_fenced(slot, objs, n);
	case OBJPOOL_SLOT_MARKED_ | OBJPOOL_SLOT_FENCED_:
		return pop_marked_fenced(slot, objs, n);
	default:
		return pop_with(slot, objs, n, OBJPOOL_SHORT_);
	}
}

static inline int
push_moded(struct objpool_slot *slot, void *const *objs, unsigned int n)
{
	switch (slot_mode(slot_of(slot))) {
	case OBJPOOL_SLOT_MARKED_:
		return push_marked(slot, objs, n);
	case OBJPOOL_SLOT_NARROW_:
		return push_narrow(slot, objs, n);
	case OBJPOOL_SLOT_FENCED_:
		return push_fenced(slot, objs, n);
	case OBJPOOL_SLOT_MARKED_ | OBJPOOL_SLOT_FENCED_:
		return push_marked_fenced(slot, objs, n);
	default:
		return push_with(slot, objs, n, OBJPOOL_SHORT_);
	}
}

static ASIDE unsigned int
burst_with(struct objpool_slot *slot, void **objs, unsigned int n,
	enum objpool_outcome_ why)
{
	struct slot *s = slot_of(slot);
	int got;

	if (unlikely(why == OBJPOOL_DOUBT_) && decide_pop(s, objs, n))
		return n;
	if (pop_fast(s, objs, n))
		return n;
	got = pop_slow(slot_arena(s), objs, n, true, NULL);
	return got > 0 ? (unsigned int)got : 0;
}

/* The slot of a thread whose seat is not in the first place. */
static inline struct slot *
seat_below(const struct arena *a)
{
	struct slot *s = thread_seat(a);

	if (s != NULL)
		thread_move_up(a);
	return s;
}

static ASIDE int
pop_rest(struct objpool *pool, void **objs, unsigned int n, objpool_key_fn *key)
{
	struct arena *a = arena_of(pool);

	if (pop_fast(seat_below(a), objs, n))
		return 0;
	return pop_bulk_slow(a, objs, n, key);
}

static ASIDE int
push_rest(void *const *objs, unsigned int n, struct objpool *pool,
	objpool_key_fn *key)
{
	struct arena *a = arena_of(pool);

	if (push_fast(seat_below(a), objs, n))
		return 0;
	return push_slow(a, objs, n, key);
}

static ASIDE unsigned int
burst_rest(struct objpool *pool, void **objs, unsigned int n)
{
	struct arena *a = arena_of(pool);
	int got;

	if (pop_fast(seat_below(a), objs, n))
		return n;
	got = pop_slow(a, objs, n, true, NULL);
	return got > 0 ? (unsigned int)got : 0;
}

static inline int
pop_bulk(struct objpool *pool, void **objs, unsigned int n, objpool_key_fn *key)
{
	struct objpool_slot *slot = objpool_seat_of_(pool);
	enum objpool_outcome_ outcome;

	if (unlikely(slot == NULL))
		return pop_rest(pool, objs, n, key);
	if (unlikely(!objpool_slot_is_plain_(slot)))
		return pop_moded(slot, objs, n);
	outcome = pop_as(slot_of(slot), objs, n, 0);
	return likely(outcome == OBJPOOL_DONE_) ?
		0 :
		pop_with(slot, objs, n, outcome);
}

static inline int
push_bulk(void *const *objs, unsigned int n, struct objpool *pool,
	objpool_key_fn *key)
{
	struct objpool_slot *slot = objpool_seat_of_(pool);
	enum objpool_outcome_ outcome;

	if (unlikely(slot == NULL))
		return push_rest(objs, n, pool, key);
	if (unlikely(!objpool_slot_is_plain_(slot)))
		return push_moded(slot, objs, n);
	outcome = push_as(slot_of(slot), objs, n, 0);
	return likely(outcome == OBJPOOL_DONE_) ?
		0 :
		push_with(slot, objs, n, outcome);
}

static inline int
push_rcu_bulk(void *const *objs, unsigned int n, struct objpool *pool,
	objpool_key_fn *key)
{
	struct arena *a = arena_of(pool);

	if (likely(push_rcu_fast(a, thread_seat(a), objs, n)))
		return 0;
	return push_rcu_slow(a, objs, n, key);
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
	struct objpool_slot *slot = objpool_seat_of_(pool);
	enum objpool_outcome_ outcome;

	if (unlikely(slot == NULL))
		return burst_rest(pool, objs, n);
	outcome = objpool_slot_take_(slot, objs, n);
	return likely(outcome == OBJPOOL_DONE_) ?
		n :
		burst_with(slot, objs, n, outcome);
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
objpool_push_rcu(void *obj, struct objpool *pool)
{
	return push_rcu_bulk(&obj, 1, pool, NULL);
}

int
objpool_push_rcu_bulk(void *const *objs, unsigned int n, struct objpool *pool)
{
	return push_rcu_bulk(objs, n, pool, NULL);
}

int
objpool_push_rcu_bulk_keyed(void *const *objs, unsigned int n,
	struct objpool *pool, objpool_key_fn *key)
{
	return push_rcu_bulk(objs, n, pool, key);
}

int
objpool_slot_pop_(struct objpool_slot *slot, void **objs, unsigned int n,
	enum objpool_outcome_ why)
{
	return likely(why == OBJPOOL_SHORT_) ? pop_moded(slot, objs, n) :
					       pop_with(slot, objs, n, why);
}

unsigned int
objpool_slot_burst_(struct objpool_slot *slot, void **objs, unsigned int n,
	enum objpool_outcome_ why)
{
	return burst_with(slot, objs, n, why);
}

int
objpool_slot_push_(struct objpool_slot *slot, void *const *objs, unsigned int n,
	enum objpool_outcome_ why)
{
	return likely(why == OBJPOOL_SHORT_) ? push_moded(slot, objs, n) :
					       push_with(slot, objs, n, why);
}

struct objpool_slot *
objpool_slot_of_(struct objpool *pool, unsigned int layout, objpool_key_fn *key)
{
	return thread_slot(arena_of(pool), layout, key);
}

void
objpool_detach(struct objpool *pool)
{
	thread_leave(arena_of(pool));
}

void *
objpool_enter(struct objpool *pool, objpool_key_fn *key)
{
	struct arena *a = arena_of(pool);
	struct turn turn;

	/* A finished pool has nothing to be in the middle of. */
	return thread_begin(a, key, true, &turn) ? turn.slot : NULL;
}

void
objpool_leave(struct objpool *pool, void *mark)
{
	struct arena *a = arena_of(pool);
	struct turn turn = { .slot = mark, .error = errno };

	if (mark == NULL)
		return;
	turn.is_guest = turn.slot->index >= a->nr_slots;
	turn.is_guarded = arena_flags(a) & OBJPOOL_F_SIGNALS;
	thread_end(a, &turn);
}
