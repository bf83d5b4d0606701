/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Which objects are free: for those who look for the others.
 *
 * Only of closed pools. While pops are in progress objects move from block to
 * block, and a list of them would be wrong before it is complete. Pushes alone
 * only add to blocks: what is below a block's length stays there (I1), and one
 * reading of its words says which entries these are.
 */

#include <errno.h>

#include "core/scan.h"
#include "pool.h"

static unsigned int
free_objs(const struct objpool_block *b, void **objs)
{
	/* As a thief reads them: what is below the length was written. */
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	uint64_t t = atomic_load_explicit(&b->t, memory_order_acquire);
	unsigned int n = words_len(w, t);

	objpool_entries_read_(b, 0, objs, n);
	return n;
}

int64_t
objpool_walk_free(const struct objpool *pool, objpool_walk_fn *fn, void *ctx)
{
	void *objs[BLOCK_OBJS_MAX];
	const struct objpool_block *b;
	const struct arena *a;
	struct round round;
	int64_t sum = 0;

	if (pool == NULL || fn == NULL)
		return -EINVAL;
	a = arena_of(pool);
	/* push_rcu may move free objects to make room. */
	if (a->has_limbo)
		return -ENOTSUP;
	if (!(arena_flags(a) & FLAG_CLOSED))
		return -EBUSY;
	round = round_from(a, 0);
	while ((b = round_next(a, &round)) != NULL) {
		unsigned int n = free_objs(b, objs);

		for (unsigned int i = 0; i < n; i++)
			fn(objs[i], ctx);
		sum += n;
	}
	return sum;
}
