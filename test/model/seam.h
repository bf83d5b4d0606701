/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool with lib/thread.c, lib/ops.c and lib/end.c as they are, with the
 * threads of a contest for threads.
 */

#ifndef TEST_MODEL_SEAM_H
#define TEST_MODEL_SEAM_H

#define MODEL_HOLDERS
#include "arena.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

/* Each thread of a contest has seats of its own, and patience: names of
 * thread-local variables become names of what belongs to who runs now. */
#define __thread
#define _Thread_local
#define tls_model(x)     unused
#define objpool_seats_2_ (*seats_now)
#define patience         (*patience_now)
#define nest_depth       (*nest_depth_now)

#include <objpool/fast.h>

/* As nest.h, for the threads of a contest. */
#define OBJPOOL_NEST_H
static unsigned int depths[THREADS];

static unsigned int
nest_enter(void)
{
	return depths[self()]++;
}

static void
nest_leave(void)
{
	depths[self()]--;
}

static bool
nest_is_deep(void)
{
	return depths[self()] > 0;
}

static int errno_now;
#define errno          errno_now
#define sched_getcpu() self()
#define sched_yield()  rl::yield(1, $)
#define usleep(us)     (saw(WAITED), rl::yield(1, $))

#define abort()        CHECK("no reason to abort" && false)

#include "holders.c"
#define reach_leave(s) (saw(LEFT), reach_leave(s))
#include "thread.c"
#undef reach_leave
#include "end.c"
#include "drop.c"
#include "ops.c"

static struct objpool_seat_ all_seats[THREADS][OBJPOOL_SEATS_];
static unsigned int all_patience[THREADS];

/* And anybody may be held up anywhere. */
static void
sit_down(void)
{
	if (self() < 2 && rl::rand(64) == 0)
		linger(200);
	seats_now = &all_seats[self()];
	patience_now = &all_patience[self()];
}

static struct objpool pool;

/* The pool, for a call that begins: what is thread-local is read before the
 * first step after which somebody else may run. */
static struct objpool *
the_pool(void)
{
	seats_now = &all_seats[self()];
	patience_now = &all_patience[self()];
	return &pool;
}

/* --- what lies around these files --- */

uint64_t
identity_place(void)
{
	return 1;
}

uint64_t
identity_process(void)
{
	return 1;
}

uint64_t
identity_token(uint64_t)
{
	return (uint64_t)self() + 1;
}

/* Of a process for each thread. */
uint64_t
identity_process_token(uint64_t)
{
	return (uint64_t)self() + 1;
}

bool
identity_process_is_alive(uint64_t token)
{
	return is_alive(token);
}

bool
identity_is_alive(uint64_t token)
{
	return is_alive(token);
}

identity_alive_fn *
identity_judge(uint64_t)
{
	return identity_is_alive;
}

void
identity_after_fork(void)
{
}

/* Not for pools without a domain, that nobody checks. */
static void
not_here(void)
{
	CHECK("not here" && false);
}

void
gp_detach(struct objpool_gp *, struct gp_client *)
{
	not_here();
}

void
gp_defer(struct objpool_gp *, struct objpool_deferred *, objpool_deferred_fn *)
{
	not_here();
}

void
gp_defer_in(struct objpool_gp *, struct objpool_deferred *,
	objpool_deferred_fn *, unsigned int)
{
	not_here();
}

void
gp_synchronize(struct objpool_gp *)
{
	not_here();
}

int
gp_in_reader(struct objpool_gp *)
{
	return -1;
}

bool
gp_in_deferred(void)
{
	return false;
}

void
gp_count_release(struct objpool_gp *, enum gp_last)
{
	not_here();
}

struct waiter *
waiter_new(void)
{
	not_here();
	return NULL;
}

void
waiter_over(struct waiter *)
{
	not_here();
}

int
waiter_wait(struct waiter *, uint32_t)
{
	not_here();
	return 0;
}

void
check_popped(struct arena *, void *const *, unsigned int)
{
	not_here();
}

unsigned int
check_pushable(struct arena *, void *const *, unsigned int, int *)
{
	not_here();
	return 0;
}

uint32_t
objpool_nr_outstanding(const struct objpool *)
{
	return 0;
}

uint32_t
objpool_nr_parked(const struct objpool *)
{
	return 0;
}

/* --- a pool --- */

static void
free_area(void *, const struct objpool_area *)
{
	guard_free();
}

/* Objects 0 to n - 1 are in stock, near, two more with threads 0 and 1; of
 * threads 0 to seated - 1 each has a slot, and knows. */
static void
start_pool(unsigned int n, unsigned int nr_slots, unsigned int seated,
	uint32_t flags)
{
	static struct objpool_mem_ops ops;
	struct local *local = (struct local *)calloc(1, sizeof(*local));

	plan_signals = flags & OBJPOOL_F_SIGNALS;
	memset(depths, 0, sizeof(depths));
	start_with(n + 2, nr_slots, plan_limbo);
	plan_limbo = false;
	for (unsigned int i = plan_dealt; i < n; i++)
		stock(a->nr_regions > 1 && i >= a->region[0].nr_objs ?
				a->blocks_per_region + i :
				i,
			i, 1);
	plan_dealt = 0;
	ledger_deal(n, 0);
	ledger_deal(n + 1, 1);
	ops.free = free_area;
	local->mem.ops = &ops;
	local->nr_areas = 1;
	local->arena = a;
	a->local = (uintptr_t)local;
	a->creator = identity_process();
	a->place = identity_place();
	pool.arena = (char *)a - (char *)&pool;
	pool.uid = (UINT64_C(7) << 32) + 4;
	atomic_init(&a->uid, pool.uid);
	atomic_init(&a->flags, flags);
	claim_divert(a,
		(flags & OBJPOOL_F_MARKED ? OBJPOOL_SLOT_MARKED_ : 0) |
			(flags & OBJPOOL_F_SIGNALS ? OBJPOOL_SLOT_SIGNALS_ :
						     0));
	atomic_init(&a->refs, (n + 2) * REF_OBJ + REF_POOL);
	memset(all_seats, 0, sizeof(all_seats));
	memset(all_patience, 0, sizeof(all_patience));
	for (unsigned int i = 0; i < nr_slots; i++)
		if (i < seated) {
			seats_now = &all_seats[i];
			sit((UINT64_C(7) << 32) + 4, 0, slot_at(a, i));
		} else {
			atomic_init(&slot_at(a, i)->owner, 0);
			if (plan_shared)
				atomic_init(&slot_at(a, i)->fence_free, 0);
		}
	on_resume = sit_down;
	guard_memory(a, plan.bytes[0] + plan.bytes[1]);
}

static void
end_pool(void)
{
	if (plan.has_limbo)
		grace_tear_down();
	each_part(unmake());
	notes->~notes();
	ledger_stop();
}

static void
released(void)
{
	guard_memory(NULL, 0);
	CHECK("released" &&
		atomic_load_explicit(&a->state, memory_order_relaxed) ==
			POOL_RELEASED);
	end_pool();
}

static void
finish(void)
{
	linger(200);
	CHECK("finished" && objpool_fini(&pool) == 0);
}

#endif /* TEST_MODEL_SEAM_H */
