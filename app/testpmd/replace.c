/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Replacing mbuf pools while packets go through them.
 *
 * Rx queues point to the mempool that they were set up with, mb_pool_NODE, and
 * go on doing so until the ports are closed: it is the front. A replacement
 * makes a pool like it, mb_pool_NODE_GENERATION, and has the front hand out its
 * mbufs from then on (objpool_mempool_replace()). No queue is stopped.
 * mbufs that are under way go home to the pool they are of; when all of a
 * pool's are, its memory is released. The front's own mbufs are generation 1.
 *
 * What was replaced is remembered as a struct old_pool until it is released:
 *
 *   OLD_LEFT     an lcore may be in the middle of taking mbufs of it
 *   OLD_IDLE     none is; the main lcore is to give it up
 *   OLD_WAITING  given up (objpool_mempool_free_deferred()); mbufs are out
 *   OLD_GONE     its memory is released
 *
 * The driver's control thread calls back at the second and the fourth, which
 * only sets the state; all else is done by the main lcore, in replace_step().
 * So nothing here needs a lock. The front's own mbufs begin at OLD_WAITING, for
 * the driver itself sees to them.
 *
 * Where there is no memory for another pool, nothing changes: mbufs come from
 * the pool that they came from. --replace-pool tries again every period.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_mbuf.h>

#include <objpool/objpool_mempool.h>

#include "replace.h"
#include "complain.h"

/* How often to look after pools that were replaced, in milliseconds. */
#define STEP_MS   100
/* How long to wait for the last of them in the end. */
#define SETTLE_MS 5000

int
replace_check(const struct pool *pool)
{
	const struct rte_mempool *mp = pool->mp;
	struct objpool_stats stats;

	if (mp->cache_size > 0) {
		complain("pool %s cannot be replaced: mempool's own caches "
			 "(--mbcache=%u) would keep its mbufs; do without "
			 "--mbcache",
			mp->name, mp->cache_size);
		return -ENOTSUP;
	}
	if (objpool_mempool_get_stats(mp, &stats) < 0) {
		complain(
			"pool %s cannot be replaced: mempool driver \"%s\" has "
			"no way to do that; do without --mbuf-pool-ops-name",
			mp->name, rte_mempool_get_ops(mp->ops_index)->name);
		return -ENOTSUP;
	}
	return 0;
}

static void
set_state(struct old_pool *old, enum old_state state)
{
	atomic_store_explicit(&old->state, state, memory_order_release);
}

static enum old_state
get_state(const struct old_pool *old)
{
	return atomic_load_explicit(&old->state, memory_order_acquire);
}

/* Called in the driver's control thread. */
static void
on_idle(const char *name __rte_unused, void *ctx)
{
	set_state(ctx, OLD_IDLE);
}

/* Called in the driver's control thread. */
static void
on_gone(const char *name __rte_unused, void *ctx)
{
	set_state(ctx, OLD_GONE);
}

/* A pool as the front was made, or NULL. */
static struct rte_mempool *
make_next(const struct pool *pool)
{
	struct rte_mempool *mp = pool->mp;
	char name[RTE_MEMPOOL_NAMESIZE];

	if (snprintf(name, sizeof(name), "%s_%u", mp->name,
		    pool->generation + 1) >= (int)sizeof(name)) {
		rte_errno = ENAMETOOLONG;
		return NULL;
	}
	return rte_pktmbuf_pool_create_by_ops(name, mp->size, 0, 0,
		rte_pktmbuf_data_room_size(mp), mp->socket_id,
		rte_mempool_get_ops(mp->ops_index)->name);
}

/* The same without words. */
static int
try_replace(struct pool *pool)
{
	struct old_pool *old = calloc(1, sizeof(*old));
	struct objpool_stats base = { 0 };
	struct rte_mempool *next;
	int ret;

	if (old == NULL)
		return -ENOMEM;
	next = make_next(pool);
	if (next == NULL) {
		free(old);
		return -rte_errno;
	}
	objpool_mempool_get_stats(next, &base);
	old->mp = pool->now;
	set_state(old, pool->now == pool->mp ? OLD_WAITING : OLD_LEFT);
	ret = objpool_mempool_replace(pool->mp, next,
		pool->now == pool->mp ? on_gone : on_idle, old);
	if (ret < 0) {
		rte_mempool_free(next);
		free(old);
		return ret;
	}
	old->next = pool->old;
	pool->old = old;
	pool->now = next;
	pool->base = base;
	pool->generation++;
	return 0;
}

static void
report_failure(const struct pool *pool, int error, const char *what_now)
{
	const bool is_memory =
		error == -ENOMEM || error == -ENOBUFS || error == -ENOSPC;

	complain(
		"pool %s is not replaced: %s; mbufs still come from generation "
		"%u%s",
		pool->mp->name,
		is_memory ? "not enough memory for another one" :
			    rte_strerror(-error),
		pool->generation, what_now);
}

int
replace_pool(struct pool *pool)
{
	int ret = replace_check(pool);

	if (ret < 0)
		return ret;
	ret = try_replace(pool);
	if (ret < 0)
		report_failure(pool, ret, "");
	else
		printf("Replaced mbuf pool <%s>: mbufs come from <%s> now\n",
			pool->mp->name, pool->now->name);
	return ret;
}

