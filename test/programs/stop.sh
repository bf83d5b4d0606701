#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Full speed, and the ways to stop it: net_null ports forward millions of packets
# until a signal, Enter, or "quit" ends the program, each time with status 0, its
# statistics and every mbuf back.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

memory=none
if hugepages_there; then
	memory=memory
fi

# start NAME [OPTION...]: the forwarder between two net_null ports, commands for
# it through descriptor $in, its process in $pid.
start() {
	log=$work/$1.log
	shift
	rm -f "$work/in"
	mkfifo "$work/in"
	exec {in}<>"$work/in"
	eal_args 3 $memory
	"$forwarder" "${eal[@]}" --vdev net_null0 --vdev net_null1 -- \
		--nb-cores=2 "$@" <"$work/in" >"$log" 2>&1 &
	pid=$!
	at_exit stop_child "$pid"
}

# ended: the program's status, once it is gone.
ended() {
	local status=0
	wait_until 20 is_gone_or_zombie "$pid" || {
		stop_child "$pid"
		echo "still runs"
		cat "$log"
		return 1
	}
	wait "$pid" || status=$?
	exec {in}>&-
	same 0 "$status" || {
		cat "$log"
		return 1
	}
}

forwarding() {
	wait_until 20 grep -qE 'Press enter|^Port statistics' "$log"
}

# check_end WHAT: status, statistics, pool.
check_end() {
	check "$1: ends with status 0" ended
	check "$1: packets went through" test "$(forwarded RX-packets)" -gt 1000
	check "$1: numbers fit" counts_agree
	check "$1: every mbuf is back" mbufs_back
}

# by_signal NAME: two seconds of work, then the signal.
by_signal() {
	start "$1" --stats-period=1
	check "$1: forwards" forwarding
	sleep 2
	kill -s "$1" "$pid"
	check_end "$1"
	check "$1: showed statistics meanwhile" has "$log" 'Rx-pps: +[1-9]'
}

by_enter() {
	start enter
	check "Enter: forwards" forwarding
	sleep 0.5
	echo >&"$in"
	check_end Enter
}

by_quit() {
	start quit -i
	printf 'start\n' >&"$in"
	check "quit: starts" wait_until 20 grep -q 'packet forwarding' "$log"
	sleep 0.5
	printf 'stop\nstart\n' >&"$in"
	sleep 0.5
	printf 'quit\n' >&"$in"
	check_end quit
}

by_signal TERM
by_signal INT
by_enter
by_quit
finish
