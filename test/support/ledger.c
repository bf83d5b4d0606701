/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The ledger: an open hash table from address to stamp, filled before threads
 * start and of fixed shape afterwards, so that looking up needs no order.
 *
 * Contents. Each time an object leaves somebody's hands it is filled with a
 * pattern made of its address and version, and its version goes up. Versions
 * are atomic and thus never stale; contents are plain and can be. Whoever gets
 * the object next compares all of it. A pool that returns an object before the
 * last holder's writes are visible, writes a link into it, or gives it to two,
 * shows.
 */

#include "ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poison.h"
#include "rng.h"

#define LINES_MAX 20
#define STEP      64 /* objects moved at a time by audits */

static void
fault(_Atomic(uint64_t) *counter, const char *what, const void *obj,
	uint32_t who, uint32_t other)
{
	static _Atomic(unsigned int) nr_lines;

	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
	if (atomic_fetch_add_explicit(&nr_lines, 1, memory_order_relaxed) <
		LINES_MAX)
		fprintf(stderr, "ledger: %s: object %p, holders %x and %x\n",
			what, obj, who, other);
}

static void *
checked_alloc(size_t nr, size_t size)
{
	void *p = calloc(nr, size);

	if (p == NULL) {
		fprintf(stderr, "ledger: no memory\n");
		abort();
	}
	return p;
}

void
ledger_open(struct ledger *l, uint32_t nr, size_t size)
{
	size_t cells = 16;

	while (cells < (size_t)nr * 2)
		cells *= 2;
	memset(l, 0, sizeof(*l));
	l->entries = checked_alloc(cells, sizeof(*l->entries));
	l->mask = cells - 1;
	l->obj_size = size;
}

/* The object's entry, or the unused one where it would be. */
static struct entry *
find(const struct ledger *l, const void *obj)
{
	size_t i = rng_mix((uintptr_t)obj) & l->mask;

	while (l->entries[i].obj != NULL && l->entries[i].obj != obj)
		i = (i + 1) & l->mask;
	return &l->entries[i];
}

static uint64_t
pattern_of(const struct entry *e)
{
	return rng_mix((uintptr_t)e->obj) +
		atomic_load_explicit(&e->version, memory_order_relaxed) *
		UINT64_C(0xd1342543de82ef95);
}

static void
fill(const struct ledger *l, struct entry *e)
{
	char *at = e->obj;
	size_t left = l->obj_size;
	uint64_t word;

	atomic_fetch_add_explicit(&e->version, 1, memory_order_relaxed);
	for (word = pattern_of(e); left >= sizeof(word); word += left) {
		memcpy(at, &word, sizeof(word));
		at += sizeof(word);
		left -= sizeof(word);
	}
	memcpy(at, &word, left);
}

static bool
is_intact(const struct ledger *l, const struct entry *e)
{
	const char *at = e->obj;
	size_t left = l->obj_size;
	uint64_t word;

	for (word = pattern_of(e); left >= sizeof(word); word += left) {
		if (memcmp(at, &word, sizeof(word)) != 0)
			return false;
		at += sizeof(word);
		left -= sizeof(word);
	}
	return memcmp(at, &word, left) == 0;
}

/* From one holder to another; false if somebody else has it. */
static bool
restamp(struct entry *e, uint32_t from, uint32_t to, uint32_t *found)
{
	*found = from;
	return atomic_compare_exchange_strong_explicit(&e->holder, found, to,
		memory_order_relaxed, memory_order_relaxed);
}

void
ledger_enter(struct ledger *l, uint32_t who, void *obj)
{
	struct entry *e = find(l, obj);

	if (obj == NULL || e->obj != NULL) {
		fault(&l->duplicates, "entered twice", obj, who, who);
		return;
	}
	e->obj = obj;
	atomic_init(&e->holder, who);
	fill(l, e);
	l->nr++;
}

void
ledger_open_pool(struct ledger *l, struct objpool *pool, size_t size)
{
	uint32_t nr = objpool_nr_objs(pool);
	void **objs = checked_alloc(nr, sizeof(*objs));

	ledger_open(l, nr, size);
	if (objpool_pop_bulk(pool, objs, nr) != 0) {
		ledger_refused(l, "pop of a full pool", -1);
		free(objs);
		return;
	}
	for (uint32_t i = 0; i < nr; i++)
		ledger_enter(l, HOLDER_MAIN, objs[i]);
	ledger_gives(l, HOLDER_MAIN, objs, nr);
	if (objpool_push_bulk(objs, nr, pool) != 0)
		ledger_refused(l, "push", -1);
	free(objs);
}

static bool
took_one(struct ledger *l, uint32_t who, void *obj)
{
	struct entry *e = find(l, obj);
	uint32_t other;

	if (obj == NULL || e->obj == NULL) {
		fault(&l->strangers, "not an object", obj, who, 0);
		return false;
	}
	if (!restamp(e, HOLDER_POOL, who, &other)) {
		fault(&l->duplicates, "popped twice", obj, who, other);
		return false;
	}
	unpoison(obj, l->obj_size);
	if (!is_intact(l, e)) {
		fault(&l->damages, "changed in the pool", obj, who, 0);
		fill(l, e);
	}
	return true;
}

