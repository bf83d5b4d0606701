/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Making a pool: the one place that knows core and mem.
 *
 * The slots' NUMA nodes decide how many regions the arena has; each is an area
 * of its own, bound to its node. The objects, if they are the pool's, are
 * spread over the same nodes, an area each, and start in blocks of their own
 * region, so that what an lcore takes first is near. Then the head is linked to
 * the arena by its distance, which is all that other processes need.
 *
 * Whatever fails, everything got so far is given back by end_areas().
 */

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "attr.h"
#include "core/claim.h"
#include "core/layout.h"
#include "core/scan.h"
#include "end.h"
#include "holders.h"
#include "identity.h"
#include "mem/node.h"
#include "pool.h"

/* Least alignment of objects: what any of their members may need to be atomic,
 * also where pointers have four bytes. */
#define OBJ_ALIGN 8u

static_assert(OBJPOOL_SLOTS_MAX + NR_GUESTS < OWN_ANON, "own has room for all");

/* Locks would be a process's own, and a killed thread would take one along.
 * (On i386 clang's LOCK_FREE is about members of lower alignment.) */
#if ATOMIC_LLONG_LOCK_FREE != 2 && !defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_8)
#error "64-bit atomics take locks here"
#endif

/* Compilers of 32-bit machines differ about the alignment of 64-bit members.
 * Here all are where they are with any of them. */
static_assert(offsetof(struct objpool_slot, cur) == 8 &&
		offsetof(struct objpool_block, stamp) == 16 &&
		offsetof(struct objpool_block, base) == 32 &&
		sizeof(struct objpool_block) == CACHE_LINE,
	"the layout that inline calls know");

/* A pool in the making. */
struct plan {
	const struct objpool_attr *attr;
	const char *name;
	struct local *local;
	struct layout layout;
	size_t stride; /* bytes from object to object; 0: external */
	size_t align;  /* of objects */
	int node[REGIONS_MAX];
	void *objs[REGIONS_MAX]; /* of each region, if they are the pool's */
	uint32_t first_obj[REGIONS_MAX];
	uint32_t nr_objs[REGIONS_MAX];
	uint8_t slot_region[OBJPOOL_SLOTS_MAX];
	int distance[REGIONS_MAX * REGIONS_MAX];
};

static void
tell(void *ctx, const char *line)
{
	const struct local *local = ctx;

	if (local->log != NULL)
		local->log(local->ctx, line);
	else
		fprintf(stderr, "objpool: %s\n", line);
}

/* The node slot i shall be on, as the attributes say. */
static int
wanted_node(const struct objpool_attr *attr, uint32_t i)
{
	if (attr->slot_nodes != NULL)
		return attr->slot_nodes[i];
	if (attr->node_plus_1 != 0)
		return (int)(attr->node_plus_1 - 1);
	return node_of_cpu((int)(i % (uint32_t)node_nr_cpus()));
}

/* Sort the slots into regions by their nodes. */
static void
plan_regions(struct plan *p)
{
	uint32_t nr = 0, r;

	for (uint32_t i = 0; i < p->layout.nr_slots; i++) {
		int node = wanted_node(p->attr, i);

		/* Whether there is such a node is for the source to say. */
		for (r = 0; r < nr && p->node[r] != node; r++)
			;
		if (r == REGIONS_MAX)
			r = 0;
		else if (r == nr)
			p->node[nr++] = node;
		p->slot_region[i] = (uint8_t)r;
	}
	p->layout.nr_regions = nr;
	p->layout.slot_region = p->slot_region;
	for (uint32_t i = 0; i < nr * nr; i++) {
		int distance = node_distance(p->node[i / nr], p->node[i % nr]);

		/* What is not known is farther than what is. */
		p->distance[i] = distance > 0 ? distance : INT_MAX;
	}
	p->layout.distance = p->distance;
}

