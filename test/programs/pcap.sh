#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# The packets of the shipped capture go through an objpool and come out byte for
# byte as they went in: through objpool-testpmd and through an unmodified
# dpdk-testpmd with the plugin, on all kinds of memory; every mbuf comes back.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

mbufs=2048

through_forwarder() {
	local memory=$1 out=$work/ours-$1.pcap
	check "objpool-testpmd ends well ($memory)" \
		forward "$work/ours-$memory.log" "$memory" 2 \
		--vdev "net_pcap0,rx_pcap=$traffic,tx_pcap=$out" -- \
		"--total-num-mbufs=$mbufs" --exit-when-idle=1
	check "it uses the objpool driver ($memory)" \
		has "$log" "^Creating mbuf pool.* ops=objpool"
	check "out is in, byte for byte ($memory)" "$compare" "$traffic" "$out"
	check "the statistics say so ($memory)" \
		same "$traffic_packets" "$(forwarded TX-packets)"
	check "the pool's numbers fit ($memory)" counts_agree
	check "every mbuf is back ($memory)" mbufs_back
}

drive_testpmd() {
	testpmd_start "$log" "$@" &&
		testpmd_say start &&
		testpmd_wait 30 testpmd_received "$traffic_packets" &&
		testpmd_stop &&
		testpmd_say 'dump_mempool mb_pool_0' &&
		testpmd_wait 10 testpmd_printed common_pool_count &&
		testpmd_quit
}

# through_testpmd MEMORY CACHE-SIZE
through_testpmd() {
	local out=$work/dpdk-$1.pcap what="$1, mbcache $2"
	log=$work/dpdk-$1.log
	eal_args 2 "$1"
	check "dpdk-testpmd ends well ($what)" \
		drive_testpmd env "${plugin_env[@]}" dpdk-testpmd "${eal[@]}" \
		"${plugin[@]}" --mbuf-pool-ops-name=objpool \
		--vdev "net_pcap0,rx_pcap=$traffic,tx_pcap=$out" -- \
		-i --no-flush-rx "--total-num-mbufs=$mbufs" "--mbcache=$2"
	check "it uses the objpool driver ($what)" \
		has "$log" 'preferred mempool ops selected: objpool'
	check "out is in, byte for byte ($what)" "$compare" "$traffic" "$out"
	check "every mbuf is back ($what)" \
		same "$mbufs of $mbufs" "$(pool_counts "$log")"
}

plugin_args "$plugin_file"
through_forwarder none
through_testpmd none 0
if hugepages_there; then
	through_forwarder memory
	through_forwarder files
	through_testpmd files 0
	through_testpmd memory 250
else
	skip "the same on hugepages" "there are none"
fi
finish
