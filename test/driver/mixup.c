/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What happens when a process has other drivers at a mempool's place in the
 * table of operations: other drivers' operations on our pool, ours on other
 * drivers' pools. Here in one process, by calling them; processes.c does it for
 * real.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_log.h>

#include <objpool/objpool_mempool.h>

#include "eal.h"

static const struct rte_mempool_ops *
find_ops(const char *name)
{
	for (uint32_t i = 0; i < rte_mempool_ops_table.num_ops; i++)
		if (strcmp(rte_mempool_ops_table.ops[i].name, name) == 0)
			return &rte_mempool_ops_table.ops[i];
	fail_msg("no operations \"%s\"", name);
	return NULL;
}

static struct rte_mempool *
other_pool(const char *ops, unsigned int n)
{
	struct rte_mempool *mp =
		rte_mempool_create_empty("other", n, sizeof(uint64_t), 0, 0,
			SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_CACHE_ALIGN);

	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, ops, NULL), 0);
	assert_int_equal(rte_mempool_populate_default(mp), n);
	return mp;
}

static void
operations_find_nothing_in_our_pool(const char *name)
{
	static const unsigned int sizes[] = { 1, 2, 32, 1024 };
	const struct rte_mempool_ops *ops = find_ops(name);
	struct rte_mempool *mp = mempool_new("ours", 2000, 0);
	char zeros[512] = { 0 };
	void *objs[1024];

	assert_int_equal(rte_mempool_get_bulk(mp, objs, 1024), 0);
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		void *got[1024];

		assert_true(ops->dequeue(mp, got, sizes[i]) < 0);
		assert_true(ops->enqueue(mp, objs, sizes[i]) < 0);
		assert_int_equal(ops->get_count(mp), 0);
	}
	assert_memory_equal(mp->pool_data, zeros, sizeof(zeros));
	expect_available(mp, 2000 - 1024);
	rte_mempool_put_bulk(mp, objs, 1024);
	expect_whole(mp, 2000);
	rte_mempool_free(mp);
}

static void
ring_operations_find_nothing_in_our_pool(void **state)
{
	(void)state;
	operations_find_nothing_in_our_pool("ring_mp_mc");
	operations_find_nothing_in_our_pool("ring_sp_sc");
	operations_find_nothing_in_our_pool("ring_mp_sc");
	operations_find_nothing_in_our_pool("ring_sp_mc");
	operations_find_nothing_in_our_pool("ring_mt_rts");
	operations_find_nothing_in_our_pool("ring_mt_hts");
}

static void
stack_operations_find_nothing_in_our_pool(void **state)
{
	(void)state;
	operations_find_nothing_in_our_pool("stack");
	operations_find_nothing_in_our_pool("lf_stack");
}

static unsigned int
count_in(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void
our_operations_refuse(const char *name, unsigned int n)
{
	const struct rte_mempool_ops *ours = find_ops("objpool");
	struct rte_mempool *mp = other_pool(name, n);
	struct objpool_stats stats;
	void *objs[2];

	assert_int_equal(rte_mempool_get(mp, &objs[0]), 0);
	assert_int_equal(ours->dequeue(mp, &objs[1], 1), -EINVAL);
	assert_int_equal(ours->enqueue(mp, objs, 1), -EINVAL);
	assert_int_equal(ours->get_count(mp), 0);
	assert_int_equal(objpool_mempool_get_stats(mp, &stats), -EINVAL);
	assert_int_equal(rte_mempool_avail_count(mp), n - 1);
	/* Not ours to free either. */
	ours->free(mp);
	assert_non_null(mp->pool_data);
	rte_mempool_put(mp, objs[0]);
	expect_whole(mp, n);
	rte_mempool_free(mp);
}

static void
our_operations_refuse_pools_of_others_and_say_so_once(void **state)
{
	static const char *const names[] = { "ring_mp_mc", "stack",
		"lf_stack" };
	char *text = NULL;
	size_t len = 0;
	FILE *log = open_memstream(&text, &len);

	(void)state;
	assert_non_null(log);
	rte_openlog_stream(log);
	for (unsigned int i = 0; i < RTE_DIM(names); i++) {
		/* With few objects there is little behind the head. */
		our_operations_refuse(names[i], 1);
		our_operations_refuse(names[i], 1000);
	}
	rte_openlog_stream(NULL);
	fclose(log);
	assert_int_equal(count_in(text, "\n"), 1);
	assert_int_equal(count_in(text, "mempool other was made with other"),
		1);
	assert_int_equal(count_in(text, "the same -d options"), 1);
	free(text);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_operations_find_nothing_in_our_pool),
		cmocka_unit_test(stack_operations_find_nothing_in_our_pool),
		cmocka_unit_test(
			our_operations_refuse_pools_of_others_and_say_so_once),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
