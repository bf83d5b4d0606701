/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pools that are finished while others use them, by the thousand.
 *
 * Rulers publish pools in a few places, take them out again and finish them:
 * asynchronously, from inside a read section, from a deferred function, from
 * another pool's release; one of them waits. Readers find a pool in a section, pop
 * from it, carry objects on into later sections, and push, park or drop them sooner
 * or later; after the last object of a pool they look once more whether there is
 * one. Some also finish what was taken out (people.c).
 *
 * At the end every pool must have been released, once, with no object in anybody's
 * hands and never touched again (life.h, grave.h). And everything must have
 * happened: the last reference given back by the drain, by a push and by a drop,
 * second finis refused, pops of finished pools.
 *
 *   --control no-grace   the domain's grace periods are over before they begin
 *   --control in-place   the last reference releases at once, without the second
 *                        grace period
 *
 * With a control the same must fail. It runs in a child, until it does.
 *
 * covers G2 G3 G11 G12
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env.h"
#include "grave.h"
#include "town.h"

/* Controls: domains that do not keep their word. */

static uint64_t
start_nothing(void *ctx)
{
	(void)ctx;
	return 1;
}

static bool
done_at_once(void *ctx, uint64_t cookie)
{
	(void)ctx;
	(void)cookie;
	return true;
}

static const struct objpool_gp_ops no_grace = {
	.name = "no grace",
	.start = start_nothing,
	.done = done_at_once,
};

struct parcel {
	struct objpool_deferred outer;
	struct objpool_deferred *inner;
	objpool_deferred_fn *fn;
};

static void
open_parcel(struct objpool_deferred *outer)
{
	struct parcel *parcel = (struct parcel *)outer;

	parcel->fn(parcel->inner);
	free(parcel);
}

/* A grace period for the drain, none for the release. */
static void
defer_in_place(void *ctx, struct objpool_deferred *d, objpool_deferred_fn *fn)
{
	struct town *town = ctx;
	struct parcel *parcel;

	if (!town_is_finishing()) {
		fn(d);
		return;
	}
	parcel = malloc(sizeof(*parcel));
	if (parcel == NULL)
		abort();
	parcel->inner = d;
	parcel->fn = fn;
	objpool_gp_defer(town->real, &parcel->outer, open_parcel);
}

static const struct objpool_gp_ops in_place = {
	.name = "in place",
	.defer = defer_in_place,
	.synchronize = readers_synchronize,
};

static void
open_domain(struct town *town)
{
	const struct objpool_gp_attr attr = { .stall_ms = 10000 };

	switch (town->control) {
	case CONTROL_NO_GRACE:
		readers_must(objpool_gp_create(&no_grace, town, &attr,
				     &town->gp),
			"control");
		break;
	case CONTROL_IN_PLACE:
		town->real = readers_domain(attr);
		readers_must(objpool_gp_create(&in_place, town, &attr,
				     &town->gp),
			"control");
		break;
	default:
		town->gp = readers_domain(attr);
	}
}

static bool
everything_happened(const struct town *town,
	const struct objpool_gp_stats *stats)
{
	bool ok = stats->last_in_fini > 0 && stats->last_in_push > 0 &&
		stats->last_in_drop > 0 && town->census.already > 0 &&
		town->census.shut > 0 && town->census.again > 0 &&
		town->census.reclaims > 0;

	printf("%s: %" PRIu64 " steps; last reference: %" PRIu64
	       " in the drain, %" PRIu64 " in a push, %" PRIu64
	       " in a drop; %" PRIu64 " grace periods\n",
		READERS_NAME, town->calls, stats->last_in_fini,
		stats->last_in_push, stats->last_in_drop, stats->grace_periods);
	if (!ok)
		printf("something did not happen\n");
	return ok;
}

/* Where it is slow, what is rare takes longer. */
static void
let_it_happen(const struct town *town, double seconds)
{
	struct objpool_gp_stats stats;

	usleep((useconds_t)(seconds * 1e6));
	for (unsigned int i = 0; i < 100 && town->control == CONTROL_NONE;
		i++) {
		objpool_gp_get_stats(town->gp, &stats);
		if (stats.last_in_push > 0 && stats.last_in_drop > 0 &&
			town->census.reclaims > 0)
			break;
		usleep((useconds_t)(seconds * 1e5));
	}
}

static bool
torture(enum control control)
{
	struct town *town = calloc(1, sizeof(*town));
	struct objpool_gp_stats stats;
	bool ok;

	if (town == NULL)
		abort();
	town->control = control;
	town->census.is_control = control != CONTROL_NONE;
	readers_open();
	grave_open();
	open_domain(town);
	crew_start(&town->crew,
		control == CONTROL_NONE ? NR_RULERS + NR_READERS :
					  1 + NR_READERS,
		town_play, town);
	let_it_happen(town, env_seconds(3));
	crew_call_off(&town->crew);
	crew_join(&town->crew);
	town_clear(town);
	readers_must(objpool_barrier(town->gp), "barrier");
	if (town->real != NULL) {
		readers_must(objpool_barrier(town->real), "barrier");
		readers_must(objpool_barrier(town->gp), "barrier");
	}
	objpool_gp_get_stats(town->gp, &stats);
	ok = census_check(&town->census, READERS_NAME) && !town->late &&
		stats.released == town->census.released && stats.nr_pools == 0;
	if (ok && control == CONTROL_NONE)
		ok = everything_happened(town, &stats);
	if (!ok || control != CONTROL_NONE)
		return ok; /* what is left over is none of our business */
	readers_must(objpool_gp_destroy(town->gp), "destroy");
	readers_close();
	free(town);
	return ok;
}

/* Was it the pool's fault that the child ended so? */
static bool
is_violation(int status)
{
	if (WIFEXITED(status) &&
		(WEXITSTATUS(status) == 1 ||
			WEXITSTATUS(status) == GRAVE_TOUCHED))
		return true;
	/* A sanitizer aborts, or chooses its own exit status. */
	return env_is_slow() &&
		(WIFSIGNALED(status) || WEXITSTATUS(status) > GRAVE_TOUCHED);
}

/* The control must fail: by a wrong count, a late access, or a sanitizer. */
static int
expect_failure(enum control control)
{
	int status = 0;
	pid_t child;

	for (unsigned int times = 0; times < 5 && status == 0; times++) {
		fflush(NULL);
		child = fork();
		if (child == 0)
			exit(torture(control) ? 0 : 1);
		if (child < 0 || waitpid(child, &status, 0) != child)
			return READERS_TROUBLE;
	}
	if (is_violation(status)) {
		printf("%s: the control fails, as it must\n", READERS_NAME);
		return 0;
	}
	printf("%s: the control does not fail: status %#x\n", READERS_NAME,
		(unsigned int)status);
	return 1;
}

int
main(int argc, char **argv)
{
	env_seed();
	if (argc == 1)
		return torture(CONTROL_NONE) ? 0 : 1;
	if (argc == 3 && strcmp(argv[1], "--control") == 0) {
		if (strcmp(argv[2], "no-grace") == 0)
			return expect_failure(CONTROL_NO_GRACE);
		if (strcmp(argv[2], "in-place") == 0)
			return expect_failure(CONTROL_IN_PLACE);
	}
	fprintf(stderr, "usage: %s [--control no-grace|in-place]\n", argv[0]);
	return 2;
}
