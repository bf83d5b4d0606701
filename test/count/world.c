/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool on the simulated machine. Calls go the ways of lib/ops.c: the current
 * block first, then the slow path.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/claim.h"
#include "core/depot.h"
#include "core/holder.h"
#include "core/limbo.h"
#include "core/scan.h"
#include "core/slot.h"

#include "world.h"

#define LINE 64

/* There is no domain: nothing is in limbo. */
bool
limbo_served(const struct arena *a)
{
	return a->has_limbo;
}

uint64_t
limbo_start(const struct arena *a)
{
	(void)a;
	return 0;
}

bool
limbo_done(const struct arena *a, uint64_t cookie)
{
	(void)a;
	(void)cookie;
	return true;
}

/* Nor are there words that say who holds what. */
void
holders_renew(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n)
{
	(void)a;
	(void)s;
	(void)objs;
	(void)n;
}

static void
insist(bool what, const char *why)
{
	if (what)
		return;
	fprintf(stderr, "count: %s\n", why);
	abort();
}

static bool
is_alive(uint64_t token)
{
	(void)token;
	return true;
}

/* Tell the machine what lies where. */
static void
name_places(const struct arena *a, const struct layout *l)
{
	size_t slots = nr_slots_in_all(l->nr_slots) * sizeof(struct slot);
	size_t hints =
		(size_t)l->hints_per_region / HINTS_LINE * sizeof(struct hints);
	const struct region *r = &a->region[0];

	machine_place(a, l->common, PLACE_ARENA);
	machine_place(at_offset(a, a->hints), hints, PLACE_HINTS);
	machine_place(at_offset(a, (int64_t)l->common), slots, PLACE_SLOTS);
	machine_place(at_offset(a, r->blocks), (size_t)(r->entries - r->blocks),
		PLACE_HEADS);
	machine_place(at_offset(a, r->entries),
		l->bytes[0] - (size_t)r->entries, PLACE_ENTRIES);
}

static void
stock(struct world *w, unsigned int nr_objs)
{
	void *objs[BLOCK_OBJS_MAX];
	uint32_t block = 0;

	for (unsigned int at = 0; at < nr_objs; block++) {
		unsigned int n = 0;

		while (n < w->a->block_objs && at < nr_objs)
			objs[n++] = (void *)(uintptr_t)++at;
		layout_stock(w->a, block, objs, n);
	}
}

void
world_make(struct world *w, unsigned int nr_cpus, unsigned int nr_objs,
	unsigned int block, bool fenced, enum flaw flaw)
{
	static const uint8_t slot_region[CPUS_MAX];
	struct layout l = {
		.nr_objs = nr_objs,
		.nr_slots = nr_cpus,
		.block_objs = block,
		.nr_regions = 1,
		.slot_region = slot_region,
	};
	void *memory;
	size_t bytes;

	*w = (struct world){ .nr_cpus = nr_cpus, .flaw = flaw };
	insist(layout_plan(&l), "the pool is too large");
	bytes = (l.bytes[0] + 2 * LINE - 1) / LINE * LINE;
	memory = aligned_alloc(LINE, bytes);
	w->is_out = calloc(nr_objs + 1, sizeof(bool));
	insist(memory != NULL && w->is_out != NULL, "no memory");
	memset(memory, 0, bytes);
	machine_watch(memory, bytes);
	world_treat(w, false);
	w->a = layout_format(&l, &memory);
	w->a->fence_free = !fenced;
	w->counter = (void *)((char *)memory + bytes - LINE);
	name_places(w->a, &l);
	for (unsigned int i = 0; i < nr_cpus; i++)
		insist(claim_slot(w->a, (int)i, i + 1, is_alive) ==
				slot_at(w->a, i),
			"a slot is not free");
	stock(w, nr_objs);
}

void
world_end(struct world *w)
{
	struct totals totals;
	uint64_t out = 0;

	machine_run(CPU_NONE);
	scan_totals(w->a, &totals);
	for (unsigned int i = 0; i < w->nr_cpus; i++) {
		out += w->hand[i].nr;
		free(w->hand[i].objs);
	}
	insist(totals.len + out == w->a->nr_objs, "objects were lost");
	world_treat(w, false);
	machine_watch(NULL, 0);
	free(w->is_out);
	free(w->a);
}

