#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: SAP, "SAP HANA SQL Command Network Protocol Reference" 2.0: initialization, message header, segment header.
namespace ghostport {
namespace {

constexpr std::size_t kRequest = 14;
constexpr std::size_t kReply = 8;
constexpr std::size_t kSegment = 24;
constexpr std::uint32_t kMostMessage = 1U << 28;

/// The header and its first segment, in little-endian order, which clients ask for.
CheckResult check_message(const Payload& payload, std::size_t at, Side side) noexcept {
  Cursor cursor(payload.bytes, at);
  cursor.skip(8 + 4);  // session, packet
  const std::uint32_t length = cursor.little32();
  const std::uint32_t room = cursor.little32();
  const std::uint32_t segments = cursor.little16();
  cursor.skip(10);
  const std::uint32_t segment = cursor.little32();
  const std::uint32_t offset = cursor.little32();
  const std::uint32_t parts = cursor.little16();
  const std::uint32_t number = cursor.little16();
  const std::uint32_t kind = cursor.u8();
  if (cursor.ended()) return wait_or_no(payload);
  if (length < kSegment || length > kMostMessage || room < length || segments == 0 || segments > 64) {
    return CheckResult::no();
  }
  if (segments == 1 ? segment != length : segment >= length) return CheckResult::no();
  if (segment < kSegment || offset != 0 || parts > 1024 || number != 1) return CheckResult::no();
  const bool holds = side == Side::client ? kind == 1 : kind == 2 || kind == 5;
  return holds ? CheckResult::yes(19) : CheckResult::no();
}

/// Behind the initialization, or from a message on.
CheckResult check_hana(const Payload& payload, Side side) noexcept {
  const CheckResult first = check_message(payload, 0, side);
  if (first.state == CheckState::yes) return first;
  const CheckResult second = check_message(payload, side == Side::client ? kRequest : kReply, side);
  if (second.state == CheckState::yes || first.state == CheckState::no) return second;
  return first;
}

}  // namespace

std::span<const NamedCheck> hana_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"sap-hana", check_hana, "a message of SAP HANA's SQL protocol and its first segment's header"},
  };
  return kChecks;
}

}  // namespace ghostport
