"""Evasion operators: what a sender who hides does to a stream, as sequences of segments from a seed.

A segment is a dictionary of the arguments of Talk.send. An operator gets the Plan and changes it. Used by linux_judge.py.
"""
import struct

from linux_stack import ACK, FIN, PSH, RST, SYN, URG

FAR = 1 << 20  # beyond any window that a small receiver offers


def tls_hello(rng, kind):
    """A ClientHello (kind 1) or ServerHello (kind 2) of TLS 1.2 (RFC 5246 section 7.4.1)."""
    choice = b"\x00\x04\xc0\x2f\x13\x01\x01\x00" if kind == 1 else b"\xc0\x2f\x00"
    body = b"\x03\x03" + rng.randbytes(32) + b"\x00" + choice
    message = bytes([kind]) + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + struct.pack("!H", len(message)) + message


def words_of_client(rng, service):
    if service == "http":
        return b"GET /" + b"a" * rng.randrange(400) + b" HTTP/1.1\r\nHost: intranet.example.org\r\n\r\n"
    if service == "ssh":
        return b"SSH-2.0-" + b"x" * rng.randrange(1, 200) + b"\r\n"
    if service == "smtp":
        return b"EHLO client.example.com\r\nMAIL FROM:<" + b"m" * rng.randrange(1, 200) + b"@example.com>\r\n"
    return tls_hello(rng, 1)


def words_of_server(rng, service):
    if service == "http":
        return b"HTTP/1.1 200 OK\r\nServer: " + b"n" * rng.randrange(1, 400) + b"\r\nContent-Length: 0\r\n\r\n"
    if service == "ssh":
        return b"SSH-2.0-" + b"x" * rng.randrange(1, 200) + b"\r\n"
    if service == "smtp":
        return b"220 mail.example.com ESMTP " + b"p" * rng.randrange(1, 200) + b"\r\n"
    return tls_hello(rng, 2)


SERVICES = ("http", "ssh", "smtp", "tls")


class Plan:
    """The true words in some split and order, and room for everything else."""

    def __init__(self, rng, words, urgent):
        self.rng, self.words = rng, words
        self.service = rng.choice(SERVICES)
        self.truth = words(rng, self.service)
        self.log = []
        marked = None
        if urgent:  # one byte too many, which the receiver takes out of the stream
            marked = rng.randrange(len(self.truth))
            self.truth = self.truth[:marked] + b"!" + self.truth[marked:]
        self.segments = self.split(marked)

    def split(self, marked):
        how = self.rng.choice(("whole", "halves", "random", "random", "one-byte"))
        size = len(self.truth)
        if how == "one-byte":
            cuts = range(1, min(size, 60))
        else:
            count = {"whole": 0, "halves": 1, "random": self.rng.randrange(2, 9)}[how]
            cuts = sorted(self.rng.sample(range(1, size), count))
        edges = [0, *cuts, size]
        segments = [{"offset": a, "data": self.truth[a:b]} for a, b in zip(edges, edges[1:])]
        if marked is not None:
            for one in segments:
                if 0 <= marked - one["offset"] < len(one["data"]):
                    one.update(flags=PSH | ACK | URG, urgent=marked - one["offset"] + 1)
        order = self.rng.choice(("in order", "in order", "swapped", "shuffled", "reversed"))
        if order == "swapped" and len(segments) > 1:
            i = self.rng.randrange(len(segments) - 1)
            segments[i], segments[i + 1] = segments[i + 1], segments[i]
        elif order == "shuffled":
            self.rng.shuffle(segments)
        elif order == "reversed":
            segments.reverse()
        self.log.append(f"{self.service} {how} {order}" + ("" if marked is None else " urgent"))
        return segments

    def lie(self, begin, end):
        """Other bytes for a place of the stream: another protocol's words there, or noise."""
        service = self.rng.choice([one for one in SERVICES if one != self.service] + ["noise"])
        other = b"" if service == "noise" else self.words(self.rng, service)
        other += self.rng.randbytes(max(0, end - len(other)))
        return other[max(begin, 0):end] if begin >= 0 else self.rng.randbytes(-begin) + other[:end]

    def true_place(self):
        """The place in the list of a segment with true bytes, its offset and its end."""
        places = [i for i, one in enumerate(self.segments) if one.get("true", True) and one["data"]]
        place = self.rng.choice(places)
        one = self.segments[place]
        return place, one["offset"], one["offset"] + len(one["data"])

    def insert(self, place, offset, data, **fields):
        self.segments.insert(place, {"offset": offset, "data": data, "true": False, **fields})

    def decoy(self, **fields):
        """Other bytes in the place of a true segment, right before it, that no receiver should take."""
        place, begin, end = self.true_place()
        self.insert(place, begin, self.lie(begin, end), **fields)


