"""What the tests of the live sensor share: the cases of pcaps/ as traffic."""
import contextlib
import ctypes
import functools
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time

import yaml

ETHERNET = 1


def eventually(condition, patience=30):
    """waits for it within reason"""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Case:
    """One capture with its configuration and what is expected."""

    def __init__(self, folder, content):
        self.name = str(folder)
        self.content = content
        self.folder = folder
        self.capture = folder / content["pcap"]
        self.config = content.get("config", {})

    @functools.cached_property
    def head(self):
        with open(self.capture, "rb") as file:
            return file.read(24)

    def _is(self, magic):
        return len(self.head) == 24 and struct.unpack("<I", self.head[:4])[0] == magic

    def is_ethernet(self):
        """and counts in microseconds"""
        return self._is(0xA1B2C3D4) and struct.unpack("<I", self.head[20:])[0] == ETHERNET

    def is_whole(self):
        """no frame is cut by a snap length: a wire's never is"""
        return all(len(data) == length for _, data, length in self.packets())

    def packets(self):
        """(microseconds, bytes, length on the wire) of each"""
        data = self.capture.read_bytes()
        at = 24
        while at + 16 <= len(data):
            seconds, fraction, captured, length = struct.unpack_from("<IIII", data, at)
            yield seconds * 1_000_000 + fraction, data[at + 16:at + 16 + captured], length
            at += 16 + captured

    def _write(self, folder, name, content):
        path = pathlib.Path(folder) / name
        config = dict(content)
        for section in ("registry", "signatures"):  # includes are relative to the case's own folder
            if section in config:
                config[section] = {**config[section], "include": [str(self.folder / one) for one in config[section].get("include", [])]}
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return str(path)

    def replay_configuration(self, folder):
        return self._write(folder, "replay.yaml", self.config)


def configuration(case, folder, capture, **more):
    """the case's own with this capture section; its path"""
    return case._write(folder, "run.yaml", {**case.config, "capture": capture, **more})  # pylint: disable=protected-access


def cases(root):
    """every case with one capture, in the order of names"""
    result = []
    for path in sorted(pathlib.Path(root).rglob("case.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(content.get("pcap"), str):
            result.append(Case(path.parent, content))
    return result


def outcomes(text):
    """the set of what a host of any kind must agree on"""
    last = {}
    for line in text.splitlines():
        record = json.loads(line)
        finding = record["ghostport"]
        # A revision takes the place of what it revises.
        last[finding["revises"] or finding["id"]] = (
            finding["verdict"], (finding["service"] or {}).get("name"), record["proto"], record["dest_port"],
            (finding["service"] or {}).get("side"), record["community_id"])
    return sorted(map(str, last.values()))


@contextlib.contextmanager
def inside(namespace):
    """this thread's new sockets are made in that namespace"""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        if libc.setns(there, 0) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        libc.setns(before, 0)
        os.close(there)
        os.close(before)


class Wire:
    """Two ends of a cable in a network namespace of its own: frames put into `here` come out of `there`."""
    here, there = "here", "there"

    def __init__(self, name, mtu=9000):
        self.name = f"ghostport-{os.getpid()}-{name}"
        run("ip", "netns", "add", self.name)
        self.inside("ip", "link", "set", "lo", "up")
        self.inside("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        self.inside("ip", "link", "add", self.here, "type", "veth", "peer", "name", self.there)
        for end in (self.here, self.there):
            self.inside("ip", "link", "set", end, "mtu", str(mtu), "arp", "off", "up")
            self.inside("ethtool", "-K", end, "tx", "off", "gro", "off")
        self.socket = self._socket()

    def _socket(self):
        with inside(self.name):
            result = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            result.bind((self.here, 0))
            return result

    def inside(self, *words):
        return run("ip", "netns", "exec", self.name, *words)

    def close(self):
        self.socket.close()
        run("ip", "netns", "del", self.name)


def run(*words):
    return subprocess.run(words, check=True, capture_output=True)


class Sensor:
    """ghostport run in a wire's namespace; `prefix`: a command around it; `arguments`: further ones"""

    def __init__(self, wire, config, prefix=(), arguments=()):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", wire.name, *prefix, os.environ["GHOSTPORT"], "run", "-c", config, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.talk = b""
        while b"running: " not in self.talk:
            line = self.process.stderr.readline()
            self.talk += line
            if not line:
                raise RuntimeError(self.talk.decode(errors="replace"))

    def sensor_pid(self):
        """ip and the commands around it become the sensor"""
        return self.process.pid

    def wait(self):
        """until it has ended by itself; its exit status"""
        self.talk += self.process.communicate(timeout=60)[1]
        return self.process.returncode

    def stop(self, status=0):
        """asks it to end; what it wrote"""
        self.process.send_signal(signal.SIGTERM)
        out, talk = self.process.communicate(timeout=60)  # closes both pipes
        self.talk += talk
        if self.process.returncode != status:
            raise RuntimeError(f"exit {self.process.returncode}: {self.talk.decode(errors='replace')}")
        return out

    def kill(self):
        """where a test has not stopped it"""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate(timeout=60)


def need_namespaces():
    """ends the script as skipped where it cannot make network namespaces"""
    name = f"ghostport-{os.getpid()}-try"
    if os.geteuid() != 0 or subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True).returncode != 0:
        print("network namespaces need root and CAP_SYS_ADMIN")
        sys.exit(77)
    run("ip", "netns", "del", name)
