/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests over a whole pool: scan.c, slot.c, pop.c, push.c, depot.c, claim.c
 * and layout.c, with blocks of two and a handful of objects.
 */

#include "play.h"

#include "core/layout.c"
#include "core/depot.c"
#include "core/scan.c"
#include "core/slot.c"
#include "core/push.c"
#include "core/pop.c"
#include "core/claim.c"

#define BLOCK_OBJS 2

/* --- the pool --- */

static char memory[1 << 17] __attribute__((aligned(64)));
static struct layout plan;
static struct arena *a;

/* What contests keep between their threads. */
struct notes {
	flag flags[2];
	flag dead[THREADS];
	bool scanned_short, was_lost;
	unsigned int nr_failed;
};

static char notes_memory[sizeof(struct notes)] __attribute__((aligned(64)));
static struct notes *const notes = (struct notes *)notes_memory;

/* Relacy wants its atomics made and unmade where the plan puts them. */
template <typename T, typename F>
static void
each_in(size_t at, size_t stride, unsigned int n, F f)
{
	for (unsigned int i = 0; i < n; i++)
		f((T *)(memory + at + i * stride));
}

template <typename F>
static void
each_part(F f)
{
	size_t stride = block_bytes(plan.block_objs);

	each_in<struct arena>(0, 0, 1, f);
	each_in<struct hints>(plan.hints, sizeof(struct hints),
		plan.groups_per_region, f);
	each_in<struct slot>(plan.common, sizeof(struct slot), plan.nr_slots,
		f);
	each_in<struct block>(plan.bytes[0] - plan.blocks_per_region * stride,
		stride, plan.blocks_per_region, f);
}

struct make {
	template <typename T>
	void
	operator()(T *at)
	{
		new (at) T();
	}
};

struct unmake {
	template <typename T>
	void
	operator()(T *at)
	{
		at->~T();
	}
};

static bool
is_alive(uint64_t token)
{
	return token > THREADS ||
		atomic_load_explicit(&notes->dead[token - 1],
			memory_order_acquire) == 0;
}

/* A pool whose first nr_slots threads have slots and cool down in no time. */
static void
start(unsigned int objs, unsigned int nr_slots)
{
	static const uint8_t slot_region[THREADS] = { 0 };
	void *addr = memory;

	new (notes) struct notes();
	notes->scanned_short = false;
	notes->was_lost = false;
	notes->nr_failed = 0;
	plan = { objs, nr_slots, BLOCK_OBJS, 1, slot_region };
	CHECK(layout_plan(&plan) && plan.bytes[0] <= sizeof(memory));
	memset(memory, 0, plan.hints);
	each_part(make());
	a = layout_format(&plan, &addr);
	a->fence_free = flavour == FREE;
	ledger_start(objs);
	for (unsigned int i = 0; i < nr_slots; i++) {
		struct slot *s = claim_slot(a, (int)i, i + 1, is_alive);

		CHECK(s == slot_at(a, i));
		atomic_init(&s->cool_max, 1);
	}
	watch_blocks(block_at(a, 0), block_bytes(BLOCK_OBJS), a->nr_blocks);
}

static void
stock(unsigned int id, unsigned int obj, unsigned int n)
{
	void *objs[BLOCK_OBJS];

	for (unsigned int i = 0; i < n; i++)
		objs[i] = (void *)(uintptr_t)(obj + i + 1);
	layout_stock(a, id, objs, n);
}

static void
end_with(unsigned int lost)
{
	for (unsigned int id = 0; id < a->nr_blocks; id++)
		count_block(block_at(a, id));
	for (uint32_t i = 0; i < a->nr_slots; i++)
		if (slot_at(a, i)->counts.conflicts.load(mo_relaxed, $) > 0)
			saw(EXPOSED);
	ledger_balance(lost);
	ledger_stop();
	each_part(unmake());
	notes->~notes();
}

static void
end(void)
{
	end_with(0);
}

/* This thread's slot, or none. */
static struct slot *
my_slot(void)
{
	return (unsigned int)self() < a->nr_slots ?
		slot_at(a, (uint32_t)self()) : NULL;
}

