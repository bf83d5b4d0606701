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

/* Blocks of which is printed why. */
#define DOUBTS_MAX 24

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

/* How many rows of a block are not to be trusted, and why the first is not. */
static unsigned int
count_doubtful(const struct block *block, const struct row **first)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < block->nr; i++)
		if (!block->rows[i]->trusted && nr++ == 0)
			*first = block->rows[i];
	return nr;
}

/* A line for each block with such rows; not for all, if there are many. */
static void
print_doubts(const struct blocks *blocks, unsigned int nr_rows, FILE *out)
{
	unsigned int nr, nr_blocks = 0, nr_doubtful = 0;
	const struct row *row = NULL;
	char text[CASE_LEN];

	for (unsigned int i = 0; i < blocks->nr; i++) {
		nr = count_doubtful(&blocks->of[i], &row);
		if (nr == 0)
			continue;
		if (nr_blocks == 0)
			fprintf(out, "\n?: not to be trusted\n");
		nr_doubtful += nr;
		if (nr_blocks++ < DOUBTS_MAX)
			fprintf(out,
				"  %s (%s): %u of %u rows\n"
				"    as %s: %s\n",
				row->pattern, row_case(text, row, true), nr,
				blocks->of[i].nr, row->contestant, row->reason);
	}
	if (nr_blocks > DOUBTS_MAX)
		fprintf(out, "  and so on\n");
	if (nr_doubtful > 0)
		fprintf(out,
			"  %u of %u rows in all; the CSV has all "
			"reasons\n",
			nr_doubtful, nr_rows);
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
	print_doubts(&blocks, results->nr, out);
	report_verdict(&blocks, out);
	blocks_free(&blocks);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}
