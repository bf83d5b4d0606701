/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A contestant and the kind of pool that it is. All contestants of a kind share
 * the loops that are timed (loop.h); a DPDK driver with some cache and the same
 * one without are two contestants of one kind.
 */

#ifndef BENCH_KIND_H
#define BENCH_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes of bulks that loops are compiled for. */
#define LANE_SIZES 5
extern const unsigned int lane_sizes[LANE_SIZES];

/* Most objects that a lane holds. */
#define LANE_KEPT_MAX 512

struct contestant;
struct lane;

/* What a pool shall be like. */
struct setup {
	unsigned int nr_objs;
	unsigned int obj_size;
	unsigned int nr_workers; /* lcores or threads that will use it */
	unsigned int nr_slots;   /* to be provided for; 0: as usual */
};

/* A pool that is open. */
struct pool {
	const struct contestant *contestant;
	void *handle;    /* the kind's */
	size_t objs_len; /* bytes of memory that objects, with what mempool
			    puts around each, take */
	size_t len;      /* bytes of memory, objs_len included */
	const char *why; /* it is not open, or NULL */
};

/* Open a pool full of objects, and find out how much memory it takes. 0, or a
 * negative errno; why then says why. */
int
pool_open(struct pool *pool, const struct contestant *contestant,
	const struct setup *setup);
void
pool_close(struct pool *pool);

/* Work for some time on one lane. */
typedef void
loop_fn(struct lane *lane);

/* The loops, compiled for each kind by LOOPS() in loop.h. By size of bulks:
 * the nth is for lane_sizes[n]. */
struct loops {
	loop_fn *cycle[LANE_SIZES];   /* get until kept, put back */
	loop_fn *touch[LANE_SIZES];   /* that, and write to each object */
	loop_fn *produce[LANE_SIZES]; /* get, into a ring */
	loop_fn *consume[LANE_SIZES]; /* out of the ring, put */
	loop_fn *bursts;              /* of random sizes */
	/* Not to be timed: all or none of n objects, any n. */
	int (*get)(void *handle, void *seat, void **objs, unsigned int n);
	void (*put)(void *handle, void *seat, void *const *objs,
		unsigned int n);
};

struct kind {
	/* Open a pool full of objects: set handle and objs_len. 0, or a
	 * negative errno; then why may be set to a text that is constant. */
	int (*open)(struct pool *pool, const struct setup *setup);
	/* Close it; all objects are back. */
	void (*close)(struct pool *pool);
	/* What the calling thread needs beside the handle; worker counts from
	 * 0. NULL: nothing. */
	void *(*seat)(void *handle, unsigned int worker);
	const struct loops *loops;
	bool is_shared; /* an object can be put by another thread than got it */
};

struct contestant {
	const char *name;
	const char *group;
	const struct kind *kind;
	const char *ops;            /* of mempool */
	unsigned int cache;         /* of mempool, objects */
	const char *why_no_threads; /* that come after it was made, or NULL */
};

extern const struct contestant contestants[];
extern const unsigned int nr_contestants;

extern const struct kind mempool_kind;
extern const struct kind mempool_inline_kind;
extern const struct kind function_kind;
extern const struct kind inline_kind;
extern const struct kind slot_kind;
extern const struct kind compact_kind;
extern const struct kind kernel_kind;
extern const struct kind floor_kind;
extern const struct kind nothing_kind;

#endif /* BENCH_KIND_H */
