#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Live traffic without a network card: two hosts, which are network namespaces,
# have a cable (a veth pair) each into a third namespace, where objpool-testpmd
# forwards between the cables' ends. The hosts ping each other and copy a file;
# the kernel's counters and the forwarder's agree; SIGINT ends it cleanly.
#
#   host a: a0 ======= a1 [ forwarder ] b1 ======= b0 :host b
#
# IPv6 and ARP noise are off, so that every frame is accounted for; checksum and
# segmentation offloads are off, as there is no card that would do that work.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

net_a=objpool-$$-a
net_b=objpool-$$-b
net_f=objpool-$$-f
addr_a=192.0.2.1
addr_b=192.0.2.2

# inside NAMESPACE COMMAND...; in the background use ip itself, whose process
# becomes the command's.
inside() {
	ip netns exec "$@"
}

make_namespace() {
	ip netns add "$1"
	at_exit ip netns del "$1"
	inside "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
}

# plug_in NAMESPACE LETTER ADDRESS: a host and its cable to the forwarder.
plug_in() {
	ip -n "$1" link add "$2"0 type veth peer name "$2"1 netns "$net_f"
	inside "$1" ethtool -K "$2"0 tx off rx off tso off gso off gro off \
		>/dev/null 2>&1 || true
	inside "$net_f" ethtool -K "$2"1 tx off rx off tso off gso off gro off \
		>/dev/null 2>&1 || true
	ip -n "$1" address add "$3/24" dev "$2"0
	ip -n "$net_f" link set "$2"1 arp off promisc on up
	ip -n "$1" link set "$2"0 up
}

make_network() {
	make_namespace "$net_a" && make_namespace "$net_b" &&
		make_namespace "$net_f" &&
		plug_in "$net_a" a $addr_a && plug_in "$net_b" b $addr_b
}

start_forwarder() {
	log=$work/live.log
	eal_args 2 "$1"
	ip netns exec "$net_f" "$forwarder" "${eal[@]}" \
		--vdev net_af_packet0,iface=a1 --vdev net_af_packet1,iface=b1 \
		-- --stats-period=60 --total-num-mbufs=2048 >"$log" 2>&1 &
	pid=$!
	at_exit stop_child "$pid"
	wait_until 20 grep -q '^Port statistics\|packet forwarding' "$log" || {
		cat "$log"
		return 1
	}
}

# reachable: the first ping may fall between two stools: veth's carrier, ARP.
reachable() {
	inside "$net_a" ping -q -c 1 -W 1 "$addr_b"
}

# frames NAMESPACE INTERFACE rx|tx: the kernel's count.
frames() {
	inside "$1" cat "/sys/class/net/$2/statistics/$3_packets"
}

ping_both_ways() {
	inside "$net_a" ping -q -c 100 -i 0.01 -W 2 -s 1400 "$addr_b" &&
		inside "$net_b" ping -q -c 100 -i 0.01 -W 2 "$addr_a"
}

# copy_file: from a to b over TCP, through Python's socket module.
copy_file() {
	local listener port=5001
	ip netns exec "$net_b" timeout 60 /usr/bin/python3 -c '
import socket, sys
with socket.create_server((sys.argv[1], int(sys.argv[2]))) as server:
    with server.accept()[0] as connection, open(sys.argv[3], "wb") as file:
        while data := connection.recv(65536):
            file.write(data)' "$addr_b" "$port" "$work/copy" &
	listener=$!
	at_exit stop_child "$listener"
	inside "$net_a" timeout 60 /usr/bin/python3 -c '
import socket, sys, time
for _ in range(50):
    try:
        connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
        break
    except ConnectionRefusedError:
        time.sleep(0.1)
with connection, open(sys.argv[3], "rb") as file:
    connection.sendfile(file)' "$addr_b" "$port" "$1"
	wait "$listener"
	cmp "$1" "$work/copy"
}

# interrupted: SIGINT to the forwarder; its status must be 0.
interrupted() {
	local status=0
	kill -INT "$pid"
	wait_until 20 is_gone_or_zombie "$pid" || {
		stop_child "$pid"
		echo "still runs"
		return 1
	}
	wait "$pid" || status=$?
	same 0 "$status" || {
		cat "$log"
		return 1
	}
}

# both rx|tx: frames of both hosts.
both() {
	echo $(($(frames "$net_a" a0 "$1") + $(frames "$net_b" b0 "$1")))
}

# all_counted: each frame that the hosts sent was received by the forwarder.
all_counted() {
	same "$(($(both tx) - sent_before))" "$(forwarded RX-packets)"
}

# some_counted: none was received that was not sent. The kernel drops frames
# when TCP sends faster than the forwarder reads them off its ring.
some_counted() {
	local sent received
	sent=$(($(both tx) - sent_before))
	received=$(forwarded RX-packets)
	same yes "$( ((received > 0 && received <= sent)) && echo yes)"
}

# all_delivered: each frame that the forwarder sent was received by a host.
all_delivered() {
	same "$(($(both rx) - received_before))" "$(forwarded TX-packets)" &&
		same 0 "$(forwarded TX-dropped)"
}

begin() {
	sent_before=$(both tx)
	received_before=$(both rx)
	check "$2: the forwarder starts" start_forwarder "$1"
	check "$2: host b answers host a" wait_until 10 reachable
}

# end WHAT COUNTED
end() {
	sleep 0.5
	check "$1: SIGINT ends it with status 0" interrupted
	check "$1: received is what hosts sent" "$2"
	check "$1: hosts received what was sent" all_delivered
	check "$1: the pool's numbers fit" counts_agree
	check "$1: every mbuf is back" mbufs_back
}

pings() {
	begin none pings
	check "pings: all answered, large and small, both ways" ping_both_ways
	end pings all_counted
}

copies() {
	local file=$work/file memory=none
	if hugepages_there; then
		memory=files
	fi
	begin $memory TCP
	head -c 4000000 /dev/urandom >"$file"
	check "TCP: a file arrives whole" copy_file "$file"
	end TCP some_counted
}

if ! make_network >"$work/network.log" 2>&1; then
	skip "a network of namespaces" \
		"cannot be made here: $(tail -n 1 "$work/network.log")"
	finish
fi
pings
copies
finish
