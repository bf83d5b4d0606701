/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Prints what the scenes come to on simulated machines of 2 to 128 CPUs, as a
 * table in Markdown or as comma-separated values. The same on every machine.
 *
 *   count [--csv] [--fenced] [--cpus N] [SCENE]...
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

struct settings {
	bool csv, fenced;
	unsigned int nr_cpus; /* 0: all */
};

static void
print_heading(const struct settings *set)
{
	if (set->csv) {
		printf("scene,n,cpus,calls,accesses,rmw,fences,heavy");
		for (int i = 0; i < NR_PLACES; i++)
			printf(",moves_%s,recalls_%s", places[i], places[i]);
		printf(",blocks,revocations,steals,steal_heads,steal_most,"
		       "fails,fail_heads,fail_most,used\n");
		return;
	}
	printf("| scene | n | CPUs | accesses | locked | fences | lines | of "
	       "them heads | entries | hints | blocks | revoked | steals | "
	       "heads each | most | fails | heads each | most | used |\n|");
	for (int i = 0; i < 19; i++)
		printf("---|");
	printf("\n");
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

/* How many, heads read by each, and by the one that read most. */
static void
print_hunts(const struct hunts *h)
{
	if (h->nr == 0)
		printf(" | | |");
	else
		printf(" %" PRIu64 " | %.1f | %" PRIu64 " |", h->nr,
			(double)h->heads / (double)h->nr, h->most);
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

static void
print_row(const struct scene *scene, const struct figures *f)
{
	printf("| %s | %u | %u |", scene->name, scene->n, f->nr_cpus);
	print_each(f, f->bill.accesses);
	print_each(f, f->bill.rmw);
	print_each(f, f->bill.fences + f->bill.heavy);
	print_each(f, figures_traffic(f));
	print_lines(f, PLACE_HEADS);
	print_lines(f, PLACE_ENTRIES);
	print_lines(f, PLACE_HINTS);
	print_each(f, f->blocks);
	print_each(f, f->revocations);
	print_hunts(&f->steals);
	print_hunts(&f->fails);
	printf(" %" PRIu64 " |\n", f->used);
}

static void
play(const struct scene *scene, const struct settings *set)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct figures f;

		if (set->nr_cpus != 0 && set->nr_cpus != sizes[i])
			continue;
		scene_play(scene, sizes[i], set->fenced, FLAW_NONE, &f);
		if (set->csv)
			print_csv(scene, &f);
		else
			print_row(scene, &f);
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

int
main(int argc, char **argv)
{
	struct settings set = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c') {
			set.csv = true;
		} else if (option == 'f') {
			set.fenced = true;
		} else if (option == 'n') {
			set.nr_cpus = (unsigned int)strtoul(optarg, NULL, 0);
		} else {
			fprintf(stderr,
				"usage: %s [--csv] [--fenced] [--cpus "
				"2|4|8|16|32|64|128] [SCENE]...\n",
				argv[0]);
			return 2;
		}
	}
	print_heading(&set);
	for (unsigned int i = 0; i < nr_scenes; i++)
		if (is_wanted(&scenes[i], argv + optind))
			play(&scenes[i], &set);
	return 0;
}
