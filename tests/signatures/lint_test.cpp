#include "signatures/lint.h"

#include <gtest/gtest.h>

namespace ghostport {
namespace {

std::string doubts_of(const std::string& text) {
  const auto file = read_signatures(read_yaml("signatures:\n" + text, "a.yaml").value(), "a.yaml").value();
  std::string lines;
  for (const Problem& doubt : lint(SignatureSet::compile(file).value())) lines += doubt.text() + '\n';
  return lines;
}

std::string entry(const std::string& id, const std::string& rest) {
  return "  - {id: " + id + ", service: " + id.substr(0, id.find('.')) + ", transport: tcp, side: client, " + rest +
         "}\n";
}

TEST(Lint, TheShippedSignaturesRaiseNoDoubt) {
  for (const Problem& doubt : lint(SignatureSet::builtin())) ADD_FAILURE() << doubt.text();
}

TEST(Lint, AGoodSignatureRaisesNone) {
  EXPECT_EQ(doubts_of(entry("ssh.a", "expression: '^abcd', examples: {match: [abcde], no-match: [abc]}")), "");
}

TEST(Lint, AnExampleThatAnotherServiceWinsIsShadowed) {
  EXPECT_EQ(doubts_of(entry("ssh.a", "expression: '^abcd', examples: {match: [abcdefgh, abcdz], no-match: [abc]}") +
                      entry("dns.a", "expression: '^abcdef', examples: {match: [abcdef], no-match: [abc]}")),
            "a.yaml:2:101: ssh.a: this example is won by dns.a, which proves more bytes\n");
}

TEST(Lint, OneThatNeverWinsIsAskedAbout) {
  EXPECT_EQ(doubts_of(entry("ssh.a", "expression: '^abcd', examples: {match: [abcdef], no-match: [abc]}") +
                      entry("ssh.b", "expression: '^abcdef', examples: {match: [abcdef], no-match: [abc]}")),
            "a.yaml:2:73: ssh.a: others of its service win each of its examples: is it needed?\n");
}

TEST(Lint, FewBytesProveLittleUnlessAnAnswerIsNeeded) {
  const std::string weak = "both-directions: true, answers: ssh.b, ";
  const std::string few = "expression: '^abc', examples: {match: [abc], no-match: [b]}";
  EXPECT_EQ(doubts_of(entry("ssh.a", few)),
            "a.yaml:2:73: ssh.a: proves as few as 3 bytes, expected at least 4, a check, both-directions or "
            "confirmations\n");
  EXPECT_EQ(doubts_of(entry("ssh.a", weak + few) +
                      "  - {id: ssh.b, service: ssh, transport: tcp, side: server, expression: '^defg', examples: "
                      "{match: [defg], no-match: [b]}}\n"),
            "");
}

TEST(Lint, AnUnboundedLookThroughTheHeadCosts) {
  EXPECT_EQ(doubts_of(entry("ssh.a", "expression: '^abcd.*e', examples: {match: [abcde], no-match: [abcd]}")),
            "a.yaml:2:73: ssh.a: the expression has \".*\", which looks through all that a side said; expected a "
            "bound\n");
  EXPECT_EQ(doubts_of(entry("ssh.a", "expression: '^abcd\\.*e', examples: {match: [abcd.e], no-match: [abcd]}")), "");
}

TEST(Lint, ACheckNeedsAnExampleThatItRefuses) {
  const std::string check = "expression: '^\\x16\\x03', check: tls-record, ";
  const std::string hello =
      "'\\x16\\x03\\x01\\x00\\x2D\\x01\\x00\\x00\\x29\\x03\\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\x00\\x00\\x02\\x13\\x0"
      "1"
      "\\x01\\x00'";
  EXPECT_EQ(doubts_of(entry("tls.a", check + "examples: {match: [" + hello + "], no-match: [abc]}")),
            "a.yaml:2:73: tls.a: no example of no-match reaches the check tls-record: expected one that the expression "
            "lets through\n");
  EXPECT_EQ(doubts_of(entry("tls.a", check + "examples: {match: [" + hello + "], no-match: ['\\x16\\x03\\x09']}")), "");
}

TEST(Lint, ServicesWithoutASignatureAreListed) {
  const std::vector<std::string_view> missing = services_without_signature(*SignatureSet::builtin());
  EXPECT_EQ(missing, std::vector<std::string_view>{"citrix-framehawk"});
}

}  // namespace
}  // namespace ghostport
