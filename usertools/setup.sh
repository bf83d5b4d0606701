# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
# shellcheck shell=bash disable=SC2034,SC2154 # variables are for those who source this
#
# From a fresh Debian 12 machine to a build: packages, hugepages, meson. To be
# sourced after common.sh; app/run and test/run use the same functions.
#
# Each step looks first and does nothing where nothing is to do, so it is quick
# the second time. Hugepages that were added, and a hugetlbfs that was mounted,
# are taken back when the script ends; packages and the build stay.

# Debian's own tools, whatever else comes first in PATH: another Python's meson
# would not find Debian's libraries the same way.
meson=/usr/bin/meson

build_packages=(gcc libc6-dev meson ninja-build pkgconf libdpdk-dev liburcu-dev
	libnuma-dev)
run_packages=(dpdk-dev python3-scapy procps util-linux)
# llvm has the symbolizer: clang's sanitizers need it to suppress by name.
test_packages=(libcmocka-dev g++ clang llvm relacy-dev iproute2 iputils-ping
	ethtool shellcheck help2man gnuplot-nox qemu-system-x86 busybox-static)
# What counts the lines that tests pass (test/coverage).
coverage_packages=(gcovr)
# Compilers for other machines, and what runs their programs.
port_packages=(gcc-aarch64-linux-gnu g++-aarch64-linux-gnu gcc-i686-linux-gnu
	g++-i686-linux-gnu qemu-user)

is_installed() {
	local status
	# shellcheck disable=SC2016 # dpkg-query's variable, not the shell's
	status=$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) &&
		[[ $status == installed ]]
}

# setup_packages PACKAGE...: install what is missing, asking nothing.
setup_packages() {
	local package missing=() log
	command -v dpkg-query >/dev/null ||
		die "this script installs Debian packages; on another system install the equivalents of: $*"
	for package in "$@"; do
		is_installed "$package" || missing+=("$package")
	done
	if ((${#missing[@]} == 0)); then
		say "packages: all there"
		return
	fi
	((EUID == 0)) ||
		die "not root, and packages are missing; run as root: apt-get install ${missing[*]}"
	say "packages: installing ${missing[*]}"
	log=$(mktemp)
	at_exit rm -f "$log"
	apt_install "$log" "${missing[@]}" || {
		apt_run "$log" update && apt_install "$log" "${missing[@]}"
	} || die "cannot install ${missing[*]}: $(grep '^E:' "$log" | tail -n 1)" \
		"(is the network up, and are Debian's sources in /etc/apt?)"
}

# apt_install LOG PACKAGE...
apt_install() {
	local log=$1
	shift
	# what is there may be in use, even if it cannot stay beside these
	apt_run "$log" install --yes --no-remove --no-install-recommends "$@"
}

# Not run_logged: a signal must not hit dpkg between two packages.
apt_run() {
	local log=$1
	shift
	DEBIAN_FRONTEND=noninteractive apt-get -q \
		-o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1
}

# --- hugepages

huge_kib=$(awk '/^Hugepagesize:/ { print $2 }' /proc/meminfo)
huge_dir=/sys/kernel/mm/hugepages/hugepages-${huge_kib:-0}kB

huge_count() {
	cat "$huge_dir/$1" 2>/dev/null || echo 0
}

# huge_free_mib: how much free hugepage memory there is now.
huge_free_mib() {
	echo $(($(huge_count free_hugepages) * ${huge_kib:-0} / 1024))
}

huge_mounted() {
	grep -q ' hugetlbfs ' /proc/mounts
}

# Take back what setup_hugepages added. Others may have changed the number since:
# subtract, do not set.
huge_give_back() {
	local now
	now=$(huge_count nr_hugepages)
	echo $((now > $1 ? now - $1 : 0)) >"$huge_dir/nr_hugepages"
}

# huge_add PAGES: ask the kernel for more, half of what is available at most.
# The kernel gives what it can.
huge_add() {
	local available before added
	available=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
	(($1 * huge_kib <= available / 2)) || return 0
	before=$(huge_count nr_hugepages)
	echo $((before + $1)) 2>/dev/null >"$huge_dir/nr_hugepages" || return 0
	added=$(($(huge_count nr_hugepages) - before))
	((added > 0)) || return 0
	at_exit huge_give_back "$added"
	say "hugepages: reserved $added of ${huge_kib} KiB; given back at the end"
}

huge_mount() {
	local dir=/dev/hugepages
	if mkdir -p $dir && mount -t hugetlbfs nodev $dir; then
		at_exit umount $dir
		say "hugepages: mounted hugetlbfs at $dir; unmounted at the end"
	fi 2>/dev/null
}

# setup_hugepages MIB: see to it that so much is free. Sets hugepages to 1, or to
# 0 when there are none to be had; then EAL has to do without.
setup_hugepages() {
	local want=$1 free
	hugepages=0
	if ((EUID != 0)); then
		say "hugepages: not root, going on without"
		return
	fi
	free=$(huge_free_mib)
	if ((free < want && ${huge_kib:-0} > 0)); then
		huge_add $(((want - free) * 1024 / huge_kib))
		free=$(huge_free_mib)
	fi
	if ((free < want)); then
		say "hugepages: $free MiB free, $want MiB wanted and not to be had; going on without"
		return
	fi
	huge_mounted || huge_mount
	huge_mounted || {
		say "hugepages: no hugetlbfs, and cannot mount one; going on without"
		return
	}
	hugepages=1
	say "hugepages: $free MiB free"
}

# --- the build

# What meson takes when a build directory is made, and not later.
setup_args=()

# setup_build DIRECTORY [MESON-OPTION...] [-- TARGET...]: configure if need be,
# compile the targets or all; 1 after a complaint if that fails.
setup_build() {
	local dir=$1 log=$1/setup.log options=()
	shift
	while (($# > 0)) && [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	mkdir -p "$dir"
	: >"$log"
	configure "$dir" "$log" "${options[@]}" || {
		tail -n 20 "$log" >&2
		complain "meson cannot configure $dir; all it said is in $log"
		return 1
	}
	run_logged "$log" "$meson" compile -C "$dir" "${@:2}" || {
		grep -E -m 20 'error:|FAILED:|ERROR:|undefined' "$log" >&2 ||
			tail -n 20 "$log" >&2
		complain "the build in $dir failed; all it said is in $log"
		return 1
	}
}

# configure DIRECTORY LOG [OPTION]...: a build that is there is given the options
# anew; should it have come from another version of the tree, it is made anew.
configure() {
	local dir=$1 log=$2
	shift 2
	if [[ ! -f $dir/build.ninja ]]; then
		run_logged "$log" "$meson" setup "${setup_args[@]}" "$dir" \
			"$project" "$@"
	elif (($# > 0)); then
		run_logged "$log" "$meson" configure "$dir" "$@" ||
			run_logged "$log" "$meson" setup --wipe \
				"${setup_args[@]}" "$dir" "$project" "$@"
	fi || return
	# a build of an older tree does not know new targets yet
	run_logged "$log" ninja -C "$dir" build.ninja
}
