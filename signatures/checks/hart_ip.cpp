#include <array>

#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Source: FieldComm Group HCF_SPEC-085 "HART-IP" clause 10 (message header and bodies), HCF_SPEC-081 (token-passing
// PDU).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 8;  // version, type, identifier, status, sequence, length
constexpr std::size_t kMostLength = 2048;
constexpr unsigned kEnough = 40;

enum Type : unsigned { kRequest = 0, kResponse = 1, kPublish = 2, kNak = 15 };
enum Identifier : unsigned { kInitiate = 0, kClose = 1, kKeepAlive = 2, kTokenPassing = 3, kDirect = 4, kAudit = 5 };

/// Delimiter, address, command, count, data, and the exclusive or of all of them.
bool pdu_holds(Bytes pdu) noexcept {
  const unsigned kind = pdu[0] & 0x07;
  if ((kind != 1 && kind != 2 && kind != 6) || (pdu[0] & 0x18) != 0) return false;
  const std::size_t at = 1 + ((pdu[0] & 0x80) != 0 ? 5U : 1U) + (pdu[0] >> 5 & 0x03) + 1;  // of the byte count
  if (pdu.size() < at + 2 || pdu.size() != at + 2 + pdu[at]) return false;
  std::uint8_t sum = 0;
  for (const std::uint8_t byte : pdu) sum ^= byte;
  return sum == 0;
}

/// Bits of a body of `size` bytes, with type and identifier; none where it is wrong.
unsigned body_bits(unsigned type, unsigned identifier, Bytes body) noexcept {
  switch (identifier) {
    case kInitiate: return body.size() == 5 && body[0] <= 1 ? 16 + 7 : 0;
    case kClose:
    case kKeepAlive: return body.empty() ? 16 : 0;
    case kTokenPassing: return body.size() >= 5 && pdu_holds(body) ? 16 + 8 + 3 : 0;
    case kDirect: return body.size() >= 4 ? 5 : 0;
    case kAudit: return type != kPublish ? 5 : 0;
    default: return 0;
  }
}

Unit read_message(Bytes bytes, Side side) noexcept {
  if (bytes.size() < kHeader) return Unit::more();
  const unsigned type = bytes[1];
  const std::size_t size = big16(bytes, 6);
  if (bytes[0] < 1 || bytes[0] > 2 || bytes[2] > kAudit || size < kHeader || size > kMostLength) return Unit::no();
  if (type != kRequest && type != kResponse && type != kPublish && type != kNak) return Unit::no();
  if ((type == kRequest) != (side == Side::client) || (type == kRequest && bytes[3] != 0)) return Unit::no();
  if (bytes.size() < size) return Unit::more();
  const Bytes body = bytes.subspan(kHeader, size - kHeader);
  // A refusal, or an error in an answer, may come without a body.
  const unsigned bits = type == kNak || (bytes[3] != 0 && body.empty()) ? 5 : body_bits(type, bytes[2], body);
  return bits == 0 ? Unit::no() : Unit::yes(size, 7 + 6 + 5 + (type == kRequest ? 8 : 0) + bits);
}

CheckResult check_hart_ip(const Payload& payload, Side side) noexcept {
  return check_units_of(payload, side, kEnough, read_message);
}

}  // namespace

std::span<const NamedCheck> hart_ip_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"hart-ip", check_hart_ip, "HART-IP messages: header, length, and the check byte of HART's own PDU"},
  };
  return kChecks;
}

}  // namespace ghostport
