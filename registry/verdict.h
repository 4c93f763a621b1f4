// Verdicts and severities: the closed sets of the contract, with their words.
// Plain values, used on any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ghostport {

enum class Verdict : std::uint8_t { expected, consistent, unexpected, unrecognized, listener, probe };
inline constexpr std::array<std::string_view, 6> kVerdictNames{"expected",     "consistent", "unexpected",
                                                               "unrecognized", "listener",   "probe"};

enum class Severity : std::uint8_t { none, info, low, medium, high, critical };
inline constexpr std::array<std::string_view, 6> kSeverityNames{"none", "info", "low", "medium", "high", "critical"};

[[nodiscard]] constexpr std::string_view verdict_name(Verdict verdict) noexcept {
  return kVerdictNames[static_cast<std::size_t>(verdict)];
}
[[nodiscard]] constexpr std::string_view severity_name(Severity severity) noexcept {
  return kSeverityNames[static_cast<std::size_t>(severity)];
}

/// Severity of each verdict where neither the configuration nor the flow says otherwise.
inline constexpr std::array<Severity, 6> kDefaultSeverity{Severity::none,   Severity::info,   Severity::high,
                                                          Severity::medium, Severity::medium, Severity::low};

}  // namespace ghostport
