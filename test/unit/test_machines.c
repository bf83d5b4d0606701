/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Machines that this one is not: with thousands of CPUs, with nodes by the
 * dozen, without NUMA, with a /proc of somebody else's, and one that does not
 * say on which CPUs a process may run.
 *
 * What the library asks of the C library and libnuma is answered here, by the
 * machine that the test wants.
 */

#include "unit.h"

#include <sched.h>
#include <unistd.h>

#include "bank.h"
#include "core/core.h"
#include "domain.h"

#define NR 200

static struct {
	long nr_cpus; /* 0: as it is */
	bool has_no_numa;
	const char *self; /* what /proc/thread-self points to */
} machine;

long
__real_sysconf(int name);
long
__wrap_sysconf(int name);

long
__wrap_sysconf(int name)
{
	if (name == _SC_NPROCESSORS_CONF && machine.nr_cpus > 0)
		return machine.nr_cpus;
	return __real_sysconf(name);
}

/* Asked when the library is loaded. */
int
__wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *cpus);

int
__wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *cpus)
{
	(void)pid;
	memset(cpus, 0xff, size);
	errno = EINVAL;
	return -1;
}

ssize_t
__real_readlink(const char *path, char *text, size_t len);
ssize_t
__wrap_readlink(const char *path, char *text, size_t len);

ssize_t
__wrap_readlink(const char *path, char *text, size_t len)
{
	if (machine.self == NULL || strcmp(path, "/proc/thread-self") != 0)
		return __real_readlink(path, text, len);
	return (ssize_t)strlen(strncpy(text, machine.self, len));
}

#ifdef OBJPOOL_HAVE_NUMA
int
__real_numa_available(void);
int
__wrap_numa_available(void);

int
__wrap_numa_available(void)
{
	return machine.has_no_numa ? -1 : __real_numa_available();
}
#endif

static const struct objpool_attr plain = {
	.nr_objs = NR,
	.obj_size = 64,
	.block_objs = 8,
};

static void
end_used(struct objpool *pool)
{
	struct ledger ledger;

	ledger_open_pool(&ledger, pool, 64);
	end_audited(pool, &ledger);
}

static void
on_many_cpus_there_are_as_many_slots_as_can_be(void **state)
{
	static const struct {
		long nr_cpus;
		uint32_t nr_slots;
	} machines[] = { { 1, 16 }, { 7, 16 }, { 8, 16 }, { 100, 200 },
		{ 1015, OBJPOOL_SLOTS_MAX }, { 1016, OBJPOOL_SLOTS_MAX },
		{ 8192, OBJPOOL_SLOTS_MAX } };

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(machines); i++) {
		struct objpool *pool;

		machine.nr_cpus = machines[i].nr_cpus;
		pool = make_pool(&plain);
		machine.nr_cpus = 0;
		assert_int_equal(stats_of(pool).nr_slots, machines[i].nr_slots);
		end_used(pool);
	}
}

/* More than there can be regions: the rest is with the first. */
static void
slots_of_too_many_nodes_share_a_region(void **state)
{
	enum {
		NODES = REGIONS_MAX + 2
	};
	struct objpool_attr attr = plain;
	struct objpool *pool;
	int nodes[NODES];
	struct bank bank;

	(void)state;
	for (int i = 0; i < NODES; i++)
		nodes[i] = i;
	bank_open(&bank, false);
	attr.mem = &bank.mem;
	attr.nr_slots = NODES;
	attr.slot_nodes = nodes;
	pool = make_pool(&attr);
	for (unsigned int i = 0; i < bank.nr_areas; i++)
		assert_in_range(bank.areas[i].area.node, 0, REGIONS_MAX - 1);
	end_used(pool);
	assert_int_equal(bank.nr_bad, 0);
	bank_close(&bank);
}

static void
without_numa_there_is_one_node(void **state)
{
	struct objpool_attr attr = plain;
	struct objpool *pool;

	(void)state;
	machine.has_no_numa = true;
	attr.log = swallow;
	end_used(make_pool(&attr));
	attr.node_plus_1 = OBJPOOL_NODE(0);
	end_used(make_pool(&attr));
	attr.node_plus_1 = OBJPOOL_NODE(1);
#ifdef OBJPOOL_HAVE_NUMA
	assert_int_equal(objpool_create(&attr, &pool), -ENODEV);
#else
	(void)pool;
#endif
	machine.has_no_numa = false;
}

static void
visit(struct member *m, void *arg)
{
	struct objpool *pool = arg;
	void *obj = objpool_pop(pool);

	(void)m;
	if (obj == NULL || objpool_push(obj, pool) != 0)
		abort();
}

static void
find_out(struct member *m, void *arg)
{
	(void)m;
	*(struct objpool **)arg = make_pool(&plain);
}

/* Nobody can be told dead from alive by it: what ended threads had stays within
 * reach, but their slots are not given to others. */
static void
in_a_proc_of_others_nobody_is_taken_for_dead(void **state)
{
	static const char *const links[] = { "1/task/1", "none", "/x",
		"4194303/task/4194303" };

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(links); i++) {
		struct objpool *pool;

		machine.self = links[i];
		/* Threads remember what they found out. */
		crew_alone(find_out, &pool);
		for (unsigned int k = 0; k < 40; k++)
			crew_alone(visit, pool);
		machine.self = NULL;
		assert_int_equal(stats_of(pool).takeovers, 0);
		assert_int_equal(objpool_nr_free(pool), NR);
		end_used(pool);
	}
}

/* sched_getaffinity() failed above. */
static void
where_cpus_cannot_be_asked_about_domains_work(void **state)
{
	struct domain d;

	(void)state;
	domain_open(&d, &domain_ops, false);
	assert_int_equal(objpool_barrier(d.gp), 0);
	domain_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			on_many_cpus_there_are_as_many_slots_as_can_be),
		cmocka_unit_test(slots_of_too_many_nodes_share_a_region),
		cmocka_unit_test(without_numa_there_is_one_node),
		cmocka_unit_test(in_a_proc_of_others_nobody_is_taken_for_dead),
		cmocka_unit_test(where_cpus_cannot_be_asked_about_domains_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
