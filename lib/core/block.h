/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A revocable block: an array of free objects that is private to one slot and
 * yet never out of anybody's reach.
 *
 *            adopt                 mark               settle
 *   PUB(0) --------> PRIV(s) ---------------> REVK(s) ------> PUB(s)
 *     ^  ^             |                       (thief or owner)   |
 *     |  +-------------+ release                                  |
 *     +-----------------------------------------------------------+ release
 *                      ^------------------------------------------+ rebias
 *
 *   PUB(0), empty --open--> LIMBO(s) --close--> LIMBO(s), closed --ripen--> PUB(s)
 *                                                 | let go                    | release
 *                                                 v                           v
 *                                             LIMBO(0), closed --ripen--> PUB(0)
 *
 * The owner s of a PRIV block pops and pushes by storing T, passing a fence and
 * looking whether W is still PRIV. A thief marks W, passes a fence, reads T and
 * settles the length by a compare-and-swap, which the owner may do as well. In
 * PUB anybody takes by compare-and-swap; only `own` may put, and where own is
 * nobody, one first binds the block or adopts it.
 *
 * Invariants
 *  I1 Entries are written by the owner only, at and above the length.
 *  I2 own changes only from nobody and, by the owner or its heir, to nobody.
 *  I3 PUB: W's len is the truth. PRIV: T's if its tag matches, else W's.
 *  I4 Every change of W moves gen on.
 *  I5 A thief settles only the very word it saw before its own heavy fence.
 *
 * Edges. Each label stands at both ends in the code; test/model breaks each.
 *      writer                       reader                       must be seen
 *  E1  T store of push (release)    T load of settle (acquire)   entries, object
 *  E2  T store; light fence; W load W CAS; heavy fence; T load   one the other
 *  E3  word remembered by mark      CAS of settle                same gen
 *  E4  CAS of settle (release)      W load of take (acquire)     what E1 gave
 *  E5  owner's CAS in included (release)  W load of take, adopt  its entries
 *  E6  T tag differs from gen until the owner's first T store    (tag rule)
 *  E7  pop's entries are read before release's CAS (release)     adopt's writes
 *  E8  own stays set until release  adopt, bind (acquire)        no more writes
 *  E9  CAS of take (release)        W load of put (acquire)      entries were read
 *  E10 CAS of release, put (release)  W load of take, adopt      entries, object
 *  E11 the W loads named above are acquire: the readers' side of E4, E5, E8-E10
 *  E12 T and W in one reading; scan fence; both again (scan.c)  pushes between;
 *      a block counts as used before it is (region_use)
 *  E13 CAS of limbo_put (release)   W load before the cookie     objects are hidden
 *  E14 stamp raised; CAS of close   W load; stamp load           the cookie's stamp
 *  E15 grace period; CAS of ripen   W load of take, adopt        no reader looks
 *  E16 mark store; light fence; uid load   uid store; heavy fence; mark load
 *                                   (mark.h)                     one the other
 *  E17 mark store of leave (release)  mark load of the waiter (acquire)
 *                                                                the operation
 *
 * owner.h holds what the owner does, thief.h what everybody else does, limbo.h
 * what is done with objects that wait for a grace period. The
 * scheme is described, with its proofs and the mutants that must fail, in
 * doc/algorithm.md.
 */

#ifndef OBJPOOL_CORE_BLOCK_H
#define OBJPOOL_CORE_BLOCK_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fence.h"
#include "word.h"

#define CACHE_LINE 64

/* Code that runs when something rare happened, out of the way of what does
 * not. */
#define COLD        __attribute__((noinline, cold))
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Entries are copied by memcpy in normal builds: a thief that reads one while
 * it is overwritten throws it away, since its compare-and-swap fails then.
 * Under ThreadSanitizer and model checkers they are relaxed atomics. */
#if defined(__SANITIZE_THREAD__)
#define ENTRIES_ATOMIC 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ENTRIES_ATOMIC 1
#endif
#endif

#ifndef BLOCK_ENTRIES
#define BLOCK_ENTRIES /* flexible; a model checker wants a number */
#endif

struct block {
	/* Head: written by the owner at each operation (t), by whoever changes
	 * the block's state (w); read by thieves and scanners. */
	alignas(CACHE_LINE) _Atomic(uint64_t) w;
	_Atomic(uint64_t) t;
	_Atomic(uint64_t) stamp; /* of limbo; only grows */
	uint32_t id;             /* constant */

	/* Entries, I1. */
	alignas(CACHE_LINE) _Atomic(uintptr_t) e[BLOCK_ENTRIES];
};

#define FOUR (4 * sizeof(void *))

static inline void
entries_read(const struct block *b, unsigned int at, void **objs,
	unsigned int n)
{
#ifdef ENTRIES_ATOMIC
	for (unsigned int i = 0; i < n; i++)
		objs[i] = (void *)atomic_load_explicit(&b->e[at + i],
			memory_order_relaxed);
#else
	const void *from = &b->e[at];

	if (n == 1) {
		memcpy(objs, from, sizeof(*objs));
		return;
	}
	for (; n >= 4; n -= 4, objs += 4, from = (const char *)from + FOUR)
		memcpy(objs, from, FOUR);
	for (; n > 0; n--, objs++, from = (const char *)from + sizeof(*objs))
		memcpy(objs, from, sizeof(*objs));
#endif
}

static inline void
entries_write(struct block *b, unsigned int at, void *const *objs,
	unsigned int n)
{
#ifdef ENTRIES_ATOMIC
	for (unsigned int i = 0; i < n; i++)
		atomic_store_explicit(&b->e[at + i], (uintptr_t)objs[i],
			memory_order_relaxed);
#else
	void *to = &b->e[at];

	if (n == 1) {
		memcpy(to, objs, sizeof(*objs));
		return;
	}
	for (; n >= 4; n -= 4, objs += 4, to = (char *)to + FOUR)
		memcpy(to, objs, FOUR);
	for (; n > 0; n--, objs++, to = (char *)to + sizeof(*objs))
		memcpy(to, objs, sizeof(*objs));
#endif
}

#endif /* OBJPOOL_CORE_BLOCK_H */
