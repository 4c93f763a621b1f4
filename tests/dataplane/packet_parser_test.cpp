#include <rapidcheck/gtest.h>

#include "tests/dataplane/parsed_packet.h"

namespace ghostport {
namespace packet_parser_test {

using namespace parsed_packet;  // NOLINT(google-build-using-namespace)

// ---- what is tracked ----

TEST(PacketParser, ReadsTcpOverIpv4) {
  const Parsed parsed(tcp());
  EXPECT_EQ(parsed.packet.kind, PacketKind::tcp);
  EXPECT_EQ(parsed.from(), kClient);
  EXPECT_EQ(parsed.to(), kServer);
  EXPECT_EQ(parsed.from_port(), 51514);
  EXPECT_EQ(parsed.to_port(), 3238);
  EXPECT_EQ(parsed.packet.key.transport, Transport::tcp);
  EXPECT_EQ(parsed.packet.tcp_flags, packets::kAck | packets::kPsh);
  EXPECT_EQ(parsed.payload(), "GET / HTTP/1.1\r\n");
  EXPECT_EQ(parsed.packet.payload_length, 16U);
  EXPECT_EQ(parsed.packet.ip_offset, 14);
  EXPECT_EQ(parsed.packet.transport_offset, 34);
  EXPECT_FALSE(parsed.packet.group);
  EXPECT_EQ(parsed.counted(), 0U);
}

TEST(PacketParser, ReadsUdpAndIpv6) {
  EXPECT_EQ(Parsed(udp()).packet.kind, PacketKind::udp);
  EXPECT_EQ(Parsed(udp()).payload(), "datagram");
  EXPECT_EQ(Parsed(tcp6()).packet.kind, PacketKind::tcp);
  EXPECT_EQ(Parsed(tcp6()).from(), kClient6);
  EXPECT_EQ(Parsed(tcp6()).packet.key.family, 6);
  EXPECT_EQ(Parsed(udp6()).packet.key.transport, Transport::udp);
  EXPECT_EQ(Parsed(udp6()).payload(), "datagram");
}

TEST(PacketParser, SkipsOptionsOfBothHeaders) {
  const Parsed parsed(with(tcp(), [](PacketBuilder& packet) {
    packet.ipv4().options = ByteString(40, 1);
    packet.tcp().options = ByteString(40, 1);
  }));
  EXPECT_EQ(parsed.payload(), "GET / HTTP/1.1\r\n");
  EXPECT_EQ(parsed.packet.transport_offset, 14 + 60);
}

TEST(PacketParser, PaddingOfAShortFrameIsNoPayload) {
  const Parsed parsed(with(tcp(), [](PacketBuilder& packet) {
    packet.payload().clear();
    packet.ethernet().minimum_frame = 60;
  }));
  EXPECT_EQ(parsed.packet.payload_length, 0U);
  EXPECT_EQ(parsed.packet.payload_captured, 0U);
}

TEST(PacketParser, ALengthOfZeroMeansAllThatIsThere) {  // segmentation offload, jumbograms
  EXPECT_EQ(Parsed(with(tcp(), [](PacketBuilder& packet) { packet.ipv4().total_length = 0; })).payload(),
            "GET / HTTP/1.1\r\n");
  EXPECT_EQ(Parsed(with(tcp6(), [](PacketBuilder& packet) { packet.ipv6().payload_length = 0; })).payload(),
            "GET / HTTP/1.1\r\n");
  EXPECT_EQ(Parsed(with(udp(), [](PacketBuilder& packet) { packet.udp().length = 0; })).payload(), "datagram");
}

TEST(PacketParser, AUdpLengthBelowTheIpLengthCutsThePayload) {
  EXPECT_EQ(Parsed(with(udp(), [](PacketBuilder& packet) { packet.udp().length = 12; })).payload(), "data");
  EXPECT_EQ(Parsed(with(udp(), [](PacketBuilder& packet) { packet.udp().length = 8; })).payload(), "");
}

TEST(PacketParser, AUdpLengthBeyondTheIpLengthAddsNothing) {
  EXPECT_EQ(Parsed(with(udp(), [](PacketBuilder& packet) { packet.udp().length = 2000; })).payload(), "datagram");
}

TEST(PacketParser, APayloadCutByTheSnapLengthKeepsItsLengthOnTheWire) {
  const ByteString frame = tcp().frame();
  const Parsed parsed(frame, frame.size() - 10);
  EXPECT_EQ(parsed.packet.kind, PacketKind::tcp);
  EXPECT_EQ(parsed.packet.payload_length, 16U);
  EXPECT_EQ(parsed.payload(), "GET / ");
  const Parsed headers(frame, 54);
  EXPECT_EQ(headers.packet.kind, PacketKind::tcp);
  EXPECT_EQ(headers.packet.payload_length, 16U);
  EXPECT_EQ(headers.packet.payload_captured, 0U);
}

TEST(PacketParser, BothDirectionsHaveOneKey) {
  const Parsed there(tcp());
  const Parsed back(with(tcp(kServer, kClient), [](PacketBuilder& packet) {
    std::swap(packet.tcp().source_port, packet.tcp().destination_port);
  }));
  EXPECT_EQ(there.packet.key, back.packet.key);
  EXPECT_NE(there.packet.direction, back.packet.direction);
}

TEST(PacketParser, ALookAlikeOfTheOtherFamilyIsAnotherFlow) {
  const Parsed four(tcp("1.2.3.4", "5.6.7.8"));
  const Parsed six(tcp("102:304::", "506:708::"));
  EXPECT_FALSE(four.packet.key == six.packet.key);
}

TEST(PacketParser, KnowsMulticastAndBroadcast) {
  EXPECT_TRUE(Parsed(udp(kClient, "224.0.0.251")).packet.group);
  EXPECT_TRUE(Parsed(udp(kClient, "239.255.255.250")).packet.group);
  EXPECT_TRUE(Parsed(udp(kClient, "255.255.255.255")).packet.group);
  EXPECT_FALSE(Parsed(udp(kClient, "240.0.0.1")).packet.group);
  EXPECT_FALSE(Parsed(udp(kClient, "223.255.255.255")).packet.group);
  EXPECT_TRUE(Parsed(udp(kClient6, "ff02::fb")).packet.group);
  EXPECT_FALSE(Parsed(udp(kClient6, "fe80::1")).packet.group);
}

// ---- links ----

TEST(PacketParser, SkipsUpToFourVlanTagsAndKeepsTheFirstTwo) {
  PacketBuilder packet = tcp();
  for (unsigned tags = 1; tags <= 4; ++tags) {
    packet.vlan({.id = static_cast<std::uint16_t>(100 + tags), .priority = 7, .drop_eligible = true});
    const Parsed parsed(packet);
    EXPECT_EQ(parsed.packet.kind, PacketKind::tcp) << tags;
    EXPECT_EQ(parsed.packet.vlans, std::min(tags, 2U));
    EXPECT_EQ(parsed.packet.vlan[0], 101) << "without priority and drop eligibility";
    if (tags > 1) {
      EXPECT_EQ(parsed.packet.vlan[1], 102);
    }
    EXPECT_EQ(parsed.payload(), "GET / HTTP/1.1\r\n");
  }
  packet.vlan({.id = 5});
  expect_counted(packet, Counter::too_many_vlan_tags);
}

TEST(PacketParser, KnowsEveryProtocolIdOfVlanTags) {
  for (const std::uint16_t protocol_id : {std::uint16_t{0x8100}, std::uint16_t{0x88A8}, std::uint16_t{0x9100}}) {
    EXPECT_EQ(Parsed(tcp().vlan({.id = 9, .protocol_id = protocol_id})).packet.vlan[0], 9);
  }
}

TEST(PacketParser, TagsOfOneFrameDoNotStayOnTheNext) {
  Packet packet = Parsed(tcp().vlan({.id = 9})).packet;
  const ByteString plain = udp().frame();
  packet.data = plain.data();
  packet.captured = packet.length = static_cast<std::uint32_t>(plain.size());
  Counters counters;
  parse_packet(packet, counters);
  EXPECT_EQ(packet.vlans, 0);
  EXPECT_EQ(packet.kind, PacketKind::udp);
}

TEST(PacketParser, CountsFramesThatAreNotIp) {
  expect_counted(with(tcp(), [](PacketBuilder& packet) { packet.ethernet().ether_type = 0x0806; }),
                 Counter::unknown_ethertype);
  expect_counted(with(tcp(), [](PacketBuilder& packet) { packet.ethernet().ether_type = 46; }),
                 Counter::unknown_ethertype);
  expect_counted(ByteString(13), Counter::truncated_frame);
  expect_counted(ByteString(0), Counter::truncated_frame);
}

// ---- what is broken ----

TEST(PacketParser, CountsImpossibleIpHeaders) {
  expect_counted(with(tcp(), [](PacketBuilder& packet) { packet.ipv4().version = 5; }), Counter::bad_ip_header);
  expect_counted(with(tcp(), [](PacketBuilder& packet) { packet.ipv4().header_words = 4; }), Counter::bad_ip_header);
  expect_counted(with(tcp(), [](PacketBuilder& packet) { packet.ipv4().total_length = 19; }), Counter::bad_ip_header);
  expect_counted(with(tcp6(), [](PacketBuilder& packet) { packet.ipv6().version = 4; }), Counter::bad_ip_header);
}

TEST(PacketParser, CountsImpossibleTransportHeaders) {
  constexpr auto kBad = Counter::bad_transport_header;
  expect_counted(with(tcp(), [](PacketBuilder& packet) { packet.tcp().header_words = 4; }), kBad);
  expect_counted(with(tcp(), [](PacketBuilder& packet) { packet.tcp().header_words = 15; }), kBad);
  expect_counted(with(tcp(), [](PacketBuilder& packet) { packet.ipv4().total_length = 39; }), kBad);
  expect_counted(with(udp(), [](PacketBuilder& packet) { packet.udp().length = 7; }), kBad);
  expect_counted(with(udp(), [](PacketBuilder& packet) { packet.ipv4().total_length = 27; }), kBad);
}

TEST(PacketParser, CountsProtocolsThatAreNotTracked) {
  const auto four = [](std::uint8_t protocol) {
    return with(tcp(), [&](PacketBuilder& packet) { packet.ipv4().protocol = protocol; });
  };
  const auto six = [](std::uint8_t protocol) {
    return with(tcp6(), [&](PacketBuilder& packet) { packet.ipv6().protocol = protocol; });
  };
  for (const std::uint8_t protocol : std::initializer_list<std::uint8_t>{2, 59, 132}) {  // IGMP, no next header, SCTP
    expect_counted(four(protocol), Counter::other_protocol);
    expect_counted(six(protocol), Counter::other_protocol);
  }
  expect_counted(four(50), Counter::closed_tunnels);  // ESP
  expect_counted(six(50), Counter::closed_tunnels);
}

TEST(PacketParser, CountsMacsec) {
  const auto macsec = [](PacketBuilder& packet) { packet.ethernet().ether_type = 0x88E5; };
  expect_counted(with(tcp(), macsec), Counter::closed_tunnels);
  expect_counted(with(tcp().vlan({.id = 3}), macsec), Counter::closed_tunnels);
}

TEST(PacketParser, CountsFragments) {
  expect_counted(with(udp(), [](PacketBuilder& packet) { packet.ipv4().more_fragments = true; }), Counter::fragments);
  expect_counted(with(udp(), [](PacketBuilder& packet) { packet.ipv4().fragment_offset = 1; }), Counter::fragments);
  expect_counted(
      with(udp6(), [](PacketBuilder& packet) { packet.ipv6().extensions = {packets::fragment_header(0, true, 7)}; }),
      Counter::fragments);
  expect_counted(
      with(udp6(), [](PacketBuilder& packet) { packet.ipv6().extensions = {packets::fragment_header(1, false, 7)}; }),
      Counter::fragments);
}

TEST(PacketParser, FlagsThatAreNoFragmentsDoNotMatter) {
  EXPECT_EQ(Parsed(with(tcp(), [](PacketBuilder& packet) { packet.ipv4().reserved_flag = true; })).packet.kind,
            PacketKind::tcp);
}

// ---- IPv6 header chains ----

TEST(PacketParser, SkipsEveryExtensionHeader) {
  const Parsed parsed(with(tcp6(), [](PacketBuilder& packet) {
    packet.ipv6().extensions = {
        packets::hop_by_hop(),
        packets::destination_options(ByteString{0x1E, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}),
        routing(),
        packets::fragment_header(0, false, 7),
        authentication(),
        mobility(),
        packets::destination_options()};
  }));
  EXPECT_EQ(parsed.packet.kind, PacketKind::tcp);
  EXPECT_EQ(parsed.payload(), "GET / HTTP/1.1\r\n");
}

TEST(PacketParser, AnAtomicFragmentIsAWholePacket) {  // RFC 6946
  EXPECT_EQ(
      Parsed(with(udp6(),
                  [](PacketBuilder& packet) { packet.ipv6().extensions = {packets::fragment_header(0, false, 7)}; }))
          .payload(),
      "datagram");
}

TEST(PacketParser, FollowsTwentyFourExtensionHeadersAndNoMore) {
  const auto chain = [](std::size_t headers) {
    return with(udp6(), [&](PacketBuilder& packet) {
      packet.ipv6().extensions.assign(headers, packets::destination_options());
    });
  };
  EXPECT_EQ(Parsed(chain(24)).payload(), "datagram");
  expect_counted(chain(25), Counter::ipv6_header_chain);
}

TEST(PacketParser, CountsExtensionHeadersThatLeaveThePacket) {
  expect_counted(with(udp6(), [](PacketBuilder& packet) { packet.ipv6().extensions = {extension(60, 6, 200)}; }),
                 Counter::ipv6_header_chain);
  // The chain says that another header follows, but the packet is over.
  PacketBuilder packet;
  packet.between(kClient6, kServer6);
  packet.ipv6().protocol = 60;
  expect_counted(packet, Counter::ipv6_header_chain);
}

TEST(PacketParser, TruncationWithinTheChainIsToldFromABrokenChain) {
  const ByteString frame = with(udp6(), [](PacketBuilder& packet) {
                             packet.ipv6().extensions = {packets::hop_by_hop(), packets::hop_by_hop()};
                           }).frame();
  const Parsed parsed(frame, 14 + 40 + 8 + 4);
  EXPECT_EQ(parsed.counters.at(Counter::truncated_ip), 1U);
}

// ---- ICMP errors ----

TEST(PacketParser, AnIcmpErrorIsAboutThePacketItQuotes) {
  for (const Family& family : kFamilies) {
    for (const auto make : {family.tcp, family.udp}) {
      const Parsed original(make());
      const Parsed error(icmp_unreachable(family.router, make()));
      EXPECT_EQ(error.packet.kind, PacketKind::icmp_error) << family.name;
      EXPECT_EQ(error.packet.key, original.packet.key);
      EXPECT_EQ(error.packet.direction, original.packet.direction);
      EXPECT_EQ(error.counters.at(Counter::icmp_errors), 1U);
      EXPECT_EQ(error.shard(), original.shard()) << "it reaches the worker of the flow";
    }
  }
}

TEST(PacketParser, EightQuotedBytesAreEnough) {  // RFC 792
  for (const Family& family : kFamilies) {
    EXPECT_EQ(Parsed(icmp_unreachable(family.router, family.udp(), packets::Unreachable::host, 8)).packet.kind,
              PacketKind::icmp_error);
    EXPECT_EQ(Parsed(icmp_unreachable(family.router, family.udp(), packets::Unreachable::host, 4)).packet.kind,
              PacketKind::icmp_error);
    const Parsed too_short(icmp_unreachable(family.router, family.udp(), packets::Unreachable::host, 3));
    EXPECT_EQ(too_short.packet.kind, PacketKind::none);
    EXPECT_EQ(too_short.counters.at(Counter::icmp_errors), 1U);
  }
}

TEST(PacketParser, AnErrorAboutAPacketWithExtensionHeadersFindsItsPorts) {
  const PacketBuilder quoted = with(udp6(), [](PacketBuilder& packet) {
    packet.ipv6().extensions = {packets::hop_by_hop(), routing()};
  });
  EXPECT_EQ(Parsed(icmp_unreachable("2001:db8:9::9", quoted)).packet.key, Parsed(udp6()).packet.key);
}

TEST(PacketParser, AnErrorAboutSomethingElseIsNotTracked) {
  for (const Family& family : kFamilies) {
    PacketBuilder echo = family.udp();
    echo.icmp({.type = 8});
    const Parsed parsed(icmp_unreachable(family.router, echo));
    EXPECT_EQ(parsed.packet.kind, PacketKind::none);
    EXPECT_EQ(parsed.counters.at(Counter::icmp_errors), 1U);
  }
}

TEST(PacketParser, OtherIcmpMessagesAreNoErrors) {
  for (const std::uint8_t type : std::initializer_list<std::uint8_t>{0, 8, 11, 12}) {
    expect_counted(with(icmp_unreachable("10.9.9.9", udp()), [&](PacketBuilder& packet) { packet.icmp().type = type; }),
                   Counter::other_protocol);
  }
  for (const std::uint8_t type : std::initializer_list<std::uint8_t>{2, 3, 128, 135}) {
    expect_counted(
        with(icmp_unreachable("2001:db8:9::9", udp6()), [&](PacketBuilder& packet) { packet.icmp().type = type; }),
        Counter::other_protocol);
  }
}

TEST(PacketParser, Icmpv6InsideIpv4IsNoError) {
  PacketBuilder packet = icmp_unreachable("10.9.9.9", udp());
  packet.ipv4().protocol = 58;
  packet.icmp().type = 1;
  expect_counted(packet, Counter::other_protocol);
}

// ---- every packet, cut and flipped everywhere ----

std::vector<std::pair<std::string, PacketBuilder>> every_kind_of_packet() {
  std::vector<std::pair<std::string, PacketBuilder>> all{
      {"tcp", tcp()},
      {"tcp with options", with(tcp(),
                                [](PacketBuilder& p) {
                                  p.ipv4().options = ByteString(8, 1);
                                  p.tcp().options = ByteString(12, 1);
                                })},
      {"syn with options", with(tcp(),
                                [](PacketBuilder& p) {
                                  p.tcp().options = ByteString(20, 1);
                                  p.payload().clear();
                                })},
      {"udp", udp()},
      {"empty udp", with(udp(), [](PacketBuilder& p) { p.payload().clear(); })},
      {"tcp6", tcp6()},
      {"udp6", udp6()},
      {"vlan", tcp().vlan({.id = 1})},
      {"four vlans", udp().vlan({.id = 1}).vlan({.id = 2}).vlan({.id = 3}).vlan({.id = 4})},
      {"five vlans", udp().vlan({.id = 1}).vlan({.id = 2}).vlan({.id = 3}).vlan({.id = 4}).vlan({.id = 5})},
      {"extension headers", with(udp6(),
                                 [](PacketBuilder& p) {
                                   p.ipv6().extensions = {packets::hop_by_hop(), routing(), authentication(),
                                                          packets::fragment_header(0, false, 1), mobility()};
                                 })},
      {"fragment", with(udp(), [](PacketBuilder& p) { p.ipv4().more_fragments = true; })},
      {"fragment6",
       with(udp6(), [](PacketBuilder& p) { p.ipv6().extensions = {packets::fragment_header(3, true, 1)}; })},
      {"icmp error", icmp_unreachable("10.9.9.9", tcp())},
      {"icmp error of eight bytes", icmp_unreachable("10.9.9.9", tcp(), packets::Unreachable::port, 8)},
      {"icmp6 error", icmp_unreachable("2001:db8:9::9", udp6())},
      {"icmp6 error about extension headers",
       icmp_unreachable("2001:db8:9::9", with(udp6(),
                                              [](PacketBuilder& p) {
                                                p.ipv6().extensions = {packets::hop_by_hop(), routing()};
                                              }))},
      {"echo", with(udp(), [](PacketBuilder& p) { p.icmp({.type = 8}); })},
      {"padded", with(udp(), [](PacketBuilder& p) { p.ethernet().minimum_frame = 90; })},
  };
  return all;
}

/// What must hold of any frame whatever.
void expect_sound(const Parsed& parsed) {
  const Packet& packet = parsed.packet;
  if (packet.kind == PacketKind::none) {
    EXPECT_EQ(parsed.counted() - parsed.counters.at(Counter::tunnels), 1U)
        << "every packet that is not tracked is counted once";
    return;
  }
  (void)parsed.shard();
  EXPECT_EQ(parsed.counted() - parsed.counters.at(Counter::tunnels), packet.kind == PacketKind::icmp_error ? 1U : 0U);
  if (packet.kind == PacketKind::icmp_error) return;
  EXPECT_LE(packet.payload_captured, packet.payload_length);
  EXPECT_LE(std::uint64_t{packet.payload_offset} + packet.payload_captured,
            std::max<std::uint64_t>(packet.captured, packet.payload_offset));
  EXPECT_LE(packet.transport_offset + (packet.kind == PacketKind::tcp ? 20U : 8U), packet.captured);
  (void)checksums_good(packet);
  (void)datagram_fingerprint(packet, 1);
  std::uint32_t sum = 0;
  for (std::uint32_t i = 0; i < packet.payload_captured; ++i) sum += packet.data[packet.payload_offset + i];
  EXPECT_LE(sum, packet.payload_captured * 255U);
}

TEST(PacketParser, APacketCutAtAnyByteIsCountedOrKeepsItsKey) {
  for (const auto& [name, builder] : every_kind_of_packet()) {
    const ByteString frame = builder.frame();
    const Parsed whole(frame);
    for (std::size_t captured = 0; captured <= frame.size() && !testing::Test::HasFailure(); ++captured) {
      SCOPED_TRACE(name + ", " + std::to_string(captured) + " bytes");
      const Parsed cut(frame, captured);
      expect_sound(cut);
      if (cut.packet.kind == PacketKind::none) continue;
      EXPECT_EQ(cut.packet.kind, whole.packet.kind);
      EXPECT_EQ(cut.packet.key, whole.packet.key);
      EXPECT_EQ(cut.packet.payload_length, whole.packet.payload_length);
    }
  }
}

TEST(PacketParser, APacketWithAnyBitFlippedIsSound) {
  for (const auto& [name, builder] : every_kind_of_packet()) {
    ByteString frame = builder.frame();
    for (std::size_t bit = 0; bit < frame.size() * 8 && !testing::Test::HasFailure(); ++bit) {
      SCOPED_TRACE(name + ", bit " + std::to_string(bit));
      const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
      frame[bit / 8] ^= mask;
      expect_sound(Parsed(frame));
      expect_sound(Parsed(frame, frame.size() - std::min<std::size_t>(frame.size(), 12)));
      frame[bit / 8] ^= mask;
    }
  }
}

RC_GTEST_PROP(PacketParserProperty, AnyBytesAreSound, ()) {
  auto frame = *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>());
  if (frame.size() > 14 && *rc::gen::arbitrary<bool>()) {
    const bool six = *rc::gen::arbitrary<bool>();
    frame[12] = six ? 0x86 : 0x08;
    frame[13] = six ? 0xDD : 0x00;
    frame[14] = six ? 0x60 : 0x45;
  }
  expect_sound(Parsed(frame));
  RC_ASSERT(!testing::Test::HasFailure());
}

}  // namespace packet_parser_test
}  // namespace ghostport
