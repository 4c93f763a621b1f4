#!/usr/bin/python3
"""limits.memory: a flood of clients each of which begins something and says nothing more, and the memory that it takes."""
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

GHOSTPORT = os.environ["GHOSTPORT"]


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    return ~(total % 0xFFFF) & 0xFFFF


def flood(path, count):
    """datagrams to 3239 and segments of a connection midway to 3238, each from another client, 100,000 a second"""
    segment = struct.pack(">HIIBBHHH", 3238, 1000, 1, 0x50, 0x18, 8192, 0, 0) + b"\x01\x02\x03abc" * 40
    datagram = struct.pack(">HHH", 3239, 68, 0) + b"\x0f" * 60
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number in range(count):
            protocol, rest = ((17, datagram), (6, segment))[number % 2]
            head = struct.pack(">BBHHHBBHII", 0x45, 0, 22 + len(rest), 0, 0, 64, protocol, 0, 0x0A000000 + number, 0xC0000201)
            frame = b"\x02" * 12 + b"\x08\x00" + head[:10] + struct.pack(">H", checksum(head)) + head[12:]
            frame += struct.pack(">H", 1024 + number % 60_000) + rest
            out.write(struct.pack("<IIII", 1_700_000_000 + number // 100_000, number % 100_000 * 10, len(frame), len(frame)) + frame)


class MemoryLimit(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def replay(self, limit, *arguments):
        """exit status, standard error, most memory in MiB"""
        config = self.folder / "c.yaml"
        config.write_text(f"limits: {{memory: {limit}MiB}}\n", encoding="utf-8")
        with open(self.folder / "said", "w+b") as said:
            process = subprocess.Popen([GHOSTPORT, "replay", "--quiet", "-c", str(config), "--eve", "/dev/null", *arguments],
                                       stdout=subprocess.DEVNULL, stderr=said)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            return process.returncode, said.read().decode(), usage.ru_maxrss / 1024

    def test_a_flood_stays_within_it(self):
        capture = str(self.folder / "flood.pcap")
        flood(capture, 400_000)
        for limit, workers in ((64, 1), (128, 1), (128, 2), (256, 2)):
            with self.subTest(limit=limit, workers=workers):
                status, said, most = self.replay(limit, "--workers", str(workers), capture)
                self.assertEqual(status, 0, said)
                self.assertLess(most, 1.1 * limit)
                self.assertIn(f"limits.memory: {limit} MiB have room for ", said)
                self.assertIn("flows ended early because the flow table was full", said)

    def test_too_little_is_refused_with_its_place_and_what_would_do(self):
        status, said, _ = self.replay(64, "--workers", "16", "/dev/null")
        self.assertEqual(status, 2, said)
        self.assertRegex(said, r"/c\.yaml:1:18: limits\.memory: 64 MiB are too little for 16 workers, expected \d+ MiB or more\n")
        config = self.folder / "c.yaml"
        config.write_text("limits: {memory: 64MiB}\ncapture: {driver: pcap, workers: 16, ports: [{interface: lo}]}\n", encoding="utf-8")
        checked = subprocess.run([GHOSTPORT, "check", "-c", str(config)], capture_output=True, check=False)
        self.assertEqual(checked.returncode, 2)
        self.assertIn(b"64 MiB are too little for 16 workers", checked.stderr)


if __name__ == "__main__":
    unittest.main()
