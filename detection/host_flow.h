// What a foreign host, such as Suricata, knows of a flow by its own tables, and what it is told of it. One a flow, beside
// the flow table of the worker that owns it.
#pragma once

#include <cstdint>

#include "registry/service.h"
#include "registry/verdict.h"

namespace ghostport {

struct HostFlow {
  std::uint64_t id = 0;  ///< by which the host's records know it; 0: it has none
  bool judged = false;
  Verdict verdict = Verdict::expected;  ///< where it was judged, as the next
  ServiceId service = ServiceId::none;
};

}  // namespace ghostport
