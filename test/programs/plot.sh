#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# plot-bench.py draws a picture of each pattern of a CSV and an overview, as SVG and
# PNG, with all contestants and figures in them; and what it cannot draw it refuses
# in one line that says where the fault is.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

plot=$project/usertools/plot-bench.py
table=$here/plot.csv
pictures=$work/pictures

# well_formed FILE: it is XML, and of SVG.
well_formed() {
	/usr/bin/python3 -c '
import sys, xml.etree.ElementTree
root = xml.etree.ElementTree.parse(sys.argv[1]).getroot()
sys.exit(root.tag != "{http://www.w3.org/2000/svg}svg")' "$1"
}

# shows FILE TEXT...: these are written in the picture.
shows() {
	local file=$1 text
	shift
	for text; do
		grep -qF -e "$text<" -e "$text " "$file" || {
			echo "$file does not show: $text"
			return 1
		}
	done
}

is_png() {
	same 89504e470d0a1a0a "$(head -c 8 "$1" | od -An -tx1 | tr -d ' ')" &&
		test "$(stat -c %s "$1")" -gt 10000
}

drawing() {
	local name names
	check "draws" "$plot" "$table" "$pictures"
	mapfile -t names < <(sed 1d "$table" | cut -d, -f1 | sort -u)
	check "there are three patterns" same 3 "${#names[@]}"
	for name in "${names[@]}" overview; do
		check "$name.svg is SVG" well_formed "$pictures/$name.svg"
		check "$name.svg names all" shows "$pictures/$name.svg" \
			"objpool/driver" "ring_mp_mc/512"
		check "$name.png is PNG" is_png "$pictures/$name.png"
	done
	check "nothing else is left" same $(((${#names[@]} + 1) * 2)) \
		"$(find "$pictures" -type f | wc -l)"
	check "figures stand at the bars" shows "$pictures/stranding.svg" 4762
	check "a row that is not to be trusted is marked" \
		shows "$pictures/single.svg" "11.7 ?"
	check "one format alone" "$plot" --format svg "$table" "$work/svg"
	check "gives that alone" same "" \
		"$(find "$work/svg" -type f ! -name '*.svg')"
}

# refused PATTERN FILE: status 1, and one line.
refused() {
	local status=0
	"$plot" "$2" "$work/none" >"$work/out" 2>&1 || status=$?
	same 1 "$status" && same 1 "$(wc -l <"$work/out")" &&
		has "$work/out" "^plot-bench.py: .*$1" &&
		test ! -e "$work/none"
}

# broken SED-SCRIPT: the CSV with a fault, in $work/bad.csv.
broken() {
	sed "$1" "$table" >"$work/bad.csv"
}

without_gnuplot() {
	PATH=$work "$plot" "$table" "$work/other" 2>"$work/said" || true
	same 1 "$(wc -l <"$work/said")" && has "$work/said" gnuplot-nox
}

refusals() {
	check "no such file" refused "No such file" "$work/none.csv"
	: >"$work/bad.csv"
	check "an empty file" refused "no measurement" "$work/bad.csv"
	broken 2q && sed -i 2d "$work/bad.csv"
	check "names of columns alone" refused "no measurement" "$work/bad.csv"
	broken '1s/median/mean/'
	check "a column is missing" refused "no column median" "$work/bad.csv"
	broken '3s/,9,[0-9.]*,/,9,fast,/'
	check "no number" refused "line 3: .*'fast'" "$work/bad.csv"
	broken '3s/,9,[0-9.]*,/,9,nan,/'
	check "not a number" refused "line 3: .*'nan'" "$work/bad.csv"
	broken '4s/,.*//'
	check "a line is cut off" refused "line 4: " "$work/bad.csv"
	check "not a CSV" refused "" "$pictures/overview.png"
	check "no gnuplot" without_gnuplot
}

if command -v gnuplot >/dev/null; then
	drawing
else
	skip "drawing" "there is no gnuplot"
fi
refusals
finish
