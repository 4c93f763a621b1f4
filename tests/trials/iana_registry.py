#!/usr/bin/python3
"""IANA's whole file becomes an include: every record is accounted for, the names of 3200-3330 are those of the extract, and nothing
more is judged."""
import csv
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import corpus

CSV = "data/iana-service-names-2026-03-01.csv"
EXTRACT = "data/iana-3200-3330.tsv"


def ghostport(*arguments):
    return subprocess.run([os.environ["GHOSTPORT"], *map(str, arguments)], capture_output=True, text=True, check=True)


def accounted(talk):
    total = int(re.search(r": ([\d,]+) records", talk)[1].replace(",", ""))
    kinds = [int(number.replace(",", "")) for number in re.findall(r"(?m)^ +([\d,]+)  (?:taken|left out): ", talk)]
    return total, sum(kinds)


def extract(path):
    """{(port, transport): (name, description, date)} of the extract's named rows"""
    names = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            first, _, last = row["port"].partition("-")
            for port in range(int(first), int(last or first) + 1):
                for transport in [row["proto"]] if row["proto"] else ["tcp", "udp"]:
                    if row["name"]:
                        names[port, transport] = (row["name"], row["description"], row["registered"])
    return names


def include_names(text):
    """the same of an include"""
    names, port = {}, None
    for line in text.splitlines():
        if found := re.match(r"  - port: (\d+)$", line):
            port = int(found[1])
        elif found := re.match(r'      - \{name: "(.*?)", transports: \[(.*?)\], by: iana,(?: registered: ([\d-]+),)? source: ".*?"(?:, text: "(.*)")?\}$', line):
            for transport in found[2].split(", "):
                names.setdefault((port, transport), (found[1], found[4] or "", found[3] or ""))
    return names


def judged(configuration):
    return re.search(r"watch: (.*)", ghostport("check", "-c", configuration).stdout)[1]


def main():
    source, wanted = corpus.shared_file(CSV), extract(corpus.shared_file(EXTRACT))
    with tempfile.TemporaryDirectory() as folder:
        include, configuration, plain = (pathlib.Path(folder, name) for name in ("iana.yaml", "with.yaml", "plain.yaml"))
        talk = ghostport("registry", "import", source, "-o", include).stderr
        print(talk, end="")
        total, sum_of_kinds = accounted(talk)
        assert total == sum_of_kinds == 14499, (total, sum_of_kinds)
        configuration.write_text("watch: all\nregistry: {include: [iana.yaml]}\n", encoding="utf-8")
        plain.write_text("watch: all\n", encoding="utf-8")
        assert judged(configuration) == judged(plain), "an import of names changes what is judged"
        part = ghostport("registry", "import", source, "--ports", "3200-3330").stdout
        assert include_names(part) == wanted, "3200-3330 is not what the extract says"
        print(f"{len(wanted)} names on 3200-3330 as in the extract")
    return 0


sys.exit(main())
