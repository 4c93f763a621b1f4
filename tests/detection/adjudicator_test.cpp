#include "detection/adjudicator.h"

#include <gtest/gtest.h>

#include "detection/fact_writer.h"
#include "tests/detection/recording_sink.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace adjudicator_test {

constexpr std::int64_t kBase = 1'795'168'800 * kSecond;  // 2026-11-20 10:00:00 UTC
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 3600 * kSecond;

Address address(std::uint32_t which) {
  const std::uint8_t bytes[4] = {10, static_cast<std::uint8_t>(which >> 16U), static_cast<std::uint8_t>(which >> 8U),
                                 static_cast<std::uint8_t>(which)};
  return Address::v4(bytes);
}

/// Workers that say what a test tells them, and the adjudicator that hears them.
class Court {
 public:
  explicit Court(std::size_t workers = 1) : rules(rules_watching("ghost")) {
    for (std::size_t i = 0; i < workers; ++i) {
      rings_.push_back(std::make_unique<FactRing>(1U << 12U));
      pointers_.push_back(rings_.back().get());
    }
    adjudicator = std::make_unique<Adjudicator>(rules, pointers_, sink);
    for (FactRing* ring : pointers_) {
      writers.push_back(
          std::make_unique<FactWriter>(*ring, bell_, WhenFull::wait, [this] { adjudicator->run_once(); }));
    }
  }

  FactWriter& worker(std::size_t which = 0) { return *writers[which]; }
  /// Every worker has got that far.
  std::vector<Finding> pass(std::int64_t time) {
    for (const auto& writer : writers) writer->publish({time, 0, ~std::uint64_t{0}});
    return hear();
  }
  std::vector<Finding> end() { return pass(kEndOfTime); }
  std::vector<Finding> hear() {
    while (adjudicator->run_once()) {
    }
    std::vector<Finding> said;
    said.swap(sink.findings);
    return said;
  }

  void knock(std::int64_t at, std::uint64_t number, std::uint32_t source = 5, std::uint32_t host = 9,
             std::uint16_t port = 3238, Answer answer = Answer::none, std::size_t which = 0) {
    TallyDetail one;
    one.address[0] = address(source);
    one.address[1] = address(host);
    one.port[0] = 50'000;
    one.port[1] = port;
    one.answer = answer;
    one.flows = 1;
    one.flow_id = one.first_number = number;
    one.first_stamp = one.first_time = one.last_time = at;
    worker(which).knock(at + 30 * kSecond, one);  // a knock is known once the wait for an answer is over
  }
  void silent(std::int64_t at, std::uint64_t number, std::string_view asked = {}, std::size_t which = 0) {
    FlowDetail one = flow(number, Outcome::listener);
    if (!asked.empty()) one.asked = *find_service(asked);
    worker(which).listener({at, 1, number}, one);
  }
  static FlowDetail flow(std::uint64_t number, Outcome outcome) {
    FlowDetail one;
    one.address[0] = address(5);
    one.address[1] = address(9);
    one.port[1] = 3238;
    one.basis = RoleBasis::syn;
    one.outcome = outcome;
    one.revision = 1;
    one.flow_id = one.first_number = number;
    if (outcome == Outcome::identified) one.service = *find_service("ssh");
    return one;
  }

  std::shared_ptr<Rules> rules;
  RecordingSink sink;
  std::unique_ptr<Adjudicator> adjudicator;
  std::vector<std::unique_ptr<FactWriter>> writers;

 private:
  Bell bell_;
  std::vector<std::unique_ptr<FactRing>> rings_;
  std::vector<FactRing*> pointers_;
};

// ---- order ----

TEST(Adjudicator, SaysNothingThatAnyWorkerMightStillUndercut) {
  Court court(2);
  court.worker(0).finding({kBase + 10, 0, 2}, Court::flow(2, Outcome::identified));
  court.worker(0).publish({kBase + 10, 0, 2});
  EXPECT_TRUE(court.hear().empty());
  court.worker(1).publish({kBase + 10, 0, 1});
  EXPECT_TRUE(court.hear().empty());
  court.worker(1).finding({kBase + 10, 0, 1}, Court::flow(1, Outcome::identified));
  court.worker(1).publish({kBase + 10, 0, 2});
  const std::vector<Finding> said = court.hear();
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].detail.flow_id, 1U);
  EXPECT_EQ(said[1].detail.flow_id, 2U);
}

