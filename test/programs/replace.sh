#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Mbuf pools are replaced while packets go through them: no packet is lost or
# changed, no queue stops, every mbuf of every generation comes home and every
# pool that was replaced is released. By period (--replace-pool) and by command
# (replace mempool), over files, at full speed and between two hosts. What
# cannot be replaced is refused; want of memory changes nothing; a packet that
# does not come home is told.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

memory=none
if hugepages_there; then
	memory=memory
fi
nulls=(--vdev net_null0 --vdev net_null1)
small=--total-num-mbufs=2048
launcher=()

# at_least NUMBER FIELD: is the pool's number so large?
at_least() {
	local got
	got=$(pool_number "$2")
	((${got:-0} >= $1)) || {
		echo "wanted: $2 of $1 at least"
		echo "got:    ${got:-none}"
		return 1
	}
}

# all_released: as many pools as were replaced, and the program counted so.
all_released() {
	same "$(pool_number Replaced)" "$(pool_number Released)" &&
		same 0 "$(pool_number Waiting)" &&
		has "$log" "^mempool .*: $(pool_number Replaced) replaced"
}

# pool_agrees: the pool that is used last saw as many pushes as pops.
pool_agrees() {
	same "$(pool_number Mbufs)" "$(pool_number Free)" &&
		same "$(pool_number Pops)" "$(pool_number Pushes)"
}

# check_pools WHAT NUMBER [AGREE]: at least so many were replaced, and all is
# home.
check_pools() {
	check "$1: $2 pools or more were replaced" at_least "$2" Replaced
	check "$1: all of them are released" all_released
	check "$1: the numbers fit" "${3-counts_agree}"
	check "$1: every mbuf is back" mbufs_back
}

# start NAME [EAL-OPTION...] -- [OPTION...]: the forwarder, commands for it
# through descriptor $in, its process in $pid.
start() {
	log=$work/$1.log
	shift
	rm -f "$work/in"
	mkfifo "$work/in"
	exec {in}<>"$work/in"
	"${launcher[@]}" "$forwarder" "${eal[@]}" "$@" \
		<"$work/in" >"$log" 2>&1 &
	pid=$!
	at_exit stop_child "$pid"
}

tell() {
	printf '%s\n' "$@" >&"$in"
}

# status_is WANTED: the program's, once it is gone.
status_is() {
	local status=0
	wait_until 20 is_gone_or_zombie "$pid" || {
		stop_child "$pid"
		echo "still runs"
		cat "$log"
		return 1
	}
	wait "$pid" || status=$?
	exec {in}>&-
	same "$1" "$status" || {
		cat "$log"
		return 1
	}
}

# prints PATTERN: does a line of the log come to match?
prints() {
	wait_until 20 grep -qE -e "$1" "$log" || has "$log" "$1"
}

# one_line: is there just one line of the program's own?
one_line() {
	same 1 "$(grep -c '^objpool-testpmd: ' "$log")"
}

# The shipped capture, 300 times over, in small bursts: it takes long enough.
# The run ends with the last packet, so what was replaced was so under way.
files() {
	local in=$work/in.pcap out=$work/out.pcap i packets
	packets=$((traffic_packets * 300))
	head -c 24 "$traffic" >"$in"
	for ((i = 0; i < 300; i++)); do
		tail -c +25 "$traffic"
	done >>"$in"
	check "files: ends well" forward "$work/files.log" $memory 2 \
		--vdev "net_pcap0,rx_pcap=$in,tx_pcap=$out" -- \
		--num-packets=$packets --replace-pool=0.001 --burst=4 \
		--total-num-mbufs=256
	check "files: out is in, byte for byte" "$compare" "$in" "$out"
	check_pools files 10
}

# zones: how many memzones there are.
zones() {
	local -i shown
	shown=$(wc -l <"$log")
	tell dump_memzone 'set burst 32'
	wait_until 20 later "$shown" '^Number of packets'
	tail -n +$((shown + 1)) "$log" | grep -c '^Zone'
}

later() {
	tail -n +$(($1 + 1)) "$log" | grep -q -e "$2"
}

# statistics_say PATTERN: do the pool's, asked for now and again, come to say so?
statistics_say() {
	local -i shown tries
	for ((tries = 0; tries < 40; tries++)); do
		shown=$(wc -l <"$log")
		tell 'show pool stats all'
		sleep 0.25
		if later "$shown" "$1"; then
			return
		fi
	done
	has "$log" "$1" && echo "(but not in the end)"
	return 1
}

