/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A slot's blocks: loading, exchanging and letting go of them.
 *
 * All functions run in the slot's owner. What other threads may do meanwhile is
 * take from its public blocks and revoke private ones; both are seen by W. A
 * revocation of a block that is not the current one shows at the next exchange,
 * where the owner looks at all of them: letting go of all at once keeps a dry
 * pool from revoking them one by one.
 */

#include "slot.h"
#include "depot.h"
#include "limbo.h"

static struct objpool_block *
loaded_at(const struct arena *a, const struct slot *s, unsigned int i)
{
	uint32_t id = atomic_load_explicit(&s->loaded[i], memory_order_relaxed);

	return id != 0 ? block_at(a, id - 1) : NULL;
}

static void
load(struct slot *s, unsigned int i, const struct objpool_block *b)
{
	atomic_store_explicit(&s->loaded[i], b != NULL ? b->id + 1 : 0,
		memory_order_relaxed);
}

/* Work on loaded block i from now on. */
static void
turn_to(struct arena *a, struct slot *s, unsigned int i)
{
	atomic_store_explicit(&s->pos, i, memory_order_relaxed);
	slot_set_block(s, loaded_at(a, s, i));
}

static void
let_go(struct arena *a, struct objpool_block *b)
{
	if (b != NULL) {
		block_release(b);
		depot_post(a, b);
	}
}

void
slot_unload(struct arena *a, struct slot *s)
{
	uint32_t bound = atomic_load_explicit(&s->bound, memory_order_relaxed);

	for (unsigned int i = 0; i < LOADED; i++) {
		let_go(a, loaded_at(a, s, i));
		load(s, i, NULL);
	}
	if (bound != 0)
		let_go(a, block_at(a, bound - 1));
	atomic_store_explicit(&s->bound, 0, memory_order_relaxed);
	slot_set_block(s, block_none(a));
	atomic_store_explicit(&s->pos, 0, memory_order_relaxed);
}

void
slot_expose(struct arena *a, struct slot *s)
{
	uint32_t cool =
		atomic_load_explicit(&s->cool_max, memory_order_relaxed);

	slot_unload(a, s);
	atomic_store_explicit(&s->cool, cool, memory_order_relaxed);
	atomic_store_explicit(&s->cool_max,
		cool * 2 < COOL_MAX ? cool * 2 : COOL_MAX,
		memory_order_relaxed);
	COUNT(a, s, conflicts, 1);
}

/* A block was exchanged undisturbed. */
static void
relax(struct slot *s)
{
	uint32_t cool =
		atomic_load_explicit(&s->cool_max, memory_order_relaxed);

	if (cool > COOL_MIN)
		atomic_store_explicit(&s->cool_max, cool / 2,
			memory_order_relaxed);
}

/* Is any loaded block revoked? Then let go of all. */
static bool
expose_if_revoked(struct arena *a, struct slot *s)
{
	for (unsigned int i = 0; i < LOADED; i++) {
		const struct objpool_block *b = loaded_at(a, s, i);

		if (b != NULL && !objpool_is_private_(b)) {
			slot_expose(a, s);
			return true;
		}
	}
	return false;
}

static unsigned int
private_len(const struct objpool_block *b)
{
	return t_len(atomic_load_explicit(&b->t, memory_order_relaxed));
}

/* Remember where the walk ended well. */
static void
settle_in(struct slot *s, const struct walk *walk)
{
	atomic_store_explicit(&s->home, walk->word, memory_order_relaxed);
}

/* A block that was adopted may come from another core: fetch its entries all at
 * once, instead of one line after the other as they are used. */
static void
fetch_entries(const struct arena *a, const struct objpool_block *b, bool write)
{
	const char *from = objpool_entries_(b);
	size_t bytes = entries_bytes(a->block_objs, b->shift != 0);

	for (size_t at = 0; at < bytes; at += CACHE_LINE)
		if (write)
			prefetch_to_write(from + at);
		else
			__builtin_prefetch(from + at);
}

/* Adopt a block of stock. */
static struct objpool_block *
adopt_stock(struct arena *a, struct slot *s)
{
	struct walk walk;
	struct objpool_block *b;

	walk_start(a, s, HINT_STOCK, &walk);
	while ((b = walk_next(a, &walk)) != NULL) {
		if (block_adopt(b, own_of(s), 1, a->block_objs)) {
			fetch_entries(a, b, false);
			depot_post(a, b);
			settle_in(s, &walk);
			return b;
		}
		depot_post(a, b);
	}
	return NULL;
}

