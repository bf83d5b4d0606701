/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The end of a pool: its references, and who gives up the last one. */

#ifndef OBJPOOL_END_H
#define OBJPOOL_END_H

#include "pool.h"

/* Give back n references; with the last one the pool is released, and must not
 * be touched any more. True if that happened. */
bool
end_unref(struct arena *a, uint64_t n);

/* Free all areas and the private part, without telling anybody. */
void
end_areas(struct local *local);

#endif /* OBJPOOL_END_H */
