"""What Ghostport's plugin does inside a real Suricata, the same for 7 and 8 (suricata7_test.py, suricata8_test.py)."""
import concurrent.futures
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import live  # noqa: E402  pylint: disable=wrong-import-position
import suricata  # noqa: E402  pylint: disable=wrong-import-position

PCAPS = suricata.SOURCE / "pcaps"
SSH = PCAPS / "recorded" / "ssh-on-3238" / "ssh-on-3238.pcap"
RULES = "".join((suricata.SOURCE / "plugin" / "suricata" / "ghostport-suricata7.rules").read_text(encoding="utf-8"))
EVERY = int(os.environ.get("GHOSTPORT_EVERY", "5"))

# What Suricata shows otherwise, with the reason. Everything else must be the same.
DEFRAGMENTER = "Suricata puts fragments together before anybody sees them, and takes another version of them"
LINK = "Suricata does not read captures of this link type"
DIFFERENT = {
    "fragments-decoy-dies-on-the-way-by-client": DEFRAGMENTER,
    "fragments-decoy-dies-on-the-way-by-server": DEFRAGMENTER,
    "fragments-open-datagram-by-client": DEFRAGMENTER,
    "fragments-open-datagram-by-server": DEFRAGMENTER,
    "fragments-same-place-decoy-first-by-client": DEFRAGMENTER,
    "fragments-same-place-decoy-first-by-server": DEFRAGMENTER,
    "fragments-same-place-same-checksum-by-server": DEFRAGMENTER,
    "tunnel-fragments-in-vlan": "Suricata keeps fragments of different VLANs apart (vlan.use-for-tracking)",
    "link-loop": LINK,
    "link-ppp-serial": LINK,
}
ONLY_7 = {
    "fragments-stale-datagram-by-client": DEFRAGMENTER,
    "fragments-stale-datagram-by-server": DEFRAGMENTER,
    "link-cooked-2": LINK,
}
# With several threads autofp deals packets by five-tuple and VLAN, a tunnel's by those of its outside: where the directions
# of a connection differ in these, two threads carry them, in an order that nobody knows.
ONE_FLOW_ON_TWO_THREADS = ("tunnel-one-way", "link-tags-per-direction", "link-vlan-per-direction", "tunnel-fragments-in-vlan")


def threads(count):
    return {"threading": {"set-cpu-affinity": "no", "detect-thread-ratio": count / (os.cpu_count() or 1)}}


def replayed(config, capture):
    return subprocess.run([os.environ["GHOSTPORT"], "replay", "--quiet", "-c", config, "--eve", "-", capture],
                          capture_output=True, timeout=60, check=False).stdout.decode()


