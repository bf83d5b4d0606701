/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Make any access to a free object of the driver's mempools an error.
 *
 * AddressSanitizer knows nothing of EAL's memory, but poisons whatever it is told
 * to. So in builds that have it all the driver's tests but table.c (which loads
 * the plugins as users do) are linked with a driver that has this file
 * inside. The linker leads all that name serve_enqueue() or serve_dequeue() in
 * the driver to those here (--wrap), which poison an object before it is put, and
 * no more after it was got. For the driver these are its operations: it knows
 * its mempools by them, and serves, replaces and ends them as ever. Whatever is
 * compiled with the tool then stumbles over a free object: the test, the driver,
 * the library. DPDK's own libraries do not, except by memset() and its like.
 *
 * Inline calls do not pass the operations. They do the same where they are
 * compiled (poisoned.h), or here if the library decides them.
 *
 * Not poisoned are objects in mempool's own caches, which are above the
 * operations; the headers that mempool puts before objects, where it and the
 * driver keep what they need of free ones; and what objpool_mempool_reclaim()
 * put back. Tests of several processes are not built with sanitizers at all:
 * processes would not get the same addresses free.
 *
 * eal_memory.c is the other half: what EAL's memory was used for before.
 */

#include "poisoned.h"

int
__real_serve_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n);
int
__real_serve_dequeue(struct rte_mempool *mp, void **objs, unsigned int n);
int
__wrap_serve_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n);
int
__wrap_serve_dequeue(struct rte_mempool *mp, void **objs, unsigned int n);

int
__real_objpool_slot_pop_2_(struct objpool_slot *slot, void **objs,
	unsigned int n, enum objpool_outcome_ why);
int
__wrap_objpool_slot_pop_2_(struct objpool_slot *slot, void **objs,
	unsigned int n, enum objpool_outcome_ why);

int
__wrap_serve_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	int rc;

	poison_objects(objs, n);
	rc = __real_serve_enqueue(mp, objs, n);
	if (rc != 0)
		unpoison_objects(objs, n); /* refused */
	return rc;
}

int
__wrap_serve_dequeue(struct rte_mempool *mp, void **objs, unsigned int n)
{
	int rc = __real_serve_dequeue(mp, objs, n);

	if (rc == 0)
		unpoison_objects(objs, n);
	return rc;
}

int
__wrap_objpool_slot_pop_2_(struct objpool_slot *slot, void **objs,
	unsigned int n, enum objpool_outcome_ why)
{
	int rc = __real_objpool_slot_pop_2_(slot, objs, n, why);

	if (rc == 0)
		unpoison_objects(objs, n);
	return rc;
}
