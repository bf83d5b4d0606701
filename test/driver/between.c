/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What one does while another is just in the middle of it: the other is stopped
 * at a chosen point, and goes on when the first is through, or waits.
 *
 * The driver, which is loaded, calls some functions of other libraries at these
 * points. This program has its own in their place, which call the right ones,
 * but stop first, or note that they were called. And where the processor has a
 * trap flag (test/unit/steps.h), a get is stopped after each of its instructions.
 *
 * Nothing here depends on time: who waits is seen to call what it waits by.
 *
 * covers G11
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <objpool/objpool_mempool_fast.h>
#include <objpool/state.h>

#include "eal.h"
#include "end.h"
#include "steps.h"

#define SIZE  64u
#define STEPS 5000u /* more than a get has */

/* --- functions that the driver calls --- */

/* Where a thread stops that is to: it says so, and goes on when it may. */
struct point {
	atomic_bool is_there, may_go_on;
};

static void
stop_at(struct point *point)
{
	atomic_store(&point->is_there, true);
	while (!atomic_load(&point->may_go_on))
		sched_yield();
}

static void
await(atomic_bool *flag)
{
	while (!atomic_load(flag))
		sched_yield();
}

static _Thread_local struct {
	struct point *point;   /* to stop at when it locks ... */
	unsigned int nr_locks; /* ... for the last of these times */
	void (*then)(void *);  /* what it does there before it goes on */
	void *arg;
	atomic_bool *waits; /* it waits for another thread */
} self;

/* Of the control thread: how often it paused, and waited for the pool. */
static atomic_uint nr_rounds, nr_pauses;

static void *
real(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (function == NULL)
		abort();
	return function;
}

int
pthread_mutex_lock(pthread_mutex_t *mutex)
{
	static int (*lock)(pthread_mutex_t *);

	if (lock == NULL)
		*(void **)&lock = real("pthread_mutex_lock");
	if (self.point != NULL && --self.nr_locks == 0) {
		stop_at(self.point);
		self.point = NULL;
		self.then(self.arg);
	}
	return lock(mutex);
}

int
pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	static int (*wait)(pthread_cond_t *, pthread_mutex_t *);

	if (wait == NULL)
		*(void **)&wait = real("pthread_cond_wait");
	if (self.waits != NULL)
		atomic_store(self.waits, true);
	return wait(cond, mutex);
}

int
pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
	const struct timespec *until)
{
	static int (*wait)(pthread_cond_t *, pthread_mutex_t *,
		const struct timespec *);

	if (wait == NULL)
		*(void **)&wait = real("pthread_cond_timedwait");
	atomic_fetch_add(&nr_rounds, 1);
	return wait(cond, mutex, until);
}

int
usleep(useconds_t us)
{
	const struct timespec time = { .tv_sec = us / 1000000,
		.tv_nsec = 1000l * (us % 1000000) };

	atomic_fetch_add(&nr_pauses, 1);
	return nanosleep(&time, NULL);
}

/* --- an end, and who frees or gives back meanwhile --- */

struct freeing {
	struct rte_mempool *mp;
	atomic_bool waits, done;
};

static void *
free_it(void *arg)
{
	struct freeing *freeing = arg;

	self.waits = &freeing->waits;
	rte_mempool_free(freeing->mp);
	self.waits = NULL;
	atomic_store(&freeing->done, true);
	return NULL;
}

