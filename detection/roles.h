// Which side is the server, and on what ground we say so (docs/verdicts.md). Pure functions, called by the detector.
#pragma once

#include "detection/flow.h"
#include "registry/registry.h"

namespace ghostport {

/// A port at which servers are known to listen: system ports and the usual registered ones. Where a ghost port talks to
/// one of these, the ghost port is the client's.
[[nodiscard]] bool is_known_server_port(std::uint16_t port) noexcept;

/// Roles by the ports alone, for a flow that was joined without a SYN, or UDP before anything better: sets originator
/// and basis (port_rank or unknown).
void roles_by_ports(Flow& flow, Direction first_direction, const WatchTable& watch) noexcept;

/// Takes a better ground where there is one: `client` is the direction of the client on that ground.
inline void improve_roles(Flow& flow, Direction client, RoleBasis basis) noexcept {
  if (basis <= flow.bits.basis) return;
  flow.bits.originator = client != 0;
  flow.bits.basis = basis;
}

}  // namespace ghostport
