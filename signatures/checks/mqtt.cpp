#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: MQTT 3.1.1 (OASIS, 2014) chapters 2 and 3, MQTT 5.0 (OASIS, 2019) chapters 2 and 3.
namespace ghostport {
namespace {

constexpr unsigned kEnoughBits = 40;
constexpr unsigned kMostTextBits = 32;
constexpr std::size_t kMostSmall = 4090;

enum Type : unsigned {
  kConnack = 2,
  kPublish = 3,
  kPuback = 4,
  kPubrec = 5,
  kPubrel = 6,
  kPubcomp = 7,
  kSubscribe = 8,
  kSuback = 9,
  kUnsubscribe = 10,
  kUnsuback = 11,
  kPingreq = 12,
  kPingresp = 13,
  kDisconnect = 14,
};

/// MQTT 3.1.1 section 2.2.2: the flags beside the type.
bool is_first_byte(unsigned byte) noexcept {
  const unsigned flags = byte & 0x0F;
  switch (byte >> 4) {
    case 0:
    case 1:
    case 15: return false;
    case kPublish: return (flags & 6) != 6 && (flags & 0x0E) != 0x08;
    case kPubrel:
    case kSubscribe:
    case kUnsubscribe: return flags == 2;
    default: return flags == 0;
  }
}

/// Section 2.2.3: seven bits a byte, least first, at most four bytes.
std::uint32_t read_length(Cursor& cursor, bool& good) noexcept {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    const std::uint32_t byte = cursor.u8();
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) {
      good = shift == 0 || byte != 0;
      return value;
    }
  }
  good = false;
  return 0;
}

/// A name or filter: UTF-8 without control characters. Its worth in bits, 0 if it is none.
unsigned text_bits(Bytes text) noexcept {
  if (text.empty() || !is_text(text)) return 0;
  return static_cast<unsigned>(8 + std::min<std::size_t>(text.size(), kMostTextBits));
}

/// MQTT 5.0 section 2.2.2: passes over a property of CONNACK. Its worth in bits, 0 if it is none.
unsigned skip_property(Cursor& cursor) noexcept {
  constexpr unsigned kKnown = 3;
  constexpr unsigned kFits = 5;  // the length of a text is inside the packet
  switch (cursor.u8()) {
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2A: return cursor.u8() <= 1 ? kKnown + 7 : 0;
    case 0x13:
    case 0x21:
    case 0x22: cursor.skip(2); return kKnown;
    case 0x11:
    case 0x27: cursor.skip(4); return kKnown;
    case 0x12:
    case 0x15:
    case 0x16:
    case 0x1A:
    case 0x1C:
    case 0x1F: cursor.skip(cursor.big16()); return kKnown + kFits;
    case 0x26:
      cursor.skip(cursor.big16());
      cursor.skip(cursor.big16());
      return kKnown + 2 * kFits;
    default: return 0;
  }
}

unsigned connack_bits(Bytes body) noexcept {
  if (body.size() < 2 || body[0] > 1) return 0;
  if (body.size() == 2) return body[1] <= 5 ? 28 : 0;
  if (body[1] != 0 && (body[1] < 0x80 || body[1] > 0xA2)) return 0;
  Cursor cursor(body, 2);
  bool good = false;
  const std::uint32_t length = read_length(cursor, good);
  if (!good || length != cursor.left()) return 0;
  unsigned bits = 8 + 7 + 2 + 8;
  while (cursor.left() > 0) {
    const unsigned property = skip_property(cursor);
    if (property == 0 || cursor.ended()) return 0;
    bits += property;
  }
  return bits + 4;
}

/// The worth in bits of a packet of which `body` is at hand; 0 if anything in it is wrong. `whole` but for a PUBLISH.
unsigned packet_bits(unsigned first, Bytes body, std::size_t length) noexcept {
  Cursor cursor(body);
  switch (first >> 4) {
    case kConnack: return connack_bits(body);
    case kPublish: {
      const std::uint32_t name = cursor.big16();
      if (2 + std::size_t{name} + ((first & 6) != 0 ? 2U : 0U) > length) return 0;
      const unsigned bits = text_bits(cursor.take(name));
      return bits == 0 || cursor.ended() ? 0 : 3 + bits;
    }
    case kPuback:
    case kPubrec:
    case kPubrel:
    case kPubcomp: return length >= 2 && length <= 4 && big16(body, 0) != 0 ? 8U + 6U : 0U;
    case kSubscribe:
    case kUnsubscribe: {
      if (cursor.big16() == 0) return 0;
      if (body.size() > 4 && body[2] == 0 && body[3] == 0 && body[4] != 0) cursor.skip(1);  // no properties
      const unsigned bits = text_bits(cursor.take(cursor.big16()));
      const bool end = first >> 4 == kSubscribe ? cursor.left() >= 1 && (cursor.u8() & 0xC0) == 0 : true;
      return bits == 0 || cursor.ended() || !end ? 0 : 8 + bits;
    }
    case kSuback: {
      constexpr std::array<std::uint8_t, 12> kReasons{0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2};
      if (length < 3 || big16(body, 0) == 0) return 0;
      return std::find(kReasons.begin(), kReasons.end(), body.back()) != kReasons.end() ? 8 + 4 : 0;
    }
    case kUnsuback: return length >= 2 && big16(body, 0) != 0 ? 8 : 0;
    case kPingreq:
    case kPingresp: return length == 0 ? 16 : 0;
    case kDisconnect: return length == 0 ? 16 : length <= 128 && (body[0] == 0 || body[0] >= 0x80) ? 8 : 0;
    default: return 0;
  }
}

/// Packets of a connection that had begun before, each ending where the next begins, until they prove enough.
CheckResult check_mqtt_packets(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  unsigned bits = 0;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (!is_first_byte(bytes[at])) return CheckResult::no();
    Cursor cursor(bytes, at + 1);
    bool good = false;
    const std::size_t length = read_length(cursor, good);
    if (cursor.ended()) break;
    const bool publish = bytes[at] >> 4 == kPublish;
    if (!good || (!publish && length > kMostSmall)) return CheckResult::no();
    const Bytes rest = bytes.subspan(cursor.position());
    if (rest.size() < length) {
      if (!publish || rest.size() < 2 || rest.size() < 2 + std::size_t{big16(rest, 0)}) break;
    }
    const unsigned more = packet_bits(bytes[at], rest.first(std::min(rest.size(), length)), length);
    if (more == 0) return CheckResult::no();
    bits += more;
    if (bits >= kEnoughBits) return CheckResult::yes(bits / 8);
    if (rest.size() < length) break;
    at = cursor.position() + length;
  }
  return wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> mqtt_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"mqtt-packets", check_mqtt_packets, "MQTT packets behind each other until 40 bits are verified"},
  };
  return kChecks;
}

}  // namespace ghostport
