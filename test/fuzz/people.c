/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See fuzz.h. Threads live from input to input; that a pool meets threads that
 * have met others is as it is in programs. The first person is the caller.
 */

#include "fuzz.h"

#include <pthread.h>
#include <semaphore.h>

struct person {
	bool exists;
	pthread_t thread;
	sem_t go, done;
	void (*what)(void *arg); /* NULL: end */
	void *arg;
};

static struct person people[NR_PEOPLE];

static void *
live(void *arg)
{
	struct person *p = arg;

	for (;;) {
		while (sem_wait(&p->go) != 0)
			;
		if (p->what == NULL)
			return NULL;
		p->what(p->arg);
		sem_post(&p->done);
	}
}

static void
be_born(struct person *p)
{
	sem_init(&p->go, 0, 0);
	sem_init(&p->done, 0, 0);
	CHECK(pthread_create(&p->thread, NULL, live, p) == 0);
	p->exists = true;
}

void
people_do(unsigned int who, void (*what)(void *arg), void *arg)
{
	struct person *p = &people[who];

	if (who == 0) {
		what(arg);
		return;
	}
	if (!p->exists)
		be_born(p);
	p->what = what;
	p->arg = arg;
	sem_post(&p->go);
	while (sem_wait(&p->done) != 0)
		;
}

void
people_renew(unsigned int who)
{
	struct person *p = &people[who];

	if (who == 0 || !p->exists)
		return;
	p->what = NULL;
	sem_post(&p->go);
	pthread_join(p->thread, NULL);
	sem_destroy(&p->go);
	sem_destroy(&p->done);
	p->exists = false;
}
