#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: Apache Cassandra, "CQL binary protocol", native_protocol_v1.spec to native_protocol_v5.spec.
namespace ghostport {
namespace {

constexpr std::uint32_t kMostBody = 256U << 20;
constexpr std::size_t kMuch = 1024;

enum Opcode : std::uint32_t {
  kError = 0x00,
  kStartup = 0x01,
  kReady = 0x02,
  kAuthenticate = 0x03,
  kOptions = 0x05,
  kSupported = 0x06,
  kQuery = 0x07,
  kResult = 0x08,
  kPrepare = 0x09,
  kExecute = 0x0A,
  kRegister = 0x0B,
  kEvent = 0x0C,
  kBatch = 0x0D,
  kAuthChallenge = 0x0E,
  kAuthResponse = 0x0F,
  kAuthSuccess = 0x10,
};

Bytes short_text(Cursor& cursor) noexcept { return cursor.take(cursor.big16()); }

bool equals(Bytes bytes, std::string_view text) noexcept {
  return std::equal(bytes.begin(), bytes.end(), text.begin(), text.end(),
                    [](std::uint8_t byte, char letter) { return byte == static_cast<std::uint8_t>(letter); });
}

/// STARTUP: a map of texts, CQL_VERSION among them; SUPPORTED: of lists of texts. To the last byte.
bool is_map(Bytes body, bool of_lists) noexcept {
  Cursor cursor(body);
  const std::uint32_t pairs = cursor.big16();
  bool version = false;
  for (std::uint32_t i = 0; i < pairs && !cursor.ended(); ++i) {
    const Bytes name = short_text(cursor);
    version = version || equals(name, "CQL_VERSION");
    const std::uint32_t values = of_lists ? cursor.big16() : 1;
    for (std::uint32_t j = 0; j < values && !cursor.ended(); ++j) (void)short_text(cursor);
  }
  return version && !cursor.ended() && cursor.left() == 0;
}

bool is_event(Bytes name) noexcept {
  return equals(name, "TOPOLOGY_CHANGE") || equals(name, "STATUS_CHANGE") || equals(name, "SCHEMA_CHANGE");
}

bool is_error(Bytes body) noexcept {
  Cursor cursor(body);
  const std::uint32_t code = cursor.big32();
  const Bytes text = short_text(cursor);
  return code <= 0x2500 && !cursor.ended() && is_text(text);
}

/// What the body must be; `first` is as much of it as has arrived. Proven bytes, 0 where it does not hold.
std::size_t proven_of(std::uint32_t opcode, std::uint32_t length, Bytes first) noexcept {
  Cursor cursor(first);
  const bool whole = first.size() == length;
  switch (opcode) {
    case kOptions:
    case kReady: return length == 0 ? 9 : 0;
    case kStartup:
    case kSupported: return whole && is_map(first, opcode == kSupported) ? 9 + length / 2 : 0;
    case kError: return whole && is_error(first) ? 12 : 0;
    case kAuthenticate: return length > 2 && big16(first, 0) + 2 == length && is_text(first.subspan(2)) ? 11 : 0;
    case kEvent: return is_event(short_text(cursor)) ? 20 : 0;
    case kRegister: {
      const std::uint32_t events = cursor.big16();
      return events >= 1 && events <= 3 && is_event(short_text(cursor)) ? 20 : 0;
    }
    case kQuery:
    case kPrepare: {
      const std::uint32_t size = cursor.big32();
      const bool fits = opcode == kPrepare ? size + 4 == length || size + 8 == length : size + 7 <= length;
      return size > 0 && fits && is_text(cursor.take(std::min<std::size_t>(size, 8))) ? 13 : 0;
    }
    case kExecute: return length > 18 && big16(first, 0) == 16 ? 10 : 0;  // an identifier is an MD5 sum
    case kBatch: return length > 8 && first[0] <= 2 && first[3] <= 1 ? 8 : 0;
    case kResult: {
      const std::uint32_t kind = cursor.big32();
      return (kind == 1 && length == 4) || (kind >= 2 && kind <= 5 && length > 4) ? 13 : 0;
    }
    case kAuthResponse:
    case kAuthChallenge:
    case kAuthSuccess: {
      const std::uint32_t size = cursor.big32();
      return size + 4 == length || (size == 0xFFFFFFFF && length == 4) ? 13 : 0;
    }
    default: return 0;
  }
}

bool is_opcode_of(std::uint32_t opcode, Side side) noexcept {
  switch (opcode) {
    case kStartup:
    case kOptions:
    case kQuery:
    case kPrepare:
    case kExecute:
    case kRegister:
    case kBatch:
    case kAuthResponse: return side == Side::client;
    case kError:
    case kReady:
    case kAuthenticate:
    case kSupported:
    case kResult:
    case kEvent:
    case kAuthChallenge:
    case kAuthSuccess: return side == Side::server;
    default: return false;
  }
}

CheckResult check_cassandra(const Payload& payload, Side side) noexcept {
  Cursor cursor(payload.bytes);
  const std::uint32_t version = cursor.u8();
  const std::uint32_t flags = cursor.u8();
  if (cursor.ended()) return wait_or_no(payload);
  if ((version >> 7 == 1) != (side == Side::server)) return CheckResult::no();
  // Versions 1 and 2 number their streams with one byte. Bodies that are compressed, traced or carry more stay unread.
  const std::uint32_t number = version & 0x7F;
  if (number < 1 || number > 5 || (flags & ~0x18U) != 0) return CheckResult::no();
  if (number < 3) {
    cursor.skip(1);
  } else {
    cursor.skip(2);
  }
  const std::uint32_t opcode = cursor.u8();
  const std::uint32_t length = cursor.big32();
  if (cursor.ended()) return wait_or_no(payload);
  if (!is_opcode_of(opcode, side) || length > kMostBody || (flags & 0x08) != 0) return CheckResult::no();
  const bool whole = cursor.has(length);
  const Bytes first = payload.bytes.subspan(cursor.position(), std::min<std::size_t>(length, cursor.left()));
  // A body of which only a part can be seen is long; behind a whole one stands nothing or another frame.
  const bool needs_all = opcode == kStartup || opcode == kSupported || opcode == kError || opcode == kAuthenticate;
  if (!whole && (needs_all || first.size() < kMuch)) return wait_or_no(payload);
  if (whole && cursor.left() > length && payload.bytes[cursor.position() + length] != version) {
    return CheckResult::no();
  }
  const std::size_t proven = proven_of(opcode, length, first);
  return proven > 0 ? CheckResult::yes(proven) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> cassandra_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"cassandra", check_cassandra, "a frame of Cassandra's native protocol and the form of its body"},
  };
  return kChecks;
}

}  // namespace ghostport