TEST(Adjudicator, AtOneTimePacketsComeBeforeTimersAndThoseByTheirFlowsFirstPacket) {
  Court court(3);
  court.worker(0).finding({kBase, 1, 4}, Court::flow(4, Outcome::unrecognized));
  court.worker(1).finding({kBase, 1, 3}, Court::flow(3, Outcome::unrecognized));
  court.worker(2).finding({kBase, 0, 9}, Court::flow(9, Outcome::unrecognized));
  std::vector<std::uint64_t> order;
  for (const Finding& one : court.end()) order.push_back(one.detail.flow_id);
  EXPECT_EQ(order, (std::vector<std::uint64_t>{9, 3, 4}));
}

TEST(Adjudicator, HasEndedOnceAllIsSaidAndBeginsAnew) {
  Court court(2);
  EXPECT_FALSE(court.adjudicator->ended());
  court.silent(kBase, 1);
  court.silent(kBase + 2 * kSecond, 2);
  court.worker(0).publish({kEndOfTime, 0, 2});
  EXPECT_EQ(court.hear().size(), 0U) << "the other worker may say something earlier";
  EXPECT_FALSE(court.adjudicator->ended());
  EXPECT_EQ(court.end().size(), 2U) << "the first answer, and the sum of the hour";
  EXPECT_TRUE(court.adjudicator->ended());

  court.adjudicator->begin();
  EXPECT_FALSE(court.adjudicator->ended());
  court.silent(kBase, 1);
  const std::vector<Finding> said = court.end();
  ASSERT_EQ(said.size(), 1U) << "nothing crosses into the next capture";
  EXPECT_EQ(said[0].count, 0U);
}

TEST(Adjudicator, FlowRecordsPassThroughInOrder) {
  Court court(2);
  court.worker(1).flow({kBase + 1, 1, 1}, Court::flow(1, Outcome::none));
  court.worker(0).flow({kBase, 1, 2}, Court::flow(2, Outcome::none));
  (void)court.end();
  ASSERT_EQ(court.sink.flows.size(), 2U);
  EXPECT_EQ(court.sink.flows[0].flow_id, 2U);
}

TEST(Adjudicator, WhatIsExpectedIsCountedAndSaidOnlyOnRequest) {
  for (const bool log : {false, true}) {
    Court court;
    court.rules->log_expected = log;
    court.rules->exceptions.push_back({3238, {true, true}, *find_service("ssh"), {}, {}, "lab"});
    court.worker().finding({kBase, 0, 1}, Court::flow(1, Outcome::identified));
    EXPECT_EQ(court.end().size(), log ? 1U : 0U);
    EXPECT_EQ(court.adjudicator->counters().findings[static_cast<std::size_t>(Verdict::expected)], 1U);
  }
}

TEST(Adjudicator, CountsWhatEachExceptionAllowedAndWhatItMissedByItsEnd) {
  Court court;
  const ServiceId ssh = *find_service("ssh");
  court.rules->exceptions = {{3238, {true, true}, *find_service("dns"), {}, {}, "never asked"},
                             {3238, {true, true}, ssh, {}, kBase + kSecond, "ends"},
                             {3239, {true, true}, ssh, {}, {}, "another port"}};
  for (std::uint64_t number = 1; number <= 3; ++number) {
    FlowDetail one = Court::flow(number, Outcome::identified);
    one.packet_time = kBase + (number == 1 ? 0 : kSecond);
    court.worker().finding({one.packet_time, 0, number}, one);
  }
  court.worker().finding({kBase + kSecond, 0, 4}, Court::flow(4, Outcome::unrecognized));
  court.end();
  const std::vector<ExceptionCount>& counts = court.adjudicator->counters().exceptions;
  ASSERT_EQ(counts.size(), 3U);
  EXPECT_EQ(counts[0].allowed + counts[0].ended + counts[2].allowed + counts[2].ended, 0U);
  EXPECT_EQ(counts[1].allowed, 1U);
  EXPECT_EQ(counts[1].ended, 2U);
}

// ---- probes ----

