#!/usr/bin/python3
"""A host in plain C, through plugin/c_api.h, finds in every case what replay finds."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

GHOSTPORT = os.environ["GHOSTPORT"]
C_HOST = str(pathlib.Path(GHOSTPORT).with_name("c_host"))
EVERY = int(os.environ.get("GHOSTPORT_EVERY", "2"))
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests" / "scripts"))
import live  # noqa: E402  pylint: disable=wrong-import-position


def differs(case, words):
    """what is wrong, or nothing; None: this host cannot read it"""
    with tempfile.TemporaryDirectory() as folder:
        config = case.replay_configuration(folder)
        hosted = subprocess.run([C_HOST, *words, config, case.capture], capture_output=True, timeout=120, check=False)
        replayed = subprocess.run([GHOSTPORT, "replay", "--quiet", "-c", config, "--eve", "-", case.capture],
                                  capture_output=True, timeout=60, check=False)
    if hosted.returncode == 77:
        return None
    if hosted.returncode != 0:
        return f"{case.name} {words}: exit {hosted.returncode}: {hosted.stderr.decode()}"
    one, other = live.outcomes(hosted.stdout.decode()), live.outcomes(replayed.stdout.decode())
    if one == other:
        return ""
    return f"{case.name} {words}:\n  host only: {sorted(set(one) - set(other))}\n  replay only: {sorted(set(other) - set(one))}"


class Cases(unittest.TestCase):
    def compare(self, words, offset, at_least, left_out=()):
        cases = [case for case in live.cases(SOURCE / "pcaps")
                 if case.capture.suffix in (".pcap", ".pcapng") and not case.folder.name.startswith(left_out)][offset % EVERY::EVERY]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(lambda case: differs(case, words), cases))
        wrong = [text for text in results if text]
        if wrong:
            self.fail(f"{len(wrong)} of {len(cases)} cases:\n" + "\n".join(wrong))
        self.assertGreater(results.count(""), at_least // EVERY)

    def test_packets_on_one_thread(self):
        self.compare([], 0, 800)

    def test_packets_on_two_threads(self):
        self.compare(["--threads", "2"], 1, 800)

    def test_flows_that_the_host_tracks(self):
        # This host does not look into tunnels, and brings a mirror's second copy of a datagram as another one.
        self.compare(["--flows"], 0, 500, ("tunnel-", "row-33-udp-knocks-twice"))


if __name__ == "__main__":
    unittest.main()
