#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: RFC 2865 sections 3 and 5, RFC 2866, RFC 2869, RFC 3579, RFC 5176 and IANA's RADIUS types; RFC 8907 section
// 4 (TACACS+); RFC 6733 sections 3 and 4.1 (Diameter).
namespace ghostport {
namespace {

constexpr std::size_t kRadiusHeader = 20;
constexpr std::size_t kRadiusMost = 4096;

/// Attributes that are an address or a number of four bytes.
bool is_four_bytes(unsigned type) noexcept {
  constexpr std::array<std::uint8_t, 34> kTypes{4,  5,  6,  7,  8,  9,  10, 12, 13, 14, 15, 16, 23, 27, 28, 29, 37,
                                                38, 40, 41, 42, 43, 45, 46, 47, 48, 49, 51, 52, 53, 55, 61, 62, 76};
  for (const std::uint8_t known : kTypes) {
    if (known == type) return true;
  }
  return false;
}

/// Of those, the ones whose values are small numbers.
bool is_enumeration(unsigned type) noexcept {
  return type == 6 || type == 7 || type == 10 || type == 13 || type == 15 || type == 29 || type == 40 || type == 45 ||
         type == 49 || type == 61;
}

/// RFC 3748 section 4: code, identifier, length. A long packet goes on in further attributes.
bool is_whole_eap(Bytes packet) noexcept {
  return packet.size() >= 4 && packet[0] >= 1 && packet[0] <= 4 && big16(packet, 2) == packet.size();
}

/// What one attribute proves; 0 where its form is wrong.
std::size_t attribute_proof(Bytes attribute) noexcept {
  const unsigned type = attribute[0];
  const std::size_t value = attribute.size() - 2;
  if (type == 0) return 0;
  if (is_four_bytes(type)) {
    if (value != 4) return 0;
    if (!is_enumeration(type)) return 2;
    return big16(attribute, 2) == 0 ? 4 : 0;
  }
  switch (type) {
    case 1:
    case 11:
    case 18:
    case 24:
    case 30:
    case 31:
    case 32:
    case 44: return value != 0 ? 1 : 0;
    case 2: return value != 0 && value % 16 == 0 && value <= 128 ? 1 : 0;
    case 3: return value == 17 ? 2 : 0;
    case 26: return value >= 5 && attribute[2] == 0 ? 2 : 0;
    case 79: return is_whole_eap(attribute.subspan(2)) ? 4 : 1;
    case 80: return value == 16 ? 2 : 0;
    default: return 1;
  }
}

CheckResult check_radius(const Payload& payload, Side) noexcept {
  constexpr std::size_t kEnough = 6;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kRadiusHeader || bytes.size() > kRadiusMost || big16(bytes, 2) != bytes.size()) {
    return CheckResult::no();
  }
  std::size_t proven = 2;
  std::size_t at = kRadiusHeader;
  while (at < bytes.size()) {
    const std::size_t length = bytes.size() - at < 2 ? 0 : bytes[at + 1];
    if (length < 2 || length > bytes.size() - at) return CheckResult::no();
    const std::size_t proof = attribute_proof(bytes.subspan(at, length));
    if (proof == 0) return CheckResult::no();
    proven += proof;
    at += length;
  }
  return proven >= kEnough ? CheckResult::yes(proven) : CheckResult::no();
}

/// An answer may have no attribute at all.
CheckResult check_radius_answer(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kRadiusHeader || bytes.size() > kRadiusMost || big16(bytes, 2) != bytes.size()) {
    return CheckResult::no();
  }
  std::size_t at = kRadiusHeader;
  while (at < bytes.size()) {
    const std::size_t length = bytes.size() - at < 2 ? 0 : bytes[at + 1];
    if (length < 2 || length > bytes.size() - at) return CheckResult::no();
    if (attribute_proof(bytes.subspan(at, length)) == 0) return CheckResult::no();
    at += length;
  }
  return CheckResult::yes(3);
}

/// Client and server number their packets by turns, the client's are odd. The body fills the length, or a next header
/// of the same session follows.
CheckResult check_tacacs(const Payload& payload, Side side) noexcept {
  constexpr std::size_t kHeader = 12;
  constexpr std::size_t kLeast = 5;
  constexpr std::size_t kMost = 4096;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const unsigned sequence = bytes[2];
  const std::size_t length = big32(bytes, 8);
  if ((bytes[0] & 0xFE) != 0xC0 || bytes[1] < 1 || bytes[1] > 3) return CheckResult::no();
  if (sequence == 0 || (sequence % 2 == 1) != (side == Side::client) || (bytes[3] & 0xFA) != 0)
    return CheckResult::no();
  if (length < kLeast || length > kMost) return CheckResult::no();
  if (bytes.size() < kHeader + length) return wait_or_no(payload);
  const Bytes next = bytes.subspan(kHeader + length);
  if (next.empty()) return CheckResult::yes(8);
  if (next.size() < kHeader) return wait_or_no(payload);
  return (next[0] & 0xFE) == 0xC0 && next[1] >= 1 && next[1] <= 3 && big16(next, 8) == 0 ? CheckResult::yes(12)
                                                                                         : CheckResult::no();
}

/// IETF's commands, and the block that vendors such as 3GPP have got.
bool is_diameter_command(std::uint32_t code) noexcept {
  return (code >= 257 && code < 400) || (code >= 8388608 && code < 8389120);
}

CheckResult check_diameter(const Payload& payload, Side) noexcept {
  constexpr std::size_t kHeader = 20;
  constexpr std::size_t kNeeded = 2;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const std::size_t length = big24(bytes, 1);
  if (bytes[0] != 1 || length % 4 != 0 || length < kHeader || (bytes[4] & 0x0F) != 0) return CheckResult::no();
  if (!is_diameter_command(big24(bytes, 5))) return CheckResult::no();
  std::size_t at = kHeader;
  for (std::size_t found = 0; found < kNeeded; ++found) {
    if (at == length && found != 0) break;
    if (length - at < 8) return CheckResult::no();
    if (bytes.size() < at + 8) return wait_or_no(payload);
    const std::uint32_t code = big32(bytes, at);
    const std::size_t size = big24(bytes, at + 5);
    const unsigned flags = bytes[at + 4];
    const std::size_t padded = (size + 3) / 4 * 4;
    if (code == 0 || code > 0xFFFF || (flags & 0x1F) != 0 || size < ((flags & 0x80) != 0 ? 12U : 8U)) {
      return CheckResult::no();
    }
    if (padded > length - at) return CheckResult::no();
    at += padded;
  }
  return CheckResult::yes(12);
}

}  // namespace

std::span<const NamedCheck> access_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"diameter", check_diameter, "a Diameter message: length, flags, command, its first attributes"},
      NamedCheck{"radius", check_radius, "a RADIUS packet whose well-formed attributes fill it"},
      NamedCheck{"radius-answer", check_radius_answer, "a RADIUS packet with or without attributes"},
      NamedCheck{"tacacs", check_tacacs, "a TACACS+ packet: version, type, turn, flags, length"},
  };
  return kChecks;
}

}  // namespace ghostport
