#!/usr/bin/python3
"""A sensor as a bridge between two hosts: real servers, what passes, what is cut, and what happens when it dies."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import yaml

GHOSTPORT = os.environ["GHOSTPORT"]
SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests" / "scripts"))
import live  # noqa: E402  pylint: disable=wrong-import-position
from live import eventually  # noqa: E402  pylint: disable=wrong-import-position

CLIENT, SERVER = "10.9.0.1", "10.9.0.2"


class Bridge(unittest.TestCase):
    """client host - cable - sensor - cable - server host, each in a network namespace"""

    def setUp(self):
        base = f"ghostport-{os.getpid()}"
        self.client, self.middle, self.server = (f"{base}-{name}" for name in ("client", "middle", "server"))
        for name in (self.client, self.middle, self.server):
            live.run("ip", "netns", "add", name)
            self.addCleanup(live.run, "ip", "netns", "del", name)
            self.inside(name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
            self.inside(name, "ip", "link", "set", "lo", "up")
        for host, outer, inner, address in ((self.client, "left", "c0", CLIENT), (self.server, "right", "s0", SERVER)):
            self.inside(self.middle, "ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", host)
            self.inside(host, "ip", "address", "add", f"{address}/24", "dev", inner)
            for name, end in ((host, inner), (self.middle, outer)):
                self.inside(name, "ip", "link", "set", end, "up")
                self.inside(name, "ethtool", "-K", end, "tx", "off", "gro", "off", "gso", "off", "tso", "off")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    @staticmethod
    def inside(namespace, *words, **more):
        return subprocess.run(["ip", "netns", "exec", namespace, *words], check=True, capture_output=True, **more)

    def refused(self, *devices, prefix=(), driver="dpdk", kind="vdev"):
        """what run says of a capture that cannot be opened, without the file's folder"""
        path = self.folder / "ghostport.yaml"
        path.write_text(f"capture:\n  driver: {driver}\n  ports:\n" + "".join(f"    - {{{kind}: '{one}'}}\n" for one in devices),
                        encoding="utf-8")
        ended = subprocess.run(["ip", "netns", "exec", self.middle, *prefix, GHOSTPORT, "run", "-c", str(path)],
                               capture_output=True, check=False, timeout=60)
        self.assertEqual(ended.returncode, 4, ended.stderr)
        return ended.stderr.decode().replace(f"{self.folder}/", "")

    def test_a_device_that_cannot_be_is_told_with_its_cause_and_place(self):
        self.assertEqual(
            self.refused("net_af_packet0,iface=lefft", "net_af_packet1", "net_af_paket2,iface=left", "net_pcap3,rx_pcap=/none"),
            "ghostport.yaml:4:7: vdev \"net_af_packet0,iface=lefft\" cannot be made: this machine has no interface \"lefft\"\n"
            "ghostport.yaml:5:7: vdev \"net_af_packet1\" cannot be made: it needs an interface, such as net_af_packet1,iface=eth0\n"
            "ghostport.yaml:6:7: vdev \"net_af_paket2,iface=left\" cannot be made: no driver is called \"net_af_paket\", "
            "did you mean \"net_af_packet\"?\n"
            "ghostport.yaml:7:7: vdev \"net_pcap3,rx_pcap=/none\" cannot be made: the file \"/none\" cannot be read: "
            "No such file or directory\n")
        self.assertIn("ghostport.yaml:5:7: interface \"lefft\" cannot be opened: ",
                      self.refused("left", "lefft", driver="pcap", kind="interface"))
        self.assertIn("it needs the capability CAP_NET_RAW, or root",
                      self.refused("net_af_packet0,iface=left", prefix=["setpriv", "--bounding-set", "-net_raw"]))

    def test_a_leg_without_a_link_is_told(self):
        self.inside(self.middle, "ip", "link", "set", "right", "down")
        sensor = self.start(**{"unix-command": {"filename": str(self.folder / "socket")}})
        self.assertIn(b"port net_af_packet1: link is down; waiting for it", sensor.talk)

        def links():
            words = [GHOSTPORT, "status", "--json", "-c", str(self.folder / "ghostport.yaml")]
            return [one["link"] for one in json.loads(subprocess.run(words, check=True, capture_output=True).stdout)["interfaces"]]
        # The kernel takes up to a second to tell of a new link.
        self.assertTrue(eventually(lambda: links() == ["up", "down"]))
        self.assertFalse(self.reaches())
        self.inside(self.middle, "ip", "link", "set", "right", "up")
        self.assertTrue(eventually(self.reaches))
        self.assertTrue(eventually(lambda: links() == ["up", "up"]))
        self.inside(self.server, "ip", "link", "del", "s0")
        self.assertTrue(eventually(lambda: links() == ["up", "gone"]))
        sensor.stop()
        self.assertIn(b"its interface is gone", sensor.talk)

    def test_a_frame_that_its_leg_cannot_send_is_counted_as_lost(self):
        sensor = self.start(**{"unix-command": {"filename": str(self.folder / "socket")}})
        self.assertTrue(eventually(self.reaches))
        # The kernel makes one datagram of both fragments, and that is longer than the MTU of the other leg.
        self.assertEqual(self.ask("ping", "-c", "3", "-i", "0.2", "-W", "1", "-s", "1473", SERVER).returncode, 1)
        self.assertEqual(self.ask("ping", "-c", "1", "-W", "1", "-s", "1472", SERVER).returncode, 0)
        words = [GHOSTPORT, "status", "--json", "-c", str(self.folder / "ghostport.yaml")]
        loss = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)["loss"]
        self.assertEqual(loss["transmit_lost"], 3)
        sensor.stop()
        self.assertIn(b"lost: 3 frames that could not be sent", sensor.talk)

    def start(self, driver="af_packet", on_unexpected="drop", **more):
        path = self.folder / "ghostport.yaml"
        path.write_text(yaml.safe_dump({
            "capture": {"driver": "dpdk", "workers": 1,
                        "ports": [{"vdev": f"net_{driver}0,iface=left"}, {"vdev": f"net_{driver}1,iface=right"}]},
            "mode": "inline", "inline": {"on-unexpected": on_unexpected},
            "unix-command": {"enabled": False}, **more}), encoding="utf-8")

        class Place:
            name = self.middle

        sensor = live.Sensor(Place, str(path))
        self.addCleanup(sensor.kill)
        return sensor

    def serve(self, *words):
        process = subprocess.Popen(["ip", "netns", "exec", self.server, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def end():
            process.kill()
            process.wait(timeout=30)
        self.addCleanup(end)
        return process

    def listening(self, port):
        return f":{port} ".encode() in self.inside(self.server, "ss", "-Hltn").stdout

    def ask(self, *words, seconds=5):
        return subprocess.run(["ip", "netns", "exec", self.client, "timeout", str(seconds), *words], capture_output=True, check=False)

    def reaches(self):
        return self.ask("ping", "-c", "1", "-W", "1", SERVER).returncode == 0

    @staticmethod
    def findings(out):
        records = [json.loads(line) for line in out.splitlines()]
        return sorted((one["dest_port"], one["ghostport"]["verdict"], one["ghostport"]["service"]["name"])
                      for one in records if one["event_type"] == "ghostport"), records

    @unittest.skipUnless(shutil.which("/usr/sbin/sshd"), "no sshd")
    def test_an_ssh_server_is_cut_at_its_banner_and_another_is_not_touched(self):
        key = self.folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        os.makedirs("/run/sshd", exist_ok=True)
        for port in ("22", "3238"):
            self.serve("/usr/sbin/sshd", "-D", "-f", "/dev/null", "-h", str(key), "-p", port)
        self.assertTrue(eventually(lambda: self.listening(22) and self.listening(3238)))
        sensor = self.start()
        scan = ["ssh-keyscan", "-T", "3", "-p"]
        self.assertIn(b"ssh-ed25519", self.ask(*scan, "22", SERVER).stdout)
        self.assertEqual(self.ask(*scan, "3238", SERVER).stdout, b"")
        said, records = self.findings(sensor.stop())
        self.assertEqual(set(said), {(3238, "unexpected", "ssh")})
        self.assertEqual({one["alert"]["action"] for one in records if one["event_type"] == "alert"}, {"blocked"})

    @unittest.skipUnless(shutil.which("/usr/sbin/nginx"), "no nginx")
    def test_a_web_server_is_rejected(self):
        (self.folder / "index.html").write_text("hello")
        os.chmod(self.folder, 0o755)
        config = self.folder / "nginx.conf"
        config.write_text(f"""daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log;
events {{}}
http {{ access_log off; client_body_temp_path {self.folder}; server {{ listen 3239; listen 8080; root {self.folder}; }} }}
""")
        self.serve("/usr/sbin/nginx", "-c", str(config))
        self.assertTrue(eventually(lambda: self.listening(3239)))
        sensor = self.start(on_unexpected="reject")
        get = "import urllib.request, sys; print(urllib.request.urlopen(sys.argv[1], timeout=4).read().decode())"
        self.assertEqual(self.ask("/usr/bin/python3", "-c", get, f"http://{SERVER}:8080/").stdout, b"hello\n")
        cut = self.ask("/usr/bin/python3", "-c", get, f"http://{SERVER}:3239/")
        self.assertIn(b"Connection reset by peer", cut.stderr)
        self.assertTrue(eventually(lambda: b"3239" not in self.inside(self.server, "ss", "-Htn", "state", "established").stdout),
                        "the server was told too")
        self.assertEqual(self.findings(sensor.stop())[0], [(3239, "unexpected", "http")])

    def test_everything_else_passes_whole(self):
        self.serve("iperf3", "-s")
        self.assertTrue(eventually(lambda: self.listening(5201)))
        for driver in ("af_packet", "af_xdp"):
            with self.subTest(driver=driver):
                sensor = self.start(driver)
                for words in ((), ("-R",), ("-u", "-b", "20M")):
                    ran = self.ask("iperf3", "-c", SERVER, "-t", "1", "-J", *words, seconds=20)
                    self.assertEqual(ran.returncode, 0, ran.stdout)
                    end = json.loads(ran.stdout)["end"]
                    if words and words[0] == "-u":
                        self.assertLess(end["sum"]["lost_percent"], 1)
                    else:
                        self.assertGreater(end["sum_received"]["bytes"], 1_000_000)
                # A checksum that did not survive would show in the receivers' counters.
                for host in (self.client, self.server):
                    bad = self.inside(host, "nstat", "-az", "TcpInCsumErrors", "UdpInCsumErrors").stdout.decode()
                    self.assertEqual([line.split()[1] for line in bad.splitlines() if "Csum" in line], ["0", "0"])
                sensor.stop()
                self.assertNotIn(b"could not be sent", sensor.talk)

    def test_after_a_kill_the_next_one_forwards_within_a_second(self):
        sensor = self.start()
        self.assertTrue(eventually(self.reaches))
        for _ in range(3):
            sensor.kill()
            self.assertFalse(self.reaches(), "nothing bridges while no sensor runs")
            begun = time.monotonic()
            sensor = self.start()
            self.assertTrue(self.reaches())
            self.assertLess(time.monotonic() - begun, 5, "on an idle machine it is well under one second")
        sensor.stop()

    def test_starts_and_stops_under_traffic(self):
        stopping = threading.Event()

        def traffic():
            while not stopping.is_set():
                self.ask("ping", "-c", "20", "-i", "0.002", "-W", "1", "-q", SERVER)
        thread = threading.Thread(target=traffic)
        thread.start()
        try:
            for _ in range(int(os.environ.get("GHOSTPORT_STARTS", "10"))):
                sensor = self.start()
                self.assertTrue(eventually(self.reaches, 10), "to the server and back")
                sensor.stop()
        finally:
            stopping.set()
            thread.join()


if __name__ == "__main__":
    live.need_namespaces()
    if b"DPDK: not built in" in subprocess.run([GHOSTPORT, "--version"], capture_output=True, check=True).stdout:
        print("this build has no DPDK, through which alone it bridges")
        sys.exit(77)
    unittest.main()
