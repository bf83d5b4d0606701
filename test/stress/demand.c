/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* As many objects as all hands together want at most.
 *
 * There are H hands and H x k objects, and each hand holds up to k. It pops n
 * objects when it holds h <= k - n. What the other hands hold and what their
 * unfinished pops are collecting is never more than (H - 1) x k, so at every
 * instant of the call at least k - h >= n objects are free: none of G4's
 * exceptions can excuse a failure. Nothing is reserved: pops are ordered after
 * the pushes that they live on by the pool alone.
 *
 * There is one hand more than members, on a shelf, and now and then a member
 * changes its hand for that one, objects and all. So objects are pushed
 * elsewhere than they were popped, and members have to take from each other.
 *
 * With a demand of one more for each hand pops must fail now and then: what is
 * free does come down to the last object.
 */

#include <stdio.h>

#include "match.h"

static struct hand spare;
static _Atomic(struct hand *) shelf;

static unsigned int
least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static bool
pop(struct hand *h, unsigned int n)
{
	return n == 1 ? hand_pop(h) : hand_pop_bulk(h, n);
}

/* Mostly full, so that little is free. */
static void
step(struct match *m, struct hand *h, bool is_short)
{
	unsigned int room = least(m->bulk, m->share - h->n), n;

	if (room > 0 && (h->n == 0 || rng_below(&h->rng, 4) > 0)) {
		n = rng_upto(&h->rng, room);
		if (pop(h, n))
			return;
		if (!is_short)
			match_spurious(m, h, n);
	}
	if (h->n > 0)
		hand_push_bulk(h, rng_upto(&h->rng, least(m->bulk, h->n)));
}

static void
play(struct member *member, struct match *m, bool is_short)
{
	struct hand *h = match_hand(m, member);

	while (!crew_is_over(member->crew)) {
		step(m, h, is_short);
		if (rng_below(&h->rng, 64) == 0)
			h = atomic_exchange_explicit(&shelf, h,
				memory_order_acq_rel);
	}
	hand_push_all(h, m->bulk);
}

static void
demand(struct member *member, void *arg)
{
	play(member, arg, false);
}

static void
demand_more(struct member *member, void *arg)
{
	play(member, arg, true);
}

/* Play, each hand holding up to this much more than its part. */
static void
play_hands(struct match *m, unsigned int more, crew_fn *member)
{
	struct hand *h;

	m->share = m->set.objs / (m->set.threads + 1);
	if (m->share == 0) {
		fprintf(stderr, "fewer objects than hands\n");
		return;
	}
	m->share += more;
	hand_open(&spare, m->pool, &m->ledger, m->set.threads + 1,
		m->share + m->bulk);
	spare.way = m->set.way;
	atomic_init(&shelf, &spare);
	match_play(m, member);
	h = atomic_load_explicit(&shelf, memory_order_acquire);
	hand_push_all(h, m->bulk);
	m->operations += hand_calls(&spare);
	hand_close(&spare);
}

/* covers G4 */
void
play_demand(struct match *m)
{
	play_hands(m, 0, demand);
}

void
play_demand_more(struct match *m)
{
	play_hands(m, 1, demand_more);
}
