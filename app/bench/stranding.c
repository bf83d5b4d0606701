/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* How many objects are out of reach.
 *
 * Others use some of the objects and then do nothing: another lcore, which
 * idles; or threads, which end. Nobody holds an object then. One lcore takes
 * whatever it can get, one object at a time. What it does not get is stranded:
 * in a cache of somebody who may not come back for a long time.
 */

#include <errno.h>
#include <stdlib.h>

#include "pattern.h"

/* Times that others get and put what they use. */
#define LAPS 10

/* Get as many objects as are to be kept, by bulks, and put them back. */
static void
use_objects(struct lane *lane)
{
	const struct loops *loops = lane->pool->contestant->kind->loops;
	void **objs = malloc(lane->kept * sizeof(*objs));
	const unsigned int n = 8;
	unsigned int got, i;

	for (unsigned int lap = 0; objs != NULL && lap < LAPS; lap++) {
		for (got = 0; got + n <= lane->kept; got += n)
			if (loops->get(lane->handle, lane->seat, objs + got,
				    n) != 0)
				break;
		for (i = 0; i < got; i += n)
			loops->put(lane->handle, lane->seat, objs + i, n);
	}
	free(objs);
}

/* One lcore of those that run does nothing. */
static void
do_nothing(struct lane *lane __rte_unused)
{
}

/* Take what can be had, and give it back; how many that was. */
static int
drain(const struct pool *pool, unsigned int nr_objs, unsigned int *nr)
{
	const struct kind *kind = pool->contestant->kind;
	void *seat = kind->seat(pool->handle, 0);
	void **objs = malloc(nr_objs * sizeof(*objs));

	if (objs == NULL)
		return -ENOMEM;
	*nr = 0;
	while (*nr < nr_objs &&
		kind->loops->get(pool->handle, seat, objs + *nr, 1) == 0)
		(*nr)++;
	for (unsigned int i = 0; i < *nr; i++)
		kind->loops->put(pool->handle, seat, objs + i, 1);
	free(objs);
	return 0;
}

int
measure_stranding(struct tools *tools, const struct pool *pool,
	const struct params *params, double *figure)
{
	unsigned int nr_lanes =
		params->threads > 0 ? params->threads : params->lcores;
	struct window window = { .phase = PHASE_WARM };
	unsigned int nr;
	int ret;

	for (unsigned int i = 0; i < nr_lanes; i++)
		tools->lanes[i] = (struct lane){
			.loop = use_objects,
			.pool = pool,
			.handle = pool->handle,
			.kept = params->kept,
		};
	if (params->threads > 0) {
		ret = team_run_threads(&tools->team, &window, tools->lanes,
			nr_lanes);
	} else {
		tools->lanes[0].loop = do_nothing;
		ret = team_run_lcores(&tools->team, &window, tools->lanes,
			nr_lanes);
	}
	if (ret == 0)
		ret = drain(pool, params->nr_objs, &nr);
	if (ret == 0)
		*figure = params->nr_objs - nr;
	return ret;
}
