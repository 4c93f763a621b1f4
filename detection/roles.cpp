#include "detection/roles.h"

#include <algorithm>
#include <array>

namespace ghostport {
namespace {

// Registered ports of common servers, from IANA's service names (2026-03-01); ascending.
constexpr std::array<std::uint16_t, 38> kServerPorts{
    1080, 1194, 1433, 1521, 1701, 1720, 1723, 1883, 2049, 2404, 3128, 3306, 3389, 3478, 4500, 4840, 5060, 5061,  5222,
    5269, 5353, 5355, 5432, 5671, 5672, 5683, 5900, 5985, 5986, 6379, 6443, 6667, 8080, 8443, 8883, 9200, 11211, 27017};
constexpr std::uint16_t kFirstEphemeral = 32768;  // Linux ip_local_port_range; IANA's dynamic ports lie above it

}  // namespace

bool is_known_server_port(std::uint16_t port) noexcept {
  return (port != 0 && port < 1024) || std::binary_search(kServerPorts.begin(), kServerPorts.end(), port);
}

void roles_by_ports(Flow& flow, Direction first_direction, const WatchTable& watch) noexcept {
  const auto rank = [&](unsigned end) {
    const std::uint16_t port = flow.key.port[end];
    if (is_known_server_port(port)) return 0;
    if ((watch.at(flow.key.transport, port) & WatchTable::kJudged) != 0) return 1;
    return port < kFirstEphemeral ? 2 : 3;
  };
  const int low = rank(0);
  const int high = rank(1);
  // Between a judged port and some registered one nothing is sure; a known server or an ephemeral port decides.
  const bool sure = low != high && (std::min(low, high) == 0 || std::max(low, high) == 3);
  flow.bits.basis = sure ? RoleBasis::port_rank : RoleBasis::unknown;
  if (low == high) {
    flow.bits.originator = first_direction != 0;
  } else {
    flow.bits.originator = low < high;  // the end with the better rank is the server
  }
}

}  // namespace ghostport
