// From a frame to five-tuple, flags and payload, counting what is broken. Ethernet, VLAN stacks, IPv4, IPv6 with its
// extension headers, TCP, UDP, ICMP errors. Called by workers, and (pair hash only) by the reader that shards; never
// throws.
#pragma once

#include "dataplane/counters.h"
#include "dataplane/packet.h"

namespace ghostport {

/// Fills the parser's part of the packet; kind stays none for what cannot be tracked, and a counter says why.
void parse_packet(Packet& packet, Counters& counters) noexcept;

/// Hash of the packet's address pair (of the quoted one for an ICMP error), 0 where there is none.
[[nodiscard]] std::uint64_t shard_hash(const std::uint8_t* data, std::uint32_t captured) noexcept;

/// Internet checksum of the transport header and payload over the pseudo-header, and of the IPv4 header (RFC 1071).
/// True where it cannot be checked: cut by the capture, or UDP without one.
[[nodiscard]] bool checksums_good(const Packet& packet) noexcept;

/// Equal for the second copy of a datagram that a mirror shows twice: IP identification, UDP header and payload.
[[nodiscard]] std::uint64_t datagram_fingerprint(const Packet& packet) noexcept;

}  // namespace ghostport
