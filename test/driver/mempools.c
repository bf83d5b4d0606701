/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mempools of the driver, one lcore: making them in all the ways that mempool
 * has, what is in them after every step, and that nothing is left of them.
 *
 * Counts are checked by rte_mempool_avail_count() and what depends on it; a
 * mempool that is one short is never freed by programs that wait until it is
 * full, and one that is one over is freed too early.
 *
 * covers G3 G9 G10
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

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include <objpool/objpool_mempool.h>

#include "eal.h"

static const unsigned int sizes[] = { 1, 2, 3, 5, 7, 31, 32, 33, 63, 64, 65,
	1024, 1025 };

static const char *
ops_name(const struct rte_mempool *mp)
{
	return rte_mempool_get_ops(mp->ops_index)->name;
}

static void
packet_pool(const char *name, unsigned int cache)
{
	struct rte_mempool *mp;
	struct rte_mbuf *m;

	mp = rte_pktmbuf_pool_create_by_ops(name, 1023, cache, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY, "objpool");
	assert_non_null(mp);
	assert_string_equal(ops_name(mp), "objpool");
	expect_available(mp, 1023);
	m = rte_pktmbuf_alloc(mp);
	assert_non_null(m);
	expect_available(mp, 1022);
	rte_pktmbuf_free(m);
	expect_available(mp, 1023);
	expect_whole(mp, 1023);
	expect_available(mp, 1023);
	rte_mempool_free(mp);
}

static void
packet_pool_without_cache_gives_every_mbuf_once(void **state)
{
	(void)state;
	packet_pool("packets", 0);
}

static void
packet_pool_with_cache_gives_every_mbuf_once(void **state)
{
	(void)state;
	packet_pool("packets", 250);
}

static void
pool_of_any_size_gives_every_object_once(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		struct rte_mempool *mp = mempool_new("whole", sizes[i], 0);

		expect_whole(mp, sizes[i]);
		expect_available(mp, sizes[i]);
		rte_mempool_free(mp);
	}
}

static void
pool_with_cache_gives_every_object_once(void **state)
{
	struct rte_mempool *mp = mempool_new("cached", 1055, 512);

	(void)state;
	expect_whole(mp, 1055);
	expect_available(mp, 1055);
	rte_mempool_free(mp);
}

static void
dequeue_takes_all_or_nothing(void **state)
{
	struct rte_mempool *mp = mempool_new("bulk", 100, 0);
	void *objs[101];

	(void)state;
	assert_int_equal(rte_mempool_ops_dequeue_bulk(mp, objs, 101), -ENOBUFS);
	expect_available(mp, 100);
	assert_int_equal(rte_mempool_ops_dequeue_bulk(mp, objs, 70), 0);
	expect_available(mp, 30);
	assert_int_equal(rte_mempool_ops_dequeue_bulk(mp, objs + 70, 31),
		-ENOBUFS);
	expect_available(mp, 30);
	assert_int_equal(rte_mempool_ops_dequeue_bulk(mp, objs + 70, 30), 0);
	expect_available(mp, 0);
	assert_int_equal(rte_mempool_ops_dequeue_bulk(mp, objs + 100, 1),
		-ENOBUFS);
	assert_true(are_distinct(objs, 100));
	assert_int_equal(rte_mempool_ops_enqueue_bulk(mp, objs, 100), 0);
	expect_available(mp, 100);
	rte_mempool_free(mp);
}

/* All in portions of n and what remains, then back in portions of m. */
static void
empty_and_fill(struct rte_mempool *mp, void **objs, unsigned int n,
	unsigned int m)
{
	unsigned int out = 0, k;

	while (mp->size - out >= n) {
		assert_int_equal(rte_mempool_get_bulk(mp, objs + out, n), 0);
		out += n;
		expect_available(mp, mp->size - out);
	}
	assert_true(rte_mempool_get_bulk(mp, objs + out, n) < 0);
	expect_available(mp, mp->size - out);
	k = mp->size - out;
	assert_int_equal(rte_mempool_get_bulk(mp, objs + out, k), 0);
	expect_available(mp, 0);
	assert_true(are_distinct(objs, mp->size));
	for (out = mp->size; out > 0; out -= k) {
		k = RTE_MIN(m, out);
		rte_mempool_put_bulk(mp, objs + out - k, k);
		expect_available(mp, mp->size - out + k);
	}
}

