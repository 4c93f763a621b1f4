#!/usr/bin/python3
"""Captures through a real Suricata with a plugin that was built with sanitizers: no crash, no leak, records as the schema has them.

usage: suricata_sanitized.py MAJOR PLUGIN.so FOLDER...   (GHOSTPORT_SOURCE: the repository; build/suricata as get-suricata leaves it)
Every folder is one run (-r FOLDER), with our rules. Builds the plugin: cmake --preset asan -DGHOSTPORT_TESTS=OFF
-DGHOSTPORT_SANITIZED_PLUGINS=ON, then setarch -R cmake --build --preset asan --target ghostport-suricata7.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ.setdefault("GHOSTPORT_SOURCE", str(pathlib.Path(__file__).resolve().parents[2])))
os.environ.setdefault("GHOSTPORT", str(SOURCE / "build" / "release" / "ghostport"))
sys.path.insert(0, str(SOURCE / "tests" / "scripts"))
import jsonschema  # noqa: E402  pylint: disable=wrong-import-position
import suricata  # noqa: E402  pylint: disable=wrong-import-position


def main():
    major, plugin, folders = int(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:]
    schema = jsonschema.Draft202012Validator(json.loads((SOURCE / "docs" / "ghostport-record.schema.json").read_text()))
    rules = (SOURCE / "plugin" / "suricata" / f"ghostport-suricata{major}.rules").read_text()
    library = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True).stdout.strip()
    library = os.path.realpath(library)
    wrong = 0
    for folder in folders:
        with tempfile.TemporaryDirectory() as work:
            reports = pathlib.Path(work) / "asan"
            config = pathlib.Path(work) / "ghostport.yaml"
            config.write_text("watch: all\n", encoding="utf-8")
            # Suricata's own leaks at its end are not ours: what counts is a report that names this library.
            ran = suricata.Run(major, work, ["-r", folder, "--runmode", "single"], config=config, rules=rules, shared_object=plugin, patience=3000,
                               preload=library, environment={"ASAN_OPTIONS": f"detect_leaks=1:log_path={reports}:fast_unwind_on_malloc=0",
                                                             "UBSAN_OPTIONS": "print_stacktrace=1"})
            texts = [path.read_text(errors="replace") for path in pathlib.Path(work).glob("asan*")]
            ours = [text for text in texts for part in text.split("\n\n")
                    if "ERROR: AddressSanitizer" in part or "leak of" in part and plugin.name in part]
            records = ran.records("ghostport")
            bad = [error.message for record in records for error in schema.iter_errors(record)]
            read = ran.talk[ran.talk.rfind("read "):].splitlines()[0] if "read " in ran.talk else "nothing read"
            print(f"{folder}: exit {ran.status}, {read}, {len(records)} records, {len(bad)} not as the schema has them, {len(ours)} reports")
            for text in ours[:2]:
                print(text[:4000])
            print("\n".join(bad[:5]), end="")
            if ran.status not in (0, 1) or bad or ours or "runtime error" in ran.talk:
                print(ran.talk[-1500:])
                wrong += 1
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
