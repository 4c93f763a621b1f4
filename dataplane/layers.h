// From a frame to the innermost IP packet: link layers, tags, labels, PPP, and up to four tunnels, each checked before
// it is entered. Called by whoever parses (a worker) or shards (the reader); never throws.
#pragma once

#include <algorithm>

#include "dataplane/counters.h"
#include "dataplane/ip_header.h"
#include "dataplane/packet.h"
#include "dataplane/udp_tunnels.h"

namespace ghostport {

inline constexpr unsigned kMostTunnels = 4;

/// Where the way through the layers ended.
enum class Reach : std::uint8_t {
  nothing,   ///< no IP packet that can be read; a counter says why
  network,   ///< family, ip_offset, transport_offset, protocol, wire_end and end of the packet are those of its
             ///< innermost IP header
  fragment,  ///< the same, but the packet is an IP fragment: transport_offset is that of the IPv6 fragment header, or
             ///< that of the bytes behind an IPv4 header
};

/// False for an Ethernet frame whose type says that no IP packet is in it: most of what is not IP.
[[nodiscard]] bool may_hold_ip(const Packet& packet) noexcept;

/// Where the headers of a plain frame lie: TCP or UDP in a whole IP packet without options or extension headers, on
/// Ethernet, in no tunnel. Most are, and need no walk.
struct PlainHeaders {
  std::uint8_t family = 0;  ///< 0: it is none
  std::uint8_t protocol = 0;
  std::uint32_t transport = 0;  ///< offset; at least kLeast bytes are captured there
  std::uint32_t wire_end = 0;   ///< where the IP packet ends by its header

  static constexpr std::uint32_t kIp = 14;
  static constexpr std::uint32_t kLeast = 20;
};

[[nodiscard]] inline PlainHeaders plain_headers(const Packet& packet) noexcept {
  constexpr std::uint32_t kIp = PlainHeaders::kIp;
  constexpr std::uint32_t kLeast = PlainHeaders::kLeast;
  if (packet.link_type != kLinkEthernet || packet.captured < kIp + 20 + kLeast) return {};
  const std::uint8_t* const data = packet.data;
  const std::uint32_t type = static_cast<std::uint32_t>(get16(data + 12)) << 8U | data[kIp];  // and version, and size
  PlainHeaders plain;
  if (type == 0x080045) {
    const std::uint32_t total = get16(data + kIp + 2);
    if ((get16(data + kIp + 6) & 0x3FFFU) != 0 || total < 20) return {};
    plain = {4, data[kIp + 9], kIp + 20, kIp + total};
  } else if (type >> 4U == 0x86DD6) {
    const std::uint32_t payload = get16(data + kIp + 4);
    if (payload == 0 || packet.captured < kIp + 40 + kLeast) return {};
    plain = {6, data[kIp + 6], kIp + 40, kIp + 40 + payload};
  } else {
    return {};
  }
  if (plain.protocol == kTcp) return plain;
  const std::uint8_t* const ports = data + plain.transport;
  if (plain.protocol != kUdp || is_tunnel_port(get16(ports)) || is_tunnel_port(get16(ports + 2))) return {};
  return plain;
}

/// What find_network() would find of it.
inline void take_plain(Packet& packet, const PlainHeaders& plain) noexcept {
  packet.vlans = packet.tunnels = 0;
  packet.tunnel = TunnelKind::none;
  packet.anomalies = 0;
  packet.family = plain.family;
  packet.protocol = plain.protocol;
  packet.ip_offset = PlainHeaders::kIp;
  packet.transport_offset = static_cast<std::uint16_t>(plain.transport);
  packet.wire_end = plain.wire_end;
  packet.end = std::min(packet.captured, plain.wire_end);
  packet.doubtful = plain.wire_end > packet.length && plain.wire_end > packet.captured;
}

/// From the link layer on.
[[nodiscard]] Reach find_network(Packet& packet, Counters& counters) noexcept;

/// From the IP header at packet.ip_offset on: for a datagram that has been reassembled.
[[nodiscard]] Reach resume_network(Packet& packet, Counters& counters) noexcept;

/// The IP header at packet.ip_offset alone: for a foreign host, which has found its way to it and enters tunnels
/// itself.
[[nodiscard]] Reach read_network(Packet& packet, Counters& counters) noexcept;

/// The outermost IP header, for the record; depth 0 for a packet in no tunnel.
[[nodiscard]] TunnelNote tunnel_note(const Packet& packet) noexcept;

}  // namespace ghostport
