#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: ASF 2.0 (DSP0136) section 3.2; IPMI 2.0 sections 13.1 to 13.8.
namespace ghostport {
namespace {

constexpr std::uint32_t kAsf = 6;
constexpr std::uint32_t kIpmi = 7;
constexpr std::uint32_t kAsfEnterprise = 4542;
constexpr std::uint32_t kRmcpPlus = 6;

/// ASF's messages to and from a managed client; at most as much data as the length byte says.
CheckResult check_asf(Cursor cursor) noexcept {
  const std::uint32_t enterprise = cursor.big32();
  const std::uint32_t type = cursor.u8();
  cursor.skip(1);  // tag
  const std::uint32_t reserved = cursor.u8();
  const std::uint32_t length = cursor.u8();
  if (cursor.ended() || enterprise != kAsfEnterprise || reserved != 0 || length != cursor.left())
    return CheckResult::no();
  const bool known = (type >= 0x10 && type <= 0x15) || (type >= 0x40 && type <= 0x45) ||
                     (type >= 0x80 && type <= 0x85) || (type >= 0xC0 && type <= 0xC4);
  return known ? CheckResult::yes(12) : CheckResult::no();
}

bool sums_to_zero(Bytes bytes) noexcept {
  unsigned sum = 0;
  for (const std::uint8_t byte : bytes) sum += byte;
  return (sum & 0xFF) == 0;
}

/// A message of the LAN channel: two addresses with their checksum, then sequence, command and data with another.
bool message_holds(Bytes message) noexcept {
  return message.size() >= 7 && sums_to_zero(message.first(3)) && sums_to_zero(message.subspan(3));
}

CheckResult check_session(Cursor cursor) noexcept {
  const std::uint32_t authentication = cursor.u8();
  if (authentication == kRmcpPlus) {
    const std::uint32_t type = cursor.u8();
    if ((type & 0x3F) == 2) cursor.skip(6);  // an OEM's number and payload
    cursor.skip(8);                          // session, sequence
    const std::size_t length = cursor.little16();
    const std::uint32_t plain = type & 0x3F;
    const bool known = plain <= 3 || (plain >= 0x10 && plain <= 0x15) || (plain >= 0x20 && plain <= 0x27);
    if (cursor.ended() || !known || !cursor.has(length)) return CheckResult::no();
    // Outside a session nothing follows the payload; inside one the padding and code of its integrity.
    if ((type & 0x40) == 0 && cursor.left() > length + 1) return CheckResult::no();
    return CheckResult::yes(8);
  }
  if (authentication > 5 || authentication == 3) return CheckResult::no();
  cursor.skip(8);  // sequence, session
  if (authentication != 0) cursor.skip(16);
  const std::size_t length = cursor.u8();
  const Bytes message = cursor.take(length);
  if (cursor.ended() || cursor.left() > 1 || !message_holds(message)) return CheckResult::no();
  return CheckResult::yes(8);
}

CheckResult check_rmcp(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  const std::uint32_t version = cursor.u8();
  const std::uint32_t reserved = cursor.u8();
  const std::uint32_t sequence = cursor.u8();
  const std::uint32_t kind = cursor.u8();
  if (cursor.ended() || version != 6 || reserved != 0) return CheckResult::no();
  if (kind == kAsf) return check_asf(cursor);
  return kind == kIpmi && sequence == 0xFF ? check_session(cursor) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> ipmi_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"rmcp", check_rmcp, "RMCP around an ASF message, or an IPMI message with its lengths and checksums"},
  };
  return kChecks;
}

}  // namespace ghostport
