/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What many samples come to: the median and the quartiles, between samples by
 * proportion, and the least. No mean: one slice in which the machine was away
 * would move it.
 */

#include <stdlib.h>

#include "samples.h"

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value below which a share of the samples lies. */
static double
quantile(const double *sorted, unsigned int nr, double share)
{
	double place = share * (nr - 1);
	unsigned int i = place;

	if (i + 1 >= nr)
		return sorted[nr - 1];
	return sorted[i] + (place - i) * (sorted[i + 1] - sorted[i]);
}

double
samples_median(double *samples, unsigned int nr)
{
	qsort(samples, nr, sizeof(*samples), compare);
	return quantile(samples, nr, 0.5);
}

void
samples_sum_up(double *samples, unsigned int nr, struct row *row)
{
	qsort(samples, nr, sizeof(*samples), compare);
	row->nr_samples = nr;
	row->min = samples[0];
	row->q1 = quantile(samples, nr, 0.25);
	row->median = quantile(samples, nr, 0.5);
	row->q3 = quantile(samples, nr, 0.75);
}
