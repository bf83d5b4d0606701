#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors

"""Break guarantees on purpose that no model knows, and see unit tests fail.

Each mutant is one change to a copy of lib/, the guarantee that it breaks, and
the unit test that must notice: program and function. Without a change all of
these programs must pass. Those of the protocol are in test/model/mutants.py,
which lends its way to edit.

    mutants.py --root SOURCE_ROOT --work DIR [--cc gcc] [NAME]...
"""

import argparse
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys

# Name, guarantee, what, edits (file below lib/core, function, old, new), unit
# test program, function that fails.
MUTANTS = [
    ('refuses-guests', 'G6', 'push tells a thread without a slot to try again',
     [('../ops.c', 'put_slow', 'thread_end(a, &turn);',
       'if (turn.is_guest) rc = -EAGAIN; thread_end(a, &turn);')],
     'slots', 'more_threads_than_slots_all_work'),
    ('writes-objects', 'G8', 'push marks an object as free',
     [('push.c', 'push_here', 'while (n > 0) {',
       'while (n > 0) { *(char *)objs[0] = 0;')],
     'external', 'a_pool_does_not_touch_external_objects'),
    ('reads-objects', 'G8', 'the slow pop looks into what it found',
     [('pop.c', 'gather_private', 'h->objs += n;',
       '(void)*(volatile char *)h->objs[0]; h->objs += n;')],
     'external', 'a_pool_does_not_touch_external_objects'),
    ('counts-w', 'G9', 'W is believed of private blocks when counting',
     [('../stats.c', 'objpool_nr_free', 'scan_totals(a, &totals);',
       'struct round round = round_from(a, 0);'
       'const struct objpool_block *b; totals.len = 0;'
       'while ((b = round_next(a, &round)) != NULL) totals.len += w_len('
       'atomic_load_explicit(&b->w, memory_order_relaxed));')],
     'ops', 'counts_are_exact_after_every_step'),
    ('keeps-memory', 'G10', 'init fails without giving its memory back',
     [('../pool.c', 'init', 'if (rc != 0) end_areas(plan.local);', '')],
     'init', 'failure_of_any_request_for_memory_leaves_nothing'),
    ('says-nothing', 'G10', 'init goes on after objinit failed',
     [('../pool.c', 'fill_region', 'if (rc != 0) return rc;', '')],
     'init', 'error_of_objinit_ends_init_and_leaves_nothing'),
    ('keeps-orphans', 'G16', 'what was being moved is not looked for',
     [('../reclaim.c', 'reclaim', 'rc = reclaim_orphans(f);', 'rc = 0;')],
     'orphans', 'orphans_are_not_asked_about'),
    ('forgets-limbo', 'G16', 'what is in limbo is in no block',
     [('census.c', 'census_of_block', '+ word_parked(w)', '')],
     'orphans', 'objects_in_limbo_are_not_orphans'),
    ('robs-the-living', 'G16', 'everybody is taken for dead',
     [('../reclaim.c', 'is_dead',
       'dead = !identity_process_is_alive(token);', 'dead = true;')],
     'reclaim', 'what_living_processes_hold_stays_theirs'),
    ('first-thread', 'G16', 'a process is taken for its first thread',
     [('../identity.c', 'identity_process_is_alive',
       '&& p.nr_threads <= 1', '')],
     'reclaim', 'a_process_lives_as_long_as_any_of_its_threads'),
    ('same-foreigner', 'G2', 'a foreign process has its parent\'s name',
     [('../identity.c', 'identity_after_fork',
       'atomic_store_explicit(&own_foreign_token, 0, memory_order_relaxed);',
       '')],
     'identity', 'after_a_fork_all_names_are_other_ones'),
    ('first-bracket', 'G7', 'a thread\'s name ends at its first parenthesis',
     [('../identity.c', 'read_stat', "strrchr(text, ')')",
       "strchr(text, ')')")],
     'identity', 'the_dead_are_known_whatever_their_name'),
    ('any-start', 'G7', 'when a thread started is not compared',
     [('../identity.c', 'find',
       '!differ(token >> START_SHIFT, start_part(p)) &&', '')],
     'identity', 'a_token_that_differs_names_nobody'),
    ('any-program', 'G7', 'which program a thread runs is not compared',
     [('../identity.c', 'find', '!differ(stack, stack_part(p))', 'true')],
     'identity', 'a_token_that_differs_names_nobody'),
    ('any-place', 'G11', 'a process is told by its id, wherever it is',
     [('../end.c', 'end_is_ours',
       '&& (a->place == 0 || a->place == identity_place())', '')],
     'clone', 'one_with_the_creators_id_elsewhere_may_not_end_a_pool'),
    ('same-slot', 'G2', 'a child goes on with its parent\'s slots',
     [('../thread.c', 'objpool_forked',
       'memset(objpool_seats_, 0, sizeof(objpool_seats_));', '')],
     'clone', 'control_one_that_does_not_tell_has_its_parents_slot'),
    ('drops-anything', 'G11', 'a finished pool takes an object twice',
     [('../ops.c', 'put_slow',
       'n = holders_dropped(a, objs, n, &rc);', ';')],
     'refused', 'a_finished_pool_takes_each_object_once'),
    ('errno-of-leave', 'G15', 'objpool_leave() makes errno 0',
     [('../ops.c', 'objpool_leave', ', .error = errno', '')],
     'refused', 'leaving_keeps_errno'),
    ('loses-emptied', 'G3', 'what was in the block that others filled is lost',
     [('limbo.c', 'make_empty',
       'return b; } slot_push_slow(a, s, objs, n);', 'return b; }')],
     'between', 'where_no_block_is_empty_one_is_emptied'),
    ('two-batches', 'G14', 'an heir keeps a batch that was never used',
     [('limbo.c', 'limbo_inherit', 'if (w_len(w) > 0) {', 'if (1) {')],
     'between', 'an_heir_closes_a_batch_that_nothing_was_put_into'),
    ('doubt-not-decided', 'G3', 'a burst in doubt is done again',
     [('../ops.c', 'burst_with',
       'if (unlikely(why == OBJPOOL_DOUBT_) && decide_pop(s, objs, n))'
       ' return n;', '')],
     'asked', 'an_operation_in_doubt_is_done_if_nobody_decided'),
    ('nested-late', 'G11', 'a nested call does not see that the pool ended',
     [('../thread.c', 'begin_nested', 'if (is_live(a))', 'if (1)')],
     'guests', 'nested_calls_on_a_pool_that_ends_get_nothing'),
    ('trusts-any-proc', 'G2', 'whose /proc it is does not matter',
     [('../identity.c', 'find_place',
       '|| (tid++, take_number(&tid)) != own_tid()', '')],
     'machines', 'in_a_proc_of_others_nobody_is_taken_for_dead'),
    ('destroys-early', 'G12', 'a domain goes while somebody defers',
     [('../rcu/gp.c', 'objpool_gp_destroy',
       'while (atomic_load_explicit(&gp->nr_inside, memory_order_acquire) > 0)'
       ' pause_us(1);', '')],
     'sleep', 'destroy_waits_for_who_is_still_deferring'),
    ('few-batches', 'G6', 'blocks are counted for one batch a slot',
     [('layout.c', 'layout_plan', 'blocks += LIMBO_BLOCKS *',
       'blocks += 1 *')],
     'room', 'whatever_all_hold_there_is_room_for_a_push'),
    ('few-homes', 'G6', 'no blocks are counted for what goes home',
     [('layout.c', 'layout_plan',
       'blocks += (uint64_t)l->nr_slots + NR_GUESTS;', ';')],
     'room', 'whatever_all_hold_there_is_room_for_a_push'),
    ('few-loaded', 'G6', 'no block is counted for an exchange',
     [('layout.c', 'layout_plan', '(LOADED + 1)', 'LOADED')],
     'room', 'whatever_all_hold_there_is_room_for_a_push'),
    ('no-spare', 'G6', 'no block remains for whoever looks for room',
     [('layout.c', 'layout_plan', '+ SPARE', '')],
     'room', 'whatever_all_hold_there_is_room_for_a_push'),
    ('old-words', 'G16', 'what makes room for a batch keeps its words',
     [('limbo.c', 'make_empty', 'holders_renew(a, s, objs, n);', ';')],
     'inside', 'what_makes_room_for_a_batch_of_limbo_gets_new_words'),
    ('frees-at-once', 'G11', 'a marked pool is freed with threads inside',
     [('../end.c', 'objpool_free', 'end_quiesce(a);', ';')],
     'inside', 'a_marked_pool_is_not_freed_under_a_thread_inside'),
    ('hasty-destroy', 'G12', 'a domain goes while a thread defers',
     [('../rcu/gp.c', 'objpool_gp_destroy', 'pause_us(1);', 'break;')],
     'inside', 'a_domain_is_not_destroyed_under_a_thread_that_defers'),
]

