#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Every guarantee G1..Gn that the public header lists is cited by a test, and no
# test cites one that does not exist. doc/guarantees.md has a row for each, and
# what it names is there: tests that cite it, mutants and controls.
#
# usage: guarantees.sh SOURCE_ROOT

set -eu
cd "$1"

table=doc/guarantees.md
listed=$(sed -n 's/^ \*  \(G[0-9]\{1,\}\) .*/\1/p' lib/include/objpool/*.h |
	sort -u)
cited=$(grep -rhoE --include='*.[ch]' --include='*.cpp' \
	'covers( G[0-9]+)+' test | grep -oE 'G[0-9]+' | sort -u)
rc=0

miss() {
	echo "$*"
	rc=1
}

# cells GUARANTEE COLUMN: what stands in backticks there.
cells() {
	grep "^| $1 |" "$table" | cut -d '|' -f "$2" | grep -o '`[^`]*`' |
		tr -d '`'
}

# mutant FILE NAME: it is there, and not one that nobody can notice.
mutant() {
	awk -v name="('$2'," '
		!on { on = index($0, "    " name) == 1; next }
		/^    \(\047[a-z]/ { exit }
		/\047(harmless|needs)/ { bad = 1 }
		END { exit !on || bad }' "$1"
}

# is_there FILE WORD
is_there() {
	[ -f "$1" ] && grep -qw -e "$2" "$1"
}

check_row() {
	tests=$(cells "$1" 3)
	breakers=$(cells "$1" 4)
	[ -n "$tests" ] || miss "$table: $1 has no test"
	[ -n "$breakers" ] || miss "$table: nothing breaks $1"
	for t in $tests; do
		is_there "${t%%:*}" "${t#*:}" || miss "$1: there is no test $t"
		grep -qE "covers( G[0-9]+)* $1( |\$|\.|:)" "${t%%:*}" ||
			miss "$1: ${t%%:*} does not say \"covers $1\""
	done
	for b in $breakers; do
		case $b in
		model:*) mutant test/model/mutants.py "${b#*:}" ;;
		lib:*) mutant test/style/mutants.py "${b#*:}" ;;
		*) is_there "${b%%:*}" "${b#*:}" ;;
		esac || miss "$1: there is no $b that must fail"
	done
}

[ -n "$listed" ] || miss "no guarantee found in lib/include/objpool"
for g in $listed; do
	echo "$cited" | grep -qx "$g" ||
		miss "$g is promised, but no test says \"covers $g\""
	if [ "$(grep -c "^| $g |" "$table")" = 1 ]; then
		check_row "$g"
	else
		miss "$table must have a row for $g"
	fi
done
for g in $cited $(sed -n 's/^| \(G[0-9]*\) |.*/\1/p' "$table"); do
	echo "$listed" | grep -qx "$g" ||
		miss "$g is covered or in $table, but no header promises it"
done
exit $rc
