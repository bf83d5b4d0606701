/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Stops a thread, or ends it, or kills a process, after every atomic step of the
 * library, and sees that nobody else minds.
 *
 *   play --mode stop    stopped, and told to go on after a while
 *   play --mode end     the thread ends there, with all that it was doing; without
 *                       limbo where few others were, since to the pool that is
 *                       like the process's death
 *   play --mode kill    the process is killed there
 *   play --mode toil    processes that pop and push, beside others, are killed
 *                       at steps chosen at random
 *        --all          at every step of a scene, not only the first two times
 *                       and the last that it comes by a site, and some more at
 *                       random; and all kinds of pools
 *        --scene NAME, --kind NAME
 *                       only scenes or kinds of pools whose names hold that
 *        --sites        tell at which sites victims were, and how often (sites.c)
 *        --patience MS  how long nobody may get on; a control must not wait long
 *        --mutex        a control: with a mutex around the pool, peers must get
 *                       stuck
 *
 * A first play of each scene finds its steps out. Where others interfere between
 * two steps (scene.interlude), they do so at each of the first ones in turn.
 * Prints TAP, a line for each scene and kind of pool. Seeds: OBJPOOL_TEST_SEED.
 */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "env.h"
#include "sites.h"
#include "stage.h"

#define INTERLUDES 24u /* steps that others interfere at */
#define SAMPLE     6u  /* of those, where victims die */
#define AGAIN      4u  /* looks for steps that were missed */
#define TOILS      150u
#define TOIL_STEPS 1500u
#define STEP_LINES 40u /* control: steps until peers must be stuck */

static struct {
	bool all, sites, mutex, toils;
	enum mode mode;
	const char *scene, *kind;
	unsigned int patience; /* ms */
} option = { .scene = "", .kind = "", .patience = STUCK_MS };

static struct stage *st;
static struct rng dice;
static unsigned int nr_plays, nr_missed, nr_cases, nr_bad, nr_died;
static bool chosen[TRAIL];

/* The mode's name, for lines of results. */
static const char *
mode_name(void)
{
	static const char *const names[] = { "stopped", "ended", "killed" };

	return names[option.mode];
}

static void
report(const struct scene *scene, const struct kind *kind, unsigned int plays,
	unsigned int steps, bool good)
{
	nr_cases++;
	nr_bad += !good;
	printf("%sok %u - %s, %s: %s at %u of %u steps\n", good ? "" : "not ",
		nr_cases, kind->name, scene != NULL ? scene->name : "toils",
		mode_name(), plays, steps);
	fflush(stdout);
}

/* One play to its end, the victim being stopped at that step. */
static bool
play(const struct scene *scene, const struct kind *kind,
	unsigned int interlude_at, unsigned int stop_at)
{
	bool good = true, stuck;

	st->interlude_at = interlude_at;
	st->stop_at = stop_at;
	st->records = stop_at == 0;
	stage_open(st, scene, kind);
	if (stage_play(st) == STOPPED) {
		nr_plays++;
		st->site->stops++;
		good = stage_go_on(st, &stuck);
		if (st->mode == STOP)
			stage_release(st);
		else
			good = stage_inherit(st) && good;
	} else if (stop_at != 0) {
		/* Which guest is borrowed depends on the thread's id. */
		nr_missed++;
	}
	partner_release(st);
	return stage_close(st) && good;
}

/* Which of the recorded steps after `from` are worth a play of their own. Where
 * others interfere there are as many records as moments to do so; `sparse`: of
 * this one only what nobody was stopped at yet. */
static void
choose(unsigned int from, unsigned int nr, bool sparse)
{
	unsigned int times = from == 0 && option.mode == STOP ? 2 : 1, i;

	for (struct step_site *s = step_first; s != step_end; s++)
		s->passes = s->last = 0;
	for (i = from; i < nr; i++) {
		struct step_site *s = st->trail[i];

		chosen[i] = option.all ||
			(++s->passes <= times && (!sparse || s->stops == 0)) ||
			(!sparse && rng_below(&dice, 32) == 0);
		s->last = i;
	}
	for (i = 0; i < nr && from == 0; i++)
		if (st->trail[i]->last == i)
			chosen[i] = true;
}

static unsigned int
nr_recorded(void)
{
	return st->nr_steps < TRAIL ? st->nr_steps : TRAIL;
}

/* What steps there are may depend on what else the machine does. So those that
 * nobody was stopped at, though one came by, are looked for again. */
static bool
play_missed(const struct scene *scene, const struct kind *kind,
	unsigned int interlude_at, unsigned int *nr)
{
	unsigned int i;
	bool good;

	for (i = interlude_at; i < *nr && st->trail[i]->stops > 0; i++)
		;
	if (i >= *nr)
		return true;
	good = play(scene, kind, interlude_at, 0);
	*nr = nr_recorded();
	for (i = interlude_at; i < *nr && good; i++)
		if (st->trail[i]->stops == 0)
			good = play(scene, kind, interlude_at, i + 1);
	return good;
}

