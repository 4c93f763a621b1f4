#include "detection/judge.h"

#include <gtest/gtest.h>

#include <ostream>

#include "registry/registry_yaml.h"
#include "tests/counted_allocations.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace judge_test {

constexpr std::int64_t kNow = 1'795'168'800 * kSecond;  // 2026-11-20 10:00:00 UTC

// A port for each way of proving, on UDP; `plain` has no expectation for what is tested, 9 no entry at all.
constexpr std::string_view kPorts = R"(
ports:
  - port: 4001
    claims: [{name: by-signature, transports: [tcp, udp], by: iana, source: "test"}]
    expect: [{service: dns, transport: udp, proof: signature}]
  - port: 4002
    claims: [{name: by-signature-in-group, transports: [tcp, udp], by: iana, source: "test"}]
    expect: [{service: dns, transport: udp, proof: signature, assets: resolver}]
  - port: 4003
    claims: [{name: by-context, transports: [tcp, udp], by: iana, source: "test"}]
    expect: [{service: citrix-framehawk, transport: udp, proof: context, assets: resolver}]
  - port: 4004
    claims: [{name: by-both, transports: [tcp, udp], by: iana, source: "test"}]
    expect: [{service: dns, transport: udp, proof: signature+context, without-context: consistent}]
  - port: 4005
    claims: [{name: by-both-strictly, transports: [tcp, udp], by: iana, source: "test"}]
    expect: [{service: dns, transport: udp, proof: signature+context, without-context: unexpected}]
  - port: 4006
    claims: [{name: registered-only, transports: [tcp, udp], by: iana, source: "test"}]
    expect: [{service: registered-only, transport: udp, proof: none-known}]
  - port: 4007
    claims: [{name: plain, transports: [tcp], by: iana, source: "test"}]
)";

std::shared_ptr<Rules> rules_of(std::string_view ports) {
  auto rules = std::make_shared<Rules>();
  rules->registry.merge(read_registry(read_yaml(ports, "ports.yaml").value(), "ports.yaml").value());
  rules->signatures = shipped_signatures();
  return rules;
}

Address address(std::string_view text) { return *Address::parse(text); }
AddressSet set_of(std::string_view range) { return AddressSet({*AddressRange::parse(range)}); }
ServiceId service(std::string_view name) { return *find_service(name); }

FlowDetail flow_to(std::uint16_t port, Outcome outcome) {
  FlowDetail detail;
  detail.address[0] = address("10.0.0.5");
  detail.address[1] = address("10.0.0.9");
  detail.port[0] = 51514;
  detail.port[1] = port;
  detail.transport = Transport::udp;
  detail.basis = RoleBasis::first_packet;
  detail.outcome = outcome;
  detail.side = Side::server;
  detail.revision = 1;
  detail.packet_time = kNow;
  detail.packets[0] = detail.packets[1] = 1;
  detail.payload_bytes[0] = detail.payload_bytes[1] = 20;
  if (outcome == Outcome::identified) detail.service = service("dns");
  return detail;
}

// ---- verdicts ----

enum class Group : std::uint8_t { not_declared, holds_client, holds_server, holds_neither };

constexpr std::string_view kNotListed = "(not listed)";

struct Row {
  std::string_view what;
  std::uint16_t port;
  Outcome outcome;
  std::string_view service;  // identified only
  Transport transport;
  std::uint16_t marks;
  Group group;
  Verdict verdict;
  std::string_view failed;  // of the port's expectation; kNotListed: a mere registration of the other transport
};
std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.what; }

constexpr auto kTcp = Transport::tcp;
constexpr auto kUdp = Transport::udp;

