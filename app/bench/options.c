/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The options of this program, in one table, settings[]; how it is read and
 * shown: app/common/command.c.
 *
 * Lists of names are separated by commas; a name may have * and ? as in a
 * shell. Each must fit something: a name that was mistyped would otherwise
 * leave out without a word what somebody wanted to see.
 */

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "command.h"
#include "complain.h"
#include "kind.h"
#include "options.h"
#include "pattern.h"

/* Longest name in a list. */
#define NAME_MAX_LEN 64

static int
set_file(void *options, const struct setting *setting, const char *text)
{
	const char **field = RTE_PTR_ADD(options, setting->field);

	if (text[0] == '\0') {
		complain("--%s=: wants the name of a file", setting->name);
		return -EINVAL;
	}
	*field = text;
	return 0;
}

/* The next name of a list, or NULL at its end. One that is too long fits
 * nothing, and is cut short. */
static const char *
next_name(const char **list, char *name)
{
	size_t len;

	if (*list == NULL)
		return NULL;
	len = strcspn(*list, ",");
	snprintf(name, NAME_MAX_LEN, "%.*s", (int)RTE_MIN(len, (size_t)INT_MAX),
		*list);
	*list = (*list)[len] == ',' ? *list + len + 1 : NULL;
	return name;
}

bool
options_want(const char *list, const char *name)
{
	char wanted[NAME_MAX_LEN];

	if (list == NULL)
		return true;
	while (next_name(&list, wanted) != NULL)
		if (fnmatch(wanted, name, 0) == 0)
			return true;
	return false;
}

static const char *
pattern_name(unsigned int i)
{
	return i < nr_patterns ? patterns[i].name : NULL;
}

static const char *
contestant_name(unsigned int i)
{
	return i < nr_contestants ? contestants[i].name : NULL;
}

/* Take over a list of names, all of which fit something. */
static int
set_names(void *options, const struct setting *setting, const char *text,
	const char *(*name_of)(unsigned int i))
{
	const char **field = RTE_PTR_ADD(options, setting->field);
	char wanted[NAME_MAX_LEN];
	const char *list = text;
	unsigned int i;

	while (next_name(&list, wanted) != NULL) {
		for (i = 0; name_of(i) != NULL; i++)
			if (fnmatch(wanted, name_of(i), 0) == 0)
				break;
		if (name_of(i) == NULL) {
			complain("--%s: there is no \"%s\"; see -- --list",
				setting->name, wanted);
			return -EINVAL;
		}
	}
	*field = text;
	return 0;
}

static int
set_patterns(void *options, const struct setting *setting, const char *text)
{
	return set_names(options, setting, text, pattern_name);
}

static int
set_contestants(void *options, const struct setting *setting, const char *text)
{
	return set_names(options, setting, text, contestant_name);
}

#define FIELD(name) offsetof(struct options, name)

static const struct setting settings[] = {
	{ "help", 0, NULL, set_flag, FIELD(help), 0, 0, "print this and end" },
	{ "list", 0, NULL, set_flag, FIELD(list), 0, 0,
		"print the patterns and contestants there are, and end" },
	{ "quick", 0, NULL, set_flag, FIELD(quick), 0, 0,
		"fewer parameters, rounds and shorter slices: at most a\n"
		"minute instead of five; for a first look" },
	{ "pattern", 0, "LIST", set_patterns, FIELD(patterns), 0, 0,
		"only these patterns, as single,dry [all]" },
	{ "contestant", 0, "LIST", set_contestants, FIELD(contestants), 0, 0,
		"only these contestants, as 'objpool/*,ring_mp_mc/512'\n"
		"[all]" },
	{ "rounds", 0, "N", set_number, FIELD(rounds), 1, ROUNDS_MAX,
		"in each round everybody has a slice; the median counts\n"
		"[11, quick 5]" },
	{ "slice", 0, "MS", set_number, FIELD(slice_ms), 1, 1000,
		"how long a contestant runs at a time, in milliseconds\n"
		"[20, quick 6]" },
	{ "csv", 0, "FILE", set_file, FIELD(csv), 0, 0,
		"write all rows there; usertools/plot-bench.py draws them" },
	{ "json", 0, "FILE", set_file, FIELD(json), 0, 0,
		"write all rows there" },
	{ "no-progress", 0, NULL, set_flag, FIELD(no_progress), 0, 0,
		"do not show on stderr how far it is" },
};

int
options_parse(struct options *options, int argc, char **argv)
{
	*options = (struct options){ 0 };
	return command_parse(options, settings, RTE_DIM(settings), argc, argv);
}

void
options_usage(void)
{
	printf("Usage: " PROGRAM " [EAL OPTIONS] -- [OPTIONS]\n\n"
	       "Compare objpool with DPDK's mempools, on the lcores that EAL "
	       "is given.\n\n"
	       "Options [default]:\n");
	command_print(settings, RTE_DIM(settings), 21);
	printf("\nExample, two lcores, no other devices, nothing left behind:\n"
	       "  " PROGRAM " -l 0,1 --no-pci --no-telemetry --in-memory -- "
	       "--quick\n");
}

void
options_list(void)
{
	printf("Patterns:\n");
	for (unsigned int i = 0; i < nr_patterns; i++)
		printf("  %-16s%s\n", patterns[i].name,
			patterns[i].description);
	printf("Contestants:\n");
	for (unsigned int i = 0; i < nr_contestants; i++)
		printf("  %-24s%s\n", contestants[i].name,
			contestants[i].group);
}
