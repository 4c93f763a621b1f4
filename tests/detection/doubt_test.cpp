#include "detection/doubt.h"

#include <gtest/gtest.h>

#include <vector>

namespace ghostport {
namespace doubt_test {

using Options = std::vector<std::uint8_t>;

Options time_stamp(std::uint32_t value) {
  return {1,
          1,
          8,
          10,
          static_cast<std::uint8_t>(value >> 24U),
          static_cast<std::uint8_t>(value >> 16U),
          static_cast<std::uint8_t>(value >> 8U),
          static_cast<std::uint8_t>(value),
          0,
          0,
          0,
          0};
}

/// A side that has sent a SYN with these options and an acknowledgment of its peer's first byte, 1001.
Manner side(const Options& syn_options, std::uint16_t window, const Manner& peer) {
  Manner manner;
  TcpSegment segment;
  segment.flags = kTcpSyn;
  segment.hop_limit = 64;
  segment.window_known = true;
  segment.window = window;
  segment.options = syn_options;
  learn(manner, peer, {}, segment, read_tcp_options(segment.options));
  Manner met = peer;
  met.began = true;
  met.scaled = true;
  segment.flags = kTcpAck;
  segment.acknowledgment = 1001;
  segment.link_destination = 0x0200'0000'0001;
  const Options later =
      read_tcp_options(syn_options).timed ? time_stamp(read_tcp_options(syn_options).time) : Options{};
  segment.options = later;
  learn(manner, met, {}, segment, read_tcp_options(segment.options));
  return manner;
}

TcpSegment data(std::uint32_t sequence, std::uint32_t length) {
  TcpSegment segment;
  segment.flags = kTcpAck;
  segment.hop_limit = 64;
  segment.window_known = true;
  segment.window = 1000;
  segment.sequence = sequence;
  segment.acknowledgment = 1001;
  segment.payload_length = length;
  segment.link_destination = 0x0200'0000'0001;
  return segment;
}

Trust packet_trust(const Manner& sender, const TcpSegment& segment, const Manner& receiver = {}) {
  return trust_packet(sender, receiver, segment, read_tcp_options(segment.options));
}

TEST(TcpOptions, AreReadInAnyOrderAndNeverPastTheEnd) {
  const Options all{2,  4,  5, 0xB4, 3, 3, 7, 8, 10, 0, 0, 1, 2, 0, 0, 0, 0, 1,
                    19, 18, 0, 0,    0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0};
  for (std::size_t length = 0; length <= all.size(); ++length) {
    const Options cut(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(length));
    const TcpOptions options = read_tcp_options(cut);
    EXPECT_EQ(options.scaled, length >= 7);
    EXPECT_EQ(options.timed, length >= 17);
    EXPECT_EQ(options.is_signed, length >= 36);
    if (options.timed) {
      EXPECT_EQ(options.time, 0x102U);
    }
  }
  EXPECT_EQ(read_tcp_options(time_stamp(0x01020304)).time, 0x01020304U);
}

TEST(TcpOptions, ALengthOfZeroOrOneAndAnEndStopTheReading) {
  EXPECT_FALSE(read_tcp_options(Options{99, 0, 3, 3, 7}).scaled);
  EXPECT_FALSE(read_tcp_options(Options{99, 1, 3, 3, 7}).scaled);
  EXPECT_FALSE(read_tcp_options(Options{0, 3, 3, 7}).scaled);
  EXPECT_TRUE(read_tcp_options(Options{29, 4, 1, 1}).is_signed);
}

TEST(TcpOptions, AWindowScaleOfMoreThanFourteenCountsAsFourteen) {
  EXPECT_EQ(read_tcp_options(Options{3, 3, 15}).shift, 14);
  EXPECT_EQ(read_tcp_options(Options{3, 3, 255}).shift, 14);
  EXPECT_EQ(read_tcp_options(Options{3, 3, 9}).shift, 9);
}

TEST(TrustOfPackets, OneThatLooksLikeItsSidesOthersIsGood) {
  EXPECT_EQ(packet_trust(side({}, 1000, {}), data(1, 10)), Trust::good);
  EXPECT_EQ(packet_trust({}, data(1, 10)), Trust::good) << "nothing is known of the side";
}

TEST(TrustOfPackets, AMuchLowerTimeToLiveIsAmbiguous) {
  TcpSegment segment = data(1, 10);
  segment.hop_limit = 60;
  EXPECT_EQ(packet_trust(side({}, 1000, {}), segment), Trust::good) << "a path that changed";
  segment.hop_limit = 59;
  EXPECT_EQ(packet_trust(side({}, 1000, {}), segment), Trust::ambiguous);
  segment.hop_limit = 1;
  EXPECT_EQ(packet_trust(side({}, 1000, {}), segment), Trust::ambiguous);
  segment.hop_limit = 255;
  EXPECT_EQ(packet_trust(side({}, 1000, {}), segment), Trust::good);
  segment.hop_limit = 0;
  EXPECT_EQ(packet_trust(side({}, 1000, {}), segment), Trust::good) << "not known";
}

TEST(TrustOfPackets, AnotherDestinationOnTheLinkIsAmbiguous) {
  TcpSegment segment = data(1, 10);
  segment.link_destination = 0x0200'0000'0002;
  EXPECT_EQ(packet_trust(side({}, 1000, {}), segment), Trust::ambiguous);
  segment.link_destination = 0;
  EXPECT_EQ(packet_trust(side({}, 1000, {}), segment), Trust::good);
}

TEST(TrustOfPackets, ASignatureThatWasNotAgreedOnIsDoubtfulAndSoIsItsAbsence) {
  Options md5{19, 18};
  md5.resize(18);
  TcpSegment segment = data(1, 10);
  segment.options = md5;
  EXPECT_EQ(packet_trust(side({}, 1000, {}), segment), Trust::doubtful);
  Manner signing = side({}, 1000, {});
  signing.is_signed = true;
  EXPECT_EQ(packet_trust(signing, segment), Trust::good);
  EXPECT_EQ(packet_trust(signing, data(1, 10)), Trust::doubtful);
}

TEST(TrustOfPackets, AnOldTimeStampIsDoubtfulButForOneTick) {
  const Manner sender = side(time_stamp(5000), 1000, {});
  const auto of = [&](std::uint32_t value) {
    const Options options = time_stamp(value);
    TcpSegment segment = data(1, 10);
    segment.options = options;
    return packet_trust(sender, segment, sender);
  };
  EXPECT_EQ(of(5000), Trust::good);
  EXPECT_EQ(of(9000), Trust::good);
  EXPECT_EQ(of(4999), Trust::ambiguous);
  EXPECT_EQ(of(4998), Trust::doubtful);
  EXPECT_EQ(of(5000U + 0x80000001U), Trust::doubtful);
  EXPECT_EQ(packet_trust(sender, data(1, 10), sender), Trust::ambiguous) << "both sides agreed on time stamps";
}

TEST(TrustOfPackets, OfASideThatWasJoinedMidwayTimeStampsAreNeverDoubtful) {
  Manner sender = side(time_stamp(5000), 1000, {});
  sender.began = false;
  const Options options = time_stamp(10);
  TcpSegment segment = data(1, 10);
  segment.options = options;
  EXPECT_EQ(packet_trust(sender, segment), Trust::ambiguous);
}

TEST(TrustOfPackets, OptionsThatTheCaptureCutSpeakAgainstNothing) {
  TcpSegment segment = data(1, 10);
  segment.window_known = false;
  EXPECT_EQ(packet_trust(side(time_stamp(5000), 1000, {}), segment), Trust::good);
}

/// The receiver of `data`: it has offered to take bytes up to 1001 + `window`.
Manner receiver_of(std::uint16_t window) { return side({}, window, {}); }

TEST(TrustOfPlaces, BytesWithinTheWindowAreGoodAndAtItsEdgeAmbiguous) {
  const Manner receiver = receiver_of(100);
  EXPECT_EQ(trust_place({}, receiver, {}, data(1001, 100)), Trust::good);
  EXPECT_EQ(trust_place({}, receiver, {}, data(1001, 101)), Trust::ambiguous);
  EXPECT_EQ(trust_place({}, receiver, {}, data(1101, 1)), Trust::ambiguous) << "a probe of a closed window";
  EXPECT_EQ(trust_place({}, receiver, {}, data(1102, 1)), Trust::doubtful);
  EXPECT_EQ(trust_place({}, {}, {}, data(900'000, 1)), Trust::good) << "no window is known";
}

TEST(TrustOfPlaces, AnOfferedWindowIsNeverTakenBack) {
  Manner receiver = receiver_of(100);
  Manner peer;
  peer.began = true;
  TcpSegment segment = data(1, 0);
  segment.window = 10;
  learn(receiver, peer, {}, segment, {});
  EXPECT_EQ(trust_place({}, receiver, {}, data(1001, 100)), Trust::good);
  segment.window = 500;
  learn(receiver, peer, {}, segment, {});
  EXPECT_EQ(trust_place({}, receiver, {}, data(1001, 500)), Trust::good);
}

TEST(TrustOfPlaces, WindowsAreScaledWhereBothSidesSaidSo) {
  const Manner receiver = side({3, 3, 4}, 100, {});
  EXPECT_EQ(trust_place({}, receiver, {}, data(1001, 1600)), Trust::good);
  EXPECT_EQ(trust_place({}, receiver, {}, data(1001, 1601)), Trust::ambiguous);
}

TEST(TrustOfPlaces, AnAcknowledgmentOfWhatWasNeverSentIsInDoubt) {
  Standing standing;
  standing.peer_sent = 2000;
  standing.peer_sent_known = true;
  TcpSegment segment = data(1, 10);
  segment.acknowledgment = 2000;
  EXPECT_EQ(trust_place({}, {}, standing, segment), Trust::good);
  segment.acknowledgment = 2001;
  EXPECT_EQ(trust_place({}, {}, standing, segment), Trust::ambiguous) << "or the capture lost a packet";
  segment.acknowledgment = 2000 + kMostJump;
  EXPECT_EQ(trust_place({}, {}, standing, segment), Trust::doubtful);
}

TEST(TrustOfPlaces, AnAcknowledgmentAWindowBehindIsDoubtful) {
  Standing standing;
  standing.peer_sent = standing.peer_acknowledged = 500'000;
  standing.peer_base = 490'000;
  standing.peer_sent_known = standing.peer_acknowledged_known = standing.peer_base_known = true;
  const Manner sender = side({3, 3, 2}, 20'000, {});
  TcpSegment segment = data(1, 10);
  segment.acknowledgment = 490'000;
  EXPECT_EQ(trust_place(sender, {}, standing, segment), Trust::good) << "an old one";
  segment.acknowledgment = 489'999;
  EXPECT_EQ(trust_place(sender, {}, standing, segment), Trust::ambiguous) << "below the first byte";
  segment.acknowledgment = 500'000 - 80'000;
  EXPECT_EQ(trust_place(sender, {}, standing, segment), Trust::ambiguous);
  segment.acknowledgment = 500'000 - 80'001;
  EXPECT_EQ(trust_place(sender, {}, standing, segment), Trust::doubtful);
}

TEST(TrustOfPlaces, BehindAHandshakeAloneAnAcknowledgmentAWindowBehindIsDoubtfulToo) {
  Standing standing;
  standing.peer_sent = 490'030;
  standing.peer_base = 490'000;
  standing.peer_sent_known = standing.peer_base_known = true;
  TcpSegment segment = data(1, 10);
  segment.acknowledgment = 490'000;
  EXPECT_EQ(trust_place({}, {}, standing, segment), Trust::good);
  segment.acknowledgment = 490'000 - (1U << 18U);
  EXPECT_EQ(trust_place({}, {}, standing, segment), Trust::doubtful);
}

}  // namespace doubt_test
}  // namespace ghostport
