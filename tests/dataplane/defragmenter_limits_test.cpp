// What the defragmenter does with impossible and cut fragments, with time, and where its limits are reached.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/dataplane/fragment_builder.h"

namespace ghostport {
namespace defragmenter_limits_test {

using packets::ByteString;

constexpr std::int64_t kSeconds = 1'000'000'000;

ByteString letters(std::size_t count) {
  ByteString bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>('a' + i % 23);
  return bytes;
}
FragmentSpec like_of(unsigned family) { return family == 4 ? FragmentSpec{} : ipv6_like(); }
FragmentSpec from(std::uint32_t which, FragmentSpec like = {}) {
  like.source.bytes[0] = 11;
  for (unsigned i = 1; i < 4; ++i) like.source.bytes[i] = static_cast<std::uint8_t>(which >> (24 - 8 * i));
  return like;
}
void expect_whole(const std::vector<WholeDatagram>& all, const ByteString& bytes) {
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].bytes, bytes);
  EXPECT_EQ(all[0].packet.anomalies & kConflictingData, 0);
}

// ---- impossible ones ----

TEST(DefragmenterLimits, EmptyFragmentsAreCounted) {
  for (const unsigned family : {4U, 6U}) {
    FragmentFeeder feeder;
    FragmentSpec empty = like_of(family);
    EXPECT_TRUE(feeder.add(empty).empty());
    empty.offset = 8;
    empty.more = false;
    EXPECT_TRUE(feeder.add(empty).empty());
    EXPECT_EQ(feeder.counted(Counter::impossible_fragments), 2U);
    EXPECT_EQ(feeder.defragmenter.datagrams(), 0U);
  }
}

TEST(DefragmenterLimits, AnIpv4FragmentOfLessThanAUnitThatMoreFollowIsImpossible) {
  FragmentFeeder feeder;
  FragmentSpec small;
  small.bytes = letters(7);
  EXPECT_TRUE(feeder.add(small).empty());
  EXPECT_EQ(feeder.counted(Counter::impossible_fragments), 1U);
}

TEST(DefragmenterLimits, AnIpv6FragmentBetweenUnitsThatMoreFollowIsImpossible) {
  FragmentFeeder feeder;
  FragmentSpec between = ipv6_like();
  between.bytes = letters(1233);
  EXPECT_TRUE(feeder.add(between).empty());
  EXPECT_EQ(feeder.counted(Counter::impossible_fragments), 1U);
}

// The header counts in IPv4 (65,535 bytes with it), the extension headers in IPv6.
TEST(DefragmenterLimits, BytesPastTheLongestDatagramAreImpossible) {
  for (const unsigned family : {4U, 6U}) {
    const std::uint32_t longest = family == 4 ? 65'515 : 65'535;
    for (const std::uint32_t beyond : {0U, 1U}) {
      FragmentFeeder feeder;
      FragmentSpec last = like_of(family);
      last.offset = 65'504;
      last.bytes = letters(longest - last.offset + beyond);
      last.more = false;
      EXPECT_TRUE(feeder.add(last).empty());
      EXPECT_EQ(feeder.counted(Counter::impossible_fragments), beyond);
    }
  }
}

TEST(DefragmenterLimits, TheLongestDatagramIsPutTogether) {
  for (const unsigned family : {4U, 6U}) {
    FragmentFeeder feeder;
    const ByteString bytes = letters(family == 4 ? 65'515 : 65'535);
    for (const std::size_t size : {1480U, 65'504U}) {
      expect_whole(feeder.add_all(parts_of(bytes, size, like_of(family))), bytes);
    }
  }
}

TEST(DefragmenterLimits, AHeaderTooLongForTheDatagramIsCounted) {
  FragmentFeeder feeder;
  auto parts = parts_of(letters(65'515), 32'000);
  parts[0].options = ByteString(4, 1);
  EXPECT_TRUE(feeder.add_all(parts).empty());
  EXPECT_EQ(feeder.counted(Counter::impossible_fragments), 1U);
  expect_whole(feeder.add_all(parts_of(letters(100), 40)), letters(100));
}

// ---- cut by the snap length ----

TEST(DefragmenterLimits, ACutFragmentEndsWhatIsCaptured) {
  for (const unsigned family : {4U, 6U}) {
    const std::uint32_t headers = family == 4 ? 34 : 62;
    const ByteString bytes = letters(100);
    for (std::uint32_t cut = 0; cut <= 48; ++cut) {
      FragmentFeeder feeder;
      const auto parts = parts_of(bytes, 48, like_of(family));
      (void)feeder.add(parts[0], headers + cut);
      (void)feeder.add(parts[1]);
      const auto all = feeder.add(parts[2]);
      ASSERT_EQ(all.size(), 1U);
      const std::uint32_t there = cut < 48 ? cut : 100;
      EXPECT_EQ(all[0].bytes, ByteString(bytes.begin(), bytes.begin() + there)) << cut;
      EXPECT_EQ(all[0].declared(), 100U);
      EXPECT_EQ(all[0].packet.length, 3 * (headers) + 100);
    }
  }
}

TEST(DefragmenterLimits, ACutLastFragmentIsCutToo) {
  const ByteString bytes = letters(53);
  for (std::uint32_t cut = 0; cut <= 5; ++cut) {
    FragmentFeeder feeder;
    const auto parts = parts_of(bytes, 48);
    (void)feeder.add(parts[0]);
    const auto all = feeder.add(parts[1], 34 + cut);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].bytes.size(), 48U + cut);
    EXPECT_EQ(all[0].declared(), 53U);
  }
}

