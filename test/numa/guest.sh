#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Runs a command in an emulated machine that has several NUMA nodes, whatever
# machine this is. Its output and exit status are the command's.
#
# usage: guest.sh [OPTION]... -- COMMAND...
#   --cpus N,N,...     CPUs of each node; this says how many nodes there are
#   --distances D,D,.. between a node and itself, the next, the next but one ...
#                      (default: 10,20, those beyond as the last)
#   --pages N,N,...    hugepages of 2 MiB on each node (default: 48)
#   --memory MIB       of each node (default: 384)
#   --seconds N        give up after that time (default: 600)
#   --file FILE        copy it into the guest, and the libraries it is linked
#                      with, all to where they are here; any number of times
#
# COMMAND runs in /root: name programs by absolute paths. It has LD_LIBRARY_PATH as
# it is here.
#
# A list that is shorter goes on with its last number. --cpus 2,2,0 is a machine
# of three nodes, one of them without CPUs.
#
# The emulator is qemu, without KVM: it needs no rights, and does the same
# everywhere. The kernel is Debian's for virtual machines (usertools/kernel.sh).
# The file system is what the kernel unpacks into memory: busybox, the files, and
# an /init made here. Output comes through one serial line, the exit status
# through another, the kernel's messages, shown when something goes wrong,
# through a third. 124: no end in time; 125: the guest ended without a status.
#
# All CPUs of the guest take turns on one thread. With a thread each, and fewer
# CPUs here than there, a CPU that spins for another keeps it from running. So
# there are few interleavings, and nothing to be learnt about speed: this shows
# where memory is and who takes from where, not races.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=usertools/common.sh
source "$here/../../usertools/common.sh"
# shellcheck source=usertools/setup.sh
source "$project/usertools/setup.sh"
# shellcheck source=usertools/sysroot.sh
source "$project/usertools/sysroot.sh"
# shellcheck source=usertools/kernel.sh
source "$project/usertools/kernel.sh"

cpus=(2 2)
distances=(10 20)
pages=(48)
memory=384
seconds=600
files=()

