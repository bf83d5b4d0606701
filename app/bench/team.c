/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Lanes at the same time, on lcores or in threads.
 *
 * Everybody gets ready (a thread registers, a slot is claimed), then waits for
 * the others at the start, and goes when the last one is there. Who waits
 * yields after a while: where more threads than CPUs are at work, the last one
 * may be waiting for the CPU. Between slices lcores sleep in EAL, so that they
 * take no time from a lane on the other half of their core.
 *
 * On lcores the first lane looks at the clock for all. With more threads than
 * CPUs a lane may not run when time is over, or be at a pool that keeps it
 * waiting for one that does not run; there the main lcore, which has nothing
 * else to do, sleeps until it is time.
 *
 * A lane gives back what it holds when its time is over.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "team.h"

/* Looks at the start before a waiter yields. */
#define PATIENCE 4096

/* Where lanes wait for each other. */
struct start {
	_Atomic(unsigned int) nr_missing;
	_Atomic(int) error; /* of a lane that cannot start; then none does */
};

/* A lane and where it runs. */
struct member {
	struct lane *lane;
	unsigned int index;
	struct start *start;
	pthread_t thread;
};

void
team_init(struct team *team)
{
	unsigned int lcore;

	team->nr_lcores = 0;
	team->lcores[team->nr_lcores++] = rte_get_main_lcore();
	RTE_LCORE_FOREACH_WORKER(lcore)
	team->lcores[team->nr_lcores++] = lcore;
}

/* Wait until all are there; whether all can start. */
static bool
start_wait(struct start *start)
{
	atomic_fetch_sub_explicit(&start->nr_missing, 1, memory_order_acq_rel);
	for (unsigned int i = 1; atomic_load_explicit(&start->nr_missing,
					 memory_order_acquire) > 0;
		i++) {
		rte_pause();
		if (i % PATIENCE == 0)
			sched_yield();
	}
	return atomic_load_explicit(&start->error, memory_order_relaxed) == 0;
}

static int
member_run(void *arg)
{
	struct member *member = arg;
	struct lane *lane = member->lane;
	const struct kind *kind = lane->pool->contestant->kind;

	lane->seat = kind->seat(lane->handle, member->index);
	if (!start_wait(member->start))
		return 0;
	lane->loop(lane);
	if (lane->held > 0)
		kind->loops->put(lane->handle, lane->seat, lane->objs,
			lane->held);
	lane->held = 0;
	return 0;
}

static void *
thread_main(void *arg)
{
	struct member *member = arg;

	if (rte_thread_register() < 0)
		atomic_store_explicit(&member->start->error, -ENOSPC,
			memory_order_relaxed);
	member_run(member);
	rte_thread_unregister();
	return NULL;
}

/* Prepare a lane; where it runs is for others to say. */
static struct member
member_of(struct lane *lanes, unsigned int index, struct start *start,
	struct window *window)
{
	lanes[index].window = window;
	return (struct member){ .lane = &lanes[index],
		.index = index,
		.start = start };
}

int
team_run_lcores(const struct team *team, struct window *window,
	struct lane *lanes, unsigned int nr)
{
	struct start start = { .nr_missing = nr };
	struct member members[nr];
	int ret;

	for (unsigned int i = 0; i < nr; i++)
		members[i] = member_of(lanes, i, &start, window);
	lanes[0].leads = true;
	for (unsigned int i = 1; i < nr; i++) {
		ret = rte_eal_remote_launch(member_run, &members[i],
			team->lcores[i]);
		if (ret == 0)
			continue;
		/* Those that wait must not start. */
		atomic_store_explicit(&start.error, ret, memory_order_relaxed);
		atomic_fetch_sub_explicit(&start.nr_missing, 1,
			memory_order_acq_rel);
	}
	member_run(&members[0]);
	for (unsigned int i = 1; i < nr; i++)
		rte_eal_wait_lcore(team->lcores[i]);
	return atomic_load_explicit(&start.error, memory_order_relaxed);
}

/* Start a thread on an lcore's CPUs. */
static int
member_start(struct member *member, unsigned int lcore)
{
	rte_cpuset_t cpus = rte_lcore_cpuset(lcore);
	pthread_attr_t attr;
	int ret;

	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	ret = pthread_create(&member->thread, &attr, thread_main, member);
	pthread_attr_destroy(&attr);
	return -ret;
}

static void
sleep_cycles(uint64_t cycles)
{
	uint64_t ns = cycles * 1e9 / rte_get_tsc_hz();
	struct timespec time = { .tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000 };

	while (nanosleep(&time, &time) < 0)
		;
}

int
team_run_threads(const struct team *team, struct window *window,
	struct lane *lanes, unsigned int nr)
{
	struct start start = { .nr_missing = nr + 1 }; /* and this thread */
	struct member members[nr];
	unsigned int nr_started;
	int ret = 0;

	for (nr_started = 0; nr_started < nr; nr_started++) {
		unsigned int i = nr_started;

		members[i] = member_of(lanes, i, &start, window);
		ret = member_start(&members[i],
			team->lcores[i % team->nr_lcores]);
		if (ret < 0)
			break;
	}
	if (ret < 0) {
		atomic_store_explicit(&start.error, ret, memory_order_relaxed);
		atomic_fetch_sub_explicit(&start.nr_missing, nr - nr_started,
			memory_order_acq_rel);
	}
	if (start_wait(&start)) {
		sleep_cycles(window->warm);
		window_next(window, PHASE_MEASURE);
		sleep_cycles(window->slice);
		window_next(window, PHASE_OVER);
	}
	for (unsigned int i = 0; i < nr_started; i++)
		pthread_join(members[i].thread, NULL);
	return atomic_load_explicit(&start.error, memory_order_relaxed);
}
