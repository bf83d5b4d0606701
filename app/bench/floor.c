/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The floor: an array of pointers for each worker, which nobody else ever sees.
 * No pool can be faster, since this does nothing but copy pointers and count
 * them; and it is no pool, since objects can neither be shared nor passed on.
 */

#include <errno.h>
#include <string.h>

#include <rte_malloc.h>

#include "loop.h"

/* A worker's, as many bytes apart as stride says. */
struct array {
	unsigned int len;
	alignas(RTE_CACHE_LINE_SIZE) void *objs[];
};

struct arrays {
	size_t stride;
	char *objs; /* the objects' memory */
	alignas(RTE_CACHE_LINE_SIZE) char first[];
};

static __rte_always_inline int
get_of_array(void *handle __rte_unused, void *seat, void **objs, unsigned int n)
{
	struct array *array = seat;
	unsigned int len = array->len;

	if (unlikely(len < n))
		return -ENOBUFS;
	len -= n;
	memcpy(objs, array->objs + len, n * sizeof(*objs));
	array->len = len;
	return 0;
}

static __rte_always_inline void
put_of_array(void *handle __rte_unused, void *seat, void *const *objs,
	unsigned int n)
{
	struct array *array = seat;
	unsigned int len = array->len;

	memcpy(array->objs + len, objs, n * sizeof(*objs));
	array->len = len + n;
}

LOOPS(array, get_of_array, put_of_array)

static void *
own_array(void *handle, unsigned int worker)
{
	struct arrays *arrays = handle;

	return arrays->first + worker * arrays->stride;
}

static int
arrays_open(struct pool *pool, const struct setup *setup)
{
	unsigned int each = setup->nr_objs / setup->nr_workers;
	size_t stride =
		RTE_ALIGN_CEIL(sizeof(struct array) + each * sizeof(void *),
			RTE_CACHE_LINE_SIZE);
	struct arrays *arrays =
		rte_zmalloc(NULL, sizeof(*arrays) + setup->nr_workers * stride,
			RTE_CACHE_LINE_SIZE);

	if (arrays == NULL)
		return -ENOMEM;
	arrays->stride = stride;
	pool->objs_len = (size_t)setup->nr_objs * setup->obj_size;
	arrays->objs = rte_zmalloc(NULL, pool->objs_len, RTE_CACHE_LINE_SIZE);
	if (arrays->objs == NULL) {
		rte_free(arrays);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < each * setup->nr_workers; i++) {
		struct array *array = own_array(arrays, i / each);

		array->objs[array->len++] =
			arrays->objs + (size_t)i * setup->obj_size;
	}
	pool->handle = arrays;
	return 0;
}

static void
arrays_close(struct pool *pool)
{
	struct arrays *arrays = pool->handle;

	rte_free(arrays->objs);
	rte_free(arrays);
}

const struct kind floor_kind = {
	.open = arrays_open,
	.close = arrays_close,
	.seat = own_array,
	.loops = &array_loops,
	.is_shared = false,
};
