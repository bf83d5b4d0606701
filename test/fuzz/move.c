/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Objects go from hand to hand. See fuzz.h. */

#include "fuzz.h"

#include <errno.h>

/* --- pop --- */

static bool
by_slot(struct turn *t)
{
	struct objpool_slot **slot = &t->m->slot[t->who];

	if (t->way != WAY_SLOT)
		return false;
	if (*slot == NULL)
		*slot = objpool_slot(t->m->pool);
	CHECK((*slot == NULL) <= t->m->is_finished);
	return *slot != NULL;
}

void
turn_pop(void *arg)
{
	struct turn *t = arg;
	struct objpool *pool = t->m->pool;

	if (by_slot(t))
		t->objs[0] = objpool_slot_pop(t->m->slot[t->who]);
	else
		t->objs[0] = t->way == WAY_FAST ? objpool_fast_pop(pool) :
						  objpool_pop(pool);
	t->n = 1;
	t->rc = t->objs[0] != NULL ? 1 : 0;
}

void
turn_pop_bulk(void *arg)
{
	struct turn *t = arg;
	struct objpool *pool = t->m->pool;

	if (by_slot(t))
		t->rc = objpool_slot_pop_bulk(t->m->slot[t->who], t->objs,
			t->n);
	else if (t->way == WAY_FAST)
		t->rc = objpool_fast_pop_bulk(pool, t->objs, t->n);
	else if (t->way == WAY_KEYED)
		t->rc = objpool_pop_bulk_keyed(pool, t->objs, t->n, turn_key);
	else
		t->rc = objpool_pop_bulk(pool, t->objs, t->n);
	/* Of none either may come. */
	if (t->m->is_closed || t->m->is_finished)
		CHECK(t->rc == -ESHUTDOWN || (t->rc == 0 && t->n == 0));
	else if (t->rc != 0)
		CHECK(t->rc == -ENOBUFS && t->n > 0);
	t->rc = t->rc == 0 ? (int)t->n : 0;
}

void
turn_pop_burst(void *arg)
{
	struct turn *t = arg;
	struct objpool *pool = t->m->pool;

	if (by_slot(t))
		t->rc = (int)objpool_slot_pop_burst(t->m->slot[t->who], t->objs,
			t->n);
	else if (t->way == WAY_FAST)
		t->rc = (int)objpool_fast_pop_burst(pool, t->objs, t->n);
	else
		t->rc = (int)objpool_pop_burst(pool, t->objs, t->n);
}

void
turn_take(struct turn *t, void (*how)(void *arg), bool burst)
{
	unsigned int least, most, got;

	/* No more than there can be, and a few. */
	t->n %= t->m->nr + 5;
	people_do(t->who, how, t);
	least = model_least(t->m);
	most = model_most(t->m);
	got = (unsigned int)t->rc;
	CHECK(got <= t->n && got <= most);
	if (burst)
		CHECK(got >= (t->n < least ? t->n : least)); /* G4, G14 */
	else
		CHECK(got == t->n || t->n > least);
	model_took(t->m, t->objs, got);
	if (got < t->n && !t->m->is_closed && !t->m->is_finished &&
		t->n <= t->m->nr)
		model_asked(t->m);
}

/* --- push --- */

void
turn_push(void *arg)
{
	struct turn *t = arg;
	struct objpool *pool = t->m->pool;

	if (t->n == 1 && t->way == WAY_FAST)
		t->rc = objpool_fast_push(t->objs[0], pool);
	else if (t->n == 1 && t->way == WAY_CALL)
		t->rc = objpool_push(t->objs[0], pool);
	else if (by_slot(t))
		t->rc = t->n == 1 ?
			objpool_slot_push(t->objs[0], t->m->slot[t->who]) :
			objpool_slot_push_bulk(t->objs, t->n,
				t->m->slot[t->who]);
	else if (t->way == WAY_FAST)
		t->rc = objpool_fast_push_bulk(t->objs, t->n, pool);
	else if (t->way == WAY_KEYED)
		t->rc = objpool_push_bulk_keyed(t->objs, t->n, pool, turn_key);
	else
		t->rc = objpool_push_bulk(t->objs, t->n, pool);
}