TEST(AdjudicatorProbe, KnocksOfOneSourceWithinAMinuteAreOneFinding) {
  Court court;
  court.knock(kBase + 5 * kSecond, 3, 5, 9, 3239, Answer::reset);
  court.knock(kBase, 1, 5, 9, 3238);
  court.knock(kBase + kMinute - 1, 8, 5, 10, 3238, Answer::icmp);
  EXPECT_TRUE(court.pass(kBase + kMinute + 30 * kSecond).empty()) << "an answer may still come";
  const std::vector<Finding> said = court.pass(kBase + kMinute + 40 * kSecond);
  ASSERT_EQ(said.size(), 1U);
  const Finding& one = said[0];
  EXPECT_EQ(one.judgement.verdict, Verdict::probe);
  EXPECT_EQ(one.detail.flow_id, 1U) << "its tuple is that of the first knock";
  EXPECT_EQ(one.detail.port[1], 3238);
  ASSERT_TRUE(one.probe);
  EXPECT_EQ(one.probe->flows, 3U);
  EXPECT_EQ(one.probe->hosts, 2U);
  EXPECT_EQ(one.probe->ports, 2U);
  EXPECT_EQ(one.probe->answers[static_cast<std::size_t>(Answer::none)], 1U);
  EXPECT_EQ(one.probe->answers[static_cast<std::size_t>(Answer::reset)], 1U);
  EXPECT_EQ(one.probe->answers[static_cast<std::size_t>(Answer::icmp)], 1U);
  EXPECT_EQ(one.probe->first, kBase);
  EXPECT_EQ(one.probe->last, kBase + kMinute - 1);
  EXPECT_EQ(one.probe->sources, 1U);
  EXPECT_FALSE(one.probe->at_least);
  EXPECT_NE(one.judgement.reason.find("3 knocks on 2 ports of 2 hosts"), std::string::npos) << one.judgement.reason;
}

TEST(AdjudicatorProbe, LaterKnocksWithinTheHourAreOneMoreFinding) {
  Court court;
  court.knock(kBase, 1);
  court.knock(kBase + kMinute, 2);
  court.knock(kBase + kHour - kMinute, 3);
  EXPECT_EQ(court.pass(kBase + 2 * kMinute).size(), 1U);
  EXPECT_TRUE(court.pass(kBase + kHour + 30 * kSecond).empty());
  const std::vector<Finding> later = court.pass(kBase + kHour + 40 * kSecond);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].probe->flows, 2U);
  EXPECT_EQ(later[0].detail.flow_id, 2U);
}

TEST(AdjudicatorProbe, AfterTheHourASourceBeginsAnew) {
  Court court;
  court.knock(kBase, 1);
  court.knock(kBase + kHour + 2 * kMinute, 2);
  const std::vector<Finding> said = court.pass(kBase + kHour + 4 * kMinute);
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[1].detail.flow_id, 2U);
}

TEST(AdjudicatorProbe, EachSourceHasItsOwnFinding) {
  Court court(2);
  court.knock(kBase, 1, 5);
  court.knock(kBase, 2, 6, 9, 3238, Answer::none, 1);
  const std::vector<Finding> said = court.end();
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].detail.address[0], address(5));
  EXPECT_EQ(said[1].detail.address[0], address(6));
}

TEST(AdjudicatorProbe, TheFirstTenTargetsAreListedEachOnce) {
  Court court;
  for (std::uint32_t host = 1; host <= 20; ++host) {
    court.knock(kBase + host * kSecond, host, 5, host);
    court.knock(kBase + (host + 30) * kSecond, host + 100, 5, host);
  }
  const std::vector<Finding> said = court.end();
  ASSERT_EQ(said.size(), 1U);
  const auto& targets = said[0].probe->first_targets;
  ASSERT_EQ(targets.size(), 10U);
  for (std::uint32_t i = 0; i < 10; ++i) {
    EXPECT_EQ(targets[i].address, address(i + 1));
  }
  EXPECT_EQ(said[0].probe->hosts, 20U);
  EXPECT_EQ(said[0].probe->flows, 40U);
}

TEST(AdjudicatorProbe, WhatWasAskedIsListed) {
  Court court;
  for (const std::string_view name : {"tls", "dns", "tls"}) {
    TallyDetail one = tally_of(Court::flow(1, Outcome::probe));
    one.asked = *find_service(name);
    court.worker().knock(kBase, one);
  }
  const std::vector<Finding> said = court.end();
  ASSERT_EQ(said.size(), 1U);
  ASSERT_EQ(said[0].asked.size(), 2U);
}

TEST(AdjudicatorProbe, BeyondAThousandSourcesAMinuteTheRestIsOneFinding) {
  Court court;
  constexpr std::uint32_t kSources = 1250;
  for (std::uint32_t source = 0; source < kSources; ++source) court.knock(kBase + source, source + 1, 1000 + source);
  court.knock(kBase + 10 * kSecond, kSources + 1, 1000 + kSources - 1);
  const std::vector<Finding> said = court.end();
  ASSERT_EQ(said.size(), 1001U);
  EXPECT_GT(court.adjudicator->counters().sources_full, 0U);
  std::uint64_t flows = 0;
  std::uint64_t rests = 0;
  for (const Finding& one : said) {
    flows += one.probe->flows;
    if (one.probe->sources == 1) continue;
    ++rests;
    EXPECT_EQ(one.probe->sources, kSources - 1000);
    EXPECT_EQ(one.probe->flows, kSources - 1000 + 1);
  }
  EXPECT_EQ(rests, 1U);
  EXPECT_EQ(flows, kSources + 1U);
}

