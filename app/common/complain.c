/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Messages about what went wrong. DPDK libraries and drivers log their own
 * view, in several lines at times; whatever ends this program says so once
 * more in one line of this form, so that the last line on stderr is always the
 * one to read:
 *
 *   objpool-PROGRAM: what happened, to what; what to do
 *
 * What belongs to a normal run goes to stdout instead, by printf().
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
