/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Threads and slots: few slots, many threads, threads that end, leave or sleep.
 *
 * Members of a crew that must still be alive when something is looked at wait
 * at a gate together with the main thread.
 */

#include "unit.h"

#define NR 256

static uint32_t flags; /* of all pools */

struct scene {
	struct objpool *pool;
	struct ledger ledger;
	struct gate gate;
	unsigned int rounds;
	unsigned int most; /* objects one thread may hold */
	bool detach;
};

static void
open_scene(struct scene *s, uint32_t slots, unsigned int nr_threads)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 64,
		.nr_slots = slots,
		.block_objs = 16,
		.flags = flags,
	};

	memset(s, 0, sizeof(*s));
	s->pool = make_pool(&attr);
	ledger_open_pool(&s->ledger, s->pool, attr.obj_size);
	/* The slots are for the crew. */
	objpool_detach(s->pool);
	assert_int_equal(stats_of(s->pool).nr_claimed, 0);
	gate_init(&s->gate, nr_threads);
}

/* The pool must be able to give everything to one thread, in one call. */
static void
take_all_at_once(struct scene *s)
{
	struct hand hand;

	hand_open(&hand, s->pool, &s->ledger, HOLDER_MAIN, NR);
	assert_int_equal(objpool_nr_free(s->pool), NR);
	assert_true(hand_pop_bulk(&hand, NR));
	assert_int_equal(objpool_nr_free(s->pool), 0);
	hand_push_all(&hand, 13);
	hand_close(&hand);
}

static void
close_scene(struct scene *s)
{
	end_audited(s->pool, &s->ledger);
}

/* Random pops and pushes, each thread within its share of the objects. */
static void
work(struct member *m, void *arg)
{
	struct scene *s = arg;
	struct hand hand;

	hand_open(&hand, s->pool, &s->ledger, m->who, s->most);
	for (unsigned int i = 0; i < s->rounds; i++) {
		unsigned int room = s->most - hand.n;

		/* covers G4 G6 */
		if (room > 0 &&
			!hand_pop_bulk(&hand, rng_upto(&hand.rng, room)))
			ledger_refused(&s->ledger, "pop within the share", 0);
		if (hand.n > 0 && rng_below(&hand.rng, 2))
			hand_push_bulk(&hand, rng_upto(&hand.rng, hand.n));
	}
	hand_push_all(&hand, 5);
	hand_close(&hand);
	if (s->detach)
		objpool_detach(s->pool);
	gate_pass(&s->gate);
}

static void
more_threads_than_slots_all_work(void **state)
{
	static const uint32_t slots[] = { 1, 2, 3 };
	static const unsigned int threads[] = { 2, 3, 8 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(slots); i++)
		for (size_t k = 0; k < COUNT_OF(threads); k++) {
			struct scene s;
			struct objpool_stats stats;

			open_scene(&s, slots[i], threads[k]);
			s.rounds = env_times(2000);
			s.most = NR / threads[k];
			crew_run(threads[k], work, &s);
			stats = stats_of(s.pool);
			assert_int_equal(stats.nr_claimed,
				slots[i] < threads[k] ? slots[i] : threads[k]);
			if (threads[k] > slots[i])
				assert_true(stats.shared_objs > 0);
			take_all_at_once(&s);
			close_scene(&s);
		}
}

/* Load the slot: everything goes through this thread's hands. */
static void
fill_slot(struct scene *s, uint32_t who, unsigned int step)
{
	struct hand hand;

	hand_open(&hand, s->pool, &s->ledger, who, NR);
	while (hand.n < NR && hand_pop_burst(&hand, step) > 0)
		;
	hand_push_all(&hand, step);
	hand_close(&hand);
}

static void
fill_and_end(struct member *m, void *arg)
{
	fill_slot(arg, m->who, 16);
}

/* covers G7 */
static void
objects_of_ended_threads_are_within_reach(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, 8, 1);
	for (unsigned int i = 0; i < 20; i++) {
		crew_alone(fill_and_end, &s);
		take_all_at_once(&s);
	}
	close_scene(&s);
}

static void
fill_and_sleep(struct member *m, void *arg)
{
	struct scene *s = arg;

	fill_slot(s, m->who, 16);
	gate_pass(&s->gate); /* the slot is loaded */
	gate_pass(&s->gate); /* the others are done */
}

/* covers G7 */
static void
objects_of_an_idle_thread_are_within_reach(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct objpool_stats stats;
	struct scene s;

	(void)state;
	open_scene(&s, 8, 2);
	crew_start(crew, 1, fill_and_sleep, &s);
	gate_pass(&s.gate);
	take_all_at_once(&s);
	stats = stats_of(s.pool);
	assert_true(stats.revocations > 0);
	assert_true(stats.steals > 0);
	gate_pass(&s.gate);
	crew_join(crew);
	free(crew);
	close_scene(&s);
}

static void
a_slotless_thread_reaches_the_objects_of_an_idle_one(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct scene s;

	(void)state;
	open_scene(&s, 1, 2);
	crew_start(crew, 1, fill_and_sleep, &s);
	gate_pass(&s.gate);
	for (unsigned int i = 0; i < 10; i++)
		take_all_at_once(&s);
	assert_true(stats_of(s.pool).shared_objs >= 2 * 10 * NR);
	gate_pass(&s.gate);
	crew_join(crew);
	free(crew);
	close_scene(&s);
}

