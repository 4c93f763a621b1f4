#include "detection/fact_writer.h"

#include <gtest/gtest.h>

#include <optional>

#include "detection/rules.h"

namespace ghostport {
namespace fact_writer_test {

constexpr std::int64_t kBase = 1'795'168'800 * kSecond;  // a whole second
constexpr FactKey kEnd{kEndOfTime, 0, 0};

struct Told {
  Fact fact;
  FlowDetail flow;
  TallyDetail tally;
};

/// A writer with a ring that is emptied into a list.
struct Desk {
  explicit Desk(std::uint32_t cells = 1U << 16U, WhenFull when_full = WhenFull::wait)
      : ring(cells), writer(ring, bell, when_full, [this] { take(); }) {}

  void take() {
    ring.drain([this](const Fact& fact, const void* detail) {
      Told one{fact, {}, {}};
      if (fact.detail_cells == kFlowDetailCells && (fact.kind == FactKind::finding || fact.kind == FactKind::flow)) {
        std::memcpy(static_cast<void*>(&one.flow), detail, sizeof one.flow);
      } else if (fact.detail_cells == kTallyDetailCells) {
        std::memcpy(static_cast<void*>(&one.tally), detail, sizeof one.tally);
      }
      told.push_back(one);
    });
  }
  /// What came out up to a watermark, without the watermark itself.
  std::vector<Told> publish(const FactKey& watermark) {
    told.clear();
    writer.publish(watermark);
    take();
    EXPECT_FALSE(told.empty());
    EXPECT_EQ(told.back().fact.kind, FactKind::watermark);
    EXPECT_EQ(told.back().fact.key, watermark);
    told.pop_back();
    for (std::size_t i = 1; i < told.size(); ++i) {
      EXPECT_LE(told[i - 1].fact.key, told[i].fact.key) << "facts are sorted";
    }
    return told;
  }

  FactRing ring;
  Bell bell;
  FactWriter writer;
  std::vector<Told> told;
};

Address address(std::uint8_t last) {
  const std::uint8_t bytes[4] = {10, 0, 0, last};
  return Address::v4(bytes);
}

TallyDetail knock(std::uint64_t number, std::uint16_t port = 3238, std::uint8_t host = 9) {
  TallyDetail one;
  one.address[0] = address(5);
  one.address[1] = address(host);
  one.port[0] = static_cast<std::uint16_t>(50'000 + number);
  one.port[1] = port;
  one.flows = 1;
  one.flow_id = one.first_number = number;
  one.first_time = one.last_time = kBase + static_cast<std::int64_t>(number);
  return one;
}

FlowDetail silent(std::uint64_t number, std::uint8_t source = 5) {
  FlowDetail one;
  one.address[0] = address(source);
  one.address[1] = address(9);
  one.port[1] = 3238;
  one.outcome = Outcome::listener;
  one.flow_id = one.first_number = number;
  one.start = kBase + static_cast<std::int64_t>(number);
  return one;
}

FactKey timer(std::int64_t since_base, std::uint64_t number) { return {kBase + since_base, 1, number}; }

TEST(FactWriter, SendsABatchInTheOneOrderWithAFlowsFindingBeforeItsRecord) {
  Desk desk;
  desk.writer.flow({kBase + 5, 1, 2}, silent(2));
  desk.writer.finding({kBase + 5, 1, 1}, silent(1));
  desk.writer.flow({kBase + 5, 1, 1}, silent(1));
  desk.writer.finding({kBase + 5, 0, 9}, silent(9));
  desk.writer.finding({kBase + 4, 1, 8}, silent(8));
  const std::vector<Told> told = desk.publish({kBase + 6, 0, 9});
  ASSERT_EQ(told.size(), 5U);
  const std::uint64_t numbers[] = {8, 9, 1, 1, 2};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(told[i].flow.first_number, numbers[i]) << i;
  }
  EXPECT_EQ(told[2].fact.kind, FactKind::finding);
  EXPECT_EQ(told[3].fact.kind, FactKind::flow);
}

TEST(FactWriter, KeepsWhatLiesBehindTheWatermark) {
  Desk desk;
  desk.writer.finding({kBase + 10, 0, 2}, silent(2));
  desk.writer.finding({kBase + 20, 0, 3}, silent(3));
  desk.writer.finding({kBase + 5, 0, 1}, silent(1));
  EXPECT_EQ(desk.publish({kBase + 10, 0, 1}).size(), 1U);
  EXPECT_EQ(desk.writer.waiting(), 2U);
  const std::vector<Told> next = desk.publish({kBase + 10, 0, 2});
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].flow.first_number, 2U);
  const std::vector<Told> last = desk.publish(kEnd);
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].flow.first_number, 3U);
  EXPECT_EQ(desk.writer.waiting(), 0U);
}

