// How a flow's packets were carried, for the record: plain values, from the parser to the output.
#pragma once

#include <cstdint>

#include "registry/address.h"

namespace ghostport {

enum class TunnelKind : std::uint8_t { none, ipv4, ipv6, gre, erspan, mpls, vxlan, geneve, gtp, teredo };

/// The outermost IP header over a packet that is in a tunnel.
struct TunnelNote {
  Address source;
  Address destination;
  std::uint16_t source_port = 0;  ///< 0 where the carrier is not UDP
  std::uint16_t destination_port = 0;
  std::uint8_t protocol = 0;           ///< number of the carrier: 4, 17, 41, 47 ...
  std::uint8_t depth = 0;              ///< tunnels around the flow's packets; 0: none
  TunnelKind kind = TunnelKind::none;  ///< the innermost
};

}  // namespace ghostport
