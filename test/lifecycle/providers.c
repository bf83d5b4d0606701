/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Each provider of grace periods, by the same tests (reader.h): a reader holds up
 * what was deferred and objects in limbo until it quiesces, nothing else does, and
 * the report names it. Finally readers look at what a writer replaces and retires all
 * the time: a grace period that ends early shows as an item that was reclaimed under
 * their eyes.
 *
 * covers G13
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "crew.h"
#include "reader.h"

#define PATIENCE_MS 20000u
#define STALL_MS    50u
#define NR_LINES    64u

/* A thread that reads when it is told to. */
enum pose {
	RESTING,
	READING,
	GONE,
};

struct puppet {
	struct reader reader;
	const char *name;
	struct objpool_gp *gp;
	pthread_t thread;
	_Atomic(enum pose) wanted, is;
	_Atomic(int) barrier_rc; /* asked for in the pose it is in */
};

static void *
dance(void *arg)
{
	struct puppet *p = arg;
	enum pose pose;

	reader_join(&p->reader, p->gp, p->name);
	reader_rest(&p->reader);
	p->barrier_rc = objpool_barrier(p->gp);
	while (pose = p->is, p->wanted != GONE) {
		if (p->wanted == pose) {
			nap(1);
			continue;
		}
		if (pose == RESTING) {
			reader_wake(&p->reader);
			section_begin(&p->reader);
#ifndef READERS_RTE /* would wait for itself */
			p->barrier_rc = objpool_barrier(p->gp);
#endif
			p->is = READING;
		} else {
			section_end(&p->reader);
			reader_rest(&p->reader);
			p->is = RESTING;
		}
	}
	reader_wake(&p->reader);
	reader_leave(&p->reader, p->gp);
	return NULL;
}

static void
pose(struct puppet *p, enum pose wanted)
{
	p->wanted = wanted;
	for (unsigned int ms = 0; p->is != wanted; ms++) {
		assert_true(ms < PATIENCE_MS);
		nap(1);
	}
}

static void
enter(struct puppet *p, struct objpool_gp *gp, unsigned int id,
	const char *name)
{
	memset(p, 0, sizeof(*p));
	p->gp = gp;
	p->reader.id = id;
	p->name = name;
	p->barrier_rc = 1;
	assert_int_equal(pthread_create(&p->thread, NULL, dance, p), 0);
	for (unsigned int ms = 0; p->barrier_rc == 1; ms++) {
		assert_true(ms < PATIENCE_MS);
		nap(1);
	}
	assert_int_equal(p->barrier_rc, 0);
}

static void
leave(struct puppet *p)
{
	pose(p, RESTING);
	p->wanted = GONE;
	pthread_join(p->thread, NULL);
}

struct notebook {
	pthread_mutex_t lock;
	unsigned int nr, nr_read;
	char line[NR_LINES][200];
};

static void
write_down(void *ctx, const char *line)
{
	struct notebook *book = ctx;

	pthread_mutex_lock(&book->lock);
	if (book->nr < NR_LINES)
		snprintf(book->line[book->nr++], sizeof(book->line[0]), "%s",
			line);
	pthread_mutex_unlock(&book->lock);
}

/* Until a report that was not read yet says so: who comes late finds more than
 * one. */
static void
await_line(struct notebook *book, const char *what)
{
	bool found = false;

	for (unsigned int ms = 0; !found; ms++) {
		if (ms >= PATIENCE_MS)
			fail_msg("none of %u reports: \"%s\"", book->nr, what);
		nap(1);
		pthread_mutex_lock(&book->lock);
		while (!found && book->nr_read < book->nr)
			found = strstr(book->line[book->nr_read++], what);
		pthread_mutex_unlock(&book->lock);
	}
}

struct scene {
	struct objpool_gp *gp;
	struct notebook book;
	struct puppet two, three;
};

static int
open_scene(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct objpool_gp_attr attr = {
		.name = READERS_NAME,
		.stall_ms = STALL_MS,
		.log = write_down,
	};

	assert_non_null(s);
	pthread_mutex_init(&s->book.lock, NULL);
	attr.log_ctx = &s->book;
	readers_open();
	s->gp = readers_domain(attr);
	enter(&s->two, s->gp, 2, "lcore-2");
	enter(&s->three, s->gp, 3, "lcore-3");
	*state = s;
	return 0;
}

