#!/usr/bin/python3
"""Makes a large, fair capture for benchmarks from many small ones.

usage: make_mix.py FOLDER REPETITIONS OUT.pcap [--ghost PERCENT] [--seed N]

The packets of all captures below FOLDER are interleaved over four minutes of packet time, again and again. Every repetition has
addresses of its own (checksums follow), because plain repetition flatters a classifier: what was seen is decided. In each
repetition PERCENT of the flows (2 without it) go to a ghost port, another share each time. Everything becomes Ethernet; what is
not IP is left out. The same seed gives the same bytes.
"""
import argparse
import pathlib
import random
import struct
import zlib

GHOST_PORTS = (3237, 3238, 3239, 3248)
LINKS = {1: 14, 12: 0, 14: 0, 101: 0, 228: 0, 229: 0, 113: 16, 0: 4, 108: 4}  # bytes before the IP header, by link type


def pcap(data):
    """(seconds, link type, bytes) of each packet of a pcap file; nothing of other files"""
    orders = {b"\xd4\xc3\xb2\xa1": ("<", 1e6), b"\x4d\x3c\xb2\xa1": ("<", 1e9), b"\xa1\xb2\xc3\xd4": (">", 1e6),
              b"\xa1\xb2\x3c\x4d": (">", 1e9)}
    if data[:4] not in orders or len(data) < 24:
        return
    order, scale = orders[data[:4]]
    link, at = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF, 24
    while at + 16 <= len(data):
        seconds, part, captured, _ = struct.unpack_from(order + "IIII", data, at)
        if captured > 0x40000:
            return
        yield seconds + part / scale, link, data[at + 16:at + 16 + captured]
        at += 16 + captured


def pcapng(data):
    """the same for pcapng with times in microseconds"""
    at, order, links = 0, "<", []
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order, links = ("<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"), []
        kind, length = struct.unpack_from(order + "II", data, at)
        if length < 12:
            return
        if kind == 1:
            links.append(struct.unpack_from(order + "H", data, at + 8)[0])
        elif kind == 6 and at + 28 <= len(data):
            which, high, low, captured, _ = struct.unpack_from(order + "IIIII", data, at + 8)
            yield (high << 32 | low) / 1e6, links[which] if which < len(links) else 1, data[at + 28:at + 28 + captured]
        at += length


def ip_of(link, data):
    """the IP packet in a frame, without what follows it; or None"""
    at = LINKS.get(link)
    if link == 1:
        while data[at - 2:at] in (b"\x81\x00", b"\x88\xa8"):
            at += 4
        if data[at - 2:at] not in (b"\x08\x00", b"\x86\xdd"):
            return None
    if at is None or len(data) <= at:
        return None
    ip = data[at:]
    if ip[0] >> 4 == 4 and len(ip) >= 20:
        total = ip[2] << 8 | ip[3]
        return ip[:total] if total >= 20 else ip
    return ip if ip[0] >> 4 == 6 and len(ip) >= 40 else None


class Packet:  # pylint: disable=too-few-public-methods
    """A packet, and what of it changes from one repetition to the next."""

    def __init__(self, when, ip, server, capture):
        self.when = when
        old = ip[0] >> 4 == 4
        protocol, l4 = (ip[9], 14 + (ip[0] & 15) * 4) if old else (ip[6], 14 + 40)
        if old and (ip[6] << 8 | ip[7]) & 0x1FFF:
            protocol = 0
        self.frame = bytearray(b"\x02\0\0\0\0\1\x02\0\0\0\0\2" + (b"\x08\0" if old else b"\x86\xdd") + ip)
        self.words = (14 + 14, 14 + 18) if old else (14 + 22, 14 + 38)  # of the addresses, that are twisted
        self.sums = [14 + 10] if old else []
        self.port = None
        at = l4 + (16 if protocol == 6 else 6)
        whole = protocol in (6, 17) and at + 2 <= len(self.frame)
        if whole and (protocol == 6 or self.word(at)):
            self.sums.append(at)
        if whole:
            ends = sorted(((bytes(ip[12:16] if old else ip[8:24]), self.word(l4)),
                           (bytes(ip[16:20] if old else ip[24:40]), self.word(l4 + 2))))
            flow = (capture, protocol, *ends)
            # Who is asked first is the server, unless ports say otherwise.
            here, there = self.word(l4), self.word(l4 + 2)
            asked = server.setdefault(flow, here if here < 1024 <= there else there)
            self.port = l4 if here == asked and there != asked else l4 + 2
            self.flow = zlib.crc32(repr(flow).encode())
            self.port_sum = at if at in self.sums else None

    def word(self, at):
        return self.frame[at] << 8 | self.frame[at + 1]

    def change(self, at, new, sums):
        """writes a 16-bit word, and has checksums follow (RFC 1624)"""
        frame, old = self.frame, self.word(at)
        for one in sums:
            total = (~self.word(one) & 0xFFFF) + (~old & 0xFFFF) + new
            total = (total & 0xFFFF) + (total >> 16)
            struct.pack_into(">H", frame, one, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
        struct.pack_into(">H", frame, at, new)


def read(folder):
    packets = []
    for path in sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file()):
        data, server = path.read_bytes(), {}
        start, before, spent = random.random() * 240, None, 0.0
        for when, link, frame in (pcapng if data[:4] == b"\x0a\x0d\x0d\x0a" else pcap)(data):
            ip = ip_of(link, frame)
            if ip is None:
                continue
            spent += 0 if before is None else min(max(when - before, 0), 0.5)
            before = when
            packets.append(Packet(start + min(spent, 600), ip, server, path))
    packets.sort(key=lambda packet: packet.when)
    return packets


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("repetitions", type=int)
    parser.add_argument("out")
    parser.add_argument("--ghost", type=float, default=2, metavar="PERCENT")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    random.seed(given.seed)
    packets, moved, flows = read(given.folder), set(), set()
    share = int(given.ghost * 100)
    with open(given.out, "wb", 1 << 20) as out:
        out.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for repetition in range(given.repetitions):
            # What one repetition has twisted, the next one untwists with the same step.
            twist = (repetition * 257 ^ (repetition - 1) * 257) & 0xFFFF if repetition else 0
            for packet in packets:
                if twist:
                    for at in packet.words:
                        packet.change(at, packet.word(at) ^ twist, packet.sums)
                kept = None
                if packet.port is not None:
                    chance = zlib.crc32(struct.pack("<II", packet.flow, repetition))
                    flows.add((packet.flow, repetition))
                    if chance % 10000 < share:
                        moved.add((packet.flow, repetition))
                        kept = packet.word(packet.port)
                        sums = [packet.port_sum] if packet.port_sum else []
                        packet.change(packet.port, GHOST_PORTS[chance >> 16 & 3], sums)
                stamp = 1_700_000_000 + packet.when + repetition * 900
                length = len(packet.frame)
                out.write(struct.pack("<IIII", int(stamp), int(stamp % 1 * 1e6), length, length) + packet.frame)
                if kept is not None:
                    packet.change(packet.port, kept, sums)
    print(f"{len(packets) * given.repetitions} packets, {len(flows)} flows, {len(moved)} of them on ghost ports")


if __name__ == "__main__":
    main()
