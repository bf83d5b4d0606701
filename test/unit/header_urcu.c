/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The domains of liburcu compile behind any flavour's header (FLAVOUR), in C11 and
 * in C++17. */

#include FLAVOUR
#include <objpool/urcu.h>

int
make_urcu(struct objpool_gp **gpp, struct objpool_reader *reader);

int
make_urcu(struct objpool_gp **gpp, struct objpool_reader *reader)
{
	int rc = objpool_gp_create_urcu(&rcu_flavor, NULL, gpp);

	return rc < 0 ? rc : objpool_reader_register_urcu(*gpp, reader, "me");
}