const std::vector<Row> kRows{
    // proof: signature
    {"signature, verified", 4001, Outcome::identified, "dns", kUdp, 0, Group::not_declared, Verdict::expected, ""},
    {"signature, client's words alone", 4001, Outcome::identified, "dns", kUdp, kClaimed, Group::not_declared,
     Verdict::consistent, ""},
    {"signature, another service", 4001, Outcome::identified, "ssh", kUdp, 0, Group::not_declared, Verdict::unexpected,
     "the payload is ssh"},
    {"signature, another transport", 4001, Outcome::identified, "dns", kTcp, 0, Group::not_declared,
     Verdict::unexpected, "transport is tcp"},
    {"signature, nothing matched", 4001, Outcome::unrecognized, "", kUdp, 0, Group::not_declared, Verdict::unrecognized,
     "the payload is not dns"},
    {"signature, silent answer", 4001, Outcome::listener, "", kUdp, 0, Group::not_declared, Verdict::listener, ""},
    {"signature, knock", 4001, Outcome::probe, "", kUdp, 0, Group::not_declared, Verdict::probe, ""},
    {"signature, silent answer on another transport", 4001, Outcome::listener, "", kTcp, 0, Group::not_declared,
     Verdict::listener, "transport is tcp"},
    // proof: signature, with an asset group (row 30)
    {"group, not declared", 4002, Outcome::identified, "dns", kUdp, 0, Group::not_declared, Verdict::expected, ""},
    {"group, holds the responder", 4002, Outcome::identified, "dns", kUdp, 0, Group::holds_server, Verdict::expected,
     ""},
    {"group, holds the originator", 4002, Outcome::identified, "dns", kUdp, 0, Group::holds_client, Verdict::expected,
     ""},
    {"group, holds neither", 4002, Outcome::identified, "dns", kUdp, 0, Group::holds_neither, Verdict::unexpected,
     "neither end is in the declared group resolver"},
    {"group, client's words alone", 4002, Outcome::identified, "dns", kUdp, kClaimed, Group::holds_server,
     Verdict::consistent, ""},
    {"group, holds neither, client's words alone", 4002, Outcome::identified, "dns", kUdp, kClaimed,
     Group::holds_neither, Verdict::unexpected, "neither end is in the declared group resolver"},
    {"group, another service", 4002, Outcome::identified, "ssh", kUdp, 0, Group::holds_server, Verdict::unexpected,
     "the payload is ssh"},
    // proof: context
    {"context, nothing matched, not declared", 4003, Outcome::unrecognized, "", kUdp, 0, Group::not_declared,
     Verdict::unrecognized, "no exchange that could be citrix-framehawk was followed"},
    {"context, nothing matched, declared", 4003, Outcome::unrecognized, "", kUdp, 0, Group::holds_server,
     Verdict::unrecognized, "no exchange that could be citrix-framehawk was followed"},
    {"context, nothing matched, holds neither", 4003, Outcome::unrecognized, "", kUdp, 0, Group::holds_neither,
     Verdict::unrecognized, "no exchange that could be citrix-framehawk was followed"},
    {"context, nothing matched, another transport (row 35)", 4003, Outcome::unrecognized, "", kTcp, 0,
     Group::holds_server, Verdict::unrecognized, "transport is tcp"},
    {"context, a named service", 4003, Outcome::identified, "dns", kUdp, 0, Group::holds_server, Verdict::unexpected,
     "the payload is dns"},
    {"context, silent answer", 4003, Outcome::listener, "", kUdp, 0, Group::holds_server, Verdict::listener, ""},
    // proof: signature+context
    {"both, verified without its context", 4004, Outcome::identified, "dns", kUdp, 0, Group::not_declared,
     Verdict::consistent, ""},
    {"both, client's words without its context", 4004, Outcome::identified, "dns", kUdp, kClaimed, Group::not_declared,
     Verdict::consistent, ""},
    {"both, another service", 4004, Outcome::identified, "ssh", kUdp, 0, Group::not_declared, Verdict::unexpected,
     "the payload is ssh"},
    {"both, another transport", 4004, Outcome::identified, "dns", kTcp, 0, Group::not_declared, Verdict::unexpected,
     "transport is tcp"},
    {"both, nothing matched", 4004, Outcome::unrecognized, "", kUdp, 0, Group::not_declared, Verdict::unrecognized,
     "the payload is not dns"},
    {"both strictly, verified without its context", 4005, Outcome::identified, "dns", kUdp, 0, Group::not_declared,
     Verdict::unexpected, "no signalling that announces it was seen"},
    // proof: none known
    {"registered only, a named service", 4006, Outcome::identified, "dns", kUdp, 0, Group::not_declared,
     Verdict::unexpected, ""},
    {"registered only, nothing matched", 4006, Outcome::unrecognized, "", kUdp, 0, Group::not_declared,
     Verdict::unrecognized, ""},
    {"registered only, another transport", 4006, Outcome::identified, "dns", kTcp, 0, Group::not_declared,
     Verdict::unexpected, kNotListed},
    // nothing expected
    {"claims only", 4007, Outcome::identified, "dns", kTcp, 0, Group::not_declared, Verdict::unexpected, ""},
    {"no entry, named", 9, Outcome::identified, "dns", kUdp, 0, Group::not_declared, Verdict::unexpected, ""},
    {"no entry, nothing matched", 9, Outcome::unrecognized, "", kUdp, 0, Group::not_declared, Verdict::unrecognized,
     ""},
    {"no entry, silent answer", 9, Outcome::listener, "", kUdp, 0, Group::not_declared, Verdict::listener, ""},
    {"no entry, knock", 9, Outcome::probe, "", kUdp, 0, Group::not_declared, Verdict::probe, ""},
};

