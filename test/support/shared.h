/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The heap, as if other processes saw it: what the dead held is looked for in
 * such pools only.
 */

#ifndef TEST_SUPPORT_SHARED_H
#define TEST_SUPPORT_SHARED_H

#include <objpool/mem.h>

static inline const struct objpool_mem *
shared_memory(void)
{
	static struct objpool_mem_ops ops = { .name = "shared", .shared = 1 };
	static const struct objpool_mem mem = { .ops = &ops };

	ops.alloc = objpool_mem_heap()->alloc;
	ops.free = objpool_mem_heap()->free;
	return &mem;
}

#endif /* TEST_SUPPORT_SHARED_H */
