/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* All vs all, while one after another is stopped wherever it happens to be.
 *
 * A signal handler does not return until it is told to. Meanwhile the others must
 * get on, all of their pops being served: what the stopped member holds or reserved
 * is no more than half of all, and what it left behind is within reach. How long a
 * round takes is of no importance; one that brings no progress in ten seconds never
 * will.
 */

#include "match.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "env.h"

#define ROUNDS   40
#define ROUND_MS 50
#define STUCK_MS 10000

static _Atomic(bool) parked;
static _Atomic(bool) resume;

static void
park(int signal)
{
	int error = errno;

	(void)signal;
	atomic_store_explicit(&parked, true, memory_order_release);
	while (!atomic_load_explicit(&resume, memory_order_acquire))
		nap(1);
	atomic_store_explicit(&parked, false, memory_order_release);
	errno = error;
}

static void
busy(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);

	while (!crew_is_over(member->crew)) {
		unsigned int n = rng_upto(&h->rng, m->bulk);

		if (h->n + n > m->set.objs / 2 || !match_take(m, h, n) ||
			rng_below(&h->rng, 4) == 0)
			match_give_all(m, h);
		/* TSan delivers signals in calls such as this. */
		if (HAS_TSAN && rng_below(&h->rng, 16) == 0)
			nap(0);
	}
	match_give_all(m, h);
}

static uint64_t
calls_of_others(struct match *m, unsigned int victim)
{
	uint64_t calls = 0;

	for (unsigned int i = 0; i < m->set.threads; i++)
		if (i != victim)
			calls += hand_calls(&m->hand[i]);
	return calls;
}

static void
stop_and_watch(struct match *m, unsigned int victim)
{
	unsigned int waited = 0;
	uint64_t before;

	atomic_store_explicit(&resume, false, memory_order_release);
	pthread_kill(m->crew.member[victim].thread, SIGUSR1);
	while (!atomic_load_explicit(&parked, memory_order_acquire))
		nap(1);
	before = calls_of_others(m, victim);
	do {
		nap(ROUND_MS);
		waited += ROUND_MS;
		/* Two calls each: what was under way at first does not count. */
	} while (calls_of_others(m, victim) - before <
			2 * (m->set.threads - 1) &&
		waited < STUCK_MS);
	if (waited >= STUCK_MS) {
		fprintf(stderr, "no progress while thread %u was stopped\n",
			victim);
		atomic_fetch_add_explicit(&m->stuck, 1, memory_order_relaxed);
	}
	atomic_store_explicit(&resume, true, memory_order_release);
	while (atomic_load_explicit(&parked, memory_order_acquire))
		nap(1);
}

/* covers G7 */
void
play_parked(struct match *m)
{
	struct sigaction action = { .sa_handler = park, .sa_flags = SA_RESTART };
	struct rng rng;

	if (m->set.threads < 2)
		abort();
	rng_init(&rng, env_seed(), HOLDER_MAIN);
	sigaction(SIGUSR1, &action, NULL);
	crew_start(&m->crew, m->set.threads, busy, m);
	/* All at work, none at the starting line, which waits for all. */
	for (unsigned int i = 0; i < m->set.threads; i++)
		while (hand_calls(&m->hand[i]) == 0)
			nap(1);
	for (unsigned int round = 0;
		(round < ROUNDS || !match_is_done(m)) && m->stuck == 0;
		round++) {
		nap(rng_below(&rng, 4));
		stop_and_watch(m, rng_below(&rng, m->set.threads));
	}
	crew_call_off(&m->crew);
	crew_join(&m->crew);
}
