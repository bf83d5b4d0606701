/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Messages about what went wrong. DPDK's libraries log their own view in lines of
 * their own; whatever ends this program says so once more in one line that
 * begins with the program's name, so that the last line on stderr is the one to
 * read.
 */

#include <stdarg.h>
#include <stdio.h>

#include "complain.h"

void
complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	fprintf(stderr, PROGRAM ": ");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}
