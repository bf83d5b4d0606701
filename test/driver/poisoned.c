/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Make any access to a free object of the driver's mempools an error.
 *
 * AddressSanitizer knows nothing of EAL's memory, but poisons whatever it is told
 * to. So in builds that have it the driver's operations are wrapped: an object is
 * poisoned before it is put, and no more after it was got. Everything that is
 * compiled with the tool then stumbles over a free object: the test, the driver,
 * the library. DPDK's own libraries are not.
 *
 * Memory that mempools give back is unpoisoned first: rte_memzone_free() is
 * ours, before EAL's, as its name is found here first. Inline calls do not pass
 * the operations; tests of those leave objects as they are, and so do tests
 * of what only the driver's own mempools may do: it knows them by their
 * operations (is_ours()).
 */

#include "poisoned.h"

#include "poison.h"

#if HAS_ASAN

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <rte_memzone.h>

static rte_mempool_enqueue_t real_enqueue;
static rte_mempool_dequeue_t real_dequeue;

static int
enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	/* A mempool that replaces another is given objects of both. Mbufs are
	 * first written while they are free, by rte_pktmbuf_init(). */
	for (unsigned int i = 0; i < n && mp->private_data_size == 0; i++)
		poison(objs[i], rte_mempool_from_obj(objs[i])->elt_size);
	return real_enqueue(mp, objs, n);
}

static int
dequeue(struct rte_mempool *mp, void **objs, unsigned int n)
{
	int rc = real_dequeue(mp, objs, n);

	if (rc == 0)
		for (unsigned int i = 0; i < n; i++)
			unpoison(objs[i],
				rte_mempool_from_obj(objs[i])->elt_size);
	return rc;
}

void
poison_mempools(void)
{
	for (unsigned int i = 0; i < rte_mempool_ops_table.num_ops; i++) {
		struct rte_mempool_ops *ops = &rte_mempool_ops_table.ops[i];

		if (strcmp(ops->name, "objpool") != 0)
			continue;
		real_enqueue = ops->enqueue;
		real_dequeue = ops->dequeue;
		ops->enqueue = enqueue;
		ops->dequeue = dequeue;
		return;
	}
	abort();
}

int
rte_memzone_free(const struct rte_memzone *zone)
{
	static int (*real)(const struct rte_memzone *zone);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "rte_memzone_free");
	if (zone != NULL && zone->addr != NULL)
		unpoison(zone->addr, zone->len);
	return real(zone);
}

#else

void
poison_mempools(void)
{
}

#endif
