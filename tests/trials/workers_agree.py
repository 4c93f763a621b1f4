#!/usr/bin/python3
"""All captures of the corpus say the same, byte by byte, with 1, 2 and 4 workers."""
import hashlib
import itertools
import os
import subprocess
import sys

import corpus

COMPLETE = (0, 3)  # 3: some file could not be read to its end


def replay(folder, workers, out):
    command = [os.environ["GHOSTPORT"], "replay", "--watch", "all", "--flows", "--quiet", "--workers", str(workers)]
    done = subprocess.run([*command, "--eve", out, "captures"], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in COMPLETE:
        raise SystemExit(f"{workers} workers: exit status {done.returncode}\n{done.stderr[-2000:]}")
    return hashlib.sha256(out.read_bytes()).hexdigest()


def first_difference(one, other):
    with open(one, encoding="utf-8") as left, open(other, encoding="utf-8") as right:
        for number, (a, b) in enumerate(itertools.zip_longest(left, right), 1):
            if a != b:
                return f"line {number}\n  {a}  {b}"
    return "none"


def main():
    with corpus.unpacked("development.tar.zst", "captures") as folder:
        records = {workers: folder / f"{workers}.json" for workers in (1, 2, 4)}
        digests = {workers: replay(folder, workers, path) for workers, path in records.items()}
        count = sum(1 for _ in open(records[1], encoding="utf-8"))
        print(f"{sum(path.is_file() for path in (folder / 'captures').rglob('*'))} files, {count} records")
        for workers in (2, 4):
            if digests[workers] != digests[1]:
                print(f"1 and {workers} workers differ at {first_difference(records[1], records[workers])}")
        return 0 if len(set(digests.values())) == 1 and count > 0 else 1


sys.exit(main())
