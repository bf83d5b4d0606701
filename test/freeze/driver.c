/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Secondary processes that are killed, or stopped, while an lcore of the primary
 * gets and puts all the time.
 *
 *   driver OPS sites [--all]   killed at each site of the library and the driver
 *                              that some secondary came by, at least once
 *                              (--all: also the first twenty times), and at steps
 *                              chosen at random. Needs the plugin that was built
 *                              with the shim.
 *   driver OPS instructions [--all]
 *                              killed after each third instruction of a get and a
 *                              put, as compiled for users (--all: after each, and
 *                              of several objects, too)
 *   driver OPS stops           stopped by SIGSTOP, and continued
 *   driver OPS control         the lcore must get stuck when one is killed
 *          --holders           the mempool says who has which object, and the
 *                              driver brings back what the dead had
 *
 * The primary's lcore must get on after each death, all its gets being served:
 * the mempool has objects enough for what it holds and the dead took along. From
 * time to time it rests, and all objects are looked for: none is there twice, and
 * what is not there is stamped by somebody who is dead, or was moved by the call
 * in which one died. Those are put back by the primary.
 *
 * With the program's own arguments first, "secondary" makes it the agent.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_memzone.h>

#include "eal.h"
#include "env.h"
#include "objpool_mempool.h"
#include "primary.h"

#pragma weak steps_nr_sites
#pragma weak steps_site_name
#pragma weak steps_takeovers
#pragma weak steps_reclaim
#pragma weak objpool_mempool_reclaim /* or that */

#define CONTROL_MS   1000u
#define STOCK_EACH   1u /* kills from one look to the next */
#define RANDOM       80u
#define SCOUTS       8u
#define SITES_MIN    100u /* of get and put alone */
#define PLAYS        800u /* calls of a child */
#define TRIES        200u /* until somebody died at a site */
#define SHORT        20u  /* of these, afterwards children make more calls */
#define STOPS        25u
#define INSTRUCTIONS 2000u /* more than a call has */

static FILE *to, *from; /* the agent */
static pid_t agent;
static unsigned int nr_kills;
static struct rng dice;

/* --- the agent --- */

static void
start_agent(char *self)
{
	char lcores[64], proc[] = "--proc-type=secondary", where[96];
	char *args[] = { self, lcores, proc, where, (char *)"--no-pci",
		(char *)"--no-telemetry", NULL };
	int in[2], out[2];

	/* One that the primary has not, on its CPU. */
	choose_lcores(lcores, sizeof(lcores));
	*strchr(lcores, ',') = '\0';
	lcores[strlen("--lcores=")] = '2';
	snprintf(where, sizeof(where), "--file-prefix=%s", prefix);
	if (pipe(in) != 0 || pipe(out) != 0)
		abort();
	agent = fork();
	if (agent == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[1]);
		close(out[0]);
		setenv("FREEZE_ROLE", "secondary", 1);
		execv("/proc/self/exe", args);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	to = fdopen(in[1], "w");
	from = fdopen(out[0], "r");
}

static int
hear(void)
{
	char line[64];

	if (fgets(line, sizeof(line), from) == NULL) {
		fprintf(stderr, "the agent does not answer\n");
		exit(EXIT_FAILURE);
	}
	return atoi(line);
}

static int
tell(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(to, format, args);
	va_end(args);
	fputc('\n', to);
	fflush(to);
	return hear();
}

/* The agent is killed itself, and another comes. */
static void
kill_agent(char *self)
{
	kill(agent, SIGKILL);
	waitpid(agent, NULL, 0);
	fclose(to);
	fclose(from);
	start_agent(self);
	hear();
}

/* One was killed, perhaps; the others go on. */
static bool
survives(int killed)
{
	if (killed < 0)
		return wrong("fate of a child", killed, 1);
	nr_kills += (unsigned int)killed;
	nr_since += (unsigned int)killed;
	if (!gets_on(200))
		return wrong("progress", 0, 200);
	return nr_since < STOCK_EACH || take_stock();
}

/* --- tests --- */

static uint32_t passes[SITES_MAX]; /* the most that one child came by */
static uint32_t deaths[SITES_MAX];
static uint32_t comers[SITES_MAX]; /* children that came by */
static unsigned int nr_children;

/* What children may come by and cannot be made to again, by functions' names; play
 * kills at all of these. */
static const struct {
	const char *func, *why;
} exceptions[] = {
	{ "claim_divert", "the first process to join does, once for all" },
	{ "reach_from_elsewhere",
		"only before the primary's lcore has seen that" },
	{ "region_use compare-and-swap", "a block that was never used" },
	{ "scan_add", "a get that is short, when objects are plenty" },
};

static bool
is_exception(uint32_t site, const char *name)
{
	/* Two must meet in the very middle of something: not one in a hundred
	 * children does. */
	if (nr_children > TRIES && comers[site] * 100 < nr_children)
		return true;
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		if (strstr(name, exceptions[i].func) != NULL)
			return true;
	return false;
}

