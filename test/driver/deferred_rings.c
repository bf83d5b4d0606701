/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Where a waiting mempool's objects are, told of rings of all kinds: those whose
 * entries are not pointers hold no objects, even if they read like some, and
 * end before they would if theirs were.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "eal.h"
#include "end.h"

#define ENTRIES 64u

static struct rte_ring *
ring_of(const char *name, unsigned int size)
{
	struct rte_ring *ring =
		rte_ring_create_elem(name, size, ENTRIES, SOCKET_ID_ANY, 0);

	assert_non_null(ring);
	return ring;
}

static void
expect_holders(const char *holders)
{
	struct seen seen = { 0 };

	assert_int_equal(objpool_mempool_waiting_walk(see, &seen), 1);
	assert_string_equal(seen.holders, holders);
	assert_int_equal(seen.last.nr_out, 2);
}

static void
only_rings_of_pointers_hold_objects(void **state)
{
	struct rte_mempool *mp = mempool_new("held", 100, 0);
	struct rte_ring *ring = ring_of("pointers", sizeof(void *));
	struct rte_ring *small = ring_of("halves", sizeof(uint32_t));
	struct rte_ring *large = ring_of("pairs", 2 * sizeof(void *));
	void *objs[2], *pair[2];
	struct told told;
	uint32_t half[2];

	(void)state;
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 2), 0);
	pair[0] = pair[1] = objs[0];
	memcpy(half, &objs[0], sizeof(half));
	/* Full, but for the one that a ring keeps. */
	while (rte_ring_enqueue_bulk_elem(small, half, sizeof(half[0]), 2,
		       NULL) > 0)
		;
	while (rte_ring_enqueue_elem(large, pair, sizeof(pair)) == 0)
		;
	free_later(mp, &told);
	expect_holders("2 elsewhere");
	assert_int_equal(rte_ring_enqueue(ring, objs[0]), 0);
	expect_holders("1 in ring pointers, 1 elsewhere");
	rte_mempool_put_bulk(mp, objs, 2);
	expect_freed(&told, "held");
	rte_ring_free(large);
	rte_ring_free(small);
	rte_ring_free(ring);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_rings_of_pointers_hold_objects),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
