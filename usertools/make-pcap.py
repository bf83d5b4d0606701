#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
"""Make the traffic that ships as app/data/traffic.pcap.

A few hundred Ethernet frames of mixed protocols (ARP, IPv4 and IPv6 with TCP,
UDP and ICMP, VLAN tags, DNS, fragments, multicast) and mixed sizes (42 to 1518
bytes), as a forwarder meets them. Hosts, networks and MAC addresses are the
ones reserved for documentation; time stamps are fixed; so every run with the
same arguments writes the same bytes, on any machine. A test compares the
shipped file with what this script makes.

Frames are listed group by group below; deal() then interleaves the groups,
each group keeping its own order, so that a TCP connection still begins with
its handshake.
"""

import argparse
import random

from scapy.config import conf

conf.ipv6_enabled = True
from scapy.layers.dns import DNS, DNSQR, DNSRR  # noqa: E402
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment  # noqa: E402
from scapy.layers.inet6 import (  # noqa: E402
    ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS,
    ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6, IPv6ExtHdrFragment,
    fragment6)
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether  # noqa: E402
from scapy.packet import Raw  # noqa: E402
from scapy.utils import RawPcapWriter  # noqa: E402

# RFC 7042 (MAC), 5737 (IPv4), 3849 (IPv6), 6676 (IPv4 multicast)
MAC_A, MAC_B = "00:00:5e:00:53:0a", "00:00:5e:00:53:0b"
IP_A, IP_B, IP_DNS = "192.0.2.10", "198.51.100.20", "203.0.113.53"
IP6_A, IP6_B = "2001:db8:a::10", "2001:db8:b::20"
START = 1577836800  # 2020-01-01 00:00:00 UTC
ETHER_MIN, ETHER_MAX = 60, 1514
# where buffers, cache lines and Ethernet have their edges
EDGES = (60, 61, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 767,
         1023, 1024, 1025, 1279, 1280, 1281, 1499, 1500, 1501, 1513, 1514)


def there():
    return Ether(src=MAC_A, dst=MAC_B)


def back():
    return Ether(src=MAC_B, dst=MAC_A)


def data(rng, size):
    return Raw(rng.randbytes(size))


def arp():
    ask = Ether(src=MAC_A, dst="ff:ff:ff:ff:ff:ff") / ARP(
        op="who-has", hwsrc=MAC_A, psrc=IP_A, hwdst="00:00:00:00:00:00",
        pdst=IP_B)
    answer = back() / ARP(op="is-at", hwsrc=MAC_B, psrc=IP_B, hwdst=MAC_A,
                          pdst=IP_A)
    return [ask, answer] * 4


def tcp(rng, port, sizes, to=there, fro=back, src=IP_A, dst=IP_B, ip=IP):
    """One connection: handshake, data both ways, farewell."""
    seq, ack = rng.getrandbits(31), rng.getrandbits(31)
    frames = []

    def send(forward, flags, payload=b""):
        nonlocal seq, ack
        ends = (src, dst) if forward else (dst, src)
        ports = (49152 + port, port) if forward else (port, 49152 + port)
        frame = (to() if forward else fro()) / ip(src=ends[0], dst=ends[1])
        frame /= TCP(sport=ports[0], dport=ports[1], flags=flags,
                     seq=seq if forward else ack,
                     ack=0 if flags == "S" else (ack if forward else seq))
        frames.append(frame / payload if payload else frame)
        used = len(payload) + (1 if "S" in flags or "F" in flags else 0)
        if forward:
            seq += used
        else:
            ack += used

    send(True, "S")
    send(False, "SA")
    send(True, "A")
    for i, size in enumerate(sizes):
        send(i % 3 == 0, "PA", rng.randbytes(size))
        send(i % 3 != 0, "A")
    send(True, "FA")
    send(False, "FA")
    send(True, "A")
    return frames


