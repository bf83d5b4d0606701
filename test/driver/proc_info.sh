#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors

# DPDK's own programs, unmodified, share a mempool of ours: dpdk-testpmd makes it,
# and dpdk-proc-info, a secondary, reads its count.
#
# Programs find mempool drivers by their place in a table, and Debian's are
# linked with different ones, which come before those given with -d. So the
# secondary must be given the ones that the primary is linked with, too; and it
# must get wrong what it says if it is not, or there was nothing to be got wrong.
#
# usage: proc_info.sh DPDK-TESTPMD DPDK-PROC-INFO DRIVER

set -u

testpmd=$1
proc_info=$2
driver=$3

prefix=objpool-test-$$
work=$(mktemp -d)
pid=
failed=0

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	rm -rf "$work" "/var/run/dpdk/$prefix" "/tmp/dpdk/$prefix"
	awk '$3 == "hugetlbfs" { print $2 }' /proc/mounts | while read -r dir; do
		rm -f "$dir/${prefix}"map_*
	done
}
trap clean_up EXIT
trap 'exit 1' INT TERM

skip() {
	echo "skipped: $*"
	exit 77
}

fail() {
	echo "FAILED: $*"
	cat "$work/shown"
	failed=1
}

# drivers_of PROGRAM: the mempool drivers that it is linked with.
drivers_of() {
	ldd "$1" | awk '$1 ~ /^librte_mempool_/ { sub(/\.so.*/, ".so", $1); print $1 }'
}

# show EAL-OPTION...: what a secondary says of testpmd's mempool.
show() {
	"$proc_info" --no-pci --no-telemetry --file-prefix="$prefix" "$@" \
		-- --show-mempool=mb_pool_0 >"$work/shown" 2>&1
}

shows_ours() {
	grep -q 'ops_name objpool$' "$work/shown" &&
		grep -q "avail ($1)" "$work/shown"
}

for program in "$testpmd" "$proc_info"; do
	command -v "$program" >/dev/null || skip "there is no $program"
done
free_kb=$(awk '$1 == "HugePages_Free:" { free = $2 }
	$1 == "Hugepagesize:" { size = $2 }
	END { print free * size }' /proc/meminfo)
[ "$free_kb" -ge 131072 ] || skip "no 128 MB of hugepages"

# EAL takes a plugin by its name from where the loader looks.
LD_LIBRARY_PATH=$(cd "$(dirname "$driver")" && pwd)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
driver=$(basename "$driver")

mkfifo "$work/commands"
# Lcores 0 and 1, wherever this may run: the main one does nothing but read.
"$testpmd" --lcores '(0-1)@'"$(taskset -pc $$ | sed 's/.*: //; s/[,-].*//')" \
	--no-pci --no-telemetry --file-prefix="$prefix" -d "$driver" \
	--mbuf-pool-ops-name=objpool --vdev=net_null0 -- -i \
	--total-num-mbufs=4096 --mbcache=0 <"$work/commands" \
	>"$work/log" 2>&1 &
pid=$!
exec 3>"$work/commands"
tries=0
until grep -q 'testpmd>' "$work/log"; do
	tries=$((tries + 1))
	if [ $tries -gt 300 ] || ! kill -0 "$pid" 2>/dev/null; then
		cp "$work/log" "$work/shown"
		fail "dpdk-testpmd does not start"
		exit 1
	fi
	sleep 0.1
done

linked=$(drivers_of "$testpmd")
set --
for name in $linked; do
	drivers_of "$proc_info" | grep -qx "$name" || set -- "$@" -d "$name"
done
if show "$@" -d "$driver" && shows_ours 4096; then
	echo "ok: with $*"
else
	fail "with $* the mempool is not shown as ours, with 4096 mbufs"
fi
if [ $# -gt 0 ]; then
	show -d "$driver"
	if shows_ours 4096; then
		fail "the mempool is shown right without $*, too"
	else
		echo "ok: not without"
	fi
fi

echo quit >&3
exec 3>&-
wait "$pid" || fail "dpdk-testpmd ends with status $?"
pid=
exit $failed
