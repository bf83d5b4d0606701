/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What a new pool is like, and that a failed init leaves nothing behind. */

#include "unit.h"

#include <unistd.h>

#include "bank.h"

/* What objinit saw. */
struct diary {
	unsigned int calls;
	unsigned int fail_at; /* from 1 */
	int error;
	unsigned int releases;
	unsigned int lines;
	size_t size;
	bool all_zero;
	bool ascending;
	char *last;
};

static int
note(void *obj, void *ctx)
{
	struct diary *diary = ctx;
	const char *bytes = obj;

	for (size_t i = 0; i < diary->size; i++)
		if (bytes[i] != 0)
			diary->all_zero = false;
	if ((char *)obj <= diary->last)
		diary->ascending = false;
	diary->last = obj;
	memset(obj, 0xff, diary->size);
	return ++diary->calls == diary->fail_at ? diary->error : 0;
}

static void
count_release(struct objpool *pool, void *ctx)
{
	struct diary *diary = ctx;

	(void)pool;
	diary->releases++;
}

static void
count_line(void *ctx, const char *line)
{
	struct diary *diary = ctx;

	(void)line;
	diary->lines++;
}

static void
open_diary(struct diary *diary, size_t size)
{
	*diary = (struct diary){
		.size = size,
		.all_zero = true,
		.ascending = true,
	};
}

static void
objects_are_zeroed_and_initialised_once_in_order(void **state)
{
	static const size_t sizes[] = { 1, 8, 24, 64, 100, 4096, 65536 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct diary diary;
		struct objpool_attr attr = {
			.nr_objs = 77,
			.obj_size = sizes[i],
			.node_plus_1 = OBJPOOL_NODE(0),
			.objinit = note,
			.ctx = &diary,
		};
		struct objpool *pool;

		open_diary(&diary, sizes[i]);
		pool = make_pool(&attr);
		assert_int_equal(diary.calls, 77);
		assert_true(diary.all_zero);
		assert_true(diary.ascending);
		end_pool(pool);
	}
}

static void
objects_without_objinit_are_zero(void **state)
{
	struct objpool_attr attr = { .nr_objs = 300, .obj_size = 200 };
	struct objpool *pool = make_pool(&attr);
	char *objs[300];

	(void)state;
	assert_int_equal(objpool_pop_bulk(pool, (void **)objs, 300), 0);
	for (unsigned int i = 0; i < 300 * 200; i++)
		assert_int_equal(objs[i / 200][i % 200], 0);
	assert_int_equal(objpool_push_bulk((void **)objs, 300, pool), 0);
	end_pool(pool);
}

/* covers G10 */
static void
error_of_objinit_ends_init_and_leaves_nothing(void **state)
{
	static const int errors[] = { -EIO, -ENOMEM, -1 };

	(void)state;
	for (unsigned int k = 1; k <= 40; k++) {
		struct diary diary;
		struct objpool_attr attr = {
			.nr_objs = 40,
			.obj_size = 8,
			.block_objs = 8,
			.objinit = note,
			.release = count_release,
			.ctx = &diary,
		};
		struct objpool *pool = NULL;
		struct bank bank;

		bank_open(&bank, false);
		open_diary(&diary, 8);
		attr.mem = &bank.mem;
		diary.fail_at = k;
		diary.error = errors[k % COUNT_OF(errors)];
		assert_int_equal(objpool_create(&attr, &pool), diary.error);
		assert_null(pool);
		assert_int_equal(diary.calls, k);
		assert_int_equal(diary.releases, 0);
		assert_int_equal(bank.nr_live, 0);
		assert_int_equal(bank.nr_bad, 0);
		/* The heap too; a leak shows under ASan. */
		attr.mem = NULL;
		diary.calls = 0;
		assert_int_equal(objpool_create(&attr, &pool), diary.error);
		bank_close(&bank);
	}
}

