#!/usr/bin/python3
"""Scores the names of flows at their original ports against the labels of the corpus.

usage: score_flows.py GHOSTPORT [FOLDER [LABEL...]]

FOLDER holds captures/ and flows.tsv, as the corpus packs them; without it the corpus is unpacked. With labels: each
of their flows that is not named, and how. Counted are flows with payload of agreement A (two tools agree). Fails below
88 % right or above 1 % wrong.
"""
import collections
import contextlib
import csv
import json
import os
import pathlib
import re
import subprocess
import sys

import corpus

LEAST_RIGHT = 88.0
MOST_WRONG = 1.0

# A label of the corpus that is not the service's name in lower case: the names that fit what it means.
SERVICES = {
    "AFP": "afp", "AVASTSecureDNS": "dns dnscrypt", "BFCP": "bfcp", "BeckhoffADS": "ads", "BitTorrent": "bittorrent",
    "CHECKMK": "checkmk", "CiscoSkinny": "sccp", "Corba": "giop", "DNS": "dns mdns llmnr", "DNSCrypt": "dnscrypt dns",
    "DTLS": "dtls stun rtp rtcp", "Dropbox": "dropbox-lan-sync", "ESNI": "tls", "EthernetIP": "enip", "FTP_DATA": "",
    "H323": "h225 h245 ras", "IEEE-C37118": "c37118", "JRMI": "java-rmi", "KNXnet_IP": "knxnet-ip",
    "MPEG_TS": "mpeg-ts", "NetBIOS": "netbios-ns netbios-dgm netbios-ssn smb", "NFS": "nfs rpc", "OPC-UA": "opcua",
    "RDP": "rdp tls", "RFB": "vnc", "RPC": "rpc nfs", "RSH": "rsh rlogin", "RTCP": "rtcp rtp stun dtls",
    "RTP": "rtp rtcp stun dtls", "S7comm": "s7comm cotp", "S7commPlus": "s7comm-plus s7comm cotp",
    "SMB": "smb netbios-ssn netbios-dgm", "SOCKS": "socks4 socks5", "STUN": "stun rtp rtcp dtls",
    "SourceEngine": "source-engine", "Usenet": "nntp", "WSD": "ws-discovery", "MMS": "mms cotp", "COTP": "cotp mms s7comm rdp",
    "HTTP": "http http-proxy winrm", "Oracle": "oracle", "TPKT": "cotp", "IEC62056": "iec62056", "Nats": "nats",
}
# Tunnels, whose inner flows are named, and what is no protocol of its own.
LEFT_OUT = {"FTP_DATA", "VXLAN", "GENEVE", "Teredo", "gre", "ERSPAN", ""}

QUICK = re.compile(r"IP6? (\S+)\.(\d+) > (\S+)\.(\d+): (?:tcp|UDP, length|udp) (\d+)")


def accepted(label):
    return set(SERVICES.get(label, label.lower().replace("_", "-")).split())


def ends(transport, src, sport, dst, dport):
    return transport.lower(), frozenset(((src, str(sport)), (dst, str(dport))))


def names_of(ghostport, folder):
    """(corpus/capture, ends) -> the names that its flow records give."""
    command = [ghostport, "replay", "--watch", "all", "--flows", "--quiet", "--eve", "-", "captures"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr[-2000:])
    names = collections.defaultdict(set)
    for line in done.stdout.splitlines():
        record = json.loads(line)
        if record["event_type"] != "flow":
            continue
        flow = ends(record["proto"], record["src_ip"], record.get("src_port"), record["dest_ip"], record.get("dest_port"))
        said = names[record["pcap_filename"].removeprefix("captures/"), flow]
        if record["app_proto"] != "failed":
            said.add(record["app_proto"])
    return names


def flows_without_payload(path, flows):
    """Those of `flows` that tcpdump shows with empty packets alone."""
    done = subprocess.run(["tcpdump", "-nqr", str(path)], capture_output=True, text=True, errors="replace", check=False)
    payload = collections.Counter()
    for line in done.stdout.splitlines():
        if found := QUICK.search(line):
            src, sport, dst, dport, size = found.groups()
            pair = frozenset(((src, sport), (dst, dport)))
            payload[pair] += int(size)
    return {flow for flow in flows if payload.get(flow[1], 1) == 0}


def main():
    ghostport, folder, labels = sys.argv[1], sys.argv[2:3], set(sys.argv[3:])
    with contextlib.nullcontext(pathlib.Path(folder[0])) if folder else \
            corpus.unpacked("development.tar.zst", "captures", "flows.tsv") as folder:
        names = names_of(os.path.abspath(ghostport), folder)
        with open(folder / "flows.tsv", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file, delimiter="\t") if row["label"] not in LEFT_OUT]
        if labels:
            rows = [row for row in rows if row["label"] in labels]
        by_capture = collections.defaultdict(set)
        for row in rows:
            row["flow"] = ends(row["transport"], row["src"], row["sport"], row["dst"], row["dport"])
            row["file"] = f"{row['corpus']}/{row['capture']}"
            by_capture[row["file"]].add(row["flow"])
        empty = {(name, flow) for name, flows in by_capture.items()
                 for flow in flows_without_payload(folder / "captures" / name, flows)}
    score = collections.defaultdict(collections.Counter)
    for row in rows:
        key = row["file"], row["flow"]
        if key in empty or key not in names:
            continue
        said = names[key]
        result = "none" if not said else "right" if said <= accepted(row["label"]) else "wrong"
        score[row["label"], row["agreement"] or "-"][result] += 1
        if result == "wrong" and (labels or row["agreement"] == "A") or result == "none" and labels:
            print(f"{result}: {row['label']} ({row['agreement']}) {' '.join(sorted(said))} {row['file']} {row['transport']} "
                  f"{row['src']}.{row['sport']} {row['dst']}.{row['dport']}")
    total = collections.Counter()
    for (label, agreement), counts in sorted(score.items()):
        print(f"{label:16} {agreement} right {counts['right']:4} wrong {counts['wrong']:3} none {counts['none']:4}")
        if agreement == "A":
            total += counts
    flows = sum(total.values())
    right, wrong = (100 * total[result] / max(1, flows) for result in ("right", "wrong"))
    print(f"agreement A: {flows} flows with payload, right {right:.1f} % wrong {wrong:.1f} %")
    return 0 if flows and (labels or right >= LEAST_RIGHT and wrong <= MOST_WRONG) else 1


sys.exit(main())
