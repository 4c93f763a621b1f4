#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: RFC 2661 sections 3.1, 4.1 and 4.4 (version 2); RFC 3931 sections 3.2.1, 4.1.2 and 5.1 (version 3 over UDP);
// RFC 1661 section 2 and IANA's PPP numbers for what the tunnel carries.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 12;
constexpr unsigned kControlFlags = 0xC8;  // T, L and S set, O, P and the reserved bits clear
constexpr std::size_t kMessageTypeAvp = 8;
constexpr unsigned kMostMessage = 28;

/// Attributes to the last byte; the first is the message type, mandatory and not hidden.
CheckResult check_control(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader || bytes[0] != kControlFlags || (bytes[1] != 2 && bytes[1] != 3)) return CheckResult::no();
  if (big16(bytes, 2) != bytes.size()) return CheckResult::no();
  if (bytes.size() == kHeader) return CheckResult::yes(4);  // an acknowledgement
  if (bytes.size() < kHeader + kMessageTypeAvp || big32(bytes, kHeader) >> 16 != 0x8008) return CheckResult::no();
  const std::uint32_t message = big16(bytes, kHeader + 6);
  if (big32(bytes, kHeader + 2) != 0 || message == 0 || message > kMostMessage) return CheckResult::no();
  std::size_t at = kHeader + kMessageTypeAvp;
  while (at < bytes.size()) {
    if (bytes.size() - at < 6) return CheckResult::no();
    const std::uint32_t flags = big16(bytes, at);
    const std::size_t length = flags & 0x3FF;
    if ((flags & 0x3C00) != 0 || length < 6 || length > bytes.size() - at) return CheckResult::no();
    at += length;
  }
  return CheckResult::yes(4 + kMessageTypeAvp);
}

/// IP, IPv6, MPLS, their control protocols, and the link's own.
bool is_ppp_protocol(std::uint32_t protocol) noexcept {
  switch (protocol) {
    case 0x0021:
    case 0x003D:
    case 0x0057:
    case 0x00FD:
    case 0x8021:
    case 0x8057:
    case 0x80FD:
    case 0xC021:
    case 0xC023:
    case 0xC223:
    case 0xC227: return true;
    default: return false;
  }
}

/// A data message of version 2 around PPP with address and control field.
CheckResult check_data(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  Cursor cursor(bytes);
  const std::uint32_t flags = cursor.big16();
  if ((flags & 0xB4FF) != 0x0002) return CheckResult::no();
  if ((flags & 0x4000) != 0 && cursor.big16() != bytes.size()) return CheckResult::no();
  const std::uint32_t tunnel = cursor.big16();
  const std::uint32_t session = cursor.big16();
  if ((flags & 0x0800) != 0) cursor.skip(4);
  if ((flags & 0x0200) != 0) cursor.skip(cursor.big16());
  const std::uint32_t address = cursor.big16();
  const std::uint32_t protocol = cursor.big16();
  if (cursor.ended() || tunnel == 0 || session == 0) return CheckResult::no();
  return address == 0xFF03 && is_ppp_protocol(protocol) ? CheckResult::yes(5) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> l2tp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"l2tp-control", check_control, "an L2TP control message: length, message type, attributes"},
      NamedCheck{"l2tp-data", check_data, "an L2TP data message around a PPP frame"},
  };
  return kChecks;
}

}  // namespace ghostport
