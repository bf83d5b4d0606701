#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
"""Compare the packets of two captures byte for byte; say so in one line.

Time stamps and the file format are ignored: a forwarder writes its own. What
counts is that the same packets come out, whole, none missing, none twice, and
in the same order (or in any, where several queues or lcores share the work).
With --mode the first file is changed as testpmd's forward modes of that name
change packets before it is compared.

Exit status: 0 the same, 1 they differ, 2 a file cannot be read.
"""

import argparse
import collections
import sys

from scapy.error import Scapy_Exception
from scapy.utils import RawPcapReader


def mac(text):
    """Six octets from 02:00:00:00:00:01."""
    octets = bytes.fromhex(text.replace(":", ""))
    if len(octets) != 6:
        raise argparse.ArgumentTypeError("not a MAC address: " + text)
    return octets


def packets(path):
    """The packets of a capture as bytes; a cut-off file is an error."""
    try:
        reader = RawPcapReader(path)
        read = list(reader)
        reader.close()
    except (OSError, EOFError, Scapy_Exception) as error:
        raise SystemExit(unreadable(path, error))
    if any(len(octets) != meta.caplen for octets, meta in read):
        raise SystemExit(unreadable(path, "it ends within a packet"))
    return [octets for octets, _ in read]


def unreadable(path, why):
    print("cannot read %s: %s" % (path, why), file=sys.stderr)
    return 2


def forwarded(packet, args):
    """What the forward mode makes of one packet."""
    if args.mode == "macswap":
        return packet[6:12] + packet[:6] + packet[12:]
    if args.mode == "mac":
        return args.dst + args.src + packet[12:]
    return packet


def first_difference(want, got):
    """A sentence about where the two lists part, or None."""
    for i, (a, b) in enumerate(zip(want, got), 1):
        if a == b:
            continue
        if len(a) != len(b):
            return "packet %d has %d bytes instead of %d" % (i, len(b), len(a))
        at = next(k for k in range(len(a)) if a[k] != b[k])
        return "packet %d differs from byte %d on" % (i, at)
    if len(want) != len(got):
        return "%d packets instead of %d" % (len(got), len(want))
    return None


def any_order_difference(want, got):
    missing = collections.Counter(want) - collections.Counter(got)
    extra = collections.Counter(got) - collections.Counter(want)
    if not missing and not extra:
        return None
    return "%d packets missing, %d that were not sent" % (
        sum(missing.values()), sum(extra.values()))


def main():
    parser = argparse.ArgumentParser(
        description="Compare the packets of two captures byte for byte.")
    parser.add_argument("sent", help="what went in")
    parser.add_argument("received", help="what came out")
    parser.add_argument("--mode", choices=("io", "mac", "macswap"),
                        default="io", help="how packets were forwarded")
    parser.add_argument("--src", type=mac, default=mac("02:70:63:61:70:00"),
                        help="source address that mode mac sets")
    parser.add_argument("--dst", type=mac, default=mac("02:00:00:00:00:00"),
                        help="destination address that mode mac sets")
    parser.add_argument("--any-order", action="store_true",
                        help="the order of packets does not matter")
    args = parser.parse_args()
    want = [forwarded(packet, args) for packet in packets(args.sent)]
    got = packets(args.received)
    compare = any_order_difference if args.any_order else first_difference
    difference = compare(want, got)
    if difference:
        print("different: %s" % difference)
        return 1
    print("identical: %d packets, %d bytes" %
          (len(got), sum(len(packet) for packet in got)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
