/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What killed processes had of a mempool that waits for it, or is replaced:
 * reclaiming brings the end about, which waits until the call is over. And where
 * the words come from that tell who has what.
 *
 * The processes are forked children, which share the memory of EAL. That several
 * secondaries are killed, anywhere, is for processes_reclaim.c and test/freeze.
 *
 * covers G16
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "eal.h"
#include "end.h"

#define SIZE 500u
#define BIG  300000u /* reading its blocks takes as long as its end */

static struct objpool_mempool_config with_holders = {
	.size = sizeof(with_holders),
	.flags = OBJPOOL_F_HOLDERS,
};

static struct rte_mempool *
empty(const char *name, unsigned int n, void *config)
{
	struct rte_mempool *mp = rte_mempool_create_empty(name, n,
		sizeof(uint64_t), 0, 0, SOCKET_ID_ANY, 0);

	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "objpool", config), 0);
	return mp;
}

static struct rte_mempool *
make(const char *name, unsigned int n, void *config)
{
	struct rte_mempool *mp = empty(name, n, config);

	assert_int_equal(rte_mempool_populate_default(mp), n);
	return mp;
}

/* A process gets n objects and is killed. */
static void
take_along(struct rte_mempool *mp, unsigned int n)
{
	void *objs[SIZE];
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (rte_mempool_get_bulk(mp, objs, n) == 0)
			kill(getpid(), SIGKILL);
		_exit(EXIT_FAILURE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static bool
refuse(void *obj, void *ctx)
{
	(void)obj;
	++*(unsigned int *)ctx;
	return false;
}

static void
a_mempool_that_waits_for_the_dead_ends_by_reclaiming(void **state)
{
	unsigned int before = nr_memzones();

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		struct rte_mempool *mp = make("big", BIG, &with_holders);
		unsigned int asked = 0;
		struct told told;

		take_along(mp, 10);
		free_later(mp, &told);
		expect_waiting(&told);
		assert_int_equal(objpool_mempool_reclaim(mp, refuse, &asked),
			0);
		assert_int_equal(asked, 10);
		expect_waiting(&told);
		assert_int_equal(objpool_mempool_reclaim(mp, NULL, NULL), 10);
		expect_freed(&told, "big");
	}
	assert_int_equal(nr_memzones(), before);
}

static void
objects_of_a_replaced_one_are_reclaimed(void **state)
{
	unsigned int before = nr_memzones();
	struct rte_mempool *mp = make("front", SIZE, &with_holders);
	struct rte_mempool *by = make("back", SIZE, &with_holders);
	struct told told;

	(void)state;
	take_along(mp, 10);
	replace(mp, by, &told);
	/* These are the other's. */
	take_along(mp, 7);
	expect_waiting(&told);
	assert_int_equal(objpool_mempool_reclaim(mp, NULL, NULL), 10);
	expect_freed(&told, "front");
	assert_int_equal(objpool_mempool_reclaim(mp, NULL, NULL), 0);
	expect_available(by, SIZE - 7);
	assert_int_equal(objpool_mempool_reclaim(by, NULL, NULL), 7);
	expect_whole(mp, SIZE);
	/* Both wait at once. */
	rte_mempool_free(mp);
	mp = make("front", SIZE, &with_holders);
	take_along(mp, 10);
	replace(mp, by, &told);
	free_later(mp, &told);
	expect_waiting(&told);
	assert_int_equal(objpool_mempool_reclaim(mp, NULL, NULL), 10);
	wait_all();
	assert_int_equal(atomic_load(&told.times), 2);
	rte_mempool_free(by);
	assert_int_equal(nr_memzones(), before);
}

/* --- one who is in the middle of reclaiming --- */

struct asked {
	struct rte_mempool *mp;
	atomic_bool is_asked, may_go_on;
	int64_t given;
};

static bool
think(void *obj, void *ctx)
{
	struct asked *asked = ctx;

	(void)obj;
	atomic_store(&asked->is_asked, true);
	while (!atomic_load(&asked->may_go_on))
		sched_yield();
	return true;
}

static void *
ask(void *arg)
{
	struct asked *asked = arg;

	asked->given = objpool_mempool_reclaim(asked->mp, think, asked);
	return NULL;
}

/* The end begins when one is being asked, another gives the last object back,
 * and the one who was asked comes too late: but to what is still there. */
static void
the_end_waits_for(struct rte_mempool *mp, struct rte_mempool *by)
{
	struct asked asked = { .mp = mp };
	struct told told;
	pthread_t thread;

	take_along(mp, 1);
	assert_int_equal(pthread_create(&thread, NULL, ask, &asked), 0);
	while (!atomic_load(&asked.is_asked))
		sched_yield();
	if (by != NULL)
		replace(mp, by, &told);
	else
		free_later(mp, &told);
	expect_waiting(&told);
	assert_int_equal(objpool_mempool_reclaim(mp, NULL, NULL), 1);
	expect_waiting(&told);
	expect_waiting(&told);
	atomic_store(&asked.may_go_on, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(asked.given, 0);
	expect_freed(&told, by != NULL ? "front" : "waits");
}

static void
the_end_waits_for_those_who_reclaim(void **state)
{
	struct rte_mempool *mp = make("front", SIZE, &with_holders);
	struct rte_mempool *by = make("back", SIZE, &with_holders);

	(void)state;
	the_end_waits_for(make("waits", SIZE, &with_holders), NULL);
	the_end_waits_for(mp, by);
	rte_mempool_free(mp);
	rte_mempool_free(by);
}

/* Until it is told that there is nothing any more. */
struct again {
	struct rte_mempool *mp;
	struct told told;
	atomic_bool begun;
	int64_t sum;
};

static void *
reclaim_again(void *arg)
{
	struct again *again = arg;
	int64_t given;

	do {
		given = objpool_mempool_reclaim(again->mp, NULL, NULL);
		assert_true(given >= 0 || given == -EAGAIN);
		again->sum += given > 0 ? given : 0;
		atomic_store(&again->begun, true);
	} while (atomic_load(&again->told.times) == 0);
	return NULL;
}

/* `freed` is called when the last call may just have begun. */
static void
reclaiming_again_and_again_meets_the_end(void **state)
{
	unsigned int before = nr_memzones();
	struct again again;
	pthread_t thread;

	(void)state;
	for (unsigned int i = 0; i < 60; i++) {
		struct rte_mempool *mp = make("front", SIZE, &with_holders);
		struct rte_mempool *by = make("back", SIZE, &with_holders);

		again = (struct again){ .mp = mp };
		take_along(mp, 3);
		assert_int_equal(pthread_create(&thread, NULL, reclaim_again,
					 &again),
			0);
		while (!atomic_load(&again.begun))
			sched_yield();
		rte_delay_us_block(7 * i);
		if (i % 2)
			replace(mp, by, &again.told);
		else
			free_later(mp, &again.told);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(again.sum, 3);
		expect_freed(&again.told, "front");
		if (i % 2)
			rte_mempool_free(mp);
		rte_mempool_free(by);
	}
	assert_int_equal(nr_memzones(), before);
}

/* --- words --- */

static void
one_with_words_is_not_replaced_by_one_without(void **state)
{
	struct rte_mempool *mp = make("words", SIZE, &with_holders);
	struct rte_mempool *by = make("none", SIZE, NULL);
	struct told told;

	(void)state;
	assert_int_equal(objpool_mempool_reclaim(by, NULL, NULL), -ENOTSUP);
	assert_int_equal(objpool_mempool_replace(mp, by, NULL, NULL), -EINVAL);
	expect_whole(mp, SIZE);
	/* The other way round nothing is lost that was there. */
	replace(by, mp, &told);
	expect_freed(&told, "none");
	take_along(by, 5);
	assert_int_equal(objpool_mempool_reclaim(by, NULL, NULL), -ENOTSUP);
	assert_int_equal(objpool_mempool_reclaim(mp, NULL, NULL), 5);
	expect_whole(by, SIZE);
	rte_mempool_free(by);
	rte_mempool_free(mp);
}

/* What words say of held, free and dropped objects, too. */
static void
memory_of_the_user_s_need_not_be_zero(void **state)
{
	const uint64_t dirt[] = { UINT64_MAX, UINT64_C(1) << 40,
		UINT64_C(1) << 22 };
	const size_t size = 128 * 4096;
	uint64_t *memory = aligned_alloc(4096, size);
	void *objs[SIZE];

	(void)state;
	assert_non_null(memory);
	for (unsigned int i = 0; i < RTE_DIM(dirt); i++) {
		struct rte_mempool *mp = empty("dirty", SIZE, &with_holders);

		for (size_t k = 0; k < size / sizeof(*memory); k++)
			memory[k] = dirt[i];
		assert_int_equal(rte_mempool_populate_iova(mp, (char *)memory,
					 RTE_BAD_IOVA, size, NULL, NULL),
			SIZE);
		expect_available(mp, SIZE);
		assert_int_equal(rte_mempool_get_bulk(mp, objs, SIZE), 0);
		rte_mempool_put_bulk(mp, objs, SIZE);
		expect_whole(mp, SIZE);
		rte_mempool_free(mp);
	}
	free(memory);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_mempool_that_waits_for_the_dead_ends_by_reclaiming),
		cmocka_unit_test(objects_of_a_replaced_one_are_reclaimed),
		cmocka_unit_test(the_end_waits_for_those_who_reclaim),
		cmocka_unit_test(reclaiming_again_and_again_meets_the_end),
		cmocka_unit_test(one_with_words_is_not_replaced_by_one_without),
		cmocka_unit_test(memory_of_the_user_s_need_not_be_zero),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
