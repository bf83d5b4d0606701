#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# The scripts themselves: shellcheck finds nothing, the shipped capture is what
# its script makes, the tools that other tests rely on tell good from bad, and
# setting a machine up says what is wrong where it cannot go on.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

# All shell scripts of the project, by their first line or their name.
shell_scripts() {
	find "$project" -name '.git' -prune -o -name 'build*' -type d -prune -o \
		-name subprojects -prune -o -type f -print |
		while read -r file; do
			case $file in
			*.sh) echo "$file" ;;
			*.* | *.ci/run) ;;&
			*/run | */soak | */coverage) echo "$file" ;;
			esac
		done
}

shellchecked() {
	local scripts
	mapfile -t scripts < <(shell_scripts)
	same yes "$( ((${#scripts[@]} > 10)) && echo yes)" &&
		(cd "$project" && shellcheck -x -S warning "${scripts[@]}")
}

# fails STATUS COMMAND...
fails() {
	local wanted=$1 status=0
	shift
	"$@" || status=$?
	same "$wanted" "$status"
}

# prints TEXT COMMAND...: its output has a line with that text.
prints() {
	local text=$1 output
	shift
	output=$("$@" 2>&1) || true
	grep -qF -e "$text" <<<"$output" || {
		echo "nowhere: $text"
		echo "$output"
		return 1
	}
}

capture() {
	local made=$work/made.pcap other=$work/other.pcap short=$work/short.pcap
	check "make-pcap.py makes the shipped capture" \
		"$project/usertools/make-pcap.py" "$made"
	check "byte for byte" cmp "$made" "$traffic"
	check "of the size that tests expect" prints \
		"identical: $traffic_packets packets" \
		"$compare" "$traffic" "$made"
	"$project/usertools/make-pcap.py" --seed 3 "$other" >"$work/log"
	check "another seed makes another one" fails 1 \
		"$compare" "$traffic" "$other"
	check "and other packets in any order" fails 1 \
		"$compare" --any-order "$traffic" "$other"
	"$project/usertools/make-pcap.py" --count 101 "$made" >"$work/log"
	"$project/usertools/make-pcap.py" --count 100 "$other" >"$work/log"
	check "a missing packet is noticed" prints "100 packets instead of 101" \
		"$compare" "$made" "$other"
	check "in any order, too" prints "1 packets missing, 0 that" \
		"$compare" --any-order "$made" "$other"
	check "a changed mode is noticed" fails 1 \
		"$compare" --mode macswap "$traffic" "$traffic"
	head -c 100000 "$traffic" >"$short"
	check "a cut-off file is noticed" fails 2 "$compare" "$traffic" "$short"
	check "a missing file is noticed" fails 2 \
		"$compare" "$traffic" "$work/none"
	check "a file that is no capture is noticed" fails 2 \
		"$compare" "$traffic" "$0"
}

# log_line RESULT OUTPUT: a line of meson's log.
log_line() {
	printf '{"name": "t", "result": "%s", "stdout": "%s", "command": []}\n' \
		"$1" "$2"
}

# counts WANTED RESULT OUTPUT [IMPOSSIBLE-CASE...]
counts() {
	log_line "$2" "$3" >"$work/testlog.json"
	same "$1" "$("$project/usertools/count-tests.py" "$work/testlog.json" \
		"${@:4}" | head -n 1)"
}

counting() {
	check "counts TAP" counts "2 1 1" FAIL \
		'1..4\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP d\nok 4\n'
	check "counts CMocka" counts "1 1 1" FAIL \
		'[       OK ] a\n[  FAILED  ] b\n[  SKIPPED ] c\n'
	check "counts two groups of TAP" counts "3 0 0" OK \
		'1..2\nok 1 - a\nok 2 - b\n1..1\nok 1 - c\n'
	check "counts a program without cases" counts "1 0 0" OK ''
	check "counts a crash after good cases" counts "1 1 0" ERROR \
		'1..3\nok 1 - a\n'
	check "counts cases that were announced and did not run" \
		counts "1 1 0" OK '1..3\nok 1 - a\n'
	check "counts a program that ran out of time" counts "0 1 0" TIMEOUT ''
	check "counts a program that failed as it should" \
		counts "1 0 0" EXPECTEDFAIL '[  FAILED  ] a\n'
	check "counts a skipped program" counts "0 0 1" SKIP ''
	check "counts no case that cannot be tried" counts "1 0 1" OK \
		'[       OK ] a\n[  SKIPPED ] b\n[  SKIPPED ] c\n' c a
	check "counts it if it fails" counts "0 1 0" FAIL \
		'[  FAILED  ] c\n' c
}

