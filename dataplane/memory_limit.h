// limits.memory: how large tables and pools may be for a number of workers to stay within it. Main thread, at start-up.
#pragma once

#include <cstdint>
#include <string>

#include "detection/rules.h"
#include "registry/problem.h"

namespace ghostport {

/// Lowers flow_limit and memory_share of the rules until all that so many workers and their judgement may ever keep,
/// with the program itself and what is reserved already (a source's buffers), stays within `memory` bytes. A line that
/// says what that costs, empty where it costs nothing; a problem where no rules would do. Throws std::bad_alloc.
[[nodiscard]] Result<std::string> limit_memory(Rules& rules, std::uint64_t memory, unsigned workers);

}  // namespace ghostport
