/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The patterns. Each is a line of patterns[] and the function that measures it
 * once; most of them run the loops of loop.h on lanes.
 *
 * Times are cycles of the TSC for an object got and put back, as one lcore
 * spends them: where several work at the same time, their cycles are added up
 * and divided by all their objects, so a pool that scales perfectly shows the
 * same figure on any number of lcores. In a pipeline the figure is the time
 * between two objects coming out at its end.
 */

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "pattern.h"

#define OBJS      8192
#define OBJS_MANY 65536

/* Objects of those patterns that do not touch them. DPDK's bucket driver loses
 * objects of which more than 256 fit in a bucket of 64 KiB. */
#define OBJ_SIZE 256

/* Objects of a packet buffer, as rte_pktmbuf_pool_create() has them. */
#define MBUF_SIZE 2240

static unsigned int
size_index(unsigned int n)
{
	unsigned int i = 0;

	while (i < LANE_SIZES - 1 && lane_sizes[i] != n)
		i++;
	return i;
}

/* Time for lanes. */
static struct window
window_of(const struct tools *tools)
{
	return (struct window){
		.phase = PHASE_WARM,
		.warm = tools->slice / 4,
		.slice = tools->slice,
	};
}

/* Prepare lanes that all do the same. */
static void
lanes_set(struct tools *tools, const struct pool *pool,
	const struct params *params, loop_fn *loop, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		tools->lanes[i] = (struct lane){
			.loop = loop,
			.pool = pool,
			.handle = pool->handle,
			.ring = tools->ring,
			.dice = tools->dice,
			.die = i * (LANE_DICE / 16),
			.kept = params->kept,
		};
}

/* Cycles an object, of some lanes with so many CPUs. Where all stood still it
 * counts as if a single object had come through at the end. */
static double
cost(const struct window *window, unsigned int cpus, const struct lane *lanes,
	unsigned int nr)
{
	uint64_t nr_objs = 0;

	for (unsigned int i = 0; i < nr; i++)
		nr_objs += lanes[i].nr_objs;
	return (double)(window->end - window->begin) * cpus /
		RTE_MAX(nr_objs, UINT64_C(1));
}

/* Lcores that all do the same. */
static int
run_lcores(struct tools *tools, const struct pool *pool,
	const struct params *params, loop_fn *loop, double *figure)
{
	struct window window = window_of(tools);
	int ret;

	lanes_set(tools, pool, params, loop, params->lcores);
	ret = team_run_lcores(&tools->team, &window, tools->lanes,
		params->lcores);
	*figure = cost(&window, params->lcores, tools->lanes, params->lcores);
	return ret;
}

static int
measure_cycle(struct tools *tools, const struct pool *pool,
	const struct params *params, double *figure)
{
	const struct loops *loops = pool->contestant->kind->loops;

	return run_lcores(tools, pool, params,
		loops->cycle[size_index(params->n)], figure);
}

static int
measure_touch(struct tools *tools, const struct pool *pool,
	const struct params *params, double *figure)
{
	const struct loops *loops = pool->contestant->kind->loops;

	return run_lcores(tools, pool, params,
		loops->touch[size_index(params->n)], figure);
}

static int
measure_bursts(struct tools *tools, const struct pool *pool,
	const struct params *params, double *figure)
{
	const struct loops *loops = pool->contestant->kind->loops;

	return run_lcores(tools, pool, params, loops->bursts, figure);
}

/* Threads share the lcores' CPUs, and wait for them most of the time. */
static int
measure_oversubscribed(struct tools *tools, const struct pool *pool,
	const struct params *params, double *figure)
{
	const struct loops *loops = pool->contestant->kind->loops;
	struct window window = window_of(tools);
	int ret;

	lanes_set(tools, pool, params, loops->bursts, params->threads);
	ret = team_run_threads(&tools->team, &window, tools->lanes,
		params->threads);
	*figure = cost(&window, params->lcores, tools->lanes, params->threads);
	return ret;
}

/* Give back what is left in the ring when both ends stopped. */
static void
drain_ring(struct rte_ring *ring, const struct pool *pool)
{
	const struct kind *kind = pool->contestant->kind;
	void *seat = kind->seat(pool->handle, 0);
	void *obj;

	while (rte_ring_sc_dequeue(ring, &obj) == 0)
		kind->loops->put(pool->handle, seat, &obj, 1);
}

/* The first lcore gets, the second puts. */
static int
measure_pipeline(struct tools *tools, const struct pool *pool,
	const struct params *params, double *figure)
{
	const struct loops *loops = pool->contestant->kind->loops;
	unsigned int size = size_index(params->n);
	struct window window = window_of(tools);
	int ret;

	lanes_set(tools, pool, params, loops->produce[size], 2);
	tools->lanes[1].loop = loops->consume[size];
	ret = team_run_lcores(&tools->team, &window, tools->lanes, 2);
	drain_ring(tools->ring, pool);
	*figure = cost(&window, 1, &tools->lanes[1], 1);
	return ret;
}

static int
measure_memory(struct tools *tools __rte_unused, const struct pool *pool,
	const struct params *params __rte_unused, double *figure)
{
	*figure = (double)pool->len - (double)pool->objs_len;
	return 0;
}