static void
counts_are_exact_after_every_bulk(void **state)
{
	struct rte_mempool *mp = mempool_new("counts", 1500, 0);
	void *objs[1500 + 1025];

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++)
		for (unsigned int k = 0; k < RTE_DIM(sizes); k++)
			empty_and_fill(mp, objs, sizes[i], sizes[k]);
	rte_mempool_free(mp);
}

static void
pool_of_one_object_serves_it_again_and_again(void **state)
{
	struct rte_mempool *mp = mempool_new("one", 1, 0);
	void *first, *obj;

	(void)state;
	assert_int_equal(rte_mempool_get(mp, &first), 0);
	assert_true(rte_mempool_get(mp, &obj) < 0);
	for (unsigned int i = 0; i < 1000; i++) {
		rte_mempool_put(mp, first);
		expect_available(mp, 1);
		assert_int_equal(rte_mempool_get(mp, &obj), 0);
		assert_ptr_equal(obj, first);
		expect_available(mp, 0);
	}
	rte_mempool_put(mp, obj);
	rte_mempool_free(mp);
}

static void
pool_can_be_populated_in_pieces(void **state)
{
	struct rte_mempool *mp = mempool_empty("pieces", 100, 0);
	size_t size = mp->header_size + mp->elt_size + mp->trailer_size;
	void *chunk[34], *objs[100];

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(chunk); i++) {
		chunk[i] = rte_zmalloc("pieces", 3 * size, 0);
		assert_non_null(chunk[i]);
		assert_int_equal(rte_mempool_populate_iova(mp, chunk[i],
					 RTE_BAD_IOVA, 3 * size, NULL, NULL),
			i == 33 ? 1 : 3);
		expect_available(mp, RTE_MIN(3 * i + 3, 100u));
		/* In use between the pieces. */
		assert_int_equal(get_all(mp, objs, 100), mp->populated_size);
		assert_true(rte_mempool_populate_iova(mp, chunk[i],
				    RTE_BAD_IOVA, 1, NULL, NULL) <= 0);
		rte_mempool_put_bulk(mp, objs, mp->populated_size);
	}
	expect_whole(mp, 100);
	rte_mempool_free(mp);
	for (unsigned int i = 0; i < RTE_DIM(chunk); i++)
		rte_free(chunk[i]);
}

static void
pool_can_stay_partly_populated(void **state)
{
	struct rte_mempool *mp = mempool_empty("part", 1000, 0);
	size_t size = mp->header_size + mp->elt_size + mp->trailer_size;
	void *chunk = rte_zmalloc("part", 10 * size, 0);
	unsigned int before = nr_memzones();

	(void)state;
	assert_non_null(chunk);
	assert_int_equal(rte_mempool_populate_iova(mp, chunk, RTE_BAD_IOVA,
				 10 * size, NULL, NULL),
		10);
	expect_whole(mp, 10);
	expect_available(mp, 10);
	rte_mempool_free(mp);
	assert_true(nr_memzones() < before + 1);
	rte_free(chunk);
}

static void
pool_can_be_populated_from_anonymous_memory(void **state)
{
	struct rte_mempool *mp = mempool_empty("anon", 1000, 0);

	(void)state;
	assert_int_equal(rte_mempool_populate_anon(mp), 1000);
	expect_available(mp, 1000);
	expect_whole(mp, 1000);
	rte_mempool_free(mp);
}

static void
pool_never_populated_has_nothing_and_can_be_freed(void **state)
{
	unsigned int before = nr_memzones();
	struct rte_mempool *mp = mempool_empty("never", 100, 0);
	struct objpool_stats stats;
	void *obj;

	(void)state;
	assert_int_equal(rte_mempool_avail_count(mp), 0);
	assert_true(rte_mempool_get(mp, &obj) < 0);
	assert_int_equal(objpool_mempool_get_stats(mp, &stats), -EINVAL);
	rte_mempool_free(mp);
	assert_int_equal(nr_memzones(), before);
}

