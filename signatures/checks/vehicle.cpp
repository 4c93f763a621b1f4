#include <algorithm>
#include <array>

#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Sources: ISO 13400-2:2019 clause 9 (DoIP: generic header and payload types), with the sizes of the 2012 edition;
// AUTOSAR "SOME/IP Protocol Specification" R22-11 section 4.1 and "SOME/IP Service Discovery Protocol Specification".
namespace ghostport {
namespace {

constexpr std::size_t kDoipHeader = 8;
constexpr std::size_t kMostDoip = 1 << 24;
constexpr unsigned kDoipEnough = 33;
constexpr std::size_t kSomeipHeader = 16;
constexpr std::size_t kSomeipBehindLength = 8;
constexpr unsigned kSomeipEnough = 36;

/// A payload type with the lengths that it may have; `open` means that or more.
struct DoipType {
  std::uint16_t type;
  bool client;
  bool server;
  std::uint8_t length;
  std::uint8_t other_length;
  bool open;
};

constexpr std::array kDoipTypes{
    DoipType{0x0000, false, true, 1, 1, false},   DoipType{0x0001, true, false, 0, 0, false},
    DoipType{0x0002, true, false, 6, 6, false},   DoipType{0x0003, true, false, 17, 17, false},
    DoipType{0x0004, false, true, 32, 33, false}, DoipType{0x0005, true, false, 7, 11, false},
    DoipType{0x0006, false, true, 9, 13, false},  DoipType{0x0007, false, true, 0, 0, false},
    DoipType{0x0008, true, false, 2, 2, false},   DoipType{0x4001, true, false, 0, 0, false},
    DoipType{0x4002, false, true, 3, 7, false},   DoipType{0x4003, true, false, 0, 0, false},
    DoipType{0x4004, false, true, 1, 1, false},   DoipType{0x8001, true, true, 5, 5, true},
    DoipType{0x8002, false, true, 5, 5, true},    DoipType{0x8003, false, true, 5, 5, true},
};

Unit read_doip(Bytes bytes, Side side, bool datagram) noexcept {
  if (bytes.size() < kDoipHeader) return Unit::more();
  const unsigned version = bytes[0];
  if ((version < 1 || version > 4) && version != 0xFF) return Unit::no();
  if (bytes[1] != (version ^ 0xFF)) return Unit::no();
  const std::uint32_t number = big16(bytes, 2);
  const std::size_t length = big32(bytes, 4);
  const auto* const type =
      std::find_if(kDoipTypes.begin(), kDoipTypes.end(), [=](const DoipType& known) { return known.type == number; });
  if (type == kDoipTypes.end()) return Unit::no();
  // Entities announce themselves by datagrams that nobody asked for.
  if (!datagram && !(side == Side::client ? type->client : type->server)) return Unit::no();
  if (type->open ? length < type->length || length > kMostDoip
                 : length != type->length && length != type->other_length) {
    return Unit::no();
  }
  return Unit::yes(kDoipHeader + length, 5 + 8 + 12 + (type->open ? 8 : 31));
}

CheckResult check_doip(const Payload& payload, Side side) noexcept {
  const bool datagram = is_datagram(payload);
  return check_units(payload, kDoipEnough, [=](Bytes bytes) noexcept { return read_doip(bytes, side, datagram); });
}

/// AppNeta's packets, whose first header is RTP's with payload type 2, the next one 6 bytes long (checks/rpp.cpp).
bool may_be_rpp(Bytes bytes) noexcept { return bytes[0] == 0x80 && (bytes[1] & 0x7F) == 2 && bytes[13] == 6; }

/// Requests, notifications and answers, whole or in segments (20).
bool is_request(unsigned type) noexcept { return (type & 0xDF) <= 1; }
bool is_notification(unsigned type) noexcept { return (type & 0xDF) == 2; }
bool is_answer(unsigned type) noexcept { return (type & 0xDF) == 0x80 || (type & 0xDF) == 0x81; }

Unit read_someip(Bytes bytes, Side side, bool datagram) noexcept {
  if (bytes.size() < kSomeipHeader) return Unit::more();
  const std::size_t length = big32(bytes, 4);
  const unsigned type = bytes[14];
  if (length < kSomeipBehindLength || length > 0xFFFFF || bytes[12] != 1) return Unit::no();
  if ((big16(bytes, 0) == 0 && big16(bytes, 2) == 0) || may_be_rpp(bytes)) return Unit::no();
  const bool asks = is_request(type);
  if (!asks && !is_notification(type) && !is_answer(type)) return Unit::no();
  // Service discovery and notifications come from either end of a datagram flow.
  if (!datagram && asks != (side == Side::client)) return Unit::no();
  const unsigned result = bytes[15];
  if (is_answer(type) ? result > 0x5E : result != 0) return Unit::no();
  return Unit::yes(kSomeipBehindLength + length, 12 + 8 + 4 + (is_answer(type) ? 1 : 8) + (length <= 0xFFFF ? 4 : 0));
}

CheckResult check_someip(const Payload& payload, Side side) noexcept {
  const bool datagram = is_datagram(payload);
  return check_units(payload, kSomeipEnough, [=](Bytes bytes) noexcept { return read_someip(bytes, side, datagram); });
}

}  // namespace

std::span<const NamedCheck> vehicle_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"doip", check_doip,
                 "DoIP messages: version, its inverse, and the length that the payload type asks for"},
      NamedCheck{"someip", check_someip, "SOME/IP messages: length, protocol version, message type and return code"},
  };
  return kChecks;
}

}  // namespace ghostport
