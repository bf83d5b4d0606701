/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Stops a thread, or ends it, or kills a process, after every atomic step of the
 * library, and sees that nobody else minds.
 *
 *   play --mode stop    stopped, and told to go on after a while
 *   play --mode end     the thread ends there, with all that it was doing
 *   play --mode kill    the process is killed there
 *   play --mode toil    processes that pop and push, beside others, are killed
 *                       at steps chosen at random
 *        --all          at every step of a scene, not only the first two times
 *                       and the last that it comes by a site, and some more at
 *                       random; and all kinds of pools
 *        --scene NAME, --kind NAME
 *                       only scenes or kinds of pools whose names hold that
 *        --sites        tell which sites were come by, and how often
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
#include "stage.h"

#define INTERLUDES 24u /* steps that others interfere at */
#define SAMPLE     6u  /* of those, where victims die */
#define TOILS      150u
#define TOIL_STEPS 1500u
#define STEP_LINES 40u /* control: steps until peers must be stuck */

const struct kind kinds[KINDS] = {
	{ .name = "membarrier" },
	{ .name = "fenced", .flags = OBJPOOL_F_FENCED },
	{ .name = "marked", .flags = OBJPOOL_F_MARKED },
	{ .name = "fenced and marked",
		.flags = OBJPOOL_F_FENCED | OBJPOOL_F_MARKED },
	{ .name = "for handlers",
		.flags = OBJPOOL_F_SIGNALS | OBJPOOL_F_FENCED },
	{ .name = "checked", .flags = OBJPOOL_F_CHECKED },
	{ .name = "compact", .flags = OBJPOOL_F_COMPACT },
	{ .name = "with limbo", .limbo = true },
	{ .name = "for handlers, and marked",
		.flags = OBJPOOL_F_SIGNALS | OBJPOOL_F_MARKED },
	{ .name = "compact, with limbo",
		.flags = OBJPOOL_F_COMPACT,
		.limbo = true },
	{ .name = "shared", .shared = true },
	{ .name = "homing", .flags = OBJPOOL_F_HOMING },
	{ .name = "with holders", .flags = OBJPOOL_F_HOLDERS, .shared = true },
	{ .name = "compact, with holders",
		.flags = OBJPOOL_F_HOLDERS | OBJPOOL_F_COMPACT,
		.shared = true },
	{ .name = "with limbo and holders",
		.flags = OBJPOOL_F_HOLDERS,
		.limbo = true },
};

static struct {
	bool all, sites, mutex, toils;
	enum mode mode;
	const char *scene, *kind;
	unsigned int patience; /* ms */
} option = { .scene = "", .kind = "", .patience = STUCK_MS };

static struct stage *st;
static struct rng dice;
static unsigned int nr_plays, nr_missed, nr_cases, nr_bad;
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
 * others interfere there are as many records as moments to do so. */
