/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Which sites must be come by: all of the library's, in each mode, but for those
 * that are named here, with a reason each. A site is a place in the text as it
 * was compiled into one file (shim/stdatomic.h).
 *
 * What only looks at the pool is played as well: a step after a load is one, too.
 * In mode toil victims die at random; there is no list, it is told at how many
 * sites they did.
 *
 * Deaths of a thread (end) and of a process (kill) are the same to the pool. Where
 * a site is only one mode's it is so for what the victim is: a thread of the
 * process that made the pool and its domain, or a process of its own.
 */

#include <stdio.h>
#include <string.h>

#include "sites.h"
#include "step.h"

#define IN(mode)   (1u << (mode))
#define ALWAYS     (IN(STOP) | IN(END) | IN(KILL))
#define NEVER_DIES (IN(END) | IN(KILL))

/* Sites of text in `file` compiled into `unit`, of functions that begin with func,
 * which do `what`; "": whatever. NARROW: the first of those that differ in the
 * line only. */
struct exemption {
	unsigned int modes;
	const char *file, *unit, *func, *what, *why;
};

#define NARROW "narrow"

static const struct exemption exemptions[] = {
	/* --- making a pool --- */
	{ ALWAYS, "", "layout.c", "", "",
		"makes the pool, which nobody else has yet" },
	{ ALWAYS, "pool.c", "", "make_", "", "likewise" },
	{ ALWAYS, "holders.c", "", "holders_init", "", "likewise" },
	{ ALWAYS, "identity.c", "", "identity_after_fork", "",
		"in fork(), when the child has nothing" },
	/* --- domains --- */
	{ ALWAYS, "rcu/gp.c", "", "objpool_gp_", "",
		"makes or ends a domain, which then has no pool" },
	{ ALWAYS, "rcu/gp.c", "", "get", "",
		"statistics of a domain, under its lock: pops and pushes do "
		"not need it" },
	{ ALWAYS, "/pool.c", "", "nr_parked", "", "likewise" },
	{ ALWAYS, "rcu/gp.c", "", "on_marker", "",
		"in the domain's thread: if it stops, periods do, as with a "
		"reader (test/lifecycle)" },
	{ ALWAYS, "rcu/gp.c", "", "gp_count_release", "", "likewise" },
	{ ALWAYS, "rcu/gp.c", "", "gp_done", "",
		"of domains that can only block (rcu/driver.c)" },
	{ ALWAYS, "rcu/driver.c", "", "", "",
		"of domains that can only block: most of it in their thread" },
	{ ALWAYS, "rcu/stall.c", "", "", "",
		"who watches for stalls: the domain here is not watched" },
	{ ALWAYS, "rcu/reclaim.c", "", "take_fresh", "",
		"in the domain's thread" },
	{ ALWAYS, "rcu/reclaim.c", "", "run_", "", "likewise" },
	{ ALWAYS, "rcu/reclaim.c", "", "reclaim_run", "", "likewise" },
	{ ALWAYS, "rcu/reclaim.c", "", "has_work", "", "likewise" },
	{ ALWAYS, "rcu/sleep.c", "", "sleeper_prepare", "", "likewise" },
	{ ALWAYS, "rcu/sleep.c", "", "sleeper_stay", "", "likewise" },
	{ ALWAYS, "rcu/sleep.c", "", "sleeper_wake", "read-modify-write",
		"whether that sleeps is chance" },
	{ NEVER_DIES, "rcu/", "", "", "",
		"who defers is not waited for, except by who destroys the "
		"domain: it must not die in there" },
	/* --- limbo --- */
	{ IN(KILL), "limbo.c", "", "", "",
		"other processes have no limbo, and a domain ends with its "
		"own (mode end)" },
	{ IN(KILL), "", "limbo.c", "", "", "likewise" },
	{ IN(KILL), "limbo.h", "", "", "", "likewise" },
	{ IN(KILL), "", "retire.c", "", "", "likewise" },
	{ IN(KILL), "nest.h", "ops.c", "nest_is_deep", "", "likewise" },
	{ ALWAYS, "limbo.c", "", "make_empty", "",
		"needs a block for each object (test/model, limbo.cpp)" },
	{ ALWAYS, "", "limbo.c", "block_take", "", "likewise" },
	{ ALWAYS, "", "limbo.c", "objpool_entry_load_", "", "likewise" },
	{ ALWAYS, "core.h", "limbo.c", "count_add", "read-modify-write",
		"who has no slot has borrowed one there" },
	{ ALWAYS, "core.h", "slot.c", "count_add", "read-modify-write",
		"likewise" },
	/* --- the end --- */
	{ NEVER_DIES, "end.c", "", "look", "",
		"of a pool with a domain (play.c, can_be_played())" },
	/* --- other processes --- */
	{ ALWAYS, "reach.c", "", "reach_settle", "",
		"only where the kernel refuses MEMBARRIER_CMD_GLOBAL "
		"(test/unit/test_unreached.c)" },
	{ IN(STOP) | IN(END), "reach.c", "", "join", "",
		"what only a second process does (mode kill)" },
	{ IN(STOP) | IN(END), "reach.c", "", "reach_from_elsewhere", "",
		"likewise" },
	{ IN(STOP) | IN(END), "/reclaim.c", "/reclaim.c", "check", "",
		"likewise" },
	/* --- inline calls --- */
	{ ALWAYS, "objpool/slot.h", "hand.c", "objpool_entry_", NARROW,
		"nothing narrow is done inline" },
};

