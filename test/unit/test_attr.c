/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Limits of every attribute.
 *
 * Most tests need no pool, only the verdict. They offer a source of memory that
 * refuses everything: -ENOMEM then means that the attributes were accepted.
 */

#include "unit.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bank.h"

#define ACCEPTED (-ENOMEM)

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

/* The attributes are tried by init and create; both must say the same, leave
 * nothing behind and not touch what they were given. */
static int
verdict(struct objpool_attr attr)
{
	struct objpool head, before;
	struct objpool *pool = &head;
	struct bank bank;
	int rc;

	memset(&head, 0x5a, sizeof(head));
	before = head;
	bank_open(&bank, false);
	bank.limit = 1;
	attr.mem = &bank.mem;
	attr.log = swallow;
	rc = objpool_init(&head, &attr);
	assert_int_equal(objpool_create(&attr, &pool), rc);
	assert_ptr_equal(pool, &head);
	assert_memory_equal(&head, &before, sizeof(head));
	assert_int_equal(bank.nr_live, 0);
	assert_int_equal(bank.nr_bad, 0);
	/* What is refused for its attributes is refused before it costs. */
	assert_true(rc == ACCEPTED || bank.nr_asked == 0);
	bank_close(&bank);
	return rc;
}

static const struct objpool_attr usual = { .nr_objs = 100, .obj_size = 64 };

static void
null_arguments_are_refused(void **state)
{
	struct objpool head;
	struct objpool *pool;

	(void)state;
	assert_int_equal(objpool_init(NULL, &usual), -EINVAL);
	assert_int_equal(objpool_init(&head, NULL), -EINVAL);
	assert_int_equal(objpool_init(NULL, NULL), -EINVAL);
	assert_int_equal(objpool_create(&usual, NULL), -EINVAL);
	assert_int_equal(objpool_create(NULL, &pool), -EINVAL);
	assert_int_equal(objpool_fini(NULL), -EINVAL);
	assert_int_equal(objpool_free(NULL), -EINVAL);
	assert_int_equal(objpool_free_forced(NULL), -EINVAL);
}

struct trial {
	uint64_t value;
	int rc;
};

