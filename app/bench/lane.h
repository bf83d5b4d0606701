/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A lane is what one lcore or thread does in one slice of time.
 */

#ifndef BENCH_LANE_H
#define BENCH_LANE_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_ring.h>

#include "kind.h"

/* Random decisions, made beforehand: objects of a burst, negative to put. */
#define LANE_DICE 4096 /* a power of two */

/* What lanes that run at the same time do. */
enum phase {
	PHASE_WARM,    /* work, and count nothing */
	PHASE_MEASURE, /* work and count */
	PHASE_OVER,
};

/* The time of some lanes. Written by whoever leads, read by all. */
struct window {
	alignas(RTE_CACHE_LINE_SIZE) _Atomic(enum phase) phase;
	uint64_t begin; /* TSC, of PHASE_MEASURE */
	uint64_t end;
	uint64_t warm;  /* TSC cycles that lanes work before they count */
	uint64_t slice; /* TSC cycles that they then count */
};

struct lane {
	/* Set before it runs. */
	alignas(RTE_CACHE_LINE_SIZE) loop_fn *loop;
	const struct pool *pool;
	void *handle;          /* the pool's */
	void *seat;            /* set by the lane itself */
	struct window *window; /* set by the team */
	bool leads;            /* likewise: it looks at the clock for all */
	struct rte_ring *ring; /* of produce and consume */
	const int8_t *dice;
	unsigned int kept;

	/* The lane's own while it runs. */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t nr_objs; /* that count: got, or
							  put by consume */
	unsigned int die;
	unsigned int held; /* objects in objs when the lane ends */
	void *objs[LANE_KEPT_MAX];
};

/* Let the next phase begin, for all lanes. */
static inline void
window_next(struct window *window, enum phase phase)
{
	if (phase == PHASE_MEASURE)
		window->begin = rte_rdtsc_precise();
	else
		window->end = rte_rdtsc_precise();
	atomic_store_explicit(&window->phase, phase, memory_order_release);
}

#endif /* BENCH_LANE_H */