/* rte_mempool_free() while the control thread is at a point. */
static void
expect_waits_for(struct point *point, struct rte_mempool *mp)
{
	struct freeing freeing = { .mp = mp };
	pthread_t thread;

	await(&point->is_there);
	assert_int_equal(pthread_create(&thread, NULL, free_it, &freeing), 0);
	while (!atomic_load(&freeing.waits) && !atomic_load(&freeing.done))
		sched_yield();
	assert_false(atomic_load(&freeing.done));
	atomic_store(&point->may_go_on, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void
free_chunk(struct rte_mempool_memhdr *chunk, void *opaque)
{
	(void)chunk;
	stop_at(opaque);
}

static void
freeing_waits_for_the_thread_that_frees_the_objects(void **state)
{
	const size_t size = 16 * 4096;
	char *memory = aligned_alloc(4096, size);
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	struct rte_mempool *mp = mempool_empty("front", SIZE, 0);
	struct point point = { .is_there = false };
	struct told told;

	(void)state;
	assert_non_null(memory);
	assert_int_equal(rte_mempool_populate_iova(mp, memory, RTE_BAD_IOVA,
				 size, free_chunk, &point),
		SIZE);
	by->flags |= mp->flags & RTE_MEMPOOL_F_NON_IO;
	replace(mp, by, &told);
	expect_waits_for(&point, mp);
	expect_freed(&told, "front");
	rte_mempool_free(by);
	free(memory);
}

/* A thread in the middle of an operation. */
struct inside {
	struct rte_mempool *mp;
	struct point point;
	pthread_t thread;
	unsigned int pauses; /* before the control thread waited for it */
};

static void *
be_inside(void *arg)
{
	struct inside *inside = arg;
	struct state *s = inside->mp->pool_data;
	void *mark = objpool_enter(&s->pool, NULL);

	if (mark != NULL)
		stop_at(&inside->point);
	objpool_leave(&s->pool, mark);
	return NULL;
}

/* An ending of its mempool is through with all but the last quiet moment: the
 * last object has just come home, and the thread is still in the pool. */
static void
bring_the_last_one(struct inside *inside, void *obj)
{
	unsigned int rounds = atomic_load(&nr_rounds);

	/* The first quiet moment is over. */
	while (atomic_load(&nr_rounds) < rounds + 3)
		sched_yield();
	inside->pauses = atomic_load(&nr_pauses);
	assert_int_equal(pthread_create(&inside->thread, NULL, be_inside,
				 inside),
		0);
	await(&inside->point.is_there);
	rte_mempool_put(inside->mp, obj);
}

static void
leave(struct inside *inside)
{
	atomic_store(&inside->point.may_go_on, true);
	assert_int_equal(pthread_join(inside->thread, NULL), 0);
}

static void
the_end_waits_for_who_brings_the_last_object(void **state)
{
	struct inside last = { .mp = mempool_new("last", SIZE, 0) };
	struct told told;
	void *obj;

	(void)state;
	assert_int_equal(rte_mempool_get(last.mp, &obj), 0);
	free_later(last.mp, &told);
	bring_the_last_one(&last, obj);
	while (atomic_load(&nr_pauses) == last.pauses &&
		atomic_load(&told.times) == 0)
		sched_yield();
	assert_int_equal(atomic_load(&told.times), 0);
	leave(&last);
	expect_freed(&told, "last");
}

static void
freeing_waits_for_the_thread_that_looks_at_the_mempool(void **state)
{
	struct rte_mempool *by = mempool_new("back", SIZE, 0);
	struct inside last = { .mp = mempool_new("front", SIZE, 0) };
	struct freeing freeing = { .mp = last.mp };
	struct told told;
	pthread_t thread;
	void *obj;

	(void)state;
	assert_int_equal(rte_mempool_get(last.mp, &obj), 0);
	replace(last.mp, by, &told);
	bring_the_last_one(&last, obj);
	while (atomic_load(&nr_pauses) == last.pauses)
		sched_yield();
	assert_int_equal(pthread_create(&thread, NULL, free_it, &freeing), 0);
	while (!atomic_load(&freeing.waits) && !atomic_load(&freeing.done))
		sched_yield();
	assert_false(atomic_load(&freeing.done));
	leave(&last);
	assert_int_equal(pthread_join(thread, NULL), 0);
	expect_freed(&told, "front");
	rte_mempool_free(by);
}

/* --- a get, and who gets all the rest, and replaces the mempool, meanwhile --- */

struct replacing {
	struct rte_mempool *mp, *by;
	struct point point;
	atomic_bool done;
	int result;
	void *objs[SIZE];
	unsigned int nr_objs;
};

/* That leaves nothing in the mempool, and who is getting something in doubt. */
static void
get_all_others(void *arg)
{
	struct replacing *r = arg;

	r->nr_objs = get_all(r->mp, r->objs, SIZE);
}

/* Stops when the mempools were looked at, and before anything happens to them:
 * once it locks to see that there is a thread, then for the replacement. */
static void *
replace_it(void *arg)
{
	struct replacing *r = arg;

	self.point = &r->point;
	self.nr_locks = 2;
	self.then = get_all_others;
	self.arg = r;
	r->result = objpool_mempool_replace(r->mp, r->by, NULL, NULL);
	atomic_store(&r->done, true);
	return NULL;
}

struct get {
	struct replacing *r;
	unsigned int step; /* after which the mempool is replaced */
	struct objpool_slot *slot;
	void *obj;
	int result;
};

static void
get_plain(void *arg)
{
	struct get *get = arg;

	get->result = rte_mempool_get(get->r->mp, &get->obj);
}

static void
get_inline(void *arg)
{
	struct get *get = arg;

	get->result =
		objpool_mempool_get_bulk(get->r->mp, get->slot, &get->obj, 1);
}

/* Nothing waits for a get until all is replaced. */
static void
go_on(struct replacing *r)
{
	atomic_store(&r->point.may_go_on, true);
	await(&r->done);
}

static bool
look(void *arg)
{
	struct get *get = arg;

	if (stepping.nr < get->step)
		return true;
	go_on(get->r);
	return false;
}

/* False: it came to its end before that step. */
static bool
get_is_served(step_fn *run, unsigned int step)
{
	struct replacing r = { .mp = mempool_new("front", SIZE, 0),
		.by = mempool_new("back", SIZE, 0) };
	struct get get = { .r = &r, .step = step };
	struct rte_mempool *of;
	pthread_t thread;
	bool in_time;

	get.slot = objpool_mempool_slot(r.mp);
	/* In the usual state of affairs. */
	get_inline(&get);
	rte_mempool_put(r.mp, get.obj);
	assert_int_equal(pthread_create(&thread, NULL, replace_it, &r), 0);
	await(&r.point.is_there);
	step_through(run, look, &get);
	in_time = atomic_load(&r.done);
	go_on(&r);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(r.result, 0);
	assert_int_equal(get.result, 0);
	of = rte_mempool_from_obj(get.obj);
	assert_ptr_equal(of, r.nr_objs < SIZE ? r.mp : r.by);
	rte_mempool_put_bulk(r.mp, r.objs, r.nr_objs);
	rte_mempool_put(r.mp, get.obj);
	expect_whole(r.mp, SIZE);
	rte_mempool_free(r.mp);
	rte_mempool_free(r.by);
	return in_time;
}

static void
gets_are_served(step_fn *run)
{
	unsigned int step = 1;

	steps_prepare();
	while (step < STEPS && get_is_served(run, step))
		step++;
	if (HAS_STEPS)
		assert_in_range(step, 20, STEPS - 1);
}

static void
a_get_is_served_whenever_its_mempool_is_replaced(void **state)
{
	(void)state;
	gets_are_served(get_plain);
}

static void
an_inline_get_is_served_whenever_its_mempool_is_replaced(void **state)
{
	(void)state;
	gets_are_served(get_inline);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			freeing_waits_for_the_thread_that_frees_the_objects),
		cmocka_unit_test(the_end_waits_for_who_brings_the_last_object),
		cmocka_unit_test(
			freeing_waits_for_the_thread_that_looks_at_the_mempool),
		cmocka_unit_test(
			a_get_is_served_whenever_its_mempool_is_replaced),
		cmocka_unit_test(
			an_inline_get_is_served_whenever_its_mempool_is_replaced),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
