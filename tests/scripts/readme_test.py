#!/usr/bin/python3
"""The README's picture, table and record are what the program says of some recorded captures; --write refreshes them."""
import html
import json
import os
import pathlib
import re
import subprocess
import sys

SHOWN = ["ssh", "http", "http-ipv6", "tls", "redis", "rdp", "modbus", "smb", "shell", "mysql", "postgresql-tls", "scan-listener", "bittorrent-encrypted"]
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
MARK = "<!-- {}: written by tests/scripts/readme_test.py --write -->\n"
COLOURS = {"unexpected": "#ff7b72", "unrecognized": "#e3b341", "listener": "#e3b341", "probe": "#79c0ff"}


def replay():
    """-> the table's lines without file names, and the first record"""
    folders = [str(folder.relative_to(SOURCE)) for name in SHOWN
               for folder in sorted((SOURCE / "pcaps/recorded").glob(f"{name}-on-*"))[:1]]
    said = subprocess.run([os.environ["GHOSTPORT"], "replay", *folders], cwd=SOURCE, check=True,
                          capture_output=True, text=True).stdout.splitlines()
    table = [re.sub(r"  +in pcaps/.*", "", line) for line in said]
    records = subprocess.run([os.environ["GHOSTPORT"], "replay", "--eve", "-", "pcaps/recorded/ssh-on-3238"], cwd=SOURCE,
                             check=True, capture_output=True, text=True).stdout.splitlines()
    return table, records[0]


def picture(table):
    rows = ["$ ghostport replay pcaps/recorded", ""] + table
    width, height = 8 * max(map(len, rows)) + 40, 20 * len(rows) + 40
    lines = []
    for number, row in enumerate(rows):
        word = row.split(" ", 1)[0]
        colour = "#7d8590" if row.startswith("    ") else COLOURS.get(word, "#e6edf3")
        lines.append(f'<text x="20" y="{35 + 20 * number}" fill="{colour}" xml:space="preserve">{html.escape(row)}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
            'aria-label="A terminal with the findings of the recorded captures">\n'
            f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>\n'
            '<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="13">\n' + "\n".join(lines) +
            "\n</g>\n</svg>\n")


def on_lines(record):
    """one field a line, the fields of ghostport too"""
    def line(key, value, indent):
        return f"{indent}{json.dumps(key)}:" + json.dumps(value, separators=(",", ":"))
    inner = ",\n".join(line(*item, "  ") for item in record["ghostport"].items())
    outer = ",\n".join(line(*item, " ") for item in record.items() if item[0] != "ghostport")
    return f'{{\n{outer},\n "ghostport":{{\n{inner}\n }}\n}}'


def between(text, name, content):
    begin, end = MARK.format(name), f"<!-- end of {name} -->"
    before, rest = text.split(begin)
    return before + begin + content + end + rest.split(end, 1)[1]


def main():
    table, record = replay()
    readme = (SOURCE / "README.md").read_text()
    short = "\n".join(re.sub(r" +$", "", line) for line in table[:7])
    wanted = between(readme, "table", f"```text\n{short}\n```\n")
    wanted = between(wanted, "record", f"```json\n{on_lines(json.loads(record))}\n```\n")
    files = {SOURCE / "README.md": wanted, SOURCE / "docs/findings.svg": picture(table)}
    if sys.argv[1:] == ["--write"]:
        for path, text in files.items():
            path.write_text(text)
        return 0
    stale = [str(path) for path, text in files.items() if not path.exists() or path.read_text() != text]
    if stale:
        print("no longer what the program says:", *stale, "(refresh with --write)")
    return 1 if stale else 0


sys.exit(main())
