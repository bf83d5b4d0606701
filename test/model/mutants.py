#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors

"""Break lib/ on purpose and see the contests fail.

Each mutant below is one change to a copy of lib/, the edge (or invariant)
that it breaks, and the contest that must notice. Where Relacy cannot notice, the
reason stands instead of the contest, and doc/algorithm.md says what did.

    mutants.py --lib lib --work DIR [--cxx g++] [--jobs N] [--seed N]
               [NAME]...
    mutants.py --lib lib --labels [--without NAME]...

The second form runs nothing: it checks that every edge in block.h's table has
its label at both ends in the code, and a mutant here at each of them, and lists
them (edges.py).
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent

# What all programs share.
PARTS = 'runner', 'machine', 'grace'

# An edit: file, seen from core/, function (None: anywhere), old text, new text.
# White space in the old text stands for any white space; it must occur exactly
# once.
# A mutant: name, edges, what, edits, then either (program, flavour, contest) or
# the reason why it cannot be seen. Or, with PASSES after the contest, a control:
# the others that go further than it fail, since it does not.

POP = ('blocks', 'fenced', 'pop against a revocation')
PUSH = ('blocks', 'fenced', 'push against a revocation')
POP_FREE = ('blocks', 'free', 'pop against a revocation')
PUSH_FREE = ('blocks', 'free', 'push against a revocation')
TWO_POPS = ('blocks', 'fenced', 'two pops against a revocation')
POP_PUSH = ('blocks', 'fenced', 'pop, push against a revocation')
TAKER = ('blocks', 'fenced', 'push against a thief and a taker')
LATE = ('blocks', 'fenced', 'rebias and push against a late helper')
LATE_FREE = ('blocks', 'free', 'rebias and push against a late helper')
REBIAS = ('blocks', 'fenced', 'pop, rebias, push, pop against two revocations')
SLOW = ('blocks', 'fenced', 'rebias, pop, push against a slow taker')
HANDS = ('hands', 'fenced', 'release against adoption and revocation')
HANDS_FREE = ('hands', 'free', 'release against adoption and revocation')
POPPED = ('hands', 'fenced', 'release of popped against adoption and pushes')
COPY = ('hands', 'fenced', 'pop against a thief who puts next')
TAG = ('hands', 'fenced', 'adoption under a colliding tag')
UNDECIDED = ('hands', 'fenced', 'adoption against a revocation before')
ADOPTIONS = ('hands', 'fenced', 'two adoptions and a revocation')
ADOPT_FREE = ('hands', 'free', 'adoption of what was just pushed')
BINDS = ('hands', 'fenced', 'two binds and a taker')
PUTS = ('hands', 'fenced', 'bind and put against takers')
PUT_TAKE = ('hands', 'fenced', 'bind, put and rebias against a thief')
DEATH = ('hands', 'fenced', 'death in pop and push against a thief')
SCAN = ('scans', 'fenced', 'scan against a handover of private blocks')
SCAN_FREE = ('scans', 'free', 'scan against a handover of private blocks')
SCAN_PUBLIC = ('scans', 'fenced', 'scan against a handover of public blocks')
SCAN_FRESH = ('scans', 'fenced', 'scan against a handover to a fresh block')
SCAN_UNDONE = ('scans', 'fenced', 'scan against a pop that is undone')
POOL = ('pool', 'fenced', 'three slots, three objects')
STARVE = ('pool', 'fenced', 'two pops of two, two objects')
HANDOVER = ('scans', 'fenced', 'pop against a handover')
HEIRS = ('pool', 'fenced', 'death in a slot, two heirs')
LIMBO = ('limbo', 'fenced', 'a reader against a batch that a pop closes')
RIPEN = ('limbo', 'fenced', 'a reader against a batch that others ripen')
CLOSERS = ('limbo', 'fenced', 'puts against two closers')
LONG = ('limbo', 'fenced', 'puts against a closer and a long reader')
LATE_CLOSE = ('limbo', 'fenced', 'a batch against a closer from long ago')
GIVER_DIES = ('parked', 'fenced', 'death of who gives back, two heirs')
DIES_LONG = ('parked', 'fenced', 'death of who gives back, a long reader')
SCAN_RIPE = ('parked', 'fenced', 'scan against what becomes ripe')
SCAN_PUTS = ('parked', 'fenced', 'scan against puts into limbo')
OPENING = ('limbo', 'fenced', 'an empty block that is opened')
NO_EMPTY = ('parked', 'fenced', 'no empty block to give back into')
END = ('marks', 'fenced', 'pushes against the end')
END_FREE = ('marks', 'free', 'pushes against the end')
END_POP = ('marks', 'fenced', 'pops and pushes against the end')
END_GUEST = ('marks', 'fenced', 'a guest against the end')
END_CLAIM = ('marks', 'fenced', 'a thread that claims against the end')
END_DEATH = ('marks', 'fenced', 'death against the end')
QUIESCE = ('marks', 'fenced', 'enter and leave against quiesce')
QUIESCE_GUEST = ('marks', 'fenced', 'enter and leave of a guest')
NEST = ('signals', 'fenced', 'handlers of two owners against a thief')
NEST_DEATH = ('signals', 'fenced', 'death in a handler')
NEST_END = ('signals', 'fenced', 'handlers against the end')
NEST_CLAIM = ('signals', 'fenced', 'handlers of who claims against the end')
VAIN = ('orphans', 'fenced', 'a pop in vain against who reclaims')
MOVING = ('orphans', 'fenced', 'pops and pushes against who reclaims')
RECLAIM_GUEST = ('orphans', 'fenced', 'a guest against who reclaims')
BEREFT = ('orphans', 'fenced', 'death against who reclaims')
TO_THIEF = ('orphans', 'fenced', 'a push to a thief against who reclaims')
OVER = ('orphans', 'fenced', 'pops in vain, over and over')
CENSUS_UNDONE = ('scans', 'fenced', 'census against a pop that is undone')
TO_THIEF_FREE = ('orphans', 'free', 'a push to a thief against who reclaims')
MOVING_FREE = ('orphans', 'free', 'pops and pushes against who reclaims')
HELD_UP = ('orphans', 'free', 'who reclaims is held up, pops in vain')
IN_PUBLIC = ('orphans', 'free', 'a push in public against who reclaims')
RECLAIM_APART = ('orphans', 'free', 'pops and pushes against another process')
TWO_RECLAIM_FREE = ('orphans', 'free', 'death against two who reclaim')
TWO_RECLAIM = ('orphans', 'fenced', 'death against two who reclaim')
TOLD = ('reach', 'free', 'owners told to fence against who joins')
CHANGES = ('reach', 'free', 'a block of fenced and other owners')
BOTH_KINDS = ('reach', 'free', 'fenced and other owners against a thief')
CLAIMER = ('reach', 'free', 'who claims against a thief')
TWICE = ('reach', 'free', 'a slot claimed twice against who joins')
JOINER = ('reach', 'free', 'who joins against thieves of the home')
END_APART = ('reach', 'free', 'pops and pushes against the end')
END_SHORT = ('reach', 'free', 'claims against an end that cannot reach')
CLAIM_QUIET = ('reach', 'free', 'claims against quiesce')
TOLD_QUIET = ('reach', 'free', 'owners told to fence against quiesce')
BACK_QUIET = ('reach', 'free', 'slots given back against quiesce')

ANY_FREE = ('hands', 'free', 'anything by anybody')
RIPE_ADOPTED = ('limbo', 'free', 'adoption of what others ripen')
SCAN_FAR = ('scans', 'fenced', 'scan against a handover to another region')
END_RCU = ('marks', 'fenced', 'what is given back for later against the end')
NEST_FAR = ('signals', 'fenced', 'handlers of who pushes far objects')
TWO_HOMES = ('homing', 'fenced', 'two regions, three objects')
ALL_HOME = ('homing', 'fenced', 'all come home')
STRANGER_DIES = ('homing', 'fenced', 'death of a stranger, an heir')

OWNER, THIEF, WORD = 'owner.h', 'thief.h', 'word.h'
SLOT_H = '../include/objpool/slot.h'
LIMBO_H, LIMBO_C = 'limbo.h', 'limbo.c'
THREAD, OPS, THE_END = '../thread.c', '../ops.c', '../end.c'
QUICK, REACH = '../quick.h', 'reach.c'
RECLAIM, HOLDER, CENSUS = '../reclaim.c', 'holder.h', 'census.c'
ACQ_REL, ACQUIRE = 'memory_order_acq_rel', 'memory_order_acquire'
RELEASE, RELAXED = 'memory_order_release', 'memory_order_relaxed'
LOAD_W = 'uint64_t w = atomic_load_explicit(&b->w, memory_order_acquire)'
FREE_SAID = 'atomic_store_explicit(&s->fence_free, 1, memory_order_relaxed);'
SECOND_LOOK = ('atomic_load_explicit(&s->mode, memory_order_relaxed) '
               '== mode')
FIRST_FENCE = ('atomic_thread_fence(memory_order_seq_cst); /* E16, E18 */ '
               'reach =')
LOAD_W_RELAXED = LOAD_W.replace(ACQUIRE, RELAXED)

# The orders of E20 and E21 are harmless to lose one by one: who waits passes a
# fence (E16), and so does the census. So these are left out together with that,
# which is harmless as well as long as the orders are there.
NO_WAIT_FENCE = [('mark.c', 'marks_fence', FIRST_FENCE, 'reach ='),
                 ('mark.c', 'marks_fence', 'HEAVY_FENCE(reach);', '')]
NO_FENCES = NO_WAIT_FENCE + [
    ('census.c', 'census_of_block', 'SCAN_FENCE();', '')]
CENSUS_W_RELAXED = [
    ('census.c', 'census_of_block', LOAD_W, LOAD_W_RELAXED),
    ('census.c', 'census_of_block', 'if (atomic_load_explicit(&b->w, '
     + ACQUIRE, 'if (atomic_load_explicit(&b->w, ' + RELAXED)]
CENSUS_T_RELAXED = [
    ('census.c', 'census_of_block', 't = atomic_load_explicit(&b->t, '
     + ACQUIRE, 't = atomic_load_explicit(&b->t, ' + RELAXED)]
PASSES = ('passes',)

MUTANTS = [
    # The writer's and the reader's half of each edge.
    ('push-relaxed', 'E1', 'push stores T relaxed',
     [(SLOT_H, 'objpool_block_push_', RELEASE, RELAXED)], PUSH_FREE),
    ('settle-t-relaxed', 'E1', 'settle loads T relaxed',
     [(THIEF, 'block_settle', 't = atomic_load_explicit(&b->t, '
       + ACQUIRE, 't = atomic_load_explicit(&b->t, ' + RELAXED)], PUSH),
    ('pop-no-light', 'E2', 'pop without the light fence',
     [(SLOT_H, 'objpool_block_pop_', 'OBJPOOL_LIGHT_FENCE(fenced);', '')], POP),
    ('push-no-light', 'E2', 'push without the light fence',
     [(SLOT_H, 'objpool_block_push_', 'OBJPOOL_LIGHT_FENCE(fenced);', '')], PUSH),
    ('no-heavy', 'E2', 'the thief passes no fence',
     [('fence.h', None, 'do { \\ atomic_thread_fence(memory_order_seq_cst); '
       '/* E2, E16 */ \\ if ((reach) != REACH_NONE) \\ fence_all(reach); '
       '\\ } while (0)',
       'do {} while (0)')], POP),
    ('hunt-no-heavy', 'E2', 'a thief settles without a fence',
     [('pop.c', 'hunt_settle', 'HEAVY_FENCE(h->reach);', '')], POOL),
    ('census-no-heavy', 'E2', 'a census settles without a fence',
     [('census.c', 'census_of_block', 'HEAVY_FENCE(reach);', '')],
     RECLAIM_APART),
    ('mark-relaxed', 'E2 E18', 'a thief marks relaxed',
     [(THIEF, 'block_mark', ACQ_REL, RELAXED),
      (THIEF, 'block_mark', 't = atomic_load_explicit(&b->t, ' + ACQUIRE,
       't = atomic_load_explicit(&b->t, ' + RELAXED)],
     'harmless: the heavy fence follows, and T is only a guess here'),
    ('settle-w-relaxed', 'E2 E3', 'settle loads W relaxed',
     [(THIEF, 'block_settle', 'if (atomic_load_explicit(&b->w, ' + ACQUIRE,
       'if (atomic_load_explicit(&b->w, ' + RELAXED)],
     'harmless: its CAS compares again'),
    ('no-fence-all', 'E2', 'the heavy fence does not reach owners',
     [('fence.h', None, 'fence_all(reach); \\', '; \\')], POP_FREE),
    ('settle-any', 'E3', 'settle ends whatever revocation it meets',
     [(THIEF, 'block_settle',
       'if (atomic_load_explicit(&b->w, memory_order_acquire) != word) '
       'return false;',
       'word = atomic_load_explicit(&b->w, memory_order_acquire);'
       'if (w_mode(word) != MODE_REVK) return false;')], LATE),
    ('settle-any-free', 'E3', 'the same, among fence-free owners',
     [(THIEF, 'block_settle',
       'if (atomic_load_explicit(&b->w, memory_order_acquire) != word) '
       'return false;',
       'word = atomic_load_explicit(&b->w, memory_order_acquire);'
       'if (w_mode(word) != MODE_REVK) return false;')], LATE_FREE),
    ('settle-acquire', 'E4', 'settle publishes without release',
     [(THIEF, 'block_settle', ACQ_REL, ACQUIRE)], TAKER),
    ('included-acquire', 'E5', 'the owner settles without release',
     [(OWNER, 'block_included', ACQ_REL, ACQUIRE)], PUSH_FREE),
    ('no-tag-rule', 'E6', 'an old T may bear the new tag',
     [(OWNER, 'block_make_private', 'if (t_is_of(t, gen)) gen++;', '')], TAG),
    ('tag-ignored', 'E6', 'T counts whatever its tag',
     [(WORD, 'words_len',
       'return t_is_of(t, w_gen(w)) ? t_len(t) : w_len(w);',
       'return t_len(t);'),
      (WORD, 'words_len',
       'return t_is_of(t, w_gen(w) - 1) ? t_len(t) : w_len(w);',
       'return t_len(t);')], TAG),
    ('tag-of-revk', 'E6', "T's tag is compared with the gen of REVK",
     [(WORD, 'words_len', 'w_gen(w) - 1', 'w_gen(w)')], PUSH),
    ('t-before-adopt', 'E6', 'adopt stores T before its CAS',
     [(OWNER, 'block_make_private',
       'if (!atomic_compare_exchange_strong_explicit',
       'atomic_store_explicit(&b->t, t_make(w_len(w), t_flip(t), gen, '
       't_nput(t)), memory_order_release);'
       'if (!atomic_compare_exchange_strong_explicit')], ADOPTIONS),
    ('copy-after-release', 'E7', 'a pop reads its entries after it let go',
     [(OWNER, None, '#include "block.h"', '#include "block.h"\n'
       'static unsigned int block_release(struct objpool_block *b);\n'),
      (OWNER, 'block_decide_pop', 'objpool_entries_read_(',
       'block_release(b); objpool_entries_read_(')], COPY),
    ('own-not-kept', 'E8', 'settle makes the block nobody\'s',
     [(THIEF, 'block_settle', 'w_own(word)', 'OWN_NONE')], POPPED),
    ('own-not-kept-2', 'E8', 'the owner\'s settle makes it nobody\'s',
     [(OWNER, 'block_included', 'w_own(w)', 'OWN_NONE')], POPPED),
    ('adopt-bound', 'E8', 'adopt takes blocks that have an owner',
     [(OWNER, 'block_make_private', '|| w_own(w) != from', '')], HANDS),
    ('bind-bound', 'E8', 'bind takes blocks that have an owner',
     [(OWNER, 'block_bind', '&& w_own(w) == OWN_NONE', '')], BINDS),
    ('bind-not', 'E8', 'bind does not say whose the block is',
     [(OWNER, 'block_bind', 'MODE_PUB, own,', 'MODE_PUB, OWN_NONE,')],
     BINDS),
    ('copy-after-take', 'E9', 'take makes room before it has read',
     [(THIEF, 'block_take', 'objpool_entries_read_(b, *left, objs, m);', ''),
      (THIEF, 'block_take', 'return m;',
       'objpool_entries_read_(b, *left, objs, m); return m;')], PUTS),
    ('take-acquire', 'E9', 'take makes room without release',
     [(THIEF, 'block_take', ACQ_REL, ACQUIRE)],
     'needs a load that is reordered with a later store; IMM'),
    ('put-w-relaxed', 'E9', 'put loads W relaxed',
     [(OWNER, 'block_put', LOAD_W, LOAD_W_RELAXED)],
     'needs a load that is reordered with a later store; IMM'),
    ('bind-release', 'E8 E9', 'bind does not acquire',
     [(OWNER, 'block_bind', LOAD_W, LOAD_W_RELAXED),
      (OWNER, 'block_bind', ACQ_REL, RELEASE)],
     'harmless: put and rebias acquire, as its CAS hands the release on'),
    ('open-release', 'E8 E9', 'a batch is opened without acquire',
     [(LIMBO_H, 'limbo_open', LOAD_W, LOAD_W_RELAXED),
      (LIMBO_H, 'limbo_open', ACQ_REL, RELEASE)],
     'harmless: limbo_put acquires, as its CAS hands the release on'),
    ('release-acquire-2', 'E8', 'release hides the last store of T',
     [(OWNER, 'block_release', ACQ_REL, ACQUIRE)], ANY_FREE),
    ('bind-w-relaxed', 'E8 E9', 'bind loads W relaxed',
     [(OWNER, 'block_bind', LOAD_W, LOAD_W_RELAXED)],
     'harmless: its CAS acquires'),
    ('release-acquire', 'E10', 'release publishes without release',
     [(OWNER, 'block_release', ACQ_REL, ACQUIRE)], HANDS_FREE),
    ('inherit-acquire', 'E10', 'the heir publishes without release',
     [(THIEF, 'block_inherit', ACQ_REL, ACQUIRE)], DEATH),
    ('put-acquire', 'E10', 'put publishes without release',
     [(OWNER, 'block_put', ACQ_REL, ACQUIRE)], PUTS),
    ('take-w-relaxed', 'E11', 'take loads W relaxed',
     [(THIEF, 'block_take', LOAD_W, LOAD_W_RELAXED)], PUTS),
    ('take-retry-relaxed', 'E11', 'take tries again from a relaxed load',
     [(THIEF, 'block_take', ACQ_REL + ', ' + ACQUIRE,
       ACQ_REL + ', ' + RELAXED)], PUTS),
    ('adopt-w-relaxed', 'E11', 'adopt loads W relaxed',
     [(OWNER, 'block_make_private', LOAD_W, LOAD_W_RELAXED)],
     ADOPT_FREE),
    ('no-scan-fence', 'E12', 'no fence between the readings',
     [('scan.c', 'scan_was_short_of', 'SCAN_FENCE();', '')], SCAN_UNDONE),
    ('scan-once', 'E12', 'pushes between the readings do not count',
     [('scan.c', 'scan_was_short_of', '+ (second.put - first->put)', '')], SCAN),
    ('scan-last', 'E12', 'lengths are those of the second reading',
     [('scan.c', 'scan_was_short_of', 'first->len + (second.put - first->put)',
       'second.len')], SCAN),
    ('scan-no-gen', 'E12', 'changes of hands do not count',
     [('scan.c', 'scan_was_short_of', '&& first->gen == second.gen', '')],
     SCAN_PUBLIC),
    ('scan-no-used', 'E12', 'newly used blocks do not count',
     [('scan.c', 'scan_was_short_of', 'first->used == second.used &&', '')],
     'harmless: the gen of a block that is new adds to the sum'),
    ('scan-revoking', 'E12', 'a block being revoked counts as settled',
     [('scan.c', 'scan_was_short_of', '!first->revoking &&', '')], SCAN_UNDONE),
    ('scan-one-region', 'E12', 'the heads of one region are read',
     [('round.h', 'round_next', 'if (++round->step == a->nr_regions)',
       'if (true)')], SCAN_FAR),
    ('use-relaxed', 'E12', 'a block counts as used relaxed',
     [('round.h', 'region_use', ACQ_REL, RELAXED)],
     'harmless: what is done with the block then is released'),
    ('scan-w-relaxed', 'E12', 'the scanner loads W relaxed',
     [('scan.c', 'scan_add', LOAD_W, LOAD_W_RELAXED)],
     'harmless: the scan fence acquires what was loaded before it'),
    ('used-late', 'E12', 'a block is used before it counts as used',
     [('round.h', 'region_use', 'while (at >= used &&',
       'while (false && at >= used &&')], SCAN_FRESH),
    ('used-relaxed', 'E12', 'the number of used blocks is read relaxed',
     [('round.h', 'region_used', ACQUIRE, RELAXED)],
     'harmless: what other loads acquire happens before the second reading'),
    ('pop-relaxed', 'E12', 'pop stores T relaxed',
     [(SLOT_H, 'objpool_block_pop_', RELEASE, RELAXED)], SCAN_FREE),
    ('scan-t-relaxed', 'E12', 'the scanner loads T relaxed',
     [('scan.c', 'scan_add', 'atomic_load_explicit(&b->t, ' + ACQUIRE,
       'atomic_load_explicit(&b->t, ' + RELAXED)],
     'harmless: the scan fence acquires what was loaded before it'),
    ('no-nput', 'E12', 'pushes are not counted with the length',
     [(SLOT_H, 'objpool_block_push_',
       '+ ((uint64_t)n << OBJPOOL_T_NPUT_SHIFT_)', '')], SCAN),

    # The flip bit and its undoing.
    ('flip-ignored', 'flip', 'an operation found revoked counts always',
     [(OWNER, 'block_included', 'if (w_flip(w) == t_flip(t))', 'if (true)')],
     POP),
    ('flip-never', 'flip', 'an operation found settled never counts',
     [(OWNER, 'block_included', 'if (w_flip(w) == t_flip(t))',
       'if (false)')], POP),
    ('flip-of-w', 'flip', 'settle keeps the flip of W',
     [(THIEF, 'block_settle', 't_flip(t)', 'w_flip(word)')], TWO_POPS),
    ('pop-no-flip', 'flip', 'pop does not flip',
     [(SLOT_H, 'objpool_block_pop_', '^ OBJPOOL_T_FLIP_', '')], POP),
    ('push-no-flip', 'flip', 'push does not flip',
     [(SLOT_H, 'objpool_block_push_', '^ OBJPOOL_T_FLIP_', '')], PUSH),
    ('no-undo', 'flip', 'a lost operation leaves T as it stored it',
     [(OWNER, 'block_included',
       'atomic_store_explicit(&b->t, t_make(len, !t_flip(t), t_tag(t), '
       't_nput(t)), memory_order_release);', '')], POP),
    ('undo-no-flip', 'flip', 'the length is put back, the flip is not',
     [(OWNER, 'block_included', '!t_flip(t)', 't_flip(t)')], POP),
    ('undo-no-len', 'flip', 'the flip is put back, the length is not',
     [(OWNER, 'block_included', 't_make(len,', 't_make(t_len(t),')],
     POP_PUSH),
    ('take-flips', 'flip', 'take changes the flip',
     [(THIEF, 'block_take', 'w_flip(w)', '!w_flip(w)')], POP),

    # The invariants.
    ('put-no-gen', 'I4', 'take and put do not move gen on',
     [(THIEF, 'block_take', 'w_gen(w) + 1', 'w_gen(w)'),
      (OWNER, 'block_put', 'w_gen(w) + 1', 'w_gen(w)')], PUT_TAKE),
    ('take-no-gen', 'I4', 'take does not move gen on',
     [(THIEF, 'block_take', 'w_gen(w) + 1', 'w_gen(w)')],
     'harmless: nothing but a put, which moves it, makes a length come back'),
    ('no-gen', 'I4', 'no change of hands moves gen on',
     [(WORD, 'w_make', 'gen << W_GEN_SHIFT', '(gen & 0) << W_GEN_SHIFT'),
      (OWNER, 'block_make_private', 'if (t_is_of(t, gen)) gen++;', ''),
      (WORD, 't_is_of', 'return t_tag(t) == field(gen, 0, T_TAG_BITS);',
       'return true;')], SLOW),
    ('release-t', 'I3', 'release believes T of a public block',
     [(OWNER, 'block_release', 'w_mode(w) == MODE_PUB ? w_len(w) : t_len(t)',
       't_len(t)')], POP_PUSH),
    ('release-w', 'I3', 'release believes W of a private block',
     [(OWNER, 'block_release', 'w_mode(w) == MODE_PUB ? w_len(w) : t_len(t)',
       'w_len(w)')], HANDS),
    ('inherit-w', 'I3', 'the heir believes W of a private block',
     [(THIEF, 'block_inherit', 'words_len(w, t)', 'w_len(w)')], DEATH),
    ('inherit-t', 'I3', 'the heir believes T whatever its tag',
     [(THIEF, 'block_inherit', 'words_len(w, t)', 't_len(t)')], DEATH),
    ('inherit-any', 'I2', 'the heir takes blocks that are not the dead\'s',
     [(THIEF, 'block_inherit', 'while (w_own(w) == own &&',
       'while (w_own(w) != OWN_NONE &&')], HEIRS),

    # What slots and pops add.
    ('two-heirs', 'claim', 'a dead thread\'s slot is not taken by a CAS',
     [('claim.c', 'succeed', '|| !take(s, owner, token)', '')], HEIRS),
    ('hunt-no-settle', 'E3', 'what was marked is not settled',
     [('pop.c', 'hunt_settle', 'block_settle(h->marked[i], h->word[i]);',
       '')], POOL),
    ('fail-first', 'E12', 'a pop fails without looking again',
     [('pop.c', 'pop_anywhere', 'was_short(&h, burst ? 1 : n)',
       'true')], HANDOVER),
    ('give-back-late', 'E12', 'a pop decides with objects in its hands',
     [('pop.c', 'pop_anywhere', 'if (got > 0 && !burst) {',
       'bool fail = h.cannot_know || was_short(&h, burst ? 1 : n);'
       'if (got > 0 && !burst) {'),
      ('pop.c', 'pop_anywhere',
       'if (h.cannot_know || was_short(&h, burst ? 1 : n))',
       'if (fail)')], STARVE),
    ('burst-first', 'E12', 'a burst ends without looking again',
     [('pop.c', 'pop_anywhere', 'was_short(&h, burst ? 1 : n)',
       'burst || was_short(&h, n)')], HANDOVER),
    ('heads-held', 'E12', 'the first reading is one with objects in hand',
     [('pop.c', 'was_short', 'h->in_vain ?', 'true ?')],
     'harmless: what was given back counts as pushed, or moves a gen'),
    # Limbo.
    ('limbo-put-acquire', 'E10 E13', 'limbo_put publishes without release',
     [(LIMBO_H, 'limbo_put', ACQ_REL, ACQUIRE)], RIPEN),
    ('visit-w-relaxed', 'E13', 'who closes loads W relaxed',
     [(LIMBO_C, 'limbo_visit', LOAD_W, LOAD_W_RELAXED),
      (LIMBO_H, 'limbo_change', ACQ_REL, RELEASE)], RIPEN),
    ('cookie-first', 'E13', 'the cookie is taken before W is read',
     [(LIMBO_C, 'limbo_visit', 'limbo_start(a)', 'first'),
      (LIMBO_C, 'limbo_visit', LOAD_W + ';',
       'uint64_t first = limbo_served(a) ? limbo_start(a) : 0;' + LOAD_W
       + ';')], CLOSERS),
    ('close-any', 'E13', 'whatever W has become is closed',
     [(LIMBO_H, 'limbo_close', 'return limbo_change(b, w,',
       'w = atomic_load_explicit(&b->w, memory_order_acquire);'
       'if (w_mode(w) != MODE_LIMBO) return false;'
       'return limbo_change(b, w,')], CLOSERS),
    ('change-acquire', 'E14', 'a batch is closed without release',
     [(LIMBO_H, 'limbo_change', ACQ_REL, ACQUIRE)], CLOSERS),
    ('close-first', 'E14', 'a batch is closed before its stamp is raised',
     [(LIMBO_H, 'limbo_close', 'uint64_t stamp =',
       'bool done = limbo_change(b, w, MODE_LIMBO, own, 1); uint64_t stamp ='),
      (LIMBO_H, 'limbo_close',
       'return limbo_change(b, w, MODE_LIMBO, own, 1);', 'return done;')],
     CLOSERS),
    ('visit-stamp-first', 'E14', 'the stamp is read before W',
     [(LIMBO_C, 'limbo_visit', LOAD_W + ';',
       'bool over = limbo_served(a) && is_over(a, b);' + LOAD_W + ';'),
      (LIMBO_C, 'limbo_visit', 'is_over(a, b) &&', 'over &&')], CLOSERS),
    ('visit-w-relaxed-2', 'E14', 'who makes stock of a batch loads W relaxed',
     [(LIMBO_C, 'limbo_visit', LOAD_W, LOAD_W_RELAXED)], CLOSERS),
    ('owner-w-relaxed', 'E14', 'the owner loads W relaxed',
     [(LIMBO_C, 'turn_over', LOAD_W, LOAD_W_RELAXED)], LONG),
    ('harvest-w-relaxed', 'E14', 'a harvest loads W relaxed',
     [(LIMBO_C, 'limbo_harvest', LOAD_W, LOAD_W_RELAXED)], CLOSERS),
    ('stamp-falls', 'E14', 'who is late lowers the stamp',
     [(LIMBO_H, 'limbo_close',
       'while (stamp < cookie && !atomic_compare_exchange_weak_explicit('
       '&b->stamp, &stamp, cookie, memory_order_relaxed, '
       'memory_order_relaxed)) ;',
       'atomic_store_explicit(&b->stamp, cookie, memory_order_relaxed);')],
     LATE_CLOSE),
    ('stamp-once', 'E14', 'a stamp that is there is kept',
     [(LIMBO_H, 'limbo_close', 'stamp < cookie &&', 'stamp == 0 &&')],
     LATE_CLOSE),
    ('ripen-acquire', 'E4 E10 E15', 'a batch is made stock without release',
     [(LIMBO_H, 'limbo_ripen', 'return limbo_change(b, w, MODE_PUB, own, 0);',
       'return atomic_compare_exchange_strong_explicit(&b->w, &w,'
       'w_make(MODE_PUB, own, w_len(w), 0, w_gen(w) + 1),'
       'memory_order_acquire, memory_order_acquire);')], RIPEN),
    ('take-ripe-relaxed', 'E15', 'take loads W relaxed',
     [(THIEF, 'block_take', LOAD_W, LOAD_W_RELAXED),
      (THIEF, 'block_take', ACQ_REL + ', ' + ACQUIRE,
       RELEASE + ', ' + RELAXED)], RIPEN),
    ('adopt-ripe-relaxed', 'E15', 'adopt does not acquire',
     [(OWNER, 'block_make_private', LOAD_W, LOAD_W_RELAXED),
      (OWNER, 'block_make_private', ACQ_REL, RELEASE)], RIPE_ADOPTED),
    ('visit-not-over', 'E15', 'a closed batch is stock at once',
     [(LIMBO_C, 'limbo_visit', 'is_over(a, b) &&', '')], LIMBO),
    ('harvest-unasked', 'E15', 'the owner makes stock of a closed batch',
     [(LIMBO_C, 'turn_over', '} else if (is_over(a, b)) {',
       '} else if (true) {')], LONG),
    ('put-closed', 'limbo', 'objects are put into closed batches',
     [(LIMBO_H, 'limbo_put', '|| w_flip(w) != 0', ''),
      (LIMBO_H, 'limbo_put', 'w_len(w) + m, 0, w_gen(w)',
       'w_len(w) + m, w_flip(w), w_gen(w)')], CLOSERS),
    ('put-moves-gen', 'limbo', 'a put moves gen on',
     [(LIMBO_H, 'limbo_put', 'w_gen(w))', 'w_gen(w) + 1)')], SCAN_PUTS),
    ('parked-is-free', 'limbo', 'objects in limbo count as free',
     [(WORD, 'words_len', 'case MODE_LIMBO: return 0;',
       'case MODE_LIMBO: return w_len(w);')], SCAN_PUTS),
    ('change-no-gen', 'limbo', 'a batch changes its state, but not gen',
     [(LIMBO_H, 'limbo_change', 'w_gen(w) + 1', 'w_gen(w)')], SCAN_RIPE),
    ('open-no-gen', 'limbo', 'a batch is opened without moving gen on',
     [(LIMBO_H, 'limbo_open', 'w_gen(w) + 1', 'w_gen(w)')],
     'harmless: an empty block tells nobody anything'),
    ('open-stock', 'limbo', 'blocks that hold something are opened',
     [(LIMBO_H, 'limbo_open', '&& w_len(w) == 0', '')], OPENING),
    ('open-bound', 'limbo', 'blocks that have an owner are opened',
     [(LIMBO_H, 'limbo_open', '&& w_own(w) == OWN_NONE', '')], NO_EMPTY),
    ('empty-not-put', 'limbo', 'what is in the way is not put elsewhere',
     [(LIMBO_C, 'make_empty',
       'depot_post(a, b); slot_push_slow(a, s, objs, n);',
       'depot_post(a, b);')], NO_EMPTY),
    ('ripe-nobodys', 'limbo', 'a batch that others ripen is nobody\'s',
     [(LIMBO_C, 'make_stock', 'limbo_ripen(b, w, w_own(w))',
       'limbo_ripen(b, w, OWN_NONE)')], CLOSERS),
    ('closed-nobodys', 'limbo', 'a batch that others close is nobody\'s',
     [(LIMBO_C, 'limbo_visit', 'limbo_close(b, w, w_own(w),',
       'limbo_close(b, w, OWN_NONE,')], LONG),
    ('early-unbounded', 'limbo', 'every early batch is let go',
     [(LIMBO_C, 'turn_over', 'full || !early_waits(a, s)', 'true')], LONG),
    ('early-any-gen', 'limbo', 'an early batch of long ago still counts',
     [(LIMBO_C, 'early_waits',
       '&& early_make(b, w_gen(w)) == early', '')],
     'harmless: waits with objects for longer than it must'),
    ('early-late', 'limbo', 'an early batch is let go before it is noted',
     [(LIMBO_C, 'turn_over',
       'if (!full) atomic_store_explicit(&s->early, '
       'early_make(b, w_gen(w) + 1), memory_order_relaxed); '
       'if (!limbo_change(b, w, MODE_LIMBO, OWN_NONE, 1)) return;',
       'if (!limbo_change(b, w, MODE_LIMBO, OWN_NONE, 1)) return;'
       'if (!full) atomic_store_explicit(&s->early, '
       'early_make(b, w_gen(w) + 1), memory_order_relaxed);')], DIES_LONG),
    ('reopen-no-flip', 'limbo', 'a batch that is opened again stays closed',
     [(LIMBO_C, 'turn_over', 'limbo_change(b, w, MODE_LIMBO, own, 0)',
       'limbo_change(b, w, MODE_LIMBO, own, 1)')], LONG),
    ('heir-forgets', 'limbo', 'the heir does not take the open batch over',
     [(LIMBO_C, 'limbo_inherit', 'if (w_len(w) > 0) { '
       'atomic_store_explicit(&s->limbo, offset_of(a, b), '
       'memory_order_relaxed); return; }', 'if (w_len(w) > 0) return;')],
     GIVER_DIES),
    ('heir-keeps-empty', 'limbo', 'the heir keeps empty batches',
     [(LIMBO_C, 'limbo_inherit', 'while (w_mode(w) == MODE_LIMBO &&',
       'while (w_len(w) > 0 && w_mode(w) == MODE_LIMBO &&')], GIVER_DIES),
    ('heir-releases', 'limbo', 'the heir makes stock of the open batch',
     [(THIEF, 'block_inherit', '&& w_mode(w) != MODE_LIMBO', ''),
      (WORD, 'words_len', 'case MODE_LIMBO: return 0;',
       'case MODE_LIMBO: return w_len(w);')], GIVER_DIES),
    ('limbo-close-unused', 'limbo', 'a pop that is short closes nothing',
     [('pop.c', 'hunt_block', 'limbo_visit(h->a, b);', ';')],
     LIMBO),

    # Marks.
    ('mark-no-light', 'E16', 'a mark without the light fence',
     [(SLOT_H, 'objpool_mark_enter_', 'OBJPOOL_LIGHT_FENCE(fenced);', '')], END),
    ('mark-after-mode', 'E16', 'a push looks whether it is diverted, then marks',
     [(SLOT_H, 'objpool_marked_push_', SECOND_LOOK, 'true')], END_POP),
    ('mark-after-mode-2', 'E16', 'a pop looks whether it is diverted, then marks',
     [(SLOT_H, 'objpool_marked_pop_', SECOND_LOOK, 'true')], END_POP),
    ('rcu-mark-after-mode', 'E16',
     'a push for later looks whether it is diverted, then marks',
     [(QUICK, 'push_rcu_marked',
       '!(slot_mode(s) & ASIDE_MODES) && /* E16 */', '')], END_RCU),
    ('divert-relaxed', 'E16', 'slots are diverted relaxed',
     [('claim.c', 'claim_divert', RELEASE, RELAXED)],
     'harmless: the fences of marks_fence follow'),
    ('begin-after-uid', 'E16', 'the slow path looks at the uid, then marks',
     [(THREAD, 'begin_marked', 'if (thread_seat(a) == turn->slot)',
       'if (true)')], END_POP),
    ('guest-not-marked', 'E16', 'a slot is claimed without a mark',
     [(THREAD, 'begin_marked', 'mark_enter(guest.slot);', '')], END_GUEST),
    ('slot-not-marked', 'E16', 'the claimed slot is not marked',
     [(THREAD, 'begin_marked',
       'mark_enter(turn->slot); end_turn(a, &guest);',
       'end_turn(a, &guest);')], END_CLAIM),
    ('slot-marked-late', 'E16', 'the guest is given back, then the slot marked',
     [(THREAD, 'begin_marked',
       'mark_enter(turn->slot); end_turn(a, &guest);',
       'end_turn(a, &guest); mark_enter(turn->slot);')], END_CLAIM),
    ('slots-first', 'E16', 'guests are waited for after slots',
     [(THE_END, 'end_quiesce_for',
       'for (uint32_t i = a->nr_slots + NR_GUESTS; i-- > 0;)',
       'for (uint32_t i = 0; i < a->nr_slots + NR_GUESTS; i++)')],
     END_CLAIM),
    ('quiesce-no-fence', 'E16', 'no fence before marks are looked at',
     [('mark.c', 'marks_fence', FIRST_FENCE, 'reach ='),
      ('mark.c', 'marks_fence', 'HEAVY_FENCE(reach);', '')], END),
    ('quiesce-no-reach', 'E16', 'that fence does not reach owners',
     [('mark.c', 'marks_fence', 'HEAVY_FENCE(reach);',
       'HEAVY_FENCE(REACH_NONE);')], END_FREE),
    ('guest-fence-free', 'E16', 'guests pass no fence, nor are reached',
     [('claim.c', 'claim_guest', 'reach_set(a, s, false);', '')],
     QUIESCE_GUEST),
    ('no-wait', 'E16', 'marks are not waited for',
     [('mark.c', 'marks_over', 'if (now % 2 == 0 || now != *busy)',
       'if (true)')], END),
    ('leave-relaxed', 'E17', 'a mark is taken back relaxed',
     [(SLOT_H, 'objpool_mark_leave_', RELEASE, RELAXED)], QUIESCE),
    ('look-relaxed', 'E17', 'marks are read relaxed',
     [('mark.c', 'marks_over',
       'now = atomic_load_explicit(&s->pub.busy, ' + ACQUIRE,
       'now = atomic_load_explicit(&s->pub.busy, ' + RELAXED)], QUIESCE),
    ('enter-relaxed', 'E17', "a guest's next mark is stored relaxed",
     [(SLOT_H, 'objpool_mark_enter_', RELEASE, RELAXED)], QUIESCE_GUEST),
    ('guest-relaxed', 'E17', 'a guest is given back relaxed',
     [('claim.c', 'claim_release', '&s->owner, 0, ' + RELEASE,
       '&s->owner, 0, ' + RELAXED)], QUIESCE_GUEST),
    ('guest-look-relaxed', 'E17', "a guest's owner is read relaxed",
     [('mark.c', 'marks_over',
       'owner = atomic_load_explicit(&s->owner, ' + ACQUIRE,
       'owner = atomic_load_explicit(&s->owner, ' + RELAXED)],
     QUIESCE_GUEST),
    ('wait-for-the-dead', 'marks', 'the mark of a dead owner is waited for',
     [('mark.c', 'marks_over', 'owner == 0 || !alive(owner)',
       'owner == 0')], END_DEATH),
    ('heir-keeps-mark', 'marks', 'the heir does not clear the mark',
     [('claim.c', 'inherit', 'mark_clear(s);', '')],
     'harmless: the mark that the heir makes next is another'),

    # Two processes.
    ('free-not-said', 'E18', 'a fence-free owner does not say so',
     [(REACH, 'reach_set', FREE_SAID, '')], TOLD),
    ('free-no-fence', 'E18', 'an owner says so without a fence after it',
     [(REACH, 'reach_set', 'atomic_thread_fence(memory_order_seq_cst);', '')],
     CLAIM_QUIET),
    ('free-said-late', 'E18', 'an owner says so after that fence',
     [(REACH, 'reach_set', FREE_SAID + ' '
       'atomic_thread_fence(memory_order_seq_cst);',
       'atomic_thread_fence(memory_order_seq_cst);' + FREE_SAID)],
     CLAIM_QUIET),
    ('quiesce-asks-first', 'E18', 'no fence before it is asked whom to reach',
     [('mark.c', 'marks_fence', FIRST_FENCE, 'reach =')], CLAIM_QUIET),
    ('mark-any-w', 'E18', 'a thief marks what W is now, not what it asked for',
     [('pop.c', 'hunt_block', 'block_mark(b, w,', 'block_mark(b, '
       'atomic_load_explicit(&b->w, memory_order_acquire),')], CHANGES),
    ('reach-before-w', 'E18', 'it is asked whom to reach before W is read',
     [('pop.c', 'hunt_block', 'hunt_take(h, b);',
       'hunt_take(h, b);'
       'w = atomic_load_explicit(&b->w, memory_order_acquire);'
       'bool may = block_is_hoard(b, w) && may_mark(h, w, &reach);'),
      ('pop.c', 'hunt_block', '!may_mark(h, w, &reach)', '!may')], CHANGES),
    ('hunt-w-relaxed', 'E18', 'a thief loads W relaxed',
     [('pop.c', 'hunt_block',
       'w = atomic_load_explicit(&b->w, ' + ACQUIRE,
       'w = atomic_load_explicit(&b->w, ' + RELAXED)], CLAIMER),
    ('claim-twice', 'E18', 'a slot with private blocks becomes fence-free',
     [('claim.c', 'claim_slot', 'if (s != NULL) return s;',
       'if (s != NULL) { reach_set(a, s, reach_may_be_free(a)); return s; }'),
      (REACH, 'reach_set', 'if (has_company(a)) reach_leave(s);', '')],
     TWICE),
    ('leave-says-relaxed', 'E19', 'who fences from now on says so relaxed',
     [(REACH, 'reach_leave', RELEASE, RELAXED)], TWICE),
    ('leave-says-relaxed-2', 'E19', 'the same, seen by the marks',
     [(REACH, 'reach_leave', RELEASE, RELAXED)], TOLD_QUIET),
    ('back-says-relaxed', 'E19', 'who gives its slot back says so relaxed',
     [('claim.c', 'claim_release', '&s->fence_free, 0, ' + RELEASE,
       '&s->fence_free, 0, ' + RELAXED)], BACK_QUIET),
    ('asks-relaxed', 'E18 E19', 'whether an owner fences is read relaxed',
     [(REACH, 'reach_from_elsewhere', '&s->fence_free, ' + ACQUIRE,
       '&s->fence_free, ' + RELAXED)],
     'harmless: the heavy fence acquires what was read before it'),
    ('owner-relaxed', 'E19', 'whether a slot has an owner is read relaxed',
     [(REACH, 'reach_from_elsewhere', '&s->owner, ' + ACQUIRE,
       '&s->owner, ' + RELAXED)],
     'harmless: the heavy fence acquires what was read before it'),
    ('left-not-fenced', 'processes', 'an owner that was told to does not fence',
     [(REACH, 'reach_leave', 'atomic_fetch_or_explicit(&s->pub.mode, '
       'OBJPOOL_SLOT_FENCED_, memory_order_relaxed);', '')], TOLD),
    ('others-not-reached', 'processes', 'a thief reaches its own process only',
     [(REACH, 'reach_from_elsewhere', 'return REACH_OTHERS;',
       'return REACH_OWN;')], TOLD),
    ('others-not-reached-2', 'processes', 'the same, by who waits for marks',
     [(REACH, 'reach_from_elsewhere', 'return REACH_OTHERS;',
       'return REACH_OWN;')], END_APART),
    ('not-settled', 'E18', 'slots become fence-free whom nobody can reach',
     [('mark.c', 'marks_will_work', 'reach_settle(a);', '')], END_SHORT),
    ('not-claimed-yet', 'processes', 'a slot that is being claimed is no reason '
     'to wait',
     [(THE_END, 'quiesce_surely', '!reach_is_settled(a)', 'true')], END_SHORT),
    ('settled-no-fence', 'E18', 'no fence before it is asked who is fence-free',
     [(REACH, 'reach_settle', 'atomic_thread_fence(memory_order_seq_cst);',
       '')],
     'harmless: who ends the pool waits until the slot fences'),
    ('joined-is-fenced', 'processes', 'who joined takes all for fenced',
     [(REACH, 'reach_of', 'if (!a->fence_free)', 'if (!a->fence_free || '
       'atomic_load_explicit(&a->joined, memory_order_relaxed) != 0)')], TOLD),
    ('all-fence-free', 'processes', 'slots of a second process are fence-free',
     [(REACH, 'reach_may_be_free', 'home == own', 'true')], JOINER),
    ('home-not-reached', 'processes', 'a thief of the home reaches nobody',
     [(REACH, 'reach_of', 'REACH_OWN', 'REACH_NONE')], JOINER),
    ('reach-of-the-last', 'processes', 'what is marked last says whom to reach',
     [('pop.c', 'hunt_block', 'h->reach |= reach;', 'h->reach = reach;')],
     BOTH_KINDS),

    # Handlers.
    ('pop-not-raised', 'signals', 'a quick pop does not say that it runs',
     [(QUICK, 'pop_guarded', 'if (nest_enter() == 0)', 'if (!nest_is_deep())'),
      (QUICK, 'pop_guarded', 'nest_leave();', ';')], NEST),
    ('push-not-raised', 'signals', 'a quick push does not say that it runs',
     [(QUICK, 'push_guarded', 'if (nest_enter() == 0)', 'if (!nest_is_deep())'),
      (QUICK, 'push_guarded', 'nest_leave();', ';')], NEST),
    ('turn-not-raised', 'signals', 'a slow call does not say that it runs',
     [(THREAD, 'thread_begin', 'nest_enter() > 0', 'nest_is_deep()'),
      (THREAD, 'unguard', 'nest_leave();', ';')], NEST),
    ('nested-pops-fast', 'signals', 'a nested pop tries the current block',
     [(QUICK, 'pop_guarded', 'if (nest_enter() == 0)',
       'nest_enter(); if (true)')], NEST),
    ('nested-pushes-fast', 'signals', 'a nested push tries the current block',
     [(QUICK, 'push_guarded', 'if (nest_enter() == 0)',
       'nest_enter(); if (true)')], NEST),
    ('nested-pops', 'signals', 'a nested pop works on the slot',
     [(OPS, 'pop_slow', '(turn.is_nested ? slot_pop_nested : slot_pop_slow)',
       'slot_pop_slow')], NEST),
    ('nested-pushes', 'signals', 'a nested push works on the slot',
     [(OPS, 'put_some', '(turn->is_nested ? slot_push_nested : put)',
       'put')], NEST),
    ('nested-pushes-far', 'signals', 'a nested push sorts, on the slot',
     [(OPS, 'put_some', '(turn->is_nested ? slot_push_nested : put)',
       'put')], NEST_FAR),
    ('nested-gives-back', 'signals', 'a nested pop gives back to the slot',
     [('pop.c', 'pop_anywhere', 'slot_push_nested(a, host, objs, got)',
       'slot_push_slow(a, host, objs, got)')], NEST),
    ('nested-bound', 'signals', 'a nested push uses what the slot has bound',
     [('push.c', 'slot_push_nested', 'slot_bind_nested(a, host)',
       'slot_bind(a, host)')], NEST),
    ('nested-keeps', 'signals', 'a nested push does not let go of its block',
     [('push.c', 'slot_push_nested', 'block_release(b);', '')], NEST),
    ('nested-anon', 'signals', 'a nested push binds in nobody\'s name',
     [('slot.c', 'slot_bind_nested', 'find_room(a, host, host->region, ',
       'find_room(a, NULL, 0, ')], NEST_DEATH),
    ('nested-mark-anew', 'E16', 'a nested call marks what is marked',
     [('mark.h', 'mark_is_covered', '% 2 == 0', '% 2 < 2')], NEST_END),
    ('nested-no-mark', 'E16', 'a nested call marks nothing',
     [('mark.h', 'mark_is_covered',
       'objpool_mark_enter_(&s->pub, true); return false;',
       'return true;')], NEST_END),
    ('covered-leaves', 'E16', 'a nested call takes the other\'s mark back',
     [(THREAD, 'end_turn', '&& !turn->is_covered', '')], NEST_END),
    ('nested-uid-first', 'E16', 'a nested call looks at the uid, then marks',
     [(THREAD, 'begin_nested', 'if (is_live(a)) /* E16 */ return true;',
       'return true;')], NEST_END),
    ('covered-no-fence', 'E16', 'under a mark that is there, no fence',
     [('mark.h', 'mark_is_covered', 'OBJPOOL_LIGHT_FENCE(true);', '')],
     NEST_CLAIM),
    # Reclaiming: what is on its way, and what was.
    ('reclaim-no-first-wait', 'E20', 'who brings objects in is not waited for',
     [(RECLAIM, 'reclaim_orphans',
       'rc = end_quiesce_for(f->a, PAUSES); /* E20: who brings them in */',
       'rc = 0;')], MOVING),
    ('reclaim-no-second-wait', 'E21', 'who took objects out is not waited for',
     [(RECLAIM, 'reclaim_orphans',
       'rc = end_quiesce_for(f->a, PAUSES); /* E21: who took them out */',
       'rc = 0;')], MOVING),
    ('orders-unfenced', 'E20 E21', 'who waits passes no fence',
     NO_WAIT_FENCE, TO_THIEF_FREE + PASSES),
    ('orders-unfenced-2', 'E20 E21', 'the same, nor does the census',
     NO_FENCES, IN_PUBLIC + PASSES),
    ('orders-unfenced-3', 'E20 E21', 'the same', NO_FENCES,
     MOVING_FREE + PASSES),
    ('orders-unfenced-4', 'E20 E21', 'the same', NO_FENCES, HELD_UP + PASSES),
    ('word-pushed-relaxed', 'E20', 'that, and push writes the word relaxed',
     NO_WAIT_FENCE + [(HOLDER, 'holder_push', ACQ_REL, ACQUIRE)],
     TO_THIEF_FREE),
    ('word-renewed-relaxed', 'E20', 'that, and a word is renewed relaxed',
     NO_WAIT_FENCE + [(HOLDER, 'holder_renew', RELEASE, RELAXED)], HELD_UP),
    ('word-taken-relaxed', 'E20', 'that, and who reclaims writes it relaxed',
     NO_WAIT_FENCE + [(HOLDER, 'holder_take', ACQ_REL, ACQUIRE)],
     TWO_RECLAIM_FREE),
    ('word-read-relaxed', 'E20', 'that, and who reclaims reads it relaxed',
     NO_WAIT_FENCE + [(HOLDER, 'holder_look', ACQUIRE, RELAXED)],
     TO_THIEF_FREE),
    ('words-relaxed', 'E20', 'words are written and read relaxed',
     [(HOLDER, 'holder_look', ACQUIRE, RELAXED),
      (HOLDER, 'holder_push', ACQ_REL, RELAXED),
      (HOLDER, 'holder_renew', RELEASE, RELAXED),
      (HOLDER, 'holder_take', ACQ_REL, RELAXED)],
     'harmless as long as who waits passes a fence (marks_fence)'),
    ('taken-unseen', 'E21', 'no fence in waiting, and take does not release',
     NO_WAIT_FENCE + [(THIEF, 'block_take', ACQ_REL, ACQUIRE)], IN_PUBLIC),
    ('popped-unseen', 'E21', 'no fence in waiting, and pop stores T relaxed',
     NO_WAIT_FENCE + [(SLOT_H, 'objpool_block_pop_', RELEASE, RELAXED)],
     HELD_UP),
    ('census-w-relaxed', 'E21', 'no fences, and a census reads W relaxed',
     NO_FENCES + CENSUS_W_RELAXED, IN_PUBLIC),
    ('census-t-relaxed', 'E21', 'no fences, and a census reads T relaxed',
     NO_FENCES + CENSUS_T_RELAXED, MOVING_FREE),
    ('census-relaxed', 'E10 E21', 'a census reads W and T relaxed',
     CENSUS_W_RELAXED + CENSUS_T_RELAXED,
     'harmless: its fence acquires, and what comes to lie in a block '
     'meanwhile it need not find'),
    ('census-reach-none', 'E18', 'a census reaches nobody',
     [('census.c', 'census_of_block', 'reach_of(a, slot_at(a, w_own(w) - 1))',
       'REACH_NONE')], RECLAIM_APART),
    ('word-not-checked', 'words', 'the word may have changed meanwhile',
     [(HOLDER, 'holder_take',
       'return atomic_compare_exchange_strong_explicit(word, &seen, to, '
       'memory_order_acq_rel, memory_order_relaxed);',
       'atomic_store_explicit(word, to, memory_order_release);'
       'return true;')], MOVING),
    ('word-not-new', 'words', 'all free words of a slot are the same',
     [(HOLDER, 'holder_new', '(count + 1) << HOLDER_COUNT_SHIFT |', '')],
     VAIN),
    ('reclaim-unmarked', 'words', 'who gives back is not marked meanwhile',
     [(RECLAIM, 'give_back', 'uint64_t to = live ?',
       'if (live) { mark_leave(turn.slot); turn.is_covered = true; } '
       'uint64_t to = live ?')], TWO_RECLAIM),
    ('word-not-renewed', 'words', 'what is given back keeps its word',
     [('pop.c', 'pop_anywhere', 'holders_renew(a, host, objs, got);', ';')],
     OVER),
    ('word-after-entering', 'words', 'push notes what is in a block already',
     [(OPS, 'put_sound', 'm = holders_pushable(a, turn->slot, objs, n, &why); '
       'put_some(a, turn, objs, m, put);',
       'm = n; put_some(a, turn, objs, m, put);'
       'holders_pushable(a, turn->slot, objs, n, &why); why = 0;')],
     TO_THIEF),
    ('census-no-fence', 'E21', 'no fence before W is read again',
     [(CENSUS, 'census_of_block', 'SCAN_FENCE();', '')], CENSUS_UNDONE),
    ('census-once', 'E21', 'W is not read again',
     [(CENSUS, 'census_of_block',
       'if (atomic_load_explicit(&b->w, memory_order_acquire) == w)',
       'if (true)')], CENSUS_UNDONE),

    # Objects that go home.
    ('home-not-sorted', 'homing', 'the slow push does not sort',
     [('push.c', 'slot_push_slow',
       'unlikely(slot_mode(s) & OBJPOOL_SLOT_HOMING_)', 'false')], ALL_HOME),
    ('home-not-looked', 'homing', 'the quick push does not look for far ones',
     [(QUICK, 'push_fast', 'if (mode & OBJPOOL_SLOT_HOMING_ && '
       '!slot_is_home(slot_arena(s), s, objs, n)) return false;', '')],
     ALL_HOME),
    ('home-rest-lost', 'homing', 'what finds no room in the block is forgotten',
     [('push.c', 'push_home', 'n -= m;', 'n = 0;')], ALL_HOME),
    ('home-not-bound', 'homing', 'the block that had room is not bound',
     [('slot.c', 'slot_bind_home',
       'block_bind(block_at(a, open - 1), own_of(s))', 'true')], TWO_HOMES),
    ('home-not-released', 'homing', 'that block is not let go of',
     [('push.c', 'push_home', 'block_release(b) < b->cap',
       'w_len(atomic_load_explicit(&b->w, memory_order_relaxed)) < b->cap')],
     TWO_HOMES),
    ('home-released-first', 'homing', 'it is let go of, then filled',
     [('push.c', 'push_home', 'unsigned int m = block_put(b, objs, n);',
       'block_release(b); unsigned int m = block_put(b, objs, n);'),
      ('push.c', 'push_home', 'block_release(b) < b->cap', 'true')],
     TWO_HOMES),
    ('home-anon', 'homing', 'it is bound in nobody\'s name',
     [('slot.c', 'slot_bind_home', 'return find_room(a, s, region, false);',
       'return find_room(a, NULL, region, false);')], STRANGER_DIES),
]


def loosely(text):
    return r'\s*'.join(re.escape(part) for part in text.split())


def span_of(text, function):
    """Where the definition of a function lies in a text."""
    m = re.search(r'^' + function + r'\([^;]*?\)\n\{.*?^\}', text,
                  re.MULTILINE | re.DOTALL)
    if m is None:
        raise ValueError('no function ' + function)
    return m.span()


def edit(core, path, function, old, new):
    path = core / path
    text = path.read_text()
    start, end = span_of(text, function) if function else (0, len(text))
    body, n = re.subn(loosely(old), lambda _: new, text[start:end])
    if n != 1:
        raise ValueError('%s, %s: %d times: %s' % (path.name, function, n, old))
    path.write_text(text[:start] + body + text[end:])


def run(command, **more):
    return subprocess.run([str(c) for c in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **more)


class Bench:
    """Builds programs from copies of lib/."""

    def __init__(self, args):
        self.lib = pathlib.Path(args.lib).resolve()
        self.work = pathlib.Path(args.work).resolve()
        self.cxx = args.cxx
        self.seed = args.seed
        self.flags = ['-std=c++17', '-O0', '-w', '-fpermissive',
                      '-I', HERE / 'shim', '-I', HERE]

    def compile(self, include, source, target):
        done = run([self.cxx, *self.flags, '-include', self.work / 'all.hpp',
                    '-I', include, '-I', include / 'include', '-c',
                    source, '-o', target])
        if done.returncode != 0:
            raise ValueError('does not compile:\n' + done.stdout)

    def prepare(self):
        """What all programs share: Relacy's headers and the runner."""
        self.work.mkdir(parents=True, exist_ok=True)
        header = self.work / 'all.hpp'
        header.write_text('#include <relacy/relacy.hpp>\n')
        run([self.cxx, *self.flags, '-x', 'c++-header', header,
             '-o', self.work / 'all.hpp.gch'], check=True)
        for part in PARTS:
            self.compile(self.lib, HERE / (part + '.cpp'),
                         self.work / (part + '.o'))

    def try_mutant(self, mutant):
        """Returns (was it noticed, what was said)."""
        name, _, _, edits, contest = mutant
        base = self.work / name
        shutil.rmtree(base, ignore_errors=True)
        shutil.copytree(self.lib, base)
        for e in edits:
            edit(base / 'core', *e)
        if isinstance(contest, str):
            return True, 'not seen: ' + contest
        program, flavour, title = contest[:3]
        self.compile(base, HERE / (program + '.cpp'), base / 'contests.o')
        run([self.cxx, *(self.work / (part + '.o') for part in PARTS),
             base / 'contests.o', '-o', base / program], check=True)
        done = run([base / program, '-q', '-s', self.seed, '-f', flavour,
                    title], timeout=100)
        said = done.stdout.strip().split(': ', 1)[-1]
        if contest[3:] == PASSES:
            return done.returncode == 0, 'control: ' + said
        if done.returncode == 1:
            return True, re.sub(r'( [A-Z_]+ \d+)+$', '', said)
        return False, 'exit status %d: %s' % (done.returncode, said)


