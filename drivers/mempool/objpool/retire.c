/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mempools that end when their last object is home.
 *
 * Each waits as a struct ending in a list, which one control thread of the
 * process goes through again and again, every millisecond at first, every ten
 * later. An ending is through with
 *   1. its grace period, if it was given a domain; only then mempool's caches
 *      can be emptied (deferred.c);
 *   2. a quiet moment of the pool (objpool_quiesce()): whoever was popping is
 *      done, and since the pool is closed none comes after. Who served instead
 *      is not needed any more;
 *   3. the objects. With pushes only, the count never shows more than there
 *      are;
 *   4. another quiet moment: who gave the last object back is out of the pool.
 * Then the memory is freed, and the user told.
 *
 * The thread works without the lock, and its user is told without it. Only the
 * thread unlinks, so it may keep its place in the list. An ending forgets its
 * mempool, under the lock, before the memory is freed: from then on another
 * mempool may be where it was. It is off DPDK's list (listed.c) by then, so who
 * wants to hold a mempool sees under the lock whether it is still there. What
 * is held the thread passes by.
 *
 * Locks: this one first, then mempool's and memzones'. All of it is for the
 * process that made a mempool; a forked child has the list, but neither the
 * thread nor, perhaps, a lock that can be had.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "replace.h"
#include "retire.h"

#define POLL_MS_MAX 10

static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake; /* of the thread */
	pthread_cond_t gone; /* an ending is, or the thread let go of one */
	TAILQ_HEAD(ending_list, ending) list;
	TAILQ_HEAD(hold_list, hold) holds;
	const struct ending *current;      /* the thread is looking at */
	const struct rte_mempool *emptied; /* it is freeing the objects of */
	pthread_t thread;
	_Atomic(pid_t) pid; /* that the thread runs in; 0: there is none */
} retire = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.list = TAILQ_HEAD_INITIALIZER(retire.list),
	.holds = TAILQ_HEAD_INITIALIZER(retire.holds),
};

/* Where there is no thread yet a child may go on as its parent; but who had the
 * lock, or holds, is not there. */
static void
start_anew(void)
{
	pthread_mutex_init(&retire.lock, NULL);
	TAILQ_INIT(&retire.holds);
}

RTE_INIT(objpool_mempool_retire)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&retire.wake, &attr);
	pthread_cond_init(&retire.gone, &attr);
	pthread_condattr_destroy(&attr);
	pthread_atfork(NULL, NULL, start_anew);
}

void
retire_lock(void)
{
	pthread_mutex_lock(&retire.lock);
}

void
retire_unlock(void)
{
	pthread_mutex_unlock(&retire.lock);
}