static void
many_short_lived_threads_share_four_slots(void **state)
{
	unsigned int nr = env_times(flags == 0 ? 10000 : 2000), left;
	struct scene s;

	(void)state;
	open_scene(&s, 4, 4);
	s.rounds = 3;
	s.most = NR / 4;
	for (left = nr; left > 0; left -= left < 4 ? left : 4)
		crew_run(4, work, &s);
	take_all_at_once(&s);
	assert_true(stats_of(s.pool).takeovers > 0);
	assert_true(stats_of(s.pool).nr_claimed <= 4);
	close_scene(&s);
}

static void
detach_gives_the_slot_back(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, 4, 4);
	s.rounds = 10;
	s.most = NR / 4;
	s.detach = true;
	for (unsigned int i = 0; i < env_times(200); i++) {
		crew_run(4, work, &s);
		assert_int_equal(stats_of(s.pool).nr_claimed, 0);
		assert_int_equal(stats_of(s.pool).takeovers, 0);
	}
	take_all_at_once(&s);
	close_scene(&s);
}

static void
fill_and_detach(struct member *m, void *arg)
{
	struct scene *s = arg;

	fill_slot(s, m->who, 16);
	objpool_detach(s->pool);
	gate_pass(&s->gate); /* it lives on */
	gate_pass(&s->gate);
}

static void
detach_brings_objects_to_the_shared_stock(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct scene s;

	(void)state;
	open_scene(&s, 8, 2);
	crew_start(crew, 1, fill_and_detach, &s);
	gate_pass(&s.gate);
	take_all_at_once(&s);
	assert_int_equal(stats_of(s.pool).revocations, 0);
	assert_int_equal(stats_of(s.pool).steals, 0);
	gate_pass(&s.gate);
	crew_join(crew);
	free(crew);
	close_scene(&s);
}

static void
a_thread_may_detach_at_any_time_and_come_back(void **state)
{
	struct scene s;
	struct hand hand;

	(void)state;
	open_scene(&s, 2, 1);
	objpool_detach(s.pool); /* without having a slot */
	hand_open(&hand, s.pool, &s.ledger, 1, NR);
	for (unsigned int i = 0; i < env_times(2000); i++) {
		unsigned int n = rng_below(&hand.rng, NR - hand.n + 1);

		assert_true(hand_pop_bulk(&hand, n));
		objpool_detach(s.pool); /* with objects in hand */
		assert_int_equal(stats_of(s.pool).nr_claimed, 0);
		assert_int_equal(objpool_nr_free(s.pool), NR - hand.n);
		hand_push_bulk(&hand, rng_below(&hand.rng, hand.n + 1));
		objpool_detach(s.pool); /* with objects in the slot */
		objpool_detach(s.pool);
		assert_int_equal(objpool_nr_free(s.pool), NR - hand.n);
	}
	hand_push_all(&hand, 7);
	hand_close(&hand);
	close_scene(&s);
}

static void
borrow_slot(struct member *m, void *arg)
{
	struct scene *s = arg;

	(void)m;
	for (unsigned int i = 0; i < 50; i++) {
		objpool_push(objpool_pop(s->pool), s->pool);
		gate_pass(&s->gate); /* both have a slot */
		objpool_detach(s->pool);
		gate_pass(&s->gate); /* none has */
	}
}

static void
slots_given_back_are_used_again(void **state)
{
	struct scene s;
	uint64_t shared;

	(void)state;
	open_scene(&s, 2, 2);
	ledger_close(&s.ledger);
	shared = stats_of(s.pool).shared_objs;
	for (unsigned int i = 0; i < 10; i++)
		crew_run(2, borrow_slot, &s);
	assert_int_equal(stats_of(s.pool).nr_claimed, 0);
	assert_int_equal(stats_of(s.pool).takeovers, 0);
	assert_int_equal(stats_of(s.pool).shared_objs, shared);
	end_pool(s.pool);
}

/* Its id is another one then: the thread may have a seat by each. */
static void
a_thread_that_left_a_closed_pool_has_no_slot(void **state)
{
	struct objpool_attr attr = {
		.nr_objs = 8,
		.obj_size = 64,
		.flags = flags,
	};
	struct objpool *pool = make_pool(&attr);
	void *objs[2];

	(void)state;
	assert_int_equal(objpool_pop_bulk(pool, objs, 2), 0);
	assert_int_equal(objpool_close(pool), 0);
	assert_null(objpool_pop(pool));
	assert_int_equal(stats_of(pool).nr_claimed, 1);
	objpool_detach(pool);
	assert_int_equal(stats_of(pool).nr_claimed, 0);
	assert_int_equal(objpool_push(objs[0], pool), 0);
	assert_int_equal(stats_of(pool).nr_claimed, 1);
	assert_int_equal(objpool_push(objs[1], pool), 0);
	assert_int_equal(objpool_free(pool), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_threads_than_slots_all_work),
		cmocka_unit_test(objects_of_ended_threads_are_within_reach),
		cmocka_unit_test(objects_of_an_idle_thread_are_within_reach),
		cmocka_unit_test(
			a_slotless_thread_reaches_the_objects_of_an_idle_one),
		cmocka_unit_test(many_short_lived_threads_share_four_slots),
		cmocka_unit_test(detach_gives_the_slot_back),
		cmocka_unit_test(detach_brings_objects_to_the_shared_stock),
		cmocka_unit_test(a_thread_may_detach_at_any_time_and_come_back),
		cmocka_unit_test(slots_given_back_are_used_again),
		cmocka_unit_test(a_thread_that_left_a_closed_pool_has_no_slot),
	};

	int failed = cmocka_run_group_tests_name("slots", tests, NULL, NULL);

	flags = OBJPOOL_F_FENCED;
	return failed +
		cmocka_run_group_tests_name("fenced slots", tests, NULL, NULL);
}
