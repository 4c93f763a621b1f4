// An identification that is used again: no old fragment hides a datagram, none takes its place.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/dataplane/defragmenter_fixture.h"

namespace ghostport {
namespace defragmenter_again_test {

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

TEST_P(Again, AStrayCopyDoesNotMakeAnOverlapADuplicate) {
  (void)feeder.add_all(parts_of(junk, 40, udp()));
  (void)feeder.add(part_of(junk, 0, 8, udp()));
  (void)feeder.add_all({part_of(real, 0, 48, udp()), part_of(real, 0, 8, udp())});
  const auto all = feeder.add(part_of(real, 48, real.size(), udp()));
  expect_plain(all, real);
  EXPECT_TRUE(all.at(0).odd());
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

TEST_P(Again, BytesOfThisGenerationMakeAFragmentNoStrayCopy) {
  // An end within a unit, then the whole unit: its other bytes are those of the datagram before.
  const auto whole_unit = [&](bool more) {
    FragmentSpec spec = piece(16, 8, 'D', more, like());
    std::fill_n(spec.bytes.begin(), 3, static_cast<std::uint8_t>('X'));
    return spec;
  };
  const auto begun = [&] {
    feeder.defragmenter.begin();
    (void)feeder.add_all({piece(0, 16, 'A', true, like()), piece(16, 8, 'D', false, like())});
    const auto mixed = feeder.add(piece(16, 3, 'X', false, like()));
    EXPECT_EQ(texts(mixed), std::vector{repeated(16, 'A') + "XXX"});
  };
  begun();
  (void)feeder.add(whole_unit(true));  // contradicts the end
  auto all = feeder.add(piece(0, 16, 'N', true, like()));
  ASSERT_EQ(texts(all), std::vector{repeated(16, 'N') + "XXX"});
  EXPECT_TRUE(all[0].conflict());

  begun();
  EXPECT_EQ(texts(feeder.add(whole_unit(false))),
            (std::vector{repeated(16, 'A') + "XXX", repeated(16, 'A') + "XXXDDDDD"}));
  all = feeder.add(piece(16, 8, 'C', false, like()));  // contradicts the bytes
  EXPECT_EQ(texts(all), (std::vector{repeated(16, 'A') + "XXX", repeated(16, 'A') + "CCCCCCCC"}));
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

TEST_P(Again, ChecksumsOfTcpAndIcmpJudgeToo) {
  const packets::ByteString payloads[2] = {ByteString(70, 'J'), letters(70)};
  for (const bool tcp : {true, false}) {
    feeder.defragmenter.begin();
    FragmentSpec spec = like();
    spec.protocol = tcp ? 6 : GetParam() == 4 ? 1 : 58;
    std::vector<ByteString> both;
    for (const ByteString& payload : payloads) {
      packets::PacketBuilder packet;
      packet.between(spec.source, spec.destination).payload(payload);
      if (tcp) {
        packet.tcp({.source_port = 40'000, .destination_port = 3238});
      } else {
        packet.icmp({});
      }
      const ByteString datagram = packet.datagram();
      both.emplace_back(datagram.begin() + (GetParam() == 4 ? 20 : 40), datagram.end());
    }
    expect_plain(feeder.add_all(parts_of(both[0], 24, spec)), both[0]);
    EXPECT_TRUE(feeder.add(parts_of(both[0], 24, spec)[0]).empty());
    expect_plain(feeder.add_all(parts_of(both[1], 24, spec)), both[1]);
  }
}

TEST_P(Again, AMixTooShortForItsTransportHeaderIsLeftOut) {
  FragmentSpec spec = like();
  spec.protocol = 6;
  (void)feeder.add_all({piece(0, 8, 'J', true, spec), piece(8, 8, 'J', false, spec)});
  EXPECT_TRUE(feeder.add(piece(0, 8, 'A', true, spec)).empty());
  spec.protocol = 17;
  spec.identification = 8;
  (void)feeder.add_all(parts_of(junk, 40, spec));
  EXPECT_TRUE(feeder.add(piece(8, 8, 'A', false, spec)).empty());  // the UDP header says 100 bytes
}

TEST_P(Again, ADatagramWithAWrongChecksumStillComesOut) {
  ByteString wrong = real;
  wrong[20] ^= 1U;
  expect_plain(feeder.add_all(parts_of(wrong, 40, udp())), wrong);
  for (const std::size_t at : {5U, 60U, 82U}) wrong[at] ^= 1U;  // nothing equal: this is no stray copy
  expect_plain(feeder.add_all(parts_of(wrong, 40, udp())), wrong);
}

}  // namespace defragmenter_again_test
}  // namespace ghostport
