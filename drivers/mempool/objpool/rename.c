/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Another name for a mempool that is about to end, so that its own can be used
 * at once.
 *
 * A mempool's name is in its head, and in the names of memzones: MP_<name> for
 * the head, MP_<name>_<i> for the objects, OP_<name>_<i> for our pool
 * (memzone.c). EAL compares these when a memzone is reserved or looked up, and
 * finds the zone to free by its address; there is no function to rename one. It
 * is done here inside rte_memzone_walk(), which keeps others from reserving and
 * freeing.
 *
 * Which zones are the mempool's is told by where they are, and by their names:
 * MP_a_1 may be another mempool's head, and objects can be in a zone of the
 * user's.
 *
 * Of a mempool that is replaced only the objects end, and only their zones are
 * renamed.
 *
 * The new name is ~N, N being the first number that has no zone yet. mempool's
 * lock, which is for all processes of an application, is held from the choice
 * to the last zone.
 */

#include <stdio.h>
#include <string.h>

#include <rte_eal_memconfig.h>

#include "retire.h"

struct renaming {
	struct rte_mempool *mp;
	bool only_objects;
	char from[RTE_MEMPOOL_NAMESIZE];
	char to[RTE_MEMPOOL_NAMESIZE];
};

static bool
has_objects(const struct rte_mempool *mp, const struct rte_memzone *zone)
{
	const struct rte_mempool_memhdr *chunk;

	/* What mempool reserved, it passes on to be freed. */
	STAILQ_FOREACH(chunk, &mp->mem_list, next)
	if (chunk->opaque == zone && chunk->free_cb != NULL)
		return true;
	return false;
}

static bool
has_pool(const struct rte_mempool *mp, const struct rte_memzone *zone)
{
	const struct state *s = mp->pool_data;

	for (unsigned int i = 0; s != NULL && i < s->nr_zones; i++)
		if (s->zone[i] == zone)
			return true;
	return false;
}

/* What follows the mempool's name in the zone's, or NULL if that is not a name
 * that mempool or this driver gives. */
static const char *
suffix(const char *zone, const char *prefix, const char *name)
{
	const size_t lens[] = { strlen(prefix), strlen(name) };

	if (strncmp(zone, prefix, lens[0]) != 0 ||
		strncmp(zone + lens[0], name, lens[1]) != 0)
		return NULL;
	return zone + lens[0] + lens[1];
}

/* Which prefix its name has, or NULL if it is not the mempool's. */
static const char *
prefix_of(const struct renaming *r, const struct rte_memzone *zone)
{
	if (has_objects(r->mp, zone))
		return "MP_";
	if (r->only_objects)
		return NULL;
	if (zone == r->mp->mz)
		return "MP_";
	return has_pool(r->mp, zone) ? "OP_" : NULL;
}

static void
rename_zone(const struct rte_memzone *zone, void *arg)
{
	const struct renaming *r = arg;
	char *old = (char *)(uintptr_t)zone->name;
	const char *prefix = prefix_of(r, zone);
	char name[RTE_MEMZONE_NAMESIZE] = "";
	const char *end;

	if (prefix == NULL)
		return;
	end = suffix(zone->name, prefix, r->from);
	if (end == NULL)
		return;
	snprintf(name, sizeof(name), "%s%s%s", prefix, r->to, end);
	memcpy(old, name, sizeof(name));
}

static void
set_aside(struct rte_mempool *mp, bool only_objects)
{
	static unsigned int number;
	struct renaming r = { .mp = mp, .only_objects = only_objects };
	char zone[RTE_MEMZONE_NAMESIZE];

	rte_mcfg_mempool_write_lock();
	memcpy(r.from, mp->name, sizeof(r.from));
	do {
		snprintf(r.to, sizeof(r.to), "~%u", ++number);
		snprintf(zone, sizeof(zone), "MP_%s", r.to);
	} while (rte_memzone_lookup(zone) != NULL);
	rte_memzone_walk(rename_zone, &r);
	if (!only_objects)
		memcpy(mp->name, r.to, sizeof(r.to));
	rte_mcfg_mempool_write_unlock();
}

void
rename_aside(struct rte_mempool *mp)
{
	set_aside(mp, false);
}

void
rename_objects_aside(struct rte_mempool *mp)
{
	set_aside(mp, true);
}
