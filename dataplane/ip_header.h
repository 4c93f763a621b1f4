// One IP header with its chain of extension headers, as bytes of a packet; and the numbers of the IP layer. Called by
// the parser; never throws.
#pragma once

#include <cstdint>

namespace ghostport {

// Protocol numbers (IANA).
inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kIpInIp = 4;
inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kIpv6InIp = 41;
inline constexpr std::uint8_t kGre = 47;
inline constexpr std::uint8_t kEsp = 50;
inline constexpr std::uint8_t kIcmp6 = 58;
inline constexpr std::uint8_t kMplsInIp = 137;

/// The wire length where it is not known: that of a packet which is quoted in part.
inline constexpr std::uint32_t kAnyLength = 0x20000;

[[nodiscard]] inline std::uint16_t get16(const std::uint8_t* at) noexcept {
  return static_cast<std::uint16_t>(at[0] << 8U | at[1]);
}

struct IpHeader {
  enum class State : std::uint8_t {
    good,
    bad,
    truncated,  ///< cut by the capture
    fragment,   ///< transport_offset is that of the IPv6 fragment header, or of the bytes behind an IPv4 header
    chain       ///< IPv6: too many extension headers, or beyond the end
  } state = State::bad;
  std::uint8_t family = 4;
  std::uint8_t protocol = 0;
  bool doubtful = false;                 ///< a receiver may refuse it: see Packet::doubtful
  const std::uint8_t* source = nullptr;  ///< null where there is no header to read
  const std::uint8_t* destination = nullptr;
  std::uint32_t transport_offset = 0;
  std::uint32_t wire_end = 0;  ///< offset at which the packet ends, by the header's length
};

/// The header at `offset`, by its version; captured bytes end at `end`, the wire's at `wire_end` (which counts where
/// the header names no length: segmentation offload, jumbograms).
[[nodiscard]] IpHeader read_ip(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end,
                               std::uint32_t wire_end) noexcept;

/// A multicast or broadcast address.
[[nodiscard]] inline bool is_group(const std::uint8_t* destination, std::uint8_t family) noexcept {
  if (family == 6) return destination[0] == 0xFF;
  return (destination[0] & 0xF0U) == 0xE0U ||
         (destination[0] & destination[1] & destination[2] & destination[3]) == 0xFF;
}

/// The first 20 (IPv4) or 40 bytes could begin an IP packet.
[[nodiscard]] bool looks_like_ip(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end) noexcept;
/// An Ethernet header, tags, and what looks like IP.
[[nodiscard]] bool looks_like_frame(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end) noexcept;

}  // namespace ghostport
