/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the processes of driver.c share beside the mempool: a memzone.
 *
 * Each object says who has it: get stamps it, and finds it with nobody's stamp,
 * or somebody else has it as well.
 */

#ifndef TEST_FREEZE_BOARD_H
#define TEST_FREEZE_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_mempool.h>

#include <objpool/reclaim.h>

#include "rng.h"

#define NR_OBJS    600u
#define BULK       8u   /* most objects a call */
#define TAKER_HELD 480u /* the primary's lcore holds at most */
#define GUEST_HELD 96u  /* a secondary */
#define SITES_MAX  2000u

struct item {
	_Atomic(uint64_t) stamp; /* 0: in the pool */
	uint64_t index;
};

struct board {
	_Atomic(uint64_t) calls;      /* of the primary's lcore */
	_Atomic(uint64_t) failed;     /* of these, gets that should not */
	_Atomic(uint64_t) duplicates; /* objects that somebody else had */
	_Atomic(uint64_t) guest_calls;
	_Atomic(bool) rest;  /* the primary's lcore is to hold nothing */
	_Atomic(bool) rests; /* and does */
	_Atomic(bool) over;
	/* Of the last child: what it was to do, and came by. */
	_Atomic(uint32_t) passes[SITES_MAX];
	_Atomic(uint32_t) nr_steps;
};

/* Somebody's objects. */
struct basket {
	struct rte_mempool *mp;
	struct board *board;
	uint64_t who; /* stamp */
	unsigned int n, most;
	struct rng rng;
	void *objs[TAKER_HELD + BULK];
};

/* Get n objects, or put n of them; false: there are none. */
bool
basket_get(struct basket *b, unsigned int n);
void
basket_put(struct basket *b, unsigned int n);
/* One of both, of some size; returns whether it could be done. */
bool
basket_play(struct basket *b);
void
basket_put_all(struct basket *b);

/* agent.c: be a secondary, told what to do by lines on stdin. */
int
agent_main(int argc, char **args);

/* --- of the plugin that was built with the shim (plugin.c) --- */

/* Count each step and pass from now on; at pass number `pass` of that site, or at
 * step number `step`, be killed. 0: never. */
typedef void
steps_arm_fn(struct board *board, uint32_t site, uint32_t pass, uint32_t step);
typedef uint32_t
steps_nr_sites_fn(void);
typedef const char *
steps_site_name_fn(uint32_t site, char *text, size_t size);
/* Slots of the mempool's pool that were taken over from the dead. */
typedef uint64_t
steps_takeovers_fn(const struct rte_mempool *mp);
/* objpool_mempool_reclaim() */
typedef int64_t
steps_reclaim_fn(struct rte_mempool *mp, objpool_reclaim_fn *may, void *ctx);

steps_arm_fn steps_arm;
steps_nr_sites_fn steps_nr_sites;
steps_site_name_fn steps_site_name;
steps_takeovers_fn steps_takeovers;
steps_reclaim_fn steps_reclaim;

#endif /* TEST_FREEZE_BOARD_H */
