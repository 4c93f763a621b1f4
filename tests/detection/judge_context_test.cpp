// The judge's decision table where context speaks: every combination it distinguishes (docs/verdicts.md).
#include <gtest/gtest.h>

#include <ostream>

#include "detection/judge.h"
#include "registry/registry_yaml.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace judge_context_test {

constexpr std::string_view kPorts = R"(
ports:
  - port: 3238
    claims: [{name: apparenet-as, transports: [tcp, udp], by: iana, source: "test"}]
    expect:
      - {service: apparenet-as, transport: udp, proof: none-known}
      - {service: citrix-framehawk, transport: udp, proof: context, assets: citrix-vda}
      - {service: appneta-rpp, transport: udp, proof: signature+context, without-context: consistent}
      - {service: rtp, transport: udp, proof: signature+context, without-context: unexpected, assets: h323-endpoint}
      - {service: rtcp, transport: udp, proof: signature+context, without-context: unexpected, assets: h323-endpoint}
      - {service: h245, transport: tcp, proof: signature+context, without-context: unexpected, assets: h323-endpoint}
  - port: 3248
    claims: [{name: procos-lm, transports: [tcp, udp], by: iana, source: "test"}]
    expect:
      - {service: procos-lm, transport: tcp, proof: none-known, assets: procos-lm}
)";

std::shared_ptr<Rules> rules() {
  auto all = std::make_shared<Rules>();
  all->registry.merge(read_registry(read_yaml(kPorts, "ports.yaml").value(), "ports.yaml").value());
  all->signatures = shipped_signatures();
  return all;
}

AddressSet hosts(std::string_view range) { return AddressSet({*AddressRange::parse(range)}); }
ServiceId service(std::string_view name) { return name.empty() ? ServiceId::none : *find_service(name); }

/// Payload both ways between 10.0.0.5 and 10.0.0.9; named where a service is given.
FlowDetail flow(std::uint16_t port, Transport transport, std::string_view name, std::string_view inner = {}) {
  FlowDetail detail;
  detail.address[0] = *Address::parse("10.0.0.5");
  detail.address[1] = *Address::parse("10.0.0.9");
  detail.port[1] = port;
  detail.transport = transport;
  detail.basis = RoleBasis::first_packet;
  detail.outcome = name.empty() ? Outcome::unrecognized : Outcome::identified;
  detail.service = service(name);
  detail.inner = service(inner);
  detail.side = Side::server;
  detail.revision = 1;
  detail.payload_bytes[0] = detail.payload_bytes[1] = 900;
  detail.payload_packets[0] = detail.payload_packets[1] = 9;
  return detail;
}

const ExpectationResult& result_of(const Judgement& judgement, std::string_view name) {
  for (const ExpectationResult& one : judgement.expectations) {
    if (one.expectation->service == name) return one;
  }
  throw std::out_of_range(std::string(name));
}

// ---- calls (row 31) ----

struct CallRow {
  std::string_view what;
  Transport transport;
  std::string_view service;
  std::string_view inner;
  CallGround call;
  std::string_view endpoints;  // h323-endpoint; empty: not declared
  Verdict verdict;
  bool may_change;
  std::string_view says;
};
std::ostream& operator<<(std::ostream& out, const CallRow& row) { return out << row.what; }

constexpr auto kTcp = Transport::tcp;
constexpr auto kUdp = Transport::udp;

