#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: RFC 1002 section 4.2, with the encoded names of RFC 1001 section 14.1.
namespace ghostport {
namespace {

enum Opcode : unsigned {
  kQuery = 0,
  kRegister = 5,
  kRelease = 6,
  kWait = 7,
  kRefresh = 8,
  kRefreshToo = 9,
  kMulti = 15
};
enum Type : std::uint32_t { kAddress = 1, kServer = 2, kNull = 10, kName = 32, kStatus = 33 };

bool is_opcode(unsigned opcode) noexcept {
  return opcode == kQuery || (opcode >= kRegister && opcode <= kRefreshToo) || opcode == kMulti;
}

/// 32 letters from A to P, then perhaps the labels of a scope.
bool skip_encoded_name(Cursor& cursor) noexcept {
  if (cursor.u8() != 32) return false;
  const Bytes letters = cursor.take(32);
  if (cursor.ended() ||
      !std::all_of(letters.begin(), letters.end(), [](std::uint8_t c) { return c >= 'A' && c <= 'P'; }))
    return false;
  for (;;) {
    const std::uint32_t label = cursor.u8();
    if (cursor.ended() || label > 63) return false;
    if (label == 0) return true;
    cursor.skip(label);
  }
}

/// A resource record. Those of requests point at the question's name.
bool record_holds(Cursor& cursor, bool of_request) noexcept {
  if (of_request) {
    if (cursor.big16() != 0xC00C) return false;
  } else if (!skip_encoded_name(cursor)) {
    return false;
  }
  const std::uint32_t type = cursor.big16();
  const std::uint32_t number = cursor.big16();
  cursor.skip(4);  // time to live
  const std::size_t length = cursor.big16();
  if (cursor.ended() || number != 1 || !cursor.has(length)) return false;
  cursor.skip(length);
  switch (type) {
    case kName: return of_request ? length == 6 : length % 6 == 0 || length == 2;  // 2: the flags that WACK repeats
    case kStatus:
    case kServer: return !of_request;
    case kAddress: return !of_request && length == 4;
    case kNull: return !of_request && length <= 2;
    default: return false;
  }
}

CheckResult check_netbios_ns(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes, 2);
  const std::uint32_t flags = cursor.big16();
  const std::uint32_t questions = cursor.big16();
  const std::uint32_t answers = cursor.big16();
  const std::uint32_t authorities = cursor.big16();
  const std::uint32_t additions = cursor.big16();
  const unsigned opcode = flags >> 11 & 0x0F;
  if (cursor.ended() || !is_opcode(opcode) || (flags & 0x0060) != 0) return CheckResult::no();
  if ((flags & 0x8000) != 0) {
    if (questions != 0 || answers > 1 || authorities > 1 || additions > 1) return CheckResult::no();
    if ((flags & 0x0F) > 7 || !record_holds(cursor, false)) return CheckResult::no();
    return CheckResult::yes(cursor.position() - 2);
  }
  if ((flags & 0x0F) != 0 || questions != 1 || answers != 0 || authorities != 0) return CheckResult::no();
  if (additions != (opcode == kQuery ? 0U : 1U) || !skip_encoded_name(cursor)) return CheckResult::no();
  const std::uint32_t type = cursor.big16();
  const std::uint32_t number = cursor.big16();
  if (cursor.ended() || number != 1 || (type != kName && (type != kStatus || opcode != kQuery)))
    return CheckResult::no();
  if (additions == 1 && !record_holds(cursor, true)) return CheckResult::no();
  return CheckResult::yes(cursor.position() - 2);
}

}  // namespace

std::span<const NamedCheck> netbios_ns_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"netbios-ns", check_netbios_ns, "a NetBIOS name service packet: flags, counts, encoded name, record"},
  };
  return kChecks;
}

}  // namespace ghostport
