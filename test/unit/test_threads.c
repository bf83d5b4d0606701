/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A domain's control threads: how they are started, where they run, and what the
 * one that makes grace periods makes of a table that can only block. */

#include "domain.h"

#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a control thread finds when it looks at itself. */
struct portrait {
	struct objpool_deferred deferred;
	char name[16];
	cpu_set_t cpus;
	sigset_t blocked;
	bool drawn;
};

static void
draw(struct portrait *p)
{
	/* The name is given by who started the thread, perhaps later. */
	do {
		pthread_getname_np(pthread_self(), p->name, sizeof(p->name));
	} while (strncmp(p->name, "objpool-", 8) != 0 && (nap(1), true));
	sched_getaffinity(0, sizeof(p->cpus), &p->cpus);
	pthread_sigmask(SIG_SETMASK, NULL, &p->blocked);
	p->drawn = true;
}

static void
draw_deferred(struct objpool_deferred *d)
{
	draw((struct portrait *)d);
}

/* A table that can only block, and shows the thread that does. */
static void
draw_driver(void *ctx)
{
	struct portrait *p = ctx;

	if (!p->drawn)
		draw(p);
}

static void
check_portrait(const struct portrait *p, const char *name,
	const cpu_set_t *cpus)
{
	assert_string_equal(p->name, name);
	assert_true(CPU_EQUAL(&p->cpus, cpus));
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			assert_int_equal(sigismember(&p->blocked, sig), 1);
}

