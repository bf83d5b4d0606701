/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests about a pool with objects in limbo: they are not lost with who gave
 * them back, nor counted as free, and there is always room for more. They cover
 * G2 G3 G4 G7 G13.
 */

#include "readers.h"

static void
get_give(void)
{
	if (get(my_slot(), 1) == 1)
		give(my_slot(), 1);
}

static void
six_to_give(void)
{
	start_limbo(6);
	for (unsigned int i = 0; i < 6; i++)
		ledger_deal(i, 0);
	publish(5);
}

/* --- owners that die --- */

static void
use_as_heir(uint64_t token)
{
	struct slot *s = claim_slot(a, 0, token, is_alive);

	saw(s != NULL ? WON : WON_NOT);
	if (s == NULL)
		return;
	while (hand()->n > 0) {
		give_rcu(s, 1);
		linger(16);
	}
	if (get(s, 1) == 1)
		give_rcu(s, 1);
}

static void
give_die(void)
{
	try {
		die_at(1 + rl::rand(200));
		give_often();
		die_at(0);
	} catch (death &) {
	}
	raise(&notes->dead[self()]);
	use_as_heir(11);
}

/* Others visit what it gave until it or they close it. */
static void
visit_all(void)
{
	for (unsigned int i = 0; i < 4 * TRIES; i++) {
		struct round round = round_from(a, 0);
		struct objpool_block *b;

		while ((b = round_next(a, &round)) != NULL)
			limbo_visit(a, b);
		linger(4);
	}
}

static void
get_give_rcu(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		if (get(my_slot(), 1) == 1)
			give_rcu(my_slot(), 1);
		linger(8);
	}
}

static void
claim_soon(void)
{
	for (unsigned int i = 0; i < TRIES; i++)
		linger(16);
	use_as_heir(12);
}

static void
end_of_the_dead(void)
{
	if (slot_at(a, 0)->counts.takeovers.load(mo_relaxed, $) > 0)
		saw(INHERITED);
	known_batches(1);
}

/* --- scans --- */

/* X is closed, and its grace period over; Y holds one. X's is taken for free
 * before Y's is taken, so one always is. */
static void
ripe_and_stock(void)
{
	start_limbo(2);
	stock(1, 1, 1);
	arrange(X, MODE_LIMBO, OWN_NONE, 0, 1, 40);
	atomic_init(&X->w, w_make(MODE_LIMBO, OWN_NONE, 1, 1, 41));
}

static void
ripen_x(void)
{
	linger(4);
	limbo_visit(a, X); /* or a pop did */
	raise(&notes->flags[0]);
}

static void
take_y(void)
{
	await(&notes->flags[0]);
	take(Y, 1);
}

static void
scan_thrice(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		linger(4);
		if (scan_short_of(a, 1)) {
			saw(SCANNED_SHORT);
			notes->scanned_short = true;
		} else {
			saw(SCANNED_ENOUGH);
		}
		CHECK("one was free all along" && !notes->scanned_short);
	}
}

static void
get_one(void)
{
	bool burst = rl::rand(2) == 1;

	linger(8);
	CHECK("a pop served" && get_burst(NULL, burst ? 2 : 1, burst) > 0);
}

/* None is free, however many are given back. */
static void
batch_and_two(void)
{
	start_limbo(3);
	open_batch(2, 0);
	ledger_deal(0, 0);
	ledger_deal(1, 0);
	ledger_deal(2, 1);
}

static void
put_twice(void)
{
	for (unsigned int i = 0; i < 2; i++)
		limbo_put(X, own_mine(), part_with_rcu(1), 1);
}

static void
scan_of_none(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		linger(2);
		CHECK("none was free" && scan_short_of(a, 1));
		saw(SCANNED_SHORT);
	}
}

/* --- no empty block --- */

