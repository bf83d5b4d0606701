/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What lies in a block while others work. */

#ifndef OBJPOOL_CORE_CENSUS_H
#define OBJPOOL_CORE_CENSUS_H

#include "round.h"

/* The block was asked for, and this process cannot agree on its length. */
#define CENSUS_IMPOSSIBLE (BLOCK_OBJS_MAX + 1)

/* Read the objects that the block held, free or in limbo, at one instant of this
 * call. Those that stay for all of it are right; others may be anything, since
 * their places are written meanwhile. objs has room for BLOCK_OBJS_MAX. Returns
 * how many, or CENSUS_IMPOSSIBLE. */
unsigned int
census_of_block(struct arena *a, struct objpool_block *b, void **objs);

#endif /* OBJPOOL_CORE_CENSUS_H */
