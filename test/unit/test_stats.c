/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The counters: exact where one thread works alone, consistent at rest, and
 * never going back while others work.
 */

#include "unit.h"

#define NR 512

static struct objpool *
open_pool(uint32_t slots)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 64,
		.nr_slots = slots,
		.block_objs = 16,
	};

	return make_pool(&attr);
}

static void
a_new_pool_has_done_nothing(void **state)
{
	struct objpool *pool = open_pool(3);
	struct objpool_stats s;

	(void)state;
	memset(&s, 0xff, sizeof(s));
	objpool_get_stats(pool, &s);
	assert_int_equal(s.pops, 0);
	assert_int_equal(s.pushes, 0);
	assert_int_equal(s.fails, 0);
	assert_int_equal(s.blocks_in, 0);
	assert_int_equal(s.blocks_out, 0);
	assert_int_equal(s.revocations, 0);
	assert_int_equal(s.steals, 0);
	assert_int_equal(s.conflicts, 0);
	assert_int_equal(s.shared_objs, 0);
	assert_int_equal(s.takeovers, 0);
	assert_int_equal(s.nr_free, NR);
	assert_int_equal(s.nr_slots, 3);
	assert_int_equal(s.nr_claimed, 0);
	assert_int_equal(s.block_objs, 16);
	assert_true(s.nr_blocks >= NR / 16);
	assert_true(s.arena_bytes > 0);
	end_pool(pool);
}

/* One thread: what it popped and pushed, and how often it got nothing. */
static void
pops_pushes_and_fails_are_exact(void **state)
{
	struct objpool *pool = open_pool(0);
	uint64_t pops = 0, pushes = 0, fails = 0;
	void *objs[2 * NR];
	unsigned int held = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, env_seed(), 5);
	for (unsigned int i = 0; i < env_times(20000); i++) {
		unsigned int n = rng_upto(&rng, 100), got;

		if (rng_below(&rng, 2)) {
			got = objpool_pop_bulk(pool, objs + held, n) == 0 ? n :
									    0;
			pops += got;
			fails += got == 0;
			held += got;
		} else if (rng_below(&rng, 2)) {
			got = objpool_pop_burst(pool, objs + held, n);
			pops += got;
			fails += got == 0;
			held += got;
		} else {
			n = n < held ? n : held;
			objpool_push_bulk(objs + (held - n), n, pool);
			held -= n;
			pushes += n;
		}
		assert_int_equal(stats_of(pool).pops, pops);
		assert_int_equal(stats_of(pool).pushes, pushes);
		assert_int_equal(stats_of(pool).fails, fails);
		assert_int_equal(stats_of(pool).nr_free, NR - held);
	}
	assert_true(fails > 0);
	objpool_push_bulk(objs, held, pool);
	end_pool(pool);
}

static void
one_thread_alone_steals_and_revokes_nothing(void **state)
{
	struct objpool *pool = open_pool(0);
	struct objpool_stats s;
	void *objs[NR];

	(void)state;
	for (unsigned int n = 1; n <= NR; n++) {
		assert_int_equal(objpool_pop_bulk(pool, objs, n), 0);
		assert_int_equal(objpool_push_bulk(objs, n, pool), 0);
	}
	s = stats_of(pool);
	assert_int_equal(s.steals, 0);
	assert_int_equal(s.shared_objs, 0);
	assert_int_equal(s.takeovers, 0);
	assert_int_equal(s.nr_claimed, 1);
	assert_true(s.blocks_in > 0);
	assert_true(s.blocks_out > 0);
	end_pool(pool);
}

struct stage {
	struct objpool *pool;
	struct gate gate;
	struct crew *crew;
};

static void
hoard_and_wait(struct member *m, void *arg)
{
	struct stage *s = arg;
	void *objs[NR];

	(void)m;
	objpool_pop_bulk(s->pool, objs, NR);
	for (unsigned int i = 0; i < NR; i++)
		objpool_push(objs[i], s->pool);
	gate_pass(&s->gate);
	gate_pass(&s->gate);
}

static void
taking_from_an_idle_owner_counts_as_steal_and_revocation(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct stage stage = { .pool = open_pool(4) };
	struct objpool_stats s;
	void *objs[NR];

	(void)state;
	gate_init(&stage.gate, 2);
	crew_start(crew, 1, hoard_and_wait, &stage);
	gate_pass(&stage.gate);
	assert_int_equal(objpool_pop_bulk(stage.pool, objs, NR), 0);
	s = stats_of(stage.pool);
	assert_true(s.revocations > 0);
	assert_in_range(s.steals, 1, NR);
	assert_int_equal(s.nr_claimed, 2);
	assert_int_equal(s.shared_objs, 0);
	assert_int_equal(objpool_push_bulk(objs, NR, stage.pool), 0);
	gate_pass(&stage.gate);
	crew_join(crew);
	free(crew);
	end_pool(stage.pool);
}