TEST(DefragmenterLimits, AWholeCopyFillsWhatTheCaptureCutOff) {
  const ByteString bytes = letters(100);
  const auto parts = parts_of(bytes, 48);
  for (const bool cut_first : {true, false}) {
    FragmentFeeder feeder;
    (void)feeder.add(parts[0], cut_first ? 34 + 21 : 1000);
    (void)feeder.add(parts[0], cut_first ? 1000 : 34 + 21);
    (void)feeder.add(parts[1]);
    expect_whole(feeder.add(parts[2]), bytes);
  }
}

TEST(DefragmenterLimits, BytesOfAnEarlierDatagramDoNotFillACut) {
  FragmentFeeder feeder;
  (void)feeder.add_all(parts_of(ByteString(100, 'J'), 48));
  const auto parts = parts_of(letters(100), 48);
  (void)feeder.add(parts[0], 34 + 20);
  (void)feeder.add(parts[1], 34 + 20);
  const auto all = feeder.add(parts[2], 34 + 2);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].bytes, letters(20));
}

TEST(DefragmenterLimits, WhatACutTookOfAnEarlierDatagramStaysMissing) {
  // An end within a unit, cut and then whole: the rest of the unit, which the datagram before had, is not there again.
  for (std::uint32_t cut = 0; cut < 3; ++cut) {
    FragmentFeeder feeder;
    (void)feeder.add_all(parts_of(ByteString(24, 'J'), 16));
    const FragmentSpec short_end = part_of(ByteString(11, 'b'), 8, 11);
    (void)feeder.add(short_end, 34 + cut);
    (void)feeder.add(short_end);
    const auto all = feeder.add(part_of(ByteString(24, 'e'), 16, 24));
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(all.back().text(), "JJJJJJJJbbb");
    EXPECT_EQ(all.back().declared(), 24U);
  }
}

// ---- time ----

TEST(DefragmenterLimits, ADatagramHasThirtySeconds) {
  for (const std::int64_t late : {0, 1}) {
    FragmentFeeder feeder;
    const auto parts = parts_of(letters(40), 24);
    (void)feeder.add(parts[0]);
    feeder.now += 30 * kSeconds + late;
    EXPECT_EQ(feeder.add(parts[1]).size(), late == 0 ? 1U : 0U);
    feeder.defragmenter.end(feeder.counters);
    EXPECT_EQ(feeder.counted(Counter::unfinished_fragments), late == 0 ? 0U : 2U);
  }
}

TEST(DefragmenterLimits, WhatTimesOutIsCountedOnceAndItsMemoryIsFree) {
  FragmentFeeder feeder;
  for (std::uint32_t which = 0; which < 10; ++which) (void)feeder.add(parts_of(letters(40), 24, from(which))[0]);
  EXPECT_EQ(feeder.defragmenter.datagrams(), 10U);
  feeder.now += 31 * kSeconds;
  (void)feeder.add(parts_of(letters(40), 24, from(99))[0]);
  EXPECT_EQ(feeder.counted(Counter::unfinished_fragments), 10U);
  EXPECT_EQ(feeder.defragmenter.datagrams(), 1U);
  feeder.defragmenter.end(feeder.counters);
  EXPECT_EQ(feeder.counted(Counter::unfinished_fragments), 11U);
  EXPECT_EQ(feeder.defragmenter.datagrams(), 0U);
  EXPECT_EQ(feeder.defragmenter.bytes(), 0U);
}

