/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The scheme of Linux' objpool, in our own words and made safe for user space.
 *
 * A slot for each worker; a slot has a ring with room for all objects of the
 * pool, so that push, always to one's own slot, cannot fail. Anybody takes from
 * any ring, one's own first, then round the others, one object at a time, by
 * moving the ring's head with a compare-and-swap.
 *
 * The kernel lets any context of a CPU push to the CPU's slot and disables
 * interrupts meanwhile; user space cannot. Here a slot has one producer, its
 * worker, which so needs no atomic read-modify-write: it writes the entry and
 * publishes it by moving the tail. Counters have 64 bits and never wrap; takers
 * read the tail with acquire order, so the entry that they then read is the one
 * meant. If it is overwritten meanwhile, the head has moved and the
 * compare-and-swap fails.
 */

#include <errno.h>
#include <stdatomic.h>

#include <rte_malloc.h>

#include "loop.h"

struct ring {
	/* Takers'. */
	alignas(RTE_CACHE_LINE_SIZE) _Atomic(uint64_t) head;
	/* The worker's. */
	alignas(RTE_CACHE_LINE_SIZE) _Atomic(uint64_t) tail;
	_Atomic(void *) *entries;
};

struct rings {
	unsigned int nr;
	uint64_t mask;
	char *objs;
	_Atomic(void *) *entries;
	struct ring ring[];
};

static inline void *
ring_take(struct ring *ring, uint64_t mask)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint64_t tail;
	void *obj;

	for (;;) {
		tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
		if (tail == head)
			return NULL;
		obj = atomic_load_explicit(&ring->entries[head & mask],
			memory_order_relaxed);
		if (atomic_compare_exchange_weak_explicit(&ring->head, &head,
			    head + 1, memory_order_acq_rel,
			    memory_order_acquire))
			return obj;
	}
}

static inline void
ring_give(struct ring *ring, uint64_t mask, void *obj)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	atomic_store_explicit(&ring->entries[tail & mask], obj,
		memory_order_relaxed);
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
}

/* One's own, then the others. */
static inline void *
rings_take(struct rings *rings, struct ring *own)
{
	unsigned int at = own - rings->ring;
	void *obj = ring_take(own, rings->mask);

	for (unsigned int i = 1; obj == NULL && i < rings->nr; i++) {
		if (++at == rings->nr)
			at = 0;
		obj = ring_take(&rings->ring[at], rings->mask);
	}
	return obj;
}

static __rte_always_inline void
put_of_rings(void *handle, void *seat, void *const *objs, unsigned int n)
{
	struct rings *rings = handle;

	for (unsigned int i = 0; i < n; i++)
		ring_give(seat, rings->mask, objs[i]);
}

static __rte_always_inline int
get_of_rings(void *handle, void *seat, void **objs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		objs[i] = rings_take(handle, seat);
		if (unlikely(objs[i] == NULL)) {
			put_of_rings(handle, seat, objs, i);
			return -ENOBUFS;
		}
	}
	return 0;
}

LOOPS(rings, get_of_rings, put_of_rings)

static void *
own_ring(void *handle, unsigned int worker)
{
	struct rings *rings = handle;

	return &rings->ring[worker % rings->nr];
}

static void
rings_close(struct pool *pool)
{
	struct rings *rings = pool->handle;

	rte_free(rings->objs);
	rte_free(rings->entries);
	rte_free(rings);
}

static int
rings_open(struct pool *pool, const struct setup *setup)
{
	unsigned int nr =
		setup->nr_slots > 0 ? setup->nr_slots : setup->nr_workers;
	uint64_t capacity = rte_align64pow2(setup->nr_objs);
	struct rings *rings =
		rte_zmalloc(NULL, sizeof(*rings) + nr * sizeof(rings->ring[0]),
			RTE_CACHE_LINE_SIZE);

	if (rings == NULL)
		return -ENOMEM;
	pool->handle = rings;
	pool->objs_len = (size_t)setup->nr_objs * setup->obj_size;
	rings->nr = nr;
	rings->mask = capacity - 1;
	rings->objs = rte_zmalloc(NULL, pool->objs_len, RTE_CACHE_LINE_SIZE);
	rings->entries = rte_zmalloc(NULL,
		nr * capacity * sizeof(*rings->entries), RTE_CACHE_LINE_SIZE);
	if (rings->objs == NULL || rings->entries == NULL) {
		rings_close(pool);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < nr; i++)
		rings->ring[i].entries = rings->entries + i * capacity;
	for (unsigned int i = 0; i < setup->nr_objs; i++)
		ring_give(&rings->ring[i % nr], rings->mask,
			rings->objs + (size_t)i * setup->obj_size);
	return 0;
}

const struct kind kernel_kind = {
	.open = rings_open,
	.close = rings_close,
	.seat = own_ring,
	.loops = &rings_loops,
	.is_shared = true,
};
