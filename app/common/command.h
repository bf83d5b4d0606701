/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Reading and explaining the command line; what for, see command.c. */

#ifndef COMMON_COMMAND_H
#define COMMON_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One option. */
struct setting {
	const char *name;
	char letter;          /* short form, or 0 */
	const char *argument; /* what --help calls it; NULL: none */
	/* Take the argument over; -EINVAL after a complaint. */
	int (*set)(void *options, const struct setting *setting,
		const char *text);
	size_t field;      /* offset in the structure of the options */
	uint64_t min, max; /* of a number */
	const char *help;  /* lines, without the last newline */
};

/* Read a decimal number and nothing else; -EINVAL if it is not one from min to
 * max. */
int
parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number);

/* The same, of an option; -EINVAL after a complaint. */
int
read_number(const struct setting *setting, const char *text, uint64_t *number);

/* What an option may do with its field: a bool, or a uint32_t. */
int
set_flag(void *options, const struct setting *setting, const char *text);
int
clear_flag(void *options, const struct setting *setting, const char *text);
int
set_number(void *options, const struct setting *setting, const char *text);

/* Where the options of this program begin in argv: at "--", or at its end. */
int
command_own(int argc, char **argv);

/* Read the options that follow "--" into *options. Touches nothing outside the
 * process. 0, or -EINVAL after a complaint. */
int
command_parse(void *options, const struct setting *settings, size_t nr,
	int argc, char **argv);

/* Print the options for --help: their forms in a column, then their texts. */
void
command_print(const struct setting *settings, size_t nr, int column);

#endif /* COMMON_COMMAND_H */
