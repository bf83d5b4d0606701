/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Pools and domains are made, used and ended while the library's calls of the C
 * library and the kernel fail, each in turn.
 */

#include "unit.h"

#include <pthread.h>

#include "bank.h"
#include "domain.h"
#include "real.h"
#include "scene.h"

#define NR 40

/* A pool in the making. */
struct site {
	struct objpool_attr attr;
	struct objpool_mem mem;
	bool create; /* else init */
	struct objpool head, before;
	struct objpool *pool;
	unsigned int lines, releases, inits;
	unsigned int fail_at; /* objinit, from 1 */
	int (*end)(struct objpool *pool);
};

static int
on_init(void *obj, void *ctx)
{
	struct site *site = ctx;

	memset(obj, 0x5a, site->attr.obj_size);
	return ++site->inits == site->fail_at ? -EIO : 0;
}

static void
on_line(void *ctx, const char *line)
{
	(void)line;
	((struct site *)ctx)->lines++;
}

static void
on_release(struct objpool *pool, void *ctx)
{
	(void)pool;
	((struct site *)ctx)->releases++;
}

static void
open_site(struct site *site, uint32_t flags)
{
	bool external = flags & OBJPOOL_F_EXTERNAL;

	*site = (struct site){
		.attr = {
			.name = "site",
			.nr_objs = NR,
			.obj_size = external ? 0 : 64,
			.block_objs = 4,
			.flags = flags,
			.objinit = external ? NULL : on_init,
			.release = on_release,
			.log = on_line,
		},
		.end = objpool_fini,
	};
}

static void
clear_site(void *ctx)
{
	struct site *site = ctx;

	site->attr.ctx = site;
	memset(&site->head, 0xa5, sizeof(site->head));
	site->before = site->head;
	site->pool = NULL;
	site->lines = site->releases = site->inits = 0;
}

static int
make(void *ctx)
{
	struct site *site = ctx;
	int rc;

	if (site->create)
		return objpool_create(&site->attr, &site->pool);
	rc = objpool_init(&site->head, &site->attr);
	if (rc == 0)
		site->pool = &site->head;
	return rc;
}

/* All objects, once each. */
static void
use(struct site *site)
{
	struct objpool *pool = site->pool;
	struct ledger ledger;
	bool clean;

	if (site->attr.flags & OBJPOOL_F_EXTERNAL)
		return;
	ledger_open_pool(&ledger, pool, 64);
	clean = ledger_audit(&ledger, pool);
	ledger_close(&ledger);
	assert_true(clean);
	assert_int_equal(objpool_nr_free(pool), NR);
}

static void
look_at_site(void *ctx, int rc, const struct faults_seen *seen)
{
	struct site *site = ctx;

	if (rc != 0) {
		assert_null(site->pool);
		assert_memory_equal(&site->head, &site->before,
			sizeof(site->head));
		assert_int_equal(site->releases, 0);
		site->inits = 0;
		return;
	}
	assert_int_equal(site->inits,
		site->attr.flags & OBJPOOL_F_EXTERNAL ? 0 : NR);
	if (seen->hit & FAULT_BIT(MEMBARRIER))
		assert_false(stats_of(site->pool).fence_free);
	if (seen->hit & (FAULT_BIT(MMAP_HUGE) | FAULT_BIT(FOPEN)))
		assert_true(site->lines > 0);
	use(site);
}

static void
strike_site(void *ctx)
{
	struct site *site = ctx;
	void *objs[NR];

	/* External objects are all out. */
	if (site->attr.flags & OBJPOOL_F_EXTERNAL) {
		assert_int_equal(objpool_free_forced(site->pool), 0);
	} else if (site->end != NULL) {
		assert_int_equal(site->end(site->pool), 0);
	} else {
		assert_int_equal(objpool_pop_bulk(site->pool, objs, NR), 0);
		assert_int_equal(objpool_drop_bulk(objs, NR, site->pool),
			-EAGAIN);
		assert_int_equal(objpool_fini(site->pool), 0);
	}
	if (site->attr.gp != NULL)
		assert_int_equal(objpool_barrier(site->attr.gp), 0);
	assert_int_equal(site->releases, 1);
}