# Endless packets on two lcores, a hundred replacements a second.
full_speed() {
	local what="full speed" before after
	eal_args 3 $memory
	start speed "${nulls[@]}" -- -i --nb-cores=2 --replace-pool=0.01 $small
	tell start
	check "$what: starts" prints 'packet forwarding'
	check "$what: replaces" statistics_say 'Replaced: *[1-9]'
	tell stop
	check "$what: nothing waits in the end" statistics_say 'Waiting: *0$'
	before=$(zones)
	tell start
	sleep 2.5
	tell stop
	check "$what: nor later" statistics_say 'Waiting: *0$'
	after=$(zones)
	check "$what: there are memzones" test "${before:-0}" -gt 4
	check "$what: no memzone more than before" same "$before" "$after"
	tell quit
	check "$what: ends with status 0" status_is 0
	check "$what: packets went through" \
		test "$(forwarded RX-packets)" -gt 100000
	check_pools "$what" 100
}

# Packets of the main lcore's making, which take the way through the front, too.
makes_packets() {
	check "txonly: ends well" forward "$work/txonly.log" $memory 2 \
		--vdev net_null0 -- --forward-mode=txonly --replace-pool=0.005 \
		--num-packets=5000000 $small
	check_pools txonly 2 pool_agrees
}

by_command() {
	local what="by command"
	eal_args 2 $memory
	start command "${nulls[@]}" -- -i $small
	tell 'replace mempool 0' start 'replace mempool 1' \
		'replace mempool all' 'replace mempool 7' \
		'replace mempool every' 'show pool stats all' help
	check "$what: before the start" prints 'come from <mb_pool_0_2> now'
	check "$what: of a port" prints 'come from <mb_pool_0_3> now'
	check "$what: of all ports, once" prints 'come from <mb_pool_0_4> now'
	check "$what: not of one that is not there" \
		prints '^objpool-testpmd: replace mempool 7: no such port'
	check "$what: not of what is none" \
		prints '^objpool-testpmd: replace mempool every: no such port'
	check "$what: statistics tell" prints 'Replaced: +3 '
	check "$what: help tells" prints 'replace mempool PORT.all: '
	sleep 0.2
	tell quit
	check "$what: ends with status 0" status_is 0
	check "$what: just those" same 3 "$(pool_number Replaced)"
	check_pools "$what" 3
}

by_signal() {
	local what="SIGTERM"
	eal_args 2 $memory
	start signal "${nulls[@]}" -- --stats-period=60 --replace-pool=0.001 \
		$small
	check "$what: forwards" prints 'packet forwarding'
	sleep 0.7
	kill -TERM "$pid"
	check "$what: ends with status 0" status_is 0
	check_pools "$what" 10
}

# Room for one pool only: everything goes on with that.
little_memory() {
	local what="little memory"
	eal_args 2 none
	eal+=(-m 32)
	start little "${nulls[@]}" -- --num-packets=3000000 \
		--replace-pool=0.02 --total-num-mbufs=6000
	check "$what: ends with status 0" status_is 0
	check "$what: says so" has "$log" \
		'^objpool-testpmd: pool mb_pool_0 is not replaced: not enough memory'
	check "$what: once" one_line
	check "$what: none was replaced" same "" "$(pool_number Replaced)"
	check "$what: packets went through" \
		test "$(forwarded RX-packets)" -ge 3000000
	check "$what: the numbers fit" counts_agree
	check "$what: every mbuf is back" mbufs_back
}

# net_ring forgets what is in its rings when it is closed. The first burst goes
# round for ever, with mbufs of the first generation.
never_home() {
	local what="never home"
	eal_args 2 $memory
	start ring --vdev net_ring0 -- --tx-first --port-topology=loop \
		--stats-period=60 --replace-pool=0.01 $small
	check "$what: forwards" prints 'packet forwarding'
	sleep 0.5
	kill -TERM "$pid"
	check "$what: ends with status 1" status_is 1
	check "$what: says which pool waits" \
		has "$log" '^  mb_pool_0 waits for 32 of 2048 mbufs'
	check "$what: says how many are missing" \
		has "$log" '^objpool-testpmd: pool mb_pool_0: 32 mbufs.*missing'
}

