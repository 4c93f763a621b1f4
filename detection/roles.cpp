#include "detection/roles.h"

#include <algorithm>
#include <array>

namespace ghostport {
namespace {

// Ports of common servers, ascending: as IANA registers them (2026-03-01), and a few where custom alone put them
// (2055, 4712, 4713, 8333, 9600, 30303, 51820).
constexpr auto kServerPorts = std::to_array<std::uint16_t>(
    {1080, 1194, 1433, 1521, 1701, 1719,  1720,  1723,  1812,  1813,  1883,  1900,  1935,  2000,  2049, 2055,
     2123, 2152, 2222, 2404, 2427, 2944,  3128,  3306,  3386,  3389,  3478,  3671,  3868,  4500,  4712, 4713,
     4739, 4789, 4840, 5060, 5061, 5222,  5246,  5247,  5269,  5351,  5353,  5355,  5432,  5671,  5672, 5683,
     5684, 5900, 5985, 5986, 6343, 6379,  6443,  6513,  6667,  8008,  8080,  8081,  8333,  8443,  8805, 8883,
     8888, 9042, 9092, 9200, 9600, 11211, 20000, 20048, 27017, 30303, 44818, 47808, 51820, 61613, 61616});
static_assert(std::is_sorted(kServerPorts.begin(), kServerPorts.end()));
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
