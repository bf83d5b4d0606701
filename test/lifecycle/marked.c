/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Marked pools that are finished while others use them, without a domain.
 *
 * Nobody may touch a marked pool without a right to it. Here that is a ticket: an
 * object of the pool, which a ruler puts into each player's mailbox. With it in
 * hand a player pops and pushes other objects of the pool, until the next ticket
 * comes; then it gives all back, the ticket at last. Meanwhile the ruler finishes
 * the old pool at a moment of its own. So fini meets pops and pushes in progress,
 * of threads with a slot and without, and has to wait for them by their marks.
 *
 * At the end every pool must have been released (life.h, grave.h).
 *
 *   --control   the same with pools that are not marked, which must fail
 *
 * covers G2 G3 G11
 */

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"
#include "env.h"
#include "grave.h"
#include "life.h"

#define NR_PLAYERS 3u
#define WAIT_MS    30000u
#define TROUBLE    3

struct ticket {
	struct life *life;
	void *obj;
};

struct fair {
	struct census census;
	uint32_t flags;
	_Atomic(struct ticket *) mailbox[NR_PLAYERS];
	_Atomic(uint64_t) calls;
	_Atomic(bool) wrong;
	struct crew crew;
};

/* The objects that the ruler and the tickets hold are not counted by the life: they
 * are given back by nobody else. */
static void
give_ticket_back(struct ticket *t, struct rng *rng)
{
	if (rng_below(rng, 2))
		objpool_push(t->obj, &t->life->pool);
	else
		objpool_drop(t->obj, &t->life->pool);
	free(t);
}

static struct ticket *
take_from(_Atomic(struct ticket *) *mailbox, struct ticket *next)
{
	return atomic_exchange_explicit(mailbox, next, memory_order_acq_rel);
}

/* A few operations by the right of the ticket. */
static void
use(struct fair *fair, struct hand *h, uint32_t who, struct rng *rng)
{
	for (unsigned int i = 0; i < 16; i++) {
		if (h->n < 8 || rng_below(rng, 2))
			hand_take(h, who, rng_upto(rng, 8), rng);
		if (h->n > 0 && rng_below(rng, 4))
			hand_give(h, rng_upto(rng, h->n), false, rng);
		if (rng_below(rng, 256) == 0)
			sched_yield();
	}
	atomic_fetch_add_explicit(&fair->calls, 16, memory_order_relaxed);
}

static void
visit(struct fair *fair, struct member *m, struct rng *rng)
{
	_Atomic(struct ticket *) *mailbox = &fair->mailbox[m->index - 1];
	struct ticket *t = take_from(mailbox, NULL);
	struct hand h = { 0 };

	if (t == NULL) {
		sched_yield();
		return;
	}
	h.life = t->life;
	do
		use(fair, &h, m->who, rng);
	while (atomic_load_explicit(mailbox, memory_order_acquire) == NULL &&
		!crew_is_over(&fair->crew));
	while (h.n > 0)
		hand_give(&h, rng_upto(rng, h.n), false, rng);
	give_ticket_back(t, rng);
}

static struct ticket *
make_ticket(struct life *life)
{
	struct ticket *t = malloc(sizeof(*t));

	if (t == NULL)
		abort();
	t->life = life;
	t->obj = objpool_pop(&life->pool);
	if (t->obj == NULL)
		abort();
	return t;
}

/* A pool with a ticket for each player; the tickets before that were not fetched
 * are given back. */
static struct life *
open_next(struct fair *fair, struct rng *rng)
{
	struct life *life = life_begin(&fair->census, NULL, fair->flags, rng);
	struct ticket *t[NR_PLAYERS];

	for (unsigned int i = 0; i < NR_PLAYERS; i++)
		t[i] = make_ticket(life);
	for (unsigned int i = 0; i < NR_PLAYERS; i++) {
		t[i] = take_from(&fair->mailbox[i], t[i]);
		if (t[i] != NULL)
			give_ticket_back(t[i], rng);
	}
	return life;
}

