# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors

"""Which mutant breaks which end of which edge; for mutants.py --labels.

An *end* of an edge is a function that bears its label (E1, E2 ...) in a comment
before it or in it. What the opening comment of a file says of edges is prose
and counts for nothing, likewise the table of edges itself. A mutant is of an end if
it edits that function for that edge, or for E11, which is the readers' half of
five others.

Each end wants a mutant that weakens an *order* there: acquire or release that
become less, or a fence that goes. It fails, or says why nobody can see it. Ends
at which an edge is no matter of an order (a word is compared, or something is
done before something else) or has it from elsewhere are in NO_ORDER with that
reason; what breaks them otherwise is listed all the same.
"""

import re

# Where labels are.
PLACES = ('core/*.[ch]', 'end.c', 'ops.c', 'quick.h', 'reclaim.c', 'thread.c',
          'include/objpool/slot.h')

# E11 is the readers' half of these.
READ_BY_E11 = 'E4', 'E5', 'E8', 'E9', 'E10'

STRENGTH = {'relaxed': 0, 'acquire': 1, 'release': 1, 'acq_rel': 2,
            'seq_cst': 3}

# Mutants that say an order anew instead of replacing one.
WEAKER = 'ripen-acquire', 'quiesce-no-reach'

BY_CALLER = 'the fence is its caller\'s, or that of what it calls: '
COMPARED = 'a word is compared, no order is asked for'
PLACED = 'something comes before something else in the program'

NO_ORDER = {
    ('E2', 'block_settle'): BY_CALLER + 'hunt_settle, census_of_block',
    ('E3', 'block_mark'): COMPARED,
    ('E3', 'block_settle'): COMPARED,
    ('E6', 'block_make_private'): COMPARED,
    ('E6', 'block_settle'): COMPARED,
    ('E7', 'block_decide_pop'): PLACED,
    ('E7', 'objpool_block_pop_'): PLACED,
    ('E7', 'block_release'):
        'needs a load that is reordered with a later store; IMM',
    ('E8', 'objpool_block_pop_'): PLACED,
    ('E2', 'OBJPOOL_LIGHT_FENCE'):
        'broken where it is passed: objpool_block_pop_, objpool_block_push_',
    ('E16', 'HEAVY_FENCE'): 'broken where it is passed: marks_fence',
    ('E21', 'SCAN_FENCE'): 'broken where it is passed: census_of_block',
    ('E12', 'SCAN_FENCE'): 'broken where it is passed: scan_was_short_of',
    ('E12', 'hunt_heads'): BY_CALLER + 'scan_add, scan_was_short_of',
    ('E14', 'is_over'): 'the order is that of W: limbo_visit, turn_over',
    ('E14', 'limbo_close'): 'the order is that of W: limbo_change',
    ('E15', 'limbo_change'): 'broken in limbo_ripen, which it serves',
    ('E16', 'marks_over'): BY_CALLER + 'marks_fence',
    ('E16', 'push_rcu_marked'): BY_CALLER + 'objpool_mark_enter_',
    ('E16', 'begin_marked'): BY_CALLER + 'objpool_mark_enter_',
    ('E16', 'begin_nested'): BY_CALLER + 'mark_is_covered',
    ('E16', 'objpool_marked_pop_'): BY_CALLER + 'objpool_mark_enter_',
    ('E18', 'census_of_block'): 'W is read before; it must not change (E3)',
    ('E18', 'claim_slot'): PLACED,
    ('E18', 'may_mark'): BY_CALLER + 'hunt_block',
    ('E20', 'reclaim_orphans'): BY_CALLER + 'marks_fence',
    ('E21', 'reclaim_orphans'): BY_CALLER + 'marks_fence',
}


DEFINED = re.compile(
    r'^(?:/\*(?:(?!\*/).)*?\*/\n(?:#ifndef \w+\n)?)?'
    r'(?:[a-zA-Z_][^\n;]*\n)?'
    r'(?:(\w+)\([^;{}]*\)\n\{\n.*?^\}|#define (\w+)\((?:[^\n]*\\\n)*[^\n]*)$',
    re.MULTILINE | re.DOTALL)


def functions_of(text):
    """(first line, last line, name, text) of each definition, with the comment
    before it."""
    return [(text.count('\n', 0, m.start()) + 1,
             text.count('\n', 0, m.end()) + 1, m.group(1) or m.group(2),
             m.group())
            for m in DEFINED.finditer(text)]


def ends_of(lib):
    """{edge: {(file, function, its text): [line]}}."""
    ends = {}
    for path in sorted(p for place in PLACES for p in lib.glob(place)):
        text = path.read_text()
        spans = functions_of(text)
        name = str(path.relative_to(lib))
        for n, line in enumerate(text.splitlines(), 1):
            where = [(name, *f[2:]) for f in spans if f[0] <= n <= f[1]]
            for edge in re.findall(r'\bE\d+\b', line) if where else ():
                ends.setdefault(edge, {}).setdefault(where[0], []).append(n)
    return ends


def weakens(old, new):
    """Is an order weaker in the new text, or a fence gone?"""
    def fences(text):
        return len(re.findall(r'FENCE\(|thread_fence\(|fence_all\(', text))

    def orders(text):
        return [STRENGTH[o] for o in re.findall(r'memory_order_(\w+)', text)]

    before, after = orders(old), orders(new)
    return fences(old) > fences(new) or (
        len(before) == len(after) and
        any(a < b for b, a in zip(before, after)))


def is_about(edges, edge):
    return (edge in edges or
            'E11' in edges and edge in READ_BY_E11 or
            edge == 'E11' and any(e in READ_BY_E11 for e in edges))


def is_in(text, old):
    return re.search(r'\s*'.join(map(re.escape, old.split())), text)


def mutants_at(mutants, edge, file, function, text):
    """Those that weaken an order there, and the others; each once."""
    weak, other = {}, {}
    for mutant in mutants:
        name, edges, _, edits, contest = mutant
        is_control = isinstance(contest, tuple) and len(contest) > 3
        if is_control or not is_about(edges.split(), edge):
            continue
        for path, where, old, new in edits:
            path = path[3:] if path.startswith('../') else 'core/' + path
            if path == file and (where == function or
                                 where is None and is_in(text, old)):
                into = weak if name in WEAKER or weakens(old, new) else other
                into[name] = mutant
    return list(weak.values()), [m for n, m in other.items() if n not in weak]


def seen_by(contest):
    if isinstance(contest, str):
        return contest
    return 'Relacy, %s (%s): %s' % contest


def check(lib, edges, mutants):
    """Print all ends; True if none is bare."""
    ends = ends_of(lib)
    bad = False
    unused = dict(NO_ORDER)
    for edge in edges:
        print(edge)
        for (file, function, text), lines in ends.get(edge, {}).items():
            weak, other = mutants_at(mutants, edge, file, function, text)
            reason = unused.pop((edge, function), None)
            print('  %s:%d %s' % (file, lines[0], function))
            for name, _, what, _, contest in weak:
                print('    order  %s (%s): %s' % (
                    name, what, seen_by(contest)))
            for name, _, what, _, contest in other:
                print('    other  %s (%s): %s' % (
                    name, what, seen_by(contest)))
            if reason is not None:
                print('    no order of its own: ' + reason)
            if not weak and reason is None:
                print('    NOTHING weakens an order here, and no reason why')
                bad = True
    for edge, function in unused:
        print('%s: there is no such end: %s' % (edge, function))
        bad = True
    return not bad