void
turn_push_rcu(void *arg)
{
	struct turn *t = arg;

	t->rc = t->n == 1 ? objpool_push_rcu(t->objs[0], t->m->pool) :
		t->way == WAY_KEYED ?
			    objpool_push_rcu_bulk_keyed(t->objs, t->n,
				    t->m->pool, turn_key) :
			    objpool_push_rcu_bulk(t->objs, t->n, t->m->pool);
}

void
turn_drop(void *arg)
{
	struct turn *t = arg;

	t->rc = t->n == 1 ? objpool_drop(t->objs[0], t->m->pool) :
			    objpool_drop_bulk(t->objs, t->n, t->m->pool);
}

/* Objects that are held, up to n, go that way. */
static void
collect_held(struct turn *t, enum where to)
{
	struct object *obj;
	unsigned int n = 0;

	for (; n < t->n && n < NR_MAX; n++) {
		obj = model_held(t->m, t->byte * 3 + n);
		if (obj == NULL)
			break;
		model_gave(t->m, obj, to);
		t->objs[n] = obj->addr;
	}
	t->n = n;
}

/* With holders all others are taken, wherever the wrong one is among them. */
static void
misplace(struct turn *t)
{
	unsigned int i = t->byte / 5 % t->n;
	void *obj = t->objs[i];

	if (!(t->m->attr.flags & OBJPOOL_F_HOLDERS))
		return;
	t->objs[i] = t->objs[t->n - 1];
	t->objs[t->n - 1] = obj;
}

/* Where it is noticed, behind them one that is not to be pushed. Returns the
 * error that is due. */
static int
add_wrong(struct turn *t)
{
	struct model *m = t->m;
	unsigned char *foreign[] = { m->objs[0].addr + 1, outside[0][0],
		outside[1][1] + 8 };
	unsigned int i = t->byte % m->nr;

	if (!(m->attr.flags & (OBJPOOL_F_CHECKED | OBJPOOL_F_HOLDERS)) ||
		t->byte % 5 != 0)
		return 0;
	if (m->objs[i].where != HELD) {
		t->objs[t->n++] = m->objs[i].addr;
		return -EEXIST;
	}
	/* Whose objects they are is not known of external ones. */
	if (m->attr.flags & OBJPOOL_F_EXTERNAL)
		return 0;
	/* One pool's object is another's foreigner. */
	t->objs[t->n++] = t->other->pool != NULL && t->byte & 1 ?
		t->other->objs[0].addr :
		foreign[t->byte / 5 % 3];
	return -EINVAL;
}

void
turn_give(struct turn *t, void (*how)(void *arg), enum where to)
{
	struct model *m = t->m;
	bool is_last;
	int wrong;

	if (to == LIMBO && m->attr.gp == NULL) {
		t->n = 1;
		t->objs[0] = m->objs[0].addr;
		how(t);
		CHECK(t->rc == -ENOTSUP);
		return;
	}
	if (how == turn_push_rcu && m->is_finished)
		to = DROPPED;
	collect_held(t, m->is_finished ? DROPPED : to);
	wrong = add_wrong(t);
	if (t->n == 0)
		return;
	if (wrong != 0)
		misplace(t);
	is_last = m->is_finished && model_count(m, HELD) == 0;
	people_do(t->who, how, t);
	if (how != turn_drop || wrong != 0)
		CHECK(t->rc == wrong);
	else if (m->attr.gp == NULL)
		CHECK(t->rc == (is_last ? 0 : -EAGAIN));
	else
		CHECK(t->rc == -EAGAIN || (t->rc == 0 && is_last));
}
