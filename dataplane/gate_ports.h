// The ports that anything may look at, of those packets that a kernel or a card may keep back. A pure function of the
// rules, called on the main thread at the start and after a reload.
#pragma once

#include <optional>
#include <vector>

#include "detection/rules.h"
#include "registry/port.h"

namespace ghostport {

/// In order, with gaps between them: watched, companion and nearby ports, and those of tunnels. Nothing where every
/// packet of that transport may matter: all ports are watched, or signalling that is followed may announce connections
/// (H.245 and its like, TCP on any port).
[[nodiscard]] std::optional<std::vector<PortRange>> gate_ports(const Rules& rules, Transport transport);

}  // namespace ghostport
