/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests between two processes: threads 0 and 1 are one, thread 2 is the other.
 * As a rule the first is the pool's home, whose owners are fence-free until they
 * are told that a second process joined, which happens in the middle.
 *
 * A heavy fence of the home reaches threads 0 and 1 only, since that is what the
 * quick command does. So whoever takes an owner for one that fences, or reaches
 * the wrong process, misses its last operation: an object is lost or is in two
 * hands. What thieves ask is played first (E18, E19), then what the end of a
 * marked pool asks (E18's second half). They cover G2 G3 G4 G7 G11.
 */

#include "seam.h"
#include "calls.h"

/* --- slots --- */

static void
share_of(unsigned int objs, unsigned int stocked, unsigned int nr_slots)
{
	plan_shared = true;
	start(objs, nr_slots);
	/* Up to here all was done by the home. */
	nr_threads_apart = 1;
	stock(0, 0, stocked);
}

static void
share(unsigned int objs, unsigned int nr_slots)
{
	share_of(objs, objs, nr_slots);
}

/* Nobody's yet. */
static void
vacate(unsigned int i)
{
	claim_release(a, slot_at(a, i));
}

static void
note_claim(const struct slot *s)
{
	saw(slot_is_fenced(s) ? NOT_FREE : FENCE_FREE);
}

/* Cools down in no time, too. */
static void
claim_mine(void)
{
	struct slot *s = claim_slot(a, self(), self() + 1, is_alive);

	CHECK("a slot of one's own" && s == my_slot());
	atomic_store_explicit(&s->cool_max, 1, memory_order_relaxed);
	note_claim(s);
}

/* Let go of all blocks, as an owner does now and then. */
static void
let_all_go(void)
{
	slot_unload(a, my_slot());
}

/* A thief may be held up anywhere: between two steps of its are many of others.
 */
static void
hold_up(void)
{
	if (self() == 2 && rl::rand(24) == 0)
		linger(120);
}

/* --- what threads do --- */

static void
get_give_in(struct slot *s, unsigned int n)
{
	if (get(s, n) == n)
		give(s, n);
}

static void
get_give(void)
{
	get_give_in(my_slot(), 1);
}

static void
get_give_often(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		get_give();
		if (rl::rand(8) == 0)
			linger(40);
	}
}

/* Thread 2: it may be early or late. */
static void
join_and_hunt(void)
{
	linger(60);
	claim_mine();
	linger(20);
	get_give();
	linger(20);
	get_give_in(my_slot(), 2);
}

/* A thread that has no slot joins nothing. */
static void
hunt(void)
{
	linger(40);
	get_give_in(NULL, 1);
	linger(20);
	get_give_in(NULL, 1);
}

static void
hunt_2(void)
{
	linger(40);
	get_give_in(NULL, 2);
	linger(20);
	get_give_in(NULL, 2);
}

static void
hunt_often(void)
{
	for (unsigned int i = 0; i < 4; i++)
		get_give_in(NULL, 1);
}

static void
get_give_let_go(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		get_give();
		let_all_go();
	}
}

static void
claim_get_give(void)
{
	linger(60);
	claim_mine();
	get_give();
	get_give();
}

/* It holds one from the start. */
static void
claim_give_get(void)
{
	linger(60);
	claim_mine();
	for (unsigned int i = 0; i < 2; i++) {
		give(my_slot(), 1);
		if (get(my_slot(), 1) == 0)
			return;
	}
}

static void
join_get_give(void)
{
	claim_mine();
	get_give_often();
}

static void
get_give_2(void)
{
	linger(20);
	get_give_in(my_slot(), 2);
	get_give();
}

/* A thread whose seat another pool got claims the slot that it has. */
static void
get_give_claim_again(void)
{
	get_give();
	linger(30);
	leave_if_told(my_slot());
	linger(30);
	claim_mine();
	get_give();
	get_give();
}

static void
get_give_release_claim(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		get_give();
		claim_release(a, my_slot());
		claim_mine();
	}
	get_give();
}

static void
get_give_die(void)
{
	try {
		die_at(1 + rl::rand(120));
		get_give();
		get_give();
		die_at(0);
	} catch (death &) {
	}
	raise(&notes->dead[self()]);
}