static struct timespec
in_ms(uint32_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

/* Nobody is in the middle of taking objects any more. */
static bool
become_quiet(struct ending *e, struct rte_mempool *mp, struct state *s)
{
	if (e->gp != NULL)
		deferred_flush_caches(mp);
	if (objpool_quiesce(&s->pool) < 0)
		return false;
	if (e->left != NULL) {
		retire_lock();
		replace_unclaim(e->left);
		retire_unlock();
		e->left = NULL;
	}
	e->is_quiet = true;
	return true;
}

/* Is it time? Without the lock; mp cannot be freed meanwhile. */
static bool
is_due(struct ending *e, struct rte_mempool *mp)
{
	struct state *s = mp->pool_data;

	if (s == NULL)
		return true; /* never populated */
	if (!e->is_quiet && !become_quiet(e, mp, s))
		return false;
	if (e->kind == ENDING_SERVICE)
		return true;
	if (objpool_nr_free(&s->pool) < e->nr_objs)
		return false;
	return objpool_quiesce(&s->pool) == 0;
}

/* Others may wait for the same mempool, which is freed after all of them. With
 * the lock. */
static bool
is_its_turn(const struct ending *e)
{
	const struct ending *other = e;

	if (e->kind != ENDING_MEMPOOL || e->mp == NULL)
		return true;
	while ((other = TAILQ_PREV(other, ending_list, link)) != NULL)
		if (other->mp == e->mp)
			return false;
	return true;
}

/* With the lock. */
static bool
is_held(const struct ending *e)
{
	const struct hold *hold;

	if (e->is_held)
		return true;
	TAILQ_FOREACH(hold, &retire.holds, link)
	if (hold->mp == e->mp)
		return true;
	return false;
}

/* The end. With the lock, which is given back meanwhile. */
static void
finish(struct ending *e)
{
	struct rte_mempool *mp = e->mp;

	e->mp = NULL;
	if (mp != NULL && e->kind == ENDING_OBJECTS) {
		retire.emptied = mp;
		retire_unlock();
		replace_drop_objects(mp, e);
		retire_lock();
		retire.emptied = NULL;
		pthread_cond_broadcast(&retire.gone);
	}
	if (mp != NULL && e->kind == ENDING_MEMPOOL)
		listed_remove(mp);
	retire_unlock();
	if (mp != NULL && e->kind == ENDING_MEMPOOL)
		rte_mempool_free(mp);
	if (e->freed != NULL)
		e->freed(e->name, e->ctx);
	retire_lock();
}

/* Look after each once; whether any came to its end. With the lock. */
static bool
go_round(void)
{
	struct ending *e, *next;
	bool any = false, due;

	for (e = TAILQ_FIRST(&retire.list); e != NULL; e = next) {
		due = !is_held(e) && (e->gp == NULL || e->has_grace);
		if (due && e->mp != NULL) {
			struct rte_mempool *mp = e->mp;

			retire.current = e;
			retire_unlock();
			due = is_due(e, mp);
			retire_lock();
			retire.current = NULL;
			pthread_cond_broadcast(&retire.gone);
		}
		due = due && !is_held(e) && is_its_turn(e);
		if (due)
			finish(e);
		next = TAILQ_NEXT(e, link);
		if (!due)
			continue;
		any = true;
		TAILQ_REMOVE(&retire.list, e, link);
		free(e);
		pthread_cond_broadcast(&retire.gone);
	}
	return any;
}

static void *
run(void *arg)
{
	unsigned int ms = 1;
	struct timespec until;

	retire_lock();
	for (;;) {
		if (go_round())
			ms = 1;
		if (TAILQ_EMPTY(&retire.list)) {
			pthread_cond_wait(&retire.wake, &retire.lock);
			ms = 1;
			continue;
		}
		until = in_ms(ms);
		ms = RTE_MIN(2 * ms, (unsigned int)POLL_MS_MAX);
		if (pthread_cond_timedwait(&retire.wake, &retire.lock,
			    &until) == 0)
			ms = 1;
	}
	return arg;
}

static pid_t
thread_pid(void)
{
	return atomic_load_explicit(&retire.pid, memory_order_acquire);
}

/* With the lock. */
static int
start_thread(void)
{
	int ret;

	if (thread_pid() != 0)
		return 0;
	ret = rte_ctrl_thread_create(&retire.thread, "objpool-end", NULL, run,
		NULL);
	if (ret != 0)
		return ret == -ENOMEM ? -ENOMEM : -EAGAIN;
	pthread_detach(retire.thread);
	atomic_store_explicit(&retire.pid, getpid(), memory_order_release);
	return 0;
}

bool
retire_is_child(void)
{
	pid_t pid = thread_pid();

	return pid != 0 && pid != getpid();
}

int
retire_refuse(const struct rte_mempool *mp)
{
	SAY(ERR,
		"mempool %s is another process's: only the one that created it "
		"can free or replace it",
		mp->name);
	return -EPERM;
}

int
retire_prepare(struct rte_mempool *mp, objpool_mempool_freed_fn *freed,
	void *ctx, struct ending **ending)
{
	struct ending *e = calloc(1, sizeof(*e));
	int ret;

	if (e == NULL)
		return -ENOMEM;
	e->mp = mp;
	e->freed = freed;
	e->ctx = ctx;
	e->since = rte_rdtsc();
	snprintf(e->name, sizeof(e->name), "%s", mp->name);
	retire_lock();
	ret = start_thread();
	retire_unlock();
	if (ret < 0)
		free(e);
	else
		*ending = e;
	return ret;
}

void
retire_cancel(struct ending *e)
{
	free(e);
}

static void
on_grace(struct objpool_deferred *d)
{
	struct ending *e =
		(void *)((char *)d - offsetof(struct ending, deferred));

	retire_lock();
	e->has_grace = true;
	pthread_cond_signal(&retire.wake);
	retire_unlock();
}

void
retire_add(struct ending *e)
{
	TAILQ_INSERT_TAIL(&retire.list, e, link);
	if (e->gp != NULL)
		objpool_gp_defer(e->gp, &e->deferred, on_grace);
	pthread_cond_signal(&retire.wake);
}

/* Take an ending from the thread. With the lock, which is given back
 * meanwhile. */
static void
forget(struct ending *e, struct rte_mempool *mp)
{
	const struct state *s = mp->pool_data;

	e->is_held = true;
	while (retire.current == e)
		pthread_cond_wait(&retire.gone, &retire.lock);
	if (e->kind == ENDING_MEMPOOL ||
		(s != NULL && objpool_nr_free(&s->pool) < e->nr_objs))
		SAY(ERR, "mempool %s is freed while its objects are waited for",
			e->name);
	if (e->left != NULL)
		replace_unclaim(e->left);
	e->left = NULL;
	/* Nobody who walks shall look at what is freed now. */
	e->mp = NULL;
	retire_unlock();
	if (e->kind == ENDING_OBJECTS)
		replace_drop_objects(mp, e);
	retire_lock();
	e->is_held = false;
}

void
retire_forget(struct rte_mempool *mp)
{
	struct ending *e;

	if (thread_pid() == 0 || retire_is_child())
		return;
	retire_lock();
	while (retire.emptied == mp)
		pthread_cond_wait(&retire.gone, &retire.lock);
	/* The thread unlinks those that it is through with, so this may have to
	 * start again; what was forgotten is not met again. */
again:
	TAILQ_FOREACH(e, &retire.list, link)
	{
		if (e->mp != mp)
			continue;
		forget(e, mp);
		pthread_cond_signal(&retire.wake);
		goto again;
	}
	retire_unlock();
}

bool
retire_hold(struct hold *hold, const struct rte_mempool *mp)
{
	bool is_there;

	hold->mp = NULL;
	if (retire_is_child())
		return true;
	retire_lock();
	is_there = listed_has(mp);
	if (is_there) {
		hold->mp = mp;
		TAILQ_INSERT_TAIL(&retire.holds, hold, link);
	}
	retire_unlock();
	return is_there;
}

void
retire_let_go(struct hold *hold)
{
	if (hold->mp == NULL)
		return;
	retire_lock();
	TAILQ_REMOVE(&retire.holds, hold, link);
	pthread_cond_signal(&retire.wake);
	retire_unlock();
}

const struct rte_mempool_objhdr_list *
retire_objects(const struct rte_mempool *mp)
{
	const struct ending *e;

	TAILQ_FOREACH(e, &retire.list, link)
	if (e->mp == mp && e->kind == ENDING_OBJECTS)
		return &e->objs;
	return &mp->elt_list;
}

bool
retire_is_ending(const struct rte_mempool *mp)
{
	const struct ending *e;

	TAILQ_FOREACH(e, &retire.list, link)
	if (e->mp == mp && e->kind == ENDING_MEMPOOL)
		return true;
	return false;
}

unsigned int
objpool_mempool_waiting_walk(objpool_mempool_waiting_fn *fn, void *ctx)
{
	struct objpool_mempool_waiting waiting;
	char text[512];
	struct ending *e;
	unsigned int nr = 0;

	if (retire_is_child())
		return 0;
	retire_lock();
	TAILQ_FOREACH(e, &retire.list, link)
	{
		if (e->mp == NULL || e->kind == ENDING_SERVICE)
			continue;
		nr++;
		if (fn == NULL)
			continue;
		holders_find(e, &waiting, text, sizeof(text));
		waiting.name = e->name;
		waiting.seconds = (double)(rte_rdtsc() - e->since) /
			(double)rte_get_tsc_hz();
		fn(&waiting, ctx);
	}
	retire_unlock();
	return nr;
}

int
objpool_mempool_wait(uint32_t timeout_ms)
{
	struct timespec until = in_ms(timeout_ms);
	int ret = 0;

	if (thread_pid() == 0)
		return 0;
	if (retire_is_child())
		return -ETIMEDOUT;
	if (pthread_equal(pthread_self(), retire.thread))
		return -EDEADLK;
	retire_lock();
	while (!TAILQ_EMPTY(&retire.list) && ret == 0)
		ret = pthread_cond_timedwait(&retire.gone, &retire.lock,
			&until);
	ret = TAILQ_EMPTY(&retire.list) ? 0 : -ETIMEDOUT;
	retire_unlock();
	return ret;
}