/* As lib/ops.c does. Returns how many. */
static unsigned int
get_burst(struct slot *s, unsigned int n, bool burst)
{
	void *objs[OBJS];
	uint64_t stolen;

	if (s != NULL && slot_pop_fast(a, s, objs, n)) {
		keep(objs, n);
		return n;
	}
	stolen = counts_of(a, s)->steals.load(mo_relaxed, $);
	n = slot_pop_slow(a, s, objs, n, burst);
	keep(objs, n);
	if (n == 0)
		saw(FAILED_POP);
	if (counts_of(a, s)->steals.load(mo_relaxed, $) != stolen)
		saw(STOLEN);
	return n;
}

static unsigned int
get(struct slot *s, unsigned int n)
{
	return get_burst(s, n, false);
}

static void
give(struct slot *s, unsigned int n)
{
	void *const *objs = part_with(n);

	if (s == NULL || !slot_push_fast(a, s, objs, n))
		slot_push_slow(a, s, objs, n);
}

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
		get_give();
}

static void
scattered(void)
{
	start(2, 2);
	stock(0, 0, 1);
	stock(1, 1, 1);
}

/* --- is the pool empty? --- */

#define X block_at(a, 0)
#define Y block_at(a, 1)

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
	region_use(a, 1);
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
public_handover(void)
{
	start(2, 2);
	region_use(a, 1);
	arrange(X, MODE_PUB, OWN_NONE, 0, 1, 40);
	arrange(Y, MODE_PUB, OWN_NONE, 1, 0, 40);
	ledger_deal(1, 1);
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
	struct block *b;

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

static void
no_false_alarm(void)
{
	CHECK("none was free" &&
		!(notes->scanned_short && notes->was_lost));
	end();
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
mixed(void)
{
	start(5, 2);
	stock(0, 0, 2);
	stock(1, 2, 2);
	stock(2, 4, 1);
}

#define NO_ONE NULL

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
		{ get_2, get_2, NO_ONE }, one_got_them,
		{ ADOPTED, MARKED, SETTLED, FAILED_POP, STOLEN } },
	{ "a pop of three against a pop of one", 15000, enough_for_three,
		{ get_3_give_3, get_give, NO_ONE }, end,
		{ ADOPTED, MARKED, SETTLED, FAILED_POP, STOLEN } },
	{ "a burst of three against a pop of one", 15000, scattered_three,
		{ burst_3_give, get_give_thrice, NO_ONE }, end,
		{ ADOPTED, MARKED, SETTLED, STOLEN, WON, WON_NOT } },
	{ "scan against a handover of private blocks", 60000, handover,
		{ pop_and_push_x, push_and_pop_y, scan_thrice }, end,
		{ SCANNED_ENOUGH, SCANNED_SHORT } },
	{ "scan against a handover of public blocks", 60000, public_handover,
		{ take_and_put_x, put_and_take_y, scan_thrice }, end,
		{ SCANNED_ENOUGH, SCANNED_SHORT, TAKEN, PUT } },
	{ "pop against a handover", 60000, public_handover,
		{ take_and_put_x, put_and_take_y, get_one }, end,
		{ TAKEN, PUT } },
	{ "scan against a handover to a fresh block", 60000, fresh_handover,
		{ take_x, push_anywhere, scan_thrice }, end,
		{ SCANNED_ENOUGH, SCANNED_SHORT, TAKEN, PUT } },
	{ "scan against a pop that is undone", 60000, one_private,
		{ pop_or_not, revoke_x, scan_once }, no_false_alarm,
		{ SCANNED_ENOUGH, SCANNED_SHORT, LOST_POP, INCLUDED,
			SETTLED_BY_OWNER } },
	{ "death in a slot, two heirs", 15000, scarce_two_slots,
		{ get_give_die, get_give, claim_soon }, one_heir,
		{ DIED, LOST_OBJECT, INHERITED, WON, WON_NOT, STOLEN } },
	{ "a slot given back and claimed", 15000, scarce_two_slots,
		{ get_give_release, get_give, claim_if_free }, end,
		{ ADOPTED, RELEASED, WON, WON_NOT, STOLEN } },
	{ "anything by anybody", 15000, mixed,
		{ do_anything, do_anything, do_anything }, end,
		{ ADOPTED, REBIASED, BOUND, SETTLED, SETTLED_BY_OWNER,
			RELEASED_REVK, STOLEN, EXPOSED, FAILED_POP } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
