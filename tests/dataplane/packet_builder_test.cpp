// The tests' own packet builder, where a wrong byte would otherwise pass for a finding of the test that uses it.
#include "tests/packet_builder.h"

#include <gtest/gtest.h>

#include <map>

namespace ghostport::packets {
namespace packet_builder_test {

ByteString slice(const ByteString& bytes, std::size_t from, std::size_t size) {
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(from);
  return {begin, begin + static_cast<std::ptrdiff_t>(size)};
}

unsigned u16_at(const ByteString& bytes, std::size_t at) {
  return static_cast<unsigned>(bytes[at] << 8 | bytes[at + 1]);
}

PacketBuilder tcp_packet(const IpAddress& from, const IpAddress& to) {
  PacketBuilder packet;
  packet.between(from, to).tcp({.source_port = 51514, .destination_port = 3238, .sequence = 7}).payload("0123456789");
  return packet;
}

const PacketBuilder kV4 = tcp_packet("10.0.0.5", "10.0.0.9");
const PacketBuilder kV6 = tcp_packet("2001:db8::5", "2001:db8::9");

TEST(PacketFragments, PutTogetherGiveThePacket) {
  for (const PacketBuilder& packet : {kV4, kV6}) {
    const std::size_t header = packet.is_ipv6() ? 48 : 20;
    for (const Fragmentation& how :
         {in_fragments_of(8), in_fragments_of(8, {3, 2, 1, 0}), fragmented_at({16}), in_fragments_of(24, {1, 0})}) {
      std::map<std::size_t, ByteString> pieces;
      std::size_t last_ones = 0;
      for (const PacketBuilder& fragment : fragments_of(packet, how)) {
        const ByteString bytes = fragment.datagram();
        const unsigned field = packet.is_ipv6() ? u16_at(bytes, 42) : u16_at(bytes, 6) << 3U & 0xFFFFU;
        const std::size_t offset = field & 0xFFF8U;
        const bool more = packet.is_ipv6() ? (field & 1U) != 0 : (u16_at(bytes, 6) & 0x2000U) != 0;
        pieces[offset] = slice(bytes, header, bytes.size() - header);
        last_ones += more ? 0 : 1;
        if (!packet.is_ipv6()) {
          EXPECT_EQ(internet_checksum(slice(bytes, 0, 20)), 0);
          EXPECT_EQ(bytes[9], 6);
          EXPECT_EQ(u16_at(bytes, 2), bytes.size());
        } else {
          EXPECT_EQ(bytes[6], 44);
          EXPECT_EQ(bytes[40], 6);
          EXPECT_EQ(u16_at(bytes, 4), bytes.size() - 40);
        }
      }
      ByteString whole;
      for (const auto& [offset, bytes] : pieces) {
        EXPECT_EQ(offset, whole.size());
        whole = joined(std::move(whole), bytes);
      }
      EXPECT_EQ(whole, fragmentable_part(packet));
      EXPECT_EQ(last_ones, 1U);
    }
  }
}

TEST(PacketFragments, RepeatHopByHopAndSplitTheRest) {
  PacketBuilder packet = kV6;
  packet.ipv6().extensions = {hop_by_hop(), destination_options()};
  const auto fragments = fragments_of(packet, in_fragments_of(8));
  const ByteString first = fragments.at(0).datagram();
  EXPECT_EQ(first[6], 0);    // hop-by-hop in front
  EXPECT_EQ(first[40], 44);  // then the fragment header
  EXPECT_EQ(first[48], 60);  // which leads to the destination options
  EXPECT_EQ(slice(first, 56, 8), slice(fragmentable_part(packet), 0, 8));
  EXPECT_EQ(fragmentable_part(packet).size(), 8U + 30U);
}

TEST(PacketFragments, CopyOnlyTheOptionsThatAreToBeCopied) {
  PacketBuilder packet = kV4;
  packet.ipv4().options = from_hex("44 04 05 00 94 04 00 00");  // timestamp (not copied), router alert (copied)
  const auto fragments = fragments_of(packet, in_fragments_of(16));
  EXPECT_EQ(fragments.at(0).datagram().at(0), 0x47);
  EXPECT_EQ(fragments.at(1).datagram().at(0), 0x46);
  EXPECT_EQ(fragments.at(1).datagram().at(20), 0x94);
}

TEST(PacketFragments, PiecesMayHoldOtherBytes) {
  PacketBuilder piece = fragment_of(kV4, {.offset = 16, .size = 8, .other = ByteString(24, 'J'), .more = true});
  EXPECT_EQ(piece.ipv4().fragment_offset, 2);
  EXPECT_TRUE(piece.ipv4().more_fragments);
  EXPECT_EQ(piece.datagram().size(), 44U);
  EXPECT_THROW((void)fragment_of(kV4, {.offset = 4}), std::invalid_argument);
}

TEST(PacketTunnels, HeadersAreAsTheirSpecificationsDrawThem) {
  const ByteString inner = kV4.datagram();
  const auto head = [](const ByteString& bytes, std::size_t size) { return slice(bytes, 0, size); };
  EXPECT_EQ(head(gre(inner), 4), from_hex("00 00 08 00"));
  EXPECT_EQ(head(gre(kV6.datagram(), {.key = 5, .sequence = 6}), 12), from_hex("30 00 86 dd 00 00 00 05 00 00 00 06"));
  EXPECT_EQ(internet_checksum(gre(inner, {.checksum = true, .key = 5})), 0);
  EXPECT_EQ(head(vxlan(kV4.frame(), 0x123456), 8), from_hex("08 00 00 00 12 34 56 00"));
  EXPECT_EQ(head(geneve(kV4.frame(), {.network = 0x123456, .options = geneve_option(0x0102, 0x83, "abcd")}), 16),
            from_hex("02 00 65 58 12 34 56 00 01 02 83 01 61 62 63 64"));
  EXPECT_EQ(head(gtp(inner), 8), from_hex("30 ff 00 32 00 c0 ff ee"));
  EXPECT_EQ(head(gtp(inner, {.sequence = 1, .extensions = {{0x85, from_hex("00 09")}}}), 16),
            from_hex("36 ff 00 3a 00 c0 ff ee 00 01 00 85 01 00 09 00"));
  EXPECT_EQ(head(erspan(kV4.frame(), Erspan::two, 3), 16), from_hex("10 00 88 be 00 00 00 03 10 64 18 07 00 00 00 05"));
  EXPECT_EQ(erspan(kV4.frame(), Erspan::one).size() + 12, erspan(kV4.frame(), Erspan::two).size());
  EXPECT_EQ(erspan(kV4.frame(), Erspan::three).size() + 8, erspan(kV4.frame(), Erspan::three_with_subheader).size());
  EXPECT_EQ(teredo(kV6.datagram(), {.authentication = true, .origin = true}).size(), kV6.datagram().size() + 13 + 8);
}

TEST(LinkFrames, HeadersAreAsTheirSpecificationsDrawThem) {
  const ByteString inner = kV4.datagram();
  const ByteString inner6 = kV6.datagram();
  const auto head = [](const ByteString& bytes, std::size_t size) { return slice(bytes, 0, size); };
  EXPECT_EQ(head(mpls({{.label = 16}, {.label = 0xABCDE, .traffic_class = 7}}, inner), 8),
            from_hex("00 01 00 40 ab cd ef 40"));
  EXPECT_EQ(head(pppoe(ppp(inner)), 8), from_hex("11 00 00 11 00 34 00 21"));
  EXPECT_EQ(head(ppp_hdlc(ppp(inner6)), 4), from_hex("ff 03 00 57"));
  EXPECT_EQ(head(ppp(inner6, true), 1), from_hex("57"));
  EXPECT_EQ(head(cisco_hdlc(inner), 4), from_hex("0f 00 08 00"));
  EXPECT_EQ(head(loopback(inner, false), 4), from_hex("02 00 00 00"));
  EXPECT_EQ(head(loopback(inner6, true, 24), 4), from_hex("00 00 00 18"));
  const MacAddress mac{2, 0, 10, 0, 0, 5};
  EXPECT_EQ(head(cooked(mac, inner), 16), from_hex("00 00 00 01 00 06 02 00 0a 00 00 05 00 00 08 00"));
  EXPECT_EQ(head(cooked2(mac, inner, 4), 20), from_hex("08 00 00 00 00 00 00 02 00 01 04 06 02 00 0a 00 00 05 00 00"));
  EXPECT_EQ(slice(snap_frame({}, inner), 12, 10), from_hex("00 3a aa aa 03 00 00 00 08 00"));
}

TEST(TcpConversations, EchoEachOthersTimestamps) {
  Capture capture;
  TcpConversation talk(capture, client("10.0.0.5", 51514), server("10.0.0.9", 3238), {.timestamps = {{1000, 5000}}});
  talk.handshake().after(10ms).client_says("abc");
  const auto options = [&](std::size_t packet, std::size_t at) {
    return slice(capture.frames().at(packet).bytes, 14 + 20 + 20 + at, 12);
  };
  EXPECT_EQ(options(0, 8), tcp_timestamps(1000, 0));
  EXPECT_EQ(options(1, 8), tcp_timestamps(5000, 1000));
  EXPECT_EQ(options(2, 0), tcp_timestamps(1001, 5000));
  EXPECT_EQ(options(3, 0), tcp_timestamps(1011, 5000));
  EXPECT_EQ(options(4, 0), tcp_timestamps(5012, 1011));
}

TEST(TcpConversations, GoOntoTheWireAsTheyAreFramed) {
  Capture capture;
  TcpConversation talk(capture, client("10.0.0.5", 51514), server("10.0.0.9", 3238));
  talk.framed([](const PacketBuilder& packet, Party) {
    std::vector<ByteString> frames;
    for (const PacketBuilder& piece : fragments_of(packet, fragmented_at({16}))) frames.push_back(piece.datagram());
    return frames;
  });
  talk.syn();
  ASSERT_EQ(capture.last_packet(), 2U);
  EXPECT_EQ(capture.frames()[0].bytes.size(), 36U);
  EXPECT_EQ(capture.frames()[1].bytes.size(), 20U + 12U);
}

}  // namespace packet_builder_test
}  // namespace ghostport::packets
