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
 * about.
 */

#include <chrono>
#include <sstream>
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

enum flavour flavour;
uint64_t seen[EVENTS_MAX];
struct hand hands[THREADS];

static const struct contest *current;

static const char *const event_names[] = {
	"NOTHING",
#define X(name) #name,
	EVENTS(X)
#undef X
};

/* --- the ledger --- */

struct ledger {
	int holder[OBJS];
	unsigned int touched[OBJS];
	bool found[OBJS];
	rl::var<unsigned int> content[OBJS];
	cell<uint32_t> idle;
	/* From the caller of a heavy fence to a thread and back. */
	cell<uint32_t> mail[THREADS][THREADS];
};

static unsigned int nr_objs;
static char ledger_memory[sizeof(struct ledger)] __attribute__((aligned(64)));
static struct ledger *const ledger = (struct ledger *)ledger_memory;

void
ledger_start(unsigned int n)
{
	new (ledger) struct ledger();
	nr_objs = n;
	for (unsigned int i = 0; i < OBJS; i++) {
		ledger->holder[i] = NOBODY;
		ledger->touched[i] = 0;
		ledger->found[i] = false;
		ledger->content[i]($) = 0;
	}
	memset(hands, 0, sizeof(hands));
}

void
ledger_stop(void)
{
	ledger->~ledger();
}

static unsigned int
index_of(const void *obj)
{
	uintptr_t i = (uintptr_t)obj - 1;

	CHECK("an object" && i < nr_objs);
	return (unsigned int)i;
}

/* Write the content: a race if two do, and it must be what the last one wrote.
 */
static void
touch(unsigned int i)
{
	CHECK("its content" && (unsigned int)ledger->content[i]($) ==
			ledger->touched[i]);
	ledger->content[i]($) = ++ledger->touched[i];
}

void *
ledger_deal(unsigned int obj, int thread)
{
	struct hand *h = &hands[thread];

	ledger->holder[obj] = thread;
	h->objs[h->n++] = (void *)(uintptr_t)(obj + 1);
	return (void *)(uintptr_t)(obj + 1);
}

void
ledger_got(void *const *objs, unsigned int n)
{
	for (unsigned int k = 0; k < n; k++) {
		unsigned int i = index_of(objs[k]);

		CHECK("one holder" && ledger->holder[i] == NOBODY);
		ledger->holder[i] = self();
		touch(i);
	}
}

void
ledger_give(void *const *objs, unsigned int n)
{
	for (unsigned int k = 0; k < n; k++) {
		unsigned int i = index_of(objs[k]);

		CHECK("its holder" && ledger->holder[i] == self());
		touch(i);
		ledger->holder[i] = NOBODY;
	}
}

void
ledger_idle(void)
{
	ledger->idle.load(mo_relaxed, $);
}

void
ledger_found(void *obj)
{
	unsigned int i = index_of(obj);

	CHECK("in one place" && !ledger->found[i]);
	CHECK("not held" && ledger->holder[i] == NOBODY);
	ledger->found[i] = true;
}

void
ledger_balance(unsigned int lost)
{
	unsigned int missing = 0;

	for (unsigned int i = 0; i < nr_objs; i++)
		missing += ledger->holder[i] == NOBODY && !ledger->found[i];
	CHECK("nothing lost" && missing <= lost);
	if (missing > 0)
		saw(LOST_OBJECT);
}

/* --- the heavy fence --- */

/* What lib/membarrier.c does on a machine, done to the model: each thread passes
 * a full fence somewhere between call and return, wherever it is in its program.
 * It sees then what the caller did before, and the caller sees afterwards what
 * it did before that. A thread that is over passed one at its end. */

static bool wanted[THREADS][THREADS]; /* of a thread, by a caller */
static bool is_over[THREADS];

static void
pass_fence(int thread, int caller)
{
	cell<uint32_t> *mail = &ledger->mail[thread][caller];

	mail->fetch_add(0, mo_acquire, $);
	rl::ctx().atomic_thread_fence_seq_cst();
	mail->fetch_add(0, mo_release, $);
	wanted[thread][caller] = false;
}