static void
number_of_objects_is_1_to_2_pow_24(void **state)
{
	static const struct trial trials[] = {
		{ 0, -EINVAL },
		{ 1, ACCEPTED },
		{ 2, ACCEPTED },
		{ OBJPOOL_OBJS_MAX - 1, ACCEPTED },
		{ OBJPOOL_OBJS_MAX, ACCEPTED },
		{ OBJPOOL_OBJS_MAX + 1, -EINVAL },
		{ UINT32_MAX, -EINVAL },
		{ UINT64_C(1) << 32, -EINVAL },
		{ (UINT64_C(1) << 32) + 1, -EINVAL },
		{ UINT64_MAX / 64 + 2, -EINVAL },
		{ UINT64_MAX, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(trials); i++) {
		struct objpool_attr attr = usual;

		attr.nr_objs = trials[i].value;
		assert_int_equal(verdict(attr), trials[i].rc);
		attr.obj_size = 0;
		attr.flags = OBJPOOL_F_EXTERNAL;
		assert_int_equal(verdict(attr), trials[i].rc);
	}
}

static void
size_of_objects_is_1_to_2_pow_16(void **state)
{
	static const struct trial trials[] = {
		{ 0, -EINVAL },
		{ 1, ACCEPTED },
		{ 7, ACCEPTED },
		{ OBJPOOL_SIZE_MAX - 1, ACCEPTED },
		{ OBJPOOL_SIZE_MAX, ACCEPTED },
		{ OBJPOOL_SIZE_MAX + 1, -EINVAL },
		{ UINT32_MAX, -EINVAL },
		{ (UINT64_C(1) << 32) + 8, -EINVAL },
		{ UINT64_MAX - 6, -EINVAL },
		{ UINT64_MAX, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(trials); i++) {
		struct objpool_attr attr = usual;

		attr.obj_size = trials[i].value;
		assert_int_equal(verdict(attr), trials[i].rc);
	}
}

static void
alignment_is_a_power_of_two_up_to_4096(void **state)
{
	static const uint32_t bad[] = { 3, 5, 12, 24, 4095, 4097, 8192,
		UINT32_C(1) << 31, UINT32_MAX };
	struct objpool_attr attr = usual;

	(void)state;
	for (uint32_t align = 1; align <= 4096; align *= 2) {
		attr.obj_align = align;
		assert_int_equal(verdict(attr), ACCEPTED);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		attr.obj_align = bad[i];
		assert_int_equal(verdict(attr), -EINVAL);
	}
}

static void
unknown_and_contradicting_flags_are_refused(void **state)
{
	struct objpool_attr attr = usual;

	(void)state;
	for (unsigned int bit = 0; bit < 32; bit++) {
		attr.flags = UINT32_C(1) << bit;
		if ((attr.flags & OBJPOOL_F_ALL) == 0)
			assert_int_equal(verdict(attr), -EINVAL);
	}
	attr.flags = UINT32_MAX;
	assert_int_equal(verdict(attr), -EINVAL);
	attr.flags = OBJPOOL_F_CHECKED | OBJPOOL_F_FENCED;
	assert_int_equal(verdict(attr), ACCEPTED);
	attr.flags = OBJPOOL_F_EXTERNAL; /* but with a size */
	assert_int_equal(verdict(attr), -EINVAL);
	attr.obj_size = 0;
	assert_int_equal(verdict(attr), ACCEPTED);
	attr.flags = OBJPOOL_F_EXTERNAL | OBJPOOL_F_CHECKED;
	assert_int_equal(verdict(attr), -EINVAL);
}

static void
number_of_slots_is_limited(void **state)
{
	static const struct trial trials[] = {
		{ 0, ACCEPTED },
		{ 1, ACCEPTED },
		{ 3, ACCEPTED },
		{ OBJPOOL_SLOTS_MAX, ACCEPTED },
		{ OBJPOOL_SLOTS_MAX + 1, -EINVAL },
		{ UINT32_MAX, -EINVAL },
	};
	struct objpool_attr attr = usual;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(trials); i++) {
		attr.nr_slots = (uint32_t)trials[i].value;
		assert_int_equal(verdict(attr), trials[i].rc);
	}
}

static void
block_size_is_a_power_of_two_from_4_to_256(void **state)
{
	static const uint32_t bad[] = { 1, 2, 3, 5, 6, 7, 12, 63, 65, 255, 257,
		512, UINT32_C(1) << 31, UINT32_MAX };
	struct objpool_attr attr = usual;

	(void)state;
	for (uint32_t n = 4; n <= 256; n *= 2) {
		attr.block_objs = n;
		assert_int_equal(verdict(attr), ACCEPTED);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		attr.block_objs = bad[i];
		assert_int_equal(verdict(attr), -EINVAL);
	}
}

static void
name_has_at_most_31_characters(void **state)
{
	struct objpool_attr attr = usual;
	char name[OBJPOOL_NAME_MAX + 2];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[OBJPOOL_NAME_MAX + 1] = '\0';
	attr.name = name;
	assert_int_equal(verdict(attr), -EINVAL);
	attr.name = name + 1;
	assert_int_equal(verdict(attr), ACCEPTED);
	attr.name = "";
	assert_int_equal(verdict(attr), ACCEPTED);
}

/* The source of memory judges: DPDK's nodes need not be libnuma's. */
static int
verdict_of_source(struct objpool_attr attr,
	const struct objpool_mem_ops *source)
{
	const struct objpool_mem mem = { source, NULL };
	struct objpool *pool;
	int rc;

	attr.mem = &mem;
	attr.log = swallow;
	rc = objpool_create(&attr, &pool);
	if (rc == 0)
		assert_int_equal(objpool_free(pool), 0);
	return rc;
}

static void
node_must_exist(void **state)
{
	const struct objpool_mem_ops *sources[] = {
		objpool_mem_heap(),
		objpool_mem_huge(),
	};
	struct objpool_attr attr = usual;
	int nodes[3] = { 0, OBJPOOL_NODE_ANY, 0 };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		attr = usual;
		attr.node_plus_1 = OBJPOOL_NODE(0);
		assert_int_equal(verdict_of_source(attr, sources[i]), 0);
		attr.node_plus_1 = OBJPOOL_NODE(4000);
		assert_int_equal(verdict_of_source(attr, sources[i]), -ENODEV);
		attr.node_plus_1 = UINT32_MAX;
		assert_int_equal(verdict_of_source(attr, sources[i]), -ENODEV);
		attr.node_plus_1 = 0;
		attr.nr_slots = 3;
		attr.slot_nodes = nodes;
		nodes[2] = 0;
		assert_int_equal(verdict_of_source(attr, sources[i]), 0);
		nodes[2] = 4000;
		assert_int_equal(verdict_of_source(attr, sources[i]), -ENODEV);
	}
}

