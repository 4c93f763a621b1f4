#include "detection/stream_head.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <numeric>
#include <string_view>

#include "tests/detection/reference_stream_head.h"

namespace ghostport {
namespace stream_head_test {

constexpr std::size_t kPlenty = std::size_t{1} << 20U;

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
std::string text_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// A head, the pool it draws from, and text in and out.
struct Head {
  explicit Head(std::uint32_t limit = 64, std::size_t budget = kPlenty) : pool(limit, budget) {}
  Head& add(std::uint32_t offset, std::string_view text, Trust trust = Trust::good) {
    head.add(pool, offset, bytes_of(text), trust);
    return *this;
  }
  Head& acknowledge(std::uint32_t offset) {
    head.acknowledge(offset);
    return *this;
  }
  [[nodiscard]] std::string first() const { return text_of(head.version(0)); }
  [[nodiscard]] std::string second() const { return text_of(head.version(1)); }

  HeadPool pool;
  StreamHead head;
};

TEST(StreamHead, IsEmptyAtFirst) {
  const Head head;
  EXPECT_EQ(head.first(), "");
  EXPECT_EQ(head.head.contiguous(), 0U);
  EXPECT_FALSE(head.head.has_second());
  EXPECT_FALSE(head.head.has_gap());
  EXPECT_FALSE(head.head.full());
}

TEST(StreamHead, ShowsBytesUpToTheFirstHole) {
  Head head;
  head.add(0, "SSH-").add(6, "0-x");
  EXPECT_EQ(head.first(), "SSH-");
  EXPECT_TRUE(head.head.has_gap());
  head.add(4, "2.");
  EXPECT_EQ(head.first(), "SSH-2.0-x");
  EXPECT_FALSE(head.head.has_gap());
  EXPECT_FALSE(head.head.conflict());
}

TEST(StreamHead, ARetransmissionOfTheSameBytesIsNoConflict) {
  Head head;
  head.add(0, "GET /").add(0, "GET /").add(2, "T / HTTP");
  EXPECT_EQ(head.first(), "GET / HTTP");
  EXPECT_FALSE(head.head.conflict());
  EXPECT_FALSE(head.head.has_second());
}

TEST(StreamHead, TwoClaimsOnAPlaceAreKeptInTwoVersions) {
  Head head;
  head.add(0, "AAAA").add(2, "BBBB");
  EXPECT_EQ(head.first(), "AAAABB");
  EXPECT_EQ(head.second(), "AABBBB");
  EXPECT_TRUE(head.head.conflict());
}

TEST(StreamHead, WhatWasAcknowledgedIsReal) {
  Head head;
  head.add(0, "AAAA").acknowledge(4).add(0, "BBBB");
  EXPECT_EQ(head.first(), "AAAA");
  EXPECT_TRUE(head.head.conflict());
  EXPECT_FALSE(head.head.has_second());
}

TEST(StreamHead, OnlyTheUnacknowledgedPartOfAnOverlapIsDoubtful) {
  Head head;
  head.add(0, "AAAA").acknowledge(2).add(0, "BBBB");
  EXPECT_EQ(head.first(), "AAAA");
  EXPECT_EQ(head.second(), "AABB");
}

TEST(StreamHead, AnAcknowledgmentNeverGoesBack) {
  Head head;
  head.acknowledge(4).acknowledge(1).add(0, "AAAA").add(0, "BBBB");
  EXPECT_EQ(head.head.acknowledged(), 4U);
  EXPECT_FALSE(head.head.has_second());
}

TEST(StreamHead, BytesWithAWrongChecksumStandOnlyWhereNothingBetterDoes) {
  Head head;
  head.add(0, "junk", Trust::doubtful);
  EXPECT_EQ(head.first(), "");
  EXPECT_EQ(head.second(), "junk");
  EXPECT_EQ(head.head.contiguous(), 4U);
  head.add(0, "SSH-2.0");
  EXPECT_EQ(head.first(), "SSH-2.0");
  EXPECT_EQ(head.second(), "SSH-2.0");
  EXPECT_FALSE(head.head.conflict()) << "a packet that no receiver takes contradicts nobody";
  head.add(4, "____more", Trust::doubtful);
  EXPECT_EQ(head.first(), "SSH-2.0");
  EXPECT_EQ(head.second(), "SSH-2.0_more");
}

TEST(StreamHead, GoodBytesReplaceDoubtfulOnesEvenWhereAcknowledged) {
  Head head;
  head.add(0, "junk", Trust::doubtful).acknowledge(4).add(0, "real");
  EXPECT_EQ(head.first(), "real");
  EXPECT_EQ(head.second(), "real");
}

TEST(StreamHead, KeepsNothingBehindTheLimit) {
  Head head(8);
  head.add(0, "0123").add(6, "6789");
  EXPECT_FALSE(head.head.full());
  head.add(4, "45");
  EXPECT_EQ(head.first(), "01234567");
  EXPECT_TRUE(head.head.full());
}

TEST(StreamHead, BytesWhollyBehindTheLimitAreNoGap) {
  Head head(8);
  head.add(0, "0123").add(8, "89").add(4'294'967'290U, "far away");
  EXPECT_EQ(head.first(), "0123");
  EXPECT_FALSE(head.head.has_gap());
  EXPECT_FALSE(head.head.full());
}

TEST(StreamHead, AnEmptySegmentChangesNothing) {
  Head head;
  head.add(0, "").add(3, "").add(0, "", Trust::doubtful);
  EXPECT_FALSE(head.head.has_second());
  EXPECT_FALSE(head.head.has_gap());
}

TEST(StreamHead, ShiftMakesRoomForWhatCameBefore) {
  Head head;
  head.add(0, "2.0-x");
  EXPECT_TRUE(head.head.shift(head.pool, 4));
  EXPECT_EQ(head.first(), "");
  head.add(0, "SSH-");
  EXPECT_EQ(head.first(), "SSH-2.0-x");
}

TEST(StreamHead, ShiftDropsWhatLeavesTheLimit) {
  Head head(8);
  head.add(0, "abcdef");
  EXPECT_TRUE(head.head.shift(head.pool, 4));
  head.add(0, "0123");
  EXPECT_EQ(head.first(), "0123abcd");
  EXPECT_TRUE(head.head.full());
  EXPECT_TRUE(head.head.shift(head.pool, 100));
  head.add(0, "all");
  EXPECT_EQ(head.first(), "all");
}

TEST(StreamHead, ClearForgetsAllAndGivesItsBlocksBack) {
  Head head(64, 128);  // one block in each class, and all of one size
  for (int i = 0; i < 10; ++i) {
    head.add(0, "AAAA").add(0, "BBBB").acknowledge(3);
    ASSERT_TRUE(head.head.has_second()) << "round " << i;
    head.head.clear(head.pool);
    ASSERT_EQ(head.first(), "");
    ASSERT_EQ(head.head.acknowledged(), 0U);
    ASSERT_FALSE(head.head.conflict());
    ASSERT_FALSE(head.head.has_second());
  }
  EXPECT_EQ(head.pool.exhausted(), 0U);
}

// ---- the pool ----

TEST(HeadPool, GivesTheSmallestBlockThatFits) {
  HeadPool pool(4096, kPlenty);
  EXPECT_EQ(pool.take(1).capacity, 256U);
  EXPECT_EQ(pool.take(256).capacity, 256U);
  EXPECT_EQ(pool.take(257).capacity, 1024U);
  EXPECT_EQ(pool.take(1025).capacity, 4096U);
  EXPECT_EQ(pool.exhausted(), 0U);
}

TEST(HeadPool, TakesALargerBlockWhereTheSmallOnesAreGone) {
  HeadPool pool(4096,
                4608);  // each block with its bitmap fills whole cache lines: 14 of 320, 4 of 1152, 1 of 4608 bytes
  std::size_t taken = 0;
  while (pool.take(1).data != nullptr) ++taken;
  EXPECT_EQ(taken, 14U + 4U + 1U);
  EXPECT_EQ(pool.exhausted(), 1U);
}

TEST(HeadPool, ABlockComesBackWithAClearBitmap) {
  HeadPool pool(64, 128);
  for (int i = 0; i < 8; ++i) {
    HeadPool::Block block = pool.take(64);
    ASSERT_NE(block.data, nullptr);
    for (std::uint32_t at = 0; at < block.capacity / 8; ++at) {
      ASSERT_EQ(block.data[block.capacity + at], 0);
    }
    std::fill_n(block.data, block.capacity + block.capacity / 8, std::uint8_t{0xFF});
    pool.give_back(block);
  }
}

TEST(StreamHead, WithoutAnyBlockItIsFullAndShowsNothing) {
  Head head(4096, 0);
  head.add(0, "GET / HTTP/1.1");
  EXPECT_EQ(head.first(), "");
  EXPECT_TRUE(head.head.full());
  EXPECT_GT(head.pool.exhausted(), 0U);
  head.add(0, "junk", Trust::doubtful);
  EXPECT_EQ(head.second(), "");
}

TEST(StreamHead, KeepsWhatItHasWhereItCannotGrow) {
  HeadPool pool(4096, 320);  // one small block, nothing larger
  StreamHead head;
  const std::vector<std::uint8_t> bytes(200, 'x');
  head.add(pool, 0, bytes, Trust::good);
  EXPECT_FALSE(head.full());
  head.add(pool, 200, bytes, Trust::good);
  EXPECT_TRUE(head.full());
  EXPECT_EQ(head.contiguous(), 200U);
}

TEST(StreamHead, WhereAShiftFindsNoBlockNothingStandsInTheWrongPlace) {
  HeadPool pool(64, 128);
  StreamHead head;
  std::vector<HeadPool::Block> others;
  head.add(pool, 0, bytes_of("2.0-x"), Trust::good);
  for (HeadPool::Block block = pool.take(1); block.data != nullptr; block = pool.take(1)) others.push_back(block);
  EXPECT_FALSE(head.shift(pool, 4));
  EXPECT_TRUE(head.full());
  EXPECT_EQ(text_of(head.version(0)), "2.0-x") << "what was there stays where it was";
}

// ---- against the reference ----

struct Step {
  enum class Kind : std::uint8_t { good, doubtful, ambiguous, distrust, acknowledge, shift } kind;
  std::uint32_t offset;
  std::vector<std::uint8_t> bytes;
};
void showValue(const Step& step, std::ostream& out) {  // NOLINT(readability-identifier-naming): rapidcheck's name
  constexpr std::string_view kNames[] = {"good", "doubtful", "ambiguous", "distrust", "acknowledge", "shift"};
  out << kNames[static_cast<std::size_t>(step.kind)] << ' ' << step.offset << ' ' << text_of(step.bytes);
}

rc::Gen<Step> steps_below(std::uint32_t limit, std::uint32_t longest) {
  using Kind = Step::Kind;
  const auto kind = rc::gen::weightedElement<Kind>({{6, Kind::good},
                                                    {2, Kind::doubtful},
                                                    {2, Kind::ambiguous},
                                                    {1, Kind::distrust},
                                                    {2, Kind::acknowledge},
                                                    {1, Kind::shift}});
  return rc::gen::exec([=] {
    Step step{*kind, *rc::gen::inRange(std::uint32_t{0}, limit + 4), {}};
    if (step.kind == Kind::shift) ++step.offset;
    const auto length = *rc::gen::inRange(std::uint32_t{0}, longest);
    step.bytes =
        *rc::gen::container<std::vector<std::uint8_t>>(length, rc::gen::element<std::uint8_t>('a', 'a', 'a', 'b', 'c'));
    return step;
  });
}

void expect_like_the_reference(std::uint32_t limit, const std::vector<Step>& steps) {
  HeadPool pool(limit, kPlenty);
  StreamHead head;
  ReferenceStreamHead reference(limit);
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::acknowledge) {
      head.acknowledge(step.offset);
      reference.acknowledge(step.offset);
    } else if (step.kind == Step::Kind::distrust) {
      head.distrust(pool);
      reference.distrust();
    } else if (step.kind == Step::Kind::shift) {
      RC_ASSERT(head.shift(pool, step.offset));
      reference.shift(std::min(step.offset, limit));
    } else {
      const Trust trust = step.kind == Step::Kind::good       ? Trust::good
                          : step.kind == Step::Kind::doubtful ? Trust::doubtful
                                                              : Trust::ambiguous;
      head.add(pool, step.offset, step.bytes, trust);
      reference.add(step.offset, step.bytes, trust);
    }
    const std::string differs = difference(head, reference);
    if (!differs.empty()) RC_FAIL(differs + " differs");
  }
  head.clear(pool);
}

RC_GTEST_PROP(StreamHeadProperty, ShortSegmentsAreKeptAsTheReferenceKeepsThem, ()) {
  const auto limit = *rc::gen::inRange(std::uint32_t{1}, std::uint32_t{40});
  expect_like_the_reference(limit, *rc::gen::container<std::vector<Step>>(steps_below(limit, 9)));
}

RC_GTEST_PROP(StreamHeadProperty, LongSegmentsAreKeptAsTheReferenceKeepsThemThroughEverySizeOfBlock, ()) {
  const auto limit = *rc::gen::element<std::uint32_t>(200, 256, 1000, 1025, 3000);
  const auto longest = *rc::gen::element<std::uint32_t>(60, 300, 1460);
  std::vector<Step> steps = *rc::gen::container<std::vector<Step>>(steps_below(limit, 4));
  for (Step& step : steps) step.bytes.resize(step.bytes.size() * longest / 4, 'a');
  expect_like_the_reference(limit, steps);
}

// ---- split invariance ----

std::uint8_t byte_at(std::uint32_t place) { return static_cast<std::uint8_t>((place * 167U) ^ (place >> 3U)); }

std::vector<std::uint8_t> stream_of(std::uint32_t first, std::uint32_t count) {
  std::vector<std::uint8_t> bytes;
  for (std::uint32_t i = 0; i < count; ++i) bytes.push_back(byte_at(first + i));
  return bytes;
}

struct Piece {
  std::uint32_t offset;
  std::uint32_t size;
};

void expect_whole_stream(std::uint32_t length, const std::vector<Piece>& pieces) {
  HeadPool pool(4096, kPlenty);
  StreamHead head;
  for (const Piece& piece : pieces) head.add(pool, piece.offset, stream_of(piece.offset, piece.size), Trust::good);
  EXPECT_EQ(text_of(head.version(0)), text_of(stream_of(0, std::min(length, 4096U))));
  EXPECT_FALSE(head.has_second());
  EXPECT_FALSE(head.conflict());
  EXPECT_FALSE(head.has_gap());
  EXPECT_EQ(head.full(), length >= 4096);
}

TEST(StreamHead, OneByteSegmentsInOrderBackwardsAndEveryOtherGiveTheSameBytes) {
  for (const std::uint32_t length : {1U, 255U, 256U, 257U, 1024U, 1025U, 4095U, 4096U, 5000U}) {
    SCOPED_TRACE(length);
    std::vector<Piece> pieces;
    for (std::uint32_t i = 0; i < length; ++i) pieces.push_back({i, 1});
    expect_whole_stream(length, pieces);
    std::reverse(pieces.begin(), pieces.end());
    expect_whole_stream(length, pieces);
    std::stable_partition(pieces.begin(), pieces.end(), [](const Piece& piece) { return piece.offset % 2 == 1; });
    expect_whole_stream(length, pieces);
  }
}

RC_GTEST_PROP(StreamHeadProperty, AnyCutsInAnyOrderWithAnyCopiesGiveTheSameBytes, ()) {
  const auto length = *rc::gen::inRange(std::uint32_t{1}, std::uint32_t{5000});
  std::vector<Piece> pieces;
  for (std::uint32_t at = 0; at < length;) {
    const std::uint32_t size = std::min(length - at, 1 + *rc::gen::inRange(std::uint32_t{0}, std::uint32_t{700}));
    pieces.push_back({at, size});
    at += size;
  }
  const std::size_t parts = pieces.size();
  for (std::size_t i = 0; i < parts; ++i) {  // copies that overlap their neighbours
    const std::uint32_t before = std::min(pieces[i].offset, *rc::gen::inRange(std::uint32_t{0}, std::uint32_t{50}));
    pieces.push_back({pieces[i].offset - before, pieces[i].size + before});
  }
  const auto keys = *rc::gen::container<std::vector<std::uint32_t>>(pieces.size(), rc::gen::arbitrary<std::uint32_t>());
  std::vector<std::size_t> order(pieces.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  std::vector<Piece> shuffled;
  for (const std::size_t which : order) shuffled.push_back(pieces[which]);
  expect_whole_stream(length, shuffled);
  RC_ASSERT(!testing::Test::HasFailure());
}

RC_GTEST_PROP(StreamHeadProperty, APoolThatRunsDryLosesBytesButInventsNone, ()) {
  const auto budget = *rc::gen::element<std::size_t>(0, 320, 700, 1300, 5000);
  HeadPool pool(4096, budget);
  std::vector<StreamHead> heads(4);
  const auto count = *rc::gen::inRange(0, 60);
  for (int i = 0; i < count; ++i) {
    StreamHead& head = heads[*rc::gen::inRange<std::size_t>(0, heads.size())];
    const auto offset = *rc::gen::inRange(std::uint32_t{0}, std::uint32_t{4200});
    const auto size = *rc::gen::inRange(std::uint32_t{0}, std::uint32_t{1500});
    const auto what = *rc::gen::inRange(0, 10);
    if (what == 0) {
      head.clear(pool);
    } else {
      head.add(pool, what < 5 ? head.contiguous() : offset, stream_of(what < 5 ? head.contiguous() : offset, size),
               what == 9 ? Trust::doubtful : Trust::good);
    }
    for (const StreamHead& one : heads) {
      RC_ASSERT(!one.conflict());
      for (const unsigned which : {0U, 1U}) {
        const Bytes bytes = one.version(which);
        RC_ASSERT(text_of(bytes) == text_of(stream_of(0, static_cast<std::uint32_t>(bytes.size()))));
      }
    }
  }
}

}  // namespace stream_head_test
}  // namespace ghostport
