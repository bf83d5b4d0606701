/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* How far the measurements are, on stderr, so that it never gets into a table
 * that is redirected, nor beside one that is not: the bar is wiped away before
 * anything else is printed.
 *
 * On a terminal, one line that is overwritten:
 *
 *   [################------------------------]  41 %  pipeline n=8, 2:08 left
 *
 * Time left is first what was foreseen, and what the steps so far took more and
 * more as they go by: steps are about equally long. Elsewhere (a file, a pipe,
 * a CI) a line when a pattern begins. Drawing takes a few microseconds between
 * two measurements and none within one; it is done ten times a second at most.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "row.h"

#define BAR_WIDTH 40
#define REDRAW_NS UINT64_C(100000000)

/* There is one stderr, so there is one of these. */
static struct {
	unsigned int begun, total; /* steps; none: there is nothing to show */
	bool is_bar;
	double foreseen_s;
	uint64_t start_ns, drawn_ns;
	char pattern[32]; /* announced last */
} progress;

static uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

/* Steps that ended: all but the one that has just begun. */
static unsigned int
nr_done(void)
{
	return progress.begun > 0 ? progress.begun - 1 : 0;
}

static unsigned int
percent(void)
{
	return (uint64_t)nr_done() * 100 / progress.total;
}

/* Seconds left: a mean of what was foreseen and what is seen, which weighs more
 * the more steps were seen.
 */
static unsigned int
seconds_left(uint64_t now)
{
	double done = (double)nr_done() / progress.total;
	double seen = (now - progress.start_ns) / 1e9; /* for done */

	return (1 - done) * ((1 - done) * progress.foreseen_s + seen);
}

static void
draw_bar(const char *pattern, const char *detail, uint64_t now)
{
	unsigned int left = seconds_left(now);
	char bar[BAR_WIDTH + 1];

	memset(bar, '-', BAR_WIDTH);
	memset(bar, '#', (uint64_t)nr_done() * BAR_WIDTH / progress.total);
	bar[BAR_WIDTH] = '\0';
	/* and wipe what the last line had more */
	fprintf(stderr, "\r[%s] %3u %%  %s%s%s, %u:%02u left\033[K", bar,
		percent(), pattern, detail[0] != '\0' ? " " : "", detail,
		left / 60, left % 60);
	fflush(stderr);
	progress.drawn_ns = now;
}

void
progress_start(unsigned int nr_steps, double seconds)
{
	progress.begun = 0;
	progress.total = nr_steps;
	progress.is_bar = isatty(STDERR_FILENO);
	progress.foreseen_s = seconds;
	progress.start_ns = now_ns();
	progress.drawn_ns = 0;
	progress.pattern[0] = '\0';
}

void
progress_step(const char *pattern, const char *detail)
{
	bool is_new = strcmp(pattern, progress.pattern) != 0;
	uint64_t now = now_ns();

	if (progress.total == 0)
		return;
	progress.begun += progress.begun < progress.total;
	if (is_new)
		snprintf(progress.pattern, sizeof(progress.pattern), "%s",
			pattern);
	if (!progress.is_bar) {
		if (is_new)
			fprintf(stderr, "%3u %%  %s\n", percent(), pattern);
	} else if (is_new || now - progress.drawn_ns >= REDRAW_NS) {
		draw_bar(pattern, detail, now);
	}
}

void
progress_end(void)
{
	if (progress.total > 0 && progress.is_bar)
		fprintf(stderr, "\r\033[K");
	progress.total = 0;
}
