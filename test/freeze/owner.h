/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What a play does to a pool behind its back, and sees of it. */

#ifndef TEST_FREEZE_OWNER_H
#define TEST_FREEZE_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include <objpool/objpool.h>

/* The calling process made the pool: who did it has a forked copy of the private
 * part, or is its child that has one. */
void
owner_is_me(struct objpool *pool);

/* Nobody had a slot of the pool, of which none is claimed. */
void
owner_forgets_home(struct objpool *pool);

/* References of objects that are there, and how many objects are in blocks. */
uint32_t
owner_counts(const struct objpool *pool, uint32_t *home);

/* Give back what a dead thread kept. */
void
owner_drops(struct objpool *pool, uint32_t n);

/* Is the pool finished, and do all slots know? */
bool
owner_sees_end(const struct objpool *pool);

/* Is the owner of slot 0 in the middle of an operation? */
bool
owner_sees_mark(const struct objpool *pool);

#endif /* TEST_FREEZE_OWNER_H */
