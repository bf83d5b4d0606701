/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The order in which all is measured.
 *
 * A case (a pattern with its parameters) is measured in rounds. In each round
 * every contestant has a slice of time, and each round begins with another one:
 * so whatever the machine does, it does to all of them. Their pools are open at
 * the same time, or, where that takes too much memory or what was left from the
 * slice before would matter, each during its slice only.
 *
 * Who cannot take part in a case is left out of it, and that is said: once for
 * each reason, for the same reason may hold in many cases.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_random.h>

#include "complain.h"
#include "noise.h"
#include "pattern.h"
#include "quit.h"
#include "run.h"
#include "samples.h"

#define ROUNDS       11
#define ROUNDS_QUICK 5
#define SLICE        20 /* ms */
#define SLICE_QUICK  6
#define HASTE        40 /* s; then a quick run has one round of each case */
#define BURST_MAX    32
#define DICE_SEED    1 /* the same for all, always */

/* A contestant in the case at hand. */
struct entrant {
	const struct contestant *contestant;
	struct pool pool;
	bool is_open;
	bool is_out;      /* cannot take part */
	const char *told; /* why not; said already */
	unsigned int nr;  /* samples */
	double samples[ROUNDS_MAX];
};

/* The rows of a case, and the weather when they were measured. */
struct measured {
	struct row *rows;
	unsigned int nr;
	struct weather weather;
};

struct run {
	const struct options *options;
	struct results *results;
	struct tools tools;
	unsigned int rounds;
	uint64_t slice;            /* TSC cycles */
	uint64_t deadline;         /* TSC; UINT64_MAX: none */
	double best_speed;         /* noise_speed(), of all rounds */
	double speeds[ROUNDS_MAX]; /* of the case at hand */
	unsigned int nr_entrants;
	struct entrant *entrants;
	unsigned int nr_measured;
	struct measured *measured;
};

/* Does the contestant have a place in the pattern at all? */
static bool
suits(const struct contestant *contestant, const struct pattern *pattern)
{
	if (contestant->kind == &nothing_kind)
		return pattern->is_pipeline;
	return contestant->kind->is_shared || !pattern->is_shared;
}

static bool
wants_case(const struct run *run, const struct params *params)
{
	unsigned int there = run->tools.team.nr_lcores;

	if (run->options->quick && !params->is_quick)
		return false;
	if (params->lcores == LCORES_ALL)
		return there > 1 || params->threads > 0;
	return params->lcores <= there;
}

static unsigned int
rounds_of(const struct run *run, const struct pattern *pattern)
{
	return pattern->rounds > 0 ? RTE_MIN(pattern->rounds, run->rounds) :
				     run->rounds;
}

/* Cases that will be measured of a pattern. */
static unsigned int
count_cases(const struct run *run, const struct pattern *pattern)
{
	unsigned int nr = 0;

	if (!options_want(run->options->patterns, pattern->name))
		return 0;
	for (const struct params *p = pattern->params; p->nr_objs > 0; p++)
		nr += wants_case(run, p);
	return nr;
}

/* --- one case */

static void
leave_out(struct entrant *entrant, const struct pattern *pattern,
	const char *why)
{
	entrant->is_out = true;
	if (entrant->told == NULL || strcmp(entrant->told, why) != 0)
		printf("%s is left out of %s: %s\n", entrant->contestant->name,
			pattern->name, why);
	entrant->told = why;
}

static void
entrant_open(struct entrant *entrant, const struct pattern *pattern,
	const struct setup *setup)
{
	if (entrant->is_open || entrant->is_out)
		return;
	if (pool_open(&entrant->pool, entrant->contestant, setup) < 0)
		leave_out(entrant, pattern, entrant->pool.why);
	else
		entrant->is_open = true;
}

static void
entrant_close(struct entrant *entrant)
{
	if (entrant->is_open)
		pool_close(&entrant->pool);
	entrant->is_open = false;
}

/* A contestant's slice. */
static void
measure(struct run *run, struct entrant *entrant, const struct pattern *pattern,
	const struct params *params, const struct setup *setup)
{
	double figure;
	int ret;

	entrant_open(entrant, pattern, setup);
	if (!entrant->is_open)
		return;
	ret = pattern->measure(&run->tools, &entrant->pool, params, &figure);
	if (ret < 0)
		leave_out(entrant, pattern, rte_strerror(-ret));
	else
		entrant->samples[entrant->nr++] = figure;
	if (pattern->is_reopened)
		entrant_close(entrant);
}