def check_mutants(args):
    bench = Bench(args)
    start = time.monotonic()
    bench.prepare()
    wanted = [m for m in MUTANTS if not args.names or m[0] in args.names]
    bad = 0

    def one(mutant):
        begin = time.monotonic()
        try:
            noticed, said = bench.try_mutant(mutant)
        except (ValueError, subprocess.SubprocessError) as e:
            noticed, said = False, str(e)
        return mutant, noticed, said, time.monotonic() - begin

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for mutant, noticed, said, took in pool.map(one, wanted):
            bad += not noticed
            print('%-7s %-7s %-21s %-45s %4.1f s  %s' % (
                'ok' if noticed else 'MISSED', mutant[1], mutant[0],
                mutant[2], took, said), flush=True)
    print('%d mutants, %d missed, %.0f s' % (
        len(wanted), bad, time.monotonic() - start))
    return bad == 0 and bool(wanted)


def edges_of(table):
    return re.findall(r'^ \*  (E\d+)\s', table, re.MULTILINE)


def check_labels(args):
    """Every edge: named at two places in the code at least, and broken here, at
    each of its ends."""
    import edges
    lib = pathlib.Path(args.lib)
    names = edges_of((lib / 'core' / 'block.h').read_text())
    ends = edges.ends_of(lib)
    good = len(names) > 0
    for e in ends:
        if e not in names:
            print('%s is not in the table' % e)
            good = False
    for e in names:
        if sum(len(lines) for lines in ends.get(e, {}).values()) < 2:
            print('%s: the label must stand at both ends' % e)
            good = False
        if not any(e in m[1].split() for m in MUTANTS):
            print('%s: no mutant' % e)
            good = False
    there = [m for m in MUTANTS if m[0] not in args.without]
    good &= edges.check(lib, names, there)
    print('%d edges, %d mutants' % (len(names), len(there)))
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--lib', required=True)
    parser.add_argument('--work', default='mutants')
    parser.add_argument('--cxx', default='g++')
    parser.add_argument('--jobs', type=int, default=len(
        os.sched_getaffinity(0)))
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--labels', action='store_true')
    parser.add_argument('--without', action='append', default=[],
                        help='of --labels: as if that mutant were not there')
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    good = check_labels(args) if args.labels else check_mutants(args)
    sys.exit(0 if good else 1)


if __name__ == '__main__':
    main()
