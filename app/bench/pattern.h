/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pattern is a way to use a pool; a case is a pattern with its parameters.
 */

#ifndef BENCH_PATTERN_H
#define BENCH_PATTERN_H

#include "kind.h"
#include "lane.h"
#include "team.h"

/* All lcores of the run, at least two. */
#define LCORES_ALL UINT32_MAX

/* Parameters; those of a row come first. */
struct params {
	unsigned int n;
	unsigned int kept;
	unsigned int lcores;
	unsigned int threads;
	unsigned int nr_objs;
	unsigned int ring; /* objects that the ring of a pipeline holds */
	bool is_quick;     /* in a quick run, too */
};

/* What is there to measure with. */
struct tools {
	struct team team;
	struct lane *lanes; /* as many as lcores, and threads */
	int8_t *dice;
	uint64_t slice;        /* TSC cycles */
	struct rte_ring *ring; /* of the case at hand; NULL: none */
};

struct pattern {
	const char *name;
	const char *description;
	const char *unit;
	const struct params *params; /* ended by one with nr_objs 0 */
	unsigned int obj_size;
	unsigned int nr_slots; /* that the pool must provide for; 0: as usual */
	unsigned int rounds;   /* at most; 0: any number */
	unsigned int slices;   /* of time, to measure once */
	bool is_reopened;      /* before each measurement */
	bool is_shared;        /* objects move between threads */
	bool is_pipeline;      /* makes sense without a pool */
	/* Measure once. 0 and the figure, or negative errno. */
	int (*measure)(struct tools *tools, const struct pool *pool,
		const struct params *params, double *figure);
};

extern const struct pattern patterns[];
extern const unsigned int nr_patterns;

/* Patterns with more to them than lanes. */
int
measure_stranding(struct tools *tools, const struct pool *pool,
	const struct params *params, double *figure);

#endif /* BENCH_PATTERN_H */
