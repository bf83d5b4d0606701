/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pools come to be, or must not. See fuzz.h. */

#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "shared.h"

_Alignas(8) unsigned char outside[NR_POOLS][NR_MAX][64];

static void
choose_more(struct model *m, const struct turn *t)
{
	if (t->n % 7 == 4)
		m->attr.flags |= OBJPOOL_F_SIGNALS;
	if (t->n % 5 != 2)
		return;
	m->attr.flags |= OBJPOOL_F_HOLDERS;
	if (m->attr.gp == NULL)
		m->attr.mem = shared_memory();
}

static void
choose(struct model *m, const struct turn *t)
{
	unsigned int index = m->index;
	static const uint32_t flags[] = { 0, OBJPOOL_F_CHECKED,
		OBJPOOL_F_MARKED, OBJPOOL_F_COMPACT, OBJPOOL_F_FENCED,
		OBJPOOL_F_EXTERNAL, OBJPOOL_F_CHECKED | OBJPOOL_F_COMPACT,
		OBJPOOL_F_MARKED | OBJPOOL_F_FENCED | OBJPOOL_F_COMPACT };
	static const uint32_t slots[] = { 1, 2, 5, 0 };
	/* Two regions, whatever the machine has. */
	static const int nodes[] = { 0, OBJPOOL_NODE_ANY, 0, OBJPOOL_NODE_ANY,
		0 };
	static const uint32_t blocks[] = { 4, 0, 8, 32 };

	memset(m, 0, sizeof(*m));
	m->index = index;
	m->nr = 1 + t->n % NR_MAX;
	m->attr = (struct objpool_attr){
		.name = "fuzz",
		.nr_objs = m->nr,
		.flags = flags[t->byte % 8],
		.nr_slots = slots[t->byte / 8 % 4],
		.block_objs = blocks[t->byte / 32 % 4],
		.gp = t->byte & 128 ? period_domain() : NULL,
		.release = model_release,
		.ctx = m,
	};
	if (m->attr.nr_slots > 1 && t->n % 3 == 0)
		m->attr.slot_nodes = nodes;
	m->size = 1 + t->n * 7 % SIZE_MAX_;
	choose_more(m, t);
	if (m->attr.flags & OBJPOOL_F_EXTERNAL) {
		m->size = sizeof(outside[0][0]);
		if (m->attr.flags & OBJPOOL_F_HOLDERS) {
			m->size -= sizeof(uint64_t);
			m->attr.holder_at = m->size;
		}
		return;
	}
	if (t->n % 6 == 3)
		m->attr.flags |= OBJPOOL_F_HOMING;
	m->attr.obj_size = m->size;
	m->attr.objinit = model_init;
	/* One in eight does not come to be. */
	if (t->byte / 4 % 8 == 7)
		m->fail_at = 1 + (t->n * 5 + t->byte) % m->nr;
}

void
turn_make(struct turn *t)
{
	struct model *m = t->m;
	struct objpool *pool = NULL;

	if (m->pool != NULL)
		return;
	choose(m, t);
	if (t->way == WAY_CALL) {
		t->rc = objpool_create(&m->attr, &pool);
	} else {
		t->rc = objpool_init(&m->head, &m->attr);
		pool = t->rc == 0 ? &m->head : NULL;
	}
	if (m->fail_at != 0) {
		CHECK(t->rc == -EDOM && pool == NULL);
		CHECK(m->inits == m->fail_at && m->releases == 0); /* G10 */
		return;
	}
	CHECK(t->rc == 0);
	m->pool = pool;
	for (unsigned int i = 0; i < m->nr; i++) {
		struct object *obj = &m->objs[i];

		if (m->attr.flags & OBJPOOL_F_EXTERNAL) {
			obj->addr = outside[m->index][i];
			obj->where = HELD;
			memset(obj->addr, 0, sizeof(outside[0][0]));
		}
		memset(obj->addr, 0, m->size);
	}
}

static void
ignore_line(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

/* Attributes of which one is outside its limits. */
void
turn_make_wrong(struct turn *t)
{
	static const char name[] = "a name of more than 31 characters";
	static const int nodes[] = { 4000, 4000, 4000, 4000 };
	struct objpool_attr attr = {
		.nr_objs = 8,
		.obj_size = 8,
		.nr_slots = 4,
	};
	const struct objpool_attr wrong[] = {
		{ .nr_objs = 0, .obj_size = 8 },
		{ .nr_objs = OBJPOOL_OBJS_MAX + UINT64_C(1), .obj_size = 8 },
		{ .nr_objs = UINT64_MAX - t->n, .obj_size = 8 },
		{ .nr_objs = 8 },
		{ .nr_objs = 8, .obj_size = OBJPOOL_SIZE_MAX + 1 + t->n },
		{ .nr_objs = 8, .obj_size = 8, .flags = 1u << 31 },
		{ .nr_objs = 8, .obj_size = 8, .obj_align = 3 },
		{ .nr_objs = 8, .obj_size = 8, .obj_align = 8192 },
		{ .nr_objs = 8, .obj_size = 8, .block_objs = 2 },
		{ .nr_objs = 8, .obj_size = 8, .block_objs = 512 },
		{ .nr_objs = 8, .obj_size = 8, .block_objs = 5 },
		{ .nr_objs = 8,
			.obj_size = 8,
			.nr_slots = OBJPOOL_SLOTS_MAX + 1 },
		{ .nr_objs = 8, .obj_size = 8, .name = name },
		{ .nr_objs = 8, .obj_size = 8, .flags = OBJPOOL_F_EXTERNAL },
		{ .nr_objs = 8,
			.flags = OBJPOOL_F_EXTERNAL | OBJPOOL_F_CHECKED },
		{ .nr_objs = 8,
			.obj_size = 8,
			.flags = OBJPOOL_F_HOLDERS,
			.holder_at = 8 },
	};
	struct objpool *pool = NULL;

	CHECK(objpool_create(&wrong[t->n % (sizeof(wrong) / sizeof(wrong[0]))],
		      &pool) == -EINVAL);
	CHECK(objpool_create(NULL, &pool) == -EINVAL);
	CHECK(objpool_create(&attr, NULL) == -EINVAL);
	attr.slot_nodes = nodes;
	attr.log = ignore_line;
	CHECK(objpool_create(&attr, &pool) == -ENODEV);
	CHECK(pool == NULL);
}