static void
plan_pool(struct plan *p)
{
	const struct objpool_attr *attr = p->attr;
	uint32_t cpus = (uint32_t)node_nr_cpus();
	size_t size = (size_t)attr->obj_size;

	p->name = attr->name != NULL ? attr->name : "unnamed";
	p->layout.nr_objs = (uint32_t)attr->nr_objs;
	p->layout.block_objs = attr->block_objs;
	p->layout.nr_slots = attr->nr_slots;
	p->layout.has_limbo = attr->gp != NULL;
	p->layout.has_signals = attr->flags & OBJPOOL_F_SIGNALS;
	p->layout.has_homing = attr->flags & OBJPOOL_F_HOMING;
	if (attr->nr_slots == 0) {
		p->layout.nr_slots = cpus < 8 ? 16 : 2 * cpus;
		if (p->layout.nr_slots > OBJPOOL_SLOTS_MAX)
			p->layout.nr_slots = OBJPOOL_SLOTS_MAX;
	}
	size = (size + OBJ_ALIGN - 1) & ~(size_t)(OBJ_ALIGN - 1);
	p->align = attr->obj_align;
	if (p->align < OBJ_ALIGN)
		p->align = p->align == 0 && size >= CACHE_LINE ? CACHE_LINE :
								 OBJ_ALIGN;
	p->stride = (size + p->align - 1) & ~(p->align - 1);
	plan_regions(p);
}

static int
get_area(struct plan *p, uint64_t len, size_t align, int node, void **addr)
{
	struct local *local = p->local;
	struct objpool_area *area = &local->areas[local->nr_areas];
	const struct objpool_teller teller = { tell, local, p->name };
	char line[160];
	int rc = -ENOMEM;

	if (len <= SIZE_MAX / 2)
		rc = local->mem.ops->alloc(local->mem.ctx, (size_t)len, align,
			node, &teller, area);
	if (rc < 0) {
		snprintf(line, sizeof(line),
			"pool %s: %s for %llu bytes on node %d", p->name,
			rc == -ENOMEM ? "no memory" : strerror(-rc),
			(unsigned long long)len, node);
		tell(local, line);
		return rc;
	}
	local->nr_areas++;
	*addr = area->addr;
	return 0;
}

