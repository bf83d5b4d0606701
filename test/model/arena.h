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

/* Set before; what is not set by all contests of a program counts for one. */
static bool plan_signals; /* handlers come */
static bool plan_shared;  /* processes share the pool */
static bool plan_limbo;   /* objects wait for grace periods */
/* Objects are of two regions, and go home: the first so many are of region 0.
 * Of region 1 is slot 1. 0: there is one region only. */
static unsigned int plan_home;
static unsigned int plan_dealt; /* the first so many are not in stock */

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
each_in_region(size_t from, uint32_t region, F f)
{
	size_t entries = from + plan.bytes[region] - entries_of_region(&plan);
	size_t heads = entries - heads_of_region(&plan);
	unsigned int nr_slots = 0;

	for (uint32_t i = 0; i < nr_slots_in_all(plan.nr_slots); i++)
		nr_slots += region_of(&plan, i) == region;
	each_in<struct slot>(from + (region == 0 ? plan.common : 0),
		sizeof(struct slot), nr_slots, f);
	each_in<struct objpool_block>(heads, sizeof(struct objpool_block),
		plan.blocks_per_region, f);
	each_in<cell<uintptr_t>>(entries, sizeof(cell<uintptr_t>),
		plan.blocks_per_region * plan.block_objs, f);
}

template <typename F>
static void
each_part(F f)
{
	each_in<struct arena>(0, 0, 1, f);
	each_in<struct hints>(plan.hints, sizeof(struct hints),
		plan.nr_regions * plan.hints_per_region / HINTS_LINE, f);
	each_in_region(0, 0, f);
	if (plan.nr_regions == 2)
		each_in_region(plan.bytes[0], 1, f);
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

/* Objects are numbers, from 1. */
static void
start_homes(unsigned int objs)
{
	if (plan_home == 0)
		return;
	a->stride = 1;
	for (uint32_t r = 0; r < 2; r++) {
		unsigned int first = r == 0 ? 0 : plan_home;

		a->region[r].objs =
			offset_of(a, (void *)(uintptr_t)(first + 1));
		a->region[r].first_obj = first;
		a->region[r].nr_objs = (r == 0 ? plan_home : objs) - first;
	}
	claim_divert(a, OBJPOOL_SLOT_HOMING_);
}

static void
start_with(unsigned int objs, unsigned int nr_slots, bool has_limbo)
{
	static const uint8_t near[THREADS] = { 0 };
	static const uint8_t far[THREADS] = { 0, 1 };
	void *addr[2] = { memory };

	new (notes) struct notes();
	notes->scanned_short = false;
	notes->was_lost = false;
	notes->nr_failed = 0;
	plan = {};
	plan.nr_objs = objs;
	plan.nr_slots = nr_slots;
	plan.block_objs = BLOCK_OBJS;
	plan.nr_regions = plan_home > 0 ? 2 : 1;
	plan.has_limbo = has_limbo;
	plan.has_signals = plan_signals;
	plan.has_homing = plan_home > 0;
	plan.slot_region = plan_home > 0 ? far : near;
	CHECK(layout_plan(&plan) &&
		plan.bytes[0] + plan.bytes[1] <= sizeof(memory));
	memset(memory, 0, plan.hints);
	each_part(make());
	addr[1] = memory + plan.bytes[0];
	a = layout_format(&plan, addr);
	a->fence_free = flavour == FREE;
	a->shared = plan_shared;
	may_run = is_alive;
	ledger_start(objs);
	for (unsigned int i = 0; i < nr_slots; i++) {
		struct slot *s = claim_slot(a, (int)i, i + 1, is_alive);

		CHECK(s == slot_at(a, i));
		atomic_init(&s->cool_max, 1);
	}
	start_homes(objs);
	watch_blocks(block_at(a, 0), sizeof(struct objpool_block),
		plan_home > 0 ? a->blocks_per_region : a->nr_blocks,
		BLOCK_OBJS);
	if (plan_home > 0)
		watch_more_blocks(block_at(a, a->blocks_per_region),
			sizeof(struct objpool_block),
			a->nr_blocks - a->blocks_per_region);
	plan_home = 0;
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

/* Each block that has an owner is one that the owner knows of. */
static void
nothing_stray(void)
{
	for (unsigned int id = 0; id < a->nr_blocks; id++) {
		unsigned int own =
			w_own(atomic_load_explicit(&block_at(a, id)->w,
				memory_order_acquire));
		struct slot *s;

		if (own == OWN_NONE)
			continue;
		CHECK("a slot's" && own <= a->nr_slots);
		s = slot_at(a, own - 1);
		CHECK("that knows of it" &&
			(atomic_load_explicit(&s->bound,
				 memory_order_relaxed) == id + 1 ||
				atomic_load_explicit(&s->loaded[0],
					memory_order_relaxed) == id + 1 ||
				atomic_load_explicit(&s->loaded[1],
					memory_order_relaxed) == id + 1));
	}
}

static void
note_homecomers(void)
{
	for (uint32_t r = 0; r < a->nr_regions; r++)
		if (atomic_load_explicit(&a->region[r].open,
			    memory_order_relaxed) != 0)
			saw(CAME_HOME);
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
	if (s != NULL &&
		block_pop(slot_block(s), objs, n, slot_is_fenced(s)) ==
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
		enum objpool_outcome_ outcome =
			block_push(slot_block(s), objs, n, slot_is_fenced(s));

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
