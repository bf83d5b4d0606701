/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* What the user asked for. */
struct options {
	bool help;
	bool list;
	bool quick;
	bool no_progress;
	uint32_t rounds;         /* 0: as usual */
	uint32_t slice_ms;       /* 0: as usual */
	const char *patterns;    /* names, or NULL: all */
	const char *contestants; /* names, or NULL: all */
	const char *csv;         /* files, or NULL */
	const char *json;
};

#define ROUNDS_MAX 101

/* Read the options that follow "--". Touches nothing outside the process.
 * 0, or -EINVAL after a complaint. */
int
options_parse(struct options *options, int argc, char **argv);

/* Print what can be asked for. */
void
options_usage(void);

/* Print the names of patterns and contestants, and what they are. */
void
options_list(void);

/* Is a name one of a list's, or is there no list? */
bool
options_want(const char *list, const char *name);

#endif /* BENCH_OPTIONS_H */
