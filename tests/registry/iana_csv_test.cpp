#include "registry/iana_csv.h"

#include <gtest/gtest.h>

#include "registry/registry_yaml.h"

namespace ghostport {
namespace {

const std::string kHeader =
    "Service Name,Port Number,Transport Protocol,Description,Assignee,Contact,Registration Date,Modification Date,"
    "Reference,Service Code,Unauthorized Use Reported,Assignment Notes\r\n";

// One of each quirk of IANA's file; rows as it has them, with CR LF between records and bare LF inside quotes.
const std::string kQuirks =
    ",0,tcp,Reserved,,,,2024-12-20,[RFC6335],,,\r\n"
    "http,80,tcp,World Wide Web HTTP,[IESG],[IETF_Chair],,2021-10-01,[RFC9110],,,Defined TXT keys: u=<username>\r\n"
    "http,80,udp,World Wide Web HTTP,[IESG],[IETF_Chair],,2021-10-01,[RFC9110],,,Defined TXT keys: u=<username>\r\n"
    "www,80,tcp,World Wide Web HTTP,[IESG],[IETF_Chair],,2021-10-01,[RFC9110],,,\"This is a duplicate of the "
    "\"\"http\"\" service\nand should not be used.\"\r\n"
    "http,80,sctp,HTTP,[Randall_Stewart],[Randall_Stewart],,2022-02-07,[RFC9260],,,\r\n"
    ",81,,Unassigned,,,,2007-09-06,,,,\r\n"
    "whoispp,63,tcp,\"whois++\nIANA assigned this well-formed service name as a replacement for "
    "\"\"whois++\"\".\",,,,,,"
    ",,\r\n"
    ",24,tcp,any private mail system,[Rick_Adams],[Rick_Adams],,,,,,\r\n"
    "apparenet-ts,3236,udp,appareNet Test Server,,,,,,,,\r\n"
    "apparenet-ui,3239,udp,appareNet User Interface,[Fred_Klassen],[Fred_Klassen],2002-02,,,,,\r\n"
    "isns,3205,tcp,iSNS Server Port,,,,,[RFC4171][RFC-ietf-other][n/a][RFC5226],,,\r\n"
    ",3300,udp,Reserved,,,,,,,,\r\n"
    "ceph,3300,tcp,Ceph monitor,[Sage_Weil],[Sage_Weil],2015-06-29,,,,Known Unauthorized Use on port 3300,\r\n"
    "active-net,3322-3325,,Active Networks,[Bob_Braden_2],[Bob_Braden_2],,,,,,\r\n"
    "forte,3391,tcp,FORT\xc3\x89 Vision,,,,,,,,\r\n"
    "bare,3392,tcp,,,,,,,,,\r\n"
    "sua,14001,udp,De-Registered,,,,2001-06-06,,,,\r\n"
    ",14002,tcp,Removed,,,,,,,,\r\n"
    ",14003-14032,,unassigned,,,,,,,,\r\n"
    "acs-ctl-ds,,tcp,Access Control Device,,,,,,,,\r\n"
    "arp,,,Address Resolution Protocol,,,,,,,,\r\n";

Result<IanaImport> read(const std::string& rows, const std::vector<WatchList::Item>& ports = {}) {
  return read_iana_csv(kHeader + rows, "f", ports, "IANA, then");
}

std::string faults_of(const Result<IanaImport>& result) {
  std::string lines;
  if (result.ok()) return lines;
  for (const Problem& problem : result.problems()) lines += problem.text().substr(2) + '\n';
  return lines;
}
std::string faults(const std::string& rows) { return faults_of(read(rows)); }

const PortEntry* find(const IanaImport& import, std::uint16_t port) {
  for (const PortEntry& entry : import.entries) {
    if (entry.port == port) return &entry;
  }
  return nullptr;
}

Claim claim(std::string name, bool tcp, bool udp, std::string text) {
  return {std::move(name), {tcp, udp}, ClaimBy::iana, Confidence::high, "", "IANA, then", std::move(text)};
}

TEST(IanaCsv, EveryRecordIsOfOneKind) {
  const auto result = read(kQuirks);
  ASSERT_TRUE(result.ok()) << faults_of(result);
  const IanaImport& import = result.value();
  EXPECT_EQ(import.count(IanaRecord::one_transport), 10U);
  EXPECT_EQ(import.count(IanaRecord::both_transports), 1U);
  EXPECT_EQ(import.count(IanaRecord::outside), 0U);
  EXPECT_EQ(import.count(IanaRecord::other_transport), 1U);
  EXPECT_EQ(import.count(IanaRecord::without_port), 2U);
  EXPECT_EQ(import.count(IanaRecord::unassigned), 2U);
  EXPECT_EQ(import.count(IanaRecord::reserved), 2U);
  EXPECT_EQ(import.count(IanaRecord::removed), 2U);
  EXPECT_EQ(import.count(IanaRecord::nameless), 1U);
  EXPECT_EQ(import.all_records(), 21U);
}

TEST(IanaCsv, NamesArePortsThatNobodyExpectsAnythingOn) {
  const IanaImport import = read(kQuirks).value();
  std::vector<std::uint16_t> ports;
  for (const PortEntry& entry : import.entries) {
    ports.push_back(entry.port);
    EXPECT_TRUE(entry.names_only);
    EXPECT_FALSE(entry.ghost);
    EXPECT_TRUE(entry.expectations.empty());
  }
  EXPECT_EQ(ports, (std::vector<std::uint16_t>{63, 80, 3205, 3236, 3239, 3300, 3322, 3323, 3324, 3325, 3391, 3392}));
  EXPECT_EQ(import.claims, 13U);
}

TEST(IanaCsv, TheFirstNameOfAPortIsItsRegisteredOneAndAliasesAreKept) {
  const IanaImport import = read(kQuirks).value();
  std::vector<Claim> expected{claim("http", true, true, "World Wide Web HTTP"),
                              claim("www", true, false, "World Wide Web HTTP")};
  for (Claim& one : expected) one.source += " (RFC 9110)";
  EXPECT_EQ(find(import, 80)->claims, expected);
}

TEST(IanaCsv, TextOfSeveralLinesBecomesOne) {
  const IanaImport import = read(kQuirks).value();
  EXPECT_EQ(find(import, 63)->claims[0].text,
            "whois++ IANA assigned this well-formed service name as a replacement for \"whois++\".");
  EXPECT_EQ(find(import, 3391)->claims[0].text, "FORT\xc3\x89 Vision");
  EXPECT_EQ(find(import, 3392)->claims[0].text, "");
}

TEST(IanaCsv, ARangeWithoutATransportIsEachOfItsPortsOnBoth) {
  const IanaImport import = read(kQuirks).value();
  for (std::uint16_t port = 3322; port <= 3325; ++port) {
    EXPECT_EQ(find(import, port)->claims, std::vector{claim("active-net", true, true, "Active Networks")}) << port;
  }
}

TEST(IanaCsv, ADateStaysOnThePortThatItStandsOn) {
  const IanaImport import = read(kQuirks).value();
  EXPECT_EQ(find(import, 3239)->claims[0].registered, "2002-02");
  EXPECT_EQ(find(import, 3236)->claims[0].registered, "")
      << "the block's date stands on its last port; nothing is guessed";
}

TEST(IanaCsv, RfcsAreNamedBehindTheSourceAndReportsOfMisuseInTheNote) {
  const IanaImport import = read(kQuirks).value();
  EXPECT_EQ(find(import, 3205)->claims[0].source, "IANA, then (RFC 4171, RFC 5226)");
  EXPECT_EQ(find(import, 3300)->note, "IANA reports: Known Unauthorized Use on port 3300");
}

TEST(IanaCsv, TakesThePortsThatWereAskedFor) {
  const auto result = read(kQuirks, {*parse_port_spec("80/udp"), *parse_port_spec("3325-65535")});
  const IanaImport& import = result.value();
  ASSERT_EQ(import.entries.size(), 4U);
  EXPECT_EQ(import.entries[0].claims.size(), 1U) << "www is on tcp alone";
  EXPECT_FALSE(import.entries[0].claims[0].on[0]);
  EXPECT_EQ(import.entries[1].port, 3325);
  EXPECT_EQ(import.entries[2].port, 3391);
  EXPECT_EQ(import.count(IanaRecord::one_transport), 3U);
  EXPECT_EQ(import.count(IanaRecord::both_transports), 1U);
  EXPECT_EQ(import.count(IanaRecord::outside), 7U);
  EXPECT_EQ(import.all_records(), 21U);
}

TEST(IanaCsv, AByteOrderMarkAndBareLineBreaksAreRead) {
  std::string text = "\xef\xbb\xbf" + kHeader + kQuirks;
  std::erase(text, '\r');
  EXPECT_EQ(read_iana_csv(text, "f", {}, "IANA, then").value().entries, read(kQuirks).value().entries);
}

TEST(IanaCsv, WhatIsWrittenIsReadAgain) {
  const std::vector<PortEntry> entries = read(kQuirks).value().entries;
  const auto again = read_registry(read_yaml(registry_text(entries), "f").value(), "f");
  ASSERT_TRUE(again.ok()) << again.problems().front().text();
  EXPECT_EQ(again.value(), entries);
  EXPECT_EQ(registry_text({}), "ports: []\n");
}

TEST(IanaCsv, SaysEveryFaultWithItsPlace) {
  EXPECT_EQ(faults("ssh,22,tpc,,,,,,,,,\r\n"
                   "ssh,70000,tcp,,,,2002-13,,,,,\r\n"
                   "ssh,9-5,tcp,,,,,,,,,\r\n"
                   "ssh,22,tcp\r\n"
                   "ssh,22,tcp,\"two\nlines\",,,,,,,,,\r\n"
                   "ssh,022,tcp,\"one\"two,,,,,,,,\r\n"
                   "ssh,22,tcp,\xff,,,,,,,\x01,\r\n"
                   "\r\n"),
            "2:8: the transport protocol is \"tpc\", expected tcp, udp, sctp, dccp or nothing\n"
            "3:5: the port number is \"70000\", expected 0 to 65535, first-last, or nothing\n"
            "3:18: the registration date is \"2002-13\", expected a month or day such as 2002-02 or 2002-02-28\n"
            "4:5: the port number is \"9-5\", expected 0 to 65535, first-last, or nothing\n"
            "5:1: a record of 3 fields, expected 12\n"
            "6:1: a record of 13 fields, expected 12\n"
            "8:5: the port number is \"022\", expected 0 to 65535, first-last, or nothing\n"
            "8:18: text behind a closing quote, expected a comma or the end of the line\n"
            "9:12: a control character or a byte that is not UTF-8, expected printable text\n"
            "9:20: a control character or a byte that is not UTF-8, expected printable text\n"
            "10:1: a record of 1 field, expected 12\n");
  EXPECT_EQ(faults("ssh,22,tcp,\"never closed\r\n"), "2:12: this quote is never closed\n");
}

TEST(IanaCsv, ReadsNothingUnderAnotherHeader) {
  const auto said = [](std::string_view text) { return faults_of(read_iana_csv(text, "f", {}, "x")); };
  EXPECT_EQ(said(""), "1:1: no header, expected IANA's, which begins with \"Service Name\"\n");
  EXPECT_EQ(said("Service Name,Port\r\nssh,0x16\r\n"),
            "1:14: the header's column 2 is \"Port\", expected \"Port Number\" as in IANA's "
            "service-names-port-numbers.csv\n");
  EXPECT_EQ(said("PK a\"b,c\r\n"),
            "1:1: the header's column 1 is \"PK a\"b\", expected \"Service Name\" as in IANA's "
            "service-names-port-numbers.csv\n");
  EXPECT_EQ(said("Service Name,Port Number\r\n"),
            "1:14: the header has no column \"Transport Protocol\" behind this one\n");
  EXPECT_EQ(said(kHeader.substr(0, kHeader.size() - 2) + ",More\r\n"),
            "1:176: a column that IANA's file does not have: \"More\"\n");
}

TEST(IanaCsv, WorkAndMemoryAreBounded) {
  std::string rows;
  for (int i = 0; i < 300; ++i) rows += "n" + std::to_string(i) + ",1-65535,,,,,,,,,,\r\n";
  EXPECT_EQ(faults(rows).substr(0, 43), "3:4: more than 16 MiB of names, expected fe") << faults(rows);
  rows.clear();
  for (int i = 0; i < 66; ++i) rows += "n" + std::to_string(i) + ",9,tcp,,,,,,,,,\r\n";
  EXPECT_EQ(faults(rows), "66:5: port 9 has more than 64 names\n67:5: port 9 has more than 64 names\n");
}

TEST(IanaCsv, ASourceNamesTheDayInTheFilesName) {
  EXPECT_EQ(iana_source("/2020-01-01/service-names-2026-03-01.csv"), "IANA service names, 2026-03-01");
  EXPECT_EQ(iana_source("2026-03-01"), "IANA service names, 2026-03-01");
  EXPECT_EQ(iana_source("/2020-01-01/service-names-2026-13-01.csv"), "IANA service names");
  EXPECT_EQ(iana_source(""), "IANA service names");
}

}  // namespace
}  // namespace ghostport