/* All rounds, or as many as there is leisure for. How many were begun. */
static unsigned int
measure_rounds(struct run *run, const struct pattern *pattern,
	const struct params *params, const struct setup *setup,
	const char *detail)
{
	unsigned int rounds = rounds_of(run, pattern), round;

	for (round = 0; round < rounds && !quit_asked(); round++) {
		if (round > 0 && rte_rdtsc() > run->deadline)
			break;
		progress_step(pattern->name, detail);
		run->speeds[round] = noise_speed();
		run->best_speed = RTE_MIN(run->best_speed, run->speeds[round]);
		for (unsigned int i = 0; i < run->nr_entrants; i++) {
			unsigned int k = (round + i) % run->nr_entrants;

			if (!quit_asked())
				measure(run, &run->entrants[k], pattern, params,
					setup);
		}
	}
	return round;
}

/* Make rows of the samples; how many. */
static unsigned int
add_rows(struct run *run, const struct pattern *pattern,
	const struct params *params)
{
	struct row *rows = run->results->rows + run->results->nr;
	unsigned int nr = 0;

	for (unsigned int i = 0; i < run->nr_entrants; i++) {
		struct entrant *entrant = &run->entrants[i];
		const struct contestant *contestant = entrant->contestant;

		if (entrant->nr == 0)
			continue;
		rows[nr] = (struct row){
			.pattern = pattern->name,
			.description = pattern->description,
			.unit = pattern->unit,
			.n = params->n,
			.kept = params->kept,
			.lcores = params->lcores,
			.threads = params->threads,
			.contestant = contestant->name,
			.group = contestant->group,
			.cache = contestant->cache,
			.trusted = true,
		};
		samples_sum_up(entrant->samples, entrant->nr, &rows[nr]);
		nr++;
	}
	run->results->nr += nr;
	return nr;
}

static bool
is_timed(const char *unit)
{
	return strncmp(unit, "cycles", 6) == 0;
}

static int
make_ring(struct tools *tools, unsigned int size)
{
	tools->ring = NULL;
	if (size == 0)
		return 0;
	/* One producer, one consumer, and room for exactly so many. */
	tools->ring = rte_ring_create("bench", size, SOCKET_ID_ANY,
		RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	if (tools->ring != NULL)
		return 0;
	complain("no memory for a ring of %u objects", size);
	return -ENOMEM;
}

/* The parameters, for the progress bar. */
static void
describe(char *text, size_t size, const struct params *params)
{
	const struct {
		const char *name;
		unsigned int value, least;
	} parts[] = {
		{ "n", params->n, 1 },
		{ "kept", params->kept, 1 },
		{ "lcores", params->lcores, 2 },
		{ "threads", params->threads, 1 },
	};
	size_t len = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < RTE_DIM(parts) && len < size; i++)
		if (parts[i].value >= parts[i].least)
			len += snprintf(text + len, size - len, "%s%s=%u",
				len > 0 ? " " : "", parts[i].name,
				parts[i].value);
}

/* Who takes part, and with what kind of pool. */
static void
case_begin(struct run *run, const struct pattern *pattern,
	const struct params *params, struct setup *setup)
{
	unsigned int nr_workers = RTE_MAX(params->lcores, params->threads);

	*setup = (struct setup){
		.nr_objs = params->nr_objs,
		.obj_size = pattern->obj_size,
		.nr_workers = RTE_MAX(nr_workers, 1u),
		.nr_slots = pattern->nr_slots,
	};
	run->tools.slice = run->slice * RTE_MAX(pattern->slices, 1u);
	for (unsigned int i = 0; i < run->nr_entrants; i++) {
		struct entrant *entrant = &run->entrants[i];

		entrant->is_out = !suits(entrant->contestant, pattern);
		entrant->nr = 0;
		if (params->threads > 0 && !entrant->is_out &&
			entrant->contestant->why_no_threads != NULL)
			leave_out(entrant, pattern,
				entrant->contestant->why_no_threads);
		if (!pattern->is_reopened)
			entrant_open(entrant, pattern, setup);
	}
}

static void
case_end(struct run *run)
{
	for (unsigned int i = 0; i < run->nr_entrants; i++)
		entrant_close(&run->entrants[i]);
	rte_ring_free(run->tools.ring);
}

static int
run_case(struct run *run, const struct pattern *pattern,
	const struct params *wanted)
{
	struct measured *measured = &run->measured[run->nr_measured++];
	struct weather *weather = &measured->weather;
	struct params params = *wanted;
	struct setup setup;
	unsigned int rounds;
	char detail[64];

	if (params.lcores == LCORES_ALL)
		params.lcores = run->tools.team.nr_lcores;
	if (make_ring(&run->tools, params.ring) < 0)
		return -ENOMEM;
	case_begin(run, pattern, &params, &setup);
	describe(detail, sizeof(detail), &params);
	noise_look(&weather->from);
	rounds = measure_rounds(run, pattern, &params, &setup, detail);
	noise_look(&weather->to);
	case_end(run);
	if (rounds > 0)
		weather->speed = samples_median(run->speeds, rounds);
	measured->rows = run->results->rows + run->results->nr;
	measured->nr = add_rows(run, pattern, &params);
	return 0;
}

/* --- all of them */

