// What comes out of fragments: exact datagrams in any order, both versions of contradicting ones, and never an old
// datagram in place of a new one.
#include "dataplane/defragmenter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "dataplane/layers.h"
#include "dataplane/packet_parser.h"
#include "tests/dataplane/fragment_builder.h"

namespace ghostport {
namespace {

using packets::ByteString;

ByteString letters(std::size_t count) {
  ByteString bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>('a' + i % 23);
  return bytes;
}
FragmentSpec piece(std::uint32_t offset, std::size_t size, char letter, bool more, FragmentSpec like = {}) {
  like.offset = offset;
  like.bytes.assign(size, static_cast<std::uint8_t>(letter));
  like.more = more;
  return like;
}
std::vector<std::string> texts(const std::vector<WholeDatagram>& all) {
  std::vector<std::string> out;
  for (const WholeDatagram& one : all) out.push_back(one.text());
  return out;
}
std::string repeated(std::size_t count, char letter) { return std::string(count, letter); }
bool holds(const std::vector<WholeDatagram>& all, const ByteString& bytes) {
  return std::any_of(all.begin(), all.end(), [&](const WholeDatagram& one) { return one.bytes == bytes; });
}

class BothFamilies : public testing::TestWithParam<unsigned> {
 protected:
  [[nodiscard]] FragmentSpec like() const {
    FragmentSpec spec = GetParam() == 4 ? FragmentSpec{} : ipv6_like();
    return spec;
  }
  FragmentFeeder feeder;
};
INSTANTIATE_TEST_SUITE_P(Defragmenter, BothFamilies, testing::Values(4U, 6U));

/// One datagram, exactly these bytes, nothing odd but what small IPv6 fragments are.
void expect_plain(const std::vector<WholeDatagram>& all, const ByteString& bytes) {
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].bytes, bytes);
  EXPECT_EQ(all[0].declared(), bytes.size());
  EXPECT_FALSE(all[0].conflict());
}

TEST_P(BothFamilies, FragmentsInOrderBecomeTheDatagram) {
  for (const std::size_t size : {8U, 24U, 1480U, 4096U}) {
    for (const std::size_t total : {16U, 17U, 23U, 100U, 2048U, 2049U, 5000U, 65'487U}) {
      if (total <= size) continue;
      const ByteString bytes = letters(total);
      expect_plain(feeder.add_all(parts_of(bytes, size, like())), bytes);
      feeder.defragmenter.begin();
    }
  }
}

TEST_P(BothFamilies, TheOrderOfArrivalDoesNotMatter) {
  const ByteString bytes = letters(8 * 60 + 3);
  std::vector<FragmentSpec> parts = parts_of(bytes, 8, like());
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const ByteString random = packets::random_bytes(parts.size(), seed);
    std::vector<std::size_t> order(parts.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return std::pair(random[a], a) < std::pair(random[b], b); });
    std::vector<FragmentSpec> shuffled;
    for (const std::size_t index : order) shuffled.push_back(parts[index]);
    expect_plain(feeder.add_all(shuffled), bytes);
    feeder.defragmenter.begin();
  }
  std::reverse(parts.begin(), parts.end());
  expect_plain(feeder.add_all(parts), bytes);
}

TEST_P(BothFamilies, AnExactDuplicateIsNormal) {
  const ByteString bytes = letters(1300 * 8 * 2 + 5);
  std::vector<FragmentSpec> twice;
  for (const FragmentSpec& part : parts_of(bytes, std::size_t{1300} * 8, like())) twice.insert(twice.end(), 2, part);
  const auto all = feeder.add_all(twice);
  expect_plain(all, bytes);
  EXPECT_FALSE(all[0].odd());
  EXPECT_EQ(all[0].packet.frames, 5);  // the copy behind the last one comes too late
}

