// Tunnels over UDP: VXLAN, GENEVE, GTP-U, Teredo. A port alone is no proof: the carrier's header and the packet inside
// must fit too, else the datagram is a flow like any other. Called by the parser; never throws.
#pragma once

#include <cstdint>

#include "detection/tunnel.h"

namespace ghostport {

// Ports (IANA's registry of service names; 8472 is what Linux used before VXLAN had a number).
inline constexpr std::uint16_t kGtpUser = 2152;
inline constexpr std::uint16_t kTeredo = 3544;
inline constexpr std::uint16_t kVxlan = 4789;
inline constexpr std::uint16_t kGeneve = 6081;
inline constexpr std::uint16_t kOldVxlan = 8472;

struct UdpTunnel {
  enum class Next : std::uint8_t { none, ip, ethernet } next = Next::none;
  TunnelKind kind = TunnelKind::none;
  std::uint32_t header = 0;  ///< bytes from the UDP header to what is inside
};

/// `offset`: of a UDP header that lies in the capture.
[[nodiscard]] UdpTunnel find_udp_tunnel(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end) noexcept;

/// May a datagram from or to this port be one?
[[nodiscard]] constexpr bool is_tunnel_port(std::uint16_t port) noexcept {
  return port == kVxlan || port == kOldVxlan || port == kGeneve || port == kGtpUser || port == kTeredo;
}

}  // namespace ghostport