TEST(AdjudicatorProbe, MoreHostsThanAreToldApartAreAtLeastThatMany) {
  Court court;
  for (std::uint32_t host = 0; host < 4100; ++host) court.knock(kBase + host, host + 1, 5, 100'000 + host);
  const std::vector<Finding> said = court.end();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].probe->hosts, 4096U);
  EXPECT_TRUE(said[0].probe->at_least);
  EXPECT_EQ(said[0].probe->flows, 4100U);
}

// ---- silent listeners ----

TEST(AdjudicatorListener, TheFirstIsSaidAtOnceTheOthersOfTheHourAreASum) {
  Court court;
  court.silent(kBase, 1, "tls");
  EXPECT_EQ(court.pass(kBase + kSecond).size(), 1U);
  court.silent(kBase + 2 * kSecond, 2, "http");
  court.silent(kBase + 2 * kSecond + 1, 3, "http");
  court.silent(kBase + kHour / 2, 4, "tls");
  court.silent(kBase + kHour / 2 + kSecond, 5);
  EXPECT_TRUE(court.pass(kBase + kHour).empty());
  const std::vector<Finding> sum = court.pass(kBase + kHour + 2 * kSecond);
  ASSERT_EQ(sum.size(), 1U);
  EXPECT_EQ(sum[0].judgement.verdict, Verdict::listener);
  EXPECT_EQ(sum[0].count, 4U);
  EXPECT_EQ(sum[0].detail.flow_id, 2U);
  EXPECT_EQ(sum[0].asked.size(), 2U);
  EXPECT_NE(sum[0].judgement.reason.find("4 further flows within the hour"), std::string::npos);
}

TEST(AdjudicatorListener, AnHourWithoutFurtherAnswersSaysNothingMore) {
  Court court;
  court.silent(kBase, 1);
  EXPECT_EQ(court.end().size(), 1U);
}

TEST(AdjudicatorListener, TheNextHourBeginsWithAFindingOfItsOwn) {
  Court court;
  court.silent(kBase, 1);
  court.silent(kBase + kHour + 2 * kSecond, 2);
  const std::vector<Finding> said = court.end();
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[1].count, 0U);
}

TEST(AdjudicatorListener, HostsPortsAndTransportsAreApart) {
  Court court;
  FlowDetail one = Court::flow(1, Outcome::listener);
  court.worker().listener({kBase, 1, 1}, one);
  one.port[1] = 3239;
  court.worker().listener({kBase, 1, 2}, one);
  one.transport = Transport::udp;
  court.worker().listener({kBase, 1, 3}, one);
  one.address[1] = address(10);
  court.worker().listener({kBase, 1, 4}, one);
  EXPECT_EQ(court.end().size(), 4U);
}

/// Two silent answers on either side of the hour's end, within one second: said by one worker, or by two.
TEST(AdjudicatorListener, TheEndOfTheHourSplitsNoSecondWhoeverSaysWhat) {
  for (const std::int64_t shift : {std::int64_t{0}, std::int64_t{1}, kSecond / 2, kSecond - 1}) {
    std::vector<std::vector<std::string>> lines;
    for (const std::size_t workers : {1U, 2U}) {
      Court court(workers);
      const std::int64_t first = kBase + shift;
      court.silent(first, 1);
      court.silent(first + kHour - 1, 2, {}, 0);
      court.silent(first + kHour, 3, {}, workers - 1);
      court.silent(first + kHour + 1, 4, {}, workers - 1);
      court.silent(first + kHour + 2, 5, {}, 0);
      (void)court.end();
      lines.push_back(court.sink.lines);
    }
    EXPECT_EQ(lines[0], lines[1]) << "shift " << shift;
  }
}

TEST(AdjudicatorListener, BeyondItsBoundEveryListenerIsSaidByItselfAndCounted) {
  Court court;
  constexpr std::uint32_t kBound = 65'536;
  for (std::uint32_t host = 0; host < kBound + 3; ++host) {
    FlowDetail one = Court::flow(host + 1, Outcome::listener);
    one.address[1] = address(host);
    court.worker().listener({kBase + host * kSecond / 100, 1, host + 1}, one);
    if (host % 1000 == 0) (void)court.worker().publish({kBase + host * kSecond / 100, 0, host + 1});
  }
  (void)court.pass(kBase + kHour / 2);
  EXPECT_EQ(court.adjudicator->counters().findings[static_cast<std::size_t>(Verdict::listener)], kBound + 3U);
  EXPECT_EQ(court.adjudicator->counters().listeners_full, 3U);
}

}  // namespace adjudicator_test
}  // namespace ghostport
