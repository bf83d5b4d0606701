/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Whether to believe what was measured.
 *
 * Contestants take turns, so what disturbs a few slices disturbs everybody's
 * and medians hardly move. What remains is a machine that is never quiet, and a
 * row that jumps about. Signs, each with its limit below:
 *
 *  - the spread of the row itself: the middle half of its samples, relative to
 *    the median;
 *  - the spread of the floor in the same block: it does nothing but copy
 *    pointers, so what makes it jump is the machine;
 *  - time that the hypervisor took, or other programs used, while the block was
 *    measured; on whatever CPU, as CPUs share caches and more;
 *  - the time of additions that keep all adders of a core busy, in each round,
 *    beside the best of the whole run: it depends on nothing but the clock of the
 *    core and on having it alone. Another virtual machine on the other half of
 *    the core shows in nothing else, and hits some contestants more than others.
 *
 * Rows that are counted and not timed are right on any machine.
 */

#include <inttypes.h>
#include <string.h>
#include <sys/times.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include "noise.h"

#define SPREAD_MAX 0.25 /* of a row, or of the floor */
#define STEAL_MAX  0.03
#define OTHERS_MAX 0.05
#define SPEED_MAX  1.20 /* times the fewest cycles */

/* Ticks, 10 ms each, below which shares of them mean nothing. */
#define TICKS_MIN 40

#define SUM_STEPS 100000

double
noise_speed(void)
{
	uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
	uint64_t begin = rte_rdtsc_precise();

	for (unsigned int i = 0; i < SUM_STEPS; i++) {
		a += i;
		b += i;
		c += i;
		d += i;
		e += i;
		f += i;
		/* Neither to be left out nor to be done by vectors. */
		asm volatile(""
			     : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e),
			     "+r"(f));
	}
	return (double)(rte_rdtsc_precise() - begin) / SUM_STEPS;
}

void
noise_look(struct moment *now)
{
	uint64_t ticks[8] = { 0 };
	FILE *file = fopen("/proc/stat", "r");
	struct tms own;

	*now = (struct moment){ 0 };
	if (file != NULL) {
		/* user nice system idle iowait irq softirq steal */
		if (fscanf(file,
			    "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			    " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
			    &ticks[0], &ticks[1], &ticks[2], &ticks[3],
			    &ticks[4], &ticks[5], &ticks[6], &ticks[7]) == 8)
			now->steal = ticks[7];
		fclose(file);
	}
	for (unsigned int i = 0; i < RTE_DIM(ticks); i++)
		now->total += ticks[i];
	now->busy = ticks[0] + ticks[1] + ticks[2];
	if (times(&own) != (clock_t)-1)
		now->own = own.tms_utime + own.tms_stime;
}

double
noise_stolen(const struct moment *from, const struct moment *to)
{
	uint64_t total = to->total - from->total;

	if (total < TICKS_MIN)
		return 0;
	return (double)(to->steal - from->steal) / total;
}

/* Share of CPU time that other programs used between two moments. */
static double
used_by_others(const struct moment *from, const struct moment *to)
{
	uint64_t total = to->total - from->total;
	uint64_t busy = to->busy - from->busy;
	uint64_t own = to->own - from->own;

	return total < TICKS_MIN || busy < own ? 0 :
						 (double)(busy - own) / total;
}

static double
row_spread(const struct row *row)
{
	return row->median > 0 ? (row->q3 - row->q1) / row->median : 0;
}

static void
row_doubt(struct row *row, const char *what, double percent)
{
	if (!row->trusted)
		return;
	row->trusted = false;
	snprintf(row->reason, sizeof(row->reason), "%s %.0f %%", what, percent);
}

void
noise_judge(struct row *rows, unsigned int nr, const struct weather *weather,
	double best_speed)
{
	double stolen = noise_stolen(&weather->from, &weather->to);
	double others = used_by_others(&weather->from, &weather->to);
	double slow = weather->speed / best_speed;
	double floor_spread = 0;

	for (unsigned int i = 0; i < nr; i++)
		if (strcmp(rows[i].contestant, "floor") == 0)
			floor_spread = row_spread(&rows[i]);
	for (unsigned int i = 0; i < nr; i++) {
		struct row *row = &rows[i];

		if (row_spread(row) > SPREAD_MAX)
			row_doubt(row, "spread", row_spread(row) * 100);
		if (floor_spread > SPREAD_MAX)
			row_doubt(row, "spread of the floor",
				floor_spread * 100);
		if (stolen > STEAL_MAX)
			row_doubt(row, "CPU time stolen", stolen * 100);
		if (others > OTHERS_MAX)
			row_doubt(row, "CPU time of other programs",
				others * 100);
		if (slow > SPEED_MAX)
			row_doubt(row, "core slower by", slow * 100 - 100);
	}
}
