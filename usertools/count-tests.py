#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
"""Count the test cases in a log of "meson test" and tell about the bad ones.

Meson counts programs; a program of ours holds many cases. What it printed tells
how many: lines of TAP ("ok 3 - name") or of CMocka ("[       OK ] name"). Meson's
own verdict on the program stands above that: a program that failed, crashed or
ran out of time has at least one failed case, whatever it printed, and one that
ran fewer cases than it had announced has failed as well.

Cases that are named after the log cannot be tried where these tests ran: to be
skipped is right for them, and they are not counted then.

Prints "PASSED FAILED SKIPPED" in the first line, then a paragraph for each
program with failed or skipped cases.
"""

import collections
import json
import re
import sys

TAP = re.compile(r"^(not )?ok\b\s*\d*\s*-?\s*(.*)$")
TAP_SKIP = re.compile(r"#\s*skip", re.IGNORECASE)
TAP_PLAN = re.compile(r"^1\.\.(\d+)")
CMOCKA = re.compile(r"^\[\s+(OK|FAILED|SKIPPED)\s+\] (\w+)$")
CMOCKA_START = re.compile(r"^\[ RUN      \] (\w+)$")
LINES_SHOWN = 60

Case = collections.namedtuple("Case", "state name")


def case_of(line):
    """The case that a line of output reports, or None."""
    match = TAP.match(line)
    if match:
        bad, name = match.groups()
        if TAP_SKIP.search(name):
            return Case("skipped", name)
        return Case("failed" if bad else "passed", name)
    match = CMOCKA.match(line)
    if match:
        state = {"OK": "passed", "FAILED": "failed", "SKIPPED": "skipped"}
        return Case(state[match.group(1)], match.group(2))
    return None


def cases_of(test):
    """All cases of one program."""
    result = test["result"]
    if result == "EXPECTEDFAIL":
        return [Case("passed", test["name"])]
    lines = test.get("stdout", "").splitlines()
    cases = [case for case in map(case_of, lines) if case]
    planned = sum(int(plan.group(1))
                  for plan in map(TAP_PLAN.match, lines) if plan)
    if planned > len(cases):
        cases.append(Case("failed", "%d of %d cases ran" %
                          (len(cases), planned)))
    if result == "SKIP":
        return cases or [Case("skipped", test["name"])]
    failed = any(case.state == "failed" for case in cases)
    if result != "OK" and not failed:
        cases.append(Case("failed", "%s (status %s)" %
                          (result.lower(), test.get("returncode"))))
    return cases or [Case("passed", test["name"])]


def is_dull(line, ended):
    """Does the line tell only that something went well, or began and ended?"""
    case = case_of(line)
    start = CMOCKA_START.match(line)
    return ((case and case.state == "passed") or
            (start and start.group(1) in ended))


def report(test, cases):
    """What a person needs in order to see what went wrong."""
    lines = ["%s: %s" % (test["name"], test["result"])]
    lines += ["  %s: %s" % (case.state, case.name) for case in cases
              if case.state != "passed"]
    if any(case.state == "failed" for case in cases):
        lines.append("  command: " + " ".join(test.get("command", [])))
        ended = {case.name for case in cases}
        for stream in ("stdout", "stderr"):
            shown = [line for line in test.get(stream, "").splitlines()
                     if line and not is_dull(line, ended)]
            lines += ["  %s| %s" % (stream, line)
                      for line in shown[-LINES_SHOWN:]]
    return "\n".join(lines)


def main():
    if len(sys.argv) < 2:
        sys.exit("Usage: count-tests.py TESTLOG.json [CASE...]")
    impossible = set(sys.argv[2:])
    untried = []
    counts = collections.Counter()
    reports = []
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        for line in log:
            test = json.loads(line)
            cases = cases_of(test)
            untried += [case.name for case in cases
                        if case.state == "skipped" and case.name in impossible]
            cases = [case for case in cases if case.name not in untried]
            counts.update(case.state for case in cases)
            if any(case.state != "passed" for case in cases):
                reports.append(report(test, cases))
    print(counts["passed"], counts["failed"], counts["skipped"])
    if untried:
        reports.append("cannot be tried here: " + ", ".join(untried))
    print("\n".join(reports), end="\n" if reports else "")


if __name__ == "__main__":
    main()