#define NR_EXEMPTIONS (sizeof(exemptions) / sizeof(exemptions[0]))

static bool used[NR_EXEMPTIONS];

static bool
is_first(const struct step_site *s)
{
	for (const struct step_site *o = step_first; o != step_end; o++)
		if (strcmp(o->unit, s->unit) == 0 &&
			strcmp(o->func, s->func) == 0 && o->line < s->line)
			return false;
	return true;
}

static bool
does(const struct step_site *s, const char *what)
{
	if (strcmp(what, NARROW) == 0)
		return is_first(s);
	return *what == '\0' || strcmp(s->what, what) == 0;
}

static bool
is_exempt(const struct step_site *s, enum mode mode)
{
	bool exempt = false;

	for (size_t i = 0; i < NR_EXEMPTIONS; i++) {
		const struct exemption *e = &exemptions[i];

		if (!(e->modes & IN(mode)) ||
			strstr(s->file, e->file) == NULL ||
			strstr(s->unit, e->unit) == NULL ||
			strncmp(s->func, e->func, strlen(e->func)) != 0 ||
			!does(s, e->what))
			continue;
		used[i] = exempt = true;
	}
	return exempt;
}

static bool
all_are_used(enum mode mode)
{
	bool all = true;

	for (size_t i = 0; i < NR_EXEMPTIONS; i++) {
		const struct exemption *e = &exemptions[i];

		if (used[i] || !(e->modes & IN(mode)))
			continue;
		printf("# exempt, and there is no such site: %s %s %s %s\n",
			e->file, e->unit, e->func, e->what);
		all = false;
	}
	return all;
}

bool
sites_tell(enum mode mode, bool all, bool whole)
{
	unsigned int nr = 0, seen = 0, exempt = 0;
	char text[256];

	for (struct step_site *s = step_first; s != step_end; s++) {
		bool is_wanted;

		if (!step_is_product(s))
			continue;
		is_wanted = !is_exempt(s, mode);
		exempt += !is_wanted;
		nr += is_wanted;
		seen += is_wanted && s->stops > 0;
		if (all || (is_wanted && s->stops == 0 && whole))
			printf("# %6u %s%s\n", s->stops,
				step_name(s, text, sizeof(text)),
				is_wanted ? "" : " (exempt)");
	}
	printf("# %u of %u sites (%u exempt)\n", seen, nr, exempt);
	return all_are_used(mode) && seen == nr;
}

void
tell_places(unsigned int deaths)
{
	unsigned int nr = 0;

	for (struct step_site *s = step_first; s != step_end; s++)
		nr += s->stops > 0;
	printf("# %u deaths at %u sites\n", deaths, nr);
}