const std::vector<CallRow> kCalls{
    {"announced media", kUdp, "rtp", "", CallGround::announced, "", Verdict::expected, false,
     "announced by a call (h225) of the two hosts"},
    {"announced reports", kUdp, "rtcp", "", CallGround::announced, "", Verdict::expected, false, "announced by a call"},
    {"announced control", kTcp, "h245", "", CallGround::announced, "", Verdict::expected, false, "announced by a call"},
    {"media on another port of a call", kUdp, "rtp", "", CallGround::live, "", Verdict::consistent, true,
     "did not announce this port"},
    {"media without a call", kUdp, "rtp", "", CallGround::none, "", Verdict::unexpected, true, "not expected here"},
    {"control without a call", kTcp, "h245", "", CallGround::none, "", Verdict::unexpected, true, "not expected here"},
    {"announced media of a declared endpoint", kUdp, "rtp", "", CallGround::announced, "10.0.0.9", Verdict::expected,
     false, "announced by a call"},
    {"announced media of strangers", kUdp, "rtp", "", CallGround::announced, "10.9.9.9", Verdict::unexpected, false,
     "not expected here"},
    {"another service where media were announced", kUdp, "dns", "", CallGround::announced, "", Verdict::unexpected,
     false, "not expected here"},
    {"STUN alone, without a call", kUdp, "stun", "", CallGround::none, "", Verdict::unexpected, true,
     "not expected here"},
    {"STUN alone where media were announced", kUdp, "stun", "", CallGround::announced, "", Verdict::expected, false,
     "announced by a call"},
    {"media behind STUN, announced", kUdp, "stun", "rtp", CallGround::announced, "", Verdict::expected, false,
     "announced by a call"},
    {"media behind STUN, without a call", kUdp, "stun", "rtp", CallGround::none, "", Verdict::unexpected, true,
     "not expected here"},
    {"media over the wrong transport", kTcp, "rtp", "", CallGround::announced, "", Verdict::unexpected, false,
     "not expected here"},
};

class JudgeCalls : public testing::TestWithParam<CallRow> {};

TEST_P(JudgeCalls, SayWhatTheCallMakesOfIt) {
  const CallRow& row = GetParam();
  const auto all = rules();
  if (!row.endpoints.empty()) all->assets["h323-endpoint"] = hosts(row.endpoints);
  FlowContext context;
  context.call = row.call;
  if (row.call != CallGround::none) context.signalling = service("h225");
  const Judgement judgement = judge(*all, flow(3238, row.transport, row.service, row.inner), context);
  EXPECT_EQ(verdict_name(judgement.verdict), verdict_name(row.verdict));
  EXPECT_EQ(judgement.may_change, row.may_change);
  EXPECT_NE(judgement.reason.find(row.says), std::string::npos) << judgement.reason;
  EXPECT_EQ(judgement.severity == Severity::none, row.verdict == Verdict::expected);
}

INSTANTIATE_TEST_SUITE_P(Rows, JudgeCalls, testing::ValuesIn(kCalls));

TEST(JudgeCall, TheExpectationThatFailedNamesTheHosts) {
  const auto all = rules();
  const Judgement judgement = judge(*all, flow(3238, kUdp, "rtp"));
  EXPECT_EQ(result_of(judgement, "rtp").failed, "no call of 10.0.0.5 and 10.0.0.9 was seen that announces it");
  EXPECT_EQ(result_of(judgement, "rtcp").failed, "the payload is rtp");
}

// ---- AppNeta (rows 15 and 16) ----

TEST(JudgeRpp, AnAnnouncedPortIsExpectedAndAnotherConsistent) {
  const auto all = rules();
  FlowContext announced;
  announced.rpp_announced = true;
  FlowDetail detail = flow(3238, kUdp, "appneta-rpp");
  EXPECT_EQ(judge(*all, detail, announced).verdict, Verdict::expected);
  EXPECT_EQ(judge(*all, detail).verdict, Verdict::consistent);
  EXPECT_TRUE(judge(*all, detail).may_change);
  detail.marks = kClaimed | kOneSided;  // a train that nobody answers
  EXPECT_EQ(judge(*all, detail, announced).verdict, Verdict::expected);
}

// ---- Framehawk (rows 13, 14 and 35) ----

struct FramehawkRow {
  std::string_view what;
  std::string_view vda;  // declared; empty: no group
  bool session;
  std::uint32_t in_use;
  Verdict verdict;
  std::string_view failed;
};
std::ostream& operator<<(std::ostream& out, const FramehawkRow& row) { return out << row.what; }

