/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Hands choose what to push at random, so that objects leave in another order
 * than they came and blocks get mixed. */

#include "hand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "env.h"

void
hand_open(struct hand *h, struct objpool *pool, struct ledger *ledger,
	uint32_t who, unsigned int max)
{
	memset(h, 0, sizeof(*h));
	h->pool = pool;
	h->ledger = ledger;
	h->who = who;
	h->max = max;
	rng_init(&h->rng, env_seed(), who);
	h->objs = calloc(max > 0 ? max : 1, sizeof(*h->objs));
	if (h->objs == NULL)
		abort();
}

/* How the next call is made. A slot is the thread's, and a hand may pass from
 * thread to thread. */
static enum hand_way
way(struct hand *h)
{
	if (h->way != HAND_ANY_WAY)
		return h->way;
	if (h->slot == NULL || h->thread != gettid()) {
		h->slot = objpool_slot(h->pool);
		h->thread = gettid();
	}
	return (enum hand_way)(h->slot != NULL ? rng_below(&h->rng, 3) : 0);
}

static void *
pop(struct hand *h)
{
	switch (way(h)) {
	case HAND_FAST:
		return objpool_fast_pop(h->pool);
	case HAND_SLOT:
		return objpool_slot_pop(h->slot);
	default:
		return objpool_pop(h->pool);
	}
}

static int
pop_bulk(struct hand *h, void **objs, unsigned int n)
{
	switch (way(h)) {
	case HAND_FAST:
		return objpool_fast_pop_bulk(h->pool, objs, n);
	case HAND_SLOT:
		return objpool_slot_pop_bulk(h->slot, objs, n);
	default:
		return objpool_pop_bulk(h->pool, objs, n);
	}
}

static unsigned int
pop_burst(struct hand *h, void **objs, unsigned int n)
{
	switch (way(h)) {
	case HAND_FAST:
		return objpool_fast_pop_burst(h->pool, objs, n);
	case HAND_SLOT:
		return objpool_slot_pop_burst(h->slot, objs, n);
	default:
		return objpool_pop_burst(h->pool, objs, n);
	}
}

static int
push(struct hand *h, void *obj)
{
	switch (way(h)) {
	case HAND_FAST:
		return objpool_fast_push(obj, h->pool);
	case HAND_SLOT:
		return objpool_slot_push(obj, h->slot);
	default:
		return objpool_push(obj, h->pool);
	}
}

static int
push_bulk(struct hand *h, void *const *objs, unsigned int n)
{
	switch (way(h)) {
	case HAND_FAST:
		return objpool_fast_push_bulk(objs, n, h->pool);
	case HAND_SLOT:
		return objpool_slot_push_bulk(objs, n, h->slot);
	default:
		return objpool_push_bulk(objs, n, h->pool);
	}
}

/* After each call; one writer. */
static void
called(struct hand *h)
{
	atomic_store_explicit(&h->calls, hand_calls(h) + 1,
		memory_order_relaxed);
}

uint64_t
hand_calls(const struct hand *h)
{
	return atomic_load_explicit(&h->calls, memory_order_relaxed);
}

static void
got(struct hand *h, unsigned int n)
{
	h->popped += n;
	h->n += ledger_took(h->ledger, h->who, h->objs + h->n, n);
}

bool
hand_pop(struct hand *h)
{
	void *obj = pop(h);

	called(h);
	if (obj == NULL) {
		h->fails++;
		return false;
	}
	h->objs[h->n] = obj;
	got(h, 1);
	return true;
}

bool
hand_pop_bulk(struct hand *h, unsigned int n)
{
	int rc = pop_bulk(h, h->objs + h->n, n);

	called(h);
	if (rc != 0) {
		h->fails++;
		return false;
	}
	got(h, n);
	return true;
}

unsigned int
hand_pop_burst(struct hand *h, unsigned int n)
{
	unsigned int m = pop_burst(h, h->objs + h->n, n);

	called(h);
	if (m < n)
		h->fails++;
	got(h, m);
	return m;
}

/* Bring n random objects to the end. */
static void **
choose(struct hand *h, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		unsigned int last = h->n - 1 - i;
		unsigned int k = rng_below(&h->rng, last + 1);
		void *obj = h->objs[k];

		h->objs[k] = h->objs[last];
		h->objs[last] = obj;
	}
	return h->objs + (h->n - n);
}

void
hand_push(struct hand *h)
{
	void **objs = choose(h, 1);
	int rc;

	ledger_gives(h->ledger, h->who, objs, 1);
	rc = push(h, *objs);
	called(h);
	if (rc != 0)
		ledger_refused(h->ledger, "push", rc);
	h->n--;
	h->pushed++;
}

void
hand_push_bulk(struct hand *h, unsigned int n)
{
	void **objs = choose(h, n);
	int rc;

	ledger_gives(h->ledger, h->who, objs, n);
	rc = push_bulk(h, objs, n);
	called(h);
	if (rc != 0)
		ledger_refused(h->ledger, "push_bulk", rc);
	h->n -= n;
	h->pushed += n;
}

void
hand_push_all(struct hand *h, unsigned int step)
{
	while (h->n > 0)
		hand_push_bulk(h, h->n < step ? h->n : step);
}

int
hand_drop_bulk(struct hand *h, unsigned int n)
{
	void **objs = choose(h, n);

	ledger_drops(h->ledger, h->who, objs, n);
	h->n -= n;
	return objpool_drop_bulk(objs, n, h->pool);
}

void
hand_give(struct hand *from, struct hand *to, unsigned int n)
{
	void **objs = choose(from, n);

	ledger_hands(from->ledger, from->who, to->who, objs, n);
	memcpy(to->objs + to->n, objs, n * sizeof(*objs));
	from->n -= n;
	to->n += n;
}

void
hand_close(struct hand *h)
{
	if (h->n != 0) {
		fprintf(stderr, "hand %x closed with %u objects\n", h->who,
			h->n);
		abort();
	}
	free(h->objs);
	h->objs = NULL;
}
