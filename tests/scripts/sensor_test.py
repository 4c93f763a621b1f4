#!/usr/bin/python3
"""ghostport run as an operator meets it: control socket, reload, rotation, outputs that fail, a hanging Prometheus."""
import http.client
import json
import os
import pathlib
import pwd
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

GHOSTPORT = os.environ["GHOSTPORT"]
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests" / "scripts"))
import live  # noqa: E402  pylint: disable=wrong-import-position
from live import eventually  # noqa: E402  pylint: disable=wrong-import-position

SSH = live.Case(SOURCE / "pcaps/recorded/ssh-on-3238", {"pcap": "ssh-on-3238.pcap"})
FLOW = [data for _, data, _ in SSH.packets()]


def ssh_flow(number):
    """the recorded conversation from another client port: an ssh server on 3238, one finding"""
    port = struct.pack(">H", 10_000 + number)
    result = []
    for data in FLOW:
        offset = 34 if data[36:38] == b"\x0c\xa6" else 36
        result.append(data[:offset] + port + data[offset + 2:])
    return result


class Running(unittest.TestCase):
    def setUp(self):
        self.wire = live.Wire("sensor")
        self.addCleanup(self.wire.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.sent = 0
        self.sensor = None

    def config(self, **more):
        path = self.folder / "ghostport.yaml"
        path.write_text(yaml.safe_dump({
            "capture": {"driver": "pcap", "ports": [{"interface": self.wire.there}], "workers": 2},
            "unix-command": {"filename": str(self.folder / "socket")},
            "outputs": [{"eve": {"path": str(self.folder / "eve.json"), "types": ["ghostport"]}}], **more}), encoding="utf-8")
        return str(path)

    def start(self, prefix=(), arguments=(), **more):
        self.sensor = live.Sensor(self.wire, self.config(**more), prefix, arguments)
        self.addCleanup(self.sensor.kill)
        return self.sensor

    def send_flows(self, count):
        for _ in range(count):
            for data in ssh_flow(self.sent):
                self.wire.socket.send(data)
            self.sent += 1
            time.sleep(0.002)

    def ask(self, command, **arguments):
        """as suricatasc does: the first message without a line break"""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(str(self.folder / "socket"))
            answers = client.makefile("r")
            client.sendall(b'{"version": "0.2"}')
            self.assertEqual(json.loads(answers.readline()), {"return": "OK"})
            client.sendall(json.dumps({"command": command, "arguments": arguments}).encode() + b"\n")
            return json.loads(answers.readline())

    def message(self, command, **arguments):
        answer = self.ask(command, **arguments)
        self.assertEqual(answer["return"], "OK", answer)
        return answer["message"]

    def findings(self):
        return self.message("ghostport-status")["findings"]["unexpected"]

    def lines(self, name="eve.json"):
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def test_the_control_socket_answers_like_suricatas(self):
        self.start()
        self.send_flows(3)
        self.assertTrue(eventually(lambda: self.findings() == 3))
        commands = self.message("command-list")
        self.assertEqual(commands["count"], len(commands["commands"]))
        self.assertRegex(self.message("version"), r"^\d+\.\d+\.\d+$")
        self.assertLess(self.message("uptime"), 60)
        self.assertEqual(self.message("running-mode"), "tap")
        self.assertEqual(self.message("capture-mode"), "pcap")
        self.assertEqual(self.message("iface-list"), {"count": 1, "ifaces": [self.wire.there]})
        self.assertEqual(self.message("iface-stat", iface=self.wire.there)["pkts"], 3 * len(FLOW))
        self.assertEqual(self.ask("iface-stat", iface="eth9")["return"], "NOK")
        self.assertEqual(self.message("conf-get", variable="capture.driver"), "pcap")
        self.assertEqual(self.ask("conf-get", variable="capture.none")["return"], "NOK")
        counters = self.message("dump-counters")
        self.assertEqual(counters["decoder"]["pkts"], 3 * len(FLOW))
        self.assertEqual(sum(one["decoder"]["pkts"] for one in counters["threads"].values()), 3 * len(FLOW))
        self.assertEqual(counters["ghostport"]["unexpected"], 3)
        self.assertGreater(self.message("ruleset-stats")[0]["rules_loaded"], 500)
        self.assertIn("did you mean uptime", self.ask("upime")["message"])
        status = json.loads(subprocess.run([GHOSTPORT, "status", "--json", "-c", self.folder / "ghostport.yaml"],
                                           check=True, capture_output=True).stdout)
        self.assertEqual(sum(status["workers"]), status["packets"])
        table = subprocess.run([GHOSTPORT, "status", "-c", self.folder / "ghostport.yaml"], check=True, capture_output=True).stdout
        self.assertIn(b"3 unexpected", table)
        self.assertEqual(self.message("shutdown"), "closing")
        self.assertEqual(self.sensor.wait(), 0)
        self.assertFalse((self.folder / "socket").exists())

    def test_a_link_that_is_down_or_gone_is_in_status(self):
        self.start()
        wire = self.wire

        def link():
            return self.message("ghostport-status")["interfaces"]
        self.assertEqual(link(), [{"name": wire.there, "link": "up"}])
        wire.inside("ip", "link", "set", wire.there, "down")
        self.assertEqual(link(), [{"name": wire.there, "link": "down"}])
        table = subprocess.run([GHOSTPORT, "status", "-c", self.folder / "ghostport.yaml"], check=True, capture_output=True).stdout
        self.assertIn(b"there down", table)
        wire.inside("ip", "link", "set", wire.there, "up")
        self.assertEqual(link(), [{"name": wire.there, "link": "up"}])
        self.assertTrue(eventually(lambda: self.send_flows(1) or self.findings() > 0))
        wire.inside("ip", "link", "del", wire.there)
        self.assertEqual(link(), [{"name": wire.there, "link": "gone"}])
        self.sensor.stop()
        self.assertIn(b"waiting for it", self.sensor.talk)

    def test_rates_are_those_of_the_last_second_and_idleness_ends_it(self):
        self.start(arguments=["--idle-exit", "2"])
        most = 0.0

        def sampled():  # a flow at least each few milliseconds
            nonlocal most
            self.send_flows(5)
            most = max(most, self.message("ghostport-status")["packets_per_second"])
            return self.sent > 600
        begun = time.monotonic()
        self.assertTrue(eventually(sampled))
        sent = self.sent * len(FLOW) / (time.monotonic() - begun)
        self.assertGreater(most, sent / 3)
        self.assertEqual(self.sensor.wait(), 0)

    def test_what_is_no_message_harms_nobody(self):
        self.start()
        for words in (b"\x00\xff\n", b"[1,2]\n", b'{"version":"9"}', b"{" * 100_000, b'{"version":"0.2"}{"command":7}\n'):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(self.folder / "socket"))
                client.settimeout(5)
                try:
                    client.sendall(words)
                    while client.recv(4096):
                        pass
                except OSError:
                    pass
        idle = [socket.socket(socket.AF_UNIX) for _ in range(40)]
        for client in idle:
            try:
                client.connect(str(self.folder / "socket"))
            except OSError:
                pass
        for client in idle:
            client.close()

        def answers():
            try:
                return self.message("uptime") >= 0
            except OSError:  # those above are still in line
                return False
        self.assertTrue(eventually(answers))
        self.send_flows(1)
        self.assertTrue(eventually(lambda: self.findings() == 1))

    def test_a_reload_takes_new_rules_and_refuses_wrong_ones(self):
        self.start()
        self.send_flows(2)
        self.assertTrue(eventually(lambda: self.findings() == 2))
        exception = {"port": "3238/tcp", "service": "ssh", "why": "lab"}
        self.config(exceptions=[exception])
        self.assertEqual(subprocess.run([GHOSTPORT, "reload", "-c", self.folder / "ghostport.yaml"], check=True,
                                        capture_output=True).stdout, b"reloaded\n")
        self.send_flows(2)
        self.assertTrue(eventually(lambda: self.message("ghostport-status")["findings"]["expected"] == 2))
        self.config(exceptions=[{**exception, "service": "shh"}])
        self.sensor.process.send_signal(signal.SIGUSR2)
        self.assertTrue(eventually(lambda: self.message("ghostport-status")["rules"]["refused_reloads"] == 1))
        (self.folder / "ports.yaml").write_text("ports: [{port: 8080, gost: true}]\n", encoding="utf-8")
        self.config(exceptions=[exception], registry={"include": ["ports.yaml"]})
        asked = subprocess.run([GHOSTPORT, "reload", "-c", self.folder / "ghostport.yaml"], check=False, capture_output=True)
        self.assertEqual(asked.returncode, 1, asked.stderr)
        self.assertRegex(asked.stderr, rb"(?m)^\S*ports\.yaml:1:\d+: ")
        self.send_flows(2)
        self.assertTrue(eventually(lambda: self.message("ghostport-status")["findings"]["expected"] == 4))
        self.assertEqual(self.findings(), 2)
        self.sensor.stop()
        self.assertIn(b"did you mean", self.sensor.talk)
        self.assertIn(b"not reloaded", self.sensor.talk)

    def test_limits_are_those_of_the_start_whatever_a_reload_reads(self):
        self.start(limits={"memory": "400MiB"})
        self.assertEqual(self.message("ghostport-status")["memory"]["limit"], 400 << 20)
        self.config(limits={"memory": "900MiB"})
        self.assertEqual(self.message("reload-rules"), "done; a restart is needed for limits")
        self.assertEqual(subprocess.run([GHOSTPORT, "reload", "-c", self.folder / "ghostport.yaml"], check=True,
                                        capture_output=True).stdout, b"reloaded; a restart is needed for limits\n")
        self.assertEqual(self.message("ghostport-status")["memory"]["limit"], 400 << 20)
        self.config(limits={"memory": "400MiB"})
        self.assertEqual(self.message("reload-rules"), "done")

    def test_a_rotated_file_is_opened_anew(self):
        self.start()
        self.send_flows(2)
        self.assertTrue(eventually(lambda: len(self.lines()) == 2))
        os.rename(self.folder / "eve.json", self.folder / "eve.json.1")
        self.sensor.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually((self.folder / "eve.json").exists))
        self.send_flows(2)
        self.assertTrue(eventually(lambda: len(self.lines()) == 2))
        self.assertEqual(len(self.lines("eve.json.1")), 2)

    def test_a_full_disk_holds_up_nobody_and_is_told(self):
        disk = self.folder / "disk"
        disk.mkdir()
        # A file system of its own, in a mount namespace of its own.
        prefix = ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size=256k none {disk} && exec "$@"', "sh"]
        self.start(prefix, outputs=[{"eve": {"path": str(disk / "eve.json"), "buffer-size": "64KiB"}},
                                    {"eve": {"path": str(self.folder / "eve.json"), "types": ["ghostport"]}}])
        self.send_flows(200)
        self.assertTrue(eventually(lambda: self.findings() == 200))
        full = self.message("ghostport-status")["outputs"][0]
        self.assertGreater(full["lost"], 0, full)
        self.assertEqual(full["trouble"], "No space left on device")
        self.assertTrue(eventually(lambda: len(self.lines()) == 200), "the other output has everything")
        seen = pathlib.Path(f"/proc/{self.sensor.sensor_pid()}/root{disk}/eve.json")
        for line in seen.read_text().splitlines():
            json.loads(line)  # no half line
        seen.write_text("")  # there is room again
        self.assertTrue(eventually(lambda: self.message("ghostport-status")["outputs"][0]["trouble"] == ""))
        self.send_flows(5)
        self.assertTrue(eventually(lambda: self.findings() == 205))
        out = self.sensor.stop(3)
        self.assertEqual(out, b"")
        self.assertIn(b"No space left on device", self.sensor.talk)
        self.assertIn(b"is written again", self.sensor.talk)

    def test_root_is_given_up_once_everything_is_open(self):
        os.chmod(self.folder, 0o755)
        notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notified.close)
        notified.settimeout(30)
        notified.bind(str(self.folder / "notify"))
        os.chmod(self.folder / "notify", 0o777)  # as systemd's is
        self.start(["env", f"NOTIFY_SOCKET={self.folder}/notify", "WATCHDOG_USEC=400000"], outputs=[
            {"eve": {"path": str(self.folder / "eve.json"), "types": ["ghostport"]}},
            {"eve": {"path": str(self.folder / "of-%Y.json"), "types": ["ghostport"]}}], **{"run-as": {"user": "nobody"}})
        self.assertIn(b"may make no files in its folder", self.sensor.talk)
        self.assertEqual(notified.recv(100), b"READY=1")
        self.assertEqual(notified.recv(100), b"WATCHDOG=1")
        user = str(pwd.getpwnam("nobody").pw_uid)
        for task in pathlib.Path(f"/proc/{self.sensor.sensor_pid()}/task").iterdir():
            status = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines())
            self.assertEqual(status["Uid"].split(), [user] * 4)
            self.assertEqual(int(status["CapEff"], 16) & ~(1 << 13 | 1 << 12), 0, "at most CAP_NET_RAW and CAP_NET_ADMIN")
            if task.name == str(self.sensor.sensor_pid()):
                self.assertEqual(status["NoNewPrivs"], "1")
        self.send_flows(2)
        self.assertTrue(eventually(lambda: self.findings() == 2))
        os.chmod(self.folder, 0o777)  # nobody's folder now
        os.rename(self.folder / "eve.json", self.folder / "eve.json.1")
        self.sensor.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually((self.folder / "eve.json").exists))
        self.sensor.stop()
        self.assertIn(b"running as nobody", self.sensor.talk)
        # The address sanitizer's leak check, and a thread of the thread sanitizer's own, are no part of the product.
        self.assertRegex(self.sensor.talk, rb"confined: (files are read only where|this build checks its memory)|"
                                           rb"confined, but Landlock does not hold for 1 thread,")
        timed, = self.folder.glob("of-2*.json")
        self.assertEqual(len(self.lines(timed.name)), 2)
        self.assertEqual(len(self.lines("eve.json.1")), 2)

    def test_a_prometheus_that_hangs_harms_nobody(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.start(http={"listen": f"127.0.0.1:{port}"})
        with live.inside(self.wire.name):
            hanging = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
            for one in hanging:
                one.sendall(b"GET /metrics HTTP/1.1\r\nHost:")
            self.send_flows(3)
            self.assertTrue(eventually(lambda: self.findings() == 3))

            def get(path, method="GET"):
                client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                client.request(method, path)
                answer = client.getresponse()
                body = answer.read().decode()
                client.close()
                return answer.status, body

            self.assertTrue(eventually(lambda: 'ghostport_findings_total{verdict="unexpected",transport="tcp",port="3238"} 3\n' in get("/metrics")[1]))
            status, text = get("/metrics")
            self.assertEqual(len(re.findall(r"^ghostport_findings_total", text, re.MULTILINE)), (4 + 1) * 2 * 6,
                             "four ghost ports and all others, two transports, six verdicts")
            newest = int(re.search(r"^ghostport_last_packet_timestamp_seconds (\d+)$", text, re.MULTILINE)[1])
            self.assertLess(abs(time.time() - newest), 60)
            self.assertEqual(status, 200)
            self.check_exposition(text)
            self.assertEqual(get("/healthz"), (200, "ok\n"))
            self.assertEqual(get("/else")[0], 404)
            self.assertEqual(get("/metrics", "POST")[0], 405)
            for one in hanging:
                one.close()

    def check_exposition(self, text):
        """Prometheus' text format: HELP and TYPE before every family, each once, samples of that family alone"""
        kinds, current, samples = {}, None, set()
        for line in text.splitlines():
            if line.startswith("# HELP "):
                current = line.split()[2]
                self.assertNotIn(current, kinds)
                self.assertGreater(len(line.split(" ", 3)[3]), 5)
            elif line.startswith("# TYPE "):
                self.assertEqual(line.split()[2], current)
                kinds[current] = line.split()[3]
            else:
                self.assertRegex(line, r'^[a-z_]+(\{[a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*\})? \d+(\.\d+)?$')
                self.assertEqual(line.split("{")[0].split()[0], current)
                self.assertNotIn(line.rsplit(" ", 1)[0], samples)
                samples.add(line.rsplit(" ", 1)[0])
                if kinds[current] == "counter":
                    self.assertTrue(current.endswith("_total"), current)
        self.assertGreater(len(kinds), 15)


if __name__ == "__main__":
    live.need_namespaces()
    unittest.main()
