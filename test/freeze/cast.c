/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The calls of the pool, and the victim and its heir, each in a thread or process
 * of its own.
 *
 * All calls are made by hands, which keep the ledger. Where the control has a
 * mutex around them, it is taken here.
 *
 * The victim is told when to go on by a semaphore, and tells by another where it
 * is. Both lie in shared memory. Its hook counts the steps of its act. At the
 * last one the thread stands still, or is gone: by a jump out of the middle of
 * whatever it was doing, or with its process. Each call says beforehand how many
 * objects it moves: as many may be in nobody's reach then.
 *
 * The shim is in place here for the library's inline text; what this file does
 * itself are no steps.
 */

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <objpool/embed.h>

#include "env.h"
#include "owner.h"
#include "stage.h"

/* --- the control's mutex --- */

static bool
lock(struct stage *st)
{
	while (st->mutex_is_used && atomic_exchange(&st->lock, 1) != 0) {
		if (atomic_load(&st->give_up))
			return false;
		sched_yield();
	}
	return true;
}

static void
unlock(struct stage *st)
{
	if (st->mutex_is_used)
		atomic_store(&st->lock, 0);
}

bool
call_pop(struct stage *st, struct hand *h, unsigned int n)
{
	bool done;

	if (!lock(st))
		return false;
	done = hand_pop_bulk(h, n);
	unlock(st);
	return done;
}

void
call_push(struct stage *st, struct hand *h, unsigned int n)
{
	if (!lock(st))
		return;
	hand_push_bulk(h, n);
	unlock(st);
}

void
call_push_all(struct stage *st, struct hand *h, unsigned int step)
{
	while (h->n > 0 && !atomic_load(&st->give_up))
		call_push(st, h, h->n < step ? h->n : step);
}

/* --- first calls --- */

static int
key_0(void)
{
	return 0;
}

static int
key_1(void)
{
	return 1;
}

static int
key_2(void)
{
	return 2;
}

static int
key_3(void)
{
	return 3;
}

objpool_key_fn *const stage_keys[PEERS + 1] = { key_0, key_1, key_2, key_3 };

void
call_meet(struct stage *st, struct hand *h, unsigned int n, objpool_key_fn *key)
{
	void **to = h->objs + h->n;

	if (objpool_pop_bulk_keyed(st->pool, to, n, key) == 0)
		h->n += ledger_took(&st->ledger, h->who, to, n);
}

void
call_push_rcu(struct stage *st, struct hand *h, unsigned int n)
{
	void **objs;
	int rc;

	n = n < h->n ? n : h->n;
	objs = h->objs + h->n - n;
	ledger_gives(&st->ledger, h->who, objs, n);
	rc = objpool_push_rcu_bulk(objs, n, st->pool);
	if (rc != 0)
		ledger_refused(&st->ledger, "push_rcu", rc);
	h->n -= n;
}

/* --- the victim --- */

bool
victim_pop(struct stage *st, unsigned int n)
{
	bool done;

	st->moving = n;
	done = call_pop(st, &st->victim, n);
	st->moving = 0;
	return done;
}

unsigned int
victim_burst(struct stage *st, unsigned int n)
{
	st->moving = n;
	n = hand_pop_burst(&st->victim, n);
	st->moving = 0;
	return n;
}

void
victim_push(struct stage *st, unsigned int n)
{
	n = n < st->victim.n ? n : st->victim.n;
	if (n == 0)
		return;
	st->moving = n;
	call_push(st, &st->victim, n);
	st->moving = 0;
}

void
victim_push_rcu(struct stage *st, unsigned int n)
{
	/* With what it moves to make room. */
	st->moving = n + BLOCK - 1;
	call_push_rcu(st, &st->victim, n);
	st->moving = 0;
}

void
victim_meet(struct stage *st, unsigned int n)
{
	st->moving = n;
	call_meet(st, &st->victim, n, key_0);
	st->moving = 0;
}

void
victim_drop(struct stage *st, unsigned int n)
{
	st->moving = n;
	hand_drop_bulk(&st->victim, n);
	st->moving = 0;
}

/* To the books they are free from now on, whoever gives them back: the victim,
 * or while it is stopped a peer, or who reclaims after its death. */
