/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the reports share: results cut into blocks, who is who in them, and
 * figures for people.
 *
 * A block is what may be compared: the rows of one pattern with the same
 * parameters, which took turns. Its rows are sorted, the least median first.
 */

#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>

#include "row.h"

struct block {
	const struct row **rows; /* sorted */
	unsigned int nr;
};

struct blocks {
	struct block *of;
	unsigned int nr;
	const struct row **rows; /* of all blocks */
};

/* Cut results into blocks, in the order of their first rows; -ENOMEM. */
int
blocks_make(struct blocks *blocks, const struct results *results);

void
blocks_free(struct blocks *blocks);

/* Whether a row is that of somebody. */
typedef bool
role_fn(const struct row *row);

role_fn is_objpool;   /* in any form */
role_fn is_inline;    /* objpool's library, inline */
role_fn is_compact;   /* objpool's library, a compact pool */
role_fn is_driver;    /* objpool as a mempool driver, without cache above it */
role_fn is_bare;      /* objpool without mempool's cache above it */
role_fn is_mempool;   /* another mempool driver */
role_fn is_cached;    /* that, with mempool's cache */
role_fn is_cacheless; /* that, without */
role_fn is_ring;      /* ring_mp_mc, with whatever cache */
role_fn is_ring_0;    /* ring_mp_mc without cache */
role_fn is_ring_512;  /* ring_mp_mc with a cache of 512 */
role_fn is_floor;     /* the private array */

/* The first, that is best, row in a role, or NULL. */
const struct row *
block_best(const struct block *block, role_fn *role);

/* The last, that is worst, row in a role, or NULL. */
const struct row *
block_worst(const struct block *block, role_fn *role);

/* Objpool's best inline row or, where none is, its best. */
const struct row *
block_ours(const struct block *block);

/* Room for what the following write. */
#define FIGURE_LEN 24
#define CASE_LEN   64

/* A median of the row's unit. */
const char *
figure(char *text, const struct row *row, double value);

/* How many times as much: "x 1.70"; "-" where one cannot say. */
const char *
ratio(char *text, double value, double base);

/* The parameters: "n 8, kept 128, lcores 1"; without n if that is said
 * elsewhere.
 */
const char *
row_case(char *text, const struct row *row, bool with_n);

/* Print what was won and lost in each pattern, with its goals. */
void
report_verdict(const struct blocks *blocks, FILE *out);

/* Print which goals of a pattern are reached. */
void
report_goals(const struct blocks *blocks, const char *pattern, FILE *out);

#endif /* BENCH_REPORT_H */
