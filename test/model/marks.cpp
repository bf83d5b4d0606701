/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests about the end of a marked pool: fini waits for what is in progress,
 * by the marks alone, counts what is home, and whoever gives the last reference
 * back frees the memory. Here lib/thread.c, lib/ops.c and lib/end.c run as they
 * are, with the threads of a contest for threads.
 *
 * If an operation is missed, what it puts or takes is not counted, and the pool
 * is never released, or too early: then the operation's own accesses race with
 * the free, which is a plain write to what each access to the pool reads. They
 * cover G11.
 */

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

/* No handlers here. */
#define OBJPOOL_NEST_H
static unsigned int
nest_enter(void)
{
	return 0;
}

static void
nest_leave(void)
{
}

static bool
nest_is_deep(void)
{
	return false;
}

static int errno_now;
#define errno          errno_now
#define sched_getcpu() self()
#define sched_yield()  rl::yield(1, $)
#define usleep(us)     (saw(WAITED), rl::yield(1, $))

#include "thread.c"
#include "end.c"
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

/* The pool, for a thread that begins: what is thread-local is read before the
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
	return 0;
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

bool
identity_is_alive(uint64_t token)
{
	return is_alive(token);
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

/* Objects 0 to n - 1 are in stock, two more with threads 0 and 1; of threads 0
 * to seated - 1 each has a slot, and knows. */
static void
start_pool(unsigned int n, unsigned int nr_slots, unsigned int seated)
{
	static struct objpool_mem_ops ops;
	struct local *local = (struct local *)calloc(1, sizeof(*local));

	start(n + 2, nr_slots);
	for (unsigned int i = 0; i < n; i++)
		stock(i, i, 1);
	ledger_deal(n, 0);
	ledger_deal(n + 1, 1);
	ops.free = free_area;
	local->mem.ops = &ops;
	local->nr_areas = 1;
	local->arena = a;
	a->local = (uintptr_t)local;
	a->creator = identity_process();
	pool.arena = (char *)a - (char *)&pool;
	pool.uid = (UINT64_C(7) << 32) + 4;
	atomic_init(&a->uid, pool.uid);
	atomic_init(&a->flags, OBJPOOL_F_MARKED);
	claim_divert(a, OBJPOOL_SLOT_MARKED_);
	atomic_init(&a->refs, (n + 2) * REF_OBJ + REF_POOL);
	memset(all_seats, 0, sizeof(all_seats));
	memset(all_patience, 0, sizeof(all_patience));
	for (unsigned int i = 0; i < nr_slots; i++)
		if (i < seated) {
			seats_now = &all_seats[i];
			sit((UINT64_C(7) << 32) + 4, 0, slot_at(a, i));
		} else {
			atomic_init(&slot_at(a, i)->owner, 0);
		}
	on_resume = sit_down;
	guard_memory(a, plan.bytes[0]);
}

static void
end_pool(void)
{
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

/* --- contests --- */

static void
push_one(void)
{
	objpool_push_bulk(part_with(1), 1, the_pool());
}

static void
pop_one(void)
{
	void *obj = objpool_pop(the_pool());

	if (obj == NULL)
		saw(REFUSED);
	else
		keep(&obj, 1);
}

static void
push_all(void)
{
	while (hand()->n > 0)
		push_one();
}

/* What it holds all the time keeps the pool. The second pop and push may find a
 * private block. */
static void
pop_push(void)
{
	pop_one();
	if (hand()->n > 1)
		push_one();
	pop_one();
	push_all();
}

static void
pop_drop(void)
{
	void *const *objs;

	pop_one();
	while (hand()->n > 0) {
		objs = part_with(1);
		objpool_drop_bulk(objs, 1, the_pool());
	}
}

static void
seated(void)
{
	start_pool(1, 2, 2);
}

static void
with_a_guest(void)
{
	start_pool(1, 1, 1);
}

static void
not_seated(void)
{
	start_pool(1, 2, 1);
}

static void
pop_push_die(void)
{
	try {
		die_at(1 + rl::rand(80));
		pop_push();
		die_at(0);
	} catch (death &) {
	}
	raise(&notes->dead[self()]);
}

/* What the dead held is out, and one they were about to take or give may be: so
 * the pool stays. It does too if they were to release it. */
static void
finished(void)
{
	uint32_t state;
	uint64_t refs, held = hands[0].n;

	guard_memory(NULL, 0);
	state = atomic_load_explicit(&a->state, memory_order_relaxed);
	refs = atomic_load_explicit(&a->refs, memory_order_relaxed) / REF_OBJ;
	CHECK("finished" && state >= POOL_DRAINED);
	CHECK("counted" && refs >= held && refs <= held + 1);
	CHECK("released by the last" && (state != POOL_RELEASED || refs == 0));
	if (refs > held)
		saw(LOST_OBJECT);
	if (slot_at(a, 0)->counts.takeovers.load(mo_relaxed, $) > 0)
		saw(INHERITED);
	if (state != POOL_RELEASED)
		free((void *)a->local);
	end_pool();
}

/* A driver's own work between enter and leave, on what is taken away. */
static void
live(void)
{
	start_pool(1, 2, 2);
	atomic_init(&notes->published, 1);
}

static void
live_with_a_guest(void)
{
	start_pool(1, 1, 1);
	atomic_init(&notes->published, 1);
}

static void
enter_look_leave(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		void *mark = objpool_enter(&pool, NULL);
		uintptr_t obj = atomic_load_explicit(&notes->published,
			memory_order_relaxed);

		CHECK("entered" && mark != NULL);
		if (obj != 0)
			ledger_look((void *)obj);
		saw(obj != 0 ? LOOKED : LOOKED_IN_VAIN);
		objpool_leave(&pool, mark);
	}
}

static void
hide_quiesce_write(void)
{
	void *obj = (void *)(uintptr_t)1;

	linger(16);
	atomic_store_explicit(&notes->published, 0, memory_order_relaxed);
	CHECK("quiet" && objpool_quiesce(&pool) == 0);
	ledger_got(&obj, 1);
}

static void
end_of_live(void)
{
	guard_memory(NULL, 0);
	free((void *)a->local);
	end_pool();
}

const struct contest contests[] = {
	{ "pushes against the end", 8000, seated,
		{ push_one, push_one, finish }, released,
		{ WAITED, RELEASED_POOL } },
	{ "pops and pushes against the end", 8000, seated,
		{ pop_push, pop_drop, finish }, released,
		{ WAITED, REFUSED, RELEASED_POOL } },
	{ "a guest against the end", 8000, with_a_guest,
		{ pop_push, pop_push, finish }, released,
		{ WAITED, REFUSED, RELEASED_POOL, BOUND } },
	{ "a thread that claims against the end", 8000, not_seated,
		{ push_one, pop_push, finish }, released,
		{ WAITED, REFUSED, RELEASED_POOL } },
	{ "death against the end", 8000, with_a_guest,
		{ pop_push_die, pop_push, finish }, finished,
		{ WAITED, DIED, LOST_OBJECT, INHERITED, RELEASED_POOL } },
	{ "enter and leave against quiesce", 8000, live,
		{ enter_look_leave, enter_look_leave, hide_quiesce_write },
		end_of_live, { WAITED, LOOKED, LOOKED_IN_VAIN } },
	{ "enter and leave of a guest against quiesce", 8000, live_with_a_guest,
		{ NULL, enter_look_leave, hide_quiesce_write }, end_of_live,
		{ WAITED, LOOKED, LOOKED_IN_VAIN } },
};

const unsigned int nr_contests = sizeof(contests) / sizeof(contests[0]);
