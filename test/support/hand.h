/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What one thread holds of a pool, and how it comes by it: every pop and push
 * of a hand is entered in the ledger. */

#ifndef TEST_SUPPORT_HAND_H
#define TEST_SUPPORT_HAND_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <objpool/fast.h>

#include "ledger.h"
#include "rng.h"

/* By which calls a hand pops and pushes. */
enum hand_way {
	HAND_CALLS,   /* of the library */
	HAND_FAST,    /* inline */
	HAND_SLOT,    /* inline, on a slot that it keeps */
	HAND_ANY_WAY, /* each call by one of these, chosen at random */
};

struct hand {
	alignas(128) struct objpool *pool; /* hands lie side by side */
	struct ledger *ledger;
	uint32_t who;
	struct rng rng;
	enum hand_way way; /* HAND_CALLS, until it is set otherwise */
	struct objpool_slot *slot;
	pid_t thread;     /* whose slot it is */
	unsigned int n;   /* objects held */
	unsigned int max; /* room */
	void **objs;
	uint64_t popped;         /* objects */
	uint64_t pushed;         /* objects */
	uint64_t fails;          /* pops that returned nothing, or not enough */
	_Atomic(uint64_t) calls; /* of the pool; may be read by others */
};

/* A hand for up to max objects; who is its holder number, above 0. */
void
hand_open(struct hand *h, struct objpool *pool, struct ledger *ledger,
	uint32_t who, unsigned int max);

/* The pop functions need room for n more. True if they got all of them. */
bool
hand_pop(struct hand *h);

bool
hand_pop_bulk(struct hand *h, unsigned int n);

/* Returns how many it got. */
unsigned int
hand_pop_burst(struct hand *h, unsigned int n);

/* Push one object, chosen at random. The hand must not be empty. */
void
hand_push(struct hand *h);

/* Push n objects, chosen at random, in one call. */
void
hand_push_bulk(struct hand *h, unsigned int n);

/* Push all objects, in calls of at most step. */
void
hand_push_all(struct hand *h, unsigned int step);

/* Drop n objects; returns what objpool_drop_bulk() did. */
int
hand_drop_bulk(struct hand *h, unsigned int n);

/* Hand n objects to another hand of the same ledger. */
void
hand_give(struct hand *from, struct hand *to, unsigned int n);

/* Calls of the pool so far; for everybody. */
uint64_t
hand_calls(const struct hand *h);

/* The hand must be empty. */
void
hand_close(struct hand *h);

#endif /* TEST_SUPPORT_HAND_H */
