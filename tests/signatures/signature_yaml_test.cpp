#include <gtest/gtest.h>

#include "signatures/signature.h"

namespace ghostport {
namespace {

Result<SignatureFile> read(const std::string& text) {
  const auto document = read_yaml(text, "a.yaml");
  if (!document.ok()) return document.problems();
  return read_signatures(document.value(), "a.yaml");
}

/// Every problem of a text, one a line, as users see it.
std::string problems_of(const std::string& text) {
  const auto result = read(text);
  std::string lines;
  if (!result.ok()) {
    for (const Problem& problem : result.problems()) lines += problem.text() + "\n";
  }
  return lines;
}

/// A file with one good signature, of which one line says something else, and perhaps lines behind it.
std::string file_with(const std::string& key, const std::string& value, const std::string& more = "") {
  std::string text = "signatures:\n  - id: ssh.banner\n";
  const std::vector<std::pair<std::string, std::string>> lines = {{"service", "ssh"},
                                                                  {"transport", "tcp"},
                                                                  {"side", "either"},
                                                                  {"expression", "'^SSH-'"},
                                                                  {"examples", "{match: [SSH-2], no-match: [ssh]}"}};
  for (const auto& [name, good] : lines) text += "    " + name + ": " + (name == key ? value : good) + "\n";
  return text + more;
}

TEST(SignatureYaml, ReadsEveryKey) {
  const auto file = read(R"(
signatures:
  - id: dns.odd-one
    service: dns
    transport: udp
    side: server
    expression: '(?i)^a(?:b|c)[|)\]]'
    check: dns
    verified: false
    both-directions: true
    answers: dns.query
    examples:
      match: ['a\r\n\t\\\x00\xfF\xA9', 'one\|two\|']
      no-match: ["\\x41"]
upgrades:
  - id: smtp.starttls
    carrier: smtp
    client: '^a'
    server: '^b'
)");
  ASSERT_TRUE(file.ok()) << file.problems().front().text();
  ASSERT_EQ(file.value().signatures.size(), 1U);
  const Signature& signature = file.value().signatures.front();
  EXPECT_EQ(signature.id, "dns.odd-one");
  EXPECT_FALSE(signature.verified);
  EXPECT_EQ(service_name(signature.service), "dns");
  EXPECT_EQ(signature.transport, Transport::udp);
  EXPECT_EQ(signature.side, SignatureSide::server);
  EXPECT_EQ(signature.expression, "(?i)^a(?:b|c)[|)\\]]");
  EXPECT_EQ(signature.check, find_check("dns"));
  EXPECT_TRUE(signature.both_directions);
  EXPECT_EQ(signature.answers, std::vector<std::string>{"dns.query"});
  EXPECT_EQ(signature.line, 7U);
  EXPECT_EQ(signature.column, 17U);
  ASSERT_EQ(signature.match.size(), 2U);
  EXPECT_EQ(signature.match[0].datagrams, std::vector<std::string>{std::string("a\r\n\t\\\0\xFF\xA9", 8)});
  EXPECT_EQ(signature.match[1].datagrams, (std::vector<std::string>{"one", "two", ""}));
  EXPECT_EQ(signature.match[1].line, 13U);
  EXPECT_EQ(signature.no_match[0].datagrams, std::vector<std::string>{"A"});
  ASSERT_EQ(file.value().upgrades.size(), 1U);
  EXPECT_EQ(file.value().upgrades.front().id, "smtp.starttls");
  EXPECT_EQ(service_name(file.value().upgrades.front().carrier), "smtp");
  EXPECT_EQ(file.value().upgrades.front().line, 16U);
}

TEST(SignatureYaml, LeavesOutWhatNeedNotBeSaid) {
  const auto file = read(file_with("", ""));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file.value().signatures.front().check, nullptr);
  EXPECT_FALSE(file.value().signatures.front().both_directions);
  EXPECT_EQ(read(file_with("", "", "    check: none\n")).value().signatures.front().check, nullptr);
  EXPECT_TRUE(read("").value().signatures.empty());
  EXPECT_TRUE(read("upgrades: []").value().upgrades.empty());
}

TEST(SignatureYaml, AnUpgradeIsForBothSidesOrAHeaderOfTheClient) {
  const std::string start = "upgrades:\n  - {id: haproxy-proxy.x, carrier: haproxy-proxy, client: '^a', ";
  const SignatureFile file = read(start + "header: true, client-length-at: 14}").value();
  EXPECT_EQ(file.upgrades.front().server, "");
  EXPECT_EQ(file.upgrades.front().client_length_at, 14);
  EXPECT_EQ(problems_of(start + "header: true, server: '^b'}"),
            "a.yaml:2:79: server has no meaning where header is true\n");
  EXPECT_EQ(problems_of(start + "header: false}"), "a.yaml:2:5: an upgrade needs the key \"server\"\n");
  EXPECT_EQ(problems_of(start + "header: true, client-length-at: 0}"),
            "a.yaml:2:97: client-length-at is \"0\", expected a whole number from 1 to 255\n");
}

TEST(SignatureYaml, EveryMissingKeyIsNamed) {
  EXPECT_EQ(problems_of("signatures:\n  - {}\nupgrades:\n  - {}\n"),
            "a.yaml:2:5: a signature needs the key \"id\"\n"
            "a.yaml:2:5: a signature needs the key \"service\"\n"
            "a.yaml:2:5: a signature needs the key \"transport\"\n"
            "a.yaml:2:5: a signature needs the key \"side\"\n"
            "a.yaml:2:5: a signature needs the key \"expression\"\n"
            "a.yaml:2:5: a signature needs the key \"examples\"\n"
            "a.yaml:4:5: an upgrade needs the key \"id\"\n"
            "a.yaml:4:5: an upgrade needs the key \"carrier\"\n"
            "a.yaml:4:5: an upgrade needs the key \"server\"\n");
  EXPECT_EQ(problems_of(file_with("examples", "{match: [a]}")), "a.yaml:7:15: examples needs the key \"no-match\"\n");
  EXPECT_EQ(problems_of(file_with("examples", "{match: [], no-match: [a]}")),
            "a.yaml:7:23: match is empty, expected at least one example\n");
  EXPECT_EQ(problems_of(file_with("", "", "    both-directions: true\n")),
            "a.yaml:2:5: a signature needs the key \"answers\"\n");
}

TEST(SignatureYaml, UnknownNamesGetTheNearestKnownOne) {
  EXPECT_EQ(problems_of(file_with("service", "shh")), "a.yaml:3:14: unknown service \"shh\", did you mean \"ssh\"?\n");
  EXPECT_EQ(problems_of(file_with("service", "no-such-service-at-all")),
            "a.yaml:3:14: unknown service \"no-such-service-at-all\", expected a name of docs/services.md\n");
  std::string checks = "none";
  for (const NamedCheck& check : all_checks()) checks.append(", ").append(check.name);
  EXPECT_EQ(problems_of(file_with("", "", "    check: rttp\n")),
            "a.yaml:8:12: check is \"rttp\", expected one of " + checks + ", did you mean \"rtcp\"?\n");
  EXPECT_EQ(problems_of(file_with("transport", "tpc")),
            "a.yaml:4:16: transport is \"tpc\", expected one of tcp, udp, did you mean \"tcp\"?\n");
  EXPECT_EQ(problems_of(file_with("side", "both")),
            "a.yaml:5:11: side is \"both\", expected one of client, server, either\n");
  EXPECT_EQ(problems_of(file_with("", "", "    both-direction: true\n")),
            "a.yaml:8:5: unknown key \"both-direction\" in a signature, did you mean \"both-directions\"?\n");
  EXPECT_EQ(problems_of("signature: []"),
            "a.yaml:1:1: unknown key \"signature\" in a signature file, did you mean \"signatures\"?\n");
}

TEST(SignatureYaml, ExpressionsAreAnchored) {
  const std::string place = "a.yaml:6:17: expression ";
  for (const char* expression : {"'SSH-'", "'(?s)^SSH-'", "'(?:^SSH-)'", "'.*'"}) {
    EXPECT_EQ(problems_of(file_with("expression", expression)),
              place + "does not begin with ^ or (?i)^: a signature is about the first bytes\n")
        << expression;
  }
  for (const char* expression : {"'^SSH-|x'", "'^[a]|x'", "'^[]|]|x'", "'^(a)|x'", "'^\\(|x'"}) {
    EXPECT_EQ(problems_of(file_with("expression", expression)),
              place + "has alternatives outside of a group, of which ^ anchors only the first: write ^(?:a|b)\n")
        << expression;
  }
  for (const char* expression : {"'^(?:SSH-|x)'", "'^[|]'", "'^[^]|]'", "'^\\|'", "'(?i)^a'"}) {
    EXPECT_EQ(problems_of(file_with("expression", expression)), "") << expression;
  }
  EXPECT_EQ(problems_of(file_with("expression", "'^\xC3\xBC'")),
            place + "holds more than printable ASCII, expected \\xHH for other bytes\n");
  EXPECT_EQ(problems_of("upgrades:\n  - {id: smtp.x, carrier: smtp, client: a, server: ^b}\n"),
            "a.yaml:2:41: client does not begin with ^ or (?i)^: a signature is about the first bytes\n");
}

TEST(SignatureYaml, IdsNameTheirService) {
  const auto problem = [](const std::string& id) {
    return problems_of(
        "signatures:\n  - {id: " + id +
        ", service: ssh, transport: tcp, side: client, expression: ^a, examples: {match: [a], no-match: [b]}}\n");
  };
  for (const char* id : {"ssh", "ssh.", "ssh.Banner", "ssh.a_b", "ssh.-a", "ssh.a-", "ssh.a--b", "ssh-banner",
                         "http.banner", "sshx.a", "ssh.a.b"}) {
    EXPECT_EQ(problem(id), "a.yaml:2:10: id is \"" + std::string(id) +
                               "\", expected \"ssh.word\" with a word of lower-case letters, digits and hyphens\n");
  }
  EXPECT_EQ(problem("ssh.banner-2"), "");
}

TEST(SignatureYaml, ExamplesAreEscaped) {
  const auto problem = [](const std::string& example) {
    return problems_of(file_with("examples", "{match: [" + example + "], no-match: [b]}"));
  };
  EXPECT_EQ(problem("'\\q'"),
            "a.yaml:7:24: unknown escape \"\\q\" in the example, expected \\r \\n \\t \\\\ \\xHH or \\|\n");
  EXPECT_EQ(problem("'a\\'"),
            "a.yaml:7:24: unknown escape \"\\\" in the example, expected \\r \\n \\t \\\\ \\xHH or \\|\n");
  for (const char* example : {"'\\x'", "'\\x4'", "'\\x4g'", "'\\xg4'"}) {
    EXPECT_EQ(problem(example), "a.yaml:7:24: \\x in the example lacks its two hexadecimal digits\n") << example;
  }
  // YAML's own \xE4 would be a letter of two bytes.
  EXPECT_EQ(problem("\"\\xE4\""),
            "a.yaml:7:24: the example holds more than printable ASCII, expected \\xHH for other bytes (in YAML's "
            "double quotes: \\\\xHH)\n");
  EXPECT_EQ(problem("\"\\n\""), problem("\"\\xE4\""));
  EXPECT_EQ(problem("'a\\|b'"), "a.yaml:7:24: \\| parts datagrams, and this signature is for tcp\n");
  EXPECT_EQ(problem("[a]"), "a.yaml:7:24: an example is a list, expected text\n");
}

TEST(SignatureYaml, WhoUsuallySaysSoIsForDatagramsOfEitherSide) {
  const auto usually = [](std::string_view transport, std::string_view side) {
    return read("signatures:\n  - {id: dns.a, service: dns, transport: " + std::string(transport) +
                ", side: " + std::string(side) +
                ", usually: client, expression: '^abcd', examples: {match: [abcd], no-match: [b]}}\n");
  };
  const auto good = usually("udp", "either");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good.value().signatures.front().usually, SignatureSide::client);
  for (const auto& bad : {usually("tcp", "either"), usually("udp", "server")}) {
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(bad.problems().front().what, "usually has a meaning only for udp and side: either");
  }
  const auto server = read(R"(
signatures:
  - {id: dns.a, service: dns, transport: udp, side: server, expression: '^abcd', examples: {match: [abcd], no-match: [b]}}
)");
  ASSERT_TRUE(server.ok());
  EXPECT_EQ(server.value().signatures.front().usually, SignatureSide::server);
}

TEST(SignatureYaml, AnswersNeedBothDirections) {
  EXPECT_EQ(problems_of(file_with("", "", "    answers: ssh.other\n")),
            "a.yaml:8:5: answers has a meaning only where both-directions is true\n");
}

TEST(SignatureYaml, AllFaultsAreReportedInOrder) {
  EXPECT_EQ(problems_of(file_with("service", "shh", "    chek: dns\n")),
            "a.yaml:3:14: unknown service \"shh\", did you mean \"ssh\"?\n"
            "a.yaml:8:5: unknown key \"chek\" in a signature, did you mean \"check\"?\n");
}

TEST(SignatureYaml, AFileThatIsNotThereIsAProblem) {
  const auto file = read_signatures_file("no/such/file.yaml");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.problems().front().file, "no/such/file.yaml");
}

}  // namespace
}  // namespace ghostport