static void
pool_can_be_freed_with_objects_missing(void **state)
{
	unsigned int before = nr_memzones();
	struct rte_mempool *mp = mempool_new("missing", 1000, 0);
	void *objs[600];

	(void)state;
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 600), 0);
	rte_mempool_free(mp);
	assert_int_equal(nr_memzones(), before);
}

static void
names_may_be_as_long_as_mempool_lets_them(void **state)
{
	const char *name[] = { "abcdefghijklmnopqrstuvwx1",
		"abcdefghijklmnopqrstuvwx2" };
	struct rte_mempool *mp[2];

	(void)state;
	assert_int_equal(strlen(name[0]), RTE_MEMPOOL_NAMESIZE - 1);
	for (unsigned int i = 0; i < 2; i++)
		mp[i] = mempool_new(name[i], 64, 0);
	for (unsigned int i = 0; i < 2; i++) {
		expect_whole(mp[i], 64);
		rte_mempool_free(mp[i]);
	}
}

static void
more_objects_than_the_library_takes_are_refused_cleanly(void **state)
{
	unsigned int before = nr_memzones();
	struct rte_mempool *mp = mempool_empty("huge", OBJPOOL_OBJS_MAX + 1, 0);

	(void)state;
	rte_errno = 0;
	assert_int_equal(rte_mempool_populate_default(mp), -EINVAL);
	assert_int_equal(rte_errno, EINVAL);
	assert_null(mp->pool_data);
	rte_mempool_free(mp);
	assert_int_equal(nr_memzones(), before);
}

static void
expect_no_memory(unsigned int n, unsigned int size)
{
	unsigned int before = nr_memzones();
	struct rte_mempool *mp = rte_mempool_create_empty("big", n, size, 0, 0,
		SOCKET_ID_ANY, 0);

	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "objpool", NULL), 0);
	assert_int_equal(rte_mempool_populate_default(mp), -ENOMEM);
	rte_mempool_free(mp);
	assert_int_equal(nr_memzones(), before);
}

static void
nothing_is_left_when_there_is_no_memory_for_the_pool(void **state)
{
	(void)state;
	expect_no_memory(OBJPOOL_OBJS_MAX, 8);
}

static void
nothing_is_left_when_there_is_no_memory_for_the_objects(void **state)
{
	(void)state;
	expect_no_memory(1 << 18, 4096);
}

static void
making_and_freeing_200_pools_leaves_nothing(void **state)
{
	unsigned int before = nr_memzones();
	struct rte_malloc_socket_stats was, is;
	struct rte_mempool *mp;

	(void)state;
	rte_malloc_get_socket_stats((int)rte_socket_id(), &was);
	for (unsigned int i = 0; i < 200; i++) {
		mp = mempool_new("again", 1 + i * 7, i % 2 ? 0 : 1);
		assert_true(nr_memzones() > before);
		rte_mempool_free(mp);
		assert_int_equal(nr_memzones(), before);
	}
	rte_malloc_get_socket_stats((int)rte_socket_id(), &is);
	assert_int_equal(is.alloc_count, was.alloc_count);
	assert_int_equal(is.heap_allocsz_bytes, was.heap_allocsz_bytes);
}

static void (*real_free)(struct rte_mempool *mp);
static struct objpool_stats at_free;

static void
note_stats_and_free(struct rte_mempool *mp)
{
	assert_int_equal(objpool_mempool_get_stats(mp, &at_free), 0);
	real_free(mp);
}

/* mempool dequeues the objects one by one before it frees a pool. What that
 * costs is counted here, lest it become n times the pool unnoticed. */
