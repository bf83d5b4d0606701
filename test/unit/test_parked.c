/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Objects in limbo are within everybody's reach once their grace period is over:
 * also those in the open batch of a thread that idles, has ended, had no slot or
 * gave it back, and while all blocks are partly filled.
 */

#include "unit.h"

#include "limbo.h"

static void
park_share(struct member *m, void *arg)
{
	struct limbo *l = arg;
	void **objs = l->objs + l->from + m->index * l->share;

	if (objpool_push_rcu_bulk(objs, l->share, l->pool) != 0)
		abort();
}

static void
park_and_wait(struct member *m, void *arg)
{
	struct limbo *l = arg;

	park_share(m, arg);
	gate_pass(&l->gate);
	gate_pass(&l->gate);
}

/* Five members with a share each, in a pool of that many slots; the batches stay
 * open, as a share is no multiple of a block. They idle, or have ended.
 *
 * covers G14 */
static void
try_others(uint32_t slots, unsigned int share, bool idle)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct objpool_attr attr = plain;
	struct limbo l;

	attr.nr_slots = slots;
	open_limbo(&l, &attr);
	l.share = share;
	gate_init(&l.gate, 6);
	crew_start(crew, 5, idle ? park_and_wait : park_share, &l);
	if (idle)
		gate_pass(&l.gate);
	else
		crew_join(crew);
	check_ripening(&l, 5 * share);
	if (idle) {
		gate_pass(&l.gate);
		crew_join(crew);
	}
	assert_int_equal(objpool_push_bulk(l.objs, NR, l.pool), 0);
	close_limbo(&l);
	free(crew);
}

static void
batches_of_idle_threads_are_within_reach(void **state)
{
	(void)state;
	for (unsigned int share = 1; share < 30; share += 4)
		try_others(8, share, true);
}

static void
batches_of_threads_that_ended_are_within_reach(void **state)
{
	(void)state;
	for (unsigned int share = 1; share < 30; share += 4)
		try_others(8, share, false);
}

static void
batches_of_threads_without_a_slot_are_within_reach(void **state)
{
	(void)state;
	for (unsigned int share = 1; share < 30; share += 4) {
		try_others(1, share, true);
		try_others(1, share, false);
	}
}

/* A slot's open batch is its next owner's: covers G14 */
static void
an_heir_goes_on_with_the_open_batch(void **state)
{
	struct objpool_attr attr = plain;
	unsigned int parked = 0;
	struct limbo l;

	(void)state;
	attr.nr_slots = 2;
	open_limbo(&l, &attr);
	l.share = 3;
	for (unsigned int i = 0; i < 20; i++) {
		l.from = parked;
		crew_alone(park_share, &l);
		parked += l.share;
		assert_int_equal(objpool_nr_parked(l.pool), parked);
	}
	assert_true(stats_of(l.pool).takeovers > 5);
	check_ripening(&l, parked);
	assert_int_equal(objpool_push_bulk(l.objs, NR, l.pool), 0);
	close_limbo(&l);
}

static void
detach_leaves_an_open_batch_within_reach(void **state)
{
	struct limbo l;

	(void)state;
	open_limbo(&l, &plain);
	for (unsigned int n = 1; n < 30; n += 3) {
		assert_int_equal(objpool_push_rcu_bulk(l.objs, n, l.pool), 0);
		objpool_detach(l.pool);
		check_ripening(&l, n);
		objpool_detach(l.pool);
	}
	assert_int_equal(objpool_push_bulk(l.objs, NR, l.pool), 0);
	close_limbo(&l);
}

/* A thread without a slot puts each object into a block of its own, until no
 * block is empty. */
static void
scatter(struct member *m, void *arg)
{
	struct limbo *l = arg;

	(void)m;
	for (unsigned int i = 0; i < l->share; i++)
		objpool_push(l->objs[i], l->pool);
	if (objpool_push_rcu_bulk(l->objs + l->share, NR - l->share, l->pool) !=
		0)
		abort();
}

static void
limbo_finds_room_where_no_block_is_empty(void **state)
{
	static const unsigned int scattered[] = { 100, 130, 160, NR - 1 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(scattered); i++) {
		struct objpool_attr attr = plain;
		unsigned int n = scattered[i];
		struct limbo l;
		void *objs[NR];

		attr.nr_slots = 1;
		attr.block_objs = 4;
		open_limbo(&l, &attr);
		l.share = n;
		crew_alone(scatter, &l);
		assert_int_equal(objpool_nr_free(l.pool), n);
		assert_int_equal(objpool_nr_parked(l.pool), NR - n);
		assert_int_equal(objpool_pop_bulk(l.pool, objs, n), 0);
		check_ripening(&l, NR - n);
		assert_int_equal(objpool_push_bulk(l.objs, NR, l.pool), 0);
		close_limbo(&l);
	}
}

/* Grace periods end at once; all objects go round through limbo. */
struct merry {
	struct limbo limbo;
	struct ledger ledger;
};

static void
go_round(struct member *m, void *arg)
{
	struct merry *merry = arg;
	struct objpool *pool = merry->limbo.pool;
	struct rng rng;
	void *objs[NR];

	rng_init(&rng, env_seed(), m->who);
	for (unsigned int i = 0; i < env_times(20000); i++) {
		unsigned int n = rng_upto(&rng, NR / 4);
		int rc = objpool_pop_bulk(pool, objs, n);

		/* Four of NR / 4: what is not free is in limbo. */
		if (rc != 0)
			continue;
		n = ledger_took(&merry->ledger, m->who, objs, n);
		ledger_gives(&merry->ledger, m->who, objs, n);
		if (rng_below(&rng, 4) == 0)
			objpool_push_bulk(objs, n, pool);
		else
			objpool_push_rcu_bulk(objs, n, pool);
	}
}

static void
many_threads_go_round_through_limbo(void **state)
{
	static const uint32_t slots[] = { 1, 2, 8 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(slots); i++) {
		struct merry *merry = calloc(1, sizeof(*merry));
		struct objpool_attr attr = plain;

		attr.nr_slots = slots[i];
		open_limbo(&merry->limbo, &attr);
		assert_int_equal(objpool_push_bulk(merry->limbo.objs, NR,
					 merry->limbo.pool),
			0);
		ledger_open_pool(&merry->ledger, merry->limbo.pool, SIZE);
		atomic_store(&merry->limbo.domain.held, false);
		crew_run(4, go_round, merry);
		while (objpool_collect(merry->limbo.pool) > 0)
			;
		assert_true(stats_of(merry->limbo.pool).limbo_blocks > 0);
		assert_true(ledger_audit(&merry->ledger, merry->limbo.pool));
		ledger_close(&merry->ledger);
		close_limbo(&merry->limbo);
		free(merry);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batches_of_idle_threads_are_within_reach),
		cmocka_unit_test(
			batches_of_threads_that_ended_are_within_reach),
		cmocka_unit_test(
			batches_of_threads_without_a_slot_are_within_reach),
		cmocka_unit_test(an_heir_goes_on_with_the_open_batch),
		cmocka_unit_test(detach_leaves_an_open_batch_within_reach),
		cmocka_unit_test(limbo_finds_room_where_no_block_is_empty),
		cmocka_unit_test(many_threads_go_round_through_limbo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
