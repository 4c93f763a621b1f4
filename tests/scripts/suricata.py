"""What the tests inside Suricata share: one run of it with the plugin."""
import json
import os
import pathlib
import subprocess
import sys

import yaml

GHOSTPORT = pathlib.Path(os.environ["GHOSTPORT"])
BUILD = GHOSTPORT.parent
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
FOLDER = pathlib.Path(os.environ.get("GHOSTPORT_SURICATA", SOURCE / "build" / "suricata"))


def plugin(major):
    return BUILD / f"ghostport-suricata{major}.so"


def binary(major):
    return FOLDER / f"suricata{major}"


def client(major):
    """the words that start its suricatasc: a script in 7, a program of a later system in 8"""
    root = FOLDER / f"{major}-root"
    program = str(root / "usr/bin/suricatasc")
    if major == 7:
        return ["/usr/bin/python3", program]
    loader, *_ = root.glob("usr/lib*/ld-linux-x86-64.so.2")
    return [str(loader), "--library-path", str(root / "usr/lib/x86_64-linux-gnu"), program]


def need(major):
    """ends the script as skipped where this Suricata, or the plugin for it, is not there"""
    if not plugin(major).exists() or not binary(major).exists():
        print(f"there is no Suricata {major} to test with (packaging/get-suricata {major})")
        sys.exit(77)


class Run:
    """Suricata over a capture, or with arguments that say what else; `settings` go into suricata.yaml."""

    def __init__(self, major, folder, arguments, *, config=None, rules="", types=("alert",), settings=None, patience=120,
                 shared_object=None, prefix=(), environment=None, preload=None):
        self.folder = pathlib.Path(folder)
        root = FOLDER / f"{major}-root"
        (self.folder / "test.rules").write_text(rules, encoding="utf-8")
        (self.folder / "eve.json").unlink(missing_ok=True)
        content = {
            "plugins": [str(shared_object or plugin(major))],
            "outputs": [{"eve-log": {"enabled": "yes", "filetype": "regular", "filename": "eve.json", "community-id": "yes",
                                     "types": list(types)}}],
            "vars": {"address-groups": {"HOME_NET": "any", "EXTERNAL_NET": "any"}},
            "default-rule-path": str(self.folder),
            "rule-files": ["test.rules"],
            "classification-file": str(root / "etc/suricata/classification.config"),
            "reference-config-file": str(root / "etc/suricata/reference.config"),
            "stats": {"enabled": "no"},
            "unix-command": {"enabled": "no"},
            "app-layer": {"protocols": {}},
            **(settings or {}),
        }
        if config:
            content["ghostport"] = {"config": str(config), **content.get("ghostport", {})}
        path = self.folder / "suricata.yaml"
        path.write_text("%YAML 1.1\n---\n" + yaml.safe_dump(content), encoding="utf-8")
        started = [str(binary(major))] if preload is None else [str(binary(major)), "--preload", preload]
        self.words = [*prefix, *started, "-c", str(path), "-l", str(self.folder), *map(str, arguments)]
        self.process = subprocess.run(self.words, capture_output=True, timeout=patience, check=False,
                                      env={**os.environ, **(environment or {})})
        self.talk = (self.process.stdout + self.process.stderr).decode(errors="replace")
        self.status = self.process.returncode

    def lines(self, event_type=None):
        path = self.folder / "eve.json"
        if not path.exists():
            return []
        return [line for line in path.read_text(encoding="utf-8").splitlines()
                if event_type is None or f'"event_type":"{event_type}"' in line]

    def records(self, event_type=None):
        return [json.loads(line) for line in self.lines(event_type)]
