/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Control threads: how they start, sleep and are woken.
 *
 * Who has work for a thread may be a polling lcore, so waking costs nothing
 * while the thread is awake, and one system call when it sleeps:
 *
 *   worker: write the work; fence; if state says that it sleeps,
 *           set it to AWAKE, and if that was not so before, post
 *   thread: state := how; fence; look for work; none: wait for the post
 *
 * The fences are sequentially consistent, so either the thread sees the work or
 * the worker sees that it sleeps. A thread that found work at its last look
 * sets the state back; if a worker was quicker, its post is on the way and is
 * waited for.
 *
 * Threads run on the CPUs that the process had when the library was loaded:
 * whoever creates a domain may be pinned to a polling lcore's, and threads
 * inherit that.
 */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "domain.h"

#define NS 1000000000u

/* Constant once the library is loaded. */
static cpu_set_t first_cpus;

__attribute__((constructor)) static void
remember_cpus(void)
{
	if (sched_getaffinity(0, sizeof(first_cpus), &first_cpus) != 0)
		CPU_ZERO(&first_cpus);
}

static int
start_thread(pthread_t *thread, const char *name, void *(*run)(void *),
	void *arg)
{
	pthread_attr_t attr;
	int rc;

	pthread_attr_init(&attr);
	if (CPU_COUNT(&first_cpus) > 0)
		pthread_attr_setaffinity_np(&attr, sizeof(first_cpus),
			&first_cpus);
	rc = pthread_create(thread, &attr, run, arg);
	pthread_attr_destroy(&attr);
	/* The process may have lost those CPUs since. */
	if (rc == EINVAL)
		rc = pthread_create(thread, NULL, run, arg);
	if (rc == 0)
		pthread_setname_np(*thread, name);
	return rc;
}

int
sleeper_start(struct sleeper *s, const char *name, void *(*run)(void *),
	struct objpool_gp *gp, objpool_thread_fn *start)
{
	sigset_t all, before;
	int rc;

	sem_init(&s->wake, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = (start != NULL ? start : start_thread)(&s->thread, name, run, gp);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		return 0;
	sem_destroy(&s->wake);
	/* Other errors would say something else of the caller's arguments. */
	return rc == ENOMEM || rc == -ENOMEM ? -ENOMEM : -EAGAIN;
}

void
sleeper_wake(struct sleeper *s, enum sleep from)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&s->state, memory_order_relaxed) >= from &&
		atomic_exchange_explicit(&s->state, AWAKE,
			memory_order_acq_rel) != AWAKE)
		sem_post(&s->wake);
}

void
sleeper_prepare(struct sleeper *s, enum sleep how)
{
	atomic_store_explicit(&s->state, how, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
}

static void
wait_for_post(struct sleeper *s)
{
	while (sem_wait(&s->wake) != 0)
		;
}

void
sleeper_stay(struct sleeper *s)
{
	if (atomic_exchange_explicit(&s->state, AWAKE, memory_order_acq_rel) ==
		AWAKE)
		wait_for_post(s);
}

void
sleeper_sleep(struct sleeper *s, uint64_t ns)
{
	struct timespec until;
	int rc;

	if (ns == 0) {
		wait_for_post(s);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	ns += (uint64_t)until.tv_nsec;
	until.tv_sec += (time_t)(ns / NS);
	until.tv_nsec = (long)(ns % NS);
	do {
		rc = sem_clockwait(&s->wake, CLOCK_MONOTONIC, &until);
	} while (rc != 0 && errno == EINTR);
	if (rc != 0)
		sleeper_stay(s);
}

uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

void
pause_us(uint32_t us)
{
	const struct timespec time = { us / 1000000,
		(long)(us % 1000000) * 1000 };

	nanosleep(&time, NULL);
}