# Functions that programs put theirs in front of (test/unit/meson.build).
WRAPPED = {
    'between': ['holders_renew'],
    'guests': ['sched_yield'],
    'machines': ['sysconf', 'sched_getaffinity', 'readlink'],
    'sleep': ['sleeper_prepare', 'sleeper_wake', 'pause_us'],
}


def load_edit(root):
    path = root / 'test/model/mutants.py'
    spec = importlib.util.spec_from_file_location('model_mutants', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.edit


class Bench:
    """Builds unit tests with copies of lib/."""

    def __init__(self, args):
        self.root = pathlib.Path(args.root).resolve()
        self.work = pathlib.Path(args.work).resolve()
        self.cc = args.cc
        self.edit = load_edit(self.root)

    def copy(self, name, edits):
        base = self.work / name
        shutil.rmtree(base, ignore_errors=True)
        shutil.copytree(self.root / 'lib', base)
        for e in edits:
            self.edit(base / 'core', *e)
        return base

    def play(self, base, program):
        """Returns the functions that failed and what was said."""
        test = self.root / 'test'
        target = base / ('test_' + program)
        subprocess.run(
            [self.cc, '-std=gnu11', '-D_GNU_SOURCE', '-O1', '-w',
             '-I', base, '-I', base / 'include', '-I', test / 'support',
             '-o', target, test / 'unit' / ('test_%s.c' % program),
             *sorted(base.rglob('*.c')), *sorted(test.glob('support/*.c')),
             *('-Wl,--wrap=' + name for name in WRAPPED.get(program, [])),
             '-lcmocka', '-lpthread'], check=True)
        try:
            done = subprocess.run([target], stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.STDOUT, timeout=300)
        except subprocess.TimeoutExpired:
            return {'no end'}, 'it does not end'
        failed = set(re.findall(r'^\[  FAILED  \] (\w+)$', done.stdout,
                                re.MULTILINE))
        if done.returncode != 0 and not failed:
            failed = {'everything'}
        return failed, done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--root', required=True)
    parser.add_argument('--work', required=True)
    parser.add_argument('--cc', default='gcc')
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    bench = Bench(args)
    wanted = [m for m in MUTANTS if not args.names or m[0] in args.names]
    bad = not wanted
    base = bench.copy('none', [])
    for program in sorted({m[4] for m in wanted}):
        failed, said = bench.play(base, program)
        print('%-7s unchanged, %s' % ('MISSED' if failed else 'ok', program))
        if failed:
            print(said)
            bad = True
    for name, guarantee, what, edits, program, function in wanted:
        failed, _ = bench.play(bench.copy(name, edits), program)
        noticed = function in failed
        print('%-7s %-4s %-15s %s: %s' % (
            'ok' if noticed else 'MISSED', guarantee, name, what,
            ' '.join(sorted(failed)) or 'nothing fails'), flush=True)
        bad |= not noticed
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
