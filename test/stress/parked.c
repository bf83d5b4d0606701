/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Members that are stopped wherever they happen to be.
 *
 * parked: a signal handler does not return until it is told to. Meanwhile the
 * others must get on, all of their pops being served: what the stopped ones
 * hold or reserved is not all there is, and what they left behind is within
 * reach. How long a round takes is of no importance; one that brings no
 * progress in ten seconds never will.
 *
 * stutter: timers interrupt every member many thousand times a second, for
 * times about as long as it takes others to revoke a block. That makes what
 * else needs a preemption between two particular instructions happen all the
 * time.
 */

#include "match.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "env.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define ROUNDS    40
#define ROUND_MS  50
#define STUCK_MS  10000
#define SIGNAL_MS 1000

static _Atomic(unsigned int) parked;
static _Atomic(unsigned int) at_work; /* members past the starting line */
static _Atomic(bool) resume;

static void
park(int signal)
{
	int error = errno;

	(void)signal;
	atomic_fetch_add_explicit(&parked, 1, memory_order_acq_rel);
	while (!atomic_load_explicit(&resume, memory_order_acquire))
		nap(1);
	atomic_fetch_sub_explicit(&parked, 1, memory_order_acq_rel);
	errno = error;
}

static void
busy(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);

	atomic_fetch_add_explicit(&at_work, 1, memory_order_release);
	while (!crew_is_over(member->crew)) {
		unsigned int n = rng_upto(&h->rng, m->bulk);

		if (h->n + n > m->most || !match_take(m, h, n) ||
			rng_below(&h->rng, 4) == 0)
			match_give_all(m, h);
		/* TSan delivers signals in calls such as this. */
		if (HAS_TSAN && rng_below(&h->rng, 16) == 0)
			nap(0);
	}
	match_give_all(m, h);
}

/* Members first to first + nr - 1, round robin, are the victims. */
static bool
is_victim(const struct match *m, unsigned int i, unsigned int first,
	unsigned int nr)
{
	return (i + m->set.threads - first) % m->set.threads < nr;
}

static uint64_t
calls_of_others(struct match *m, unsigned int first, unsigned int nr)
{
	uint64_t calls = 0;

	for (unsigned int i = 0; i < m->set.threads; i++)
		if (!is_victim(m, i, first, nr))
			calls += hand_calls(&m->hand[i]);
	return calls;
}

static void
signal_victims(struct match *m, unsigned int first, unsigned int nr)
{
	for (unsigned int i = 0; i < m->set.threads; i++)
		if (is_victim(m, i, first, nr))
			pthread_kill(m->crew.member[i].thread, SIGUSR1);
}

static void
stop_and_watch(struct match *m, unsigned int first, unsigned int nr,
	bool reclaims)
{
	unsigned int waited = 0;
	uint64_t before;

	atomic_store_explicit(&resume, false, memory_order_release);
	signal_victims(m, first, nr);
	/* TSan has been seen to forget signals. Who gets one twice parks once
	 * more, until it is told to go on. */
	for (unsigned int ms = 1;
		atomic_load_explicit(&parked, memory_order_acquire) < nr;
		ms++) {
		nap(1);
		if (ms % SIGNAL_MS == 0)
			signal_victims(m, first, nr);
	}
	before = calls_of_others(m, first, nr);
	do {
		nap(ROUND_MS);
		waited += ROUND_MS;
		/* Two calls each: what was under way does not count. */
	} while (calls_of_others(m, first, nr) - before < 2 * m->set.threads &&
		waited < STUCK_MS);
	if (waited >= STUCK_MS) {
		fprintf(stderr, "no progress while %u from %u were stopped\n",
			nr, first);
		atomic_fetch_add_explicit(&m->stuck, 1, memory_order_relaxed);
	}
	if (reclaims)
		match_reclaim(m);
	atomic_store_explicit(&resume, true, memory_order_release);
	while (atomic_load_explicit(&parked, memory_order_acquire) > 0)
		nap(1);
}

/* covers G4 G7 */
void
play_parked(struct match *m)
{
	struct sigaction action = { .sa_handler = park,
		.sa_flags = SA_RESTART };
	/* One of a few, or two thirds of many. */
	unsigned int nr = m->set.threads < 8 ? 1 : m->set.threads * 2 / 3;
	struct rng rng;

	m->most = m->set.objs / (nr + 1);
	rng_init(&rng, env_seed(), HOLDER_MAIN);
	sigaction(SIGUSR1, &action, NULL);
	atomic_store_explicit(&at_work, 0, memory_order_relaxed);
	crew_start(&m->crew, m->set.threads, busy, m);
	/* All at work, none at the starting line, which waits for all. */
	while (atomic_load_explicit(&at_work, memory_order_acquire) <
		m->set.threads)
		nap(1);
	for (unsigned int round = 0;
		(round < ROUNDS || !match_is_done(m)) && m->stuck == 0;
		round++) {
		nap(rng_below(&rng, 4));
		/* That waits a second for who is stopped. */
		stop_and_watch(m, rng_below(&rng, m->set.threads), nr,
			round % (ROUNDS / 4) == 0);
	}
	crew_call_off(&m->crew);
	crew_join(&m->crew);
}

/* The timer that makes a member stutter. */
static _Thread_local timer_t timer;
static _Thread_local struct rng dice;
static _Thread_local stutter_fn *meanwhile;

/* Interrupt this thread once, in 10 to 60 microseconds. */
static void
wind_up(void)
{
	const struct itimerspec soon = {
		.it_value.tv_nsec = 10000 + rng_below(&dice, 50000),
	};

	timer_settime(timer, 0, &soon, NULL);
}

static void
stutter(int signal)
{
	int error = errno;
	uint64_t end = env_now() + rng_below(&dice, 30000);

	(void)signal;
	if (meanwhile != NULL)
		meanwhile();
	else
		while (env_now() < end)
			if (rng_below(&dice, 4) == 0)
				sched_yield();
	wind_up();
	errno = error;
}

void
stutter_start(const struct member *member)
{
	stutter_with(member, NULL);
}

void
stutter_with(const struct member *member, stutter_fn *fn)
{
	const struct sigaction action = {
		.sa_handler = stutter,
		.sa_flags = SA_RESTART,
	};
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR2,
	};

	meanwhile = fn;
	rng_init(&dice, env_seed(), ~(uint64_t)member->who);
	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	if (sigaction(SIGUSR2, &action, NULL) != 0 ||
		timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
		perror("timer");
		abort();
	}
	wind_up();
}

void
stutter_stop(void)
{
	sigset_t signals;

	/* None comes later and finds no timer to wind up. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	timer_delete(timer);
}

static void
stuttering(struct member *member, void *arg)
{
	stutter_start(member);
	busy(member, arg);
	stutter_stop();
}

/* covers G2 G3 G4 G7 */
void
play_stutter(struct match *m)
{
	match_play(m, stuttering);
}
