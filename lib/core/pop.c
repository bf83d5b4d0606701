/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pop when the current block does not serve.
 *
 * Objects are gathered from nearer to farther: the slot's own blocks; blocks
 * adopted from the depot, whole, so that what is beyond the demand stays
 * private and revocable instead of hidden in this thread's hands; public blocks,
 * others' too; private blocks, which are revoked. All of that by hints, those of
 * near NUMA nodes first, so that it does not matter how many slots there are. At
 * last, before it fails, whatever the heads of all blocks say, for hints may lag
 * and batches in limbo may be ready.
 *
 * If that does not suffice, all that was gathered is given back *before* the
 * decision to fail is made (edge E12 in scan.c). A thread decides with nothing
 * in its hands, so of several that starve together the last to decide sees all
 * that the others gave back, and fails only if it could not be served. Where
 * nothing was found at all, the look at the heads was the first of the two
 * readings that the decision needs.
 */

#include "slot.h"
#include "depot.h"
#include "holder.h"
#include "limbo.h"
#include "reach.h"
#include "scan.h"

/* Words remembered for one heavy fence (edge E3). */
#define BATCH 16
/* Blocks of others visited in vain until the hint of one is put right. */
#define VAIN  4

struct hunt {
	struct arena *a;
	struct slot *s;          /* NULL: without one, or nested */
	const struct slot *host; /* s, or what a nested call interrupted */
	bool cannot_know;        /* there is what this process cannot revoke */
	void **objs;
	unsigned int need;     /* objects still wanted */
	unsigned int expected; /* in the blocks marked so far */
	unsigned int nr_marked;
	struct objpool_block *marked[BATCH];
	uint64_t word[BATCH];
	unsigned int reach;  /* of the fence that these need */
	unsigned int works;  /* reaches that were asked for and are possible */
	bool in_vain;        /* nothing was taken, nor revoked */
	struct totals heads; /* that were read then */
};

/* Take what is wanted from a public block. The hint of one that is somebody's
 * stays when it is empty: the owner may be putting objects there all the time,
 * as fast as they are taken. */
static void
hunt_take(struct hunt *h, struct objpool_block *b)
{
	unsigned int own =
		w_own(atomic_load_explicit(&b->w, memory_order_relaxed));
	unsigned int left = 1;
	unsigned int n = block_take(b, h->objs, h->need, &left);

	h->objs += n;
	h->need -= n;
	h->in_vain &= n == 0;
	if (left == 0 && own == OWN_NONE)
		depot_post(h->a, b);
	if (n > 0 && own != OWN_NONE && own != own_of(h->host))
		COUNT(h->a, h->s, steals, n);
}

/* Or not, when its owner sleeps: each empty one is forgotten after a while. */
static void
hunt_in_vain(struct hunt *h, struct objpool_block *b)
{
	uint32_t vain = 0;

	if (h->s != NULL) {
		vain = atomic_load_explicit(&h->s->vain, memory_order_relaxed);
		atomic_store_explicit(&h->s->vain, vain + 1,
			memory_order_relaxed);
	}
	if (vain % VAIN == 0 ||
		w_own(atomic_load_explicit(&b->w, memory_order_relaxed)) ==
			OWN_NONE)
		depot_post(h->a, b);
}

/* Make public what was marked, and take from it. */
static void
hunt_settle(struct hunt *h)
{
	if (h->nr_marked == 0)
		return;
	HEAVY_FENCE(h->reach); /* E2: one for all that were marked */
	COUNT(h->a, h->s, heavy, 1);
	COUNT(h->a, h->s, revocations, h->nr_marked);
	for (unsigned int i = 0; i < h->nr_marked; i++) {
		block_settle(h->marked[i], h->word[i]);
		depot_post(h->a, h->marked[i]);
		hunt_take(h, h->marked[i]);
	}
	h->nr_marked = 0;
	h->expected = 0;
	h->reach = REACH_NONE;
}

/* Can this process revoke a block with this W? Whether a reach is possible is
 * asked once, and when it matters only: it takes system calls. */
static bool
may_mark(struct hunt *h, uint64_t w, unsigned int *reach)
{
	*reach = reach_of(h->a, slot_at(h->a, w_own(w) - 1)); /* E18 */
	if ((*reach & ~h->works) != 0) {
		if (!fence_works(*reach)) {
			h->cannot_know = true;
			return false;
		}
		h->works |= *reach;
	}
	return true;
}

/* Take from the block, or mark it. */
static void
hunt_block(struct hunt *h, struct objpool_block *b)
{
	unsigned int len, reach;
	uint64_t w;

	if (unlikely(word_parked(atomic_load_explicit(&b->w,
			     memory_order_relaxed)) > 0))
		limbo_visit(h->a, b);
	hunt_take(h, b);
	/* E18: before it is asked whom to reach. */
	w = atomic_load_explicit(&b->w, memory_order_acquire);
	if (h->need == 0 || !block_is_hoard(b, w) || !may_mark(h, w, &reach))
		return;
	len = block_mark(b, w, &h->word[h->nr_marked]);
	if (len == 0)
		return;
	h->in_vain = false;
	h->reach |= reach;
	h->marked[h->nr_marked++] = b;
	h->expected += len;
	if (h->nr_marked == BATCH || h->expected >= h->need)
		hunt_settle(h);
}

