/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The end of a pool: its references, and who gives up the last one. */

#ifndef OBJPOOL_END_H
#define OBJPOOL_END_H

#include "pool.h"

/* Give back the references of n objects. True if they were the last: the pool
 * is released, or its domain was told to. Whatever it returns, the pool must
 * not be touched any more but by the right of another object or a read
 * section. */
bool
end_unref(struct arena *a, uint64_t n, enum gp_last who);

/* Is this the process that created the pool, and has its private part? */
bool
end_is_ours(const struct arena *a);

/* Wait until all operations that are in progress are over. 0; -ENOTSUP. */
int
end_quiesce(const struct arena *a);

/* Likewise, with at most so many pauses while somebody is in the middle of
 * something; then -EAGAIN. */
#define END_PAUSE_MS 1
#define END_NO_LIMIT UINT32_MAX
int
end_quiesce_for(const struct arena *a, unsigned int pauses);

/* Free all areas and the private part, without telling anybody. */
void
end_areas(struct local *local);

#endif /* OBJPOOL_END_H */
