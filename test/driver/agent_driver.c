/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* An agent's commands that need the driver's own functions. They are unknown where it
 * is neither loaded nor linked.
 *
 *   end         free the mempool when its last object is home -> 0 or an error
 *   replace     make another mempool, "newer", and have it replace this one
 *                                                        -> 0 or an error
 *   gone        how often a mempool was said to be gone    -> number
 *   wait MS     until none waits any more                 -> 0 or an error
 *   out         objects that are out of one that waits     -> number, or -1
 *   claimed     slots that have an owner                   -> number
 *   takeovers   slots taken over from the dead             -> number
 *   shared      objects moved by threads without a slot     -> number
 */

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"

static atomic_uint nr_gone;

#ifdef AGENT_LINKED
const struct driver *
agent_driver(void)
{
	static const struct driver linked = {
		objpool_mempool_get_stats,
		objpool_mempool_free_deferred,
		objpool_mempool_replace,
		objpool_mempool_waiting_walk,
		objpool_mempool_wait,
		objpool_mempool_reclaim,
	};

	return &linked;
}
#else
/* As a program finds them that does not know whether the plugin was given. */
const struct driver *
agent_driver(void)
{
	static struct driver loaded;
	void *plugin =
		dlopen("librte_mempool_objpool.so", RTLD_NOW | RTLD_NOLOAD);

	if (plugin == NULL)
		return NULL;
	*(void **)&loaded.get_stats =
		dlsym(plugin, "objpool_mempool_get_stats");
	*(void **)&loaded.free_deferred =
		dlsym(plugin, "objpool_mempool_free_deferred");
	*(void **)&loaded.replace = dlsym(plugin, "objpool_mempool_replace");
	*(void **)&loaded.walk = dlsym(plugin, "objpool_mempool_waiting_walk");
	*(void **)&loaded.wait = dlsym(plugin, "objpool_mempool_wait");
	*(void **)&loaded.reclaim = dlsym(plugin, "objpool_mempool_reclaim");
	dlclose(plugin); /* it was loaded once more than by EAL */
	return &loaded;
}
#endif

static void
on_freed(const char *name, void *ctx)
{
	(void)ctx;
	if (strcmp(name, "agents") == 0)
		atomic_fetch_add(&nr_gone, 1);
}

static void
wipe(struct rte_mempool *mp, void *ctx, void *obj, unsigned int i)
{
	(void)mp;
	(void)ctx;
	(void)i;
	*(uint64_t *)obj = 0; /* nobody's stamp */
}

static int
replace(const struct driver *driver)
{
	struct rte_mempool *newer = rte_mempool_create_empty("newer",
		agent_mp->size, agent_mp->elt_size, 0, 0, SOCKET_ID_ANY,
		RTE_MEMPOOL_F_NO_CACHE_ALIGN);

	if (newer == NULL ||
		rte_mempool_set_ops_byname(newer, "objpool", NULL) < 0 ||
		rte_mempool_populate_default(newer) < 0)
		return -1;
	rte_mempool_obj_iter(newer, wipe, NULL);
	return driver->replace(agent_mp, newer, on_freed, NULL);
}

static void
note_out(const struct objpool_mempool_waiting *waiting, void *ctx)
{
	*(int *)ctx = (int)waiting->nr_out;
}

static int
nr_out(const struct driver *driver)
{
	int out = -1;

	driver->walk(note_out, &out);
	return out;
}

static struct objpool_stats
stats(const struct driver *driver)
{
	struct objpool_stats stats = { .nr_claimed = UINT32_MAX };

	driver->get_stats(agent_mp, &stats);
	return stats;
}

bool
agent_driver_command(const char *line, int *answer)
{
	const struct driver *driver = agent_driver();
	unsigned int ms;

	if (driver == NULL)
		return false;
	if (strcmp(line, "end\n") == 0)
		*answer = driver->free_deferred(agent_mp, on_freed, NULL);
	else if (strcmp(line, "replace\n") == 0)
		*answer = replace(driver);
	else if (strcmp(line, "gone\n") == 0)
		*answer = (int)atomic_load(&nr_gone);
	else if (sscanf(line, "wait %u", &ms) == 1)
		*answer = driver->wait(ms);
	else if (strcmp(line, "out\n") == 0)
		*answer = nr_out(driver);
	else if (strcmp(line, "claimed\n") == 0)
		*answer = (int)stats(driver).nr_claimed;
	else if (strcmp(line, "takeovers\n") == 0)
		*answer = (int)stats(driver).takeovers;
	else if (strcmp(line, "shared\n") == 0)
		*answer = (int)stats(driver).shared_objs;
	else
		return false;
	return true;
}