/* Get the areas of the objects, near each region. */
static int
get_objs(struct plan *p)
{
	uint32_t left = p->layout.nr_objs, nr;
	int rc;

	if (p->stride == 0)
		return 0;
	for (uint32_t r = 0; r < p->layout.nr_regions; r++) {
		nr = left / (p->layout.nr_regions - r);
		p->first_obj[r] = p->layout.nr_objs - left;
		p->nr_objs[r] = nr;
		left -= nr;
		if (nr == 0)
			continue;
		rc = get_area(p, (uint64_t)nr * p->stride,
			p->align < CACHE_LINE ? CACHE_LINE : p->align,
			p->node[r], &p->objs[r]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Where the distances between objects fit into 32 bits, in units of what they
 * all are multiples of, the blocks of a compact pool hold those. */
static void
choose_entries(struct plan *p)
{
	uintptr_t low = UINTPTR_MAX, high = 0, all = p->stride;

	for (uint32_t r = 0; r < p->layout.nr_regions; r++) {
		uintptr_t at = (uintptr_t)p->objs[r];

		if (p->nr_objs[r] == 0)
			continue;
		if (at < low)
			low = at;
		if (at + (p->nr_objs[r] - 1) * p->stride > high)
			high = at + (p->nr_objs[r] - 1) * p->stride;
	}
	if (p->stride == 0 || !(p->attr->flags & OBJPOOL_F_COMPACT))
		return;
	for (uint32_t r = 0; r < p->layout.nr_regions; r++)
		if (p->nr_objs[r] > 0)
			all |= (uintptr_t)p->objs[r] - low;
	p->layout.base = low;
	p->layout.shift = (uint8_t)__builtin_ctzll(all);
	p->layout.narrow = (high - low) >> p->layout.shift <= UINT32_MAX;
}

static int
note_objs(struct plan *p, struct arena *a)
{
	void *addr;
	int rc;

	for (uint32_t r = 0; r < a->nr_regions; r++) {
		a->region[r].first_obj = p->first_obj[r];
		a->region[r].nr_objs = p->nr_objs[r];
		if (p->nr_objs[r] > 0)
			a->region[r].objs = offset_of(a, p->objs[r]);
	}
	if ((p->attr->flags & OBJPOOL_F_CHECKED) == 0)
		return 0;
	rc = get_area(p, check_bytes(a->nr_objs), CACHE_LINE, p->node[0],
		&addr);
	if (rc < 0)
		return rc;
	a->bits = offset_of(a, addr);
	return 0;
}

static int
note_holders(struct plan *p, struct arena *a)
{
	void *addr;
	int rc;

	a->has_holders = (p->attr->flags & OBJPOOL_F_HOLDERS) != 0;
	a->holder_at = p->attr->holder_at;
	if (!a->has_holders || p->stride == 0)
		return 0;
	rc = get_area(p, holders_bytes(a->nr_objs), CACHE_LINE, p->node[0],
		&addr);
	if (rc < 0)
		return rc;
	a->holders = offset_of(a, addr);
	holders_init(a);
	return 0;
}

/* A number no other pool has, nor will have, and none of the special ones. */
static uint64_t
new_uid(void)
{
	struct timespec now;
	uint64_t uid;

	if (getrandom(&uid, sizeof(uid), GRND_NONBLOCK) != sizeof(uid)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		uid = (uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec << 2 ^
			(uint64_t)getpid() << 40;
	}
	return uid | 2;
}

/* What the slots' operations have to do besides. */
static uint32_t
first_mode(uint32_t flags)
{
	return (flags & OBJPOOL_F_MARKED ? OBJPOOL_SLOT_MARKED_ : 0) |
		(flags & (OBJPOOL_F_CHECKED | OBJPOOL_F_HOLDERS) ?
				OBJPOOL_SLOT_SLOW_ :
				0) |
		(flags & OBJPOOL_F_SIGNALS ? OBJPOOL_SLOT_SIGNALS_ : 0);
}

static int
make_arena(struct plan *p, struct arena **arena)
{
	void *addr[REGIONS_MAX];
	struct arena *a;
	int rc;

	for (uint32_t r = 0; r < p->layout.nr_regions; r++) {
		rc = get_area(p, p->layout.bytes[r], CACHE_LINE, p->node[r],
			&addr[r]);
		if (rc < 0)
			return rc;
	}
	a = layout_format(&p->layout, addr);
	for (uint32_t r = 0; r < a->nr_regions; r++)
		a->region[r].node = p->node[r];
	atomic_init(&a->flags,
		p->attr->flags | (p->local->mem.ops->shared ? FLAG_SHARED : 0));
	a->fence_free = !(p->attr->flags & OBJPOOL_F_FENCED) && fence_join();
	claim_divert(a,
		first_mode(p->attr->flags) |
			(p->layout.narrow ? OBJPOOL_SLOT_NARROW_ : 0) |
			(p->attr->flags & OBJPOOL_F_HOMING &&
						a->nr_regions > 1 ?
					OBJPOOL_SLOT_HOMING_ :
					0));
	a->stride = p->stride;
	a->shared = p->local->mem.ops->shared != 0;
	a->address = (uintptr_t)a;
	a->place = identity_place();
	a->creator = identity_process();
	a->local = (uintptr_t)p->local;
	atomic_init(&a->refs, (uint64_t)p->layout.nr_objs * REF_OBJ + REF_POOL);
	strcpy(a->name, p->name);
	*arena = a;
	return 0;
}

/* Initialise a region's objects and put them on its blocks. */
static int
fill_region(const struct plan *p, struct arena *a, uint32_t r)
{
	const struct objpool_attr *attr = p->attr;
	const struct region *region = &a->region[r];
	uint32_t block = r * a->blocks_per_region;
	void *objs[BLOCK_OBJS_MAX];
	unsigned int n = 0;
	int rc;

	for (uint32_t i = 0; i < region->nr_objs; i++) {
		objs[n] = at_offset(a, region->objs + (int64_t)(i * a->stride));
		if (attr->objinit != NULL) {
			rc = attr_init_object(attr, objs[n]);
			if (rc != 0)
				return rc;
		}
		n++;
		if (n == p->layout.fill || i + 1 == region->nr_objs) {
			if (attr->flags & OBJPOOL_F_CHECKED)
				check_pushable(a, objs, n, &rc);
			layout_stock(a, block++, objs, n);
			n = 0;
		}
	}
	return 0;
}

static uint64_t
nr_parked(const struct gp_client *client)
{
	const struct local *local = (const void *)((const char *)client -
		offsetof(struct local, client));
	struct totals totals;

	/* What is counted as home is not parked any more. */
	if (atomic_load_explicit(&local->arena->state, memory_order_acquire) >=
		POOL_DRAINED)
		return 0;
	scan_totals(local->arena, &totals);
	return totals.parked;
}

/* The domain counts the pool, and asks how much of it is parked. */
static void
join_domain(struct local *local, const struct arena *a)
{
	local->arena = a;
	local->client = (struct gp_client){
		.name = a->name,
		.parked = nr_parked,
	};
	if (local->gp != NULL)
		gp_attach(local->gp, &local->client);
}

static int
make_pool(struct plan *p, struct objpool *pool)
{
	struct arena *a = NULL;
	int rc;

	rc = get_objs(p);
	if (rc < 0)
		return rc;
	choose_entries(p);
	rc = layout_plan(&p->layout) ? make_arena(p, &a) : -ENOMEM;
	if (rc == 0)
		rc = note_objs(p, a);
	if (rc == 0)
		rc = note_holders(p, a);
	for (uint32_t r = 0; rc == 0 && r < p->layout.nr_regions; r++)
		rc = fill_region(p, a, r);
	if (rc != 0)
		return rc;
	/* From here on the pool is one. */
	atomic_store_explicit(&a->uid, new_uid(), memory_order_release);
	*pool = (struct objpool){ 0 };
	pool->arena = (ptrdiff_t)((intptr_t)a - (intptr_t)pool);
	pool->uid = atomic_load_explicit(&a->uid, memory_order_relaxed);
	join_domain(p->local, a);
	return 0;
}

/* Can the domain serve such a pool? */
static int
check_domain(const struct objpool_attr *attr)
{
	if (attr->gp == NULL)
		return 0;
	if (!gp_is_ours(attr->gp))
		return -EPERM;
	if (attr->mem != NULL && attr->mem->ops->shared &&
		!gp_is_shared(attr->gp))
		return -ENOTSUP;
	return 0;
}

static int
init(struct objpool *pool, const struct objpool_attr *attr, int head_is_ours)
{
	const struct objpool_mem heap = { objpool_mem_heap(), NULL };
	struct objpool_attr copy;
	struct plan plan = { .attr = &copy };
	int rc;

	if (pool == NULL || attr == NULL ||
		(attr->mem != NULL && attr->mem->ops == NULL))
		return -EINVAL;
	copy = *attr;
#ifdef OBJPOOL_CHECKED
	if ((copy.flags & OBJPOOL_F_EXTERNAL) == 0)
		copy.flags |= OBJPOOL_F_CHECKED;
#endif
	rc = attr_check(&copy);
	/* Reclaiming waits for marks; and the words tell what the bits do. */
	if (copy.flags & OBJPOOL_F_HOLDERS)
		copy.flags =
			(copy.flags & ~OBJPOOL_F_CHECKED) | OBJPOOL_F_MARKED;
	if (rc == 0)
		rc = check_domain(&copy);
	if (rc < 0)
		return rc;
	plan_pool(&plan);
	plan.local = calloc(1, sizeof(*plan.local));
	if (plan.local == NULL)
		return -ENOMEM;
	plan.local->mem = attr->mem != NULL ? *attr->mem : heap;
	plan.local->release = attr->release;
	plan.local->log = attr->log;
	plan.local->ctx = attr->ctx;
	plan.local->gp = attr->gp;
	plan.local->head = pool;
	plan.local->head_is_ours = head_is_ours;
	rc = make_pool(&plan, pool);
	if (rc != 0)
		end_areas(plan.local);
	return rc;
}

int
objpool_init(struct objpool *pool, const struct objpool_attr *attr)
{
	return init(pool, attr, 0);
}

int
objpool_create(const struct objpool_attr *attr, struct objpool **poolp)
{
	struct objpool *pool;
	int rc;

	if (poolp == NULL)
		return -EINVAL;
	pool = aligned_alloc(CACHE_LINE, sizeof(*pool));
	if (pool == NULL)
		return -ENOMEM;
	rc = init(pool, attr, 1);
	if (rc != 0)
		free(pool);
	else
		*poolp = pool;
	return rc;
}
