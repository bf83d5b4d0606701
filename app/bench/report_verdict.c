/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Who wins where: a line a pattern, and below it objpool's goals.
 *
 * Patterns that are timed tell in how many of their blocks objpool's best
 * inline form is ahead of all mempool drivers, where it stands at worst, and
 * how long the best of the drivers takes in comparison. References, such as the
 * private array, take no place. Patterns that count things tell the counts:
 * there the worst form of objpool stands for it, of those without mempool's
 * cache, as what that keeps no driver gets at.
 */

#include <string.h>

#include "report.h"

static bool
is_new_pattern(const struct blocks *blocks, unsigned int i)
{
	for (unsigned int k = 0; k < i; k++)
		if (strcmp(blocks->of[k].rows[0]->pattern,
			    blocks->of[i].rows[0]->pattern) == 0)
			return false;
	return true;
}

/* The one with the greater median, or the one that is there. */
static const struct row *
most_of(const struct row *a, const struct row *b)
{
	if (a == NULL || b == NULL)
		return a == NULL ? b : a;
	return a->median >= b->median ? a : b;
}

static const struct row *
least_of(const struct row *a, const struct row *b)
{
	if (a == NULL || b == NULL)
		return a == NULL ? b : a;
	return a->median <= b->median ? a : b;
}

/* Where objpool stands in the blocks of a pattern. */
struct standing {
	unsigned int nr, nr_won; /* blocks */
	unsigned int worst_place, nr_pools;
	double min, max; /* of the best other pool, to objpool */
	bool trusted;
};

/* Whether a pattern counts things instead of timing them. */
static bool
is_count(const struct row *row)
{
	return strcmp(row->unit, "cycles/object") != 0;
}

/* What is counted: the most of objpool, the least and the most of others. */
static void
print_counts(const struct blocks *blocks, const char *pattern, FILE *out)
{
	const struct row *ours = NULL, *least = NULL, *most = NULL;
	char a[FIGURE_LEN], b[FIGURE_LEN], c[FIGURE_LEN];

	for (unsigned int i = 0; i < blocks->nr; i++) {
		const struct block *block = &blocks->of[i];

		if (strcmp(block->rows[0]->pattern, pattern) != 0)
			continue;
		ours = most_of(ours, block_worst(block, is_bare));
		most = most_of(most, block_worst(block, is_mempool));
		least = least_of(least, block_best(block, is_mempool));
	}
	if (ours == NULL || least == NULL)
		fprintf(out, "nobody to compare with\n");
	else
		fprintf(out, "%s at most: %s; others: %s to %s\n", ours->unit,
			figure(a, ours, ours->median),
			figure(b, least, least->median),
			figure(c, most, most->median));
}

/* One more than there are better pools of others; all pools are counted. */
static unsigned int
place_in(const struct block *block, const struct row *ours,
	unsigned int *nr_pools)
{
	unsigned int place = 1;

	*nr_pools = 1;
	for (unsigned int i = 0; i < block->nr; i++) {
		*nr_pools += is_mempool(block->rows[i]);
		place += is_mempool(block->rows[i]) &&
			block->rows[i]->median < ours->median;
	}
	return place;
}

static void
stand_in(const struct block *block, struct standing *standing)
{
	const struct row *ours = block_ours(block);
	const struct row *best = block_best(block, is_mempool);
	unsigned int place, nr_pools;
	double x;

	if (ours == NULL || best == NULL || ours->median <= 0)
		return;
	place = place_in(block, ours, &nr_pools);
	x = best->median / ours->median;
	if (standing->nr == 0)
		*standing = (struct standing){ .min = x,
			.max = x,
			.trusted = true };
	standing->nr++;
	standing->nr_won += place == 1;
	if (place > standing->worst_place)
		standing->worst_place = place;
	if (nr_pools > standing->nr_pools)
		standing->nr_pools = nr_pools;
	if (x < standing->min)
		standing->min = x;
	if (x > standing->max)
		standing->max = x;
	standing->trusted &= ours->trusted && best->trusted;
}

static void
print_standing(const struct blocks *blocks, const char *pattern, FILE *out)
{
	struct standing standing = { 0 };
	char min[FIGURE_LEN], max[FIGURE_LEN];

	for (unsigned int i = 0; i < blocks->nr; i++)
		if (strcmp(blocks->of[i].rows[0]->pattern, pattern) == 0)
			stand_in(&blocks->of[i], &standing);
	if (standing.nr == 0) {
		fprintf(out, "nobody to compare with\n");
		return;
	}
	fprintf(out, "first of %u in %u of %u", standing.nr_pools,
		standing.nr_won, standing.nr);
	if (standing.worst_place > 1)
		fprintf(out, ", at worst place %u", standing.worst_place);
	fprintf(out, "; best other: %s", ratio(min, standing.min, 1));
	if (standing.nr > 1)
		fprintf(out, " to %s", ratio(max, standing.max, 1));
	fprintf(out, "%s\n", standing.trusted ? "" : " ?");
}

void
report_verdict(const struct blocks *blocks, FILE *out)
{
	fprintf(out,
		"\nWHO WINS WHERE: objpool's best inline form among the mempool "
		"drivers, and how many\ntimes as long as it the best of these "
		"takes. Below that, objpool's goals; where several\nblocks "
		"bear on one, the worst of them counts, and is named.\n");
	for (unsigned int i = 0; i < blocks->nr; i++) {
		const struct row *row = blocks->of[i].rows[0];

		if (!is_new_pattern(blocks, i))
			continue;
		fprintf(out, "\n  %-15s", row->pattern);
		if (is_count(row))
			print_counts(blocks, row->pattern, out);
		else
			print_standing(blocks, row->pattern, out);
		report_goals(blocks, row->pattern, out);
	}
}