TEST(DefragmenterLimits, ADatagramKeptOpenDoesNotOutliveItsTime) {
  FragmentFeeder feeder;
  const auto junk = parts_of(ByteString(100, 'J'), 24);
  (void)feeder.add(junk[0]);
  for (int i = 0; i < 3; ++i) {
    feeder.now += 11 * kSeconds;
    (void)feeder.add(junk[3]);
  }
  EXPECT_EQ(feeder.counted(Counter::unfinished_fragments), 2U);
  const auto parts = parts_of(letters(40), 24);
  std::vector<WholeDatagram> all = feeder.add(parts[0]);
  const FragmentSpec decoy = part_of(ByteString(40, 'D'), 0, 24);
  (void)feeder.add(decoy);
  all = feeder.add(parts[1]);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].bytes, letters(40));  // the first bytes of its own time, not those of the junk
}

TEST(DefragmenterLimits, BeginForgetsAndCountsNothing) {
  FragmentFeeder feeder;
  const auto parts = parts_of(letters(40), 24);
  (void)feeder.add(parts[0]);
  feeder.defragmenter.begin();
  EXPECT_EQ(feeder.defragmenter.datagrams(), 0U);
  EXPECT_TRUE(feeder.add(parts[1]).empty());
  EXPECT_EQ(feeder.counted(Counter::unfinished_fragments), 0U);
}

// ---- limits ----

TEST(DefragmenterLimits, AFloodOfFirstFragmentsIsBoundedAndEndsNothingElse) {
  FragmentFeeder feeder;
  const DefragmenterLimits limits;
  const auto parts = parts_of(letters(40), 24);
  FragmentSpec first = from(0, parts[0]);
  first.checksum = 0;  // none to compute anew for each address
  FragmentFrame frame = frame_of(first);
  Packet packet;
  packet.data = frame.bytes.data();
  packet.captured = packet.end = packet.length = frame.wire_end;
  packet.family = 4;
  packet.ip_offset = 14;
  constexpr std::uint32_t kFlood = 1'000'000;
  for (std::uint32_t which = 0; which < kFlood; ++which) {
    for (unsigned i = 0; i < 3; ++i) frame.bytes[14 + 13 + i] = static_cast<std::uint8_t>(which >> (16 - 8 * i));
    packet.at = {feeder.now, feeder.now, ++feeder.number};
    Packet ready[Defragmenter::kMostReady];
    ASSERT_EQ(feeder.defragmenter.add(packet, 0, frame.wire_end, ready, feeder.counters), 0U);
    if (which % 100'000 == 0) {
      ASSERT_LE(feeder.defragmenter.datagrams(), limits.datagrams);
      ASSERT_LE(feeder.defragmenter.bytes(), limits.bytes);
      expect_whole(feeder.add_all(parts), letters(40));  // in the midst of it
    }
  }
  expect_whole(feeder.add_all(parts), letters(40));
  feeder.defragmenter.end(feeder.counters);
  EXPECT_EQ(feeder.counted(Counter::fragments_beyond_limits) + feeder.counted(Counter::unfinished_fragments), kFlood);
  EXPECT_GE(feeder.counted(Counter::fragments_beyond_limits), kFlood - limits.datagrams);
}

TEST(DefragmenterLimits, TheOldestGoesFirst) {
  DefragmenterLimits limits;
  limits.datagrams = 3;
  FragmentFeeder feeder(limits);
  for (std::uint32_t which = 0; which < 4; ++which) (void)feeder.add(parts_of(letters(40), 24, from(which))[0]);
  EXPECT_EQ(feeder.counted(Counter::fragments_beyond_limits), 1U);
  for (std::uint32_t which = 3; which > 0; --which)
    expect_whole(feeder.add(parts_of(letters(40), 24, from(which))[1]), letters(40));
  EXPECT_TRUE(feeder.add(parts_of(letters(40), 24, from(0))[1]).empty());
}

TEST(DefragmenterLimits, WholeDatagramsMakeRoomBeforeOpenOnes) {
  DefragmenterLimits limits;
  limits.datagrams = 3;
  FragmentFeeder feeder(limits);
  (void)feeder.add(parts_of(letters(40), 24, from(0))[0]);
  for (std::uint32_t which = 1; which < 20; ++which)
    expect_whole(feeder.add_all(parts_of(letters(40), 24, from(which))), letters(40));
  expect_whole(feeder.add(parts_of(letters(40), 24, from(0))[1]), letters(40));
  EXPECT_EQ(feeder.counted(Counter::fragments_beyond_limits), 0U);
}

