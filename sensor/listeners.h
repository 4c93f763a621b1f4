// Sockets of this host that are bound to given ports, read from /proc. Called by the listeners command on the main
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "registry/address.h"
#include "registry/port.h"
#include "registry/problem.h"

namespace ghostport {

struct BoundSocket {
  Transport transport = Transport::tcp;
  Address address;  ///< all zeros: every address of the host
  std::uint16_t port = 0;
  std::uint32_t user = 0;  ///< who owns the socket
  std::uint64_t inode = 0;
  std::vector<std::uint32_t> processes;  ///< that hold it, as far as we may look
};

/// Listening TCP sockets and bound, unconnected UDP sockets, by port. `proc`: where the process file system is mounted.
/// A problem where it cannot be read.
[[nodiscard]] Result<std::vector<BoundSocket>> bound_sockets(const std::string& proc = "/proc");

}  // namespace ghostport