const std::vector<FramehawkRow> kFramehawk{
    {"declared, coherent", "10.0.0.9", false, 14, Verdict::consistent, ""},
    {"declared, just enough", "10.0.0.9", false, 11, Verdict::consistent, ""},
    {"declared, one too few", "10.0.0.9", false, 10, Verdict::unrecognized,
     "port 3238 is 14 above the first of the range, so at least 11 lower ports of the host must be in use, and 10 were "
     "seen since the capture began, less than 8 hours ago"},
    {"session, coherent", "", true, 12, Verdict::consistent, ""},
    {"session and declared", "10.0.0.9", true, 12, Verdict::consistent, ""},
    {"session of a host that is not declared", "10.7.7.7", true, 12, Verdict::consistent, ""},
    {"neither", "", false, 14, Verdict::unrecognized,
     "no ICA or CGP session of 10.0.0.5 and 10.0.0.9 within 8 hours, and 10.0.0.9 is not declared in assets: "
     "citrix-vda"},
    {"the client is declared, not the server", "10.0.0.5", false, 14, Verdict::unrecognized,
     "no ICA or CGP session of 10.0.0.5 and 10.0.0.9 within 8 hours, and 10.0.0.9 is not declared in assets: "
     "citrix-vda"},
};

class JudgeFramehawk : public testing::TestWithParam<FramehawkRow> {};

TEST_P(JudgeFramehawk, IsConsistentAtMostAndShowsItsArithmetic) {
  const FramehawkRow& row = GetParam();
  const auto all = rules();
  if (!row.vda.empty()) all->assets["citrix-vda"] = hosts(row.vda);
  FlowContext context;
  context.allocation = FlowContext::Allocation{3224, 14, 11, row.in_use, row.session, false};
  const Judgement judgement = judge(*all, flow(3238, kUdp, ""), context);
  EXPECT_EQ(verdict_name(judgement.verdict), verdict_name(row.verdict));
  EXPECT_EQ(result_of(judgement, "citrix-framehawk").failed, row.failed);
  EXPECT_EQ(judgement.service, row.verdict == Verdict::consistent ? service("citrix-framehawk") : ServiceId::none);
  if (row.verdict == Verdict::consistent) {
    EXPECT_NE(judgement.reason.find("at least 11 lower ports"), std::string::npos) << judgement.reason;
    EXPECT_NE(judgement.reason.find("prove nothing"), std::string::npos) << judgement.reason;
    EXPECT_EQ(judgement.severity, Severity::info);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, JudgeFramehawk, testing::ValuesIn(kFramehawk));

TEST(JudgeFramehawkElsewhere, IsNothingOverTcpOrWhereAPayloadIsNamed) {
  const auto all = rules();
  all->assets["citrix-vda"] = hosts("10.0.0.9");
  FlowContext context;
  context.allocation = FlowContext::Allocation{3224, 14, 11, 14, true, true};
  const Judgement tcp = judge(*all, flow(3238, kTcp, ""), context);
  EXPECT_EQ(tcp.verdict, Verdict::unrecognized);
  EXPECT_EQ(result_of(tcp, "citrix-framehawk").failed, "transport is tcp");
  const Judgement named = judge(*all, flow(3238, kUdp, "dns"), context);
  EXPECT_EQ(named.verdict, Verdict::unexpected);
  EXPECT_EQ(result_of(named, "citrix-framehawk").failed, "the payload is dns");
  FlowDetail one_sided = flow(3238, kUdp, "");
  one_sided.payload_bytes[1] = 0;
  EXPECT_EQ(result_of(judge(*all, one_sided), "citrix-framehawk").failed, "only one side spoke");
}

// ---- registrations without a wire format ----

TEST(JudgeRegistration, OnlyADeclaredHostMakesItConsistent) {
  const auto all = rules();
  const FlowDetail unknown = flow(3248, kTcp, "");
  Judgement judgement = judge(*all, unknown);
  EXPECT_EQ(judgement.verdict, Verdict::unrecognized);
  EXPECT_EQ(result_of(judgement, "procos-lm").failed, "10.0.0.9 is not declared in assets: procos-lm");
  all->assets["procos-lm"] = hosts("10.0.0.9");
  judgement = judge(*all, unknown);
  EXPECT_EQ(judgement.verdict, Verdict::consistent);
  EXPECT_EQ(judgement.service, ServiceId::none);  // no name of the closed list
  EXPECT_NE(judgement.reason.find("consistent with procos-lm"), std::string::npos) << judgement.reason;
  EXPECT_NE(judgement.reason.find("nothing known on the wire could prove"), std::string::npos) << judgement.reason;
  EXPECT_EQ(judge(*all, flow(3248, kTcp, "ssh")).verdict, Verdict::unexpected);
}

}  // namespace judge_context_test
}  // namespace ghostport
