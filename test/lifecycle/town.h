/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Where the torture takes place: published pools, and who rules and uses them. */

#ifndef TEST_LIFECYCLE_TOWN_H
#define TEST_LIFECYCLE_TOWN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "crew.h"
#include "life.h"
#include "reader.h"

#define NR_PLACES  3u /* the last is the patient ruler's */
#define NR_HANDS   8u
#define NR_RULERS  2u
#define NR_READERS 2u
#define LIVES_MAX  600u /* not released at a time */

enum control {
	CONTROL_NONE,
	CONTROL_NO_GRACE,
	CONTROL_IN_PLACE,
};

struct town {
	struct census census;
	struct objpool_gp *gp;
	struct objpool_gp *real; /* where gp is a control's */
	enum control control;
	_Atomic(struct life *) place[NR_PLACES];
	struct life *pending; /* to be finished by a release */
	_Atomic(uint64_t) calls;
	_Atomic(bool) late; /* a pool was not released in time */
	struct crew crew;
};

/* What each member does until the crew is called off. */
crew_fn town_play;

/* Finish what is left over, nobody being there any more. */
void
town_clear(struct town *town);

/* Is the calling thread in objpool_fini()? What is deferred then is a first grace
 * period's. */
bool
town_is_finishing(void);

#endif /* TEST_LIFECYCLE_TOWN_H */
