/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Rulers and readers of the town.
 *
 * A ruler has places of his own, in which he puts pools one after another; what was
 * there before he finishes. One ruler goes on at once, in one of four ways; the
 * other waits, with objpool_fini_sync() or objpool_fini_wait().
 *
 * A reader has a few hands, each of which holds objects of one pool. In a section
 * it fills empty ones and empties full ones, in part or at all. Some it keeps until
 * the pool was drained, so that the last reference is often a reader's.
 */

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "env.h"
#include "town.h"

#define WAIT_MS 30000u

struct person {
	struct town *town;
	uint32_t who;
	struct reader reader;
	struct rng rng;
	struct hand hand[NR_HANDS];
};

/* Is this the moment for something that happens once in n times? */
static bool
chance(struct person *p, unsigned int n)
{
	return rng_below(&p->rng, n) == 0;
}

/* Let others run: between finding a pool and using it, and after the last push. */
static void
linger(struct person *p)
{
	unsigned int n = p->town->control == CONTROL_NONE ? 64 : 2;

	if (chance(p, n))
		sched_yield();
	if (chance(p, n * 32))
		usleep(200);
}

static void
give(struct person *p, struct hand *h)
{
	struct life *life = h->life;
	unsigned int n = rng_upto(&p->rng, h->n);

	hand_give(h, n, p->town->control == CONTROL_NONE, &p->rng);
	if (h->n > 0)
		return;
	/* Perhaps that was its last reference. The pool is still there, for
	 * this section is. */
	linger(p);
	if (chance(p, 2)) {
		h->life = life;
		hand_take(h, p->who, 2, &p->rng);
		atomic_fetch_add_explicit(&p->town->census.again, 1,
			memory_order_relaxed);
	}
}

static void
visit(struct person *p, struct hand *h)
{
	struct town *town = p->town;
	struct life *life = atomic_load_explicit(&town->place[rng_below(&p->rng,
							 NR_PLACES)],
		memory_order_acquire);

	if (life == NULL)
		return;
	linger(p);
	h->life = life;
	h->is_keepsake = chance(p, 4);
	hand_take(h, p->who, rng_upto(&p->rng, 16), &p->rng);
	if (atomic_load_explicit(&life->withdrawn, memory_order_acquire) &&
		chance(p, 2))
		life_finish(life);
}

/* Some objects are kept until their pool has no others but those that are out. They
 * keep the pool, so it can be asked. */
static bool
is_kept(struct person *p, const struct hand *h)
{
	int64_t out;

	if (!h->is_keepsake)
		return false;
	out = objpool_outstanding(&h->life->pool);
	if (out >= 0 && out < (int64_t)h->n)
		atomic_fetch_add_explicit(&p->town->census.early, 1,
			memory_order_relaxed);
	return out < 0;
}

/* True if anything was done. */
static bool
section(struct person *p)
{
	unsigned int calls = 0;

	section_begin(&p->reader);
	for (unsigned int i = 0; i < 4; i++) {
		struct hand *h = &p->hand[rng_below(&p->rng, NR_HANDS)];

		if (h->n > 0 && is_kept(p, h))
			continue;
		if (h->n == 0)
			visit(p, h);
		else
			give(p, h);
		calls++;
	}
	section_end(&p->reader);
	atomic_fetch_add_explicit(&p->town->calls, calls, memory_order_relaxed);
	return calls > 0;
}

static void
give_all(struct person *p)
{
	section_begin(&p->reader);
	for (unsigned int i = 0; i < NR_HANDS; i++)
		while (p->hand[i].n > 0)
			hand_give(&p->hand[i], p->hand[i].n, false, &p->rng);
	section_end(&p->reader);
}

static void
live(struct person *p)
{
	while (!crew_is_over(&p->town->crew)) {
		struct hand *h = &p->hand[rng_below(&p->rng, NR_HANDS)];

		bool busy = section(p);

		/* A drop needs no section. */
		if (h->n > 0 && chance(p, 16) && !is_kept(p, h))
			hand_drop(h);
		if (busy && !chance(p, 50))
			continue;
		reader_rest(&p->reader);
		usleep(busy ? 20 : 100);
		reader_wake(&p->reader);
	}
	give_all(p);
}

/* Set while this thread is in objpool_fini(): the first grace period's defer. */
static _Thread_local bool is_finishing;

