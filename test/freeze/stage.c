/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* One play: open the stage, let the victim come to its step, see that the others
 * get on and what is within their reach, let the victim go on or an heir come,
 * and count.
 *
 * Whatever became of the victim, all objects are there in the end, once: those
 * that the dead took along were given back.
 *
 * A pool is made for each play. What belongs to it is in memory that a child
 * shares, the ledger and the hands included, so that a victim that is a process
 * writes into the same books. The pool's head need not be: nobody writes it.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <objpool/rcu.h>

#include "env.h"
#include "owner.h"
#include "stage.h"

#define SIZE 48 /* bytes an object */

bool
stage_wrong(const struct stage *st, const char *what, long got, long wanted)
{
	char text[256];

	fprintf(stderr,
		"%s, %s: %s is %ld, not %ld; step %u (interlude at %u): %s\n",
		st->kind->name, st->scene != NULL ? st->scene->name : "toils",
		what, got, wanted, st->stop_at, st->interlude_at,
		st->site != NULL ? step_name(st->site, text, sizeof(text)) :
				   "none");
	return false;
}

/* --- a domain whose grace periods are over the third time that one asks --- */

static struct {
	_Atomic(uint64_t) started, over, asked;
	_Atomic(bool) held; /* none is, until the others look for objects */
} periods;

void
periods_hold(bool held)
{
	periods.held = held;
}

static uint64_t
start_period(void *ctx)
{
	(void)ctx;
	return atomic_fetch_add(&periods.started, 1) + 1;
}

static bool
period_is_over(void *ctx, uint64_t cookie)
{
	uint64_t started = periods.started;

	(void)ctx;
	if (!periods.held && cookie > periods.over && ++periods.asked % 3 == 0)
		periods.over = started;
	return cookie <= periods.over;
}

