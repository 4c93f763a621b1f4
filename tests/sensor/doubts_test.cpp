#include "sensor/doubts.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "configuration/make_rules.h"

namespace ghostport {
namespace {

using namespace std::chrono_literals;

class Doubts : public testing::Test {
 protected:
  Doubts() { std::filesystem::create_directories(folder_); }
  ~Doubts() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ + '/' + name) << text; }
  /// All doubts, one a line, without the folder.
  std::string said(const std::string& text, std::chrono::sys_days today = std::chrono::year(2026) / 11 / 20) {
    const auto configuration = read_configuration(text, folder_ + "/c.yaml");
    EXPECT_TRUE(configuration.ok()) << configuration.problems().front().text();
    const auto rules = maker_.make(configuration.value(), {});
    EXPECT_TRUE(rules.ok()) << rules.problems().front().text();
    std::string lines;
    for (const Problem& one : doubts(configuration.value(), *rules.value(), today))
      lines += one.text().substr(folder_.size() + 1) + '\n';
    return lines;
  }

  const std::string folder_ =
      testing::TempDir() + "doubts_test." + testing::UnitTest::GetInstance()->current_test_info()->name();
  RulesMaker maker_;
};

TEST_F(Doubts, AGoodConfigurationHasNone) {
  EXPECT_EQ(said(""), "");
  EXPECT_EQ(said("assets: {citrix-vda: [10.1.0.0/16], h323-endpoint: [], appneta-point: [10.4.4.4]}\n"
                 "exceptions:\n"
                 "  - {port: 3238/tcp, service: ssh, hosts: [10.9.0.0/16], until: 2026-11-20, why: lab}\n"
                 "  - {port: 3238/tcp, service: ssh, hosts: [10.8.0.0-10.9.255.255], why: more hosts}\n"
                 "  - {port: 3238, service: tls, why: both transports}\n"),
            "");
}

TEST_F(Doubts, AnOutputNeedsItsFolder) {
  EXPECT_EQ(said("outputs: [{eve: {path: /nowhere/else/eve.json}}, {fast: {path: fast.log}}, {eve: {path: \"-\"}}]"),
            "c.yaml:1:11: an output needs the folder \"/nowhere/else\", which this machine has not\n");
}

TEST_F(Doubts, AnOutputIsAFileOfItsOwn) {
  EXPECT_EQ(said("outputs:\n  - {eve: {path: " + folder_ + "}}\n"),
            "c.yaml:2:5: an output writes a file, but \"" + folder_ + "\" is a folder on this machine\n");
  const std::string file = folder_ + "/eve.json";
  EXPECT_EQ(said("outputs:\n  - {eve: {path: " + file + "}}\n  - {fast: {path: " + folder_ + "/./eve.json}}\n"),
            "c.yaml:3:5: an output writes into \"" + folder_ +
                "/./eve.json\", as the one in line 2 does: their records mix\n");
}

TEST_F(Doubts, TheMachineHasWhatTheSensorAsksFor) {
  EXPECT_EQ(said("run-as: {user: root}\ncapture: {driver: pcap, ports: [{interface: lo}, {interface: any}]}\n"), "");
  EXPECT_EQ(said("run-as: {user: nobody-of-that-name}\n"
                 "capture: {driver: pcap, ports: [{interface: none0}]}\n"),
            "c.yaml:1:16: this machine has no user \"nobody-of-that-name\" to run as\n"
            "c.yaml:2:33: this machine has no interface \"none0\"\n");
  EXPECT_EQ(
      said("capture: {ports: [{vdev: 'net_af_packet0,iface=lo'}, {vdev: 'net_af_xdp0,iface=none0,start_queue=1'}]}\n"),
      "c.yaml:1:54: this machine has no interface \"none0\"\n");
}

TEST_F(Doubts, AnExceptionEndsWhenItsLastDayIsOver) {
  const std::string text = "exceptions: [{port: 3238/tcp, service: ssh, until: 2026-11-20, why: \"lab\\x1b\"}]\n";
  EXPECT_EQ(said(text), "");
  EXPECT_EQ(said(text, std::chrono::year(2026) / 11 / 21),
            "c.yaml:1:14: exception 1 (3238/tcp ssh, \"lab\\x1b\") ended with 2026-11-20\n");
}