static int
close_scene(void **state)
{
	struct scene *s = *state;

	leave(&s->two);
	leave(&s->three);
	assert_int_equal(objpool_gp_destroy(s->gp), 0);
	readers_close();
	free(s);
	return 0;
}

struct mark {
	struct objpool_deferred deferred;
	_Atomic(bool) is_set;
};

static void
set_mark(struct objpool_deferred *d)
{
	((struct mark *)d)->is_set = true;
}

static void
reader_delays_what_is_deferred_until_it_quiesces(void **state)
{
	struct scene *s = *state;
	struct mark mark = { .is_set = false };

	pose(&s->three, READING);
	objpool_gp_defer(s->gp, &mark.deferred, set_mark);
	nap(40);
	assert_false(mark.is_set);
	/* Others may come and go. */
	for (int i = 0; i < 3; i++) {
		pose(&s->two, READING);
		pose(&s->two, RESTING);
	}
	assert_false(mark.is_set);
	pose(&s->three, RESTING);
	assert_int_equal(objpool_barrier(s->gp), 0);
	assert_true(mark.is_set);
}

static void
reader_keeps_objects_in_limbo_until_it_quiesces(void **state)
{
	struct scene *s = *state;
	struct objpool_attr attr = {
		.nr_objs = 8,
		.obj_size = 8,
		.gp = s->gp,
	};
	struct objpool *pool;
	void *objs[8];

	assert_int_equal(objpool_create(&attr, &pool), 0);
	assert_int_equal(objpool_pop_bulk(pool, objs, 8), 0);
	pose(&s->three, READING);
	assert_int_equal(objpool_push_rcu_bulk(objs, 8, pool), 0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(objpool_collect(pool), 8);
		assert_null(objpool_pop(pool));
		nap(1);
	}
	pose(&s->three, RESTING);
	for (unsigned int ms = 0; objpool_collect(pool) > 0; ms++) {
		assert_true(ms < PATIENCE_MS);
		nap(1);
	}
	assert_int_equal(objpool_nr_free(pool), 8);
	assert_int_equal(objpool_fini_wait(pool, PATIENCE_MS), 0);
}

static void
report_names_the_reader_that_holds_everybody_up(void **state)
{
	struct scene *s = *state;
	struct mark mark = { .is_set = false };

	/* Both read, but one began when the grace period was on its way. */
	pose(&s->three, READING);
	objpool_gp_defer(s->gp, &mark.deferred, set_mark);
	await_line(&s->book,
		READERS_NAME ": blocked 50 ms waiting for lcore-3 to quiesce "
			     "(0 objects parked in 0 pools)");
	pose(&s->two, READING);
	await_line(&s->book, "blocked 100 ms waiting for lcore-3 ");
	await_line(&s->book, "blocked 200 ms waiting for lcore-3 ");
	pose(&s->three, RESTING);
	pose(&s->two, RESTING);
	assert_int_equal(objpool_barrier(s->gp), 0);

	/* The other way round. */
	pose(&s->two, READING);
	objpool_gp_defer(s->gp, &mark.deferred, set_mark);
	await_line(&s->book, "blocked 50 ms waiting for lcore-2 to quiesce");
	pose(&s->two, RESTING);

	assert_int_equal(objpool_barrier(s->gp), 0);
	objpool_reader_unregister(s->gp, &s->three.reader.report);
	pose(&s->three, READING);
	objpool_gp_defer(s->gp, &mark.deferred, set_mark);
	await_line(&s->book,
		"blocked 50 ms waiting for a thread without a name to quiesce");
	pose(&s->three, RESTING);
	assert_int_equal(objpool_barrier(s->gp), 0);
}

static void
who_reads_may_not_wait_as_far_as_can_be_told(void **state)
{
	struct scene *s = *state;

	assert_int_equal(objpool_barrier(s->gp), 0);
#ifndef READERS_RTE
	pose(&s->three, READING);
	assert_int_equal(s->three.barrier_rc, -EDEADLK);
	pose(&s->three, RESTING);
#endif
}

