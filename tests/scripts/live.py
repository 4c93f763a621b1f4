"""What the tests of the live sensor share: the cases of pcaps/ as traffic."""
import functools
import pathlib
import struct

import yaml

ETHERNET = 1


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
