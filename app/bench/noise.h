/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef BENCH_NOISE_H
#define BENCH_NOISE_H

#include <stdint.h>
#include <stdio.h>

#include "row.h"

/* What a machine had done up to some moment. */
struct moment {
	uint64_t steal; /* ticks that the hypervisor took, since boot */
	uint64_t total; /* ticks of all CPUs, since boot */
	uint64_t busy;  /* of them, those that programs used */
	uint64_t own;   /* of them, those of this program */
};

/* What it was like while a block was measured. */
struct weather {
	struct moment from, to;
	double speed; /* noise_speed() in between, the median */
};

void
noise_look(struct moment *now);

/* TSC cycles of a fixed computation that wants a whole core; takes a fraction of
 * a millisecond. */
double
noise_speed(void);

/* Share of CPU time that the hypervisor took between two moments. */
double
noise_stolen(const struct moment *from, const struct moment *to);

/* Mark those of the rows, one block's, that are not to be trusted, given the
 * weather then and the fewest cycles of noise_speed() in the whole run. */
void
noise_judge(struct row *rows, unsigned int nr, const struct weather *weather,
	double best_speed);

#endif /* BENCH_NOISE_H */