static void
domains_of_nothing_are_refused(void **state)
{
	struct scene *s = *state;
	struct objpool_gp *gp = NULL;

#ifdef READERS_RTE
	struct objpool_reader reader;

	assert_int_equal(objpool_gp_create_qsbr(NULL, NULL, &gp), -EINVAL);
	assert_int_equal(objpool_reader_register_qsbr(s->gp, &reader, "x",
				 READERS_MAX),
		-EINVAL);
	assert_int_equal(objpool_reader_register_qsbr(NULL, &reader, "x", 0),
		-EINVAL);
#else
	(void)s;
	assert_int_equal(objpool_gp_create_urcu(NULL, NULL, &gp), -EINVAL);
#endif
	assert_null(gp);
}

#define ALIVE 0xa11ceu

struct leaf {
	struct objpool_deferred deferred;
	_Atomic(unsigned int) word;
	struct tree *tree;
};

struct tree {
	struct crew crew;
	struct objpool_gp *gp;
	_Atomic(struct leaf *) leaf;
	_Atomic(unsigned int) nr_looks, nr_wrong, nr_fallen;
};

static void
fall(struct objpool_deferred *d)
{
	struct leaf *leaf = (struct leaf *)d;

	atomic_store_explicit(&leaf->word, 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&leaf->tree->nr_fallen, 1,
		memory_order_relaxed);
	free(leaf);
}

static struct leaf *
grow(struct tree *tree)
{
	struct leaf *leaf = calloc(1, sizeof(*leaf));

	if (leaf == NULL)
		abort();
	leaf->tree = tree;
	atomic_store_explicit(&leaf->word, ALIVE, memory_order_relaxed);
	return leaf;
}

static void
look(struct tree *tree, struct reader *reader)
{
	section_begin(reader);
	for (int i = 0; i < 2; i++) {
		struct leaf *leaf =
			atomic_load_explicit(&tree->leaf, memory_order_acquire);

		for (int k = 0; k < 50; k++)
			if (atomic_load_explicit(&leaf->word,
				    memory_order_relaxed) != ALIVE)
				tree->nr_wrong++;
	}
	section_end(reader);
	atomic_fetch_add_explicit(&tree->nr_looks, 1, memory_order_relaxed);
}

static void
watch(struct member *m, void *arg)
{
	struct reader reader = { .id = 4 + m->index };
	struct tree *tree = arg;

	reader_join(&reader, tree->gp, "watcher");
	while (!crew_is_over(&tree->crew))
		look(tree, &reader);
	reader_leave(&reader, tree->gp);
}

static void
what_readers_look_at_is_not_reclaimed(void **state)
{
	struct scene *s = *state;
	struct tree *tree = calloc(1, sizeof(*tree));
	uint64_t end = env_now() + (uint64_t)(env_seconds(1) * 1e9);
	unsigned int nr = 0;
	struct leaf *old;

	tree->gp = s->gp;
	tree->leaf = grow(tree);
	crew_start(&tree->crew, 3, watch, tree);
	while (env_now() < end) {
		old = atomic_exchange_explicit(&tree->leaf, grow(tree),
			memory_order_acq_rel);
		objpool_gp_defer(s->gp, &old->deferred, fall);
		if (++nr % 16 == 0)
			usleep(100);
		while (nr - tree->nr_fallen > 10000)
			usleep(100);
	}
	crew_call_off(&tree->crew);
	crew_join(&tree->crew);
	assert_int_equal(objpool_barrier(s->gp), 0);
	printf("%s: %u leaves, %u looks\n", READERS_NAME, nr, tree->nr_looks);
	assert_int_equal(tree->nr_wrong, 0);
	assert_int_equal(tree->nr_fallen, nr);
	assert_true(nr > 100 && tree->nr_looks > 100);
	free(tree->leaf);
	free(tree);
}

#define IN_SCENE(test)                                                         \
	cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCENE(reader_delays_what_is_deferred_until_it_quiesces),
		IN_SCENE(reader_keeps_objects_in_limbo_until_it_quiesces),
		IN_SCENE(report_names_the_reader_that_holds_everybody_up),
		IN_SCENE(who_reads_may_not_wait_as_far_as_can_be_told),
		IN_SCENE(domains_of_nothing_are_refused),
		IN_SCENE(what_readers_look_at_is_not_reclaimed),
	};

	return cmocka_run_group_tests_name("providers " READERS_NAME, tests,
		NULL, NULL);
}
