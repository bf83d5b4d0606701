/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Grace periods by number, for tables that can only block (liburcu).
 *
 *   start    fence; c := started + 1; want := max(want, c)
 *   driver   while want > done: started := g := started + 1; fence;
 *            synchronize(); done := g
 *   done(c)  done >= c
 *
 * A grace period that runs when start is called does not count: it may have
 * begun before what its caller hid was hidden. If start reads started before
 * the driver numbers g, its fence comes before the driver's, so what was hidden
 * before start is hidden to all who begin to read after that; grace period g,
 * or a later one, is the caller's. (Taking the number of a grace period that
 * has begun is the mistake that is made most often in such code.)
 *
 * While grace periods are asked for all the time, the driver pauses between
 * two, as each one costs the readers some barriers. When none was asked for in
 * a while it sleeps until it is woken.
 */

#include <sys/prctl.h>

#include "domain.h"

/* How long to go on looking before it sleeps, in ns. */
#define LINGER_NS 10000000u

uint64_t
driver_start(struct objpool_gp *gp)
{
	uint64_t want, cookie;

	atomic_thread_fence(memory_order_seq_cst);
	cookie = atomic_load_explicit(&gp->started, memory_order_relaxed) + 1;
	want = atomic_load_explicit(&gp->want, memory_order_relaxed);
	while (want < cookie &&
		!atomic_compare_exchange_weak_explicit(&gp->want, &want, cookie,
			memory_order_acq_rel, memory_order_relaxed))
		;
	sleeper_wake(&gp->driver, IDLE);
	return cookie;
}

static bool
is_wanted(const struct objpool_gp *gp)
{
	/* Only the driver writes done. */
	return atomic_load_explicit(&gp->want, memory_order_acquire) >
		atomic_load_explicit(&gp->done, memory_order_relaxed);
}

static void
make_one(struct objpool_gp *gp)
{
	uint64_t g =
		atomic_load_explicit(&gp->started, memory_order_relaxed) + 1;

	atomic_store_explicit(&gp->started, g, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	gp->ops->synchronize(gp->ctx);
	/* Counted first: who waits for it may ask how many there were. */
	atomic_fetch_add_explicit(&gp->nr_over, 1, memory_order_relaxed);
	atomic_store_explicit(&gp->done, g, memory_order_release);
}

void *
driver_run(void *arg)
{
	struct objpool_gp *gp = arg;
	uint64_t last = now_ns();

	/* Pauses are shorter than what timers may be late by default. */
	prctl(PR_SET_TIMERSLACK, 1000ul);
	while (!atomic_load_explicit(&gp->stop, memory_order_acquire)) {
		if (is_wanted(gp)) {
			make_one(gp);
			last = now_ns();
		} else if (now_ns() - last > LINGER_NS) {
			sleeper_prepare(&gp->driver, IDLE);
			if (is_wanted(gp) ||
				atomic_load_explicit(&gp->stop,
					memory_order_relaxed))
				sleeper_stay(&gp->driver);
			else
				sleeper_sleep(&gp->driver, 0);
			last = now_ns();
			continue;
		}
		pause_us(gp->pause_us);
	}
	return NULL;
}
