// What comes out of fragments: exact datagrams in any order, and both versions of contradicting ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "dataplane/layers.h"
#include "dataplane/packet_parser.h"
#include "tests/dataplane/defragmenter_fixture.h"

namespace ghostport {
namespace defragmenter_test {

INSTANTIATE_TEST_SUITE_P(Defragmenter, BothFamilies, testing::Values(4U, 6U));

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

TEST_P(BothFamilies, AnEndThatIsDeniedIsAConflict) {
  const auto all =
      feeder.add_all({piece(8, 8, 'B', false, like()), piece(8, 8, 'B', true, like()), piece(0, 8, 'A', true, like())});
  EXPECT_EQ(texts(all), (std::vector<std::string>{repeated(8, 'A') + repeated(8, 'B')}));
  EXPECT_TRUE(all[0].conflict());
}

TEST_P(BothFamilies, ADecoyFarBehindTheEndChangesNothing) {
  const auto all = feeder.add_all(
      {piece(800, 8, 'X', true, like()), piece(0, 8, 'A', true, like()), piece(8, 8, 'B', false, like())});
  EXPECT_EQ(texts(all), (std::vector<std::string>{repeated(8, 'A') + repeated(8, 'B')}));
  EXPECT_TRUE(all[0].conflict());
}

TEST_P(BothFamilies, AThirdEndIsCounted) {
  const auto all = feeder.add_all({piece(16, 8, 'A', false, like()), piece(24, 8, 'B', false, like()),
                                   piece(32, 8, 'C', false, like()), piece(32, 8, 'C', false, like())});
  EXPECT_TRUE(all.empty());
  EXPECT_EQ(feeder.counted(Counter::fragment_versions_beyond_limits), 1U);
}

TEST_P(BothFamilies, AThirdVersionIsCounted) {
  const auto all = feeder.add_all({piece(0, 8, 'A', true, like()), piece(0, 8, 'B', true, like()),
                                   piece(0, 8, 'C', true, like()), piece(8, 8, 'D', false, like())});
  EXPECT_EQ(texts(all),
            (std::vector<std::string>{repeated(8, 'A') + repeated(8, 'D'), repeated(8, 'C') + repeated(8, 'D')}));
  EXPECT_EQ(feeder.counted(Counter::fragment_versions_beyond_limits), 1U);
}

}  // namespace defragmenter_test
}  // namespace ghostport
