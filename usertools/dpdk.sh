# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
# shellcheck shell=bash disable=SC2034,SC2154 # variables are for those who source this
#
# How our scripts start DPDK programs. To be sourced after common.sh.
#
# EAL is told to leave the machine's own network cards alone (--no-pci), to use a
# file prefix of its own, so that it never meets another DPDK program, and what
# it leaves behind under that prefix is removed. An interactive dpdk-testpmd is
# fed through a pipe and watched through its log: its state is asked for until
# it is the wanted one, nothing relies on a sleep being long enough.

# eal_begin NAME: choose the file prefix, in $prefix, and see to its end.
eal_begin() {
	prefix=objpool-$1-$$
	at_exit eal_clean "$prefix"
}

# eal_files PREFIX: what EAL programs with that prefix have left behind.
eal_files() {
	local mount
	while read -r _ mount _; do
		compgen -G "$mount/$1map_*" || true
	done < <(grep ' hugetlbfs ' /proc/mounts)
	compgen -G "${XDG_RUNTIME_DIR:-/tmp}/dpdk/$1" || true
	compgen -G "/var/run/dpdk/$1" || true
}

eal_clean() {
	local file
	while read -r file; do
		rm -rf "$file"
	done < <(eal_files "$1")
}

# allowed_cpus: the CPUs that this process may run on, one a line.
allowed_cpus() {
	local part
	for part in $(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' \
		/proc/self/status | tr ',' ' '); do
		seq "${part%-*}" "${part#*-}"
	done
}

# eal_args LCORES [files|memory|none]: the arguments for EAL, in $eal. Lcores
# share CPUs where there are fewer of these. Memory comes from hugepages with
# files, as is the default of EAL, from hugepages without, or from small pages.
eal_args() {
	local cpus i lcores=''
	mapfile -t cpus < <(allowed_cpus)
	for ((i = 0; i < $1; i++)); do
		lcores+=${lcores:+,}$i@${cpus[i % ${#cpus[@]}]}
	done
	eal=(--lcores "$lcores" --no-pci --no-telemetry "--file-prefix=$prefix")
	case ${2:-memory} in
	files) ;;
	memory) eal+=(--in-memory) ;;
	none) eal+=(--no-huge --no-shconf -m 512) ;;
	esac
}

# is_exposed PATH: may anybody write to it or to a directory above it?
is_exposed() {
	local path
	path=$(realpath "$1")
	while true; do
		(($(stat -c '0%a' "$path") & 2)) && return
		[[ $path == / ]] && return 1
		path=$(dirname "$path")
	done
}

# plugin_args PLUGIN: how EAL is made to load it, in $plugin and, for env, in
# $plugin_env. EAL refuses a file that anybody could have put there; by its bare
# name the dynamic linker finds it without that check.
plugin_args() {
	plugin=(-d "$1")
	plugin_env=()
	if is_exposed "$1"; then
		plugin=(-d "$(basename "$1")")
		plugin_env=("LD_LIBRARY_PATH=$(dirname "$1")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}")
	fi
}

# --- an interactive dpdk-testpmd

# testpmd_start LOG COMMAND...: start it and wait for its prompt.
testpmd_start() {
	local pipe=$work/commands.$RANDOM
	testpmd_log=$1
	shift
	mkfifo "$pipe"
	exec {testpmd_in}<>"$pipe"
	stdbuf -oL "$@" <"$pipe" >"$testpmd_log" 2>&1 &
	testpmd_pid=$!
	at_exit stop_child "$testpmd_pid"
	testpmd_wait 30 testpmd_printed 'testpmd>'
}

testpmd_printed() {
	grep -q -e "$1" "$testpmd_log"
}

testpmd_say() {
	printf '%s\n' "$*" >&"$testpmd_in"
}

# testpmd_wait SECONDS COMMAND...: until it succeeds; 1 if testpmd ends first.
testpmd_wait() {
	local seconds=$1
	shift
	wait_until "$seconds" testpmd_ended_or "$@" && "$@"
}

testpmd_ended_or() {
	is_gone_or_zombie "$testpmd_pid" || "$@"
}

# port_count FIELD FILE: a counter of testpmd's "show port stats all", the last
# value of each port, added up over the ports.
port_count() {
	awk -v field="$1:" '
		/NIC statistics for port/ { port = $6 }
		{
			for (i = 1; i < NF; i++)
				if ($i == field)
					last[port] = $(i + 1)
		}
		END {
			for (port in last)
				sum += last[port]
			print sum + 0
		}' "$2"
}

# testpmd_received PACKETS: have so many come in, over all ports?
testpmd_received() {
	testpmd_say 'show port stats all'
	sleep 0.1
	(($(port_count RX-packets "$testpmd_log") >= $1))
}

# testpmd_stop: end forwarding; the statistics go to the log.
testpmd_stop() {
	testpmd_say stop
	testpmd_wait 20 testpmd_printed 'Accumulated forward statistics'
}

# testpmd_quit: leave; the status is testpmd's.
testpmd_quit() {
	local status=0
	testpmd_say quit
	wait_until 20 is_gone_or_zombie "$testpmd_pid" || {
		stop_child "$testpmd_pid"
		return 1
	}
	wait "$testpmd_pid" || status=$?
	exec {testpmd_in}>&-
	return "$status"
}

# pool_counts FILE: "free of all" from testpmd's dump_mempool: objects in the
# pool and in its caches, and objects it was made with.
pool_counts() {
	awk -F= '
		/^  size=/ { size = $2 }
		/total_cache_count=/ { cached = $2 }
		/common_pool_count=/ { common = $2 }
		END { print common + cached, "of", size + 0 }' "$1"
}