static void
choose(unsigned int from, unsigned int nr)
{
	unsigned int times = from == 0 && option.mode == STOP ? 2 : 1, i;

	for (struct step_site *s = step_first; s != step_end; s++)
		s->passes = s->last = 0;
	for (i = from; i < nr; i++) {
		struct step_site *s = st->trail[i];

		chosen[i] = option.all || ++s->passes <= times ||
			rng_below(&dice, 32) == 0;
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

/* *steps grows by how many there are. */
static bool
play_all(const struct scene *scene, const struct kind *kind,
	unsigned int interlude_at, unsigned int *steps)
{
	bool good = play(scene, kind, interlude_at, 0);
	unsigned int nr = nr_recorded();

	choose(interlude_at, nr);
	*steps += nr - interlude_at;
	for (unsigned int i = interlude_at; i < nr && good; i++)
		if (chosen[i])
			good = play(scene, kind, interlude_at, i + 1);
	return good;
}

/* Steps between which it matters what others do: those of an owner on its
 * block. */
static bool
is_delicate(const struct step_site *site)
{
	return strncmp(site->func, "objpool_", 8) == 0 ||
		strncmp(site->func, "limbo_", 6) == 0 ||
		strncmp(site->func, "block_", 6) == 0;
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
		if (is_delicate(st->trail[i]) &&
			++st->trail[i]->passes <= times)
			at[n++] = i + 1;
	if (option.mode != STOP && !option.all && n > SAMPLE)
		stride = (n + SAMPLE - 1) / SAMPLE;
	shift = rng_below(&dice, stride);
	for (unsigned int i = 0; i < n && good; i++)
		if (i % stride == shift)
			good = play_all(scene, kind, at[i], steps);
	return good;
}

/* Where marks and fences both are, there is all that either has. A thread that
 * ends and a process that is killed are the same to the pool: with limbo the
 * thread does, the process else. */
static bool
is_worth(const struct scene *scene, const struct kind *kind)
{
	if (option.mode == END)
		return kind->limbo;
	return !(scene->kinds & KIND_BOTH) ||
		(kind != &kinds[1] && kind != &kinds[2]);
}

/* covers G2 G3 G4 G7 G16 */
static void
play_scene(const struct scene *scene, const struct kind *kind)
{
	unsigned int plays = nr_plays, missed = nr_missed, steps = 0;
	bool good = true;

	if (option.mode != STOP && (scene->flags & SCENE_LIVES))
		return;
	if (option.mode == END && (scene->flags & SCENE_KEEPS))
		return;
	/* Other processes have no limbo. */
	if (option.mode == KILL && kind->limbo)
		return;
	if (!option.all && *option.kind == '\0' && !is_worth(scene, kind))
		return;
	alarm(300); /* where it fails, it hangs */
	if (scene->interlude == NULL)
		good = play_all(scene, kind, 0, &steps);
	else
		good = play_interludes(scene, kind, &steps);
	alarm(0);
	plays = nr_plays - plays;
	if (good && (plays == 0 || nr_missed - missed > plays / 4))
		good = stage_wrong(st, "plays that missed their step",
			nr_missed - missed, 0);
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

/* --- sites --- */

/* What some scene must come by: all of core that threads do beside others, and
 * those who reclaim, but for what needs a block for each object (limbo.c,
 * make_empty). */
static bool
is_of_interest(const struct step_site *site)
{
	static const char *const files[] = {
		"core/block.h",
		"core/owner.h",
		"core/thief.h",
		"core/slot.c",
		"core/pop.c",
		"core/push.c",
		"core/scan.c",
		"core/depot.c",
		"core/claim.c",
		"core/mark.h",
		"core/limbo.h",
		"core/limbo.c",
		"core/reach.c",
		"core/reach.h",
		"core/census.c",
		"core/holder.h",
		"objpool/slot.h",
	};

	static const char *const others[][2] = {
		{ "layout.c", "" },
		{ "walk.c", "" },
		/* Nothing narrow is done inline. */
		{ "hand.c", "objpool_entry_" },
		/* make_empty */
		{ "limbo.c", "make_empty" },
		{ "limbo.c", "block_take" },
		{ "limbo.c", "objpool_entry_load_" },
		/* Rare, and a hint: not every run stops there. */
		{ "push.c", "note_open" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strstr(site->unit, others[i][0]) != NULL &&
			strstr(site->func, others[i][1]) != NULL)
			return false;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strstr(site->file, files[i]) != NULL)
			return true;
	return false;
}

/* What only a second process comes by; that is the victim when processes are
 * killed. All else some thread of the first one must come by. */
static bool
is_of_joining(const struct step_site *site)
{
	if (strstr(site->file, "core/reach.c") == NULL)
		return false;
	return strcmp(site->func, "reach_from_elsewhere") == 0 ||
		(strcmp(site->func, "reach_may_be_free") == 0 &&
			strcmp(site->what, "compare-and-swap") == 0);
}

static bool
is_wanted(const struct step_site *site)
{
	if (!step_is_product(site) || !is_of_interest(site))
		return false;
	return is_of_joining(site) ? option.mode == KILL : option.mode != KILL;
}

static void
tell_sites(void)
{
	unsigned int nr = 0, seen = 0;
	char text[256];

	for (struct step_site *s = step_first; s != step_end; s++) {
		if (!is_wanted(s))
			continue;
		nr++;
		seen += s->stops > 0;
		if (s->stops == 0 || option.sites)
			printf("# %6u %s\n", s->stops,
				step_name(s, text, sizeof(text)));
	}
	printf("# %u plays; %u of %u sites\n", nr_plays, seen, nr);
	if (option.mode == END || option.toils || *option.scene != '\0' ||
		*option.kind != '\0')
		return;
	nr_cases++;
	nr_bad += seen < nr;
	printf("%sok %u - there is no site that no scene comes by\n",
		seen < nr ? "not " : "", nr_cases);
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
	return i < nr_scenes ? &scenes[i] : &more_scenes[i - nr_scenes];
}

static void
play_everything(void)
{
	for (unsigned int k = 0; k < KINDS; k++) {
		if (strstr(kinds[k].name, option.kind) == NULL)
			continue;
		if (option.toils &&
			(k < 4 ||
				(kind_has_holders(&kinds[k]) &&
					!kinds[k].limbo)))
			play_toils(&kinds[k]);
		if (option.toils)
			continue;
		for (unsigned int i = 0; i < nr_scenes + nr_more_scenes; i++)
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