unsigned int
ledger_took(struct ledger *l, uint32_t who, void **objs, unsigned int n)
{
	unsigned int good = 0;

	for (unsigned int i = 0; i < n; i++)
		if (took_one(l, who, objs[i]))
			objs[good++] = objs[i];
	return good;
}

static void
leaves(struct ledger *l, uint32_t from, uint32_t to, void *obj)
{
	struct entry *e = find(l, obj);
	uint32_t other;

	if (e->obj == NULL) {
		fault(&l->strangers, "given, not an object", obj, from, to);
		return;
	}
	if (!is_intact(l, e))
		fault(&l->damages, "changed while held", obj, from, to);
	fill(l, e);
	if (to == HOLDER_POOL)
		poison(obj, l->obj_size);
	if (!restamp(e, from, to, &other))
		fault(&l->duplicates, "given by one who has it not", obj, from,
			other);
}

void
ledger_gives(struct ledger *l, uint32_t who, void *const *objs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		leaves(l, who, HOLDER_POOL, objs[i]);
}

void
ledger_drops(struct ledger *l, uint32_t who, void *const *objs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		leaves(l, who, HOLDER_DROPPED, objs[i]);
}

void
ledger_hands(struct ledger *l, uint32_t from, uint32_t to, void *const *objs,
	unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		leaves(l, from, to, objs[i]);
}

void
ledger_refused(struct ledger *l, const char *what, int rc)
{
	fprintf(stderr, "ledger: %s refused: %d\n", what, rc);
	atomic_fetch_add_explicit(&l->refusals, 1, memory_order_relaxed);
}

static uint32_t
count_holders(const struct ledger *l, uint32_t *dropped)
{
	uint32_t held = 0;

	*dropped = 0;
	for (size_t i = 0; i <= l->mask; i++) {
		uint32_t holder = atomic_load_explicit(&l->entries[i].holder,
			memory_order_relaxed);

		if (l->entries[i].obj == NULL || holder == HOLDER_POOL)
			continue;
		if (holder == HOLDER_DROPPED)
			++*dropped;
		else
			held++;
	}
	return held;
}

uint32_t
ledger_held(const struct ledger *l)
{
	uint32_t dropped;

	return count_holders(l, &dropped);
}

static void
expect(struct ledger *l, const char *what, uint32_t got, uint32_t wanted)
{
	if (got == wanted)
		return;
	fprintf(stderr, "ledger: %s is %u, not %u\n", what, got, wanted);
	atomic_fetch_add_explicit(&l->miscounts, 1, memory_order_relaxed);
}

/* Pop until nothing comes; objs has room for all objects and one step. */
static uint32_t
drain(struct ledger *l, struct objpool *pool, void **objs)
{
	uint32_t total = 0;
	unsigned int n;

	do {
		n = objpool_pop_burst(pool, objs + total, STEP);
		total += ledger_took(l, HOLDER_MAIN, objs + total, n);
	} while (n > 0 && total <= l->nr);
	return total;
}

/* Every entry that is said to be in the pool although it is drained. */
static void
report_losses(struct ledger *l)
{
	for (size_t i = 0; i <= l->mask; i++)
		if (l->entries[i].obj != NULL &&
			atomic_load_explicit(&l->entries[i].holder,
				memory_order_relaxed) == HOLDER_POOL)
			fault(&l->losses, "lost", l->entries[i].obj, 0, 0);
}

bool
ledger_audit(struct ledger *l, struct objpool *pool)
{
	void **objs = checked_alloc(l->nr + STEP + 1, sizeof(*objs));
	uint32_t dropped, held, total, home;

	held = count_holders(l, &dropped);
	home = l->nr - held - dropped;
	expect(l, "nr_free", objpool_nr_free(pool), home);
	expect(l, "nr_outstanding", objpool_nr_outstanding(pool), held);
	total = drain(l, pool, objs);
	expect(l, "objects drained", total, home);
	report_losses(l);
	expect(l, "nr_free of the empty pool", objpool_nr_free(pool), 0);
	for (uint32_t i = 0; i < total; i += STEP) {
		unsigned int n = total - i < STEP ? total - i : STEP;
		int rc;

		ledger_gives(l, HOLDER_MAIN, objs + i, n);
		rc = objpool_push_bulk(objs + i, n, pool);
		if (rc != 0)
			ledger_refused(l, "push", rc);
	}
	expect(l, "nr_free", objpool_nr_free(pool), home);
	free(objs);
	return ledger_is_clean(l);
}

static uint64_t
get(_Atomic(uint64_t) *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

bool
ledger_is_clean(struct ledger *l)
{
	return get(&l->duplicates) == 0 && get(&l->losses) == 0 &&
		get(&l->damages) == 0 && get(&l->strangers) == 0 &&
		get(&l->refusals) == 0 && get(&l->miscounts) == 0;
}

void
ledger_close(struct ledger *l)
{
	for (size_t i = 0; i <= l->mask; i++)
		if (l->entries[i].obj != NULL)
			unpoison(l->entries[i].obj, l->obj_size);
	free(l->entries);
	l->entries = NULL;
}