def duplicate(plan):
    place, begin, _ = plan.true_place()
    plan.insert(plan.rng.randint(place + 1, len(plan.segments)), begin, plan.segments[place]["data"])


def overlapping(plan, where):
    place, begin, end = plan.true_place()
    low = begin - plan.rng.choice((0, 0, plan.rng.randrange(max(begin, 0) + 1)))
    high = end + plan.rng.choice((0, 0, plan.rng.randrange(40)))
    if plan.rng.random() < 0.3 and high - low > 1:  # a part of it only
        low = plan.rng.randrange(low, high - 1)
        high = plan.rng.randrange(low + 1, high + 1)
    at = {"before": place, "after": place + 1, "ahead": plan.rng.randrange(place + 1),
          "late": plan.rng.randint(place + 1, len(plan.segments))}[where]
    plan.insert(at, low, plan.lie(low, high))


def retransmit_with_other_data(plan):
    place, _, end = plan.true_place()
    plan.insert(place + 1, 0, plan.lie(0, end))


def out_of_window(plan):
    place, begin, end = plan.true_place()
    plan.insert(place, begin + plan.rng.choice((FAR, 2**29, 2**30, -2**30)), plan.lie(begin, end))


def below_window(plan):
    place, begin, end = plan.true_place()
    before = plan.rng.randrange(1, 20)
    plan.insert(place, begin - before, plan.lie(begin - before, begin))


def keep_alive(plan):
    """The byte before the next one once more, as RFC 9293 section 3.8.4 allows."""
    place, begin, _ = plan.true_place()
    plan.insert(place, begin - 1, plan.rng.randbytes(1), flags=ACK)


def before_the_start(plan):
    """The first true segment begins some bytes before the stream."""
    for one in plan.segments:
        if one.get("true", True) and one["offset"] == 0 and "urgent" not in one:
            before = plan.rng.randrange(1, 20)
            one.update(offset=-before, data=plan.rng.randbytes(before) + one["data"])
            return


def control(plan, flags, offset=0, **fields):
    place, begin, _ = plan.true_place()
    plan.insert(place, begin + offset, b"", flags=flags, **fields)


def old_timestamp(plan):
    plan.decoy(tick=lambda now: now - plan.rng.choice((2, 5_000, 900_000)))


def other_acknowledgment(plan, distance):
    plan.decoy(acknowledgment=lambda expected: expected + distance)


def fragments(plan, lies):
    """One segment, true or not, in IP fragments."""
    one = plan.segments[plan.true_place()[0] if lies else plan.rng.randrange(len(plan.segments))]
    step = 8 * plan.rng.choice((1, 1, 2, 3, 10))
    order = plan.rng.choice(("in order", "reversed", "shuffled"))
    seed = plan.rng.getrandbits(32)

    def cut(length):
        rng = type(plan.rng)(seed)
        parts = [(at, at + step < length, None, min(step, length - at)) for at in range(0, length, step)]
        for _ in range(rng.randrange(2)):  # exact copies
            parts.insert(rng.randrange(len(parts) + 1), rng.choice(parts))
        if lies:
            at, more, _, size = rng.choice(parts)
            kind = rng.choice(("same place", "longer", "shifted"))
            if kind == "longer":
                size = min(size + 8, 1400)
            elif kind == "shifted" and at >= 8:
                at -= 8
            parts.insert(rng.randrange(len(parts) + 1), (at, more or size % 8 == 0, rng.randbytes(size), size))
        if order == "reversed":
            parts.reverse()
        elif order == "shuffled":
            rng.shuffle(parts)
        return parts

    one["fragments"] = cut


