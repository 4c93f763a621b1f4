#!/usr/bin/python3
"""Throughput and latency of the inline sensor against DPDK's testpmd on the same virtual devices, in alternation.

    GHOSTPORT=build/release/ghostport GHOSTPORT_SOURCE=. tests/trials/bridge_against_testpmd.py [ROUNDS]
"""
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(os.environ["GHOSTPORT_SOURCE"]) / "tests" / "scripts"))
import inline_bridge_test as bridge  # noqa: E402
import live  # noqa: E402


class Measure(bridge.Bridge):
    """the hosts and cables of the test"""

    def runTest(self):
        pass

    def testpmd(self, driver):
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.middle, "dpdk-testpmd", "-l", "0,1", "--no-huge", "-m", "512", "--no-pci", "--no-shconf",
             "--no-telemetry", f"--vdev=net_{driver}0,iface=left", f"--vdev=net_{driver}1,iface=right", "--", "--auto-start",
             "--forward-mode=io", "--total-num-mbufs=16384", "--stats-period=3600"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertTrue(live.eventually(self.reaches))
        return process

    def figures(self):
        ran = json.loads(self.ask("iperf3", "-c", bridge.SERVER, "-t", "3", "-J", seconds=20).stdout)
        flood = self.ask("ping", "-f", "-q", "-c", "20000", bridge.SERVER, seconds=60).stdout.decode()
        return (ran["end"]["sum_received"]["bits_per_second"] / 1e9,
                float(re.search(r"= [\d.]+/([\d.]+)/", flood).group(1)) * 1000)


def main(rounds):
    live.need_namespaces()
    measure = Measure()
    measure.setUp()
    try:
        measure.serve("iperf3", "-s")
        for driver in ("af_packet", "af_xdp"):
            ours, theirs = [], []
            for _ in range(rounds):
                process = measure.testpmd(driver)
                theirs.append(measure.figures())
                process.stdin.close()
                process.terminate()
                process.wait(timeout=30)
                time.sleep(0.3)
                sensor = measure.start(driver)
                ours.append(measure.figures())
                sensor.stop()
                time.sleep(0.3)
            middle = [[statistics.median(one[i] for one in runs) for i in (0, 1)] for runs in (ours, theirs)]
            print(f"{driver}: {middle[0][0]:.2f} Gbit/s against testpmd's {middle[1][0]:.2f}: {middle[0][0] / middle[1][0]:.2f} x; "
                  f"flood ping {middle[0][1]:.1f} us against {middle[1][1]:.1f}: {middle[0][1] / middle[1][1]:.2f} x "
                  f"(medians of {rounds})")
    finally:
        measure.doCleanups()


main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