static void
roll_dice(int8_t *dice)
{
	rte_srand(DICE_SEED);
	for (unsigned int i = 0; i < LANE_DICE; i++) {
		int size = 1 + rte_rand_max(BURST_MAX);

		dice[i] = rte_rand_max(2) ? size : -size;
	}
}

static int
run_init(struct run *run, const struct options *options,
	struct results *results)
{
	uint32_t ms = options->slice_ms > 0 ? options->slice_ms :
		options->quick              ? SLICE_QUICK :
					      SLICE;

	*run = (struct run){ .options = options, .results = results };
	run->rounds = options->rounds > 0 ? options->rounds :
		options->quick            ? ROUNDS_QUICK :
					    ROUNDS;
	run->slice = rte_get_tsc_hz() / 1000 * ms;
	run->deadline = options->quick ?
		rte_rdtsc() + HASTE * rte_get_tsc_hz() :
		UINT64_MAX;
	run->best_speed = 1e9;
	team_init(&run->tools.team);
	run->tools.lanes = aligned_alloc(alignof(struct lane),
		RTE_MAX_LCORE * sizeof(struct lane));
	run->tools.dice = malloc(LANE_DICE);
	run->entrants = calloc(nr_contestants, sizeof(*run->entrants));
	if (run->tools.lanes == NULL || run->tools.dice == NULL ||
		run->entrants == NULL) {
		complain("no memory to begin with");
		return -ENOMEM;
	}
	roll_dice(run->tools.dice);
	for (unsigned int i = 0; i < nr_contestants; i++)
		if (options_want(options->contestants, contestants[i].name))
			run->entrants[run->nr_entrants++].contestant =
				&contestants[i];
	return 0;
}

static void
run_fini(struct run *run)
{
	free(run->tools.lanes);
	free(run->tools.dice);
	free(run->entrants);
	free(run->measured);
}

/* Prepare for all rows there will be, and tell how long it will take. */
static int
prepare(struct run *run)
{
	unsigned int nr_cases = 0, nr_steps = 0;
	double seconds = 0;

	for (unsigned int i = 0; i < nr_patterns; i++) {
		const struct pattern *pattern = &patterns[i];
		unsigned int nr = count_cases(run, pattern);
		unsigned int rounds = rounds_of(run, pattern);

		if (nr == 0 &&
			options_want(run->options->patterns, pattern->name))
			printf("%s is left out: it needs two lcores, as in "
			       "-l 0,1\n",
				pattern->name);
		nr_cases += nr;
		nr_steps += nr * rounds;
		if (is_timed(pattern->unit))
			seconds += (double)nr * rounds * run->nr_entrants *
				run->slice * 1.25 *
				RTE_MAX(pattern->slices, 1u) / rte_get_tsc_hz();
	}
	run->results->rows = calloc(nr_cases * run->nr_entrants + 1,
		sizeof(*run->results->rows));
	run->measured = calloc(nr_cases + 1, sizeof(*run->measured));
	if (run->results->rows == NULL || run->measured == NULL) {
		complain("no memory for %u results", nr_cases);
		return -ENOMEM;
	}
	if (nr_cases == 0) {
		complain("nothing is left to be measured");
		return -EINVAL;
	}
	if (!run->options->no_progress)
		progress_start(nr_steps, seconds);
	return 0;
}

static int
run_pattern(struct run *run, const struct pattern *pattern)
{
	if (!options_want(run->options->patterns, pattern->name))
		return 0;
	for (const struct params *p = pattern->params; p->nr_objs > 0; p++) {
		if (quit_asked())
			return 0;
		if (wants_case(run, p) && run_case(run, pattern, p) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Find out what is not to be trusted, now that it is known how fast this machine
 * can be. */
static void
judge(struct run *run)
{
	struct results *results = run->results;

	for (unsigned int i = 0; i < run->nr_measured; i++) {
		struct measured *measured = &run->measured[i];

		if (measured->nr > 0 && is_timed(measured->rows->unit))
			noise_judge(measured->rows, measured->nr,
				&measured->weather, run->best_speed);
	}
	for (unsigned int i = 0; i < results->nr; i++)
		results->nr_doubtful += !results->rows[i].trusted;
}

int
run(const struct options *options, struct results *results)
{
	struct moment begin, end;
	struct run run;
	int ret;

	ret = run_init(&run, options, results);
	if (ret == 0)
		ret = prepare(&run);
	if (ret == 0) {
		noise_look(&begin);
		for (unsigned int i = 0; i < nr_patterns && ret == 0; i++)
			ret = run_pattern(&run, &patterns[i]);
		noise_look(&end);
		progress_end();
		results->machine.steal = noise_stolen(&begin, &end);
		results->is_partial = quit_asked();
		judge(&run);
	}
	run_fini(&run);
	return ret;
}

void
results_free(struct results *results)
{
	free(results->rows);
	results->rows = NULL;
}
