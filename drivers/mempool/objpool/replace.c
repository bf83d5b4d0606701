/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mempools that are replaced: others serve those who ask for their objects.
 *
 * `by` in a mempool's state says who serves:
 *
 *   NULL --replace--> B --replace--> C ... --free deferred--> itself
 *     |                                                         ^
 *     +---------------------- free deferred --------------------+
 *
 * NULL is the mempool's own pool, which is closed when `by` changes for the
 * first time and never opened again. Itself means that nobody serves:
 * allocation fails.
 *
 * A dequeue that finds B marks its own mempool's pool (objpool_enter()), reads
 * `by` again, pops from what it finds there, and takes the mark away. So after
 * `by` was changed and the mempool's pool is quiet (objpool_quiesce()), nobody
 * is between reading B and popping from it, nor, after the first change, still
 * popping from the mempool's own pool. Until then B is claimed (nr_claims) and
 * must not end. A mempool that is claimed is not replaced itself, so this is
 * one step, never a chain.
 *
 * Objects given back go home. mbufs name their mempool, but a PMD that frees in
 * bulk looks at the first mbuf only, and who asked a replaced mempool gives
 * back there. So a mempool that takes part in a replacement is mixed, for ever,
 * and its enqueue asks each object, by the header that mempool puts before it.
 * An object of B gets to anybody after B was made mixed, so nobody overlooks
 * it. For the same reason nobody gives one back inline (objpool_mempool_fast.h),
 * which asks nothing: before it can be had through the other mempool, the slots
 * of both are diverted (objpool_divert()), and a thread that has it sees that in
 * its slot. That nobody allocates inline from a mempool that is replaced is the
 * closed pool's doing, and what was in progress is waited for like the rest.
 *
 * A replaced mempool's objects are taken out of it at once, and their memory is
 * freed when the last is home, both of which rte_mempool_free() would do but no
 * function does alone. Were they left in it, rte_mempool_free() would ask it
 * for as many, and get those of B. Its head stays, since Rx queues point to it,
 * and with it the state with its pool, whose closed blocks list objects that
 * are no more in the end; nobody pops them. No event tells PMDs that map
 * objects' memory (mlx5) about that: they learn of B when it is populated, and
 * forget the replaced one's with its head.
 */

#include <errno.h>

#include <rte_eal_memconfig.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_pause.h>

#include "objpool_mempool.h"
#include "replace.h"
#include "retire.h"

static struct state *
who_serves(struct state *s)
{
	return atomic_load_explicit(&s->by, memory_order_acquire);
}

int
replace_dequeue(struct state *s, void **objs, unsigned int n)
{
	struct state *by = who_serves(s);
	int ret = -ESHUTDOWN;
	void *mark;

	/* Without more ado: mempool asks for each object at its end. */
	if (by == s)
		return ret;
	mark = objpool_enter(&s->pool, lcore_key);
	/* Set before the pool was closed; that it is closed was seen. */
	while ((by = who_serves(s)) == NULL)
		rte_pause();
	if (by != s)
		ret = objpool_pop_bulk_keyed(&by->pool, objs, n, lcore_key);
	objpool_leave(&s->pool, mark);
	return ret;
}

/* How many of the objects, from the first, are of one mempool, and of which. */
static unsigned int
run_of(void *const *objs, unsigned int n, struct rte_mempool **owner)
{
	unsigned int i = 1;

	*owner = rte_mempool_from_obj(objs[0]);
	while (i < n && rte_mempool_from_obj(objs[i]) == *owner)
		i++;
	return i;
}

int
replace_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	struct rte_mempool *owner = mp;
	struct state *home;
	unsigned int m;
	int ret = 0;

	for (; n > 0; objs += m, n -= m) {
		m = run_of(objs, n, &owner);
		home = state_of(owner);
		if (home == NULL ||
			objpool_push_bulk_keyed(objs, m, &home->pool,
				lcore_key) < 0)
			ret = -EINVAL;
	}
	return ret;
}

/* A replaced mempool's own objects that are not home yet. */
static unsigned int
nr_out(const struct state *s)
{
	uint32_t left = atomic_load_explicit(&s->nr_left, memory_order_relaxed);
	uint32_t home = left > 0 ? objpool_nr_free(&s->pool) : 0;

	return left - RTE_MIN(left, home);
}

/* A replaced mempool has what the other can give, and is full when no object is
 * out, of that or of its own. mempool wants no more than its size. One about to
 * end has what is home. */
unsigned int
replace_count(const struct rte_mempool *mp, struct state *s)
{
	unsigned int count, most;
	struct state *by = who_serves(s);
	void *mark;

	if (by == NULL || by == s)
		return objpool_nr_free(&s->pool);
	mark = objpool_enter(&s->pool, lcore_key);
	by = who_serves(s);
	count = objpool_nr_free(&by->pool);
	objpool_leave(&s->pool, mark);
	most = mp->size - RTE_MIN(mp->size, nr_out(s));
	return RTE_MIN(count, most);
}

struct state *
replace_serve(struct state *s, struct state *by)
{
	struct state *left = who_serves(s);

	if (by != s) {
		by->nr_claims++;
		atomic_store_explicit(&by->mixed, 1, memory_order_relaxed);
		atomic_store_explicit(&s->mixed, 1, memory_order_relaxed);
		objpool_divert(&by->pool);
		objpool_divert(&s->pool);
	}
	atomic_store_explicit(&s->by, by, memory_order_release);
	/* 0 or, since it is closed already, 0. */
	(void)objpool_close(&s->pool);
	return left;
}

void
replace_unclaim(struct state *left)
{
	if (--left->nr_claims == 0 && left->is_orphan) {
		(void)objpool_free_forced(&left->pool);
		state_free(left);
	}
}

