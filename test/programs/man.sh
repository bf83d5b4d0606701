#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Each installed program has a man page that tells of every option that its --help
# tells of, and prints its help without starting EAL, which the build relies on.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

# helps PROGRAM: says its options, on stdout alone.
helps() {
	"$1" -- --help >"$work/help" 2>"$work/stderr" &&
		has "$work/help" '^ +(-[a-z], )?--[a-z]' &&
		same "" "$(cat "$work/stderr")"
}

options_of() {
	sed -nE 's/^ +(-[a-z], )?(--[a-z][a-z-]*).*/\2/p' "$1"
}

# tells PAGE: of all the options in $work/help. Pages write each - as \-.
tells() {
	local option
	sed 's/\\-/-/g; s/\\f[BIRP]//g' "$1" >"$work/page"
	for option in $(options_of "$work/help"); do
		has "$work/page" "(^|, )$option(\$|[ =])" || return 1
	done
}

# section PAGE NAME: it has text.
section() {
	awk -v name="$2" '
		/^\.SH / { inside = index($0, name) > 0 }
		inside && !/^\./ { lines++ }
		END { exit !lines }' "$1"
}

nr_pages=0
for program in "$build"/app/*/objpool-*; do
	[[ -f $program && -x $program ]] || continue
	name=${program##*/}
	page=$build/doc/man/$name.1
	check "$name --help: no need of EAL" helps "$program"
	check "$name.1 tells of every option" tells "$page"
	for part in NAME SYNOPSIS DESCRIPTION; do
		check "$name.1 has its $part" section "$page" "$part"
	done
	nr_pages=$((nr_pages + 1))
done
check "there were programs" test "$nr_pages" -ge 1
finish
