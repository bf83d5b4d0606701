/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The scenes. Each round gives every CPU that takes part its turn, in order;
 * chance comes from fixed seeds, so that figures are the same on all machines.
 */

#include <string.h>

#include "rng.h"

#include "scenes.h"

#include "core/round.h"

/* Objects that a slot has private when a scene begins, where it matters: one
 * full block and half of another. */
#define PRIVATE 384
/* The most a CPU holds where it pops and pushes deep. */
#define DEEP    768

/* Every CPU pops, then all push. */
static void
churn(struct world *w, const struct scene *scene)
{
	for (unsigned int i = 0; i < w->nr_cpus; i++)
		world_pop(w, i, scene->n);
	for (unsigned int i = 0; i < w->nr_cpus; i++)
		world_push(w, i, scene->n);
}

/* CPUs in different phases of the same. */
static void
deep_start(struct world *w, const struct scene *scene)
{
	for (unsigned int i = 0; i < w->nr_cpus; i++)
		for (unsigned int k = i * 7 % 24; k > 0; k--)
			world_pop(w, i, scene->n);
}

/* All objects up to DEEP, then all back: blocks have to be exchanged. */
static void
deep(struct world *w, const struct scene *scene)
{
	static bool is_up[CPUS_MAX];

	for (unsigned int i = 0; i < w->nr_cpus; i++) {
		if (w->hand[i].nr == 0)
			is_up[i] = true;
		if (w->hand[i].nr >= DEEP)
			is_up[i] = false;
		if (is_up[i])
			world_pop(w, i, scene->n);
		else
			world_push(w, i, scene->n);
	}
}

/* Even CPUs pop, their neighbours push. */
static void
pipeline(struct world *w, const struct scene *scene)
{
	for (unsigned int i = 0; i + 1 < w->nr_cpus; i += 2) {
		world_pop(w, i, scene->n);
		world_pass(w, i, i + 1, scene->n);
		world_push(w, i + 1, scene->n);
	}
}

/* All others pop, CPU 0 pushes. */
static void
fan_in(struct world *w, const struct scene *scene)
{
	for (unsigned int i = 1; i < w->nr_cpus; i++) {
		world_pop(w, i, scene->n);
		world_pass(w, i, 0, scene->n);
		world_push(w, 0, scene->n);
	}
}

/* CPU 0 pops, all others push. */
static void
fan_out(struct world *w, const struct scene *scene)
{
	for (unsigned int i = 1; i < w->nr_cpus; i++) {
		world_pop(w, 0, scene->n);
		world_pass(w, 0, i, scene->n);
		world_push(w, i, scene->n);
	}
}

static unsigned int
chance(const struct world *w, unsigned int cpu, unsigned int n)
{
	struct rng rng;

	rng_init(&rng, w->calls, cpu);
	return rng_upto(&rng, n);
}

/* Bursts of 1 to n, popped or pushed; the more a CPU holds, the likelier it
 * pushes. */
static void
bursts(struct world *w, const struct scene *scene)
{
	for (unsigned int i = 0; i < w->nr_cpus; i++) {
		unsigned int held = w->hand[i].nr;
		unsigned int n = chance(w, i, scene->n);

		if (chance(w, i + CPUS_MAX, DEEP) > held)
			world_pop(w, i, n);
		else
			world_push(w, i, n < held ? n : held);
	}
}

static void
pop_all(struct world *w, unsigned int cpu, unsigned int nr)
{
	for (; nr >= 32; nr -= 32)
		world_pop(w, cpu, 32);
}

static void
push_all(struct world *w, unsigned int cpu)
{
	while (w->hand[cpu].nr >= 32)
		world_push(w, cpu, 32);
	if (w->hand[cpu].nr > 0)
		world_push(w, cpu, w->hand[cpu].nr);
}

/* Everybody but CPU 0 has what there is, privately. */
static void
drain_start(struct world *w, const struct scene *scene)
{
	unsigned int all = w->a->nr_objs;

	(void)scene;
	pop_all(w, 0, all);
	for (unsigned int i = 1; i < w->nr_cpus; i++) {
		world_pass(w, 0, i, all / (w->nr_cpus - 1) / 32 * 32);
		push_all(w, i);
	}
	world_pass(w, 0, w->nr_cpus - 1, w->hand[0].nr);
	push_all(w, w->nr_cpus - 1);
}

/* CPU 0 takes all. */
static void
drain(struct world *w, const struct scene *scene)
{
	while (world_pop(w, 0, scene->n))
		;
}

/* Objects for three CPUs of four. Who has some pushes them, who has not tries
 * to pop. */
static void
dry(struct world *w, const struct scene *scene)
{
	for (unsigned int i = 0; i < w->nr_cpus; i++) {
		if (w->hand[i].nr > 0)
			world_push(w, i, scene->n);
		else
			world_pop(w, i, scene->n);
	}
}

/* All blocks were in use and are empty; CPU 0 has all. A pop finds out that
 * there is nothing to be had. */