/* 2^24 objects of 2^16 bytes are 2^40 bytes. covers G10 */
static void
largest_pool_asks_for_as_much_as_it_needs(void **state)
{
	struct objpool_attr attr = {
		.nr_objs = OBJPOOL_OBJS_MAX,
		.obj_size = OBJPOOL_SIZE_MAX,
		.log = swallow,
	};
	struct objpool *pool = NULL;
	struct bank bank;

	(void)state;
	bank_open(&bank, false);
	bank.limit = UINT64_C(1) << 31;
	attr.mem = &bank.mem;
	assert_int_equal(objpool_create(&attr, &pool), -ENOMEM);
	assert_null(pool);
	/* Where they are more than size_t can tell, the source is not asked. */
	if (SIZE_MAX > UINT32_MAX)
		assert_true(bank.bytes_most >= UINT64_C(1) << 40);
	else
		assert_int_equal(bank.bytes_most, 0);
	assert_int_equal(bank.nr_live, 0);
	bank_close(&bank);
}

static void
largest_pool_on_a_small_heap_is_an_error(void **state)
{
	struct objpool_attr attr = {
		.nr_objs = OBJPOOL_OBJS_MAX,
		.obj_size = OBJPOOL_SIZE_MAX,
		.log = swallow,
	};
	struct rlimit before, small;
	struct objpool *pool = NULL;
	int rc;

	(void)state;
	/* Sanitizers reserve more address space than any limit; their
	 * allocators refuse a request of this size by themselves. */
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	small = before;
	small.rlim_cur = UINT64_C(1) << 32;
	if (!env_is_slow())
		assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
	rc = objpool_create(&attr, &pool);
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
	assert_int_equal(rc, -ENOMEM);
	assert_null(pool);
}

static char told[200];

static void
remember(void *ctx, const char *line)
{
	(void)ctx;
	snprintf(told, sizeof(told), "%s", line);
}

static void
out_of_memory_is_told_with_the_pools_name(void **state)
{
	struct objpool_attr attr = usual;
	struct objpool *pool;
	struct bank bank;

	(void)state;
	bank_open(&bank, false);
	bank.fail_at = 1;
	attr.mem = &bank.mem;
	attr.name = "flows";
	attr.log = remember;
	assert_int_equal(objpool_create(&attr, &pool), -ENOMEM);
	assert_non_null(strstr(told, "flows"));
	assert_null(strchr(told, '\n'));
	bank_close(&bank);
}

/* Nobody listens: it is told on stderr. */
static void
create_on_stderr(const struct objpool_attr *attr, int error, char *said,
	size_t size)
{
	int kept = dup(STDERR_FILENO), file = memfd_create("stderr", 0);
	struct objpool *pool;
	ssize_t len;
	int rc;

	assert_true(kept >= 0 && file >= 0);
	fflush(stderr);
	dup2(file, STDERR_FILENO);
	rc = objpool_create(attr, &pool);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	len = pread(file, said, size - 1, 0);
	close(kept);
	close(file);
	assert_int_equal(rc, error);
	assert_true(len > 0);
	said[len] = '\0';
}