void
victim_reclaim(struct stage *st, unsigned int n)
{
	struct hand *v = &st->victim;
	int64_t given;

	v->n -= n;
	ledger_gives(&st->ledger, v->who, v->objs + v->n, n);
	st->moving = st->orphans = n;
	stage_hurries = true;
	given = objpool_reclaim(st->pool, NULL, NULL);
	stage_hurries = false;
	/* What others moved while it was stopped seems to be on its way, and the
	 * partner does not get on. */
	if (given != (int64_t)st->orphans &&
		(given != -EAGAIN || st->partner_moving == 0)) {
		st->wrongs++;
		stage_wrong(st, "objects reclaimed", (long)given, st->orphans);
	}
	st->moving = st->orphans = 0;
}

static struct stage *on_stage;
static _Thread_local jmp_buf exit_door;

static void
tell(struct stage *st, enum event event)
{
	st->event = event;
	sem_post(&st->told);
}

static void
tell_and_wait(struct stage *st, enum event event)
{
	tell(st, event);
	while (sem_wait(&st->go) != 0)
		;
}

static void
be_stopped(struct stage *st, struct step_site *site)
{
	step_hook = NULL;
	st->site = site;
	switch (st->mode) {
	case STOP:
		tell_and_wait(st, STOPPED);
		break;
	case END:
		longjmp(exit_door, 1);
	case KILL:
		tell(st, STOPPED);
		kill(getpid(), SIGKILL);
	}
}

static bool
is_last(const struct stage *st, const struct step_site *site)
{
	return st->stop_in != NULL && strcmp(site->func, st->stop_in) == 0 &&
		strcmp(site->what, "load") != 0;
}

static void
on_step(struct step_site *site)
{
	struct stage *st = on_stage;
	unsigned int nr;

	if (!step_is_product(site))
		return;
	nr = ++st->nr_steps;
	if (st->records && nr <= TRAIL)
		st->trail[nr - 1] = site;
	if (nr == st->interlude_at && (st->scene->flags & SCENE_NESTED)) {
		st->scene->interlude(st);
	} else if (nr == st->interlude_at) {
		step_hook = NULL;
		tell_and_wait(st, INTERLUDE);
	} else if (nr == st->stop_at || is_last(st, site)) {
		be_stopped(st, site);
	}
	step_hook = on_step;
}

void
victim_part(struct stage *st)
{
	const struct scene *scene = st->scene;

	on_stage = st;
	st->tid = gettid();
	if (scene->victim_first != NULL)
		scene->victim_first(st);
	tell_and_wait(st, READY);
	/* The real ones, not those before them. */
	if (st->mode == KILL && (scene->flags & SCENE_OWNS))
		owner_is_me(st->pool);
	if (setjmp(exit_door) != 0) {
		tell(st, STOPPED);
		return;
	}
	step_hook = on_step;
	scene->act(st);
	step_hook = NULL;
	tell(st, DONE);
}

void
victim_toil(struct stage *st)
{
	struct hand *v = &st->victim;

	on_stage = st;
	st->tid = gettid();
	rng_init(&v->rng, env_seed(), st->stop_at);
	victim_meet(st, 0);
	v->way = HAND_ANY_WAY;
	if (setjmp(exit_door) != 0) {
		tell(st, STOPPED);
		return;
	}
	step_hook = on_step;
	for (;;) {
		unsigned int n = rng_upto(&v->rng, 3);

		if (v->n + n <= TOIL_HELD && rng_below(&v->rng, 2) == 0)
			victim_pop(st, n);
		else
			victim_push(st, n);
	}
}

void
heir_part(struct stage *st)
{
	struct hand *h = &st->heir;

	call_meet(st, h, 0, key_0);
	hand_pop_burst(h, 7);
	while (h->n > 0)
		hand_push(h);
}

/* --- other pools --- */

/* Made once, a pool for each place where a seat is looked for. Who uses them all
 * has none but theirs in the first places, and the last pool's in the second. */
static struct objpool *others[OBJPOOL_SEATS_];

static void
make_others(void)
{
	const struct objpool_attr attr = {
		.nr_objs = 2,
		.obj_size = 8,
		.nr_slots = 1,
	};

	for (unsigned int nr = 0; nr < OBJPOOL_SEATS_;) {
		struct objpool *pool;
		unsigned int at;

		if (objpool_create(&attr, &pool) != 0)
			abort();
		at = objpool_place_(pool->uid);
		if (others[at] == NULL) {
			others[at] = pool;
			nr++;
		} else {
			objpool_free(pool);
		}
	}
}

void
others_sit(struct stage *st)
{
	struct objpool *other;

	if (others[0] == NULL)
		make_others();
	other = others[objpool_place_(st->pool->uid)];
	objpool_push(objpool_pop(other), other);
}
