#!/usr/bin/python3
"""The program as its users call it: exit statuses, faulty configurations, damaged captures, hostile bytes, clean standard output."""
import fcntl
import gzip
import json
import os
import pathlib
import pty
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import termios
import unittest
import xml.etree.ElementTree

GHOSTPORT = os.environ["GHOSTPORT"]
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
SSH = "pcaps/recorded/ssh-on-3238/ssh-on-3238.pcap"
DNS = "pcaps/recorded/dns-on-3238-udp/dns-on-3238-udp.pcap"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # all but the line break


def run(*arguments, **more):
    return subprocess.run([GHOSTPORT, *map(str, arguments)], cwd=SOURCE, capture_output=True, timeout=30, **more)


def records(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(from_server, sequence, acknowledgment, flags, payload=b""):
    """an Ethernet frame between 10.0.0.5:51514 and 10.0.0.9:3238"""
    ends = [(bytes([10, 0, 0, 5]), 51514), (bytes([10, 0, 0, 9]), 3238)]
    (source, source_port), (target, target_port) = reversed(ends) if from_server else ends

    def tcp(sum_):
        return struct.pack("!HHIIBBHHH", source_port, target_port, sequence, acknowledgment, 0x50, flags, 8192, sum_, 0)

    def ip(sum_):
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 0, 0x4000, 64, 6, sum_, source, target)

    pseudo = source + target + struct.pack("!BBH", 0, 6, 20 + len(payload))
    return (b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip(checksum(ip(0))) + tcp(checksum(pseudo + tcp(0) + payload)) + payload)


