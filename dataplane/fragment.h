// What one IP packet says about itself as a fragment: which datagram, which bytes of it, and what is odd about it.
// Called by the defragmenter.
#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/packet.h"

namespace ghostport {

/// Fragments with equal keys belong together (RFC 791 section 3.2; RFC 8200 section 4.5, which leaves the protocol
/// out).
struct FragmentKey {
  std::uint8_t source[16]{};  ///< IPv4 in the first four bytes
  std::uint8_t destination[16]{};
  std::uint32_t identification = 0;
  std::uint8_t family = 4;
  std::uint8_t protocol = 0;  ///< IPv4 only
  std::uint8_t tunnels = 0;   ///< how deep: a datagram within a datagram may have the same addresses
  std::uint8_t zero = 0;

  friend bool operator==(const FragmentKey& a, const FragmentKey& b) noexcept {
    return std::memcmp(&a, &b, sizeof a) == 0;
  }
};
static_assert(sizeof(FragmentKey) == 40);

struct Fragment {
  static constexpr std::uint32_t kMostBytes = 65'535;  ///< of a datagram: the length field has 16 bits

  FragmentKey key;
  const std::uint8_t* bytes = nullptr;
  std::uint32_t offset = 0;  ///< of its first byte in what was fragmented
  std::uint32_t end = 0;     ///< past its last byte; a multiple of 8 where more follow
  std::uint32_t captured = 0;
  bool more = false;
  bool odd = false;           ///< by itself: as no honest host sends it
  bool plain = false;         ///< without IP options and extension headers: the addresses are those of the checksum
  std::uint8_t next = 0;      ///< protocol number of what was fragmented
  std::uint8_t life = 0;      ///< TTL, hop limit
  std::uint8_t service = 0;   ///< DSCP: congestion marks may differ (RFC 3168 section 5.3)
  std::uint32_t options = 0;  ///< digest of what all fragments of a datagram must carry alike
  const std::uint8_t* header = nullptr;  ///< the IPv4 header with its options, or the fixed IPv6 header
  std::uint8_t header_size = 0;
};

enum class FragmentFault : std::uint8_t {
  none,
  impossible,   ///< no bytes, bytes past 65,535, or IPv6 cut between 8-byte units
  bad_checksum  ///< of the IPv4 header; 0 is taken for one that the sender's card fills in
};

/// Parameters as of Defragmenter::add().
[[nodiscard]] FragmentFault read_fragment(const Packet& packet, std::uint32_t fragment_header, std::uint32_t wire_end,
                                          Fragment& fragment) noexcept;

}  // namespace ghostport
