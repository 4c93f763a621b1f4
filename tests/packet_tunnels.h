// Tunnels: a datagram or a frame inside another packet. Each function gives the bytes that its carrier carries; the
// carrier is ip_packet() or udp_packet(), so that all nest. Part of packet_builder.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/packet_layers.h"

namespace ghostport::packets {

// Protocol numbers and UDP ports (IANA; 0x0800 is the EtherType).
inline constexpr std::uint8_t kProtocolIpv4 = 4, kProtocolIpv6 = 41, kProtocolGre = 47, kProtocolMpls = 137;
inline constexpr std::uint16_t kGtpUserPort = 2152, kTeredoPort = 3544, kVxlanPort = 4789, kGenevePort = 6081;

/// An IP packet whose payload is `inside`, of that protocol number.
[[nodiscard]] PacketBuilder ip_packet(const IpAddress& from, const IpAddress& to, std::uint8_t protocol,
                                      const ByteString& inside);
[[nodiscard]] PacketBuilder udp_packet(const Endpoint& from, const Endpoint& to, const ByteString& inside);

/// GRE version 0 (RFC 2784, RFC 2890; routing: RFC 1701) or 1 (RFC 2637, where the key holds length and call).
struct GreHeader {
  std::optional<std::uint16_t> protocol{};  ///< empty: EtherType of the datagram inside
  bool checksum = false;
  bool routing = false;  ///< with one empty source route entry
  std::optional<std::uint32_t> key{};
  std::optional<std::uint32_t> sequence{};
  std::optional<std::uint32_t> acknowledgment{};  ///< version 1
  std::uint8_t version = 0;
  std::uint16_t reserved_flags = 0;
};
[[nodiscard]] ByteString gre(const ByteString& inside, const GreHeader& header = {});

/// ERSPAN in GRE, around an Ethernet frame: type I (no header of its own), II, or III with or without the platform
/// specific subheader (draft-foschiano-erspan-03).
enum class Erspan { one, two, three, three_with_subheader };
[[nodiscard]] ByteString erspan(const ByteString& frame, Erspan type, std::uint32_t sequence = 1);

/// VXLAN (RFC 7348 section 5) around an Ethernet frame.
[[nodiscard]] ByteString vxlan(const ByteString& frame, std::uint32_t network = 42);

/// GENEVE (RFC 8926 section 3.4) around what `protocol` names; options are padded to a multiple of 4.
struct GeneveHeader {
  std::uint16_t protocol = 0x6558;  ///< an Ethernet frame
  std::uint32_t network = 42;
  ByteString options{};
};
[[nodiscard]] ByteString geneve(const ByteString& inside, const GeneveHeader& header = {});
/// One option: class, type and data (a multiple of 4 bytes).
[[nodiscard]] ByteString geneve_option(std::uint16_t option_class, std::uint8_t type, const Data& data);

/// GTP-U G-PDU (3GPP TS 29.281 section 5) around a datagram. Extension headers: type and content, whose size is a
/// multiple of 4 less the two bytes of length and next type.
struct GtpHeader {
  std::uint32_t tunnel = 0x00C0FFEE;
  std::optional<std::uint16_t> sequence{};
  std::optional<std::uint8_t> n_pdu{};
  std::vector<std::pair<std::uint8_t, ByteString>> extensions{};
  std::uint8_t message = 255;
};
[[nodiscard]] ByteString gtp(const ByteString& datagram, const GtpHeader& header = {});

/// Teredo (RFC 4380 section 5.1.1) around an IPv6 datagram: authentication and origin indication in front on request.
struct TeredoHeaders {
  bool authentication = false;
  bool origin = false;
};
[[nodiscard]] ByteString teredo(const ByteString& datagram, const TeredoHeaders& headers = {});

}  // namespace ghostport::packets
