/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Who holds which object: the one place that detects duplication, loss and
 * content damage.
 *
 * Every object of a pool is entered once, before threads start. From then on
 * whoever pops says so with ledger_took(), and whoever is about to push, drop
 * or hand on an object says so first. In between the ledger knows a holder for
 * every object that is out, and objects in the pool are poisoned where a tool
 * can.
 *
 * The ledger must not itself order what the pool is to order: stamps are
 * changed by relaxed operations, while contents are plain memory. So
 * ThreadSanitizer sees a missing release or acquire of the pool as a race on
 * the contents (G1).
 *
 * All functions may be called by many threads at once, except open, enter,
 * audit and close.
 */

#ifndef TEST_SUPPORT_LEDGER_H
#define TEST_SUPPORT_LEDGER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <objpool/objpool.h>

#define HOLDER_POOL    0u          /* in the pool */
#define HOLDER_MAIN    0xfffffff0u /* the thread that audits */
#define HOLDER_DROPPED 0xfffffff1u /* given up for good */

struct entry {
	void *obj; /* constant once entered; NULL: unused */
	_Atomic(uint32_t) holder;
	_Atomic(uint32_t) version; /* of the contents */
};

struct ledger {
	struct entry *entries; /* a hash table by address */
	size_t mask;
	uint32_t nr;                  /* objects entered */
	size_t obj_size;              /* bytes of contents; 0: never touched */
	_Atomic(uint64_t) duplicates; /* popped while somebody had it */
	_Atomic(uint64_t) losses;     /* in nobody's hands, nor in the pool */
	_Atomic(uint64_t) damages;    /* contents not as they were left */
	_Atomic(uint64_t) strangers;  /* popped but never entered */
	_Atomic(uint64_t) refusals;   /* push of an own object failed */
	_Atomic(uint64_t) miscounts;  /* a count was wrong at rest */
};

/* Start a ledger for up to nr objects of size bytes. */
void
ledger_open(struct ledger *l, uint32_t nr, size_t size);

/* Enter an object that who holds. */
void
ledger_enter(struct ledger *l, uint32_t who, void *obj);

/* Start a ledger for a pool that owns its objects and has them all: they are
 * popped, entered and pushed. */
void
ledger_open_pool(struct ledger *l, struct objpool *pool, size_t size);

/* who popped these. Faulty ones are taken out of objs; returns how many remain,
 * to be used by their holder. */
unsigned int
ledger_took(struct ledger *l, uint32_t who, void **objs, unsigned int n);

/* who is about to push these. */
void
ledger_gives(struct ledger *l, uint32_t who, void *const *objs, unsigned int n);

/* who is about to drop these. */
void
ledger_drops(struct ledger *l, uint32_t who, void *const *objs, unsigned int n);

/* from hands these to another holder; the contents are checked. */
void
ledger_hands(struct ledger *l, uint32_t from, uint32_t to, void *const *objs,
	unsigned int n);

/* A push was refused, or a pop failed where it must not. */
void
ledger_refused(struct ledger *l, const char *what, int rc);

/* Objects that holders have at this time, not counting dropped ones. */
uint32_t
ledger_held(const struct ledger *l);

/* At rest: counts agree, and draining the pool yields every object that nobody
 * holds exactly once; they are pushed again. True if this and everything before
 * was without fault. */
bool
ledger_audit(struct ledger *l, struct objpool *pool);

/* Were there no faults so far? */
bool
ledger_is_clean(struct ledger *l);

/* Forget everything; the objects are accessible again. */
void
ledger_close(struct ledger *l);

#endif /* TEST_SUPPORT_LEDGER_H */
