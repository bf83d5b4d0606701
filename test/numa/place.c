/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Where a pool's memory is, page by page, on a machine of several nodes.
 *
 * Pools are made with a source of memory that notes what it was asked for and
 * passes it on: to the library's hugepages, or to a source of the test's own
 * that binds normal pages. Then the kernel is asked about each page of each area,
 * and of each slot, block and object separately, as the library's own structures
 * name them. What node they should be on is told by the attributes and by sysfs,
 * not by what the library noted.
 *
 * The shape of the machine decides what there is to see: a node without
 * hugepages must give normal pages and a line, one without CPUs is only used
 * when it is asked for.
 */

#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <objpool/fast.h>

#include "../unit/unit.h"

#include "core/core.h"
#include "machine.h"
#include "records.h"

#define NR_OBJS  20000
#define OBJ_SIZE 200

/* Several in one page, and not a divisor of it. */
static_assert(OBJ_SIZE % CACHE_LINE != 0, "objects share lines' pages");

static const struct arena *
arena_of(const struct objpool *pool)
{
	return (const void *)((const char *)pool + pool->arena);
}

/* A pool whose areas are noted in r. */
static struct objpool *
make_recorded(struct records *r, const struct objpool_mem_ops *source,
	struct objpool_attr attr)
{
	const struct objpool_mem mem = { &records_source, r };

	*r = (struct records){ .source = source };
	attr.name = attr.name != NULL ? attr.name : "placed";
	attr.nr_objs = attr.nr_objs != 0 ? attr.nr_objs : NR_OBJS;
	attr.obj_size = OBJ_SIZE;
	attr.mem = &mem;
	attr.log = records_note;
	attr.ctx = r;
	return make_pool(&attr);
}

static void
expect_on(const void *addr, size_t len, int node)
{
	assert_int_equal(machine_nr_elsewhere(addr, len, node), 0);
}

/* Each area where it was asked for, all of it. */
static void
check_areas(const struct records *r)
{
	for (unsigned int i = 0; i < r->nr; i++)
		expect_on(r->area[i].addr, r->area[i].len, r->area[i].node);
}

/* A slot with what else is of its region: blocks, their entries, hints. */
static void
check_slot(const struct arena *a, uint32_t i, int node)
{
	const struct slot *s = slot_at(a, i);

	expect_on(s, sizeof(*s), node);
	assert_int_equal(a->region[s->region].node, node);
	assert_int_equal(a->region[s->region].near[0], s->region);
}

static void
check_region(const struct arena *a, uint32_t r)
{
	const struct region *region = &a->region[r];
	size_t stride = (size_t)a->stride;

	for (uint32_t i = 0; i < a->blocks_per_region; i++) {
		const struct objpool_block *b =
			block_at(a, r * a->blocks_per_region + i);

		expect_on(b, sizeof(*b), region->node);
		if (b->id < a->nr_blocks)
			expect_on(objpool_entries_(b),
				entries_bytes(a->block_objs, b->shift != 0),
				region->node);
	}
	expect_on(at_offset(a, region->objs), region->nr_objs * stride,
		region->node);
}

/* All of a pool whose slot i shall be on node[i]: as many regions as there are
 * nodes, the objects shared out among them. */
static void
check_pool(const struct objpool *pool, const struct records *r, const int *node)
{
	const struct arena *a = arena_of(pool);
	uint32_t share = a->nr_objs / a->nr_regions, sum = 0;
	bool used[NODES_MAX] = { false };
	uint32_t nr = 0;

	for (uint32_t i = 0; i < a->nr_slots; i++) {
		check_slot(a, i, node[i]);
		nr += !used[node[i]];
		used[node[i]] = true;
	}
	assert_int_equal(a->nr_regions, nr);
	for (uint32_t i = 0; i < a->nr_regions; i++) {
		check_region(a, i);
		assert_in_range(a->region[i].nr_objs, share, share + 1);
		sum += a->region[i].nr_objs;
	}
	assert_int_equal(sum, objpool_nr_objs(pool));
	assert_int_equal(r->nr, 2 * nr);
	check_areas(r);
}

/* Where slots shall be if nobody says: with the CPU that has their number. */
static void
nodes_by_default(const struct objpool *pool, int *node)
{
	const struct machine *m = machine_get();

	for (uint32_t i = 0; i < arena_of(pool)->nr_slots; i++)
		node[i] = m->node_of_cpu[i % (uint32_t)m->nr_cpus];
}

static void
each_slot_is_on_the_node_of_its_cpu_and_objects_are_spread(void **state)
{
	static int node[OBJPOOL_SLOTS_MAX];
	struct objpool_attr attrs[] = {
		{ 0 },
		{ .flags = OBJPOOL_F_COMPACT },
		{ .flags = OBJPOOL_F_SIGNALS, .nr_slots = 100 },
		{ .nr_objs = 1000, .block_objs = 16 },
	};
	struct records r;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(attrs); i++) {
		struct objpool *pool =
			make_recorded(&r, objpool_mem_huge(), attrs[i]);

		nodes_by_default(pool, node);
		check_pool(pool, &r, node);
		assert_int_equal(arena_of(pool)->nr_regions,
			machine_nr_busy_nodes());
		end_pool(pool);
	}
}

