// What a stream head does with bytes that a receiver may refuse.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "detection/inspection.h"
#include "detection/stream_head.h"

namespace ghostport {
namespace stream_head_doubt_test {

std::string text_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

struct Head {
  Head& add(std::uint32_t offset, std::string_view text, Trust trust = Trust::good) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    head.add(pool, offset, bytes, trust);
    return *this;
  }
  [[nodiscard]] std::string first() const { return text_of(head.version(0)); }
  [[nodiscard]] std::string second() const { return text_of(head.version(1)); }

  HeadPool pool{64, std::size_t{1} << 20U};
  StreamHead head;
};

TEST(StreamHeadDoubt, AmbiguousBytesStandBesideTheGoodOnesInEitherOrder) {
  Head decoy_first;
  decoy_first.add(0, "JJJJ", Trust::ambiguous).add(0, "GET ").add(4, "/");
  EXPECT_EQ(decoy_first.first(), "GET /");
  EXPECT_EQ(decoy_first.second(), "JJJJ/");
  EXPECT_TRUE(decoy_first.head.doubt_differs());
  EXPECT_FALSE(decoy_first.head.conflict());

  Head decoy_last;
  decoy_last.add(0, "GET ").add(0, "JJJJ", Trust::ambiguous).add(4, "/");
  EXPECT_EQ(decoy_last.first(), "GET /");
  EXPECT_EQ(decoy_last.second(), "JJJJ/");
  EXPECT_TRUE(decoy_last.head.doubt_differs());
}

TEST(StreamHeadDoubt, ACopyOfGoodBytesIsNoSecondVersion) {
  Head head;
  head.add(0, "GET /").add(1, "ET ", Trust::ambiguous).add(0, "GET /", Trust::doubtful);
  EXPECT_FALSE(head.head.has_second());
  EXPECT_FALSE(head.head.doubt_differs());
}

TEST(StreamHeadDoubt, GoodBytesReplaceDoubtfulOnesButNotAmbiguousOnes) {
  Head head;
  head.add(0, "JJJJ", Trust::doubtful).add(0, "GET ");
  EXPECT_EQ(head.second(), "GET ");
  EXPECT_TRUE(head.head.doubt_differs());
}

TEST(StreamHeadDoubt, WhatWasAcknowledgedIsNotOverwrittenByAmbiguousBytes) {
  Head head;
  head.add(0, "GET /");
  head.head.acknowledge(3);
  head.add(0, "JJJJJ", Trust::ambiguous);
  EXPECT_EQ(head.first(), "GET /");
  EXPECT_EQ(head.second(), "GETJJ");
}

TEST(StreamHeadDoubt, DoubtfulBytesFillNoBudgetBeforeTheyAreAcknowledged) {
  Head head;
  head.add(0, std::string(64, 'J'), Trust::doubtful);
  EXPECT_FALSE(head.head.full());
  head.head.acknowledge(64);
  EXPECT_TRUE(head.head.full());
}

TEST(StreamHeadDoubt, AHoleBehindAmbiguousBytesIsAGapBehindDoubtfulOnesIsNone) {
  Head ambiguous;
  ambiguous.add(10, "x", Trust::ambiguous);
  EXPECT_TRUE(ambiguous.head.has_gap());
  Head doubtful;
  doubtful.add(10, "x", Trust::doubtful);
  EXPECT_FALSE(doubtful.head.has_gap());
}

TEST(StreamHeadDoubt, WhatHasLostItsTrustStandsOnlyWhereNothingBetterDoes) {
  Head head;
  head.add(0, "JJJJJJJ");
  head.head.distrust(head.pool);
  EXPECT_EQ(head.first(), "");
  EXPECT_EQ(head.second(), "JJJJJJJ");
  head.add(0, "GET /");
  EXPECT_EQ(head.first(), "GET /");
  EXPECT_EQ(head.second(), "GET /JJ");
  head.head.distrust(head.pool);
  EXPECT_EQ(head.first(), "");
  EXPECT_EQ(head.second(), "GET /JJ");
}

TEST(UrgentBytes, AreKeptUpTo256AndMoveWithTheStream) {
  UrgentBytes urgent;
  EXPECT_FALSE(urgent.any());
  urgent.add(0);
  urgent.add(63);
  urgent.add(255);
  urgent.add(256);
  EXPECT_TRUE(urgent.any());
  EXPECT_TRUE(urgent.holds(0) && urgent.holds(63) && urgent.holds(255));
  EXPECT_FALSE(urgent.holds(256) || urgent.holds(1) || urgent.holds(100'000));
  urgent.shift(1);
  EXPECT_TRUE(urgent.holds(1) && urgent.holds(64));
  EXPECT_FALSE(urgent.holds(0) || urgent.holds(63) || urgent.holds(255));
}

}  // namespace stream_head_doubt_test
}  // namespace ghostport