static void
finish(struct life *life)
{
	is_finishing = true;
	life_finish(life);
	is_finishing = false;
}

bool
town_is_finishing(void)
{
	return is_finishing;
}

struct errand {
	struct objpool_deferred deferred;
	struct life *life;
};

static void
run_errand(struct objpool_deferred *deferred)
{
	struct errand *errand = (struct errand *)deferred;

	life_finish(errand->life);
	free(errand);
}

static void
finish_deferred(struct town *town, struct life *life)
{
	struct errand *errand = malloc(sizeof(*errand));

	if (errand == NULL)
		abort();
	errand->life = life;
	objpool_gp_defer(town->gp, &errand->deferred, run_errand);
}

/* Take a pool out and finish it in a read section, while others do too. */
static void
finish_in_section(struct person *p, struct life *life)
{
	reader_wake(&p->reader);
	section_begin(&p->reader);
	atomic_store_explicit(&life->withdrawn, true, memory_order_release);
	linger(p);
	finish(life);
	finish(life); /* refused; the pool is still there */
	section_end(&p->reader);
	reader_rest(&p->reader);
}

static void
finish_soon(struct person *p, struct life *life)
{
	struct town *town = p->town;

	switch (rng_below(&p->rng, town->control == CONTROL_NONE ? 4 : 2)) {
	case 0:
		finish(life);
		break;
	case 1:
		finish_in_section(p, life);
		break;
	case 2:
		finish_deferred(town, life);
		break;
	default:
		/* By the release of the next one that comes along here. */
		if (town->pending == NULL) {
			town->pending = life;
			return;
		}
		life->heir = town->pending;
		town->pending = NULL;
		finish(life);
	}
}

static void
finish_and_wait(struct person *p, struct life *life)
{
	bool wait = chance(p, 2);
	int rc = wait ? objpool_fini_wait(&life->pool, WAIT_MS) :
			objpool_fini_sync(&life->pool);

	if (rc == 0 || (rc == -EAGAIN && !wait))
		return;
	fprintf(stderr, "fini_%s: %d\n", wait ? "wait" : "sync", rc);
	atomic_store(&p->town->late, true);
}

static uint64_t
nr_living(const struct town *town)
{
	return town->census.created -
		atomic_load_explicit(&town->census.released,
			memory_order_relaxed);
}

static struct life *
swap(struct person *p, unsigned int place, struct life *next)
{
	return atomic_exchange_explicit(&p->town->place[place], next,
		memory_order_acq_rel);
}

/* Each ruler has places of his own: one goes on at once, the other waits. */
static void
rule(struct person *p, bool waits)
{
	struct town *town = p->town;
	struct life *old;

	reader_rest(&p->reader);
	while (!crew_is_over(&town->crew)) {
		unsigned int place = waits ? NR_PLACES - 1 :
					     rng_below(&p->rng, NR_PLACES - 1);

		if (nr_living(town) > LIVES_MAX) {
			usleep(100);
			continue;
		}
		old = swap(p, place,
			life_begin(&town->census, town->gp, 0, &p->rng));
		linger(p);
		if (old == NULL)
			continue;
		if (waits)
			finish_and_wait(p, old);
		else
			finish_soon(p, old);
	}
	reader_wake(&p->reader);
}

void
town_play(struct member *m, void *arg)
{
	struct person *p = calloc(1, sizeof(*p));
	struct town *town = arg;
	/* A control's domain knows no readers. */
	struct objpool_gp *named =
		town->control != CONTROL_NONE ? NULL : town->gp;
	char name[16];

	if (p == NULL)
		abort();
	p->town = town;
	p->who = m->who;
	p->reader.id = m->index;
	rng_init(&p->rng, env_seed(), m->who);
	snprintf(name, sizeof(name), "person-%u", m->who);
	reader_join(&p->reader, named, name);
	/* The impatient one comes first; a control has no other. */
	if (m->index < m->crew->nr - NR_READERS)
		rule(p, m->index > 0);
	else
		live(p);
	reader_leave(&p->reader, named);
	free(p);
}

void
town_clear(struct town *town)
{
	struct life *life;

	for (unsigned int i = 0; i < NR_PLACES; i++)
		if ((life = atomic_load(&town->place[i])) != NULL)
			finish(life);
	if (town->pending != NULL)
		finish(town->pending);
}
