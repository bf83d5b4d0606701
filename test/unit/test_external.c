/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* External pools, and the proof that no pool touches objects: free ones lie in
 * memory without access, so a single read or write of the pool would fault.
 */

#include "unit.h"

#include <sys/mman.h>

#define PAGE 4096

static struct objpool *
external_pool(uint32_t nr)
{
	struct objpool_attr attr = {
		.nr_objs = nr,
		.flags = OBJPOOL_F_EXTERNAL,
		.block_objs = 16,
	};

	return make_pool(&attr);
}

static void
an_external_pool_starts_empty(void **state)
{
	struct objpool *pool = external_pool(100);
	void *objs[4];

	(void)state;
	assert_int_equal(objpool_nr_objs(pool), 100);
	assert_int_equal(objpool_nr_free(pool), 0);
	assert_int_equal(objpool_nr_outstanding(pool), 100);
	assert_null(objpool_pop(pool));
	assert_int_equal(objpool_pop_bulk(pool, objs, 4), -ENOBUFS);
	assert_int_equal(objpool_pop_burst(pool, objs, 4), 0);
	assert_int_equal(stats_of(pool).pops, 0);
	assert_int_equal(stats_of(pool).pushes, 0);
	assert_int_equal(objpool_free(pool), -EBUSY);
	assert_int_equal(objpool_free_forced(pool), 0);
}

static void
external_objects_come_back_as_they_were(void **state)
{
	static char objs[1000][40];
	struct objpool *pool = external_pool(1000);
	struct ledger ledger;
	struct hand hand;

	(void)state;
	ledger_open(&ledger, 1000, sizeof(objs[0]));
	hand_open(&hand, pool, &ledger, 1, 2000);
	for (unsigned int i = 0; i < 1000; i++) {
		ledger_enter(&ledger, 1, objs[i]);
		hand.objs[hand.n++] = objs[i];
	}
	for (unsigned int i = 0; i < env_times(20000); i++) {
		if (hand.n > 0)
			hand_push_bulk(&hand, rng_upto(&hand.rng, hand.n));
		assert_int_equal(objpool_nr_free(pool), 1000 - hand.n);
		hand_pop_burst(&hand, rng_upto(&hand.rng, 1000));
		assert_int_equal(objpool_nr_outstanding(pool), hand.n);
	}
	hand_push_all(&hand, 1000);
	hand_close(&hand);
	end_audited(pool, &ledger);
}

static void
drop_of_external_objects_ends_a_finished_pool(void **state)
{
	struct objpool *pool = external_pool(3);
	char objs[3];

	(void)state;
	assert_int_equal(objpool_push(&objs[0], pool), 0);
	assert_int_equal(objpool_drop(&objs[1], pool), -EAGAIN);
	assert_int_equal(objpool_nr_outstanding(pool), 1);
	assert_int_equal(objpool_fini(pool), 0);
	assert_int_equal(objpool_drop(&objs[2], pool), 0);
}

/* Numbers as objects: aligned to nothing, mapped nowhere. covers G8 */
static void
external_objects_can_be_any_pointers(void **state)
{
	struct objpool *pool = external_pool(500);
	struct ledger ledger;
	struct hand hand;

	(void)state;
	ledger_open(&ledger, 500, 0);
	hand_open(&hand, pool, &ledger, 1, 600);
	for (uintptr_t i = 1; i <= 500; i++) {
		void *obj = i % 2 ? (void *)i : (void *)(UINTPTR_MAX - i);

		hand.objs[hand.n++] = obj;
		ledger_enter(&ledger, 1, obj);
	}
	for (unsigned int i = 0; i < 1000; i++) {
		hand_push_all(&hand, rng_upto(&hand.rng, 70));
		hand_pop_burst(&hand, rng_upto(&hand.rng, 500));
	}
	hand_push_all(&hand, 500);
	hand_close(&hand);
	end_audited(pool, &ledger);
}

static void
protect(void **objs, unsigned int n, int prot)
{
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(mprotect(objs[i], PAGE, prot), 0);
}

/* Objects of the size of a page, without access while they are free. */
static void
play_with_locked_pages(struct objpool *pool, void **objs, unsigned int nr)
{
	struct rng rng;
	unsigned int held = nr;

	rng_init(&rng, env_seed(), 6);
	for (unsigned int i = 0; i < env_times(1000); i++) {
		unsigned int n = rng_upto(&rng, held);

		protect(objs + (held - n), n, PROT_NONE);
		assert_int_equal(objpool_push_bulk(objs + (held - n), n, pool),
			0);
		held -= n;
		(void)objpool_nr_free(pool);
		(void)stats_of(pool);
		if (i % 10 == 0)
			objpool_detach(pool);
		n = objpool_pop_burst(pool, objs + held,
			rng_upto(&rng, nr - held));
		protect(objs + held, n, PROT_READ | PROT_WRITE);
		memset(objs[held], 1, PAGE);
		held += n;
	}
	protect(objs, held, PROT_READ | PROT_WRITE);
	assert_int_equal(objpool_push_bulk(objs, held, pool), 0);
	assert_int_equal(objpool_pop_bulk(pool, objs, nr), 0);
	protect(objs, nr, PROT_READ | PROT_WRITE);
	assert_int_equal(objpool_push_bulk(objs, nr, pool), 0);
}

/* covers G8 */
static void
a_pool_does_not_touch_external_objects(void **state)
{
	struct objpool *pool = external_pool(100);
	char *base = mmap(NULL, 100 * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *objs[100];

	(void)state;
	assert_ptr_not_equal(base, MAP_FAILED);
	for (unsigned int i = 0; i < 100; i++)
		objs[i] = base + (size_t)i * PAGE;
	play_with_locked_pages(pool, objs, 100);
	end_pool(pool);
	munmap(base, 100 * PAGE);
}

/* covers G8 */
static void
a_pool_does_not_touch_its_own_objects(void **state)
{
	static const uint32_t flags[] = { 0, OBJPOOL_F_CHECKED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		struct objpool_attr attr = {
			.nr_objs = 100,
			.obj_size = PAGE,
			.obj_align = PAGE,
			.block_objs = 16,
			.flags = flags[i],
		};
		struct objpool *pool = make_pool(&attr);
		void *objs[100];

		assert_int_equal(objpool_pop_bulk(pool, objs, 100), 0);
		play_with_locked_pages(pool, objs, 100);
		end_pool(pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_external_pool_starts_empty),
		cmocka_unit_test(external_objects_come_back_as_they_were),
		cmocka_unit_test(drop_of_external_objects_ends_a_finished_pool),
		cmocka_unit_test(external_objects_can_be_any_pointers),
		cmocka_unit_test(a_pool_does_not_touch_external_objects),
		cmocka_unit_test(a_pool_does_not_touch_its_own_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
