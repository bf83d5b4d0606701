/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What simulated CPUs do to a pool, call by call and in turn, and what that
 * comes to. The same scene with more CPUs has as many objects for each and as
 * many calls of each.
 */

#ifndef TEST_COUNT_SCENES_H
#define TEST_COUNT_SCENES_H

#include "world.h"

struct scene;

typedef void
scene_fn(struct world *w, const struct scene *scene);

struct scene {
	const char *name;
	const char *what;
	unsigned int n;     /* objects a call */
	unsigned int objs;  /* for each CPU */
	unsigned int block; /* objects a block; 0: the pool's choice */
	scene_fn *start;    /* may be NULL: all lies in the depot */
	scene_fn *round;
	unsigned int warm;   /* rounds that are not billed */
	unsigned int rounds; /* that are */
};

struct figures {
	unsigned int nr_cpus;
	uint64_t calls;
	struct bill bill;
	uint64_t blocks; /* exchanged */
	uint64_t revocations;
	struct hunts steals,
		fails; /* pops that took from others; that failed */
	uint64_t used; /* blocks that ever held something */
};

extern const struct scene scenes[];
extern const unsigned int nr_scenes;

/* NULL: there is none of that name and number of objects a call. */
const struct scene *
scene_find(const char *name, unsigned int n);

void
scene_play(const struct scene *scene, unsigned int nr_cpus, bool fenced,
	enum flaw flaw, struct figures *f);

/* A figure for each call. */
double
figures_each(const struct figures *f, uint64_t figure);

/* Moves and recalls of all lines. */
uint64_t
figures_traffic(const struct figures *f);

#endif /* TEST_COUNT_SCENES_H */
