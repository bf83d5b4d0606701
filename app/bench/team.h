/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef BENCH_TEAM_H
#define BENCH_TEAM_H

#include <rte_config.h>

#include "lane.h"

/* The lcores of this run, the main one first. */
struct team {
	unsigned int nr_lcores;
	unsigned int lcores[RTE_MAX_LCORE];
};

void
team_init(struct team *team);

/* Run lanes at the same time, one on each lcore, and wait for all; the first one
 * leads. At most as many as there are lcores. 0, or negative errno. */
int
team_run_lcores(const struct team *team, struct window *window,
	struct lane *lanes, unsigned int nr);

/* Run lanes at the same time, each in a thread of its own, registered with EAL,
 * that ends with it; the lcores' CPUs are dealt out to them in turn. 0, or
 * negative errno: nothing ran. */
int
team_run_threads(const struct team *team, struct window *window,
	struct lane *lanes, unsigned int nr);

#endif /* BENCH_TEAM_H */
