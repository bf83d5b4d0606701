#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Starts one emulated machine (guest.sh) and runs in it what its shape can show;
# several programs a machine, since starting it takes longer than most of them.
# What they print comes out as it is. Fails if any of them does.
#
# usage: shapes.sh SHAPE    ($OBJPOOL_BUILD names the build directory)
#   pair   two nodes, two CPUs each
#   row    four nodes in a row, each farther from the first, four CPUs each
#   bare   the same with two CPUs each: one node has no hugepages, one no CPUs
#   tests  four nodes of two CPUs, for DPDK's own test of mempools

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=usertools/common.sh
source "$here/../../usertools/common.sh"

build=${OBJPOOL_BUILD:-$project/build}
numa=$build/test/numa
control=$project/test/support/control.sh
plugin=$build/drivers/mempool/objpool/librte_mempool_objpool_default.so
eal="--no-pci --no-telemetry --in-memory"
row=10,16,22,28

# where EAL looks for drivers by itself
pmds=$(echo "$(pkg-config --variable=libdir libdpdk)"/dpdk/pmds-*)

# mempool has a ring until it is told otherwise
files=(--file "$pmds/librte_mempool_ring.so")
commands='failed=0'

# run PROGRAM [ARGUMENT]...: among other things in the guest.
run() {
	files+=(--file "$1")
	commands+=$'\n'"echo '# $(basename "$1")'; $* || failed=1"
}

# mistake NAME TEXT [ARGUMENT]...: a program that a mistake was made in fails,
# and says so.
mistake() {
	files+=(--file "$control" --file "$numa/numa_mutant_$1")
	commands+=$'\n'"sh $control $1 '$2' $numa/numa_mutant_$1 ${*:3} || failed=1"
}

# DPDK's test with every mempool an objpool. It prints thousands of lines.
autotest() {
	local dpdk_test
	dpdk_test=$(command -v dpdk-test) || die "there is no dpdk-test"
	files+=(--file "$dpdk_test" --file "$plugin"
		--file "$pmds/librte_mempool_stack.so")
	commands+="
echo 1..1
$dpdk_test $eal -d $plugin --log-level=pmd.mempool.objpool:info \\
	mempool_autotest >/tmp/log 2>&1
status=\$?
pools=\$(grep -c ': an objpool of ' /tmp/log)
if [ \$status = 0 ] && grep -q '^Test OK' /tmp/log && [ \$pools -ge 6 ]; then
	echo \"ok 1 - mempool_autotest on \$(nproc) lcores, \$pools objpools\"
else
	echo \"not ok 1 - mempool_autotest: status \$status, \$pools objpools\"
	tail -n 40 /tmp/log
	failed=1
fi"
}

programs() {
	run "$numa/numa_place"
	run "$numa/numa_order"
	run "$numa/numa_driver" "$eal"
	run "$numa/numa_driver" "$eal" -l 0,1
	run "$build/test/driver/driver_nodes" hugepages --no-telemetry
}

case ${1-} in
pair)
	shape=(--cpus "2,2")
	programs
	mistake astray 'FAILED .* a_pool_of_one_node'
	mistake lump 'FAILED .* each_slot_is_on_the_node'
	mistake strayed 'FAILED .* threads_that_share_a_cpu'
	mistake anywhere 'FAILED .* each_lcore_s_slot' "$eal"
	;;
row)
	shape=(--cpus "4,4,4,4" --distances "$row")
	programs
	run "$numa/numa_traffic"
	mistake alike 'FAILED .* stock_of_near_nodes'
	;;
bare)
	shape=(--cpus "2,2,2,0" --distances "$row" --pages "48,0,48")
	programs
	;;
tests)
	shape=(--cpus "2,2,2,2" --distances "$row")
	run "$numa/numa_traffic"
	autotest
	;;
*) die "not a shape: ${1-}" ;;
esac

exec "$here/guest.sh" "${shape[@]}" "${files[@]}" -- \
	sh -c "$commands
exit \$failed"
