#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: draft-massar-v6ops-ayiya-02 section 4 (AYIYA); RFC 7242 section 4.1 (TCPCL version 3); the UFTP protocol
// specification of its author (version 4 and 5 headers); facts from SAIA's published Ether-S-Bus description.
namespace ghostport {
namespace {

constexpr std::uint32_t kIpv6 = 41;
constexpr std::uint32_t kIpv4 = 4;
constexpr std::uint32_t kNothing = 59;

/// Identity, signature and authentication of the kinds that are defined; inside, a packet whose length fits.
CheckResult check_ayiya(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  const std::uint32_t identity = cursor.u8();
  const std::uint32_t signature = cursor.u8();
  const std::uint32_t operation = cursor.u8();
  const std::uint32_t next = cursor.u8();
  cursor.skip(4);                                  // when it was sent
  cursor.skip(std::size_t{1} << (identity >> 4));  // who sent it
  cursor.skip(4 * std::size_t{signature >> 4});
  if (cursor.ended()) return CheckResult::no();
  const std::uint32_t method = signature & 0x0F;
  constexpr std::uint32_t kSizes[] = {0, 4, 5};  // none, MD5, SHA-1, in words
  if ((identity & 0x0F) == 0 || (identity & 0x0F) > 2) return CheckResult::no();
  if (method > 2 || signature >> 4 != kSizes[method]) return CheckResult::no();
  if (operation >> 4 > 2 || (operation & 0x0F) > 10) return CheckResult::no();
  const std::size_t left = cursor.left();
  const Bytes inner = payload.bytes.subspan(cursor.position());
  if (next == kIpv6) {
    const bool fits = left >= 40 && inner[0] >> 4 == 6 && big16(inner, 4) + std::size_t{40} == left;
    return fits ? CheckResult::yes(6) : CheckResult::no();
  }
  if (next == kIpv4) {
    const bool fits = left >= 20 && inner[0] >> 4 == 4 && big16(inner, 2) == left;
    return fits ? CheckResult::yes(6) : CheckResult::no();
  }
  // A heartbeat ends here: the same in two datagrams is asked for by its signature.
  return next == kNothing && left == 0 ? CheckResult::yes(4) : CheckResult::no();
}

/// Self-delimiting numeric values: seven bits a byte, the top bit set in all but the last.
CheckResult check_tcpcl3(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  cursor.skip(8);  // the magic, the version, flags, keepalive
  std::size_t size = 0;
  std::uint32_t byte = 0x80;
  for (unsigned i = 0; i < 3 && (byte & 0x80) != 0; ++i) {
    byte = cursor.u8();
    size = size << 7 | (byte & 0x7F);
  }
  if (cursor.ended()) return wait_or_no(payload);
  if ((byte & 0x80) != 0 || size > 1024) return CheckResult::no();
  const Bytes name = cursor.take(size);
  if (cursor.ended()) return wait_or_no(payload);
  return is_text(name) ? CheckResult::yes(7) : CheckResult::no();
}

/// A datagram's operation stands in its outer and inner header; two datagrams of one session, which the outer one
/// names.
CheckResult check_uftp(const Payload& payload, Side) noexcept {
  constexpr std::size_t kHeader = 16;
  constexpr std::size_t kGroup = 8;
  const auto holds = [](Bytes bytes) noexcept {
    if (bytes.size() < kHeader + 4) return false;
    const std::uint32_t operation = bytes[1];
    if ((bytes[0] != 0x40 && bytes[0] != 0x50) || operation == 0 || operation > 21 || bytes[15] != 0) return false;
    if (operation == 18) return true;  // encrypted: no inner header in sight
    const std::size_t inner = 4 * std::size_t{bytes[17]};
    return bytes[16] == operation && inner >= 4 && inner <= bytes.size() - kHeader;
  };
  if (!holds(payload.bytes) || payload.datagrams.size() < 2) return wait_or_no(payload);
  std::size_t proven = 0;
  for (const Bytes datagram : payload.datagrams) {
    if (!holds(datagram) || big32(datagram, kGroup) != big32(payload.bytes, kGroup)) continue;
    proven += datagram[1] == 18 ? 2 : 4;
  }
  return proven >= 8 ? CheckResult::yes(proven) : wait_or_no(payload);
}

/// CRC-16 of polynomial 1021, from zero.
std::uint32_t crc16(Bytes bytes) noexcept {
  std::uint32_t sum = 0;
  for (const std::uint8_t byte : bytes) {
    sum ^= static_cast<std::uint32_t>(byte) << 8;
    for (unsigned bit = 0; bit < 8; ++bit) sum = (sum & 0x8000) != 0 ? (sum << 1 ^ 0x1021) & 0xFFFF : sum << 1;
  }
  return sum;
}

/// A length that is the datagram's, a version, a kind, and a checksum over all of it.
CheckResult check_ether_sbus(const Payload& payload, Side side) noexcept {
  constexpr std::size_t kLeast = 11;
  constexpr std::size_t kMost = 1024;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kLeast || bytes.size() > kMost || big32(bytes, 0) != bytes.size()) return CheckResult::no();
  const bool request = bytes[8] == 0;
  if (bytes[4] > 1 || bytes[5] > 1 || bytes[8] > 2 || request != (side == Side::client)) return CheckResult::no();
  return crc16(bytes.first(bytes.size() - 2)) == big16(bytes, bytes.size() - 2) ? CheckResult::yes(8)
                                                                                : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> delivery_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"ayiya", check_ayiya, "AYIYA's header and the length of the packet inside"},
      NamedCheck{"ether-s-bus", check_ether_sbus, "Ether-S-Bus: the datagram's length and its checksum"},
      NamedCheck{"tcpcl3", check_tcpcl3, "the contact header of TCPCL version 3 with its counted name"},
      NamedCheck{"uftp", check_uftp, "UFTP's outer and inner header in two datagrams of one session"},
  };
  return kChecks;
}

}  // namespace ghostport
