/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Holder words: what they tell apart besides the dead from the living, and where
 * they are when objects are the user's.
 */

#include "bereaved.h"

static void
wrong_pushes_and_drops_are_refused(void **state)
{
	struct objpool_attr attr = holding;
	struct objpool *pool = make_pool(&attr);
	char *objs[4];
	void *again[3];

	(void)state;
	assert_int_equal(objpool_pop_bulk(pool, (void **)objs, 4), 0);
	assert_int_equal(objpool_push(objs[0], pool), 0);
	assert_int_equal(objpool_push(objs[0], pool), -EEXIST);
	assert_int_equal(objpool_push(objs[1] + 8, pool), -EINVAL);
	assert_int_equal(objpool_drop(objs[0], pool), -EEXIST);
	assert_int_equal(objpool_drop(&attr, pool), -EINVAL);
	assert_int_equal(objpool_nr_free(pool), NR - 3);
	again[0] = objs[1];
	again[1] = objs[0];
	again[2] = objs[2];
	/* The one in the middle takes nobody along. */
	assert_int_equal(objpool_push_bulk(again, 3, pool), -EEXIST);
	assert_int_equal(objpool_nr_free(pool), NR - 1);
	assert_int_equal(objpool_push(objs[2], pool), -EEXIST);
	assert_int_equal(objpool_drop(objs[3], pool), -EAGAIN);
	assert_int_equal(objpool_drop(objs[3], pool), -EEXIST);
	assert_int_equal(objpool_push(objs[3], pool), -EEXIST);
	/* Neither in a block nor held: it must not come back. */
	assert_int_equal(objpool_reclaim(pool, NULL, NULL), 0);
	assert_int_equal(objpool_nr_free(pool), NR - 1);
	end_pool(pool);
}

/* What is gathered in vain comes back under a new word, so that who looks for
 * orphans meanwhile does not take it for what it saw before. */
static void
pops_that_are_short_write_new_words(void **state)
{
	struct objpool_attr attr = holding;
	static struct {
		uint64_t word;
		char body[56];
	} things[NR];
	unsigned int nr_new = 0;
	struct objpool *pool;
	uint64_t words[NR];
	void *objs[NR];

	(void)state;
	attr.obj_size = 0;
	attr.flags |= OBJPOOL_F_EXTERNAL;
	attr.holder_at = -8;
	pool = make_pool(&attr);
	for (unsigned int i = 0; i < NR; i++)
		assert_int_equal(objpool_push(things[i].body, pool), 0);
	assert_int_equal(objpool_pop_bulk(pool, objs, 5), 0);
	for (unsigned int i = 0; i < NR; i++)
		words[i] = things[i].word;
	assert_int_equal(objpool_pop_bulk(pool, objs + 5, NR - 4), -ENOBUFS);
	assert_int_equal(objpool_nr_free(pool), NR - 5);
	for (unsigned int i = 0; i < NR; i++)
		nr_new += things[i].word != words[i];
	assert_int_equal(nr_new, NR - 5);
	assert_int_equal(objpool_push_bulk(objs, 5, pool), 0);
	for (unsigned int i = 0; i < NR; i++)
		assert_int_equal(objpool_push(things[i].body, pool), -EEXIST);
	assert_int_equal(objpool_nr_free(pool), NR);
	assert_int_equal(objpool_free_forced(pool), 0);
}

static void
wrong_pushes_on_a_finished_pool_are_told_and_drop_the_others(void **state)
{
	struct objpool_attr attr = holding;
	struct objpool *pool = make_pool(&attr);
	void *objs[4], *wrong[4];

	(void)state;
	assert_int_equal(objpool_pop_bulk(pool, objs, 4), 0);
	assert_int_equal(objpool_fini(pool), 0);
	wrong[0] = objs[0];
	wrong[1] = objs[0];
	wrong[2] = objs[1];
	wrong[3] = &attr;
	assert_int_equal(objpool_push_bulk(wrong, 4, pool), -EINVAL);
	assert_int_equal(objpool_outstanding(pool), 2);
	assert_int_equal(objpool_push(objs[1], pool), -EEXIST);
	assert_int_equal(objpool_outstanding(pool), 2);
	assert_int_equal(objpool_push_bulk(objs + 2, 2, pool), 0);
}

