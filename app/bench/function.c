/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool of libobjpool, by the functions of objpool.h: what a program calls that
 * knows nothing of fast.h. One object at a time has functions of its own. The
 * pool's slot is found at each call.
 */

#include <objpool/objpool.h>

#include "library.h"
#include "loop.h"

static __rte_always_inline int
get_of_function(void *handle, void *seat __rte_unused, void **objs,
	unsigned int n)
{
	if (__builtin_constant_p(n) && n == 1) {
		objs[0] = objpool_pop(handle);
		return objs[0] == NULL ? -1 : 0;
	}
	return objpool_pop_bulk(handle, objs, n);
}

static __rte_always_inline void
put_of_function(void *handle, void *seat __rte_unused, void *const *objs,
	unsigned int n)
{
	if (__builtin_constant_p(n) && n == 1)
		objpool_push(objs[0], handle);
	else
		objpool_push_bulk(objs, n, handle);
}

LOOPS(function, get_of_function, put_of_function)

static void *
no_seat(void *handle __rte_unused, unsigned int worker __rte_unused)
{
	return NULL;
}

const struct kind function_kind = {
	.open = library_open,
	.close = library_close,
	.seat = no_seat,
	.loops = &function_loops,
	.is_shared = true,
};
