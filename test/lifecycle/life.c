/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See life.h. What is counted is changed by relaxed operations, so that it does
 * not order what the pool is to order. */

#include "life.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "grave.h"

#define COUNTS(counter, n)                                                     \
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed)

#define LIFE_SLOTS_MAX 4u

struct object {
	_Atomic(uint32_t) holder; /* 0: nobody */
	uint32_t last;            /* plain: ordered by the pool alone (G1) */
};

static void
release(struct objpool *pool, void *ctx)
{
	struct life *life = ctx;
	struct census *census = life->census;

	(void)pool;
	if (atomic_load_explicit(&life->nr_out, memory_order_relaxed) != 0)
		COUNTS(&census->early, 1);
	if (life->heir != NULL)
		life_finish(life->heir);
	grave_free(life);
	COUNTS(&census->released, 1);
}

static const int anywhere[LIFE_SLOTS_MAX] = {
	OBJPOOL_NODE_ANY,
	OBJPOOL_NODE_ANY,
	OBJPOOL_NODE_ANY,
	OBJPOOL_NODE_ANY,
};

/* What pools can be besides, one in two; but not a control's. */
static uint32_t
draw_flags(const struct census *census, struct rng *rng)
{
	static const uint32_t more[] = { OBJPOOL_F_COMPACT, OBJPOOL_F_CHECKED,
		OBJPOOL_F_SIGNALS, OBJPOOL_F_HOLDERS };
	uint32_t drawn = 0;

	if (!census->is_control && rng_below(rng, 2) == 0)
		drawn = more[rng_below(rng, 4)];
	/* Mostly fenced: short pools make many heavy fences. */
	return rng_below(rng, 8) ? drawn | OBJPOOL_F_FENCED : drawn;
}

struct life *
life_begin(struct census *census, struct objpool_gp *gp, uint32_t flags,
	struct rng *rng)
{
	struct life *life = grave_alloc(sizeof(*life));
	const struct objpool_mem mem = { &grave_ops, life };
	struct objpool_attr attr = {
		.name = "life",
		.nr_objs = 8 + rng_below(rng, LIFE_OBJS_MAX - 7),
		.obj_size = sizeof(struct object),
		.flags = flags | draw_flags(census, rng),
		.nr_slots = rng_upto(rng, LIFE_SLOTS_MAX),
		.block_objs = 4u << rng_below(rng, 3),
		.slot_nodes = anywhere, /* asking the kernel takes longer */
		.mem = &mem,
		.gp = gp,
		.release = release,
		.ctx = life,
	};
	int rc;

	life->census = census;
	life->has_holders = attr.flags & OBJPOOL_F_HOLDERS;
	rc = objpool_init(&life->pool, &attr);
	if (rc != 0) {
		fprintf(stderr, "init: %d\n", rc);
		abort();
	}
	COUNTS(&census->created, 1);
	return life;
}

static void
took(struct hand *h, uint32_t who, unsigned int n)
{
	struct life *life = h->life;

	COUNTS(&life->nr_out, n);
	for (unsigned int i = h->n; i < h->n + n; i++) {
		struct object *o = h->objs[i];

		if (atomic_exchange_explicit(&o->holder, who,
			    memory_order_relaxed) != 0)
			COUNTS(&life->census->doubles, 1);
		o->last = who;
	}
	h->n += n;
}

/* Nobody dies, so there is nothing. */
static void
reclaim(struct life *life)
{
	int64_t rc = objpool_reclaim(&life->pool, NULL, NULL);

	COUNTS(&life->census->reclaims, 1);
	if (rc != 0 && rc != -EAGAIN)
		COUNTS(&life->census->refused, 1);
}

unsigned int
hand_take(struct hand *h, uint32_t who, unsigned int n, struct rng *rng)
{
	struct objpool *pool = &h->life->pool;
	void **objs = h->objs + h->n;
	int rc;

	if (n > LIFE_OBJS_MAX - h->n)
		n = LIFE_OBJS_MAX - h->n;
	switch (rng_below(rng, 3)) {
	case 0:
		objs[0] = objpool_pop(pool);
		n = objs[0] != NULL;
		break;
	case 1:
		rc = objpool_pop_bulk(pool, objs, n);
		if (rc == -ESHUTDOWN)
			COUNTS(&h->life->census->shut, 1);
		n = rc == 0 ? n : 0;
		break;
	default:
		n = objpool_pop_burst(pool, objs, n);
	}
	took(h, who, n);
	if (h->life->has_holders && rng_below(rng, 64) == 0)
		reclaim(h->life);
	return n;
}

/* Open the hand: from here on the objects are nobody's. Returns where they are. */
static void **
let_go(struct hand *h, unsigned int n)
{
	void **objs = h->objs + (h->n -= n);

	for (unsigned int i = 0; i < n; i++) {
		struct object *o = objs[i];

		o->last = 0;
		atomic_store_explicit(&o->holder, 0, memory_order_relaxed);
	}
	atomic_fetch_sub_explicit(&h->life->nr_out, n, memory_order_relaxed);
	return objs;
}

void
hand_give(struct hand *h, unsigned int n, bool park, struct rng *rng)
{
	struct census *census = h->life->census;
	struct objpool *pool = &h->life->pool;
	void **objs = let_go(h, n);
	unsigned int way = rng_below(rng, 8);
	int rc;

	if (way == 0)
		rc = objpool_drop_bulk(objs, n, pool) == -EINVAL ? -EINVAL : 0;
	else if (way < 3 && park)
		rc = objpool_push_rcu_bulk(objs, n, pool);
	else if (n == 1)
		rc = park && way < 5 ? objpool_push_rcu(objs[0], pool) :
				       objpool_push(objs[0], pool);
	else
		rc = objpool_push_bulk(objs, n, pool);
	if (rc != 0)
		COUNTS(&census->refused, 1);
}

void
hand_drop(struct hand *h)
{
	struct objpool *pool = &h->life->pool;
	unsigned int n = h->n;

	objpool_drop_bulk(let_go(h, n), n, pool);
}

void
life_finish(struct life *life)
{
	struct census *census = life->census;
	int rc = objpool_fini(&life->pool);

	if (rc == -EALREADY)
		COUNTS(&census->already, 1);
	else if (rc != 0)
		COUNTS(&census->refused, 1);
}

bool
census_check(const struct census *census, const char *what)
{
	bool ok = census->created > 0 && census->created == census->released &&
		census->early == 0 && census->doubles == 0 &&
		census->refused == 0 && grave_nr_live() == 0;

	grave_check();
	printf("%s: %s: %" PRIu64 " pools made, %" PRIu64 " released, %" PRIu64
	       " early, %u areas left; %" PRIu64 " doubles, %" PRIu64
	       " refusals; %" PRIu64 " second finis, %" PRIu64
	       " pops of finished pools, %" PRIu64
	       " after the last push; %" PRIu64 " reclaims\n",
		what, ok ? "ok" : "FAILED", census->created, census->released,
		census->early, grave_nr_live(), census->doubles,
		census->refused, census->already, census->shut, census->again,
		census->reclaims);
	return ok;
}
