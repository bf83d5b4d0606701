/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Steps: what a thread does between two atomic operations of the library. After
 * each the shim calls the thread's hook, if it has one.
 */

#ifndef TEST_FREEZE_STEP_H
#define TEST_FREEZE_STEP_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in the text, as compiled into one file. A line of its own, so that
 * those of a section lie side by side without gaps. */
struct step_site {
	alignas(64) const char *file;
	const char *unit; /* the file that was compiled */
	const char *func;
	const char *what; /* the operation */
	int line;
	uint32_t passes; /* for whoever counts */
	uint32_t last;
	uint32_t stops; /* how often a thread was stopped here */
};

_Static_assert(sizeof(struct step_site) == 64, "no gaps between sites");

typedef void
step_fn(struct step_site *site);

/* Called after each step of the calling thread; NULL: not. */
extern _Thread_local step_fn *step_hook;

/* All sites of this program, or of this shared object. */
extern struct step_site *const step_first, *const step_end;

/* Is it one of the library or the driver, not of the test? */
bool
step_is_product(const struct step_site *site);

/* Its name, "lib/core/thief.h:27 block_take load in pop.c", in text. */
const char *
step_name(const struct step_site *site, char *text, size_t size);

#endif /* TEST_FREEZE_STEP_H */
