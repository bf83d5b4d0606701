/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Free objects of the driver's mempools, poisoned under AddressSanitizer: how,
 * says poisoned.c.
 *
 * Who includes this instead of objpool_mempool_fast.h has inline calls that
 * poison as well: what they do on a slot's block is done between here. What they
 * leave to the driver, it does.
 */

#ifndef OBJPOOL_TEST_DRIVER_POISONED_H
#define OBJPOOL_TEST_DRIVER_POISONED_H

#include <rte_mempool.h>

#include <objpool/fast.h>

#include "poison.h"

/* A mempool that replaces another is given objects of both: each says of what
 * size it is. */
static inline void
poison_objects(void *const *objs, unsigned int n)
{
	for (unsigned int i = 0; HAS_ASAN && i < n; i++)
		poison(objs[i], rte_mempool_from_obj(objs[i])->elt_size);
}

static inline void
unpoison_objects(void *const *objs, unsigned int n)
{
	for (unsigned int i = 0; HAS_ASAN && i < n; i++)
		unpoison(objs[i], rte_mempool_from_obj(objs[i])->elt_size);
}

static inline enum objpool_outcome_
poisoned_pop(struct objpool_slot *slot, void **objs, unsigned int n,
	uint32_t mode, bool wide)
{
	enum objpool_outcome_ outcome =
		objpool_marked_pop_(slot, objs, n, mode, wide);

	if (outcome == OBJPOOL_DONE_)
		unpoison_objects(objs, n);
	return outcome;
}

static inline enum objpool_outcome_
poisoned_push(struct objpool_slot *slot, void *const *objs, unsigned int n,
	uint32_t mode, bool wide)
{
	poison_objects(objs, n);
	return objpool_marked_push_(slot, objs, n, mode, wide);
}

#define objpool_marked_pop_  poisoned_pop
#define objpool_marked_push_ poisoned_push
#include <objpool/objpool_mempool_fast.h>
#undef objpool_marked_pop_
#undef objpool_marked_push_

#endif /* OBJPOOL_TEST_DRIVER_POISONED_H */
