/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mempools that would not do as another, one difference at a time, and calls of
 * a process that did not create the mempool, for all that its pid is the same.
 *
 * Nothing happens to either mempool then. Most differences cannot be had on
 * every machine (how large a trailer is depends on the memory's channels), so
 * they are put into the mempool's head where that says the same.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include <objpool/state.h>

#include "eal.h"
#include "end.h"

#define SIZE 100u

static struct rte_mempool *
make(const char *name, unsigned int private_size, unsigned int flags)
{
	struct rte_mempool *mp = rte_mempool_create_empty(name, SIZE,
		sizeof(uint64_t), 0, private_size, SOCKET_ID_ANY,
		flags | RTE_MEMPOOL_F_NO_CACHE_ALIGN);

	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "objpool", NULL), 0);
	assert_int_equal(rte_mempool_populate_default(mp), SIZE);
	return mp;
}

static void
expect_refused(struct rte_mempool *mp, struct rte_mempool *by)
{
	void *obj;

	assert_int_equal(objpool_mempool_replace(mp, by, NULL, NULL), -EINVAL);
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	assert_ptr_equal(rte_mempool_from_obj(obj), mp);
	rte_mempool_put(mp, obj);
}

static void
each_size_has_to_be_the_same(void **state)
{
	struct rte_mempool *mp = make("front", 0, 0);
	struct rte_mempool *by = make("back", 0, 0);
	uint32_t *const size[] = { &by->elt_size, &by->header_size,
		&by->trailer_size, &by->private_data_size };
	struct told told;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(size); i++) {
		*size[i] += 8;
		expect_refused(mp, by);
		*size[i] -= 8;
	}
	replace(mp, by, &told);
	expect_freed(&told, "front");
	rte_mempool_free(mp);
	rte_mempool_free(by);
}

static void
private_areas_have_to_be_of_one_size(void **state)
{
	struct rte_mempool *mp = make("front", RTE_CACHE_LINE_SIZE, 0);
	struct rte_mempool *by = make("back", 2 * RTE_CACHE_LINE_SIZE, 0);

	(void)state;
	expect_refused(mp, by);
	expect_refused(by, mp);
	rte_mempool_free(mp);
	rte_mempool_free(by);
}

/* A device would write to wherever a bad address leads it. */
static void
objects_without_io_addresses_do_not_replace_those_with(void **state)
{
	struct rte_mempool *mp = make("io", 0, 0);
	struct rte_mempool *by = make("none", 0, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	struct told told;

	(void)state;
	assert_int_equal(mp->flags & RTE_MEMPOOL_F_NON_IO, 0);
	assert_int_not_equal(by->flags & RTE_MEMPOOL_F_NON_IO, 0);
	expect_refused(mp, by);
	replace(by, mp, &told);
	expect_freed(&told, "none");
	rte_mempool_free(by);
	rte_mempool_free(mp);
}

/* Processes in different containers may have one pid. */
static void
the_creator_is_not_told_by_its_pid_alone(void **state)
{
	struct rte_mempool *mp = make("front", 0, 0);
	struct rte_mempool *by = make("back", 0, 0);
	struct state *s = mp->pool_data;
	struct told told;

	(void)state;
	s->creator_stamp++;
	assert_int_equal(objpool_mempool_replace(mp, by, NULL, NULL), -EPERM);
	assert_int_equal(objpool_mempool_replace(by, mp, NULL, NULL), -EPERM);
	assert_int_equal(objpool_mempool_free_deferred(mp, NULL, NULL), -EPERM);
	assert_string_equal(mp->name, "front");
	expect_whole(mp, SIZE);
	s->creator_stamp--;
	free_later(mp, &told);
	expect_freed(&told, "front");
	rte_mempool_free(by);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_size_has_to_be_the_same),
		cmocka_unit_test(private_areas_have_to_be_of_one_size),
		cmocka_unit_test(
			objects_without_io_addresses_do_not_replace_those_with),
		cmocka_unit_test(the_creator_is_not_told_by_its_pid_alone),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
