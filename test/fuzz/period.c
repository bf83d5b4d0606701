/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See fuzz.h. */

#include "fuzz.h"

static struct objpool_gp *domain;
static uint64_t started, over;
static bool lets_pass;
static struct objpool_deferred *first, **last = &first;
static objpool_deferred_fn *run_it;

static uint64_t
start(void *ctx)
{
	(void)ctx;
	return ++started;
}

static bool
done(void *ctx, uint64_t cookie)
{
	(void)ctx;
	CHECK(cookie <= started);
	if (lets_pass && over < cookie)
		over = cookie;
	return cookie <= over;
}

static int
in_reader(void *ctx)
{
	(void)ctx;
	return 0;
}

static void
defer(void *ctx, struct objpool_deferred *d, objpool_deferred_fn *fn)
{
	(void)ctx;
	for (const struct objpool_deferred *i = first; i != NULL; i = i->next)
		CHECK(i != d);
	run_it = fn; /* the same for all */
	d->cookie = ++started;
	d->next = NULL;
	*last = d;
	last = &d->next;
}

struct objpool_gp *
period_domain(void)
{
	static const struct objpool_gp_ops ops = {
		.name = "fuzz",
		.defer = defer,
		.start = start,
		.done = done,
		.in_reader = in_reader,
	};
	const struct objpool_gp_attr attr = { .stall_ms = UINT32_MAX };

	if (domain == NULL)
		CHECK(objpool_gp_create(&ops, NULL, &attr, &domain) == 0);
	return domain;
}

uint64_t
period_started(void)
{
	return started;
}

uint64_t
period_over(void)
{
	return over;
}

void
period_pass(void)
{
	over = started;
}

void
period_run(void)
{
	struct objpool_deferred *d;

	while ((d = first) != NULL && d->cookie <= over) {
		first = d->next;
		if (first == NULL)
			last = &first;
		run_it(d);
	}
}

void
period_let(bool pass)
{
	lets_pass = pass;
}