/* Callers look for what is below 0. */
static void
no_number_above_0_is_an_error_of_objinit(void **state)
{
	struct diary diary;
	struct objpool_attr attr = {
		.nr_objs = 40,
		.obj_size = 8,
		.objinit = note,
		.release = count_release,
		.log = count_line,
		.ctx = &diary,
	};
	struct objpool *pool = NULL, head, before;
	struct bank bank;

	(void)state;
	bank_open(&bank, false);
	attr.mem = &bank.mem;
	open_diary(&diary, 8);
	diary.fail_at = 5;
	diary.error = 7;
	assert_int_equal(objpool_create(&attr, &pool), -EINVAL);
	assert_null(pool);
	assert_int_equal(diary.lines, 1);
	memset(&head, 0x5a, sizeof(head));
	before = head;
	diary.fail_at = 10;
	assert_int_equal(objpool_init(&head, &attr), -EINVAL);
	assert_memory_equal(&head, &before, sizeof(head));
	assert_int_equal(diary.calls, 10);
	assert_int_equal(diary.lines, 2);
	assert_int_equal(diary.releases, 0);
	assert_int_equal(bank.nr_live, 0);
	bank_close(&bank);
}

/* Let the k-th request fail, for every k, until there is nothing to fail. */
static unsigned int
fail_every_request(struct objpool_attr attr, int error)
{
	unsigned int k = 0;
	int rc;

	do {
		struct diary diary;
		struct objpool head, before;
		struct bank bank;

		open_diary(&diary, 0);
		bank_open(&bank, false);
		bank.fail_at = ++k;
		bank.error = error;
		attr.mem = &bank.mem;
		attr.ctx = &diary;
		attr.log = count_line;
		attr.release = count_release;
		memset(&head, 0xa5, sizeof(head));
		before = head;
		rc = objpool_init(&head, &attr);
		assert_int_equal(bank.nr_bad, 0);
		if (rc != 0) {
			assert_int_equal(rc, error);
			assert_int_equal(diary.lines, 1);
			assert_memory_equal(&head, &before, sizeof(head));
			assert_int_equal(diary.releases, 0);
		} else {
			/* Forced, since external objects are all out. */
			assert_int_equal(objpool_free_forced(&head), 0);
			assert_int_equal(diary.releases, 1);
		}
		assert_int_equal(bank.nr_live, 0);
		bank_close(&bank);
	} while (rc != 0);
	return k - 1;
}

/* covers G10 */
static void
failure_of_any_request_for_memory_leaves_nothing(void **state)
{
	struct objpool_attr attr = { .nr_objs = 1000, .obj_size = 100 };

	(void)state;
	assert_true(fail_every_request(attr, -ENOMEM) >= 1);
	assert_true(fail_every_request(attr, -ENODEV) >= 1);
	attr.objinit = note;
	assert_true(fail_every_request(attr, -ENOMEM) >= 1);
	attr.flags = OBJPOOL_F_CHECKED;
	assert_true(fail_every_request(attr, -ENOMEM) >= 1);
	attr = (struct objpool_attr){
		.nr_objs = 1000,
		.flags = OBJPOOL_F_EXTERNAL,
	};
	assert_true(fail_every_request(attr, -ENOMEM) >= 1);
}

