// Messages that follow each other from the first byte on without a gap, for protocols whose header says how long each
// is. The caller reads one message; here they are put together, over TCP and in datagrams.
#pragma once

#include "signatures/checks/bytes.h"

namespace ghostport {

/// One message as far as it has been read. `bits` counts what was verified: fixed values, and lengths that fit.
struct Unit {
  CheckState state = CheckState::no;
  std::size_t size = 0;  ///< of the whole message, also where its end has not arrived; never zero with `yes`
  unsigned bits = 0;

  static constexpr Unit no() noexcept { return {}; }
  static constexpr Unit more() noexcept { return {CheckState::more, 0, 0}; }
  static constexpr Unit yes(std::size_t size, unsigned bits) noexcept { return {CheckState::yes, size, bits}; }
};

[[nodiscard]] inline bool is_datagram(const Payload& payload) noexcept { return !payload.datagrams.empty(); }

/// Holds once messages of `enough` verified bits have been read and nothing contradicts. A datagram must be made of
/// whole messages: that their lengths end where it ends counts for another byte.
template <typename Read>
[[nodiscard]] CheckResult check_units(const Payload& payload, unsigned enough, Read read) noexcept {
  const bool datagram = is_datagram(payload);
  unsigned bits = datagram ? 8 : 0;
  std::size_t at = 0;
  while (at < payload.bytes.size()) {
    const Unit unit = read(payload.bytes.subspan(at));
    if (unit.state == CheckState::more && !datagram) break;
    if (unit.state != CheckState::yes) return CheckResult::no();
    at += unit.size;
    bits += unit.bits;
  }
  if (datagram && at != payload.bytes.size()) return CheckResult::no();
  if (bits >= enough) return CheckResult::yes(bits / 8);
  return datagram ? CheckResult::no() : wait_or_no(payload);
}

/// The same where client and server say different messages: `read` is told whose it shall be. Who asked over UDP is who
/// was seen first, which in a flow joined midway may be the one that answers: datagrams may be either's.
template <typename Read>
[[nodiscard]] CheckResult check_units_of(const Payload& payload, Side side, unsigned enough, Read read) noexcept {
  const auto said_by = [&](Side whose) noexcept {
    return check_units(payload, enough, [&](Bytes bytes) noexcept { return read(bytes, whose); });
  };
  const CheckResult result = said_by(side);
  return is_datagram(payload) && result.state != CheckState::yes ? said_by(other(side)) : result;
}

}  // namespace ghostport
