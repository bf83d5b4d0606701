/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Whom a thread that runs dry takes from: objects of near nodes come before those
 * of far ones, by the distances that the kernel has.
 *
 * A keeper runs on each node that has CPUs. Objects start in blocks of their own
 * nodes, so what comes from a node's blocks is known by where it is. A taker on
 * one of the nodes pops all, one by one, and the distance from it must never
 * become less. This is played three times, as there are three places to take
 * from, each searched from near to far:
 *
 *   stock    blocks that are nobody's: nobody has popped yet
 *   hoards   private blocks, which are revoked: each keeper has popped what is
 *            on its node and pushed it back
 *   bound    public blocks that are somebody's: each keeper pushes again what
 *            the taker has revoked
 *
 * test/unit/test_near.c looks at the order itself, with made-up distances.
 */

#include "../unit/unit.h"

#include "machine.h"

#define SHARE 60 /* objects a node: fewer than a block has room for */
#define BLOCK 64

enum place {
	STOCK,
	HOARDS,
	BOUND,
};

struct scene {
	struct objpool *pool;
	enum place place;
	int node; /* the taker's */
	int keeper_node[NODES_MAX];
	unsigned int nr_keepers;
	pthread_barrier_t step;
	void *objs[NODES_MAX * SHARE];
	int node_of[NODES_MAX * SHARE];
	unsigned int nr;
	uint64_t revocations;
	unsigned int nr_bad; /* keepers that did not get what is theirs */
};

/* All objects that there are, in this order. */
static void
take_all(struct scene *s)
{
	const struct objpool_stats before = stats_of(s->pool);

	s->nr = 0;
	while (s->nr < COUNT_OF(s->objs)) {
		s->objs[s->nr] = objpool_pop(s->pool);
		if (s->objs[s->nr] == NULL)
			break;
		s->node_of[s->nr] = machine_node_of(s->objs[s->nr]);
		s->nr++;
	}
	s->revocations = stats_of(s->pool).revocations - before.revocations;
}

static void
take(struct scene *s)
{
	machine_go_to(machine_get()->first_cpu[s->node] + 1);
	pthread_barrier_wait(&s->step);
	take_all(s);
	pthread_barrier_wait(&s->step);
	pthread_barrier_wait(&s->step);
	if (s->place == BOUND)
		take_all(s);
	pthread_barrier_wait(&s->step);
	for (unsigned int i = 0; i < s->nr; i++)
		objpool_push(s->objs[i], s->pool);
}

static void
keep(struct scene *s, int node)
{
	void *objs[SHARE];
	unsigned int n = 0;

	machine_go_to(machine_get()->first_cpu[node]);
	if (s->place != STOCK) {
		if (objpool_pop_bulk(s->pool, objs, SHARE) < 0)
			s->nr_bad++;
		for (unsigned int i = 0; i < SHARE; i++)
			s->nr_bad += machine_node_of(objs[i]) != node;
		objpool_push_bulk(objs, SHARE, s->pool);
	}
	pthread_barrier_wait(&s->step);
	pthread_barrier_wait(&s->step);
	for (unsigned int i = 0; i < s->nr; i++)
		if (s->node_of[i] == node && n < SHARE)
			objs[n++] = s->objs[i];
	/* At once: after some calls the block would be private again. */
	if (s->place == BOUND)
		objpool_push_bulk(objs, n, s->pool);
	pthread_barrier_wait(&s->step);
	pthread_barrier_wait(&s->step);
}

static void
play(struct member *m, void *arg)
{
	struct scene *s = arg;

	if (m->index < s->nr_keepers)
		keep(s, s->keeper_node[m->index]);
	else
		take(s);
}

static void
expect_near_before_far(const struct scene *s)
{
	const int *distance = machine_get()->distance[s->node];
	unsigned int nr_on[NODES_MAX] = { 0 };

	printf("from node %d:", s->node);
	for (unsigned int i = 0; i < s->nr; i++) {
		if (nr_on[s->node_of[i]]++ == 0)
			printf(" %d", s->node_of[i]);
	}
	printf("\n");
	assert_int_equal(s->nr, s->nr_keepers * SHARE);
	for (unsigned int i = 0; i < s->nr_keepers; i++)
		assert_int_equal(nr_on[s->keeper_node[i]], SHARE);
	for (unsigned int i = 1; i < s->nr; i++)
		assert_true(
			distance[s->node_of[i]] >= distance[s->node_of[i - 1]]);
}

/* With the taker on each of the nodes. */
static void
play_all(enum place place)
{
	const struct machine *m = machine_get();
	const struct objpool_mem mem = { objpool_mem_huge(), NULL };
	struct objpool_attr attr = {
		.name = "order",
		.obj_size = 64,
		.block_objs = BLOCK,
		.mem = &mem,
		.log = swallow,
	};

	attr.nr_objs = (uint64_t)machine_nr_busy_nodes() * SHARE;
	for (int node = 0; node < m->nr_nodes; node++) {
		struct scene s = { .place = place, .node = node };
		struct crew crew = { 0 };

		if (m->first_cpu[node] < 0)
			continue;
		for (int n = 0; n < m->nr_nodes; n++)
			if (m->first_cpu[n] >= 0)
				s.keeper_node[s.nr_keepers++] = n;
		s.pool = make_pool(&attr);
		pthread_barrier_init(&s.step, NULL, s.nr_keepers + 1);
		crew_start(&crew, s.nr_keepers + 1, play, &s);
		crew_join(&crew);
		assert_int_equal(s.nr_bad, 0);
		expect_near_before_far(&s);
		assert_int_equal(s.revocations,
			place == HOARDS ? s.nr_keepers : 0);
		pthread_barrier_destroy(&s.step);
		end_pool(s.pool);
	}
}

static void
stock_of_near_nodes_comes_before_that_of_far_ones(void **state)
{
	(void)state;
	play_all(STOCK);
}

static void
near_owners_are_revoked_before_far_ones(void **state)
{
	(void)state;
	play_all(HOARDS);
}

static void
public_blocks_of_near_owners_come_before_those_of_far_ones(void **state)
{
	(void)state;
	play_all(BOUND);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			stock_of_near_nodes_comes_before_that_of_far_ones),
		cmocka_unit_test(near_owners_are_revoked_before_far_ones),
		cmocka_unit_test(
			public_blocks_of_near_owners_come_before_those_of_far_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
