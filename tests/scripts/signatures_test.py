#!/usr/bin/python3
"""Tools for writers of signatures: list, lint, bench, and the explanation of one flow."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

GHOSTPORT = os.environ["GHOSTPORT"]
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
HTTP = "pcaps/recorded/http-on-3237/http-on-3237.pcap"

WEAK = r"""signatures:
  - id: ssh.short
    service: ssh
    transport: tcp
    side: client
    expression: '^Z9'
    examples: {match: [Z9], no-match: [a]}
"""


def run(*arguments):
    return subprocess.run([GHOSTPORT, *map(str, arguments)], cwd=SOURCE, capture_output=True, text=True, timeout=60,
                          check=False)


class Signatures(unittest.TestCase):
    def test_list_names_every_signature_and_check(self):
        done = run("signatures", "list")
        self.assertEqual(done.returncode, 0, done.stderr)
        signatures, upgrades, checks = done.stdout.split("\n\n")
        self.assertIn("ssh.banner", signatures)
        self.assertRegex(signatures, r"(?m)^dns +dns\.stream-query +tcp +client +alone +dns-stream +\w+\.yaml:\d+$")
        self.assertRegex(checks, r"(?m)^tls-record +TLS records")
        services = [line.split()[0] for line in signatures.splitlines()[1:]]
        self.assertEqual(services, sorted(services))
        self.assertRegex(upgrades, r"(?m)^http +http\.connect +what follows +- +\w+\.yaml:\d+$")
        self.assertRegex(upgrades, r"(?m)^tls +tls\.tor +tor-or +tor-certificate ")
        used = {line.split()[-2] for table in (signatures, upgrades) for line in table.splitlines()[1:]} - {"-"}
        self.assertEqual({line.split()[0] for line in checks.splitlines()[1:]}, used)

    def test_lint_of_the_shipped_ones_is_silent(self):
        done = run("signatures", "lint")
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_lint_of_a_file_says_where(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "mine.yaml")
            path.write_text(WEAK, encoding="utf-8")
            done = run("signatures", "lint", path)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stdout, rf"^{re.escape(str(path))}:6:17: ssh\.short: proves as few as 2 bytes")
            again = pathlib.Path(folder, "ghostport.yaml")
            again.write_text("signatures: {include: [mine.yaml, ./mine.yaml]}\n", encoding="utf-8")
            twice = run("signatures", "lint", "-c", again, path)
            self.assertEqual((twice.returncode, twice.stdout.count("ssh.short")), (1, 1), twice.stderr)
            path.write_text(WEAK.replace("match: [Z9]", "match: [Z8]"), encoding="utf-8")
            done = run("signatures", "lint", path)
            self.assertEqual(done.returncode, 2)
            self.assertIn("does not match this example", done.stderr)

    def test_bench_counts_what_is_not_its_own(self):
        for arguments in ((), ("pcaps/recorded",)):
            done = run("signatures", "bench", *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = done.stdout.splitlines()
            self.assertRegex(lines[-1], r"^\d+ signatures on what [\d,]+ sides said: \d+ ns a look at one$")
            row = next(line.split() for line in lines if line.startswith("ssh.banner "))
            self.assertGreaterEqual(int(row[1]), 2)
            self.assertEqual(row[2:4], ["0", "0.00%"])
            self.assertEqual(len(row), 5, "nobody else's flows match, so none are told")
            row = next(line.split() for line in lines if line.startswith("smtp.bare-greeting "))
            self.assertEqual(row[5], "ftp", "FTP greets alike: whose flows match too is told")
            self.assertLessEqual(int(row[6].rstrip(",")), int(row[2]))
        self.assertEqual(run("signatures", "bench", "no-such.pcap").returncode, 3)

    def test_wrong_usage_is_told(self):
        self.assertEqual(run("signatures").returncode, 2)
        self.assertEqual(run("signatures", "lin").returncode, 2)
        self.assertEqual(run("signatures", "--help").returncode, 0)

    def test_a_flow_is_explained(self):
        done = run("replay", "--quiet", "--eve", "-", HTTP)
        finding = json.loads(done.stdout.splitlines()[0])
        done = run("replay", "--quiet", "--explain", finding["flow_id"], HTTP)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith(f"Flow {finding['flow_id']}, TCP: client {finding['src_ip']}:"), done.stdout)
        self.assertIn("It is named http by http.status.", done.stdout)
        self.assertRegex(done.stdout, r"yes +http\.request +12 bytes verified")
        self.assertRegex(done.stdout, r"The expressions of the other \d+ signatures for this side do not match")

    def test_an_unknown_flow_is_told(self):
        done = run("replay", "--quiet", "--explain", 5, HTTP)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("no flow has the flow_id 5", done.stderr)

    def test_the_page_for_writers_teaches_what_holds(self):
        page = (SOURCE / "docs" / "writing-signatures.md").read_text(encoding="utf-8")
        example = re.search(r"```yaml\n( *signatures:\n *- id: finger.+?)```", page, re.DOTALL)[1]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "mine.yaml")
            path.write_text(re.sub(r"(?m)^   ", "", example), encoding="utf-8")
            done = run("signatures", "lint", path)
            self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)


unittest.main()
