/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Calls of the library on the one pool, for contests about marks and their end:
 * what a thread pops it keeps in its hand, and pushes from there. Include seam.h
 * first.
 */

#ifndef TEST_MODEL_CALLS_H
#define TEST_MODEL_CALLS_H

static inline void
push_one(void)
{
	objpool_push_bulk(part_with(1), 1, the_pool());
}

static inline void
pop_one(void)
{
	void *obj = objpool_pop(the_pool());

	if (obj == NULL)
		saw(REFUSED);
	else
		keep(&obj, 1);
}

static inline void
push_all(void)
{
	while (hand()->n > 0)
		push_one();
}

/* What it holds all the time keeps the pool. The second pop and push may find a
 * private block. */
static inline void
pop_push(void)
{
	pop_one();
	if (hand()->n > 1)
		push_one();
	pop_one();
	push_all();
}

#endif /* TEST_MODEL_CALLS_H */
