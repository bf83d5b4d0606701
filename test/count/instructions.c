/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What programs compile of objpool/fast.h, for instructions.sh to look at: all of
 * it, or with ONLY_... one function alone. FENCED: with a fence, which it must
 * notice.
 */

#include <objpool/fast.h>

#if !defined(ONLY_POP) && !defined(ONLY_PUSH)
#define ALL
#endif

void *
pop(struct objpool_slot *slot);
int
push(void *obj, struct objpool_slot *slot);
int
pop_bulk(struct objpool_slot *slot, void **objs, unsigned int n);
int
push_bulk(struct objpool_slot *slot, void *const *objs, unsigned int n);

#ifndef FENCED

#if defined(ALL) || defined(ONLY_POP)
void *
pop(struct objpool_slot *slot)
{
	return objpool_slot_pop(slot);
}
#endif

#if defined(ALL) || defined(ONLY_PUSH)
int
push(void *obj, struct objpool_slot *slot)
{
	return objpool_slot_push(obj, slot);
}
#endif

#ifdef ALL
int
pop_bulk(struct objpool_slot *slot, void **objs, unsigned int n)
{
	return objpool_slot_pop_bulk(slot, objs, n);
}

int
push_bulk(struct objpool_slot *slot, void *const *objs, unsigned int n)
{
	return objpool_slot_push_bulk(objs, n, slot);
}
#endif

#else

#if defined(ALL) || defined(ONLY_POP)
void *
pop(struct objpool_slot *slot)
{
	void *obj, *other;

	enum objpool_outcome_ outcome = objpool_block_pop_(
		objpool_slot_block_(slot), &obj, 1, true, true);

	if (outcome == OBJPOOL_DONE_)
		return obj;
	return objpool_slot_pop_(slot, &other, 1, outcome) == 0 ? other : NULL;
}
#endif

#if defined(ALL) || defined(ONLY_PUSH)
int
push(void *obj, struct objpool_slot *slot)
{
	enum objpool_outcome_ outcome =
		objpool_block_push_(objpool_slot_block_(slot), &obj, 1, true,
			true);

	return objpool_slot_push_(slot, &obj, 1, outcome);
}
#endif

#endif
