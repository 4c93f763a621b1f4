// Transports, port numbers and IANA's three ranges: value types that every room shares.
// Plain values, used on any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace ghostport {

enum class Transport : std::uint8_t { tcp = 0, udp = 1 };
inline constexpr std::size_t kTransports = 2;

/// "tcp", "udp"
[[nodiscard]] constexpr std::string_view transport_name(Transport transport) noexcept {
  return transport == Transport::tcp ? "tcp" : "udp";
}

/// First and last port, both included.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  friend bool operator==(const PortRange&, const PortRange&) = default;
};

/// RFC 6335 section 6: system 0-1023, user (registered) 1024-49151, dynamic 49152-65535.
enum class IanaRange : std::uint8_t { system, user, dynamic };

[[nodiscard]] constexpr IanaRange iana_range(std::uint16_t port) noexcept {
  if (port < 1024) return IanaRange::system;
  return port < 49152 ? IanaRange::user : IanaRange::dynamic;
}

/// "system", "user", "dynamic"
[[nodiscard]] constexpr std::string_view iana_range_name(IanaRange range) noexcept {
  if (range == IanaRange::system) return "system";
  return range == IanaRange::user ? "user" : "dynamic";
}

}  // namespace ghostport
