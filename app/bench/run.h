/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "options.h"
#include "row.h"

/* Measure what is asked for. machine.nr_lcores is known. 0, or negative after a
 * complaint; results must be freed in any case. */
int
run(const struct options *options, struct results *results);

void
results_free(struct results *results);

#endif /* BENCH_RUN_H */