OPERATORS = {
    "duplicate": duplicate,
    "overlap-before": lambda plan: overlapping(plan, "before"),
    "overlap-after": lambda plan: overlapping(plan, "after"),
    "overlap-ahead": lambda plan: overlapping(plan, "ahead"),
    "overlap-late": lambda plan: overlapping(plan, "late"),
    "retransmit-other": retransmit_with_other_data,
    "bad-checksum": lambda plan: plan.decoy(bad_checksum=True),
    "bad-ip-checksum": lambda plan: plan.decoy(bad_ip=True, bad_checksum=True),
    "no-ack": lambda plan: plan.decoy(flags=plan.rng.choice((0, PSH, PSH | URG, FIN | PSH | URG))),
    "syn-with-data": lambda plan: plan.decoy(flags=SYN | plan.rng.choice((0, ACK))),
    "old-timestamp": old_timestamp,
    "no-timestamp": lambda plan: plan.decoy(options=b""),
    "md5-option": lambda plan: plan.decoy(options=b"\x13\x12" + plan.rng.randbytes(16)),
    "past-ack": lambda plan: other_acknowledgment(plan, -FAR * 8),
    "future-ack": lambda plan: other_acknowledgment(plan, FAR * 8),
    "short-header": lambda plan: plan.decoy(header_words=4),
    "long-header": lambda plan: plan.decoy(header_words=15),
    "out-of-window": out_of_window,
    "below-window": below_window,
    "before-the-start": before_the_start,
    "rst-far": lambda plan: control(plan, RST, plan.rng.choice((FAR * 64, -FAR))),
    "rst-near": lambda plan: control(plan, RST, plan.rng.randrange(1, 2000)),
    "rst-ack-near": lambda plan: control(plan, RST | ACK, plan.rng.randrange(1, 2000)),
    "rst-bad-checksum": lambda plan: control(plan, RST, bad_checksum=True),
    "fin-far": lambda plan: control(plan, FIN | ACK, plan.rng.choice((FAR * 64, -FAR))),
    "fin-bad-checksum": lambda plan: control(plan, FIN | ACK, bad_checksum=True),
    "fin-without-ack": lambda plan: control(plan, FIN),
    "fin-ahead": lambda plan: control(plan, FIN | ACK, plan.rng.randrange(1, 2000)),
    "syn-in-window": lambda plan: control(plan, SYN, plan.rng.randrange(-1, 2000)),
    "keep-alive": keep_alive,
    "fragments": lambda plan: fragments(plan, False),
    "overlapping-fragments": lambda plan: fragments(plan, True),
}
OPENINGS = ("data-on-syn", "two-syns", "urgent")  # that is the handshake's, or the stream's, own


def make_plan(rng, words, allowed):
    """Words of one side and up to four operators on them. Returns the plan and the openings that it wants."""
    openings = {one for one in OPENINGS if one in allowed and rng.random() < 0.06}
    plan = Plan(rng, words, "urgent" in openings)
    names = [name for name in OPERATORS if name in allowed]
    for name in rng.choices(names, k=rng.randrange(5)) if names else ():
        OPERATORS[name](plan)
        plan.log.append(name)
    plan.log += sorted(openings - {"urgent"})
    if rng.random() < 0.8:  # what was lost is sent again
        plan.segments.append({"offset": 0, "data": plan.truth})
        plan.log.append("sent again")
    return plan, openings
