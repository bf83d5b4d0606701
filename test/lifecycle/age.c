/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* How old what a reader sees can get: the age histogram of rcutorture, for
 * objects that are recycled by objpool_push_rcu().
 *
 * Updaters publish objects in an array; each takes a new one from the pool and
 * gives the old one back. A reader picks an object in a section and looks at it
 * again later in the same section:
 *
 *   age 0   it is still published
 *   age 1   it was taken out meanwhile, and is in limbo
 *   age 2   somebody popped it, or uses it for something new
 *
 * Age 1 must occur, or nothing was tried. Age 2 must not (G13). A popped object is
 * poisoned before it gets its new contents, so that who looks at the wrong moment
 * sees nonsense. Many objects must go round.
 *
 *   --control   the same with objpool_push(), which must fail
 *
 * covers G13 G14
 */

#include <inttypes.h>
#include <sched.h>
#include <string.h>

#include "crew.h"
#include "reader.h"
#include "rng.h"

#define NR_SHOWN    64u
#define NR_OBJS     1024u
#define NR_UPDATERS 2u
#define NR_READERS  2u
#define POISON      UINT64_C(0xdeaddeaddeaddead)
#define SECONDS_MAX 60

enum age {
	SHOWN,
	TAKEN_OUT,
	RECYCLED,
	NR_AGES,
};

/* What an object is for. The words of the payload are all the same. */
struct thing {
	_Atomic(uint64_t) life; /* changes with each pop */
	_Atomic(uint32_t) age;
	_Atomic(uint64_t) payload[3];
};

struct show {
	struct objpool *pool;
	struct objpool_gp *gp;
	bool control;
	_Atomic(struct thing *) shown[NR_SHOWN];
	_Atomic(uint64_t) ages[NR_AGES];
	_Atomic(uint64_t) recycled;
	_Atomic(uint64_t) short_pops;
	struct crew crew;
};

struct watcher {
	struct show *show;
	struct reader reader;
	struct rng rng;
};

