/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A whole pool under the model: scan.c, slot.c, pop.c, push.c, depot.c, claim.c,
 * limbo.c, mark.c, reach.c and layout.c, with blocks of two and a handful of objects.
 */

#ifndef TEST_MODEL_ARENA_H
#define TEST_MODEL_ARENA_H

#include "play.h"
#include "grace.h"

#include "core/layout.c"
#include "core/depot.c"
#include "core/scan.c"
#include "core/census.c"
#include "core/slot.c"
#include "core/push.c"
#include "core/pop.c"
#include "core/claim.c"
#include "core/limbo.c"
#include "core/mark.c"
/* reach.c tells all slots if a second process joined, and nothing else. */
#define claim_divert(a, mode) (saw(JOINED), claim_divert(a, mode))
#include "core/reach.c"
#undef claim_divert

#define BLOCK_OBJS 2

static char memory[1 << 17] __attribute__((aligned(64)));
static struct layout plan;
static struct arena *a;
static bool plan_signals; /* set before: handlers come */
static bool plan_shared;  /* set before: processes share the pool */

/* What contests keep between their threads. */
struct notes {
	flag flags[2];
	flag dead[THREADS];
	cell<uint32_t> published; /* an object that readers find */
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
	size_t entries = plan.bytes[0] - entries_of_region(&plan);
	size_t heads = entries - heads_of_region(&plan);

	each_in<struct arena>(0, 0, 1, f);
	each_in<struct hints>(plan.hints, sizeof(struct hints),
		plan.hints_per_region / HINTS_LINE, f);
	each_in<struct slot>(plan.common, sizeof(struct slot),
		nr_slots_in_all(plan.nr_slots), f);
	each_in<struct objpool_block>(heads, sizeof(struct objpool_block),
		plan.blocks_per_region, f);
	each_in<cell<uintptr_t>>(entries, sizeof(cell<uintptr_t>),
		plan.blocks_per_region * plan.block_objs, f);
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

/* Of pools whose objects have words. */
#ifndef MODEL_HOLDERS
void
holders_renew(struct arena *, struct slot *, void *const *, unsigned int)
{
	CHECK("not here" && false);
}
#endif

bool
limbo_served(const struct arena *)
{
	return a->has_limbo;
}

uint64_t
limbo_start(const struct arena *)
{
	return grace_start();
}

bool
limbo_done(const struct arena *, uint64_t cookie)
{
	return grace_done(cookie);
}

static bool
is_alive(uint64_t token)
{
	return token > THREADS ||
		atomic_load_explicit(&notes->dead[token - 1],
			memory_order_acquire) == 0;
}

static void
start_with(unsigned int objs, unsigned int nr_slots, bool has_limbo)
{
	static const uint8_t slot_region[THREADS] = { 0 };
	void *addr = memory;

	new (notes) struct notes();
	notes->scanned_short = false;
	notes->was_lost = false;
	notes->nr_failed = 0;
	plan = {};
	plan.nr_objs = objs;
	plan.nr_slots = nr_slots;
	plan.block_objs = BLOCK_OBJS;
	plan.nr_regions = 1;
	plan.has_limbo = has_limbo;
	plan.has_signals = plan_signals;
	plan.slot_region = slot_region;
	CHECK(layout_plan(&plan) && plan.bytes[0] <= sizeof(memory));
	memset(memory, 0, plan.hints);
	each_part(make());
	a = layout_format(&plan, &addr);
	a->fence_free = flavour == FREE;
	a->shared = plan_shared;
	may_run = is_alive;
	ledger_start(objs);
	for (unsigned int i = 0; i < nr_slots; i++) {
		struct slot *s = claim_slot(a, (int)i, i + 1, is_alive);

		CHECK(s == slot_at(a, i));
		atomic_init(&s->cool_max, 1);
	}
	watch_blocks(block_at(a, 0), sizeof(struct objpool_block), a->nr_blocks,
		BLOCK_OBJS);
	if (has_limbo)
		grace_set_up();
}

/* A pool whose first nr_slots threads have slots and cool down in no time. */
static void
start(unsigned int objs, unsigned int nr_slots)
{
	start_with(objs, nr_slots, false);
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
	if (a->has_limbo)
		grace_tear_down();
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
		slot_at(a, (uint32_t)self()) :
		NULL;
}

/* The slot, or for none a guest's: for one call. */
static struct slot *
borrow(struct slot *s, uint64_t token)
{
	return s != NULL ? s : claim_guest(a, token, is_alive);
}

static void
hand_back(struct slot *s)
{
	if (s->index >= a->nr_slots)
		claim_release(a, s);
}

/* As lib/thread.c does when a call begins: shall the owner pay for fences from
 * now on? */
static void
leave_if_told(struct slot *s)
{
	if (a->shared && s != NULL && (slot_mode(s) & OBJPOOL_SLOT_JOINED_)) {
		reach_leave(s);
		saw(LEFT);
	}
}

static unsigned int
get_slowly(struct slot *s, void **objs, unsigned int n, bool burst)
{
	uint64_t stolen = counts_of(a, s)->steals.load(mo_relaxed, $);

	leave_if_told(s);
	n = slot_pop_slow(a, s, objs, n, burst);
	if (n == 0)
		saw(FAILED_POP);
	if (counts_of(a, s)->steals.load(mo_relaxed, $) != stolen)
		saw(STOLEN);
	return n;
}

/* These two do as lib/ops.c does. get returns how many. */
static unsigned int
get_burst(struct slot *s, unsigned int n, bool burst)
{
	void *objs[OBJS];

	leave_if_told(s);
	if (s != NULL && block_pop(slot_block(s), objs, n, slot_is_fenced(s)) ==
			OBJPOOL_DONE_) {
		keep(objs, n);
		return n;
	}
	if (s == NULL && n > 1 && !burst) {
		s = borrow(s, self() + 1);
		n = get_slowly(s, objs, n, burst);
		hand_back(s);
	} else {
		n = get_slowly(s, objs, n, burst);
	}
	keep(objs, n);
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

	leave_if_told(s);
	if (s != NULL) {
		enum objpool_outcome_ outcome = block_push(slot_block(s), objs,
			n, slot_is_fenced(s));

		if (outcome == OBJPOOL_DONE_)
			return;
		if (outcome == OBJPOOL_LOST_)
			COUNT(a, s, unput, n);
	}
	s = borrow(s, self() + 1);
	slot_push_slow(a, s, objs, n);
	hand_back(s);
}

#endif /* TEST_MODEL_ARENA_H */
