"""Captures that cost a detector as much as their sender can make them, and a normal mix to compare them with.

Each generator gives frames with their times. Used by instructions_test.py.
"""
import random
import struct

from linux_stack import ACK, PORT, PSH, SPACING, STARTED_AT, SYN, Network, ethernet, tcp_segment

CLIENT, SERVER = "10.0.0.5", "10.0.0.9"


class Wire:
    """Frames with their times."""

    def __init__(self, seed):
        self.frames = []
        self.flows = 0
        self.now = STARTED_AT
        self.random = random.Random(seed)

    def add(self, packet):
        self.now += SPACING
        self.frames.append((self.now, ethernet(packet)))


class Conversation:
    """A TCP conversation whose handshake has happened."""

    def __init__(self, wire, number, port=PORT, handshake=True):
        self.wire = wire
        wire.flows += 1
        self.client = f"10.{1 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"
        self.ways = Network(self.client, SERVER), Network(SERVER, self.client)
        self.ports = 40_000 + number % 20_000, port
        self.next = [1000, 5000]
        if handshake:
            self.send(0, flags=SYN)
            self.send(1, flags=SYN | ACK)
            self.send(0)

    def send(self, side, data=b"", offset=None, flags=None, **fields):
        """`offset`: from the side's first byte of data; the stream goes on by itself without one."""
        ports = self.ports if side == 0 else self.ports[::-1]
        sequence = self.next[side] if offset is None else (1001, 5001)[side] + offset
        flags = flags if flags is not None else (PSH | ACK if data else ACK)
        segment = tcp_segment(self.ways[side], ports, sequence, self.next[side ^ 1], flags, data, **fields)
        if offset is None:
            self.next[side] += len(data) + (1 if flags & SYN else 0)
        self.wire.add(self.ways[side].packet(segment))


