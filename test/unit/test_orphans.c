/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* objpool_reclaim() and orphans: objects that a thread was moving when its
 * process was killed, while others go on or do not. test_killed.c kills at given
 * instructions.
 *
 * An orphan at will: an external object is popped, and its holder word, which
 * lies with it, is put back to what it was. That is what who was killed between
 * the two leaves behind.
 */

#include "bereaved.h"

#include <sched.h>

#include "domain.h"

/* --- killed at random, while others live --- */

#define LOAD 4

/* Pop and push; what is held is written to, and nobody else may do that. */
static bool
toil(struct objpool *pool, struct rng *rng, uint32_t who)
{
	unsigned int n = 1 + rng_below(rng, LOAD);
	void *objs[LOAD];

	if (objpool_pop_bulk(pool, objs, n) != 0)
		return true;
	for (unsigned int i = 0; i < n; i++)
		__atomic_store_n((uint32_t *)objs[i], who, __ATOMIC_RELAXED);
	if (rng_below(rng, 64) == 0)
		sched_yield();
	for (unsigned int i = 0; i < n; i++)
		if (__atomic_load_n((uint32_t *)objs[i], __ATOMIC_RELAXED) !=
			who)
			return false;
	return objpool_push_bulk(objs, n, pool) == 0;
}

struct job {
	uint32_t who;
	unsigned int times; /* 0: until killed */
};

static void
work(struct objpool *pool, int to, void *arg)
{
	const struct job *job = arg;
	struct rng rng;

	(void)to;
	rng_init(&rng, env_seed(), job->who);
	for (unsigned int i = 0; job->times == 0 || i < job->times; i++)
		if (!toil(pool, &rng, job->who))
			_exit(3);
	_exit(0);
}

static void
reclaim_all_the_time(struct member *m, void *arg)
{
	while (!crew_is_over(m->crew)) {
		int64_t given = objpool_reclaim(arg, NULL, NULL);

		if (given < 0 && given != -EAGAIN)
			fail_msg("reclaim: %d", (int)given);
	}
}

static void
kill_some(struct bereaved *b, struct rng *rng, uint32_t *who)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct job job = { .who = ++*who, .times = env_times(2000) };
	struct child survivor = have_child(b->pool, work, &job);
	struct child victim[2];

	job.times = 0;
	for (unsigned int k = 0; k < 2; k++) {
		job.who = ++*who;
		victim[k] = have_child(b->pool, work, &job);
	}
	/* Threads are not forked: the children came first. */
	crew_start(crew, 2, reclaim_all_the_time, b->pool);
	for (unsigned int k = 0; k < 2; k++) {
		usleep(200 + rng_below(rng, 2000));
		kill_child(&victim[k]);
	}
	assert_int_equal(bury(&survivor), 0);
	crew_call_off(crew);
	crew_join(crew);
	free(crew);
	while (objpool_reclaim(b->pool, NULL, NULL) > 0)
		;
	assert_whole(b);
}

/* covers G16 G2 G3 */
static void
two_reclaim_while_some_are_killed_and_others_live(void **state)
{
	static const uint32_t slots[] = { 1, 3, 8 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(slots); i++) {
		struct objpool_attr attr = holding;
		struct bereaved b;
		struct rng rng;
		uint32_t who = 0;

		attr.nr_slots = slots[i];
		open_bereaved(&b, &attr);
		rng_init(&rng, env_seed(), slots[i]);
		alarm(100); /* where it fails, it may hang */
		for (unsigned int k = 0; k < env_times(10); k++)
			kill_some(&b, &rng, &who);
		alarm(0);
		assert_true(stats_of(b.pool).reclaims > 0);
		close_bereaved(&b);
	}
}

/* The survivor and those who reclaim, with nobody dead: nothing is taken. */
static void
nothing_is_taken_from_those_in_the_middle(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct job job = { .times = env_times(10000) };
	struct objpool_attr attr = holding;
	struct child child[2];
	struct bereaved b;

	(void)state;
	/* Short of objects: much is gathered, and given back. */
	attr.nr_slots = 3;
	open_bereaved(&b, &attr);
	for (unsigned int k = 0; k < 2; k++) {
		job.who = k + 1;
		child[k] = have_child(b.pool, work, &job);
	}
	crew_start(crew, 1, reclaim_all_the_time, b.pool);
	for (unsigned int k = 0; k < 2; k++)
		assert_int_equal(bury(&child[k]), 0);
	crew_call_off(crew);
	crew_join(crew);
	free(crew);
	assert_int_equal(stats_of(b.pool).reclaims, 0);
	close_bereaved(&b);
}

/* --- orphans at will --- */

struct thing {
	_Atomic(uint64_t) word;
	uint64_t body;
};

struct orphanage {
	struct bereaved b;
	struct thing *things;
	struct gate in, out;
};