static void
pass_fences(unsigned int one_in)
{
	int thread = self();

	for (int caller = 0; caller < THREADS; caller++)
		if (wanted[thread][caller] && rl::rand(one_in) == 0)
			pass_fence(thread, caller);
}

static void
end_of_thread(void)
{
	for (int caller = 0; caller < THREADS && flavour == FREE; caller++)
		ledger->mail[self()][caller].fetch_add(0, mo_release, $);
	is_over[self()] = true;
}

void
fence_all(void)
{
	int caller = self();

	on_access();
	/* Half the time all pass it at once: then more is left for later. */
	if (rl::rand(2) == 0) {
		rl::systemwide_fence($);
		return;
	}
	for (int t = 0; t < THREADS; t++) {
		ledger->mail[t][caller].fetch_add(0, mo_release, $);
		wanted[t][caller] = t != caller;
	}
	for (int t = 0; t < THREADS; t++) {
		while (wanted[t][caller] && !is_over[t]) {
			pass_fences(1);
			ledger_idle();
		}
		ledger->mail[t][caller].fetch_add(0, mo_acquire, $);
	}
	rl::ctx().atomic_thread_fence_seq_cst();
}

bool
fence_join(void)
{
	return true;
}

bool
fence_all_works(void)
{
	return true;
}

/* --- death --- */

static unsigned int steps_left[THREADS];

void
die_at(unsigned int n)
{
	steps_left[self()] = n;
}

void
on_access(void)
{
	unsigned int *left = &steps_left[self()];

	pass_fences(2);
	if (*left > 0 && --*left == 0) {
		saw(DIED);
		throw death();
	}
}

/* --- what happens to blocks --- */

static uintptr_t first_block;
static size_t block_stride;
static unsigned int nr_watched;

/* The last W that a thread saw. */
uint64_t last_w[THREADS];
bool settled_itself[THREADS];

void
watch_blocks(void *first, size_t stride, unsigned int n)
{
	first_block = (uintptr_t)first;
	block_stride = stride;
	nr_watched = n;
}

static bool
is_w(const void *at)
{
	uintptr_t offset = (uintptr_t)at - first_block;

	return (uintptr_t)at >= first_block &&
		offset < nr_watched * block_stride &&
		offset % block_stride == offsetof(struct block, w);
}

void
on_load(const void *at, uint64_t value)
{
	if (is_w(at))
		last_w[self()] = value;
}

static void
classify_public(uint64_t from, uint64_t to)
{
	if (w_mode(to) == MODE_PRIV) {
		saw(w_own(from) == OWN_NONE ? ADOPTED : REBIASED);
		if (w_gen(to) != w_gen(from) + 1)
			saw(COLLIDED);
	} else if (w_own(to) != w_own(from)) {
		saw(w_own(to) != OWN_NONE ? BOUND : RELEASED_PUB);
	} else {
		saw(w_len(to) < w_len(from) ? TAKEN : PUT);
	}
}

void
on_change(const void *at, bool done, uint64_t from, uint64_t to)
{
	if (!is_w(at))
		return;
	last_w[self()] = done ? to : from;
	if (!done) {
		saw(RACED);
		return;
	}
	switch (w_mode(from)) {
	case MODE_PUB:
		classify_public(from, to);
		break;
	case MODE_PRIV:
		saw(w_mode(to) == MODE_REVK ? MARKED : RELEASED);
		break;
	case MODE_REVK:
		if (w_own(to) == OWN_NONE) {
			saw(RELEASED_REVK);
		} else if ((int)w_own(to) == self() + 1) {
			saw(SETTLED_BY_OWNER);
			settled_itself[self()] = true;
		} else {
			saw(SETTLED);
		}
		break;
	}
}

/* --- running --- */

struct suite : rl::test_suite<suite, THREADS> {
	void
	before()
	{
		memset(steps_left, 0, sizeof(steps_left));
		memset(wanted, 0, sizeof(wanted));
		memset(is_over, 0, sizeof(is_over));
		current->set_up();
	}

	void
	thread(unsigned int i)
	{
		if (current->thread[i] != NULL)
			current->thread[i]();
		end_of_thread();
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
			if (!is_wanted(&o) || !o.wanted[f])
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