static void
fail_start(struct world *w, const struct scene *scene)
{
	drain_start(w, scene);
	drain(w, scene);
}

static void
fail(struct world *w, const struct scene *scene)
{
	world_pop(w, 0, scene->n);
}

/* As in fail, but the last CPU has n objects, in a private block. */
static void
needle(struct world *w, const struct scene *scene)
{
	unsigned int last = w->nr_cpus - 1;

	world_treat(w, true);
	world_pass(w, 0, last, scene->n);
	/* Its blocks were revoked: it works on public ones for a while. */
	for (unsigned int i = 0; i < 2 * COOL_MAX; i++) {
		world_push(w, last, scene->n);
		world_pop(w, last, scene->n);
	}
	world_push(w, last, scene->n);
	world_treat(w, false);
	world_pop(w, 0, scene->n);
}

#define SUPPLY 1024

const struct scene scenes[] = {
	{ "churn", "all pop n and push n", 1, SUPPLY, 0, NULL, churn, 100,
		1000 },
	{ "churn", "", 8, SUPPLY, 0, NULL, churn, 100, 1000 },
	{ "churn", "", 32, SUPPLY, 0, NULL, churn, 100, 1000 },
	{ "deep", "all pop 768, then push them", 32, SUPPLY, 0, deep_start,
		deep, 480, 960 },
	{ "pipeline", "even CPUs pop, odd ones push", 1, SUPPLY, 0, NULL,
		pipeline, 4000, 8000 },
	{ "pipeline", "", 8, SUPPLY, 0, NULL, pipeline, 500, 2000 },
	{ "pipeline", "", 32, SUPPLY, 0, NULL, pipeline, 200, 1000 },
	{ "fan-in", "all pop, CPU 0 pushes", 32, SUPPLY, 0, NULL, fan_in, 100,
		400 },
	{ "fan-out", "CPU 0 pops, all push", 32, SUPPLY, 0, NULL, fan_out, 100,
		400 },
	{ "bursts", "pop or push 1 to n", 32, SUPPLY, 0, NULL, bursts, 200,
		1000 },
	{ "drain", "CPU 0 pops what others hold privately", 32, PRIVATE, 0,
		drain_start, drain, 0, 1 },
	{ "needle", "CPU 0 pops what the last CPU has, all else empty", 8,
		PRIVATE, 0, fail_start, needle, 2, 20 },
	{ "dry", "objects for three CPUs of four", 32, 24, 32, NULL, dry, 20,
		100 },
	{ "fail", "nothing is free", 32, PRIVATE, 0, fail_start, fail, 2, 20 },
};
const unsigned int nr_scenes = sizeof(scenes) / sizeof(scenes[0]);

const struct scene *
scene_find(const char *name, unsigned int n)
{
	for (unsigned int i = 0; i < nr_scenes; i++)
		if (strcmp(scenes[i].name, name) == 0 && scenes[i].n == n)
			return &scenes[i];
	return NULL;
}

/* Add up (sign 1) or take away (-1) what the slots count. */
static void
add_counts(const struct world *w, struct figures *f, uint64_t sign)
{
	machine_run(CPU_NONE);
	for (unsigned int i = 0; i < w->nr_cpus; i++) {
		const struct counts *c = &slot_at(w->a, i)->counts;

		f->blocks += sign *
			(atomic_load_explicit(&c->blocks_in,
				 memory_order_relaxed) +
				atomic_load_explicit(&c->blocks_out,
					memory_order_relaxed));
		f->revocations += sign *
			atomic_load_explicit(&c->revocations,
				memory_order_relaxed);
	}
}

void
scene_play(const struct scene *scene, unsigned int nr_cpus, bool fenced,
	enum flaw flaw, struct figures *f)
{
	static struct world w;

	*f = (struct figures){ .nr_cpus = nr_cpus };
	world_make(&w, nr_cpus, nr_cpus * scene->objs, scene->block, fenced,
		flaw);
	if (scene->start != NULL)
		scene->start(&w, scene);
	for (unsigned int i = 0; i < scene->warm; i++)
		scene->round(&w, scene);
	w.calls = 0;
	w.steals = w.fails = (struct hunts){ 0 };
	add_counts(&w, f, (uint64_t)-1);
	machine_tear_up();
	for (unsigned int i = 0; i < scene->rounds; i++)
		scene->round(&w, scene);
	f->bill = *machine_bill();
	add_counts(&w, f, 1);
	f->calls = w.calls;
	f->steals = w.steals;
	f->fails = w.fails;
	f->used = region_used(&w.a->region[0]);
	world_end(&w);
}

double
figures_each(const struct figures *f, uint64_t figure)
{
	return f->calls > 0 ? (double)figure / (double)f->calls : 0;
}

uint64_t
figures_traffic(const struct figures *f)
{
	uint64_t sum = 0;

	for (int i = 0; i < NR_PLACES; i++)
		sum += f->bill.moves[i] + f->bill.recalls[i];
	return sum;
}
