#include "sensor/summary.h"

#include <gtest/gtest.h>

namespace ghostport {
namespace {

class Summary : public testing::Test {
 protected:
  Summary() {
    rules_.registry = Registry::builtin();
    rules_.watch = make_watch_table(rules_.registry, {});
    set(Counter::packets, 5120);
    set(Counter::bytes, 1234567);
    set(Counter::flows, 41);
    set(Counter::watched_packets, 12);
    summary_.worker_packets = {5120};
  }

  void set(Counter counter, std::uint64_t value) { summary_.total.values[static_cast<std::size_t>(counter)] = value; }
  void found(Verdict verdict, std::uint64_t count) {
    summary_.adjudicator.findings[static_cast<std::size_t>(verdict)] = count;
  }
  [[nodiscard]] std::string text(bool quiet = false) const {
    return summary_text(summary_, std::vector<ReadOutcome>(2), rules_,
                        {std::chrono::milliseconds(120), std::chrono::milliseconds(34), 90'000'000}, quiet);
  }
  void expect_line(const std::string& line) const {
    EXPECT_NE(('\n' + text()).find('\n' + line + '\n'), std::string::npos) << text();
  }

  Rules rules_;
  PipelineSummary summary_;
};

TEST_F(Summary, SaysWhatWasReadAndHowLongItTook) {
  expect_line("2 files, 5,120 packets, 1,234,567 bytes, 41 flows");
  expect_line("start-up 0.120 s, replay 0.034 s, memory 86 MiB");
  summary_.worker_packets = {5000, 120};
  expect_line("2 workers, packets of each: 5,000 120");
}

TEST_F(Summary, CountsFindingsByVerdict) {
  found(Verdict::unexpected, 2);
  found(Verdict::probe, 1000);
  found(Verdict::expected, 5);
  expect_line("findings: 2 unexpected, 1,000 probe, 5 expected (not logged)");
  rules_.log_expected = true;
  expect_line("findings: 2 unexpected, 1,000 probe, 5 expected");
}

TEST_F(Summary, SaysThatNotEveryWatchedPortIsJudged) {
  const std::string_view said = "judged are only ports with a registry entry";
  EXPECT_EQ(text().find(said), std::string::npos) << text();
  rules_.watch = make_watch_table(rules_.registry, WatchList::parse("all").value());
  EXPECT_NE(text().find(said), std::string::npos) << text();
}

TEST_F(Summary, SaysWhyNothingWasFound) {
  expect_line(
      "nothing found: 12 of 5,120 packets on watched ports (3237-3239, 3248); no flow to one of these ports calls for "
      "a finding");
  found(Verdict::expected, 5);
  expect_line(
      "nothing found: 12 of 5,120 packets on watched ports (3237-3239, 3248); 5 flows as expected, not logged "
      "(log-expected: true shows them)");
  found(Verdict::expected, 0);
  set(Counter::watched_packets, 0);
  expect_line(
      "nothing found: 0 of 5,120 packets on watched ports (3237-3239, 3248); to name every flow: --watch all --flows "
      "--eve FILE");
}

TEST_F(Summary, SaysWhichExceptionsMatchedNothingOrHadEnded) {
  EXPECT_EQ(text().find("exception"), std::string::npos);
  const ServiceId ssh = *find_service("ssh");
  rules_.exceptions = {{3238, {true, false}, ssh, {}, {}, "used"},
                       {3238, {true, false}, ssh, {}, {}, "lab"},
                       {3239, {true, true}, ssh, {}, 1'798'848'000 * kSecond, "over"}};
  expect_line("exception 1 (3238/tcp ssh, \"used\") matched nothing");
  summary_.adjudicator.exceptions = {{7, 0}, {0, 0}, {2, 3}};
  EXPECT_EQ(text().find("exception 1"), std::string::npos);
  expect_line("exception 2 (3238/tcp ssh, \"lab\") matched nothing");
  expect_line("exception 3 (3239 ssh, \"over\") ended with 2027-01-01, before 3 findings that it would have allowed");
  EXPECT_EQ(text(true), "");
}

TEST_F(Summary, NamesLossesAndLimitsEvenWhenQuiet) {
  EXPECT_EQ(text(true), "");
  set(Counter::truncated_frame, 3);
  set(Counter::unknown_ethertype, 9);
  summary_.memory_displaced = 8;
  summary_.adjudicator.sources_full = 7;
  EXPECT_EQ(text(true),
            "not looked at: 3 frames shorter than their headers\n"
            "limit hit: 8 verdicts of ended flows were forgotten early, because too many flows ended\n"
            "limit hit: 7 knocks came from sources past the bound of a minute and are one finding\n");
  EXPECT_NE(text().find(text(true).substr(0, 20)), std::string::npos);
}

TEST_F(Summary, SaysBadChecksumsOnceWithTheUsualCause) {
  EXPECT_EQ(text().find("checksum"), std::string::npos);
  summary_.detector.bad_checksums = 17;
  const std::string said = text();
  EXPECT_NE(said.find("bad checksums: 17 packets; "), std::string::npos) << said;
  EXPECT_NE(said.find("offloading"), std::string::npos);
  EXPECT_EQ(said.find("bad checksums", said.find("bad checksums") + 1), std::string::npos);
}

}  // namespace
}  // namespace ghostport
