#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
"""Tables of what gcovr measured, and whether the rest has a reason.

usage: coverage-table.py JSON ROOT [--write | --floor DIRECTORY=PERCENT...]

JSON is what "gcovr --json" wrote of the project in ROOT. Lines that several
objects have (inline functions, sources that are built twice) are counted once,
and are passed if any of them passed them.

Prints the tables; with --write they replace those in doc/coverage.md, between
its two marks. That document also lists functions with lines that no test
passes, as `file:function`, each with its reason. Lines in other functions are
complained about, and so are functions that are listed and not there; then the
exit status is 1. Listed functions that were passed after all are told of: what
is a matter of chance may be passed in one run and not in another.

With --floor only percentages of lines are looked at, those of the directories.
"""

import json
import os
import re
import sys

DOC = "doc/coverage.md"
BEGIN = "<!-- figures -->\n"
END = "<!-- end of figures -->\n"
LISTED = re.compile(r"`((?:lib|drivers)/[\w./]+\.[ch]):(\w+)`")


class File:
    """One source file: lines and branches, by number of the line."""

    def __init__(self, entry):
        self.name = entry["file"]
        self.lines = {}
        self.branches = {}
        self.starts = sorted((f["lineno"], f["name"])
                             for f in entry.get("functions", []))
        for line in entry["lines"]:
            if line.get("gcovr/noncode"):
                continue
            nr = line["line_number"]
            self.lines[nr] = self.lines.get(nr, 0) + line["count"]
            counts = self.branches.setdefault(nr, [])
            for i, branch in enumerate(line["branches"]):
                if i == len(counts):
                    counts.append(0)
                counts[i] += branch["count"]

    def directory(self):
        for directory in ("lib/core", "lib/rcu", "lib", "drivers"):
            if self.name.startswith(directory + "/"):
                return directory
        raise ValueError(self.name)

    def function_of(self, nr):
        """The function that the line is in: the last that starts before."""
        names = [name for start, name in self.starts if start <= nr]
        return names[-1] if names else "?"

    def missed(self):
        return [nr for nr in sorted(self.lines) if self.lines[nr] == 0]

    def figures(self):
        """Lines, lines not passed, branches, branches not taken."""
        counts = [c for each in self.branches.values() for c in each]
        return (len(self.lines), len(self.missed()), len(counts),
                sum(c == 0 for c in counts))


def percent(whole, missing):
    """Rounded down: 100.0 is all."""
    if whole == 0:
        return 100.0
    return int(1000 * (whole - missing) / whole) / 10


def sums_of(files):
    sums = {}
    for file in files:
        total = sums.setdefault(file.directory(), [0, 0, 0, 0, 0])
        for i, figure in enumerate((1,) + file.figures()):
            total[i] += figure
    return sums


def tables(files):
    text = ("| | files | lines | not passed | | branches | not taken | |\n"
            "|---|---|---|---|---|---|---|---|\n")
    for name, (nr, lines, missed, branches, untaken) in sorted(
            sums_of(files).items()):
        text += (f"| `{name}` | {nr} | {lines} | {missed} "
                 f"| {percent(lines, missed)} % | {branches} | {untaken} "
                 f"| {percent(branches, untaken)} % |\n")
    text += ("\n| files with something left | lines | not passed "
             "| branches | not taken |\n|---|---|---|---|---|\n")
    for file in sorted(files, key=lambda f: f.name):
        lines, missed, branches, untaken = file.figures()
        if missed > 0 or untaken > 0:
            text += (f"| `{file.name}` | {lines} | {missed} "
                     f"| {branches} | {untaken} |\n")
    return text


def source(root, name):
    with open(os.path.join(root, name), encoding="utf-8") as f:
        return f.read()


def check_reasons(files, root, doc):
    """Whether all that is missed has a reason, and all reasons their place."""
    listed = set(LISTED.findall(doc))
    good = True
    passed = set(listed)
    for file in files:
        text = source(root, file.name).split("\n")
        for nr in file.missed():
            function = file.function_of(nr)
            passed.discard((file.name, function))
            if (file.name, function) in listed:
                continue
            print(f"{file.name}:{nr}: {function}: no test passes, and {DOC} "
                  f"does not say why: {text[nr - 1].strip()}")
            good = False
    for name, function in sorted(listed):
        path = os.path.join(root, name)
        if not os.path.exists(path) or not re.search(
                rf"^{function}\(", source(root, name), re.MULTILINE):
            print(f"{DOC}: there is no {function}() in {name}")
            good = False
    for name, function in sorted(passed):
        print(f"passed this time, all of it: {name}:{function}")
    return good


def write(root, doc, text):
    before, rest = doc.split(BEGIN)
    after = rest.split(END)[1]
    with open(os.path.join(root, DOC), "w", encoding="utf-8") as f:
        f.write(before + BEGIN + text + END + after)


def check_floors(files, floors):
    sums = sums_of(files)
    good = True
    for floor in floors:
        name, least = floor.split("=")
        is_now = percent(sums[name][1], sums[name][2])
        print(f"{name}: {is_now} % of lines, at least {least} % wanted")
        good &= is_now >= float(least)
    return good


def main():
    measured, root, *options = sys.argv[1:]
    with open(measured, encoding="utf-8") as f:
        files = [File(entry) for entry in json.load(f)["files"]]
    if not files:
        sys.exit("nothing was measured")
    if options[:1] == ["--floor"]:
        return 0 if check_floors(files, options[1:]) else 1
    doc = source(root, DOC)
    print(tables(files))
    if options == ["--write"]:
        write(root, doc, tables(files))
    return 0 if check_reasons(files, root, doc) else 1


sys.exit(main())
