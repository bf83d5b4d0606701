/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Where a mempool's pool is, page by page, on a machine of several nodes: each
 * lcore's slot, blocks and entries on the lcore's node, in hugepages, and the
 * objects on the node that the mempool was made for, whatever nodes have lcores.
 *
 * A node without hugepages gives DPDK no memory: its lcores' slots go elsewhere,
 * a line says so, and everything works. For such a node no mempool is made, nor
 * for one without CPUs, which DPDK does not know. Nodes are told by the test's
 * own look at the machine; which CPU an lcore runs on, by the lcore itself.
 *
 * EAL's options choose the lcores; there may be nodes without. With two lcores
 * test/driver/nodes.c does the same by memzones, on any machine.
 */

#include "../unit/unit.h"

#include <sched.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_mempool.h>

#include "core/core.h"
#include "machine.h"
#include "objpool/objpool_mempool_fast.h"
#include "objpool/state.h"

#define NR_OBJS  4000
#define NR_ROUND 200
#define BULK     32

/* What an lcore found out about itself. */
struct finding {
	const struct slot *slot;
	int node;
	unsigned int nr_bad;
};

static struct finding findings[RTE_MAX_LCORE];
static struct rte_mempool *mempool;
static char *said;
static size_t said_len;

static const struct arena *
arena_of(const struct rte_mempool *mp)
{
	const struct state *s = mp->pool_data;

	return (const void *)((const char *)&s->pool + s->pool.arena);
}

static int
visit(void *arg)
{
	struct finding *f = &findings[rte_lcore_id()];
	void *objs[BULK];
	int cpu = sched_getcpu();

	(void)arg;
	*f = (struct finding){ .node = machine_get()->node_of_cpu[cpu] };
	for (unsigned int i = 0; i < NR_ROUND; i++) {
		if (rte_mempool_get_bulk(mempool, objs, BULK) < 0) {
			f->nr_bad++;
			continue;
		}
		for (unsigned int j = 0; j < BULK; j++)
			memset(objs[j], (int)rte_lcore_id(), mempool->elt_size);
		for (unsigned int j = 0; j < BULK; j++)
			f->nr_bad += *(unsigned char *)objs[j] !=
				(unsigned char)rte_lcore_id();
		rte_mempool_put_bulk(mempool, objs, BULK);
	}
	f->slot = slot_of(objpool_mempool_slot(mempool));
	return 0;
}

/* A region of a pool that shall be on a node: all in hugepages there. */
static void
check_region(const struct arena *a, uint32_t r, int node)
{
	for (uint32_t i = 0; i < a->blocks_per_region; i++) {
		const struct objpool_block *b =
			block_at(a, r * a->blocks_per_region + i);

		assert_int_equal(machine_nr_elsewhere(b, sizeof(*b), node), 0);
		if (b->id < a->nr_blocks)
			assert_int_equal(machine_nr_elsewhere(objpool_entries_(
								      b),
						 entries_bytes(a->block_objs,
							 false),
						 node),
				0);
	}
	assert_int_equal(machine_page_kib(
				 block_at(a, r * a->blocks_per_region)),
		2048);
}

static void
check_lcore(unsigned int lcore)
{
	const struct machine *m = machine_get();
	const struct finding *f = &findings[lcore];
	const struct arena *a = arena_of(mempool);
	char line[40];

	assert_int_equal(f->nr_bad, 0);
	assert_int_equal(f->slot->index, lcore);
	snprintf(line, sizeof(line), "left on node %d", f->node);
	assert_int_equal(machine_page_kib(f->slot), 2048);
	if (m->hugepages[f->node] == 0) {
		assert_non_null(strstr(said, line));
		assert_int_not_equal(machine_node_of(f->slot), f->node);
		return;
	}
	assert_null(strstr(said, line));
	assert_int_equal(machine_nr_elsewhere(f->slot, sizeof(*f->slot),
				 f->node),
		0);
	assert_int_equal(a->region[f->slot->region].node, f->node);
	check_region(a, f->slot->region, f->node);
}

static void
count_elsewhere(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	int *node_and_nr = arg;

	(void)i;
	node_and_nr[1] +=
		machine_nr_elsewhere(obj, mp->elt_size, node_and_nr[0]) != 0;
}

/* Lines of what was said that have the text. */
static unsigned int
nr_lines_with(const char *text)
{
	unsigned int nr = 0;

	for (const char *at = said; (at = strstr(at, text)) != NULL; at++)
		nr++;
	return nr;
}

static bool
has_lcores(int node)
{
	unsigned int lcore;

	RTE_LCORE_FOREACH(lcore)
	{
		if (machine_get()->node_of_cpu[lcore] == node)
			return true;
	}
	return false;
}

/* A line for each node that has lcores and no hugepages, and no other. */
static void
check_lines(void)
{
	const struct machine *m = machine_get();
	unsigned int nr = 0;

	for (int n = 0; n < m->nr_nodes; n++)
		nr += has_lcores(n) && m->hugepages[n] == 0;
	assert_int_equal(nr_lines_with("taken from another"), nr);
}

static void
play_on(int node)
{
	FILE *log = open_memstream(&said, &said_len);
	int node_and_nr[2] = { node, 0 };
	unsigned int lcore;

	assert_non_null(log);
	rte_openlog_stream(log);
	mempool =
		rte_mempool_create_empty("placed", NR_OBJS, 200, 0, 0, node, 0);
	assert_non_null(mempool);
	assert_int_equal(rte_mempool_set_ops_byname(mempool, "objpool", NULL),
		0);
	assert_int_equal(rte_mempool_populate_default(mempool), NR_OBJS);
	rte_openlog_stream(NULL);
	fclose(log);
	check_lines();
	rte_eal_mp_remote_launch(visit, NULL, CALL_MAIN);
	rte_eal_mp_wait_lcore();
	RTE_LCORE_FOREACH(lcore)
	{
		check_lcore(lcore);
	}
	rte_mempool_obj_iter(mempool, count_elsewhere, node_and_nr);
	assert_int_equal(node_and_nr[1], 0);
	assert_int_equal(rte_mempool_avail_count(mempool), NR_OBJS);
	rte_mempool_free(mempool);
	free(said);
}

static void
each_lcore_s_slot_and_blocks_are_on_its_node_wherever_the_objects(void **state)
{
	const struct machine *m = machine_get();

	(void)state;
	for (int n = 0; n < m->nr_nodes; n++)
		if (m->hugepages[n] > 0 && m->first_cpu[n] >= 0) {
			printf("mempool of node %d, %u lcores, %s of them "
			       "there\n",
				n, rte_lcore_count(),
				has_lcores(n) ? "some" : "none");
			play_on(n);
		}
}

int
main(int argc, char **args)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_lcore_s_slot_and_blocks_are_on_its_node_wherever_the_objects),
	};
	int failed;

	if (rte_eal_init(argc, args) < 0) {
		fprintf(stderr, "EAL does not start: %s\n",
			rte_strerror(rte_errno));
		return EXIT_FAILURE;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rte_eal_cleanup();
	return failed;
}
