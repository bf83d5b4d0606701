/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The loops that are timed. They are functions that are always inlined and take
 * get and put of a kind as arguments, so that a kind's get and put end up in
 * the middle of them, with the number of objects as a constant, as in a program
 * that was written for this one pool. LOOPS() compiles the set for a kind.
 *
 * A lap is the smallest piece of work: so many objects got and put back; a bulk
 * passed on. After each, a lane looks whether the phase is over, which is a load
 * from its own cache; the one that leads looks at the clock after as many laps
 * as take LAPS_MIN cycles, so that reading it does not show. A pool that is a
 * thousand times as slow as another still ends in time.
 *
 * Laps do not wait. A lap that gets nothing is over, with 0 objects.
 */

#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include <stdbool.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_pause.h>
#include <rte_ring.h>

#include "lane.h"

/* Between two looks at the clock, TSC cycles. */
#define LAPS_MIN 32768

/* All of n or none; 0 if all. */
typedef int
get_fn(void *handle, void *seat, void **objs, unsigned int n);
typedef void
put_fn(void *handle, void *seat, void *const *objs, unsigned int n);

/* Objects that were got, or passed on. */
typedef unsigned int
lap_fn(struct lane *lane, get_fn *get, put_fn *put, unsigned int n);

/* Get as many as are to be kept, in bulks of n, and put them back. */
static __rte_always_inline unsigned int
cycle_lap(struct lane *lane, get_fn *get, put_fn *put, const unsigned int n)
{
	void *const handle = lane->handle;
	void *const seat = lane->seat;
	const unsigned int kept = lane->kept;
	unsigned int got, i;

	for (got = 0; got < kept; got += n)
		if (unlikely(get(handle, seat, lane->objs + got, n) != 0))
			break;
	for (i = 0; i < got; i += n)
		put(handle, seat, lane->objs + i, n);
	return got;
}

/* The same, and write to the first cache line of each object. */
static __rte_always_inline unsigned int
touch_lap(struct lane *lane, get_fn *get, put_fn *put, const unsigned int n)
{
	void *const handle = lane->handle;
	void *const seat = lane->seat;
	const unsigned int kept = lane->kept;
	unsigned int got, i;

	for (got = 0; got < kept; got += n) {
		if (unlikely(get(handle, seat, lane->objs + got, n) != 0))
			break;
		for (i = 0; i < n; i++)
			*(volatile uint64_t *)lane->objs[got + i] = i;
	}
	for (i = 0; i < got; i += n)
		put(handle, seat, lane->objs + i, n);
	return got;
}

/* Get n objects and give them to the ring, or try that again. */
static __rte_always_inline unsigned int
produce_lap(struct lane *lane, get_fn *get, put_fn *put __rte_unused,
	const unsigned int n)
{
	if (likely(lane->held == 0) &&
		unlikely(get(lane->handle, lane->seat, lane->objs, n) != 0)) {
		rte_pause();
		return 0;
	}
	lane->held = n;
	if (unlikely(rte_ring_sp_enqueue_bulk(lane->ring, lane->objs, n,
			     NULL) == 0)) {
		rte_pause();
		return 0;
	}
	lane->held = 0;
	return n;
}

/* Take n objects out of the ring and put them. */
static __rte_always_inline unsigned int
consume_lap(struct lane *lane, get_fn *get __rte_unused, put_fn *put,
	const unsigned int n)
{
	if (unlikely(rte_ring_sc_dequeue_bulk(lane->ring, lane->objs, n,
			     NULL) == 0)) {
		rte_pause();
		return 0;
	}
	put(lane->handle, lane->seat, lane->objs, n);
	return n;
}

/* Get or put as the dice fell; what is kept stays so between laps. */
static __rte_always_inline unsigned int
bursts_lap(struct lane *lane, get_fn *get, put_fn *put,
	const unsigned int n __rte_unused)
{
	int roll = lane->dice[lane->die++ % LANE_DICE];
	unsigned int size = roll < 0 ? -roll : roll;
	bool gets = roll > 0;

	if (gets && lane->held + size > lane->kept)
		gets = false;
	else if (!gets && lane->held < size)
		gets = true;
	if (!gets) {
		lane->held -= size;
		put(lane->handle, lane->seat, lane->objs + lane->held, size);
		return 0;
	}
	if (unlikely(get(lane->handle, lane->seat, lane->objs + lane->held,
			     size) != 0)) {
		/* All that others left; be one of those who leave some. */
		put(lane->handle, lane->seat, lane->objs, lane->held);
		lane->held = 0;
		return 0;
	}
	lane->held += size;
	return size;
}

