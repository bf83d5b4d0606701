/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Get and put, as mempool calls them.
 *
 * mempool ignores what enqueue returns, so enqueue must not fail, and does not
 * (but for objects that were reclaimed from a dead process while a living one had
 * them, objpool_mempool_reclaim(): these are left out).
 * dequeue takes all or nothing. Both do what inline calls do; what is not the
 * common case, or belongs to mempools that are replaced or about to end
 * (replace.c), is left to the rest. They mark the pool, so that its end can wait
 * for them. Both refuse when pool_data is not ours, which happens when processes
 * loaded different drivers: mempool finds operations by their place in a table
 * that each process fills in its own order. state.h says how this is noticed,
 * from both sides.
 */

#include <errno.h>
#include <stdbool.h>

#include "replace.h"
#include "state.h"

/* Is it a state of ours, of a driver that has another layout? */
static bool
is_of_another_version(const struct state *s)
{
	return s->magic > STATE_MAGIC_BASE &&
		s->magic <= STATE_MAGIC_BASE + STATE_LAYOUT_MAX;
}

struct state *
state_refuse(const struct rte_mempool *mp)
{
	static bool told;

	if (mp->pool_data == NULL ||
		__atomic_exchange_n(&told, true, __ATOMIC_RELAXED))
		return NULL;
	if (is_of_another_version(mp->pool_data))
		SAY(ERR,
			"mempool %s was made by another version of the driver: "
			"start all processes with the same one",
			mp->name);
	else
		SAY(ERR,
			"mempool %s was made with other drivers loaded: start "
			"all processes with the same -d options in the same "
			"order, with -d also for mempool drivers that only one "
			"program is linked with (ldd PROGRAM | grep mempool)",
			mp->name);
	return NULL;
}

/* DOUBT as in fast.c; else the pool may be somebody else's, or replaced. */
static __rte_noinline int
enqueue_rest(struct rte_mempool *mp, void *const *objs, unsigned int n,
	enum objpool_outcome_ why)
{
	struct state *s = state_of(mp);

	if (unlikely(s == NULL))
		return -EINVAL;
	if (unlikely(why == OBJPOOL_DOUBT_))
		return objpool_slot_push_(state_seat(mp), objs, n, why);
	if (unlikely(atomic_load_explicit(&s->mixed, memory_order_relaxed)))
		return replace_enqueue(mp, objs, n);
	return objpool_push_bulk_keyed(objs, n, &s->pool, lcore_key);
}

static __rte_noinline int
dequeue_rest(struct rte_mempool *mp, void **objs, unsigned int n,
	enum objpool_outcome_ why)
{
	struct state *s = state_of(mp);
	int ret = -ESHUTDOWN;

	if (unlikely(s == NULL))
		return -EINVAL;
	if (unlikely(why == OBJPOOL_DOUBT_))
		ret = objpool_slot_pop_(state_seat(mp), objs, n, why);
	else if (likely(atomic_load_explicit(&s->by, memory_order_relaxed) ==
			 NULL))
		ret = objpool_pop_bulk_keyed(&s->pool, objs, n, lcore_key);
	return likely(ret != -ESHUTDOWN) ? ret : replace_dequeue(s, objs, n);
}

/* Slots are marked and, where a second process uses the mempool, fenced. */
#define FENCED (OBJPOOL_SLOT_MARKED_ | OBJPOOL_SLOT_FENCED_)

static __rte_always_inline enum objpool_outcome_
marked_push(struct objpool_slot *slot, void *const *objs, unsigned int n)
{
	uint32_t mode = atomic_load_explicit(&slot->mode, memory_order_relaxed);

	if (likely(mode == OBJPOOL_SLOT_MARKED_))
		return objpool_marked_push_(slot, objs, n, OBJPOOL_SLOT_MARKED_,
			true);
	return mode == FENCED ?
		objpool_marked_push_(slot, objs, n, FENCED, true) :
		OBJPOOL_SHORT_;
}

static __rte_always_inline enum objpool_outcome_
marked_pop(struct objpool_slot *slot, void **objs, unsigned int n)
{
	uint32_t mode = atomic_load_explicit(&slot->mode, memory_order_relaxed);

	if (likely(mode == OBJPOOL_SLOT_MARKED_))
		return objpool_marked_pop_(slot, objs, n, OBJPOOL_SLOT_MARKED_,
			true);
	return mode == FENCED ?
		objpool_marked_pop_(slot, objs, n, FENCED, true) :
		OBJPOOL_SHORT_;
}

/* The thread's slot, if nothing diverts it: then it is that of a pool which
 * serves its mempool, and gets nobody else's objects (fast.c). What is left over
 * is called in the end only, so that this needs no stack. */
int
serve_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	struct objpool_slot *slot = state_seat(mp);
	enum objpool_outcome_ outcome = OBJPOOL_SHORT_;

	if (likely(slot != NULL))
		outcome = marked_push(slot, objs, n);
	return likely(outcome == OBJPOOL_DONE_) ?
		0 :
		enqueue_rest(mp, objs, n, outcome);
}

int
serve_dequeue(struct rte_mempool *mp, void **objs, unsigned int n)
{
	struct objpool_slot *slot = state_seat(mp);
	enum objpool_outcome_ outcome = OBJPOOL_SHORT_;

	if (likely(slot != NULL))
		outcome = marked_pop(slot, objs, n);
	return likely(outcome == OBJPOOL_DONE_) ?
		0 :
		dequeue_rest(mp, objs, n, outcome);
}