#define END                                                                    \
	{                                                                      \
		.nr_objs = 0                                                   \
	}
#define SINGLE(n, kept, quick)                                                 \
	{                                                                      \
		n, kept, 1, 0, OBJS, 0, quick                                  \
	}
#define ALL(n)                                                                 \
	{                                                                      \
		n, 128, LCORES_ALL, 0, OBJS, 0, true                           \
	}
#define PIPELINE(n, objs, ring)                                                \
	{                                                                      \
		n, 0, 2, 0, objs, ring, true                                   \
	}

static const struct params single_params[] = { SINGLE(1, 32, false),
	SINGLE(1, 128, true), SINGLE(1, 512, false), SINGLE(4, 32, false),
	SINGLE(4, 128, true), SINGLE(4, 512, false), SINGLE(8, 32, false),
	SINGLE(8, 128, true), SINGLE(8, 512, false), SINGLE(32, 32, false),
	SINGLE(32, 128, true), SINGLE(32, 512, false), SINGLE(64, 128, true),
	SINGLE(64, 512, false), END };

static const struct params all_params[] = { ALL(1), ALL(8), ALL(32), ALL(64),
	END };

static const struct params pipeline_params[] = { PIPELINE(1, OBJS, 1024),
	PIPELINE(8, OBJS, 1024), PIPELINE(32, OBJS, 1024),
	PIPELINE(64, OBJS, 1024), END };

static const struct params bursts_params[] = {
	{ 0, 256, 1, 0, OBJS, 0, true },
	{ 0, 256, LCORES_ALL, 0, OBJS, 0, true },
	END,
};

static const struct params oversubscribed_params[] = {
	{ 0, 256, LCORES_ALL, 8, OBJS, 0, true },
	END,
};

static const struct params dry_params[] = { PIPELINE(8, 512, 4096),
	PIPELINE(32, 512, 4096), END };

static const struct params touch_params[] = {
	{ 8, 32, 1, 0, OBJS_MANY, 0, false },
	{ 32, 128, 1, 0, OBJS_MANY, 0, true },
	END,
};

static const struct params stranding_params[] = {
	{ 0, 2000, LCORES_ALL, 0, OBJS, 0, true },
	{ 0, 250, 1, 8, OBJS, 0, true },
	END,
};

static const struct params memory_params[] = {
	{ 0, 0, 0, 0, OBJS_MANY, 0, true },
	END,
};

const struct pattern patterns[] = {
	{
		.name = "single",
		.description = "one lcore gets bulks of n until it keeps so "
			       "many, and puts them back",
		.unit = "cycles/object",
		.params = single_params,
		.obj_size = OBJ_SIZE,
		.measure = measure_cycle,
	},
	{
		.name = "all",
		.description = "all lcores at once do what single does",
		.unit = "cycles/object",
		.params = all_params,
		.obj_size = OBJ_SIZE,
		.measure = measure_cycle,
	},
	{
		.name = "pipeline",
		.description = "an lcore gets bulks of n, another puts them; a "
			       "ring of 1024 between",
		.unit = "cycles/object",
		.params = pipeline_params,
		.obj_size = OBJ_SIZE,
		.is_shared = true,
		.is_pipeline = true,
		.measure = measure_pipeline,
	},
	{
		.name = "bursts",
		.description = "gets and puts of 1 to 32 objects at random, at "
			       "most 256 kept",
		.unit = "cycles/object",
		.params = bursts_params,
		.obj_size = OBJ_SIZE,
		.measure = measure_bursts,
	},
	{
		.name = "oversubscribed",
		.description = "8 threads on the lcores' CPUs do what bursts "
			       "does",
		.unit = "cycles/object",
		.params = oversubscribed_params,
		.obj_size = OBJ_SIZE,
		.slices = 4,
		.measure = measure_oversubscribed,
	},
	{
		.name = "dry",
		.description = "a pipeline with 512 objects and a ring of "
			       "4096: the pool is always empty",
		.unit = "cycles/object",
		.params = dry_params,
		.obj_size = OBJ_SIZE,
		.is_shared = true,
		.measure = measure_pipeline,
	},
	{
		.name = "touch",
		.description = "single, and the first line of each of 65536 "
			       "objects of 2240 bytes written",
		.unit = "cycles/object",
		.params = touch_params,
		.obj_size = MBUF_SIZE,
		.is_reopened = true,
		.measure = measure_touch,
	},
	{
		.name = "stranding",
		.description = "of 8192 free objects, those out of an lcore's "
			       "reach after others used some",
		.unit = "objects",
		.params = stranding_params,
		.obj_size = OBJ_SIZE,
		.rounds = 3,
		.is_reopened = true,
		.is_shared = true,
		.measure = measure_stranding,
	},
	{
		.name = "memory",
		.description = "bytes beside 65536 objects and their headers, "
			       "for 128 lcores",
		.unit = "bytes",
		.params = memory_params,
		.obj_size = OBJ_SIZE,
		.nr_slots = RTE_MAX_LCORE,
		.rounds = 1,
		.is_reopened = true,
		.is_shared = true,
		.measure = measure_memory,
	},
};

const unsigned int nr_patterns = RTE_DIM(patterns);