def udp(network, ports, data, **fields):
    head = struct.pack("!HHHH", *ports, 8 + len(data), 0)
    packet = bytearray(network.packet(head + data, **fields))
    if network.family == 4 and "fragment" not in fields:
        packet[9] = 17
        packet[10:12] = b"\0\0"
        total = sum(struct.unpack("!10H", packet[:20]))
        packet[10:12] = struct.pack("!H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
    return bytes(packet)


QUERY = bytes.fromhex("12340100000100000000000007") + b"example" + b"\x03com\0\0\1\0\1"


def normal_mix(wire):
    """Conversations as clients and servers have them: some on watched ports, most of them answered, many acknowledged."""
    for number in range(600):
        if number % 6 == 5:
            wire.flows += 1
            network = Network(f"10.200.{number % 250}.7", SERVER)
            back = Network(SERVER, f"10.200.{number % 250}.7")
            wire.add(udp(network, (40_000, PORT), QUERY))
            wire.add(udp(back, (PORT, 40_000), QUERY[:2] + b"\x81\x80" + QUERY[4:]))
            continue
        talk = Conversation(wire, number, (PORT, 3237, 3239, 3248)[number % 4])
        if number % 3 == 0:
            talk.send(1, b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")
            talk.send(0, b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")
        elif number % 3 == 1:
            talk.send(0, b"GET /index.html HTTP/1.1\r\nHost: intranet.example.org\r\nAccept: text/html\r\n\r\n")
            talk.send(1, b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 9000\r\n\r\n")
        else:
            talk.send(0, wire.random.randbytes(300))  # a protocol that nothing names
            talk.send(1, wire.random.randbytes(900))
        for _ in range(wire.random.choice((2, 8, 30))):
            talk.send(1, wire.random.randbytes(wire.random.choice((90, 400, 1460))))
            if wire.random.random() < 0.5:
                talk.send(0)


def one_byte_segments(wire):
    for number in range(8):
        talk = Conversation(wire, number)
        for at in range(2000):
            talk.send(at % 2, wire.random.randbytes(1))


def every_second_byte(wire):
    for number in range(4):
        talk = Conversation(wire, number)
        for at in range(4094, -1, -2):
            talk.send(0, b"x", offset=at)
            talk.send(1, b"y", offset=at)


def holes_filled_one_by_one(wire):
    """Every second byte, then the others: each closes a hole."""
    for number in range(4):
        talk = Conversation(wire, number)
        for at in [*range(1, 4096, 2), *range(0, 4096, 2)]:
            talk.send(0, b"x", offset=at)


def overlap_flood(wire):
    """The same place again and again, each time with other bytes."""
    for number in range(4):
        talk = Conversation(wire, number)
        for _ in range(800):
            talk.send(0, wire.random.randbytes(1400), offset=wire.random.randrange(2600))


def conflicts_that_grow(wire):
    """Two versions of one stream, both a byte longer each time."""
    for number in range(6):
        talk = Conversation(wire, number)
        for at in range(1500):
            talk.send(0, b"a", offset=at)
            talk.send(0, b"b", offset=at)


def conflicts_from_the_start(wire):
    """Each segment says the whole head anew, with one byte changed."""
    talk = Conversation(wire, 1)
    head = bytearray(wire.random.randbytes(1400))
    for at in range(3000):
        head[at % 1400] ^= 1
        talk.send(0, bytes(head), offset=0)


def one_sided_flood(wire):
    talk = Conversation(wire, 1, handshake=False)
    for _ in range(8000):
        talk.send(0, wire.random.randbytes(1))


def one_sided_large(wire):
    for number in range(200):
        talk = Conversation(wire, number, handshake=False)
        for _ in range(20):
            talk.send(0, wire.random.randbytes(1200))


def a_byte_a_flow(wire):
    for number in range(8000):
        Conversation(wire, number, handshake=False).send(0, b"x")


def a_request_a_flow(wire):
    for number in range(4000):
        Conversation(wire, number, handshake=False).send(0, b"GET / HTTP/1.1\r\n\r\n")


def a_finding_a_packet(wire):
    """Forged answers of servers that nobody asked."""
    for number in range(3000):
        talk = Conversation(wire, number, handshake=False)
        talk.send(1, b"SSH-2.0-x\r\n")


def a_finding_a_handshake(wire):
    for number in range(1500):
        talk = Conversation(wire, number)
        talk.send(1, b"SSH-2.0-x\r\n")


def syn_flood_on_one_tuple(wire):
    talk = Conversation(wire, 1, handshake=False)
    for _ in range(8000):
        talk.next[0] = wire.random.getrandbits(32)
        talk.send(0, flags=SYN)


def syn_ack_flood(wire):
    talk = Conversation(wire, 1, handshake=False)
    talk.send(0, flags=SYN)
    for _ in range(8000):
        talk.next[1] = wire.random.getrandbits(32)
        talk.send(1, flags=SYN | ACK)


def bad_checksums(wire):
    for number in range(10):
        talk = Conversation(wire, number)
        for at in range(300):
            talk.send(0, wire.random.randbytes(400), offset=at * 8, bad_checksum=True)


def almost_an_http_request(wire):
    """A request line without an end in growing steps: a scan for each, to the head's limit."""
    for number in range(20):
        talk = Conversation(wire, number)
        talk.send(0, b"GET /")
        for _ in range(400):
            talk.send(0, b"a" * 10)


def almost_an_ssh_banner(wire):
    for number in range(20):
        talk = Conversation(wire, number)
        for _ in range(400):
            talk.send(1, b"a\r\nbcdef\r\n")


def datagrams_of_one_byte(wire):
    for number in range(500):
        wire.flows += 1
        network = Network(f"10.5.{number // 250}.{number % 250 + 1}", SERVER)
        for _ in range(20):
            wire.add(udp(network, (40_000, PORT), wire.random.randbytes(1)))


def fragments(wire, size, order, lies):
    for number in range(60):
        wire.flows += 1
        network = Network(f"10.6.0.{number + 1}", SERVER)
        segment = tcp_segment(network, (40_000, PORT), 1000, 0, PSH | ACK, wire.random.randbytes(1400))
        parts = [(at, at + size < len(segment)) for at in range(0, len(segment), size)]
        if order == "reversed":
            parts.reverse()
        if order == "second":
            parts = parts[::2] + parts[1::2]
        for at, more in parts:
            wire.add(network.packet(segment[at:at + size], number, (at, more)))
            if lies:
                wire.add(network.packet(wire.random.randbytes(size), number, (at, more)))


def first_fragments_only(wire):
    wire.flows = 1  # as if: none of them ever is a packet
    for number in range(6000):
        network = Network(f"10.7.{number // 250}.{number % 250 + 1}", SERVER)
        wire.add(network.packet(b"\x9c\x40\x0c\xa6" + bytes(20), number, (0, True)))


def deep_tunnels(wire):
    """IP in IP as deep as a frame allows."""
    wire.flows = 1
    network = Network("10.8.0.1", "10.8.0.2")
    inner = Network(CLIENT, SERVER).packet(tcp_segment(Network(CLIENT, SERVER), (40_000, PORT), 1, 0, SYN))
    for _ in range(60):
        outer = bytearray(network.packet(inner))
        outer[9] = 4
        outer[10:12] = b"\0\0"
        total = sum(struct.unpack("!10H", outer[:20]))
        outer[10:12] = struct.pack("!H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
        inner = bytes(outer)
    for _ in range(4000):
        wire.add(inner)


# The bytes that make one factor of our hashes 0 where no secret is mixed with them.
CHOSEN = "93fd:5966:b8fe:e8d6"


def tuples_that_would_collide(wire):
    for number in range(8000):
        wire.flows += 1
        network = Network(f"2001:db8:{number:x}::5", f"{CHOSEN}::9")
        wire.add(network.packet(tcp_segment(network, (40_000, PORT), 1001, 5001, PSH | ACK, b"x")))


def knocks_that_would_collide(wire):
    for number in range(8000):
        wire.flows += 1
        network = Network(f"2001:db8:{number:x}:0:{CHOSEN}", "2001:db8::9")
        wire.add(network.packet(tcp_segment(network, (40_000, PORT), 1001, 0, SYN)))


HARD = {
    "one-byte segments": one_byte_segments,
    "every second byte, backwards": every_second_byte,
    "holes filled one by one": holes_filled_one_by_one,
    "overlap flood": overlap_flood,
    "conflicts that grow": conflicts_that_grow,
    "conflicts from the start": conflicts_from_the_start,
    "one-sided flood of bytes": one_sided_flood,
    "one-sided large segments": one_sided_large,
    "a byte a flow": a_byte_a_flow,
    "a request a flow": a_request_a_flow,
    "a finding a packet": a_finding_a_packet,
    "a finding a handshake": a_finding_a_handshake,
    "SYN flood on one tuple": syn_flood_on_one_tuple,
    "SYN-ACK flood on one tuple": syn_ack_flood,
    "bad checksums": bad_checksums,
    "almost an HTTP request": almost_an_http_request,
    "almost an SSH banner": almost_an_ssh_banner,
    "datagrams of one byte": datagrams_of_one_byte,
    "tiny fragments": lambda wire: fragments(wire, 8, "in order", False),
    "tiny fragments, backwards": lambda wire: fragments(wire, 8, "reversed", False),
    "tiny fragments, every second first": lambda wire: fragments(wire, 8, "second", False),
    "fragments that contradict": lambda wire: fragments(wire, 64, "in order", True),
    "first fragments only": first_fragments_only,
    "deep tunnels": deep_tunnels,
    "tuples that would collide": tuples_that_would_collide,
    "knocks that would collide": knocks_that_would_collide,
}

# Those that open flow after flow.
FLOWS = {"a byte a flow", "a request a flow", "a finding a packet", "a finding a handshake", "datagrams of one byte",
         "tuples that would collide", "knocks that would collide"}


def capture(generate, seed=1):
    wire = Wire(seed)
    generate(wire)
    return wire