def capture(server_says):
    """a connection whose server says these bytes first, as a classic pcap file"""
    end = 2001 + len(server_says)
    frames = [frame(False, 1000, 0, 0x02), frame(True, 2000, 1001, 0x12), frame(False, 1001, 2001, 0x10),
              frame(True, 2001, 1001, 0x18, server_says), frame(False, 1001, end, 0x11), frame(True, end, 1002, 0x11),
              frame(False, 1002, end + 1, 0x10)]
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, one in enumerate(frames):
        data += struct.pack("<IIII", 1795168800, number * 1000, len(one), len(one)) + one
    return data


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def expect(self, status, done):
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        return done

    def test_exit_statuses(self):
        self.expect(0, run("replay", SSH))
        self.expect(0, run("-r", SSH))
        self.expect(0, run("-T"))
        self.expect(0, run("explain", "3238"))
        self.expect(1, run("replay", "--fail-on", "unexpected", SSH))
        self.expect(0, run("replay", "--fail-on", "probe", SSH))
        self.expect(2, run("replay", "-c", self.folder / "none.yaml", SSH))
        self.expect(2, run("replay", "--eve", self.folder / "none" / "eve.json", SSH))
        self.expect(3, run("replay", self.folder / "none.pcap"))
        self.expect(3, run("replay", self.folder))
        self.expect(1, run("replay", "--fail-on", "unexpected", SSH, self.folder / "none.pcap"))

    def test_unknown_options_get_the_nearest_name(self):
        for words, near in ((["replay", "--evve", "x", SSH], "--eve"), (["replya", SSH], "replay"), (["chekc"], "check")):
            done = self.expect(2, run(*words))
            self.assertIn(f"did you mean {near}?".encode(), done.stderr)
            self.assertEqual(done.stdout, b"")

    def test_help_and_version_are_data(self):
        for words in ([], ["replay"], ["test"], ["check"], ["explain"], ["registry"]):
            self.assertIn(b"ghostport", self.expect(0, run(*words, "--help")).stdout)
            self.assertRegex(self.expect(0, run(*words, "--version")).stdout, rb"\AGhostport \d+\.\d+\.\d+\nHyperscan: ")

    def test_the_self_test_finds_a_known_flow_on_each_ghost_port(self):
        lines = self.expect(0, run("self-test")).stdout.decode().splitlines()
        self.assertEqual([line.split()[:2] for line in lines], [["ok", f"{port}/tcp"] for port in (3237, 3238, 3239, 3248)])
        path = self.write("allowed.yaml", "exceptions: [{port: 3238/tcp, service: ssh, why: lab}]\nwatch: [3238]\n")
        self.assertIn(b"ok   3238/tcp  expected ssh", self.expect(0, run("self-test", "-c", path)).stdout)
        path = self.write("elsewhere.yaml", "watch: [80]\n")
        self.assertIn(b"judges no ghost port", self.expect(1, run("self-test", "-c", path)).stderr)

    def test_listeners_of_this_host_are_named_with_their_process(self):
        with socket.socket() as tcp, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
            for port in (3237, 3238, 3239, 3248):  # whichever is free here
                try:
                    tcp.bind(("127.0.0.1", port))
                    udp.bind(("::1", port))
                    break
                except OSError:
                    continue
            tcp.listen()
            port = tcp.getsockname()[1]
            text = self.expect(0, run("listeners")).stdout.decode()
            self.assertRegex(text, rf"127\.0\.0\.1:{port}/tcp  user \S+, process \S+ \({os.getpid()}\): registered to")
            self.assertIn(f"[::1]:{port}/udp", text)
            records = [json.loads(line) for line in self.expect(0, run("listeners", "--json")).stdout.splitlines()]
            self.assertIn((port, "TCP", [os.getpid()]), [(one["port"], one["proto"], one["processes"]) for one in records])

    def test_what_is_not_built_says_so(self):
        for words in (["report", "x"],
                      ["replay", "--report", "x", SSH]):
            self.assertIn(b"not built into this version", self.expect(2, run(*words)).stderr)

    def test_eight_faults_of_a_configuration_are_said_at_once(self):
        path = self.write("ghostport.yaml", """\
wach: ghost
home-net: [10.0.0.1/8]
exceptions:
  - {port: 70000, service: ssh, why: x}
  - {port: 3238/tcp, service: shh, why: x}
log-expected: perhaps
severity: {unrecognised: low}
limits: {flows: 010}
timeouts: {tcp: 600}
""")
        for command in (["check", "-c", path], ["-T", "-c", path], ["replay", "-c", path, SSH]):
            done = self.expect(2, run(*command))
            places = [line.removeprefix(f"{path}:").split(": ")[0] for line in done.stderr.decode().splitlines()]
            self.assertEqual(places, ["1:1", "2:12", "4:12", "5:31", "6:15", "7:12", "8:17", "9:17"], done.stderr.decode())
            self.assertEqual(done.stdout, b"")

    def test_check_warns_of_what_can_hardly_be_meant(self):
        path = self.write("ghostport.yaml", """\
assets: {citrix-vdi: [10.1.2.0/24]}
exceptions:
  - {port: 3238/tcp, service: ssh, until: 2020-01-01, why: long over}
  - {port: 3238/tcp, service: tls, why: lab}
  - {port: 3238/tcp, service: tls, hosts: [10.0.0.9], why: lab too}
""")
        done = self.expect(0, run("check", "-c", path))
        self.assertEqual([line.removeprefix(f"{path}:").split(": ")[:2] for line in done.stderr.decode().splitlines()],
                         [["1:10", "warning"], ["3:5", "warning"], ["5:5", "warning"]], done.stderr.decode())
        self.assertIn(b'did you mean "citrix-vda"?', done.stderr)
        self.assertIn(b'exception 1 (3238/tcp ssh, "long over") ended with 2020-01-01', done.stderr)
        self.assertNotIn(b"warning", done.stdout)

    def test_a_replay_says_which_exceptions_matched_nothing_and_which_had_ended(self):
        path = self.write("ghostport.yaml", """\
exceptions:
  - {port: 3238/tcp, service: tls, why: lab}
  - {port: 3238/tcp, service: ssh, until: 2026-01-01, why: over}
""")
        for workers in (1, 2):  # packet time decides: the capture is of 2026-11
            done = self.expect(0, run("replay", "-c", path, "--workers", workers, self.write("a.pcap", capture(b"SSH-2.0-x\r\n"))))
            self.assertIn(b'\nexception 1 (3238/tcp tls, "lab") matched nothing\n', done.stderr)
            self.assertIn(b'\nexception 2 (3238/tcp ssh, "over") ended with 2026-01-01, before 1 finding that it would have allowed\n',
                          done.stderr)
        self.write("ghostport.yaml", "exceptions: [{port: 3238/tcp, service: ssh, until: 2026-11-20, why: lab}]\n")
        self.assertNotIn(b"exception", self.expect(0, run("replay", "-c", path, self.folder / "a.pcap")).stderr)

    def test_check_states_what_it_read(self):
        self.write("more.yaml", "ports:\n  - port: 4000\n    ghost: true\n    claims:\n"
                   "      - {name: ours, transports: [tcp], by: field, source: here}\n")
        path = self.write("ghostport.yaml", "registry: {include: [more.yaml]}\n")
        said = self.expect(0, run("check", "-c", path)).stdout.decode()
        self.assertIn("5 ghost ports", said)
        self.assertIn("3237-3239, 3248, 4000", said)

    def test_a_truncated_capture_among_good_ones(self):
        whole = (SOURCE / SSH).read_bytes()
        good = self.write("a.pcap", (SOURCE / DNS).read_bytes())
        cut = self.write("b.pcap", whole[:-7])
        late = self.write("c.pcap", whole)
        done = self.expect(3, run("replay", "--eve", "-", good, cut, late))
        self.assertEqual([pathlib.Path(one["pcap_filename"]).name for one in records(done)], ["a.pcap", "b.pcap", "c.pcap"])
        told = [line for line in done.stderr.decode().splitlines() if "b.pcap" in line]
        self.assertEqual(len(told), 1, done.stderr.decode())
        last = 24  # the offset of the last record, where reading stopped
        while last + 16 + struct.unpack_from("<I", whole, last + 8)[0] < len(whole):
            last += 16 + struct.unpack_from("<I", whole, last + 8)[0]
        self.assertIn(str(last), told[0])

    def test_folders_are_read_in_the_order_of_their_names(self):
        for name in ("b.pcap", "a/z.pcap", "c/a.pcap"):
            (self.folder / name).parent.mkdir(exist_ok=True)
            self.write(name, (SOURCE / SSH).read_bytes())
        self.write("notes.txt", "no capture")
        done = self.expect(0, run("replay", "--eve", "-", self.folder))
        self.assertEqual([os.path.relpath(one["pcap_filename"], self.folder) for one in records(done)],
                         ["a/z.pcap", "b.pcap", "c/a.pcap"])

    def test_standard_output_carries_only_data(self):
        done = self.expect(0, run("replay", "--eve", "-", "--flows", SSH, DNS))
        self.assertEqual([one["event_type"] for one in records(done)], ["ghostport", "flow"] * 2)
        self.assertIn(b"2 files, ", done.stderr)
        self.assertEqual(self.expect(0, run("replay", "--quiet", SSH)).stdout, b"")
        self.assertEqual(run("replay", "--quiet", SSH).stderr, b"")
        table = self.expect(0, run("replay", SSH))
        self.assertTrue(table.stdout.startswith(b"VERDICT "))
        self.assertIn(b"findings: 1 unexpected", table.stderr)
        self.assertNotIn(b"\x1b", table.stdout + table.stderr)

    def test_a_file_has_the_same_records_as_standard_output(self):
        path = self.write("eve.json", "old\n")
        self.expect(0, run("replay", "--eve", path, SSH, DNS))
        self.assertEqual(path.read_bytes(), run("replay", "--eve", "-", SSH, DNS).stdout)
        for workers in (2, 4):
            self.assertEqual(path.read_bytes(), run("replay", "--workers", workers, "--eve", "-", SSH, DNS).stdout)

    def test_records_never_overwrite_a_capture(self):
        path = self.write("copy.pcap", (SOURCE / SSH).read_bytes())
        before = path.read_bytes()
        done = self.expect(2, run("replay", "--eve", path, path))
        self.assertIn(b"is a capture, which the records would overwrite", done.stderr)
        self.assertEqual(path.read_bytes(), before)

    def test_compressed_captures_are_not_overwritten_either(self):
        path = self.write("copy.json", gzip.compress((SOURCE / SSH).read_bytes()))
        before = path.read_bytes()
        self.assertIn(b"is a capture", self.expect(2, run("replay", "--eve", path, SSH)).stderr)
        self.assertEqual(path.read_bytes(), before)
        old = self.write("old.json.gz", gzip.compress(b"old records"))
        self.expect(0, run("replay", "--eve", old, SSH))
        self.assertEqual(old.read_bytes()[:1], b"{")

    def test_standard_input_that_is_no_capture_is_said(self):
        for content, part in ((b"", b"standard input: is empty"), (b"hello, world", b"is no pcap or pcapng file")):
            done = self.expect(3, run("replay", "-", input=content))
            self.assertIn(part, done.stderr)
            self.assertEqual(done.stdout, b"")
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, terminal)
        done = subprocess.run([GHOSTPORT, "replay", "-"], stdin=terminal, capture_output=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"standard input: is a terminal", done.stderr)

    def test_what_a_folder_holds_and_cannot_be_read_is_said(self):
        self.write("a.pcapng", b"\x0a\x0d\x0d\x0a" + bytes(40))
        self.write("b.PCAP.gz", b"\x1f\x8b" + bytes(40))
        self.write("c.cap.zst", b"\x28\xb5\x2f\xfd")
        self.write("d.dmp", bytes(40))
        self.write("e.pcap12", bytes(40))
        self.write("f.pcap.txt", b"no capture by its name")
        done = self.expect(3, run("replay", self.folder))
        told = done.stderr.decode().splitlines()
        for name, part in (("a.pcapng", "has a section header without a byte order at byte 0 of 44"),
                           ("b.PCAP.gz", "the gzip stream is damaged (unknown compression method) at byte "),
                           ("c.cap.zst", "the zstd stream ends too early at byte 4 of 4"),
                           ("d.dmp", "is no pcap or pcapng file"), ("e.pcap12", "is no pcap or pcapng file")):
            self.assertTrue(any(f"/{name}: {part}" in line for line in told), told)
        self.assertNotIn(b"f.pcap.txt", done.stderr)

    def test_a_cut_compressed_capture_is_read_up_to_there(self):
        packed = gzip.compress((SOURCE / SSH).read_bytes())
        path = self.write("cut.pcap.gz", packed[:-9])
        done = self.expect(3, run("replay", "--eve", "-", path))
        self.assertEqual(len(records(done)), 1)
        self.assertIn(f"the gzip stream ends too early at byte {len(packed) - 9} of {len(packed) - 9}".encode(), done.stderr)

    def test_a_filter_leaves_packets_out_and_keeps_their_numbers(self):
        whole = records(self.expect(0, run("replay", "--watch", "all", "--eve", "-", SSH)))
        for workers in (1, 4):
            done = self.expect(0, run("replay", "--watch", "all", "--workers", workers, "--eve", "-", "-f", "tcp port 3238", SSH, DNS))
            self.assertEqual(records(done), whole)
            self.assertRegex(done.stderr, rb"filter: \d+ further packets left out\n")
        late = records(self.expect(0, run("replay", "--eve", "-", "-f", "tcp[tcpflags] & tcp-push != 0", SSH)))
        self.assertEqual([one["pcap_cnt"] for one in late], [one["pcap_cnt"] for one in whole])
        nothing = self.expect(0, run("replay", "-f", "port 9", SSH))
        self.assertIn(b"nothing found: no packet passed the filter", nothing.stderr)
        self.assertEqual(records(self.expect(0, run("replay", "--eve", "-", "-f", "", SSH))), whole)

    def test_a_wrong_filter_is_wrong_usage_and_shows_where(self):
        done = self.expect(2, run("replay", "-f", "tcp port 3238 andd host 10.0.0.1", SSH))
        self.assertEqual(done.stdout, b"")
        first, expression, mark = done.stderr.decode().splitlines()
        self.assertIn("syntax error", first)
        self.assertEqual(expression[mark.index("^"):][:4], "andd")

    def test_a_filter_without_meaning_for_a_link_type_is_said(self):
        frame_ = capture(b"SSH-2.0-x\r\n")
        path = self.write("raw.pcap", frame_[:20] + struct.pack("<I", 101) + frame_[24:])
        done = self.expect(3, run("replay", "-f", "ether broadcast", path))
        self.assertIn(b"packet 1: the filter has no meaning for link type 101: ", done.stderr)

    def test_flows_without_a_file_for_them_are_wrong_usage(self):
        self.assertIn(b"--eve, which is not given", self.expect(2, run("replay", "--flows", SSH)).stderr)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full on this machine")
    def test_a_table_that_could_not_be_written_is_said(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([GHOSTPORT, "replay", SSH], cwd=SOURCE, stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"standard output could not be written", done.stderr)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full on this machine")
    def test_a_full_disk_is_said(self):
        done = self.expect(3, run("replay", "--eve", "/dev/full", SSH))
        self.assertIn(b"/dev/full: cannot be written: ", done.stderr)
        self.assertIn(b"1 records were lost", done.stderr)

    def test_nothing_found_says_why(self):
        done = self.expect(0, run("replay", "--watch", "9", SSH))
        self.assertEqual(done.stdout, b"No findings.\n")
        self.assertRegex(done.stderr, rb"nothing found: 0 of (\d+) packets on watched ports \(9\); \1 in 3224-3324: try --watch range")

    def test_hostile_bytes_reach_no_terminal_and_break_no_json(self):
        banner = b"SSH-2.0-<script>alert(1)</script>\x1b]0;owned\x07\xff\xc2\x9b\r\n"
        path = self.write("\x1b[2J<b>.pcap", capture(banner))
        done = self.expect(0, run("replay", "--eve", "-", path))
        self.assertNotRegex(done.stdout.decode("utf-8"), CONTROLS)
        evidence = records(done)[0]["ghostport"]["evidence"]
        self.assertEqual(bytes.fromhex(evidence["bytes"]), banner)
        self.assertEqual(evidence["text"], "SSH-2.0-<script>alert(1)</script>.]0;owned....\r\n")
        self.assertEqual(records(done)[0]["pcap_filename"], str(path))
        self.assertNotRegex(done.stderr.decode("utf-8"), CONTROLS)
        table = self.expect(0, run("replay", path, path))  # of two captures the table names the files
        self.assertIn(b"\\x1b[2J<b>.pcap", table.stdout)
        self.assertNotRegex((table.stdout + table.stderr).decode("utf-8"), CONTROLS)
        missing = self.expect(3, run("replay", self.folder / "\x1b]0;no\x07.pcap"))
        self.assertNotRegex((missing.stdout + missing.stderr).decode("utf-8"), CONTROLS)

    def test_a_terminal_gets_a_table_that_fits_and_no_colour_under_no_color(self):
        for no_color in ("", "1"):
            master, terminal = pty.openpty()
            self.addCleanup(os.close, master)
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 150, 0, 0))
            subprocess.run([GHOSTPORT, "replay", SSH], cwd=SOURCE, stdout=terminal, stderr=terminal, check=True, timeout=30,
                           env={**os.environ, "NO_COLOR": no_color})
            os.close(terminal)
            said = b""
            try:
                while chunk := os.read(master, 65536):
                    said += chunk
            except OSError:  # the terminal is closed and empty
                pass
            self.assertEqual(b"\x1b[31munexpected" in said, not no_color, said)
            row = next(line for line in said.decode().splitlines() if "unexpected " in line)
            self.assertEqual(len(re.sub("\x1b\\[[0-9;]*[mK]", "", row)), 150, row)
            self.assertTrue(row.endswith("..."), row)

    def test_cases_pass_and_fail(self):
        (self.folder / "one").mkdir()
        self.write("one/a.pcap", capture(b"SSH-2.0-x\r\n"))
        text = "why: w\npcap: a.pcap\nmade-by: this test\nexpect:\n"
        self.write("one/case.yaml", text + "  - {verdict: unexpected, service: ssh, dest_port: 3238, packet: 4}\n")
        done = self.expect(0, run("test", self.folder))
        self.assertEqual(done.stdout.decode(), f"ok   {self.folder}/one\n1 passed, 0 failed\n")
        self.write("one/case.yaml", text + "  - {verdict: unexpected, service: tls}\n")
        said = self.expect(1, run("test", "--workers", "2", self.folder)).stdout.decode()
        self.assertTrue(said.startswith(f"FAIL {self.folder}/one\n"), said)
        for part in ("line 5 expected: {verdict: unexpected, service: tls}", "but service is ssh\n", "in {verdict: unexpected, service: ssh",
                     f"look closer: ghostport replay --eve - {self.folder}/one/a.pcap", "0 passed, 1 failed"):
            self.assertIn(part, said)
        self.write("one/case.yaml", text.replace("why", "awaits: fragments\nwhy") + "  - {verdict: probe}\n")
        self.assertIn("0 passed, 0 failed, 1 skipped", self.expect(0, run("test", self.folder)).stdout.decode())
        self.write("one/case.yaml", text + "  - {verdct: probe}\n")
        self.assertIn("case.yaml:5:6: unknown key", self.expect(1, run("test", self.folder)).stdout.decode())
        self.expect(2, run("test", self.folder / "none"))

    def test_a_failed_case_says_what_differs_and_what_is_too_much(self):
        (self.folder / "one").mkdir()
        self.write("one/a.pcap", capture(b"SSH-2.0-x\r\n"))
        text = "why: w\npcap: a.pcap\nmade-by: this test\nexpect:\n"
        self.write("one/case.yaml", text + "  - {verdict: probe, dest_port: 3239}\n")
        said = self.expect(1, run("test", self.folder)).stdout.decode()
        for part in ("line 5 expected: {verdict: probe, dest_port: 3239}", "nothing like it came", "not expected: {verdict: unexpected"):
            self.assertIn(part, said)
        self.write("one/case.yaml", text + "  - {verdict: unexpected, packet: 5, one-sided: true, reason: client}\n")
        said = self.expect(1, run("test", self.folder)).stdout.decode()
        self.assertIn('but packet is 4, one-sided is absent, reason is "ssh spoken', said)

    def test_results_of_cases_as_junit(self):
        for name, rest in (("good", "expect: []\n"), ("bad", "expect:\n  - {verdict: probe}\n"), ("later", "awaits: <x>\nexpect: []\n")):
            (self.folder / name).mkdir()
            self.write(f"{name}/a.pcap", struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            self.write(f"{name}/case.yaml", "why: w\npcap: a.pcap\nmade-by: this test\n" + rest)
        self.expect(1, run("test", "--junit", self.folder / "out.xml", self.folder))
        suite = xml.etree.ElementTree.parse(self.folder / "out.xml").getroot().find("testsuite")
        self.assertEqual([suite.get(key) for key in ("tests", "failures", "skipped")], ["3", "1", "1"])
        cases = {case.get("name").rpartition("/")[2]: case for case in suite}
        self.assertEqual(len(cases["good"]), 0)
        self.assertIn("line 5 expected: {verdict: probe}", cases["bad"].find("failure").text)
        self.assertEqual(cases["later"].find("skipped").get("message"), "awaits <x>")
        self.assertIn("cannot be written", self.expect(3, run("test", "--junit", "/no/such/out.xml", self.folder / "good")).stderr.decode())

    def test_a_written_case_passes_until_it_is_changed(self):
        path = self.write("a.pcap", capture(b"SSH-2.0-x\r\n"))
        new = self.folder / "new"
        self.assertIn("with 1 finding", self.expect(0, run("replay", "--write-case", new, path)).stderr.decode())
        self.assertEqual((new / "a.pcap").read_bytes(), path.read_bytes())
        self.assertIn("1 passed", self.expect(0, run("test", new)).stdout.decode())
        text = (new / "case.yaml").read_text(encoding="utf-8")
        self.assertIn("{verdict: unexpected, service: ssh, src_ip: 10.0.0.5, dest_ip: 10.0.0.9, dest_port: 3238, proto: TCP, "
                      "packet: 4, side: server}", text)
        self.assertIn("is a case already", self.expect(2, run("replay", "--write-case", new, path)).stderr.decode())
        self.write("new/case.yaml", text.replace("service: ssh", "service: tls"))
        self.assertIn("but service is ssh", self.expect(1, run("test", new)).stdout.decode())
        self.assertIn("standard input", self.expect(2, run("replay", "--write-case", self.folder / "x", "-", input=b"")).stderr.decode())
        self.assertIn("filter first", self.expect(2, run("replay", "--write-case", self.folder / "x", "-f", "tcp", path)).stderr.decode())

    def test_a_written_case_keeps_watch_and_configuration(self):
        path = self.write("a.pcap", capture(b"SSH-2.0-x\r\n"))
        self.expect(0, run("replay", "--write-case", self.folder / "list", "--watch", "22,3238/tcp", path))
        self.assertIn("config: {watch: [22, 3238/tcp]}", (self.folder / "list/case.yaml").read_text(encoding="utf-8"))
        configuration = self.write("c.yaml", "---\n# why\nwatch: range\nexceptions:\n  - {port: 3238/tcp, service: ssh, why: 'it''s a lab'}\n"
                                             "log-expected: true\n")
        self.expect(0, run("replay", "--write-case", self.folder / "kept", "-c", configuration, path))
        self.assertIn("verdict: expected", (self.folder / "kept/case.yaml").read_text(encoding="utf-8"))
        self.expect(2, run("replay", "--write-case", self.folder / "x", "-c", configuration, "--watch", "all", path))
        for folder in ("list", "kept"):
            self.assertIn("1 passed", self.expect(0, run("test", self.folder / folder)).stdout.decode())
        self.write("mine.yaml", "")
        including = self.write("i.yaml", "signatures: {include: [mine.yaml]}\n")
        self.assertIn("beside case.yaml", self.expect(2, run("replay", "--write-case", self.folder / "x", "-c", including, path)).stderr.decode())

    def test_explain_says_claims_expectations_findings_and_how_to_look(self):
        said = self.expect(0, run("explain", "3239")).stdout.decode()
        for part in ("port 3239 (tcp, udp), in IANA's user range, a ghost port", "apparenet-ui", "source: IANA", "citrix-framehawk",
                     "appneta-rpp/udp, proof signature", "expected, severity none: appneta-rpp", "unexpected, severity high: ssh",
                     "unrecognized, severity medium", "listener, severity medium", "probe, severity low", "ss -tlnp", "lsof -nP",
                     "netstat -ano", "tasklist", "Get-NetTCPConnection", "Get-NetUDPEndpoint", "nmap -sV -p T:3239"):
            self.assertIn(part, said)
        only = self.expect(0, run("explain", "3239/tcp", "--service", "mysql")).stdout.decode()
        self.assertIn("unexpected, severity high: mysql", only)
        self.assertNotIn("appneta-rpp", only)
        self.assertIn("does not know this port", run("explain", "9").stdout.decode())

    def test_explain_says_what_the_configuration_declares_and_allows(self):
        path = self.write("ghostport.yaml", "assets: {citrix-vda: [10.1.2.3]}\nexceptions:\n"
                          "  - {port: 3238/udp, service: dns, hosts: [10.0.0.9], until: 2030-01-01, why: lab}\n"
                          "  - {port: 3238/tcp, service: ssh, why: another transport}\n"
                          "  - {port: 3239, service: ssh, why: another port}\n")
        said = self.expect(0, run("explain", "-c", path, "3238/udp")).stdout.decode()
        self.assertRegex(said, r"citrix-framehawk/udp, proof context: .*declared in assets: citrix-vda .* \(declared\)\n")
        self.assertRegex(said, r"rtp/udp, .*where assets: h323-endpoint is declared, one end must be in it \(not declared\)\n")
        self.assertIn('allowed by the configuration\n  exception 1 (3238/udp dns, "lab"), on some hosts only, until 2030-01-01\nwhat ', said)
        allowed = self.expect(0, run("explain", "-c", path, "3238/tcp", "--service", "ssh")).stdout.decode()
        self.assertRegex(allowed, r"ssh +expected, severity none: .*allowed by an exception")

    def test_explain_of_a_hostile_include_is_safe_for_a_terminal(self):
        self.write("r.yaml", 'ports: [{port: 9, note: "a\\e[31m", claims: [{name: "b\\e", transports: [tcp], by: iana, source: "c\\e"}]}]\n')
        path = self.write("c.yaml", "registry: {include: [r.yaml]}\n")
        for words in (["explain", "9"], ["registry", "list", "--format", "table"], ["registry", "list", "--format", "json"],
                      ["registry", "list"]):
            said = self.expect(0, run(*words, "-c", path)).stdout.decode()
            self.assertNotRegex(said.replace("\t", ""), CONTROLS)


if __name__ == "__main__":
    unittest.main()