/* The first five blocks hold one each, the others are in use. */
static void
none_empty(void)
{
	start_limbo(6);
	for (unsigned int id = 0; id < a->nr_blocks; id++)
		if (id < 5) {
			stock(id, id, 1);
		} else {
			atomic_init(&block_at(a, id)->w,
				w_make(MODE_PUB, OWN_ANON, 0, 0, 40));
			depot_post(a, block_at(a, id));
		}
	ledger_deal(5, 0);
	publish(5);
}

static void
end_of_emptied(void)
{
	if (slot_at(a, 0)->counts.unput.load(mo_relaxed, $) > 0)
		saw(EMPTIED);
	known_batches(0);
}

/* --- anything --- */

static void
mixed(void)
{
	start_limbo(5);
	stock(0, 0, 2);
	stock(1, 2, 1);
	ledger_deal(3, 0);
	ledger_deal(4, 1);
	publish(4);
}

static void
do_anything(void)
{
	struct slot *s = my_slot();

	if (self() == 1) {
		hide();
		give_rcu(s, 1);
	}
	for (unsigned int i = 0; i < 6; i++) {
		unsigned int n = 1 + rl::rand(2);

		n = n < hand()->n ? n : hand()->n;
		switch (rl::rand(5)) {
		case 0:
			give(s, n);
			break;
		case 1:
		case 2:
			if (n > 0)
				give_rcu(s, n);
			break;
		case 3:
			look_for(8);
			break;
		default:
			get_burst(s, 1 + rl::rand(2), rl::rand(2) == 0);
			break;
		}
	}
	if (s != NULL)
		claim_release(a, s);
}

static void
do_anything_and_die(void)
{
	try {
		die_at(1 + rl::rand(300));
		do_anything();
		die_at(0);
	} catch (death &) {
	}
	reader_leave();
	raise(&notes->dead[self()]);
	use_as_heir(11);
}

static void
end_of_mixed(void)
{
	if (slot_at(a, 0)->counts.takeovers.load(mo_relaxed, $) > 0)
		saw(INHERITED);
	known_batches(2);
}

const struct contest contests[] = {
	{ "death of who gives back, two heirs", 8000, four_to_give,
		{ give_die, get_give_rcu, claim_soon }, end_of_the_dead,
		{ DIED, LOST_OBJECT, INHERITED, DISSOLVED, WON, WON_NOT, CLOSED,
			CLOSED_BY_OTHER, LET_GO_EARLY, RIPENED } },
	{ "death of who gives back, a long reader", 8000, six_to_give,
		{ give_die, look_long, visit_all }, end_of_the_dead,
		{ DIED, LOST_OBJECT, INHERITED, LET_GO_EARLY, REOPENED,
			GRACE_HELD_UP, WON } },
	{ "scan against what becomes ripe", 6000, ripe_and_stock,
		{ ripen_x, take_y, scan_thrice }, end_of_batches,
		{ SCANNED_ENOUGH, RIPENED, TAKEN } },
	{ "pop against what becomes ripe", 6000, ripe_and_stock,
		{ ripen_x, take_y, get_one }, end_of_batches,
		{ RIPENED, TAKEN } },
	{ "scan against puts into limbo", 6000, batch_and_two,
		{ put_twice, NULL, scan_of_none }, end_of_batches,
		{ PARKED, SCANNED_SHORT } },
	{ "no empty block to give back into", 6000, none_empty,
		{ hide_give, get_give, get_give }, end_of_emptied,
		{ EMPTIED, OPENED, RACED, TAKEN } },
	{ "anything by anybody", 6000, mixed,
		{ do_anything, do_anything, do_anything }, end_of_batches,
		{ OPENED, PARKED, CLOSED, CLOSED_BY_OTHER, LET_GO, RIPENED,
			LOOKED, GRACE_HELD_UP, ADOPTED, SETTLED } },
	{ "anything by anybody, one dies", 6000, mixed,
		{ do_anything_and_die, do_anything, do_anything }, end_of_mixed,
		{ DIED, LOST_OBJECT, INHERITED, OPENED, PARKED, CLOSED_BY_OTHER,
			LET_GO, RIPENED, LOOKED, GRACE_HELD_UP } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
