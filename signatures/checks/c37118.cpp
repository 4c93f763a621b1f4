#include <array>

#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Source: IEEE C37.118.2-2011 section 6 and annex B (CRC-CCITT); version 1 is that of C37.118-2005.
namespace ghostport {
namespace {

constexpr unsigned kEnough = 32;
constexpr unsigned kCommand = 4;
constexpr unsigned kMostType = 5;
constexpr std::size_t kFixed = 14;  // sync, size, id code, second of century, fraction of a second

/// x^16 + x^12 + x^5 + 1 from FFFF on.
std::uint32_t checksum(Bytes bytes) noexcept {
  std::uint32_t crc = 0xFFFF;
  for (const std::uint8_t byte : bytes) {
    std::uint32_t mixed = (crc >> 8 ^ byte) & 0xFF;
    mixed ^= mixed >> 4;
    crc = (crc << 8 ^ mixed << 12 ^ mixed << 5 ^ mixed) & 0xFFFF;
  }
  return crc;
}

Unit read_frame(Bytes bytes) noexcept {
  if (bytes.size() < kFixed) return Unit::more();
  const unsigned type = bytes[1] >> 4;
  const unsigned version = bytes[1] & 0x0F;
  const std::size_t size = big16(bytes, 2);
  if (bytes[0] != 0xAA || type > kMostType || version < 1 || version > 3) return Unit::no();
  if (size < kFixed + 4 || (bytes[10] & 0x80) != 0) return Unit::no();
  if (bytes.size() < size) return Unit::more();
  if (checksum(bytes.first(size - 2)) != big16(bytes, size - 2)) return Unit::no();
  unsigned bits = 8 + 3 + 1 + 16 + (size <= 4096 ? 4 : 0);
  if (type == kCommand) {
    const std::uint32_t command = big16(bytes, kFixed);
    const bool known = command >= 1 && command <= 8;
    if (known && size == kFixed + 4) bits += 16;
    if (command == 0) return Unit::no();
  }
  return Unit::yes(size, bits);
}

CheckResult check_c37118(const Payload& payload, Side) noexcept { return check_units(payload, kEnough, read_frame); }

}  // namespace

std::span<const NamedCheck> c37118_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"c37118", check_c37118, "synchrophasor frames: type, version, size and a checksum that holds"},
  };
  return kChecks;
}

}  // namespace ghostport