def udp_edges(rng):
    """IPv4 UDP frames of exactly the sizes in EDGES."""
    head = 14 + 20 + 8
    return [there() / IP(src=IP_A, dst=IP_B, id=i) /
            UDP(sport=5000 + i, dport=9) / data(rng, size - head)
            for i, size in enumerate(EDGES)]


def udp_mixed(rng, count):
    frames = []
    for i in range(count):
        head = (there() / IP(src=IP_A, dst=IP_B, ttl=32 + i % 32, tos=i % 8)
                if i % 3 else there() / IPv6(src=IP6_A, dst=IP6_B, fl=i))
        # mostly small, some large, as on real links
        size = rng.choice((18, 40, 80, 100, 200, 300, 540, 1000, 1432))
        frames.append(head / UDP(sport=6000 + i, dport=7000 + i % 7) /
                      data(rng, rng.randint(0, size)))
    return frames


def ping(rng, count):
    frames = []
    for i in range(count):
        payload = data(rng, rng.choice((0, 8, 56, 56, 56, 512, 1400)))
        frames += [
            there() / IP(src=IP_A, dst=IP_B, id=i) /
            ICMP(type="echo-request", id=7, seq=i) / payload,
            back() / IP(src=IP_B, dst=IP_A, id=i) /
            ICMP(type="echo-reply", id=7, seq=i) / payload]
    return frames


def ping6(rng, count):
    solicit = Ether(src=MAC_A, dst="33:33:ff:00:00:20") / IPv6(
        src=IP6_A, dst="ff02::1:ff00:20", hlim=255) / ICMPv6ND_NS(tgt=IP6_B)
    solicit /= ICMPv6NDOptSrcLLAddr(lladdr=MAC_A)
    advert = back() / IPv6(src=IP6_B, dst=IP6_A, hlim=255)
    advert /= ICMPv6ND_NA(tgt=IP6_B, R=0) / ICMPv6NDOptDstLLAddr(lladdr=MAC_B)
    frames = [solicit, advert]
    for i in range(count):
        payload = rng.randbytes(rng.choice((8, 56, 56, 1232)))
        frames += [
            there() / IPv6(src=IP6_A, dst=IP6_B) /
            ICMPv6EchoRequest(id=9, seq=i, data=payload),
            back() / IPv6(src=IP6_B, dst=IP6_A) /
            ICMPv6EchoReply(id=9, seq=i, data=payload)]
    return frames


def dns(rng, count):
    frames = []
    for i in range(count):
        name = "host%d.example.com" % i
        port, tag = rng.randint(1024, 65535), rng.getrandbits(16)
        frames += [
            there() / IP(src=IP_A, dst=IP_DNS) / UDP(sport=port, dport=53) /
            DNS(id=tag, rd=1, qd=DNSQR(qname=name)),
            back() / IP(src=IP_DNS, dst=IP_A) / UDP(sport=53, dport=port) /
            DNS(id=tag, qr=1, rd=1, ra=1, qd=DNSQR(qname=name),
                an=DNSRR(rrname=name, ttl=300, rdata="192.0.2.%d" % i))]
    return frames


def vlan(rng):
    frames = []
    for i in range(24):
        tag = there() / Dot1Q(vlan=100 + i, prio=i % 8)
        frames.append(tag / IP(src=IP_A, dst=IP_B) / UDP(sport=7, dport=7) /
                      data(rng, rng.choice((18, 64, 400, 1000))))
    for i in range(8):
        tags = there() / Dot1AD(vlan=10) / Dot1Q(vlan=200 + i)
        frames.append(tags / IPv6(src=IP6_A, dst=IP6_B) /
                      UDP(sport=7, dport=7) / data(rng, 100 * i))
    # a full frame with a tag: 4 bytes longer than any without
    full = ETHER_MAX - 14 - 20 - 8
    frames += [there() / Dot1Q(vlan=4094) / IP(src=IP_A, dst=IP_B) /
               UDP(sport=7, dport=7) / data(rng, full)] * 4
    return frames


