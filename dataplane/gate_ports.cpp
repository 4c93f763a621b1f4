#include "dataplane/gate_ports.h"

#include "dataplane/udp_tunnels.h"

namespace ghostport {

std::optional<std::vector<PortRange>> gate_ports(const Rules& rules, Transport transport) {
  constexpr std::uint8_t kLookedAt = WatchTable::kWatched | WatchTable::kCompanion | WatchTable::kNearby;
  constexpr std::size_t kMostPorts = 60'000;  // past which there is next to nothing to keep back
  if (transport == Transport::tcp && rules.watch.count(WatchTable::kCompanion) != 0) return std::nullopt;
  std::vector<PortRange> ranges;
  std::size_t ports = 0;
  for (std::uint32_t port = 0; port < 65536; ++port) {
    const auto number = static_cast<std::uint16_t>(port);
    if ((rules.watch.at(transport, number) & kLookedAt) == 0 &&
        !(transport == Transport::udp && is_tunnel_port(number)))
      continue;
    if (!ranges.empty() && ranges.back().last + 1U == port) {
      ranges.back().last = number;
    } else {
      ranges.push_back({number, number});
    }
    ++ports;
  }
  if (ports > kMostPorts) return std::nullopt;
  return ranges;
}

}  // namespace ghostport
