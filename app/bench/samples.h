/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include "row.h"

/* Set nr_samples, median, min and quartiles of a row; sorts the samples, of
 * which there is one at least. */
void
samples_sum_up(double *samples, unsigned int nr, struct row *row);

/* The median alone; sorts too. */
double
samples_median(double *samples, unsigned int nr);

#endif /* BENCH_SAMPLES_H */