/* Thread 2, and which slot it gets depends on who lives. */
static void
succeed_get_give(void)
{
	struct slot *s = NULL;

	for (unsigned int i = 0; i < TRIES && s == NULL; i++) {
		linger(40);
		s = claim_slot(a, 0, self() + 1, is_alive);
		saw(s != NULL ? WON : WON_NOT);
		get_give_in(s, 1);
	}
	if (s != NULL && s->counts.takeovers.load(mo_relaxed, $) > 0)
		saw(INHERITED);
}

/* --- how contests begin and end --- */

static void
apart_comes(void)
{
	share(2, 3);
	vacate(2);
}

/* Of the two of the home one fences already, as if it had been told to. */
static void
apart_has_none(void)
{
	share(1, 2);
	reach_leave(slot_at(a, 0));
	on_resume = hold_up;
}

static void
two_blocks(void)
{
	share_of(2, 1, 2);
	reach_leave(slot_at(a, 0));
	stock(1, 1, 1);
	on_resume = hold_up;
}

static void
one_comes(void)
{
	share_of(1, 0, 1);
	vacate(0);
	ledger_deal(0, 0);
	on_resume = hold_up;
}

static void
both_come(void)
{
	share(2, 3);
	vacate(1);
	vacate(2);
}

/* Who comes first is the home. */
static void
all_come(void)
{
	share(2, 3);
	for (unsigned int i = 0; i < 3; i++)
		vacate(i);
	atomic_init(&a->home, 0);
}

static void
slots_of_the_home(void)
{
	share(2, 2);
}

static void
end_of_two(void)
{
	end_with(2);
}

/* --- marked pools --- */

static void
share_marked(unsigned int nr_slots, unsigned int seated)
{
	plan_shared = true;
	start_pool(1, nr_slots, seated, OBJPOOL_F_MARKED);
	nr_threads_apart = 1;
	atomic_init(&notes->published, 1);
}

static void
seated(void)
{
	share_marked(2, 2);
}

/* One slot, for who comes first. */
static void
not_seated(void)
{
	share_marked(1, 0);
}

/* Nor can the other process reach those who come. */
static void
out_of_reach(void)
{
	share_marked(2, 0);
	reach_is_short = true;
	may_run = is_alive;
}

/* For one thread of the other process, too. */
static void
with_a_third(void)
{
	share_marked(3, 2);
}

static void
join_finish(void)
{
	pop_one();
	linger(100);
	if (hand()->n > 0)
		push_one();
	finish();
}

/* Who has ended has not to be reached. */
static void
pop_push_end(void)
{
	pop_push();
	raise(&notes->dead[self()]);
}

/* It cannot reach who is fence-free, and asks until nobody is. */
static void
finish_at_last(void)
{
	int rc = -ENOTSUP;

	linger(100);
	for (unsigned int i = 0; i < 20 * TRIES && rc == -ENOTSUP; i++) {
		rc = objpool_fini(the_pool());
		saw(rc == 0 ? WON : WON_NOT);
		linger(20);
	}
	CHECK("finished" && rc == 0);
}

static void
look_once(void)
{
	void *mark = objpool_enter(the_pool(), NULL);
	uintptr_t obj =
		atomic_load_explicit(&notes->published, memory_order_relaxed);

	CHECK("entered" && mark != NULL);
	if (obj != 0)
		ledger_look((void *)obj);
	saw(obj != 0 ? LOOKED : LOOKED_IN_VAIN);
	objpool_leave(the_pool(), mark);
}

static void
look_often(void)
{
	for (unsigned int i = 0; i < 3; i++)
		look_once();
}

static void
look_leave(void)
{
	look_once();
	look_once();
	objpool_detach(the_pool());
}

static void
hide_quiesce_write(void)
{
	void *obj = (void *)(uintptr_t)1;

	linger(60);
	atomic_store_explicit(&notes->published, 0, memory_order_relaxed);
	CHECK("quiet" && objpool_quiesce(the_pool()) == 0);
	ledger_got(&obj, 1);
}

/* This process joins first. */
static void
look_hide_quiesce_write(void)
{
	look_once();
	hide_quiesce_write();
}

static void
end_of_live(void)
{
	guard_memory(NULL, 0);
	free((void *)a->local);
	end_pool();
}

