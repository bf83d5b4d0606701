/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Many pools in one thread, more than any thread-local cache remembers, and
 * pools that come and go under threads which remember the one before.
 */

#include "unit.h"

#define POOLS 100
#define NR    40

struct stall {
	struct objpool *pool;
	struct ledger ledger;
	struct hand hand;
};

static struct stall stalls[POOLS];

static void
open_stalls(void)
{
	struct objpool_attr attr = {
		.nr_objs = NR,
		.obj_size = 32,
		.nr_slots = 4,
		.block_objs = 4,
	};

	for (unsigned int i = 0; i < POOLS; i++) {
		struct stall *s = &stalls[i];

		s->pool = make_pool(&attr);
		ledger_open_pool(&s->ledger, s->pool, attr.obj_size);
		hand_open(&s->hand, s->pool, &s->ledger, i + 1, NR);
	}
}

static void
close_stalls(void)
{
	for (unsigned int i = 0; i < POOLS; i++) {
		hand_push_all(&stalls[i].hand, 3);
		hand_close(&stalls[i].hand);
		end_audited(stalls[i].pool, &stalls[i].ledger);
	}
}

static void
step(struct stall *s, struct rng *rng)
{
	unsigned int left = NR - s->hand.n;

	if (rng_below(rng, 2))
		assert_true(hand_pop_bulk(&s->hand, rng_below(rng, left + 1)));
	else
		hand_push_bulk(&s->hand, rng_below(rng, s->hand.n + 1));
	assert_int_equal(objpool_nr_free(s->pool), NR - s->hand.n);
}

/* Objects stay in their pool: each ledger knows its own only. covers G3 */
static void
a_hundred_pools_in_one_thread_do_not_mix(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, env_seed(), 77);
	open_stalls();
	for (unsigned int i = 0; i < env_times(100000); i++)
		step(&stalls[rng_below(&rng, POOLS)], &rng);
	close_stalls();
}

static void
a_thread_has_one_slot_in_each_of_many_pools(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, env_seed(), 78);
	open_stalls();
	for (unsigned int i = 0; i < 20 * POOLS; i++)
		step(&stalls[i % POOLS], &rng);
	for (unsigned int i = 0; i < POOLS; i++)
		assert_int_equal(stats_of(stalls[i].pool).nr_claimed, 1);
	close_stalls();
}

static void
detach_works_for_pools_met_long_ago(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, env_seed(), 79);
	open_stalls();
	for (unsigned int i = 0; i < 3 * POOLS; i++)
		step(&stalls[i % POOLS], &rng);
	for (unsigned int i = 0; i < POOLS; i++) {
		objpool_detach(stalls[i].pool);
		assert_int_equal(stats_of(stalls[i].pool).nr_claimed, 0);
	}
	close_stalls();
}

/* A pool that is made again and again, and threads that use each of them. */
struct theatre {
	struct objpool *pool;
	struct ledger ledger;
	struct gate gate;
	unsigned int rounds;
};

static void
visit(struct member *m, void *arg)
{
	struct theatre *t = arg;
	struct hand hand;

	for (unsigned int i = 0; i < t->rounds; i++) {
		gate_pass(&t->gate); /* the pool is there */
		hand_open(&hand, t->pool, &t->ledger, m->who, NR);
		for (unsigned int k = 0; k < 10; k++) {
			hand_pop_burst(&hand, rng_upto(&hand.rng, 12));
			hand_push_all(&hand, 3);
		}
		hand_close(&hand);
		gate_pass(&t->gate); /* nobody uses it any more */
	}
}

static void
run_theatre(void (*make)(struct theatre *t), void (*end)(struct theatre *t))
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct theatre t = { .rounds = env_times(800) };

	gate_init(&t.gate, 4);
	crew_start(crew, 3, visit, &t);
	for (unsigned int i = 0; i < t.rounds; i++) {
		make(&t);
		ledger_open_pool(&t.ledger, t.pool, 32);
		gate_pass(&t.gate);
		gate_pass(&t.gate);
		assert_true(ledger_audit(&t.ledger, t.pool));
		ledger_close(&t.ledger);
		end(&t);
	}
	crew_join(crew);
	free(crew);
}

static const struct objpool_attr small = {
	.nr_objs = NR,
	.obj_size = 32,
	.block_objs = 4,
};

static void
create_one(struct theatre *t)
{
	t->pool = make_pool(&small);
}

static void
free_one(struct theatre *t)
{
	end_pool(t->pool);
}

static void
threads_do_not_confuse_a_pool_with_one_before(void **state)
{
	(void)state;
	run_theatre(create_one, free_one);
}

static struct objpool head;

static void
init_one(struct theatre *t)
{
	assert_int_equal(objpool_init(&head, &small), 0);
	t->pool = &head;
}

static void
fini_one(struct theatre *t)
{
	assert_int_equal(objpool_fini(t->pool), 0);
}

static void
threads_do_not_confuse_pools_at_the_same_address(void **state)
{
	(void)state;
	run_theatre(init_one, fini_one);
}

static void
pools_of_one_thread_come_and_go(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < env_times(3000); i++) {
		struct objpool *pool = make_pool(&small);
		void *objs[NR];

		assert_int_equal(objpool_pop_bulk(pool, objs, i % NR + 1), 0);
		assert_int_equal(objpool_push_bulk(objs, i % NR + 1, pool), 0);
		assert_int_equal(objpool_nr_free(pool), NR);
		end_pool(pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_pools_in_one_thread_do_not_mix),
		cmocka_unit_test(a_thread_has_one_slot_in_each_of_many_pools),
		cmocka_unit_test(detach_works_for_pools_met_long_ago),
		cmocka_unit_test(threads_do_not_confuse_a_pool_with_one_before),
		cmocka_unit_test(
			threads_do_not_confuse_pools_at_the_same_address),
		cmocka_unit_test(pools_of_one_thread_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
