#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: Firebird project, "Firebird Wire Protocol": connect, accept; XDR pads to four bytes.
namespace ghostport {
namespace {

constexpr std::uint32_t kConnect = 1;
constexpr std::uint32_t kAttach = 19;
constexpr std::uint32_t kFirebird = 0x8000;  // protocols since Firebird 2.1 have this bit, extended by their sign
constexpr std::uint32_t kMostName = 4096;

bool is_version(std::uint32_t version) noexcept {
  if (version >= 8 && version <= 10) return true;
  const std::uint32_t number = version & 0x7FFF;
  return (version >> 15 == 0x1FFFF || version >> 15 == 1) && number >= 11 && number <= 32 && (version & kFirebird) != 0;
}

/// Connect version, architecture, path, as many protocol offers as counted, who asks.
CheckResult check_firebird_connect(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  const std::uint32_t operation = cursor.big32();
  const std::uint32_t attach = cursor.big32();
  const std::uint32_t version = cursor.big32();
  const std::uint32_t architecture = cursor.big32();
  const std::uint32_t path = cursor.big32();
  if (cursor.ended()) return wait_or_no(payload);
  if (operation != kConnect || (attach != kAttach && attach != 0) || (version != 2 && version != 3)) {
    return CheckResult::no();
  }
  if (architecture > 64 || path > kMostName) return CheckResult::no();
  const Bytes name = cursor.take(path);
  cursor.skip((4 - path % 4) % 4);
  const std::uint32_t offers = cursor.big32();
  const std::uint32_t who = cursor.big32();
  if (cursor.ended()) return wait_or_no(payload);
  if (!is_text(name) || offers == 0 || offers > 32 || who > kMostName) return CheckResult::no();
  return CheckResult::yes(22);
}

/// Accept, accept with data, accept under a condition: version, architecture, least type.
CheckResult check_firebird_accept(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  const std::uint32_t operation = cursor.big32();
  const std::uint32_t version = cursor.big32();
  const std::uint32_t architecture = cursor.big32();
  const std::uint32_t type = cursor.big32();
  if (cursor.ended()) return wait_or_no(payload);
  if (operation != 3 && operation != 94 && operation != 98) return CheckResult::no();
  // The type's low byte; flags such as compression stand above it.
  if (!is_version(version) || architecture > 64 || (type & 0xFF) > 5 || type > 0xFFFF) return CheckResult::no();
  return CheckResult::yes(13);
}

}  // namespace

std::span<const NamedCheck> firebird_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"firebird-accept", check_firebird_accept, "Firebird's acceptance with a known protocol version"},
      NamedCheck{"firebird-connect", check_firebird_connect, "a connect request to Firebird with its counted offers"},
  };
  return kChecks;
}

}  // namespace ghostport
