// What a replay or a live sensor says at its end: how much came, what was found, what could not be looked at, which
// limits were hit. Called by the commands on the main thread, when all workers have ended.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "dataplane/replay.h"
#include "detection/rules.h"

namespace ghostport {

/// What a replay took.
struct ReplayCost {
  std::chrono::duration<double> start_up{};  ///< from the program's start to the first packet
  std::chrono::duration<double> replay{};
  std::uint64_t memory = 0;  ///< bytes that were resident at most
};

/// Bytes of this process that were resident at most.
[[nodiscard]] std::uint64_t most_memory() noexcept;

/// Lines of plain text. `quiet` leaves only what was lost and which limits were hit.
[[nodiscard]] std::string summary_text(const PipelineSummary& summary, const std::vector<ReadOutcome>& files,
                                       const Rules& rules, const ReplayCost& cost, bool quiet);

/// The same of a live sensor that ran for so long.
[[nodiscard]] std::string summary_text(const PipelineSummary& summary, const Rules& rules,
                                       std::chrono::duration<double> ran, std::uint64_t memory);

}  // namespace ghostport
