/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Prints what the scenes come to on simulated machines of 2 to 128 CPUs, as
 * tables in Markdown (those of doc/scale.md) or as comma-separated values. The
 * same on every machine.
 *
 *   count [--csv] [--fenced] [--cpus N[,N]...] [SCENE]...
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenes.h"

static const unsigned int sizes[] = { 2, 4, 8, 16, 32, 64, 128 };
static const char *const places[NR_PLACES] = { "arena", "hints", "slots",
	"heads", "entries", "other" };

static const struct option options[] = {
	{ "csv", no_argument, NULL, 'c' },
	{ "fenced", no_argument, NULL, 'f' },
	{ "cpus", required_argument, NULL, 'n' },
	{ NULL, 0, NULL, 0 },
};

#define NR_SIZES   (sizeof(sizes) / sizeof(sizes[0]))
#define PLAYED_MAX 256

struct settings {
	bool csv, fenced;
	bool is_wanted[NR_SIZES];
};

static struct played {
	const struct scene *scene;
	struct figures f;
} played[PLAYED_MAX];
static unsigned int nr_played;

static void
print_csv_heading(void)
{
	printf("scene,n,cpus,calls,accesses,rmw,fences,heavy");
	for (int i = 0; i < NR_PLACES; i++)
		printf(",moves_%s,recalls_%s", places[i], places[i]);
	printf(",blocks,revocations,steals,steal_heads,steal_most,fails,"
	       "fail_heads,fail_most,used\n");
}

static void
print_hunts_csv(const struct hunts *h)
{
	printf(",%" PRIu64 ",%" PRIu64 ",%" PRIu64, h->nr, h->heads, h->most);
}

static void
print_csv(const struct scene *scene, const struct figures *f)
{
	printf("%s,%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
	       ",%" PRIu64,
		scene->name, scene->n, f->nr_cpus, f->calls, f->bill.accesses,
		f->bill.rmw, f->bill.fences, f->bill.heavy);
	for (int i = 0; i < NR_PLACES; i++)
		printf(",%" PRIu64 ",%" PRIu64, f->bill.moves[i],
			f->bill.recalls[i]);
	printf(",%" PRIu64 ",%" PRIu64, f->blocks, f->revocations);
	print_hunts_csv(&f->steals);
	print_hunts_csv(&f->fails);
	printf(",%" PRIu64 "\n", f->used);
}

static void
print_each(const struct figures *f, uint64_t figure)
{
	if (figure == 0)
		printf(" 0 |");
	else
		printf(" %.4g |", figures_each(f, figure));
}

static void
print_lines(const struct figures *f, enum place place)
{
	print_each(f, f->bill.moves[place] + f->bill.recalls[place]);
}

/* For each call. */
static void
print_calls(void)
{
	printf("| scene | n | CPUs | accesses | locked | fences | lines | of "
	       "them heads | entries | hints | blocks | revoked |\n"
	       "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
	for (unsigned int i = 0; i < nr_played; i++) {
		const struct figures *f = &played[i].f;

		printf("| %s | %u | %u |", played[i].scene->name,
			played[i].scene->n, f->nr_cpus);
		print_each(f, f->bill.accesses);
		print_each(f, f->bill.rmw);
		print_each(f, f->bill.fences + f->bill.heavy);
		print_each(f, figures_traffic(f));
		print_lines(f, PLACE_HEADS);
		print_lines(f, PLACE_ENTRIES);
		print_lines(f, PLACE_HINTS);
		print_each(f, f->blocks);
		print_each(f, f->revocations);
		printf("\n");
	}
}

/* How many, heads read by each, and by the one that read most. */
static void
print_hunt(const struct hunts *h)
{
	if (h->nr == 0)
		printf(" 0 | | |");
	else
		printf(" %" PRIu64 " | %.1f | %" PRIu64 " |", h->nr,
			(double)h->heads / (double)h->nr, h->most);
}

/* Of pops that took from others, or failed. */
static void
print_hunts(void)
{
	printf("\n| scene | n | CPUs | blocks used | steals | heads each | "
	       "most | failures | heads each | most |\n"
	       "|---|---|---|---|---|---|---|---|---|---|\n");
	for (unsigned int i = 0; i < nr_played; i++) {
		const struct figures *f = &played[i].f;

		if (f->steals.nr + f->fails.nr == 0)
			continue;
		printf("| %s | %u | %u | %" PRIu64 " |", played[i].scene->name,
			played[i].scene->n, f->nr_cpus, f->used);
		print_hunt(&f->steals);
		print_hunt(&f->fails);
		printf("\n");
	}
}

static void
play(const struct scene *scene, const struct settings *set)
{
	for (size_t i = 0; i < NR_SIZES && nr_played < PLAYED_MAX; i++) {
		struct played *p = &played[nr_played];

		if (!set->is_wanted[i])
			continue;
		p->scene = scene;
		scene_play(scene, sizes[i], set->fenced, FLAW_NONE, &p->f);
		nr_played++;
	}
}

static bool
is_wanted(const struct scene *scene, char **names)
{
	if (*names == NULL)
		return true;
	for (; *names != NULL; names++)
		if (strcmp(*names, scene->name) == 0)
			return true;
	return false;
}

/* Want these numbers of CPUs only. False: not such a list. */
static bool
want_sizes(struct settings *set, char *list)
{
	memset(set->is_wanted, 0, sizeof(set->is_wanted));
	for (char *word = strtok(list, ","); word != NULL;
		word = strtok(NULL, ",")) {
		size_t i = 0;

		while (i < NR_SIZES && strtoul(word, NULL, 10) != sizes[i])
			i++;
		if (i == NR_SIZES)
			return false;
		set->is_wanted[i] = true;
	}
	return true;
}

static int
usage(const char *program)
{
	fprintf(stderr,
		"usage: %s [--csv] [--fenced] [--cpus N[,N]...] [SCENE]...\n"
		"\tN: 2, 4, 8, 16, 32, 64 or 128; scenes:\n",
		program);
	for (unsigned int i = 0; i < nr_scenes; i++)
		if (*scenes[i].what != '\0')
			fprintf(stderr, "\t%-10s%s\n", scenes[i].name,
				scenes[i].what);
	return 2;
}

int
main(int argc, char **argv)
{
	struct settings set = { 0 };
	int option;

	memset(set.is_wanted, true, sizeof(set.is_wanted));
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			set.csv = true;
		else if (option == 'f')
			set.fenced = true;
		else if (option != 'n' || !want_sizes(&set, optarg))
			return usage(argv[0]);
	}
	for (unsigned int i = 0; i < nr_scenes; i++)
		if (is_wanted(&scenes[i], argv + optind))
			play(&scenes[i], &set);
	if (nr_played == 0)
		return usage(argv[0]);
	if (!set.csv) {
		print_calls();
		print_hunts();
		return 0;
	}
	print_csv_heading();
	for (unsigned int i = 0; i < nr_played; i++)
		print_csv(played[i].scene, &played[i].f);
	return 0;
}
