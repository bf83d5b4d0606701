/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests in which members have different parts. */

#include "match.h"

#include <sched.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "env.h"

#define CELLS 256

/* One thread puts, one thread gets. */
struct ring {
	alignas(128) _Atomic(unsigned int) head; /* next to get */
	alignas(128) _Atomic(unsigned int) tail; /* next to put */
	void *cell[CELLS];
};

static struct ring rings[CREW_MAX / 2];

static bool
ring_put(struct ring *r, void *obj)
{
	unsigned int tail =
		atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail - atomic_load_explicit(&r->head, memory_order_acquire) ==
		CELLS)
		return false;
	r->cell[tail % CELLS] = obj;
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return true;
}

static void *
ring_get(struct ring *r)
{
	unsigned int head =
		atomic_load_explicit(&r->head, memory_order_relaxed);
	void *obj;

	if (atomic_load_explicit(&r->tail, memory_order_acquire) == head)
		return NULL;
	obj = r->cell[head % CELLS];
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return obj;
}

/* Pops, and sends everything to its partner. */
static void
pump(struct match *m, struct hand *h, struct ring *r, uint32_t partner)
{
	while (!crew_is_over(&m->crew)) {
		if (!match_take(m, h, rng_upto(&h->rng, m->bulk)))
			sched_yield();
		while (h->n > 0) {
			void *obj = h->objs[--h->n];

			ledger_hands(&m->ledger, h->who, partner, &obj, 1);
			while (!ring_put(r, obj))
				sched_yield();
		}
	}
	while (!ring_put(r, r)) /* no object: the end */
		sched_yield();
}

/* Pushes what its partner sends. */
static void
sink(struct match *m, struct hand *h, struct ring *r)
{
	unsigned int wanted = rng_upto(&h->rng, m->bulk);
	void *obj;

	while ((obj = ring_get(r)) != r) {
		if (obj != NULL)
			h->objs[h->n++] = obj;
		else
			sched_yield();
		if (h->n >= wanted || (obj == NULL && h->n > 0)) {
			match_give(m, h, h->n);
			wanted = rng_upto(&h->rng, m->bulk);
		}
	}
	match_give_all(m, h);
}

static void
pipeline(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);
	struct ring *r = &rings[member->index / 2];

	if (member->index % 2)
		sink(m, h, r);
	else if (member->index + 1 < m->set.threads)
		pump(m, h, r, member->who + 1);
	else
		while (!crew_is_over(&m->crew)) {
			match_take(m, h, rng_upto(&h->rng, m->bulk));
			match_give_all(m, h);
		}
}

/* covers G1 G4 */
void
play_pipeline(struct match *m)
{
	for (unsigned int i = 0; i < CREW_MAX / 2; i++) {
		atomic_init(&rings[i].head, 0);
		atomic_init(&rings[i].tail, 0);
	}
	match_play(m, pipeline);
}

/* Rounds that end when the member who came last to the gate says so. */
static _Atomic(bool) last_round;
static _Atomic(unsigned int) sum;

static bool
next_round(struct match *m)
{
	if (gate_pass(&m->gate))
		atomic_store_explicit(&last_round, crew_is_over(&m->crew),
			memory_order_relaxed);
	gate_pass(&m->gate);
	return !atomic_load_explicit(&last_round, memory_order_relaxed);
}

/* In turn, one member has everything pass through its slot and then sits idle,
 * while the others take all there is, one by one. */
static void
idle_owner(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);
	unsigned int turn = 0;

	while (next_round(m)) {
		bool idle = turn++ % m->set.threads == member->index;

		if (idle) {
			while (hand_pop_burst(h, m->bulk) > 0)
				;
			hand_push_all(h, m->bulk);
			atomic_store_explicit(&sum, 0, memory_order_relaxed);
		}
		gate_pass(&m->gate);
		while (!idle && hand_pop(h))
			;
		atomic_fetch_add_explicit(&sum, h->n, memory_order_relaxed);
		gate_pass(&m->gate);
		if (atomic_load_explicit(&sum, memory_order_relaxed) !=
			m->set.objs)
			match_spurious(m, h, 1);
		hand_push_all(h, m->bulk);
	}
}

/* covers G7 */
void
play_idle_owner(struct match *m)
{
	match_play(m, idle_owner);
}

/* Two or more members, each wanting more than half of all objects at once. One
 * of them must be served. The losers get a share of the winner's objects to
 * push, so that the next round starts with objects in everybody's slots. */
static struct hand *_Atomic winner;

static void
starving(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);
	unsigned int want = m->set.objs * 4 / 5;
	unsigned int share = want / m->set.threads;
	struct hand *served;

	while (next_round(m)) {
		winner = NULL;
		gate_pass(&m->gate);
		if (hand_pop_bulk(h, want))
			winner = h;
		gate_pass(&m->gate);
		served = winner;
		if (served == h)
			for (unsigned int i = 0; i < m->set.threads; i++)
				if (i != member->index)
					hand_give(h, &m->hand[i], share);
		if (served == NULL && member->index == 0)
			m->unserved++;
		gate_pass(&m->gate);
		hand_push_all(h, rng_upto(&h->rng, m->bulk));
	}
}

/* covers G5 */
void
play_starving(struct match *m)
{
	match_play(m, starving);
}

static void
starving_stutter(struct member *member, void *arg)
{
	stutter_start(member);
	starving(member, arg);
	stutter_stop();
}

/* covers G5 */
void
play_starving_stutter(struct match *m)
{
	match_play(m, starving_stutter);
}

/* Members that die and are born again: each is a row of threads that end
 * without a word, what they held passing to the next of the row. */
struct life {
	struct match *match;
	struct hand *hand;
};

static void *
live(void *arg)
{
	struct match *m = ((struct life *)arg)->match;
	struct hand *h = ((struct life *)arg)->hand;

	for (unsigned int left = rng_below(&h->rng, 200); left > 0; left--) {
		unsigned int n = rng_upto(&h->rng, m->bulk);

		if (h->n + n > 2 * m->share || !match_take(m, h, n))
			if (h->n > 0)
				match_give(m, h, rng_upto(&h->rng, h->n));
	}
	pthread_exit(NULL);
}

static void
mortals(struct member *member, void *arg)
{
	struct match *m = arg;
	struct life life = { m, match_hand(m, member) };
	pthread_t thread;

	while (!crew_is_over(member->crew)) {
		if (pthread_create(&thread, NULL, live, &life) != 0) {
			fprintf(stderr, "no thread\n");
			abort();
		}
		pthread_join(thread, NULL);
	}
	match_give_all(m, life.hand);
}

/* covers G4 G7 */
void
play_mortals(struct match *m)
{
	match_play(m, mortals);
}
