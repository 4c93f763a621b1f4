#include "sensor/finding_table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sensor/terminal.h"

namespace ghostport {
namespace {

constexpr std::int64_t kTenOClock = 1'795'168'800'000'000'000;  // 2026-11-20T10:00:00 UTC
constexpr std::int64_t kSecondHere = 1'000'000'000;

Finding finding_of(Verdict verdict, Severity severity, std::string_view service, std::string_view client = "10.0.0.5",
                   std::int64_t seconds = 0) {
  Finding finding;
  FlowDetail& detail = finding.detail;
  detail.address[0] = *Address::parse(client);
  detail.address[1] = *Address::parse("10.0.0.9");
  detail.port[0] = 51514;
  detail.port[1] = 3238;
  detail.packet_time = kTenOClock + seconds * kSecondHere;
  if (!service.empty()) detail.service = *find_service(service);
  finding.judgement.verdict = verdict;
  finding.judgement.severity = severity;
  finding.judgement.reason = "the reason";
  return finding;
}

Finding ssh(std::string_view client = "10.0.0.5", std::int64_t seconds = 0) {
  return finding_of(Verdict::unexpected, Severity::high, "ssh", client, seconds);
}

std::vector<std::string> lines_of(const FindingTable& table, const Screen& screen = {}, bool name_files = false) {
  std::vector<std::string> lines;
  const std::string text = table.text(screen, name_files);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(FindingTable, SaysThatThereIsNothing) { EXPECT_EQ(FindingTable().text({}, false), "No findings.\n"); }

TEST(FindingTable, IsARowAndAFilterForEachFinding) {
  FindingTable table;
  table.add(ssh(), "a.pcap");
  const auto lines = lines_of(table);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0],
            "VERDICT     SEVERITY  SERVICE  PORT      CLIENT         -> SERVER    FLOWS  FIRST (UTC)          REASON");
  EXPECT_EQ(
      lines[1],
      "unexpected  high      ssh      3238/tcp  10.0.0.5:51514 -> 10.0.0.9      1  2026-11-20 10:00:00  the reason");
  EXPECT_EQ(lines[2], "    tcp.port==3238 && ip.addr==10.0.0.9 && ip.addr==10.0.0.5");
  EXPECT_EQ(lines_of(table, {}, true)[2], lines[2] + "    in a.pcap");
}

TEST(FindingTable, FiltersFitIpv6AndUdp) {
  Finding finding = ssh();
  finding.detail.address[0] = *Address::parse("2001:db8::5");
  finding.detail.address[1] = *Address::parse("2001:db8::9");
  finding.detail.transport = Transport::udp;
  FindingTable table;
  table.add(finding, "");
  const auto lines = lines_of(table);
  EXPECT_TRUE(has(lines[1], "[2001:db8::5]:51514 -> 2001:db8::9")) << lines[1];
  EXPECT_EQ(lines[2], "    udp.port==3238 && ipv6.addr==2001:db8::9 && ipv6.addr==2001:db8::5");
}

TEST(FindingTable, TheWorstComesFirstThenTheEarliest) {
  FindingTable table;
  table.add(finding_of(Verdict::probe, Severity::low, "", "10.0.0.1"), "");
  table.add(ssh("10.0.0.2", 9), "");
  table.add(finding_of(Verdict::listener, Severity::medium, "", "10.0.0.3"), "");
  table.add(ssh("10.0.0.4", 3), "");
  table.add(finding_of(Verdict::unrecognized, Severity::medium, "", "10.0.0.5", 5), "");
  const auto lines = lines_of(table);
  ASSERT_EQ(lines.size(), 11U);
  const char* const clients[] = {"10.0.0.4", "10.0.0.2", "10.0.0.5", "10.0.0.3", "10.0.0.1"};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_TRUE(has(lines[1 + 2 * i], clients[i])) << lines[1 + 2 * i];
}

TEST(FindingTable, EqualFindingsShareARowBeyondAScreenful) {
  FindingTable table;
  for (int i = 1; i <= 30; ++i) table.add(ssh(i == 7 ? "10.0.0.77" : "10.0.0.5", i), "a.pcap");
  Screen high;
  high.lines = 100;
  EXPECT_EQ(lines_of(table, high).size(), 61U);
  const auto lines = lines_of(table, {}, true);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(has(lines[1], "10.0.0.5 and others -> 10.0.0.9     30  2026-11-20 10:00:01")) << lines[1];
  EXPECT_EQ(lines[2], "    tcp.port==3238 && ip.addr==10.0.0.9    30 findings, the first in a.pcap");
}

TEST(FindingTable, SumsCountTheirFlows) {
  Finding listener = finding_of(Verdict::listener, Severity::medium, "");
  listener.count = 1234;
  FindingTable table;
  table.add(listener, "");
  const auto lines = lines_of(table);
  EXPECT_TRUE(has(lines[1], "10.0.0.5 and others -> 10.0.0.9  1,234")) << lines[1];
  EXPECT_EQ(lines[2], "    tcp.port==3238 && ip.addr==10.0.0.9");
}

TEST(FindingTable, AScanIsNamedByItsSource) {
  Finding scan = finding_of(Verdict::probe, Severity::low, "");
  scan.probe.emplace();
  scan.probe->flows = 24;
  scan.probe->hosts = 6;
  scan.probe->ports = 2;
  scan.probe->first = kTenOClock;
  scan.probe->first_targets = {{1, *Address::parse("10.0.1.1"), 3237, Transport::tcp},
                               {2, *Address::parse("10.0.1.2"), 3238, Transport::udp}};
  FindingTable table;
  table.add(scan, "");
  auto lines = lines_of(table);
  EXPECT_TRUE(has(lines[1], "2 ports  10.0.0.5 -> 6 hosts     24")) << lines[1];
  EXPECT_EQ(lines[2], "    ip.addr==10.0.0.5 && (tcp.port==3237 || udp.port==3238)");
  scan.probe->ports = 4;
  FindingTable wide;
  wide.add(scan, "");
  EXPECT_EQ(lines_of(wide)[2], "    ip.addr==10.0.0.5") << "not every port is known";
}

TEST(FindingTable, KeepsABoundedNumberOfRowsTheWorstOnes) {
  FindingTable table;
  const auto address = [](int i) { return "10.1." + std::to_string(i / 250) + '.' + std::to_string(i % 250); };
  for (int i = 0; i < 1500; ++i) {
    Finding probe = finding_of(Verdict::probe, Severity::low, "");
    probe.detail.address[1] = *Address::parse(address(i));
    table.add(probe, "");
  }
  for (int i = 0; i < 3; ++i) table.add(ssh("10.0.0.5", i), "");
  const auto lines = lines_of(table);
  EXPECT_EQ(lines.size(), 1 + 2 * FindingTable::kMostRows + 1);
  EXPECT_TRUE(has(lines[1], "ssh")) << "a worse finding takes the place of a lesser one";
  EXPECT_TRUE(has(lines[1], "  3  2026")) << lines[1];
  EXPECT_EQ(lines.back(), "and 501 further findings of no higher severity, not shown here");
}

TEST(FindingTable, CutsReasonsToTheScreen) {
  Finding finding = ssh();
  finding.judgement.reason = std::string(300, 'r');
  FindingTable table;
  table.add(finding, "");
  Screen screen;
  screen.columns = 130;
  const auto lines = lines_of(table, screen);
  EXPECT_EQ(lines[1].size(), 130U);
  EXPECT_TRUE(lines[1].ends_with("r..."));
  EXPECT_TRUE(has(lines_of(table)[1], finding.judgement.reason)) << "wide where there is no terminal";
}

TEST(FindingTable, SendsNoControlCharacterToTheTerminal) {
  Finding finding = ssh();
  finding.judgement.reason = "\x1b]0;owned\x07 <script> \xff \xc2\x9b";
  FindingTable table;
  table.add(finding, "\x1b[2J.pcap");
  const std::string text = table.text({}, true);
  EXPECT_TRUE(std::none_of(text.begin(), text.end(),
                           [](char c) { return c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f); }));
  EXPECT_TRUE(has(text, "\\x1b]0;owned\\x07 <script> \xef\xbf\xbd \\x9b")) << text;
  EXPECT_TRUE(has(text, "in \\x1b[2J.pcap")) << text;
}

TEST(FindingTable, ColoursOnlyWhereAskedTo) {
  FindingTable table;
  table.add(ssh(), "");
  Screen screen;
  EXPECT_FALSE(has(table.text(screen, false), "\x1b"));
  screen.colours = true;
  EXPECT_TRUE(has(table.text(screen, false), "\x1b[31munexpected  high      \x1b[0mssh")) << table.text(screen, false);
}

TEST(Terminal, CountsAndCutsCharactersNotBytes) {
  EXPECT_EQ(width_of("\xc3\xa9\xe2\x82\xac"), 2U);
  EXPECT_EQ(cut_to("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 4), "\xc3\xa9...");
  EXPECT_EQ(cut_to("abcd", 4), "abcd");
  EXPECT_EQ(cut_to("abcd", 2), "..");
}

TEST(Terminal, NumbersHaveThousandsApart) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
  EXPECT_EQ(counted(1, "flow"), "1 flow");
  EXPECT_EQ(counted(0, "flow"), "0 flows");
}

}  // namespace
}  // namespace ghostport