bool
replace_forget(struct state *s)
{
	struct state *by = who_serves(s);
	bool is_over;

	if (!state_is_mine(s))
		return true;
	retire_lock();
	if (by != NULL && by != s)
		replace_unclaim(by);
	is_over = s->nr_claims == 0;
	if (!is_over) {
		SAY(ERR,
			"mempool %s is freed, but serves instead of %u other "
			"(objpool_mempool_replace()): they have no objects now",
			s->name, s->nr_claims);
		s->is_orphan = true;
		replace_serve(s, s);
	}
	retire_unlock();
	return is_over;
}

/* From here on those who walk over the mempool find it empty. */
static void
take_objects(struct rte_mempool *mp, struct state *s, struct ending *e)
{
	rename_objects_aside(mp);
	rte_mcfg_mempool_write_lock();
	STAILQ_INIT(&e->objs);
	STAILQ_INIT(&e->chunks);
	STAILQ_CONCAT(&e->objs, &mp->elt_list);
	STAILQ_CONCAT(&e->chunks, &mp->mem_list);
	e->nr_objs = mp->populated_size;
	atomic_store_explicit(&s->nr_left, e->nr_objs, memory_order_relaxed);
	mp->populated_size = 0;
	mp->nb_mem_chunks = 0;
	rte_mcfg_mempool_write_unlock();
}

void
replace_drop_objects(struct rte_mempool *mp, struct ending *e)
{
	struct state *s = mp->pool_data;
	struct rte_mempool_memhdr *chunk;

	if (s != NULL)
		atomic_store_explicit(&s->nr_left, 0, memory_order_relaxed);
	while ((chunk = STAILQ_FIRST(&e->chunks)) != NULL) {
		STAILQ_REMOVE_HEAD(&e->chunks, next);
		if (chunk->free_cb != NULL)
			chunk->free_cb(chunk, chunk->opaque);
		rte_free(chunk);
	}
}

/* Of mbufs, the part that a NIC may write to; 0 for other objects. */
static uint32_t
data_room(struct rte_mempool *mp)
{
	return holders_of_mbufs(mp) ? rte_pktmbuf_data_room_size(mp) : 0;
}

/* Would an object of one do as an object of the other? */
static bool
are_alike(struct rte_mempool *mp, struct rte_mempool *by)
{
	const struct {
		const char *what;
		uint32_t is, other;
	} size[] = {
		{ "data room", data_room(mp), data_room(by) },
		{ "element", mp->elt_size, by->elt_size },
		{ "header", mp->header_size, by->header_size },
		{ "trailer", mp->trailer_size, by->trailer_size },
		{ "private area", mp->private_data_size,
			by->private_data_size },
	};

	for (unsigned int i = 0; i < RTE_DIM(size); i++) {
		if (size[i].is == size[i].other)
			continue;
		SAY(ERR,
			"mempool %s cannot be replaced by %s: %s of %u bytes, "
			"not %u",
			mp->name, by->name, size[i].what, size[i].other,
			size[i].is);
		return false;
	}
	if ((by->flags & RTE_MEMPOOL_F_NON_IO) &&
		!(mp->flags & RTE_MEMPOOL_F_NON_IO)) {
		SAY(ERR,
			"mempool %s cannot be replaced by %s: it has no IO "
			"addresses",
			mp->name, by->name);
		return false;
	}
	if (state_of(mp)->has_holders && !state_of(by)->has_holders) {
		SAY(ERR,
			"mempool %s cannot be replaced by %s: what killed "
			"processes had of that could not be reclaimed: make it "
			"with OBJPOOL_F_HOLDERS, too",
			mp->name, by->name);
		return false;
	}
	return true;
}

static int
check(struct rte_mempool *mp, struct rte_mempool *by)
{
	if (mp == NULL || by == NULL || mp == by || !is_ours(mp) ||
		!is_ours(by) || state_of(mp) == NULL || state_of(by) == NULL)
		return -EINVAL;
	if (retire_is_child() || !state_is_mine(state_of(mp)))
		return retire_refuse(mp);
	if (!state_is_mine(state_of(by)))
		return retire_refuse(by);
	if (!are_alike(mp, by))
		return -EINVAL;
	if (mp->cache_size > 0 || by->cache_size > 0)
		return -ENOTSUP;
	/* Whether it can be waited for. Now there is little to wait for. */
	return objpool_quiesce(&state_of(mp)->pool);
}

static int
check_states(const struct state *s, const struct state *by)
{
	if (atomic_load_explicit(&s->by, memory_order_relaxed) == s)
		return -EALREADY;
	if (s->nr_claims > 0 ||
		atomic_load_explicit(&s->by, memory_order_relaxed) == by ||
		atomic_load_explicit(&by->by, memory_order_relaxed) != NULL)
		return -EBUSY;
	return 0;
}

int
objpool_mempool_replace(struct rte_mempool *mp, struct rte_mempool *by,
	objpool_mempool_freed_fn *freed, void *ctx)
{
	struct ending *e;
	struct state *s;
	int ret;

	ret = check(mp, by);
	if (ret < 0)
		return ret;
	ret = retire_prepare(mp, freed, ctx, &e);
	if (ret < 0)
		return ret;
	s = state_of(mp);
	retire_lock();
	ret = check_states(s, state_of(by));
	if (ret == 0) {
		e->left = replace_serve(s, state_of(by));
		e->kind = e->left == NULL ? ENDING_OBJECTS : ENDING_SERVICE;
		if (e->kind == ENDING_OBJECTS)
			take_objects(mp, s, e);
		retire_add(e);
	}
	retire_unlock();
	if (ret < 0)
		retire_cancel(e);
	return ret;
}