/* What the last child came by. */
static void
note_passes(void)
{
	nr_children++;
	for (uint32_t i = 0; i < SITES_MAX; i++) {
		comers[i] += board->passes[i] > 0;
		if (passes[i] < board->passes[i])
			passes[i] = board->passes[i];
	}
}

/* Which sites some children come by, and how often. */
static unsigned int
find_sites(bool all)
{
	unsigned int nr = 0;
	char text[256];

	for (unsigned int k = 0; k < SCOUTS; k++) {
		if (tell("arm 0 0 0 %u %u", k, PLAYS) != 0)
			return 0;
		note_passes();
	}
	for (uint32_t i = 0; i < steps_nr_sites() && i < SITES_MAX; i++) {
		nr += passes[i] > 0;
		if (all)
			printf("# %6u %s\n", passes[i],
				steps_site_name(i, text, sizeof(text)));
	}
	return nr;
}

/* A child is to die when it comes by the site for the k-th time. Others interfere,
 * so it need not come by where another did. */
static bool
aim_at(uint32_t site, uint32_t k, unsigned int times)
{
	int fate = tell("arm %u %u 0 %u %u", site, k,
		rng_below(&dice, 1u << 30), times);
	char text[256];

	deaths[site] += fate == 1;
	note_passes();
	return survives(fate) ||
		wrong(steps_site_name(site, text, sizeof(text)), k, 0);
}

/* Until somebody did. */
static bool
kills_at_site(uint32_t i, unsigned int most)
{
	char text[256];
	bool hard = is_exception(i, steps_site_name(i, text, sizeof(text)));
	unsigned int tries = hard ? SHORT : TRIES;

	for (uint32_t k = 1; k <= passes[i] && k <= most; k++)
		if (!aim_at(i, k, PLAYS))
			return false;
	for (unsigned int n = 1; deaths[i] == 0 && n < tries; n++)
		if (!aim_at(i, 1, n < SHORT ? PLAYS : 10 * PLAYS))
			return false;
	return true;
}

static unsigned int
count_sites(const uint32_t *of)
{
	unsigned int nr = 0;

	for (uint32_t i = 0; i < SITES_MAX; i++)
		nr += of[i] > 0;
	return nr;
}

/* How many sites nobody died at who might have. */
static unsigned int
tell_deaths(void)
{
	unsigned int nr = 0, exempt = 0, missing = 0;
	char text[256];

	for (uint32_t i = 0; i < SITES_MAX; i++) {
		nr += deaths[i];
		if (passes[i] == 0 || deaths[i] > 0)
			continue;
		steps_site_name(i, text, sizeof(text));
		exempt += is_exception(i, text);
		missing += !is_exception(i, text);
		printf("# nobody died at %s; %u of %u children came by\n", text,
			comers[i], nr_children);
	}
	printf("# %u deaths at %u of %u sites (%u exempt)\n", nr,
		count_sites(deaths), count_sites(passes) - exempt, exempt);
	return missing;
}

/* Also at those that only those came by who were to die elsewhere.
 * covers G2 G3 G7 G16 */
static bool
kills_at_each_site(bool all)
{
	unsigned int nr = find_sites(all), before;

	do {
		before = nr;
		for (uint32_t i = 0; i < SITES_MAX; i++)
			if (deaths[i] == 0 && passes[i] > 0 &&
				!kills_at_site(i, all ? 20 : 1))
				return false;
		nr = count_sites(passes);
	} while (nr > before);
	return tell_deaths() == 0 && nr >= SITES_MIN &&
		count_sites(deaths) * 10 >= nr * 9;
}

/* covers G2 G3 G7 */
static bool
kills_at_random_steps(bool all)
{
	for (unsigned int i = 0; i < RANDOM * (all ? 10 : 1); i++)
		if (!survives(tell("arm 0 0 %u %u %u", rng_upto(&dice, 8000),
			    rng_below(&dice, 1u << 30), PLAYS)))
			return false;
	return true;
}

/* covers G2 G3 G7 */
static bool
kills_between_instructions(bool all)
{
	unsigned int calls = all ? 4 : 2, stride = all ? 1 : 3, nr = 0;

	for (unsigned int call = 0; call < calls; call++)
		for (unsigned int i = rng_upto(&dice, stride); i < INSTRUCTIONS;
			i += stride) {
			int fate = tell("instruction %u %u", call, i);

			if (!survives(fate))
				return wrong("instruction", i, call);
			if (fate == 0)
				break;
			nr++;
		}
	printf("# killed after %u instructions\n", nr);
	return nr > 60 / stride * calls;
}

