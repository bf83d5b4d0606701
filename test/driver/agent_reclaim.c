/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* An agent's commands about what killed processes take along.
 *
 *   hold N      make the mempool "agents", with holders; what cannot have them
 *               is tried first and must be refused          -> 0 or negative
 *   reclaim     give back what the dead had                 -> how many
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"

/* What cannot have words is refused, and so is what is not known. */
static int
hold(unsigned int n)
{
	static struct objpool_mempool_config config = {
		.size = sizeof(config),
	};
	static const struct {
		unsigned int cache, flags, config_flags;
	} wrong[] = {
		{ 0, RTE_MEMPOOL_F_NO_CACHE_ALIGN, OBJPOOL_F_HOLDERS },
		{ 32, 0, OBJPOOL_F_HOLDERS },
		{ 0, 0, OBJPOOL_F_SIGNALS },
	};

	for (unsigned int i = 0; i < RTE_DIM(wrong); i++) {
		config.flags = wrong[i].config_flags;
		if (agent_mempool_make("objpool", n, wrong[i].cache,
			    wrong[i].flags, &config) == 0)
			return -2;
		rte_mempool_free(agent_mp);
	}
	config.flags = OBJPOOL_F_HOLDERS;
	return agent_mempool_make("objpool", n, 0, 0, &config);
}

/* The stamps go with those who made them. */
static bool
forget_stamp(void *obj, void *ctx)
{
	(void)ctx;
	*(uint64_t *)obj = 0;
	return true;
}

bool
agent_reclaim(const char *line, int *answer)
{
	const struct driver *driver = agent_driver();
	unsigned int n;

	if (sscanf(line, "hold %u", &n) == 1)
		*answer = hold(n);
	else if (strcmp(line, "reclaim\n") == 0)
		*answer = driver != NULL ?
			(int)driver->reclaim(agent_mp, forget_stamp, NULL) :
			-ENOENT;
	else
		return false;
	return true;
}
