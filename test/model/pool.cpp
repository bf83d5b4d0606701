/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests over a whole pool: pops and pushes, and slots that change hands. They
 * cover G2 G3 G4 G5 G7.
 */

#include "arena.h"

/* --- pop and push, with as many objects as threads --- */

static void
enough(void)
{
	start(3, 3);
	stock(0, 0, 2);
	stock(1, 2, 1);
}

static void
scarce(void)
{
	start(2, 3);
	stock(0, 0, 2);
}

static void
enough_for_three(void)
{
	start(3, 2);
	stock(0, 0, 2);
	stock(1, 2, 1);
}

/* Nobody holds more than one, so no pop may fail. */
static void
get_give_twice(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		CHECK("a pop served" && get(my_slot(), 1) == 1);
		give(my_slot(), 1);
	}
}

/* Two in stock, two who want both: they do not both fail. */
static void
get_2(void)
{
	if (get(my_slot(), 2) == 0)
		notes->nr_failed++;
}

static void
one_got_them(void)
{
	CHECK("one pop served" && notes->nr_failed < 2);
	end();
}

/* More than a block holds. */
static void
get_3_give_3(void)
{
	if (get(my_slot(), 3) == 3)
		give(my_slot(), 3);
}

/* The other holds one at most: with less than two, there was always another. */
static void
burst_3_give(void)
{
	unsigned int n = get_burst(my_slot(), 3, true);

	CHECK("a full burst, or an empty pool" && n >= 2);
	saw(n == 3 ? WON : WON_NOT);
	give(my_slot(), n);
}

static void
get_give(void)
{
	if (get(my_slot(), 1) == 1)
		give(my_slot(), 1);
}

/* Now and then for so long that another pop fails for it. */
static void
get_hold_give(void)
{
	if (get(my_slot(), 1) == 0)
		return;
	if (rl::rand(4) == 0)
		linger(100);
	give(my_slot(), 1);
}

static void
scattered_three(void)
{
	start(3, 2);
	stock(0, 0, 1);
	stock(1, 1, 1);
	stock(2, 2, 1);
}

static void
get_give_thrice(void)
{
	for (unsigned int i = 0; i < 3; i++)
		if (get(my_slot(), 1) == 1) {
			if (rl::rand(8) == 0)
				linger(60);
			give(my_slot(), 1);
		}
}

static void
scattered(void)
{
	start(2, 2);
	stock(0, 0, 1);
	stock(1, 1, 1);
}

/* --- slots that change hands --- */

static void
scarce_two_slots(void)
{
	start(2, 2);
	stock(0, 0, 2);
}

static void
inherit_and_use(uint64_t token)
{
	struct slot *s = claim_slot(a, 0, token, is_alive);

	if (s == NULL) {
		saw(WON_NOT);
		return;
	}
	saw(WON);
	if (get(s, 1) == 1)
		give(s, 1);
}

static void
get_give_die(void)
{
	try {
		die_at(1 + rl::rand(200));
		for (unsigned int i = 0; i < 3; i++)
			if (get(my_slot(), 1) == 1)
				give(my_slot(), 1);
		die_at(0);
	} catch (death &) {
	}
	raise(&notes->dead[self()]);
	inherit_and_use(11);
}

static void
claim_soon(void)
{
	linger(TRIES * 8);
	for (unsigned int i = 0; i < TRIES; i++)
		linger(8);
	inherit_and_use(12);
}

static void
one_heir(void)
{
	CHECK("one heir" &&
		slot_at(a, 0)->counts.takeovers.load(mo_relaxed, $) == 1);
	saw(INHERITED);
	end_with(1);
}

/* A thread without a slot dies, perhaps while it borrows one; its heir is the
 * next to borrow it. */
static void
guest_dies(void)
{
	struct slot *s;

	try {
		die_at(1 + rl::rand(100));
		get_give();
		get_give();
		die_at(0);
	} catch (death &) {
	}
	raise(&notes->dead[self()]);
	s = claim_guest(a, self() + 1 + NR_GUESTS, is_alive);
	if (s->counts.takeovers.load(mo_relaxed, $) > 0)
		saw(INHERITED);
	claim_release(a, s);
}

