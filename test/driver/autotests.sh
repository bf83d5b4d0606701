#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors

# DPDK's own tests of mempools and mbufs, unmodified, on our drivers: once with
# the driver asked for by name, once with every mempool of the program made an
# objpool by the default plugin.
#
# usage: autotests.sh DPDK-TEST DRIVER DEFAULT-PLUGIN no-huge|hugepages

set -u

dpdk_test=$1
driver=$2
default_plugin=$3
memory=$4

prefix=objpool-test-$$
output=$(mktemp)
failed=0

clean_up() {
	rm -rf "/var/run/dpdk/$prefix" "/tmp/dpdk/$prefix"
	awk '$3 == "hugetlbfs" { print $2 }' /proc/mounts | while read -r dir; do
		rm -f "$dir/${prefix}"map_*
	done
}
trap 'clean_up; rm -f "$output"' EXIT
trap 'exit 1' INT TERM

skip() {
	echo "skipped: $*"
	exit 77
}

command -v "$dpdk_test" >/dev/null || skip "there is no $dpdk_test"
case $memory in
no-huge)
	eal="--no-huge -m 256"
	;;
hugepages)
	eal=""
	free_kb=$(awk '$1 == "HugePages_Free:" { free = $2 }
		$1 == "Hugepagesize:" { size = $2 }
		END { print free * size }' /proc/meminfo)
	[ "$free_kb" -ge 131072 ] || skip "no 128 MB of hugepages"
	;;
*)
	echo "not a kind of memory: $memory" >&2
	exit 1
	;;
esac

# Two CPUs that we may run on, or one for both lcores.
lcores=$(awk '$1 == "Cpus_allowed_list:" {
		nr = split($2, part, ",")
		for (i = 1; i <= nr; i++) {
			split(part[i] "-" part[i], end, "-")
			for (cpu = end[1]; cpu <= end[2] && found < 2; cpu++)
				list[found++] = cpu
		}
		print "0@" list[0] ",1@" list[found - 1]
	}' /proc/self/status)

# EAL refuses plugins below a directory that all may write to, but takes them by
# their names from where the loader looks.
plugin_arg() {
	dir=$(dirname "$1")
	while :; do
		if [ -n "$(find "$dir" -maxdepth 0 -perm -0002)" ]; then
			basename "$1"
			return
		fi
		[ "$dir" != / ] || break
		dir=$(dirname "$dir")
	done
	echo "$1"
}
LD_LIBRARY_PATH=$(dirname "$driver")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH

# run MIN-POOLS TEST EAL-OPTION...: the test passes, and at least that many
# mempools of it were objpools.
run() {
	min_pools=$1
	name=$2
	shift 2
	# shellcheck disable=SC2086 # options in one word
	"$dpdk_test" --lcores "$lcores" --no-pci --no-telemetry $eal \
		--file-prefix="$prefix" --log-level=pmd.mempool.objpool:info \
		"$@" "$name" </dev/null >"$output" 2>&1
	status=$?
	nr_pools=$(grep -c ': an objpool of ' "$output")
	clean_up
	if [ $status -eq 0 ] && grep -q '^Test OK' "$output" &&
		[ "$nr_pools" -ge "$min_pools" ]; then
		echo "ok: $name $* ($nr_pools objpools)"
		return
	fi
	echo "FAILED: $name $*: status $status, $nr_pools objpools"
	tail -n 40 "$output"
	failed=1
}

case $driver in /*) ;; *) driver=$PWD/$driver ;; esac
case $default_plugin in /*) ;; *) default_plugin=$PWD/$default_plugin ;; esac
by_name=$(plugin_arg "$driver")
by_default=$(plugin_arg "$default_plugin")
run 1 mempool_autotest -d "$by_name" --mbuf-pool-ops-name=objpool
run 1 mbuf_autotest -d "$by_name" --mbuf-pool-ops-name=objpool
run 6 mempool_autotest -d "$by_default"
run 1 mbuf_autotest -d "$by_default"
exit $failed