static uint64_t
get(const _Atomic(uint64_t) *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void
count(_Atomic(uint64_t) *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void
set_payload(struct thing *t, uint64_t value)
{
	for (unsigned int i = 0; i < 3; i++)
		atomic_store_explicit(&t->payload[i], value,
			memory_order_relaxed);
}

/* A popped object gets its next life. */
static void
renew(struct watcher *w, struct thing *t)
{
	uint64_t life = get(&t->life) + 1;

	atomic_store_explicit(&t->age, RECYCLED, memory_order_relaxed);
	set_payload(t, POISON);
	atomic_store_explicit(&t->life, life, memory_order_relaxed);
	if (rng_below(&w->rng, 256) == 0)
		sched_yield();
	set_payload(t, life);
	atomic_store_explicit(&t->age, SHOWN, memory_order_release);
}

static void
update(struct watcher *w)
{
	struct show *show = w->show;
	struct thing *next = objpool_pop(show->pool), *old;
	int rc = 0;

	if (next == NULL) {
		count(&show->short_pops);
		return;
	}
	renew(w, next);
	old = atomic_exchange_explicit(&show->shown[rng_below(&w->rng,
					       NR_SHOWN)],
		next, memory_order_acq_rel);
	if (old == NULL)
		return;
	atomic_store_explicit(&old->age, TAKEN_OUT, memory_order_relaxed);
	rc = show->control ? objpool_push(old, show->pool) :
			     objpool_push_rcu(old, show->pool);
	readers_must(rc, "push");
	count(&show->recycled);
}

static void
write_show(struct watcher *w)
{
	while (!crew_is_over(&w->show->crew)) {
		/* Pops and pushes are made in sections, as the pool's domain
		 * wants it. */
		section_begin(&w->reader);
		for (unsigned int i = 0; i < 8; i++)
			update(w);
		section_end(&w->reader);
		if (rng_below(&w->rng, 64) > 0)
			continue;
		reader_rest(&w->reader);
		usleep(10);
		reader_wake(&w->reader);
	}
}

static enum age
age_of(struct thing *t, uint64_t life)
{
	uint32_t age = atomic_load_explicit(&t->age, memory_order_acquire);

	for (unsigned int i = 0; i < 3; i++)
		if (get(&t->payload[i]) != life)
			return RECYCLED;
	return get(&t->life) == life ? (enum age)age : RECYCLED;
}

static void
look(struct watcher *w)
{
	struct show *show = w->show;
	struct thing *t[4];
	uint64_t life[4];

	section_begin(&w->reader);
	for (unsigned int i = 0; i < 4; i++) {
		t[i] = atomic_load_explicit(&show->shown[rng_below(&w->rng,
						    NR_SHOWN)],
			memory_order_acquire);
		life[i] = t[i] != NULL ? get(&t[i]->life) : 0;
	}
	if (rng_below(&w->rng, 16) == 0)
		sched_yield();
	if (rng_below(&w->rng, 512) == 0)
		usleep(500);
	for (unsigned int i = 0; i < 4; i++)
		if (t[i] != NULL)
			count(&show->ages[age_of(t[i], life[i])]);
	section_end(&w->reader);
}

static void
play(struct member *m, void *arg)
{
	struct watcher *w = calloc(1, sizeof(*w));
	char name[16];

	if (w == NULL)
		abort();
	w->show = arg;
	w->reader.id = m->index;
	rng_init(&w->rng, env_seed(), m->who);
	snprintf(name, sizeof(name), "watcher-%u", m->who);
	reader_join(&w->reader, w->show->gp, name);
	if (m->index < NR_UPDATERS)
		write_show(w);
	else
		while (!crew_is_over(m->crew))
			look(w);
	reader_leave(&w->reader, w->show->gp);
	free(w);
}

/* Long enough, until enough objects went round, or a control has failed. */
static void
wait_for_it(const struct show *show, uint64_t enough)
{
	uint64_t start = env_now();
	double least = env_seconds(2), now;

	do {
		nap(10);
		now = (double)(env_now() - start) / 1e9;
		if (show->control && get(&show->ages[RECYCLED]) > 0)
			return;
	} while (now < least ||
		((get(&show->recycled) < enough || get(&show->ages[1]) == 0) &&
			now < SECONDS_MAX));
}

/* Take everything out again: all objects are home. */
static void
clear(struct show *show)
{
	for (unsigned int i = 0; i < NR_SHOWN; i++) {
		struct thing *t = atomic_load(&show->shown[i]);

		if (t != NULL)
			readers_must(objpool_push(t, show->pool), "push");
	}
}

static bool
is_fine(const struct show *show, uint64_t enough)
{
	uint32_t out = objpool_nr_outstanding(show->pool);
	struct objpool_stats stats;
	bool ok;

	objpool_get_stats(show->pool, &stats);
	ok = out == 0 && get(&show->ages[RECYCLED]) == 0;
	if (!show->control)
		ok = ok && get(&show->ages[TAKEN_OUT]) > 0 &&
			get(&show->recycled) >= enough &&
			stats.limbo_blocks > 0;
	printf("%s: %s: seen at age 0: %" PRIu64 ", 1: %" PRIu64 ", 2: %" PRIu64
	       "; %" PRIu64 " recycled in %" PRIu64 " batches, %" PRIu64
	       " pops were short, %u objects missing\n",
		READERS_NAME, ok ? "ok" : "FAILED", get(&show->ages[SHOWN]),
		get(&show->ages[TAKEN_OUT]), get(&show->ages[RECYCLED]),
		get(&show->recycled), stats.limbo_blocks,
		get(&show->short_pops), out);
	return ok;
}

static bool
run(bool control)
{
	struct show *show = calloc(1, sizeof(*show));
	struct objpool_attr attr = {
		.name = "show",
		.nr_objs = NR_OBJS,
		.obj_size = sizeof(struct thing),
		.block_objs = 16,
	};
	uint64_t enough = env_is_slow() ? 20000 : 100001;
	bool ok;

	if (show == NULL)
		abort();
	show->control = control;
	readers_open();
	show->gp = readers_domain((struct objpool_gp_attr){ 0 });
	attr.gp = show->gp;
	readers_must(objpool_create(&attr, &show->pool), "create");
	crew_start(&show->crew, NR_UPDATERS + NR_READERS, play, show);
	wait_for_it(show, enough);
	crew_call_off(&show->crew);
	crew_join(&show->crew);
	clear(show);
	ok = is_fine(show, enough);
	readers_must(objpool_fini_wait(show->pool, UINT32_MAX), "fini");
	readers_must(objpool_gp_destroy(show->gp), "destroy");
	readers_close();
	free(show);
	return ok;
}

int
main(int argc, char **argv)
{
	bool control = argc == 2 && strcmp(argv[1], "--control") == 0;
	bool ok;

	if (argc > 1 && !control) {
		fprintf(stderr, "usage: %s [--control]\n", argv[0]);
		return 2;
	}
	ok = run(control);
	if (!control)
		return ok ? 0 : 1;
	printf(ok ? "the control does not fail\n" :
		    "the control fails, as it must\n");
	return ok ? 1 : 0;
}
