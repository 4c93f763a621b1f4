#include "signatures/signature_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "signatures/scanner.h"

namespace ghostport {
namespace {

SignatureFile read(const std::string& text) {
  return read_signatures(read_yaml(text, "a.yaml").value(), "a.yaml").value();
}

std::string problems_of(const std::string& text) {
  const auto set = SignatureSet::compile(read(text));
  std::string lines;
  if (!set.ok()) {
    for (const Problem& problem : set.problems()) lines += problem.text() + "\n";
  }
  return lines;
}

/// "a.yaml:LINE:COLUMN: " of where `needle` stands for the n-th time.
std::string place(const std::string& text, std::string_view needle, unsigned n = 1) {
  std::size_t at = text.find(needle);
  for (; n > 1; --n) at = text.find(needle, at + 1);
  const std::string before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  return "a.yaml:" + std::to_string(line) + ":" + std::to_string(at - (before.rfind('\n') + 1) + 1) + ": ";
}

std::string entry(const std::string& id, const std::string& transport, const std::string& side,
                  const std::string& rest) {
  return "  - {id: ssh." + id + ", service: ssh, transport: " + transport + ", side: " + side + ", " + rest + "}\n";
}

const std::string kRest = "expression: ^a, examples: {match: [a], no-match: [b]}";
const std::string kStart = "signatures:\n";

std::string weak(const std::string& answers) { return "both-directions: true, answers: ssh." + answers + ", " + kRest; }

std::shared_ptr<const SignatureSet> load(const SignatureSet::Compiled& compiled) {
  const std::vector<std::string_view> databases(compiled.databases.begin(), compiled.databases.end());
  const std::vector<std::string_view> filters(compiled.filters.begin(), compiled.filters.end());
  return SignatureSet::load(builtin_signatures(), {compiled.least_bytes, databases, filters});
}

TEST(SignatureSet, TheShippedSetCompilesAndItsExamplesHold) {
  const auto set = SignatureSet::compile(builtin_signatures());
  ASSERT_TRUE(set.ok()) << set.problems().front().text();
}

TEST(SignatureSet, TheShippedSetIsLoadedAsItWasCompiled) {
  const auto set = SignatureSet::builtin();
  const SignatureSet::Compiled compiled = set->compiled();
  const auto loaded = load(compiled);
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(loaded->compiled().databases, compiled.databases);
  EXPECT_EQ(loaded->compiled().filters, compiled.filters);
  EXPECT_EQ(loaded->services_tried(Transport::udp), set->services_tried(Transport::udp));
  const auto compiled_now = SignatureSet::compile(builtin_signatures()).value();
  EXPECT_EQ(compiled_now->compiled().databases, compiled.databases);
  EXPECT_EQ(compiled_now->compiled().least_bytes, compiled.least_bytes);
  EXPECT_EQ(compiled_now->compiled().filters, compiled.filters);
}

TEST(SignatureSet, DatabasesThatDoNotFitAreNotLoaded) {
  const SignatureSet::Compiled compiled = SignatureSet::builtin()->compiled();
  const auto database = static_cast<std::size_t>(
      std::ranges::find_if(compiled.databases, [](const std::string& one) { return !one.empty(); }) -
      compiled.databases.begin());
  const auto changed = [&](const auto& change) {
    SignatureSet::Compiled other = compiled;
    change(other);
    return load(other);
  };
  EXPECT_EQ(changed([](auto& other) { other.databases.pop_back(); }), nullptr) << "one is missing";
  EXPECT_EQ(changed([&](auto& other) { other.databases[database][4] ^= 1; }), nullptr) << "of another version";
  EXPECT_EQ(changed([&](auto& other) {
              std::string& one = other.databases[database];
              one[one.size() / 2] ^= 1;
            }),
            nullptr)
      << "damaged";
  EXPECT_EQ(changed([](auto& other) { other.filters.pop_back(); }), nullptr) << "a filter is missing";
  EXPECT_EQ(changed([](auto& other) { other.filters[0].pop_back(); }), nullptr) << "a filter is cut";
}

TEST(SignatureSet, OneThatIsLeftOutIsFoundNowhere) {
  const auto whole = SignatureSet::builtin();
  const Signature& signature = whole->at(0);
  const std::string& text = signature.match[0].datagrams.back();
  const Bytes bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  const Side side = signature.side == SignatureSide::server ? Side::server : Side::client;
  const Payload payload{bytes, {&bytes, signature.transport == Transport::udp ? 1U : 0U}, true};
  EXPECT_TRUE(Scanner(whole).matches(0, side, payload));
  const auto without = SignatureSet::without(0);
  ASSERT_NE(without, nullptr);
  EXPECT_FALSE(Scanner(without).matches(0, side, payload));
}

TEST(SignatureSet, KnowsItsCarriers) {
  const auto set = SignatureSet::builtin();
  for (const char* name : {"http", "smtp", "mysql", "haproxy-proxy", "tls"})
    EXPECT_TRUE(set->is_carrier(find_service(name).value())) << name;
  EXPECT_TRUE(set->is_header(find_service("haproxy-proxy").value()));
  EXPECT_FALSE(set->is_header(find_service("http").value()));
  for (const char* name : {"ssh", "dns"}) EXPECT_FALSE(set->is_carrier(find_service(name).value())) << name;
  EXPECT_FALSE(set->is_carrier(ServiceId::none));
}

TEST(SignatureSet, MeasuresTheLeastBytesOfAnExpression) {
  const auto set =
      SignatureSet::compile(
          read(kStart + entry("a", "tcp", "either",
                              "expression: '^(?:abc|de).?f{3}', examples: {match: [defff], no-match: [b]}")))
          .value();
  EXPECT_EQ(set->least_bytes(0), 5U);
}

TEST(SignatureSet, RefusalsOfHyperscanHaveTheirPlace) {
  const std::string text = kStart + entry("a", "tcp", "client", kRest) +
                           entry("b", "tcp", "client", "expression: '^(a', examples: {match: [a], no-match: [b]}") +
                           entry("c", "tcp", "client", "expression: '^(a)\\1', examples: {match: [a], no-match: [b]}") +
                           "upgrades:\n  - {id: ssh.x, carrier: ssh, client: '^a', server: '^['}\n";
  const std::string problems = "\n" + problems_of(text);
  const std::string refused = "Hyperscan refuses the expression: ";
  EXPECT_NE(problems.find("\n" + place(text, "'^(a'") + "ssh.b: " + refused), std::string::npos) << problems;
  EXPECT_NE(problems.find("\n" + place(text, "'^(a)") + "ssh.c: " + refused), std::string::npos) << problems;
  EXPECT_NE(problems.find("\n" + place(text, "{id: ssh.x") + "ssh.x: " + refused), std::string::npos) << problems;
}

TEST(SignatureSet, AnExpressionNeedsAtLeastAByte) {
  const std::string text =
      kStart + entry("a", "tcp", "client", "expression: '^a*', examples: {match: [a], no-match: [b]}");
  EXPECT_EQ(problems_of(text), place(text, "'^a*'") + "ssh.a: the expression \"^a*\" matches without a single byte\n");
}

TEST(SignatureSet, IdsAreUnique) {
  const std::string text = kStart + entry("a", "tcp", "client", kRest) + entry("a", "udp", "server", kRest);
  EXPECT_EQ(problems_of(text), place(text, "^a", 2) + "ssh.a: " + place(text, "^a") + "has this id too\n");
  const std::string upgrade = "  - {id: ssh.u, carrier: ssh, client: ^a, server: ^b}\n";
  EXPECT_EQ(problems_of("upgrades:\n" + upgrade + upgrade), "a.yaml:3:5: ssh.u: a.yaml:2:5: has this id too\n");
}

TEST(SignatureSet, AnswersComeFromTheOtherSideOfTheSameTransport) {
  EXPECT_EQ(
      problems_of(kStart + entry("ask", "tcp", "client", weak("answer")) + entry("answer", "tcp", "server", kRest)),
      "");
  EXPECT_EQ(problems_of(kStart + entry("ask", "tcp", "client", weak("answer")) +
                        entry("answer", "tcp", "server", weak("ask"))),
            "");
  EXPECT_EQ(
      problems_of(kStart + entry("ask", "tcp", "either", weak("answer")) + entry("answer", "tcp", "either", kRest)),
      "");
  EXPECT_EQ(problems_of(kStart + entry("ask", "tcp", "either", weak("ask"))), "") << "both sides say the same";

  const std::vector<std::string> wrong = {
      entry("ask", "tcp", "client", weak("answer")) + entry("answer", "tcp", "client", kRest),
      entry("ask", "tcp", "either", weak("answer")) + entry("answer", "tcp", "server", kRest),
      entry("ask", "tcp", "client", weak("answer")) + entry("answer", "udp", "server", kRest)};
  for (const std::string& entries : wrong) {
    EXPECT_EQ(problems_of(kStart + entries),
              place(kStart + entries, "^a") +
                  "ssh.ask: answers \"ssh.answer\", which is not for the other side of the same transport\n");
  }
  const std::string unknown =
      kStart + entry("ask", "tcp", "client", weak("anwser")) + entry("answer", "tcp", "server", kRest);
  EXPECT_EQ(
      problems_of(unknown),
      place(unknown, "^a") + "ssh.ask: answers the unknown signature \"ssh.anwser\", did you mean \"ssh.answer\"?\n");
}

TEST(SignatureSet, ExamplesThatDoNotHoldHaveTheirPlace) {
  std::string text =
      kStart + entry("a", "tcp", "client", "expression: ^a, examples: {match: [a, bad], no-match: [c, ab]}");
  EXPECT_EQ(problems_of(text), place(text, "bad") + "ssh.a: does not match this example from the client\n" +
                                   place(text, "ab]") +
                                   "ssh.a: matches this example of what it must not match from the client\n");
  text = kStart + entry("a", "tcp", "either", "expression: ^a, examples: {match: [bad], no-match: [c]}");
  EXPECT_EQ(problems_of(text), place(text, "bad") + "ssh.a: does not match this example from the client\n" +
                                   place(text, "bad") + "ssh.a: does not match this example from the server\n");
  EXPECT_EQ(problems_of(kStart + entry("a", "udp", "server",
                                       "expression: ^a, examples: {match: ['b\\|a'], no-match: ['a\\|b']}")),
            "")
      << "the newest datagram counts";
}

TEST(SignatureSet, ExamplesAskTheCheckToo) {
  const std::string text =
      kStart +
      entry("a", "udp", "client", "check: rtp, expression: '^[\\x80]', examples: {match: ['\\x80'], no-match: [b]}");
  EXPECT_EQ(problems_of(text), place(text, "'\\x80'") + "ssh.a: does not match this example from the client\n");
}

}  // namespace
}  // namespace ghostport
