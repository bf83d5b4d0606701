/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool on the simulated machine: lib/core in an arena, each CPU with a slot of
 * its own and a hand to hold objects in.
 *
 * An object is known by its number; who pops one that somebody holds, or pushes
 * one that it does not hold, ends the program.
 */

#ifndef TEST_COUNT_WORLD_H
#define TEST_COUNT_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/layout.h"

#include "machine.h"

/* What can be made bad on purpose: the test must notice. */
enum flaw {
	FLAW_NONE,
	FLAW_COUNTER, /* each call counts in a word that all share */
	FLAW_LOOK,    /* each call looks at all slots */
	FLAW_HEADS,   /* each call looks at all blocks there could be */
};

struct hand {
	void **objs;
	unsigned int nr, room;
};

/* Pops that ended in the same way. */
struct hunts {
	uint64_t nr;
	uint64_t heads; /* read in all of them */
	uint64_t most;  /* read in one */
};

struct world {
	struct arena *a;
	unsigned int nr_cpus;
	enum flaw flaw;
	bool *is_out; /* object by object */
	struct hand hand[CPUS_MAX];
	_Atomic(uint64_t) *counter; /* of FLAW_COUNTER */

	uint64_t calls;
	bool is_treat; /* calls are not billed */
	struct hunts steals, fails;
};

/* A pool of this many objects, in blocks of that many (0: the pool's choice),
 * all of them in the depot. */
void
world_make(struct world *w, unsigned int nr_cpus, unsigned int nr_objs,
	unsigned int block, bool fenced, enum flaw flaw);

/* Check that all objects are there, and end it. */
void
world_end(struct world *w);

/* A call of the pool by a CPU: into and from its hand. */
bool
world_pop(struct world *w, unsigned int cpu, unsigned int n);
void
world_push(struct world *w, unsigned int cpu, unsigned int n);

/* Calls from now on, or no longer, only prepare what a scene is about. */
void
world_treat(struct world *w, bool free_of_charge);

/* From hand to hand. */
void
world_pass(struct world *w, unsigned int from, unsigned int to, unsigned int n);

#endif /* TEST_COUNT_WORLD_H */