static void
without_a_log_function_stderr_is_told(void **state)
{
	struct objpool_attr attr = usual;
	struct bank bank;
	char said[400];

	(void)state;
	bank_open(&bank, false);
	bank.fail_at = 1;
	attr.mem = &bank.mem;
	attr.name = "flows";
	create_on_stderr(&attr, -ENOMEM, said, sizeof(said));
	assert_non_null(strstr(said, "objpool: pool flows: no memory"));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	attr.nr_objs = 0;
	create_on_stderr(&attr, -EINVAL, said, sizeof(said));
	assert_non_null(strstr(said, "objpool: pool flows: nr_objs is 0"));
	bank_close(&bank);
}

static int
init_nothing(void *obj, void *ctx)
{
	(void)obj;
	(void)ctx;
	return 0;
}

static void
what_is_wrong_is_told(void **state)
{
	static const struct {
		struct objpool_attr attr;
		const char *line;
	} wrong[] = {
		{ { .nr_objs = 0, .obj_size = 8 },
			"nr_objs is 0, not 1 to 16777216" },
		{ { .nr_objs = 1, .obj_size = 65537 },
			"obj_size is 65537, not 1 to 65536" },
		{ { .nr_objs = 1, .obj_size = 8, .nr_slots = 2031 },
			"nr_slots is 2031, not 0 to 2030" },
		{ { .nr_objs = 1, .obj_size = 8, .block_objs = 5 },
			"block_objs is 5, not a power of two from 4 to 256" },
		{ { .nr_objs = 1, .obj_size = 8, .obj_align = 8192 },
			"obj_align is 8192, not a power of two from 1 to" },
		{ { .nr_objs = 1, .obj_size = 8, .flags = 1u << 31 },
			"flags 0x80000000 are not known" },
		{ { .nr_objs = 1, .obj_size = 8, .flags = OBJPOOL_F_EXTERNAL },
			"OBJPOOL_F_EXTERNAL goes with obj_size 0" },
		{ { .nr_objs = 1,
			  .flags = OBJPOOL_F_EXTERNAL | OBJPOOL_F_CHECKED },
			"goes without OBJPOOL_F_CHECKED" },
		{ { .nr_objs = 1,
			  .flags = OBJPOOL_F_EXTERNAL,
			  .objinit = init_nothing },
			"OBJPOOL_F_EXTERNAL goes without objinit" },
	};
	struct objpool *pool;

	(void)state;
	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct objpool_attr attr = wrong[i].attr;

		attr.name = "flows";
		attr.log = remember;
		told[0] = '\0';
		assert_int_equal(objpool_create(&attr, &pool), -EINVAL);
		assert_non_null(strstr(told, "flows"));
		if (strstr(told, wrong[i].line) == NULL)
			fail_msg("'%s' does not say '%s'", told, wrong[i].line);
		assert_null(strchr(told, '\n'));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_arguments_are_refused),
		cmocka_unit_test(number_of_objects_is_1_to_2_pow_24),
		cmocka_unit_test(size_of_objects_is_1_to_2_pow_16),
		cmocka_unit_test(alignment_is_a_power_of_two_up_to_4096),
		cmocka_unit_test(unknown_and_contradicting_flags_are_refused),
		cmocka_unit_test(number_of_slots_is_limited),
		cmocka_unit_test(block_size_is_a_power_of_two_from_4_to_256),
		cmocka_unit_test(name_has_at_most_31_characters),
		cmocka_unit_test(node_must_exist),
		cmocka_unit_test(largest_pool_asks_for_as_much_as_it_needs),
		cmocka_unit_test(largest_pool_on_a_small_heap_is_an_error),
		cmocka_unit_test(out_of_memory_is_told_with_the_pools_name),
		cmocka_unit_test(without_a_log_function_stderr_is_told),
		cmocka_unit_test(what_is_wrong_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
