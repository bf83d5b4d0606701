/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Objects that go home (OBJPOOL_F_HOMING): whoever pushes them, those who are
 * near pop them first.
 *
 * Half of the slots are bound to node 0, half to none, which makes two regions
 * on any machine. Objects are initialised region by region, so their numbers
 * tell which they are of. Two threads, one of each region, hand objects to each
 * other in turn. Where the memory really is, and what that does to nearness on
 * machines of several nodes, is for test/numa.
 */

#include "unit.h"

#include <objpool/embed.h>
#include <objpool/fast.h>

#define NR    1000
#define BLOCK 16
#define MANY  200

struct side {
	struct objpool *pool;
	int key;
	void *objs[NR];
	unsigned int nr; /* in objs */
	unsigned int nr_near, nr_popped;
	uint32_t nr_free; /* when all are pushed */
};

struct number {
	unsigned int at;
};

static int
number_obj(void *obj, void *ctx)
{
	struct number *next = ctx;

	((struct number *)obj)->at = next->at++;
	return 0;
}

static _Thread_local int my_key;

static int
key(void)
{
	return my_key;
}

static struct objpool *
two_regions(uint32_t flags)
{
	static const int nodes[] = { 0, OBJPOOL_NODE_ANY, 0, OBJPOOL_NODE_ANY };
	static struct number next;
	const struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = sizeof(struct number),
		.nr_slots = 4,
		.block_objs = BLOCK,
		.slot_nodes = nodes,
		.flags = flags,
		.objinit = number_obj,
		.log = swallow,
		.ctx = &next,
	};

	next.at = 0;
	return make_pool(&attr);
}

static int
region_of(const void *obj)
{
	return ((const struct number *)obj)->at >= NR / 2;
}

/* Slots 0 and 2 are of the first region, 1 and 3 of the second. */
static void
pop_many(struct member *m, void *arg)
{
	struct side *s = arg;

	(void)m;
	my_key = s->key;
	s->nr = 0;
	for (; s->nr < MANY; s->nr++)
		if (objpool_pop_bulk_keyed(s->pool, &s->objs[s->nr], 1, key) <
			0)
			break;
	s->nr_popped += s->nr;
	for (unsigned int i = 0; i < s->nr; i++)
		s->nr_near += region_of(s->objs[i]) == s->key % 2;
	objpool_detach(s->pool);
}

static void
push_many(struct member *m, void *arg)
{
	struct side *s = arg;

	(void)m;
	my_key = s->key;
	objpool_push_bulk_keyed(s->objs, s->nr, s->pool, key);
	s->nr_free = objpool_nr_free(s->pool); /* G9 */
	objpool_detach(s->pool);
}

/* Percent of what they pop that is near, each pushing what the other popped. */
static unsigned int
share_near(uint32_t flags)
{
	struct side side[2] = { { .key = 0 }, { .key = 1 } };
	struct objpool *pool = two_regions(flags);

	for (unsigned int i = 0; i < 20; i++) {
		struct side *s = &side[i % 2], *other = &side[1 - i % 2];

		s->pool = other->pool = pool;
		crew_alone(pop_many, s);
		memcpy(other->objs, s->objs, sizeof(s->objs));
		other->nr = s->nr;
		crew_alone(push_many, other);
		assert_int_equal(other->nr_free, NR);
	}
	end_pool(pool);
	return 100 * (side[0].nr_near + side[1].nr_near) /
		(side[0].nr_popped + side[1].nr_popped);
}

static void
objects_are_popped_near_where_they_are(void **state)
{
	static const uint32_t flags[] = { 0, OBJPOOL_F_COMPACT,
		OBJPOOL_F_MARKED, OBJPOOL_F_FENCED, OBJPOOL_F_SIGNALS,
		OBJPOOL_F_CHECKED | OBJPOOL_F_MARKED | OBJPOOL_F_SIGNALS };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		assert_int_equal(share_near(flags[i] | OBJPOOL_F_HOMING), 100);
		assert_true(share_near(flags[i]) < 80);
	}
}

static void
far_objects_are_popped_when_near_ones_are_out(void **state)
{
	struct objpool *pool = two_regions(OBJPOOL_F_HOMING);
	void *objs[NR + 1];

	(void)state;
	my_key = 0;
	for (unsigned int round = 0; round < 3; round++) {
		assert_int_equal(objpool_pop_bulk_keyed(pool, objs, NR + 1,
					 key),
			-ENOBUFS);
		assert_int_equal(objpool_pop_bulk_keyed(pool, objs, NR, key),
			0);
		for (unsigned int n = 1, at = 0; at < NR;
			at += n, n = n * 7 % 90 + 1)
			objpool_push_bulk(objs + at, at + n < NR ? n : NR - at,
				pool);
		assert_int_equal(objpool_nr_free(pool), NR);
	}
	end_pool(pool);
}

static void
a_pool_of_one_node_stays_inline(void **state)
{
	const struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 8,
		.node_plus_1 = OBJPOOL_NODE(0),
		.flags = OBJPOOL_F_HOMING | OBJPOOL_F_FENCED,
	};
	struct objpool *pool = make_pool(&attr), *two;

	(void)state;
	assert_int_equal(atomic_load(&objpool_slot(pool)->mode) &
			~OBJPOOL_SLOT_FENCED_,
		0);
	two = two_regions(OBJPOOL_F_HOMING);
	assert_int_not_equal(atomic_load(&objpool_slot(two)->mode) &
			~OBJPOOL_SLOT_FENCED_,
		0);
	end_pool(two);
	end_pool(pool);
}

static void
external_objects_have_no_home(void **state)
{
	const struct objpool_attr attr = {
		.nr_objs = NR,
		.flags = OBJPOOL_F_HOMING | OBJPOOL_F_EXTERNAL,
		.log = swallow,
	};
	struct objpool *pool = NULL;

	(void)state;
	assert_int_equal(objpool_create(&attr, &pool), -EINVAL);
	assert_null(pool);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_popped_near_where_they_are),
		cmocka_unit_test(far_objects_are_popped_when_near_ones_are_out),
		cmocka_unit_test(a_pool_of_one_node_stays_inline),
		cmocka_unit_test(external_objects_have_no_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