# refuses WHAT PATTERN [EAL-OPTION...] -- [OPTION...]: with status 1 and one
# line that is its own.
refuses() {
	local what=$1 pattern=$2
	shift 2
	start refused "$@"
	check "$what: refused" status_is 1
	check "$what: and why" has "$log" "^objpool-testpmd: .*$pattern"
	check "$what: in one line" one_line
}

refusals() {
	local seconds
	eal_args 2 $memory
	for seconds in 0 0.0001 -1 x 1s 1e3 . 0x10 1.2.3 86401 ''; do
		refuses "a period of '$seconds'" \
			"--replace-pool=$seconds: wants a number of seconds" \
			"${nulls[@]}" -- "--replace-pool=$seconds"
	done
	refuses "mempool's own cache" "--replace-pool: .*--mbcache=64" \
		"${nulls[@]}" -- --replace-pool=1 --mbcache=64
	refuses "another driver" 'mb_pool_0 cannot be replaced.*"ring_mp_mc"' \
		--mbuf-pool-ops-name=ring_mp_mc "${nulls[@]}" -- \
		--replace-pool=1
}

# refuses_command WHAT PATTERN [EAL-OPTION...] -- [OPTION...]: and goes on.
refuses_command() {
	local what=$1 pattern=$2
	shift 2
	start refused "$@"
	tell 'replace mempool all'
	check "$what: the command is refused" \
		prints "^objpool-testpmd: pool mb_pool_0 cannot .*$pattern"
	tell start quit
	check "$what: all goes on and ends with status 0" status_is 0
	check "$what: in one line" one_line
	check "$what: every mbuf is back" mbufs_back
}

commands_refused() {
	eal_args 2 $memory
	refuses_command "mempool's own cache" "--mbcache=64" \
		"${nulls[@]}" -- -i --mbcache=64 $small
	refuses_command "another driver" '"ring_mp_mc"' \
		--mbuf-pool-ops-name=ring_mp_mc "${nulls[@]}" -- -i $small
}

# --- two hosts: namespaces, each with a cable into the forwarder's

net_f=objpool-$$-f

# host LETTER ADDRESS: see live.sh.
host() {
	local net=objpool-$$-$1 side
	ip netns add "$net"
	at_exit ip netns del "$net"
	ip -n "$net" link add "$1"0 type veth peer name "$1"1 netns "$net_f"
	for side in "$net ${1}0" "$net_f ${1}1"; do
		# shellcheck disable=SC2086 # two words
		ip netns exec ${side% *} ethtool -K "${side#* }" tx off rx off \
			>/dev/null 2>&1 || true
	done
	ip -n "$net" address add "$2/24" dev "$1"0
	ip -n "$net_f" link set "$1"1 arp off promisc on up
	ip -n "$net" link set "$1"0 up
}

make_network() {
	ip netns add "$net_f" && at_exit ip netns del "$net_f" &&
		host a 192.0.2.1 && host b 192.0.2.2
}

ping_b() {
	ip netns exec "objpool-$$-a" ping -q "$@" 192.0.2.2
}

none_lost() {
	ping_b -c 200 -i 0.01 -W 2 -s 1400 >"$work/ping.log" &&
		has "$work/ping.log" ' 0% packet loss'
}

hosts() {
	local what="two hosts"
	if ! make_network >"$work/network.log" 2>&1; then
		skip "$what: pings while pools are replaced" \
			"no network: $(tail -n 1 "$work/network.log")"
		return
	fi
	eal_args 2 none
	launcher=(ip netns exec "$net_f") # becomes the program
	start hosts --vdev net_af_packet0,iface=a1 \
		--vdev net_af_packet1,iface=b1 -- --stats-period=60 \
		--replace-pool=0.01 $small
	launcher=()
	check "$what: forwards" prints 'packet forwarding'
	check "$what: b answers a" wait_until 10 ping_b -c 1 -W 1
	check "$what: all pings are answered" none_lost
	sleep 0.2
	kill -INT "$pid"
	check "$what: ends with status 0" status_is 0
	check "$what: none dropped" same 0 "$(forwarded TX-dropped)"
	check_pools "$what" 50
}

files
full_speed
makes_packets
by_command
by_signal
little_memory
never_home
refusals
commands_refused
hosts
finish
