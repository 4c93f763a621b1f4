// From a frame to the innermost IP packet: link layers, tags, labels, PPP, and up to four tunnels, each checked before
// it is entered. Called by whoever parses (a worker) or shards (the reader); never throws.
#pragma once

#include "dataplane/counters.h"
#include "dataplane/packet.h"

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