TEST(FactWriter, KnocksOfOneSecondAreOneSum) {
  Desk desk;
  desk.writer.knock(kBase + kSecond - 1, knock(7));
  desk.writer.knock(kBase, knock(3));
  desk.writer.knock(kBase + 5, knock(9));
  const std::vector<Told> told = desk.publish(kEnd);
  ASSERT_EQ(told.size(), 1U);
  const TallyDetail& sum = told[0].tally;
  EXPECT_EQ(told[0].fact.kind, FactKind::knocks);
  EXPECT_EQ(told[0].fact.key.time, sum_time(kBase / kSecond));
  EXPECT_EQ(told[0].fact.key.number, 3U);
  EXPECT_EQ(sum.flows, 3U);
  EXPECT_EQ(sum.flow_id, 3U) << "the earliest flow stands for all";
  EXPECT_EQ(sum.port[0], 50'003);
  EXPECT_EQ(sum.first_time, kBase + 3);
  EXPECT_EQ(sum.last_time, kBase + 9);
}

TEST(FactWriter, KnocksOfTwoSecondsAreTwoSumsAlsoWhenSentTogether) {
  Desk desk;
  desk.writer.knock(kBase + kSecond, knock(2));
  desk.writer.knock(kBase + kSecond - 1, knock(1));
  const std::vector<Told> told = desk.publish(kEnd);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].tally.first_number, 1U);
  EXPECT_EQ(told[1].tally.first_number, 2U);
}

TEST(FactWriter, SumsAreApartByTargetTransportAnswerAndWhatWasAsked) {
  Desk desk;
  std::uint64_t number = 0;
  const auto tell = [&](auto change) {
    for (int twice = 0; twice < 2; ++twice) {
      TallyDetail one = knock(++number);
      change(one);
      desk.writer.knock(kBase, one);
    }
  };
  tell([](TallyDetail&) {});
  tell([](TallyDetail& one) { one.port[1] = 3239; });
  tell([](TallyDetail& one) { one.address[1] = address(10); });
  tell([](TallyDetail& one) { one.address[0] = address(6); });
  tell([](TallyDetail& one) { one.transport = Transport::udp; });
  tell([](TallyDetail& one) { one.answer = Answer::reset; });
  tell([](TallyDetail& one) { one.asked = *find_service("tls"); });
  const std::vector<Told> told = desk.publish(kEnd);
  ASSERT_EQ(told.size(), 7U);
  for (const Told& one : told) {
    EXPECT_EQ(one.tally.flows, 2U);
  }
}

TEST(FactWriter, ASumTravelsOnceItsSecondIsOverAndNotBefore) {
  Desk desk;
  desk.writer.knock(kBase, knock(1));
  EXPECT_TRUE(desk.publish({kBase + kSecond / 2, 0, 1}).empty());
  EXPECT_TRUE(desk.publish({kBase + kSecond - 1, 0, 1}).empty());
  desk.writer.knock(kBase + kSecond - 1, knock(2));
  const std::vector<Told> told = desk.publish({kBase + kSecond, 0, 2});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].tally.flows, 2U);
  EXPECT_TRUE(desk.publish({kBase + 2 * kSecond, 0, 3}).empty());
}

TEST(FactWriter, TheFirstSilentAnswerOfASecondIsAFindingTheOthersAreASum) {
  Desk desk;
  desk.writer.listener(timer(30, 3), silent(3));
  desk.writer.listener(timer(10, 7), silent(7));
  desk.writer.listener(timer(20, 5), silent(5));
  const std::vector<Told> told = desk.publish(kEnd);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].fact.kind, FactKind::finding);
  EXPECT_EQ(told[0].flow.first_number, 7U) << "first by the order of time, not of telling";
  EXPECT_EQ(told[1].fact.kind, FactKind::listeners);
  EXPECT_EQ(told[1].tally.flows, 2U);
  EXPECT_EQ(told[1].tally.first_number, 3U);
}

TEST(FactWriter, TheFirstSilentAnswerOfASecondIsRememberedUntilTheSecondIsOver) {
  Desk desk;
  desk.writer.listener(timer(10, 1), silent(1));
  EXPECT_EQ(desk.publish({kBase + 15, 0, 1}).size(), 1U);
  desk.writer.listener(timer(20, 2), silent(2));
  EXPECT_TRUE(desk.publish({kBase + 25, 0, 2}).empty());
  const std::vector<Told> told = desk.publish({kBase + kSecond, 0, 2});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].fact.kind, FactKind::listeners);
  desk.writer.listener(timer(kSecond, 3), silent(3));
  const std::vector<Told> next = desk.publish(kEnd);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].fact.kind, FactKind::finding) << "the first of the next second";
}

