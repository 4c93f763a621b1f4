// Under which signature each verdict is raised as an alert: one table for the alert twin of a finding, the line of
// `fast`, and rules for other hosts. Constant data.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "registry/verdict.h"

namespace ghostport {

struct AlertIdentity {
  std::uint32_t id = 0;       ///< gid 1, in the range that nobody else allocates
  std::string_view message;   ///< the same for every alert of this id
  std::string_view category;  ///< Suricata's text of the class
  std::string_view confidence;
  std::string_view tactic_id;  ///< MITRE ATT&CK
  std::string_view tactic_name;
  std::string_view technique_id;
  std::string_view technique_name;
};

inline constexpr unsigned kAlertGenerator = 1;
inline constexpr unsigned kAlertRevision = 1;

/// By Verdict.
[[nodiscard]] const AlertIdentity& alert_identity(Verdict verdict) noexcept;

/// Suricata's 1 (worst) to 3; 0: no alert.
[[nodiscard]] constexpr unsigned alert_priority(Severity severity) noexcept {
  switch (severity) {
    case Severity::critical:
    case Severity::high: return 1;
    case Severity::medium: return 2;
    case Severity::low: return 3;
    case Severity::info:
    case Severity::none: break;
  }
  return 0;
}

}  // namespace ghostport