#define MAKE_KINDS                                                             \
	(FAULT_BIT(CALLOC) | FAULT_BIT(ALIGNED_ALLOC) |                        \
		FAULT_BIT(MEMBARRIER) | FAULT_BIT(GETRANDOM) |                 \
		FAULT_BIT(READLINK) | FAULT_BIT(STAT) | FAULT_BIT(SYSCONF))

static const struct scene making = {
	.name = "make",
	.kinds = MAKE_KINDS,
	.set = clear_site,
	.play = make,
	.look = look_at_site,
	.strike = strike_site,
};

static int
end_by_wait(struct objpool *pool)
{
	return objpool_fini_wait(pool, UINT32_MAX);
}

/* covers G10 */
static void
pool_whose_making_fails_leaves_nothing(void **state)
{
	static int (*const ends[])(struct objpool * pool) = { objpool_fini,
		objpool_free, objpool_fini_sync, objpool_free_forced,
		end_by_wait, NULL };
	static const uint32_t flags[] = { 0, OBJPOOL_F_CHECKED,
		OBJPOOL_F_EXTERNAL, OBJPOOL_F_COMPACT, OBJPOOL_F_MARKED,
		OBJPOOL_F_HOLDERS };
	struct site site;

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(flags); i++) {
		open_site(&site, flags[i]);
		scene_play(&making, &site);
		site.create = true;
		scene_play(&making, &site);
	}
	for (unsigned int i = 0; i < COUNT_OF(ends); i++) {
		open_site(&site, 0);
		site.end = ends[i];
		site.create = i % 2;
		scene_play(&making, &site);
	}
}

/* covers G10 */
static void
pool_of_a_domain_whose_making_fails_leaves_it_alone(void **state)
{
	struct domain domain;
	struct site site;

	(void)state;
	domain_open(&domain, &domain_ops, false);
	open_site(&site, 0);
	site.attr.gp = domain.gp;
	scene_play(&making, &site);
	site.create = true;
	site.attr.flags = OBJPOOL_F_CHECKED;
	scene_play(&making, &site);
	assert_int_equal(domain_stats(&domain).nr_pools, 0);
	domain_close(&domain);
}

/* Who made it may end it, whatever a thread found out about where it is. */
static void
pool_that_processes_share_can_be_ended_by_its_maker(void **state)
{
	const struct objpool_mem_ops ops = {
		.name = "shared",
		.shared = 1,
		.alloc = objpool_mem_heap()->alloc,
		.free = objpool_mem_heap()->free,
	};
	struct site site;

	(void)state;
	open_site(&site, 0);
	site.mem.ops = &ops;
	site.attr.mem = &site.mem;
	scene_play(&making, &site);
}

/* covers G10 */
static void
pool_on_hugepages_falls_back_or_leaves_nothing(void **state)
{
	struct scene scene = making;
	struct site site;

	(void)state;
	scene.kinds = FAULT_BIT(CALLOC) | FAULT_BIT(FOPEN) | FAULT_BIT(FGETS) |
		FAULT_BIT(MMAP_HUGE) | FAULT_BIT(MMAP) | FAULT_BIT(MADVISE) |
		FAULT_BIT(MUNMAP);
	open_site(&site, OBJPOOL_F_CHECKED);
	site.mem.ops = objpool_mem_huge();
	site.attr.mem = &site.mem;
	scene_play(&scene, &site);
	site.create = true;
	scene_play(&scene, &site);
}

/* Where there are no hugepages, or no say about them. */
static int
make_on_pages(void *ctx)
{
	struct fault_plan plan = { 1, true, false, FAULT_BIT(MMAP_HUGE) };
	struct faults_seen seen;
	int rc;

	faults_disarm(&seen);
	faults_arm(&plan);
	rc = make(ctx);
	faults_disarm(&seen);
	faults_arm(&(struct fault_plan){ 0 });
	return rc;
}

static void
pool_without_hugepages_says_so(void **state)
{
	struct site site;

	(void)state;
	open_site(&site, 0);
	site.mem.ops = objpool_mem_huge();
	site.attr.mem = &site.mem;
	clear_site(&site);
	assert_int_equal(make_on_pages(&site), 0);
	assert_true(site.lines > 0);
	use(&site);
	strike_site(&site);
}

