#!/usr/bin/python3
"""The Debian package: what is in it, that its program runs from there, its configuration is right and its unit confined."""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["GHOSTPORT"]).parent
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])


def said(*words, **more):
    return subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True, **more).stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name) / "root"
        said("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", cls.folder.name)
        cls.package, = pathlib.Path(cls.folder.name).glob("ghostport_*.deb")
        said("dpkg-deb", "-x", cls.package, cls.root)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_everything_is_where_debian_wants_it(self):
        for path in ("usr/bin/ghostport", "etc/ghostport/ghostport.yaml", "etc/ghostport/registry.d", "etc/ghostport/signatures.d",
                     "lib/systemd/system/ghostport.service", "usr/lib/sysusers.d/ghostport.conf", "etc/logrotate.d/ghostport",
                     "usr/share/ghostport/schema/ghostport-record.schema.json", "usr/share/doc/ghostport/copyright"):
            self.assertTrue((self.root / path).exists(), path)
        self.assertFalse((self.root / "usr/local").exists())
        depends = said("dpkg-deb", "-f", self.package, "Depends")
        for library in ("libhyperscan5", "libpcap0.8", "libyaml-cpp0.7", "libmicrohttpd12", "libc6"):
            self.assertIn(library, depends)

    def test_every_link_between_its_documents_leads_somewhere(self):
        documents = self.root / "usr/share/doc/ghostport"
        links = 0
        for document in [documents / "README.md", documents / "CHANGELOG.md", *(documents / "docs").rglob("*.md")]:
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text()):
                if "://" in target:
                    continue
                links += 1
                self.assertTrue((document.parent / target).exists(), f"{document.name}: {target}")
        self.assertGreater(links, 30)

    def test_its_program_and_configuration_work(self):
        self.assertEqual(said(self.root / "usr/bin/ghostport", "self-test").count("ok "), 4)
        self.assertIn("ok  ", said(self.root / "usr/bin/ghostport", "check", "-c", self.root / "etc/ghostport/ghostport.yaml"))

    def test_manual_pages_say_what_the_program_says(self):
        pages = {path.name: gzip.decompress(path.read_bytes()).decode() for path in (self.root / "usr/share/man").rglob("*.gz")}
        self.assertEqual(sorted(pages), ["ghostport-registry.5.gz", "ghostport.1.gz", "ghostport.yaml.5.gz"])
        words = pages["ghostport.1.gz"].replace("\\-", "-")
        for option in ("--write-case", "--idle-exit", "--suricata", "signatures lint", "registry import"):
            self.assertIn(option, words)
        for key in ("run-as.confine", "capture.workers"):
            self.assertIn(key, pages["ghostport.yaml.5.gz"].replace("\\-", "-"))

    def test_bash_completes_commands_and_options(self):
        def completed(*words):
            script = ("source /usr/share/bash-completion/bash_completion; source $1/usr/share/bash-completion/completions/ghostport; "
                      'PATH=$1/usr/bin:$PATH; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; '
                      'COMP_POINT=${#COMP_LINE}; _ghostport; printf "%s\\n" "${COMPREPLY[@]}"')
            return said("bash", "-c", script, "bash", self.root, *words, env={**os.environ, "TERM": "dumb"}).split()

        self.assertEqual(completed("ghostport", "rep"), ["replay"])
        self.assertIn("--write-case", completed("ghostport", "replay", "--wr"))
        self.assertEqual(completed("ghostport", "replay", "--watch", "ra"), ["range"])
        self.assertEqual(completed("ghostport", "replay", "--fail-on", "un"), ["unexpected", "unrecognized"])
        self.assertEqual(sorted(completed("ghostport", "signatures", "li")), ["lint", "list"])
        self.assertIn("ssh-on-3238.pcap", completed("ghostport", "replay", f"{SOURCE}/pcaps/recorded/ssh-on-3238/ssh-on")[0])

    def test_the_plugins_are_a_package_of_their_own(self):
        built = sorted(path.name for path in BUILD.glob("ghostport-suricata*.so"))
        packages = list(pathlib.Path(self.folder.name).glob("suricata-ghostport_*.deb"))
        self.assertEqual(len(packages), 1 if built else 0)
        if not built:
            self.skipTest("this build has no plugins for Suricata")
        root = pathlib.Path(self.folder.name) / "plugins"
        said("dpkg-deb", "-x", packages[0], root)
        self.assertEqual(sorted(path.name for path in (root / "usr/lib/ghostport").iterdir()), built)
        for name in built:
            for suffix in (".rules", ".yaml"):
                self.assertTrue((root / "usr/share/ghostport/suricata" / name.replace(".so", suffix)).exists())
        depends = said("dpkg-deb", "-f", packages[0], "Depends")
        self.assertIn("libhyperscan5", depends)
        self.assertNotIn("libpcap", depends)
        self.assertNotIn("librte", depends)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_its_unit_is_confined(self):
        text = subprocess.run(["systemd-analyze", "security", "--offline=true", self.root / "lib/systemd/system/ghostport.service"],
                              check=False, capture_output=True, text=True).stdout
        exposure = re.search(r"exposure level for ghostport\.service: ([\d.]+)", text)
        self.assertLessEqual(float(exposure[1]), 2.0, text)


if __name__ == "__main__":
    if not (BUILD / "CPackConfig.cmake").exists():
        print("only a release build makes the package")
        sys.exit(77)
    unittest.main()
