/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Members wait at a barrier that sleeps before they start, so that thread
 * creation is over when the first of them plays, and at gates that spin after
 * that. Whatever fails here is no fault of the pool: the program ends.
 */

#include "crew.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Turns before a waiting thread yields: more threads than CPUs are usual. */
#define PATIENCE 2000

static void
must(int rc, const char *what)
{
	if (rc == 0)
		return;
	fprintf(stderr, "crew: %s: %s\n", what, strerror(rc));
	abort();
}

/* Bind the thread to the index-th of the CPUs it may use, round robin. */
static void
pin(unsigned int index)
{
	cpu_set_t may, one;
	unsigned int nr;

	if (sched_getaffinity(0, sizeof(may), &may) != 0)
		return;
	nr = (unsigned int)CPU_COUNT(&may);
	index %= nr;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &may) || index-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static void *
enter(void *arg)
{
	struct member *m = arg;
	struct crew *c = m->crew;

	if (c->pinned)
		pin(m->index);
	pthread_barrier_wait(&c->start);
	c->play(m, c->arg);
	return NULL;
}

void
crew_start(struct crew *c, unsigned int nr, crew_fn *play, void *arg)
{
	if (nr > CREW_MAX)
		abort();
	c->nr = nr;
	c->play = play;
	c->arg = arg;
	atomic_init(&c->over, false);
	must(pthread_barrier_init(&c->start, NULL, nr), "barrier");
	for (unsigned int i = 0; i < nr; i++) {
		c->member[i].crew = c;
		c->member[i].index = i;
		c->member[i].who = i + 1;
		must(pthread_create(&c->member[i].thread, NULL, enter,
			     &c->member[i]),
			"thread");
	}
}

void
crew_call_off(struct crew *c)
{
	atomic_store_explicit(&c->over, true, memory_order_relaxed);
}

void
crew_join(struct crew *c)
{
	for (unsigned int i = 0; i < c->nr; i++)
		must(pthread_join(c->member[i].thread, NULL), "join");
	pthread_barrier_destroy(&c->start);
}

void
crew_run(unsigned int nr, crew_fn *play, void *arg)
{
	struct crew *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	crew_start(c, nr, play, arg);
	crew_join(c);
	free(c);
}

void
crew_alone(crew_fn *play, void *arg)
{
	crew_run(1, play, arg);
}

void
gate_init(struct gate *g, unsigned int nr)
{
	g->nr = nr;
	atomic_init(&g->waiting, 0);
	atomic_init(&g->round, 0);
}

bool
gate_pass(struct gate *g)
{
	unsigned int round =
		atomic_load_explicit(&g->round, memory_order_acquire);
	unsigned int turns = 0;

	if (atomic_fetch_add_explicit(&g->waiting, 1, memory_order_acq_rel) ==
		g->nr - 1) {
		atomic_store_explicit(&g->waiting, 0, memory_order_relaxed);
		atomic_store_explicit(&g->round, round + 1,
			memory_order_release);
		return true;
	}
	while (atomic_load_explicit(&g->round, memory_order_acquire) == round)
		if (++turns > PATIENCE)
			sched_yield();
	return false;
}

void
nap(unsigned int ms)
{
	const struct timespec time = {
		.tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000) * 1000000,
	};

	nanosleep(&time, NULL);
}
