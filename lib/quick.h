/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The fast path of what is not done inline: on slots that pay for their own
 * fence, that mark each operation, that handlers may interrupt, or whose blocks
 * are narrow. False: not to be done so.
 */

#ifndef OBJPOOL_QUICK_H
#define OBJPOOL_QUICK_H

#include "core/limbo.h"
#include "core/mark.h"
#include "core/slot.h"
#include "nest.h"
#include "pool.h"

/* With these nothing is quick. */
#define ASIDE_MODES (OBJPOOL_SLOT_SLOW_ | OBJPOOL_SLOT_JOINED_)

/* What was begun inline is in doubt: decide it and, on marked pools, end it. */
static COLD bool
decide_pop(struct slot *s, void **objs, unsigned int n)
{
	bool done = block_decide_pop(slot_block(s), objs, n) == OBJPOOL_DONE_;

	if (slot_mode(s) & OBJPOOL_SLOT_MARKED_)
		mark_leave(s);
	return done;
}

static COLD bool
decide_push(struct slot *s, unsigned int n)
{
	bool done = block_decide_push(slot_block(s), n) == OBJPOOL_DONE_;

	if (!done)
		COUNT(slot_arena(s), s, unput, n);
	if (slot_mode(s) & OBJPOOL_SLOT_MARKED_)
		mark_leave(s);
	return done;
}

/* On a slot of this mode, which does not forbid it. */
static inline __attribute__((always_inline)) enum objpool_outcome_
pop_as(struct slot *s, void **objs, unsigned int n, uint32_t mode)
{
	bool wide = !(mode & OBJPOOL_SLOT_NARROW_);

	if (mode & OBJPOOL_SLOT_MARKED_)
		return objpool_marked_pop_(&s->pub, objs, n, mode, wide);
	return objpool_block_pop_(slot_block(s), objs, n,
		mode & OBJPOOL_SLOT_FENCED_, wide);
}

static inline __attribute__((always_inline)) enum objpool_outcome_
push_as(struct slot *s, void *const *objs, unsigned int n, uint32_t mode)
{
	bool wide = !(mode & OBJPOOL_SLOT_NARROW_);

	if (mode & OBJPOOL_SLOT_MARKED_)
		return objpool_marked_push_(&s->pub, objs, n, mode, wide);
	return objpool_block_push_(slot_block(s), objs, n,
		mode & OBJPOOL_SLOT_FENCED_, wide);
}

/* The same two where handlers may interrupt them. What is nested must not touch
 * the slot. */
static ASIDE bool
pop_guarded(struct slot *s, void **objs, unsigned int n, uint32_t mode)
{
	enum objpool_outcome_ outcome = OBJPOOL_SHORT_;
	bool done;

	if (nest_enter() == 0)
		outcome = pop_as(s, objs, n, mode);
	done = outcome == OBJPOOL_DONE_ ||
		(unlikely(outcome == OBJPOOL_DOUBT_) && decide_pop(s, objs, n));
	nest_leave();
	return done;
}

static ASIDE bool
push_guarded(struct slot *s, void *const *objs, unsigned int n, uint32_t mode)
{
	enum objpool_outcome_ outcome = OBJPOOL_SHORT_;
	bool done;

	if (nest_enter() == 0)
		outcome = push_as(s, objs, n, mode);
	done = outcome == OBJPOOL_DONE_ ||
		(unlikely(outcome == OBJPOOL_DOUBT_) && decide_push(s, n));
	nest_leave();
	return done;
}

static ASIDE bool
pop_fast(struct slot *s, void **objs, unsigned int n)
{
	enum objpool_outcome_ outcome;
	uint32_t mode;

	if (unlikely(s == NULL))
		return false;
	mode = slot_mode(s);
	if (mode & (ASIDE_MODES | OBJPOOL_SLOT_CLOSED_))
		return false;
	if (mode & OBJPOOL_SLOT_SIGNALS_)
		return pop_guarded(s, objs, n, mode);
	outcome = pop_as(s, objs, n, mode);
	return outcome == OBJPOOL_DONE_ ||
		(outcome == OBJPOOL_DOUBT_ && decide_pop(s, objs, n));
}

static ASIDE bool
push_fast(struct slot *s, void *const *objs, unsigned int n)
{
	enum objpool_outcome_ outcome;
	uint32_t mode;

	if (unlikely(s == NULL))
		return false;
	mode = slot_mode(s);
	if (mode & ASIDE_MODES)
		return false;
	if (mode & OBJPOOL_SLOT_HOMING_ &&
		!slot_is_home(slot_arena(s), s, objs, n))
		return false;
	if (mode & OBJPOOL_SLOT_SIGNALS_)
		return push_guarded(s, objs, n, mode);
	outcome = push_as(s, objs, n, mode);
	return outcome == OBJPOOL_DONE_ ||
		(outcome == OBJPOOL_DOUBT_ && decide_push(s, n));
}

static inline bool
push_rcu_marked(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n)
{
	uint32_t mark = mark_enter(s);
	bool done = !(slot_mode(s) & ASIDE_MODES) && /* E16 */
		limbo_push_fast(a, s, objs, n);

	objpool_mark_leave_(&s->pub, mark);
	return done;
}

static ASIDE bool
push_rcu_guarded(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n)
{
	bool done = false;

	if (nest_enter() == 0)
		done = slot_mode(s) & OBJPOOL_SLOT_MARKED_ ?
			push_rcu_marked(a, s, objs, n) :
			limbo_push_fast(a, s, objs, n);
	nest_leave();
	return done;
}

static inline bool
push_rcu_fast(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n)
{
	/* Whether this process may is found out on the slow path. */
	if (unlikely(s == NULL) || (arena_flags(a) & FLAG_SHARED) ||
		(slot_mode(s) & ASIDE_MODES))
		return false;
	if (slot_mode(s) & OBJPOOL_SLOT_SIGNALS_)
		return push_rcu_guarded(a, s, objs, n);
	if (slot_mode(s) & OBJPOOL_SLOT_MARKED_)
		return push_rcu_marked(a, s, objs, n);
	return limbo_push_fast(a, s, objs, n);
}

#endif /* OBJPOOL_QUICK_H */
