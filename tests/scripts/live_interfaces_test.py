#!/usr/bin/python3
"""Live on a virtual cable, through libpcap and DPDK's af_packet and af_xdp: every case whose verdict rests on no time gives
what its replay gives. Of the cases every 40th, or every GHOSTPORT_EVERY-th."""
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time
import unittest

GHOSTPORT = os.environ["GHOSTPORT"]
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests" / "scripts"))
import live  # noqa: E402  pylint: disable=wrong-import-position

EVERY = int(os.environ.get("GHOSTPORT_EVERY", "40"))
# Fragments that contradict each other or come in a doubtful order: on af_packet the kernel decides what they say, before
# the sensor sees them (docs/sensor.md).
DECIDED_BY_THE_KERNEL = {
    "fragments-decoy-dies-on-the-way-by-client", "fragments-open-datagram-by-client", "fragments-overlap-forward-by-client",
    "fragments-same-place-decoy-first-by-client", "fragments-stale-datagram-by-client"}
VERSION = subprocess.run([GHOSTPORT, "--version"], capture_output=True, check=True).stdout


def replay(case, folder, capture):
    return live.outcomes(subprocess.run(
        [GHOSTPORT, "replay", "--quiet", "-c", case.replay_configuration(folder), "--eve", "-", capture],
        capture_output=True, timeout=60, check=True).stdout)


def hurried(case, folder, step):
    """the capture as a wire shows it that is played as fast as it goes: packets some microseconds apart, or in one burst,
    which has one time"""
    path = pathlib.Path(folder) / "hurried.pcap"
    with open(path, "wb") as file:
        file.write(case.head)
        for number, (_, data, length) in enumerate(case.packets()):
            file.write(struct.pack("<IIII", 1_790_000_000, step * number, len(data), length) + data)
    return path


class Interfaces(unittest.TestCase):
    """one capture section each"""

    def compare(self, capture, mtu=9000, workers=(1, 2), steps=(20, 0), left_out=frozenset()):
        cases = [case for case in live.cases(SOURCE / "pcaps") if case.is_ethernet() and case.is_whole()][::EVERY]
        cases = [case for case in cases if pathlib.Path(case.name).name not in left_out]
        wire = live.Wire("cable", mtu)
        self.addCleanup(wire.close)
        compared = 0
        with tempfile.TemporaryDirectory() as folder:
            for index, case in enumerate(cases):
                packets = [data for _, data, _ in case.packets()]
                if max(map(len, packets), default=0) > mtu or min(map(len, packets), default=0) < 14:
                    continue  # a cable does not carry these
                expected = replay(case, folder, case.capture)
                if any(expected != replay(case, folder, hurried(case, folder, step)) for step in steps):
                    continue  # a rule about time
                count = workers[index % len(workers)]
                sensor = live.Sensor(wire, live.configuration(case, folder, {**capture, "workers": count}))
                for data in packets:
                    wire.socket.send(data)
                time.sleep(0.03)
                with self.subTest(case=case.name, workers=count):
                    said = live.outcomes(sensor.stop())
                    self.assertEqual(said, expected, f"{len(packets)} packets sent\n{sensor.talk.decode()}")
                    self.assertEqual(b"puts IPv4 fragments together" in sensor.talk, "net_af_packet" in str(capture))
                compared += 1
        self.assertGreater(compared, 700 // EVERY)

    def test_libpcap(self):
        self.compare({"driver": "pcap", "ports": [{"interface": live.Wire.there}]},
                     steps=(20,))  # the kernel stamps each packet

    @unittest.skipIf(b"DPDK: not built in" in VERSION, "this build has no DPDK")
    def test_af_packet(self):
        self.compare({"driver": "dpdk", "ports": [{"vdev": f"net_af_packet0,iface={live.Wire.there},framesz=10240,blocksz=40960,framecnt=512"}]},
                     left_out=DECIDED_BY_THE_KERNEL)

    @unittest.skipIf(b"DPDK: not built in" in VERSION, "this build has no DPDK")
    def test_af_xdp(self):
        self.compare({"driver": "dpdk", "ports": [{"vdev": f"net_af_xdp0,iface={live.Wire.there}"}]}, mtu=3498)


if __name__ == "__main__":
    live.need_namespaces()
    unittest.main()