TEST_P(BothFamilies, OverlapsWithEqualBytesAreOdd) {
  const ByteString bytes = letters(32);
  const FragmentSpec big = [&] {
    FragmentSpec spec = like();
    return spec;
  }();
  for (const auto& order : {std::vector<std::pair<std::size_t, std::size_t>>{{0, 16}, {8, 24}, {24, 32}},
                            {{0, 8}, {8, 16}, {0, 16}, {16, 32}},
                            {{0, 16}, {0, 8}, {16, 32}},
                            {{0, 24}, {8, 16}, {24, 32}}}) {
    std::vector<FragmentSpec> parts;
    for (const auto& [from, to] : order) parts.push_back(part_of(bytes, from, to, big));
    const auto all = feeder.add_all(parts);
    expect_plain(all, bytes);
    EXPECT_TRUE(all[0].odd());
    feeder.defragmenter.begin();
  }
}

TEST_P(BothFamilies, TheDatagramTellsWhatItIsMadeOf) {
  const ByteString bytes = letters(20);
  FragmentSpec spec = like();
  spec.before = letters(38);
  (void)feeder.add(part_of(bytes, 8, 20, spec));
  feeder.now += 5;
  spec.before = ByteString(18, 0xAB);  // where the last one to come was found
  const auto all = feeder.add(part_of(bytes, 0, 8, spec));
  expect_plain(all, bytes);
  const std::uint32_t header = GetParam() == 4 ? 20 : 48;
  EXPECT_EQ(all[0].packet.length, header + 12 + 38 + header + 8 + 18);
  EXPECT_EQ(all[0].packet.frames, 2);
  EXPECT_EQ(all[0].packet.at.number, 2U);
  EXPECT_EQ(all[0].packet.at.stamp, feeder.now);
  EXPECT_EQ(all[0].before, spec.before);
  EXPECT_EQ(all[0].packet.ip_offset, 18);
  EXPECT_EQ(feeder.counted(Counter::fragments), 2U);
  EXPECT_EQ(feeder.counted(Counter::reassembled), 1U);
}

TEST_P(BothFamilies, TheParserReadsWhatComesOut) {
  const ByteString bytes = udp_bytes(letters(3000), like());
  FragmentSpec spec = like();
  spec.protocol = 17;
  spec.before =
      packets::from_hex(GetParam() == 4 ? "020000000002 020000000001 0800" : "020000000002 020000000001 86dd");
  Packet ready[Defragmenter::kMostReady];
  std::size_t count = 0;
  std::vector<FragmentFrame> frames;
  for (const FragmentSpec& part : parts_of(bytes, 1440, spec)) frames.push_back(frame_of(part));
  for (const FragmentFrame& frame : frames) {
    Packet packet;
    packet.data = frame.bytes.data();
    packet.captured = packet.end = packet.length = static_cast<std::uint32_t>(frame.bytes.size());
    packet.family = static_cast<std::uint8_t>(GetParam());
    packet.ip_offset = 14;
    count = feeder.defragmenter.add(packet, frame.fragment_header, frame.wire_end, ready, feeder.counters);
  }
  ASSERT_EQ(count, 1U);
  Counters counters;
  ASSERT_EQ(resume_network(ready[0], counters), Reach::network);
  parse_packet(ready[0], counters);
  EXPECT_EQ(ready[0].kind, PacketKind::udp);
  EXPECT_EQ(ready[0].payload_length, 3000U);
  EXPECT_EQ(ready[0].payload_captured, 3000U);
  EXPECT_TRUE(checksums_good(ready[0]));
}

TEST_P(BothFamilies, AnExactRangeWithOtherBytesGivesBothVersions) {
  const auto all =
      feeder.add_all({piece(0, 8, 'A', true, like()), piece(0, 8, 'B', true, like()), piece(8, 5, 'C', false, like())});
  EXPECT_EQ(texts(all), (std::vector<std::string>{"AAAAAAAACCCCC", "BBBBBBBBCCCCC"}));
  EXPECT_TRUE(all[0].conflict() && all[1].conflict());
  EXPECT_EQ(feeder.counted(Counter::reassembled), 1U);
}

