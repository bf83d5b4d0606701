/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A lane is what one lcore or thread does in one slice of time.
 */

#ifndef BENCH_LANE_H
#define BENCH_LANE_H

#include <stdalign.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ring.h>

#include "kind.h"

/* Random decisions, made beforehand: objects of a burst, negative to put. */
#define LANE_DICE 4096 /* a power of two */

struct lane {
	/* Set before it runs. */
	alignas(RTE_CACHE_LINE_SIZE) loop_fn *loop;
	const struct pool *pool;
	void *handle;          /* the pool's */
	void *seat;            /* set by the lane itself */
	struct rte_ring *ring; /* of produce and consume */
	const int8_t *dice;
	uint64_t warm;  /* TSC cycles that it runs before time is taken */
	uint64_t slice; /* TSC cycles that it then runs */
	unsigned int kept;

	/* The lane's own while it runs. */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t cycles; /* TSC, measured */
	uint64_t nr_objs; /* got, or put by consume, in that time */
	uint64_t nr_laps; /* between two looks at the clock */
	unsigned int die;
	unsigned int held; /* objects in objs when the lane ends */
	void *objs[LANE_KEPT_MAX];
};

#endif /* BENCH_LANE_H */
