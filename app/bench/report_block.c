/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Results cut into blocks, and who is who in them (report.h).
 *
 * All rows are sorted once: by the place of their block's first row in the
 * results, so that blocks come in the order in which they were measured, and
 * by median within a block. A block is then a stretch of that array. There are
 * a thousand rows at most, so finding the first row of a block by looking at
 * all before it costs nothing that anybody would notice.
 *
 * Roles are known by the contestants' names, here and nowhere else.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static bool
same_block(const struct row *a, const struct row *b)
{
	return a->n == b->n && a->kept == b->kept && a->lcores == b->lcores &&
		a->threads == b->threads && strcmp(a->pattern, b->pattern) == 0;
}

static int
by_median(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a;
	const struct row *y = *(const struct row *const *)b;

	if (x->median != y->median)
		return x->median < y->median ? -1 : 1;
	return x < y ? -1 : x > y; /* the order of the results */
}

/* Whether the block of this row has begun before it. */
static bool
is_known(const struct results *results, unsigned int i)
{
	for (unsigned int k = 0; k < i; k++)
		if (same_block(&results->rows[k], &results->rows[i]))
			return true;
	return false;
}

/* Gather the block that begins with this row; the number of its rows. */
static unsigned int
gather(const struct results *results, unsigned int i, const struct row **rows)
{
	unsigned int nr = 0;

	for (unsigned int k = i; k < results->nr; k++)
		if (same_block(&results->rows[i], &results->rows[k]))
			rows[nr++] = &results->rows[k];
	qsort(rows, nr, sizeof(*rows), by_median);
	return nr;
}

int
blocks_make(struct blocks *blocks, const struct results *results)
{
	const struct row **rows;

	blocks->nr = 0;
	blocks->of = calloc(results->nr + 1, sizeof(*blocks->of));
	blocks->rows = calloc(results->nr + 1, sizeof(*blocks->rows));
	if (blocks->of == NULL || blocks->rows == NULL) {
		blocks_free(blocks);
		return -ENOMEM;
	}
	rows = blocks->rows;
	for (unsigned int i = 0; i < results->nr; i++) {
		struct block *block = &blocks->of[blocks->nr];

		if (is_known(results, i))
			continue;
		block->rows = rows;
		block->nr = gather(results, i, rows);
		rows += block->nr;
		blocks->nr++;
	}
	return 0;
}

void
blocks_free(struct blocks *blocks)
{
	free(blocks->of);
	free(blocks->rows);
}

static bool
in_group(const struct row *row, const char *group)
{
	return strcmp(row->group, group) == 0;
}

bool
is_objpool(const struct row *row)
{
	return in_group(row, "objpool");
}

bool
is_inline(const struct row *row)
{
	return is_objpool(row) &&
		strncmp(row->contestant, "objpool/inline", 14) == 0;
}

bool
is_compact(const struct row *row)
{
	return strcmp(row->contestant, "objpool/compact") == 0;
}

bool
is_driver(const struct row *row)
{
	return strcmp(row->contestant, "objpool/driver") == 0;
}

bool
is_bare(const struct row *row)
{
	return is_objpool(row) && row->cache == 0;
}

bool
is_mempool(const struct row *row)
{
	return in_group(row, "mempool");
}

bool
is_cached(const struct row *row)
{
	return is_mempool(row) && row->cache > 0;
}

bool
is_cacheless(const struct row *row)
{
	return is_mempool(row) && row->cache == 0;
}

bool
is_ring(const struct row *row)
{
	return is_mempool(row) &&
		strncmp(row->contestant, "ring_mp_mc/", 11) == 0;
}

bool
is_ring_0(const struct row *row)
{
	return is_ring(row) && row->cache == 0;
}

bool
is_ring_512(const struct row *row)
{
	return is_ring(row) && row->cache == 512;
}

bool
is_floor(const struct row *row)
{
	return strcmp(row->contestant, "floor") == 0;
}

const struct row *
block_best(const struct block *block, role_fn *role)
{
	for (unsigned int i = 0; i < block->nr; i++)
		if (role(block->rows[i]))
			return block->rows[i];
	return NULL;
}

const struct row *
block_worst(const struct block *block, role_fn *role)
{
	for (unsigned int i = block->nr; i-- > 0;)
		if (role(block->rows[i]))
			return block->rows[i];
	return NULL;
}

const struct row *
block_ours(const struct block *block)
{
	const struct row *row = block_best(block, is_inline);

	return row != NULL ? row : block_best(block, is_objpool);
}

/* Digits after the point that make three in all, also after rounding. */
static int
digits_of(double value)
{
	return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

const char *
figure(char *text, const struct row *row, double value)
{
	int digits = digits_of(value);

	if (strcmp(row->unit, "cycles/object") != 0)
		digits = 0;
	snprintf(text, FIGURE_LEN, "%.*f", digits, value);
	return text;
}

const char *
ratio(char *text, double value, double base)
{
	double x = value / base;

	if (base <= 0)
		return strcpy(text, "-");
	snprintf(text, FIGURE_LEN, "x %.*f", digits_of(x), x);
	return text;
}

const char *
row_case(char *text, const struct row *row, bool with_n)
{
	const struct {
		const char *name;
		unsigned int value;
	} all[] = { { "n", with_n ? row->n : 0 }, { "kept", row->kept },
		{ "lcores", row->lcores }, { "threads", row->threads } };
	size_t len = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < 4; i++)
		if (all[i].value > 0)
			len += snprintf(text + len, CASE_LEN - len, "%s%s %u",
				len > 0 ? ", " : "", all[i].name, all[i].value);
	return text;
}