// Vern Paxson's and Umesh Shankar's sequence ("Active Mapping", 2003), as Judy Novak wrote it down ("Target-Based
// Fragmentation Reassembly", 2005): one letter a fragment, what each policy makes of it is known.
TEST_P(BothFamilies, TheSequenceOfSeventeenFragments) {
  struct Step {
    std::uint32_t unit;
    std::size_t units;
    char letter;
  };
  const Step steps[] = {{0, 3, 'A'},  {4, 2, 'B'},  {6, 3, 'C'},  {10, 1, 'D'}, {13, 2, 'E'}, {15, 3, 'F'},
                        {18, 2, 'G'}, {20, 2, 'H'}, {22, 1, 'I'}, {1, 4, 'J'},  {6, 3, 'K'},  {9, 3, 'L'},
                        {12, 3, 'M'}, {16, 1, 'N'}, {19, 1, 'O'}, {20, 1, 'P'}, {22, 2, 'Q'}};
  std::vector<FragmentSpec> parts;
  for (const Step& step : steps)
    parts.push_back(piece(step.unit * 8, step.units * 8, step.letter, step.letter != 'Q', like()));
  const auto all = feeder.add_all(parts);
  std::vector<std::string> expected;
  for (const std::string_view units : {"AAAJBBCCCLDLMEEFFFGGHHIQ", "AJJJJBKKKLLLMMMFNFGOPHQQ"}) {
    expected.emplace_back();
    for (const char unit : units) expected.back() += repeated(8, unit);
  }
  EXPECT_EQ(texts(all), expected);
  EXPECT_TRUE(all[0].conflict() && all[1].conflict());
}

TEST_P(BothFamilies, BothLengthsOfADatagramAreTried) {
  // The first end is a decoy: what follows it was never seen by who reads to the second.
  auto all = feeder.add_all(
      {piece(0, 8, 'A', true, like()), piece(16, 8, 'X', false, like()), piece(8, 8, 'B', true, like())});
  EXPECT_EQ(texts(all), (std::vector<std::string>{repeated(8, 'A') + repeated(8, 'B') + repeated(8, 'X')}));
  all = feeder.add_all({piece(16, 16, 'C', false, like())});
  EXPECT_EQ(texts(all), (std::vector<std::string>{repeated(8, 'A') + repeated(8, 'B') + repeated(16, 'C')}));
  EXPECT_TRUE(all[0].conflict());

  feeder.defragmenter.begin();
  all = feeder.add_all(
      {piece(16, 8, 'X', false, like()), piece(8, 4, 'B', false, like()), piece(0, 8, 'A', true, like())});
  EXPECT_EQ(texts(all), (std::vector<std::string>{repeated(8, 'A') + "BBBB"}));
  EXPECT_TRUE(all[0].conflict());
}

TEST_P(BothFamilies, AnEndThatALaterFragmentContradictsIsGivenUp) {
  auto all = feeder.add_all({piece(8, 8, 'J', false, like()), piece(0, 8, 'A', true, like())});
  EXPECT_EQ(texts(all), (std::vector<std::string>{repeated(8, 'A') + repeated(8, 'J')}));
  all = feeder.add_all({piece(8, 8, 'B', true, like()), piece(16, 3, 'C', false, like())});
  EXPECT_EQ(texts(all), (std::vector<std::string>{repeated(8, 'A') + repeated(8, 'B') + "CCC"}));
  EXPECT_TRUE(all[0].conflict());
}

TEST_P(BothFamilies, ADecoyFarBehindTheEndChangesNothing) {
  const auto all = feeder.add_all(
      {piece(800, 8, 'X', true, like()), piece(0, 8, 'A', true, like()), piece(8, 8, 'B', false, like())});
  EXPECT_EQ(texts(all), (std::vector<std::string>{repeated(8, 'A') + repeated(8, 'B')}));
  EXPECT_TRUE(all[0].conflict());
}

