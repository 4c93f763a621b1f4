#include "configuration/make_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace ghostport {
namespace {

class MakeRules : public testing::Test {
 protected:
  MakeRules() { std::filesystem::create_directories(folder_); }
  ~MakeRules() override { std::filesystem::remove_all(folder_); }

  Result<std::shared_ptr<const Rules>> make(const std::string& configuration, const RulesOptions& options = {}) {
    auto read = read_configuration(configuration, folder_ + "/ghostport.yaml");
    EXPECT_TRUE(read.ok()) << read.problems().front().text();
    return maker_.make(read.value(), options);
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ + '/' + name) << text; }

  const std::string folder_ =
      testing::TempDir() + "make_rules_test." + testing::UnitTest::GetInstance()->current_test_info()->name();
  RulesMaker maker_;
};

constexpr const char* kEntry =
    "ports:\n  - port: 4000\n    ghost: true\n    claims:\n"
    "      - {name: ours, transports: [tcp], by: field, source: here}\n";
constexpr const char* kSignature =
    "signatures:\n  - id: telnet.ours\n    service: telnet\n    transport: tcp\n    side: server\n"
    "    expression: '^OURS'\n    examples: {match: ['OURS'], no-match: ['THEIRS']}\n";

TEST_F(MakeRules, IncludesAddToWhatIsBuiltIn) {
  write("r.yaml", kEntry);
  write("s.yaml", kSignature);
  const auto plain = make("");
  const auto more = make("registry: {include: [r.yaml]}\nsignatures: {include: [s.yaml]}\n");
  ASSERT_TRUE(plain.ok() && more.ok()) << more.problems().front().text();
  EXPECT_EQ(more.value()->registry.entries().size(), plain.value()->registry.entries().size() + 1);
  EXPECT_EQ(more.value()->signatures->signatures().size(), plain.value()->signatures->signatures().size() + 1);
  EXPECT_NE(more.value()->watch.at(Transport::tcp, 4000), 0) << "a user's ghost port is watched";
  EXPECT_EQ(plain.value()->watch.at(Transport::tcp, 4000), 0);
}

TEST_F(MakeRules, EveryFaultOfEveryIncludeIsSaid) {
  write("r.yaml", "ports:\n  - port: 70000\n");
  write("s.yaml", "signatures:\n  - id: telnet.ours\n");
  write("t.yaml", "signatures: 7\n");
  const auto rules = make("registry: {include: [r.yaml]}\nsignatures: {include: [s.yaml, t.yaml]}\n");
  ASSERT_FALSE(rules.ok());
  for (const std::string name : {"r.yaml", "s.yaml", "t.yaml"}) {
    EXPECT_TRUE(std::any_of(rules.problems().begin(), rules.problems().end(), [&](const Problem& one) {
      return one.file == folder_ + '/' + name && one.line != 0;
    })) << name;
  }
}

TEST_F(MakeRules, ABadExpressionIsSaidWithItsPlace) {
  std::string text = kSignature;
  write("s.yaml", text.replace(text.find("^OURS"), 5, "^(OURS"));
  const auto rules = make("signatures: {include: [s.yaml]}\n");
  ASSERT_FALSE(rules.ok());
  EXPECT_TRUE(rules.problems().front().text().starts_with(folder_ + "/s.yaml:6:")) << rules.problems().front().text();
}

TEST_F(MakeRules, TheConfigurationArrives) {
  const auto made = make(
      "log-expected: true\nsensor-id: edge-1\ncommunity-id-seed: 7\nhome-net: [10.0.0.0/8]\n"
      "assets: {citrix-vda: [10.1.2.3]}\nseverity: {probe: high}\nlimits: {flows: 77, head-bytes: 512}\n"
      "timeouts: {tcp: 90s, udp: 5m, unanswered: 1s}\n"
      "exceptions: [{port: 3238/tcp, service: ssh, hosts: [10.9.0.1], until: 2027-01-01, why: lab}]\n");
  ASSERT_TRUE(made.ok());
  const Rules& rules = *made.value();
  EXPECT_TRUE(rules.log_expected);
  EXPECT_EQ(rules.sensor_id, "edge-1");
  EXPECT_EQ(rules.community_id_seed, 7);
  EXPECT_TRUE(rules.home_net->contains(*Address::parse("10.200.0.1")));
  EXPECT_TRUE(rules.assets.at("citrix-vda").contains(*Address::parse("10.1.2.3")));
  EXPECT_EQ(rules.severity[static_cast<std::size_t>(Verdict::probe)], Severity::high);
  EXPECT_EQ(rules.flow_limit, 77U);
  EXPECT_EQ(rules.head_bytes, 512U);
  EXPECT_EQ(rules.tcp_timeout, 90 * kSecond);
  EXPECT_EQ(rules.udp_timeout, 300 * kSecond);
  EXPECT_EQ(rules.unanswered_timeout, kSecond);
  ASSERT_EQ(rules.exceptions.size(), 1U);
  const Exception& exception = rules.exceptions[0];
  EXPECT_EQ(exception.port, 3238);
  EXPECT_TRUE(exception.on[0] && !exception.on[1]);
  EXPECT_EQ(exception.service, find_service("ssh"));
  EXPECT_TRUE(exception.hosts->contains(*Address::parse("10.9.0.1")));
  EXPECT_EQ(exception.until, 1'798'848'000 * kSecond) << "holds on the first of January, not on the second";
  EXPECT_EQ(exception.why, "lab");
}

TEST_F(MakeRules, TheCommandLineOverridesTheWatch) {
  const auto made = make("watch: all\n", {WatchList::parse("5000/udp").value(), true});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made.value()->watch.text(WatchTable::kJudged), "5000/udp");
  EXPECT_TRUE(made.value()->flow_records);
  EXPECT_FALSE(make("").value()->flow_records);
}

}  // namespace
}  // namespace ghostport
