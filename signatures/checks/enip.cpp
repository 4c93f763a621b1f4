#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Source: The CIP Networks Library, volume 2 (EtherNet/IP adaptation of CIP), chapter 2: encapsulation header,
// commands, common packet format; chapter 3: the form of implicit messages over UDP.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 24;
constexpr std::size_t kLookedAt = 48;  // command data that are wanted before the message is judged
constexpr unsigned kEnough = 60;
constexpr unsigned kHeaderBits = 12 + 28 + 32;  // a known command, a known status, options of zero

enum Command : std::uint32_t {
  kListServices = 0x04,
  kListIdentity = 0x63,
  kListInterfaces = 0x64,
  kRegisterSession = 0x65,
  kUnregisterSession = 0x66,
  kSendRRData = 0x6F,
  kSendUnitData = 0x70,
};

enum class Role { unknown, request, reply, wrong };

bool is_status(std::uint32_t status) noexcept {
  return status <= 3 || status == 0x64 || status == 0x65 || status == 0x69 || status == 0x6A;
}

/// Common packet format: an address item and a data item, whose CIP service says whether it is a reply.
Role read_packet(Bytes data, std::size_t size) noexcept {
  Cursor cursor(data);
  if (cursor.little32() != 0) return Role::wrong;  // interface handle of CIP
  cursor.skip(2);
  const std::uint32_t items = cursor.little16();
  if (items < 2 || items > 4) return Role::wrong;
  Role role = Role::unknown;
  for (std::uint32_t i = 0; i < items; ++i) {
    const std::uint32_t type = cursor.little16();
    const std::size_t length = cursor.little16();
    if (cursor.ended()) return role;  // more than was looked at
    if (i == 0 && type != 0x0000 && type != 0x00A1) return Role::wrong;
    if (i == 1 && type != 0x00B1 && type != 0x00B2) return Role::wrong;
    if (cursor.position() + length > size) return Role::wrong;
    if (i == 1) {
      Cursor message(data, cursor.position());
      if (type == 0x00B1) message.skip(2);
      const std::uint32_t service = message.u8();
      if (!message.ended() && length > 2) role = (service & 0x80) != 0 ? Role::reply : Role::request;
      if (items == 2 && cursor.position() + length != size) return Role::wrong;
    }
    cursor.skip(length);
  }
  return role;
}

/// Items that fill the answer to one of the list commands.
Role read_list(Bytes data, std::size_t size) noexcept {
  if (size == 0) return Role::request;
  Cursor cursor(data);
  const std::uint32_t items = cursor.little16();
  if (items == 0) return size == 2 ? Role::reply : Role::wrong;
  const std::uint32_t type = cursor.little16();
  const std::size_t length = cursor.little16();
  if (cursor.ended() || (type != 0x000C && type != 0x0086 && type != 0x0100)) return Role::wrong;
  if (items == 1 && cursor.position() + length != size) return Role::wrong;
  return cursor.position() + length <= size ? Role::reply : Role::wrong;
}

Role read_command(std::uint32_t command, Bytes header, Bytes data, std::size_t size) noexcept {
  const std::uint32_t session = little32(header, 4);
  const std::uint32_t status = little32(header, 8);
  switch (command) {
    case kListServices:
    case kListIdentity:
    case kListInterfaces: return read_list(data, size);
    case kRegisterSession:
      if (size != 4) return size == 0 && status != 0 ? Role::reply : Role::wrong;
      if (little16(data, 0) != 1 || little16(data, 2) != 0) return Role::wrong;
      return session == 0 && status == 0 ? Role::request : Role::reply;
    case kUnregisterSession: return size == 0 ? Role::request : Role::wrong;
    case kSendRRData:
    case kSendUnitData:
      if (size == 0) return status != 0 ? Role::reply : Role::wrong;
      return size >= 16 ? read_packet(data, size) : Role::wrong;
    default: return Role::wrong;
  }
}

Unit read_message(Bytes bytes, Side side) noexcept {
  if (bytes.size() < kHeader) return Unit::more();
  const std::size_t size = little16(bytes, 2);
  const std::uint32_t command = little16(bytes, 0);
  const std::uint32_t status = little32(bytes, 8);
  if (!is_status(status) || little32(bytes, 20) != 0) return Unit::no();
  if (command == 0) return Unit::yes(kHeader + size, 0);  // NOP: nothing that could be told from zeros
  const std::size_t wanted = std::min(size, kLookedAt);
  if (bytes.size() < kHeader + wanted) return Unit::more();
  const Bytes data = bytes.subspan(kHeader, std::min(size, bytes.size() - kHeader));
  const Role role = read_command(command, bytes, data, size);
  if (role == Role::wrong || role == (side == Side::client ? Role::reply : Role::request)) return Unit::no();
  if (role == Role::request && status != 0) return Unit::no();
  return Unit::yes(kHeader + size, kHeaderBits);
}

CheckResult check_enip(const Payload& payload, Side side) noexcept {
  return check_units_of(payload, side, kEnough, read_message);
}

/// Implicit messages: a sequenced or connected address item, then connected data to the end of the datagram.
CheckResult check_enip_implicit(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  if (cursor.little16() != 2) return CheckResult::no();
  const std::uint32_t address = cursor.little16();
  const std::uint32_t length = cursor.little16();
  if (!(address == 0x8002 && length == 8) && !(address == 0x00A1 && length == 4)) return CheckResult::no();
  cursor.skip(length);
  if (cursor.little16() != 0x00B1 || cursor.little16() != cursor.left() || cursor.ended()) return CheckResult::no();
  return CheckResult::yes(10);
}

}  // namespace

std::span<const NamedCheck> enip_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"enip", check_enip,
                 "EtherNet/IP requests or replies: header, command, and items that fill the length"},
      NamedCheck{"enip-implicit", check_enip_implicit,
                 "an implicit EtherNet/IP message: two items that fill the datagram"},
  };
  return kChecks;
}

}  // namespace ghostport
