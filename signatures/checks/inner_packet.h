// The IP packet that a tunnel carries, for the structural checks.
#pragma once

#include <cstddef>

#include "signatures/checks/bytes.h"

namespace ghostport {

/// Header bytes of an IP packet that fills `packet` exactly, with IPv4's checksum; 0 where it is none. Length and
/// version are verified: 3 bytes of proof, and 2 more of IPv4.
[[nodiscard]] inline std::size_t inner_header(Bytes packet) noexcept {
  if (packet.size() >= 40 && packet[0] >> 4 == 6) return big16(packet, 4) + 40 == packet.size() ? 40 : 0;
  if (packet.size() < 20 || packet[0] >> 4 != 4) return 0;
  const std::size_t header = 4 * std::size_t{packet[0] & 0x0FU};
  if (header < 20 || header > packet.size() || big16(packet, 2) != packet.size()) return 0;
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < header; at += 2) sum += big16(packet, at);
  sum = (sum & 0xFFFF) + (sum >> 16);
  sum = (sum & 0xFFFF) + (sum >> 16);
  return sum == 0xFFFF ? header : 0;
}

}  // namespace ghostport