# set_up COMMAND...: in a shell with the functions of setup.sh.
set_up() {
	bash -c 'set -euo pipefail
		source "$1/usertools/common.sh"
		source "$1/usertools/setup.sh"
		source "$1/usertools/sysroot.sh"
		shift
		"$@"' app/run "$project" "$@"
}

# In a directory before all others in PATH: an apt-get that always fails.
fake_apt() {
	mkdir -p "$work/bin"
	printf '#!/bin/sh\necho "E: no network"\nexit 100\n' >"$work/bin/apt-get"
	chmod +x "$work/bin/apt-get"
}

# As the kernel has them, only that nobody answers: writes change nothing more.
fake_hugepages() {
	mkdir -p "$work/huge"
	echo 3 >"$work/huge/nr_hugepages"
	echo 1 >"$work/huge/free_hugepages"
}

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

setting_up() {
	local package=objpool-no-such-package
	check "packages that are there are left alone" \
		prints "all there" set_up setup_packages bash coreutils
	if ((EUID != 0)); then
		skip "setting up as root" "not root"
		return
	fi
	fake_apt
	check "without network: says which package, and why" \
		prints "cannot install $package: E: no network" \
		env "PATH=$work/bin:$PATH" bash -c "$(declare -f set_up)
			project=$project
			set_up setup_packages $package"
	check "and fails" fails 1 env "PATH=$work/bin:$PATH" \
		bash -c "$(declare -f set_up)
			project=$project
			set_up setup_packages $package"
	check "without network: no libraries for another machine, and why" \
		prints "no libraries for arm64: E: no network" \
		env "PATH=$work/bin:$PATH" bash -c "$(declare -f set_up)
			project=$project
			set_up eval 'sysroots=$work/roots
				setup_sysroot arm64 libc6-dev'"
	check "nothing is left of them" fails 2 ls "$work/roots/"*
	mkdir -p "$work/roots/arm64"
	echo libc6-dev >"$work/roots/arm64/objpool-has"
	check "libraries that are there are left alone" \
		prints "libraries for arm64: all there" set_up eval \
		"sysroots=$work/roots; setup_sysroot arm64 libc6-dev"
	if as_nobody test -r "$project/usertools/setup.sh"; then
		check "not root: says what to install" \
			prints "not root, and packages are missing" \
			as_nobody bash -c "$(declare -f set_up)
				project=$project
				set_up setup_packages $package"
	fi
	fake_hugepages
	check "no hugepages to be had: says so and goes on" \
		prints "going on without" set_up eval \
		"huge_dir=$work/huge; setup_hugepages 100000000; true"
	check "hugepages are given back: as many as were taken" same 3 "$(
		set_up eval "huge_dir=$work/huge; huge_count() {
				cat $work/huge/nr_hugepages
			}
			huge_add 5" >/dev/null
		cat "$work/huge/nr_hugepages"
	)"
}

arguments() {
	check "app/run refuses arguments" prints "unknown argument --frobnicate" \
		"$project/app/run" --frobnicate
	check "app/run fails then" fails 1 "$project/app/run" --frobnicate
	check "app/run explains itself" prints "Usage: app/run" \
		"$project/app/run" --help
	check "test/run refuses unknown options" \
		prints "unknown option --frobnicate" \
		"$project/test/run" --frobnicate
	check "test/run fails then" fails 1 "$project/test/run" --frobnicate
	check "test/run explains itself" prints "Usage: test/run" \
		"$project/test/run" --help
}

# A build whose contests fail with a seed that ends in 7, and last no time.
fake_build() {
	mkdir -p "$work/fake/test/stress" "$work/fake/test/model" \
		"$work/empty/test/stress"
	cat >"$work/fake/test/stress/stress" <<-'EOF'
	#!/bin/sh
	[ "$1" = --list ] && echo "duel  one against one" && exit
	for argument; do seed=$argument; done
	case $seed in *7) echo "lost: object 3"; exit 1 ;; esac
	echo "total: operations 5 steals 2 revocations 1 ok"
	EOF
	printf '#!/bin/sh\necho "lost: object 4"\nexit 1\n' \
		>"$work/fake/test/model/model_duel"
	printf '#!/bin/sh\nexit 0\n' >"$work/empty/test/stress/stress"
	chmod +x "$work/fake/test/stress/stress" \
		"$work/fake/test/model/model_duel" \
		"$work/empty/test/stress/stress"
}