/* Do what is due for one pool that was replaced; whether it is gone. */
static bool
old_step(struct old_pool *old)
{
	enum old_state state = get_state(old);

	if (state != OLD_IDLE)
		return state == OLD_GONE;

	/* The callback may come before the call returns. A failure, for want
	 * of memory, leaves all as it was; the next step tries again. */
	set_state(old, OLD_WAITING);
	if (objpool_mempool_free_deferred(old->mp, on_gone, old) < 0)
		set_state(old, OLD_IDLE);
	return false;
}

static void
pool_step(struct pool *pool)
{
	struct old_pool **link = &pool->old;

	while (*link != NULL) {
		struct old_pool *old = *link;

		if (!old_step(old)) {
			link = &old->next;
			continue;
		}
		*link = old->next;
		free(old);
		pool->nr_released++;
	}
}

void
replace_begin(struct replace *replace, uint32_t ms)
{
	replace->period = ms * rte_get_tsc_hz() / 1000;
	replace->next = rte_rdtsc() + replace->period;
	replace->failed = false;
}

/* Replace all pools, with words only where that begins to fail. */
static void
replace_all(struct replace *replace, struct pools *pools)
{
	bool failed = false;

	for (unsigned int i = 0; i < pools->nr; i++) {
		struct pool *pool = &pools->pool[i];
		int ret = try_replace(pool);

		if (ret == 0)
			continue;
		if (!replace->failed && !failed)
			report_failure(pool, ret,
				"; trying again every period");
		failed = true;
	}
	replace->failed = failed;
}

int
replace_step(struct replace *replace, struct pools *pools, bool forwarding)
{
	uint64_t now;

	for (unsigned int i = 0; i < pools->nr; i++)
		pool_step(&pools->pool[i]);
	if (replace->period == 0 || !forwarding)
		return STEP_MS;

	if (rte_rdtsc() >= replace->next) {
		replace_all(replace, pools);
		/* Periods that passed meanwhile are not made up for. */
		now = rte_rdtsc();
		replace->next += replace->period;
		replace->next = RTE_MAX(replace->next, now);
	}
	now = rte_rdtsc();
	if (now >= replace->next)
		return 0;
	return RTE_MIN((replace->next - now) * 1000 / rte_get_tsc_hz() + 1,
		(uint64_t)STEP_MS);
}

/* What objpool_mempool_waiting_walk() finds of one pool's generations. */
struct found {
	const struct pool *pool;
	bool print; /* instead of adding up */
	uint64_t nr_out;
};

/* Is a mempool of that name a generation of the pool? */
static bool
is_generation(const struct pool *pool, const char *name)
{
	const char *front = pool->mp->name;
	size_t len = strlen(front);

	return strncmp(name, front, len) == 0 &&
		(name[len] == '\0' || name[len] == '_');
}

static void
on_waiting(const struct objpool_mempool_waiting *waiting, void *ctx)
{
	struct found *found = ctx;

	if (!is_generation(found->pool, waiting->name))
		return;
	found->nr_out += waiting->nr_out;
	if (found->print)
		printf("  %s waits for %u of %u mbufs, for %.1f s: %s\n",
			waiting->name, waiting->nr_out, waiting->nr_objs,
			waiting->seconds, waiting->holders);
}

/* mbufs that are out of pools that were replaced. */
static uint64_t
count_out(const struct pool *pool)
{
	struct found found = { .pool = pool };

	objpool_mempool_waiting_walk(on_waiting, &found);
	for (const struct old_pool *old = pool->old; old != NULL;
		old = old->next) {
		enum old_state state = get_state(old);

		/* Not the driver's yet. */
		if (state == OLD_LEFT || state == OLD_IDLE)
			found.nr_out += old->mp->size -
				rte_mempool_avail_count(old->mp);
	}
	return found.nr_out;
}

static unsigned int
count_old(const struct pool *pool)
{
	unsigned int n = 0;

	for (const struct old_pool *old = pool->old; old != NULL;
		old = old->next)
		n++;
	return n;
}

void
replace_print(const struct pool *pool)
{
	struct found found = { .pool = pool, .print = true };
	unsigned int nr_old = count_old(pool);

	if (pool->generation == 1)
		return;
	printf("  Replaced:    %-13u Released:    %-13u Waiting:     %u\n",
		pool->generation - 1, pool->nr_released, nr_old);
	printf("  Generation:  %-13u Old mbufs out: %" PRIu64 "\n",
		pool->generation, nr_old > 0 ? count_out(pool) : 0);
	if (nr_old > 0)
		objpool_mempool_waiting_walk(on_waiting, &found);
}

/* Whether all that were replaced are released. */
static bool
all_gone(struct pools *pools)
{
	bool all = true;

	for (unsigned int i = 0; i < pools->nr; i++) {
		pool_step(&pools->pool[i]);
		if (pools->pool[i].old != NULL)
			all = false;
	}
	return all;
}

void
replace_settle(struct pools *pools)
{
	for (unsigned int waited = 0; !all_gone(pools); waited++) {
		if (waited == SETTLE_MS)
			return;
		rte_delay_us_sleep(1000);
	}
	/* What called back last may still be on its way out of the driver. */
	objpool_mempool_wait(SETTLE_MS);
}

bool
replace_is_over(const struct pool *pool)
{
	unsigned int nr_replaced = pool->generation - 1;

	if (nr_replaced == 0)
		return true;
	printf("mempool %s: %u replaced, %u released\n", pool->mp->name,
		nr_replaced, pool->nr_released);
	if (nr_replaced == pool->nr_released)
		return true;
	complain("pool %s: %" PRIu64 " mbufs of former generations (%u) are "
		 "missing; some driver or mode has leaked them",
		pool->mp->name, count_out(pool), count_old(pool));
	return false;
}
