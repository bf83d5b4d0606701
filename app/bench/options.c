/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The command line. DPDK's own options stand before "--" and are EAL's; what
 * follows is read here, before EAL starts, so that a mistyped option costs
 * nothing.
 *
 * One table, settings[], says everything about an option: its name, its kind of
 * argument and limits, where the value goes, and its line in --help.
 *
 * Lists of names are separated by commas; a name may have * and ? as in a
 * shell. Each must fit something: a name that was mistyped would otherwise
 * leave out without a word what somebody wanted to see.
 */

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "complain.h"
#include "kind.h"
#include "options.h"
#include "pattern.h"

/* Longest name in a list. */
#define NAME_MAX_LEN 64

/* One option. */
struct setting {
	const char *name;
	const char *argument; /* what --help calls it; NULL: none */
	/* Take the argument over; -EINVAL after a complaint. */
	int (*set)(struct options *options, const struct setting *setting,
		const char *text);
	size_t field;      /* offset in struct options */
	uint32_t min, max; /* of a number */
	const char *help;
};

static int
set_flag(struct options *options, const struct setting *setting,
	const char *text __rte_unused)
{
	bool *flag = RTE_PTR_ADD(options, setting->field);

	*flag = true;
	return 0;
}

static int
set_number(struct options *options, const struct setting *setting,
	const char *text)
{
	uint32_t *field = RTE_PTR_ADD(options, setting->field);
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 ||
		number < setting->min || number > setting->max) {
		complain("--%s=%s: wants a number from %u to %u", setting->name,
			text, setting->min, setting->max);
		return -EINVAL;
	}
	*field = number;
	return 0;
}

static int
set_file(struct options *options, const struct setting *setting,
	const char *text)
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
set_names(struct options *options, const struct setting *setting,
	const char *text, const char *(*name_of)(unsigned int i))
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
set_patterns(struct options *options, const struct setting *setting,
	const char *text)
{
	return set_names(options, setting, text, pattern_name);
}

static int
set_contestants(struct options *options, const struct setting *setting,
	const char *text)
{
	return set_names(options, setting, text, contestant_name);
}

#define FIELD(name) offsetof(struct options, name)

static const struct setting settings[] = {
	{ "help", NULL, set_flag, FIELD(help), 0, 0, "print this and end" },
	{ "list", NULL, set_flag, FIELD(list), 0, 0,
		"print the patterns and contestants there are, and end" },
	{ "quick", NULL, set_flag, FIELD(quick), 0, 0,
		"fewer parameters, rounds and shorter slices: at most a\n"
		"minute instead of ten; for a first look" },
	{ "pattern", "LIST", set_patterns, FIELD(patterns), 0, 0,
		"only these patterns, as single,dry [all]" },
	{ "contestant", "LIST", set_contestants, FIELD(contestants), 0, 0,
		"only these contestants, as 'objpool/*,ring_mp_mc/512'\n"
		"[all]" },
	{ "rounds", "N", set_number, FIELD(rounds), 1, ROUNDS_MAX,
		"in each round everybody has a slice; the median counts\n"
		"[11, quick 5]" },
	{ "slice", "MS", set_number, FIELD(slice_ms), 1, 1000,
		"how long a contestant runs at a time, in milliseconds\n"
		"[20, quick 6]" },
	{ "csv", "FILE", set_file, FIELD(csv), 0, 0,
		"write all rows there; usertools/plot-bench.py draws them" },
	{ "json", "FILE", set_file, FIELD(json), 0, 0, "write all rows there" },
	{ "no-progress", NULL, set_flag, FIELD(no_progress), 0, 0,
		"do not show on stderr how far it is" },
};

/* Make getopt_long()'s table of settings[]. */
static void
options_table(struct option *names)
{
	for (size_t i = 0; i < RTE_DIM(settings); i++)
		names[i] = (struct option){
			.name = settings[i].name,
			.has_arg = settings[i].argument == NULL ?
				no_argument :
				required_argument,
			.val = UCHAR_MAX + 1 + i,
		};
}

/* Complain about what getopt_long() has just refused. */
static void
complain_unknown(char **argv)
{
	if (optopt > UCHAR_MAX)
		complain("%s: takes no argument; try -- --help",
			argv[optind - 1]);
	else if (optopt != 0)
		complain("-%c: unknown option; try -- --help", optopt);
	else
		complain("%s: unknown option; try -- --help", argv[optind - 1]);
}

int
options_parse(struct options *options, int argc, char **argv)
{
	struct option names[RTE_DIM(settings) + 1] = { 0 };
	const struct setting *setting;
	int value;

	*options = (struct options){ 0 };
	options_table(names);
	opterr = 0;
	optind = 0;
	while ((value = getopt_long(argc, argv, ":", names, NULL)) != -1) {
		if (value == ':') {
			complain("%s: wants an argument; try -- --help",
				argv[optind - 1]);
			return -EINVAL;
		}
		if (value <= UCHAR_MAX) {
			complain_unknown(argv);
			return -EINVAL;
		}
		setting = &settings[value - UCHAR_MAX - 1];
		if (setting->set(options, setting, optarg) < 0)
			return -EINVAL;
	}
	if (optind < argc) {
		complain("%s: not an option; try -- --help", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

/* Print one option: its form in a column, then its text. */
static void
setting_print(const struct setting *setting)
{
	const char *text = setting->help;
	char form[64];
	size_t len;

	snprintf(form, sizeof(form), "--%s%s%s", setting->name,
		setting->argument != NULL ? "=" : "",
		setting->argument != NULL ? setting->argument : "");
	printf("  %-19s", form);
	for (;;) {
		len = strcspn(text, "\n");
		printf("%.*s\n", (int)len, text);
		if (text[len] == '\0')
			return;
		text += len + 1;
		printf("%21s", "");
	}
}

void
options_usage(void)
{
	printf("Usage: " PROGRAM " [EAL OPTIONS] -- [OPTIONS]\n\n"
	       "Compare objpool with DPDK's mempools, on the lcores that EAL "
	       "is given.\n\n"
	       "Options [default]:\n");
	for (size_t i = 0; i < RTE_DIM(settings); i++)
		setting_print(&settings[i]);
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
