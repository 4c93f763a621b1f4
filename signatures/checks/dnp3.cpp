#include <array>

#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Source: IEEE 1815-2012 clause 9 (data link layer), clause 13 (over TCP and UDP).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 10;  // start, length, control, destination, source, checksum
constexpr std::size_t kBlock = 16;
constexpr unsigned kEnough = 34;

/// The checksum of clause 9.2.7: x^16 + x^13 + x^12 + x^11 + x^10 + x^8 + x^6 + x^5 + x^2 + 1, reversed and inverted.
constexpr std::array<std::uint16_t, 16> kCrc = [] {
  std::array<std::uint16_t, 16> table{};
  for (unsigned i = 0; i < table.size(); ++i) {
    unsigned crc = i;
    for (int bit = 0; bit < 4; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xA6BC : crc >> 1;
    table[i] = static_cast<std::uint16_t>(crc);
  }
  return table;
}();

/// Does `block` end with the checksum of what stands before it?
bool checksum_holds(Bytes block) noexcept {
  unsigned crc = 0;
  for (const std::uint8_t byte : block.first(block.size() - 2)) {
    crc = crc >> 4 ^ kCrc[(crc ^ byte) & 0x0F];
    crc = crc >> 4 ^ kCrc[(crc ^ byte >> 4) & 0x0F];
  }
  return (crc ^ 0xFFFF) == little16(block, block.size() - 2);
}

/// Functions of clause 9.2.4.1.3, and whether user data follow.
bool control_holds(unsigned control, std::size_t user_data) noexcept {
  const unsigned function = control & 0x0F;
  if ((control & 0x40) == 0) {  // from the secondary station
    return user_data == 0 && (function <= 1 || function == 11 || function == 14 || function == 15);
  }
  if (function == 3 || function == 4) return user_data != 0;
  return user_data == 0 && (function <= 2 || function == 9);
}

Unit read_frame(Bytes bytes) noexcept {
  if (bytes.size() < kHeader) return Unit::more();
  const std::size_t length = bytes[2];
  if (bytes[0] != 0x05 || bytes[1] != 0x64 || length < 5) return Unit::no();
  const std::size_t user_data = length - 5;
  if (!control_holds(bytes[3], user_data) || !checksum_holds(bytes.first(kHeader))) return Unit::no();
  const std::size_t size = kHeader + user_data + 2 * ((user_data + kBlock - 1) / kBlock);
  unsigned bits = 16 + 16 + 4;
  for (std::size_t at = kHeader; at < size; at += kBlock + 2) {
    const std::size_t block = std::min(kBlock + 2, size - at);
    if (at + block > bytes.size()) break;
    if (!checksum_holds(bytes.subspan(at, block))) return Unit::no();
    bits += 16;
  }
  return Unit::yes(size, bits);
}

CheckResult check_dnp3(const Payload& payload, Side) noexcept { return check_units(payload, kEnough, read_frame); }

}  // namespace

std::span<const NamedCheck> dnp3_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"dnp3", check_dnp3, "DNP3 frames: control field, length and the checksums of header and blocks"},
  };
  return kChecks;
}

}  // namespace ghostport
