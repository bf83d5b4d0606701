/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The peers: threads that live as long as the program and do one thing after
 * another for the main thread, which waits.
 *
 * In a round two of them play at the same time while the victim is stopped or
 * dead. Each gives back what it has, and then pops and pushes within its half of
 * what must be within reach: all but what the victim, and the partner if that is
 * stopped too, hold or were moving. So each pop must be served (G4, G7). That
 * both come to the end of the round is the progress that is looked for: how
 * long it takes is of no importance, but what takes STUCK_MS never ends.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <objpool/embed.h>

#include "env.h"
#include "owner.h"
#include "stage.h"

#define ROUND_CALLS 10u

static struct {
	struct stage *st;
	pthread_t thread;
	sem_t start, done, resume;
	peer_fn *fn;
	unsigned int n;
	bool is_stopped; /* the partner */
} peers[PEERS];

static struct gate rendezvous;

bool
await(sem_t *sem, unsigned int ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (sem_timedwait(sem, &until) != 0)
		if (errno == ETIMEDOUT)
			return false;
	return true;
}

static void *
be_peer(void *arg)
{
	unsigned int i = (unsigned int)(uintptr_t)arg;

	for (;;) {
		while (sem_wait(&peers[i].start) != 0)
			;
		peers[i].fn(peers[i].st, i, peers[i].n);
		step_hook = NULL;
		sem_post(&peers[i].done);
	}
	return NULL;
}

void
peers_start(struct stage *st)
{
	gate_init(&rendezvous, 2);
	for (uintptr_t i = 0; i < PEERS; i++) {
		peers[i].st = st;
		sem_init(&peers[i].start, 0, 0);
		sem_init(&peers[i].done, 0, 0);
		sem_init(&peers[i].resume, 0, 0);
		if (pthread_create(&peers[i].thread, NULL, be_peer,
			    (void *)i) != 0)
			abort();
	}
}

void
peer_begin(struct stage *st, unsigned int i, peer_fn *fn, unsigned int n)
{
	(void)st;
	peers[i].fn = fn;
	peers[i].n = n;
	sem_post(&peers[i].start);
}

bool
peer_end(struct stage *st, unsigned int i)
{
	return await(&peers[i].done, st->stuck_ms);
}

void
peer_do(struct stage *st, unsigned int i, peer_fn *fn, unsigned int n)
{
	peer_begin(st, i, fn, n);
	if (!peer_end(st, i)) {
		stage_wrong(st, "peer that does not come to an end", i, -1);
		exit(EXIT_FAILURE);
	}
}

static void
meet_now(struct stage *st, unsigned int i, unsigned int n)
{
	call_meet(st, &st->peer[i], n, stage_keys[i + 1]);
}

void
peer_meet(struct stage *st, unsigned int i)
{
	peer_do(st, i, meet_now, 0);
}

static bool
hand_pops(struct stage *st, struct hand *h, unsigned int n)
{
	(void)st;
	return hand_pop_bulk(h, n);
}

/* Not in vain: served, or refused while there was something in limbo, which is
 * not free (G4). That is free when its period was asked for three times, by
 * whomever. */
static bool
is_served(struct stage *st, struct hand *h, unsigned int n,
	bool (*pop)(struct stage *st, struct hand *h, unsigned int n))
{
	for (unsigned int asked = 0; asked < 16; asked++) {
		bool all_free = objpool_nr_parked(st->pool) == 0;

		if (pop(st, h, n))
			return true;
		if (all_free)
			return false;
	}
	return true;
}

static void
pop_now(struct stage *st, unsigned int i, unsigned int n)
{
	meet_now(st, i, 0);
	if (!is_served(st, &st->peer[i], n, hand_pops))
		st->spurious++;
}

void
peer_pop(struct stage *st, unsigned int i, unsigned int n)
{
	peer_do(st, i, pop_now, n);
}

static void
push_now(struct stage *st, unsigned int i, unsigned int n)
{
	while (n-- > 0 && st->peer[i].n > 0)
		hand_push(&st->peer[i]);
}

void
peer_push(struct stage *st, unsigned int i, unsigned int n)
{
	peer_do(st, i, push_now, n);
}

static void
push_rcu_now(struct stage *st, unsigned int i, unsigned int n)
{
	call_push_rcu(st, &st->peer[i], n);
}

void
peer_push_rcu(struct stage *st, unsigned int i, unsigned int n)
{
	peer_do(st, i, push_rcu_now, n);
}

static void
detach_now(struct stage *st, unsigned int i, unsigned int n)
{
	(void)i;
	(void)n;
	objpool_detach(st->pool);
}

void
peer_detach(struct stage *st, unsigned int i)
{
	peer_do(st, i, detach_now, 0);
}

/* What waits for a grace period comes after some tries. */
static void
drain_now(struct stage *st, unsigned int i, unsigned int n)
{
	struct hand *h = &st->peer[i];

	(void)n;
	meet_now(st, i, 0);
	for (unsigned int vain = 0; vain < 8 && h->n <= NR;)
		vain = hand_pop_burst(h, 3) == 0 ? vain + 1 : 0;
}

void
peer_drain(struct stage *st, unsigned int i)
{
	peer_do(st, i, drain_now, 0);
}

/* The partner's hook: it has asked for a block and not agreed on it yet. */
static void
on_mark(struct step_site *site)
{
	if (strcmp(site->func, "block_mark") != 0 ||
		strcmp(site->what, "compare-and-swap") != 0)
		return;
	step_hook = NULL;
	peers[PARTNER].is_stopped = true;
	sem_post(&peers[PARTNER].done);
	while (sem_wait(&peers[PARTNER].resume) != 0)
		;
}