static void
nothing_bound(void)
{
	for (unsigned int id = 0; id < a->nr_blocks; id++)
		CHECK("no guest's" &&
			w_own(atomic_load_explicit(&block_at(a, id)->w,
				memory_order_acquire)) <= a->nr_slots);
	end_with(1);
}

static void
get_give_release(void)
{
	get_give();
	claim_release(a, my_slot());
}

static void
claim_if_free(void)
{
	struct slot *s = NULL;

	for (unsigned int i = 0; i < TRIES && s == NULL; i++) {
		linger(32);
		s = claim_slot(a, 0, 12, is_alive);
	}
	saw(s != NULL ? WON : WON_NOT);
	if (get(s, 1) == 1)
		give(s, 1);
	if (s != NULL)
		claim_release(a, s);
}

/* --- anything --- */

static void
do_anything(void)
{
	struct slot *s = my_slot();

	for (unsigned int i = 0; i < 6; i++) {
		unsigned int n = 1 + rl::rand(3);

		if (rl::rand(2) == 0)
			get_burst(s, n, rl::rand(2) == 0);
		else if (hand()->n > 0)
			give(s, n < hand()->n ? n : hand()->n);
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
	raise(&notes->dead[self()]);
	inherit_and_use(11);
}

static void
end_of_three(void)
{
	end_with(3);
}

static void
mixed(void)
{
	start(5, 2);
	stock(0, 0, 2);
	stock(1, 2, 2);
	stock(2, 4, 1);
}

const struct contest contests[] = {
	{ "three slots, three objects", 15000, enough,
		{ get_give_twice, get_give_twice, get_give_twice }, end,
		{ ADOPTED, REBIASED, BOUND, PUT, TAKEN, MARKED, SETTLED,
			SETTLED_BY_OWNER, STOLEN } },
	{ "three slots, two objects", 15000, scarce,
		{ get_give_thrice, get_give_thrice, get_give_thrice }, end,
		{ ADOPTED, REBIASED, BOUND, PUT, TAKEN, MARKED, SETTLED,
			SETTLED_BY_OWNER, STOLEN, EXPOSED, FAILED_POP } },
	{ "two slots and none, three objects", 15000, enough_for_three,
		{ get_give_twice, get_give_twice, get_give_twice }, end,
		{ ADOPTED, REBIASED, BOUND, PUT, TAKEN, MARKED, SETTLED,
			SETTLED_BY_OWNER, STOLEN } },
	{ "two pops of two, two objects", 15000, scattered,
		{ get_2, get_2, NULL }, one_got_them,
		{ ADOPTED, MARKED, SETTLED, FAILED_POP, STOLEN } },
	{ "a pop of three against a pop of one", 15000, enough_for_three,
		{ get_3_give_3, get_hold_give, NULL }, end,
		{ ADOPTED, MARKED, SETTLED, FAILED_POP, STOLEN } },
	{ "a burst of three against a pop of one", 15000, scattered_three,
		{ burst_3_give, get_give_thrice, NULL }, end,
		{ ADOPTED, MARKED, SETTLED, STOLEN, WON, WON_NOT } },
	{ "death in a slot, two heirs", 15000, scarce_two_slots,
		{ get_give_die, get_give, claim_soon }, one_heir,
		{ DIED, LOST_OBJECT, INHERITED, WON, WON_NOT, STOLEN } },
	{ "death without a slot", 15000, scarce_two_slots,
		{ get_give, get_give, guest_dies }, nothing_bound,
		{ DIED, LOST_OBJECT, INHERITED, BOUND, PUT, RELEASED_PUB } },
	{ "a slot given back and claimed", 15000, scarce_two_slots,
		{ get_give_release, get_give, claim_if_free }, end,
		{ ADOPTED, RELEASED, WON, WON_NOT, STOLEN } },
	{ "anything by anybody", 15000, mixed,
		{ do_anything, do_anything, do_anything }, end,
		{ ADOPTED, REBIASED, BOUND, SETTLED, SETTLED_BY_OWNER,
			RELEASED_REVK, STOLEN, EXPOSED, FAILED_POP } },
	{ "anything by anybody, one dies", 15000, mixed,
		{ do_anything_and_die, do_anything, do_anything }, end_of_three,
		{ DIED, LOST_OBJECT, WON, ADOPTED, REBIASED, BOUND, SETTLED,
			SETTLED_BY_OWNER, STOLEN, EXPOSED, FAILED_POP } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
