/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The hook, and the table of sites. Each use of an atomic operation puts a
 * variable into the section step_sites (shim/stdatomic.h); the linker knows
 * where that begins and ends. It is private to the program or shared object, so
 * a plugin and the program that loads it have a table each.
 *
 * Sites of the test's own text are there too, where it was compiled with the
 * shim for the sake of inline calls; those are not looked at.
 */

#include <stdio.h>
#include <string.h>

#include "step.h"

_Thread_local step_fn *step_hook;

extern struct step_site __start_step_sites[], __stop_step_sites[];

struct step_site *const step_first = __start_step_sites;
struct step_site *const step_end = __stop_step_sites;

/* From "lib/" or "drivers/" on; NULL: none of both. */
static const char *
product_path(const char *file)
{
	const char *at = strstr(file, "drivers/");

	return at != NULL ? at : strstr(file, "lib/");
}

bool
step_is_product(const struct step_site *site)
{
	return strstr(site->file, "test/") == NULL &&
		product_path(site->file) != NULL;
}

const char *
step_name(const struct step_site *site, char *text, size_t size)
{
	const char *path = product_path(site->file);
	const char *unit = strrchr(site->unit, '/');

	snprintf(text, size, "%s:%d %s %s in %s",
		path != NULL ? path : site->file, site->line, site->func,
		site->what, unit != NULL ? unit + 1 : site->unit);
	return text;
}
