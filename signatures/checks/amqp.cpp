#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: AMQP 0-9-1 sections 2.3 and 4.2 with its XML of classes; AMQP 1.0 (OASIS, 2012) part 2 sections 2.3 and 2.7,
// part 5 section 5.3.
namespace ghostport {
namespace {

constexpr std::uint8_t kFrameEnd = 0xCE;
constexpr std::size_t kFrameHeader = 7;
constexpr std::size_t kMostFrame = 1 << 20;

/// connection, channel, access, exchange, queue, basic, file to test of 0-8, confirm, tx
bool is_class(std::uint32_t number) noexcept {
  return number == 85 || (number != 0 && number <= 120 && number % 10 == 0);
}

/// Frames behind each other; one of a method, a header or a heartbeat is proof once its end has been seen.
CheckResult check_amqp_frames(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  std::size_t at = 0;
  while (bytes.size() >= at + kFrameHeader) {
    const unsigned type = bytes[at];
    const std::size_t size = big32(bytes, at + 3);
    if (size > kMostFrame) return CheckResult::no();
    const Bytes body = bytes.subspan(at + kFrameHeader);
    bool known = false;
    if (type == 1) {
      if (body.size() < 4) break;
      known = size >= 4 && is_class(big16(body, 0)) && big16(body, 2) != 0 && big16(body, 2) <= 122;
    } else if (type == 2) {
      if (body.size() < 8) break;
      known = size >= 14 && is_class(big16(body, 0)) && big16(body, 2) == 0 && big32(body, 4) == 0;
    } else if (type == 8) {
      known = size == 0 && big16(bytes, at + 1) == 0;
    } else if (type != 3 || size == 0) {
      return CheckResult::no();
    }
    if (!known && type != 3) return CheckResult::no();
    if (body.size() <= size) break;
    if (body[size] != kFrameEnd) return CheckResult::no();
    if (known) return CheckResult::yes(8);
    at += kFrameHeader + size + 1;
  }
  return wait_or_no(payload);
}

/// A frame of 1.0: size, offset 2, type AMQP or SASL, and a described list with a known descriptor; or an empty one,
/// which needs another behind it.
CheckResult check_amqp1_frames(const Payload& payload, Side) noexcept {
  constexpr std::size_t kHeader = 8;
  const Bytes bytes = payload.bytes;
  std::size_t at = 0;
  while (bytes.size() >= at + kHeader) {
    Cursor cursor(bytes, at);
    const std::size_t size = cursor.big32();
    const std::uint32_t offset = cursor.u8();
    const std::uint32_t type = cursor.u8();
    if (size < kHeader || size > kMostFrame || offset != 2 || type > 1) return CheckResult::no();
    if (size > kHeader) {
      cursor.skip(2);
      const std::uint32_t constructor = cursor.u8();
      const std::uint32_t encoding = cursor.u8();
      const std::uint64_t descriptor = encoding == 0x80 ? cursor.big64() : cursor.u8();
      const std::uint32_t list = cursor.u8();
      if (cursor.ended()) break;
      const bool known =
          type == 0 ? descriptor >= 0x10 && descriptor <= 0x18 : descriptor >= 0x40 && descriptor <= 0x44;
      if (constructor != 0 || (encoding != 0x53 && encoding != 0x80) || !known) return CheckResult::no();
      return list == 0xC0 || list == 0xD0 || list == 0x45 ? CheckResult::yes(8) : CheckResult::no();
    }
    at += size;
  }
  return wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> amqp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"amqp-frames", check_amqp_frames, "frames of AMQP 0-9-1 that end with their end byte"},
      NamedCheck{"amqp1-frames", check_amqp1_frames, "frames of AMQP 1.0 around a known performative"},
  };
  return kChecks;
}

}  // namespace ghostport
