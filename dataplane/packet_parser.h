// From an IP packet to five-tuple, flags and payload, counting what is broken: TCP, UDP, ICMP errors. Called by
// workers, and (pair hash only) by the reader that shards; never throws.
#pragma once

#include "dataplane/layers.h"

namespace ghostport {

/// Fills the parser's part of a packet whose network has been found (dataplane/layers.h); kind stays none for what
/// cannot be tracked, and a counter says why.
void parse_transport(Packet& packet, Counters& counters) noexcept;

/// Both steps for a frame that is no fragment; for one, kind stays none.
inline void parse_packet(Packet& packet, Counters& counters) noexcept {
  packet.kind = PacketKind::none;
  const Reach reach = find_network(packet, counters);
  if (reach == Reach::network) parse_transport(packet, counters);
  if (reach == Reach::fragment) counters.add(Counter::fragments);
}

/// Hash of the address pair of such a packet (of the quoted one for an ICMP error).
[[nodiscard]] std::uint64_t shard_hash(const Packet& packet) noexcept;
/// The same of a plain frame, whose network need not have been found.
[[nodiscard]] inline std::uint64_t shard_hash(const Packet& packet, const PlainHeaders& plain) noexcept {
  const std::uint8_t* const ip = packet.data + PlainHeaders::kIp;
  return plain.family == 4 ? pair_hash(ip + 12, ip + 16, 4) : pair_hash(ip + 8, ip + 24, 16);
}

/// Internet checksum of the transport header and payload over the pseudo-header, and of the IPv4 header (RFC 1071).
/// True where it cannot be checked: cut by the capture, or UDP without one. False for a doubtful packet.
[[nodiscard]] bool checksums_good(const Packet& packet) noexcept;

/// Equal for the second copy of a datagram that a mirror shows twice: IP identification, UDP header and payload.
/// `seed`: no sender knows it, who could otherwise write datagrams that look alike.
[[nodiscard]] std::uint64_t datagram_fingerprint(const Packet& packet, std::uint64_t seed) noexcept;

}  // namespace ghostport
