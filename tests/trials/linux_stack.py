"""A real Linux TCP stack behind a TUN device, in a network namespace of this process's own.

`enter()` makes the namespace, `Stack` holds device and sockets, `Talk` is one conversation of ours with the kernel, whose
every field may be wrong. What goes over the device is kept as frames for a capture. Used by linux_judge.py.
"""
import ctypes
import fcntl
import os
import random
import socket
import struct
import subprocess

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
PORT = 3238
KERNEL = {4: "10.8.0.1", 6: "fd00::801"}
STARTED_AT = 1_795_168_800 * 10**9  # the clock of every capture: 2026-11-20 10:00:00 UTC
SPACING = 100_000  # nanoseconds between packets


class Unavailable(Exception):
    """This machine gives no namespace or no TUN device."""


def enter():
    """Moves this process into a new network namespace, as root of its own where it is not root."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_user, new_net = 0x10000000, 0x40000000
    ids = os.getuid(), os.getgid()
    if libc.unshare(new_net) == 0:
        return
    if libc.unshare(new_user | new_net) != 0:
        raise Unavailable(f"no network namespace: {os.strerror(ctypes.get_errno())}")
    for path, text in (("setgroups", "deny"), ("uid_map", f"0 {ids[0]} 1"), ("gid_map", f"0 {ids[1]} 1")):
        with open(f"/proc/self/{path}", "w", encoding="ascii") as file:
            file.write(text)


def internet_checksum(data):
    """RFC 1071"""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Network:
    """IP packets between two addresses of one family."""

    def __init__(self, source, destination):
        self.family = 6 if ":" in source else 4
        kind = socket.AF_INET6 if self.family == 6 else socket.AF_INET
        self.source, self.destination = (socket.inet_pton(kind, one) for one in (source, destination))

    def pseudo_header(self, length):
        if self.family == 4:
            return self.source + self.destination + struct.pack("!BBH", 0, 6, length)
        return self.source + self.destination + struct.pack("!IxxxB", length, 6)

    def packet(self, payload, identification=0, fragment=None, bad_checksum=False):
        """`fragment`: (offset in bytes, more follow) of this payload."""
        if self.family == 6:
            offset, more = fragment or (0, False)
            extension = struct.pack("!BxHI", 6, offset | more, identification) if fragment else b""
            head = struct.pack("!IHBB", 6 << 28, len(extension) + len(payload), 44 if fragment else 6, 64)
            return head + self.source + self.destination + extension + payload
        offset, more = fragment or (0, False)
        bits = (offset // 8) | (0x2000 if more else 0) if fragment else 0x4000
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), identification & 0xFFFF, bits, 64, 6, 0)
        check = internet_checksum(head + self.source + self.destination) ^ (0x5555 if bad_checksum else 0)
        return head[:10] + struct.pack("!H", check) + self.source + self.destination + payload


def tcp_segment(network, ports, sequence, acknowledgment, flags, data=b"", options=b"", window=64240, urgent=0,
                header_words=None, bad_checksum=False):
    options += b"\0" * (-len(options) % 4)
    words = 5 + len(options) // 4 if header_words is None else header_words
    head = struct.pack("!HHIIBBHHH", *ports, sequence % 2**32, acknowledgment % 2**32, words << 4, flags, window, 0, urgent)
    segment = head + options + data
    check = internet_checksum(network.pseudo_header(len(segment)) + segment) ^ (0x5555 if bad_checksum else 0)
    return segment[:16] + struct.pack("!H", check) + segment[18:]


def ethernet(packet):
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
    return b"\2\0\0\0\0\2\2\0\0\0\0\1" + kind + packet


def write_capture(path, frames):
    """`frames`: pairs of a time in nanoseconds and a frame. Classic pcap, nanoseconds."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
        for time, frame in frames:
            file.write(struct.pack("<IIII", time // 10**9, time % 10**9, len(frame), len(frame)) + frame)


class Stack:
    """The device and the kernel's listening socket."""

    def __init__(self):
        try:
            self.device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(self.device, 0x400454CA, struct.pack("16sH22x", b"judge0", 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
        except OSError as error:
            raise Unavailable(f"no TUN device: {error}") from error
        for command in ("link set lo up", "addr add 10.8.0.1/32 dev judge0", "-6 addr add fd00::801/128 dev judge0 nodad",
                        "link set judge0 up mtu 1500", "route add 10.9.0.0/16 dev judge0", "-6 route add fd00:9::/64 dev judge0"):
            subprocess.run(["ip", *command.split()], check=True)
        # Answers to odd segments are otherwise rate-limited, and what one connection learnt would help the next.
        for name, value in (("tcp_invalid_ratelimit", 0), ("tcp_challenge_ack_limit", 2**31 - 1), ("tcp_no_metrics_save", 1)):
            with open(f"/proc/sys/net/ipv4/{name}", "w", encoding="ascii") as file:
                file.write(str(value))
        self.listener = socket.socket(socket.AF_INET6)
        self.listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.listener.bind(("::", PORT))
        self.listener.listen(64)
        self.listener.setblocking(False)
        self.now = STARTED_AT
        self.frames = []

    def keep(self, packet):
        self.now += SPACING
        self.frames.append((self.now, ethernet(packet)))

    def write(self, packet):
        self.keep(packet)
        try:
            os.write(self.device, packet)
        except OSError:  # the kernel refuses what is no IP packet at all
            pass

    def read(self):
        """All that the kernel has sent by now: it answers while it is written to."""
        packets = []
        while True:
            try:
                packets.append(os.read(self.device, 65536))
            except BlockingIOError:
                return packets
            self.keep(packets[-1])

    def accepted(self):
        connections = []
        while True:
            try:
                connections.append(self.listener.accept()[0])
            except BlockingIOError:
                return connections

    def connect(self, address):
        """The kernel as a client of ours."""
        connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        connection.setblocking(False)
        connection.connect_ex((address, PORT))
        return connection


def received(connection):
    """What the kernel delivers to the socket."""
    connection.setblocking(False)
    data = b""
    while True:
        try:
            more = connection.recv(65536)
        except OSError:
            return data
        if not more:
            return data
        data += more


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Talk:
    """Our end of one conversation. Offsets count from the first byte that the kernel expects of us."""

    def __init__(self, stack, number, family, seed):
        self.stack = stack
        self.random = random.Random(seed)
        self.address = f"10.9.{number >> 8}.{number & 255}" if family == 4 else f"fd00:9::{number:x}"
        self.network = Network(self.address, KERNEL[family])
        self.base = self.random.choice((self.random.getrandbits(32), 2**32 - self.random.randrange(200)))
        self.timestamps = self.random.random() < 0.7
        self.tick, self.echo = 1_000_000, 0
        self.port, self.peer_port = PORT, PORT
        self.expected = 0  # of the kernel's sequence numbers
        self.acknowledged = None

    def options(self, tick=None):
        if not self.timestamps:
            return b""
        return b"\1\1\x08\x0a" + struct.pack("!II", (self.tick if tick is None else tick) % 2**32, self.echo)

    def send(self, offset, data=b"", flags=PSH | ACK, acknowledgment=None, options=None, fragments=None, bad_ip=False, **fields):
        """`fragments`: (offset, more, bytes or None for the true ones, length) each; else one packet."""
        self.tick += 1
        acknowledgment = self.expected if acknowledgment is None else acknowledgment
        segment = tcp_segment(self.network, (self.port, self.peer_port), self.base + offset, acknowledgment, flags, data,
                              self.options() if options is None else options, **fields)
        identification = self.random.getrandbits(32)
        if fragments is None:
            self.stack.write(self.network.packet(segment, identification, bad_checksum=bad_ip))
        for at, more, other, length in fragments(len(segment)) if fragments else ():
            part = segment[at:at + length] if other is None else other
            self.stack.write(self.network.packet(part, identification, (at, more)))
        self.take()

    def take(self):
        """Looks at what the kernel has said."""
        for packet in self.stack.read():
            at = (packet[0] & 15) * 4 if packet[0] >> 4 == 4 else 40
            if packet[9 if packet[0] >> 4 == 4 else 6] != 6 or len(packet) < at + 20:
                continue
            source, destination, sequence, acknowledgment, words, flags = struct.unpack("!HHIIBB", packet[at:at + 14])
            if flags & SYN:
                self.peer_port = source
                self.expected = sequence + 1
                if flags & ACK and destination == self.port:
                    self.base = acknowledgment
            self.take_timestamp(packet[at + 20:at + (words >> 4) * 4])
            length = len(packet) - at - (words >> 4) * 4
            if length and sequence == self.expected % 2**32:
                self.expected += length
            if flags & ACK:
                self.acknowledged = acknowledgment

    def take_timestamp(self, options):
        while options and options[0] != 0:
            if options[0] == 1:
                options = options[1:]
                continue
            if len(options) < 2 or options[1] < 2:
                return
            if options[0] == 8:
                self.echo = struct.unpack("!I", options[2:6])[0]
            options = options[options[1]:]

    def syn_options(self):
        return b"\2\4\x05\xb4\4\2" + (b"\x08\x0a" + struct.pack("!II", self.tick, self.echo) if self.timestamps else b"\1\1")

    def open_as_client(self, opening=()):
        """`opening`: sent before the handshake, each a function of this talk."""
        self.port = 40_000 + self.random.randrange(20_000)
        for one in opening:
            one(self)
        self.send(-1, flags=SYN, acknowledgment=0, options=self.syn_options())
        self.send(0, flags=ACK)

    def open_as_server(self):
        connection = self.stack.connect(self.address)
        self.take()
        self.send(-1, flags=SYN | ACK, options=self.syn_options())
        return connection
