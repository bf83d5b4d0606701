/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A domain whose grace periods the test ends.
 *
 * start() numbers a grace period; it is over when the test says so, or at once
 * while the domain is not held. Two tables: with one the library's own control
 * thread runs what is deferred; with the other (manual) it is queued here, and
 * the test runs it step by step in its own thread, so that nothing depends on
 * time. Whether the caller is in a read section is what the test says, too.
 */

#ifndef TEST_UNIT_DOMAIN_H
#define TEST_UNIT_DOMAIN_H

#include "unit.h"

#include <objpool/rcu.h>

#define PATIENCE_MS 20000

struct domain {
	struct objpool_gp *gp;
	_Atomic(uint64_t) started; /* grace periods asked for */
	_Atomic(uint64_t) over;    /* all up to this one are over */
	_Atomic(bool) held;        /* they end by domain_pass() only */
	_Atomic(int) in_reader;
	/* What is deferred, of a manual domain. */
	pthread_mutex_t lock;
	struct objpool_deferred *first, **last;
	objpool_deferred_fn *fn[64]; /* of the first ones, in order */
	unsigned int nr;
	_Atomic(bool) closing;
};

static inline uint64_t
domain_start(void *ctx)
{
	struct domain *d = ctx;

	return atomic_fetch_add(&d->started, 1) + 1;
}

static inline void
domain_raise(struct domain *d, uint64_t to)
{
	uint64_t over = atomic_load(&d->over);

	while (over < to && !atomic_compare_exchange_weak(&d->over, &over, to))
		;
}

static inline bool
domain_done(void *ctx, uint64_t cookie)
{
	struct domain *d = ctx;

	/* What was over once must stay so. */
	if (!atomic_load(&d->held))
		domain_raise(d, cookie);
	return cookie <= atomic_load(&d->over);
}

static inline int
domain_in_reader(void *ctx)
{
	struct domain *d = ctx;

	return atomic_load(&d->in_reader);
}

static inline void
domain_defer(void *ctx, struct objpool_deferred *item, objpool_deferred_fn *fn)
{
	struct domain *d = ctx;

	pthread_mutex_lock(&d->lock);
	if (d->nr == COUNT_OF(d->fn))
		abort();
	item->next = NULL;
	*d->last = item;
	d->last = &item->next;
	d->fn[d->nr++] = fn;
	pthread_mutex_unlock(&d->lock);
}

/* Run what was deferred first, in a manual domain. False: there is nothing. */
static inline bool
domain_run(struct domain *d)
{
	struct objpool_deferred *item;
	objpool_deferred_fn *fn;

	pthread_mutex_lock(&d->lock);
	item = d->first;
	if (item == NULL) {
		pthread_mutex_unlock(&d->lock);
		return false;
	}
	fn = d->fn[0];
	memmove(&d->fn[0], &d->fn[1], --d->nr * sizeof(d->fn[0]));
	d->first = item->next;
	if (d->first == NULL)
		d->last = &d->first;
	pthread_mutex_unlock(&d->lock);
	fn(item);
	return true;
}

static const struct objpool_gp_ops domain_ops = {
	.name = "test",
	.start = domain_start,
	.done = domain_done,
	.in_reader = domain_in_reader,
};

static const struct objpool_gp_ops domain_shared_ops = {
	.name = "shared test",
	.flags = OBJPOOL_GP_SHARED,
	.start = domain_start,
	.done = domain_done,
	.in_reader = domain_in_reader,
};

static const struct objpool_gp_ops domain_manual_ops = {
	.name = "manual test",
	.defer = domain_defer,
	.start = domain_start,
	.done = domain_done,
	.in_reader = domain_in_reader,
};

/* Open a domain; held: its grace periods end only when the test says so. */
static inline void
domain_open(struct domain *d, const struct objpool_gp_ops *ops, bool held)
{
	const struct objpool_gp_attr attr = { .stall_ms = UINT32_MAX };

	memset(d, 0, sizeof(*d));
	d->last = &d->first;
	pthread_mutex_init(&d->lock, NULL);
	atomic_store(&d->held, held);
	assert_int_equal(objpool_gp_create(ops, d, &attr, &d->gp), 0);
}

/* All grace periods asked for so far are over. */
static inline void
domain_pass(struct domain *d)
{
	domain_raise(d, atomic_load(&d->started));
}

/* Wait until somebody asks for a grace period that is not over. */
static inline void
domain_await(struct domain *d)
{
	for (unsigned int ms = 0; ms < PATIENCE_MS; ms++) {
		if (atomic_load(&d->started) > atomic_load(&d->over))
			return;
		nap(1);
	}
	fail_msg("nobody asked for a grace period");
}

/* Wait until somebody asks for a grace period, and end it. */
static inline void
domain_period(struct domain *d)
{
	domain_await(d);
	domain_pass(d);
}

/* From now on grace periods end at once; wait for everything. */
static inline void
domain_settle(struct domain *d)
{
	atomic_store(&d->held, false);
	assert_int_equal(objpool_barrier(d->gp), 0);
}

static inline struct objpool_gp_stats
domain_stats(struct domain *d)
{
	struct objpool_gp_stats stats;

	objpool_gp_get_stats(d->gp, &stats);
	return stats;
}

/* A manual domain needs somebody who runs its queue while it is destroyed. */
static inline void *
domain_runner(void *arg)
{
	struct domain *d = arg;

	for (;;) {
		if (domain_run(d))
			continue;
		if (atomic_load(&d->closing))
			return NULL;
		nap(1);
	}
}

/* The domain must not have pools any more. */
static inline void
domain_close(struct domain *d)
{
	pthread_t thread;

	atomic_store(&d->held, false);
	assert_int_equal(pthread_create(&thread, NULL, domain_runner, d), 0);
	assert_int_equal(objpool_gp_destroy(d->gp), 0);
	atomic_store(&d->closing, true);
	pthread_join(thread, NULL);
	pthread_mutex_destroy(&d->lock);
}

#endif /* TEST_UNIT_DOMAIN_H */