TEST_P(BothFamilies, AThirdVersionIsCounted) {
  const auto all = feeder.add_all({piece(0, 8, 'A', true, like()), piece(0, 8, 'B', true, like()),
                                   piece(0, 8, 'C', true, like()), piece(8, 8, 'D', false, like())});
  EXPECT_EQ(texts(all),
            (std::vector<std::string>{repeated(8, 'A') + repeated(8, 'D'), repeated(8, 'C') + repeated(8, 'D')}));
  EXPECT_EQ(feeder.counted(Counter::fragment_versions_beyond_limits), 1U);
}

// ---- the same identification again ----

class Again : public BothFamilies {
 protected:
  FragmentSpec udp() const {
    FragmentSpec spec = like();
    spec.protocol = 17;
    return spec;
  }
  ByteString junk = udp_bytes(ByteString(92, 'J'), like());
  ByteString real =
      udp_bytes("GET / HTTP/1.1\r\nHost: hidden.example\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n", like());
};
INSTANTIATE_TEST_SUITE_P(Defragmenter, Again, testing::Values(4U, 6U));

TEST_P(Again, TheNextDatagramIsIndependent) {
  expect_plain(feeder.add_all(parts_of(junk, 40, udp())), junk);
  expect_plain(feeder.add_all(parts_of(real, 40, udp())), real);
  expect_plain(feeder.add_all(parts_of(junk, 16, udp())), junk);
  EXPECT_EQ(feeder.counted(Counter::reassembled), 3U);
  EXPECT_EQ(feeder.counted(Counter::unfinished_fragments), 0U);
}

TEST_P(Again, AnEqualDatagramCountsAgain) {
  expect_plain(feeder.add_all(parts_of(real, 40, udp())), real);
  expect_plain(feeder.add_all(parts_of(real, 40, udp())), real);
}

TEST_P(Again, StrayCopiesDoNotBeginAStaleDatagram) {
  for (const std::size_t stray : {0U, 1U, 2U}) {
    expect_plain(feeder.add_all(parts_of(junk, 40, udp())), junk);
    EXPECT_TRUE(feeder.add(parts_of(junk, 40, udp())[stray]).empty());
    expect_plain(feeder.add_all(parts_of(real, 40, udp())), real);
    EXPECT_TRUE(feeder.add(parts_of(real, 40, udp())[stray]).empty());
  }
  feeder.defragmenter.end(feeder.counters);
  EXPECT_EQ(feeder.counted(Counter::unfinished_fragments), 0U);
}

