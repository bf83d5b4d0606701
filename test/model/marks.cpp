/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests about the end of a marked pool: fini waits for what is in progress,
 * by the marks alone, counts what is home, and whoever gives the last reference
 * back frees the memory.
 *
 * If an operation is missed, what it puts or takes is not counted, and the pool
 * is never released, or too early: then the operation's own accesses race with
 * the free, which is a plain write to what each access to the pool reads. They
 * cover G11.
 */

#include "seam.h"
#include "calls.h"
#include "readers.h"

static void
pop_drop(void)
{
	void *const *objs;

	pop_one();
	while (hand()->n > 0) {
		objs = part_with(1);
		objpool_drop_bulk(objs, 1, the_pool());
	}
}

static void
seated(void)
{
	start_pool(1, 2, 2, OBJPOOL_F_MARKED);
}

static void
with_a_guest(void)
{
	start_pool(1, 1, 1, OBJPOOL_F_MARKED);
}

static void
not_seated(void)
{
	start_pool(1, 2, 1, OBJPOOL_F_MARKED);
}

/* Two in each hand, of a pool with a domain; no reader looks. */
static void
with_limbo(void)
{
	plan_limbo = true;
	plan_dealt = 2;
	start_pool(3, 2, 2, OBJPOOL_F_MARKED);
	ledger_deal(0, 0);
	ledger_deal(1, 1);
}

static void
push_rcu_one(void)
{
	objpool_push_rcu_bulk(part_with_rcu(1), 1, the_pool());
}

static void
push_rcu_all(void)
{
	while (hand()->n > 0)
		push_rcu_one();
}

static void
push_pop_rcu(void)
{
	push_rcu_one();
	pop_one();
	push_rcu_all();
}

static void
pop_push_die(void)
{
	try {
		die_at(1 + rl::rand(80));
		pop_push();
		die_at(0);
	} catch (death &) {
	}
	raise(&notes->dead[self()]);
}

/* What the dead held is out, and one they were about to take or give may be: so
 * the pool stays. It does too if they were to release it. */
static void
finished(void)
{
	uint32_t state;
	uint64_t refs, held = hands[0].n;

	guard_memory(NULL, 0);
	state = atomic_load_explicit(&a->state, memory_order_relaxed);
	refs = atomic_load_explicit(&a->refs, memory_order_relaxed) / REF_OBJ;
	CHECK("finished" && state >= POOL_DRAINED);
	CHECK("counted" && refs >= held && refs <= held + 1);
	CHECK("released by the last" && (state != POOL_RELEASED || refs == 0));
	if (refs > held)
		saw(LOST_OBJECT);
	if (slot_at(a, 0)->counts.takeovers.load(mo_relaxed, $) > 0)
		saw(INHERITED);
	if (state != POOL_RELEASED)
		free((void *)a->local);
	end_pool();
}

/* A driver's own work between enter and leave, on what is taken away. */
static void
live(void)
{
	start_pool(1, 2, 2, OBJPOOL_F_MARKED);
	atomic_init(&notes->published, 1);
}

static void
live_with_a_guest(void)
{
	start_pool(1, 1, 1, OBJPOOL_F_MARKED);
	atomic_init(&notes->published, 1);
}

static void
enter_look_leave(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		void *mark = objpool_enter(&pool, NULL);
		uintptr_t obj = atomic_load_explicit(&notes->published,
			memory_order_relaxed);

		CHECK("entered" && mark != NULL);
		if (obj != 0)
			ledger_look((void *)obj);
		saw(obj != 0 ? LOOKED : LOOKED_IN_VAIN);
		objpool_leave(&pool, mark);
	}
}

static void
hide_quiesce_write(void)
{
	void *obj = (void *)(uintptr_t)1;

	linger(16);
	atomic_store_explicit(&notes->published, 0, memory_order_relaxed);
	CHECK("quiet" && objpool_quiesce(&pool) == 0);
	ledger_got(&obj, 1);
}

static void
end_of_live(void)
{
	guard_memory(NULL, 0);
	free((void *)a->local);
	end_pool();
}

const struct contest contests[] = {
	{ "pushes against the end", 8000, seated,
		{ push_one, push_one, finish }, released,
		{ WAITED, RELEASED_POOL } },
	{ "pops and pushes against the end", 8000, seated,
		{ pop_push, pop_drop, finish }, released,
		{ WAITED, REFUSED, RELEASED_POOL } },
	{ "a guest against the end", 8000, with_a_guest,
		{ pop_push, pop_push, finish }, released,
		{ WAITED, REFUSED, RELEASED_POOL, BOUND } },
	{ "a thread that claims against the end", 8000, not_seated,
		{ push_one, pop_push, finish }, released,
		{ WAITED, REFUSED, RELEASED_POOL } },
	{ "what is given back for later against the end", 6000, with_limbo,
		{ push_rcu_all, push_pop_rcu, finish }, released,
		{ WAITED, REFUSED, RELEASED_POOL, OPENED, PARKED } },
	{ "death against the end", 8000, with_a_guest,
		{ pop_push_die, pop_push, finish }, finished,
		{ WAITED, DIED, LOST_OBJECT, INHERITED, RELEASED_POOL } },
	{ "enter and leave against quiesce", 8000, live,
		{ enter_look_leave, enter_look_leave, hide_quiesce_write },
		end_of_live, { WAITED, LOOKED, LOOKED_IN_VAIN } },
	{ "enter and leave of a guest against quiesce", 8000, live_with_a_guest,
		{ NULL, enter_look_leave, hide_quiesce_write }, end_of_live,
		{ WAITED, LOOKED, LOOKED_IN_VAIN } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
