/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Everything else that can be done with a pool, its end included. See fuzz.h. */

#include "fuzz.h"

#include <errno.h>

void
turn_detach(void *arg)
{
	struct turn *t = arg;

	objpool_detach(t->m->pool);
	t->m->slot[t->who] = NULL;
}

void
turn_renew(struct turn *t)
{
	people_renew(t->who);
	if (t->who > 0)
		t->m->slot[t->who] = t->other->slot[t->who] = NULL;
}

void
turn_collect(void *arg)
{
	struct turn *t = arg;
	uint32_t left = objpool_collect(t->m->pool);

	CHECK(left == objpool_nr_parked(t->m->pool));
	CHECK(left <= model_count(t->m, LIMBO) - model_ripe(t->m));
	if (!t->m->is_finished)
		model_asked(t->m);
}

void
turn_close(void *arg)
{
	struct turn *t = arg;

	CHECK(objpool_close(t->m->pool) == (t->m->is_finished ? -EALREADY : 0));
	t->m->is_closed = true;
}

static void
count_walked(void *obj, void *ctx)
{
	struct turn *t = ctx;

	CHECK(t->n < t->m->nr);
	t->objs[t->n++] = obj;
}

void
turn_walk(void *arg)
{
	struct turn *t = arg;
	struct model *m = t->m;

	t->n = 0;
	t->rc = (int)objpool_walk_free(m->pool, count_walked, t);
	if (m->attr.gp != NULL) {
		CHECK(t->rc == -ENOTSUP);
		return;
	}
	if (!m->is_closed) {
		CHECK(t->rc == -EBUSY);
		return;
	}
	CHECK(t->rc == (int)t->n);
	if (m->is_finished)
		return;
	CHECK(t->n == model_count(m, FREE));
	for (unsigned int i = 0; i < t->n; i++)
		for (unsigned int j = 0; j < m->nr; j++)
			if (m->objs[j].addr == t->objs[i])
				CHECK(m->objs[j].where == FREE);
}

void
turn_quiesce(void *arg)
{
	struct turn *t = arg;
	bool is_marked =
		t->m->attr.flags & (OBJPOOL_F_MARKED | OBJPOOL_F_HOLDERS);
	void *mark;

	if (is_marked && !t->m->is_finished) {
		mark = objpool_enter(t->m->pool, turn_key);
		CHECK(mark != NULL);
		objpool_leave(t->m->pool, mark);
	}
	CHECK(objpool_quiesce(t->m->pool) == (is_marked ? 0 : -ENOTSUP));
	objpool_divert(t->m->pool);
}

/* --- what the dead held: nothing, for nobody died --- */

/* What may be given back is asked about nobody's. */
static bool
must_not_ask(void *obj, void *ctx)
{
	(void)obj;
	(void)ctx;
	CHECK(false);
	return true;
}

void
turn_reclaim(void *arg)
{
	struct turn *t = arg;
	uint32_t both =
		t->m->attr.flags & (OBJPOOL_F_HOLDERS | OBJPOOL_F_EXTERNAL);

	CHECK(objpool_reclaim(t->m->pool, must_not_ask, t) ==
		(both == OBJPOOL_F_HOLDERS ? 0 : -ENOTSUP));
}

/* Among some that are the pool's, whoever has them. */
void
turn_reclaim_among(void *arg)
{
	struct turn *t = arg;
	struct model *m = t->m;
	unsigned int n = 1 + t->n % m->nr;

	for (unsigned int i = 0; i < n; i++)
		t->objs[i] = m->objs[(t->byte + i) % m->nr].addr;
	CHECK(objpool_reclaim_among(m->pool, t->objs, n, must_not_ask, t) ==
		(m->attr.flags & OBJPOOL_F_HOLDERS ? 0 : -ENOTSUP));
}

/* --- ends --- */

void
turn_fini(void *arg)
{
	struct turn *t = arg;
	struct model *m = t->m;
	bool was_finished = m->is_finished;

	m->is_finished = true;
	t->rc = objpool_fini(m->pool);
	CHECK(t->rc == (was_finished ? -EALREADY : 0));
}

void
turn_fini_sync(void *arg)
{
	struct turn *t = arg;
	struct model *m = t->m;
	bool was_finished = m->is_finished;

	m->is_finished = true;
	period_let(true);
	t->rc = objpool_fini_sync(m->pool);
	period_let(false);
	CHECK(t->rc ==
		(was_finished                        ? -EALREADY :
				model_count(m, HELD) ? -EAGAIN :
						       0));
}

void
turn_fini_wait(void *arg)
{
	struct turn *t = arg;
	struct model *m = t->m;
	bool was_finished = m->is_finished;

	if (m->attr.mem != NULL) {
		/* Shared, and without a domain. */
		CHECK(objpool_fini_wait(m->pool, 0) == -ENOTSUP);
		return;
	}
	m->is_finished = true;
	t->rc = objpool_fini_wait(m->pool, 0);
	/* Nobody runs what is deferred meanwhile. */
	CHECK(t->rc ==
		(was_finished ? -EALREADY :
				m->attr.gp != NULL || model_count(m, HELD) ?
				-ETIMEDOUT :
				0));
}

void
turn_free(void *arg)
{
	struct turn *t = arg;
	struct model *m = t->m;
	bool may = !m->is_finished && model_count(m, HELD) == 0 &&
		objpool_nr_parked(m->pool) == 0;

	t->rc = objpool_free(m->pool);
	CHECK(t->rc == (may ? 0 : -EBUSY));
	if (may) {
		CHECK(m->releases == 1);
		m->pool = NULL;
	}
}

void
turn_free_forced(void *arg)
{
	struct turn *t = arg;
	struct model *m = t->m;
	bool may = !m->is_finished || m->attr.gp == NULL;

	t->rc = objpool_free_forced(m->pool);
	CHECK(t->rc == (may ? 0 : -EBUSY));
	if (may) {
		CHECK(m->releases == 1);
		m->pool = NULL;
	}
}
