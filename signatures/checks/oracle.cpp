#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: Oracle Database, "Net Services Reference" (connect descriptors, packet kinds in "Troubleshooting Oracle
// Net"); field layouts as published for TNS by protocol analysers. A length of 32 bits since protocol version 315.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 8;
constexpr std::uint32_t kMostPacket = 2U << 20;
constexpr std::size_t kEnough = 15;                         // two packets of data, or one that is like no other
constexpr std::string_view kServices = "\xDE\xAD\xBE\xEF";  // network services negotiate
constexpr std::uint32_t kDataFlags = 0x3BEF;                // the defined ones; no packet has more than two

enum Type : std::uint32_t {
  kConnect = 1,
  kAccept = 2,
  kRefuse = 4,
  kRedirect = 5,
  kData = 6,
  kResend = 11,
  kMarker = 12,
};

struct Packet {
  std::uint32_t type = 0;
  std::uint32_t length = 0;
  Bytes body;  ///< as much as has arrived
  bool whole = false;
};

/// Length, checksum, type, flags, header checksum: the checksums are not used.
bool read_packet(Bytes bytes, bool wide, Packet& packet) noexcept {
  packet.length = wide ? big32(bytes, 0) : big16(bytes, 0);
  packet.type = bytes[4];
  if (!wide && big16(bytes, 2) != 0) return false;
  if (packet.length < kHeader || packet.length > kMostPacket || big16(bytes, 6) != 0) return false;
  const std::size_t size = std::min<std::size_t>(packet.length, bytes.size());
  packet.whole = size == packet.length;
  packet.body = bytes.subspan(kHeader, size - kHeader);
  return true;
}

/// The number one, in either byte order.
bool is_one(std::uint32_t value) noexcept { return value == 0x0001 || value == 0x0100; }

/// The connect data stands in the packet or, where it is long, in one behind it.
CheckResult check_connect(const Payload& payload, const Packet& packet) noexcept {
  Cursor cursor(packet.body);
  const std::uint32_t version = cursor.big16();
  const std::uint32_t compatible = cursor.big16();
  cursor.skip(2 + 2 + 2 + 2 + 2);  // options, sizes of session and transport units, characteristics, turn-around
  const std::uint32_t one = cursor.big16();
  const std::uint32_t size = cursor.big16();
  const std::uint32_t offset = cursor.big16();
  if (cursor.ended()) return packet.whole ? CheckResult::no() : wait_or_no(payload);
  if (version < 300 || version > 340 || compatible < 200 || compatible > version || !is_one(one)) {
    return CheckResult::no();
  }
  if (offset == packet.length) return CheckResult::yes(18);
  if (offset < 26 || offset + size != packet.length) return CheckResult::no();
  return CheckResult::yes(22);
}

CheckResult check_accept(const Payload& payload, const Packet& packet) noexcept {
  Cursor cursor(packet.body);
  const std::uint32_t version = cursor.big16();
  cursor.skip(2 + 2 + 2);
  const std::uint32_t one = cursor.big16();
  const std::uint32_t size = cursor.big16();
  const std::uint32_t offset = cursor.big16();
  if (cursor.ended()) return packet.whole ? CheckResult::no() : wait_or_no(payload);
  if (version < 300 || version > 340 || !is_one(one)) return CheckResult::no();
  if (size == 0 ? offset > packet.length : offset < 24 || offset + size != packet.length) return CheckResult::no();
  return CheckResult::yes(16);
}

/// Refuse: two reasons, a length, text; redirect: a length, text, which may stand in a packet behind it.
CheckResult check_text(const Payload& payload, const Packet& packet, std::size_t before) noexcept {
  Cursor cursor(packet.body);
  cursor.skip(before);
  const std::uint32_t size = cursor.big16();
  if (cursor.ended()) return packet.whole ? CheckResult::no() : wait_or_no(payload);
  if (!packet.whole) return wait_or_no(payload);
  if (kHeader + before + 2 + size != packet.length) {
    // Redirect data of long addresses follows in a data packet.
    return before == 0 && packet.length == kHeader + 2 && size > 0 ? CheckResult::yes(8) : CheckResult::no();
  }
  if (size == 0) return before > 0 ? CheckResult::yes(8) : CheckResult::no();
  const Bytes text = cursor.take(size);
  return is_text(text) && text[0] == '(' ? CheckResult::yes(11) : CheckResult::no();
}