class JudgeTable : public testing::TestWithParam<Row> {};

TEST_P(JudgeTable, GivesTheVerdictAndSaysWhatFailed) {
  const Row& row = GetParam();
  const std::shared_ptr<Rules> rules = rules_of(kPorts);
  if (row.group == Group::holds_client) rules->assets["resolver"] = set_of("10.0.0.5");
  if (row.group == Group::holds_server) rules->assets["resolver"] = set_of("10.0.0.9");
  if (row.group == Group::holds_neither) rules->assets["resolver"] = set_of("10.1.0.0/16");
  FlowDetail detail = flow_to(row.port, row.outcome);
  detail.transport = row.transport;
  detail.marks = row.marks;
  if (row.outcome == Outcome::identified) detail.service = service(row.service);

  const Judgement judgement = judge(*rules, detail);
  EXPECT_EQ(verdict_name(judgement.verdict), verdict_name(row.verdict));
  const std::size_t before = allocations;
  const Ruling ruling = rule_on(*rules, detail);
  EXPECT_EQ(allocations, before) << "a worker rules without allocating";
  EXPECT_EQ(verdict_name(ruling.verdict), verdict_name(row.verdict));
  EXPECT_EQ(ruling.may_change, judgement.may_change);
  EXPECT_EQ(judgement.reason.find("as expected") != std::string::npos, row.verdict == Verdict::expected);
  EXPECT_EQ(judgement.exception, "");
  const bool has_expectation = row.port >= 4001 && row.port <= 4006 && row.failed != kNotListed;
  ASSERT_EQ(judgement.expectations.size(), has_expectation ? 1U : 0U);
  if (has_expectation) {
    EXPECT_EQ(judgement.expectations[0].failed, row.failed);
  }
  if (row.outcome != Outcome::probe) {
    EXPECT_NE(judgement.reason, "");
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, JudgeTable, testing::ValuesIn(kRows));

TEST(Judge, AnyExpectationThatHoldsMakesTheServiceExpected) {
  const auto rules = rules_of(R"(
ports:
  - port: 4001
    claims: [{name: two, transports: [udp], by: iana, source: "test"}]
    expect:
      - {service: dns, transport: udp, proof: signature, assets: nobody}
      - {service: dns, transport: udp, proof: signature, assets: resolver}
      - {service: rtp, transport: udp, proof: signature}
)");
  rules->assets["nobody"] = set_of("10.1.0.0/16");
  rules->assets["resolver"] = set_of("10.0.0.9");
  const Judgement judgement = judge(*rules, flow_to(4001, Outcome::identified));
  EXPECT_EQ(judgement.verdict, Verdict::expected);
  ASSERT_EQ(judgement.expectations.size(), 3U);
  EXPECT_EQ(judgement.expectations[0].failed, "neither end is in the declared group nobody");
  EXPECT_EQ(judgement.expectations[1].failed, "");
  EXPECT_EQ(judgement.expectations[2].failed, "the payload is dns");
}

TEST(Judge, AnExpectationThatFailsHidesNoLaterOneThatHolds) {
  const auto rules = rules_of(R"(
ports:
  - port: 4001
    claims: [{name: two, transports: [udp], by: iana, source: "test"}]
    expect:
      - {service: dns, transport: udp, proof: signature+context, without-context: unexpected}
      - {service: dns, transport: udp, proof: signature}
)");
  EXPECT_EQ(judge(*rules, flow_to(4001, Outcome::identified)).verdict, Verdict::expected);
}

TEST(Judge, JudgesTheRespondersPortOnly) {
  const auto rules = rules_of(kPorts);
  FlowDetail detail = flow_to(9, Outcome::identified);
  detail.port[0] = 4001;
  EXPECT_EQ(judge(*rules, detail).verdict, Verdict::unexpected);
}

// ---- exceptions (row 29) ----

struct ExceptionRow {
  std::string_view what;
  Exception exception;
  Outcome outcome;
  bool allowed;
};
std::ostream& operator<<(std::ostream& out, const ExceptionRow& row) { return out << row.what; }

Exception exception_for(std::uint16_t port, std::string_view name) {
  Exception exception;
  exception.port = port;
  exception.service = service(name);
  exception.why = "lab";
  return exception;
}
template <class Change>
Exception changed(Change change) {
  Exception exception = exception_for(9, "dns");
  change(exception);
  return exception;
}

std::vector<ExceptionRow> exception_rows() {
  const auto until = [](std::int64_t time) { return changed([&](Exception& one) { one.until = time; }); };
  const auto hosts = [](std::string_view range) { return changed([&](Exception& one) { one.hosts = set_of(range); }); };
  return {
      {"for port and service", exception_for(9, "dns"), Outcome::identified, true},
      {"for another port", exception_for(10, "dns"), Outcome::identified, false},
      {"for another service", exception_for(9, "ssh"), Outcome::identified, false},
      {"for another transport", changed([](Exception& one) { one.on[1] = false; }), Outcome::identified, false},
      {"for this transport only", changed([](Exception& one) { one.on[0] = false; }), Outcome::identified, true},
      {"for the responder", hosts("10.0.0.9"), Outcome::identified, true},
      {"for the originator", hosts("10.0.0.5"), Outcome::identified, false},
      {"for other hosts", hosts("10.1.0.0/16"), Outcome::identified, false},
      {"until after the packet", until(kNow + 1), Outcome::identified, true},
      {"until the packet", until(kNow), Outcome::identified, false},
      {"until before the packet", until(kNow - 1), Outcome::identified, false},
      {"of what nothing matched", exception_for(9, "dns"), Outcome::unrecognized, false},
      {"of a silent answer", exception_for(9, "dns"), Outcome::listener, false},
      {"of a knock", exception_for(9, "dns"), Outcome::probe, false},
  };
}

class JudgeException : public testing::TestWithParam<ExceptionRow> {};

TEST_P(JudgeException, AllowsWhatItNamesAndNothingElse) {
  const ExceptionRow& row = GetParam();
  const auto rules = rules_of(kPorts);
  rules->exceptions = {row.exception};
  const FlowDetail detail = flow_to(9, row.outcome);
  const Verdict before = judge(*rules_of(kPorts), detail).verdict;
  const Judgement judgement = judge(*rules, detail);
  EXPECT_EQ(judgement.verdict, row.allowed ? Verdict::expected : before);
  EXPECT_EQ(judgement.exception, row.allowed ? "lab" : "");
  if (row.allowed) {
    EXPECT_EQ(judgement.severity, Severity::none);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, JudgeException, testing::ValuesIn(exception_rows()));

TEST(Judge, AnExceptionIsNotNeededForWhatIsExpected) {
  const auto rules = rules_of(kPorts);
  rules->exceptions = {exception_for(4001, "dns")};
  EXPECT_EQ(judge(*rules, flow_to(4001, Outcome::identified)).exception, "");
}

TEST(Judge, AnExceptionAllowsWhatIsOnlyConsistent) {
  const auto rules = rules_of(kPorts);
  rules->exceptions = {exception_for(4004, "dns")};
  const Judgement judgement = judge(*rules, flow_to(4004, Outcome::identified));
  EXPECT_EQ(judgement.verdict, Verdict::expected);
  EXPECT_EQ(judgement.exception, "lab");
}

TEST(Judge, TheFirstExceptionThatHoldsSaysWhy) {
  const auto rules = rules_of(kPorts);
  rules->exceptions = {changed([](Exception& one) { one.until = kNow; }),
                       changed([](Exception& one) { one.why = "second"; }),
                       changed([](Exception& one) { one.why = "third"; })};
  const Judgement judgement = judge(*rules, flow_to(9, Outcome::identified));
  EXPECT_EQ(judgement.exception, "second");
  EXPECT_EQ(judgement.allowed_by, &rules->exceptions[1]);
  EXPECT_EQ(judgement.ended, nullptr) << "nobody misses the first";
}

TEST(Judge, TheFirstExceptionThatHasEndedIsMissedWhereNoneHolds) {
  const auto rules = rules_of(kPorts);
  rules->exceptions = {exception_for(9, "ssh"), changed([](Exception& one) { one.until = kNow; }),
                       changed([](Exception& one) { one.until = kNow - 1; })};
  const Judgement judgement = judge(*rules, flow_to(9, Outcome::identified));
  EXPECT_EQ(judgement.verdict, Verdict::unexpected);
  EXPECT_EQ(judgement.allowed_by, nullptr);
  EXPECT_EQ(judgement.ended, &rules->exceptions[1]);
}

// ---- severity ----

/// Every combination of what weighs on a severity, against the sentence of docs/verdicts.md.
TEST(JudgeSeverity, IsTheVerdictsOwnAndOneMoreOrLess) {
  struct Base {
    std::uint16_t port;
    Outcome outcome;
    int severity;
    bool weighed;
  };
  const Base bases[] = {{4001, Outcome::identified, 0, false}, {4004, Outcome::identified, 1, false},
                        {9, Outcome::identified, 4, true},     {9, Outcome::unrecognized, 3, true},
                        {9, Outcome::listener, 3, true},       {9, Outcome::probe, 2, false}};
  const auto rules = rules_of(kPorts);
  for (const Base& base : bases) {
    for (const std::uint16_t mark : {std::uint16_t{0}, kOneSided, kJoined, kGap, kTruncated}) {
      for (const RoleBasis basis : {RoleBasis::unknown, RoleBasis::port_rank, RoleBasis::syn}) {
        for (const bool home_is_known : {false, true}) {
          for (const std::string_view home : {"10.0.0.0/8", "10.0.0.5", "10.0.0.9", "192.168.0.0/16"}) {
            for (const std::string_view name : {"dns", "ssh"}) {
              rules->home_net = home_is_known ? std::optional(set_of(home)) : std::nullopt;
              FlowDetail detail = flow_to(base.port, base.outcome);
              detail.marks = mark;
              detail.basis = basis;
              const bool named = base.outcome == Outcome::identified && base.weighed;
              if (named) detail.service = service(name);
              const bool unsure = mark == kOneSided || mark == kJoined || basis == RoleBasis::unknown;
              const bool crosses = home_is_known && (home == "10.0.0.5" || home == "10.0.0.9");
              const bool way_in = named && name == "ssh" && crosses;
              const int expected = base.severity + (base.weighed ? (way_in ? 1 : 0) - (unsure ? 1 : 0) : 0);
              EXPECT_EQ(static_cast<int>(judge(*rules, detail).severity), expected)
                  << "port " << base.port << ", outcome " << static_cast<int>(base.outcome) << ", mark " << mark
                  << ", basis " << static_cast<int>(basis) << ", home " << (home_is_known ? home : "not known") << ", "
                  << name;
            }
          }
        }
      }
    }
  }
}

TEST(JudgeSeverity, RemoteAccessInsideAnotherServiceWeighsToo) {
  const auto rules = rules_of(kPorts);
  rules->home_net = set_of("10.0.0.9");
  FlowDetail detail = flow_to(9, Outcome::identified);
  detail.service = service("http");
  EXPECT_EQ(judge(*rules, detail).severity, Severity::high);
  detail.inner = service("ssh");
  EXPECT_EQ(judge(*rules, detail).severity, Severity::critical);
}

TEST(JudgeSeverity, EveryWayInOrOutAcrossTheBorderIsCritical) {
  for (const std::string_view name : {"shell",  "meterpreter", "ssh",     "telnet",     "rlogin",
                                      "rsh",    "rdp",         "vnc",     "x11",        "winrm",
                                      "adb",    "teamviewer",  "anydesk", "radmin",     "apple-remote-desktop",
                                      "tor-or", "socks4",      "socks5",  "http-proxy", "haproxy-proxy"}) {
    const auto rules = rules_of(kPorts);
    rules->home_net = set_of("10.0.0.5");
    FlowDetail detail = flow_to(9, Outcome::identified);
    detail.service = service(name);
    EXPECT_EQ(judge(*rules, detail).severity, Severity::critical) << name;
  }
}

TEST(JudgeSeverity, TheOperatorsSeverityIsTheBase) {
  const auto rules = rules_of(kPorts);
  rules->severity[static_cast<std::size_t>(Verdict::unexpected)] = Severity::critical;
  rules->severity[static_cast<std::size_t>(Verdict::unrecognized)] = Severity::low;
  rules->severity[static_cast<std::size_t>(Verdict::listener)] = Severity::none;
  rules->severity[static_cast<std::size_t>(Verdict::expected)] = Severity::info;
  EXPECT_EQ(judge(*rules, flow_to(9, Outcome::identified)).severity, Severity::critical);
  EXPECT_EQ(judge(*rules, flow_to(9, Outcome::unrecognized)).severity, Severity::low);
  EXPECT_EQ(judge(*rules, flow_to(9, Outcome::listener)).severity, Severity::none);
  EXPECT_EQ(judge(*rules, flow_to(4001, Outcome::identified)).severity, Severity::info);

  FlowDetail unsure = flow_to(9, Outcome::unrecognized);
  unsure.marks = kOneSided;
  EXPECT_EQ(judge(*rules, unsure).severity, Severity::low) << "a finding never weighs less than low by its flow";
  unsure = flow_to(9, Outcome::listener);
  unsure.marks = kOneSided;
  EXPECT_EQ(judge(*rules, unsure).severity, Severity::none);
}

TEST(JudgeSeverity, NothingWeighsMoreThanCritical) {
  const auto rules = rules_of(kPorts);
  rules->severity[static_cast<std::size_t>(Verdict::unexpected)] = Severity::critical;
  rules->home_net = set_of("10.0.0.5");
  FlowDetail detail = flow_to(9, Outcome::identified);
  detail.service = service("ssh");
  EXPECT_EQ(judge(*rules, detail).severity, Severity::critical);
}

// ---- reasons ----

struct ReasonRow {
  std::string_view what;
  FlowDetail detail;
  std::vector<std::string_view> says;
  std::string_view signature = {};  // that named it; looked up by the test, since loading them all takes a while
};
std::ostream& operator<<(std::ostream& out, const ReasonRow& row) { return out << row.what; }

template <class Change>
FlowDetail flow_with(Outcome outcome, Change change) {
  FlowDetail detail = flow_to(4001, outcome);
  change(detail);
  return detail;
}

SignatureIndex signature(std::string_view id) {
  const auto& all = shipped_signatures()->signatures();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Signature& one) { return one.id == id; });
  return static_cast<SignatureIndex>(found - all.begin());
}

