#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sensor/case_file.h"
#include "sensor/case_match.h"

namespace ghostport {
namespace {

/// `part`: one that lacks its verdict, to compare a single key.
std::vector<YamlNode> expectations(const std::string& text, bool part = false) {
  const auto document = read_yaml(text, "case.yaml");
  EXPECT_TRUE(document.ok());
  Problems problems;
  for (const YamlNode& one : document.value().items) check_expectation(one, "case.yaml", problems);
  EXPECT_EQ(problems.size(), part && text.find("verdict") == std::string::npos ? 1U : 0U) << text;
  return document.value().items;
}

const std::string kSsh =
    R"({"src_ip":"10.0.0.5","src_port":51514,"dest_ip":"10.0.0.9","dest_port":3238,"proto":"TCP","ghostport":{)"
    R"("verdict":"unexpected","severity":"high","service":{"name":"ssh","side":"server"},)"
    R"("port":{"number":3238,"role_basis":"syn"},"reason":"ssh spoken by the server","asked":"http","joined":"mid-stream",)"
    R"("one-sided":true,"exception":"lab","count":3,)"
    R"("evidence":{"packet":6,"side":"server","anomalies":["truncated","gap"]},"revises":"7-1"}})";
const std::string kProbe =
    R"({"src_ip":"2001:db8::5","src_port":1,"dest_ip":"2001:db8::9","dest_port":3239,"proto":"UDP","ghostport":{)"
    R"("verdict":"probe","severity":"low","service":null,"port":{"number":3239,"role_basis":"first-packet"},)"
    R"("reason":"24 knocks","asked":["dns","tls"],"probe":{"flows":24,"hosts":6,"ports":4,)"
    R"("answers":{"none":8,"rst":9,"icmp":7}},"evidence":{"packet":1,"side":"client","anomalies":[]},"revises":null}})";
const std::string kTunnelled =
    R"({"src_ip":"10.0.0.5","dest_port":3238,"tunnel":{"src_ip":"192.0.2.1","src_port":49152,"dest_ip":"192.0.2.2",)"
    R"("dest_port":4789,"proto":"UDP","depth":1,"pkt_src":"vxlan encapsulation"},"ghostport":{"verdict":"listener",)"
    R"("evidence":{"anomalies":["odd-fragments","urgent-data"]}}})";

bool stands_for(const std::string& record, const std::string& expectation) {
  const auto difference = compare_findings(expectations("- " + expectation, true), {record});
  EXPECT_EQ(difference.missing.empty(), difference.surplus.empty());
  return difference.missing.empty();
}

TEST(CaseMatch, EveryKeyIsCompared) {
  struct Row {
    const std::string& record;
    const char* same;
    const char* different;
  };
  const Row rows[] = {
      {kSsh, "verdict: unexpected", "verdict: listener"},
      {kSsh, "service: ssh", "service: tls"},
      {kSsh, "severity: high", "severity: low"},
      {kSsh, "src_ip: 10.0.0.5", "src_ip: 10.0.0.6"},
      {kProbe, "src_ip: '2001:DB8:0::5'", "src_ip: '2001:db8::6'"},
      {kSsh, "src_port: 51514", "src_port: 51515"},
      {kSsh, "dest_ip: 10.0.0.9", "dest_ip: 10.0.0.5"},
      {kSsh, "dest_port: 3238", "dest_port: 3239"},
      {kSsh, "proto: TCP", "proto: UDP"},
      {kSsh, "packet: 6", "packet: 7"},
      {kSsh, "side: server", "side: client"},
      {kSsh, "role_basis: syn", "role_basis: unknown"},
      {kSsh, "asked: http", "asked: tls"},
      {kProbe, "asked: dns", "asked: http"},
      {kSsh, "joined: mid-stream", "inner: tls"},
      {kSsh, "one-sided: true", "one-sided: false"},
      {kProbe, "one-sided: false", "one-sided: true"},
      {kSsh, "exception: lab", "exception: la"},
      {kSsh, "anomalies: [gap]", "anomalies: [gap, bad-checksum]"},
      {kSsh, "reason: by the server", "reason: by the client"},
      {kSsh, "count: 3", "count: 2"},
      {kProbe, "probe: {flows: 24, answers: {icmp: 7}}", "probe: {flows: 24, answers: {icmp: 8}}"},
      {kSsh, "revises: true", "revises: false"},
      {kProbe, "revises: false", "revises: true"},
      {kProbe, "packet: 1", "count: 1"},
      {kTunnelled, "tunnel: {src_ip: 192.0.2.1, src_port: 49152}", "tunnel: {src_ip: 192.0.2.2}"},
      {kTunnelled, "tunnel: {dest_ip: 192.0.2.2, dest_port: 4789}", "tunnel: {dest_port: 6081}"},
      {kTunnelled, "tunnel: {proto: UDP, depth: 1, pkt_src: vxlan}", "tunnel: {proto: GRE}"},
      {kTunnelled, "tunnel: {depth: 1}", "tunnel: {depth: 2}"},
      {kTunnelled, "anomalies: [odd-fragments, urgent-data]", "anomalies: [odd-fragments, doubtful-close]"},
      {kTunnelled, "verdict: listener", "anomalies: [doubtful-segments]"},
      {kTunnelled, "verdict: listener", "tunnel: {pkt_src: geneve}"},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(stands_for(row.record, '{' + std::string(row.same) + '}')) << row.same;
    EXPECT_FALSE(stands_for(row.record, '{' + std::string(row.different) + '}')) << row.different;
  }
}

TEST(CaseMatch, FindingsAreAMultiset) {
  const auto twice = expectations("[{verdict: unexpected}, {verdict: unexpected}]");
  EXPECT_EQ(compare_findings(twice, {kSsh}).missing.size(), 1U);
  EXPECT_EQ(compare_findings(twice, {kSsh, kSsh, kSsh}).surplus, std::vector<std::size_t>{2});
  const auto both = compare_findings(twice, {kSsh, kProbe});
  EXPECT_EQ(both.missing.size(), 1U);
  EXPECT_EQ(both.surplus, std::vector<std::size_t>{1});
  EXPECT_EQ(compare_findings({}, {kSsh}).surplus.size(), 1U);
}

TEST(CaseMatch, TheBestPairingCounts) {
  const auto expect = expectations("[{verdict: unexpected}, {verdict: probe}, {verdict: unexpected, packet: 6}]");
  const std::string other = R"({"dest_port":3238,"ghostport":{"verdict":"unexpected","evidence":{"packet":9}}})";
  for (const auto& records : {std::vector{kSsh, kProbe, other}, std::vector{other, kProbe, kSsh}}) {
    const auto difference = compare_findings(expect, records);
    EXPECT_TRUE(difference.missing.empty() && difference.surplus.empty());
  }
}

TEST(CaseMatch, TextsAreInTheWordsOfACase) {
  EXPECT_EQ(
      expectation_text(expectations("[{verdict: probe, probe: {answers: {none: 1}}, anomalies: [gap, truncated]}]")[0]),
      "{verdict: probe, probe: {answers: {none: 1}}, anomalies: [gap, truncated]}");
  EXPECT_EQ(record_text(kProbe),
            "{verdict: probe, severity: low, src_ip: 2001:db8::5, src_port: 1, dest_ip: 2001:db8::9, dest_port: 3239, "
            "proto: UDP, packet: 1, side: client, role_basis: first-packet, asked: [\"dns\",\"tls\"], "
            "probe: {flows: 24, hosts: 6, ports: 4, answers: {none: 8, rst: 9, icmp: 7}}}: 24 knocks");
}

class CaseFileTest : public testing::Test {
 protected:
  CaseFileTest() {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ + "/a.pcap") << "";
  }
  ~CaseFileTest() override { std::filesystem::remove_all(folder_); }

