#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: Valve's documentation "Server queries".
namespace ghostport {
namespace {

constexpr std::size_t kMostText = 256;
constexpr std::size_t kPrefix = 5;  // FF FF FF FF and the kind

/// A text closed by a zero; false where it has none or is too long.
bool skip_text(Cursor& cursor, bool may_be_empty = true) noexcept {
  for (std::size_t length = 0; length < kMostText; ++length) {
    const std::uint32_t byte = cursor.u8();
    if (cursor.ended()) return false;
    if (byte == 0) return may_be_empty || length > 0;
  }
  return false;
}

bool is_one_of(std::uint32_t byte, const char* letters) noexcept {
  for (; *letters != '\0'; ++letters) {
    if (byte == static_cast<std::uint8_t>(*letters)) return true;
  }
  return false;
}

/// A2S_INFO: four names, numbers, kind of server, system, visibility, protection.
bool is_info(Cursor cursor) noexcept {
  cursor.skip(1);
  for (int i = 0; i < 4; ++i) {
    if (!skip_text(cursor)) return false;
  }
  cursor.skip(2 + 3);
  const std::uint32_t kind = cursor.u8();
  const std::uint32_t system = cursor.u8();
  const std::uint32_t locked = cursor.u8();
  const std::uint32_t secured = cursor.u8();
  return !cursor.ended() && is_one_of(kind, "dlpDLP") && is_one_of(system, "lwmoLW") && locked <= 1 && secured <= 1;
}

/// The older answer of GoldSource: address, four names, numbers, then the same kinds.
bool is_older_info(Cursor cursor) noexcept {
  for (int i = 0; i < 5; ++i) {
    if (!skip_text(cursor)) return false;
  }
  cursor.skip(3);
  const std::uint32_t kind = cursor.u8();
  const std::uint32_t system = cursor.u8();
  const std::uint32_t locked = cursor.u8();
  return !cursor.ended() && is_one_of(kind, "dlpDLP") && is_one_of(system, "lwLW") && locked <= 1;
}

/// A2S_PLAYER: entries of index, name, score and time to the end. One that starts may leave some out.
bool is_players(Cursor cursor) noexcept {
  const std::uint32_t count = cursor.u8();
  std::uint32_t seen = 0;
  for (; cursor.left() > 0; ++seen) {
    cursor.skip(1);
    if (!skip_text(cursor)) return false;
    cursor.skip(8);
    if (cursor.ended()) return false;
  }
  return !cursor.ended() && seen <= count && (seen > 0 || count == 0);
}

/// A2S_RULES: names with values, as many as it says or, cut at the datagram's end, fewer.
bool is_rules(Cursor cursor) noexcept {
  const std::uint32_t count = cursor.little16();
  std::uint32_t seen = 0;
  while (cursor.left() > 0) {
    if (!skip_text(cursor, false) || !skip_text(cursor)) break;
    ++seen;
  }
  return seen > 0 && seen <= count && (seen == count || cursor.ended());
}

CheckResult check_answer(const Payload& payload, Side) noexcept {
  const Cursor cursor(payload.bytes, kPrefix);
  if (payload.bytes.size() <= kPrefix) return CheckResult::no();
  bool holds = false;
  switch (payload.bytes[kPrefix - 1]) {
    case 'I': holds = is_info(cursor); break;
    case 'm': holds = is_older_info(cursor); break;
    case 'D': holds = is_players(cursor); break;
    case 'E': holds = is_rules(cursor); break;
    default: break;
  }
  return holds ? CheckResult::yes(kPrefix + 4) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> source_engine_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"source-engine", check_answer, "an answer to a server query whose texts and numbers fit"},
  };
  return kChecks;
}

}  // namespace ghostport
