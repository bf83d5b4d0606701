#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# objpool-bench: help and lists without EAL; what cannot work is refused in one line;
# a tiny run has a row for every contestant, in files that programs can read, and no
# object of objpool's is out of reach. How long anything took is no test.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

bench=$build/app/bench/objpool-bench
log=$work/bench.log
csv=$work/bench.csv
rows=$work/bench.rows
json=$work/bench.json
tiny=(--no-progress --rounds=2 --slice=2)
memory=none
if hugepages_there; then
	memory=memory
fi

# benches [EAL-OPTION...] -- [OPTION...]: it ends well. Pattern, contestant and
# median of its CSV are then in $rows.
benches() {
	: >"$csv"
	run_logged "$log" "$bench" "${eal[@]}" "$@" || {
		echo "status $?"
		cat "$log"
		return 1
	}
	python3 - "$csv" >"$rows" <<-'END'
		import csv, sys
		for row in csv.DictReader(open(sys.argv[1], newline="")):
		    print(row["pattern"], row["contestant"], float(row["median"]))
	END
}

# helps [OPTION...]: it tells its options, and EAL does not start for that.
helps() {
	"$bench" "$@" >"$log" 2>&1 && has "$log" '^  --pattern=LIST' &&
		! grep -q EAL: "$log"
}

# section NAME: the names below that line of --list, one a line.
section() {
	"$bench" -- --list | awk -v name="$1:" '
		/^[^ ]/ { inside = $0 == name }
		inside && /^ / { print $1 }'
}

lists() {
	same "single all pipeline bursts oversubscribed dry touch stranding memory" \
		"$(section Patterns | xargs)" &&
		same 28 "$(section Contestants | wc -l)" &&
		same "" "$(section Contestants | sort | uniq -d)"
}

# refuses WHAT PATTERN [EAL-OPTION...] -- [OPTION...]: it ends with status 1, and
# one line of its own, the last one, says why.
refuses() {
	local what=$1 pattern=$2
	shift 2
	check "$what" refused "$pattern" "$@"
}

refused() {
	local pattern=$1 status=0
	shift
	timeout 60 "$bench" "${eal[@]}" "$@" </dev/null >"$log" 2>&1 ||
		status=$?
	same 1 "$status" && has "$log" "^objpool-bench: $pattern" &&
		same 1 "$(grep -c '^objpool-bench:' "$log")"
}

refusals() {
	refuses "an unknown option" "--frobnicate: unknown" -- --frobnicate
	refuses "a word that is no option" "extra: not an option" -- extra
	refuses "an option without its argument" "--rounds: wants an argument" \
		-- --rounds
	refuses "an argument that is not wanted" "--quick=1: takes no argument" \
		-- --quick=1
	refuses "no such pattern" '--pattern: there is no "doble"' -- \
		--pattern=single,doble
	refuses "an empty name" '--pattern: there is no ""' -- --pattern=single,
	refuses "no such contestant" '--contestant: there is no "ring/1"' -- \
		--contestant=ring/1
	refuses "no rounds" "--rounds=0: wants a number" -- --rounds=0
	refuses "half a number" "--slice=1x: wants a number" -- --slice=1x
	refuses "a file that cannot be written" "$work/none/x cannot be written" \
		-- "--csv=$work/none/x"
	refuses "an option of EAL that is none" "DPDK's EAL does not start" \
		--frobnicate --
}

# figures PATTERN CONTESTANT: its medians, one for each case.
figures() {
	awk -v pattern="$1" -v name="$2" \
		'$1 == pattern && $2 == name { print $3 }' "$rows"
}

