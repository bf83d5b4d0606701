/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* How near objects stay when threads of several nodes give them to each other.
 *
 * A thread on each CPU pops objects, round by round, hands them to others, and
 * pushes what it was handed. In "mixed" traffic each object goes to any of them,
 * in a "pipeline" all go to a thread of the next node. Rounds are in lock-step, so
 * what is counted does not depend on the speed of anything. In each round the
 * objects are counted that are on the node of the thread that pops them.
 *
 * Without OBJPOOL_F_HOMING the threads' share of near objects falls to what
 * chance gives, with it all stay near. Where there are hardly more objects than
 * are out at a time, near ones are out now and then: the share is printed, and
 * must be above chance. Nothing is lost or popped twice whatever the traffic.
 */

#include "../unit/unit.h"

#include "machine.h"

#define MANY      4096 /* objects a CPU */
#define FEW       260  /* of which 256 are out */
#define OBJ_SIZE  64
#define NR_ROUNDS 200
#define BULK      32
#define HELD      8 /* rounds from a pop to the push */
#define NR_PARTS  4 /* of the run, each counted by itself */
#define SAMPLE    4 /* one in so many objects is looked at */

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
	unsigned int nr; /* threads, CPUs */
	pthread_barrier_t step;
	struct haul haul[HELD][CPUS_MAX];
	unsigned int nr_near[CPUS_MAX][NR_PARTS];
	unsigned int nr_failed[CPUS_MAX];
};

static void
pop_some(struct scene *s, unsigned int me, unsigned int round, struct rng *rng)
{
	struct haul *h = &s->haul[round % HELD][me];
	unsigned int nr_nodes = (unsigned int)machine_nr_busy_nodes();

	h->nr = 0;
	if (objpool_pop_bulk(s->pool, h->objs, BULK) < 0) {
		s->nr_failed[me]++;
		return;
	}
	h->nr = ledger_took(&s->ledger, me + 1, h->objs, BULK);
	for (unsigned int i = 0; i < h->nr; i++) {
		if (i % SAMPLE == 0)
			s->nr_near[me][round * NR_PARTS / NR_ROUNDS] +=
				machine_node_of(h->objs[i]) ==
				machine_get()->node_of_cpu[me];
		h->to[i] = (uint8_t)(s->traffic == MIXED ?
				rng_below(rng, s->nr) :
				(me + s->nr / nr_nodes) % s->nr);
	}
}

/* What anybody popped HELD - 1 rounds ago that is for me. */
static void
push_some(struct scene *s, unsigned int me, unsigned int round)
{
	void *objs[CPUS_MAX * BULK];
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
	machine_go_to((int)m->index);
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
count_near(const struct scene *s, const char *how, unsigned int *share)
{
	printf("%s, %s: near", traffic_names[s->traffic], how);
	for (unsigned int part = 0; part < NR_PARTS; part++) {
		unsigned int nr = 0;

		for (unsigned int i = 0; i < s->nr; i++)
			nr += s->nr_near[i][part];
		share[part] = 100 * nr /
			(s->nr * (BULK / SAMPLE) * (NR_ROUNDS / NR_PARTS));
		printf(" %u %%", share[part]);
	}
	printf("\n");
}

/* Returns the share of near objects in the last part, or the least. */
static unsigned int
play_traffic(enum traffic traffic, unsigned int nr_objs, uint32_t flags)
{
	const struct objpool_mem mem = { objpool_mem_huge(), NULL };
	static struct scene s;
	const struct objpool_attr attr = {
		.name = "traffic",
		.nr_objs = (uint64_t)machine_get()->nr_cpus * nr_objs,
		.obj_size = OBJ_SIZE,
		.flags = flags,
		.mem = &mem,
		.objinit = enter,
		.ctx = &s,
	};
	struct crew crew = { 0 };
	unsigned int share[NR_PARTS], least = 100;
	char how[60];

	memset(&s, 0, sizeof(s));
	s.traffic = traffic;
	s.nr = (unsigned int)machine_get()->nr_cpus;
	ledger_open(&s.ledger, (uint32_t)attr.nr_objs, OBJ_SIZE);
	s.pool = make_pool(&attr);
	pthread_barrier_init(&s.step, NULL, s.nr);
	crew_start(&crew, s.nr, play, &s);
	crew_join(&crew);
	pthread_barrier_destroy(&s.step);
	for (unsigned int i = 0; i < s.nr; i++)
		assert_int_equal(s.nr_failed[i], 0);
	snprintf(how, sizeof(how), "%u objects a CPU, flags 0x%x", nr_objs,
		flags);
	count_near(&s, how, share);
	end_audited(s.pool, &s.ledger);
	for (unsigned int part = 0; part < NR_PARTS; part++)
		least = share[part] < least ? share[part] : least;
	return flags & OBJPOOL_F_HOMING ? least : share[NR_PARTS - 1];
}

static unsigned int
by_chance(void)
{
	return 100 / (unsigned int)machine_nr_busy_nodes();
}

static void
without_homing_objects_of_all_nodes_mix(void **state)
{
	(void)state;
	assert_true(play_traffic(MIXED, MANY, 0) < by_chance() + 10);
	assert_true(play_traffic(PIPELINE, MANY, 0) < by_chance() + 10);
}

static void
with_homing_threads_go_on_to_pop_near_objects(void **state)
{
	static const uint32_t flags[] = { 0,
		OBJPOOL_F_COMPACT | OBJPOOL_F_FENCED | OBJPOOL_F_MARKED,
		OBJPOOL_F_CHECKED | OBJPOOL_F_SIGNALS, OBJPOOL_F_HOLDERS };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(flags); i++)
		for (int t = MIXED; t <= PIPELINE; t++)
			assert_true(play_traffic((enum traffic)t, MANY,
					    OBJPOOL_F_HOMING | flags[i]) >= 95);
}

static void
with_few_objects_homing_still_helps(void **state)
{
	(void)state;
	assert_true(
		play_traffic(MIXED, FEW, OBJPOOL_F_HOMING) >= by_chance() + 10);
	assert_true(play_traffic(PIPELINE, FEW, OBJPOOL_F_HOMING) >=
		by_chance() + 10);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_homing_objects_of_all_nodes_mix),
		cmocka_unit_test(with_homing_threads_go_on_to_pop_near_objects),
		cmocka_unit_test(with_few_objects_homing_still_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