static int
nobody_reads(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct objpool_gp_ops short_periods = {
	.name = "short",
	.flags = OBJPOOL_GP_SHARED,
	.start = start_period,
	.done = period_is_over,
	.in_reader = nobody_reads,
};

/* --- open and close --- */

struct stage *
stage_new(void)
{
	/* The control thread asks nothing of its own accord. */
	const struct objpool_gp_attr quiet = { .stall_ms = UINT32_MAX };
	struct stage *st = mmap(NULL, sizeof(*st), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (st == MAP_FAILED ||
		objpool_gp_create(&short_periods, NULL, &quiet, &st->gp) != 0)
		abort();
	sem_init(&st->told, 1, 0);
	sem_init(&st->go, 1, 0);
	st->stuck_ms = STUCK_MS;
	return st;
}

static void
on_release(struct objpool *pool, void *ctx)
{
	struct stage *st = ctx;

	(void)pool;
	st->released++;
}

static void
open_hand(struct stage *st, struct hand *h, uint32_t who, unsigned int i)
{
	hand_open(h, st->pool, &st->ledger, who, 0);
	free(h->objs);
	h->objs = st->objs[i];
}

void
stage_open(struct stage *st, const struct scene *scene, const struct kind *kind)
{
	/* Two regions, whatever the machine has. */
	static const int nodes[PEERS + 3] = { OBJPOOL_NODE_ANY, 0,
		OBJPOOL_NODE_ANY, 0, OBJPOOL_NODE_ANY, 0 };
	struct objpool_attr attr = {
		.name = "stage",
		.nr_objs = NR,
		.obj_size = SIZE,
		.block_objs = BLOCK,
		.nr_slots = scene != NULL && scene->nr_slots != 0 ?
			scene->nr_slots :
			PEERS + 3,
		.flags = kind->flags,
		.gp = kind->limbo ? st->gp : NULL,
		.release = on_release,
		.ctx = st,
	};

	if (kind->flags & OBJPOOL_F_HOMING)
		attr.slot_nodes = nodes;
	st->scene = scene;
	st->kind = kind;
	st->moving = 0;
	st->partner_moving = 0;
	st->gone = 0;
	st->orphans = 0;
	st->wrongs = 0;
	st->given = 0;
	st->spurious = 0;
	st->released = 0;
	st->lock = 0;
	st->give_up = st->toil_over = st->is_drained = st->is_dead = false;
	st->nr_steps = 0;
	st->site = NULL;
	/* The same each time. */
	periods.over = periods.started;
	periods.asked = 0;
	bank_open(&st->bank, true);
	if (st->mode == KILL || kind->shared)
		attr.mem = &st->bank.mem;
	if (objpool_create(&attr, &st->pool) != 0)
		abort();
	ledger_open_pool(&st->ledger, st->pool, SIZE);
	objpool_detach(st->pool);
	if (kind->home)
		owner_forgets_home(st->pool);
	if (st->ledger.mask >= sizeof(st->entries) / sizeof(st->entries[0]))
		abort();
	memcpy(st->entries, st->ledger.entries,
		(st->ledger.mask + 1) * sizeof(st->entries[0]));
	free(st->ledger.entries);
	st->ledger.entries = st->entries;
	open_hand(st, &st->victim, WHO_VICTIM, 0);
	open_hand(st, &st->heir, WHO_HEIR, 1);
	for (unsigned int i = 0; i < PEERS; i++)
		open_hand(st, &st->peer[i], WHO_PEER + i, i + 2);
}

unsigned int
stage_count(const struct stage *st, uint32_t holder)
{
	unsigned int n = 0;

	for (size_t i = 0; i <= st->ledger.mask; i++)
		n += st->entries[i].obj != NULL &&
			st->entries[i].holder == holder;
	return n;
}

/* Whoever pushes gives back what all have. */
static void
push_the_rest(struct stage *st)
{
	hand_push_all(&st->victim, 3);
	hand_push_all(&st->heir, 3);
	for (unsigned int i = 0; i < PEERS; i++)
		hand_push_all(&st->peer[i], 3);
}

/* Of a closed pool whose user died only the number of objects can be told. */
static bool
end_closed(struct stage *st)
{
	unsigned int lost = NR - objpool_nr_free(st->pool);

	return objpool_free_forced(st->pool) == 0 &&
		(lost <= st->moving ||
			stage_wrong(st, "lost objects", lost, st->moving));
}

static bool
end_pool(struct stage *st)
{
	unsigned int out = stage_count(st, HOLDER_DROPPED) + st->gone;
	unsigned int flags = st->scene != NULL ? st->scene->flags : 0;
	int rc;

	periods_hold(false);
	if (flags & SCENE_FINISHES)
		return stage_end_finished(st);
	if (st->mode == KILL && (flags & SCENE_OWNS))
		owner_is_me(st->pool);
	push_the_rest(st);
	if ((flags & SCENE_CLOSES) && st->mode != STOP)
		return end_closed(st);
	if (st->kind->limbo) {
		/* What is parked is made stock. */
		peer_take_stock(st);
		peer_give_stock(st);
	}
	if (!(flags & SCENE_CLOSES) && !ledger_audit(&st->ledger, st->pool))
		return stage_wrong(st, "the ledger", 0, 1);
	if (objpool_nr_free(st->pool) != NR - out)
		return stage_wrong(st, "free objects at the end",
			objpool_nr_free(st->pool), NR - out);
	rc = (st->gone == 0 ? objpool_free : objpool_free_forced)(st->pool);
	return rc == 0 || stage_wrong(st, "free of the pool", rc, 0);
}

bool
stage_close(struct stage *st)
{
	bool good = end_pool(st) && st->wrongs == 0;

	st->ledger.entries = calloc(st->ledger.mask + 1, sizeof(struct entry));
	if (st->ledger.entries == NULL)
		abort();
	ledger_close(&st->ledger);
	bank_close(&st->bank);
	return good;
}

/* What the ledger says the hand of a dead one holds: it may have been in the
 * middle of noting it. */
void
stage_settle_hand(struct stage *st, struct hand *h)
{
	h->n = 0;
	for (size_t i = 0; i <= st->ledger.mask; i++)
		if (st->entries[i].obj != NULL &&
			st->entries[i].holder == h->who)
			h->objs[h->n++] = st->entries[i].obj;
}

/* --- the victim --- */

static pid_t child;

static void *
be_victim(void *arg)
{
	victim_part(arg);
	return NULL;
}

/* In a process or thread of its own. */
void
stage_let(struct stage *st, void *(*fn)(void *))
{
	if (st->mode != KILL) {
		if (pthread_create(&st->thread, NULL, fn, st) != 0)
			abort();
		return;
	}
	fflush(NULL);
	child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		fn(st);
		_exit(EXIT_SUCCESS);
	}
}

/* It is over, and the kernel knows nothing of it any more. */
bool
stage_see_off(struct stage *st, bool killed)
{
	int status;

	if (st->mode != KILL) {
		pthread_join(st->thread, NULL);
		while (syscall(SYS_tgkill, getpid(), st->tid, 0) == 0)
			nap(0);
		return true;
	}
	if (waitpid(child, &status, 0) != child)
		abort();
	if (killed)
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

enum event
stage_next_event(struct stage *st)
{
	if (await(&st->told, st->stuck_ms + STUCK_MS))
		return st->event;
	stage_wrong(st, "the victim, which does not get on,", 0, 1);
	exit(EXIT_FAILURE);
}

enum event
stage_play(struct stage *st)
{
	const struct scene *scene = st->scene;
	enum event event;

	if (scene->peers_first != NULL)
		scene->peers_first(st);
	stage_let(st, be_victim);
	for (;;) {
		event = stage_next_event(st);
		if (event == READY && scene->peers_then != NULL)
			scene->peers_then(st);
		else if (event == INTERLUDE)
			scene->interlude(st);
		else if (event != READY)
			break;
		sem_post(&st->go);
	}
	st->is_dead = event != DONE && st->mode != STOP;
	if (event == DONE || st->mode != STOP)
		if (!stage_see_off(st, event == STOPPED))
			stage_wrong(st, "the victim's end", 0, 1);
	return event;
}

void
stage_release(struct stage *st)
{
	sem_post(&st->go);
	if (stage_next_event(st) != DONE)
		abort();
	stage_see_off(st, false);
	partner_release(st);
}

static uint32_t
holder_of(const struct stage *st, const void *obj)
{
	for (size_t i = 0; i <= st->ledger.mask; i++)
		if (st->entries[i].obj == obj)
			return st->entries[i].holder;
	return HOLDER_POOL;
}

void
predecessor_do(struct stage *st, scene_fn *fn, const char *dies_in, bool loses)
{
	struct scene scene = { .act = fn };
	const struct scene *real = st->scene;
	unsigned int stop_at = st->stop_at, interlude_at = st->interlude_at;
	enum mode mode = st->mode;
	bool records = st->records;

	st->scene = &scene;
	st->stop_at = st->interlude_at = 0;
	st->stop_in = dies_in;
	st->records = false;
	st->mode = mode == STOP ? END : mode;
	stage_play(st);
	for (unsigned int i = 0; loses && i < st->victim.n; i++)
		if (holder_of(st, st->victim.objs[i]) == HOLDER_POOL)
			ledger_took(&st->ledger, WHO_VICTIM,
				&st->victim.objs[i], 1);
	st->moving = 0;
	stage_settle_hand(st, &st->victim);
	st->mode = mode;
	st->scene = real;
	st->stop_at = stop_at;
	st->stop_in = NULL;
	st->interlude_at = interlude_at;
	st->records = records;
	st->nr_steps = 0;
	st->site = NULL;
	st->is_dead = false;
}
