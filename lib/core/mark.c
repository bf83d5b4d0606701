/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Waiting for marks; mark.h says what they are. How to wait between two looks
 * is the caller's affair.
 */

#include "mark.h"
#include "reach.h"

bool
marks_will_work(struct arena *a)
{
	reach_settle(a);
	return marks_work(a);
}

bool
marks_work(const struct arena *a)
{
	return fence_works(reach_of_all(a));
}

bool
marks_fence(const struct arena *a)
{
	unsigned int reach;

	/* After the state was changed, before it is asked whom to reach. */
	atomic_thread_fence(memory_order_seq_cst); /* E16, E18 */
	reach = reach_of_all(a);
	if (!fence_works(reach))
		return false;
	HEAVY_FENCE(reach); /* E16 */
	return true;
}

bool
marks_over(const struct arena *a, uint32_t i, uint32_t *busy, bool first,
	claim_alive_fn *alive)
{
	const struct slot *s = slot_at(a, i);
	/* E16, E17 */
	uint32_t now = atomic_load_explicit(&s->pub.busy, memory_order_acquire);
	uint64_t owner;

	if (first)
		*busy = now;
	if (now % 2 == 0 || now != *busy)
		return true;
	/* E17, of a guest */
	owner = atomic_load_explicit(&s->owner, memory_order_acquire);
	return owner == 0 || !alive(owner);
}
