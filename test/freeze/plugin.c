/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What is added to the driver where it is built for driver.c, with the shim: a
 * hook that kills the process at a site, a look at the pool's counters, and what
 * it does not show of itself.
 */

#include <signal.h>
#include <unistd.h>

#include "board.h"
#include "objpool_mempool.h"
#include "state.h"
#include "step.h"

#define EXPORT __attribute__((visibility("default")))

static struct board *on_board;
static uint32_t last_site, last_pass, last_step;

static void
count_step(struct step_site *site)
{
	uint32_t at = (uint32_t)(site - step_first);
	uint32_t pass, step;

	if (!step_is_product(site) || at >= SITES_MAX)
		return;
	pass = ++on_board->passes[at];
	step = ++on_board->nr_steps;
	if ((last_pass != 0 && at == last_site && pass == last_pass) ||
		(last_step != 0 && step == last_step))
		kill(getpid(), SIGKILL);
}

EXPORT void
steps_arm(struct board *board, uint32_t site, uint32_t pass, uint32_t step)
{
	on_board = board;
	last_site = site;
	last_pass = pass;
	last_step = step;
	for (uint32_t i = 0; i < SITES_MAX; i++)
		board->passes[i] = 0;
	board->nr_steps = 0;
	step_hook = count_step;
}

EXPORT uint32_t
steps_nr_sites(void)
{
	return (uint32_t)(step_end - step_first);
}

EXPORT const char *
steps_site_name(uint32_t site, char *text, size_t size)
{
	return step_name(step_first + site, text, size);
}

EXPORT int64_t
steps_reclaim(struct rte_mempool *mp, objpool_reclaim_fn *may, void *ctx)
{
	return objpool_mempool_reclaim(mp, may, ctx);
}

EXPORT uint64_t
steps_takeovers(const struct rte_mempool *mp)
{
	struct state *s = state_of(mp);
	struct objpool_stats stats = { 0 };

	if (s != NULL)
		objpool_get_stats(&s->pool, &stats);
	return stats.takeovers;
}
