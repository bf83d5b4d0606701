/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Where are the objects of a mempool that waits for them?
 *
 * All its objects are written down, and then looked for where objects can be:
 * at home (the pool is closed, so its objects only get more), in mempool's own
 * caches, in every ring that is in EAL's list. An object counts where it is
 * found first. Of mbufs that are in none of these the port they were received
 * on is told, which narrows down whose queue or thread has them. The rest is
 * "elsewhere".
 *
 * All of this is read while others work. Entries of rings are only compared
 * with the objects' addresses, never followed: they may be anything.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal_memconfig.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_tailq.h>

#include "retire.h"

enum place {
	OUT,
	HOME,
	CACHE,
	RING,
};

struct object {
	const void *addr;
	enum place place;
};

struct search {
	struct object *objs; /* sorted */
	unsigned int nr_objs, nr_out;
	char *text;
	size_t size, len;
};

/* Text that does not fit any more is left away. */
static __rte_format_printf(2, 3) void tell(struct search *search,
	const char *format, ...)
{
	const char *comma = search->len > 0 ? ", " : "";
	size_t room = search->size - search->len;
	char part[128];
	va_list args;
	int len;

	va_start(args, format);
	vsnprintf(part, sizeof(part), format, args);
	va_end(args);
	len = snprintf(search->text + search->len, room, "%s%s", comma, part);
	if (len >= 0 && (size_t)len < room)
		search->len += (size_t)len;
	else
		search->text[search->len] = '\0';
}

static int
compare(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

/* An object was found; whether it is one of ours, and for the first time. */
static bool
found(struct search *search, const void *addr, enum place place)
{
	struct object key = { .addr = addr }, *obj;

	obj = bsearch(&key, search->objs, search->nr_objs, sizeof(key),
		compare);
	if (obj == NULL || obj->place != OUT)
		return false;
	obj->place = place;
	return true;
}

/* As rte_mempool_obj_iter(); of a replaced mempool the ending has the list. */
static void
list_objects(struct search *search, const struct ending *e)
{
	const struct rte_mempool_objhdr *header;
	unsigned int n = 0;

	STAILQ_FOREACH(header,
		e->kind == ENDING_OBJECTS ? &e->objs : &e->mp->elt_list, next)
	{
		if (n == search->nr_objs)
			break;
		search->objs[n++].addr = &header[1];
	}
	search->nr_objs = n;
	qsort(search->objs, n, sizeof(*search->objs), compare);
}

static void
at_home(void *obj, void *ctx)
{
	struct search *search = ctx;

	if (found(search, obj, HOME))
		search->nr_out--;
}

static unsigned int
look_into_caches(struct search *search, const struct rte_mempool *mp)
{
	const struct rte_mempool_cache *cache;
	unsigned int sum = 0, nr, len;

	if (mp->cache_size == 0)
		return 0;
	for (unsigned int lcore = 0; lcore < RTE_MAX_LCORE; lcore++) {
		cache = &mp->local_cache[lcore];
		nr = 0;
		len = __atomic_load_n(&cache->len, __ATOMIC_RELAXED);
		len = RTE_MIN(len, (unsigned int)RTE_DIM(cache->objs));
		for (unsigned int i = 0; i < len; i++)
			nr += found(search, cache->objs[i], CACHE);
		if (nr > 0)
			tell(search, "%u in the cache of lcore %u", nr, lcore);
		sum += nr;
	}
	return sum;
}

/* A ring does not say how large its entries are; its memory does. */
static bool
has_pointers(const struct rte_ring *ring)
{
	ssize_t size = rte_ring_get_memsize(ring->size);

	return ring->memzone != NULL && size > 0 &&
		RTE_CACHE_LINE_ROUNDUP(ring->memzone->len) ==
		RTE_CACHE_LINE_ROUNDUP((size_t)size);
}

static unsigned int
look_into_ring(struct search *search, const struct rte_ring *ring)
{
	void *const *entry = (void *const *)(const void *)&ring[1];
	unsigned int n = rte_ring_count(ring), nr = 0;
	uint32_t at = ring->cons.tail;

	if (!has_pointers(ring))
		return 0;
	for (; n > 0; n--, at++)
		nr += found(search,
			__atomic_load_n(&entry[at & ring->mask],
				__ATOMIC_RELAXED),
			RING);
	if (nr > 0)
		tell(search, "%u in ring %s", nr, ring->name);
	return nr;
}

static unsigned int
look_into_rings(struct search *search)
{
	struct rte_tailq_head *head;
	struct rte_tailq_entry *entry;
	unsigned int sum = 0;

	rte_mcfg_tailq_read_lock();
	head = rte_eal_tailq_lookup(RTE_TAILQ_RING_NAME);
	if (head != NULL)
		TAILQ_FOREACH(entry, &head->tailq_head, next)
	sum += look_into_ring(search, entry->data);
	rte_mcfg_tailq_read_unlock();
	return sum;
}

bool
holders_of_mbufs(struct rte_mempool *mp)
{
	const struct rte_pktmbuf_pool_private *priv;

	if (mp->private_data_size < sizeof(*priv))
		return false;
	priv = rte_mempool_get_priv(mp);
	return mp->elt_size >= sizeof(struct rte_mbuf) &&
		mp->elt_size ==
		sizeof(struct rte_mbuf) + priv->mbuf_priv_size +
			priv->mbuf_data_room_size;
}

static unsigned int
tell_ports(struct search *search, struct rte_mempool *mp)
{
	unsigned int nr[RTE_MAX_ETHPORTS] = { 0 }, sum = 0;

	if (!holders_of_mbufs(mp))
		return 0;
	for (unsigned int i = 0; i < search->nr_objs; i++) {
		const struct rte_mbuf *m = search->objs[i].addr;
		uint16_t port;

		if (search->objs[i].place != OUT || m->pool != mp)
			continue;
		port = __atomic_load_n(&m->port, __ATOMIC_RELAXED);
		if (port < RTE_DIM(nr))
			nr[port]++;
	}
	for (unsigned int port = 0; port < RTE_DIM(nr); port++) {
		if (nr[port] > 0)
			tell(search, "%u received on port %u", nr[port], port);
		sum += nr[port];
	}
	return sum;
}

static void
look(struct search *search, const struct ending *e,
	struct objpool_mempool_waiting *waiting)
{
	struct rte_mempool *mp = e->mp;
	const struct state *s = mp->pool_data;
	unsigned int known;

	list_objects(search, e);
	(void)objpool_walk_free(&s->pool, at_home, search);
	waiting->nr_out = search->nr_out;
	waiting->nr_cached = look_into_caches(search, mp);
	known = waiting->nr_cached + look_into_rings(search) +
		tell_ports(search, mp);
	if (search->nr_out > known)
		tell(search, "%u elsewhere", search->nr_out - known);
}

void
holders_find(const struct ending *e, struct objpool_mempool_waiting *waiting,
	char *text, size_t size)
{
	uint32_t n =
		e->kind == ENDING_OBJECTS ? e->nr_objs : e->mp->populated_size;
	struct search search = {
		.objs = calloc(n, sizeof(*search.objs)),
		.nr_objs = n,
		.nr_out = n,
		.text = text,
		.size = size,
	};

	*waiting = (struct objpool_mempool_waiting){
		.nr_objs = n,
		.nr_out = n,
		.holders = text,
	};
	text[0] = '\0';
	if (n > 0 && search.objs != NULL && e->mp->pool_data != NULL)
		look(&search, e, waiting);
	else if (n > 0) /* nr_out is too high, then */
		tell(&search, "not known, for want of memory");
	free(search.objs);
}
