/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mistakes with mempools of the driver that a sanitizer must notice, one a run,
 * as those with pools (misuse.c):
 *
 *   misuse_mempool late-read    an object is read after it was put
 *   misuse_mempool late-write   or written
 *   misuse_mempool late-inline  or written after it was put inline
 *   misuse_mempool late-mbuf    an mbuf is written after it was freed
 *   misuse_mempool freed        a mempool is used after its end
 *   misuse_mempool crooked      a mempool is where none can be
 *   misuse_mempool contest [TURNS]
 *                               an lcore and a thread pass objects to each other
 *
 * The last is none, but where the library lacks an order. It is test/driver that
 * poisons objects (poisoned.c) and what was freed (eal_memory.c). Ends with 0 if
 * nothing was noticed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_launch.h>
#include <rte_mbuf.h>

#include <objpool/objpool_mempool.h>

#include "eal.h"
#include "poisoned.h"

#define OBJS  100
#define HELD  60 /* more than half of them: each must take what the other put */
#define TURNS 10000 /* of each, at least */

static volatile uint64_t *
get_and_put(struct rte_mempool *mp)
{
	uint64_t *word;
	void *obj;

	if (rte_mempool_get(mp, &obj) != 0)
		abort();
	word = obj;
	*word = 1;
	rte_mempool_put(mp, obj);
	return word;
}

static volatile uint64_t *
get_and_put_inline(struct rte_mempool *mp)
{
	struct objpool_slot *slot = objpool_mempool_slot(mp);
	void *obj;

	if (slot == NULL || objpool_mempool_get_bulk(mp, slot, &obj, 1) != 0)
		abort();
	objpool_mempool_put_bulk(mp, slot, &obj, 1);
	return obj;
}

static void
write_freed_mbuf(void)
{
	struct rte_mempool *mp = rte_pktmbuf_pool_create_by_ops("packets", OBJS,
		0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY, "objpool");
	struct rte_mbuf *m = mp == NULL ? NULL : rte_pktmbuf_alloc(mp);

	if (m == NULL)
		abort();
	rte_pktmbuf_free(m);
	*rte_pktmbuf_mtod(m, volatile char *) = 1;
	rte_mempool_free(mp);
}

/* --- an lcore and a thread --- */

struct side {
	struct rte_mempool *mp;
	atomic_bool *enough;
	unsigned long turns;
	uint64_t sum;
};

/* Count in the objects, which is no atomic operation. */
static void
pass(struct side *side)
{
	void *objs[HELD];

	for (unsigned long i = 0; i < side->turns || !atomic_load(side->enough);
		i++) {
		unsigned int n = 1 + (unsigned int)(i % HELD);

		if (rte_mempool_get_bulk(side->mp, objs, n) != 0) {
			sched_yield();
			continue;
		}
		for (unsigned int k = 0; k < n; k++)
			++*(uint64_t *)objs[k];
		side->sum += n;
		rte_mempool_put_bulk(side->mp, objs, n);
	}
}

static int
pass_on_lcore(void *arg)
{
	pass(arg);
	return 0;
}

static void *
pass_in_thread(void *arg)
{
	pass(arg);
	return NULL;
}

static void
clear(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	(void)mp;
	(void)arg;
	(void)i;
	*(uint64_t *)obj = 0;
}

static void
wait_for_steals(const struct rte_mempool *mp)
{
	struct objpool_stats stats;

	do {
		sched_yield();
		if (objpool_mempool_get_stats(mp, &stats) != 0 ||
			stats.fence_free == 0)
			abort();
	} while (stats.steals == 0 || stats.revocations == 0);
}

static void
contest(struct rte_mempool *mp, unsigned long turns)
{
	atomic_bool enough = false;
	struct side lcore = { .mp = mp, .enough = &enough, .turns = turns };
	struct side thread = { .mp = mp, .enough = &enough, .turns = turns };
	pthread_t other;
	uint64_t sum = 0;
	void *objs[OBJS];

	rte_mempool_obj_iter(mp, clear, NULL);
	if (rte_eal_remote_launch(pass_on_lcore, &lcore, 1) != 0 ||
		pthread_create(&other, NULL, pass_in_thread, &thread) != 0)
		abort();
	wait_for_steals(mp);
	atomic_store(&enough, true);
	pthread_join(other, NULL);
	if (rte_eal_wait_lcore(1) != 0 || get_all(mp, objs, OBJS) != OBJS)
		abort();
	for (unsigned int i = 0; i < OBJS; i++)
		sum += *(uint64_t *)objs[i];
	if (sum != lcore.sum + thread.sum)
		abort();
	rte_mempool_put_bulk(mp, objs, OBJS);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "contest";
	char *eal[] = { argv[0], (char *)"no-huge", (char *)"--no-telemetry" };
	struct objpool_stats stats;
	struct rte_mempool *mp;
	void *obj;

	eal_start(3, eal);
	mp = mempool_new("misused", OBJS, 0);
	if (strcmp(what, "late-read") == 0)
		printf("%d\n", (int)*get_and_put(mp));
	else if (strcmp(what, "late-write") == 0)
		*get_and_put(mp) = 2;
	else if (strcmp(what, "late-inline") == 0)
		*get_and_put_inline(mp) = 2;
	else if (strcmp(what, "late-mbuf") == 0)
		write_freed_mbuf();
	else if (strcmp(what, "crooked") == 0)
		objpool_mempool_get_stats((void *)((char *)mp + 1), &stats);
	else if (strcmp(what, "contest") == 0)
		contest(mp, argc > 2 ? strtoul(argv[2], NULL, 10) : TURNS);
	rte_mempool_free(mp);
	if (strcmp(what, "freed") == 0)
		(void)rte_mempool_get(mp, &obj);
	eal_stop();
	return 0;
}
