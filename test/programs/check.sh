# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
# shellcheck shell=bash disable=SC2034 # variables are for those who source this
#
# What the tests of the programs share. To be sourced with $OBJPOOL_BUILD naming
# the build directory. Each check prints one line of TAP; what a failed command
# printed follows as a comment. A test that ends before finish() has printed no
# plan, which meson takes for an error.

test_name=$(basename "$0" .sh)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=usertools/common.sh
source "$here/../../usertools/common.sh"
# shellcheck source=usertools/dpdk.sh
source "$project/usertools/dpdk.sh"

build=${OBJPOOL_BUILD:-$project/build}
forwarder=$build/app/testpmd/objpool-testpmd
plugin_file=$build/drivers/mempool/objpool/librte_mempool_objpool.so
traffic=$project/app/data/traffic.pcap
compare=$project/usertools/compare-pcap.py
traffic_packets=640

nr_checks=0
nr_bad=0

# pass WHAT / miss WHAT [FILE]: one result; FILE tells why.
pass() {
	nr_checks=$((nr_checks + 1))
	printf 'ok %d - %s\n' "$nr_checks" "$1"
}

miss() {
	nr_checks=$((nr_checks + 1))
	nr_bad=$((nr_bad + 1))
	printf 'not ok %d - %s\n' "$nr_checks" "$1"
	if [[ -n ${2-} ]]; then
		tail -n 40 "$2" | sed 's/^/# /'
	fi
}

skip() {
	nr_checks=$((nr_checks + 1))
	printf 'ok %d - %s # SKIP %s\n' "$nr_checks" "$1" "$2"
}

# check WHAT COMMAND...: passes if the command succeeds.
check() {
	local what=$1
	shift
	if "$@" >"$work/check.log" 2>&1; then
		pass "$what"
	else
		miss "$what" "$work/check.log"
	fi
}

finish() {
	check "no program of this test is left" no_process
	printf '1..%d\n' "$nr_checks"
	((nr_bad == 0))
	exit
}

no_process() {
	! pgrep -a -f -- "--file-prefix=$prefix( |\$)"
}

# same WANTED GOT: are they equal? Says so if not.
same() {
	[[ $1 == "$2" ]] || {
		echo "wanted: $1"
		echo "got:    $2"
		return 1
	}
}

# has FILE PATTERN: does a line of the file match? Shows the file if not.
has() {
	grep -qE -e "$2" "$1" || {
		echo "no line matches: $2"
		cat "$1"
		return 1
	}
}

# --- runs of objpool-testpmd

log=/dev/null

# forward LOG MEMORY LCORES [EAL-OPTION...] -- [OPTION...]: run the forwarder to
# its end, which --exit-when-idle or --num-packets brings about. Its output is in
# $log, and shown if it fails.
forward() {
	log=$1
	eal_args "$3" "$2"
	shift 3
	run_logged "$log" "$forwarder" "${eal[@]}" "$@" || {
		echo "status $?"
		cat "$log"
		return 1
	}
}

# forwarded FIELD: a number of the accumulated forward statistics in $log.
forwarded() {
	awk -v field="$1:" '
		/Accumulated forward statistics/ { found = 1 }
		found {
			for (i = 1; i < NF; i++)
				if ($i == field) {
					print $(i + 1)
					exit
				}
		}' "$log"
}

# pool_number NAME: a number of the pool statistics in $log.
pool_number() {
	sed -nE "s/.*\\b$1: +([0-9]+).*/\\1/p" "$log" | tail -n 1
}

# mbufs_back: has every pool of the run in $log all its mbufs back?
mbufs_back() {
	awk '
		/^mempool .* mbufs back/ {
			pools++
			if ($3 != $5)
				bad++
		}
		END { exit !(pools > 0 && bad == 0) }' "$log" || {
		cat "$log"
		return 1
	}
}

# packets_agree: received = sent + dropped, and the pool is full.
packets_agree() {
	same "$(forwarded RX-packets)" \
		"$(($(forwarded TX-packets) + $(forwarded TX-dropped)))" &&
		same "$(pool_number Mbufs)" "$(pool_number Free)"
}

# counts_agree: that, and the pool saw as many pushes as pops, which is so unless
# mempool's cache holds some objects at the end.
counts_agree() {
	packets_agree && same "$(pool_number Pops)" "$(pool_number Pushes)"
}

# hugepages_there: are there enough for a test?
hugepages_there() {
	local free kib
	((EUID == 0)) && grep -q ' hugetlbfs ' /proc/mounts || return 1
	free=$(awk '/^HugePages_Free:/ { print $2 }' /proc/meminfo)
	kib=$(awk '/^Hugepagesize:/ { print $2 }' /proc/meminfo)
	((free * kib >= 192 * 1024))
}

make_work_dir
eal_begin "$test_name"