static void
pop_half_now(struct stage *st, unsigned int i, unsigned int n)
{
	step_hook = on_mark;
	hand_pop_bulk(&st->peer[i], n);
	step_hook = NULL;
}

void
partner_pop_half(struct stage *st, unsigned int n)
{
	st->partner_moving = n;
	peer_do(st, PARTNER, pop_half_now, n);
	if (!peers[PARTNER].is_stopped)
		st->partner_moving = 0;
}

static void
finish_now(struct stage *st, unsigned int i, unsigned int n)
{
	(void)n;
	if (objpool_fini(st->pool) != 0)
		stage_wrong(st, "fini", 1, 0);
	while (sem_wait(&peers[i].resume) != 0)
		;
}

/* Nobody waits for a mark that was made after the pool was finished. */
void
partner_finishes(struct stage *st)
{
	bool drained;

	peers[PARTNER].is_stopped = true;
	peer_begin(st, PARTNER, finish_now, 0);
	while (!owner_sees_end(st->pool))
		nap(0);
	for (;;) {
		drained = objpool_outstanding(st->pool) >= 0;
		if (drained || owner_sees_mark(st->pool))
			break;
		nap(0);
	}
	st->is_drained = drained;
}

bool
partner_is_stopped(void)
{
	return peers[PARTNER].is_stopped;
}

void
partner_release(struct stage *st)
{
	if (!peers[PARTNER].is_stopped)
		return;
	peers[PARTNER].is_stopped = false;
	sem_post(&peers[PARTNER].resume);
	if (!peer_end(st, PARTNER))
		stage_wrong(st, "partner does not come to an end", 0, 1);
	st->partner_moving = 0;
}

/* --- rounds --- */

static void
push_all_now(struct stage *st, unsigned int i, unsigned int n)
{
	(void)n;
	meet_now(st, i, 0);
	call_push_all(st, &st->peer[i], 3);
}

/* Each within its half. */
static void
calls_now(struct stage *st, unsigned int i, unsigned int budget)
{
	struct hand *h = &st->peer[i];

	for (unsigned int k = 0; k < ROUND_CALLS; k++) {
		unsigned int n = rng_upto(&h->rng, 4);

		if (h->n + n > budget)
			call_push_all(st, h, n);
		else if (is_served(st, h, n, call_pop))
			st->calls++;
		else if (!atomic_load(&st->give_up))
			st->spurious++;
	}
	call_push_all(st, h, 2);
	st->calls++;
}

static void
round_now(struct stage *st, unsigned int i, unsigned int budget)
{
	push_all_now(st, i, 0);
	/* From now on neither has more than its half. */
	gate_pass(&rendezvous);
	calls_now(st, i, budget);
}

/* Of a pool that is closed or finished, or about to be. Who holds an object may
 * call; the last one is given back at the end. */
static void
last_round_now(struct stage *st, unsigned int i, unsigned int n)
{
	struct hand *h = &st->peer[i];

	(void)n;
	for (unsigned int k = 0; k < ROUND_CALLS && h->n > 0; k++) {
		hand_pop(h);
		if (h->n > 1)
			hand_push(h);
		st->calls++;
	}
	call_push_all(st, h, 2);
	st->calls++;
}

/* While the victim toils. */
static void
toil_now(struct stage *st, unsigned int i, unsigned int budget)
{
	meet_now(st, i, 0);
	while (!atomic_load(&st->toil_over))
		calls_now(st, i, budget);
}

/* Two at once; false if they did not come to the end. */
static bool
both(struct stage *st, peer_fn *fn, unsigned int n)
{
	bool done;

	peer_begin(st, 0, fn, n);
	peer_begin(st, 1, fn, n);
	done = peer_end(st, 0);
	return peer_end(st, 1) && done;
}

bool
peers_round(struct stage *st)
{
	unsigned int out = st->moving + st->partner_moving;
	unsigned int calls = st->calls, budget;
	bool last = st->scene != NULL &&
		(st->scene->flags & (SCENE_CLOSES | SCENE_FINISHES));

	if (!last && !partner_is_stopped())
		peer_do(st, PARTNER, push_all_now, 0);
	for (uint32_t who = WHO_VICTIM; who < WHO_END; who++)
		if (who != WHO_PEER && who != WHO_PEER + 1)
			out += stage_count(st, who);
	out += stage_count(st, HOLDER_DROPPED);
	budget = out < NR ? (NR - out) / 2 : 0;
	if (!both(st, last ? last_round_now : round_now, budget)) {
		/* Only the control comes here to go on. */
		atomic_store(&st->give_up, true);
		return false;
	}
	/* Four each were popped in one call or more, if there were as many. */
	if (st->calls - calls < (budget >= 4 && !last ? 4 : 2))
		return stage_wrong(st, "calls of peers", st->calls - calls, 4);
	return true;
}

void
peers_wait(struct stage *st)
{
	peer_end(st, 0);
	peer_end(st, 1);
}

void
peers_toil(struct stage *st, unsigned int budget)
{
	peer_begin(st, 0, toil_now, budget);
	peer_begin(st, 1, toil_now, budget);
}

void
peer_take_stock(struct stage *st)
{
	peer_do(st, 0, drain_now, 0);
}

void
peer_give_stock(struct stage *st)
{
	peer_do(st, 0, push_all_now, 0);
}