  Result<Case> read(const std::string& text) const {
    std::ofstream(folder_ + "/case.yaml") << text;
    return read_case(folder_ + "/case.yaml");
  }

  const std::string folder_ =
      testing::TempDir() + "cases_test." + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(CaseFileTest, ReadsAWholeCase) {
  const auto read_one = read(
      "why: it matters\npcap: [a.pcap]\nmade-by: somebody\nprovenance: {server: x}\nawaits: fragments\n"
      "config: {log-expected: true}\nexpect:\n  - {verdict: probe}\n");
  ASSERT_TRUE(read_one.ok()) << read_one.problems().front().text();
  const Case& one = read_one.value();
  EXPECT_EQ(one.folder, folder_);
  EXPECT_EQ(one.captures, std::vector<std::string>{folder_ + "/a.pcap"});
  EXPECT_EQ(one.awaits, "fragments");
  EXPECT_TRUE(one.configured && one.configuration.log_expected);
  EXPECT_EQ(one.expect.size(), 1U);
}

TEST_F(CaseFileTest, SaysEveryFaultWithItsPlace) {
  const auto faulty = read(
      "pcap: b.pcap\n"
      "made-by: somebody\n"
      "config: {wach: ghost}\n"
      "expekt: []\n"
      "expect:\n"
      "  - {verdict: unexpectd}\n"
      "  - {servic: ssh}\n"
      "  - {verdict: probe, probe: {answers: {nun: 1}}}\n"
      "  - {verdict: probe, tunnel: {dept: 1}, anomalies: [odd]}\n");
  ASSERT_FALSE(faulty.ok());
  std::string all;
  for (const Problem& problem : faulty.problems()) all += problem.text() + '\n';
  for (const char* part :
       {"needs the key \"why\"", "case.yaml:1:7: no file", "case.yaml:3:10: unknown key \"wach\"",
        "did you mean \"watch\"", "case.yaml:4:1: unknown key \"expekt\"", "case.yaml:6:15: verdict is \"unexpectd\"",
        "case.yaml:7:6: unknown key \"servic\"", "case.yaml:7:5: an expected finding needs the key \"verdict\"",
        "case.yaml:8:40: unknown key \"nun\"", "case.yaml:9:31: unknown key \"dept\"", "case.yaml:9:53: anomalies"}) {
    EXPECT_NE(all.find(part), std::string::npos) << part << "\nin\n" << all;
  }
  EXPECT_EQ(faulty.problems().size(), 10U) << all;
}

}  // namespace
}  // namespace ghostport
