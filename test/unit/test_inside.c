/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What no call shows that begins and ends where it should: who ends a pool or a
 * domain waits for threads that are inside a call of it, and objects that are
 * moved to make room get new holder words.
 *
 * With the library's own structures, so this is built with what the installed
 * library hides. That a thread waits is seen by its not having come back when
 * the one it waits for is still inside, a moment later; if it did, what it must
 * not touch any more is left alone, and the test fails.
 */

#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include <objpool/rcu.h>

#include "core/holder.h"
#include "core/layout.h"
#include "core/limbo.h"
#include "rcu/domain.h"

#define MOMENT_US 50000

static uint64_t
start_over(void *ctx)
{
	(void)ctx;
	return 1;
}

static bool
is_over(void *ctx, uint64_t cookie)
{
	(void)ctx;
	(void)cookie;
	return true;
}

static const struct objpool_gp_ops always_over = {
	.name = "always over",
	.start = start_over,
	.done = is_over,
};

/* A call in a thread of its own. */
struct call {
	pthread_t thread;
	int (*call)(void *arg);
	void *arg;
	_Atomic(bool) is_back;
	int rc;
};

static void *
do_call(void *arg)
{
	struct call *call = arg;

	call->rc = call->call(call->arg);
	atomic_store(&call->is_back, true);
	return NULL;
}

static void
begin_call(struct call *call)
{
	atomic_init(&call->is_back, false);
	assert_int_equal(pthread_create(&call->thread, NULL, do_call, call), 0);
	usleep(MOMENT_US);
	assert_false(atomic_load(&call->is_back));
}

static void
end_call(struct call *call)
{
	assert_int_equal(pthread_join(call->thread, NULL), 0);
	assert_int_equal(call->rc, 0);
}

static int
destroy(void *gp)
{
	return objpool_gp_destroy(gp);
}

/* covers G12 */
static void
a_domain_is_not_destroyed_under_a_thread_that_defers(void **state)
{
	struct objpool_gp *gp;
	struct call call;

	(void)state;
	assert_int_equal(objpool_gp_create(&always_over, NULL, NULL, &gp), 0);
	/* It has put its item in the list, and is about to wake the control
	 * thread. */
	atomic_fetch_add(&gp->nr_inside, 1);
	call = (struct call){ .call = destroy, .arg = gp };
	begin_call(&call);
	atomic_fetch_sub(&gp->nr_inside, 1);
	end_call(&call);
}

static int
free_pool(void *pool)
{
	return objpool_free(pool);
}

/* covers G11 */
static void
a_marked_pool_is_not_freed_under_a_thread_inside(void **state)
{
	struct objpool_attr attr = {
		.nr_objs = 16,
		.obj_size = 8,
		.flags = OBJPOOL_F_MARKED,
	};
	struct objpool *pool = make_pool(&attr);
	void *mark = objpool_enter(pool, NULL);
	struct call call = { .call = free_pool, .arg = pool };

	(void)state;
	begin_call(&call);
	objpool_leave(pool, mark);
	end_call(&call);
}

/* An arena of external objects that are their own holder words: one on each
 * block, so that none is empty. */
struct den {
	struct layout l;
	struct arena *a;
	void *memory;
	_Atomic(uint64_t) *words; /* of as many, and one more */
};

static void
open_den(struct den *d)
{
	static const uint8_t region[1] = { 0 };

	d->l = (struct layout){
		.nr_objs = 1,
		.nr_slots = 1,
		.block_objs = 4,
		.nr_regions = 1,
		.slot_region = region,
		.has_limbo = true,
	};
	assert_true(layout_plan(&d->l));
	d->memory = mmap(NULL, d->l.bytes[0], PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(d->memory, MAP_FAILED);
	d->a = layout_format(&d->l, &d->memory);
	d->a->has_holders = true;
	d->words = calloc(d->a->nr_blocks + 1, sizeof(*d->words));
	assert_non_null(d->words);
	for (uint32_t id = 0; id <= d->a->nr_blocks; id++) {
		void *obj = &d->words[id];

		atomic_init(&d->words[id], HOLDER_FIRST);
		if (id < d->a->nr_blocks)
			layout_stock(d->a, id, &obj, 1);
	}
}

/* covers G16 */
static void
what_makes_room_for_a_batch_of_limbo_gets_new_words(void **state)
{
	unsigned int nr_new = 0;
	struct slot *s;
	struct den d;
	void *obj;

	(void)state;
	open_den(&d);
	s = slot_at(d.a, 0);
	obj = &d.words[d.a->nr_blocks];
	limbo_push_slow(d.a, s, &obj, 1);
	/* What was on the block that was emptied, and nothing else. */
	for (uint32_t i = 0; i <= d.a->nr_blocks; i++) {
		uint64_t word = atomic_load(&d.words[i]);

		assert_true(holder_is_free(word));
		nr_new += word != HOLDER_FIRST;
	}
	assert_int_equal(nr_new, 1);
	free((void *)d.words);
	munmap(d.memory, d.l.bytes[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_domain_is_not_destroyed_under_a_thread_that_defers),
		cmocka_unit_test(
			a_marked_pool_is_not_freed_under_a_thread_inside),
		cmocka_unit_test(
			what_makes_room_for_a_batch_of_limbo_gets_new_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