# everybody_took_part: in single all but ring-only, which has no pool; in stranding
# also not floor, which shares none, and bucket only where no thread comes later.
everybody_took_part() {
	local name nr
	for name in $contestants; do
		case $name in
		ring-only) nr="0 0" ;;
		floor) nr="14 0" ;;
		bucket/*) nr="14 1" ;;
		*) nr="14 2" ;;
		esac
		same "$name $nr" "$name $(figures single "$name" | wc -l) $(
			figures stranding "$name" | wc -l
		)" || return 1
	done
}

# times_are_there: nobody did nothing.
times_are_there() {
	local name
	for name in $contestants; do
		figures single "$name" | awk -v name="$name" '
			!($1 > 0 && $1 < 100000) { print name, $1; bad = 1 }
			END { exit bad }' || return 1
	done
}

# compact_is_small: bytes beside 65536 objects for 128 lcores; they are counted,
# so that they are the same on every machine.
compact_is_small() {
	local compact plain
	compact=$(figures memory objpool/compact)
	plain=$(figures memory objpool/inline-slot)
	test "${compact%.*}" -gt 0 && test "${compact%.*}" -le $((6 * 1024 * 1024 / 10)) &&
		test "${compact%.*}" -lt $((${plain%.*} * 6 / 10)) &&
		has "$log" 'bytes beside, compact pool +goal <= 629146: [0-9]+, reached'
}

# nothing_stranded: objpool's own, not what mempool's cache above it keeps.
nothing_stranded() {
	local name
	for name in inline-slot inline function driver driver-inline; do
		same "0.0 0.0" "$(figures stranding "objpool/$name" | xargs)" ||
			return 1
	done
}

# strands CONTESTANT: the measurement can tell.
strands() {
	figures stranding "$1" | awk '{ n++; bad += $1 <= 0 }
		END { exit n != 2 || bad }'
}

# json_agrees: it has the same rows as the CSV, and says where it comes from.
json_agrees() {
	python3 - "$csv" "$json" <<-'END'
		import csv, json, sys
		rows = list(csv.DictReader(open(sys.argv[1], newline="")))
		data = json.load(open(sys.argv[2]))
		assert len(rows) > 100 and len(rows) == len(data["rows"])
		for row, same in zip(rows, data["rows"]):
		    for name in ("pattern", "contestant"):
		        assert row[name] == same[name], (row, same)
		assert "--rounds=2" in json.dumps(data["machine"]), data["machine"]
	END
}

two_lcores() {
	eal_args 2 $memory
	check "a tiny run ends well" benches -- "${tiny[@]}" \
		--pattern=single,stranding "--csv=$csv" "--json=$json"
	check "it says on what machine" has "$log" '^Machine .*TSC [0-9]+ MHz'
	check "it says what is left out" \
		has "$log" 'bucket/0 is left out of stranding: '
	check "every contestant took part" everybody_took_part
	check "every contestant did something" times_are_there
	check "JSON has the same rows" json_agrees
	check "no object of objpool is out of reach" nothing_stranded
	check "objects in mempool's caches are" strands ring_mp_mc/512
	check "so are those in a cache above objpool" strands objpool/driver+512
	check "all patterns, some contestants" benches -- "${tiny[@]}" --quick \
		"--csv=$csv" --contestant='objpool/*,kernel-scheme,floor,ring-only'
	check "a compact pool's memory is within its goal" compact_is_small
	check "each pattern has a row" \
		same "$(section Patterns | sort | xargs)" \
		"$(cut -d' ' -f1 "$rows" | sort -u | xargs)"
	check "a pipeline without a pool is there" \
		test "$(figures pipeline ring-only | wc -l)" -eq 4
	check "progress, a line a pattern" benches -- --rounds=1 --slice=1 \
		--pattern=bursts,memory --contestant='objpool/inline*'
	check "and each pattern is named" has "$log" '% +memory'
}

one_lcore() {
	eal_args 1 $memory
	check "one lcore: ends well" benches -- "${tiny[@]}" \
		--contestant=objpool/inline,stack/0 --pattern=pipeline,bursts \
		"--csv=$csv"
	check "one lcore: says that the pipeline is left out" \
		has "$log" '^pipeline is left out: it needs two lcores'
	check "one lcore: measures the rest" \
		same 1 "$(figures bursts stack/0 | wc -l)"
	refuses "one lcore, and nothing else wanted" "nothing is left" -- \
		--pattern=pipeline,dry
}

# interrupted: what was measured until then is reported.
interrupted() {
	local pid status=0
	"$bench" "${eal[@]}" -- --pattern=single --rounds=101 --slice=20 \
		--contestant='stack/*' >"$log" 2>&1 &
	pid=$!
	at_exit stop_child "$pid"
	wait_until 20 grep -q single "$log"
	sleep 0.5
	kill -INT "$pid"
	wait "$pid" || status=$?
	same 0 "$status" && has "$log" 'stack/256' && has "$log" 'ended early'
}

contestants=$(section Contestants)
eal_args 2 $memory
check "--help" helps -- --help
check "--help, after EAL's options" helps -l 0,1 -- --help
check "--list: all patterns, all contestants" lists
refusals
two_lcores
one_lcore
eal_args 2 $memory
check "interrupted, it reports what it has" interrupted
finish
