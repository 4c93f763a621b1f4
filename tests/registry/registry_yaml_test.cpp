#include "registry/registry_yaml.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ghostport {
namespace {

Result<std::vector<PortEntry>> read(std::string_view text) {
  auto document = read_yaml(text, "f");
  if (!document.ok()) return document.problems();
  return read_registry(document.value(), "f");
}

/// Every problem of a registry, one a line, without the file's name.
std::string faults(std::string_view text) {
  const auto result = read(text);
  if (result.ok()) return "";
  std::string lines;
  for (const Problem& problem : result.problems()) lines += problem.text().substr(2) + '\n';
  return lines;
}

/// The faults of one expectation.
std::string expect_faults(const std::string& expectation) {
  return faults("ports:\n  - {port: 1, expect: [" + expectation + "]}\n");
}

TEST(RegistryYaml, ReadsAnEntryWithAllItsKeys) {
  const auto entries = read(R"(
ports:
  - port: 3239
    ghost: true
    note: "User Interface"
    claims:
      - {name: apparenet-ui, transports: [tcp, udp], by: iana, registered: 2002-02, source: "IANA, 2026-03-01"}
      - {name: rpp, transports: [udp], by: vendor, confidence: medium, source: manual, text: "alive", registered: 2020-02-29}
    expect:
      - {service: appneta-rpp, transport: udp, proof: signature}
      - {service: rtp, transport: udp, proof: signature+context, assets: h323-endpoint, without-context: consistent}
      - {service: apparenet-ui, transport: tcp, proof: none-known}
)");
  ASSERT_TRUE(entries.ok()) << entries.problems()[0].text();
  ASSERT_EQ(entries.value().size(), 1U);
  const PortEntry& entry = entries.value()[0];
  EXPECT_EQ(entry.port, 3239);
  EXPECT_TRUE(entry.ghost);
  EXPECT_EQ(entry.note, "User Interface");
  const std::vector<Claim> claims = {
      {"apparenet-ui", {true, true}, ClaimBy::iana, Confidence::high, "2002-02", "IANA, 2026-03-01", ""},
      {"rpp", {false, true}, ClaimBy::vendor, Confidence::medium, "2020-02-29", "manual", "alive"}};
  EXPECT_EQ(entry.claims, claims);
  const std::vector<Expectation> expectations = {
      {"appneta-rpp", find_service("appneta-rpp").value(), Transport::udp, Proof::signature, "", false},
      {"rtp", find_service("rtp").value(), Transport::udp, Proof::signature_and_context, "h323-endpoint", true},
      {"apparenet-ui", ServiceId::none, Transport::tcp, Proof::none_known, "", false}};
  EXPECT_EQ(entry.expectations, expectations);
}

TEST(RegistryYaml, ProofHasTheContractsWords) {
  for (const Proof proof : {Proof::none_known, Proof::signature, Proof::context, Proof::signature_and_context}) {
    const std::string word(proof_name(proof));
    const auto entries = read("ports: [{port: 1, expect: [{service: ssh, transport: tcp, proof: " + word + "}]}]");
    ASSERT_TRUE(entries.ok()) << word;
    EXPECT_EQ(entries.value()[0].expectations[0].proof, proof);
  }
}

TEST(RegistryYaml, AnEmptyFileHasNoEntries) {
  EXPECT_TRUE(read("# nothing yet\n").value().empty());
  EXPECT_TRUE(read("ports: []\n").value().empty());
}

TEST(RegistryYaml, RefusesPortsOutOfRangeAndPortsTwice) {
  EXPECT_EQ(faults("ports:\n  - port: 0\n  - port: 65536\n  - port: 7\n  - port: 7\n  - {ghost: true}\n"),
            "2:11: port is \"0\", expected a whole number from 1 to 65535\n"
            "3:11: port is \"65536\", expected a whole number from 1 to 65535\n"
            "5:11: port 7 was described in line 4, expected one entry a port\n"
            "6:5: a registry entry needs the key \"port\"\n");
}

TEST(RegistryYaml, RefusesAnUnknownServiceUnlessNothingProvesIt) {
  EXPECT_EQ(expect_faults("{service: shs, transport: tcp, proof: signature}"),
            "2:34: unknown service \"shs\", did you mean \"ssh\"?\n");
  EXPECT_EQ(expect_faults("{service: apparenet-as, transport: tcp, proof: context}"),
            "2:34: unknown service \"apparenet-as\", expected a name of docs/services.md (any other with proof "
            "none-known)\n");
  EXPECT_EQ(expect_faults("{service: apparenet-as, transport: tcp, proof: none-known}"), "");
}

TEST(RegistryYaml, RefusesUnknownWordsWithTheNearest) {
  EXPECT_EQ(
      expect_faults("{service: ssh, transport: tpc, proof: signatur}"),
      "2:50: transport is \"tpc\", expected one of tcp, udp, did you mean \"tcp\"?\n"
      "2:62: proof is \"signatur\", expected one of none-known, signature, context, signature+context, did you mean "
      "\"signature\"?\n");
}

TEST(RegistryYaml, WithoutContextNeedsSignatureAndContext) {
  EXPECT_EQ(expect_faults("{service: rtp, transport: udp, proof: signature, without-context: consistent}"),
            "2:73: without-context has a meaning only where proof is signature+context\n");
  EXPECT_EQ(expect_faults("{service: rtp, transport: udp, proof: signature+context, without-context: unexpected}"), "");
  EXPECT_EQ(
      expect_faults("{service: rtp, transport: udp, proof: signature+context, without-context: expected}"),
      "2:98: without-context is \"expected\", expected one of consistent, unexpected, did you mean \"unexpected\"?\n");
}

TEST(RegistryYaml, AssetGroupsAreLowerCaseWithHyphens) {
  EXPECT_NE(expect_faults("{service: ssh, transport: tcp, proof: signature, assets: Citrix_VDA}"), "");
  EXPECT_TRUE(is_group_name("citrix-vda"));
  EXPECT_TRUE(is_group_name("h323-endpoint"));
  for (const char* name : {"", "-a", "a-", "a--b", "A", "a_b", "3com", "a b"})
    EXPECT_FALSE(is_group_name(name)) << name;
}

TEST(RegistryYaml, AClaimNeedsANameTransportsASayerAndASource) {
  EXPECT_EQ(faults("ports: [{port: 1, claims: [{text: x}]}]"),
            "1:28: a claim needs the key \"name\"\n"
            "1:28: a claim needs the key \"transports\"\n"
            "1:28: a claim needs the key \"by\"\n"
            "1:28: a claim needs the key \"source\"\n");
  EXPECT_EQ(faults("ports:\n"
                   " - port: 1\n"
                   "   claims:\n"
                   "    - {name: x, transports: [], by: rumour, source: ''}\n"
                   "    - {name: x, transports: [tcp, sctp, tcp], by: field, source: s, confidence: certain}\n"
                   "    - {name: x, transports: tcp, by: field, source: s}\n"),
            "4:29: transports is empty, expected tcp, udp or both\n"
            "4:37: by is \"rumour\", expected one of iana, vendor, field\n"
            "4:53: source is empty, expected text\n"
            "5:35: transport is \"sctp\", expected one of tcp, udp\n"
            "5:41: \"tcp\" is given twice\n"
            "5:81: confidence is \"certain\", expected one of high, medium, low\n"
            "6:29: transports is \"tcp\", expected a list\n");
}

TEST(RegistryYaml, RegisteredIsAMonthOrADay) {
  for (const char* date : {"2002", "2002-13", "2002-2", "2002-02-30", "02/2002", "never"}) {
    const std::string text =
        "ports: [{port: 1, claims: [{name: x, transports: [tcp], by: iana, source: s, registered: " +
        std::string(date) + "}]}]";
    EXPECT_NE(faults(text).find("expected a month or day"), std::string::npos) << date;
  }
}

TEST(RegistryYaml, NamesUnknownKeysAtEveryLevel) {
  EXPECT_EQ(faults("port: []\nports:\n"
                   " - {port: 1, gost: true, claims: [{name: x, transports: [tcp], by: iana, source: s, sorce: s}],\n"
                   "    expect: [{service: ssh, transport: tcp, proof: signature, asset: a}]}\n"),
            "1:1: unknown key \"port\" in a registry file, did you mean \"ports\"?\n"
            "3:14: unknown key \"gost\" in a registry entry, did you mean \"ghost\"?\n"
            "3:85: unknown key \"sorce\" in a claim, did you mean \"source\"?\n"
            "4:63: unknown key \"asset\" in an expectation, did you mean \"assets\"?\n");
}

TEST(RegistryYaml, AFileTellsTheFaultsOfYamlAndOfTheRegistryTogether) {
  const auto path =
      std::filesystem::temp_directory_path() / ("ghostport_registry_" + std::to_string(getpid()) + ".yaml");
  std::ofstream(path) << "ports:\n  - port: 0\n    ghost: true\n    ghost: true\n  - port: 010\n";
  const auto entries = read_registry_file(path);
  std::filesystem::remove(path);
  ASSERT_FALSE(entries.ok());
  ASSERT_EQ(entries.problems().size(), 3U);
  EXPECT_EQ(entries.problems()[0].line, 2U);
  EXPECT_EQ(entries.problems()[1].line, 4U);
  EXPECT_EQ(entries.problems()[2].line, 5U);
  EXPECT_EQ(entries.problems()[0].file, path);
}

TEST(BuiltinRegistry, HoldsWhatTheShippedFileSays) {
  const char* const source = std::getenv("GHOSTPORT_SOURCE");
  const auto file = read_registry_file(std::string(source == nullptr ? "." : source) + "/registry/ports.yaml");
  ASSERT_TRUE(file.ok()) << file.problems()[0].text();
  Registry from_file;
  from_file.merge(file.value());
  const Registry builtin = Registry::builtin();
  ASSERT_EQ(builtin.entries().size(), from_file.entries().size());
  for (std::size_t i = 0; i < builtin.entries().size(); ++i) {
    EXPECT_EQ(builtin.entries()[i], from_file.entries()[i]) << builtin.entries()[i].port;
  }
}

TEST(BuiltinRegistry, KnowsTheGhostPorts) {
  const Registry registry = Registry::builtin();
  const std::pair<std::uint16_t, std::string_view> ports[] = {
      {3237, "apparenet-tps"}, {3238, "apparenet-as"}, {3239, "apparenet-ui"}, {3248, "procos-lm"}};
  for (const auto& [port, name] : ports) {
    ASSERT_NE(registry.find(port), nullptr) << port;
    EXPECT_TRUE(registry.find(port)->ghost) << port;
    EXPECT_EQ(registry.find(port)->registered_name(Transport::tcp), name);
    EXPECT_EQ(registry.find(port)->registered_name(Transport::udp), name);
  }
  EXPECT_EQ(make_watch_table(registry, {}).text(WatchTable::kJudged), "3237-3239, 3248");
}

TEST(RegistryYaml, NamesOnlyGoesWithClaimsAlone) {
  const auto entries = read("ports: [{port: 80, names-only: true}]");
  ASSERT_TRUE(entries.ok());
  EXPECT_TRUE(entries.value()[0].names_only);
  const std::string said = "1:21: names-only has a meaning only without ghost and expect\n";
  EXPECT_EQ(faults("ports: [{port: 80,  names-only: true, ghost: true}]"), said);
  EXPECT_EQ(
      faults("ports: [{port: 80,  names-only: true, expect: [{service: http, transport: tcp, proof: signature}]}]"),
      said);
}

TEST(RegistryYaml, TheShippedEntriesAsTextAreReadAgain) {
  const Registry registry = Registry::builtin();
  const std::string text = registry_text(registry.entries());
  const auto again = read(text);
  ASSERT_TRUE(again.ok()) << again.problems().front().text();
  EXPECT_TRUE(std::ranges::equal(again.value(), registry.entries()));
}

TEST(RegistryYaml, AnyTextOfAClaimIsReadAgain) {
  PortEntry entry;
  entry.port = 9;
  entry.note = "# no comment: \t\"{[&*!|>'%@`\n- \\x41";
  entry.claims = {{"null", {true, false}, ClaimBy::field, Confidence::low, "2002-02", " 0x1 ", "\xc3\x89, yes"}};
  const auto again = read(registry_text(std::vector{entry}));
  ASSERT_TRUE(again.ok()) << again.problems().front().text();
  EXPECT_EQ(again.value(), std::vector{entry});
}

}  // namespace
}  // namespace ghostport