static void
control_threads_run_where_the_process_may(void **state)
{
	const struct objpool_gp_ops ops = { .synchronize = draw_driver };
	struct portrait driver = { 0 }, reclaim = { 0 };
	struct objpool_gp *gp = NULL;
	sigset_t before, after;
	cpu_set_t all, one;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	for (int cpu = 0; CPU_COUNT(&one) == 0; cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	/* As a polling lcore would. */
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	assert_int_equal(objpool_gp_create(&ops, &driver, NULL, &gp), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	objpool_gp_defer(gp, &reclaim.deferred, draw_deferred);
	assert_int_equal(objpool_barrier(gp), 0);
	assert_int_equal(objpool_gp_destroy(gp), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	check_portrait(&driver, "objpool-gp", &all);
	check_portrait(&reclaim, "objpool-reclaim", &all);
	assert_int_equal(sigismember(&after, SIGTERM),
		sigismember(&before, SIGTERM));
}

static void
pass(void *ctx)
{
	(void)ctx;
}

static unsigned int nr_started, nr_ended, started_at_most;

struct trip {
	void *(*run)(void *);
	void *arg;
};

static void *
travel(void *arg)
{
	struct trip trip = *(struct trip *)arg;
	void *result;

	free(arg);
	result = trip.run(trip.arg);
	__atomic_fetch_add(&nr_ended, 1, __ATOMIC_RELAXED);
	return result;
}

/* A starter that fails from some thread on. */
static int refusal; /* what is said instead of starting one */

static int
start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg)
{
	struct trip *trip;

	assert_int_equal(strncmp(name, "objpool-", 8), 0);
	assert_true(strlen(name) < 16);
	if (nr_started == started_at_most)
		return refusal;
	nr_started++;
	trip = malloc(sizeof(*trip));
	*trip = (struct trip){ run, arg };
	return pthread_create(thread, NULL, travel, trip);
}

static void
programs_may_start_the_threads_themselves(void **state)
{
	/* Of the C library and DPDK alike; and what is made of it. */
	static const int refusals[][2] = { { -EAGAIN, -EAGAIN },
		{ EPERM, -EAGAIN }, { -ENOMEM, -ENOMEM }, { ENOMEM, -ENOMEM } };
	const struct objpool_gp_ops blocking = { .synchronize = pass };
	const struct objpool_gp_attr attr = { .thread = start };
	struct objpool_gp *gp = NULL;

	(void)state;
	for (unsigned int i = 0; i < 2 * COUNT_OF(refusals); i++) {
		refusal = refusals[i / 2][0];
		started_at_most = i % 2;
		nr_started = nr_ended = 0;
		assert_int_equal(objpool_gp_create(&blocking, NULL, &attr, &gp),
			refusals[i / 2][1]);
		assert_null(gp);
		assert_int_equal(nr_started, started_at_most);
		assert_int_equal(nr_ended, started_at_most);
	}
	started_at_most = 2;
	nr_started = nr_ended = 0;
	assert_int_equal(objpool_gp_create(&blocking, NULL, &attr, &gp), 0);
	assert_int_equal(objpool_gp_destroy(gp), 0);
	assert_int_equal(nr_started, 2);
	assert_int_equal(nr_ended, 2);
	/* A table that can be asked needs one. */
	nr_started = 0;
	started_at_most = 1;
	struct domain d = { .last = &d.first };
	assert_int_equal(objpool_gp_create(&domain_ops, &d, &attr, &gp), 0);
	assert_int_equal(objpool_gp_destroy(gp), 0);
	assert_int_equal(nr_started, 1);
}

/* A table that blocks until the test lets it. */
struct door {
	sem_t arrived, open;
	_Atomic(bool) is_off;
};

static void
wait_at_door(void *ctx)
{
	struct door *door = ctx;

	if (door->is_off)
		return;
	sem_post(&door->arrived);
	sem_wait(&door->open);
}

struct mark {
	struct objpool_deferred deferred;
	_Atomic(unsigned int) ran;
};

static void
set_mark(struct objpool_deferred *d)
{
	((struct mark *)d)->ran = 1;
}

static void
grace_period_that_has_begun_does_not_count(void **state)
{
	const struct objpool_gp_ops ops = { .synchronize = wait_at_door };
	struct mark early = { 0 }, late = { 0 };
	struct objpool_gp *gp = NULL;
	struct door door = { 0 };

	(void)state;
	sem_init(&door.arrived, 0, 0);
	sem_init(&door.open, 0, 0);
	assert_int_equal(objpool_gp_create(&ops, &door, NULL, &gp), 0);
	objpool_gp_defer(gp, &early.deferred, set_mark);
	sem_wait(&door.arrived);
	/* The first grace period has begun. */
	objpool_gp_defer(gp, &late.deferred, set_mark);
	nap(5);
	sem_post(&door.open);
	sem_wait(&door.arrived);
	/* The second has begun, so the first is over. */
	while (!early.ran)
		nap(1);
	nap(5);
	assert_int_equal(late.ran, 0);
	sem_post(&door.open);
	while (!late.ran)
		nap(1);
	door.is_off = true;
	assert_int_equal(objpool_gp_destroy(gp), 0);
	sem_destroy(&door.arrived);
	sem_destroy(&door.open);
}

static void
count(void *ctx)
{
	atomic_fetch_add((_Atomic(unsigned int) *)ctx, 1);
}

static void
nobody_makes_grace_periods_that_nobody_wants(void **state)
{
	const struct objpool_gp_ops ops = { .synchronize = count };
	_Atomic(unsigned int) nr = 0;
	struct objpool_gp *gp = NULL;
	struct objpool_gp_stats stats;
	struct mark mark = { 0 };
	unsigned int before;

	(void)state;
	assert_int_equal(objpool_gp_create(&ops, &nr, NULL, &gp), 0);
	for (unsigned int i = 0; i < 20; i++) {
		/* Around the time at which the thread goes to sleep. */
		nap(i == 0 ? 200 : 5 + i % 10);
		before = nr;
		mark.ran = 0;
		objpool_gp_defer(gp, &mark.deferred, set_mark);
		while (!mark.ran)
			nap(1);
		assert_true(nr > before && nr <= before + 2);
	}
	objpool_gp_get_stats(gp, &stats);
	assert_int_equal(stats.grace_periods, nr);
	assert_int_equal(objpool_gp_destroy(gp), 0);
}

static void
domain_is_for_the_process_that_created_it(void **state)
{
	struct domain d;
	int status;
	pid_t pid;

	(void)state;
	domain_open(&d, &domain_ops, false);
	pid = fork();
	if (pid == 0)
		_exit(objpool_barrier(d.gp) == -EPERM &&
					objpool_gp_destroy(d.gp) == -EPERM ?
				0 :
				1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	domain_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_threads_run_where_the_process_may),
		cmocka_unit_test(programs_may_start_the_threads_themselves),
		cmocka_unit_test(grace_period_that_has_begun_does_not_count),
		cmocka_unit_test(nobody_makes_grace_periods_that_nobody_wants),
		cmocka_unit_test(domain_is_for_the_process_that_created_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