TEST(DefragmenterLimits, BytesAreBoundedToo) {
  DefragmenterLimits limits;
  limits.bytes = 40 * sizeof(FragmentBlock);
  FragmentFeeder feeder(limits);
  const ByteString large = letters(60'000);
  (void)feeder.add(part_of(large, 0, 59'992, from(0)));
  EXPECT_LE(feeder.defragmenter.bytes(), limits.bytes);
  (void)feeder.add(part_of(large, 0, 59'992, from(1)));  // no room for both
  EXPECT_LE(feeder.defragmenter.bytes(), limits.bytes);
  EXPECT_EQ(feeder.counted(Counter::fragments_beyond_limits), 1U);
  expect_whole(feeder.add(part_of(large, 59'992, 60'000, from(1))), large);
}

TEST(DefragmenterLimits, AFragmentLargerThanTheLimitIsCounted) {
  DefragmenterLimits limits;
  limits.bytes = 4 * sizeof(FragmentBlock);
  FragmentFeeder feeder(limits);
  EXPECT_TRUE(feeder.add(part_of(letters(60'000), 0, 59'992)).empty());
  EXPECT_EQ(feeder.counted(Counter::fragments_beyond_limits), 1U);
  EXPECT_EQ(feeder.defragmenter.bytes(), 0U);
  expect_whole(feeder.add_all(parts_of(letters(3000), 1480, from(1))), letters(3000));
}

TEST(DefragmenterLimits, AVersionWithoutRoomIsCountedAndTheLastBytesCount) {
  DefragmenterLimits limits;
  limits.bytes = sizeof(FragmentBlock);
  FragmentFeeder feeder(limits);
  const auto parts = parts_of(letters(40), 24);
  (void)feeder.add(part_of(ByteString(40, 'J'), 0, 24));
  const auto all = feeder.add_all(parts);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].bytes, letters(40));
  EXPECT_NE(all[0].packet.anomalies & kConflictingData, 0);
  EXPECT_EQ(feeder.counted(Counter::fragment_versions_beyond_limits), 1U);
}

TEST(DefragmenterLimits, ATableOfOneWorks) {
  DefragmenterLimits limits;
  limits.datagrams = 1;
  FragmentFeeder feeder(limits);
  for (std::uint32_t which = 0; which < 100; ++which)
    expect_whole(feeder.add_all(parts_of(letters(40), 24, from(which))), letters(40));
  EXPECT_EQ(feeder.defragmenter.datagrams(), 1U);
}

TEST(DefragmenterLimits, SixteenThousandDatagramsThatDifferLittleStayApart) {
  // Sums and exclusive ors of the addresses are alike, the identification is one: the bucket of a simple hash.
  for (const unsigned family : {4U, 6U}) {
    FragmentFeeder feeder;
    constexpr std::uint32_t kMany = 16'384;
    const auto spec = [&](std::uint32_t which) {
      FragmentSpec like = like_of(family);
      like.source.bytes[1] = static_cast<std::uint8_t>(which >> 8U);
      like.source.bytes[2] = static_cast<std::uint8_t>(which);
      like.destination.bytes[1] = static_cast<std::uint8_t>(~(which >> 8U));
      like.destination.bytes[2] = static_cast<std::uint8_t>(~which);
      return like;
    };
    ByteString bytes = letters(40);
    for (std::uint32_t which = 0; which < kMany; ++which) {
      bytes[0] = static_cast<std::uint8_t>(which);
      (void)feeder.add(part_of(bytes, 0, 24, spec(which)));
    }
    EXPECT_EQ(feeder.defragmenter.datagrams() + feeder.counted(Counter::fragments_beyond_limits), kMany);
    std::uint32_t whole = 0;
    for (std::uint32_t which = kMany; which-- > 0;) {
      bytes[0] = static_cast<std::uint8_t>(which);
      const auto all = feeder.add(part_of(bytes, 24, 40, spec(which)));
      if (all.empty()) continue;
      ++whole;
      ASSERT_EQ(all[0].bytes, bytes);
    }
    EXPECT_EQ(whole + feeder.counted(Counter::fragments_beyond_limits), kMany);
  }
}

TEST(DefragmenterLimits, ReadyDatagramsStayUntilTheyAreReleased) {
  DefragmenterLimits limits;
  limits.ready_bytes = 10'000;
  FragmentFeeder feeder(limits);
  feeder.releasing = false;
  std::size_t fitting = 0;
  while (!feeder.add_all(parts_of(letters(1000), 800, from(static_cast<std::uint32_t>(fitting)))).empty()) ++fitting;
  EXPECT_EQ(fitting, 9U);
  EXPECT_EQ(feeder.counted(Counter::reassembly_without_room), 1U);
  // Round and round: the room of what is released is used again, and nothing else.
  for (std::uint32_t which = 100; which < 150; ++which) {
    feeder.defragmenter.release(feeder.number - 10);
    expect_whole(feeder.add_all(parts_of(letters(1000), 800, from(which))), letters(1000));
  }
  EXPECT_EQ(feeder.counted(Counter::reassembly_without_room), 1U);
}

TEST(DefragmenterLimits, WhatIsReadyIsNotOverwrittenBeforeItsRelease) {
  DefragmenterLimits limits;
  limits.ready_bytes = 5000;
  Defragmenter defragmenter(limits);
  Counters counters;
  std::uint64_t number = 0;
  std::vector<std::pair<Packet, std::uint8_t>> held;
  for (std::uint32_t which = 0; which < 200; ++which) {
    const auto fill = static_cast<std::uint8_t>(which);
    for (const FragmentSpec& part : parts_of(ByteString(300 + which, fill), 200, from(which))) {
      const FragmentFrame frame = frame_of(part);
      Packet packet;
      packet.data = frame.bytes.data();
      packet.captured = packet.end = packet.length = static_cast<std::uint32_t>(frame.bytes.size());
      packet.at.number = ++number;
      packet.family = 4;
      packet.ip_offset = 14;
      Packet ready[Defragmenter::kMostReady];
      if (defragmenter.add(packet, 0, frame.wire_end, ready, counters) == 1) held.emplace_back(ready[0], fill);
    }
    for (const auto& [packet, value] : held) {
      const auto size = static_cast<std::ptrdiff_t>(packet.captured) - 34;
      ASSERT_EQ(std::count(packet.data + 34, packet.data + packet.captured, value), size);
    }
    if (held.size() > 5) {
      defragmenter.release(held[1].first.at.number);
      held.erase(held.begin(), held.begin() + 2);
    }
  }
  EXPECT_EQ(counters.at(Counter::reassembled), 200U);
}

TEST(DefragmenterLimits, RewritingAWholeDatagramUnitByUnitIsBoundedAndCounted) {
  FragmentFeeder feeder;
  const ByteString bytes = letters(65'000);
  (void)feeder.add_all(parts_of(bytes, 8000));
  std::uint64_t shown = 0;
  ByteString other(65'000, 'x');
  constexpr std::size_t kRewritten = 4000;
  for (std::size_t i = 0; i < kRewritten; ++i) {
    for (const WholeDatagram& one : feeder.add(part_of(other, i * 8, i * 8 + 8))) shown += one.bytes.size();
  }
  EXPECT_LE(shown, (256U << 10U) + kRewritten * (4096 + 16));
  EXPECT_GE(shown, 256U << 9U);
  EXPECT_GT(feeder.counted(Counter::fragment_versions_beyond_limits), kRewritten / 2);
  // A datagram that is whole by itself always comes out.
  const auto all = feeder.add_all(parts_of(bytes, 8000));
  EXPECT_EQ(all.back().bytes, bytes);
}

TEST(DefragmenterLimits, TheSameFragmentsGiveTheSameWhateverTheSeed) {
  std::vector<FragmentSpec> specs;
  const ByteString random = packets::random_bytes(8000, 5);
  for (std::size_t i = 0; i + 4 <= random.size(); i += 4) {
    FragmentSpec spec = from(random[i] % 40U);
    spec.offset = random[i + 1] % 6U * 8U;
    spec.bytes.assign(random[i + 2] % 3U * 8U + 8U, random[i + 3]);
    spec.more = random[i + 3] % 4 != 0;
    specs.push_back(spec);
  }
  const auto run = [&] {
    DefragmenterLimits limits;
    limits.datagrams = 16;
    FragmentFeeder feeder(limits);
    ByteString out;
    for (const WholeDatagram& one : feeder.add_all(specs)) {
      out.insert(out.end(), one.bytes.begin(), one.bytes.end());
      out.push_back(static_cast<std::uint8_t>(one.packet.anomalies));
    }
    feeder.defragmenter.end(feeder.counters);
    return std::pair(out, feeder.counters.values);
  };
  const auto first = run();
  EXPECT_FALSE(first.first.empty());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(run(), first);  // each with a seed of its own
}

}  // namespace defragmenter_limits_test
}  // namespace ghostport
