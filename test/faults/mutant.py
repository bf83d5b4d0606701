#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
"""Write a source file with one mistake in it.

usage: mutant.py SOURCE RESULT NAME

The text that makes way must be there once: a mutant that is not one any more
is a failed build.
"""

import sys

MUTANTS = {
    "leak": (
        "\tif (rc != 0)\n\t\tend_areas(plan.local);\n", ""),
    "head": (
        "\tif (rc != 0)\n\t\tfree(pool);\n", "\tif (rc == 0)\n\t\t(void)0;\n"),
    "hasty": (
        "\trc = init(pool, attr, 1);\n",
        "\t*poolp = pool;\n\trc = init(pool, attr, 1);\n"),
    "again": (
        "\t\t\tif (rc != 0)\n\t\t\t\treturn rc;\n",
        "\t\t\tif (rc != 0)\n\t\t\t\tcontinue;\n"),
    "mapping": (
        "\tmunmap(addr, len);\n\treturn NULL;\n", "\treturn NULL;\n"),
    "meminfo": ("\tfclose(f);\n", ""),
    "file": ("\tclose(fd);\n", ""),
    "thread": (
        "\tend_thread(&gp->reclaim);\nerr_gp:\n",
        "\tsleeper_wake(&gp->reclaim, TIMED);\n\treturn rc;\nerr_gp:\n"),
    "place": ("(a->place == 0 || a->place == identity_place())",
              "a->place == identity_place()"),
    "half": ("return errno == ENOENT;", "return true;"),
    "state": ("\nerr_state:\n\tstate_free(s);\n", "\nerr_state:\n"),
    "ending": ("\tif (ret < 0)\n\t\tfree(e);\n\telse\n",
               "\tif (ret == 0)\n"),
    "drain": ("\tabort();\n", ""),
}


def main():
    source, result, name = sys.argv[1:]
    old, new = MUTANTS[name]
    with open(source, encoding="utf-8") as file:
        text = file.read()
    if text.count(old) != 1:
        sys.exit("%s: %d places for mutant %s" %
                 (source, text.count(old), name))
    with open(result, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))


if __name__ == "__main__":
    main()
