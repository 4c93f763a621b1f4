#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: OMG, "The Real-time Publish-Subscribe Protocol DDS Interoperability Wire Protocol" 2.5, sections 8.3.3
// and 9.4.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 20;

/// Submessages fill the datagram; the last may have the length zero and reach to its end.
CheckResult check_rtps(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  cursor.skip(kHeader);
  if (!cursor.has(4)) return CheckResult::no();
  std::size_t proven = 6;
  while (cursor.left() > 0) {
    const std::uint32_t kind = cursor.u8();
    const bool little = (cursor.u8() & 1) != 0;
    const std::uint32_t length = little ? cursor.little16() : cursor.big16();
    // Known ones, and those that the standard leaves to vendors from 80 on.
    if (cursor.ended() || kind == 0 || (kind > 0x38 && kind < 0x80)) return CheckResult::no();
    proven += 3;
    if (length == 0 && kind != 0x01 && kind != 0x09) break;
    cursor.skip(length);
    if (cursor.ended()) return CheckResult::no();
  }
  return CheckResult::yes(proven);
}

}  // namespace

std::span<const NamedCheck> rtps_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"rtps", check_rtps, "an RTPS datagram whose submessages fill it"},
  };
  return kChecks;
}

}  // namespace ghostport
