#!/usr/bin/python3
"""A real Linux TCP stack as the judge of evasions.

Random sequences of evasion operators go through a TUN device to the kernel's own sockets, once in the role of a client that
hides its request, once in that of a server that hides its greeting. What the kernel delivers to its socket is the truth.
The same bytes, sent plainly, are replayed for comparison: the hidden conversation must get the same name, or a record
with an anomaly. Usage: linux_judge.py [--sequences N] [--seed S] [--only NUMBER] [--operators A,B] [--without A,B]
[--keep FOLDER]. Everything but the kernel's own numbers follows from the seed. Exit status 77: this machine has no TUN.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import evasion_operators
import linux_stack
from linux_stack import ACK, FIN, PSH, SYN

OTHER_SIDE = b"\x01\x02 no name for these words \x03\r\n"  # what the honest end says: nothing that names a service


def send(talk, segment):
    fields = dict(segment)
    fields.pop("true", None)
    if "tick" in fields:
        fields["options"] = talk.options(fields.pop("tick")(talk.tick))
    if "acknowledgment" in fields:
        fields["acknowledgment"] = fields["acknowledgment"](talk.expected)
    talk.send(fields.pop("offset"), **fields)


class Sequence:
    """One conversation from its seed: what was sent, and what the kernel delivered."""

    def __init__(self, stack, seed, number, allowed):
        rng = random.Random(f"{seed}/{number}")
        self.number = number
        self.hidden = rng.choice(("client", "client", "server"))
        self.family = rng.choice((4, 4, 4, 6))
        talk = linux_stack.Talk(stack, number, self.family, f"{seed}/{number}/talk")
        self.address = talk.address
        words = evasion_operators.words_of_client if self.hidden == "client" else evasion_operators.words_of_server
        plan, openings = evasion_operators.make_plan(rng, words, allowed)
        self.log = [f"IPv{self.family}", f"{self.hidden} hides", *plan.log]
        stack.frames.clear()
        if self.hidden == "client":
            connections = self.as_client(talk, plan, openings)
        else:
            connections = self.as_server(talk, plan)
        for connection in connections:
            linux_stack.reset(connection)
        talk.take()
        self.frames = list(stack.frames)

    def as_client(self, talk, plan, openings):
        opening = []
        if "two-syns" in openings:
            opening.append(lambda one: one.send(-1 - plan.rng.randrange(1000, 2**31), flags=SYN, acknowledgment=0,
                                                options=one.syn_options()))
        if "data-on-syn" in openings:
            opening.append(lambda one: one.send(-1, plan.lie(0, len(plan.truth)), flags=SYN, acknowledgment=0,
                                                options=one.syn_options()))
        talk.open_as_client(opening)
        for segment in plan.segments:
            send(talk, segment)
        connections = talk.stack.accepted()
        self.delivered = b"".join(linux_stack.received(one) for one in connections) if connections else None
        silent = talk.expected
        for connection in connections:
            say(connection, OTHER_SIDE)
        talk.take()
        self.answered = talk.expected != silent
        talk.send(len(plan.truth), flags=ACK)
        return connections

    def as_server(self, talk, plan):
        connection = talk.open_as_server()
        say(connection, OTHER_SIDE)
        talk.take()
        for segment in plan.segments:
            send(talk, segment)
        self.delivered = linux_stack.received(connection)
        talk.take()
        self.answered = True
        return [connection]

    def plainly(self, now):
        """The delivered bytes as an honest sender sends them."""
        ends = [linux_stack.Network(self.address, linux_stack.KERNEL[self.family]),
                linux_stack.Network(linux_stack.KERNEL[self.family], self.address)]
        client = 0 if self.hidden == "client" else 1
        ports = [(50_000, linux_stack.PORT), (linux_stack.PORT, 50_000)]
        following = [1, 1]
        frames = []

        def add(side, flags, data=b""):
            nonlocal now
            now += linux_stack.SPACING
            segment = linux_stack.tcp_segment(ends[side], ports[side ^ client], following[side], following[side ^ 1], flags, data)
            following[side] += len(data) + (1 if flags & (SYN | FIN) else 0)
            frames.append((now, linux_stack.ethernet(ends[side].packet(segment))))

        add(client, SYN)
        add(client ^ 1, SYN | ACK)
        add(client, ACK)
        for begin in range(0, len(self.delivered), 1400):
            add(0, PSH | ACK, self.delivered[begin:begin + 1400])
            add(1, ACK)
        if self.answered:  # a trick may have ended the connection before the kernel's side could speak
            add(1, PSH | ACK, OTHER_SIDE)
        add(0, FIN | ACK)
        add(1, FIN | ACK)
        add(0, ACK)
        return frames


def say(connection, words):
    try:
        connection.send(words)
    except OSError:  # not connected, or reset by a trick that worked
        pass


def findings(capture):
    """By our address: the names that records give, and their anomalies."""
    command = [os.environ["GHOSTPORT"], "replay", "--watch", "all", "--flows", "--eve", "-", "--quiet", capture]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    names, anomalies = collections.defaultdict(set), collections.defaultdict(set)
    for line in done.stdout.splitlines():
        record = json.loads(line)
        body = record.get("ghostport", {})
        address = next(one for one in (record["src_ip"], record["dest_ip"]) if one not in linux_stack.KERNEL.values())
        anomalies[address].update(body.get("evidence", {}).get("anomalies", []), body.get("anomalies", []))
        if body.get("service"):
            names[address].add(body["service"]["name"])
    return names, anomalies


def judge(sequences, folder):
    """Those that got another name than their bytes, plainly sent, and no anomaly."""
    paths = [os.path.join(folder, name) for name in ("hidden.pcap", "plain.pcap")]
    now = linux_stack.STARTED_AT
    plain = []
    for one in sequences:
        plain += one.plainly(now)
        now = plain[-1][0]
    linux_stack.write_capture(paths[0], [frame for one in sequences for frame in one.frames])
    linux_stack.write_capture(paths[1], plain)
    (names, anomalies), (true_names, _) = (findings(path) for path in paths)
    wrong = []
    tally = collections.Counter()
    for one in sequences:
        said, truth = names[one.address], true_names[one.address]
        same = truth <= said if truth else not said
        flagged = bool(anomalies[one.address])
        tally["as delivered" if same else "flagged" if flagged else "wrong"] += 1
        tally["flagged, and as delivered"] += same and flagged
        if not same and not flagged:
            wrong.append((one, sorted(said), sorted(truth)))
    return wrong, tally


def keep(folder, seed, one):
    path = pathlib.Path(folder) / f"linux-judge-{seed}-{one.number}.pcap"
    linux_stack.write_capture(path, one.frames)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one sequence")
    parser.add_argument("--operators", help="only these, with commas")
    parser.add_argument("--without", default="", help="all but these")
    parser.add_argument("--keep", default=".", help="where captures of disagreements go")
    options = parser.parse_args()
    every = [*evasion_operators.OPERATORS, *evasion_operators.OPENINGS]
    allowed = set(options.operators.split(",") if options.operators else every) - set(options.without.split(","))
    try:
        linux_stack.enter()
        stack = linux_stack.Stack()
    except (linux_stack.Unavailable, OSError, subprocess.CalledProcessError) as error:
        print(f"no Linux stack to judge: {error}")
        return 77
    numbers = [options.only] if options.only else range(1, options.sequences + 1)
    sequences = [Sequence(stack, options.seed, number, allowed) for number in numbers]
    judged = [one for one in sequences if one.delivered is not None]
    with tempfile.TemporaryDirectory() as folder:
        wrong, tally = judge(judged, folder)
    for one, said, truth in wrong:
        print(f"seed {options.seed} number {one.number}: named {said}, but delivered was {truth} {one.delivered[:24]!r}: "
              f"{', '.join(one.log)}; {keep(options.keep, options.seed, one)}")
    names = collections.Counter(name for one, *_ in wrong for name in set(one.log[3:]))
    if wrong:
        print("operators in these:", ", ".join(f"{name} {count}" for name, count in names.most_common()))
    print(f"seed {options.seed}: {len(sequences)} sequences, {len(sequences) - len(judged)} without a connection; "
          + ", ".join(f"{count} {what}" for what, count in tally.items()))
    return 1 if wrong or len(judged) * 2 < len(sequences) else 0


if __name__ == "__main__":
    sys.exit(main())