/* *steps grows by how many there are. */
static bool
play_all(const struct scene *scene, const struct kind *kind,
	unsigned int interlude_at, bool sparse, unsigned int *steps)
{
	bool good = play(scene, kind, interlude_at, 0);
	unsigned int nr = nr_recorded();

	choose(interlude_at, nr, sparse);
	*steps += nr - interlude_at;
	for (unsigned int i = interlude_at; i < nr && good; i++)
		if (chosen[i])
			good = play(scene, kind, interlude_at, i + 1);
	for (unsigned int i = 0; i < AGAIN && good; i++)
		good = play_missed(scene, kind, interlude_at, &nr);
	return good;
}

/* Steps between which it matters what others do: those of an owner on its
 * block; all where others end the pool. */
static bool
is_delicate(const struct scene *scene, const struct step_site *site)
{
	return (scene->flags & SCENE_FINISHES) ||
		strncmp(site->func, "objpool_", 8) == 0 ||
		strncmp(site->func, "limbo_", 6) == 0 ||
		strncmp(site->func, "block_", 6) == 0;
}

/* To the pool a thread that ends is like a process that is killed: without limbo
 * it is seen where only few others died. */
static bool
is_sparse(const struct kind *kind)
{
	return option.mode == END && !kind->limbo && !option.all;
}

/* Others interfere at each of these in turn, the first times that the victim
 * comes by. */
static bool
play_interludes(const struct scene *scene, const struct kind *kind,
	unsigned int *steps)
{
	bool good = play(scene, kind, 0, 0);
	unsigned int times = option.all ? 3 : 1;
	unsigned int nr = nr_recorded(), n = 0;
	unsigned int at[INTERLUDES], stride = 1, shift;

	for (struct step_site *s = step_first; s != step_end; s++)
		s->passes = 0;
	for (unsigned int i = 0; i < nr && n < INTERLUDES; i++)
		if (is_delicate(scene, st->trail[i]) &&
			++st->trail[i]->passes <= times)
			at[n++] = i + 1;
	if (option.mode != STOP && !option.all && n > SAMPLE)
		stride = (n + SAMPLE - 1) / SAMPLE;
	shift = rng_below(&dice, stride);
	for (unsigned int i = 0; i < n && good; i++)
		good = play_all(scene, kind, at[i],
			i % stride != shift || is_sparse(kind), steps);
	return good;
}

/* Where marks and fences both are, there is all that either has. */
static bool
is_worth(const struct scene *scene, const struct kind *kind)
{
	return !(scene->kinds & KIND_BOTH) ||
		(kind != &kinds[1] && kind != &kinds[2]);
}

static bool
can_be_played(const struct scene *scene, const struct kind *kind)
{
	/* A process that is killed takes its domain along, and of another's it
	 * is not served: limbo is its threads' affair. */
	if (option.mode == KILL)
		return !kind->limbo;
	/* Only processes are at home. A thread that ends in the middle of
	 * finishing leaves a pool that only its domain might end
	 * (objpool_free_forced(): -EBUSY). */
	return !kind->home &&
		(option.mode == STOP || !kind->limbo ||
			!(scene->flags & SCENE_FINISHES));
}

/* covers G2 G3 G4 G7 G11 G16 */
static void
play_scene(const struct scene *scene, const struct kind *kind)
{
	unsigned int plays = nr_plays, missed = nr_missed, steps = 0;
	bool good = true;

	if (!can_be_played(scene, kind))
		return;
	if (!option.all && *option.kind == '\0' && !is_worth(scene, kind))
		return;
	alarm(300); /* where it fails, it hangs */
	if (scene->interlude == NULL)
		good = play_all(scene, kind, 0, is_sparse(kind), &steps);
	else
		good = play_interludes(scene, kind, &steps);
	alarm(0);
	plays = nr_plays - plays;
	/* Which blocks are near may differ from play to play (homing). That no
	 * site is missed is seen in the end. */
	missed = nr_missed - missed;
	if (good &&
		((plays == 0 && !is_sparse(kind)) ||
			missed > plays / 2 + AGAIN))
		good = stage_wrong(st, "plays that missed their step", missed,
			0);
	report(scene, kind, plays, steps, good);
}

