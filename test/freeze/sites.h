/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Was somebody stopped, or did somebody die, at each site? */

#ifndef TEST_FREEZE_SITES_H
#define TEST_FREEZE_SITES_H

#include <stdbool.h>

#include "repertoire.h"

/* Tell at how many sites, and which are missing; `all`: each site, and how often.
 * `whole`: everything was played. False: one was missing that is not exempt, or
 * an exemption is of no site. */
bool
sites_tell(enum mode mode, bool all, bool whole);

/* For deaths at random: tell at how many sites those were. */
void
tell_places(unsigned int deaths);

#endif /* TEST_FREEZE_SITES_H */
