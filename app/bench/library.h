/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef BENCH_LIBRARY_H
#define BENCH_LIBRARY_H

#include "kind.h"

/* open() and close() of kinds that are a struct objpool, their handle. */
int
library_open(struct pool *pool, const struct setup *setup);
int
library_open_compact(struct pool *pool, const struct setup *setup);
void
library_close(struct pool *pool);

#endif /* BENCH_LIBRARY_H */
