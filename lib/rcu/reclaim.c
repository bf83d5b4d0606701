/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Deferred functions: queued by anybody, run by one thread after a grace
 * period.
 *
 * Who defers pushes the item on a list, by one compare-and-swap, and wakes the
 * thread if it sleeps (sleep.c). The thread takes the whole list, puts it in
 * order, asks for one grace period for all that it took (after it took them, so
 * that it covers them) and appends them, with its cookie, to those that wait.
 * Cookies do not go back, so it has only to look at the first: when that one's
 * grace period is over it is run. Meanwhile new items come in; none waits for
 * another's grace period.
 *
 * Items that are also to wait for a time lie in a list of their own until then.
 *
 * Functions run outside all locks, in the order in which they were queued. They
 * may free the item and defer it again.
 *
 * A table with a defer of its own is handed a function of ours in place of the
 * user's, which runs that one as this thread would.
 */

#include "domain.h"

#define MS        1000000u /* ns */
#define LINGER_NS (20 * MS)
#define REST_MAX  (100 * MS) /* while there are timers */
#define POLL_US   50u
#define POLL_MAX  1000u

/* initial-exec: as in thread.h. */
static _Thread_local bool in_deferred
	__attribute__((tls_model("initial-exec")));

bool
gp_in_deferred(void)
{
	return in_deferred;
}

static void
run_one(struct objpool_gp *gp, struct objpool_deferred *d)
{
	bool nested = in_deferred;

	/* Counted first: afterwards gp may be gone, with a barrier's caller. */
	atomic_fetch_add_explicit(&gp->nr_run, 1, memory_order_release);
	in_deferred = true;
	d->fn(d);
	in_deferred = nested;
}

static void
run_for_table(struct objpool_deferred *d)
{
	run_one(d->gp, d);
}

/* The last access of who deferred something: it may have run by now, and with
 * it the last reason why gp was not destroyed. */
static void
leave(struct objpool_gp *gp)
{
	atomic_fetch_sub_explicit(&gp->nr_inside, 1, memory_order_release);
}

void
gp_defer(struct objpool_gp *gp, struct objpool_deferred *d,
	objpool_deferred_fn *fn)
{
	d->gp = gp;
	d->fn = fn;
	atomic_fetch_add_explicit(&gp->nr_inside, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&gp->nr_deferred, 1, memory_order_relaxed);
	if (gp->ops->defer != NULL) {
		gp_start(gp); /* so that it is watched */
		gp->ops->defer(gp->ctx, d, run_for_table);
		leave(gp);
		return;
	}
	d->next = atomic_load_explicit(&gp->fresh, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&gp->fresh, &d->next, d,
		memory_order_release, memory_order_relaxed))
		;
	sleeper_wake(&gp->reclaim, TIMED);
	leave(gp);
}

void
gp_defer_in(struct objpool_gp *gp, struct objpool_deferred *d,
	objpool_deferred_fn *fn, unsigned int ms)
{
	d->gp = gp;
	d->fn = fn;
	d->cookie = now_ns() + (uint64_t)ms * MS;
	atomic_fetch_add_explicit(&gp->nr_inside, 1, memory_order_relaxed);
	pthread_mutex_lock(&gp->lock);
	d->next = gp->timers;
	gp->timers = d;
	pthread_mutex_unlock(&gp->lock);
	atomic_store_explicit(&gp->new_timer, true, memory_order_relaxed);
	sleeper_wake(&gp->reclaim, TIMED);
	leave(gp);
}

uint64_t
reclaim_timers(struct objpool_gp *gp, bool all)
{
	struct objpool_deferred **link, *d, *due = NULL;
	uint64_t now = now_ns(), next = 0;

	pthread_mutex_lock(&gp->lock);
	link = &gp->timers;
	while ((d = *link) != NULL) {
		if (all || d->cookie <= now) {
			*link = d->next;
			d->next = due;
			due = d;
			continue;
		}
		if (next == 0 || d->cookie - now < next)
			next = d->cookie - now;
		link = &d->next;
	}
	pthread_mutex_unlock(&gp->lock);
	while ((d = due) != NULL) {
		due = d->next;
		gp_defer(gp, d, d->fn);
	}
	return next;
}

/* Append what is new to what waits. */
static void
take_fresh(struct objpool_gp *gp)
{
	struct objpool_deferred *d = atomic_exchange_explicit(&gp->fresh, NULL,
		memory_order_acquire);
	struct objpool_deferred *first = NULL, *last = d, *next;
	uint64_t cookie;

	if (d == NULL)
		return;
	cookie = gp_start(gp);
	for (; d != NULL; d = next) {
		next = d->next;
		d->cookie = cookie;
		d->next = first;
		first = d;
	}
	*gp->waiting_end = first;
	gp->waiting_end = &last->next;
}

/* Run what has its grace period behind it; whether there was anything. */
static bool
run_ready(struct objpool_gp *gp)
{
	struct objpool_deferred *d;
	bool any = false;

	while ((d = gp->waiting) != NULL && gp_done(gp, d->cookie)) {
		/* The driver counts its own. */
		if (gp->ops->start != NULL && d->cookie != gp->last_over)
			atomic_fetch_add_explicit(&gp->nr_over, 1,
				memory_order_relaxed);
		gp->last_over = d->cookie;
		gp->waiting = d->next;
		if (gp->waiting == NULL)
			gp->waiting_end = &gp->waiting;
		run_one(gp, d);
		any = true;
	}
	return any;
}

static bool
has_work(struct objpool_gp *gp)
{
	return atomic_load_explicit(&gp->fresh, memory_order_relaxed) != NULL ||
		atomic_load_explicit(&gp->new_timer, memory_order_relaxed) ||
		atomic_load_explicit(&gp->stop, memory_order_relaxed);
}

static uint64_t
sooner(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

/* Nothing to run: sleep until there is, or ns have passed (0: as long as it
 * takes). */
static void
rest(struct objpool_gp *gp, uint64_t ns)
{
	sleeper_prepare(&gp->reclaim, ns != 0 ? TIMED : IDLE);
	if (has_work(gp) || (ns == 0 && stall_has_new(gp)))
		sleeper_stay(&gp->reclaim);
	else
		sleeper_sleep(&gp->reclaim, ns < REST_MAX ? ns : REST_MAX);
}

void *
reclaim_run(void *arg)
{
	struct objpool_gp *gp = arg;
	uint64_t busy = now_ns(), next;
	uint32_t poll = POLL_US;

	while (!atomic_load_explicit(&gp->stop, memory_order_acquire)) {
		/* First, so that none is missed that comes meanwhile. */
		atomic_store_explicit(&gp->new_timer, false,
			memory_order_relaxed);
		next = reclaim_timers(gp, false);
		take_fresh(gp);
		if (run_ready(gp)) {
			busy = now_ns();
			poll = POLL_US;
			continue;
		}
		next = sooner(next, stall_look(gp));
		if (gp->waiting != NULL) {
			pause_us(poll);
			poll = poll * 2 < POLL_MAX ? poll * 2 : POLL_MAX;
			busy = now_ns();
		} else if (now_ns() - busy < LINGER_NS) {
			pause_us(POLL_MAX);
		} else {
			rest(gp, next);
			poll = POLL_US;
		}
	}
	return NULL;
}
