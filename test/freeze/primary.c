/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The primary's lcore gets and puts all the time, up to nearly all there is.
 *
 * When it is to rest it puts everything back and waits; then all objects are got
 * one by one. None may come twice, nor be stamped. What does not come is stamped
 * by somebody dead, or was moved by a call in which somebody died; it is put back
 * here, by who knows which objects there are.
 *
 * With holders nothing may be missing: what the dead had has been reclaimed while
 * the lcore went on. Before the driver puts back what a dead one had, its stamp
 * is taken off, for others get it at once.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_memzone.h>

#include "eal.h"
#include "env.h"
#include "objpool_mempool.h"
#include "primary.h"

struct rte_mempool *mp;
struct board *board;
char prefix[64];
unsigned int stuck_ms = STUCK_MS;
unsigned int nr_since, nr_lost, nr_held, nr_reclaimed;

static struct item *items[NR_OBJS];
static struct basket taker;
static steps_reclaim_fn *reclaim; /* NULL: without holders */

bool
wrong(const char *what, long got, long wanted)
{
	fprintf(stderr, "%s: %ld, not %ld\n", what, got, wanted);
	return false;
}

/* --- the primary's lcore --- */

int
primary_lcore(void *arg)
{
	(void)arg;
	while (!board->over) {
		/* Often it has nearly all, and keeps that. */
		taker.most = TAKER_HELD;
		for (unsigned int i = 0; i < 512 && !board->rest; i++) {
			if (!basket_play(&taker))
				board->failed++;
			board->calls++;
		}
		if (!board->rest)
			continue;
		basket_put_all(&taker);
		board->rests = true;
		while (board->rest && !board->over)
			usleep(50);
		board->rests = false;
	}
	basket_put_all(&taker);
	return 0;
}

/* It makes so many more calls. */
bool
gets_on(unsigned int calls)
{
	uint64_t from_here = board->calls;

	for (unsigned int i = 0; i < stuck_ms * 10; i++) {
		if (board->calls - from_here >= calls)
			return true;
		usleep(100);
	}
	return false;
}

static bool
rest(void)
{
	board->rest = true;
	for (unsigned int i = 0; i < stuck_ms * 10 && !board->rests; i++)
		usleep(100);
	return board->rests;
}

/* --- all objects --- */

static void
note_item(struct rte_mempool *pool, void *arg, void *obj, unsigned int i)
{
	(void)pool;
	(void)arg;
	items[i] = obj;
	items[i]->stamp = 0;
	items[i]->index = i;
}

/* What is not found: the dead had it, or were moving it. */
static bool
count_missing(const bool *found, unsigned int deaths)
{
	unsigned int lost = 0, held = 0;

	for (unsigned int i = 0; i < NR_OBJS; i++) {
		if (found[i])
			continue;
		lost += items[i]->stamp == 0;
		held += items[i]->stamp != 0;
	}
	nr_lost += lost;
	nr_held += held;
	if (lost > deaths * BULK)
		return wrong("objects lost", lost, deaths * BULK);
	if (held > deaths * (GUEST_HELD + BULK))
		return wrong("objects held by the dead", held,
			deaths * (GUEST_HELD + BULK));
	return true;
}

/* What the dead took along is put back by who knows what there is. */
static void
put_back(const bool *found)
{
	for (unsigned int i = 0; i < NR_OBJS; i++) {
		if (found[i])
			continue;
		items[i]->stamp = 0;
		rte_mempool_put(mp, items[i]);
	}
}

/* Dead secondaries have got it; the lcore has put its own stamp on what it
 * has. */
static bool
take_stamp_off(void *obj, void *ctx)
{
	struct item *item = obj;

	(void)ctx;
	if (item->stamp == taker.who)
		board->duplicates++;
	nr_held += item->stamp != 0;
	item->stamp = 0;
	return true;
}

/* While the lcore gets and puts. */
static bool
reclaim_all(void)
{
	int64_t n = reclaim(mp, take_stamp_off, NULL);

	if (n < 0)
		return wrong("reclaiming", (long)n, 0);
	nr_reclaimed += (unsigned int)n;
	n = reclaim(mp, take_stamp_off, NULL);
	return n == 0 || wrong("reclaimed again", (long)n, 0);
}

bool
take_stock(void)
{
	static void *objs[NR_OBJS + 1];
	bool found[NR_OBJS] = { false };
	bool good = reclaim == NULL || reclaim_all();
	unsigned int n = 0;

	if (!rest())
		return wrong("calls of an lcore that is to rest", 0, 1);
	while (n <= NR_OBJS && rte_mempool_get(mp, &objs[n]) == 0) {
		struct item *item = objs[n++];

		if (found[item->index] || item->stamp != 0)
			board->duplicates++;
		found[item->index] = true;
	}
	if (reclaim != NULL && n != NR_OBJS)
		good = wrong("objects found", n, NR_OBJS);
	else
		good = count_missing(found, nr_since) && good;
	rte_mempool_put_bulk(mp, objs, n);
	put_back(found);
	nr_since = 0;
	if (rte_mempool_avail_count(mp) != NR_OBJS)
		good = wrong("available", rte_mempool_avail_count(mp), NR_OBJS);
	if (board->duplicates != 0)
		good = wrong("duplicates", (long)board->duplicates, 0);
	if (board->failed != 0)
		good = wrong("gets in vain", (long)board->failed, 0);
	board->rest = false;
	return good;
}

void
start_primary(const char *ops, steps_reclaim_fn *how, char *self)
{
	static struct objpool_mempool_config holders = {
		.size = sizeof(holders),
		.flags = OBJPOOL_F_HOLDERS,
	};
	char lcores[64], where[96];
	char *args[] = { self, lcores, where, (char *)"--no-pci",
		(char *)"--no-telemetry", (char *)"--socket-limit=64" };
	const struct rte_memzone *zone;

	snprintf(prefix, sizeof(prefix), "objpool-freeze-%d", (int)getpid());
	snprintf(where, sizeof(where), "--file-prefix=%s", prefix);
	choose_lcores(lcores, sizeof(lcores));
	if (rte_eal_init((int)RTE_DIM(args), args) < 0)
		exit(EXIT_FAILURE);
	zone = rte_memzone_reserve("board", sizeof(*board), SOCKET_ID_ANY, 0);
	mp = rte_mempool_create_empty("freeze", NR_OBJS, sizeof(struct item), 0,
		0, SOCKET_ID_ANY, 0);
	if (zone == NULL || mp == NULL ||
		rte_mempool_set_ops_byname(mp, ops,
			how != NULL ? &holders : NULL) < 0 ||
		rte_mempool_populate_default(mp) != (int)NR_OBJS)
		exit(EXIT_FAILURE);
	board = memset(zone->addr, 0, sizeof(*board));
	rte_mempool_obj_iter(mp, note_item, NULL);
	taker.mp = mp;
	reclaim = how;
	taker.board = board;
	taker.who = (uint64_t)getpid();
	rng_init(&taker.rng, env_seed(), 1);
}