std::vector<ReasonRow> reason_rows() {
  using D = FlowDetail;
  return {
      {"expected",
       flow_with(Outcome::identified, [](D& d) { d.service = service("dns"); }),
       {"dns spoken by the server", "(dns.response)", "a port registered to by-signature", "as expected"},
       "dns.response"},
      {"client's words",
       flow_with(Outcome::identified,
                 [](D& d) {
                   d.side = Side::client;
                   d.marks = kClaimed;
                 }),
       {"dns in the client's words", "only the client says so"}},
      {"asked and inside",
       flow_with(Outcome::identified,
                 [](D& d) {
                   d.service = service("http");
                   d.asked = service("tls");
                   d.inner = service("ssh");
                 }),
       {"http spoken by the server", "with ssh inside", "the client asked for tls", "not expected here"}},
      {"no entry",
       flow_with(Outcome::identified, [](D& d) { d.port[1] = 9; }),
       {"a port that the registry does not know"}},
      {"tried and ruled out",
       flow_with(Outcome::unrecognized,
                 [](D& d) {
                   d.budget = BudgetEnd::flow_end;
                   d.payload_bytes[0] = 1;
                 }),
       {"1 byte from the client and 20 bytes from the server", "services known over udp", "at the end of the flow"}},
      {"bytes spent", flow_with(Outcome::unrecognized, [](D& d) { d.budget = BudgetEnd::bytes; }), {"are spent"}},
      {"time spent",
       flow_with(Outcome::unrecognized, [](D& d) { d.budget = BudgetEnd::time; }),
       {"30 s after the first payload"}},
      {"not inspected",
       flow_with(Outcome::unrecognized,
                 [](D& d) {
                   d.payload_bytes[0] = d.payload_bytes[1] = 0;
                   d.marks = kTruncated;
                 }),
       {"a limit was hit"}},
      {"silent",
       flow_with(Outcome::listener, [](D& d) { d.asked = service("tls"); }),
       {"answered, but said nothing", "the client asked for tls"}},
      {"only from the port",
       flow_with(Outcome::listener,
                 [](D& d) {
                   d.packets[0] = 0;
                   d.basis = RoleBasis::unknown;
                 }),
       {"datagrams only from the port", "which side is the server is not known"}},
      {"one-sided",
       flow_with(Outcome::unrecognized, [](D& d) { d.marks = kOneSided; }),
       {"only the client's side is the ground"}},
      {"joined", flow_with(Outcome::unrecognized, [](D& d) { d.marks = kJoined; }), {"joined mid-stream"}},
      {"truncated",
       flow_with(Outcome::unrecognized, [](D& d) { d.marks = kTruncated; }),
       {"payload is missing from the capture"}},
      {"gap", flow_with(Outcome::unrecognized, [](D& d) { d.marks = kGap; }), {"a hole in the stream"}},
  };
}

class JudgeReason : public testing::TestWithParam<ReasonRow> {};

TEST_P(JudgeReason, SaysWhatTheVerdictRestsOn) {
  FlowDetail detail = GetParam().detail;
  if (!GetParam().signature.empty()) detail.signature = signature(GetParam().signature);
  const std::string reason = judge(*rules_of(kPorts), detail).reason;
  for (const std::string_view part : GetParam().says) {
    EXPECT_NE(reason.find(part), std::string::npos) << part << "\n  in: " << reason;
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, JudgeReason, testing::ValuesIn(reason_rows()));

TEST(Judge, AnExceptionIsPartOfTheReason) {
  const auto rules = rules_of(kPorts);
  rules->exceptions = {exception_for(9, "dns")};
  EXPECT_NE(judge(*rules, flow_to(9, Outcome::identified)).reason.find("allowed by an exception"), std::string::npos);
}

}  // namespace judge_test
}  // namespace ghostport
