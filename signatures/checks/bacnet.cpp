#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: ANSI/ASHRAE 135-2016 annex J.2 (BVLL), clauses 6.2 (NPDU) and 20.1 (APDU).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 4;

/// Network layer messages of clause 6.2.4, with those of vendors from 80 on.
bool is_network_message(std::uint32_t type) noexcept { return type <= 0x13 || type >= 0x80; }

/// The first byte of an APDU with its reserved bits, and the service choice where one stands next to it.
bool apdu_holds(Cursor& cursor) noexcept {
  const std::uint32_t first = cursor.u8();
  switch (first >> 4) {
    case 0: {  // confirmed request: sizes, invoke id, in segments two numbers more, service
      if ((first & 0x01) != 0) return false;
      cursor.skip((first & 0x08) != 0 ? 4 : 2);
      return cursor.u8() <= 34 && !cursor.ended();
    }
    case 1: return first == 0x10 && cursor.u8() <= 13 && !cursor.ended();
    case 2: cursor.skip(1); return first == 0x20 && cursor.u8() <= 34 && !cursor.ended() && cursor.left() == 0;
    case 3:
      if ((first & 0x03) != 0) return false;
      cursor.skip((first & 0x08) != 0 ? 3 : 1);
      return cursor.u8() <= 34 && !cursor.ended();
    case 4: cursor.skip(3); return (first & 0x0C) == 0 && !cursor.ended() && cursor.left() == 0;
    case 5: cursor.skip(1); return first == 0x50 && cursor.u8() <= 34 && !cursor.ended();
    case 6: cursor.skip(2); return first == 0x60 && !cursor.ended() && cursor.left() == 0;
    case 7: cursor.skip(2); return (first & 0x0E) == 0 && !cursor.ended() && cursor.left() == 0;
    default: return false;
  }
}

bool npdu_holds(Bytes bytes) noexcept {
  Cursor cursor(bytes);
  const std::uint32_t version = cursor.u8();
  const std::uint32_t control = cursor.u8();
  if (version != 1 || (control & 0x50) != 0) return false;
  const bool destination = (control & 0x20) != 0;
  if (destination) {
    if (cursor.big16() == 0) return false;
    cursor.skip(cursor.u8());
  }
  if ((control & 0x08) != 0) {
    const std::uint32_t network = cursor.big16();
    const std::uint32_t size = cursor.u8();
    if (network == 0 || network == 0xFFFF || size == 0) return false;
    cursor.skip(size);
  }
  if (destination) cursor.skip(1);  // hops
  if (cursor.ended() || cursor.left() == 0) return false;
  return (control & 0x80) != 0 ? is_network_message(cursor.u8()) : apdu_holds(cursor);
}

CheckResult check_bacnet(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader || bytes[0] != 0x81 || big16(bytes, 2) != bytes.size()) return CheckResult::no();
  const Bytes body = bytes.subspan(kHeader);
  const auto fixed = [&](std::size_t size) {
    return body.size() == size ? CheckResult::yes(kHeader) : CheckResult::no();
  };
  const auto npdu = [&](std::size_t at) {
    return body.size() > at && npdu_holds(body.subspan(at)) ? CheckResult::yes(kHeader + 2) : CheckResult::no();
  };
  switch (bytes[1]) {
    case 0x00:  // result codes are 0, 10, 20 to 60
      return body.size() == 2 && big16(body, 0) % 16 == 0 && body[0] == 0 ? CheckResult::yes(6) : CheckResult::no();
    case 0x01:
    case 0x03:
    case 0x07: return body.size() % 10 == 0 && !body.empty() ? CheckResult::yes(kHeader) : CheckResult::no();
    case 0x02:
    case 0x06: return fixed(0);
    case 0x04: return npdu(6);
    case 0x05: return fixed(2);
    case 0x08: return fixed(6);
    case 0x09:
    case 0x0A:
    case 0x0B: return npdu(0);
    default: return CheckResult::no();
  }
}

}  // namespace

std::span<const NamedCheck> bacnet_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"bacnet", check_bacnet, "a BACnet/IP datagram: length, network header and the kind of its APDU"},
  };
  return kChecks;
}

}  // namespace ghostport
