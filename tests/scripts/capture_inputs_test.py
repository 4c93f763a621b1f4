#!/usr/bin/python3
"""One capture as pcap in all variants, as pcapng, compressed, through a pipe and through standard input: the same records."""
import gzip
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

GHOSTPORT = os.environ["GHOSTPORT"]
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
CAPTURES = [*sorted(SOURCE.glob("pcaps/recorded/*/*.pcap"))[::24], *sorted(SOURCE.glob("pcaps/rows/*/*.pcap"))[::9]]


def replay(*arguments, **more):
    done = subprocess.run([GHOSTPORT, "replay", "--watch", "all", "--flows", "--eve", "-", *map(str, arguments)],
                          capture_output=True, timeout=30, check=False, **more)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def packets(data):
    """(nanoseconds, bytes, length on the wire) of a little-endian classic pcap file"""
    unit = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[struct.unpack_from("<I", data)[0]]
    at = 24
    while at < len(data):
        seconds, fraction, captured, length = struct.unpack_from("<IIII", data, at)
        yield seconds * 10**9 + fraction * unit, data[at + 16:at + 16 + captured], length
        at += 16 + captured


def classic(data, magic, order):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, 1)
    for time, frame, length in packets(data):
        fraction = time % 10**9 // (1 if magic == 0xA1B23C4D else 1000)
        out += struct.pack(order + "IIII", time // 10**9, fraction, len(frame), length)
        out += (struct.pack(order + "IHBB", 2, 0x0800, 0, 0) if magic == 0xA1B2CD34 else b"") + frame
    return out


def pcapng(data, order, sections):
    """every packet on another interface, each with a clock of its own"""
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)

    def option(code, value):
        return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)

    begin = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + option(1, b"a comment") + option(0, b""))
    for clock in (option(9, b"\x09"), option(9, b"\x09") + option(14, struct.pack(order + "q", 1_000_000_000))):
        begin += block(1, struct.pack(order + "HHI", 1, 0, 0) + option(2, b"eth0") + clock + option(0, b""))
    out = begin
    for number, (time, frame, length) in enumerate(packets(data)):
        if sections and number % 5 == 4:
            order = ">" if order == "<" else "<"
            out += pcapng(b"\xd4\xc3\xb2\xa1" + bytes(20), order, False)
        which = number % 2
        time -= which * 10**18
        head = struct.pack(order + ("HHIIII" if number % 3 == 2 else "IIIII"),
                           *((which, 0) if number % 3 == 2 else (which,)), time >> 32, time & 0xFFFFFFFF, len(frame), length)
        out += block(4, bytes(8)) + block(2 if number % 3 == 2 else 6, head + frame)
    return out


def variants(data):
    files = {
        "micro": data,
        "micro, big-endian": classic(data, 0xA1B2C3D4, ">"),
        "nano": classic(data, 0xA1B23C4D, "<"),
        "nano, big-endian": classic(data, 0xA1B23C4D, ">"),
        "modified": classic(data, 0xA1B2CD34, "<"),
        "pcapng": pcapng(data, "<", False),
        "pcapng, big-endian": pcapng(data, ">", False),
        "pcapng, many sections": pcapng(data, "<", True),
    }
    half = len(data) // 2
    files["gzip"] = gzip.compress(data)
    files["gzip, two members"] = gzip.compress(data[:half]) + gzip.compress(data[half:])
    files["gzip of pcapng"] = gzip.compress(files["pcapng"])
    if shutil.which("zstd"):
        def zstd(content):
            return subprocess.run(["zstd", "-q", "-c"], input=content, stdout=subprocess.PIPE, check=True).stdout
        files["zstd"] = zstd(data)
        files["zstd, two frames and one to skip"] = zstd(data[:half]) + struct.pack("<II", 0x184D2A51, 5) + b"skip!" + zstd(data[half:])
        files["zstd of pcapng"] = zstd(files["pcapng, many sections"])
    return files


class CaptureInputs(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.assertGreater(len(CAPTURES), 10)

    def anonymous(self, said, name):
        """the records of one capture, whatever it is called"""
        field = b'"pcap_filename":' + json.dumps(str(name)).encode()
        return [line.replace(field, b'"pcap_filename":"x"') for line in said.splitlines() if field in line]

    def test_every_format_says_the_same(self):
        for capture in CAPTURES:
            expected = self.anonymous(replay(capture), capture)
            self.assertNotEqual(expected, [])
            paths = []
            for what, content in variants(capture.read_bytes()).items():
                paths.append(self.folder / what.replace(" ", "_"))
                paths[-1].write_bytes(content)
            for workers in (1, 4):
                said = replay("--workers", workers, *paths)
                for path in paths:
                    self.assertEqual(self.anonymous(said, path), expected, f"{capture} as {path.name}, {workers} workers")

    def test_standard_input_and_pipes_say_the_same(self):
        capture = CAPTURES[0]
        data = capture.read_bytes()
        expected = self.anonymous(replay(capture), capture)
        for what, content in variants(data).items():
            for workers in (1, 4):
                said = replay("--workers", workers, "-", input=content)
                self.assertEqual(self.anonymous(said, "-"), expected, f"{what}, {workers} workers")
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=(gzip.compress(data),))
        writer.start()
        self.assertEqual(self.anonymous(replay(pipe), pipe), expected)
        writer.join()
        with open(capture, "rb") as file:
            self.assertEqual(self.anonymous(replay("-", stdin=file), "-"), expected, "a file as standard input")

    def test_a_capture_that_comes_slowly_is_read_to_its_end(self):
        data = CAPTURES[0].read_bytes()
        with subprocess.Popen([GHOSTPORT, "replay", "--watch", "all", "--flows", "--eve", "-", "-"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            for at in range(0, len(data), 97):
                process.stdin.write(data[at:at + 97])
                process.stdin.flush()
            process.stdin.close()
            said = process.stdout.read()
        self.assertEqual(said, replay("-", input=data))


if __name__ == "__main__":
    if not shutil.which("zstd"):
        print("no zstd program: its variants are left out", file=sys.stderr)
    unittest.main()
