#!/usr/bin/python3
"""Every record of every bundled capture is what docs/ghostport-record.schema.json says, in bytes as in meaning."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unicodedata

try:
    import jsonschema
except ImportError:
    print("Debian's package python3-jsonschema is not installed")
    sys.exit(77)

SOURCE = pathlib.Path(os.environ["GHOSTPORT_SOURCE"])
MOST_BYTES = 4096  # of a record, by the contract
CONFIGURATION = """\
log-expected: true
sensor-id: 'edge-1 "north"'
community-id-seed: 3
exceptions: [{port: 3238/tcp, service: ssh, hosts: [10.0.0.0/8], why: 'lab \\ "x"'}]
"""
# What the captures must exercise, so that a schema nobody tests is noticed: fields inside `ghostport` of findings ...
FIELDS = {"asked", "inner", "one-sided", "joined", "exception", "tried", "budget", "count", "probe", "revises", "service"}
# ... and of flow records, values of findings, and top-level names.
FLOW_FIELDS = {"asked", "inner", "anomalies", "joined"}
VERDICTS = {"expected", "consistent", "unexpected", "unrecognized", "listener", "probe"}
ANOMALIES = {"conflicting-data", "bad-checksum", "odd-fragments", "urgent-data", "doubtful-close", "doubtful-segments",
             "truncated", "gap"}
TOP = {"timestamp", "flow_id", "pcap_cnt", "event_type", "pcap_filename", "host", "vlan", "tunnel", "src_ip", "src_port",
       "dest_ip", "dest_port", "proto", "community_id", "flow", "ghostport", "app_proto", "tcp", "alert"}


def records(*options):
    command = [os.environ["GHOSTPORT"], "replay", "--eve", "-", "--quiet", *options, "pcaps"]
    done = subprocess.run(command, cwd=SOURCE, check=True, capture_output=True)
    assert done.stdout.endswith(b"\n"), "no record, or one that is not ended"
    return done.stdout.split(b"\n")[:-1]


def names_twice(pairs):
    assert len({name for name, _ in pairs}) == len(pairs), f"a name twice in one object: {pairs}"
    return dict(pairs)


def check_bytes(line):
    assert len(line) <= MOST_BYTES, f"{len(line)} bytes: {line}"
    text = line.decode("utf-8")
    controls = [character for character in text if unicodedata.category(character) == "Cc"]
    assert not controls, f"control characters {controls} in {line}"
    record = json.loads(text, object_pairs_hook=names_twice)
    compact = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
    assert len(compact) == len(text), f"blanks between tokens: {line}"
    return record


def check_meaning(record, ids):
    """what a schema cannot say"""
    body = record.get("ghostport", {})
    if record["event_type"] != "ghostport":
        return
    assert body["id"].startswith(f"{record['flow_id']}-"), record
    assert body["evidence"]["packet"] == record["pcap_cnt"], record
    assert body["port"]["number"] == record["dest_port"], record
    shown = bytes.fromhex(body["evidence"]["bytes"])
    dots = "".join(chr(byte) if 32 <= byte < 127 or byte in b"\r\n\t" else "." for byte in shown)
    assert body["evidence"]["text"] == dots, record
    identity = (record["pcap_filename"], body["id"], body.get("count"))
    assert identity not in ids, f"said twice: {identity}"
    if body["revises"] is not None:
        assert (record["pcap_filename"], body["revises"], None) in ids, f"revises what was not said: {record}"
    ids.add(identity)


def main():
    validator = jsonschema.Draft202012Validator(json.loads((SOURCE / "docs/ghostport-record.schema.json").read_text()))
    validator.check_schema(validator.schema)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as configuration:
        configuration.write(CONFIGURATION)
        configuration.flush()
        runs = [records("--flows", "--watch", "all"), records("--alerts"), records("--flows", "-c", configuration.name)]
    seen = {"fields": set(), "flow fields": set(), "verdicts": set(), "top": set(), "anomalies": set()}
    for lines in runs:
        ids = set()
        for line in lines:
            record = check_bytes(line)
            faults = [error.message for error in validator.iter_errors(record)]
            assert not faults, f"{faults}\n{line.decode()}"
            check_meaning(record, ids)
            seen["top"] |= record.keys()
            body = record.get("ghostport", {})
            if record["event_type"] == "flow":
                seen["flow fields"] |= body.keys()
            else:
                seen["fields"] |= {name for name, value in body.items() if value is not None}
                seen["verdicts"].add(body["verdict"])
                seen["anomalies"] |= set(body["evidence"]["anomalies"])
    for name, wanted in (("fields", FIELDS), ("flow fields", FLOW_FIELDS), ("verdicts", VERDICTS),
                         ("anomalies", ANOMALIES)):
        assert wanted <= seen[name], f"no capture exercises the {name} {wanted - seen[name]}"
    assert seen["top"] == TOP, f"top-level names: {seen['top'] ^ TOP}"
    broken = json.loads(runs[0][0])
    broken["verdict"] = "unexpected"
    assert not validator.is_valid(broken), "the schema lets a further top-level name pass"
    print(f"{sum(map(len, runs))} records")


main()
