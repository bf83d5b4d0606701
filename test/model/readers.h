/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool whose objects are given back while readers may look at them: what the
 * contests of limbo and parked share. Where a thread is held up is up to
 * chance, for longer than an access takes.
 */

#ifndef TEST_MODEL_READERS_H
#define TEST_MODEL_READERS_H

#include "arena.h"

#define X block_at(a, 0)
#define Y block_at(a, 1)

static void *const *
part_with_rcu(unsigned int n)
{
	struct hand *h = hand();

	h->n -= n;
	ledger_give_rcu(h->objs + h->n, n);
	return h->objs + h->n;
}

/* As lib/ops.c does. */
static void
give_rcu(struct slot *s, unsigned int n)
{
	void *const *objs = part_with_rcu(n);

	if (s != NULL && limbo_push_fast(a, s, objs, n))
		return;
	s = borrow(s, self() + 1);
	limbo_push_slow(a, s, objs, n);
	hand_back(s);
}

/* Anybody may be held up anywhere. */
static void
tarry(void)
{
	if (rl::rand(64) == 0)
		linger(60);
}

static void
start_limbo(unsigned int objs)
{
	start_with(objs, 2, true);
	on_resume = tarry;
}

static void
end_limbo(unsigned int lost)
{
	on_resume = NULL;
	end_with(lost);
}

/* --- readers --- */

static void
publish(unsigned int obj)
{
	atomic_init(&notes->published, obj + 1);
}

/* Relaxed: giving back is what orders it. */
static void
hide(void)
{
	atomic_store_explicit(&notes->published, 0, memory_order_relaxed);
}

static void
look_for(unsigned int n)
{
	uintptr_t obj;
	unsigned int content;

	reader_enter();
	obj = atomic_load_explicit(&notes->published, memory_order_acquire);
	if (obj != 0) {
		content = ledger_look((void *)obj);
		linger(n);
		CHECK("nobody wrote it" && ledger_look((void *)obj) == content);
		saw(LOOKED);
	} else {
		saw(LOOKED_IN_VAIN);
	}
	reader_leave();
}

static void
look_long(void)
{
	look_for(200);
}

/* Pop one when it can be had. */
static void
get_patiently(void)
{
	for (unsigned int i = 0; i < 2 * TRIES; i++) {
		if (get(my_slot(), 1) > 0)
			break;
		linger(8);
	}
}

/* --- what there is, and what is done with it --- */

/* X is thread 0's open batch. */
static void
open_batch(unsigned int obj, unsigned int len)
{
	region_use(a, 0);
	arrange(X, MODE_LIMBO, own_by(0), obj, len, 40);
	depot_post(a, X);
	atomic_init(&slot_at(a, 0)->limbo, offset_of(a, X));
	for (unsigned int i = 0; i < len; i++)
		ledger_park(obj + i);
}

static void
three_to_give(void)
{
	start_limbo(3);
	ledger_deal(0, 0);
	ledger_deal(1, 0);
	ledger_deal(2, 0);
	publish(2);
}

static void
four_to_give(void)
{
	start_limbo(4);
	for (unsigned int i = 0; i < 4; i++)
		ledger_deal(i, 0);
	publish(3);
}

static void
hide_give(void)
{
	linger(4);
	hide();
	give_rcu(my_slot(), 1);
}

static void
give_often(void)
{
	hide();
	while (hand()->n > 0) {
		give_rcu(my_slot(), 1);
		linger(32);
	}
	raise(&notes->flags[0]);
}

/* --- the end --- */

/* A slot has one batch at most that is open or was, and knows it. */
static void
known_batches(unsigned int lost)
{
	for (unsigned int id = 0; id < a->nr_blocks; id++) {
		uint64_t w = atomic_load_explicit(&block_at(a, id)->w,
			memory_order_acquire);

		if (w_mode(w) == MODE_LIMBO && w_own(w) != OWN_NONE)
			CHECK("known to its slot" &&
				limbo_block(a, slot_at(a, w_own(w) - 1)) ==
					block_at(a, id));
	}
	end_limbo(lost);
}

static void
end_of_batches(void)
{
	known_batches(0);
}

#endif /* TEST_MODEL_READERS_H */
