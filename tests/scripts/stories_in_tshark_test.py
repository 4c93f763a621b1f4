#!/usr/bin/python3
"""What make_cases says, tshark understands: no story and no row is malformed, and each story shows what it tells of."""
import collections
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
TSHARK = shutil.which("tshark")

# What tshark calls a service. H.225 signalling it finds by itself, on any port; RPP and Framehawk it does not know.
DISSECTORS = {"dns": "dns", "h245": "h245", "http": "http", "mysql": "mysql", "ras": "h225", "rtcp": "rtcp", "rtp": "rtp",
              "rtsp": "rtsp", "sip": "sip", "smtp": "smtp", "ssh": "ssh", "tls": "tls"}

# What the packets of a story must show, by the beginning of its name.
SHOWS = {
    "h323-busy": {"h225", "rtp", "rtcp"},
    "h323-callee": {"h225", "h245", "rtp"},
    "h323-control": {"h245"},
    "h323-fast": {"h225", "rtp", "rtcp"},
    "h323-gatekeeper": {"h225"},
    "h323-media-without": {"rtp", "rtcp"},
    "h323-registration": {"h225", "rtp", "rtcp"},
    "h323-signalling": {"h225"},
    "h323": {"h225", "h245", "rtp", "rtcp"},
    "rtsp-on": {"rtsp", "sdp"},
    "rtsp": {"rtsp", "sdp", "rtp", "rtcp"},
    "sip-on": {"sip", "sdp"},
    "sip-refused": {"sip", "sdp", "rtp", "rtcp"},
    "sip": {"sip", "sdp", "rtp", "rtcp"},
    "framehawk": {"udp"},
    "rpp": {"udp"},
}

# Captures in which tshark reads something as malformed, and why that is right.
MALFORMED = {
    "framehawk-forty-sessions": "random bytes, which tshark takes for HICP by the port",
    "row-09-beacon-from-port-53": "random bytes, which tshark takes for DNS by the port",
    "row-09-from-ghost-port-to-53": "bytes of no protocol, which tshark takes for DNS by the port",
    "stream-ssh-banner-byte-by-byte": "tshark's SSH does not put a banner together from segments of one byte",
}

Seen = collections.namedtuple("Seen", "protocols malformed")


def services_on_ports(case):
    """The dissector for each watched port, from the findings that must come out."""
    found = {}
    for finding in re.findall(r"(?m)^  - \{(.*)\}$", case.read_text(encoding="utf-8")):
        service, port = re.search(r"service: ([a-z0-9-]+)", finding), re.search(r"dest_port: (\d+)", finding)
        if service and port and service[1] in DISSECTORS:
            transport = "udp" if "proto: UDP" in finding or service[1] in ("dns", "rtp", "rtcp") else "tcp"
            found.setdefault(f"{transport}.port=={port[1]}", DISSECTORS[service[1]])
    return found


def dissect(capture):
    command = [TSHARK, "-n", "-r", str(capture), "-T", "fields", "-e", "frame.number", "-e", "frame.protocols",
               "-e", "_ws.malformed"]
    for port, dissector in services_on_ports(capture.parent / "case.yaml").items():
        command += ["-d", f"{port},{dissector}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{capture}: {done.stderr}"
    protocols, malformed = set(), []
    for line in done.stdout.splitlines():
        number, stack, fault = (line.split("\t") + ["", ""])[:3]
        protocols.update(stack.split(":"))
        if fault:
            malformed.append(int(number))
    return Seen(protocols, malformed)


class Captures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        captures = [*SOURCE.glob("pcaps/stories/*/*.pcap"), *SOURCE.glob("pcaps/rows/*/*.pcap")]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            cls.seen = dict(zip((path.stem for path in captures), pool.map(dissect, captures)))

    def test_none_is_malformed_but_on_purpose(self):
        malformed = {name: seen.malformed for name, seen in self.seen.items() if seen.malformed}
        self.assertEqual(malformed.keys(), MALFORMED.keys(), malformed)

    def test_stories_show_what_they_tell_of(self):
        stories = [path.name for path in SOURCE.glob("pcaps/stories/*")]
        self.assertGreater(len(stories), 40)
        for story in stories:
            told = max((start for start in SHOWS if story.startswith(start)), key=len)
            self.assertLessEqual(SHOWS[told], self.seen[story].protocols, story)


if TSHARK is None:
    print("tshark is missing: apt-get install --no-install-recommends tshark")
    sys.exit(77)
unittest.main()
