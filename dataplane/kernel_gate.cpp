#include "dataplane/kernel_gate.h"

#include "dataplane/ip_header.h"
#include "dataplane/udp_tunnels.h"

namespace ghostport {
namespace {

constexpr std::size_t kMostRanges = 200;  // past which a filter costs more than it saves

/// "port 3238 or portrange 3237-3239"; empty where there are none, or too many.
std::string ports_of(const WatchTable& watch, Transport transport) {
  constexpr std::uint8_t kLookedAt = WatchTable::kWatched | WatchTable::kCompanion | WatchTable::kNearby;
  const auto matters = [&](std::size_t port) {
    if (port > 65535) return false;
    const auto number = static_cast<std::uint16_t>(port);
    return (watch.at(transport, number) & kLookedAt) != 0 || (transport == Transport::udp && is_tunnel_port(number));
  };
  std::string text;
  std::size_t ranges = 0;
  for (std::size_t port = 0; port < 65536; ++port) {
    if (!matters(port)) continue;
    const std::size_t first = port;
    while (matters(port + 1)) ++port;
    if (++ranges > kMostRanges || port - first > 60'000) return {};
    text += text.empty() ? "" : " or ";
    text += first == port ? "port " + std::to_string(first)
                          : "portrange " + std::to_string(first) + '-' + std::to_string(port);
  }
  return text;
}

/// Plain packets of that transport on other ports: no fragment, no IPv6 extension header, no tag before the IP header.
std::string rest(Transport transport, const std::string& ports) {
  const std::string number = std::to_string(transport == Transport::udp ? kUdp : kTcp);
  const std::string elsewhere = " and not (" + ports + ")";
  return "(ip and ip[6:2] & 0x3fff = 0 and ip[9] = " + number + elsewhere + ") or (ip6 and ip6[6] = " + number +
         elsewhere + ")";
}

}  // namespace

std::string kernel_gate(const Rules& rules) {
  std::string left_out;
  for (const Transport transport : {Transport::udp, Transport::tcp}) {
    // H.245 and its like may be announced for any port of TCP.
    if (transport == Transport::tcp && rules.watch.count(WatchTable::kCompanion) != 0) continue;
    const std::string ports = ports_of(rules.watch, transport);
    if (!ports.empty()) left_out += (left_out.empty() ? "" : " or ") + rest(transport, ports);
  }
  return left_out.empty() ? left_out : "not (" + left_out + ")";
}

}  // namespace ghostport
