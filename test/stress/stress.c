/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The contest runner.
 *
 *   stress --contest scarce --threads 8 --seconds 5
 *   stress --seconds 30            all contests, 30 seconds in all
 *   stress --contest exact-demand --calls 1000000000
 *   stress --contest mortals --slots 9 --whatever
 *                                  without what the contest needs to happen,
 *                                  where settings may not let it
 *
 * Prints one line for each contest and one for all of them; exits with 0 if all
 * went well.
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"
#include "match.h"

#define USUAL_SECONDS 0.5

static const struct contest contests[] = {
	{ "all-vs-all", "pop(n)/push(n) vs pop(n)/push(n)", play_all_vs_all,
		NEEDS_STEALS | NEEDS_REVOCATIONS | NEEDS_CONFLICTS,
		{ .threads = 3, .objs = 600, .block = 16 } },
	{ "exact-bulk", "pop(share) vs pop(share)", play_fixed,
		NEEDS_STEALS | NEEDS_REVOCATIONS,
		{ .threads = 3, .objs = 96, .block = 16, .bulk = 32 } },
	{ "exact-one", "pop(1) vs pop(1), as many objects as threads",
		play_fixed, NEEDS_STEALS,
		{ .threads = 3, .objs = 3, .block = 4 } },
	{ "exact-demand", "pop(1) vs pop(1), each as many as is its part",
		play_demand, NEEDS_STEALS | NEEDS_REVOCATIONS,
		{ .threads = 3, .objs = 96, .block = 8, .bulk = 1 } },
	{ "more-demand", "the same, but there are too few", play_demand_more,
		NEEDS_STEALS | NEEDS_REVOCATIONS | NEEDS_FAILS,
		{ .threads = 3, .objs = 96, .block = 8, .bulk = 1 } },
	{ "exact-burst", "burst(n) vs burst(n)", play_strict_bursts,
		NEEDS_STEALS | NEEDS_REVOCATIONS,
		{ .threads = 3, .objs = 96, .block = 16 } },
	{ "singles", "pop(1)/push(1) vs pop(1)/push(1)", play_fixed,
		NEEDS_STEALS | NEEDS_REVOCATIONS,
		{ .threads = 3, .objs = 60, .block = 8, .bulk = 1 } },
	{ "scarce", "pop(too much) vs pop(too much)", play_scarce,
		NEEDS_STEALS | NEEDS_REVOCATIONS | NEEDS_FAILS,
		{ .threads = 3, .objs = 50, .block = 16 } },
	{ "bursts", "burst(random) vs burst(random)", play_bursts,
		NEEDS_STEALS | NEEDS_REVOCATIONS,
		{ .threads = 3, .objs = 200, .block = 16 } },
	{ "pipeline", "pop on A vs push on B", play_pipeline, NEEDS_BLOCKS,
		{ .threads = 2, .objs = 1000, .block = 32, .bulk = 32 } },
	{ "short-pipeline", "pop on A vs push on B, which holds most",
		play_pipeline, NEEDS_STEALS | NEEDS_REVOCATIONS,
		{ .threads = 2, .objs = 60, .block = 16, .bulk = 20 } },
	{ "idle-owner", "pop(1) vs an idle owner of everything",
		play_idle_owner, NEEDS_STEALS | NEEDS_REVOCATIONS,
		{ .threads = 3, .objs = 200, .block = 16 } },
	{ "slotless", "threads with vs threads without a slot", play_all_vs_all,
		NEEDS_STEALS | NEEDS_SHARED,
		{ .threads = 4, .objs = 400, .block = 16, .slots = 2 } },
	{ "mortals", "threads that die vs those that are born", play_mortals,
		NEEDS_STEALS | NEEDS_TAKEOVERS,
		{ .threads = 3, .objs = 400, .block = 16, .slots = 4 } },
	{ "leavers", "detach vs pop(n)/push(n)", play_leavers, NEEDS_STEALS,
		{ .threads = 3, .objs = 300, .block = 16, .slots = 2 } },
	{ "droppers", "drop vs pop(n)/push(n)", play_droppers, NEEDS_STEALS,
		{ .threads = 3, .objs = 3000, .block = 16 } },
	{ "observed", "nr_free/get_stats vs pop(n)/push(n)", play_observed,
		NEEDS_STEALS, { .threads = 4, .objs = 200, .block = 16 } },
	{ "starving", "pop(4/5 of all) vs pop(4/5 of all)", play_starving,
		NEEDS_STEALS | NEEDS_FAILS,
		{ .threads = 2, .objs = 40, .block = 8 } },
	{ "starving-stutter", "the same, interrupted", play_starving_stutter,
		NEEDS_STEALS | NEEDS_FAILS,
		{ .threads = 2, .objs = 40, .block = 8 } },
	{ "parked", "threads that run vs one that is stopped", play_parked,
		NEEDS_STEALS, { .threads = 3, .objs = 200, .block = 16 } },
	{ "stutter", "threads that are interrupted vs each other", play_stutter,
		NEEDS_STEALS | NEEDS_REVOCATIONS,
		{ .threads = 3, .objs = 150, .block = 16 } },
	{ "handlers", "pop(n)/push(n) vs the same in signal handlers",
		play_handlers,
		NEEDS_STEALS | NEEDS_REVOCATIONS | NEEDS_CONFLICTS |
			NEEDS_SHARED,
		{ .threads = 3,
			.objs = 300,
			.block = 8,
			.flags = OBJPOOL_F_SIGNALS } },
};

