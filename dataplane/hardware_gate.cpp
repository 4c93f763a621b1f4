#include "dataplane/hardware_gate.h"

#include <algorithm>
#include <bit>

#include "dataplane/gate_ports.h"

namespace ghostport {
namespace {

constexpr std::size_t kMostRules = 256;
constexpr std::uint8_t kFamilies[] = {4, 6};

}  // namespace

std::vector<PortMask> port_masks(PortRange range) {
  std::vector<PortMask> masks;
  for (std::uint32_t port = range.first; port <= range.last;) {
    // The largest block that begins here and ends within the range.
    const std::uint32_t aligned = port == 0 ? 65536U : 1U << static_cast<unsigned>(std::countr_zero(port));
    const std::uint32_t block = std::min(aligned, std::bit_floor(range.last - port + 1U));
    masks.push_back({static_cast<std::uint16_t>(port), static_cast<std::uint16_t>(65536U - block)});
    port += block;
  }
  return masks;
}

std::vector<HardwareRule> hardware_gate(const Rules& rules) {
  std::vector<HardwareRule> pass;
  std::vector<HardwareRule> drop;
  for (const Transport transport : {Transport::udp, Transport::tcp}) {
    const auto ranges = gate_ports(rules, transport);
    if (!ranges) continue;
    for (const std::uint8_t family : kFamilies) {
      for (const PortRange& range : *ranges) {
        for (const PortMask& mask : port_masks(range)) {
          pass.push_back({family, transport, mask, {}, false});
          pass.push_back({family, transport, {}, mask, false});
        }
      }
      drop.push_back({family, transport, {}, {}, true});
    }
  }
  if (drop.empty() || pass.size() + drop.size() > kMostRules) return {};
  pass.insert(pass.end(), drop.begin(), drop.end());
  return pass;
}

}  // namespace ghostport
