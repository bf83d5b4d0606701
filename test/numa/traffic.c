/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* How near objects stay when threads of several nodes give them to each other.
 *
 * A thread on each node that has CPUs pops objects, round by round, hands them to
 * others, and pushes what it was handed. In "mixed" traffic each object goes to
 * any of them, in a "pipeline" all go to the next. Rounds are in lock-step, so
 * what is counted does not depend on the speed of anything. In each round the
 * objects are counted that are on the node of the thread that pops them.
 *
 * Nothing is lost or popped twice whatever the traffic, and in the first round
 * everything is near. How near the rest is, is what this prints.
 */

#include "../unit/unit.h"

#include "machine.h"

#define NR_OBJS   4096 /* a node */
#define OBJ_SIZE  64
#define NR_ROUNDS 400
#define BULK      32
#define HELD      8 /* rounds from a pop to the push */
#define NR_PARTS  4 /* of the run, each counted by itself */

enum traffic {
	MIXED,
	PIPELINE,
};

static const char *const traffic_names[] = { "mixed", "pipeline" };

/* What a thread popped in a round, and who shall push it. */
struct haul {
	void *objs[BULK];
	uint8_t to[BULK];
	unsigned int nr;
};

struct scene {
	struct objpool *pool;
	struct ledger ledger;
	enum traffic traffic;
	unsigned int nr;
	int node[NODES_MAX];
	pthread_barrier_t step;
	struct haul haul[HELD][NODES_MAX];
	unsigned int nr_near[NODES_MAX][NR_PARTS];
	unsigned int nr_failed[NODES_MAX];
};

static void
pop_some(struct scene *s, unsigned int me, unsigned int round, struct rng *rng)
{
	struct haul *h = &s->haul[round % HELD][me];

	h->nr = 0;
	if (objpool_pop_bulk(s->pool, h->objs, BULK) < 0) {
		s->nr_failed[me]++;
		return;
	}
	h->nr = ledger_took(&s->ledger, me + 1, h->objs, BULK);
	for (unsigned int i = 0; i < h->nr; i++) {
		s->nr_near[me][round * NR_PARTS / NR_ROUNDS] +=
			machine_node_of(h->objs[i]) == s->node[me];
		h->to[i] =
			(uint8_t)(s->traffic == MIXED ? rng_below(rng, s->nr) :
							(me + 1) % s->nr);
	}
}

/* What anybody popped HELD - 1 rounds ago that is for me. */
static void
push_some(struct scene *s, unsigned int me, unsigned int round)
{
	void *objs[NODES_MAX * BULK];
	unsigned int n = 0;

	for (unsigned int from = 0; from < s->nr; from++) {
		struct haul *h = &s->haul[(round + 1) % HELD][from];

		for (unsigned int i = 0; i < h->nr; i++) {
			if (h->to[i] != me)
				continue;
			ledger_gives(&s->ledger, from + 1, &h->objs[i], 1);
			objs[n++] = h->objs[i];
		}
	}
	objpool_push_bulk(objs, n, s->pool);
}

static void
play(struct member *m, void *arg)
{
	struct scene *s = arg;
	struct rng rng;

	rng_init(&rng, env_seed(), m->who);
	machine_go_to(machine_get()->first_cpu[s->node[m->index]]);
	for (unsigned int round = 0; round < NR_ROUNDS; round++) {
		pop_some(s, m->index, round, &rng);
		pthread_barrier_wait(&s->step);
		push_some(s, m->index, round);
		pthread_barrier_wait(&s->step);
	}
	/* What is still out; the oldest has been pushed. */
	for (unsigned int round = 1; round < HELD; round++)
		push_some(s, m->index, NR_ROUNDS - 1 + round);
}

static int
enter(void *obj, void *ctx)
{
	struct scene *s = ctx;

	ledger_enter(&s->ledger, HOLDER_POOL, obj);
	return 0;
}

/* Shares of near objects in percent, of each part of the run, in share. */
static void
count_near(const struct scene *s, unsigned int *share)
{
	printf("%s, %u nodes: near", traffic_names[s->traffic], s->nr);
	for (unsigned int part = 0; part < NR_PARTS; part++) {
		unsigned int nr = 0;

		for (unsigned int i = 0; i < s->nr; i++)
			nr += s->nr_near[i][part];
		share[part] =
			100 * nr / (s->nr * BULK * (NR_ROUNDS / NR_PARTS));
		printf(" %u %%", share[part]);
	}
	printf("\n");
}

static void
play_traffic(enum traffic traffic, uint32_t flags, unsigned int *share)
{
	const struct machine *m = machine_get();
	const struct objpool_mem mem = { objpool_mem_huge(), NULL };
	struct scene s = { .traffic = traffic };
	const struct objpool_attr attr = {
		.name = "traffic",
		.nr_objs = (uint64_t)machine_nr_busy_nodes() * NR_OBJS,
		.obj_size = OBJ_SIZE,
		.flags = flags,
		.mem = &mem,
		.objinit = enter,
		.ctx = &s,
	};
	struct crew crew = { 0 };

	for (int n = 0; n < m->nr_nodes; n++)
		if (m->first_cpu[n] >= 0)
			s.node[s.nr++] = n;
	ledger_open(&s.ledger, (uint32_t)attr.nr_objs, OBJ_SIZE);
	s.pool = make_pool(&attr);
	pthread_barrier_init(&s.step, NULL, s.nr);
	crew_start(&crew, s.nr, play, &s);
	crew_join(&crew);
	pthread_barrier_destroy(&s.step);
	for (unsigned int i = 0; i < s.nr; i++)
		assert_int_equal(s.nr_failed[i], 0);
	count_near(&s, share);
	end_audited(s.pool, &s.ledger);
}

static void
objects_stay_where_they_are_pushed(void **state)
{
	unsigned int share[NR_PARTS];

	(void)state;
	play_traffic(MIXED, 0, share);
	play_traffic(PIPELINE, 0, share);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_stay_where_they_are_pushed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