/* --- objinit --- */

static void
fail_each_object(struct site *site)
{
	const struct faults_left before = faults_left();

	for (unsigned int k = 1; k <= NR; k++) {
		clear_site(site);
		site->fail_at = k;
		assert_int_equal(make(site), -EIO);
		assert_int_equal(site->inits, k);
		assert_true(faults_are_even(&before));
		look_at_site(site, -EIO, NULL);
		site->fail_at = 0;
		assert_int_equal(make(site), 0);
		assert_int_equal(site->inits, NR);
		use(site);
		strike_site(site);
		assert_true(faults_are_even(&before));
	}
}

/* covers G10 */
static void
error_of_objinit_for_any_object_leaves_nothing(void **state)
{
	static const uint32_t flags[] = { 0, OBJPOOL_F_CHECKED,
		OBJPOOL_F_MARKED | OBJPOOL_F_COMPACT };
	struct domain domain;
	struct site site;

	(void)state;
	domain_open(&domain, &domain_ops, false);
	for (unsigned int i = 0; i < 3 * COUNT_OF(flags); i++) {
		open_site(&site, flags[i / 3]);
		site.create = i % 2;
		site.mem.ops =
			i % 3 == 1 ? objpool_mem_huge() : objpool_mem_heap();
		site.attr.mem = &site.mem;
		site.attr.gp = i % 3 == 2 ? domain.gp : NULL;
		fail_each_object(&site);
	}
	assert_int_equal(domain_stats(&domain).nr_pools, 0);
	domain_close(&domain);
}

static void
reclaim_without_memory_says_so(void **state)
{
	struct fault_plan plan = { 1, true, false, FAULT_BIT(CALLOC) };
	struct faults_seen seen;
	struct site site;
	void *obj;

	(void)state;
	open_site(&site, OBJPOOL_F_HOLDERS);
	site.create = true;
	clear_site(&site);
	assert_int_equal(make(&site), 0);
	obj = objpool_pop(site.pool);
	faults_arm(&plan);
	assert_int_equal(objpool_reclaim(site.pool, NULL, NULL), -ENOMEM);
	assert_int_equal(objpool_reclaim_among(site.pool, &obj, 1, NULL, NULL),
		-ENOMEM);
	faults_disarm(&seen);
	assert_int_equal(seen.failed, 2);
	assert_int_equal(objpool_reclaim(site.pool, NULL, NULL), 0);
	assert_int_equal(objpool_push(obj, site.pool), 0);
	assert_int_equal(objpool_free(site.pool), 0);
}

/* --- ids --- */

/* Threads remember pools by them. */
static void
pools_without_random_numbers_differ(void **state)
{
	struct fault_plan plan = { 1, true, false, FAULT_BIT(GETRANDOM) };
	struct objpool *pools[32];
	struct faults_seen seen;
	struct site site;

	(void)state;
	open_site(&site, 0);
	site.create = true;
	faults_arm(&plan);
	for (unsigned int i = 0; i < COUNT_OF(pools); i++) {
		clear_site(&site);
		assert_int_equal(make(&site), 0);
		pools[i] = site.pool;
		for (unsigned int j = 0; j < i; j++)
			assert_true(pools[i]->uid != pools[j]->uid);
	}
	faults_disarm(&seen);
	assert_int_equal(seen.failed, COUNT_OF(pools));
	for (unsigned int i = 0; i < COUNT_OF(pools); i++)
		assert_int_equal(objpool_free(pools[i]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool_whose_making_fails_leaves_nothing),
		cmocka_unit_test(
			pool_of_a_domain_whose_making_fails_leaves_it_alone),
		cmocka_unit_test(
			pool_that_processes_share_can_be_ended_by_its_maker),
		cmocka_unit_test(
			pool_on_hugepages_falls_back_or_leaves_nothing),
		cmocka_unit_test(pool_without_hugepages_says_so),
		cmocka_unit_test(
			error_of_objinit_for_any_object_leaves_nothing),
		cmocka_unit_test(reclaim_without_memory_says_so),
		cmocka_unit_test(pools_without_random_numbers_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
