/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See scene.h. Threads remember who and where they are, so each trial has one of
 * its own, which has to find out.
 */

#include "unit.h"

#include <pthread.h>

#include "real.h"
#include "scene.h"

#define TRIALS_MAX 2000

struct trial {
	const struct scene *scene;
	void *ctx;
	struct fault_plan plan;
	struct faults_seen seen;
	int rc;
};

static void *
play(void *arg)
{
	struct trial *t = arg;

	faults_arm(&t->plan);
	t->rc = t->scene->play(t->ctx);
	faults_disarm(&t->seen);
	return NULL;
}

static void
run(struct trial *t)
{
	pthread_t thread;

	if (t->scene->keep_thread) {
		play(t);
		return;
	}
	assert_int_equal(__real_pthread_create(&thread, NULL, play, t), 0);
	assert_int_equal(__real_pthread_join(thread, NULL), 0);
}

static void
tell(const struct trial *t)
{
	fprintf(stderr, "%s, call %u%s%s:", t->scene->name, t->plan.at,
		t->plan.and_later ? " and later" : "",
		t->plan.other_error ? ", other error" : "");
	for (unsigned int kind = 0; kind < FAULT_KINDS; kind++)
		if (t->seen.hit & 1u << kind)
			fprintf(stderr, " %s", fault_name(kind));
	fprintf(stderr, " failed: returned %d\n", t->rc);
}

static bool
is_right(const struct trial *t)
{
	const int *error = t->scene->errors;

	if (error == NULL || t->seen.failed == 0)
		return t->rc == -t->seen.error;
	while (*error != 0 && t->rc != *error)
		error++;
	return t->rc == *error && (t->rc != 0 || !t->plan.and_later);
}

/* Play once; end what came of it. True if calls failed. */
static bool
try(struct trial *t)
{
	const struct scene *scene = t->scene;
	const struct faults_left before = faults_left();
	struct faults_left ready;
	bool right;

	if (scene->set != NULL)
		scene->set(t->ctx);
	ready = faults_left();
	run(t);
	right = is_right(t) &&
		(t->rc == 0 || scene->keeps || faults_are_even(&ready));
	if (!right)
		tell(t);
	assert_true(right);
	scene->look(t->ctx, t->rc, &t->seen);
	if (t->rc != 0) {
		struct trial again = { .scene = scene, .ctx = t->ctx };

		run(&again);
		assert_int_equal(again.rc, 0);
		scene->look(t->ctx, 0, &again.seen);
	}
	if (scene->strike != NULL)
		scene->strike(t->ctx);
	right = faults_are_even(&before);
	if (!right)
		tell(t);
	assert_true(right);
	return t->seen.failed > 0;
}

/* Returns which kinds of calls failed. */
static unsigned int
sweep(const struct scene *scene, void *ctx, bool and_later, bool other_error)
{
	unsigned int hit = 0;
	struct trial t;

	for (unsigned int k = 1; k < TRIALS_MAX; k++) {
		t = (struct trial){
			.scene = scene,
			.ctx = ctx,
			.plan = { k, and_later, other_error, scene->only },
		};
		if (!try(&t))
			break;
		hit |= t.seen.hit;
	}
	/* It ended because there was nothing more to fail, and whatever it
	 * calls did. */
	assert_int_equal(t.seen.failed, 0);
	assert_int_equal(hit & t.seen.kinds, t.seen.kinds);
	return hit;
}

void
scene_play(const struct scene *scene, void *ctx)
{
	unsigned int hit = 0;

	for (unsigned int i = 0; i < 4; i++)
		if (!scene->once_only || i < 2)
			hit |= sweep(scene, ctx, i & 2, i & 1);
	for (unsigned int kind = 0; kind < FAULT_KINDS; kind++)
		if (scene->kinds & ~hit & 1u << kind)
			fail_msg("%s: no %s failed", scene->name,
				fault_name(kind));
}
