/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Runs contests: all, or those whose names begin with an argument.
 *
 *   blocks [-n PERCENT] [-s FIRST] [-f fenced|free] [-q] [NAME]...
 *
 * -n scales the number of iterations, -s is the first seed (each iteration has
 * its own, so a failing one is run alone by its number and -n 0), -f runs one
 * flavour only, -q hides the history of a failure. Exits with 0 if all went
 * well, 1 if a contest failed, 3 if one passed without having seen what it is
 * about. Contests that are about fence-free owners are run as FREE only.
 */

#include <chrono>
#include <sstream>
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

enum flavour flavour;
uint64_t seen[EVENTS_MAX];

static const struct contest *current;

static const char *const event_names[] = { "NOTHING",
#define X(name) #name,
	EVENTS(X)
#undef X
};

struct suite : rl::test_suite<suite, THREADS> {
	void
	before()
	{
		machine_start();
		current->set_up();
	}

	void
	thread(unsigned int i)
	{
		if (current->thread[i] != NULL)
			current->thread[i]();
		machine_end_thread();
	}

	void
	after()
	{
		current->check();
	}
};

struct options {
	unsigned int percent;
	unsigned long first;
	bool quiet;
	bool wanted[FLAVOURS];
	char **names;
	int nr_names;
};

static bool
run(rl::test_params *params)
{
	typedef rl::random_scheduler<THREADS> scheduler;
	std::ostringstream out;

	return rl::run_test<suite, scheduler>(*params, out, false) ==
		rl::test_result_success;
}

/* The failing iteration again, with its history. */
static void
tell(rl::test_params params)
{
	std::ostringstream at;

	at << params.stop_iteration;
	params.initial_state = at.str();
	params.collect_history = true;
	run(&params);
}

/* 0, 1 or 3, as the program. */
static int
judge(const rl::test_params *params, bool passed, unsigned long times,
	double seconds)
{
	static const char *const flavours[] = { "fenced", "free" };
	int rc = passed ? 0 : 1;

	if (passed)
		printf("ok      %-6s %s: %lu in %.1f s", flavours[flavour],
			current->name, times, seconds);
	else
		printf("FAILED  %-6s %s: iteration %lu, %s", flavours[flavour],
			current->name, (unsigned long)params->stop_iteration,
			rl::test_result_str(params->test_result));
	for (unsigned int e = 1; e < EVENTS_MAX; e++)
		if (seen[e] > 0)
			printf(" %s %lu", event_names[e],
				(unsigned long)seen[e]);
	printf("\n");
	for (unsigned int i = 0; current->seen[i] != NOTHING && passed; i++)
		if (seen[current->seen[i]] == 0) {
			printf("VACUOUS %s: never %s\n", current->name,
				event_names[current->seen[i]]);
			rc = 3;
		}
	return rc;
}

static int
run_contest(const struct options *o)
{
	auto start = std::chrono::steady_clock::now();
	std::ostringstream from, progress;
	rl::test_params params;
	unsigned long times = (unsigned long)current->times * o->percent / 100;
	bool passed;
	int rc;

	from << o->first;
	params.initial_state = from.str();
	params.iteration_count = o->first + (times > 0 ? times - 1 : 0);
	params.execution_depth_limit = 20000;
	params.progress_stream = &progress;
	memset(seen, 0, sizeof(seen));
	passed = run(&params);
	rc = judge(&params, passed, times,
		std::chrono::duration<double>(
			std::chrono::steady_clock::now() - start)
			.count());
	if (!passed && !o->quiet)
		tell(params);
	fflush(stdout);
	return times == 0 && passed ? 0 : rc;
}

static bool
is_wanted(const struct options *o)
{
	for (int i = 0; i < o->nr_names; i++)
		if (strncmp(current->name, o->names[i], strlen(o->names[i])) ==
			0)
			return true;
	return o->nr_names == 0;
}

static bool
get_options(int argc, char **argv, struct options *o)
{
	int i;

	*o = { 100, 1, false, { true, true }, NULL, 0 };
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "-q") == 0) {
			o->quiet = true;
			continue;
		}
		if (i + 1 == argc)
			return false;
		if (strcmp(argv[i], "-n") == 0)
			o->percent = (unsigned int)atoi(argv[++i]);
		else if (strcmp(argv[i], "-s") == 0)
			o->first = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "-f") == 0)
			o->wanted[strcmp(argv[++i], "free") == 0 ? FENCED :
								   FREE] =
				false;
		else
			return false;
	}
	o->names = argv + i;
	o->nr_names = argc - i;
	return true;
}

int
main(int argc, char **argv)
{
	struct options o;
	unsigned int nr_run = 0;
	int worst = 0;

	if (!get_options(argc, argv, &o)) {
		fprintf(stderr,
			"usage: %s [-n PERCENT] [-s FIRST] [-f fenced|free] "
			"[-q] [NAME]...\n",
			argv[0]);
		return 2;
	}
	for (unsigned int i = 0; i < nr_contests; i++) {
		current = &contests[i];
		for (int f = 0; f < FLAVOURS; f++) {
			if (!is_wanted(&o) || !o.wanted[f] ||
				(current->is_free && f != FREE))
				continue;
			flavour = (enum flavour)f;
			int rc = run_contest(&o);

			worst = rc == 1 || worst == 0 ? rc : worst;
			nr_run++;
		}
	}
	if (nr_run == 0)
		fprintf(stderr, "no such contest\n");
	return nr_run == 0 ? 2 : worst;
}