TEST(FactWriter, ASilentAnswerBehindTheWatermarkIsNotYetTheFirstOfItsSecond) {
  Desk desk;
  desk.writer.listener({kBase + 900, 0, 9}, silent(9));  // said by a packet of the batch
  EXPECT_TRUE(desk.publish({kBase + 100, 0, 0}).empty());
  desk.writer.listener(timer(100, 1), silent(1));  // a timer that runs out before that packet
  const std::vector<Told> told = desk.publish(kEnd);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].fact.kind, FactKind::finding);
  EXPECT_EQ(told[0].flow.first_number, 1U);
  EXPECT_EQ(told[1].fact.kind, FactKind::listeners);
  EXPECT_EQ(told[1].tally.first_number, 9U);
}

TEST(FactWriter, SilentAnswersOfOneResponderAreOneSumWhoeverAsked) {
  Desk desk;
  desk.writer.listener(timer(1, 1), silent(1, 5));
  desk.writer.listener(timer(2, 2), silent(2, 6));
  FlowDetail asked = silent(3, 7);
  asked.asked = *find_service("tls");
  desk.writer.listener(timer(3, 3), asked);
  const std::vector<Told> told = desk.publish(kEnd);
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[1].tally.asked, ServiceId::none);
  EXPECT_EQ(told[2].tally.asked, *find_service("tls"));
}

TEST(FactWriter, ARingOfOneFactIsEnoughWhereTheConsumerIsCalled) {
  Desk desk(1);
  for (std::uint64_t number = 1; number <= 100; ++number) desk.writer.finding({kBase, 0, number}, silent(number));
  EXPECT_EQ(desk.publish(kEnd).size(), 100U);
  EXPECT_EQ(desk.writer.lost(), 0U);
}

TEST(FactWriter, ALiveWriterCountsTheFactsThatFindNoRoomAndStillSendsTheWatermark) {
  FactRing ring(8);
  Bell bell;
  std::vector<FactKind> kinds;
  const auto take = [&] { ring.drain([&](const Fact& fact, const void*) { kinds.push_back(fact.kind); }); };
  FactWriter writer(ring, bell, WhenFull::drop, take);
  for (std::uint64_t number = 1; number <= 4; ++number) writer.finding({kBase, 0, number}, silent(number));
  writer.publish(kEnd);
  take();
  EXPECT_EQ(writer.lost(), 3U);
  EXPECT_EQ(kinds, (std::vector<FactKind>{FactKind::finding, FactKind::watermark}));
}

TEST(FactWriter, LiveEveryPublicationRingsTheBell) {
  FactRing ring(64);
  Bell bell;
  FactWriter writer(ring, bell, WhenFull::drop);
  const std::uint32_t seen = bell.now();
  writer.publish({kBase, 0, 1});
  EXPECT_NE(bell.now(), seen);
}

TEST(FactWriter, OfACaptureTheAdjudicatorIsCalledWhereTheRingIsCrowded) {
  FactRing ring(64);
  Bell bell;
  int calls = 0;
  FactWriter writer(ring, bell, WhenFull::wait, [&] {
    ++calls;
    (void)ring.drain([](const Fact&, const void*) {});
  });
  const std::uint32_t seen = bell.now();
  for (std::uint64_t number = 1; number <= 45; ++number) writer.publish({kBase, 0, number});
  EXPECT_EQ(calls, 0);
  writer.publish({kBase, 0, 46});
  EXPECT_EQ(calls, 1) << "three quarters of the ring";
  writer.publish({kEndOfTime, 0, 47});
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(bell.now(), seen) << "nobody listens";
}

TEST(FactWriter, BeyondTheBoundOfASecondEveryKnockIsSentByItselfAndCounted) {
  constexpr std::uint64_t kBound = 65'536;
  constexpr std::uint64_t kBeyond = 5;
  Desk desk;
  for (std::uint64_t number = 1; number <= kBound + kBeyond; ++number) {
    TallyDetail one = knock(number, static_cast<std::uint16_t>(number), static_cast<std::uint8_t>(number >> 16U));
    desk.writer.knock(kBase, one);
  }
  EXPECT_EQ(desk.writer.sums_full(), kBeyond);
  std::uint64_t flows = 0;
  for (const Told& one : desk.publish(kEnd)) flows += one.tally.flows;
  EXPECT_EQ(flows, kBound + kBeyond);
  desk.writer.knock(kBase + 5 * kSecond, knock(1));
  EXPECT_EQ(desk.writer.sums_full(), kBeyond) << "the next second has room again";
}

TEST(FactWriter, WhatASecondMayHoldIsBoundedAndTheRestCounted) {
  FactRing ring(65'536);
  Bell bell;
  constexpr std::uint64_t kSums = 100;
  FactWriter writer(ring, bell, WhenFull::drop, {}, kSums);
  for (std::uint64_t number = 1; number <= kSums * (2 + FactWriter::kLate); ++number)
    writer.knock(kBase, knock(number, static_cast<std::uint16_t>(number)));
  EXPECT_EQ(writer.sums_full(), kSums * (1 + FactWriter::kLate));
  EXPECT_EQ(writer.lost(), kSums);
}

}  // namespace fact_writer_test
}  // namespace ghostport
