#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: Apache Thrift's documents "Thrift Binary protocol encoding", "Thrift Compact protocol encoding" and
// "Thrift Remote Procedure Call" (framed transport).
namespace ghostport {
namespace {

enum MessageType : std::uint32_t { kCall = 1, kReply = 2, kException = 3, kOneway = 4 };

constexpr std::size_t kMostName = 255;
constexpr std::size_t kLeastCompactName = 8;  // a compact header has only two bytes that are its own, ...
constexpr std::size_t kLeastFramedName = 3;   // ... with a frame's length that fits six

bool is_name(Bytes bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '_' || byte == '.' || byte == ':' || byte == '$' || byte == '-';
  });
}

bool is_type_of(std::uint32_t type, Side side) noexcept {
  return side == Side::client ? type == kCall || type == kOneway : type == kReply || type == kException;
}

/// bool, byte, double, i16, i32, i64, string, struct, map, set, list, uuid; 0 ends a structure.
bool is_binary_field(std::uint32_t type) noexcept { return type <= 16 && (0x1FD5DU >> type & 1) != 0; }

/// Base-128 number of at most five bytes.
std::uint32_t read_varint(Cursor& cursor) noexcept {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    const std::uint32_t byte = cursor.u8();
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

/// The frame's length in front, or nothing: returns where the message begins.
std::size_t begin_of(Bytes bytes) noexcept { return !bytes.empty() && bytes[0] == 0 ? 4 : 0; }

bool frame_holds(Bytes bytes, std::size_t begin, std::size_t least) noexcept {
  return begin == 0 || big32(bytes, 0) >= least;
}

CheckResult check_binary(const Payload& payload, Side side) noexcept {
  const std::size_t begin = begin_of(payload.bytes);
  Cursor cursor(payload.bytes, begin);
  const std::uint32_t version = cursor.big32();
  const std::size_t length = cursor.big32();
  if (cursor.ended()) return wait_or_no(payload);
  if (version >> 8 != 0x800100 || !is_type_of(version & 0xFF, side)) return CheckResult::no();
  if (length == 0 || length > kMostName) return CheckResult::no();
  if (!frame_holds(payload.bytes, begin, 8 + length + 4 + 1)) return CheckResult::no();
  if (!is_name(payload.bytes.subspan(cursor.position(), std::min(length, cursor.left())))) return CheckResult::no();
  cursor.skip(length + 4);
  const std::uint32_t field = cursor.u8();
  if (cursor.ended()) return wait_or_no(payload);
  return is_binary_field(field) ? CheckResult::yes(begin + 8 + length) : CheckResult::no();
}

CheckResult check_compact(const Payload& payload, Side side) noexcept {
  const std::size_t begin = begin_of(payload.bytes);
  Cursor cursor(payload.bytes, begin);
  const std::uint32_t protocol = cursor.u8();
  const std::uint32_t version = cursor.u8();
  (void)read_varint(cursor);  // sequence
  const std::size_t length = read_varint(cursor);
  if (cursor.ended()) return wait_or_no(payload);
  if (protocol != 0x82 || (version & 0x1F) != 1 || !is_type_of(version >> 5, side)) return CheckResult::no();
  if (length < (begin == 0 ? kLeastCompactName : kLeastFramedName) || length > kMostName) return CheckResult::no();
  if (!frame_holds(payload.bytes, begin, cursor.position() - begin + length + 1)) return CheckResult::no();
  if (!is_name(payload.bytes.subspan(cursor.position(), std::min(length, cursor.left())))) return CheckResult::no();
  cursor.skip(length);
  const std::uint32_t field = cursor.u8();
  if (cursor.ended()) return wait_or_no(payload);
  if (field != 0 && ((field & 0x0F) == 0 || (field & 0x0F) > 13)) return CheckResult::no();
  const bool datagram = !payload.datagrams.empty();
  if (datagram && payload.bytes.back() != 0) return CheckResult::no();  // the arguments' structure ends
  return CheckResult::yes(begin + 2 + length);
}

}  // namespace

std::span<const NamedCheck> thrift_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"thrift-binary", check_binary, "Thrift's binary protocol: version, type, name and a first field"},
      NamedCheck{"thrift-compact", check_compact, "Thrift's compact protocol: version, type, name and a first field"},
  };
  return kChecks;
}

}  // namespace ghostport