static void
a_pool_of_one_node_is_on_it_alone(void **state)
{
	static int node[OBJPOOL_SLOTS_MAX];
	struct records r;

	(void)state;
	for (int n = 0; n < machine_get()->nr_nodes; n++) {
		struct objpool *pool = make_recorded(&r, objpool_mem_huge(),
			(struct objpool_attr){
				.node_plus_1 = OBJPOOL_NODE(n) });

		for (uint32_t i = 0; i < OBJPOOL_SLOTS_MAX; i++)
			node[i] = n;
		check_pool(pool, &r, node);
		end_pool(pool);
	}
}

/* Every node, those without CPUs too, in an order that is nobody's default. */
static void
slots_are_on_the_nodes_that_were_asked_for(void **state)
{
	const struct objpool_mem_ops *sources[] = { objpool_mem_huge(),
		&own_source };
	uint32_t nr = (uint32_t)machine_get()->nr_nodes;
	int node[5 * NODES_MAX];
	struct records r;

	(void)state;
	for (uint32_t i = 0; i < 5 * nr; i++)
		node[i] = (int)(nr - 1 - i * 3 % nr);
	for (size_t i = 0; i < COUNT_OF(sources); i++) {
		struct objpool *pool = make_recorded(&r, sources[i],
			(struct objpool_attr){
				.nr_slots = 5 * nr,
				.slot_nodes = node,
			});

		check_pool(pool, &r, node);
		assert_int_equal(arena_of(pool)->nr_regions, nr);
		end_pool(pool);
	}
}

/* What is bound to no node is where the creator's policy puts it. */
static void
slots_of_any_node_follow_the_policy_of_their_creator(void **state)
{
	const struct machine *m = machine_get();
	int any[4] = { OBJPOOL_NODE_ANY, OBJPOOL_NODE_ANY, 0,
		OBJPOOL_NODE_ANY };
	struct records r;

	(void)state;
	for (int n = 0; n < m->nr_nodes; n++) {
		unsigned long mask = 1ul << n;
		struct objpool *pool;

		assert_int_equal(syscall(SYS_set_mempolicy, MPOL_BIND, &mask,
					 8 * sizeof(mask)),
			0);
		pool = make_recorded(&r, objpool_mem_huge(),
			(struct objpool_attr){
				.nr_slots = 4,
				.slot_nodes = any,
			});
		assert_int_equal(arena_of(pool)->nr_regions, 2);
		for (uint32_t i = 0; i < 4; i++)
			expect_on(slot_at(arena_of(pool), i),
				sizeof(struct slot), i == 2 ? 0 : n);
		for (unsigned int i = 0; i < r.nr; i++)
			expect_on(r.area[i].addr, r.area[i].len,
				r.area[i].node == OBJPOOL_NODE_ANY ? n : 0);
		end_pool(pool);
	}
	assert_int_equal(syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0ul),
		0);
}

/* What an area is made of: hugepages, or normal pages and a line. */
static void
check_pages(const struct records *r, int node, bool huge)
{
	char text[40];

	assert_int_equal(r->lines, huge ? 0 : r->nr);
	snprintf(text, sizeof(text), " on node %d,", node);
	if (!huge) {
		assert_non_null(strstr(r->last, "pool placed: no hugepages"));
		assert_non_null(strstr(r->last, text));
	}
	for (unsigned int i = 0; i < r->nr; i++) {
		assert_int_equal(machine_page_kib(r->area[i].addr),
			huge ? 2048 : 4);
		assert_int_equal(r->area[i].page_size, huge ? 2 << 20 : 4096);
	}
}

static void
a_node_without_hugepages_gives_normal_pages_and_a_line(void **state)
{
	const struct machine *m = machine_get();
	struct records r;

	(void)state;
	for (int n = 0; n < m->nr_nodes; n++) {
		struct objpool *pool = make_recorded(&r, objpool_mem_huge(),
			(struct objpool_attr){
				.node_plus_1 = OBJPOOL_NODE(n) });

		assert_int_equal(r.nr, 2);
		check_areas(&r);
		check_pages(&r, n, m->hugepages[n] > 0);
		assert_int_equal(objpool_nr_free(pool), NR_OBJS);
		end_pool(pool);
	}
}

/* They are taken whole or not at all, and never from another node. */
static void
more_than_the_hugepages_of_a_node_is_still_on_it(void **state)
{
	const struct machine *m = machine_get();
	struct records r;

	(void)state;
	for (int n = 0; n < m->nr_nodes; n++) {
		uint64_t bytes = (uint64_t)(m->hugepages[n] + 4) << 21;
		struct objpool *pool = make_recorded(&r, objpool_mem_huge(),
			(struct objpool_attr){
				.nr_objs = bytes / OBJ_SIZE,
				.node_plus_1 = OBJPOOL_NODE(n),
			});

		assert_int_equal(machine_page_kib(r.area[0].addr), 4);
		assert_non_null(strstr(r.last, "no hugepages"));
		assert_int_equal(r.lines, m->hugepages[n] > 0 ? 1 : 2);
		check_areas(&r);
		end_pool(pool);
	}
}

