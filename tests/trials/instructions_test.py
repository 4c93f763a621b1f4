#!/usr/bin/python3
"""Work stays in proportion: instructions for the worst hostile captures against those for a normal mix, by callgrind.

Counted is what Replay::run and all below it do, records included, start-up not. A capture of streams is measured per byte
of link time, which is what an attacker has to pay: a frame with its checksum and padding, preamble and gap (IEEE 802.3).
One that opens flow after flow is measured per flow, because its packets are as small as packets can be. Usage:
instructions_test.py [--keep FOLDER] [NAME...]; with --keep the captures and callgrind's files stay: callgrind_annotate
FOLDER/callgrind.N for capture N - 1, the last one without a number.
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


def link_bytes(wire):
    return sum(max(len(frame) + 4, 64) + 20 for _, frame in wire.frames)


def instructions(folder, paths):
    """Of each capture, in order: callgrind writes a file whenever a capture begins, and one at the end."""
    command = ["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=ghostport::Replay::run(*",
               "--dump-before=ghostport::FlowTracker::begin(*", f"--callgrind-out-file={folder}/callgrind",
               os.environ["GHOSTPORT"], "replay", "--eve", "/dev/null", "--quiet", *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"valgrind: exit status {done.returncode}\n{done.stderr[-3000:]}")
    totals = []
    for name in [f"callgrind.{number}" for number in range(2, len(paths) + 1)] + ["callgrind"]:
        text = pathlib.Path(folder, name).read_text(encoding="utf-8")
        totals.append(int(re.findall(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)[-1]))
    return totals


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
        totals = instructions(folder, paths)
    too_much = 0
    normal = wires[0]
    for name, wire, total in zip(generators, wires, totals):
        of_flows = name in hard_captures.FLOWS
        cost, usual = (total / wire.flows, totals[0] / normal.flows) if of_flows else (
            total / link_bytes(wire), totals[0] / link_bytes(normal))
        too_much += cost > FACTOR * usual
        print(f"{name:35} {len(wire.frames):6} packets of {wire.flows:4} flows, {total / len(wire.frames):7.0f} each, "
              f"{total / link_bytes(wire):7.2f} a byte; {cost / usual:5.2f} x a {'flow' if of_flows else 'byte'}"
              f"{'  TOO MUCH' if cost > FACTOR * usual else ''}")
    return 1 if too_much else 0


sys.exit(main())
