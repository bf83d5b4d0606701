/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The command line of programs on DPDK. DPDK's own options stand before "--"
 * and are EAL's; what follows is read here, before EAL starts, so that a
 * mistyped option costs nothing and leaves nothing behind.
 *
 * One table says everything about a program's options: their names, what kind
 * of argument they take, within which limits, where the value goes, and their
 * lines in --help. getopt_long()'s table and the help text are made from it.
 */

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "command.h"
#include "complain.h"

/* Most options of a program. */
#define SETTINGS_MAX 64

int
parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || value < min || value > max)
		return -EINVAL;
	*number = value;
	return 0;
}

int
read_number(const struct setting *setting, const char *text, uint64_t *number)
{
	if (parse_number(text, setting->min, setting->max, number) == 0)
		return 0;
	complain("--%s=%s: wants a number from %" PRIu64 " to %" PRIu64,
		setting->name, text, setting->min, setting->max);
	return -EINVAL;
}

int
set_flag(void *options, const struct setting *setting,
	const char *text __rte_unused)
{
	bool *flag = RTE_PTR_ADD(options, setting->field);

	*flag = true;
	return 0;
}

int
clear_flag(void *options, const struct setting *setting,
	const char *text __rte_unused)
{
	bool *flag = RTE_PTR_ADD(options, setting->field);

	*flag = false;
	return 0;
}

int
set_number(void *options, const struct setting *setting, const char *text)
{
	uint32_t *field = RTE_PTR_ADD(options, setting->field);
	uint64_t number;

	if (read_number(setting, text, &number) < 0)
		return -EINVAL;
	*field = number;
	return 0;
}

int
command_own(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i;
	return argc;
}

/* Make getopt_long()'s tables. */
static void
make_tables(const struct setting *settings, size_t nr, char *letters,
	struct option *names)
{
	*letters++ = ':'; /* tell a missing argument from an unknown option */
	for (size_t i = 0; i < nr; i++) {
		const struct setting *s = &settings[i];

		names[i] = (struct option){
			.name = s->name,
			.has_arg = s->argument == NULL ? no_argument :
							 required_argument,
			.val = UCHAR_MAX + 1 + i,
		};
		if (s->letter != 0)
			*letters++ = s->letter;
	}
	names[nr] = (struct option){ 0 };
	*letters = '\0';
}

static const struct setting *
find_setting(const struct setting *settings, size_t nr, int value)
{
	if (value > UCHAR_MAX)
		return &settings[value - UCHAR_MAX - 1];
	for (size_t i = 0; i < nr; i++)
		if (settings[i].letter == value)
			return &settings[i];
	return NULL;
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
command_parse(void *options, const struct setting *settings, size_t nr,
	int argc, char **argv)
{
	struct option names[SETTINGS_MAX + 1];
	char letters[SETTINGS_MAX + 2];
	const struct setting *setting;
	int value;

	RTE_VERIFY(nr <= SETTINGS_MAX);
	make_tables(settings, nr, letters, names);
	opterr = 0;
	optind = 0;
	while ((value = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (value == ':') {
			complain("%s: wants an argument; try -- --help",
				argv[optind - 1]);
			return -EINVAL;
		}
		setting = find_setting(settings, nr, value);
		if (setting == NULL) {
			complain_unknown(argv);
			return -EINVAL;
		}
		if (setting->set(options, setting, optarg) < 0)
			return -EINVAL;
	}
	if (optind < argc) {
		complain("%s: not an option; try -- --help", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

static bool
have_letters(const struct setting *settings, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (settings[i].letter != 0)
			return true;
	return false;
}

static void
print_setting(const struct setting *s, bool letters, int column)
{
	const char *text = s->help;
	char form[64];
	size_t len;

	snprintf(form, sizeof(form), "--%s%s%s", s->name,
		s->argument != NULL ? "=" : "",
		s->argument != NULL ? s->argument : "");
	if (s->letter != 0)
		printf("  -%c, %-*s", s->letter, column - 6, form);
	else if (letters)
		printf("      %-*s", column - 6, form);
	else
		printf("  %-*s", column - 2, form);
	for (;;) {
		len = strcspn(text, "\n");
		printf("%.*s\n", (int)len, text);
		if (text[len] == '\0')
			return;
		text += len + 1;
		printf("%*s", column, "");
	}
}

void
command_print(const struct setting *settings, size_t nr, int column)
{
	bool letters = have_letters(settings, nr);

	for (size_t i = 0; i < nr; i++)
		print_setting(&settings[i], letters, column);
}
