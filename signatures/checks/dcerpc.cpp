#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: DCE 1.1: Remote Procedure Call (The Open Group, C706), chapter 12: sections 12.5 (connectionless) and 12.6
// (connection-oriented), chapter 14.1 (data representation); [MS-RPCE] section 2.2.2.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 16;
constexpr std::size_t kAuthTrailer = 8;

enum Type : std::uint8_t {
  kRequest = 0,
  kPing = 1,
  kResponse = 2,
  kFault = 3,
  kWorking = 4,
  kNoCall = 5,
  kReject = 6,
  kAck = 7,
  kCancel = 8,
  kFragmentAck = 9,
  kCancelAck = 10,
  kBind = 11,
  kBindAck = 12,
  kBindNak = 13,
  kAlter = 14,
  kAlterAnswer = 15,
  kAuth3 = 16,
  kShutdown = 17,
  kConnectionCancel = 18,
  kOrphaned = 19,
};

/// Integers big or little, characters ASCII or EBCDIC, floats of four kinds.
bool is_representation(unsigned integers, unsigned floats) noexcept { return (integers & ~0x11U) == 0 && floats <= 3; }

struct Fragment {
  unsigned type = 0;
  bool little = false;
  std::size_t length = 0;
  std::size_t auth = 0;
};

std::uint32_t read16(Cursor& cursor, bool little) noexcept { return little ? cursor.little16() : cursor.big16(); }

/// The least length of each type without its authentication; 0: no type of this protocol.
std::size_t least_length(unsigned type) noexcept {
  switch (type) {
    case kRequest:
    case kResponse: return 24;
    case kFault: return 28;
    case kBind:
    case kAlter: return 28 + 24;
    case kBindAck:
    case kAlterAnswer: return 26;
    case kBindNak: return 18;
    case kAuth3:
    case kShutdown:
    case kConnectionCancel:
    case kOrphaned: return kHeader;
    default: return 0;
  }
}

bool is_said_by(unsigned type, Side side) noexcept {
  const bool server = type == kResponse || type == kFault || type == kBindAck || type == kBindNak ||
                      type == kAlterAnswer || type == kShutdown;
  return server == (side == Side::server);
}

/// The fields behind the header, as far as their type has fixed ones. `true` also where they have not all arrived.
bool read_fields(Cursor& cursor, const Fragment& fragment) noexcept {
  const std::size_t body = fragment.length - kHeader - (fragment.auth == 0 ? 0 : fragment.auth + kAuthTrailer);
  switch (fragment.type) {
    case kRequest:
    case kResponse:
    case kFault: {
      cursor.skip(7);  // allocation hint, context; operation or cancel count
      const std::uint32_t reserved = cursor.u8();
      return fragment.type == kRequest || reserved == 0;
    }
    case kBind:
    case kAlter: {
      cursor.skip(8);  // fragment sizes, association group
      const std::size_t contexts = cursor.u8();
      const bool reserved = cursor.big24() == 0;
      cursor.skip(2);
      const std::size_t syntaxes = cursor.u8();
      const bool reserved2 = cursor.u8() == 0;
      if (cursor.ended()) return true;
      return contexts != 0 && reserved && reserved2 && syntaxes != 0 && 12 + contexts * 24 + syntaxes * 20 <= body;
    }
    case kBindAck:
    case kAlterAnswer: {
      cursor.skip(8);
      const std::size_t address = read16(cursor, fragment.little);
      cursor.skip(address);
      cursor.skip((4 - (cursor.position() & 3)) & 3);
      const std::size_t results = cursor.u8();
      const bool reserved = cursor.big24() == 0;
      if (cursor.ended()) return true;
      return reserved && cursor.position() - kHeader + results * 24 <= body;
    }
    default: return true;
  }
}

CheckResult check_dcerpc(const Payload& payload, Side side) noexcept {
  Cursor cursor(payload.bytes, 2);
  Fragment fragment;
  fragment.type = cursor.u8();
  cursor.skip(1);
  const std::uint32_t integers = cursor.u8();
  const std::uint32_t floats = cursor.u8();
  const std::uint32_t reserved = cursor.big16();
  fragment.little = (integers & 0x10) != 0;
  fragment.length = read16(cursor, fragment.little);
  fragment.auth = read16(cursor, fragment.little);
  cursor.skip(4);  // call
  if (cursor.ended()) return wait_or_no(payload);
  if (!is_representation(integers, floats) || reserved != 0) return CheckResult::no();
  if (!is_said_by(fragment.type, side)) return CheckResult::no();
  const std::size_t least = least_length(fragment.type);
  const std::size_t trailer = fragment.auth == 0 ? 0 : fragment.auth + kAuthTrailer;
  if (least == 0 || fragment.length < least + trailer) return CheckResult::no();
  if (!read_fields(cursor, fragment)) return CheckResult::no();
  if (cursor.ended() && !payload.complete) return CheckResult::more();
  // What follows is the next fragment.
  if (payload.bytes.size() > fragment.length && payload.bytes[fragment.length] != 5) return CheckResult::no();
  return CheckResult::yes(12);
}

bool is_datagram_of(unsigned type, Side side) noexcept {
  switch (type) {
    case kRequest:
    case kPing:
    case kAck:
    case kCancel: return side == Side::client;
    case kResponse:
    case kFault:
    case kWorking:
    case kNoCall:
    case kReject:
    case kCancelAck: return side == Side::server;
    default: return type == kFragmentAck;
  }
}

CheckResult check_dcerpc_datagram(const Payload& payload, Side side) noexcept {
  constexpr std::size_t kDatagramHeader = 80;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kDatagramHeader) return CheckResult::no();
  Cursor cursor(bytes, 1);
  const std::uint32_t type = cursor.u8();
  const std::uint32_t flags = cursor.u8();
  const std::uint32_t flags2 = cursor.u8();
  const std::uint32_t integers = cursor.u8();
  const std::uint32_t floats = cursor.u8();
  const std::uint32_t reserved = cursor.u8();
  if (!is_datagram_of(type, side) || (flags & 0x81) != 0 || (flags2 & ~0x02U) != 0) return CheckResult::no();
  if (!is_representation(integers, floats) || reserved != 0) return CheckResult::no();
  Cursor length_field(bytes, 74);
  const std::size_t length = read16(length_field, (integers & 0x10) != 0);
  length_field.skip(2);  // fragment number
  const std::uint32_t protector = length_field.u8();
  if (protector > 32) return CheckResult::no();
  const std::size_t size = kDatagramHeader + length;
  // An authentication verifier may follow the body.
  if (protector == 0 ? size != bytes.size() : size > bytes.size()) return CheckResult::no();
  return CheckResult::yes(9);
}

}  // namespace

std::span<const NamedCheck> dcerpc_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"dcerpc", check_dcerpc, "a DCE/RPC fragment of version 5: lengths, representation, who says it"},
      NamedCheck{"dcerpc-datagram", check_dcerpc_datagram, "a DCE/RPC datagram of version 4 whose length fits"},
  };
  return kChecks;
}

}  // namespace ghostport
