// What a card may keep from DPDK: a list of rules as rte_flow takes them, first those that let through, then those that
// drop. A pure function of the rules, called on the main thread at the start and after a reload; DpdkPort::gate hands
// it to the card.
#pragma once

#include <cstdint>
#include <vector>

#include "detection/rules.h"

namespace ghostport {

/// A port matches where `port & mask == value`.
struct PortMask {
  std::uint16_t value = 0;
  std::uint16_t mask = 0;  ///< zero: any port
  friend bool operator==(const PortMask&, const PortMask&) = default;
};

/// Of plain packets alone: Ethernet, perhaps tags, an IPv4 header of no fragment or an IPv6 header without extension
/// headers, and the transport right behind it.
struct HardwareRule {
  std::uint8_t family = 4;
  Transport transport = Transport::udp;
  PortMask source;
  PortMask destination;
  bool drop = false;
};

/// The fewest masks that stand for exactly these ports.
[[nodiscard]] std::vector<PortMask> port_masks(PortRange range);

/// The first rule that matches counts, and what none matches is let through: everything that is not plain UDP or TCP on
/// a port that nothing looks at. Empty: nothing can be left out, or it takes more rules than a card has room for.
[[nodiscard]] std::vector<HardwareRule> hardware_gate(const Rules& rules);

}  // namespace ghostport
