#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# The figures of doc/scale.md are those that the program prints. With --write
# they are replaced by them.
#
# usage: figures.sh PROGRAM SOURCE_ROOT [--write]

set -euo pipefail
program=$1
doc=$2/doc/scale.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The command that the document names, by the program that was built.
read -r _ arguments < <(grep -m 1 '^build/test/count/count' "$doc")
# shellcheck disable=SC2086 # they are words
"$program" $arguments >"$work/figures"
awk -v figures="$work/figures" '
	/^<!-- end of figures -->$/ { inside = 0; ends++ }
	!inside
	/^<!-- figures -->$/ {
		inside = 1
		while ((getline line < figures) > 0)
			print line
	}
	END { exit ends != 1 || inside }' "$doc" >"$work/doc" || {
	echo "$doc has no place for figures"
	exit 1
}
if [[ ${3-} == --write ]]; then
	cat "$work/doc" >"$doc"
elif ! diff -u "$doc" "$work/doc"; then
	echo "$doc has other figures than $program; see $0 --write"
	exit 1
fi
