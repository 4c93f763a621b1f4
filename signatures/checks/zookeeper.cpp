#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: Apache ZooKeeper, zookeeper.jute (ConnectRequest, ConnectResponse, RequestHeader, ReplyHeader) and
// "ZooKeeper Programmer's Guide".
namespace ghostport {
namespace {

constexpr std::uint32_t kMostPacket = 1U << 24;
constexpr std::uint32_t kPingNumber = 0xFFFFFFFE;

/// Operations whose record begins with a path; those that have nothing but it and a flag tell the whole length.
enum class Shape : std::uint8_t { unknown, path_and_flag, path, path_and_more };

Shape shape_of(std::uint32_t operation) noexcept {
  switch (operation) {
    case 3:
    case 4:
    case 8:
    case 12: return Shape::path_and_flag;  // exists, get data, get children
    case 6:
    case 9:
    case 104:
    case 118: return Shape::path;  // get rights, synchronize, numbers of children
    case 1:
    case 2:
    case 5:
    case 7:
    case 15:
    case 16:
    case 18:
    case 19:
    case 21:
    case 105:
    case 106: return Shape::path_and_more;
    default: return Shape::unknown;
  }
}

CheckResult check_zookeeper_request(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  const std::uint32_t length = cursor.big32();
  cursor.skip(4);
  const std::uint32_t operation = cursor.big32();
  const std::uint32_t size = cursor.big32();
  const std::uint32_t slash = cursor.u8();
  if (cursor.ended()) return wait_or_no(payload);
  if (length < 13 || length > kMostPacket || size == 0 || size > length - 12 || slash != '/') return CheckResult::no();
  const Bytes path = cursor.take(size - 1);
  if (cursor.ended()) return size > 4096 ? CheckResult::no() : wait_or_no(payload);
  if (!is_text(path)) return CheckResult::no();
  const std::uint32_t rest = length - 12 - size;
  switch (shape_of(operation)) {
    case Shape::path_and_flag: return rest == 1 ? CheckResult::yes(13) : CheckResult::no();
    case Shape::path: return rest == 0 ? CheckResult::yes(13) : CheckResult::no();
    case Shape::path_and_more: return rest >= 4 ? CheckResult::yes(10) : CheckResult::no();
    default: return CheckResult::no();
  }
}

/// Answers one behind the other, of which one at least is to a ping: eleven bytes of it are fixed.
CheckResult check_zookeeper_replies(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  bool ping = false;
  while (cursor.left() >= 20 && !ping) {
    const std::uint32_t length = cursor.big32();
    const std::uint32_t number = cursor.big32();
    cursor.skip(8);
    const std::uint32_t error = cursor.big32();
    if (length < 16 || length > kMostPacket) return CheckResult::no();
    if (error != 0 && (error < 0xFFFFFF00 || length != 16)) return CheckResult::no();
    if (number == kPingNumber) {
      if (length != 16 || error != 0) return CheckResult::no();
      ping = true;
    }
    cursor.skip(length - 16);
    if (cursor.ended()) break;
  }
  return ping ? CheckResult::yes(11) : wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> zookeeper_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"zookeeper-replies", check_zookeeper_replies, "ZooKeeper's answers up to one to a ping"},
      NamedCheck{"zookeeper-request", check_zookeeper_request, "a request to ZooKeeper with a path and its lengths"},
  };
  return kChecks;
}

}  // namespace ghostport
