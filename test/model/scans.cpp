/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests about an empty pool: does scan_short_of() say so when there was always
 * an object, and does a pop that relies on it fail? They cover G4.
 */

#include "arena.h"

#define X block_at(a, 0)
#define Y block_at(a, y_id)

/* Y is the second block, or the first of the second region. */
static uint32_t y_id;

static void
scan(void)
{
	if (scan_short_of(a, 1)) {
		saw(SCANNED_SHORT);
		notes->scanned_short = true;
	} else {
		saw(SCANNED_ENOUGH);
	}
}

static void
scan_thrice(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		linger(4);
		scan();
		CHECK("one was free all along" && !notes->scanned_short);
	}
	/* It can say so, and always does of more than there are. */
	if (scan_short_of(a, 3))
		saw(SCANNED_SHORT);
}

/* X, of thread 0, holds one; Y, of thread 1, none, but thread 1 has one. */
static void
handover(void)
{
	start(2, 2);
	y_id = 1;
	region_use(a, y_id);
	arrange(X, MODE_PRIV, own_by(0), 0, 1, 40);
	arrange(Y, MODE_PRIV, own_by(1), 1, 0, 40);
	ledger_deal(1, 1);
}

/* X is popped only when Y holds something, and the other way round. */
static void
pop_and_push_x(void)
{
	await(&notes->flags[0]);
	pop(X, 1);
	push(X, 1);
	raise(&notes->flags[1]);
}

static void
push_and_pop_y(void)
{
	push(Y, 1);
	raise(&notes->flags[0]);
	await(&notes->flags[1]);
	pop(Y, 1);
}

/* The same with public blocks. */
static void
handover_in_public(void)
{
	start(2, 2);
	y_id = a->nr_regions > 1 ? a->blocks_per_region : 1;
	region_use(a, 0);
	region_use(a, y_id);
	arrange(X, MODE_PUB, OWN_NONE, 0, 1, 40);
	arrange(Y, MODE_PUB, OWN_NONE, 1, 0, 40);
	ledger_deal(1, 1);
}

static void
public_handover(void)
{
	handover_in_public();
}

static void
far_handover(void)
{
	plan_home = 1;
	handover_in_public();
}

static void
take_and_put_x(void)
{
	await(&notes->flags[0]);
	take(X, 1);
	bind(X);
	put(X, 1);
	leave(X);
	raise(&notes->flags[1]);
}

static void
put_and_take_y(void)
{
	bind(Y);
	put(Y, 1);
	leave(Y);
	raise(&notes->flags[0]);
	await(&notes->flags[1]);
	take(Y, 1);
}

/* A pop is served then, however the objects hurry past it. */
static void
get_one(void)
{
	bool burst = rl::rand(2) == 1;

	linger(8);
	CHECK("a pop served" && get_burst(NULL, burst ? 2 : 1, burst) > 0);
}

/* The same into a block that was never used. */
static void
fresh_handover(void)
{
	start(2, 2);
	stock(0, 0, 1);
	ledger_deal(1, 1);
}

static void
take_x(void)
{
	await(&notes->flags[0]);
	take(X, 1);
}

static void
push_anywhere(void)
{
	struct objpool_block *b;

	/* Not onto X. */
	for (uint32_t id = 1;; id = id % (a->nr_blocks - 1) + 1) {
		b = block_at(a, id);
		if (get_room(a, b, OWN_ANON, false))
			break;
	}
	put(b, 1);
	leave(b);
	raise(&notes->flags[0]);
}

/* X holds one and is revoked while its owner pops. If the pop is lost, the
 * object was in X all the time. */
static void
one_private(void)
{
	start(1, 1);
	arrange(X, MODE_PRIV, own_by(0), 0, 1, 40);
	region_use(a, 0);
}

static void
pop_or_not(void)
{
	linger(4);
	notes->was_lost = !pop(X, 1);
}

static void
revoke_x(void)
{
	linger(4);
	revoke(X);
}

static void
scan_once(void)
{
	linger(8);
	scan();
}

/* What nobody took stays in the block all the time, and must be found. */
static void
census_once(void)
{
	void *objs[BLOCK_OBJS_MAX];

	linger(8);
	notes->scanned_short = census_of_block(a, X, objs) == 0;
	saw(notes->scanned_short ? SCANNED_SHORT : SCANNED_ENOUGH);
}

static void
no_false_alarm(void)
{
	CHECK("none was free" && !(notes->scanned_short && notes->was_lost));
	end();
}

const struct contest contests[] = {
	{ "scan against a handover of private blocks", 30000, handover,
		{ pop_and_push_x, push_and_pop_y, scan_thrice }, end,
		{ SCANNED_ENOUGH, SCANNED_SHORT } },
	{ "scan against a handover of public blocks", 30000, public_handover,
		{ take_and_put_x, put_and_take_y, scan_thrice }, end,
		{ SCANNED_ENOUGH, SCANNED_SHORT, TAKEN, PUT } },
	{ "scan against a handover to another region", 15000, far_handover,
		{ take_and_put_x, put_and_take_y, scan_thrice }, end,
		{ SCANNED_ENOUGH, SCANNED_SHORT, TAKEN, PUT } },
	{ "pop against a handover", 30000, public_handover,
		{ take_and_put_x, put_and_take_y, get_one }, end,
		{ TAKEN, PUT } },
	{ "scan against a handover to a fresh block", 30000, fresh_handover,
		{ take_x, push_anywhere, scan_thrice }, end,
		{ SCANNED_ENOUGH, SCANNED_SHORT, TAKEN, PUT } },
	{ "scan against a pop that is undone", 30000, one_private,
		{ pop_or_not, revoke_x, scan_once }, no_false_alarm,
		{ SCANNED_ENOUGH, SCANNED_SHORT, LOST_POP, INCLUDED,
			SETTLED_BY_OWNER } },
	{ "census against a pop that is undone", 30000, one_private,
		{ pop_or_not, revoke_x, census_once }, no_false_alarm,
		{ SCANNED_ENOUGH, SCANNED_SHORT, LOST_POP, INCLUDED } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
