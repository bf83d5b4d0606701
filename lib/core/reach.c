/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Fence-free slots, and reaching their owners; reach.h says how. Who diverts a
 * slot's operations may write its mode at the same time.
 */

#include "reach.h"
#include "claim.h"

static bool
has_company(const struct arena *a)
{
	return atomic_load_explicit(&a->joined, memory_order_relaxed) != 0;
}

static void
join(struct arena *a)
{
	uint32_t alone = 0;

	if (atomic_compare_exchange_strong_explicit(&a->joined, &alone, 1,
		    memory_order_relaxed, memory_order_relaxed))
		claim_divert(a, OBJPOOL_SLOT_JOINED_);
}

/* Where memory is not shared a forked child has a copy, in which no thread of
 * its parent does anything: all slots are one process's. */
bool
reach_may_be_free(struct arena *a)
{
	uint64_t own, home = 0;

	if (!a->fence_free)
		return false;
	if (!a->shared)
		return fence_join();
	own = fence_process();
	if (own != 0 && fence_join() &&
		(atomic_compare_exchange_strong_explicit(&a->home, &home, own,
			 memory_order_relaxed, memory_order_relaxed) ||
			home == own))
		return !has_company(a);
	join(a);
	return false;
}

void
reach_set(const struct arena *a, struct slot *s, bool fence_free)
{
	if (!fence_free) {
		reach_leave(s);
		return;
	}
	/* E18: before adopt. And before the owner marks an operation: who waits
	 * for marks either reads it, or did what the owner is to see before. */
	atomic_store_explicit(&s->fence_free, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst); /* E18 */
	atomic_fetch_and_explicit(&s->pub.mode, ~OBJPOOL_SLOT_FENCED_,
		memory_order_relaxed);
	/* Whoever joined meanwhile may have told the last owner. */
	if (has_company(a))
		reach_leave(s);
}

void
reach_leave(struct slot *s)
{
	atomic_fetch_or_explicit(&s->pub.mode, OBJPOOL_SLOT_FENCED_,
		memory_order_relaxed);
	atomic_fetch_and_explicit(&s->pub.mode, ~OBJPOOL_SLOT_JOINED_,
		memory_order_relaxed);
	/* E19: all that was done without fences. */
	atomic_store_explicit(&s->fence_free, 0, memory_order_release);
}

/* Is this the only process whose threads may have fence-free slots? */
static bool
is_home(const struct arena *a)
{
	uint64_t own;

	if (!a->shared)
		return true;
	own = fence_process();
	return own != 0 &&
		own == atomic_load_explicit(&a->home, memory_order_relaxed);
}

void
reach_settle(struct arena *a)
{
	if (!a->fence_free || is_home(a) || fence_works(REACH_OTHERS))
		return;
	join(a);
	/* Before it is asked who is fence-free: else an end could begin that
	 * has to wait for an idle thread's next operation. */
	atomic_thread_fence(memory_order_seq_cst); /* E18 */
}

bool
reach_is_settled(const struct arena *a)
{
	return !is_home(a) && has_company(a);
}

static unsigned int
reach_from_elsewhere(const struct arena *a, const struct slot *s)
{
	/* E18, E19 */
	if (atomic_load_explicit(&s->fence_free, memory_order_acquire) == 0 ||
		!fence_is_needed(a->place,
			atomic_load_explicit(&s->owner, memory_order_acquire)))
		return REACH_NONE;
	return REACH_OTHERS;
}

unsigned int
reach_of(const struct arena *a, const struct slot *s)
{
	if (!a->fence_free)
		return REACH_NONE;
	return is_home(a) ? REACH_OWN : reach_from_elsewhere(a, s);
}

unsigned int
reach_of_all(const struct arena *a)
{
	unsigned int reach = REACH_NONE;

	if (!a->fence_free)
		return REACH_NONE;
	if (is_home(a))
		return REACH_OWN;
	for (uint32_t i = 0; i < a->nr_slots; i++)
		reach |= reach_from_elsewhere(a, slot_at(a, i));
	return reach;
}