/* External objects in shared memory, with their words at both ends. */
struct thing {
	uint64_t before;
	char body[40];
	uint64_t after;
};

static void
push_things(struct bereaved *b, struct thing *things)
{
	for (unsigned int i = 0; i < NR; i++) {
		b->all[i] = things[i].body;
		things[i].before = things[i].after = 0;
		memset(things[i].body, 0xa5, sizeof(things[i].body));
		assert_int_equal(objpool_push(b->all[i], b->pool), 0);
		assert_int_equal(objpool_push(b->all[i], b->pool), -EEXIST);
	}
}

static void
assert_only_words_were_written(const struct thing *things, bool after)
{
	for (unsigned int i = 0; i < NR; i++) {
		const struct thing *t = &things[i];

		assert_int_equal(after ? t->before : t->after, 0);
		for (unsigned int k = 0; k < sizeof(t->body); k++)
			assert_int_equal((uint8_t)t->body[k], 0xa5);
	}
}

/* covers G16 */
static void
external_objects_have_their_words_where_the_user_says(void **state)
{
	struct thing *things = mmap(NULL, NR * sizeof(*things),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(things, MAP_FAILED);
	for (unsigned int after = 0; after < 2; after++) {
		struct objpool_attr attr = holding;
		struct child child;
		struct bereaved b;
		void *odd;

		attr.obj_size = 0;
		attr.flags |= OBJPOOL_F_EXTERNAL;
		attr.holder_at = after ? 40 : -8;
		open_bereaved(&b, &attr);
		push_things(&b, things);
		odd = things[0].body + 4;
		assert_int_equal(objpool_push(odd, b.pool), -EINVAL);
		child = have_holder(b.pool, 60);
		kill_child(&child);
		assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), -ENOTSUP);
		assert_int_equal(objpool_reclaim_among(b.pool, b.all, 0, NULL,
					 NULL),
			0);
		assert_in_range(objpool_reclaim_among(b.pool, b.all, NR / 2,
					NULL, NULL),
			10, 50);
		assert_in_range(objpool_reclaim_among(b.pool, b.all, NR, NULL,
					NULL),
			10, 50);
		assert_int_equal(objpool_reclaim_among(b.pool, b.all, NR, NULL,
					 NULL),
			0);
		close_bereaved(&b);
		assert_only_words_were_written(things, after);
	}
	munmap(things, NR * sizeof(*things));
}

static void
reclaim_needs_holders_and_a_pool(void **state)
{
	struct objpool_attr attr = holding;
	struct objpool *pool;
	void *obj;

	(void)state;
	attr.flags = OBJPOOL_F_MARKED;
	pool = make_pool(&attr);
	obj = objpool_pop(pool);
	assert_int_equal(objpool_reclaim(pool, NULL, NULL), -ENOTSUP);
	assert_int_equal(objpool_reclaim_among(pool, &obj, 1, NULL, NULL),
		-ENOTSUP);
	assert_int_equal(objpool_reclaim(NULL, NULL, NULL), -EINVAL);
	assert_int_equal(objpool_reclaim_among(NULL, &obj, 1, NULL, NULL),
		-EINVAL);
	assert_int_equal(objpool_reclaim_among(pool, NULL, 1, NULL, NULL),
		-EINVAL);
	assert_int_equal(objpool_push(obj, pool), 0);
	end_pool(pool);
	attr.holder_at = 8;
	attr.log = swallow;
	assert_int_equal(objpool_create(&attr, &pool), -EINVAL);
	attr.flags = OBJPOOL_F_HOLDERS;
	assert_int_equal(objpool_create(&attr, &pool), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_pushes_and_drops_are_refused),
		cmocka_unit_test(pops_that_are_short_write_new_words),
		cmocka_unit_test(
			wrong_pushes_on_a_finished_pool_are_told_and_drop_the_others),
		cmocka_unit_test(
			external_objects_have_their_words_where_the_user_says),
		cmocka_unit_test(reclaim_needs_holders_and_a_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
