/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Threads of a domain that go to sleep, and who wakes them.
 *
 * What decides here lies between two instructions: somebody defers something
 * after a thread said that it will sleep and before it looks a last time; who
 * deferred something is still inside when the domain is destroyed. So three of
 * the library's functions are come by: sleeper_prepare() after the one,
 * sleeper_wake() and pause_us() for the other.
 */

#include "domain.h"

#include "rcu/domain.h"

static struct {
	_Atomic(bool) armed;
	struct objpool_gp *gp;
	struct sleeper *who;
	struct objpool_deferred deferred;
	_Atomic(unsigned int) nr_run;
} waking;

static void
on_run(struct objpool_deferred *d)
{
	(void)d;
	atomic_fetch_add(&waking.nr_run, 1);
}

void
__real_sleeper_prepare(struct sleeper *s, enum sleep how);
void
__wrap_sleeper_prepare(struct sleeper *s, enum sleep how);

/* It said that it will sleep: give it work. */
void
__wrap_sleeper_prepare(struct sleeper *s, enum sleep how)
{
	bool armed = true;

	__real_sleeper_prepare(s, how);
	if (!atomic_load(&waking.armed) || s != waking.who ||
		!atomic_compare_exchange_strong(&waking.armed, &armed, false))
		return;
	if (s == &waking.gp->driver)
		gp_start(waking.gp);
	else
		objpool_gp_defer(waking.gp, &waking.deferred, on_run);
}

static struct {
	_Atomic(bool) armed;
	_Atomic(bool) is_inside, is_waited_for;
} lingering;

void
__real_sleeper_wake(struct sleeper *s, enum sleep from);
void
__wrap_sleeper_wake(struct sleeper *s, enum sleep from);

/* Who defers is slow to leave. */
void
__wrap_sleeper_wake(struct sleeper *s, enum sleep from)
{
	bool armed = true;

	__real_sleeper_wake(s, from);
	if (!atomic_load(&lingering.armed) ||
		!atomic_compare_exchange_strong(&lingering.armed, &armed,
			false))
		return;
	atomic_store(&lingering.is_inside, true);
	while (!atomic_load(&lingering.is_waited_for))
		nap(1);
}

static _Thread_local bool is_destroying;

void
__real_pause_us(uint32_t us);
void
__wrap_pause_us(uint32_t us);

void
__wrap_pause_us(uint32_t us)
{
	if (is_destroying)
		atomic_store(&lingering.is_waited_for, true);
	__real_pause_us(us);
}

static void
await(_Atomic(bool) *what, bool wanted)
{
	for (unsigned int ms = 0; ms < PATIENCE_MS; ms++) {
		if (atomic_load(what) == wanted)
			return;
		nap(1);
	}
	fail_msg("it did not happen");
}

/* Wait until it was given work in between, and did it. */
static void
wake_up(struct objpool_gp *gp, struct sleeper *who)
{
	waking.gp = gp;
	waking.who = who;
	atomic_store(&waking.armed, true);
	await(&waking.armed, false);
	assert_int_equal(objpool_barrier(gp), 0);
}

static void
pass(void *ctx)
{
	(void)ctx;
}

static void
who_is_woken_while_it_goes_to_sleep_stays_awake(void **state)
{
	static const struct objpool_gp_ops blocking = { .synchronize = pass };
	const struct objpool_gp_attr attr = {
		.stall_ms = UINT32_MAX,
		.pause_us = 20,
	};
	struct objpool_gp *gp;
	struct domain d;

	(void)state;
	domain_open(&d, &domain_ops, false);
	wake_up(d.gp, &d.gp->reclaim);
	assert_int_equal(atomic_load(&waking.nr_run), 1);
	domain_close(&d);

	assert_int_equal(objpool_gp_create(&blocking, NULL, &attr, &gp), 0);
	wake_up(gp, &gp->driver);
	assert_int_equal(objpool_gp_destroy(gp), 0);
}

static void
defer_slowly(struct member *m, void *arg)
{
	(void)m;
	objpool_gp_defer(arg, &waking.deferred, on_run);
}

static void
destroy_waits_for_who_is_still_deferring(void **state)
{
	static struct crew crew;
	unsigned int nr = atomic_load(&waking.nr_run);
	struct domain d;

	(void)state;
	domain_open(&d, &domain_ops, false);
	atomic_store(&lingering.armed, true);
	crew_start(&crew, 1, defer_slowly, d.gp);
	await(&lingering.is_inside, true);
	is_destroying = true;
	assert_int_equal(objpool_gp_destroy(d.gp), 0);
	is_destroying = false;
	assert_true(atomic_load(&lingering.is_waited_for));
	crew_join(&crew);
	assert_int_equal(atomic_load(&waking.nr_run), nr + 1);
}

static void
remember_line(void *ctx, const char *line)
{
	(void)line;
	atomic_fetch_add((_Atomic(unsigned int) *)ctx, 1);
}

/* A grace period is watched while something is put off. */
static void
what_is_put_off_waits_beside_what_is_watched(void **state)
{
	unsigned int nr = atomic_load(&waking.nr_run);
	static _Atomic(unsigned int) nr_lines;
	const struct objpool_gp_attr attr = {
		.stall_ms = 40,
		.log = remember_line,
		.log_ctx = (void *)&nr_lines,
	};
	struct objpool_deferred late[3];
	struct domain d;

	(void)state;
	memset(&d, 0, sizeof(d));
	atomic_store(&d.held, true);
	assert_int_equal(objpool_gp_create(&domain_ops, &d, &attr, &d.gp), 0);
	gp_defer_in(d.gp, &late[0], on_run, 7200000);
	gp_defer_in(d.gp, &late[1], on_run, 3600000);
	gp_defer_in(d.gp, &late[2], on_run, 7200000);
	objpool_gp_defer(d.gp, &waking.deferred, on_run);
	for (unsigned int ms = 0; nr_lines == 0 && ms < PATIENCE_MS; ms++)
		nap(1);
	assert_true(nr_lines > 0);
	assert_int_equal(atomic_load(&waking.nr_run), nr);
	/* Who waits for all does not wait for the hours. */
	atomic_store(&d.held, false);
	assert_int_equal(objpool_barrier(d.gp), 0);
	assert_int_equal(atomic_load(&waking.nr_run), nr + 4);
	assert_int_equal(objpool_gp_destroy(d.gp), 0);
}

/* --- a read section that begins while its thread is to wait --- */

static unsigned int nr_asked;

static int
in_reader_soon(void *ctx)
{
	(void)ctx;
	return nr_asked++ == 1;
}

static void
who_reads_when_it_is_to_wait_destroys_nothing(void **state)
{
	struct objpool_gp_ops ops = domain_ops;
	struct domain d;

	(void)state;
	ops.in_reader = in_reader_soon;
	domain_open(&d, &ops, false);
	assert_int_equal(objpool_gp_destroy(d.gp), -EDEADLK);
	assert_int_equal(nr_asked, 2);
	objpool_reader_unregister(d.gp, NULL);
	objpool_reader_unregister(NULL, NULL);
	assert_int_equal(objpool_barrier(d.gp), 0);
	domain_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			who_is_woken_while_it_goes_to_sleep_stays_awake),
		cmocka_unit_test(destroy_waits_for_who_is_still_deferring),
		cmocka_unit_test(what_is_put_off_waits_beside_what_is_watched),
		cmocka_unit_test(who_reads_when_it_is_to_wait_destroys_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