static void
conflicts_are_counted_where_the_owner_finds_them(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct stage stage = { .pool = open_pool(4) };
	void *objs[NR];

	(void)state;
	gate_init(&stage.gate, 2);
	objpool_pop_bulk(stage.pool, objs, NR);
	for (unsigned int i = 0; i < NR; i++)
		objpool_push(objs[i], stage.pool);
	/* The other takes all of this thread's blocks and brings them back. */
	crew_start(crew, 1, hoard_and_wait, &stage);
	gate_pass(&stage.gate);
	assert_int_equal(stats_of(stage.pool).conflicts, 0);
	objpool_push(objpool_pop(stage.pool), stage.pool);
	assert_true(stats_of(stage.pool).conflicts > 0);
	gate_pass(&stage.gate);
	crew_join(crew);
	free(crew);
	end_pool(stage.pool);
}

static void
objects_moved_without_a_slot_are_counted(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct stage stage = { .pool = open_pool(1) };
	void *objs[NR];

	(void)state;
	gate_init(&stage.gate, 2);
	crew_start(crew, 1, hoard_and_wait, &stage);
	gate_pass(&stage.gate);
	for (unsigned int n = 1; n <= NR; n *= 2) {
		uint64_t before = stats_of(stage.pool).shared_objs;

		assert_int_equal(objpool_pop_bulk(stage.pool, objs, n), 0);
		assert_int_equal(stats_of(stage.pool).shared_objs - before, n);
		assert_int_equal(objpool_push_bulk(objs, n, stage.pool), 0);
		assert_int_equal(stats_of(stage.pool).shared_objs - before,
			2 * n);
	}
	assert_int_equal(stats_of(stage.pool).nr_claimed, 1);
	gate_pass(&stage.gate);
	crew_join(crew);
	free(crew);
	end_pool(stage.pool);
}

static void
churn(struct member *m, void *arg)
{
	struct stage *s = arg;
	struct rng rng;
	void *objs[NR];

	rng_init(&rng, env_seed(), m->who);
	while (!crew_is_over(m->crew)) {
		unsigned int n = objpool_pop_burst(s->pool, objs,
			rng_upto(&rng, NR / 2));

		objpool_push_bulk(objs, n, s->pool);
	}
}

static void
check_forward(const struct objpool_stats *a, const struct objpool_stats *b)
{
	assert_true(b->fails >= a->fails);
	assert_true(b->blocks_in >= a->blocks_in);
	assert_true(b->blocks_out >= a->blocks_out);
	assert_true(b->revocations >= a->revocations);
	assert_true(b->steals >= a->steals);
	assert_true(b->conflicts >= a->conflicts);
	assert_true(b->shared_objs >= a->shared_objs);
	assert_true(b->takeovers >= a->takeovers);
	assert_true(b->barriers >= a->barriers);
	/* What calls in progress move may be counted or not. */
	assert_true(b->pops + 3 * NR >= a->pops);
	assert_true(b->pushes + 3 * NR >= a->pushes);
	assert_true(b->nr_free <= NR);
}

static void
counters_never_go_back_while_others_work(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct stage stage = { .pool = open_pool(2) };
	struct objpool_stats last = { 0 }, now;

	(void)state;
	crew_start(crew, 3, churn, &stage);
	for (unsigned int i = 0; i < env_times(20000); i++) {
		now = stats_of(stage.pool);
		check_forward(&last, &now);
		last = now;
	}
	crew_call_off(crew);
	crew_join(crew);
	now = stats_of(stage.pool);
	assert_int_equal(now.pops, now.pushes);
	assert_int_equal(now.nr_free, NR);
	free(crew);
	end_pool(stage.pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_pool_has_done_nothing),
		cmocka_unit_test(pops_pushes_and_fails_are_exact),
		cmocka_unit_test(one_thread_alone_steals_and_revokes_nothing),
		cmocka_unit_test(
			taking_from_an_idle_owner_counts_as_steal_and_revocation),
		cmocka_unit_test(
			conflicts_are_counted_where_the_owner_finds_them),
		cmocka_unit_test(objects_moved_without_a_slot_are_counted),
		cmocka_unit_test(counters_never_go_back_while_others_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
