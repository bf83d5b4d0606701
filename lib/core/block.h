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
 *  E16 mark store; light fence; mode, uid load   their store; heavy fence; mark
 *                                   load (mark.h)                one the other
 *  E17 mark store of leave (release)  mark load of the waiter (acquire)
 *                                                                the operation
 *  E18 fence_free store; CAS of adopt  W load; its load (reach.h)  whom to reach
 *      and before the first mark: fence; uid load   uid store; fence; its load
 *  E19 fence_free store of leave,   its load (acquire)           unfenced T, marks
 *      and of claim_release (release)
 *  E20 holder word of push (release)  look of who reclaims (acquire)  the mark
 *  E21 W and T of who takes; T in one reading, fence, W again (census.c)
 *                                   that the taker is marked; not undone pops
 *
 * objpool/slot.h holds pop and push of the owner, owner.h what else it does,
 * thief.h what everybody else does, limbo.h what is done with objects that wait
 * for a grace period. The scheme is described, with its proofs and the mutants
 * that must fail, in doc/algorithm.md.
 */

#ifndef OBJPOOL_CORE_BLOCK_H
#define OBJPOOL_CORE_BLOCK_H

#include <stdalign.h>
#include <stdbool.h>

#include "fence.h"
#include "word.h"

#define CACHE_LINE 64

/* Code that runs when something rare happened, out of the way of what does
 * not. */
#define COLD        __attribute__((noinline, cold))
/* Code that is not in the way either, but not rare. */
#define ASIDE       __attribute__((noinline))
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#endif /* OBJPOOL_CORE_BLOCK_H */
