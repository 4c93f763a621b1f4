#include <array>

#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Source: Kaspersky ICS CERT, "Security research: CODESYS Runtime, a PLC control framework" part 2 (2019): block driver
// over TCP and the datagram layer inside it.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 8;  // magic and length
constexpr unsigned kEnough = 48;

Unit read_block(Bytes bytes) noexcept {
  constexpr std::size_t kMostLength = 0xFFFF;
  if (bytes.size() < kHeader + 1) return Unit::more();
  const std::size_t size = little32(bytes, 4);
  if (big32(bytes, 0) != 0x000117E8 || size < kHeader + 6 || size > kMostLength) return Unit::no();
  return bytes[kHeader] == 0xC5 ? Unit::yes(size, 32 + 16 + 8) : Unit::no();
}

CheckResult check_codesys(const Payload& payload, Side) noexcept { return check_units(payload, kEnough, read_block); }

}  // namespace

std::span<const NamedCheck> codesys_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"codesys", check_codesys,
                 "blocks of CODESYS 3 over TCP: magic, length, and the magic of the datagram"},
  };
  return kChecks;
}

}  // namespace ghostport
