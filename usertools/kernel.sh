# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
# shellcheck shell=bash disable=SC2034,SC2154 # variables are for those who source this
#
# Debian's kernel for virtual machines, to be started under an emulator. To be
# sourced after setup.sh and sysroot.sh.
#
# The package is not installed, which would make the system boot it: apt fetches
# it from the sources that this system has, with a state of its own, and only
# the kernel itself is kept, where sysroot.sh keeps what it fetches. It needs no
# modules for what we do with it. No root is needed.

kernel_arch=amd64
kernel_name=linux-image-cloud-$kernel_arch # depends on the one to be had

# fetch_kernel DIRECTORY LOG: the newest one as DIRECTORY/vmlinuz.
fetch_kernel() (
	local log=$2 package
	mkdir -p "$1"/{lists/partial,archives/partial}
	cd "$1" || return
	: >status
	# Some of the system's sources may know nothing of it.
	apt_for $kernel_arch "$1" "$log" update || true
	apt_for $kernel_arch "$1" "$log" download $kernel_name || return
	package=$(dpkg-deb -f ./"$kernel_name"_*.deb Depends) || return
	package=${package%% *}
	apt_for $kernel_arch "$1" "$log" download "$package" || return
	dpkg-deb --fsys-tarfile ./"$package"_*.deb |
		tar -x --wildcards './boot/vmlinuz-*' 2>>"$log" || return
	mv boot/vmlinuz-* vmlinuz
)

# setup_kernel: see to it that there is one; $kernel names it. 1 after a complaint
# if there is none to be had.
setup_kernel() {
	local log new
	kernel=$sysroots/vmlinuz-$kernel_arch
	[[ ! -s $kernel ]] || return 0
	say "kernel for guests: fetching $kernel_name to $kernel"
	mkdir -p "$sysroots"
	new=$(mktemp -d "$sysroots/new.XXXXXX")
	at_exit rm -rf "$new"
	log=$new/log
	fetch_kernel "$new" "$log" || {
		complain "no kernel for guests:" \
			"$(grep '^E:' "$log" | tail -n 1)" \
			"(is the network up, and are Debian's sources in /etc/apt?)"
		return 1
	}
	chmod 644 "$new/vmlinuz"
	# all at once: two may be at it
	mv "$new/vmlinuz" "$kernel" && rm -rf "$new"
}