static void
nodes_that_are_not_there_are_refused(void **state)
{
	const struct objpool_mem_ops *sources[] = { objpool_mem_huge(),
		objpool_mem_heap() };
	struct objpool *pool;
	struct records r = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sources); i++) {
		const struct objpool_mem mem = { sources[i], NULL };
		const struct objpool_attr attr = {
			.nr_objs = 100,
			.obj_size = OBJ_SIZE,
			.node_plus_1 = OBJPOOL_NODE(machine_get()->nr_nodes),
			.mem = &mem,
			.log = records_note,
			.ctx = &r,
		};

		assert_int_equal(objpool_create(&attr, &pool), -ENODEV);
	}
}

struct visit {
	struct objpool *pool;
	int cpu;
	int slot_node;
	unsigned int nr_far;
	bool ok;
};

/* In a thread of its own on that CPU. */
static void
pop_some(struct member *member, void *arg)
{
	struct visit *v = arg;
	int node = machine_get()->node_of_cpu[v->cpu];
	void *objs[500];

	(void)member;
	machine_go_to(v->cpu);
	v->ok = objpool_pop_bulk(v->pool, objs, COUNT_OF(objs)) == 0;
	if (!v->ok)
		return;
	for (size_t i = 0; i < COUNT_OF(objs); i++)
		v->nr_far += machine_node_of(objs[i]) != node;
	for (uint32_t i = 0; i < arena_of(v->pool)->nr_slots; i++) {
		const struct slot *s = slot_at(arena_of(v->pool), i);

		if (atomic_load_explicit(&s->owner, memory_order_relaxed) != 0)
			v->slot_node = machine_node_of(s);
	}
	objpool_push_bulk(objs, COUNT_OF(objs), v->pool);
	objpool_detach(v->pool);
}

static void
what_a_thread_takes_first_is_near(void **state)
{
	const struct machine *m = machine_get();
	struct records r;
	struct objpool *pool = make_recorded(&r, objpool_mem_huge(),
		(struct objpool_attr){ 0 });

	(void)state;
	for (int cpu = 0; cpu < m->nr_cpus; cpu++) {
		struct visit v = { .pool = pool, .cpu = cpu };

		crew_alone(pop_some, &v);
		assert_true(v.ok);
		assert_int_equal(v.nr_far, 0);
		assert_int_equal(v.slot_node, m->node_of_cpu[cpu]);
	}
	end_pool(pool);
}

struct pair {
	struct objpool *pool;
	_Atomic(unsigned int) turn;
	int slot_node[CPUS_MAX * 2];
};

/* Two threads on each CPU; the first of each come first, and none goes before
 * all are there. */
static void
share_cpu(struct member *m, void *arg)
{
	struct pair *p = arg;

	machine_go_to((int)m->index % machine_get()->nr_cpus);
	while (atomic_load(&p->turn) < m->index)
		sched_yield();
	p->slot_node[m->index] = machine_node_of(objpool_slot(p->pool));
	atomic_fetch_add(&p->turn, 1);
	while (atomic_load(&p->turn) < m->crew->nr)
		sched_yield();
}

static void
threads_that_share_a_cpu_have_slots_on_its_node(void **state)
{
	const struct machine *m = machine_get();
	unsigned int nr = 2 * (unsigned int)m->nr_cpus;
	static int node[OBJPOOL_SLOTS_MAX];
	struct crew crew = { 0 };
	struct pair p = { 0 };
	struct records r;

	(void)state;
	for (unsigned int i = 0; i < nr; i++)
		node[i] = m->node_of_cpu[i % (unsigned int)m->nr_cpus];
	p.pool = make_recorded(&r, objpool_mem_huge(),
		(struct objpool_attr){ .nr_slots = nr, .slot_nodes = node });
	crew_start(&crew, nr, share_cpu, &p);
	crew_join(&crew);
	for (unsigned int i = 0; i < nr; i++)
		assert_int_equal(p.slot_node[i], node[i]);
	end_pool(p.pool);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_slot_is_on_the_node_of_its_cpu_and_objects_are_spread),
		cmocka_unit_test(a_pool_of_one_node_is_on_it_alone),
		cmocka_unit_test(slots_are_on_the_nodes_that_were_asked_for),
		cmocka_unit_test(
			slots_of_any_node_follow_the_policy_of_their_creator),
		cmocka_unit_test(
			a_node_without_hugepages_gives_normal_pages_and_a_line),
		cmocka_unit_test(
			more_than_the_hugepages_of_a_node_is_still_on_it),
		cmocka_unit_test(nodes_that_are_not_there_are_refused),
		cmocka_unit_test(what_a_thread_takes_first_is_near),
		cmocka_unit_test(
			threads_that_share_a_cpu_have_slots_on_its_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
