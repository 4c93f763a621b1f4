#include <algorithm>
#include <array>

#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Source: OMRON W227 "FINS Commands Reference Manual" sections 3 and 5; W421 "Ethernet Units: Construction of
// Applications" section 7-4 (FINS/TCP).
namespace ghostport {
namespace {

constexpr std::size_t kTcpHeader = 16;   // FINS, length, command, error
constexpr std::size_t kFinsHeader = 12;  // with the command code
constexpr unsigned kTcpEnough = 64;

/// Commands of CS, CJ, CP and CV controllers.
constexpr std::array<std::uint16_t, 71> kCommands{
    0x0101, 0x0102, 0x0103, 0x0104, 0x0105, 0x0201, 0x0202, 0x0203, 0x0204, 0x0220, 0x0221, 0x0222,
    0x0304, 0x0305, 0x0306, 0x0307, 0x0308, 0x0401, 0x0402, 0x0403, 0x0501, 0x0502, 0x0503, 0x0601,
    0x0602, 0x0603, 0x0620, 0x0621, 0x0701, 0x0702, 0x0801, 0x0920, 0x0C01, 0x0C02, 0x0C03, 0x2101,
    0x2102, 0x2103, 0x2140, 0x2141, 0x2142, 0x2201, 0x2202, 0x2203, 0x2204, 0x2205, 0x2206, 0x2207,
    0x2208, 0x220A, 0x220B, 0x220C, 0x220F, 0x2210, 0x2211, 0x2212, 0x2215, 0x2220, 0x2230, 0x2231,
    0x2232, 0x2301, 0x2302, 0x230A, 0x2601, 0x2602, 0x2603, 0x2604, 0x2605, 0x2606, 0x2802};

/// Unit addresses: the controller, units of the backplane, inner board, Ethernet or computer.
bool is_unit(std::uint8_t unit) noexcept { return unit == 0 || (unit >= 0x10 && unit <= 0x1F) || unit >= 0xE1; }

/// Data behind the command code, where a command has them of one length; a response has an end code before its own.
bool length_holds(std::uint32_t command, bool response, std::size_t data) noexcept {
  if (response) return data >= 2;
  switch (command) {
    case 0x0101:
    case 0x0103: return data == 6;  // area, address, number
    case 0x0102: return data > 6;
    case 0x0501: return data <= 1;
    case 0x0601:
    case 0x0701:
    case 0x0403: return data == 0;
    case 0x0402: return data == 2 || data == 0;
    case 0x0702: return data == 6 || data == 7;
    default: return true;
  }
}

/// Bits of a FINS frame, 36; none where it is wrong.
unsigned frame_bits(Bytes frame, std::size_t size, Side side) noexcept {
  if (frame.size() < kFinsHeader || size < kFinsHeader) return 0;
  const bool response = (frame[0] & 0x40) != 0;
  if ((frame[0] & 0xBE) != 0x80 || frame[1] != 0 || frame[2] > 7 || frame[3] > 0x7F || frame[6] > 0x7F) return 0;
  if (response != (side == Side::server) || !is_unit(frame[5]) || !is_unit(frame[8])) return 0;
  const std::uint32_t command = big16(frame, 10);
  if (!std::binary_search(kCommands.begin(), kCommands.end(), command)) return 0;
  if (!length_holds(command, response, size - kFinsHeader)) return 0;
  return 7 + 8 + 5 + 2 + 4 + 10;
}

Unit read_tcp(Bytes bytes, Side side) noexcept {
  if (bytes.size() < kTcpHeader) return Unit::more();
  if (big32(bytes, 0) != 0x46494E53) return Unit::no();
  const std::size_t length = big32(bytes, 4);
  const std::size_t size = 8 + length;
  if (length < 8 || length > 0xFFFF) return Unit::no();
  const Unit holds = Unit::yes(size, 32 + 32 + 32);
  const auto only = [&](bool right) { return right ? holds : Unit::no(); };
  switch (big32(bytes, 8)) {
    case 0: return only(side == Side::client && length == 12);  // node address from client to server
    case 1: return only(side == Side::server && length == 16);  // and back
    case 2:
      if (bytes.size() < kTcpHeader + kFinsHeader && bytes.size() < size) return Unit::more();
      return only(frame_bits(bytes.subspan(kTcpHeader), size - kTcpHeader, side) != 0);
    case 3: return only(length == 8);  // error, connection refused
    case 6: return only(length == 8);  // connection confirmed
    default: return Unit::no();
  }
}

CheckResult check_fins(const Payload& payload, Side side) noexcept {
  if (!is_datagram(payload)) return check_units_of(payload, side, kTcpEnough, read_tcp);
  for (const Side whose : {side, other(side)}) {
    const unsigned bits = frame_bits(payload.bytes, payload.bytes.size(), whose);
    if (bits != 0) return CheckResult::yes(bits / 8);
  }
  return CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> fins_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"fins", check_fins, "FINS commands or responses, over TCP behind their own header"},
  };
  return kChecks;
}

}  // namespace ghostport
