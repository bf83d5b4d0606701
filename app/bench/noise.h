/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef BENCH_NOISE_H
#define BENCH_NOISE_H

#include <stdint.h>
#include <stdio.h>

#include "row.h"

/* What a machine was like at some moment. */
struct moment {
	uint64_t steal; /* ticks that the hypervisor took, since boot */
	uint64_t total; /* ticks of all CPUs, since boot */
	uint64_t busy;  /* of them, those that programs used */
	uint64_t own;   /* of them, those of this program */
	double speed;   /* TSC cycles of a step of a fixed computation */
};

/* Look at the machine; takes a few milliseconds. */
void
noise_look(struct moment *now);

/* Share of CPU time that the hypervisor took between two moments. */
double
noise_stolen(const struct moment *from, const struct moment *to);

/* Mark those of the rows, one block's, that are not to be trusted, given the
 * moments before and after, and the fastest cycles of the fixed computation so
 * far. */
void
noise_judge(struct row *rows, unsigned int nr, const struct moment *from,
	const struct moment *to, double best_speed);

#endif /* BENCH_NOISE_H */
