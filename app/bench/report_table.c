/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The table for people, no wider than 100 columns: a block for each pattern and
 * set of parameters, best first.
 *
 * Figures of two blocks must not be compared where they were not measured in
 * turns, so each block stands for itself: ratios are to rows of the same
 * block. There are two of them, since there are two questions: what would I
 * gain with objpool's inline functions (to objpool's best inline row), and with
 * anything at all over what I have (to the best mempool that has a cache).
 *
 * A row that is not to be trusted has a question mark, and so has a ratio made
 * of it; why is said once, below the table. The verdict follows it.
 */

#include <errno.h>
#include <string.h>

#include "report.h"

/* Reasons that are printed. */
#define REASONS_MAX 24

/* Width of the table. */
#define RULE_LEN 92

static const char *
mark(const struct row *row, const struct row *base)
{
	return row->trusted && (base == NULL || base->trusted) ? " " : "?";
}

/* "x 1.70" or, if there is nobody to compare with, nothing. */
static const char *
ratio_to(char *text, const struct row *row, const struct row *base)
{
	return base == NULL ? "" : ratio(text, row->median, base->median);
}

static void
print_spread(const struct row *row, FILE *out)
{
	if (row->median > 0)
		fprintf(out, " %7.1f %%",
			(row->q3 - row->q1) / row->median * 100);
	else
		fprintf(out, " %9s", "-");
}

static void
print_row(const struct row *row, const struct row *ours,
	const struct row *cached, FILE *out)
{
	char median[FIGURE_LEN], min[FIGURE_LEN];
	char to_ours[FIGURE_LEN], to_cached[FIGURE_LEN];

	fprintf(out, "%c %-30s %11s%s %11s", is_objpool(row) ? '*' : ' ',
		row->contestant, figure(median, row, row->median),
		mark(row, NULL), figure(min, row, row->min));
	print_spread(row, out);
	fprintf(out, " %10s%s %10s%s\n", ratio_to(to_ours, row, ours),
		mark(row, ours), ratio_to(to_cached, row, cached),
		mark(row, cached));
}

static void
print_block(const struct block *block, FILE *out)
{
	const struct row *first = block->rows[0];
	const struct row *ours = block_ours(block);
	const struct row *cached = block_best(block, is_cached);
	char text[CASE_LEN], rule[RULE_LEN + 1];

	row_case(text, first, true);
	memset(rule, '-', RULE_LEN);
	rule[RULE_LEN] = '\0';
	fprintf(out, "\n  %-30s %11s  %11s %9s %10s  %10s\n",
		text[0] != '\0' ? text : first->pattern, first->unit, "min",
		"spread", "to objpool", "to cached");
	fprintf(out, "  %s\n", rule);
	for (unsigned int i = 0; i < block->nr; i++)
		print_row(block->rows[i], ours, cached, out);
}

/* Say why rows are not to be trusted; not of all, if there are many. */
static void
print_reasons(const struct results *results, FILE *out)
{
	char text[CASE_LEN];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < results->nr; i++) {
		const struct row *row = &results->rows[i];

		if (row->trusted)
			continue;
		if (nr == 0)
			fprintf(out, "\n?: not to be trusted\n");
		if (nr++ < REASONS_MAX)
			fprintf(out, "  %s (%s), %s: %s\n", row->pattern,
				row_case(text, row, true), row->contestant,
				row->reason);
	}
	if (nr > REASONS_MAX)
		fprintf(out, "  and %u more; their reasons are in the CSV\n",
			nr - REASONS_MAX);
	if (nr > 0)
		fprintf(out, "  %u of %u rows in all\n", nr, results->nr);
}

int
report_table(const struct results *results, FILE *out)
{
	const char *pattern = "";
	struct blocks blocks;
	int ret;

	ret = blocks_make(&blocks, results);
	if (ret < 0)
		return ret;
	if (results->is_partial)
		fprintf(out, "\nNot all was measured: it was ended early.\n");
	for (unsigned int i = 0; i < blocks.nr; i++) {
		const struct row *first = blocks.of[i].rows[0];

		if (strcmp(first->pattern, pattern) != 0)
			fprintf(out, "\n%s: %s\n", first->pattern,
				first->description);
		pattern = first->pattern;
		print_block(&blocks.of[i], out);
	}
	print_reasons(results, out);
	report_verdict(&blocks, out);
	blocks_free(&blocks);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}
