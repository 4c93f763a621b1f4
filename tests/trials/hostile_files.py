#!/usr/bin/python3
"""Every hostile file of the corpus: no crash, no report of a sanitizer, at most ten seconds each. Meant for the asan build."""
import concurrent.futures
import os
import subprocess
import sys

import corpus

READ = (0, 3)  # to the end, or up to where it is broken


def fault_of(path):
    command = [os.environ["GHOSTPORT"], "replay", "--watch", "all", "--flows", "--eve", "-", "--quiet", path]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return "more than 10 s"
    if done.returncode not in READ:
        return f"exit status {done.returncode}: {done.stderr.decode(errors='replace')[-1500:]}"
    if done.returncode != 0 and not done.stderr:
        return "not a word about why it was not read"
    return None


def main():
    with corpus.unpacked("malformed.tar.zst") as folder:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            faults = [(path, fault) for path, fault in zip(files, pool.map(fault_of, files)) if fault]
    for path, fault in faults:
        print(f"{path.name}: {fault}")
    print(f"{len(files)} files, {len(faults)} faults")
    return 1 if faults or not files else 0


sys.exit(main())
