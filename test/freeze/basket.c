/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Getting and putting, with a stamp in each object. It is set after get and
 * cleared before put, so who is killed in between has left the truth behind, and
 * who is killed in a call has at most its objects unstamped and in nobody's
 * reach.
 */

#include "board.h"

bool
basket_get(struct basket *b, unsigned int n)
{
	if (rte_mempool_get_bulk(b->mp, b->objs + b->n, n) < 0)
		return false;
	for (unsigned int i = 0; i < n; i++) {
		struct item *item = b->objs[b->n + i];

		if (atomic_exchange(&item->stamp, b->who) != 0)
			b->board->duplicates++;
	}
	b->n += n;
	return true;
}

void
basket_put(struct basket *b, unsigned int n)
{
	b->n -= n;
	for (unsigned int i = 0; i < n; i++) {
		struct item *item = b->objs[b->n + i];

		if (atomic_exchange(&item->stamp, 0) != b->who)
			b->board->duplicates++;
	}
	rte_mempool_put_bulk(b->mp, b->objs + b->n, n);
}

/* For some time it rather gets, for some it rather puts. */
bool
basket_play(struct basket *b)
{
	unsigned int n = rng_upto(&b->rng, BULK);

	if (b->most > BULK && rng_below(&b->rng, 300) == 0)
		b->most = rng_upto(&b->rng, b->most);
	if (b->n == 0 || (b->n + n <= b->most && rng_below(&b->rng, 4) > 0))
		return basket_get(b, n);
	basket_put(b, b->n < n ? b->n : n);
	return true;
}

void
basket_put_all(struct basket *b)
{
	while (b->n > 0)
		basket_put(b, b->n < BULK ? b->n : BULK);
}
