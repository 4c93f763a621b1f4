#!/usr/bin/python3
"""ghostport run on DPDK's net_pcap, which keeps the packets' own times, gives the records that replay gives.

Of the cases every 40th (GHOSTPORT_EVERY): tests/live has all of them, within one process.
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

GHOSTPORT = os.environ["GHOSTPORT"]
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests" / "scripts"))
import live  # noqa: E402  pylint: disable=wrong-import-position


def records(text):
    """sorted, without what names the file or is made from its name"""
    result = []
    for line in text.splitlines():
        record = json.loads(line)
        if record["event_type"] == "alert":
            continue
        for key in ("pcap_filename", "pcap_cnt", "flow_id"):
            record.pop(key, None)
        finding = record["ghostport"]
        finding.pop("id")
        if finding["revises"] is not None:
            finding["revises"] = True
        result.append(json.dumps(record, sort_keys=True))
    return sorted(result)


def differs(case, workers):
    """what is wrong, or nothing"""
    with tempfile.TemporaryDirectory() as folder:
        config = live.configuration(case, folder, {
            "driver": "dpdk", "workers": workers, "ports": [{"vdev": f"net_pcap0,rx_pcap={case.capture}"}]})
        ran = subprocess.run([GHOSTPORT, "run", "-c", config, "--idle-exit", "0.01"], capture_output=True, timeout=60, check=False)
        replayed = subprocess.run([GHOSTPORT, "replay", "--quiet", "-c", case.replay_configuration(folder), "--eve", "-", case.capture],
                                  capture_output=True, timeout=60, check=False)
    if ran.returncode != 0:
        return f"{case.name}: exit {ran.returncode}: {ran.stderr.decode()}"
    one, other = records(ran.stdout), records(replayed.stdout)
    if one == other:
        return ""
    return f"{case.name} with {workers} workers:\n  sensor only: {sorted(set(one) - set(other))}\n  replay only: {sorted(set(other) - set(one))}"


class Files(unittest.TestCase):
    """every case on Ethernet"""

    def test_records_are_those_of_replay(self):
        cases = [case for case in live.cases(SOURCE / "pcaps") if case.is_ethernet() and case.is_whole()]
        self.assertGreater(len(cases), 500)
        step = int(os.environ.get("GHOSTPORT_EVERY", "40"))
        work = [(case, 1 + index % 2) for index, case in enumerate(cases) if index % step == 0]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            wrong = [text for text in pool.map(lambda one: differs(*one), work) if text]
        self.assertFalse(wrong, f"{len(wrong)} of {len(work)} cases:\n" + "\n".join(wrong[:10]))


if __name__ == "__main__":
    version = subprocess.run([GHOSTPORT, "--version"], capture_output=True, check=True).stdout
    if b"DPDK: not built in" in version:
        print("this build has no DPDK")
        sys.exit(77)
    unittest.main()
