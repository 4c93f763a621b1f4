#include <rapidcheck/gtest.h>

#include <cstring>

#include "tests/dataplane/parsed_packet.h"

namespace ghostport {
namespace packet_sums_test {

using namespace parsed_packet;  // NOLINT(google-build-using-namespace)

// ---- checksums ----

bool good(const PacketBuilder& builder) {
  const Parsed parsed(builder);
  EXPECT_TRUE(parsed.packet.kind == PacketKind::tcp || parsed.packet.kind == PacketKind::udp);
  return checksums_good(parsed.packet);
}

TEST(Checksums, AreRightForPayloadsOfEveryLength) {
  for (const Family& family : kFamilies) {
    for (const auto make : {family.tcp, family.udp}) {
      for (std::size_t size = 0; size < 40; ++size) {
        PacketBuilder packet = make();
        packet.payload(packets::random_bytes(size, size));
        EXPECT_TRUE(good(packet)) << family.name << ", " << size;
        if (size == 0) continue;
        const auto byte = Parsed(packet).packet.payload_offset + size - 1;
        ByteString frame = packet.frame();
        frame[byte] ^= 1U;
        EXPECT_FALSE(checksums_good(Parsed(frame).packet)) << family.name << ", " << size;
      }
    }
  }
}

TEST(Checksums, OfLargePayloadsAreRight) {
  PacketBuilder packet = tcp();
  packet.payload(ByteString(60'000, 0xFF));
  EXPECT_TRUE(good(packet));
}

TEST(Checksums, AWrongOneOfTransportOrIpHeaderIsSeen) {
  EXPECT_FALSE(good(with(tcp(), [](PacketBuilder& packet) { packet.tcp().checksum = 0x1234; })));
  EXPECT_FALSE(good(with(udp(), [](PacketBuilder& packet) { packet.udp().checksum = 0x1234; })));
  EXPECT_FALSE(good(with(tcp6(), [](PacketBuilder& packet) { packet.tcp().checksum = 0x1234; })));
  EXPECT_FALSE(good(with(tcp(), [](PacketBuilder& packet) { packet.ipv4().checksum = 0x1234; })));
  EXPECT_FALSE(good(with(tcp(), [](PacketBuilder& packet) { packet.tcp().checksum = 0; })));
}

TEST(Checksums, UdpMayHaveNone) {
  EXPECT_TRUE(good(with(udp(), [](PacketBuilder& packet) { packet.udp().checksum = 0; })));
}

TEST(Checksums, AnIpChecksumOfZeroIsLeftToTheNetworkCard) {
  EXPECT_TRUE(good(with(tcp(), [](PacketBuilder& packet) { packet.ipv4().checksum = 0; })));
}

TEST(Checksums, CoverThePayloadWithoutThePadding) {
  EXPECT_TRUE(good(with(udp(), [](PacketBuilder& packet) { packet.ethernet().minimum_frame = 100; })));
}

TEST(Checksums, OfACutPacketCannotBeChecked) {
  const ByteString frame = with(tcp(), [](PacketBuilder& packet) { packet.tcp().checksum = 0x1234; }).frame();
  EXPECT_FALSE(checksums_good(Parsed(frame).packet));
  EXPECT_TRUE(checksums_good(Parsed(frame, frame.size() - 1).packet));
}

TEST(Checksums, OfAPacketCutInsideItsOptionsCannotBeChecked) {
  const ByteString frame = with(tcp(), [](PacketBuilder& packet) {
                             packet.tcp().options = ByteString(20, 1);
                             packet.tcp().checksum = 0x1234;
                             packet.payload().clear();
                           }).frame();
  EXPECT_FALSE(checksums_good(Parsed(frame).packet));
  for (std::size_t captured = frame.size() - 20; captured < frame.size(); ++captured) {
    const Parsed cut(frame, captured);
    ASSERT_EQ(cut.packet.kind, PacketKind::tcp);
    EXPECT_TRUE(checksums_good(cut.packet)) << captured;
  }
}

TEST(Checksums, AreRightBehindTagsAndExtensionHeaders) {
  EXPECT_TRUE(good(tcp().vlan({.id = 3}).vlan({.id = 4})));
  EXPECT_TRUE(good(with(tcp6(), [](PacketBuilder& packet) {
    packet.ipv6().extensions = {packets::hop_by_hop(), packets::destination_options()};
  })));
  EXPECT_TRUE(good(with(tcp(), [](PacketBuilder& packet) { packet.ipv4().options = ByteString(12, 1); })));
}

// ---- shards and fingerprints ----

TEST(ShardHash, IsTheSameForBothDirectionsWhateverThePortsAndTags) {
  EXPECT_EQ(Parsed(tcp()).shard(), Parsed(udp(kServer, kClient)).shard());
  EXPECT_EQ(Parsed(tcp()).shard(), Parsed(tcp().vlan({.id = 7})).shard());
  EXPECT_EQ(Parsed(tcp6()).shard(), Parsed(udp(kServer6, kClient6)).shard());
  EXPECT_NE(Parsed(tcp()).shard(), Parsed(tcp(kClient, "10.0.0.10")).shard());
}

TEST(ShardHash, BrokenTransportHeadersStayWithTheirPair) {
  const std::uint64_t shard = Parsed(udp()).shard();
  EXPECT_EQ(Parsed(udp().frame(), 34).shard(), shard);
}

TEST(ShardHash, SpreadsPairsEvenly) {
  std::vector<int> shards(8);
  for (int host = 0; host < 8000; ++host) {
    const std::string address = "10.1." + std::to_string(host / 250) + "." + std::to_string(host % 250 + 1);
    ++shards[shard_of(Parsed(udp(address, kServer)).shard(), shards.size())];
  }
  for (const int count : shards) {
    EXPECT_GT(count, 800);
    EXPECT_LT(count, 1200);
  }
}

TEST(Fingerprint, IsThatOfAMirrorsCopyAndOfNothingElse) {
  const auto of = [](const PacketBuilder& builder) { return datagram_fingerprint(Parsed(builder).packet, 1); };
  const std::uint64_t one = of(udp());
  EXPECT_EQ(of(with(udp(), [](PacketBuilder& packet) { packet.ipv4().time_to_live = 63; })), one)
      << "routed between the two taps";
  EXPECT_EQ(of(udp().vlan({.id = 3})), one);
  EXPECT_NE(of(with(udp(), [](PacketBuilder& packet) { packet.ipv4().identification = 77; })), one);
  EXPECT_NE(of(with(udp(), [](PacketBuilder& packet) { packet.payload().back() ^= 1U; })), one);
  EXPECT_NE(of(with(udp(), [](PacketBuilder& packet) { packet.payload().push_back(0); })), one);
  EXPECT_NE(of(with(udp(), [](PacketBuilder& packet) { packet.udp().source_port = 1; })), one);
  EXPECT_EQ(of(udp6()), of(with(udp6(), [](PacketBuilder& packet) { packet.ipv6().hop_limit = 3; })));
}

// A sender knows both constants of mix(): without a secret, a word that makes a factor 0 would hide what differs
// before it, and a second datagram would pass for a mirror's copy of the first.
TEST(Fingerprint, NoChosenBytesHideWhatDiffersBeforeThem) {
  for (const std::uint64_t constant : {0x9E3779B97F4A7C15U, 0xD6E8FEB86659FD93U}) {
    for (std::size_t place = 8; place + 8 <= 72; place += 8) {
      for (const std::uint64_t size : {0U, 80U, 88U}) {
        const auto datagram = [&](std::uint8_t first) {
          ByteString payload(80, 0);
          payload[0] = first;
          const std::uint64_t word = constant ^ size;
          std::memcpy(payload.data() + place, &word, 8);
          std::memcpy(payload.data() + 72, &word, 8);
          PacketBuilder packet = udp();
          packet.payload(payload);
          return datagram_fingerprint(Parsed(packet).packet, 1);
        };
        EXPECT_NE(datagram(1), datagram(2)) << constant << " at " << place << ", " << size;
      }
    }
  }
}

}  // namespace packet_sums_test
}  // namespace ghostport
