/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the threads of a contest do with a block: each function is one operation
 * of lib/core with the ledger around it.
 */

#ifndef TEST_MODEL_PLAY_H
#define TEST_MODEL_PLAY_H

#include "model.h"

#define TRIES 6

/* Let others go first, for up to n accesses. */
static inline void
linger(unsigned int n)
{
	for (n = rl::rand(n + 1); n > 0; n--)
		ledger_idle();
}

/* The object given next is another than the one got last. */
static inline void
shuffle(void)
{
	struct hand *h = hand();
	void *obj = h->objs[0];

	if (h->n == 0)
		return;
	h->objs[0] = h->objs[h->n - 1];
	h->objs[h->n - 1] = obj;
}

/* Kept by machine.cpp from what it sees of W. */
extern uint64_t last_w[THREADS];
extern bool settled_itself[THREADS];

/* own of the blocks of this thread, and of another. */
static inline unsigned int
own_by(int thread)
{
	return (unsigned int)thread + 1;
}

static inline unsigned int
own_mine(void)
{
	return own_by(self());
}

static inline void
keep(void *const *objs, unsigned int n)
{
	struct hand *h = hand();

	ledger_got(objs, n);
	memcpy(h->objs + h->n, objs, n * sizeof(*objs));
	h->n += n;
}

/* Take back what could not be given. */
static inline void
keep_back(unsigned int n)
{
	struct hand *h = hand();

	ledger_got(h->objs + h->n, n);
	h->n += n;
}

/* The last n of the hand, given away. */
static inline void *const *
part_with(unsigned int n)
{
	struct hand *h = hand();

	h->n -= n;
	ledger_give(h->objs + h->n, n);
	return h->objs + h->n;
}

static inline enum objpool_outcome_
try_pop(struct objpool_block *b, unsigned int n)
{
	void *objs[CAP];
	enum objpool_outcome_ outcome;

	settled_itself[self()] = false;
	outcome = block_pop(b, objs, n, fenced());
	if (outcome == OBJPOOL_DONE_) {
		if (w_mode(last_w[self()]) == MODE_PUB &&
			!settled_itself[self()])
			saw(INCLUDED);
		keep(objs, n);
	}
	return outcome;
}

static inline enum objpool_outcome_
try_push(struct objpool_block *b, unsigned int n)
{
	enum objpool_outcome_ outcome;

	if (hand()->n < n)
		return OBJPOOL_SHORT_;
	settled_itself[self()] = false;
	outcome = block_push(b, part_with(n), n, fenced());
	if (outcome == OBJPOOL_DONE_ && w_mode(last_w[self()]) == MODE_PUB &&
		!settled_itself[self()])
		saw(INCLUDED);
	if (outcome != OBJPOOL_DONE_)
		keep_back(n);
	return outcome;
}

/* Once lost, always lost: nothing goes through until the block changes hands.
 */
static inline void
stay_lost(struct objpool_block *b)
{
	CHECK("lost again" && try_pop(b, 1) != OBJPOOL_DONE_);
	CHECK("lost again" && try_push(b, 1) != OBJPOOL_DONE_);
	CHECK("lost again" && try_pop(b, 1) != OBJPOOL_DONE_);
}

/* Owner: pop or push n. False if the block turned out to be lost. */
static inline bool
pop(struct objpool_block *b, unsigned int n)
{
	if (try_pop(b, n) != OBJPOOL_LOST_)
		return true;
	saw(LOST_POP);
	stay_lost(b);
	return false;
}

static inline bool
push(struct objpool_block *b, unsigned int n)
{
	if (try_push(b, n) != OBJPOOL_LOST_)
		return true;
	saw(LOST_PUSH);
	stay_lost(b);
	return false;
}

/* Owner: let go. */
static inline void
leave(struct objpool_block *b)
{
	block_release(b);
}

/* The same, if it is this thread's and was revoked. */
static inline void
leave_if_revoked(struct objpool_block *b)
{
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);

	if (w_mode(w) != MODE_PRIV && w_own(w) == own_mine())
		block_release(b);
}

/* Owner: make it private again if it was revoked. */
static inline void
recover(struct objpool_block *b)
{
	if (!objpool_is_private_(b))
		while (!block_rebias(b, own_mine()))
			rl::yield(1, $);
}

/* Anybody: adopt it, if it holds at least min; with patience. */
static inline bool
adopt(struct objpool_block *b, unsigned int min)
{
	for (unsigned int i = 0; i < TRIES; i++) {
		if (block_adopt(b, own_mine(), min, CAP)) {
			saw(WON);
			return true;
		}
		saw(WON_NOT);
		linger(4);
	}
	return false;
}

static inline bool
bind(struct objpool_block *b)
{
	for (unsigned int i = 0; i < TRIES; i++) {
		if (block_bind(b, own_mine())) {
			saw(WON);
			return true;
		}
		saw(WON_NOT);
		linger(4);
	}
	return false;
}

static inline void
put(struct objpool_block *b, unsigned int n)
{
	unsigned int m;

	n = n < hand()->n ? n : hand()->n;
	if (n == 0)
		return;
	m = block_put(b, part_with(n), n);
	/* The first m went; the others are still in their places. */
	for (unsigned int i = m; i < n; i++) {
		struct hand *h = hand();

		h->objs[h->n] = h->objs[h->n + m];
		keep_back(1);
	}
}

static inline unsigned int
take(struct objpool_block *b, unsigned int n)
{
	void *objs[CAP];
	unsigned int left, m = block_take(b, objs, n, &left);

	keep(objs, m);
	return m;
}

/* Thief: revoke it, if it is private and seems to hold something. */
static inline void
revoke(struct objpool_block *b)
{
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	uint64_t word;

	if (block_mark(b, w, &word) == 0)
		return;
	HEAVY_FENCE(flavour == FREE);
	block_settle(b, word);
}

static inline void
steal(struct objpool_block *b, unsigned int n)
{
	revoke(b);
	take(b, n);
}

/* Set up: where a block's entries are. */
static inline void
lay_out(struct objpool_block *b, cell<uintptr_t> *entries)
{
	b->entries = (intptr_t)entries - (intptr_t)b;
	b->base = 0;
	b->shift = 0;
	b->cap = CAP;
}

/* Set up: a block in a given state, with objects from `obj` on. */
static inline void
arrange(struct objpool_block *b, enum mode mode, unsigned int own,
	unsigned int obj, unsigned int len, uint64_t gen)
{
	void *objs[CAP];

	for (unsigned int i = 0; i < len; i++)
		objs[i] = (void *)(uintptr_t)(obj + i + 1);
	objpool_entries_write_(b, 0, objs, len);
	atomic_init(&b->w, w_make(mode, own, len, 0, gen));
	atomic_init(&b->t,
		t_make(len, 0, mode == MODE_PRIV ? gen : gen + 5, 0));
}

/* Check: what the block holds, be it in limbo, is in the pool. */
static inline void
count_block(struct objpool_block *b)
{
	uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire);
	uint64_t t = atomic_load_explicit(&b->t, memory_order_acquire);
	unsigned int len = words_len(w, t) + word_parked(w);
	void *objs[CAP];

	CHECK("a length" && len <= CAP);
	objpool_entries_read_(b, 0, objs, len);
	for (unsigned int i = 0; i < len; i++)
		ledger_found(objs[i]);
}

#endif /* TEST_MODEL_PLAY_H */
