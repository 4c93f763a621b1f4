#include "dataplane/layers.h"

#include <gtest/gtest.h>

#include <memory>

#include "dataplane/packet_parser.h"
#include "tests/packet_builder.h"

namespace ghostport {
namespace layers_test {

using packets::ByteString;
using packets::ByteWriter;
using packets::PacketBuilder;

constexpr std::string_view kOuterSource = "192.0.2.1";
constexpr std::string_view kOuterDestination = "198.51.100.2";

PacketBuilder inner4() {
  return PacketBuilder()
      .between("10.0.0.5", "10.0.0.9")
      .tcp({.source_port = 51514, .destination_port = 3238, .flags = packets::kAck | packets::kPsh})
      .payload("GET / HTTP/1.1\r\n");
}
PacketBuilder inner6() {
  return PacketBuilder()
      .between("2001:0:4136::5", "2001:0:4136::9")
      .tcp({.source_port = 51514, .destination_port = 3238, .flags = packets::kAck | packets::kPsh})
      .payload("GET / HTTP/1.1\r\n");
}

/// An outer IPv4 packet of any protocol around `inside`.
ByteString carried(std::uint8_t protocol, const ByteString& inside) {
  PacketBuilder outer = PacketBuilder().between(kOuterSource, kOuterDestination).payload(inside);
  outer.ipv4().protocol = protocol;
  return outer.frame();
}
ByteString over_udp(std::uint16_t port, const ByteString& inside) {
  return PacketBuilder()
      .between(kOuterSource, kOuterDestination)
      .udp({.source_port = 40000, .destination_port = port})
      .payload(inside)
      .frame();
}
ByteString joined(std::initializer_list<ByteString> parts) {
  ByteString all;
  for (const ByteString& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
ByteString hex(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char one) { return one != ' '; });
  ByteString bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

/// A packet in a heap block of exactly its size, parsed: a read past the end is an error that sanitizers see.
struct Walked {
  explicit Walked(const ByteString& bytes, std::uint16_t link_type = kLinkEthernet)
      : block(std::make_unique_for_overwrite<std::uint8_t[]>(bytes.size())) {
    std::copy(bytes.begin(), bytes.end(), block.get());
    packet.data = block.get();
    packet.captured = packet.length = static_cast<std::uint32_t>(bytes.size());
    packet.link_type = link_type;
    parse_packet(packet, counters);
  }
  [[nodiscard]] std::string payload() const {
    return {packet.data + packet.payload_offset, packet.data + packet.payload_offset + packet.payload_captured};
  }
  [[nodiscard]] std::string from() const { return packet.key.end(packet.direction).text(); }

  std::unique_ptr<std::uint8_t[]> block;
  Packet packet;
  Counters counters;
};

void expect_inner(const Walked& walked, std::string_view from, unsigned tunnels, TunnelKind kind) {
  ASSERT_EQ(walked.packet.kind, PacketKind::tcp);
  EXPECT_EQ(walked.from(), from);
  EXPECT_EQ(walked.payload(), "GET / HTTP/1.1\r\n");
  EXPECT_EQ(walked.packet.tunnels, tunnels);
  EXPECT_EQ(walked.packet.tunnel, kind);
  EXPECT_TRUE(checksums_good(walked.packet));
  EXPECT_EQ(walked.counters.at(Counter::tunnels), tunnels == 0 ? 0U : 1U);
}
void expect_inner4(const Walked& walked, unsigned tunnels, TunnelKind kind) {
  expect_inner(walked, "10.0.0.5", tunnels, kind);
}
void expect_inner6(const Walked& walked, unsigned tunnels, TunnelKind kind) {
  expect_inner(walked, "2001:0:4136::5", tunnels, kind);
}
void expect_lost(const Walked& walked, Counter why) {
  EXPECT_EQ(walked.packet.kind, PacketKind::none);
  EXPECT_EQ(walked.counters.at(why), 1U) << kCounterRows[static_cast<std::size_t>(why)].name;
}
/// The outer datagram is a flow of its own.
void expect_plain(const Walked& walked) {
  EXPECT_EQ(walked.packet.kind, PacketKind::udp);
  EXPECT_EQ(walked.from(), kOuterSource);
  EXPECT_EQ(walked.packet.tunnels, 0);
}

// ---- link types ----

TEST(LinkTypes, RawIpHasNoLinkHeader) {
  for (const std::uint16_t link : std::initializer_list<std::uint16_t>{12, 14, 101, 228})
    expect_inner4(Walked(inner4().datagram(), link), 0, TunnelKind::none);
  for (const std::uint16_t link : std::initializer_list<std::uint16_t>{12, 14, 101, 229})
    expect_inner6(Walked(inner6().datagram(), link), 0, TunnelKind::none);
}

TEST(LinkTypes, TheFamilyOfALoopbackComesInEitherByteOrder) {
  for (const std::uint16_t link : std::initializer_list<std::uint16_t>{0, 108}) {
    for (const char* family : {"02000000", "00000002"})
      expect_inner4(Walked(joined({hex(family), inner4().datagram()}), link), 0, TunnelKind::none);
    for (const char* family : {"0a000000", "18000000", "1c000000", "1e000000", "0000001e"})
      expect_inner6(Walked(joined({hex(family), inner6().datagram()}), link), 0, TunnelKind::none);
    expect_lost(Walked(joined({hex("07000000"), inner4().datagram()}), link), Counter::unknown_ethertype);
    expect_lost(Walked(joined({hex("02000002"), inner4().datagram()}), link), Counter::unknown_ethertype);
  }
}

TEST(LinkTypes, LinuxCookedCapturesHaveAnEtherType) {
  expect_inner4(Walked(joined({hex("0000 0001 0006 020000000001 0000 0800"), inner4().datagram()}), 113), 0,
                TunnelKind::none);
  expect_inner6(Walked(joined({hex("86dd 0000 00000002 0001 00 06 0200000000010000"), inner6().datagram()}), 276), 0,
                TunnelKind::none);
  const Walked tagged(joined({hex("0000 0001 0006 020000000001 0000 8100 0007 0800"), inner4().datagram()}), 113);
  expect_inner4(tagged, 0, TunnelKind::none);
  EXPECT_EQ(tagged.packet.vlan[0], 7);
}

TEST(LinkTypes, PppComesWithAndWithoutItsHdlcHeader) {
  for (const std::uint16_t link : std::initializer_list<std::uint16_t>{9, 50}) {
    for (const char* header : {"ff030021", "0021", "21", "ff0321"})
      expect_inner4(Walked(joined({hex(header), inner4().datagram()}), link), 0, TunnelKind::none);
    for (const char* header : {"ff030057", "57"})
      expect_inner6(Walked(joined({hex(header), inner6().datagram()}), link), 0, TunnelKind::none);
    expect_lost(Walked(joined({hex("ff03c021"), inner4().datagram()}), link), Counter::unknown_ethertype);
  }
  expect_inner4(Walked(joined({hex("0f000800"), inner4().datagram()}), 104), 0, TunnelKind::none);
}

TEST(LinkTypes, UnknownOnesAreCounted) { expect_lost(Walked(inner4().frame(), 105), Counter::unknown_link_type); }

TEST(LinkTypes, SnapFramesCarryAnEtherType) {
  const ByteString frame = inner4().frame();
  const ByteString datagram = inner4().datagram();
  const ByteString length = ByteWriter().u16(static_cast<std::uint16_t>(datagram.size() + 8)).bytes();
  const ByteString addresses(frame.begin(), frame.begin() + 12);
  expect_inner4(Walked(joined({addresses, length, hex("aaaa03 000000 0800"), datagram})), 0, TunnelKind::none);
}

// ---- between Ethernet and IP ----

ByteString ethernet_with(std::uint16_t type, const ByteString& inside) {
  PacketBuilder packet = inner4();
  packet.ethernet().ether_type = type;
  ByteString frame = packet.frame();
  frame.resize(14);
  return joined({frame, inside});
}

TEST(Labels, AStackOfLabelsLeadsToIpOrToAFrame) {
  const ByteString stack = hex("00010040 00020140");
  expect_inner4(Walked(ethernet_with(0x8847, joined({stack, inner4().datagram()}))), 0, TunnelKind::none);
  expect_inner6(Walked(ethernet_with(0x8848, joined({stack, inner6().datagram()}))), 0, TunnelKind::none);
  expect_inner4(Walked(ethernet_with(0x8847, joined({stack, inner4().frame()}))), 0, TunnelKind::none);
  expect_inner4(Walked(ethernet_with(0x8847, joined({stack, hex("00000000"), inner4().frame()}))), 0, TunnelKind::none);
  expect_lost(Walked(ethernet_with(0x8847, joined({stack, ByteString(60, 0x55)}))), Counter::closed_tunnels);
  expect_lost(Walked(ethernet_with(0x8847, ByteString(200, 0))), Counter::deep_tunnels);
  expect_lost(Walked(ethernet_with(0x8847, stack)), Counter::truncated_frame);
}

TEST(Pppoe, SessionsCarryPpp) {
  const ByteString session = hex("1100 0001 0040");
  expect_inner4(Walked(ethernet_with(0x8864, joined({session, hex("0021"), inner4().datagram()}))), 0,
                TunnelKind::none);
  expect_inner6(Walked(ethernet_with(0x8864, joined({session, hex("0057"), inner6().datagram()}))), 0,
                TunnelKind::none);
  expect_lost(Walked(ethernet_with(0x8864, joined({hex("1109 0001 0040 0021"), inner4().datagram()}))),
              Counter::unknown_ethertype);
}

// ---- tunnels over IP ----

TEST(Tunnels, IpInIpInEveryMixture) {
  expect_inner4(Walked(carried(4, inner4().datagram())), 1, TunnelKind::ipv4);
  expect_inner6(Walked(carried(41, inner6().datagram())), 1, TunnelKind::ipv6);
  PacketBuilder outer = PacketBuilder().between("2001:db8::1", "2001:db8::2").payload(inner4().datagram());
  outer.ipv6().protocol = 4;
  expect_inner4(Walked(outer.frame()), 1, TunnelKind::ipv4);
  expect_lost(Walked(carried(4, inner6().datagram())), Counter::bad_ip_header);
}

TEST(Tunnels, GreWithEachOfItsOptionalFields) {
  for (const char* header : {"0000 0800", "8000 0800 12340000", "2000 0800 00000007", "1000 0800 00000001",
                             "b000 0800 12340000 00000007 00000001"})
    expect_inner4(Walked(carried(47, joined({hex(header), inner4().datagram()}))), 1, TunnelKind::gre);
  expect_inner6(Walked(carried(47, joined({hex("0000 86dd"), inner6().datagram()}))), 1, TunnelKind::gre);
  expect_inner4(Walked(carried(47, joined({hex("2000 6558 00000007"), inner4().frame()}))), 1, TunnelKind::gre);
  expect_inner4(Walked(carried(47, joined({hex("0000 8847 00010140"), inner4().datagram()}))), 1, TunnelKind::gre);
  expect_inner4(
      Walked(carried(47, joined({hex("3081 880b 00400001 00000001 00000002 ff030021"), inner4().datagram()}))), 1,
      TunnelKind::gre);
}

TEST(Tunnels, GreThatCarriesNoIpIsCounted) {
  expect_lost(Walked(carried(47, joined({hex("0000 0806"), ByteString(28, 0)}))), Counter::closed_tunnels);
  expect_lost(Walked(carried(47, joined({hex("4000 0800"), inner4().datagram()}))), Counter::closed_tunnels);
  expect_lost(Walked(carried(47, joined({hex("0002 0800"), inner4().datagram()}))), Counter::closed_tunnels);
  expect_lost(Walked(carried(47, hex("00"))), Counter::truncated_ip);
  expect_lost(Walked(carried(47, hex("b000 0800 1234"))), Counter::truncated_ip);
}

TEST(Tunnels, ErspanOfAllThreeTypes) {
  const ByteString frame = inner4().frame();
  expect_inner4(Walked(carried(47, joined({hex("0000 88be"), frame}))), 1, TunnelKind::erspan);
  expect_inner4(Walked(carried(47, joined({hex("1000 88be 00000001 1001000000000000"), frame}))), 1,
                TunnelKind::erspan);
  expect_inner4(Walked(carried(47, joined({hex("1000 22eb 00000001 200100000000000000000000"), frame}))), 1,
                TunnelKind::erspan);
  expect_inner4(
      Walked(carried(47, joined({hex("1000 22eb 00000001 200100000000000000000001 0000000000000000"), frame}))), 1,
      TunnelKind::erspan);
}

TEST(Tunnels, Vxlan) {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{4789, 8472}) {
    const Walked walked(over_udp(port, joined({hex("0800000000 002a 00"), inner4().frame()})));
    expect_inner4(walked, 1, TunnelKind::vxlan);
    const TunnelNote note = tunnel_note(walked.packet);
    EXPECT_EQ(note.source.text(), kOuterSource);
    EXPECT_EQ(note.destination.text(), kOuterDestination);
    EXPECT_EQ(note.source_port, 40000);
    EXPECT_EQ(note.destination_port, port);
    EXPECT_EQ(note.protocol, 17);
    EXPECT_EQ(note.depth, 1);
  }
}

TEST(Tunnels, GeneveWithOptions) {
  expect_inner4(Walked(over_udp(6081, joined({hex("0000 6558 00002a00"), inner4().frame()}))), 1, TunnelKind::geneve);
  expect_inner6(Walked(over_udp(6081, joined({hex("0200 86dd 00002a00 0102800100000000"), inner6().datagram()}))), 1,
                TunnelKind::geneve);
}

TEST(Tunnels, GtpWithOptionalFieldsAndExtensionHeaders) {
  expect_inner4(Walked(over_udp(2152, joined({hex("30ff 0038 00000001"), inner4().datagram()}))), 1, TunnelKind::gtp);
  expect_inner4(Walked(over_udp(2152, joined({hex("32ff 003c 00000001 0001 00 00"), inner4().datagram()}))), 1,
                TunnelKind::gtp);
  expect_inner4(Walked(over_udp(2152, joined({hex("34ff 0040 00000001 0000 00 85 01100100"), inner4().datagram()}))), 1,
                TunnelKind::gtp);
}

TEST(Tunnels, TeredoWithIndicators) {
  const ByteString origin = hex("0000 63bf 3ffffefe");
  const ByteString authentication = hex("0001 0000 0000000000000000 00");
  const ByteString inside = inner6().datagram();
  expect_inner6(Walked(over_udp(3544, inside)), 1, TunnelKind::teredo);
  expect_inner6(Walked(over_udp(3544, joined({origin, inside}))), 1, TunnelKind::teredo);
  expect_inner6(Walked(over_udp(3544, joined({authentication, origin, inside}))), 1, TunnelKind::teredo);
}

TEST(Tunnels, APortAloneIsNoTunnel) {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{2152, 3544, 4789, 6081, 8472}) {
    expect_plain(Walked(over_udp(port, ByteString(80, 0x41))));
    expect_plain(Walked(over_udp(port, {})));
    expect_plain(Walked(over_udp(port, hex("08"))));
  }
  expect_plain(Walked(over_udp(3238, joined({hex("0800000000 002a 00"), inner4().frame()}))));
  PacketBuilder stranger = inner6().between("2001:db8::5", "2001:db8::9");
  expect_plain(Walked(over_udp(3544, stranger.datagram())));
  ByteString longer = inner6().datagram();
  longer.push_back(0);
  expect_plain(Walked(over_udp(3544, longer)));
}

TEST(Tunnels, FourDeepAreEnteredAndMoreAreCounted) {
  ByteString inside = inner4().datagram();
  for (unsigned depth = 1; depth <= 64; ++depth) {
    PacketBuilder outer = PacketBuilder()
                              .between("10.9.0." + std::to_string(depth), "10.9.1." + std::to_string(depth))
                              .payload(joined({hex("0000 0800"), inside}));
    outer.ipv4().protocol = 47;
    inside = outer.datagram();
    const Walked walked(outer.frame());
    if (depth <= kMostTunnels) {
      expect_inner4(walked, depth, TunnelKind::gre);
      EXPECT_EQ(tunnel_note(walked.packet).source.text(), "10.9.0." + std::to_string(depth)) << "the outermost";
    } else {
      expect_lost(walked, Counter::deep_tunnels);
    }
  }
}

TEST(Tunnels, TheInnerPacketEndsWhereTheOuterOneDoes) {
  ByteString cut = inner4().datagram();
  cut.resize(cut.size() - 6);
  ByteString frame = carried(4, cut);
  frame.insert(frame.end(), 20, 0x58);  // padding of the link is no payload
  const Walked walked(frame);
  ASSERT_EQ(walked.packet.kind, PacketKind::tcp);
  EXPECT_EQ(walked.payload(), "GET / HTTP");
  EXPECT_EQ(walked.packet.payload_length, 16U);
}

TEST(Tunnels, ATunnelCutAtAnyByteIsCountedOrLeftAsItIs) {
  const ByteString frames[] = {
      over_udp(4789, joined({hex("0800000000 002a 00"), inner4().vlan({.id = 4}).frame()})),
      over_udp(6081, joined({hex("0200 86dd 00002a00 0102800100000000"), inner6().datagram()})),
      over_udp(2152, joined({hex("34ff 0040 00000001 0000 00 85 01100100"), inner4().datagram()})),
      over_udp(3544, joined({hex("0000 63bf 3ffffefe"), inner6().datagram()})),
      carried(47, joined({hex("1000 22eb 00000001 200100000000000000000001 0000000000000000"), inner4().frame()})),
      carried(137, joined({hex("00010040 00020140"), inner4().datagram()})),
  };
  for (const ByteString& whole : frames) {
    const Walked all(whole);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Walked walked(ByteString(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
      const bool counted = std::any_of(walked.counters.values.begin(), walked.counters.values.end(),
                                       [](std::uint64_t value) { return value != 0; });
      EXPECT_TRUE(walked.packet.kind != PacketKind::none || counted) << size;
      if (walked.packet.kind == PacketKind::tcp) {
        EXPECT_EQ(walked.packet.key, all.packet.key);
      }
    }
  }
}

}  // namespace layers_test
}  // namespace ghostport
