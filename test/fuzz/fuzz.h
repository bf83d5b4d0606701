/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A sequence of calls, read from bytes, and what must come of it.
 *
 *   play.c    reads the bytes
 *   make.c, move.c, calls.c  the calls, and what each must return
 *   model.c   a pool as its contract has it: where each object is
 *   people.c  threads that do as they are told, one at a time
 *   period.c  a domain whose grace periods end when the bytes say so
 *   replay.c  plays files, or bytes made up, without libFuzzer
 *
 * One call is in progress at a time, so everything that the contract says of a
 * pool at rest is checked after each. A mistake aborts.
 */

#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <objpool/fast.h>
#include <objpool/objpool.h>
#include <objpool/rcu.h>

#define NR_MAX    160 /* objects */
#define SIZE_MAX_ 136 /* bytes of an object */
#define NR_PEOPLE 4
#define NR_POOLS  2

#define CHECK(what)                                                            \
	do {                                                                   \
		if (!(what)) {                                                 \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,       \
				__LINE__, #what);                              \
			abort();                                               \
		}                                                              \
	} while (0)

/* --- people.c --- */

/* Let a person, from 0, do something, and wait for it. */
void
people_do(unsigned int who, void (*what)(void *arg), void *arg);

/* A person's thread ends, and another takes its place. */
void
people_renew(unsigned int who);

/* --- period.c --- */

/* The domain, made when first asked for. */
struct objpool_gp *
period_domain(void);

/* Grace periods asked for, and over. */
uint64_t
period_started(void);
uint64_t
period_over(void);

/* All that were asked for are over. */
void
period_pass(void);

/* Run what was deferred and has its grace period behind it. */
void
period_run(void);

/* From now on each is over when somebody looks; or not any more. */
void
period_let(bool pass);

/* --- model.c --- */

enum where {
	FREE,
	HELD,
	LIMBO, /* given back by push_rcu, and not popped since */
	DROPPED,
};

struct object {
	unsigned char *addr;
	enum where where;
	uint8_t stamp;
	uint64_t since; /* limbo: periods that had been asked for */
	uint64_t asked; /* limbo: the period that it waits for at most; 0: none
			   is asked for yet */
};

struct model {
	struct objpool_attr attr;
	struct objpool head, *pool; /* NULL: there is none */
	bool is_closed, is_finished;
	unsigned int index, nr,
		size; /* size: what is the user's of an object */
	struct object objs[NR_MAX];
	unsigned int inits, fail_at;
	unsigned int releases;
	uint64_t pops, pushes;
	struct objpool_slot *slot[NR_PEOPLE];
};

/* Objects that are there. */
unsigned int
model_count(const struct model *m, enum where where);

/* Of those in limbo, the ones that somebody who looks must find. */
unsigned int
model_ripe(const struct model *m);

/* Objects that a pop must, and may, find. */
unsigned int
model_least(const struct model *m);
unsigned int
model_most(const struct model *m);

/* A pop got these; or was short, of what it may find: then it asked for a grace
 * period. */
void
model_took(struct model *m, void **objs, unsigned int n);
void
model_asked(struct model *m);

/* About to be given back or dropped: the n-th object held, from some place on.
 * NULL: none is. */
struct object *
model_held(struct model *m, unsigned int from);

/* Given back. */
void
model_gave(struct model *m, struct object *obj, enum where to);

/* Nobody finds it any more: dropped where the pool is finished. */
enum where
model_home(const struct model *m, bool rcu);

/* The pool at rest. */
void
model_check(const struct model *m);

/* It was released, or not: as it must be. */
void
model_settle(struct model *m);

/* attr.objinit, attr.release. */
int
model_init(void *obj, void *ctx);
void
model_release(struct objpool *pool, void *ctx);

/* --- calls --- */

/* How; a call's forms. */
enum way {
	WAY_CALL,
	WAY_FAST,
	WAY_SLOT,
	WAY_KEYED,
};

struct turn {
	struct model *m, *other; /* this pool, and the other */
	unsigned int who;
	enum way way;
	unsigned int n;    /* how many */
	unsigned int byte; /* all other choices */
	/* What a person does. */
	void *objs[NR_MAX + 8];
	int rc;
};

/* Objects that are not the pool's. */
extern unsigned char outside[NR_POOLS][NR_MAX][64];

/* make.c */
void
turn_make(struct turn *t);
void
turn_make_wrong(struct turn *t);

/* move.c: take or give by one of these. */
void
turn_take(struct turn *t, void (*how)(void *arg), bool burst);
void
turn_pop(void *arg);
void
turn_pop_bulk(void *arg);
void
turn_pop_burst(void *arg);
void
turn_give(struct turn *t, void (*how)(void *arg), enum where to);
void
turn_push(void *arg);
void
turn_push_rcu(void *arg);
void
turn_drop(void *arg);

/* calls.c: by a person */
void
turn_detach(void *arg);
void
turn_collect(void *arg);
void
turn_close(void *arg);
void
turn_walk(void *arg);
void
turn_quiesce(void *arg);
void
turn_reclaim(void *arg);
void
turn_reclaim_among(void *arg);
void
turn_fini(void *arg);
void
turn_fini_sync(void *arg);
void
turn_fini_wait(void *arg);
void
turn_free(void *arg);
void
turn_free_forced(void *arg);
/* and of one */
void
turn_renew(struct turn *t);

/* --- play.c --- */

int
turn_key(void);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif /* TEST_FUZZ_FUZZ_H */