# nth N NUMBER...: the one with that index, or the last.
nth() {
	local i=$1
	shift
	((i < $#)) || i=$(($# - 1))
	shift "$i"
	echo "$1"
}

# words WORD...: a line that a shell reads as these words.
words() {
	local word
	for word; do
		printf "'%s' " "${word//\'/\'\\\'\'}"
	done
}

parse() {
	while (($# > 0)) && [[ $1 != -- ]]; do
		case $1 in
		-h | --help) sed -n '5,/^$/s/^#[ ]\{0,1\}//p' "$0" && exit ;;
		esac
		(($# > 1)) || die "$1: a value is missing"
		case $1 in
		--cpus) IFS=, read -ra cpus <<<"$2" ;;
		--distances) IFS=, read -ra distances <<<"$2" ;;
		--pages) IFS=, read -ra pages <<<"$2" ;;
		--memory) memory=$2 ;;
		--seconds) seconds=$2 ;;
		--file) files+=("$2") ;;
		*) die "unknown option $1" ;;
		esac
		shift 2
	done
	shift || die "no command: guest.sh [OPTION]... -- COMMAND..."
	(($# > 0)) || die "no command"
	command=$(words "$@")
}

# Too many hugepages would keep the kernel from starting, without a word.
check_shape() {
	local n count
	for ((n = 0; n < ${#cpus[@]}; n++)); do
		count=$(nth $n "${pages[@]}")
		((count * 2 + 128 <= memory)) ||
			die "$count hugepages do not fit a node of $memory MiB"
	done
}

# put FILE: into the guest, if it is not there.
put() {
	[[ -e $root$1 ]] || {
		mkdir -p "$root${1%/*}"
		cp -L "$1" "$root$1"
	}
}

put_with_libraries() {
	local library list
	put "$1"
	list=$(ldd "$1" 2>/dev/null || true)
	library=$(sed -n 's/^\s*\(\S*\) => not found.*/\1/p;T;q' <<<"$list")
	[[ -z $library ]] || die "$1 is linked with $library, which is not" \
		"found: set LD_LIBRARY_PATH"
	while read -r library; do
		put "$library"
	done < <(grep -oE '/[^ )]+' <<<"$list" || true)
}

# What the guest does: mount what programs expect, see that it is as ordered, run
# the command, tell its status, switch off.
write_init() {
	cat >"$root/init" <<-'INIT'
	#!/bin/busybox sh
	/bin/busybox --install -s /bin
	end() {
		echo "$1" >/dev/ttyS2
		poweroff -f
	}
	mount -t devtmpfs dev /dev
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mkdir -p /dev/hugepages /dev/shm
	mount -t tmpfs run /run
	mount -t tmpfs shm /dev/shm
	mount -t hugetlbfs -o pagesize=2M huge /dev/hugepages
	stty -F /dev/ttyS1 -opost
	export PATH=/bin:/usr/bin HOME=/root
	. /environment
	while read -r node want; do
		dir=/sys/devices/system/node/node$node
		got=$(cat $dir/hugepages/hugepages-2048kB/free_hugepages)
		[ "$got" = "$want" ] || {
			echo "node $node: ${got:-no} hugepages, not $want" \
				>/dev/ttyS1
			end 125
		}
	done </ordered
	cd /root
	sh /command </dev/null >/dev/ttyS1 2>&1
	end $?
	INIT
	chmod 755 "$root/init"
}

make_initrd() {
	local file n
	root=$work/root
	mkdir -p "$root"/{bin,dev,proc,sys,run,tmp,root,var,etc}
	ln -s /run "$root/var/run"
	cp "$(command -v busybox)" "$root/bin/busybox"
	# glibc loads it when a thread is cancelled, which no list says
	for file in "${files[@]}" /lib/x86_64-linux-gnu/libgcc_s.so.1; do
		[[ -f $file ]] || die "no file $file"
		put_with_libraries "$(realpath -s "$file")"
	done
	printf '%s\n' "$command" >"$root/command"
	echo "export LD_LIBRARY_PATH=$(words "${LD_LIBRARY_PATH-}")" \
		>"$root/environment"
	for ((n = 0; n < ${#cpus[@]}; n++)); do
		echo "$n $(nth $n "${pages[@]}")"
	done >"$root/ordered"
	write_init
	(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null) \
		>"$work/initrd"
}

# The nodes in the words of qemu, in $numa, and of the kernel, in $hugepages.
describe_nodes() {
	local a b first=0 own
	numa=()
	hugepages=
	for ((a = 0; a < ${#cpus[@]}; a++)); do
		own=nodeid=$a,memdev=m$a
		((cpus[a] == 0)) ||
			own+=,cpus=$first-$((first + cpus[a] - 1))
		first=$((first + cpus[a]))
		numa+=(-object "memory-backend-ram,id=m$a,size=${memory}M"
			-numa "node,$own")
		hugepages+=${hugepages:+,}$a:$(nth $a "${pages[@]}")
	done
	for ((a = 0; a < ${#cpus[@]}; a++)); do
		for ((b = 0; b < ${#cpus[@]}; b++)); do
			numa+=(-numa "dist,src=$a,dst=$b,val=$(nth \
				$((a < b ? b - a : a - b)) "${distances[@]}")")
		done
	done
	nr_cpus=$first
}

# Status of the emulator in $emulated.
boot() {
	local child
	emulated=0
	timeout -k 5 "$seconds" qemu-system-x86_64 -nodefaults -no-user-config \
		-display none -no-reboot -machine q35,hpet=off \
		-accel tcg,thread=single,tb-size=256 -cpu max \
		-smp "$nr_cpus,sockets=$nr_cpus,cores=1,threads=1" \
		-m $((memory * ${#cpus[@]}))M "${numa[@]}" \
		-kernel "$kernel" -initrd "$work/initrd" -append "$*" \
		-chardev stdio,id=out,signal=off -serial "file:$work/console" \
		-serial chardev:out -serial "file:$work/status" \
		</dev/null &
	child=$!
	at_exit stop_child "$child"
	wait "$child" || emulated=$?
	unset 'exit_actions[-1]'
}

main() {
	parse "$@"
	check_shape
	command -v qemu-system-x86_64 >/dev/null && command -v busybox \
		>/dev/null || die "no emulator; run as root:" \
		"apt-get install --no-install-recommends qemu-system-x86 busybox-static"
	setup_kernel >&2
	make_work_dir
	make_initrd
	describe_nodes
	: >"$work/status"
	# Where this machine is busy the guest's clock ticks when it can: the
	# kernel must not take that for a fault.
	boot console=ttyS0 quiet panic=-1 oops=panic nokaslr mitigations=off \
		no5lvl tsc=reliable lpj=4000000 no_timer_check nowatchdog \
		rcupdate.rcu_cpu_stall_suppress=1 numa_balancing=disable \
		hugepagesz=2M "hugepages=$hugepages"
	status=$(tr -dc 0-9 <"$work/status")
	[[ -z $status ]] || exit "$status"
	tail -n 25 "$work/console" >&2
	if ((emulated == 124 || emulated == 137)); then
		complain "no end after $seconds s"
		exit 124
	fi
	complain "the guest ended without a status (the emulator: $emulated)"
	exit 125
}

main "$@"
