/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A thread remembers its slots of the pools that it used last in seats. What do
 * handlers find there that come between any two instructions of a call that
 * changes them? Each object bears the sign of its pool.
 */

#include "steps.h"

#include <objpool/fast.h>

#define POOLS 20

struct crowd {
	struct objpool *plain[POOLS], *guarded[POOLS];
	unsigned int at;
	unsigned int step; /* 0: each */
	unsigned int nr_wrong;
	uint64_t nr_acts;
};

static int
sign(void *obj, void *ctx)
{
	*(void **)obj = ctx;
	return 0;
}

/* Pop an object and push it again: it must be the pool's. */
static unsigned int
use(struct objpool *pool, const void *sign_of)
{
	void *obj = objpool_fast_pop(pool);
	unsigned int nr_wrong;

	if (obj == NULL)
		return 1;
	nr_wrong = *(void **)obj != sign_of;
	nr_wrong += objpool_fast_push(obj, pool) != 0;
	return nr_wrong;
}

/* All of them, at one step or at each. */
static bool
use_guarded(void *arg)
{
	struct crowd *c = arg;

	if (c->step != 0 && stepping.nr != c->step)
		return stepping.nr < c->step;
	for (unsigned int i = 0; i < POOLS; i++)
		c->nr_wrong += use(c->guarded[i], &c->guarded[i]);
	c->nr_acts++;
	return c->step == 0 && stepping.nr < 2000;
}

static void
use_plain(void *arg)
{
	struct crowd *c = arg;

	c->nr_wrong += use(c->plain[c->at], &c->plain[c->at]);
}

static void
ask_for_slot(void *arg)
{
	struct crowd *c = arg;

	objpool_slot(c->guarded[c->at]);
}

static void
leave_both(void *arg)
{
	struct crowd *c = arg;

	objpool_detach(c->guarded[c->at]);
	objpool_detach(c->plain[c->at]);
}

static bool
has_seat(const struct objpool *pool)
{
	for (unsigned int i = 0; i < OBJPOOL_SEATS_; i++)
		if (objpool_seats_[i].uid == pool->uid)
			return true;
	return false;
}

/* There are more pools than seats, half of them without the flag. covers G15 */
static void
handlers_find_their_pools_while_seats_change(void **state)
{
	struct crowd *c = calloc(1, sizeof(*c));
	unsigned int nr_seats = 0;

	(void)state;
	for (unsigned int i = 0; i < POOLS; i++) {
		struct objpool_attr attr = {
			.nr_objs = 8,
			.obj_size = sizeof(void *),
			.nr_slots = 2,
			.objinit = sign,
			.ctx = &c->plain[i],
		};

		c->plain[i] = make_pool(&attr);
		attr.ctx = &c->guarded[i];
		attr.flags = OBJPOOL_F_SIGNALS;
		c->guarded[i] = make_pool(&attr);
	}
	for (unsigned int i = 0; i < env_times(36); i++) {
		c->at = i % POOLS;
		step_through(i % 3 == 0    ? ask_for_slot :
				i % 7 == 6 ? leave_both :
					     use_plain,
			use_guarded, c);
		use_plain(c);
		c->nr_wrong += use(c->guarded[c->at], &c->guarded[c->at]);
		/* What was given back is not remembered. */
		assert_int_equal(stats_of(c->guarded[c->at]).nr_claimed, 1);
	}
	/* It sits where an inline call looks first, when that comes. */
	for (unsigned int i = 0; i < env_times(640); i++) {
		c->at = i / 40 % POOLS;
		c->step = i % 40 + 1;
		use_plain(c);
		step_through(use_plain, use_guarded, c);
	}
	assert_int_equal(c->nr_wrong, 0);
	assert_true(c->nr_acts > 0 || !HAS_STEPS || env_is_slow());
	for (unsigned int i = 0; i < POOLS; i++) {
		nr_seats += has_seat(c->guarded[i]);
		/* Once a slot each, with a seat or not. */
		assert_true(stats_of(c->guarded[i]).nr_claimed <= 1);
		end_pool(c->plain[i]);
		end_pool(c->guarded[i]);
	}
	assert_true(nr_seats < POOLS);
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handlers_find_their_pools_while_seats_change),
	};

	steps_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
