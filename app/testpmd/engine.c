/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The forwarding modes by name. Each engine is a file of its own that defines
 * one `struct engine`: its name, whether it receives and sends, and a function
 * that handles one burst of one stream. A new mode is a new file, a line in
 * engine.h and a line here.
 */

#include <stddef.h>
#include <string.h>

#include <rte_common.h>

#include "engine.h"

static const struct engine *const engines[] = {
	&io_engine,
	&mac_engine,
	&macswap_engine,
	&rxonly_engine,
	&txonly_engine,
};

const struct engine *
engine_find(const char *name)
{
	for (size_t i = 0; i < RTE_DIM(engines); i++)
		if (strcmp(engines[i]->name, name) == 0)
			return engines[i];
	return NULL;
}