bool
slot_refill(struct arena *a, struct slot *s)
{
	struct objpool_block *b;

	if (expose_if_revoked(a, s))
		return false;
	for (unsigned int i = LOADED; i-- > 0;) {
		b = loaded_at(a, s, i);
		if (b != NULL && private_len(b) > 0) {
			turn_to(a, s, i);
			return true;
		}
	}
	b = adopt_stock(a, s);
	if (b == NULL && limbo_harvest(a, s))
		b = adopt_stock(a, s);
	if (b == NULL)
		return false;
	/* Keep one empty block above, to spill into. */
	if (loaded_at(a, s, 1) == NULL)
		load(s, 1, loaded_at(a, s, 0));
	else
		let_go(a, loaded_at(a, s, 0));
	load(s, 0, b);
	turn_to(a, s, 0);
	relax(s);
	COUNT(a, s, blocks_in, 1);
	return true;
}

static bool
get_room(struct arena *a, struct objpool_block *b, unsigned int own, bool adopt)
{
	region_use(a, b->id);
	return adopt ? block_adopt(b, own, 0, a->block_objs - 1) :
		       block_bind(b, own);
}

/* Adopt, or bind for a cooling slot or a nested call, a block that has room: an
 * empty one if the hints name one, those of the region first, else whichever the
 * heads say is nobody's. Of the slot it reads only what is constant. */
static struct objpool_block *
find_room(struct arena *a, struct slot *s, uint32_t region, bool adopt)
{
	unsigned int own = own_of(s);
	struct walk walk;
	struct objpool_block *b;

	walk_start_in(a, s, region, HINT_EMPTY, &walk);
	while ((b = walk_next(a, &walk)) != NULL) {
		bool got = get_room(a, b, own, adopt);

		if (got && adopt)
			fetch_entries(a, b, true);
		depot_post(a, b);
		if (got)
			return b;
	}
	for (uint32_t id = 0;; id = id + 1 < a->nr_blocks ? id + 1 : 0) {
		b = block_at(a, id);
		if (get_room(a, b, own, adopt)) {
			depot_post(a, b);
			return b;
		}
	}
}

bool
slot_advance(struct arena *a, struct slot *s)
{
	uint32_t pos = atomic_load_explicit(&s->pos, memory_order_relaxed);
	struct objpool_block *above;

	if (expose_if_revoked(a, s))
		return false;
	if (loaded_at(a, s, 0) == NULL) {
		load(s, 0, find_room(a, s, s->region, true));
		turn_to(a, s, 0);
		return true;
	}
	above = pos == 0 ? loaded_at(a, s, 1) : NULL;
	if (above == NULL || private_len(above) == a->block_objs) {
		if (loaded_at(a, s, 1) != NULL) {
			let_go(a, loaded_at(a, s, 0));
			load(s, 0, loaded_at(a, s, 1));
			COUNT(a, s, blocks_out, 1);
			relax(s);
		}
		load(s, 1, NULL);
		load(s, 1, find_room(a, s, s->region, true));
	}
	turn_to(a, s, 1);
	return true;
}

struct objpool_block *
slot_bind(struct arena *a, struct slot *s)
{
	uint32_t bound = atomic_load_explicit(&s->bound, memory_order_relaxed);
	struct objpool_block *b;

	if (bound != 0)
		return block_at(a, bound - 1);
	b = find_room(a, s, s->region, false);
	atomic_store_explicit(&s->bound, b->id + 1, memory_order_relaxed);
	return b;
}

struct objpool_block *
slot_bind_nested(struct arena *a, struct slot *host)
{
	return find_room(a, host, host->region, false);
}

/* Where the last objects that came home are there is room for more, as a rule:
 * so they do not take a block each. */
struct objpool_block *
slot_bind_home(struct arena *a, struct slot *s, uint32_t region)
{
	uint32_t open = atomic_load_explicit(&a->region[region].open,
		memory_order_relaxed);

	if (open != 0 && block_bind(block_at(a, open - 1), own_of(s)))
		return block_at(a, open - 1);
	return find_room(a, s, region, false);
}

void
slot_cool_down(struct arena *a, struct slot *s)
{
	uint32_t cool = atomic_load_explicit(&s->cool, memory_order_relaxed);
	struct objpool_block *b;
	uint32_t bound;

	atomic_store_explicit(&s->cool, cool - 1, memory_order_relaxed);
	if (cool > 1)
		return;
	bound = atomic_load_explicit(&s->bound, memory_order_relaxed);
	if (bound == 0)
		return;
	/* The block it put into becomes its first private one; takers may come
	 * between. */
	b = block_at(a, bound - 1);
	while (!block_rebias(b, own_of(s)))
		;
	depot_post(a, b);
	load(s, 0, b);
	atomic_store_explicit(&s->bound, 0, memory_order_relaxed);
	turn_to(a, s, 0);
}
