/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Memory that shows every access after it was given back.
 *
 * As a rule: plots of one large mapping, which are used again as late as possible.
 * When they are given back, some lose all access, and a late read or write faults;
 * the others, as that takes long, are filled with a pattern, which leads readers
 * astray and must be there still when they are used again. Either ends the program
 * with GRAVE_TOUCHED. Under a sanitizer: the heap, whose late accesses the
 * sanitizer reports, with both stacks. */

#ifndef TEST_LIFECYCLE_GRAVE_H
#define TEST_LIFECYCLE_GRAVE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <objpool/mem.h>

#define GRAVE_TOUCHED 40 /* exit status */

/* Open the one graveyard of the program. */
void
grave_open(void);

/* Zeros, with room behind them; never fails. */
void *
grave_alloc(size_t size);

/* Whoever touches it, or what was in the room behind it, is found out. */
void
grave_free(void *addr);

/* Look at all that was given back. */
void
grave_check(void);

/* Areas and plots out. */
unsigned int
grave_nr_live(void);

/* For objpool_attr.mem, with something from grave_alloc() as ctx: areas are in the
 * room behind that, or on the heap. */
extern const struct objpool_mem_ops grave_ops;

#endif /* TEST_LIFECYCLE_GRAVE_H */
