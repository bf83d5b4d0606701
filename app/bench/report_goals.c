/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The goals that objpool set itself, and whether they are reached.
 *
 * goals[] is all there is to know of them. A goal compares two rows of a block,
 * chosen by their roles, for a range of n; where a pattern was run with several
 * other parameters, what counts is the block in which objpool does worst. It is
 * a quotient, so that the machine's speed drops out, except where what is
 * counted is not time. A goal whose rows are not to be trusted is neither
 * reached nor missed; one without rows, because they were left out on the
 * command line, says so.
 *
 * Goals that a benchmark cannot show (no spurious failure, no loss by a killed
 * thread, cost that does not grow with the number of slots) are tests.
 */

#include <limits.h>
#include <string.h>

#include "report.h"

#define ANY 0, UINT_MAX

/* How a goal's figure is made of ours and theirs. */
enum goal_kind {
	AT_MOST,  /* ours / theirs */
	AT_LEAST, /* theirs / ours */
	SCALES,   /* lcores x what it takes alone ("single") / ours */
	COUNTS,   /* ours */
};

struct goal {
	const char *pattern;
	unsigned int n_min, n_max;
	enum goal_kind kind;
	double limit;
	role_fn *ours, *theirs;
	const char *what;
};

static const struct goal goals[] = {
	{ "single", 1, 8, AT_MOST, 0.60, is_inline, is_ring_512,
		"inline / ring_mp_mc, cache 512" },
	{ "single", 32, 64, AT_MOST, 0.75, is_inline, is_ring_512,
		"inline / ring_mp_mc, cache 512" },
	{ "single", 32, 64, AT_MOST, 1.25, is_inline, is_floor,
		"inline / private array" },
	{ "single", 1, 4, AT_MOST, 1.30, is_driver, is_cached,
		"driver / best cached mempool" },
	{ "single", 8, 64, AT_MOST, 1.00, is_driver, is_cached,
		"driver / best cached mempool" },
	{ "all", ANY, SCALES, 0.975, is_inline, is_inline,
		"inline, times one lcore's work" },
	{ "all", 1, 1, AT_LEAST, 30, is_inline, is_ring_0,
		"ring_mp_mc, no cache / inline" },
	{ "all", 8, 8, AT_LEAST, 20, is_inline, is_ring_0,
		"ring_mp_mc, no cache / inline" },
	{ "all", 32, 32, AT_LEAST, 8, is_inline, is_ring_0,
		"ring_mp_mc, no cache / inline" },
	{ "pipeline", 1, 31, AT_MOST, 1.00, is_inline, is_ring_512,
		"inline / ring_mp_mc, cache 512" },
	{ "pipeline", 32, UINT_MAX, AT_MOST, 0.70, is_inline, is_ring_512,
		"inline / ring_mp_mc, cache 512" },
	{ "pipeline", ANY, AT_MOST, 1.00, is_driver, is_cacheless,
		"driver / best without cache" },
	{ "oversubscribed", ANY, AT_LEAST, 500, is_inline, is_ring_0,
		"ring_mp_mc, no cache / inline" },
	{ "oversubscribed", ANY, AT_MOST, 1.00, is_inline, is_cached,
		"inline / best cached mempool" },
	{ "dry", ANY, AT_MOST, 1.00, is_inline, is_ring,
		"inline / best ring_mp_mc" },
	{ "stranding", ANY, COUNTS, 0, is_bare, NULL,
		"objects out of reach, no cache" },
	{ "memory", ANY, COUNTS, 0.6 * 1024 * 1024, is_inline, NULL,
		"bytes beside, the library" },
	{ "memory", ANY, COUNTS, 0.6 * 1024 * 1024, is_compact, NULL,
		"bytes beside, compact pool" },
	{ "memory", ANY, COUNTS, 0.6 * 1024 * 1024, is_driver, NULL,
		"bytes beside, the driver" },
};

/* What became of a goal, in the blocks that it is about. */
struct outcome {
	const struct row *row; /* where objpool did worst; NULL: nowhere */
	double figure, limit;
	bool trusted;
	unsigned int nr; /* blocks */
};

/* The row of the same contestant and parameters on one lcore, or NULL. */
static const struct row *
alone(const struct blocks *blocks, const struct row *row)
{
	for (unsigned int i = 0; i < blocks->nr; i++) {
		const struct block *block = &blocks->of[i];
		const struct row *first = block->rows[0];

		if (strcmp(first->pattern, "single") != 0 ||
			first->n != row->n || first->kept != row->kept)
			continue;
		for (unsigned int k = 0; k < block->nr; k++)
			if (strcmp(block->rows[k]->contestant,
				    row->contestant) == 0)
				return block->rows[k];
	}
	return NULL;
}