TEST_P(Again, AnUnfinishedDatagramDoesNotHideTheNext) {
  // Whatever part of the junk was left open, and in whatever order the real fragments come.
  const auto left = parts_of(junk, 24, udp());
  const auto parts = parts_of(real, 24, udp());
  ASSERT_EQ(left.size(), 5U);
  ASSERT_EQ(parts.size(), 4U);
  for (unsigned open = 1; open < 31; ++open) {
    std::vector<std::size_t> order{0, 1, 2, 3};
    do {
      feeder.defragmenter.begin();
      for (std::size_t i = 0; i < left.size(); ++i) {
        if ((open >> i & 1U) != 0) (void)feeder.add(left[i]);
      }
      std::vector<WholeDatagram> all;
      for (const std::size_t index : order) {
        for (WholeDatagram& one : feeder.add(parts[index])) all.push_back(std::move(one));
      }
      EXPECT_TRUE(holds(all, real)) << "open " << open << ", order " << testing::PrintToString(order);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_P(Again, AnUnfinishedDatagramWithoutChecksumDoesNotHideTheNext) {
  const auto left = parts_of(letters(40), 8, like());
  const ByteString wanted(36, 'W');
  const auto parts = parts_of(wanted, 8, like());
  for (unsigned open = 1; open < 31; ++open) {
    std::vector<std::size_t> order{0, 1, 2, 3, 4};
    do {
      feeder.defragmenter.begin();
      for (std::size_t i = 0; i < left.size(); ++i) {
        if ((open >> i & 1U) != 0) (void)feeder.add(left[i]);
      }
      std::vector<WholeDatagram> all;
      for (const std::size_t index : order) {
        for (WholeDatagram& one : feeder.add(parts[index])) all.push_back(std::move(one));
      }
      EXPECT_TRUE(holds(all, wanted)) << "open " << open << ", order " << testing::PrintToString(order);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_P(Again, ALateTrueFragmentGivesTheSecondVersion) {
  // The decoy that completed the datagram never reached the receiver.
  const auto parts = parts_of(real, 40, udp());
  FragmentSpec decoy = parts[1];
  std::fill(decoy.bytes.begin(), decoy.bytes.end(), static_cast<std::uint8_t>('A'));
  auto all = feeder.add_all({parts[0], parts[2], decoy});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_FALSE(all[0].conflict());
  all = feeder.add(parts[1]);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].bytes, real);
  EXPECT_TRUE(all[0].conflict());
}

TEST_P(Again, ALateDecoyThatTheChecksumRefutesIsLeftOut) {
  (void)feeder.add_all(parts_of(real, 40, udp()));
  FragmentSpec decoy = parts_of(real, 40, udp())[1];
  std::fill(decoy.bytes.begin(), decoy.bytes.end(), static_cast<std::uint8_t>('A'));
  EXPECT_TRUE(feeder.add(decoy).empty());
  feeder.defragmenter.end(feeder.counters);
  EXPECT_EQ(feeder.counted(Counter::unfinished_fragments), 1U);
}

TEST_P(Again, DecoysWithinTheNextDatagramDoNotHideIt) {
  // Before or behind the true fragment, of which one may equal a fragment of the datagram before.
  const ByteString earlier =
      udp_bytes("GET / HTTP/1.1\r\nHost: hidden.example\r\nUser-Agent: none of that, sorry....\r\n\r\n", like());
  ASSERT_EQ(earlier.size(), real.size());
  const auto parts = parts_of(real, 24, udp());
  for (std::size_t at = 0; at < parts.size(); ++at) {
    for (const bool decoy_first : {true, false}) {
      feeder.defragmenter.begin();
      expect_plain(feeder.add_all(parts_of(earlier, 24, udp())), earlier);
      std::vector<WholeDatagram> all;
      FragmentSpec decoy = parts[at];
      for (std::size_t i = 4; i < decoy.bytes.size(); ++i) decoy.bytes[i] = 'x';
      for (std::size_t i = 0; i < parts.size(); ++i) {
        std::vector<FragmentSpec> step{parts[i]};
        if (i == at) step.insert(decoy_first ? step.begin() : step.end(), decoy);
        for (WholeDatagram& one : feeder.add_all(step)) all.push_back(std::move(one));
      }
      EXPECT_TRUE(holds(all, real)) << at << decoy_first;
    }
  }
}

TEST_P(Again, ATimeoutBetweenTwoFragmentsOfTheNextDoesNotHideIt) {
  const auto parts = parts_of(real, 40, udp());
  (void)feeder.add(parts_of(junk, 40, udp())[1]);
  feeder.now += 29'900'000'000;
  (void)feeder.add(parts[0]);
  feeder.now += 200'000'000;  // the junk is over 30 s old, the first fragment is not
  const auto all = feeder.add_all({parts[1], parts[2]});
  EXPECT_TRUE(holds(all, real));
}

TEST_P(Again, ADatagramWithAWrongChecksumStillComesOut) {
  ByteString wrong = real;
  wrong[20] ^= 1U;
  expect_plain(feeder.add_all(parts_of(wrong, 40, udp())), wrong);
  for (const std::size_t at : {5U, 60U, 82U}) wrong[at] ^= 1U;  // nothing equal: this is no stray copy
  expect_plain(feeder.add_all(parts_of(wrong, 40, udp())), wrong);
}

// ---- what is odd ----

TEST(Defragmenter, DontFragmentOnFragmentsIsOdd) {
  FragmentFeeder feeder;
  FragmentSpec like;
  like.dont_fragment = true;
  const auto all = feeder.add_all(parts_of(letters(40), 24, like));
  expect_plain(all, letters(40));
  EXPECT_TRUE(all[0].odd());
}

TEST(Defragmenter, FragmentsUnlikeEachOtherAreOdd) {
  const std::vector<std::pair<const char*, void (*)(FragmentSpec&)>> changes = {
      {"TTL", [](FragmentSpec& spec) { spec.life = 1; }},
      {"DSCP", [](FragmentSpec& spec) { spec.service = 0xB8; }},
      {"copied option", [](FragmentSpec& spec) { spec.options = packets::from_hex("94040000"); }}};
  for (const auto& [name, change] : changes) {
    FragmentFeeder feeder;
    auto parts = parts_of(letters(40), 24);
    change(parts[1]);
    const auto all = feeder.add_all(parts);
    expect_plain(all, letters(40));
    EXPECT_TRUE(all[0].odd()) << name;
    EXPECT_EQ(all[0].header.size(), 20U) << name;
  }
}

TEST(Defragmenter, OptionsThatAreNotCopiedAndCongestionMarksAreNotOdd) {
  FragmentFeeder feeder;
  auto parts = parts_of(letters(40), 24);
  parts[0].options = packets::from_hex("07070400000000 00");  // record route
  parts[1].service = 3;                                       // congestion experienced
  const auto all = feeder.add_all(parts);
  expect_plain(all, letters(40));
  EXPECT_FALSE(all[0].odd());
  EXPECT_EQ(all[0].header.size(), 28U);
}

TEST(Defragmenter, AnIpv4FragmentBetweenUnitsIsCutToUnitsAndOdd) {
  FragmentFeeder feeder;
  const auto all = feeder.add_all({piece(0, 13, 'A', true), piece(8, 8, 'B', true), piece(16, 3, 'C', false)});
  EXPECT_EQ(texts(all), (std::vector<std::string>{"AAAAAAAABBBBBBBBCCC"}));
  EXPECT_TRUE(all[0].odd());
  EXPECT_FALSE(all[0].conflict());
}

TEST(Defragmenter, SmallIpv6FragmentsAreOddUnlessLast) {
  FragmentFeeder feeder;
  auto all = feeder.add_all(parts_of(letters(1240), 1232, ipv6_like()));  // 40 + 8 + 1232: just large enough
  EXPECT_FALSE(all.at(0).odd());
  all = feeder.add_all(parts_of(letters(1240), 1224, ipv6_like()));
  EXPECT_TRUE(all.at(0).odd());
}

TEST(Defragmenter, AnIpv6HeaderChainThatCrossesIntoTheNextFragmentIsOdd) {
  FragmentSpec like = ipv6_like();
  like.protocol = 60;
  const ByteString options =
      packets::from_hex("3c0001040000 0000");  // the next one is a destination options header too
  ByteString long_chain;
  for (unsigned i = 0; i < 160; ++i) long_chain.insert(long_chain.end(), options.begin(), options.end());
  long_chain[long_chain.size() - 8] = 59;
  FragmentFeeder feeder;
  auto all = feeder.add_all(parts_of(long_chain, 1232, like));
  EXPECT_TRUE(all.at(0).odd());
  like.protocol = 6;
  like.identification = 8;
  all = feeder.add_all(parts_of(letters(1300), 1232, like));
  EXPECT_FALSE(all.at(0).odd());
  like.protocol = 60;
  like.identification = 9;
  ByteString short_chain = packets::joined(packets::from_hex("0600010400000000"), letters(1300));
  all = feeder.add_all(parts_of(short_chain, 1232, like));
  EXPECT_FALSE(all.at(0).odd());
}

// ---- headers ----

TEST(Defragmenter, ExtensionHeadersBeforeTheFragmentHeaderAreLeftOut) {
  FragmentFeeder feeder;
  FragmentSpec like = ipv6_like();
  like.chain = packets::from_hex("2c00010400000000");
  const auto all = feeder.add_all(parts_of(letters(40), 24, like));
  expect_plain(all, letters(40));
  EXPECT_EQ(all[0].header.size(), 40U);
  EXPECT_EQ(all[0].header[6], 253);
}

TEST(Defragmenter, TheFirstFragmentTellsTheProtocolAndADifferentOneIsAConflict) {
  FragmentFeeder feeder;
  auto parts = parts_of(letters(40), 24, ipv6_like());
  parts[1].protocol = 59;
  auto all = feeder.add_all(parts);
  expect_plain(all, letters(40));
  EXPECT_EQ(all[0].header[6], 253);

  feeder.defragmenter.begin();
  FragmentSpec decoy = parts[0];
  decoy.protocol = 59;
  all = feeder.add_all({decoy, parts[0], parts[1]});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].header[6], 59);
  EXPECT_EQ(all[1].header[6], 253);
  EXPECT_TRUE(all[0].conflict() && all[1].conflict());
}

TEST(Defragmenter, TheIpv4HeaderIsThatOfAWholePacketWithARightChecksum) {
  FragmentFeeder feeder;
  FragmentSpec like;
  like.dont_fragment = true;
  const auto all = feeder.add_all(parts_of(letters(40), 24, like));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(packets::internet_checksum(all[0].header), 0);
  EXPECT_EQ(all[0].header[6], 0x40);
  EXPECT_EQ(all[0].header[7], 0);
}

TEST(Defragmenter, AWrongHeaderChecksumIsIgnoredAndCounted) {
  FragmentFeeder feeder;
  auto parts = parts_of(letters(40), 24);
  FragmentSpec decoy = piece(0, 24, 'x', true);
  decoy.checksum = 0x1234;
  const auto all = feeder.add_all({decoy, parts[0], parts[1]});
  expect_plain(all, letters(40));
  EXPECT_EQ(feeder.counted(Counter::bad_fragment_checksum), 1U);
  EXPECT_EQ(all[0].packet.frames, 2);
  for (FragmentSpec& part : parts) part.checksum = 0;  // the sender's card fills it in
  expect_plain(feeder.add_all(parts), letters(40));
}

TEST(Defragmenter, EachPartOfTheKeyKeepsDatagramsApart) {
  const std::vector<std::pair<const char*, void (*)(FragmentSpec&)>> changes = {
      {"source", [](FragmentSpec& spec) { spec.source = spec.family == 4 ? "10.0.0.6" : "2001:db8::6"; }},
      {"destination", [](FragmentSpec& spec) { spec.destination = spec.family == 4 ? "10.0.0.6" : "2001:db8::6"; }},
      {"identification", [](FragmentSpec& spec) { spec.identification ^= 0x8000U; }},
      {"depth", [](FragmentSpec& spec) { spec.tunnels = 1; }},
      {"protocol", [](FragmentSpec& spec) { spec.protocol = 254; }}};
  for (const unsigned family : {4U, 6U}) {
    for (const auto& [name, change] : changes) {
      FragmentFeeder feeder;
      auto parts = parts_of(letters(40), 24, family == 4 ? FragmentSpec{} : ipv6_like());
      const FragmentSpec right = parts[1];
      change(parts[1]);
      const bool same = family == 6 && std::string_view(name) == "protocol";
      EXPECT_EQ(feeder.add_all(parts).size(), same ? 1U : 0U) << name << family;
      if (!same) expect_plain(feeder.add(right), letters(40));
    }
  }
}

TEST(Defragmenter, AnIpv6AddressThatLooksLikeAnIpv4OneIsAnotherSender) {
  FragmentFeeder feeder;
  FragmentSpec four = piece(0, 8, 'A', true);
  FragmentSpec six = piece(8, 8, 'B', false, ipv6_like());
  six.source = "0a00:0005::";
  six.destination = "0a00:0009::";
  EXPECT_TRUE(feeder.add_all({four, six}).empty());
  EXPECT_EQ(feeder.defragmenter.datagrams(), 2U);
}

TEST(Defragmenter, EthernetPaddingIsNoPayload) {
  FragmentFeeder feeder;
  auto parts = parts_of(letters(27), 24);
  parts[1].padding = ByteString(23, 0);
  expect_plain(feeder.add_all(parts), letters(27));
}

}  // namespace
}  // namespace ghostport