#define NR_CONTESTS (sizeof(contests) / sizeof(contests[0]))

static const struct option options[] = {
	{ "contest", required_argument, NULL, 'c' },
	{ "threads", required_argument, NULL, 't' },
	{ "objs", required_argument, NULL, 'o' },
	{ "block", required_argument, NULL, 'b' },
	{ "slots", required_argument, NULL, 's' },
	{ "bulk", required_argument, NULL, 'n' },
	{ "seconds", required_argument, NULL, 'T' },
	{ "calls", required_argument, NULL, 'N' },
	{ "seed", required_argument, NULL, 'r' },
	{ "checked", no_argument, NULL, 'C' },
	{ "fenced", no_argument, NULL, 'F' },
	{ "compact", no_argument, NULL, 'K' },
	{ "holders", no_argument, NULL, 'O' },
	{ "homing", no_argument, NULL, 'H' },
	{ "inline", no_argument, NULL, 'I' },
	{ "marked", no_argument, NULL, 'M' },
	{ "unguarded", no_argument, NULL, 'U' },
	{ "whatever", no_argument, NULL, 'W' },
	{ "list", no_argument, NULL, 'l' },
	{ NULL, 0, NULL, 0 },
};

static int
usage(const char *program)
{
	fprintf(stderr,
		"usage: %s [--contest NAME|all] [--threads 2..64] [--objs N]\n"
		"\t[--block N] [--slots N] [--bulk N] [--seconds S] [--calls N]\n"
		"\t[--seed N] [--checked] [--fenced] [--inline] [--compact]\n"
		"\t[--holders] [--homing] [--marked] [--unguarded]\n"
		"\t[--whatever] [--list]\n",
		program);
	return 2;
}

static int
list(void)
{
	for (size_t i = 0; i < NR_CONTESTS; i++)
		printf("%-16s %s\n", contests[i].name, contests[i].who);
	return 0;
}

/* Signal handlers without the flag: to see that it breaks. */
static bool unguarded;

/* What the command line does not say is as usual for the contest. */
static struct settings
settle(const struct settings *said, const struct settings *usual)
{
	struct settings set = *said;

	set.threads = said->threads != 0 ? said->threads : usual->threads;
	set.objs = said->objs != 0 ? said->objs : usual->objs;
	set.block = said->block != 0 ? said->block : usual->block;
	set.slots = said->slots != 0 ? said->slots : usual->slots;
	set.bulk = said->bulk != 0 ? said->bulk : usual->bulk;
	set.flags |= usual->flags;
	if (unguarded)
		set.flags &= ~OBJPOOL_F_SIGNALS;
	/* As many objects for each as usual, and a multiple of the threads. */
	if (said->objs == 0)
		set.objs = usual->objs / usual->threads * set.threads;
	return set;
}

static bool
run(const char *name, const struct settings *said, struct match *total)
{
	bool all = strcmp(name, "all") == 0, known = false, ok = true;

	for (size_t i = 0; i < NR_CONTESTS; i++) {
		const struct contest *c = &contests[i];
		struct settings set = settle(said, &c->usual);

		if (!all && strcmp(name, c->name) != 0)
			continue;
		known = true;
		if (all)
			set.seconds = said->seconds / NR_CONTESTS;
		ok &= match_run(c, &set, total);
	}
	if (!known)
		fprintf(stderr, "no contest %s; --list shows them\n", name);
	return known && ok;
}

static bool
set_flag(int option, struct settings *said)
{
	static const uint32_t flags['Z'] = {
		['C'] = OBJPOOL_F_CHECKED,
		['F'] = OBJPOOL_F_FENCED,
		['H'] = OBJPOOL_F_HOMING,
		['K'] = OBJPOOL_F_COMPACT,
		['M'] = OBJPOOL_F_MARKED,
		['O'] = OBJPOOL_F_HOLDERS,
	};

	if (option <= 0 || option >= 'Z' || flags[option] == 0)
		return false;
	said->flags |= flags[option];
	return true;
}

/* Returns false if the option is not known. */
static bool
set_option(int option, struct settings *said, const char **name)
{
	unsigned int n = 0;

	if (optarg != NULL)
		n = (unsigned int)strtoul(optarg, NULL, 0);
	switch (option) {
	case 'c':
		*name = optarg;
		return true;
	case 't':
		said->threads = n;
		return n >= 2 && n <= CREW_MAX;
	case 'o':
		said->objs = n;
		return true;
	case 'b':
		said->block = n;
		return true;
	case 's':
		said->slots = n;
		return true;
	case 'n':
		said->bulk = n;
		return true;
	case 'T':
		said->seconds = strtod(optarg, NULL);
		return true;
	case 'N':
		said->calls = strtoull(optarg, NULL, 0);
		return true;
	case 'r':
		env_set_seed(strtoull(optarg, NULL, 0));
		return true;
	case 'I':
		said->way = HAND_ANY_WAY;
		return true;
	case 'W':
		said->whatever = true;
		return true;
	case 'U':
		unguarded = true;
		return true;
	default:
		return set_flag(option, said);
	}
}

int
main(int argc, char **argv)
{
	static struct match total;
	struct settings said = { .seconds = env_seconds(USUAL_SECONDS) };
	const char *name = "all";
	bool ok;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l')
			return list();
		if (!set_option(option, &said, &name))
			return usage(argv[0]);
	}
	ok = run(name, &said, &total);
	match_print("total", &total, ok);
	return ok ? 0 : 1;
}
