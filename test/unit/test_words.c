/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A block's words where they wrap around: what contests would need days for. */

#include "unit.h"

#include "core/owner.h"
#include "core/thief.h"

#define CAP      4
#define OWN      1u
#define GEN      UINT64_C(5)
#define MOST_PUT ((UINT64_C(1) << (64 - T_NPUT_SHIFT)) - 1)

struct house {
	struct objpool_block b;
	void *entry[CAP];
};

/* A private block of one object whose count of pushes is as high as it goes. */
static void
move_in(struct house *h, uint64_t gen, uint64_t nput)
{
	*h = (struct house){ .entry = { &h->entry[0] } };
	h->b.entries = (int64_t)offsetof(struct house, entry);
	h->b.cap = CAP;
	atomic_init(&h->b.w, w_make(MODE_PRIV, OWN, 1, 0, gen));
	atomic_init(&h->b.t, t_make(1, 0, gen, nput));
}

static void
revoke(struct house *h)
{
	uint64_t w = atomic_load(&h->b.w);
	uint64_t word;

	assert_int_equal(block_mark(&h->b, w, &word), 1);
	assert_true(block_settle(&h->b, word));
}

static void
a_push_that_wraps_the_count_is_lost_like_any_other(void **state)
{
	void *obj = &obj;
	struct house h;

	(void)state;
	for (uint64_t back = 0; back < 3; back++) {
		move_in(&h, GEN, MOST_PUT - back);
		revoke(&h);
		assert_int_equal(block_push(&h.b, &obj, 1, true),
			OBJPOOL_LOST_);
		assert_int_equal(t_len(atomic_load(&h.b.t)), 1);
		assert_int_equal(block_release(&h.b), 1);
	}
}

static void
a_push_that_wraps_the_count_counts_like_any_other(void **state)
{
	void *objs[2] = { &objs[0], &objs[1] };
	void *got[3];
	struct house h;
	uint64_t t;

	(void)state;
	move_in(&h, GEN, MOST_PUT);
	assert_int_equal(block_push(&h.b, objs, 2, true), OBJPOOL_DONE_);
	t = atomic_load(&h.b.t);
	assert_int_equal(t_len(t), 3);
	assert_int_equal(t_nput(t), 1);
	assert_int_equal(t_flip(t), 1);
	assert_true(t_is_of(t, GEN));
	assert_int_equal(block_pop(&h.b, got, 3, true), OBJPOOL_DONE_);
	assert_ptr_equal(got[1], objs[0]);
	assert_ptr_equal(got[2], objs[1]);
	t = atomic_load(&h.b.t);
	assert_int_equal(t_len(t), 0);
	assert_int_equal(t_nput(t), 1);
	assert_int_equal(t_flip(t), 0);
}

static void
a_generation_that_wraps_has_a_tag_of_its_own(void **state)
{
	const uint64_t last = (UINT64_C(1) << (64 - W_GEN_SHIFT)) - 1;
	void *obj = &obj;
	struct house h;

	(void)state;
	move_in(&h, last, 0);
	revoke(&h);
	assert_int_equal(block_push(&h.b, &obj, 1, true), OBJPOOL_LOST_);
	assert_int_equal(block_release(&h.b), 1);
	assert_true(block_adopt(&h.b, OWN, 1, CAP));
	assert_int_equal(block_push(&h.b, &obj, 1, true), OBJPOOL_DONE_);
	assert_int_equal(words_len(atomic_load(&h.b.w), atomic_load(&h.b.t)),
		2);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_push_that_wraps_the_count_is_lost_like_any_other),
		cmocka_unit_test(
			a_push_that_wraps_the_count_counts_like_any_other),
		cmocka_unit_test(a_generation_that_wraps_has_a_tag_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