/// Data flags, then what Net Services or the layer above it writes first.
bool is_data(const Packet& packet, Side side) noexcept {
  Cursor cursor(packet.body);
  const std::uint32_t flags = cursor.big16();
  const std::uint32_t kind = cursor.u8();
  if (cursor.ended()) return flags == 0x0040 && packet.length == kHeader + 2;  // the end of the session
  if ((flags & ~kDataFlags) != 0 || std::popcount(flags) > 2) return false;
  if (kind == 0xDE) return begins_with(packet.body.subspan(2), kServices);
  if (kind == '(') return is_text(packet.body.subspan(2));
  if (side == Side::client) return kind >= 1 && (kind <= 3 || kind == 17);  // negotiation, data types, calls
  switch (kind) {  // negotiation, data types, status, rows, parameters, ...
    case 1:
    case 2:
    case 4:
    case 6:
    case 7:
    case 8:
    case 9:
    case 11:
    case 14:
    case 15:
    case 16:
    case 23: return true;
    default: return false;
  }
}

/// Resend, marker and data: one behind the other, until they have proven enough. The second packet must hold too.
CheckResult check_chain(const Payload& payload, bool wide, Side side) noexcept {
  std::size_t at = 0;
  std::size_t proven = 0;
  while (payload.bytes.size() - at >= kHeader) {
    Packet packet;
    if (!read_packet(payload.bytes.subspan(at), wide, packet)) return CheckResult::no();
    switch (packet.type) {
      case kResend:
        if (packet.length != kHeader) return CheckResult::no();
        proven += 2 * kHeader;  // nothing of it is free
        break;
      case kMarker:
        if (packet.length != kHeader + 3) return CheckResult::no();
        if (packet.whole && (packet.body[0] > 1 || packet.body[1] != 0)) return CheckResult::no();
        proven += packet.whole ? 2 * kHeader : 7;
        break;
      case kData:
        if (packet.body.size() < 6 && !packet.whole) return wait_or_no(payload);
        if (!is_data(packet, side)) return CheckResult::no();
        proven += packet.whole ? kHeader : 7;
        if (begins_with(packet.body.subspan(2), kServices)) proven += kServices.size() + kHeader;
        break;
      default: return CheckResult::no();
    }
    if (!packet.whole || proven >= kEnough) break;
    at += packet.length;
  }
  return proven >= kEnough ? CheckResult::yes(proven) : wait_or_no(payload);
}

CheckResult check_oracle(const Payload& payload, Side side) noexcept {
  if (payload.bytes.size() < kHeader) return wait_or_no(payload);
  // In the wide form the length's upper half is zero, as no narrow length is.
  const bool wide = big16(payload.bytes, 0) == 0 || big16(payload.bytes, 2) != 0;
  Packet packet;
  if (!read_packet(payload.bytes, wide, packet)) return CheckResult::no();
  const bool client = side == Side::client;
  switch (packet.type) {
    case kConnect: return client ? check_connect(payload, packet) : CheckResult::no();
    case kAccept: return client ? CheckResult::no() : check_accept(payload, packet);
    case kRefuse: return client ? CheckResult::no() : check_text(payload, packet, 2);
    case kRedirect: return client ? CheckResult::no() : check_text(payload, packet, 0);
    case kResend: return client ? CheckResult::no() : check_chain(payload, wide, side);
    default: return check_chain(payload, wide, side);
  }
}

}  // namespace

std::span<const NamedCheck> oracle_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"oracle-tns", check_oracle, "packets of Oracle's TNS: lengths, types, versions and connect data"},
  };
  return kChecks;
}

}  // namespace ghostport
