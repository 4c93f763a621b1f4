#!/usr/bin/python3
"""Work stays in proportion: instructions for the worst hostile captures against those for a normal mix, by callgrind.

Two parts are told apart. The packet path is all that Replay::run does but for the adjudicator; it is counted per byte of
link time, which is what an attacker has to pay: a frame with its checksum and padding, preamble and gap (IEEE 802.3). The
rest judges and writes records; it is counted per finding. Start-up is left out. Usage: instructions_test.py [--keep FOLDER]
[NAME...]; with --keep the captures and callgrind's files stay: callgrind_annotate FOLDER/callgrind.N for capture N - 1,
the last one without a number.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import hard_captures
from linux_stack import write_capture

FACTOR = 3  # times the normal mix
FEW = 100


def link_bytes(wire):
    return sum(max(len(frame) + 4, 64) + 20 for _, frame in wire.frames)


def inclusive(path, function):
    """Instructions of a function and all that it calls, and of the whole."""
    done = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", "--auto=no", path], check=True,
                          capture_output=True, text=True)
    counts = [int(line.split()[0].replace(",", "")) for line in done.stdout.splitlines() if function in line]
    total = re.search(r"^\s*([\d,]+).*PROGRAM TOTALS", done.stdout, re.MULTILINE).group(1)
    return max(counts, default=0), int(total.replace(",", ""))


def run(folder, paths):
    """For each capture, in order: findings, instructions of the packet path and of the rest."""
    command = ["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=ghostport::Replay::run(*",
               "--dump-before=ghostport::FlowTracker::begin(*", f"--callgrind-out-file={folder}/callgrind",
               os.environ["GHOSTPORT"], "replay", "--eve", "-", "--quiet", *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"valgrind: exit status {done.returncode}\n{done.stderr[-3000:]}")
    results = []
    for number, path in enumerate(paths, 2):  # a file is written whenever a capture begins, and one at the end
        name = folder / (f"callgrind.{number}" if number <= len(paths) else "callgrind")
        rest, total = inclusive(name, "ghostport::Adjudicator::run_once(")
        results.append((done.stdout.count(f'"pcap_filename":"{path}"'), total - rest, rest))
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("Debian's package valgrind is not installed")
        return 77
    generators = {"normal mix": hard_captures.normal_mix}
    generators |= {name: one for name, one in hard_captures.HARD.items() if not options.names or name in options.names}
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.keep or temporary)
        wires = [hard_captures.capture(generate) for generate in generators.values()]
        paths = [folder / f"{number}.pcap" for number in range(1, len(wires) + 1)]
        for path, wire in zip(paths, wires):
            write_capture(path, wire.frames)
        results = run(folder, paths)
    too_much = 0
    normal = None
    for name, wire, (findings, path, rest) in zip(generators, wires, results):
        if findings < FEW:  # what few findings cost counts with the packets
            path, rest = path + rest, 0
        costs = path / link_bytes(wire), rest / max(findings, 1)
        normal = normal or costs
        ratios = [cost / usual for cost, usual in zip(costs, normal)]
        worst = max(ratios)
        too_much += worst > FACTOR
        print(f"{name:35} {len(wire.frames):6} packets {path / len(wire.frames):7.0f} each {costs[0]:7.2f} a byte {ratios[0]:5.2f} x, "
              f"{findings:5} findings {costs[1]:8.0f} each {ratios[1]:5.2f} x{'  TOO MUCH' if worst > FACTOR else ''}")
    return 1 if too_much else 0


sys.exit(main())
