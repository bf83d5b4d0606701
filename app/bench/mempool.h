/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef BENCH_MEMPOOL_H
#define BENCH_MEMPOOL_H

#include "kind.h"

/* open() and close() of kinds that are a struct rte_mempool, their handle. */
int
mempool_open(struct pool *pool, const struct setup *setup);
void
mempool_close(struct pool *pool);

#endif /* BENCH_MEMPOOL_H */
