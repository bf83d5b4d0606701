/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A C++ program can use the library. */

#include <objpool/fast.h>
#include <objpool/mem.h>
#include <objpool/objpool.h>

/* As the library's C compiler lays them out (lib/pool.c). */
static_assert(offsetof(struct objpool_slot, cur) == 8 &&
		offsetof(struct objpool_block, stamp) == 16 &&
		offsetof(struct objpool_block, base) == 32 &&
		sizeof(struct objpool_block) == 64,
	"the layout that inline calls know");

int
main()
{
	struct objpool_mem mem = { objpool_mem_heap(), nullptr };
	struct objpool_attr attr = {};
	struct objpool *pool = nullptr;

	attr.nr_objs = 10;
	attr.obj_size = 8;
	attr.mem = &mem;
	attr.node_plus_1 = OBJPOOL_NODE(0);
	if (objpool_create(&attr, &pool) != 0)
		return 1;
	void *obj = objpool_pop(pool);
	if (obj == nullptr || objpool_push(obj, pool) != 0)
		return 2;
	struct objpool_slot *slot = objpool_slot(pool);
	void *objs[8];
	if (slot == nullptr || objpool_slot_pop_bulk(slot, objs, 8) != 0 ||
		objpool_fast_push_bulk(objs, 5, pool) != 0 ||
		objpool_slot_push_bulk(objs + 5, 3, slot) != 0)
		return 4;
	obj = objpool_fast_pop(pool);
	if (obj == nullptr || objpool_slot_push(obj, slot) != 0)
		return 5;
	return objpool_free(pool) == 0 ? 0 : 3;
}
