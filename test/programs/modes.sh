#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# The forward modes and the options that change how packets and buffers move:
# what comes out is what the mode promises, whatever the bursts, queues, lcores,
# caches and buffer sizes, and every mbuf comes back.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

other=$work/other.pcap # traffic of a second port
other_packets=333
"$project/usertools/make-pcap.py" --count $other_packets --seed 2 "$other" \
	>/dev/null
memory=none
if hugepages_there; then
	memory=memory
fi

# one_port WHAT COMPARE-OPTIONS [OPTION...]: the capture through one port.
one_port() {
	local what=$1 out=$work/$nr_checks.pcap options=$2
	shift 2
	check "$what: ends well" forward "$work/$nr_checks.log" $memory 4 \
		--vdev "net_pcap0,rx_pcap=$traffic,tx_pcap=$out" -- \
		--exit-when-idle=1 "$@"
	# shellcheck disable=SC2086 # several words
	check "$what: the right packets" \
		"$compare" $options "$traffic" "$out"
	check "$what: numbers fit" "$agree"
	check "$what: every mbuf is back" mbufs_back
}

# two_ports: each one's packets leave through the other.
two_ports() {
	local what="two ports" a=$work/a.pcap b=$work/b.pcap
	check "$what: ends well" forward "$work/two.log" $memory 3 \
		--vdev "net_pcap0,rx_pcap=$traffic,tx_pcap=$a" \
		--vdev "net_pcap1,rx_pcap=$other,tx_pcap=$b" -- \
		--exit-when-idle=1 --nb-cores=2 --total-num-mbufs=1024
	check "$what: first to second" "$compare" "$traffic" "$b"
	check "$what: second to first" "$compare" "$other" "$a"
	check "$what: packets counted" \
		same $((traffic_packets + other_packets)) \
		"$(forwarded TX-packets)"
	check "$what: numbers fit" counts_agree
	check "$what: every mbuf is back" mbufs_back
}

two_queues() {
	local what="two queues" a=$work/qa.pcap b=$work/qb.pcap
	check "$what: ends well" forward "$work/queues.log" $memory 3 --vdev \
		"net_pcap0,rx_pcap=$traffic,rx_pcap=$other,tx_pcap=$a,tx_pcap=$b" \
		-- --exit-when-idle=1 --nb-cores=2 --rxq=2 --txq=2
	check "$what: first" "$compare" "$traffic" "$a"
	check "$what: second" "$compare" "$other" "$b"
	check "$what: numbers fit" counts_agree
	check "$what: every mbuf is back" mbufs_back
}

rxonly() {
	local what=rxonly
	check "$what: ends well" forward "$work/rxonly.log" $memory 2 \
		--vdev "net_pcap0,rx_pcap=$traffic" -- \
		--exit-when-idle=1 --forward-mode=rxonly
	check "$what: all received" \
		same $traffic_packets "$(forwarded RX-packets)"
	check "$what: none sent" same 0 "$(forwarded TX-packets)"
	check "$what: every mbuf is back" mbufs_back
}

# A pcap file has a header of 24 bytes and 16 before each packet.
txonly() {
	local what=txonly out=$work/tx.pcap sent
	check "$what: ends well" forward "$work/txonly.log" $memory 2 \
		--vdev "net_pcap0,tx_pcap=$out" -- \
		--num-packets=10000 --forward-mode=txonly --txpkts=100
	sent=$(forwarded TX-packets)
	check "$what: as many as wanted" test "${sent:-0}" -ge 10000
	check "$what: all in the file" \
		same $((24 + (16 + 100) * ${sent:-0})) "$(stat -c %s "$out")"
	check "$what: every mbuf is back" mbufs_back
}

agree=counts_agree
one_port "mac" "--mode mac" --forward-mode=mac
one_port "mac to a peer" "--mode mac --dst 02:00:00:00:53:07" \
	--forward-mode=mac --eth-peer=0,02:00:00:00:53:07
one_port "macswap" "--mode macswap" --forward-mode=macswap
one_port "burst 1" "" --burst=1
one_port "burst 512" "" --burst=512 --total-num-mbufs=512
one_port "barely enough mbufs" "" --total-num-mbufs=32
one_port "packets over many small mbufs" "" --mbuf-size=320 --burst=16
agree=packets_agree
one_port "mempool's own cache" "" --mbcache=256
agree=counts_agree
one_port "a prime number of mbufs" "" --total-num-mbufs=1031
two_ports
two_queues
rxonly
txonly
finish
