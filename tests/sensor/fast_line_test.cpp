#include <gtest/gtest.h>

#include <regex>

#include "sensor/outputs/outputs.h"

namespace ghostport {
namespace {

Finding finding_of(Verdict verdict, Severity severity) {
  Finding finding;
  const std::uint8_t from[] = {10, 0, 0, 1};
  const std::uint8_t to[] = {10, 0, 0, 2};
  finding.detail.address[0] = Address::v4(from);
  finding.detail.address[1] = Address::v4(to);
  finding.detail.port[0] = 50'000;
  finding.detail.port[1] = 3238;
  finding.detail.outcome = Outcome::identified;
  finding.detail.packet_time = 1'700'000'000'000'123'000;
  finding.judgement.verdict = verdict;
  finding.judgement.severity = severity;
  return finding;
}

TEST(FastLine, IsThatOfSuricata) {
  const std::string line = fast_line(finding_of(Verdict::unexpected, Severity::high), {});
  const std::regex form(R"(\d\d/\d\d/\d{4}-\d\d:\d\d:\d\d\.000123  \[\*\*\] \[1:\d+:1\] [^\[]+ \[\*\*\] )"
                        R"(\[Classification: [^\]]+\] \[Priority: 1\] \{TCP\} 10\.0\.0\.1:50000 -> 10\.0\.0\.2:3238)");
  EXPECT_TRUE(std::regex_match(line, form)) << line;
  EXPECT_EQ(fast_line(finding_of(Verdict::expected, Severity::none), {}), "");
}

TEST(FastLine, SaysOfABlockedFlowThatItWasDropped) {
  RecordContext blocking;
  blocking.blocks = true;
  const std::string line = fast_line(finding_of(Verdict::unexpected, Severity::high), blocking);
  EXPECT_NE(line.find("  [Drop] [**] [1:"), std::string::npos) << line;
  EXPECT_EQ(fast_line(finding_of(Verdict::unrecognized, Severity::medium), blocking).find("[Drop]"), std::string::npos);
  EXPECT_EQ(fast_line(finding_of(Verdict::unexpected, Severity::high), {}).find("[Drop]"), std::string::npos);
}

}  // namespace
}  // namespace ghostport
