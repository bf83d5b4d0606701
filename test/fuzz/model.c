/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See fuzz.h.
 *
 * Of an object in limbo the model knows two bounds. It must not be popped before
 * a grace period is over that was asked for after it was given back (G13). It
 * must be found once one is over that was asked for by a pop that was short, or
 * by objpool_collect() (G14).
 */

#include "fuzz.h"

#include <errno.h>
#include <string.h>

unsigned int
model_count(const struct model *m, enum where where)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < m->nr; i++)
		n += m->objs[i].where == where;
	return n;
}

static bool
may_be_found(const struct object *obj)
{
	return obj->where == FREE ||
		(obj->where == LIMBO && period_over() > obj->since);
}

static bool
must_be_found(const struct object *obj)
{
	return obj->where == FREE ||
		(obj->where == LIMBO && obj->asked != 0 &&
			period_over() >= obj->asked);
}

unsigned int
model_ripe(const struct model *m)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < m->nr; i++)
		n += m->objs[i].where == LIMBO && must_be_found(&m->objs[i]);
	return n;
}

unsigned int
model_least(const struct model *m)
{
	unsigned int n = 0;

	if (m->is_closed || m->is_finished)
		return 0;
	for (unsigned int i = 0; i < m->nr; i++)
		n += must_be_found(&m->objs[i]);
	return n;
}

unsigned int
model_most(const struct model *m)
{
	unsigned int n = 0;

	if (m->is_closed || m->is_finished)
		return 0;
	for (unsigned int i = 0; i < m->nr; i++)
		n += may_be_found(&m->objs[i]);
	return n;
}

static struct object *
find(struct model *m, const void *addr)
{
	for (unsigned int i = 0; i < m->nr; i++)
		if (m->objs[i].addr == addr)
			return &m->objs[i];
	return NULL;
}

void
model_took(struct model *m, void **objs, unsigned int n)
{
	struct object *obj;

	for (unsigned int i = 0; i < n; i++) {
		obj = find(m, objs[i]);
		CHECK(obj != NULL);
		CHECK(may_be_found(obj)); /* G2, G13 */
		for (unsigned int j = 0; j < m->size; j++)
			CHECK(obj->addr[j] == obj->stamp); /* G8 */
		obj->where = HELD;
	}
	m->pops += n;
}

void
model_asked(struct model *m)
{
	for (unsigned int i = 0; i < m->nr; i++)
		if (m->objs[i].where == LIMBO && m->objs[i].asked == 0)
			m->objs[i].asked = period_started();
}

struct object *
model_held(struct model *m, unsigned int from)
{
	for (unsigned int i = 0; i < m->nr; i++) {
		struct object *obj = &m->objs[(from + i) % m->nr];

		if (obj->where == HELD)
			return obj;
	}
	return NULL;
}

/* A slot that has closed one batch early already opens the next one again, for
 * what is put in (lib/core/limbo.h): objects that waited for a grace period
 * that is not over may wait for a later one. */
static void
may_wait_on(struct model *m)
{
	for (unsigned int i = 0; i < m->nr; i++)
		if (m->objs[i].where == LIMBO &&
			m->objs[i].asked > period_over())
			m->objs[i].asked = 0;
}

void
model_gave(struct model *m, struct object *obj, enum where to)
{
	CHECK(obj->where == HELD);
	if (to == LIMBO)
		may_wait_on(m);
	obj->where = to;
	obj->stamp++;
	memset(obj->addr, obj->stamp, m->size);
	obj->since = period_started();
	obj->asked = 0;
	m->pushes += to != DROPPED;
}

enum where
model_home(const struct model *m, bool rcu)
{
	if (m->is_finished)
		return DROPPED;
	return rcu ? LIMBO : FREE;
}

static void
check_stats(const struct model *m)
{
	struct objpool_stats stats;

	objpool_get_stats(m->pool, &stats);
	CHECK(stats.nr_free == objpool_nr_free(m->pool));
	CHECK(stats.nr_parked == objpool_nr_parked(m->pool));
	CHECK(stats.nr_claimed <= stats.nr_slots);
	CHECK(stats.nr_claimed <= NR_PEOPLE || stats.nr_slots > NR_PEOPLE);
	if (m->is_finished)
		return;
	CHECK(stats.pops == m->pops);
	CHECK(stats.pushes == m->pushes);
}

void
model_check(const struct model *m)
{
	uint32_t nr_free, parked;
	unsigned int held;

	if (m->pool == NULL)
		return;
	nr_free = objpool_nr_free(m->pool);
	parked = objpool_nr_parked(m->pool);
	held = model_count(m, HELD);
	CHECK(objpool_nr_objs(m->pool) == m->nr);
	CHECK(objpool_nr_outstanding(m->pool) == held);
	if (m->is_finished) {
		int64_t out = objpool_outstanding(m->pool);

		CHECK(nr_free == 0 && parked == 0);
		CHECK(out == held || (m->attr.gp != NULL && out == -EAGAIN));
	} else {
		CHECK(objpool_outstanding(m->pool) == -EAGAIN);
		CHECK(nr_free + parked + held + model_count(m, DROPPED) ==
			m->nr); /* G3, G9 */
		CHECK(parked <= model_count(m, LIMBO));
	}
	check_stats(m);
}

void
model_settle(struct model *m)
{
	/* G11: once, and not before the last reference. */
	CHECK(m->releases <= 1);
	if (m->pool == NULL || !m->is_finished)
		return;
	if (m->attr.gp == NULL)
		CHECK((m->releases == 1) == (model_count(m, HELD) == 0));
	else
		CHECK(m->releases == 0 || model_count(m, HELD) == 0);
	if (m->releases == 1)
		m->pool = NULL;
}

int
model_init(void *obj, void *ctx)
{
	struct model *m = ctx;
	unsigned char *bytes = obj;

	for (unsigned int i = 0; i < m->size; i++)
		CHECK(bytes[i] == 0);
	CHECK(m->inits < m->attr.nr_objs);
	m->objs[m->inits].addr = obj;
	return ++m->inits == m->fail_at ? -EDOM : 0;
}

void
model_release(struct objpool *pool, void *ctx)
{
	struct model *m = ctx;

	CHECK(pool == m->pool);
	m->releases++;
}
