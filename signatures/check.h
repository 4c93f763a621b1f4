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

/// Every validator, in alphabetical order.
[[nodiscard]] std::span<const NamedCheck> all_checks() noexcept;
[[nodiscard]] const NamedCheck* find_check(std::string_view name) noexcept;

// checks/dns.cpp: RFC 1035 section 4 over UDP; section 4.2.2 over TCP
CheckResult check_dns_message(const Payload& payload, Side side) noexcept;
CheckResult check_dns_stream(const Payload& payload, Side side) noexcept;
// checks/tls.cpp: RFC 8446 section 5.1
CheckResult check_tls_record(const Payload& payload, Side side) noexcept;
// checks/rtp.cpp: RFC 3550 section 5.1
CheckResult check_rtp_stream(const Payload& payload, Side side) noexcept;
// checks/rpp.cpp: facts from AppNeta's dissectors; the older form lacks the 12 bytes that look like RTP
CheckResult check_rpp_chain(const Payload& payload, Side side) noexcept;
CheckResult check_rpp_older(const Payload& payload, Side side) noexcept;
// checks/mysql.cpp: server, handshake v10 or error; client, handshake response or SSL request
CheckResult check_mysql_greeting(const Payload& payload, Side side) noexcept;
CheckResult check_mysql_login(const Payload& payload, Side side) noexcept;

}  // namespace ghostport
