#!/usr/bin/python3
"""No single signature may cost: leaving any one out changes the instructions of scanning by at most 5 per cent.

usage: leave_one_out.py PROGRAM [FIRST LAST]
FIRST LAST: only the signatures with these numbers, LAST not included; all of them take hours.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MOST = 5.0


def totals(folder):
    """number of the signature left out -> instructions"""
    result = {}
    for path in folder.glob("out.*"):
        text = path.read_text(encoding="utf-8", errors="replace")
        name = re.search(r"Trigger: Client Request: (\d+)", text)
        total = re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)
        if name and total:
            result[int(name[1])] = int(total[1])
    return result


def main():
    if shutil.which("valgrind") is None:
        print("Debian's package valgrind is not installed")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run(["valgrind", "--quiet", "--tool=callgrind", "--collect-atstart=no",
                        f"--callgrind-out-file={folder}/out", *sys.argv[1:4]], check=True)
        counts = totals(folder)
    whole = counts.pop(max(counts))
    rows = sorted(((100 * (whole - count) / whole, number) for number, count in counts.items()), key=lambda row: -abs(row[0]))
    for change, number in rows[:10]:
        print(f"without signature {number}: {change:+.2f} % of {whole:,} instructions saved")
    if not rows:
        print("nothing was measured")
        return 1
    print(f"{len(rows)} signatures, each left out once: at most {abs(rows[0][0]):.2f} % of the instructions")
    return 0 if abs(rows[0][0]) <= MOST else 1


sys.exit(main())
