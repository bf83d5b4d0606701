/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests about batches of objects that wait for a grace period: nobody gets
 * one before all who may look at it have stopped.
 *
 * Two things watch. The ledger knows which grace period an object has to wait
 * for, and when that is over. And a reader that found an object reads its
 * content, which who gets it writes: a race, if nothing orders the two. They
 * cover G2 G3 G13 G14.
 */

#include "readers.h"

static void
look_twice(void)
{
	look_for(32);
	linger(8);
	look_for(32);
}

/* Or until all is given back: that waits for no reader. */
static void
look_longer(void)
{
	reader_enter();
	linger(200);
	if (rl::rand(2) == 0)
		await(&notes->flags[0]);
	reader_leave();
}

/* Pop one; it can be had some day. */
static void
get_surely(void)
{
	while (get(my_slot(), 1) == 0)
		rl::yield(1, $);
}

/* --- a reader --- */

static void
one_published(void)
{
	start_limbo(1);
	ledger_deal(0, 0);
	publish(0);
}

static void
batch_and_published(void)
{
	one_published();
	open_batch(0, 0);
}

static void
take_patiently(void)
{
	for (unsigned int i = 0; i < 2 * TRIES; i++) {
		if (take(X, 1) > 0)
			break;
		linger(8);
	}
}

static void
hide_give_take(void)
{
	hide_give();
	take_patiently();
}

static void
visit_patiently(void)
{
	for (unsigned int i = 0; i < 4 * TRIES; i++) {
		limbo_visit(a, X);
		linger(4);
	}
}

/* The batch is full then, and nobody's; whoever makes stock of it, this thread
 * adopts it. */
static void
nearly_full_and_published(void)
{
	start_limbo(2);
	ledger_deal(1, 0);
	publish(1);
	open_batch(0, 1);
}

static void
hide_fill_adopt(void)
{
	linger(4);
	hide();
	limbo_push_slow(a, my_slot(), part_with_rcu(1), 1);
	for (unsigned int i = 0; i < TRIES; i++) {
		linger(24);
		if (adopt(X, 1)) {
			pop(X, 1);
			pop(X, 1);
			leave(X);
			break;
		}
	}
}

/* --- closers --- */

static void
give_thrice(void)
{
	hide();
	for (unsigned int i = 0; i < 3; i++) {
		give_rcu(my_slot(), 1);
		linger(8);
	}
}

/* Others put into the block that is about to be a batch. */
static void
one_each(void)
{
	start_limbo(2);
	ledger_deal(0, 0);
	ledger_deal(1, 1);
	publish(0);
}

static void
open_put(void)
{
	hide();
	for (unsigned int i = 0; i < TRIES; i++) {
		if (limbo_open(X, own_mine())) {
			atomic_store_explicit(&slot_at(a, 0)->limbo,
				offset_of(a, X), memory_order_relaxed);
			limbo_put(X, own_mine(), part_with_rcu(1), 1);
			break;
		}
		linger(4);
	}
}

static void
bind_put_leave(void)
{
	if (bind(X)) {
		put(X, 1);
		leave(X);
	}
}

/* X goes round once, to be a batch again, while somebody is late in closing it.
 */
static void
batch_of_one(void)
{
	start_limbo(2);
	open_batch(0, 1);
	ledger_deal(1, 0);
	publish(1);
}

static void
put_again(void)
{
	await(&notes->flags[0]);
	block_release(X);
	if (!limbo_open(X, own_mine()))
		return;
	hide();
	limbo_put(X, own_mine(), part_with_rcu(1), 1);
	raise(&notes->flags[1]);
}

static void
close_late(void)
{
	uint64_t w = atomic_load_explicit(&X->w, memory_order_acquire);
	uint64_t cookie;

	if (word_parked(w) == 0 || limbo_is_closed(w))
		return;
	cookie = limbo_start(a);
	/* The next grace period will be long in coming. */
	await(&notes->flags[0]);
	reader_enter();
	await(&notes->flags[1]);
	linger(32);
	if (!limbo_close(X, w, w_own(w), cookie))
		saw(TOO_LATE);
	linger(64);
	reader_leave();
}

static void
visit_take_visit_take(void)
{
	while (take(X, 1) == 0) {
		limbo_visit(a, X);
		rl::yield(1, $);
	}
	raise(&notes->flags[0]);
	await(&notes->flags[1]);
	for (unsigned int i = 0; i < 4 * TRIES && take(X, 1) == 0; i++) {
		limbo_visit(a, X);
		linger(4);
	}
}

const struct contest contests[] = {
	{ "a reader against a batch that a pop closes", 8000, one_published,
		{ hide_give, look_twice, get_surely }, end_of_batches,
		{ OPENED, CLOSED_BY_OTHER, RIPENED, TAKEN, FAILED_POP, LOOKED,
			LOOKED_IN_VAIN, GRACE, GRACE_HELD_UP } },
	{ "a reader against a batch that is full", 6000, three_to_give,
		{ give_thrice, look_twice, get_patiently }, end_of_batches,
		{ OPENED, CLOSED, LET_GO, CLOSED_BY_OTHER, RIPENED, LOOKED,
			LOOKED_IN_VAIN, GRACE, GRACE_HELD_UP } },
	{ "adoption of what others ripen against a reader", 6000,
		nearly_full_and_published,
		{ hide_fill_adopt, look_twice, visit_patiently },
		end_of_batches,
		{ PARKED, CLOSED, RIPENED, ADOPTED, LOOKED, LOOKED_IN_VAIN,
			GRACE, GRACE_HELD_UP } },
	{ "a reader against a batch that others ripen", 6000,
		batch_and_published,
		{ hide_give_take, look_twice, visit_patiently }, end_of_batches,
		{ PARKED, CLOSED_BY_OTHER, RIPENED, TAKEN, LOOKED,
			LOOKED_IN_VAIN, GRACE, GRACE_HELD_UP } },
	{ "puts against two closers", 8000, three_to_give,
		{ give_thrice, get_patiently, get_patiently }, end_of_batches,
		{ PARKED, CLOSED, CLOSED_BY_OTHER, RIPENED, RACED, LET_GO,
			TAKEN } },
	{ "puts against a closer and a long reader", 6000, four_to_give,
		{ give_often, look_longer, get_patiently }, end_of_batches,
		{ CLOSED_BY_OTHER, LET_GO_EARLY, REOPENED, RIPENED,
			GRACE_HELD_UP } },
	{ "an empty block that is opened against puts", 6000, one_each,
		{ open_put, bind_put_leave, take_patiently }, end_of_batches,
		{ OPENED, PARKED, BOUND, PUT, TAKEN, WON, WON_NOT } },
	{ "a batch against a closer from long ago", 6000, batch_of_one,
		{ put_again, close_late, visit_take_visit_take },
		end_of_batches,
		{ OPENED, TOO_LATE, CLOSED_BY_OTHER, RIPENED, TAKEN } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