def frames(path):
    """(time, bytes) of each packet of a pcap file in microseconds"""
    data = pathlib.Path(path).read_bytes()
    at, result = 24, []
    while at + 16 <= len(data):
        seconds, fraction, captured, _ = struct.unpack_from("<IIII", data, at)
        result.append((seconds * 1_000_000 + fraction, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return result


def write_capture(path, packets):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for when, data in packets:
            file.write(struct.pack("<IIII", when // 1_000_000, when % 1_000_000, len(data), len(data)) + data)


def five_tuple(frame):
    """of TCP and UDP over plain IPv4, the same both ways; None for all else"""
    if len(frame) < 34 or frame[12:14] != b"\x08\x00" or frame[23] not in (6, 17):
        return None
    transport = 14 + (frame[14] & 15) * 4
    ends = [(frame[26:30], frame[transport:transport + 2]), (frame[30:34], frame[transport + 2:transport + 4])]
    return frame[23], tuple(sorted(ends))


def make(major):  # pylint: disable=too-many-statements
    """the tests inside that Suricata"""

    class Inside(unittest.TestCase):
        def setUp(self):
            folder = tempfile.TemporaryDirectory()
            self.addCleanup(folder.cleanup)
            self.folder = pathlib.Path(folder.name)

        def run_on(self, capture, *arguments, **more):
            ran = suricata.Run(major, self.folder, ["-r", capture, "--runmode", "single", *arguments], **more)
            self.assertEqual(ran.status, 0, ran.talk)
            return ran

        # --- the same findings ---

        def compare(self, mode, count, cases, reasons):
            def differs(case):
                with tempfile.TemporaryDirectory() as folder:
                    config = case.replay_configuration(folder)
                    ran = suricata.Run(major, folder, ["-r", case.capture, "--runmode", mode], config=config,
                                       settings=threads(count))
                    one = live.outcomes("\n".join(ran.lines("ghostport")))
                other = live.outcomes(self.expected(case))
                if (one == other) != (case.folder.name in reasons):
                    return ""
                if case.folder.name in reasons:
                    return f"{case.folder.name}: is the same now, though it should differ: {reasons[case.folder.name]}"
                return f"{case.folder.name}: {ran.talk[-300:] if ran.status else ''}\n  Suricata: {one}\n  replay: {other}"

            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                wrong = [text for text in pool.map(differs, cases) if text]
            if wrong:
                self.fail(f"{len(wrong)} of {len(cases)} cases:\n" + "\n".join(wrong))

        @staticmethod
        def expected(case):
            with tempfile.TemporaryDirectory() as folder:
                return replayed(case.replay_configuration(folder), case.capture)

        def cases(self, offset):
            cases = [case for case in live.cases(PCAPS) if case.capture.suffix in (".pcap", ".pcapng")]
            self.assertGreater(len(cases), 800)
            return cases[offset % EVERY::EVERY]

        def test_every_case_has_the_findings_of_replay(self):
            reasons = {**DIFFERENT, **(ONLY_7 if major == 7 else {})}
            self.compare("single", 1, self.cases(major), reasons)

        def test_and_so_it_has_with_threads(self):
            reasons = {**DIFFERENT, **(ONLY_7 if major == 7 else {})}
            self.compare("autofp", 1, self.cases(major + 1), reasons)
            self.compare("autofp", 2, [case for case in self.cases(major + 2)
                                       if not case.folder.name.startswith(ONE_FLOW_ON_TWO_THREADS)], reasons)

        def test_calls_whose_signalling_another_thread_reads(self):
            cases = [case for case in live.cases(PCAPS) if case.folder.name.startswith("h323-")]
            self.assertGreater(len(cases), 10)
            for _ in range(max(1, 10 // EVERY)):
                self.compare("autofp", 2, cases, {})

        # --- records, rules, statistics ---

        def test_records_bear_the_ids_of_suricata(self):
            ran = self.run_on(SSH, rules=RULES, types=["alert", "flow"])
            finding, alert, flow = (ran.records(kind)[0] for kind in ("ghostport", "alert", "flow"))
            self.assertEqual({finding["flow_id"], alert["flow_id"], flow["flow_id"]}, {finding["flow_id"]})
            self.assertEqual({finding["community_id"], alert["community_id"], flow["community_id"]}, {finding["community_id"]})
            self.assertEqual(finding["pcap_filename"], str(SSH))
            self.assertEqual((alert["alert"]["signature_id"], alert["alert"]["severity"]), (1323701, 1))
            self.assertEqual(alert["pcap_cnt"], finding["flow"]["pkts_toserver"] + finding["flow"]["pkts_toclient"])
            if major == 8:
                self.assertEqual(alert["ghostport"], {"verdict": "unexpected", "service": "ssh"})
                self.assertEqual(flow["ghostport"], alert["ghostport"])

        def test_seed_and_sensor_are_those_of_suricata(self):
            eve = {"enabled": "yes", "filetype": "regular", "filename": "eve.json", "community-id": "yes",
                   "community-id-seed": 7, "types": ["flow"]}
            ran = self.run_on(SSH, settings={"outputs": [{"eve-log": eve}], "sensor-name": "edge-3"})
            finding, flow = ran.records("ghostport")[0], ran.records("flow")[0]
            self.assertEqual(finding["community_id"], flow["community_id"])
            self.assertEqual((finding["host"], flow["host"]), ("edge-3", "edge-3"))

        def test_every_eve_log_that_lists_us_gets_the_records(self):
            def eve(name, types):
                return {"eve-log": {"enabled": "yes", "filetype": "regular", "filename": name, "types": types}}
            self.run_on(SSH, settings={"outputs": [eve("one.json", ["ghostport", "flow"]), eve("two.json", ["ghostport"]),
                                                   eve("three.json", ["flow"])]})
            count = {name: (self.folder / f"{name}.json").read_text(encoding="utf-8").count('"event_type":"ghostport"')
                     for name in ("one", "two", "three")}
            self.assertEqual(count, {"one": 1, "two": 1, "three": 0})

        def alerts(self, rules, capture=SSH):
            return [record["alert"]["signature_id"] for record in self.run_on(capture, rules=rules).records("alert")]

        def test_the_keyword_knows_verdicts_services_lists_and_negation(self):
            bit = "flowbits:isnotset,b{0}; flowbits:set,b{0}; sid:{0};"
            said = {1: "unexpected", 2: "!unexpected", 3: "expected, unexpected", 4: "ssh", 5: "!ssh", 6: "unexpected,http,ssh",
                    7: "unexpected,http", 8: "!expected,!http", 9: "unrecognized", 10: "consistent,listener"}
            rules = "".join(f'alert tcp any any <> any any (msg:"x"; ghostport:{text}; {bit.format(sid)})\n'
                            for sid, text in said.items())
            self.assertEqual(sorted(self.alerts(rules)), [1, 3, 4, 6, 8])

        def test_a_rule_of_one_direction_sees_the_next_packet_that_way(self):
            rule = 'alert tcp any any -> any 3238 (msg:"x"; ghostport:ssh; flowbits:isnotset,a; flowbits:set,a; sid:1;)'
            self.assertEqual(self.alerts(rule), [1])

        def test_our_rules_load_and_a_wrong_word_is_told_with_its_place(self):
            for name in ("7", "8"):
                rules = (suricata.SOURCE / "plugin" / "suricata" / f"ghostport-suricata{name}.rules").read_text(encoding="utf-8")
                ran = suricata.Run(major, self.folder, ["-T"], rules=rules.replace("#drop", "drop"))
                self.assertEqual(ran.status, 0, ran.talk)
            for text, said in (("unexpectd", "neither a verdict"), ("", "a word is missing"), ("ssh,", "a word is missing"),
                               ("ssh telnet", "expected a comma"), ("probe", "no packet can match"),
                               ("unexpected,!unexpected", "can never match"), ("ssh, !ssh", "can never match"), ("!", "a word is missing")):
                rule = '# a comment\nalert tcp any any -> any any (msg:"x"; ghostport:' + text + '; sid:1;)\n'
                ran = suricata.Run(major, self.folder, ["-T"], rules=rule)
                self.assertNotEqual(ran.status, 0, text)
                if text:  # Suricata itself refuses the empty one
                    self.assertIn(said, ran.talk)
                self.assertRegex(ran.talk, r"test\.rules at line 2")

        def test_statistics(self):
            stats = {"enabled": "yes", "interval": 8}
            outputs = [{"eve-log": {"enabled": "yes", "filetype": "regular", "filename": "eve.json", "types": ["stats"]}}]
            ran = self.run_on(SSH, settings={"stats": stats, "outputs": outputs})
            counted = ran.records("stats")[-1]["stats"]["ghostport"]
            self.assertEqual((counted["packets"], counted["flows"], counted["findings_unexpected"], counted["findings_lost"]),
                             (46, 1, 1, 0))

        def test_rules_and_registry_are_reloaded_while_packets_come(self):
            config = self.folder / "ghostport.yaml"
            config.write_text("watch: ghost\n", encoding="utf-8")
            fifo = self.folder / "fifo"
            os.mkfifo(fifo)
            reading = concurrent.futures.ThreadPoolExecutor(1).submit(
                suricata.Run, major, self.folder, ["-r", fifo, "--runmode", "single"], config=config, rules=RULES,
                prefix=("sh", "-c", 'echo $$ >"$0"; exec "$@"', str(self.folder / "pid")))
            packets = frames(SSH)
            with open(fifo, "wb", buffering=0) as file:
                file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
                for turn in range(21):
                    if turn == 10:
                        config.write_text("watch: gohst\n", encoding="utf-8")
                    if turn == 13:
                        config.write_text("exceptions: [{port: 3238, service: ssh, why: lab}]\nlog-expected: true\n", encoding="utf-8")
                    for when, data in packets:  # another client port each time
                        data = bytearray(data)
                        for at in (34, 36):
                            if data[at:at + 2] != b"\x0c\xa6":
                                data[at:at + 2] = struct.pack(">H", 40000 + turn)
                        when += turn * 2_000_000
                        file.write(struct.pack("<IIII", when // 1_000_000, when % 1_000_000, len(data), len(data)) + data)
                        time.sleep(0.01)  # Suricata's threads take new rules with a packet
                    if turn < 20:
                        os.kill(int((self.folder / "pid").read_text(encoding="utf-8")), signal.SIGUSR2)
            ran = reading.result()
            self.assertEqual(ran.status, 0, ran.talk)
            verdicts = [record["ghostport"]["verdict"] for record in ran.records("ghostport")]
            self.assertEqual(len(verdicts), 21, ran.talk)
            self.assertGreater(ran.talk.count("reloaded: Ghostport"), 10, ran.talk)
            self.assertIn("ghostport.yaml:1:8", ran.talk)
            self.assertIn("the old registry, signatures and exceptions stay", ran.talk)
            self.assertEqual(verdicts[:10], ["unexpected"] * 10)
            self.assertEqual(verdicts[-5:], ["expected"] * 5)

        # --- refusals ---

        def test_a_wrong_configuration_leaves_suricata_alone(self):
            config = self.folder / "broken.yaml"
            config.write_text("watch: gohst\nlimits: {flows: many}\n", encoding="utf-8")
            ran = self.run_on(SSH, "--init-errors-fatal", config=config, types=["flow"])
            self.assertNotIn("No output module", ran.talk)
            self.assertIn("broken.yaml:1:8", ran.talk)
            self.assertIn("broken.yaml:2:17", ran.talk)
            self.assertIn("Ghostport stays inert, Suricata goes on without it", ran.talk)
            self.assertEqual((len(ran.records("ghostport")), len(ran.records("flow"))), (0, 1))

        def test_a_wrong_setting_is_told(self):
            ran = self.run_on(SSH, settings={"ghostport": {"dorp": "yes", "drop": "maybe"}})
            self.assertIn("ghostport.dorp is unknown, expected config or drop", ran.talk)
            self.assertIn("ghostport.drop is neither yes nor no", ran.talk)
            self.assertEqual(len(ran.records("ghostport")), 1)

        def test_without_an_eve_log_it_says_that_it_does_nothing(self):
            ran = self.run_on(SSH, settings={"outputs": [{"fast": {"enabled": "yes", "filename": "fast.log"}}]})
            self.assertIn("no eve-log is enabled", ran.talk)

        def test_the_plugin_of_the_other_version_refuses_in_words(self):
            other = suricata.plugin(15 - major)
            if not other.exists():
                self.skipTest(f"there is no plugin for Suricata {15 - major}")
            ran = self.run_on(SSH, shared_object=other, types=["flow"])
            self.assertIn(f"this plugin was built for Suricata {15 - major}.", ran.talk)
            self.assertIn("Ghostport stays inert", ran.talk)
            self.assertEqual((len(ran.records("ghostport")), len(ran.records("flow"))), (0, 1))

        def test_a_plugin_for_another_patch_level_refuses_in_words(self):
            built = suricata.binary(major).parent.joinpath(str(major), "complete").read_text(encoding="utf-8").strip()
            another = built[:-1] + str((int(built[-1]) + 1) % 10)
            patched = self.folder / "other.so"
            data = suricata.plugin(major).read_bytes()
            self.assertIn(built.encode() + b"\0", data)
            patched.write_bytes(data.replace(built.encode() + b"\0", another.encode() + b"\0"))
            ran = self.run_on(SSH, shared_object=patched, types=["flow"])
            self.assertIn(f"this plugin was built for Suricata {another}, and this is {built}", ran.talk)
            self.assertEqual((len(ran.records("ghostport")), len(ran.records("flow"))), (0, 1))

        @unittest.skipUnless(major == 7, "8 has places for as many keywords as there are")
        def test_where_a_capture_plugin_has_the_keywords_place_records_come_all_the_same(self):
            source, other = self.folder / "other.c", self.folder / "other.so"
            source.write_text("""
                #include "suricata-common.h"
                #include "suricata-plugin.h"
                #include "tm-threads.h"
                static void Init(void) { tmm_modules[TMM_DECODEPLUGIN].name = "Other"; }
                SCPlugin *SCPluginRegister(void) {
                    static SCPlugin plugin = {.name = "other", .license = "none", .author = "a test", .Init = Init};
                    return &plugin;
                }""", encoding="utf-8")
            headers = suricata.FOLDER / "7"
            subprocess.run(["cc", "-shared", "-fPIC", "-w", "-DHAVE_CONFIG_H", '-D__SCFILENAME__="other"', f"-I{headers}/src",
                            f"-I{headers}/rust/dist", "-o", other, source], check=True, capture_output=True, timeout=60)
            ran = self.run_on(SSH, settings={"plugins": [str(other), str(suricata.plugin(major))]})
            self.assertIn("a capture plugin has taken the place where the keyword would be registered", ran.talk)
            self.assertEqual(len(ran.records("ghostport")), 1)

        def test_a_plugin_that_is_listed_twice_works_once(self):
            copy = self.folder / "copy.so"
            copy.write_bytes(suricata.plugin(major).read_bytes())
            ran = self.run_on(SSH, settings={"plugins": [str(suricata.plugin(major)), str(copy)]})
            self.assertIn("stays inert", ran.talk)
            self.assertEqual(len(ran.records("ghostport")), 1)

        def test_check_says_beforehand_what_fits(self):
            def check(path, **environment):
                ran = subprocess.run([os.environ["GHOSTPORT"], "check", "--suricata", str(path)], capture_output=True, check=False,
                                     timeout=60, env={**os.environ, **environment})
                return ran.returncode, (ran.stdout + ran.stderr).decode()
            built = suricata.binary(major).parent.joinpath(str(major), "complete").read_text(encoding="utf-8").strip()
            status, text = check(suricata.binary(major))
            self.assertEqual(status, 0, text)
            self.assertIn(f"is Suricata {built}, and {suricata.plugin(major)} was built for it", text)
            fake = self.folder / "suricata"
            fake.write_text("#!/bin/sh\necho This is Suricata version 8.0.99 RELEASE\n", encoding="utf-8")
            fake.chmod(0o755)
            status, text = check(fake)
            self.assertEqual(status, 2, text)
            self.assertIn("is Suricata 8.0.99, and a plugin must be built for exactly that version", text)
            self.assertEqual(check(suricata.plugin(major), PATH=str(self.folder))[0], 2)
            for path, said in (("/bin/true", "does not say that it is Suricata"), ("/nowhere", "cannot be run"),
                               (self.folder / "x.so", "is no plugin of Ghostport")):
                status, text = check(path)
                self.assertEqual(status, 2, text)
                self.assertIn(said, text)

        # --- inline ---

        def test_its_command_line_client_talks_to_our_sensor(self):
            if os.geteuid() != 0:
                self.skipTest("a sensor on an interface needs root")
            wire = live.Wire("client")
            self.addCleanup(wire.close)
            control = self.folder / "control"
            config = self.folder / "sensor.yaml"
            config.write_text(yaml.safe_dump({
                "capture": {"driver": "pcap", "ports": [{"interface": wire.there}]}, "unix-command": {"filename": str(control)},
                "outputs": [{"eve": {"path": str(self.folder / "sensor.json")}}]}), encoding="utf-8")
            sensor = live.Sensor(wire, str(config))
            self.addCleanup(sensor.kill)

            def ask(command):
                said = subprocess.run([*suricata.client(major), "-c", command, str(control)], capture_output=True, timeout=60,
                                      check=False)
                return json.loads(said.stdout) if said.stdout.startswith(b"{") else {"return": "NOK"}

            self.assertRegex(ask("version")["message"], r"^\d+\.\d+\.\d+$")
            self.assertEqual(ask("iface-list")["message"], {"count": 1, "ifaces": [wire.there]})
            self.assertEqual(ask(f"iface-stat {wire.there}")["message"]["drop"], 0)
            self.assertEqual(ask("conf-get capture.driver")["message"], "pcap")
            self.assertEqual(ask("reload-rules"), {"message": "done", "return": "OK"})
            self.assertEqual(ask("ghostport-status")["message"]["rules"]["reloads"], 1)
            self.assertEqual(ask("nonsense")["return"], "NOK")
            self.assertEqual(ask("shutdown")["message"], "closing")
            self.assertEqual(sensor.wait(), 0)

        def bridge(self, capture, rules="", drop="no"):
            """through Suricata as an IPS on DPDK's net_pcap; what comes out"""
            out = self.folder / "out.pcap"
            vdev = f"net_pcap0,rx_pcap={capture},tx_pcap={out}"
            drivers = sorted((suricata.FOLDER / f"{major}-root/usr/lib/x86_64-linux-gnu/dpdk").glob("pmds-*"))
            eal = {"proc-type": "primary", "no-huge": "", "m": 512, "file-prefix": f"ghostport{os.getpid()}", "no-pci": "",
                   "vdev": vdev}
            if major != 7:  # whose drivers are the system's
                if any(folder.stat().st_mode & 0o002 for folder in suricata.FOLDER.resolve().parents):
                    self.skipTest("DPDK takes no drivers from below a folder that everybody may write")
                eal["d"] = str(drivers[0])
            settings = {
                "dpdk": {"eal-params": eal, "interfaces": [{
                    "interface": "net_pcap0", "threads": 1, "promisc": "true", "multicast": "true", "checksum-checks": "false",
                    "checksum-checks-offload": "false", "mempool-size": 16383, "mempool-cache-size": 127,
                    "rx-descriptors": 1024, "tx-descriptors": 1024, "copy-mode": "ips", "copy-iface": "net_pcap0"}]},
                "threading": {"set-cpu-affinity": "yes", "cpu-affinity": [{"management-cpu-set": {"cpu": [0]}},
                                                                          {"worker-cpu-set": {"cpu": [1]}}]},
                "stream": {"checksum-validation": "no", "midstream": "true", "drop-invalid": "no"},
                "ghostport": {"drop": drop},
            }
            ran = concurrent.futures.ThreadPoolExecutor(1).submit(
                suricata.Run, major, self.folder, ["--dpdk"], rules=rules, settings=settings, types=["alert", "drop"],
                prefix=("sh", "-c", 'echo $$ >"$0"; exec "$@"', str(self.folder / "pid")))
            expected = len(frames(capture))
            self.assertTrue(live.eventually(lambda: ran.done() or (self.folder / "pid").exists()))
            live.eventually(lambda: ran.done() or (out.exists() and len(frames(out)) >= expected), patience=6)
            if not ran.done():
                os.kill(int((self.folder / "pid").read_text(encoding="utf-8")), signal.SIGINT)
            result = ran.result()
            self.assertEqual(result.status, 0, result.talk)
            return result, [data for _, data in frames(out)]

        def own_bridge(self, capture):
            """the same through Ghostport's own inline sensor"""
            out, nothing = self.folder / "own.pcap", self.folder / "nothing.pcap"
            write_capture(nothing, [])
            config = self.folder / "own.yaml"
            config.write_text(yaml.safe_dump({
                "mode": "inline", "inline": {"pairs": [[0, 1]]},
                "capture": {"driver": "dpdk", "ports": [
                    {"vdev": f"net_pcap0,rx_pcap={capture},tx_pcap={self.folder}/back.pcap"},
                    {"vdev": f"net_pcap1,rx_pcap={nothing},tx_pcap={out}"}]}}), encoding="utf-8")
            subprocess.run([os.environ["GHOSTPORT"], "run", "-c", str(config), "--idle-exit", "0.2"], check=True, timeout=60,
                           capture_output=True)
            return [data for _, data in frames(out)]

        def test_inline_a_judged_flow_ends_with_the_packet_that_proves_it(self):
            packets, known = [], set()
            for case in [case for case in live.cases(PCAPS / "recorded") if case.is_ethernet() and case.is_whole()][::4]:
                here = [data for _, data, _ in case.packets()]
                flows = {five_tuple(data) for data in here} - {None}
                if not flows & known:
                    known |= flows
                    packets += [(1_700_000_000_000_000 + len(packets) + i, data) for i, data in enumerate(here)]
            capture = self.folder / "in.pcap"
            write_capture(capture, packets)
            wanted = self.own_bridge(capture)
            self.assertGreater(len(packets) - len(wanted), 300)
            self.assertGreater(len(wanted), 300)
            for rules, drop in (("", "yes"), ('drop ip any any <> any any (msg:"x"; ghostport:unexpected; sid:1;)\n', "no")):
                _, out = self.bridge(capture, rules, drop)
                self.assertEqual(len(out), len(wanted))
                self.assertEqual(out, wanted)

    return Inside


def main(major):
    suricata.need(major)
    sys.modules["__main__"].Inside = make(major)
    unittest.main(module="__main__")