static int
by_address(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

/* All objects: aligned, inside the source's areas, not overlapping. */
static void
check_places(size_t size, uint32_t align)
{
	size_t expected = align != 0 ? align : size >= 64 ? 64 : 8;
	struct objpool_attr attr = {
		.nr_objs = 50,
		.obj_size = size,
		.obj_align = align,
	};
	struct objpool *pool;
	struct bank bank;
	char *objs[50];

	bank_open(&bank, false);
	attr.mem = &bank.mem;
	pool = make_pool(&attr);
	assert_int_equal(objpool_pop_bulk(pool, (void **)objs, 50), 0);
	qsort(objs, 50, sizeof(objs[0]), by_address);
	for (unsigned int i = 0; i < 50; i++) {
		assert_int_equal((uintptr_t)objs[i] % expected, 0);
		assert_int_equal((uintptr_t)objs[i] % sizeof(void *), 0);
		assert_true(bank_has(&bank, objs[i]));
		assert_true(bank_has(&bank, objs[i] + size - 1));
		if (i > 0)
			assert_true(objs[i] - objs[i - 1] >= (ssize_t)size);
		memset(objs[i], 1, size);
	}
	assert_int_equal(objpool_push_bulk((void **)objs, 50, pool), 0);
	end_pool(pool);
	assert_int_equal(bank.nr_live, 0);
	bank_close(&bank);
}

static void
objects_are_aligned_and_apart(void **state)
{
	static const size_t sizes[] = { 1, 2, 7, 8, 9, 15, 56, 57, 63, 64, 65,
		120, 128, 1000, 4096, 65535, 65536 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		check_places(sizes[i], 0);
		for (uint32_t align = 1; align <= 4096; align *= 4)
			check_places(sizes[i], align);
	}
}

static void
attributes_are_read_during_the_call_only(void **state)
{
	struct bank bank;
	struct objpool_mem mem;
	int nodes[2] = { 0, OBJPOOL_NODE_ANY };
	char name[] = "fleeting";
	struct objpool_attr attr = {
		.name = name,
		.nr_objs = 10,
		.obj_size = 10,
		.nr_slots = 2,
		.slot_nodes = nodes,
		.mem = &mem,
	};
	struct objpool *pool;
	void *obj;

	(void)state;
	bank_open(&bank, false);
	mem = bank.mem;
	pool = make_pool(&attr);
	memset(&attr, 0xff, sizeof(attr));
	memset(&mem, 0xff, sizeof(mem));
	memset(nodes, 0xff, sizeof(nodes));
	memset(name, 'x', sizeof(name));
	obj = objpool_pop(pool);
	assert_non_null(obj);
	assert_int_equal(objpool_push(obj, pool), 0);
	end_pool(pool);
	assert_int_equal(bank.nr_live, 0);
	bank_close(&bank);
}

static void
defaults_are_as_documented(void **state)
{
	struct objpool_attr attr = { .nr_objs = 1000, .obj_size = 1 };
	struct objpool *pool = make_pool(&attr);
	struct objpool_stats stats = stats_of(pool);
	long slots = 2 * sysconf(_SC_NPROCESSORS_CONF);

	(void)state;
	if (slots < 16)
		slots = 16;
	if (slots > (long)OBJPOOL_SLOTS_MAX)
		slots = OBJPOOL_SLOTS_MAX;
	assert_int_equal(stats.nr_slots, slots);
	assert_in_range(stats.block_objs, 4, 256);
	assert_int_equal(stats.block_objs & (stats.block_objs - 1), 0);
	assert_int_equal(stats.nr_free, 1000);
	assert_int_equal(stats.nr_claimed, 0);
	assert_int_equal(objpool_nr_objs(pool), 1000);
	assert_int_equal(objpool_nr_free(pool), 1000);
	assert_int_equal(objpool_nr_outstanding(pool), 0);
	end_pool(pool);
}

static void
wishes_for_slots_and_blocks_are_granted(void **state)
{
	static const uint32_t slots[] = { 1, 2, 3, 64, 65, OBJPOOL_SLOTS_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(slots); i++)
		for (uint32_t n = 4; n <= 256; n *= 4) {
			struct objpool_attr attr = {
				.nr_objs = 100,
				.obj_size = 8,
				.nr_slots = slots[i],
				.block_objs = n,
			};
			struct objpool *pool = make_pool(&attr);

			assert_int_equal(stats_of(pool).nr_slots, slots[i]);
			assert_int_equal(stats_of(pool).block_objs, n);
			assert_int_equal(objpool_nr_free(pool), 100);
			end_pool(pool);
		}
}

static void
memory_beside_the_objects_is_told(void **state)
{
	struct objpool_attr attr = {
		.nr_objs = 65536,
		.obj_size = 64,
		.nr_slots = 128,
	};
	struct objpool *pool;
	struct bank bank;

	(void)state;
	bank_open(&bank, false);
	attr.mem = &bank.mem;
	pool = make_pool(&attr);
	assert_int_equal(stats_of(pool).arena_bytes,
		bank.bytes_asked - UINT64_C(65536) * 64);
	end_pool(pool);
	bank_close(&bank);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			objects_are_zeroed_and_initialised_once_in_order),
		cmocka_unit_test(objects_without_objinit_are_zero),
		cmocka_unit_test(error_of_objinit_ends_init_and_leaves_nothing),
		cmocka_unit_test(no_number_above_0_is_an_error_of_objinit),
		cmocka_unit_test(
			failure_of_any_request_for_memory_leaves_nothing),
		cmocka_unit_test(objects_are_aligned_and_apart),
		cmocka_unit_test(attributes_are_read_during_the_call_only),
		cmocka_unit_test(defaults_are_as_documented),
		cmocka_unit_test(wishes_for_slots_and_blocks_are_granted),
		cmocka_unit_test(memory_beside_the_objects_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