TEST_F(Doubts, AnExceptionBehindOneThatAllowsAllOfItNeverDecides) {
  const auto behind = [&](const std::string& early, const std::string& late) {
    return said("exceptions:\n  - {port: 3238, service: ssh, why: a" + early +
                "}\n  - {port: 3238, service: ssh, why: b" + late + "}\n");
  };
  const std::string never =
      "c.yaml:3:5: exception 2 (3238 ssh, \"b\") never decides: exception 1 (3238 ssh, \"a\") in line 2 comes first "
      "and "
      "allows all of it\n";
  EXPECT_EQ(behind("", ""), never);
  EXPECT_EQ(behind("", ", hosts: [10.0.0.1]"), never);
  EXPECT_EQ(behind("", ", until: 2027-01-01"), never);
  EXPECT_EQ(behind(", hosts: [10.0.0.0/8, '2001:db8::/32']", ", hosts: ['2001:db8::1', 10.1.0.0/16]"), never);
  EXPECT_EQ(behind(", until: 2027-01-01", ", until: 2027-01-01"), never);
  EXPECT_EQ(behind(", until: 2027-01-01", ""), "") << "the second holds longer";
  EXPECT_EQ(behind(", until: 2027-01-01", ", until: 2027-01-02"), "");
  EXPECT_EQ(behind(", hosts: [10.0.0.0/8]", ""), "") << "the second holds for more hosts";
  EXPECT_EQ(behind(", hosts: [10.0.0.0/8]", ", hosts: [10.1.0.0/16, 11.0.0.1]"), "");
}

TEST_F(Doubts, AnExceptionForOneTransportCoversNotBoth) {
  EXPECT_EQ(said("exceptions:\n  - {port: 3238/tcp, service: tls, why: a}\n  - {port: 3238, service: tls, why: b}\n"),
            "");
  EXPECT_NE(said("exceptions:\n  - {port: 3238, service: tls, why: a}\n  - {port: 3238/tcp, service: tls, why: b}\n"),
            "");
}

TEST_F(Doubts, AnExceptionWhereNothingIsJudgedIsSaid) {
  const std::string exceptions = "exceptions: [{port: 22/tcp, service: ssh, why: x}]\n";
  EXPECT_EQ(said(exceptions),
            "c.yaml:1:14: exception 1 (22/tcp ssh, \"x\") is for a port on which nothing is judged under this watch\n");
  EXPECT_EQ(said("watch: [22/tcp]\n" + exceptions), "");
  EXPECT_NE(said("watch: [22/udp]\n" + exceptions), "");
}

TEST_F(Doubts, AnExceptionForWhatNothingNamesIsSaid) {
  EXPECT_EQ(said("exceptions: [{port: 3238/tcp, service: tftp, why: x}]\n"),
            "c.yaml:1:14: exception 1 (3238/tcp tftp, \"x\") allows nothing: no signature names tftp there\n");
  EXPECT_EQ(said("exceptions: [{port: 3238, service: tftp, why: x}]\n"), "");
  EXPECT_EQ(said("exceptions: [{port: 3238, service: citrix-framehawk, why: x}]\n"), "") << "its context may name it";
}

TEST_F(Doubts, AGroupThatNobodyNamesIsSaidWithTheNearestOne) {
  EXPECT_EQ(said("assets: {citrix-vdi: [10.0.0.1], printers: [10.0.0.2]}\n"),
            "c.yaml:1:10: no expectation names the asset group \"citrix-vdi\", did you mean \"citrix-vda\"?\n"
            "c.yaml:1:34: no expectation names the asset group \"printers\"\n");
}

TEST_F(Doubts, AGroupThatNobodyDeclaresIsSaidWhereAnIncludeNamesIt) {
  write("r.yaml",
        "ports:\n  - port: 8531\n    expect:\n      - {service: http, transport: tcp, proof: signature, assets: "
        "printer}\n"
        "      - {service: ssh, transport: tcp, proof: signature, assets: citrix-vda}\n");
  const std::string include = "registry: {include: [r.yaml]}\n";
  EXPECT_EQ(said(include),
            "r.yaml:4:67: the asset group \"printer\" is not declared, so this is expected on every host\n");
  EXPECT_EQ(said(include + "assets: {printer: [10.0.0.1]}\n"), "");
  EXPECT_EQ(said(include + "assets: {printers: [10.0.0.1]}\n"),
            "c.yaml:2:10: no expectation names the asset group \"printers\", did you mean \"printer\"?\n"
            "r.yaml:4:67: the asset group \"printer\" is not declared, so this is expected on every host, did you mean "
            "\"printers\"?\n");
}

}  // namespace
}  // namespace ghostport