/* Judge one block; whether it has the rows. */
static bool
judge_block(const struct goal *goal, const struct blocks *blocks,
	const struct block *block, struct outcome *outcome)
{
	const struct row *ours = goal->kind == COUNTS ?
		block_worst(block, goal->ours) :
		block_best(block, goal->ours);
	const struct row *theirs = ours;

	if (goal->kind == SCALES && ours != NULL)
		theirs = alone(blocks, ours);
	else if (goal->kind != COUNTS)
		theirs = block_best(block, goal->theirs);
	if (ours == NULL || theirs == NULL)
		return false;
	*outcome = (struct outcome){ .row = ours,
		.limit = goal->limit,
		.trusted = ours->trusted && theirs->trusted };
	switch (goal->kind) {
	case AT_MOST:
		outcome->figure = ours->median / theirs->median;
		break;
	case AT_LEAST:
		outcome->figure = theirs->median / ours->median;
		break;
	case SCALES:
		outcome->figure = ours->lcores * theirs->median / ours->median;
		outcome->limit *= ours->lcores;
		break;
	case COUNTS:
		outcome->figure = ours->median;
		break;
	}
	return true;
}

static bool
wants_less(const struct goal *goal)
{
	return goal->kind == AT_MOST || goal->kind == COUNTS;
}

static bool
is_reached(const struct goal *goal, const struct outcome *outcome)
{
	return wants_less(goal) ? outcome->figure <= outcome->limit :
				  outcome->figure >= outcome->limit;
}

static bool
is_worse(const struct goal *goal, const struct outcome *a,
	const struct outcome *b)
{
	return wants_less(goal) ? a->figure > b->figure : a->figure < b->figure;
}

/* The worst of all blocks of the goal's pattern with this n. */
static void
judge(const struct goal *goal, const struct blocks *blocks, unsigned int n,
	struct outcome *worst)
{
	*worst = (struct outcome){ 0 };
	for (unsigned int i = 0; i < blocks->nr; i++) {
		const struct block *block = &blocks->of[i];
		struct outcome outcome;
		unsigned int nr = worst->nr;

		if (strcmp(block->rows[0]->pattern, goal->pattern) != 0 ||
			block->rows[0]->n != n ||
			!judge_block(goal, blocks, block, &outcome))
			continue;
		if (nr == 0 || is_worse(goal, &outcome, worst))
			*worst = outcome;
		worst->nr = nr + 1;
	}
}

static void
print_outcome(const struct goal *goal, unsigned int n,
	const struct outcome *outcome, FILE *out)
{
	int digits = goal->kind == COUNTS || goal->limit >= 8 ? 0 : 2;
	char name[FIGURE_LEN] = "", text[CASE_LEN];

	if (n > 0)
		snprintf(name, sizeof(name), "n %u", n);
	fprintf(out, "    %-5s%-30s goal %s %.*f: ", name, goal->what,
		wants_less(goal) ? "<=" : ">=", digits,
		outcome->nr > 0 ? outcome->limit : goal->limit);
	if (outcome->nr == 0) {
		fprintf(out, "not measured\n");
		return;
	}
	/* one digit more than the limit: 0.604 is not 0.60 */
	if (digits > 0)
		digits = outcome->figure < 10 ? 3 : outcome->figure < 100;
	fprintf(out, "%.*f, %s", digits, outcome->figure,
		!outcome->trusted                 ? "not to be trusted" :
			is_reached(goal, outcome) ? "reached" :
						    "missed");
	if (outcome->nr > 1)
		fprintf(out, " (%s)", row_case(text, outcome->row, n == 0));
	fputc('\n', out);
}

/* Whether no earlier block of the pattern has this n. */
static bool
is_new_n(const struct blocks *blocks, unsigned int i)
{
	const struct row *row = blocks->of[i].rows[0];

	for (unsigned int k = 0; k < i; k++) {
		const struct row *other = blocks->of[k].rows[0];

		if (other->n == row->n &&
			strcmp(other->pattern, row->pattern) == 0)
			return false;
	}
	return true;
}

/* All goals of a pattern, for each n with which it was run. */
void
report_goals(const struct blocks *blocks, const char *pattern, FILE *out)
{
	for (unsigned int g = 0; g < sizeof(goals) / sizeof(goals[0]); g++) {
		const struct goal *goal = &goals[g];

		for (unsigned int i = 0; i < blocks->nr; i++) {
			const struct row *row = blocks->of[i].rows[0];
			struct outcome outcome;

			if (strcmp(goal->pattern, pattern) != 0 ||
				strcmp(row->pattern, pattern) != 0 ||
				row->n < goal->n_min || row->n > goal->n_max ||
				!is_new_n(blocks, i))
				continue;
			judge(goal, blocks, row->n, &outcome);
			print_outcome(goal, row->n, &outcome, out);
		}
	}
}