# The command that soak prints last fails in the same way.
repeats() {
	local command
	"$project/test/soak" --build "$work/fake" --seed "$1" stress \
		>"$work/soak.log" 2>&1 && return 1
	grep -q "lost: object 3" "$work/soak.log" || return 1
	command=$(tail -n 1 "$work/soak.log")
	fails 1 bash -c "$command" && prints "lost: object 3" bash -c "$command"
}

soaking() {
	fake_build
	check "a violation ends a soak, and can be repeated" repeats 1
	check "so does one of another seed" repeats 2
	check "it says what of it is repeated" \
		prints "this has the same settings and draws, but threads" \
		"$project/test/soak" --build "$work/fake" --seed 1 stress
	check "a model checker's schedule is, too" \
		prints "this plays exactly the same" \
		"$project/test/soak" --build "$work/fake" --seed 1 model
	check "what begins with 0 is decimal" \
		prints "seed 8, 9 min, stress in" \
		"$project/test/soak" --build "$work/fake" --minutes 09 \
		--seed 08 --slice 010 stress
	check "in contests, too" prints "--seconds  10  " \
		"$project/test/soak" --build "$work/fake" --minutes 09 \
		--seed 08 --slice 010 stress
	check "a soak without a contest fails" fails 1 \
		"$project/test/soak" --build "$work/empty" --minutes 1
	check "and says so" prints "there are no contests in $work/empty" \
		"$project/test/soak" --build "$work/empty" --minutes 1
	check "so it does where there are none of those that are wanted" \
		prints "there is nothing of model in $work/empty" \
		"$project/test/soak" --build "$work/empty" model
	check "a soak refuses what is no number" \
		prints "--minutes: ten is not a number from 1 to 100000" \
		"$project/test/soak" --minutes ten
	check "and what has no tests" \
		prints "$work has no tests: test/run builds them" \
		"$project/test/soak" --build "$work"
	check "a soak explains itself" prints "Usage: test/soak" \
		"$project/test/soak" --help
}

# An exposed directory is one that anybody may write to, or below one.
exposure() {
	local dir=$work/exposed
	mkdir -p "$dir/below"
	chmod 755 "$dir/below"
	chmod 777 "$dir"
	check "a directory below an exposed one is exposed" \
		is_exposed "$dir/below"
	check "one that only root can write to is not" fails 1 is_exposed /usr/lib
}

# table LINE-COUNT... [-- OPTION...]: coverage-table.py on a file of as many lines
# as there are counts, all in function f().
table() {
	local root=$work/covered counts=() lines='' nr=0 count
	while (($# > 0)) && [[ $1 != -- ]]; do
		counts+=("$1")
		shift
	done
	for count in "${counts[@]}"; do
		nr=$((nr + 1))
		lines+="${lines:+,}{\"line_number\": $nr, \"count\": $count,
			\"branches\": [{\"count\": $count}]}"
	done
	cat >"$work/covered.json" <<-EOF
		{"files": [{"file": "lib/core/a.c", "lines": [$lines],
		"functions": [{"name": "f", "lineno": 1}]}]}
	EOF
	"$project/usertools/coverage-table.py" "$work/covered.json" "$root" \
		"${@:2}"
}

covering() {
	local doc=$work/covered/doc/coverage.md
	mkdir -p "$work/covered/doc" "$work/covered/lib/core"
	printf 'f(void)\n{\n}\n' >"$work/covered/lib/core/a.c"
	printf '<!-- figures -->\nold\n<!-- end of figures -->\n' >"$doc"
	check "lines that are all passed need no reason" table 1 2 3
	check "percentages are rounded down" prints \
		"| 3 | 1 | 66.6 % | 3 | 1 | 66.6 % |" table 1 0 3
	check "a line that is not passed and has no reason is an error" \
		fails 1 table 1 0 3
	check "and is told" prints "lib/core/a.c:2: f: no test passes" \
		table 1 0 3
	check "too few lines are an error" fails 1 \
		table 1 0 3 -- --floor lib/core=67
	check "enough are not" table 1 0 3 -- --floor lib/core=66
	printf '| `lib/core/a.c:%s` | why |\n' f >>"$doc"
	check "a reason is enough" table 1 0 3
	check "the tables are written where they belong" \
		table 1 0 3 -- --write
	check "in the place of others" fails 1 grep -q old "$doc"
	check "with the reasons kept" grep -q 'a.c:f` | why' "$doc"
	printf '| `lib/core/a.c:%s` | why |\n' g >>"$doc"
	check "a reason for what is not there is an error" fails 1 table 1 1 1
}

check "shellcheck finds nothing" shellchecked
capture
counting
covering
setting_up
arguments
soaking
exposure
finish