/* covers G3 G7 G16 */
static void
play_toils(const struct kind *kind)
{
	unsigned int n = env_times(TOILS), i;
	bool good = true, stuck;

	alarm(300);
	for (i = 0; i < n && good; i++) {
		st->interlude_at = 0;
		st->stop_at = rng_upto(&dice, TOIL_STEPS);
		st->records = false;
		stage_open(st, NULL, kind);
		good = stage_toil(st) && stage_go_on(st, &stuck) &&
			stage_inherit(st);
		nr_died++;
		st->site->stops++;
		good = stage_close(st) && good;
	}
	alarm(0);
	report(NULL, kind, i, TOIL_STEPS, good);
}

/* --- the control --- */

/* With a mutex around it the pool must stop when its holder does. */
static bool
play_mutex(void)
{
	const struct scene *scene = &scenes[0]; /* pops */
	bool stuck = false;

	st->mutex_is_used = true;
	st->stuck_ms = 1000;
	st->interlude_at = 0;
	st->stop_at = STEP_LINES / 2;
	stage_open(st, scene, &kinds[0]);
	if (stage_play(st) != STOPPED)
		return false;
	stage_go_on(st, &stuck);
	if (st->mode == STOP)
		stage_release(st);
	if (stuck)
		peers_wait(st);
	return stuck;
}

static void
tell_sites(void)
{
	bool whole = *option.scene == '\0' && *option.kind == '\0';
	bool good;

	if (option.toils) {
		tell_places(nr_died);
		return;
	}
	good = sites_tell(option.mode, option.sites, whole);
	printf("# %u plays, %u missed their step\n", nr_plays, nr_missed);
	if (!whole)
		return;
	nr_cases++;
	nr_bad += !good;
	printf("%sok %u - %s at each site\n", good ? "" : "not ", nr_cases,
		mode_name());
}

static void
tell_reclaims(void)
{
	bool good = stage_tell_reclaims(st);

	if (*option.scene != '\0' || *option.kind != '\0')
		return;
	nr_cases++;
	nr_bad += !good;
	printf("%sok %u - objects were reclaimed\n", good ? "" : "not ",
		nr_cases);
}

static const struct scene *
scene_at(unsigned int i)
{
	if (i < nr_scenes)
		return &scenes[i];
	i -= nr_scenes;
	return i < nr_more_scenes ? &more_scenes[i] :
				    &last_scenes[i - nr_more_scenes];
}

static void
play_everything(void)
{
	for (unsigned int k = 0; k < KINDS; k++) {
		if (strstr(kinds[k].name, option.kind) == NULL)
			continue;
		if (option.toils &&
			(k < 4 || kinds[k].home ||
				(kind_has_holders(&kinds[k]) &&
					!kinds[k].limbo)))
			play_toils(&kinds[k]);
		if (option.toils)
			continue;
		for (unsigned int i = 0;
			i < nr_scenes + nr_more_scenes + nr_last_scenes; i++)
			if ((scene_at(i)->kinds & 1u << k) &&
				strstr(scene_at(i)->name, option.scene) != NULL)
				play_scene(scene_at(i), &kinds[k]);
	}
}

static void
hangs(int sig)
{
	(void)sig;
	stage_wrong(st, "a play that does not end", 0, 1);
	_exit(EXIT_FAILURE);
}

static void
parse(int argc, char **args)
{
	static const struct option known[] = {
		{ "mode", required_argument, NULL, 'm' },
		{ "all", no_argument, NULL, 'a' },
		{ "scene", required_argument, NULL, 's' },
		{ "kind", required_argument, NULL, 'k' },
		{ "sites", no_argument, NULL, 'l' },
		{ "mutex", no_argument, NULL, 'x' },
		{ "patience", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, args, "", known, NULL)) != -1) {
		option.all |= c == 'a';
		option.sites |= c == 'l';
		option.mutex |= c == 'x';
		if (c == 's')
			option.scene = optarg;
		else if (c == 'k')
			option.kind = optarg;
		else if (c == 'p')
			option.patience = (unsigned int)atoi(optarg);
		else if (c == 'm') {
			option.toils = strcmp(optarg, "toil") == 0;
			option.mode = strcmp(optarg, "stop") == 0 ? STOP :
				strcmp(optarg, "end") == 0        ? END :
								    KILL;
		} else if (c == '?')
			exit(EXIT_FAILURE);
	}
}

int
main(int argc, char **args)
{
	parse(argc, args);
	rng_init(&dice, env_seed(), 0);
	signal(SIGALRM, hangs);
	st = stage_new();
	st->mode = option.mode;
	st->stuck_ms = option.patience;
	peers_start(st);
	if (option.mutex) {
		nr_cases = 1;
		nr_bad = !play_mutex();
		printf("%sok 1 - %s in a mutex: peers get stuck\n",
			nr_bad ? "not " : "", mode_name());
	} else {
		play_everything();
		tell_sites();
		tell_reclaims();
	}
	printf("1..%u\n", nr_cases);
	fflush(stdout);
	_exit(nr_bad == 0 && nr_cases > 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
