#include <algorithm>
#include <array>

#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Source: Mitsubishi Electric SH(NA)-080008 "MELSEC Communication Protocol Reference Manual", chapters 4 (3E and 4E
// frames in binary code) and 7 (commands).
namespace ghostport {
namespace {

constexpr unsigned kEnough = 40;
constexpr std::size_t kRoute = 5;  // network, station, input/output number of 2 bytes, multidrop station
constexpr std::size_t kMostLength = 0x2000;

constexpr std::array<std::uint16_t, 39> kCommands{
    0x0401, 0x0403, 0x0406, 0x0601, 0x0613, 0x0619, 0x0801, 0x0802, 0x0C01, 0x0C02, 0x0101, 0x1001, 0x1002,
    0x1003, 0x1005, 0x1006, 0x1401, 0x1402, 0x1406, 0x1601, 0x1612, 0x1613, 0x1617, 0x1630, 0x1631, 0x1808,
    0x1810, 0x1811, 0x1820, 0x1822, 0x1824, 0x1825, 0x1826, 0x1827, 0x1828, 0x1829, 0x182A, 0x2101, 0x3040};

bool route_holds(Bytes route) noexcept {
  const std::uint32_t io = little16(route, 2);
  const bool processor = io == 0x03FF || (io >= 0x03D0 && io <= 0x03D3) || (io >= 0x03E0 && io <= 0x03E3);
  const unsigned station = route[1];
  return processor && route[0] <= 0xEF && (station <= 0x78 || station == 0x7D || station == 0x7E || station == 0xFF) &&
         route[4] <= 0x1F;
}

/// Timer, command and subcommand; none where they are wrong.
unsigned request_bits(Bytes body) noexcept {
  const std::uint32_t command = little16(body, 2);
  const std::uint32_t subcommand = little16(body, 4);
  if (std::find(kCommands.begin(), kCommands.end(), command) == kCommands.end()) return 0;
  return (subcommand & 0xFF00) == 0 && (subcommand & 0x0F) <= 5 ? 10 + 9 : 0;
}

/// An end code; behind an error the route again, and the command and subcommand that failed.
unsigned response_bits(Bytes body, Bytes route) noexcept {
  if (little16(body, 0) == 0) return 16;
  const bool told = body.size() == 2 + kRoute + 4 && std::equal(route.begin(), route.end(), body.begin() + 2);
  return told ? 40 : 0;
}

/// 3E: subheader and route. 4E: subheader, serial number, zero, route.
Unit read_frame(Bytes bytes, Side side) noexcept {
  if (bytes.size() < 2) return Unit::more();
  const bool request = side == Side::client;
  const unsigned first = bytes[0] ^ (request ? 0x50U : 0xD0U);
  if ((first != 0 && first != 4) || bytes[1] != 0) return Unit::no();
  const std::size_t at = first == 0 ? 2 : 6;
  const std::size_t header = at + kRoute + 2;
  if (bytes.size() < header) return Unit::more();
  if (first == 4 && big16(bytes, 4) != 0) return Unit::no();
  const Bytes route = bytes.subspan(at, kRoute);
  const std::size_t length = little16(bytes, at + kRoute);
  if (!route_holds(route) || length < (request ? 6U : 2U) || length > kMostLength) return Unit::no();
  if (bytes.size() < header + std::min<std::size_t>(length, 11)) return Unit::more();
  const Bytes body = bytes.subspan(header, std::min(length, bytes.size() - header));
  const unsigned bits = request ? request_bits(body) : response_bits(body, route);
  return bits == 0 ? Unit::no() : Unit::yes(header + length, 15 + 13 + 3 + (first == 4 ? 16 : 0) + bits);
}

CheckResult check_melsec(const Payload& payload, Side side) noexcept {
  return check_units_of(payload, side, kEnough, read_frame);
}

}  // namespace

std::span<const NamedCheck> melsec_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"melsec", check_melsec, "binary 3E or 4E frames: route, length, command or end code"},
  };
  return kChecks;
}

}  // namespace ghostport