/* covers G3 G7 */
static bool
stops_at_random(bool all)
{
	pid_t child = tell("start");
	bool good = child > 0;

	for (unsigned int i = 0; i < STOPS * (all ? 10 : 1) && good; i++) {
		uint64_t before = board->guest_calls;

		usleep(rng_below(&dice, 3000));
		kill(child, SIGSTOP);
		good = gets_on(2000) || wrong("progress", 0, 2000);
		kill(child, SIGCONT);
		for (unsigned int ms = 0;
			good && ms < STUCK_MS && board->guest_calls == before;
			ms++)
			usleep(1000);
		good = good && board->guest_calls != before;
	}
	board->over = true;
	good = tell("join") == 0 && good;
	rte_eal_mp_wait_lcore();
	if (rte_mempool_avail_count(mp) != NR_OBJS)
		return wrong("available", rte_mempool_avail_count(mp), NR_OBJS);
	return good && board->duplicates == 0 && board->failed == 0;
}

/* A secondary dies between two instructions, and nobody gets on. */
static bool
control_gets_stuck(bool all)
{
	(void)all;
	stuck_ms = CONTROL_MS;
	for (unsigned int call = 3; call >= 2; call--)
		for (unsigned int i = 1; i < INSTRUCTIONS; i++) {
			if (tell("instruction %u %u", call, i) != 1)
				break;
			nr_since++;
			if (gets_on(200)) {
				if (nr_since == STOCK_EACH)
					take_stock();
				continue;
			}
			printf("# %s got stuck after instruction %u of a %s\n",
				rte_mempool_get_ops(mp->ops_index)->name, i,
				call == 2 ? "get" : "put");
			return true;
		}
	return false;
}

/* Whoever dies, the next one gets the lcore's slot. */
static bool
slots_are_taken_over(void)
{
	uint64_t n;

	if (steps_takeovers == NULL)
		return true;
	n = steps_takeovers(mp);
	printf("# %u deaths, %lu slots taken over\n", nr_kills,
		(unsigned long)n);
	return n >= nr_kills - 1 ||
		wrong("slots taken over", (long)n, nr_kills);
}

static void
report(unsigned int nr, const char *what, bool good)
{
	printf("%sok %u - %s\n", good ? "" : "not ", nr, what);
	fflush(stdout);
}

/* Tests of one run, in order. */
static bool
run(const char *what, bool all, char *self)
{
	bool good;

	if (strcmp(what, "control") == 0) {
		good = control_gets_stuck(all);
		report(1, "an lcore gets stuck when a secondary is killed",
			good);
		printf("1..1\n");
		return good;
	}
	if (strcmp(what, "stops") == 0) {
		good = stops_at_random(all);
		report(1, "stopped at random", good);
		printf("1..1\n");
		return good;
	}
	if (strcmp(what, "sites") == 0) {
		good = kills_at_each_site(all);
		report(1, "killed at each site", good);
		good = good && kills_at_random_steps(all);
		report(2, "killed at random steps", good);
	} else {
		good = kills_between_instructions(all);
		report(1, "killed between instructions", good);
		for (unsigned int i = 0; i < 3 && good; i++) {
			kill_agent(self);
			good = gets_on(200);
		}
		report(2, "secondaries killed and started again", good);
	}
	good = good && take_stock() && slots_are_taken_over();
	report(3, "all objects are there", good);
	printf("# %u deaths: %u objects lost in motion, %u held, %u reclaimed\n"
	       "1..3\n",
		nr_kills, nr_lost, nr_held, nr_reclaimed);
	return good;
}

static bool
has_option(int argc, char **args, const char *name)
{
	for (int i = 3; i < argc; i++)
		if (strcmp(args[i], name) == 0)
			return true;
	return false;
}

int
main(int argc, char **args)
{
	steps_reclaim_fn *how = NULL;
	bool all, good;

	if (getenv("FREEZE_ROLE") != NULL)
		return agent_main(argc, args);
	if (argc < 3)
		return EXIT_FAILURE;
	if (!has_hugepages(64 << 20)) {
		fprintf(stderr, "skipped: no 64 MB of hugepages\n");
		return EXIT_SKIP;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	all = has_option(argc, args, "--all");
	if (has_option(argc, args, "--holders"))
		how = steps_reclaim != NULL ? steps_reclaim :
					      objpool_mempool_reclaim;
	rng_init(&dice, env_seed(), 0);
	start_primary(args[1], how, args[0]);
	start_agent(args[0]);
	hear();
	rte_eal_remote_launch(primary_lcore, NULL, 1);
	good = gets_on(1000) && run(args[2], all, args[0]);
	board->over = true;
	/* Who is stuck stays so. */
	if (strcmp(args[2], "control") != 0)
		rte_eal_mp_wait_lcore();
	fclose(to);
	waitpid(agent, NULL, 0);
	eal_remove_files(prefix);
	fflush(stdout);
	_exit(good ? EXIT_SUCCESS : EXIT_FAILURE);
}