static void
make_room(struct hand *h, unsigned int n)
{
	if (h->nr + n <= h->room)
		return;
	h->room = (h->nr + n) * 2;
	h->objs = realloc(h->objs, h->room * sizeof(void *));
	insist(h->objs != NULL, "no memory");
}

/* The objects change sides. */
static void
move_out(struct world *w, void *const *objs, unsigned int n, bool out)
{
	for (unsigned int i = 0; i < n; i++) {
		bool *is_out = &w->is_out[(uintptr_t)objs[i]];

		insist(*is_out != out, "an object has two holders");
		*is_out = out;
	}
}

static void
begin(struct world *w, unsigned int cpu)
{
	machine_run((int)cpu);
	w->calls += !w->is_treat;
	if (w->flaw == FLAW_COUNTER)
		atomic_fetch_add_explicit(w->counter, 1, memory_order_relaxed);
	if (w->flaw == FLAW_LOOK)
		for (unsigned int i = 0; i < w->nr_cpus; i++)
			(void)slot_mode(slot_at(w->a, i));
	if (w->flaw == FLAW_HEADS)
		for (unsigned int i = 0; i < w->a->nr_blocks; i++)
			(void)objpool_is_private_(block_at(w->a, i));
}

/* How often the slot took from others. */
static uint64_t
steals_of(const struct slot *s)
{
	const struct counts *c = &s->counts;

	machine_run(CPU_NONE);
	return atomic_load_explicit(&c->steals, memory_order_relaxed) +
		atomic_load_explicit(&c->revocations, memory_order_relaxed);
}

static void
note_hunt(struct hunts *hunts, uint64_t heads)
{
	hunts->nr++;
	hunts->heads += heads;
	if (heads > hunts->most)
		hunts->most = heads;
}

void
world_treat(struct world *w, bool free_of_charge)
{
	w->is_treat = free_of_charge;
	machine_treat(free_of_charge);
}

bool
world_pop(struct world *w, unsigned int cpu, unsigned int n)
{
	struct slot *s = slot_at(w->a, cpu);
	struct hand *h = &w->hand[cpu];
	uint64_t before = steals_of(s), heads = machine_bill()->heads;
	unsigned int got = n;

	make_room(h, n);
	begin(w, cpu);
	if (block_pop(slot_block(s), h->objs + h->nr, n, slot_is_fenced(s)) !=
		OBJPOOL_DONE_)
		got = slot_pop_slow(w->a, s, h->objs + h->nr, n, false);
	heads = machine_bill()->heads - heads;
	if (got == 0 && !w->is_treat)
		note_hunt(&w->fails, heads);
	else if (steals_of(s) != before && !w->is_treat)
		note_hunt(&w->steals, heads);
	move_out(w, h->objs + h->nr, got, true);
	h->nr += got;
	return got == n;
}

void
world_push(struct world *w, unsigned int cpu, unsigned int n)
{
	struct slot *s = slot_at(w->a, cpu);
	struct hand *h = &w->hand[cpu];
	enum objpool_outcome_ outcome;

	insist(n <= h->nr, "nothing to push");
	h->nr -= n;
	move_out(w, h->objs + h->nr, n, false);
	begin(w, cpu);
	outcome = block_push(slot_block(s), h->objs + h->nr, n,
		slot_is_fenced(s));
	if (outcome == OBJPOOL_LOST_)
		COUNT(w->a, s, unput, n);
	if (outcome != OBJPOOL_DONE_)
		slot_push_slow(w->a, s, h->objs + h->nr, n);
	machine_run(CPU_NONE);
}

void
world_pass(struct world *w, unsigned int from, unsigned int to, unsigned int n)
{
	struct hand *f = &w->hand[from], *t = &w->hand[to];

	insist(n <= f->nr, "nothing to pass");
	make_room(t, n);
	f->nr -= n;
	memcpy(t->objs + t->nr, f->objs + f->nr, n * sizeof(void *));
	t->nr += n;
}
