#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# What cannot work is refused: a clear line, a status that says so, no crash,
# nothing left behind. Where DPDK's EAL or dpdk-testpmd refuses, not a program of
# ours, the line is theirs; the test shows what users will see.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

null=(--vdev net_null0)
log=$work/refused.log

# leftovers: hugepage files and processes that a refused program left behind.
leftovers() {
	eal_files "$prefix" | grep -v /dpdk/ || true
	pgrep -a -f -- "--file-prefix=$prefix( |\$)" || true
}

# refused PATTERN PROGRAM...: it ends by itself, with a status that is neither 0
# nor a crash, and says something that matches the pattern.
refused() {
	local pattern=$1 status=0
	shift
	timeout 60 "$@" </dev/null >"$log" 2>&1 || status=$?
	((status > 0 && status < 124)) || {
		echo "status $status"
		cat "$log"
		return 1
	}
	has "$log" "$pattern" && same "" "$(leftovers)"
}

# refuses WHAT PATTERN [EAL-OPTION...] -- [OPTION...]: objpool-testpmd does, and
# its own line is the one that says why.
refuses() {
	local what=$1 pattern=$2
	shift 2
	check "$what" refused "^objpool-testpmd: .*$pattern" \
		"$forwarder" "${eal[@]}" "$@"
}

bad_options() {
	refuses "an unknown option" "--frobnicate: unknown" "${null[@]}" -- \
		--frobnicate
	refuses "an unknown mode" "--forward-mode=teleport.* io, mac, macswap" \
		"${null[@]}" -- --forward-mode=teleport
	refuses "an option without its argument" "--burst.*wants an argument" \
		"${null[@]}" -- --burst
	refuses "a word that is no option" "^?extra: not an option" \
		"${null[@]}" -- extra
	refuses "an option of EAL that is none" "EAL does not start" \
		--frobnicate "${null[@]}" --
	refuses "more lcores than there are" "--nb-cores=5: .*lcores" \
		"${null[@]}" -- --nb-cores=5
	refuses "options that contradict each other" "exit-when-idle" \
		"${null[@]}" -- -i --exit-when-idle=1
}

bad_ports() {
	refuses "no port at all" "no port" --
	refuses "a capture that is not there" "net_pcap0.* could not be made" \
		--vdev "net_pcap0,rx_pcap=$work/none,tx_pcap=$work/out" --
	check "and the name of the file" has "$log" "$work/none"
	refuses "a capture that is none" "net_pcap0.* could not be made" \
		--vdev "net_pcap0,rx_pcap=$0,tx_pcap=$work/out" --
	refuses "an interface that is not there" "net_af_packet0" \
		--vdev net_af_packet0,iface=objpool-none --
	refuses "an unknown kind of port" "EAL does not start" \
		--vdev net_none0 --
	check "and its name" has "$log" "net_none0"
	refuses "more queues than a port has" "--rxq=9" \
		--vdev "net_pcap0,rx_pcap=$traffic,tx_pcap=$work/out" -- --rxq=9
}

bad_sizes() {
	local size
	for size in 0 -5 1099511627776 18446744073709551617 12x ''; do
		refuses "a pool of '$size' mbufs" \
			"--total-num-mbufs=$size: wants a number" "${null[@]}" \
			-- "--total-num-mbufs=$size"
	done
	refuses "a pool smaller than a burst" "--total-num-mbufs=10" \
		"${null[@]}" -- --total-num-mbufs=10
	refuses "mbufs without room" "--mbuf-size=10" "${null[@]}" -- \
		--mbuf-size=10
	refuses "a NUMA node that does not exist" "--socket-num=7.*NUMA node" \
		"${null[@]}" -- --socket-num=7
	refuses "the largest pool in little memory" \
		"not enough memory .* 16777216 mbufs" "${null[@]}" -- \
		--total-num-mbufs=16777216
	refuses "one mbuf more than the largest pool" \
		"--total-num-mbufs=16777217" "${null[@]}" -- \
		--total-num-mbufs=16777217
}

bad_memory() {
	eal_args 2 none
	eal+=(-m 32)
	refuses "too little memory" "not enough memory .* 200000 mbufs" \
		"${null[@]}" -- --total-num-mbufs=200000
	eal_args 2 memory
	refuses "more hugepages than there are" "EAL does not start" \
		-m 100000000 "${null[@]}" --
	check "and what EAL says to it" has "$log" "Not enough memory available"
	eal_args 2 files
	refuses "a hugepage directory that is none" "EAL does not start" \
		--huge-dir "$work" "${null[@]}" --
	check "and what EAL says to it" has "$log" "hugepage"
}

bad_plugins() {
	local copy=$work/${plugin_file##*/}
	local testpmd=(dpdk-testpmd "${eal[@]}" "${null[@]}")
	refuses "a plugin that is not there" "EAL does not start" \
		-d "$work/none.so" "${null[@]}" --
	check "and the name of the file" has "$log" "$work/none.so"
	refuses "an unknown mempool driver" '"nope"; give .* objpool' \
		--mbuf-pool-ops-name=nope "${null[@]}" --
	check "dpdk-testpmd without the plugin" \
		refused "error setting mempool handler" "${testpmd[@]}" \
		--mbuf-pool-ops-name=objpool -- --total-num-mbufs=2048
	# EAL lets nobody put a plugin where anybody could have put it
	chmod 777 "$work"
	cp "$plugin_file" "$copy"
	check "dpdk-testpmd, the plugin in an exposed directory" \
		refused "is world-writable and insecure" "${testpmd[@]}" \
		-d "$copy" --
	plugin_args "$copy"
	check "the way round that: its bare name, LD_LIBRARY_PATH" \
		loads env "${plugin_env[@]}" "${testpmd[@]}" "${plugin[@]}"
	chmod 700 "$work"
}

# loads PROGRAM...: it makes its pool with the objpool driver.
loads() {
	echo quit | timeout 60 "$@" --mbuf-pool-ops-name=objpool -- -i \
		--total-num-mbufs=2048 >"$log" 2>&1 &&
		has "$log" "preferred mempool ops selected: objpool"
}

full_table() {
	local fill=$build/test/programs/full_table.so
	plugin_args "$fill"
	local fill_args=("${plugin[@]}") fill_env=("${plugin_env[@]}")
	plugin_args "$plugin_file"
	local environment=("${fill_env[@]}" "${plugin_env[@]}")
	if ((${#environment[@]} > 0)); then
		environment=("LD_LIBRARY_PATH=$(dirname "$fill"):$(dirname "$plugin_file")")
	fi
	check "dpdk-testpmd, all 16 mempool drivers taken" \
		refused "error setting mempool handler" \
		env "${environment[@]}" dpdk-testpmd "${eal[@]}" \
		-d librte_mempool_ring.so.23 "${fill_args[@]}" "${plugin[@]}" \
		--mbuf-pool-ops-name=objpool "${null[@]}" -- \
		--total-num-mbufs=2048
	check "and what the plugin says to it" \
		has "$log" 'no room for "objpool" among the 16 mempool drivers'
}

if hugepages_there; then
	eal_args 2 memory
else
	eal_args 2 none
fi
bad_options
bad_ports
bad_sizes
bad_plugins
full_table
bad_memory
finish