/* Whatever the heads say, the blocks of the slot's own node first. */
static void
hunt_heads(struct hunt *h)
{
	struct round round =
		round_from(h->a, h->host != NULL ? h->host->region : 0);
	struct objpool_block *b;

	while (h->need > 0 && (b = round_next(h->a, &round)) != NULL) {
		scan_add(&h->heads, b); /* E12 */
		hunt_block(h, b);
	}
	hunt_settle(h);
}

/* Take from the slot's own blocks and from blocks adopted for it. */
static void
gather_private(struct hunt *h)
{
	while (h->need > 0) {
		struct objpool_block *b = slot_block(h->s);
		unsigned int len = t_len(
			atomic_load_explicit(&b->t, memory_order_relaxed));
		unsigned int n = len < h->need ? len : h->need;

		if (n == 0) {
			if (!slot_refill(h->a, h->s))
				return;
		} else if (block_pop(b, h->objs, n, slot_is_fenced(h->s)) ==
			OBJPOOL_DONE_) {
			h->objs += n;
			h->need -= n;
			h->in_vain = false;
		} else {
			slot_expose(h->a, h->s);
			return;
		}
	}
}

/* Take from public blocks that hints name. */
static void
gather_public(struct hunt *h, enum hint hint)
{
	struct walk walk;
	struct objpool_block *b;

	walk_start(h->a, h->host, hint, &walk);
	while (h->need > 0 && (b = walk_next(h->a, &walk)) != NULL) {
		unsigned int before = h->need;

		hunt_take(h, b);
		if (h->need == before)
			hunt_in_vain(h, b);
	}
}

/* Revoke private blocks that hints name. */
static void
gather_hoards(struct hunt *h)
{
	struct walk walk;
	struct objpool_block *b;

	walk_start(h->a, h->host, HINT_PRIVATE, &walk);
	while (h->need > 0 && (b = walk_next(h->a, &walk)) != NULL)
		hunt_block(h, b);
	hunt_settle(h);
}

/* Collect what h needs, from anywhere. */
static void
gather(struct hunt *h)
{
	struct arena *a = h->a;
	struct slot *s = h->s;

	if (s != NULL && slot_is_cooling(s))
		slot_cool_down(a, s);
	if (s != NULL && !slot_is_cooling(s)) {
		unsigned int before = h->need;

		gather_private(h);
		/* Nothing is private any more, so nobody need look here. */
		if (h->need == before)
			slot_let_go(a, s);
	}
	if (h->need == 0)
		return;
	limbo_harvest(a, s);
	gather_public(h, HINT_STOCK);
	gather_public(h, HINT_BOUND);
	gather_hoards(h);
	hunt_heads(h);
}

/* Were there fewer objects than that? Asked with empty hands. A hunt that found
 * nothing has read all heads once. */
static bool
was_short(const struct hunt *h, unsigned int n)
{
	return h->in_vain ? scan_was_short_of(h->a, &h->heads, n) :
			    scan_short_of(h->a, n);
}

/* Somebody else is gathering too. Wait a little, the longer the higher the
 * slot, so that they do not go on taking from each other. */
static void
back_off(const struct slot *s, unsigned int round)
{
	unsigned int steps = (own_of(s) % 8 + 1) << (round < 8 ? round : 8);

	while (steps-- > 0)
		cpu_relax();
}

static unsigned int
pop_anywhere(struct arena *a, struct slot *s, struct slot *host, void **objs,
	unsigned int n, bool burst)
{
	unsigned int got = 0;

	if (n > a->nr_objs && !burst) {
		COUNT(a, s, fails, 1);
		return 0;
	}
	for (unsigned int round = 0; got < n; round++) {
		struct hunt h = {
			.a = a,
			.s = s,
			.host = host,
			.objs = objs + got,
			.need = n - got,
			.in_vain = true,
		};

		gather(&h);
		got = n - h.need;
		if (got == n)
			break;
		/* A burst keeps what it has: the question is whether there
		 * was more. */
		if (got > 0 && !burst) {
			if (unlikely(a->has_holders))
				holders_renew(a, host, objs, got);
			if (s != NULL)
				slot_push_slow(a, s, objs, got);
			else
				slot_push_nested(a, host, objs, got);
			COUNT(a, s, unput, got);
			got = 0;
		}
		/* A process that may not revoke cannot know. */
		if (h.cannot_know || was_short(&h, burst ? 1 : n))
			break;
		back_off(host, round);
	}
	if (got == 0 && n > 0)
		COUNT(a, s, fails, 1);
	if (s == NULL)
		COUNT(a, s, anon, got);
	return got;
}

unsigned int
slot_pop_slow(struct arena *a, struct slot *s, void **objs, unsigned int n,
	bool burst)
{
	return pop_anywhere(a, s, s, objs, n, burst);
}

unsigned int
slot_pop_nested(struct arena *a, struct slot *host, void **objs, unsigned int n,
	bool burst)
{
	return pop_anywhere(a, NULL, host, objs, n, burst);
}
