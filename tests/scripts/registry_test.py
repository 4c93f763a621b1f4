#!/usr/bin/python3
"""The registry as its users see it: list, import of IANA's file, and what an import changes."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

GHOSTPORT = os.environ["GHOSTPORT"]
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
SSH = SOURCE / "pcaps/recorded/ssh-on-3238/ssh-on-3238.pcap"

HEADER = ("Service Name,Port Number,Transport Protocol,Description,Assignee,Contact,Registration Date,Modification Date,Reference,"
          "Service Code,Unauthorized Use Reported,Assignment Notes\r\n")
ROWS = ("https,443,tcp,http protocol over TLS/SSL,[IESG],[IETF_Chair],,2021-10-01,[RFC9110],,,\"one\nof two\"\r\n"
        "https,443,udp,http protocol over TLS/SSL,[IESG],[IETF_Chair],,2021-10-01,[RFC9110],,,\"one\nof two\"\r\n"
        "apparenet-as,3238,tcp,appareNet Analysis Server,,,,,,,,\r\n"
        "active-net,3322-3325,,Active Networks,[Bob_Braden_2],[Bob_Braden_2],,,,,,\r\n"
        ",3300,udp,Reserved,,,,,,,,\r\n")


class Registry(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_it(self, status, *arguments, **more):
        done = subprocess.run([GHOSTPORT, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=60,
                              check=False, **more)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text.encode())
        return path

    def listed(self, *arguments):
        return [json.loads(line) for line in self.run_it(0, "registry", "list", "--format", "json", *arguments).stdout.splitlines()]

    def test_an_import_accounts_for_every_record_and_is_read_again(self):
        self.write("names-2026-03-01.csv", HEADER + ROWS)
        done = self.run_it(0, "registry", "import", "names-2026-03-01.csv")
        self.assertEqual(done.stderr.splitlines(),
                         ["names-2026-03-01.csv: 5 records", "        3  taken: names on tcp or udp",
                          "        1  taken: names without a transport, read as tcp and udp", "        1  left out: reserved",
                          '6 ports, 6 claims; source: "IANA service names, 2026-03-01"'])
        self.write("iana.yaml", done.stdout)
        self.write("c.yaml", "registry: {include: [iana.yaml]}\n")
        said = self.run_it(0, "check", "-c", "c.yaml").stdout
        self.assertIn("132 ports, 4 ghost ports, 371 claims", said)
        self.assertIn("; 1 port by name only\n", said)
        self.run_it(0, "registry", "import", "names-2026-03-01.csv", "-o", "other.yaml")
        self.assertEqual((self.folder / "other.yaml").read_text(encoding="utf-8"), done.stdout)
        piped = self.run_it(0, "registry", "import", "-", "--source", "IANA service names, 2026-03-01", input=HEADER + ROWS)
        self.assertEqual(piped.stdout, done.stdout)

    def test_an_import_changes_names_and_no_verdict(self):
        self.write("iana.csv", HEADER + ROWS)
        self.run_it(0, "registry", "import", "iana.csv", "-o", "iana.yaml")
        self.write("with.yaml", "watch: all\nregistry: {include: [iana.yaml]}\n")
        self.write("without.yaml", "watch: all\n")
        said = [self.run_it(0, "check", "-c", name).stdout.splitlines()[-1] for name in ("with.yaml", "without.yaml")]
        self.assertEqual(said[0], said[1])
        records = [self.run_it(0, "replay", "-c", name, "--flows", "--eve", "-", SSH).stdout for name in ("with.yaml", "without.yaml")]
        self.assertEqual(records[0], records[1])
        self.assertIn("https (tcp, udp) by IANA", self.run_it(0, "explain", "443", "-c", "with.yaml").stdout)
        known = self.run_it(0, "explain", "3238", "-c", "with.yaml").stdout
        self.assertEqual(known, self.run_it(0, "explain", "3238").stdout)

    def test_an_import_of_some_ports(self):
        self.write("iana.csv", HEADER + ROWS)
        done = self.run_it(0, "registry", "import", "iana.csv", "--ports", "443/udp,3322-3323")
        self.assertEqual(re.findall(r"(?m)^  - port: (\d+)$", done.stdout), ["443", "3322", "3323"])
        self.assertIn("transports: [udp]", done.stdout)
        self.assertIn("left out: names on ports that were not asked for", done.stderr)

    def test_a_faulty_file_is_said_with_every_place_and_nothing_is_written(self):
        self.write("iana.csv", HEADER + ROWS + "ssh,22,tpc,,,,,,,,,\r\nssh,22\r\nssh,99999,tcp,,,,x,,,,,\r\n")
        done = self.run_it(2, "registry", "import", "iana.csv", "-o", "iana.yaml")
        self.assertEqual([line.split(": ")[0] for line in done.stderr.splitlines()],
                         ["iana.csv:9:8", "iana.csv:10:1", "iana.csv:11:5", "iana.csv:11:18"])
        self.assertFalse((self.folder / "iana.yaml").exists())
        self.assertEqual(self.run_it(2, "registry", "import", "iana.csv").stdout, "")
        self.assertEqual(self.run_it(2, "registry", "import", SSH).stderr.count("\n"), 1)

    def test_a_file_that_cannot_be_read_or_written_is_status_three(self):
        self.assertIn("none.csv: cannot be read", self.run_it(3, "registry", "import", "none.csv").stderr)
        path = self.write("iana.csv", HEADER + ROWS)
        self.assertIn("cannot be written", self.run_it(3, "registry", "import", path, "-o", "no/such/folder.yaml").stderr)
        self.assertIn("is the file that is read", self.run_it(2, "registry", "import", path, "-o", "./iana.csv").stderr)
        self.assertEqual(path.read_bytes(), (HEADER + ROWS).encode())

    def test_list_says_who_says_what_and_where_it_is_written(self):
        self.write("mine.yaml", "ports:\n  - port: 3238\n    claims:\n      - {name: lab, transports: [tcp], by: field, source: sheet 4}\n"
                                "    expect:\n      - {service: ssh, transport: tcp, proof: signature, assets: lab}\n"
                                "  - {port: 3240, ghost: true}\n  - {port: 8531, ghost: true}\n")
        self.write("c.yaml", "registry: {include: [mine.yaml]}\n")
        ghosts = self.listed("-c", "c.yaml", "--ghost")
        self.assertEqual([(one["port"], one["ghost-from"]) for one in ghosts],
                         [(3237, "built-in"), (3238, "built-in"), (3239, "built-in"), (3240, "mine.yaml"), (3248, "built-in"),
                          (8531, "mine.yaml")])
        port = ghosts[1]
        self.assertEqual([(one["name"], one["from"]) for one in port["claims"]][::len(port["claims"]) - 1],
                         [("apparenet-as", "built-in"), ("lab", "mine.yaml")])
        self.assertEqual(port["expect"][-1],
                         {"service": "ssh", "transport": "tcp", "proof": "signature", "assets": "lab", "from": "mine.yaml"})
        self.assertEqual(len(self.listed()), 131)
        self.assertEqual([one["port"] for one in self.listed("--ports", "3200,3330-65535")], [3200, 3330])

    def test_list_is_tsv_in_a_pipe(self):
        lines = [line.split("\t") for line in self.run_it(0, "registry", "list", "--ports", "3300").stdout.splitlines()]
        self.assertEqual(lines[0][:5], ["port", "mark", "kind", "transports", "name"])
        self.assertEqual({len(line) for line in lines}, {14})
        self.assertEqual(lines[1], ["3300", "", "claim", "tcp", "ceph", "iana", "high", "2015-06-29", "", "", "", "built-in",
                                    "IANA service names, 2026-03-01", "Ceph monitor"])
        table = self.run_it(0, "registry", "list", "--ports", "3300/tcp", "--format", "table").stdout
        self.assertRegex(table, r"(?m)^3300 +tcp +claim +ceph +iana +2015-06-29 +built-in: Ceph monitor")
        self.assertNotIn("citrix-framehawk", table)

    def test_list_of_a_faulty_include_says_where(self):
        self.write("mine.yaml", "ports:\n  - {prot: 3238}\n")
        self.write("c.yaml", "registry: {include: [mine.yaml]}\n")
        self.assertIn("mine.yaml:2:6: unknown key", self.run_it(2, "registry", "list", "-c", "c.yaml").stderr)


if __name__ == "__main__":
    unittest.main()