static void
populating_and_freeing_costs_no_more_than_its_objects(void **state)
{
	const unsigned int n = 1 << 18;
	struct rte_mempool *mp = mempool_new("linear", n, 0);
	struct rte_mempool_ops *ops = rte_mempool_get_ops(mp->ops_index);
	struct objpool_stats filled;

	(void)state;
	assert_int_equal(objpool_mempool_get_stats(mp, &filled), 0);
	assert_int_equal(filled.pushes, n);
	assert_int_equal(filled.nr_free, n);
	assert_int_equal(filled.conflicts, 0);
	assert_true(filled.blocks_out <= filled.nr_blocks);
	real_free = ops->free;
	ops->free = note_stats_and_free;
	rte_mempool_free(mp);
	ops->free = real_free;
	assert_int_equal(at_free.pops, n);
	assert_int_equal(at_free.nr_free, 0);
	assert_int_equal(at_free.fails, 0);
	assert_int_equal(at_free.conflicts, 0);
	assert_int_equal(at_free.revocations, 0);
	assert_true(at_free.blocks_in <= at_free.nr_blocks);
}

static void
statistics_are_for_pools_of_this_driver(void **state)
{
	struct rte_mempool *ring = rte_mempool_create("ring", 10, 8, 0, 0, NULL,
		NULL, NULL, NULL, SOCKET_ID_ANY, 0);
	struct rte_mempool *mp = mempool_new("stats", 100, 0);
	struct objpool_stats stats;
	void *objs[60];

	(void)state;
	assert_non_null(ring);
	assert_int_equal(objpool_mempool_get_stats(ring, &stats), -EINVAL);
	assert_int_equal(objpool_mempool_get_stats(NULL, &stats), -EINVAL);
	assert_int_equal(objpool_mempool_get_stats(mp, NULL), -EINVAL);
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 60), 0);
	assert_int_equal(objpool_mempool_get_stats(mp, &stats), 0);
	assert_int_equal(stats.pushes, 100);
	assert_int_equal(stats.pops, 60);
	assert_int_equal(stats.nr_free, 40);
	assert_true(stats.nr_slots > RTE_MAX_LCORE);
	assert_int_equal(stats.nr_claimed, 1);
	rte_mempool_put_bulk(mp, objs, 60);
	rte_mempool_free(mp);
	rte_mempool_free(ring);
}

static void
dump_and_audit_have_nothing_to_complain_about(void **state)
{
	struct rte_mempool *mp = mempool_new("dump", 100, 0);
	struct rte_mempool_info info = { .contig_block_size = 77 };
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_int_equal(rte_mempool_ops_get_info(mp, &info), 0);
	assert_int_equal(info.contig_block_size, 0);
	rte_mempool_audit(mp);
	rte_mempool_dump(f, mp);
	fclose(f);
	assert_non_null(strstr(text, "ops_name: <objpool>"));
	assert_non_null(strstr(text, "common_pool_count=100\n"));
	free(text);
	rte_mempool_free(mp);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			packet_pool_without_cache_gives_every_mbuf_once),
		cmocka_unit_test(packet_pool_with_cache_gives_every_mbuf_once),
		cmocka_unit_test(pool_of_any_size_gives_every_object_once),
		cmocka_unit_test(pool_with_cache_gives_every_object_once),
		cmocka_unit_test(dequeue_takes_all_or_nothing),
		cmocka_unit_test(counts_are_exact_after_every_bulk),
		cmocka_unit_test(pool_of_one_object_serves_it_again_and_again),
		cmocka_unit_test(pool_can_be_populated_in_pieces),
		cmocka_unit_test(pool_can_stay_partly_populated),
		cmocka_unit_test(pool_can_be_populated_from_anonymous_memory),
		cmocka_unit_test(
			pool_never_populated_has_nothing_and_can_be_freed),
		cmocka_unit_test(pool_can_be_freed_with_objects_missing),
		cmocka_unit_test(names_may_be_as_long_as_mempool_lets_them),
		cmocka_unit_test(
			more_objects_than_the_library_takes_are_refused_cleanly),
		cmocka_unit_test(
			nothing_is_left_when_there_is_no_memory_for_the_pool),
		cmocka_unit_test(
			nothing_is_left_when_there_is_no_memory_for_the_objects),
		cmocka_unit_test(making_and_freeing_200_pools_leaves_nothing),
		cmocka_unit_test(
			populating_and_freeing_costs_no_more_than_its_objects),
		cmocka_unit_test(statistics_are_for_pools_of_this_driver),
		cmocka_unit_test(dump_and_audit_have_nothing_to_complain_about),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
