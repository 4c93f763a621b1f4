#!/usr/bin/python3
"""No false findings about a client whose own port happens to be a ghost port.

usage: client_port.py GHOSTPORT [FOLDER]

FOLDER holds ghost.pcap and ghost.tsv, as the corpus packs them; without it the corpus is unpacked. Each labelled flow
goes back to its server's original port, and its client's port becomes the ghost port. Seen whole, without the SYN
segments, and one direction at a time. Left out is what has no client: both ends of media and of peer-to-peer protocols send and receive on one port.
Fails where a whole flow (of UDP an answered one) has a finding, where one without its SYN whose server's
port is a system or a usual server port is `unexpected`, or where more than 2 % of the one-sided flows have a finding.
"""
import collections
import contextlib
import csv
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import corpus

MOST_ONE_SIDED = 2.0  # per cent
KNOWN_BELOW = 1024
TUNNELS = {"2152", "4789", "6081", "3544"}  # UDP ports whose datagrams are taken off: what they hold is the traffic
PEERS = {"RTP", "RTCP", "STUN", "BitTorrent"}
ETHERNET, TCP, UDP, SYN = 14, 6, 17, 0x02


def replaced(frame, at, new, checksum_at):
    """The frame with another 16-bit number at a place, and its checksum as RFC 1624 (equation 3) updates it."""
    old = struct.unpack_from("!H", frame, at)[0]
    struct.pack_into("!H", frame, at, new)
    if checksum_at + 2 > len(frame):
        return
    check = struct.unpack_from("!H", frame, checksum_at)[0]
    if check == 0 and frame[23] == UDP:
        return  # none was sent
    total = (~check & 0xFFFF) + (~old & 0xFFFF) + new
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into("!H", frame, checksum_at, ~total & 0xFFFF)


def moved(data, flows):
    """(flow, from the client, SYN, record header, frame) of each labelled packet, its ports as the trial wants them."""
    little = data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
    order = "<" if little else ">"
    at = 24
    while at + 16 <= len(data):
        header = data[at:at + 16]
        captured = struct.unpack_from(order + "I", header, 8)[0]
        frame = bytearray(data[at + 16:at + 16 + captured])
        at += 16 + captured
        if frame[12:14] != b"\x08\x00":
            continue
        transport = ETHERNET + 4 * (frame[14] & 15)
        source, destination = (".".join(map(str, frame[i:i + 4])) for i in (26, 30))
        from_client = (source, destination) in flows
        flow = flows.get((source, destination)) or flows.get((destination, source))
        if flow is None or len(frame) < transport + 8:
            continue
        if struct.unpack_from("!H", frame, 20)[0] & 0x1FFF:  # a later fragment has no ports
            yield flow, from_client, False, header, bytes(frame)
            continue
        client_at, server_at = (transport, transport + 2) if from_client else (transport + 2, transport)
        checksum_at = transport + (16 if frame[23] == TCP else 6)
        replaced(frame, client_at, int(flow["ghost_port"]), checksum_at)
        replaced(frame, server_at, int(flow["original_port"]), checksum_at)
        syn = frame[23] == TCP and frame[transport + 13] & SYN
        yield flow, from_client, syn, header, bytes(frame)


def usual_server_ports():
    source = pathlib.Path(os.environ["GHOSTPORT_SOURCE"], "detection", "roles.cpp").read_text(encoding="utf-8")
    return {int(port) for port in re.findall(r"\d+", re.search(r"kServerPorts = [^;]*;", source)[0].split("{", 1)[1])}


def sure_of_their_client(packets):
    """The ends of flows that begin with the client's SYN, or its datagram."""
    first, sure = set(), set()
    for flow, from_client, syn, _, _ in packets:
        ends = flow["client"], flow["server"]
        if from_client and (syn or flow["transport"] == "udp" and ends not in first):
            sure.add(ends)
        first.add(ends)
    return sure


def findings(ghostport, head, packets):
    """flow id of the corpus -> the verdicts about the client's port."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(head)
        file.writelines(header + frame for _, _, _, header, frame in packets)
        file.flush()
        done = subprocess.run([ghostport, "replay", "--quiet", "--eve", "-", file.name], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-2000:])
    said = collections.defaultdict(set)
    for line in done.stdout.splitlines():
        record = json.loads(line)
        said[frozenset((record["src_ip"], record["dest_ip"]))].add(
            (record["ghostport"]["verdict"], (record["ghostport"]["service"] or {}).get("name", ""), record["ghostport"]["port"]["role_basis"]))
    return said


def main():
    ghostport = os.path.abspath(sys.argv[1])
    with contextlib.nullcontext(pathlib.Path(sys.argv[2])) if len(sys.argv) > 2 else \
            corpus.unpacked("development.tar.zst", "ghost.pcap", "ghost.tsv") as folder:
        with open(folder / "ghost.tsv", encoding="utf-8") as file:
            flows = {(row["client"], row["server"]): row for row in csv.DictReader(file, delimiter="\t")}
        data = (folder / "ghost.pcap").read_bytes()
    # Where both ends have a ghost port, one of them is the server's indeed.
    left_out = TUNNELS | {row["ghost_port"] for row in flows.values()}
    flows = {ends: row for ends, row in flows.items() if row["original_port"] not in left_out and row["label"] not in PEERS}
    packets = list(moved(data, flows))
    sure = sure_of_their_client(packets)
    packets = [one for one in packets if (one[0]["client"], one[0]["server"]) in sure]
    both_ways = {(one[0]["client"], one[0]["server"]) for one in packets if not one[1]}
    usual = usual_server_ports()
    known = {ends for ends, row in flows.items() if int(row["original_port"]) < KNOWN_BELOW or int(row["original_port"]) in usual}
    ways = {
        "whole": [one for one in packets if (one[0]["client"], one[0]["server"]) in both_ways],
        "without SYN": [one for one in packets if one[0]["transport"] == "tcp" and not one[2]],
        "client's direction": [one for one in packets if one[1]],
        "server's direction": [one for one in packets if not one[1]],
    }
    bad = False
    for name, chosen in ways.items():
        seen = {(one[0]["client"], one[0]["server"]) for one in chosen}
        said = {ends: verdicts for ends, verdicts in findings(ghostport, data[:24], chosen).items()}
        by_verdict = collections.Counter(verdict for verdicts in said.values() for verdict, _, _ in verdicts)
        wrong = [ends for ends in known if any(v[0] == "unexpected" for v in said.get(frozenset(ends), ()))]
        share = 100 * len(said) / max(1, len(seen))
        print(f"{name}: {len(seen)} flows, {len(said)} with a finding ({share:.2f} %) {dict(by_verdict)}; "
              f"unexpected where the server's port is known: {len(wrong)}")
        if "direction" in name:
            fails = share > MOST_ONE_SIDED
        else:
            fails = bool(said) if name == "whole" else bool(wrong)
        bad |= fails or not seen
        if fails or "-v" in sys.argv:
            for ends, verdicts in list(said.items())[:400]:
                row = next(row for pair, row in flows.items() if frozenset(pair) == ends)
                print("   ", row["id"], row["label"], row["transport"], row["original_port"], sorted(verdicts))
    return 1 if bad else 0


sys.exit(main())
