#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"
#include "signatures/checks/inner_packet.h"

// Sources: RFC 9301 section 5 (control plane), RFC 9300 section 5 (data plane), RFC 8060 section 3 (canonical address
// format), IANA's address family numbers.
namespace ghostport {
namespace {

enum MessageType : unsigned {
  kMapRequest = 1,
  kMapReply = 2,
  kMapRegister = 3,
  kMapNotify = 4,
  kMapNotifyAck = 5,
  kEncapsulated = 8,
};

constexpr std::size_t kSiteIds = 24;  // xTR-ID and Site-ID, behind the records where a flag says so
constexpr std::size_t kMostAuthentication = 64;

bool skip_address(Cursor& cursor) noexcept {
  constexpr std::uint32_t kCanonical = 16387;
  constexpr std::uint32_t kMac = 16389;
  switch (cursor.big16()) {
    case 0: break;
    case 1: cursor.skip(4); break;
    case 2: cursor.skip(16); break;
    case kMac: cursor.skip(6); break;
    case kCanonical: {
      const std::uint32_t reserved = cursor.u8();
      cursor.skip(3);
      cursor.skip(cursor.big16());
      return reserved == 0 && !cursor.ended();
    }
    default: return false;
  }
  return !cursor.ended();
}

/// A mapping record with its locators.
bool skip_record(Cursor& cursor, std::size_t& proven) noexcept {
  cursor.skip(4);
  const std::uint32_t locators = cursor.u8();
  const std::uint32_t mask = cursor.u8();
  const std::uint32_t action = cursor.big16();
  const std::uint32_t version = cursor.big16();
  if ((action & 0x0FFF) != 0 || version > 0x0FFF || mask > 128 || !skip_address(cursor)) return false;
  proven += 4;
  for (std::uint32_t i = 0; i < locators; ++i) {
    cursor.skip(4);
    if ((cursor.big16() & 0xFFF8) != 0 || !skip_address(cursor)) return false;
    proven += 3;
  }
  return true;
}

bool skip_records(Cursor& cursor, std::uint32_t count, std::size_t& proven) noexcept {
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!skip_record(cursor, proven)) return false;
  }
  return true;
}

CheckResult ended_well(const Cursor& cursor, std::size_t proven, bool site) noexcept {
  const bool holds = !cursor.ended() && (cursor.left() == 0 || (site && cursor.left() == kSiteIds));
  return holds ? CheckResult::yes(proven) : CheckResult::no();
}

CheckResult check_request(Bytes bytes) noexcept {
  Cursor cursor(bytes);
  const std::uint32_t first = cursor.big32();
  const std::uint32_t sources = (first >> 8 & 0x1F) + 1;
  const std::uint32_t count = first & 0xFF;
  if ((first & 0x000F8000) != 0 || count == 0) return CheckResult::no();
  std::size_t proven = 2;
  cursor.skip(8);
  if (!skip_address(cursor)) return CheckResult::no();
  for (std::uint32_t i = 0; i < sources; ++i) {
    if (!skip_address(cursor)) return CheckResult::no();
    proven += 2;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (cursor.u8() != 0 || cursor.u8() > 128 || !skip_address(cursor)) return CheckResult::no();
    proven += 3;
  }
  const bool has_reply = (first & 0x04000000) != 0;
  if (has_reply && !skip_record(cursor, proven)) return CheckResult::no();
  return ended_well(cursor, proven, (first & 0x00100000) != 0);
}

CheckResult check_reply(Bytes bytes) noexcept {
  Cursor cursor(bytes);
  const std::uint32_t first = cursor.big32();
  if ((first & 0x01FFFF00) != 0 || (first & 0xFF) == 0) return CheckResult::no();
  std::size_t proven = 3;
  cursor.skip(8);
  if (!skip_records(cursor, first & 0xFF, proven)) return CheckResult::no();
  return ended_well(cursor, proven, false);
}

CheckResult check_register(Bytes bytes) noexcept {
  Cursor cursor(bytes);
  const std::uint32_t first = cursor.big32();
  if ((first & 0xFF) == 0) return CheckResult::no();
  cursor.skip(8);
  const std::uint32_t key = cursor.big16();
  const std::uint32_t length = cursor.big16();
  if ((key >> 8) != 0 && (key & 0xFF) != 0) return CheckResult::no();
  if (length > kMostAuthentication || length % 4 != 0) return CheckResult::no();
  cursor.skip(length);
  std::size_t proven = 4;
  if (!skip_records(cursor, first & 0xFF, proven)) return CheckResult::no();
  return ended_well(cursor, proven, true);
}

CheckResult check_plain(Bytes bytes) noexcept {
  if (bytes.size() < 12) return CheckResult::no();
  switch (bytes[0] >> 4) {
    case kMapRequest: return check_request(bytes);
    case kMapReply: return check_reply(bytes);
    case kMapRegister:
    case kMapNotify:
    case kMapNotifyAck: return check_register(bytes);
    default: return CheckResult::no();
  }
}

/// An encapsulated control message: IP and UDP around one of the others.
CheckResult check_control(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 4 || bytes[0] >> 4 != kEncapsulated) return check_plain(bytes);
  if ((bytes[0] & 0x08) != 0 || big24(bytes, 1) != 0) return CheckResult::no();
  const Bytes packet = bytes.subspan(4);
  const std::size_t header = inner_header(packet);
  if (header == 0 || packet.size() < header + 8 || big16(packet, header + 4) != packet.size() - header) {
    return CheckResult::no();
  }
  const CheckResult inner = check_plain(packet.subspan(header + 8));
  return inner.state == CheckState::yes ? CheckResult::yes(inner.proven + 8) : inner;
}

/// Eight bytes, then a whole IP packet. What the flags do not announce is zero.
CheckResult check_data(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 8 + 20) return CheckResult::no();
  const unsigned flags = bytes[0];
  const bool nonce = (flags & 0x80) != 0;
  const bool locators = (flags & 0x40) != 0;
  const bool echo = (flags & 0x20) != 0;
  const bool version = (flags & 0x10) != 0;
  const bool instance = (flags & 0x08) != 0;
  if ((flags & 0x07) != 0 || (echo && !nonce) || (nonce && version)) return CheckResult::no();
  if (!nonce && !version && big24(bytes, 1) != 0) return CheckResult::no();
  if (!instance && !locators && big32(bytes, 4) != 0) return CheckResult::no();
  return inner_header(bytes.subspan(8)) != 0 ? CheckResult::yes(5) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> lisp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"lisp-control", check_control, "a LISP control message: addresses and records to the last byte"},
      NamedCheck{"lisp-data", check_data, "a LISP data header whose unused fields are zero, and one whole IP packet"},
  };
  return kChecks;
}

}  // namespace ghostport