static __rte_always_inline bool
is_phase(const struct lane *lane, enum phase phase)
{
	return atomic_load_explicit(&lane->window->phase,
		       memory_order_relaxed) == phase;
}

/* Do laps as long as a phase lasts, and if this lane leads, end it after so
 * many cycles. Returns the objects. */
static __rte_always_inline uint64_t
lane_phase(struct lane *lane, lap_fn *lap, get_fn *get, put_fn *put,
	const unsigned int n, enum phase phase, uint64_t cycles)
{
	uint64_t nr_objs = 0, nr_laps = 1, begin = rte_rdtsc(), last, now;

	last = begin;
	while (is_phase(lane, phase)) {
		for (uint64_t i = 0; i < nr_laps && is_phase(lane, phase); i++)
			nr_objs += lap(lane, get, put, n);
		now = rte_rdtsc();
		if (now - last < LAPS_MIN)
			nr_laps *= 2;
		last = now;
		if (lane->leads && now - begin >= cycles)
			window_next(lane->window, phase + 1);
	}
	return nr_objs;
}

/* Warm up, then do laps that count. */
static __rte_always_inline void
lane_run(struct lane *lane, lap_fn *lap, get_fn *get, put_fn *put,
	const unsigned int n)
{
	lane_phase(lane, lap, get, put, n, PHASE_WARM, lane->window->warm);
	lane->nr_objs = lane_phase(lane, lap, get, put, n, PHASE_MEASURE,
		lane->window->slice);
}

#define LOOP(kind, what, n, get, put)                                          \
	static void kind##_##what##_##n(struct lane *lane)                     \
	{                                                                      \
		lane_run(lane, what##_lap, get, put, n);                       \
	}

/* As lane_sizes[] has them. */
#define LOOP_OF_ALL_SIZES(kind, what, get, put)                                \
	LOOP(kind, what, 1, get, put)                                          \
	LOOP(kind, what, 4, get, put)                                          \
	LOOP(kind, what, 8, get, put)                                          \
	LOOP(kind, what, 32, get, put)                                         \
	LOOP(kind, what, 64, get, put)

#define LOOP_NAMES(kind, what)                                                 \
	{                                                                      \
		kind##_##what##_1, kind##_##what##_4, kind##_##what##_8,       \
			kind##_##what##_32, kind##_##what##_64                 \
	}

/* Define the set <kind>_loops, of a kind's get_fn and put_fn that are always
 * inlined. */
#define LOOPS(kind, get_of, put_of)                                            \
	LOOP_OF_ALL_SIZES(kind, cycle, get_of, put_of)                         \
	LOOP_OF_ALL_SIZES(kind, touch, get_of, put_of)                         \
	LOOP_OF_ALL_SIZES(kind, produce, get_of, put_of)                       \
	LOOP_OF_ALL_SIZES(kind, consume, get_of, put_of)                       \
	LOOP(kind, bursts, 0, get_of, put_of)                                  \
                                                                               \
	static int kind##_get(void *handle, void *seat, void **objs,           \
		unsigned int n)                                                \
	{                                                                      \
		return get_of(handle, seat, objs, n);                          \
	}                                                                      \
                                                                               \
	static void kind##_put(void *handle, void *seat, void *const *objs,    \
		unsigned int n)                                                \
	{                                                                      \
		put_of(handle, seat, objs, n);                                 \
	}                                                                      \
                                                                               \
	static const struct loops kind##_loops = {                             \
		.cycle = LOOP_NAMES(kind, cycle),                              \
		.touch = LOOP_NAMES(kind, touch),                              \
		.produce = LOOP_NAMES(kind, produce),                          \
		.consume = LOOP_NAMES(kind, consume),                          \
		.bursts = kind##_bursts_0,                                     \
		.get = kind##_get,                                             \
		.put = kind##_put,                                             \
	};

#endif /* BENCH_LOOP_H */
