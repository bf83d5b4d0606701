/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Sources of memory: the heap; hugepages, and what happens without them.
 *
 * That there are no hugepages is arranged for in a child, by a seccomp filter
 * that lets every mapping of hugepages fail: other programs on the machine keep
 * theirs.
 */

#include "unit.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forbid.h"

#ifdef SYS_mmap2 /* what 32-bit C libraries call */
#define NR_MMAP SYS_mmap2
#else
#define NR_MMAP SYS_mmap
#endif

struct ear {
	unsigned int lines;
	char last[300];
};

static void
listen_to(void *ctx, const char *line)
{
	struct ear *ear = ctx;

	ear->lines++;
	snprintf(ear->last, sizeof(ear->last), "%s", line);
}

static void
check_line(const struct ear *ear, const char *pool)
{
	assert_non_null(strstr(ear->last, pool));
	assert_null(strchr(ear->last, '\n'));
}

/* An area as the source's contract has it: zeroed, aligned, large enough. */
static void
check_area(const struct objpool_area *area, size_t len, size_t align)
{
	const char *bytes = area->addr;

	assert_int_equal((uintptr_t)bytes % align, 0);
	assert_int_equal(area->len, len);
	assert_true(area->mapped >= len);
	if (area->page_size != 0)
		assert_int_equal(area->mapped % area->page_size, 0);
	for (size_t i = 0; i < len; i += i < 4096 ? 1 : 997)
		assert_int_equal(bytes[i], 0);
	memset(area->addr, 0xff, len);
}

static void
check_source(const struct objpool_mem_ops *ops, struct ear *ear)
{
	static const size_t lens[] = { 1, 63, 64, 4096, 4097, 100000, 2097152,
		2097153 };
	const struct objpool_teller teller = { listen_to, ear, "cellar" };
	struct objpool_area area;

	for (size_t i = 0; i < COUNT_OF(lens); i++)
		for (size_t align = 1; align <= 4096; align *= 8) {
			memset(&area, 0, sizeof(area));
			ear->lines = 0;
			assert_int_equal(ops->alloc(NULL, lens[i], align,
						 i % 2 ? OBJPOOL_NODE_ANY : 0,
						 &teller, &area),
				0);
			if (ear->lines > 0)
				check_line(ear, "cellar");
			if (ops == objpool_mem_huge())
				assert_int_equal(ear->lines > 0,
					area.page_size <=
						(size_t)sysconf(_SC_PAGESIZE));
			else
				assert_int_equal(ear->lines, 0);
			check_area(&area, lens[i], align);
			ops->free(NULL, &area);
		}
}

static void
check_refusals(const struct objpool_mem_ops *ops, struct ear *ear)
{
	static const size_t absurd[] = {
#if SIZE_MAX > UINT32_MAX /* else much of this can be had */
		(size_t)1 << 50,
		(size_t)1 << 60,
		PTRDIFF_MAX - 4096,
#endif
		SIZE_MAX - 4096,
		SIZE_MAX,
	};
	const struct objpool_teller teller = { listen_to, ear, "cellar" };
	struct objpool_area area, before;

	memset(&area, 0x77, sizeof(area));
	before = area;
	assert_int_equal(ops->alloc(NULL, 100, 64, 4000, &teller, &area),
		-ENODEV);
	for (size_t i = 0; i < COUNT_OF(absurd); i++) {
		/* valgrind takes the last ones for negative, and complains. */
		if (absurd[i] > PTRDIFF_MAX && env_is_slow())
			continue;
		assert_int_equal(ops->alloc(NULL, absurd[i], 4096,
					 OBJPOOL_NODE_ANY, &teller, &area),
			-ENOMEM);
	}
	assert_memory_equal(&area, &before, sizeof(area));
}

/* Sanitizers' allocators shall return NULL for what cannot be had. */
const char *
__asan_default_options(void);
const char *
__tsan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *
__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void
the_heap_keeps_the_contract(void **state)
{
	struct ear ear = { 0 };

	(void)state;
	assert_non_null(objpool_mem_heap()->name);
	check_source(objpool_mem_heap(), &ear);
	check_refusals(objpool_mem_heap(), &ear);
}

static void
hugepages_keep_the_contract(void **state)
{
	struct ear ear = { 0 };

	(void)state;
	assert_non_null(objpool_mem_huge()->name);
	check_source(objpool_mem_huge(), &ear);
	check_refusals(objpool_mem_huge(), &ear);
}

/* Work a pool on hugepages; ear tells whether there were any. */
static void
use_huge_pool(struct ear *ear)
{
	const struct objpool_mem mem = { objpool_mem_huge(), NULL };
	struct objpool_attr attr = {
		.name = "lake",
		.nr_objs = 5000,
		.obj_size = 100,
		.mem = &mem,
		.log = listen_to,
		.ctx = ear,
	};
	struct objpool *pool = make_pool(&attr);
	struct ledger ledger;
	struct hand hand;

	ledger_open_pool(&ledger, pool, attr.obj_size);
	hand_open(&hand, pool, &ledger, 1, 5000);
	for (unsigned int n = 1; n <= 5000; n *= 5) {
		assert_true(hand_pop_bulk(&hand, n));
		hand_push_all(&hand, 10);
	}
	hand_close(&hand);
	end_audited(pool, &ledger);
}

static void
a_pool_works_on_hugepages(void **state)
{
	struct ear ear = { 0 };

	(void)state;
	use_huge_pool(&ear);
	if (ear.lines > 0)
		check_line(&ear, "lake");
}

static void
in_a_child_without_hugepages(void (*play)(void))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (forbid(NR_MMAP, 3, MAP_HUGETLB, ENOMEM) != 0)
			_exit(FORBID_IMPOSSIBLE);
		play();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == FORBID_IMPOSSIBLE) {
		fprintf(stderr,
			"no seccomp: absence of hugepages not tested\n");
		skip();
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
expect_fallback(void)
{
	struct ear ear = { 0 };

	use_huge_pool(&ear);
	if (ear.lines == 0 || strstr(ear.last, "lake") == NULL)
		_exit(2);
	check_source(objpool_mem_huge(), &ear);
	if (ear.lines == 0)
		_exit(3);
}

static void
without_hugepages_a_line_says_so_and_the_pool_works(void **state)
{
	(void)state;
	in_a_child_without_hugepages(expect_fallback);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_heap_keeps_the_contract),
		cmocka_unit_test(hugepages_keep_the_contract),
		cmocka_unit_test(a_pool_works_on_hugepages),
		cmocka_unit_test(
			without_hugepages_a_line_says_so_and_the_pool_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
