// Structural checks: what no regular expression can prove. One protocol family a file in signatures/checks/.
// Called by the scanner on worker threads after a signature's expression matched; pure, noexcept, never reads past the
// end.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "signatures/payload.h"

namespace ghostport {

enum class CheckState : std::uint8_t { no, yes, more };

struct CheckResult {
  CheckState state = CheckState::no;
  std::uint16_t proven = 0;  ///< bytes whose value or length the check verified: the strength of the proof

  static constexpr CheckResult no() noexcept { return {}; }
  static constexpr CheckResult more() noexcept { return {CheckState::more, 0}; }
  static constexpr CheckResult yes(std::size_t proven) noexcept {
    return {CheckState::yes, static_cast<std::uint16_t>(proven > 0xFFFF ? 0xFFFF : proven)};
  }
};

using CheckFunction = CheckResult (*)(const Payload& payload, Side side) noexcept;

/// A named validator, as signatures refer to it.
struct NamedCheck {
  std::string_view name;
  CheckFunction function;
  std::string_view text;  ///< one line for the reference page: what it verifies
};

/// Every validator, in alphabetical order. Made at the first call.
[[nodiscard]] std::span<const NamedCheck> all_checks();
[[nodiscard]] const NamedCheck* find_check(std::string_view name);

}  // namespace ghostport
