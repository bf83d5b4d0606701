/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What was measured, and on what machine: all that a report is made of.
 *
 * Rows that differ only in the contestant, its group and the figures were
 * measured together, in turns, and may be compared; they follow each other.
 * Such rows are a block. Others may not be compared: minutes lie between them.
 *
 * Contestants' names have no spaces or commas: "objpool/inline-slot",
 * "objpool/inline", "objpool/function", "objpool/driver", "objpool/driver+512",
 * "objpool/driver-inline", "ring_mp_mc/0", "ring_mp_mc/256", ... (a DPDK driver
 * and the size of mempool's cache above it), "kernel-scheme", "floor",
 * "ring-only".
 */

#ifndef BENCH_ROW_H
#define BENCH_ROW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct row {
	const char *pattern;     /* "single", "pipeline", ...: one word */
	const char *description; /* of the pattern, one line */
	const char *unit;        /* "cycles/object", "objects", "bytes" */

	/* Parameters; 0: does not apply, or is not constant. */
	unsigned int n;       /* objects a call */
	unsigned int kept;    /* objects held at most, or passed on */
	unsigned int lcores;  /* that work at the same time */
	unsigned int threads; /* likewise, if they are more than the lcores */

	const char *contestant;
	const char *group;  /* "objpool", "mempool", "reference" */
	unsigned int cache; /* objects, of mempool's cache above it; 0: none */

	unsigned int nr_samples; /* rounds */
	double median;
	double min;
	double q1; /* quartiles: half of the samples lie between them */
	double q3;

	bool trusted;
	char reason[64]; /* why not; "" if trusted */
};

struct machine {
	char date[32];     /* of the start, ISO 8601, UTC */
	char command[512]; /* line, quoted where a shell wants it */
	char cpu[96];      /* model */
	unsigned int nr_cpus;
	unsigned int nr_lcores; /* of them in use here */
	uint64_t tsc_hz;
	char kernel[96];
	bool hypervisor; /* a virtual machine */
	double load;     /* load average when it started */
	double steal;    /* share of CPU time that the hypervisor took, 0 to 1,
			    while it ran */
	char dpdk[64];
	char objpool[32];
	char compiler[128];
	char flags[128]; /* of the compiler, that matter */
};

struct results {
	struct machine machine;
	struct row *rows;
	unsigned int nr;
	unsigned int nr_doubtful; /* of them not trusted */
	bool is_partial;          /* ended before all was measured (a signal) */
};

/* report*.c: write what was measured. 0, or negative errno if that fails. */

/* For people: blocks, ratios, and who wins where. */
int
report_table(const struct results *results, FILE *file);

int
report_csv(const struct results *results, FILE *file);

int
report_json(const struct results *results, FILE *file);

/* progress.c: on stderr, a bar if it is a terminal, else a line a pattern.
 * Without progress_start() the others do nothing. */

/* So many steps are to come, which take about so long altogether. */
void
progress_start(unsigned int nr_steps, double seconds);

/* A step begins, of a pattern; detail is for the bar, as "n=8 kept=32". Both
 * are copied where they are needed longer. */
void
progress_step(const char *pattern, const char *detail);

/* No step is left; clears the bar. */
void
progress_end(void);

#endif /* BENCH_ROW_H */