def fragments(rng):
    frames = []
    for i in range(4):
        whole = IP(src=IP_A, dst=IP_B, id=900 + i) / UDP(sport=5001, dport=5001)
        for part in fragment(whole / data(rng, 2800), fragsize=1480):
            frames.append(there() / part)
    for i in range(4):
        whole = IPv6(src=IP6_A, dst=IP6_B) / IPv6ExtHdrFragment(id=900 + i)
        whole /= UDP(sport=5001, dport=5001) / data(rng, 2400)
        for part in fragment6(whole, 1280):
            frames.append(there() / part)
    return frames


def multicast(rng):
    frames = []
    for i in range(12):
        frames.append(Ether(src=MAC_A, dst="01:00:5e:7c:00:%02x" % i) /
                      IP(src=IP_A, dst="233.252.0.%d" % i, ttl=16) /
                      UDP(sport=5004, dport=5004) / data(rng, 188))
        frames.append(Ether(src=MAC_A, dst="33:33:00:00:00:fb") /
                      IPv6(src="fe80::10", dst="ff02::fb", hlim=255) /
                      UDP(sport=5353, dport=5353) /
                      DNS(id=0, qd=DNSQR(qname="host%d.local" % i)))
    return frames


def groups(rng):
    return [
        arp(), udp_edges(rng), ping(rng, 20), ping6(rng, 16), dns(rng, 24),
        vlan(rng), fragments(rng), multicast(rng),
        tcp(rng, 80, (310, 1460, 1460, 1460, 700, 420, 1460, 1460, 90)),
        tcp(rng, 443, (517, 1460, 1400, 126, 51, 1460, 1460, 300)),
        tcp(rng, 25, (60, 20, 30, 8, 5, 900, 12)),
        tcp(rng, 8080, (200, 1440, 1440, 1440, 80), src=IP6_A, dst=IP6_B,
            ip=IPv6),
        tcp(rng, 22, (40, 80, 48, 36, 36, 52, 100, 44),
            to=lambda: there() / Dot1Q(vlan=42),
            fro=lambda: back() / Dot1Q(vlan=42)),
    ]


def deal(rng, decks):
    """Interleave the groups at random; each keeps its own order."""
    decks = [list(reversed(deck)) for deck in decks]
    frames = []
    while any(decks):
        sizes = [len(deck) for deck in decks]
        frames.append(rng.choices(decks, weights=sizes)[0].pop())
    return frames


def wire(frame, short):
    """The bytes on the wire: short ones are padded, as Ethernet does."""
    octets = bytes(frame)
    return octets if short else octets.ljust(ETHER_MIN, b"\0")


def make(count, seed):
    rng = random.Random(seed)
    decks = groups(rng)
    missing = count - sum(len(deck) for deck in decks)
    decks.append(udp_mixed(rng, max(0, missing)))
    frames = deal(rng, decks)[:count]
    # every 40th as a sender's own capture shows it: not padded yet
    return [wire(frame, i % 40 == 7) for i, frame in enumerate(frames)]


def write(path, octets):
    with open(path, "wb") as file:
        writer = RawPcapWriter(file, linktype=1, endianness="<", sync=False)
        writer.write_header(None)
        for i, packet in enumerate(octets):
            micros = i * 125
            writer.write_packet(packet, sec=START + micros // 1000000,
                                usec=micros % 1000000)


def main():
    parser = argparse.ArgumentParser(
        description="Make a pcap of mixed traffic, the same at every run.")
    parser.add_argument("output", help="file to write")
    parser.add_argument("--count", type=int, default=640,
                        help="packets (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=20260101,
                        help="other seed, other traffic")
    args = parser.parse_args()
    if args.count < 1:
        parser.error("--count must be at least 1")
    octets = make(args.count, args.seed)
    write(args.output, octets)
    sizes = [len(packet) for packet in octets]
    print("%s: %d packets, %d bytes, sizes %d to %d" %
          (args.output, len(sizes), sum(sizes), min(sizes), max(sizes)))


if __name__ == "__main__":
    main()