static void
open_orphanage(struct orphanage *o)
{
	struct objpool_attr attr = holding;

	attr.obj_size = 0;
	attr.flags |= OBJPOOL_F_EXTERNAL;
	attr.holder_at = -8;
	open_bereaved(&o->b, &attr);
	o->things = mmap(NULL, NR * sizeof(*o->things), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(o->things, MAP_FAILED);
	for (unsigned int i = 0; i < NR; i++) {
		o->b.all[i] = &o->things[i].body;
		assert_int_equal(objpool_push(o->b.all[i], o->b.pool), 0);
	}
	gate_init(&o->in, 2);
	gate_init(&o->out, 2);
}

static void
close_orphanage(struct orphanage *o)
{
	close_bereaved(&o->b);
	munmap(o->things, NR * sizeof(*o->things));
}

/* Pop one, and have its word say that it is free. */
static void *
abandon(struct orphanage *o)
{
	uint64_t words[NR];
	void *obj;

	for (unsigned int i = 0; i < NR; i++)
		words[i] = o->things[i].word;
	obj = objpool_pop(o->b.pool);
	assert_non_null(obj);
	for (unsigned int i = 0; i < NR; i++)
		if (o->b.all[i] == obj)
			o->things[i].word = words[i];
	return obj;
}

static int64_t
reclaim_orphans(struct orphanage *o)
{
	return objpool_reclaim_among(o->b.pool, o->b.all, NR, NULL, NULL);
}

static void
stay_inside(struct member *m, void *arg)
{
	struct orphanage *o = arg;
	void *mark = objpool_enter(o->b.pool, NULL);

	(void)m;
	assert_non_null(mark);
	gate_pass(&o->in);
	gate_pass(&o->out);
	objpool_leave(o->b.pool, mark);
}

static void
orphans_wait_for_whoever_is_in_the_middle(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct orphanage o;
	struct child child;

	(void)state;
	open_orphanage(&o);
	abandon(&o);
	child = have_holder(o.b.pool, 10);
	kill_child(&child);
	crew_start(crew, 1, stay_inside, &o);
	gate_pass(&o.in);
	/* What was held comes back; the orphan may be that thread's. */
	assert_int_equal(reclaim_orphans(&o), 10);
	assert_int_equal(reclaim_orphans(&o), -EAGAIN);
	assert_int_equal(objpool_nr_free(o.b.pool), NR - 1);
	gate_pass(&o.out);
	crew_join(crew);
	free(crew);
	assert_int_equal(reclaim_orphans(&o), 1);
	assert_int_equal(reclaim_orphans(&o), 0);
	close_orphanage(&o);
}

static void
enter_and_stop(struct objpool *pool, int to, void *arg)
{
	(void)arg;
	if (objpool_enter(pool, NULL) == NULL)
		_exit(1);
	say(to);
	for (;;)
		pause();
}

static void
nobody_waits_for_the_dead(void **state)
{
	struct orphanage o;

	(void)state;
	open_orphanage(&o);
	for (unsigned int i = 0; i < 30; i++) { /* with a slot, and as guests */
		struct child child = have_child(o.b.pool, enter_and_stop, NULL);

		await_word(&child);
		kill_child(&child);
		abandon(&o);
		assert_int_equal(reclaim_orphans(&o), 1);
	}
	close_orphanage(&o);
}

static void
orphans_of_closed_and_finished_pools_come_back_too(void **state)
{
	struct orphanage o;

	(void)state;
	open_orphanage(&o);
	abandon(&o);
	assert_int_equal(objpool_close(o.b.pool), 0);
	assert_int_equal(reclaim_orphans(&o), 1);
	assert_int_equal(objpool_nr_free(o.b.pool), NR);
	end_pool(o.b.pool);
	bank_close(&o.b.bank);
	munmap(o.things, NR * sizeof(*o.things));

	open_orphanage(&o);
	abandon(&o);
	abandon(&o);
	assert_int_equal(objpool_fini(o.b.pool), 0);
	assert_int_equal(objpool_outstanding(o.b.pool), 2);
	assert_int_equal(reclaim_orphans(&o), 2);
	assert_int_equal(o.b.releases, 1);
	bank_close(&o.b.bank);
	munmap(o.things, NR * sizeof(*o.things));
}

static bool
refuse(void *obj, void *ctx)
{
	(void)obj;
	++*(unsigned int *)ctx;
	return false;
}

static void
orphans_are_not_asked_about(void **state)
{
	unsigned int nr_asked = 0;
	struct orphanage o;

	(void)state;
	open_orphanage(&o);
	abandon(&o);
	assert_int_equal(objpool_reclaim_among(o.b.pool, o.b.all, NR, refuse,
				 &nr_asked),
		1);
	assert_int_equal(nr_asked, 0);
	close_orphanage(&o);
}

/* covers G16 */
static void
objects_in_limbo_are_not_orphans(void **state)
{
	struct objpool_attr attr = holding;
	struct domain domain;
	struct bereaved b;
	void *objs[20];

	(void)state;
	domain_open(&domain, &domain_shared_ops, true);
	attr.gp = domain.gp;
	open_bereaved(&b, &attr);
	assert_int_equal(objpool_pop_bulk(b.pool, objs, 20), 0);
	for (unsigned int i = 0; i < 20; i++) {
		assert_int_equal(objpool_push_rcu(objs[i], b.pool), 0);
		assert_int_equal(objpool_push_rcu(objs[i], b.pool), -EEXIST);
		assert_int_equal(objpool_reclaim(b.pool, NULL, NULL), 0);
	}
	assert_int_equal(objpool_nr_parked(b.pool), 20);
	domain_pass(&domain);
	atomic_store(&domain.held, false);
	while (objpool_collect(b.pool) > 0)
		;
	assert_whole(&b);
	assert_int_equal(objpool_fini(b.pool), 0);
	domain_settle(&domain);
	assert_int_equal(b.releases, 1);
	domain_close(&domain);
	bank_close(&b.bank);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			two_reclaim_while_some_are_killed_and_others_live),
		cmocka_unit_test(nothing_is_taken_from_those_in_the_middle),
		cmocka_unit_test(orphans_wait_for_whoever_is_in_the_middle),
		cmocka_unit_test(nobody_waits_for_the_dead),
		cmocka_unit_test(
			orphans_of_closed_and_finished_pools_come_back_too),
		cmocka_unit_test(orphans_are_not_asked_about),
		cmocka_unit_test(objects_in_limbo_are_not_orphans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
