// What carries a datagram below IP: Ethernet with all that may stand behind it, and the link types of pcap that are not
// Ethernet (https://www.tcpdump.org/linktypes.html). Part of packet_builder.h.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/packet_layers.h"

namespace ghostport::packets {

// EtherTypes (IEEE 802 numbers, IANA).
inline constexpr std::uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86DD, kEtherBridge = 0x6558, kEtherMpls = 0x8847,
                               kEtherMplsMulticast = 0x8848, kEtherPppoe = 0x8864, kEtherMacsec = 0x88E5;

// LINKTYPE values. Raw IP has had three: 101 is the registry's, 12 and 14 are what some systems wrote for it.
inline constexpr std::uint32_t kLinkTypeNull = 0, kLinkTypePpp = 9, kLinkTypePppHdlc = 50, kLinkTypeRaw = 101,
                               kLinkTypeCiscoHdlc = 104, kLinkTypeLoop = 108, kLinkTypeCooked = 113,
                               kLinkTypeIpv4 = 228, kLinkTypeIpv6 = 229, kLinkTypeCooked2 = 276;

/// EtherType of a datagram, by its first four bits.
[[nodiscard]] std::uint16_t ether_type_of(const ByteString& datagram);

/// `inside` behind an Ethernet header and VLAN tags; `type` is written unless the header names one itself.
[[nodiscard]] ByteString ethernet_frame(const EthernetHeader& ethernet, const std::vector<VlanTag>& vlans,
                                        std::uint16_t type, const ByteString& inside);
/// IEEE 802.3 length, LLC and SNAP in front of the datagram (RFC 1042).
[[nodiscard]] ByteString snap_frame(const EthernetHeader& ethernet, const ByteString& datagram);

struct MplsLabel {
  std::uint32_t label = 16;
  std::uint8_t traffic_class = 0;
  std::uint8_t time_to_live = 64;
};
/// A label stack, outermost first, the last with the bottom-of-stack bit (RFC 3032 section 2.1).
[[nodiscard]] ByteString mpls(const std::vector<MplsLabel>& stack, const ByteString& inside);
/// The control word of an Ethernet pseudowire in front of the frame (RFC 4448 section 4.6).
[[nodiscard]] ByteString pseudowire(const ByteString& ethernet_frame, std::uint16_t sequence = 0);

/// PPP's protocol field and the datagram (RFC 1661); compressed: one byte for it (section 6.5).
[[nodiscard]] ByteString ppp(const ByteString& datagram, bool compressed = false);
/// A PPPoE session packet around PPP (RFC 2516 section 4).
[[nodiscard]] ByteString pppoe(const ByteString& ppp, std::uint16_t session = 0x0011);
/// PPP in HDLC-like framing (RFC 1662): address and control in front of the protocol.
[[nodiscard]] ByteString ppp_hdlc(const ByteString& ppp);
/// Cisco HDLC: address, control, EtherType.
[[nodiscard]] ByteString cisco_hdlc(const ByteString& datagram);

/// BSD loopback: the address family in the byte order of the machine that wrote the capture (link type 0), or in
/// network order (link type 108). IPv6 is 24, 28 or 30 with the BSDs and 10 with Linux.
[[nodiscard]] ByteString loopback(const ByteString& datagram, bool big_endian, std::uint32_t ipv6_family = 30);

/// Linux "cooked" captures, version 1 and 2. Packet type 0: to this host, 4: from it.
[[nodiscard]] ByteString cooked(const MacAddress& source, const ByteString& datagram, std::uint16_t packet_type = 0);
[[nodiscard]] ByteString cooked2(const MacAddress& source, const ByteString& datagram, std::uint8_t packet_type = 0);

}  // namespace ghostport::packets
