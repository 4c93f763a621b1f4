#include "configuration/configuration.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace ghostport {
namespace {

using namespace std::chrono_literals;

/// Every problem of a configuration, one a line, without the file's name.
std::string faults(std::string_view text) {
  const auto result = read_configuration(text, "f");
  if (result.ok()) return "";
  std::string lines;
  for (const Problem& problem : result.problems()) lines += problem.text().substr(2) + '\n';
  return lines;
}

Configuration read(std::string_view text) {
  auto result = read_configuration(text, "f");
  EXPECT_TRUE(result.ok()) << faults(text);
  return result.ok() ? std::move(result).value() : Configuration();
}

bool fault_says(std::string_view text, std::string_view words) { return faults(text).find(words) != std::string::npos; }

/// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "ghostport_configuration_XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }
  std::string operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

TEST(Configuration, AnEmptyFileIsAllDefaults) {
  for (const char* text : {"", "# watch: all\n", "{}\n"}) {
    const Configuration configuration = read(text);
    EXPECT_EQ(configuration.watch.kind, WatchList::Kind::ghost);
    EXPECT_TRUE(configuration.registry_files.empty());
    EXPECT_TRUE(configuration.assets.empty());
    EXPECT_FALSE(configuration.home_net);
    EXPECT_FALSE(configuration.log_expected);
    EXPECT_EQ(configuration.limits.flows, 1'000'000U);
    EXPECT_EQ(configuration.limits.head_bytes, 4096U);
    EXPECT_EQ(configuration.timeouts.tcp, 600s);
    EXPECT_EQ(configuration.timeouts.udp, 60s);
    EXPECT_EQ(configuration.timeouts.unanswered, 30s);
    EXPECT_EQ(configuration.community_id_seed, 0);
    EXPECT_EQ(configuration.sensor_id, "");
  }
}

TEST(Configuration, OfAllBuiltFeaturesIsAccepted) {
  const Configuration configuration = read(R"(
watch: range
assets: {citrix-vda: [10.1.2.0/24], h323-endpoint: [10.3.0.1-10.3.0.9], appneta-point: []}
home-net: [10.0.0.0/8, "fd00::/8"]
exceptions:
  - {port: 3238/tcp, service: ssh, hosts: [10.9.0.0/16], until: 2027-01-01, why: "lab"}
  - {port: 3239, service: rtp, why: "video"}
log-expected: true
severity: {unrecognized: low, unexpected: critical, expected: info}
limits: {flows: 5000, head-bytes: 8192}
timeouts: {tcp: 1h, udp: 2m, unanswered: 10s}
sensor-id: edge-1
community-id-seed: 7
)");
  EXPECT_EQ(configuration.watch.kind, WatchList::Kind::range);
  ASSERT_EQ(configuration.assets.size(), 3U);
  EXPECT_TRUE(configuration.assets.at("citrix-vda").contains(*Address::parse("10.1.2.200")));
  EXPECT_FALSE(configuration.assets.at("h323-endpoint").contains(*Address::parse("10.3.0.10")));
  EXPECT_TRUE(configuration.assets.at("appneta-point").empty());
  EXPECT_TRUE(configuration.home_net->contains(*Address::parse("fd00::1")));
  EXPECT_TRUE(configuration.log_expected);
  const auto severity = [&](Verdict verdict) { return configuration.severity[static_cast<std::size_t>(verdict)]; };
  EXPECT_EQ(severity(Verdict::unrecognized), Severity::low);
  EXPECT_EQ(severity(Verdict::unexpected), Severity::critical);
  EXPECT_EQ(severity(Verdict::expected), Severity::info);
  EXPECT_EQ(severity(Verdict::probe), std::nullopt);
  EXPECT_EQ(configuration.limits.flows, 5000U);
  EXPECT_EQ(configuration.limits.head_bytes, 8192U);
  EXPECT_EQ(configuration.timeouts.tcp, 1h);
  EXPECT_EQ(configuration.timeouts.udp, 2min);
  EXPECT_EQ(configuration.timeouts.unanswered, 10s);
  EXPECT_EQ(configuration.sensor_id, "edge-1");
  EXPECT_EQ(configuration.community_id_seed, 7);

  ASSERT_EQ(configuration.exceptions.size(), 2U);
  const PortException& lab = configuration.exceptions[0];
  EXPECT_EQ(lab.port, 3238);
  EXPECT_TRUE(lab.on[0]);
  EXPECT_FALSE(lab.on[1]);
  EXPECT_EQ(lab.service, find_service("ssh"));
  EXPECT_TRUE(lab.hosts->contains(*Address::parse("10.9.1.1")));
  EXPECT_EQ(lab.why, "lab");
  const PortException& video = configuration.exceptions[1];
  EXPECT_TRUE(video.on[0] && video.on[1]);
  EXPECT_FALSE(video.hosts);
  EXPECT_FALSE(video.until);
}

TEST(Configuration, AnExceptionHoldsThroughItsLastDay) {
  const Configuration configuration = read("exceptions: [{port: 1, service: ssh, until: 2027-01-01, why: x}]");
  EXPECT_EQ(configuration.exceptions[0].until->time_since_epoch(), 1'798'848'000s);  // 2027-01-02 00:00 UTC
}

TEST(Configuration, TheContractsExampleIsRight) {
  EXPECT_EQ(faults(R"(watch: ghost
registry: {include: [/etc/ghostport/registry.d/*.yaml]}
signatures: {include: [/etc/ghostport/signatures.d/*.yaml], cache: /var/cache/ghostport}
assets: {citrix-vda: [10.1.2.0/24], h323-endpoint: [10.3.0.1-10.3.0.9], appneta-point: [10.4.4.4]}
home-net: [10.0.0.0/8]
exceptions: [{port: 3238/tcp, service: ssh, hosts: [10.9.0.0/16], until: 2027-01-01, why: "lab"}]
log-expected: false
severity: {unrecognized: low}
capture: {driver: dpdk, ports: [{pci: "0000:3b:00.0"}], workers: auto, eal: []}
mode: tap
inline: {pairs: [[0, 1]], on-unexpected: drop, on-overload: forward, while-waiting: forward}
outputs: [{eve: {path: /var/log/ghostport/eve.json, types: [ghostport, alert]}}]
http: {listen: 127.0.0.1:9918}
limits: {flows: 1000000, head-bytes: 4096, memory: 2GiB}
timeouts: {tcp: 600s, udp: 60s, unanswered: 30s}
run-as: {user: ghostport, confine: false}
sensor-id: edge-1
)"),
            "");
}

TEST(Configuration, ReportsEightFaultsAtOnceAtTheirPlaces) {
  EXPECT_EQ(faults(R"(wach: ghost
log-expected: yes
assets: {citrix-vda: [10.1.2.1/24]}
limits: {flows: 0, head-bytes: 010}
timeouts:
  tcp: 600
severity: {unrecognized: lowest}
sensor-id: a
sensor-id: b
)"),
            "1:1: unknown key \"wach\" in the configuration, did you mean \"watch\"?\n"
            "2:15: log-expected is \"yes\", expected true or false\n"
            "3:23: an item of citrix-vda is \"10.1.2.1/24\", expected an address, a network such as 10.0.0.0/8 without "
            "host bits, or "
            "first-last\n"
            "4:17: flows is \"0\", expected a whole number from 1 to 134217728\n"
            "4:32: \"010\" looks like an octal number, expected it without the leading zero or in quotes\n"
            "6:8: tcp is \"600\", expected a time from 1s to 24h, such as 30s, 10m or 1h\n"
            "7:26: unrecognized is \"lowest\", expected one of none, info, low, medium, high, critical\n"
            "9:1: duplicate key \"sensor-id\", first given in line 8\n");
}

TEST(Configuration, BrokenSyntaxIsReportedAtItsPlace) {
  const auto result = read_configuration("watch: [ghost\n", "etc/f.yaml");
  ASSERT_FALSE(result.ok());
  ASSERT_EQ(result.problems().size(), 1U);
  EXPECT_EQ(result.problems()[0].file, "etc/f.yaml");
  EXPECT_EQ(result.problems()[0].line, 2U);
}

TEST(Configuration, RefusesWhatYamlCppWouldLetPass) {
  EXPECT_TRUE(fault_says("a: &x 1\nb: *x\n", "1:4: anchor"));
  EXPECT_TRUE(fault_says("sensor-id: a\n---\nsensor-id: b\n", "2:1: more text"));
  EXPECT_TRUE(fault_says("<<: {watch: all}\n", "1:1: unknown key \"<<\""));
  EXPECT_TRUE(fault_says("sensor-id: !!str a\n", "1:12: a tag"));
  EXPECT_TRUE(fault_says("- watch\n", "1:1: the configuration is a list"));
}

TEST(Configuration, WatchIsAWordOrAListOfPorts) {
  EXPECT_EQ(read("watch: all").watch.kind, WatchList::Kind::all);
  EXPECT_EQ(read("watch: 3238").watch.items.size(), 1U);
  const WatchList list = read("watch: [3238/tcp, 3224-3324/udp, 53]").watch;
  EXPECT_EQ(list.kind, WatchList::Kind::list);
  ASSERT_EQ(list.items.size(), 3U);
  EXPECT_EQ(list.items[1].ports, (PortRange{3224, 3324}));
  EXPECT_TRUE(fault_says("watch: gost", "1:8: \"gost\""));
  EXPECT_TRUE(fault_says("watch: []", "watch is empty"));
  EXPECT_TRUE(fault_says("watch: [3238, 0]", "1:15: a watched port is \"0\""));
  EXPECT_TRUE(fault_says("watch: {tcp: 1}", "watch is a mapping"));
  EXPECT_TRUE(fault_says("watch:", "watch has no value"));
}

TEST(Configuration, AnExceptionSaysWhatAndWhy) {
  EXPECT_EQ(faults("exceptions: [{hosts: []}]\n"),
            "1:14: an exception needs the key \"service\"\n"
            "1:14: an exception needs the key \"why\"\n"
            "1:14: an exception needs the key \"port\"\n"
            "1:22: hosts is empty, expected addresses; without the key all hosts are meant\n");
  EXPECT_TRUE(fault_says("exceptions: [{port: 1, service: sssh, why: x}]", "did you mean \"ssh\"?"));
  EXPECT_TRUE(fault_says("exceptions: [{port: 1-2, service: ssh, why: x}]", "expected one port"));
  EXPECT_TRUE(fault_says("exceptions: [{port: 1, service: ssh, why: ''}]", "why is empty"));
  EXPECT_TRUE(fault_says("exceptions: [{port: 1, service: ssh, until: 2027-02-29, why: x}]", "expected a day"));
  EXPECT_TRUE(fault_says("exceptions: {port: 1}", "exceptions is a mapping, expected a list"));
}

TEST(Configuration, ChecksNamesAndRanges) {
  EXPECT_TRUE(fault_says("assets: {Citrix_VDA: [10.0.0.1]}", "1:10: a group's name"));
  EXPECT_TRUE(fault_says("assets: {citrix-vda: 10.0.0.1}", "citrix-vda is \"10.0.0.1\", expected a list"));
  EXPECT_TRUE(fault_says("home-net: [10.0.0.9-10.0.0.1]", "1:12: an item of home-net"));
  EXPECT_TRUE(fault_says("severity: {unexpectd: low}", "did you mean \"unexpected\"?"));
  EXPECT_TRUE(fault_says("community-id-seed: 65536", "from 0 to 65535"));
  EXPECT_TRUE(fault_says("limits: {head-bytes: 100}", "from 256 to 65536"));
  EXPECT_TRUE(fault_says("timeouts: {udp: 25h}", "from 1s to 24h"));
  EXPECT_TRUE(fault_says("timeouts: {upd: 1h}", "did you mean \"udp\"?"));
  EXPECT_TRUE(fault_says("sensor-id: " + std::string(65, 'x'), "at most 64 bytes"));
}

TEST(Configuration, ChecksWhereTrafficComesFromAndWhatBecomesOfIt) {
  EXPECT_TRUE(fault_says("capture: {driver: dpkd}", "did you mean \"dpdk\"?"));
  EXPECT_TRUE(fault_says("capture: {ports: [{pci: 3b:0}]}", "expected a PCI address"));
  EXPECT_TRUE(fault_says("capture: {ports: [{interface: eth0}]}", "interface is for the driver pcap alone"));
  EXPECT_TRUE(fault_says("capture: {driver: pcap, ports: [{pci: 3b:00.0}]}", "pci is for the driver dpdk alone"));
  EXPECT_TRUE(fault_says("capture: {ports: [{pci: 3b:00.0, vdev: net_null0}]}", "of several kinds"));
  EXPECT_TRUE(fault_says("capture: {ports: [{}]}", "an empty capture port"));
  EXPECT_TRUE(fault_says("capture: {workers: 0}", "from 1 to 128"));
  EXPECT_TRUE(fault_says("mode: tapp", "did you mean \"tap\"?"));
  EXPECT_TRUE(fault_says("inline: {pairs: [[0]]}", "expected two capture ports"));
  EXPECT_TRUE(fault_says("inline: {pairs: [[1, 1]]}", "two different ones"));
  EXPECT_TRUE(fault_says("inline: {on-overload: hold}", "one of forward, drop"));
  EXPECT_EQ(faults("inline: {while-waiting: hold}"),
            "1:25: while-waiting: hold is not built into this version; forward is\n");
}

TEST(Configuration, ChecksWhatTheSensorNeedsOfSeveralKeys) {
  const std::string two = "capture: {ports: [{vdev: net_ring0}, {vdev: net_ring1}]}\n";
  EXPECT_EQ(faults(two + "mode: inline"), "");
  EXPECT_EQ(faults(two + "mode: inline\ninline: {pairs: [[1, 0]]}"), "");
  EXPECT_EQ(faults(two + "inline: {pairs: [[1, 2]]}"), "");  // as a tap
  EXPECT_EQ(faults(two + "mode: inline\ninline: {pairs: [[1, 2]]}"),
            "3:22: there is no capture port 2, expected one of the 2 of capture.ports, counted from 0\n");
  EXPECT_EQ(faults("inline: {pairs: [[1, 2], [3, 1]]}"),
            "1:30: capture port 1 is in two pairs, expected each in one alone\n");
  EXPECT_EQ(faults("capture: {ports: [{vdev: net_ring0}]}\nmode: inline"),
            "2:7: mode: inline needs inline.pairs, such as [[0, 1]], where capture.ports are not two but 1\n");
  EXPECT_EQ(faults("capture: {driver: pcap, ports: [{interface: a}]}\nmode: inline"),
            "2:7: mode: inline needs the driver dpdk: libpcap only listens\n");
  EXPECT_EQ(faults("capture: {driver: pcap}"), "1:11: the driver pcap needs ports, such as {interface: eth0}\n");
  EXPECT_EQ(faults("capture: {hardware-gate: true}\nmode: inline"),
            "2:7: mode: inline has every frame go on, capture.hardware-gate is for a tap: expected one of the two\n");
}

TEST(Configuration, RefusesTwoCapturePortsOfOneDevice) {
  const auto two = [](const std::string& one, const std::string& other) {
    return faults("capture:\n  ports:\n    - {vdev: \"" + one + "\"}\n    - {vdev: \"" + other + "\"}\n");
  };
  EXPECT_EQ(two("net_af_packet0,iface=eth0", "net_af_packet1,iface=eth1"), "");
  EXPECT_EQ(two("net_af_packet0,iface=eth0,framecnt=512", "net_af_xdp0,iface=eth0"),
            "4:7: the interface \"eth0\" is capture port 0 already, expected another\n");
  EXPECT_EQ(two("net_af_packet0,iface=eth0", "net_af_packet0,iface=eth1"),
            "4:7: the device \"net_af_packet0\" is capture port 0 already, expected another, such as the same driver "
            "with another number\n");
  EXPECT_EQ(two("net_af_xdp0,iface=eth0,start_queue=0", "net_af_xdp1,iface=eth0,start_queue=1"), "");
  EXPECT_TRUE(fault_says("capture: {ports: [{pci: 3b:00.0}, {pci: 0000:3b:00.0}]}", "is capture port 0 already"));
  EXPECT_TRUE(fault_says("capture: {driver: pcap, ports: [{interface: a}, {interface: a}]}",
                         "the interface \"a\" is capture port 0 already"));
}

TEST(Configuration, ChecksEveryKeyOfEveryOutput) {
  EXPECT_TRUE(fault_says("run-as: {user: a b}", "the name of a user"));
  EXPECT_TRUE(fault_says("http: {listen: ::1:80}", "expected an address and port"));
  EXPECT_TRUE(fault_says("http: {listen: localhost:80}", "expected an address and port"));
  EXPECT_TRUE(fault_says("outputs: [{eve: {types: [alarm]}}]", "eve needs the key \"path\""));
  EXPECT_TRUE(fault_says("outputs: [{eve: {path: x, types: [allert]}}]", "did you mean \"alert\"?"));
  EXPECT_TRUE(fault_says("outputs: [{syslog: {level: info}}]", "did you mean \"Info\"?"));
  EXPECT_TRUE(fault_says("outputs: [{fast: {path: x, types: [alert]}}]", "unknown key \"types\" in fast"));
  EXPECT_TRUE(fault_says("outputs: [{eve: {path: x}, fast: {path: y}}]", "of several kinds"));
}

TEST(Configuration, ChecksWhatIsNotBuiltLikeEverythingElse) {
  const auto more_than_not_built = [](std::string_view text, std::string_view words) {
    return fault_says(text, "is not built into this version") && fault_says(text, words);
  };
  EXPECT_TRUE(more_than_not_built("outputs: [{kafka: {topic: x}}]", "kafka needs the key \"brokers\""));
  EXPECT_TRUE(more_than_not_built("outputs: [{redis: {mode: xad}}]", "did you mean \"xadd\"?"));
  EXPECT_TRUE(more_than_not_built("outputs: [{redis: {pipelining: {size: 1}}}]", "unknown key \"size\" in pipelining"));
  EXPECT_TRUE(fault_says("limits: {memory: 2GB}", "expected a size"));
  EXPECT_TRUE(fault_says("limits: {memory: 1MiB}", "at least 64MiB"));
}

TEST(Configuration, AcceptsEveryKeyOfEveryOutput) {
  EXPECT_EQ(faults(R"(outputs:
  - eve: {path: eve.json, types: [ghostport, alert, flow, stats], append: true, buffer-size: 64KiB, rotate-interval: 1h}
  - fast: {path: fast.log, append: false}
  - unix-socket: {path: s.socket, type: dgram, types: [ghostport]}
  - syslog: {identity: ghostport, facility: local5, level: Info, prefix: "@cee: "}
  - redis: {server: 127.0.0.1, port: 6379, username: u, password: p, async: true, mode: xadd, key: ghostport,
            stream-maxlen: 100000, stream-trim-exact: false, pipelining: {enabled: true, batch-size: 10}}
  - kafka: {brokers: "a:9092", topic: ghostport, properties: {acks: 1, compression.codec: lz4}}
)"),
            "6:5: redis: this output is not built into this version; remove it\n"
            "8:5: kafka: this output is not built into this version; remove it\n");
}

TEST(Includes, AreLookedUpInTheConfigurationsFolderInNameOrder) {
  const Folder folder;
  folder.write("registry.d/b.yaml", "");
  folder.write("registry.d/a.yaml", "");
  folder.write("registry.d/readme.txt", "");
  folder.write("extra.yaml", "");
  const auto result =
      read_configuration_file(folder.write("ghostport.yaml",
                                           "registry: {include: [extra.yaml, registry.d/*.yaml, 'registry.d/a.*']}\n"
                                           "signatures: {include: [none.d/*.yaml]}\n"));
  ASSERT_TRUE(result.ok()) << result.problems()[0].text();
  const std::vector<std::string> files = {folder / "extra.yaml", folder / "registry.d/a.yaml",
                                          folder / "registry.d/b.yaml"};
  EXPECT_EQ(result.value().registry_files, files);
  EXPECT_TRUE(result.value().signature_files.empty());
}

TEST(Includes, MayBeAbsoluteAndInAFolderWithBracketsInItsName) {
  const Folder folder;
  const std::string absolute = folder.write("one.yaml", "");
  const std::string inside = folder.write("[x]*/d/two.yaml", "");
  const auto result = read_configuration_file(
      folder.write("[x]*/ghostport.yaml", "registry: {include: [" + absolute + ", d/*.yaml]}\n"));
  ASSERT_TRUE(result.ok()) << result.problems()[0].text();
  EXPECT_EQ(result.value().registry_files, (std::vector<std::string>{absolute, inside}));
}

TEST(Includes, APathWithoutWildcardMustExist) {
  EXPECT_TRUE(fault_says("registry: {include: [nowhere.yaml]}", "1:22: no file \"nowhere.yaml\""));
  EXPECT_TRUE(fault_says("signatures: {include: ['']}", "1:24: no file"));
  EXPECT_TRUE(fault_says("registry: {include: a.yaml}", "include is \"a.yaml\", expected a list"));
}

TEST(ConfigurationFile, ThatIsMissingIsReportedWithItsName) {
  const auto result = read_configuration_file("/nonexistent/ghostport.yaml");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.problems()[0].text(), "/nonexistent/ghostport.yaml: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace ghostport
