// What is odd about fragments, which header the datagram gets, and which fragments belong together.
#include <gtest/gtest.h>

#include <tuple>

#include "tests/dataplane/defragmenter_fixture.h"

namespace ghostport {
namespace defragmenter_odd_test {

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

TEST(Defragmenter, Ipv6FragmentsUnlikeEachOtherAreOdd) {
  const std::vector<std::pair<const char*, void (*)(FragmentSpec&)>> changes = {
      {"nothing", [](FragmentSpec&) {}},
      {"congestion mark", [](FragmentSpec& spec) { spec.service = 3; }},
      {"hop limit", [](FragmentSpec& spec) { spec.life = 1; }},
      {"DSCP", [](FragmentSpec& spec) { spec.service = 0xB8; }},
      {"extension header", [](FragmentSpec& spec) { spec.chain = packets::from_hex("2c00010400000000"); }}};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    FragmentFeeder feeder;
    auto parts = parts_of(letters(1300), 1232, ipv6_like());
    changes[i].second(parts[1]);
    const auto all = feeder.add_all(parts);
    expect_plain(all, letters(1300));
    EXPECT_EQ(all[0].odd(), i > 1) << changes[i].first;
  }
}

TEST(Defragmenter, CopiedOptionsAreFoundAmongOthers) {
  // Options of each fragment, and whether that is odd: no operation, a copied one (148), one that is not (7).
  const std::tuple<const char*, const char*, bool> rows[] = {
      {"01940400 00000000", "94040000", false},  // the same copied one
      {"01940400 01000000", "94040001", false}, {"01940400 01000000", "94040002", true},
      {"07040400 94040005", "94040005", false}, {"94040005 07040400", "94040005", false},
      {"00949494", "01010100", false},   // nothing behind the end of the list
      {"01010194", "01010101", true},    // without a length
      {"94ff0001", "94ff0002", true},    // longer than the header
      {"94000001", "94000002", false}};  // a length that is none: two bytes
  for (const auto& [first, second, odd] : rows) {
    FragmentFeeder feeder;
    auto parts = parts_of(letters(40), 24);
    parts[0].options = packets::from_hex(first);
    parts[1].options = packets::from_hex(second);
    const auto all = feeder.add_all(parts);
    expect_plain(all, letters(40));
    EXPECT_EQ(all[0].odd(), odd) << first << " / " << second;
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
  // What the capture does not hold is not held against it.
  like.identification = 10;
  (void)feeder.add(parts_of(long_chain, 1232, like)[0], 14 + 48 + 15);
  all = feeder.add(parts_of(long_chain, 1232, like)[1]);
  EXPECT_FALSE(all.at(0).odd());
  for (const auto& [protocol, least] : {std::pair<std::uint8_t, std::size_t>{6, 20}, {17, 8}, {58, 8}}) {
    for (const std::size_t there : {0U, 8U, 16U, 24U}) {  // of the transport header, behind options of 1,232 bytes
      ByteString bytes(1232, 0);
      bytes[0] = protocol;
      bytes[1] = 1232 / 8 - 1;
      like.identification = 100U + protocol + static_cast<std::uint32_t>(there);
      const auto parts = parts_of(packets::joined(bytes, letters(40)), 1232 + there, like);
      EXPECT_EQ(feeder.add_all(parts).at(0).odd(), there < least) << unsigned{protocol} << ' ' << there;
    }
  }
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

TEST(Defragmenter, APieceThatEndsWhereAnotherLeavesItsLastBytesIsNoRepetition) {
  FragmentFeeder feeder;
  const auto all = feeder.add_all({piece(8, 43, 'A', false), piece(8, 40, 'A', true), piece(0, 8, 'A', true)});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].odd());
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

}  // namespace defragmenter_odd_test
}  // namespace ghostport