static void
finish(struct fair *fair, struct life *life, struct rng *rng)
{
	struct objpool *pool = &life->pool;
	struct ticket *own;
	int rc = 0;

	switch (rng_below(rng, 64)) {
	case 0:
		rc = objpool_fini_wait(pool, WAIT_MS);
		break;
	case 1 ... 8:
		rc = objpool_fini_sync(pool);
		break;
	case 9 ... 16:
		objpool_close(pool);
		if (fair->flags & OBJPOOL_F_MARKED)
			rc = objpool_quiesce(pool);
		life_finish(life);
		break;
	case 17 ... 24:
		/* Twice, which needs a right of one's own. */
		own = malloc(sizeof(*own));
		own->life = life;
		own->obj = objpool_pop(pool);
		life_finish(life);
		if (own->obj == NULL) {
			free(own);
			break;
		}
		life_finish(life);
		if (objpool_outstanding(pool) < 1)
			atomic_store(&fair->wrong, true);
		give_ticket_back(own, rng);
		break;
	default:
		life_finish(life);
	}
	if (rc != 0 && rc != -EAGAIN) {
		fprintf(stderr, "an end: %d\n", rc);
		atomic_store(&fair->wrong, true);
	}
}

static void
rule(struct fair *fair, struct rng *rng)
{
	struct life *old = open_next(fair, rng), *next;

	while (!crew_is_over(&fair->crew)) {
		if (rng_below(rng, 4) == 0)
			sched_yield();
		next = open_next(fair, rng);
		for (unsigned int i = rng_below(rng, 200); i > 0; i--)
			atomic_load_explicit(&fair->calls,
				memory_order_relaxed);
		finish(fair, old, rng);
		old = next;
	}
	life_finish(old);
}

static void
play(struct member *m, void *arg)
{
	struct fair *fair = arg;
	struct rng rng;

	rng_init(&rng, env_seed(), m->who);
	if (m->index == 0)
		rule(fair, &rng);
	else
		while (!crew_is_over(&fair->crew))
			visit(fair, m, &rng);
}

static bool
everything_happened(const struct fair *fair)
{
	const struct census *census = &fair->census;

	return census->already > 0 && census->shut > 0 && census->reclaims > 0;
}

/* Where it is slow, what is rare takes longer. */
static void
let_it_happen(const struct fair *fair, double seconds)
{
	usleep((useconds_t)(seconds * 1e6));
	for (unsigned int i = 0; i < 100 && !fair->census.is_control &&
		!everything_happened(fair);
		i++)
		usleep((useconds_t)(seconds * 1e5));
}

static bool
run(uint32_t flags)
{
	struct fair *fair = calloc(1, sizeof(*fair));
	double seconds = env_seconds(2);
	struct ticket *t;
	struct rng rng;
	bool ok;

	if (fair == NULL)
		abort();
	rng_init(&rng, env_seed(), 0);
	fair->flags = flags;
	fair->census.is_control = flags == 0;
	grave_open();
	crew_start(&fair->crew, NR_PLAYERS + 1, play, fair);
	let_it_happen(fair, seconds);
	crew_call_off(&fair->crew);
	crew_join(&fair->crew);
	for (unsigned int i = 0; i < NR_PLAYERS; i++)
		if ((t = take_from(&fair->mailbox[i], NULL)) != NULL)
			give_ticket_back(t, &rng);
	ok = census_check(&fair->census, "marked") && !fair->wrong;
	if (flags & OBJPOOL_F_MARKED)
		ok = ok && everything_happened(fair);
	printf("marked: %" PRIu64 " steps\n", fair->calls);
	free(fair);
	return ok;
}

/* Without marks it must fail: a count is wrong, or a late access found out. */
static int
expect_failure(void)
{
	int status = 0;
	pid_t child;

	for (unsigned int times = 0; times < 20 && status == 0; times++) {
		fflush(NULL);
		child = fork();
		if (child == 0)
			exit(run(0) ? 0 : 1);
		if (child < 0 || waitpid(child, &status, 0) != child)
			return TROUBLE;
	}
	if ((WIFEXITED(status) &&
		    (WEXITSTATUS(status) == 1 ||
			    WEXITSTATUS(status) >= GRAVE_TOUCHED)) ||
		(env_is_slow() && WIFSIGNALED(status))) {
		printf("the control fails, as it must\n");
		return 0;
	}
	printf("the control does not fail: status %#x\n", (unsigned int)status);
	return 1;
}

int
main(int argc, char **argv)
{
	env_seed();
	if (argc == 1)
		return run(OBJPOOL_F_MARKED) ? 0 : 1;
	if (argc == 2 && strcmp(argv[1], "--control") == 0)
		return expect_failure();
	fprintf(stderr, "usage: %s [--control]\n", argv[0]);
	return 2;
}
