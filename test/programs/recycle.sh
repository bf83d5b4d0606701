#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# objpool-recycle: the entries of a flow table are recycled while others read it, by
# packets of a capture, of an interface, and by numbers; whatever the scheme, readers
# see no entry change, and all objects come home. Without a grace period they do see
# it, so the check can tell.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

recycler=$build/app/recycle/objpool-recycle
capture=(--vdev "net_pcap0,rx_pcap=$traffic,infinite_rx=1")
safe=(push_rcu-urcu push_rcu-qsbr call_rcu call_rcu-256 defer_rcu qsbr-dq)
log=$work/recycle.log
memory=none
if hugepages_there; then
	memory=memory
fi
eal_args 2 $memory

# recycles LOG [EAL-OPTION...] -- [OPTION...]: run it to its end, all being well.
recycles() {
	log=$1
	shift
	run_logged "$log" "${inside[@]}" "$recycler" "${eal[@]}" "$@" || {
		echo "status $?"
		cat "$log"
		return 1
	}
}

# column SCHEME NUMBER: a figure of the table in $log.
column() {
	awk -v scheme="$1" -v column="$2" '$1 == scheme { print $column }' "$log"
}

# is_right SCHEME: did it recycle, with readers looking on and nothing to see?
is_right() {
	awk -v scheme="$1" '
		$1 == scheme && NF == 8 {
			right = $2 > 0 && $3 > 0 && $5 >= $4 && $7 > 0 && $8 == 0
		}
		END { exit !right }' "$log" || {
		cat "$log"
		return 1
	}
}

all_right() {
	local what=$1 scheme
	for scheme in "${safe[@]}"; do
		check "$what, $scheme: no entry changed under a reader" \
			is_right "$scheme"
	done
}

# unsafe_is_seen NAME [EAL-OPTION...] -- [OPTION...]: a reader must have been in the
# middle of it at the right time, which a busy machine may prevent.
unsafe_is_seen() {
	local name=$1 i
	shift
	for i in 1 2 3 4 5; do
		if recycles "$work/$name$i.log" "$@" --scheme=unsafe; then
			(($(column unsafe 8) > 0))
			return
		fi
	done
	return 1
}

from_a_capture() {
	check "capture: ends well" \
		recycles "$work/pcap.log" "${capture[@]}" -- --seconds=0.5
	all_right capture
	check "capture: unsafe recycling is seen" unsafe_is_seen \
		unsafe-capture "${capture[@]}" -- --seconds=0.5
}

from_numbers() {
	check "numbers: ends well" \
		recycles "$work/numbers.log" -- --synthetic=2 --seconds=0.5
	all_right numbers
	check "numbers: unsafe recycling is seen" unsafe_is_seen \
		unsafe-numbers -- --synthetic=10 --seconds=0.5
}

# call_rcu takes 10 ms to bring an entry back, in which 20000 are wanted.
runs_short() {
	check "few entries: ends well" recycles "$work/short.log" \
		-- --synthetic=2 --seconds=0.5 --objects=4096 --scheme=call_rcu
	check "few entries: flows do without" test "$(column call_rcu 6)" -gt 0
	check "few entries: no entry changed" is_right call_rcu
}

# make_cable: a namespace, in $net, with two ends of a cable.
make_cable() {
	net=objpool-$$-r
	ip netns add "$net"
	at_exit ip netns del "$net"
	ip netns exec "$net" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	ip -n "$net" link add a0 type veth peer name a1
	ip -n "$net" link set a0 arp off up
	ip -n "$net" link set a1 arp off promisc on up
}

# Two lcores, and what objpool-testpmd sends into the other end of a cable.
from_an_interface() {
	local sender
	if ((EUID != 0)); then
		skip "interface" "needs root"
		return
	fi
	make_cable
	ip netns exec "$net" "$forwarder" "${eal[@]}" \
		"--file-prefix=$prefix-sender" "${capture[@]}" \
		--vdev net_af_packet0,iface=a0 -- --stats-period=1 \
		</dev/null >"$work/sender.log" 2>&1 &
	sender=$!
	at_exit eal_clean "$prefix-sender"
	at_exit stop_child "$sender"
	check "interface: somebody sends" \
		wait_until 10 grep -q '^Port statistics' "$work/sender.log"
	inside=(ip netns exec "$net")
	check "interface: ends well" recycles "$work/interface.log" \
		--vdev net_af_packet0,iface=a1 -- --seconds=2
	inside=()
	all_right interface
	stop_child "$sender"
}

# refuses WHAT PATTERN [EAL-OPTION...] -- [OPTION...]: it ends with status 1, and
# one line of its own that says why.
refuses() {
	local what=$1 pattern=$2
	shift 2
	check "$what" refused "$pattern" "$@"
}

refused() {
	local pattern=$1 status=0
	shift
	timeout 60 "$recycler" "${eal[@]}" "$@" </dev/null >"$log" 2>&1 ||
		status=$?
	same 1 "$status" && has "$log" "^[^ ]*objpool-recycle: $pattern" &&
		same 1 "$(grep -c objpool-recycle: "$log")"
}

refusals() {
	log=$work/refused.log
	refuses "no port" "give one port" --
	refuses "two ports" "give one port" \
		--vdev net_null0 --vdev net_null1 --
	refuses "a capture that is not there" "EAL does not start|give one" \
		--vdev "net_pcap0,rx_pcap=$work/none" --
	refuses "no such scheme" "no such scheme" -- --synthetic=1 \
		--scheme=rcu
	refuses "no time" "--seconds is not 0.01 to 3600" -- --seconds=0
	refuses "half a number" "'--seconds=1x' is not" -- --seconds=1x
	refuses "no number" "--synthetic is not 0.01 to 1000" -- --synthetic=nan
	refuses "few objects" "--objects is not 1024 to 16777216" -- --objects=100
	refuses "an unknown option" "'--frobnicate' is not understood" -- \
		--frobnicate
	refuses "a word that is no option" "'extra' is not understood" -- extra
	refuses "no packets" "nothing to recycle" \
		--vdev net_null0,no-rx=1 -- --seconds=0.1 --scheme=unsafe
	eal_args 1 $memory
	refuses "one lcore" "two lcores are needed" -- --synthetic=1
}

# helps [OPTION...]: the options and the columns are told, and nothing else done.
helps() {
	log=$work/help.log
	"$recycler" "$@" >"$log" && has "$log" '--synthetic=M' &&
		has "$log" '^Columns: ' && ! grep -q EAL: "$log"
}

inside=()
from_a_capture
from_numbers
runs_short
from_an_interface
refusals
check "--help, plain" helps --help
check "--help, after EAL's options" helps -l 0,1 -- --help
finish