const struct contest contests[] = {
	{ "owners told to fence against who joins and steals", 10000,
		apart_comes, { get_give_often, get_give, join_and_hunt }, end,
		{ JOINED, LEFT, NOT_FREE, REACHED_OWN, REACHED_OTHERS, SPARED,
			SETTLED, SETTLED_BY_OWNER, STOLEN, EXPOSED },
		true },
	{ "a block of fenced and other owners against a thief", 10000,
		apart_has_none, { get_give_let_go, get_give_let_go, hunt }, end,
		{ REACHED_OTHERS, SPARED, RACED, SETTLED, SETTLED_BY_OWNER,
			STOLEN },
		true },
	{ "fenced and other owners against a thief of two", 10000, two_blocks,
		{ get_give_often, get_give_often, hunt_2 }, end,
		{ REACHED_OTHERS, SPARED, SETTLED, SETTLED_BY_OWNER, STOLEN,
			FAILED_POP },
		true },
	{ "who claims against a thief", 10000, one_comes,
		{ claim_give_get, NULL, hunt_often }, end,
		{ FENCE_FREE, REACHED_OTHERS, SETTLED, SETTLED_BY_OWNER, STOLEN,
			FAILED_POP },
		true },
	{ "a slot given back and claimed against a thief", 10000,
		slots_of_the_home, { get_give_release_claim, get_give, hunt },
		end, { FENCE_FREE, REACHED_OTHERS, SETTLED, STOLEN }, true },
	{ "a slot claimed twice against who joins and steals", 10000,
		apart_comes, { get_give_claim_again, NULL, join_and_hunt }, end,
		{ JOINED, LEFT, FENCE_FREE, NOT_FREE, REACHED_OTHERS, SPARED,
			SETTLED, STOLEN },
		true },
	{ "who joins against thieves of the home", 10000, both_come,
		{ get_give_2, claim_get_give, join_get_give }, end,
		{ JOINED, LEFT, FENCE_FREE, NOT_FREE, REACHED_OWN, SETTLED,
			SETTLED_BY_OWNER, STOLEN },
		true },
	{ "three that claim, two processes", 10000, all_come,
		{ claim_get_give, claim_get_give, claim_get_give }, end,
		{ JOINED, LEFT, FENCE_FREE, NOT_FREE, REACHED_OWN,
			REACHED_OTHERS, SETTLED, STOLEN },
		true },
	{ "death of an owner, an heir of the other process", 10000,
		slots_of_the_home,
		{ get_give_die, get_give_often, succeed_get_give }, end_of_two,
		{ DIED, LOST_OBJECT, INHERITED, JOINED, LEFT, REACHED_OTHERS,
			SPARED, STOLEN, WON, WON_NOT },
		true },
	{ "pops and pushes against the end", 6000, seated,
		{ pop_push, pop_push, finish }, released,
		{ WAITED, REFUSED, REACHED_OTHERS, RELEASED_POOL }, true },
	{ "a claim against the end", 6000, not_seated,
		{ pop_push, pop_push, finish }, released,
		{ WAITED, REFUSED, REACHED_OTHERS, RELEASED_POOL }, true },
	{ "claims against an end that cannot reach them", 6000, out_of_reach,
		{ pop_push_end, pop_push_end, finish_at_last }, released,
		{ JOINED, LEFT, WAITED, REFUSED, RELEASED_POOL, WON, WON_NOT },
		true },
	{ "owners told to fence against the end", 6000, with_a_third,
		{ pop_push, pop_push, join_finish }, released,
		{ JOINED, LEFT, WAITED, REFUSED, REACHED_OTHERS,
			RELEASED_POOL },
		true },
	{ "claims against quiesce", 6000, not_seated,
		{ look_often, look_often, hide_quiesce_write }, end_of_live,
		{ WAITED, LOOKED, LOOKED_IN_VAIN, REACHED_OTHERS }, true },
	{ "owners told to fence against quiesce", 6000, with_a_third,
		{ look_often, look_often, look_hide_quiesce_write },
		end_of_live,
		{ JOINED, LEFT, WAITED, LOOKED, LOOKED_IN_VAIN,
			REACHED_OTHERS },
		true },
	{ "slots given back against quiesce", 6000, seated,
		{ look_leave, look_leave, hide_quiesce_write }, end_of_live,
		{ WAITED, LOOKED, LOOKED_IN_VAIN, REACHED_OTHERS }, true },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
