// What a configuration says that is right, but can hardly be meant: exceptions that allow nothing, asset groups that
// nobody asks for. Called by the check command and, for its words, by the summary, on the main thread.
#pragma once

#include <chrono>
#include <string>

#include "configuration/configuration.h"
#include "detection/rules.h"

namespace ghostport {

/// `exception 2 (3238/tcp ssh, "lab")`, counted from 1, fit for a terminal.
[[nodiscard]] std::string exception_text(const Rules& rules, std::size_t index);

/// "2027-01-01", the last day on which an exception with an end holds.
[[nodiscard]] std::string last_day_text(const Exception& exception);

/// In the order of their place; none is a fault. `rules` must be made of `configuration`. An exception has ended where
/// `today` is behind its last day.
[[nodiscard]] Problems doubts(const Configuration& configuration, const Rules& rules, std::chrono::sys_days today);

}  // namespace ghostport
