/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Drop: an object goes for good, and with it its reference to the pool (end.c). It
 * counts as free from then on, so that it cannot be pushed or dropped again. A
 * push on a finished pool is a drop, too.
 */

#include <errno.h>

#include "end.h"
#include "holders.h"
#include "pool.h"

int
objpool_drop(void *obj, struct objpool *pool)
{
	if (obj == NULL)
		return -EINVAL;
	return objpool_drop_bulk(&obj, 1, pool);
}

int
objpool_drop_bulk(void *const *objs, unsigned int n, struct objpool *pool)
{
	struct arena *a;
	int rc = 0;

	if (pool == NULL || objs == NULL)
		return -EINVAL;
	a = arena_of(pool);
	if (is_checked(a))
		n = check_pushable(a, objs, n, &rc);
	if (has_holders(a))
		n = holders_dropped(a, objs, n, &rc);
	if (end_unref(a, n, GP_LAST_DROP) && rc == 0)
		return 0;
	return rc != 0 ? rc : -EAGAIN;
}
