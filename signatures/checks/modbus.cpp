#include <array>

#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Sources: MODBUS Application Protocol Specification V1.1b3 (functions and their lengths), MODBUS Messaging on TCP/IP
// Implementation Guide V1.0b section 3.1.3 (MBAP header). Function 5A is Schneider Electric's UMAS, as published by
// Kaspersky ICS CERT, "The secrets of Schneider Electric's UMAS protocol" (2022).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 7;        // transaction, protocol, length, unit
constexpr std::size_t kMostLength = 254;  // unit and PDU
constexpr unsigned kEnough = 36;
constexpr unsigned kHeaderBits = 16 + 8 + 4;  // protocol 0, the length's first byte, a known function
constexpr unsigned kLengthBits = 8;           // the length's second byte is what the function asks for

struct Pdu {
  std::uint8_t function;
  Bytes body;  // behind the function
};

constexpr Unit kWrong = Unit::no();

/// Bits for a body of exactly this size, none where it has another one.
unsigned fixed(const Pdu& pdu, std::size_t size, unsigned more = 0) noexcept {
  return pdu.body.size() == size ? kHeaderBits + kLengthBits + more : 0;
}

/// A byte count at `at` that ends where the PDU ends.
unsigned counted(const Pdu& pdu, std::size_t at, std::size_t least, std::size_t step) noexcept {
  if (pdu.body.size() <= at) return 0;
  const std::size_t count = pdu.body[at];
  return count >= least && count % step == 0 && at + 1 + count == pdu.body.size() ? kHeaderBits + kLengthBits : 0;
}

/// Quantities out of range are what a faulty or curious client asks: they prove nothing, but contradict nothing.
unsigned in_range(Bytes body, std::size_t at, std::uint32_t most, unsigned bits) noexcept {
  const std::uint32_t quantity = body.size() >= at + 2 ? big16(body, at) : 0;
  return quantity >= 1 && quantity <= most ? bits : 0;
}

unsigned diagnostics_bits(const Pdu& pdu) noexcept {
  if (pdu.body.size() < 4 || pdu.body.size() % 2 != 0) return 0;
  const std::uint32_t subfunction = big16(pdu.body, 0);
  return subfunction <= 18 || subfunction == 20 ? kHeaderBits + 11 : 0;
}

unsigned write_single_coil_bits(const Pdu& pdu) noexcept {
  const bool known = pdu.body.size() == 4 && pdu.body[3] == 0 && (pdu.body[2] == 0 || pdu.body[2] == 0xFF);
  return fixed(pdu, 4, known ? 15 : 0);
}

unsigned request_bits(const Pdu& pdu) noexcept {
  const Bytes body = pdu.body;
  switch (pdu.function) {
    case 1:
    case 2: return fixed(pdu, 4, in_range(body, 2, 2000, 5));
    case 3:
    case 4: return fixed(pdu, 4, in_range(body, 2, 125, 9));
    case 5: return write_single_coil_bits(pdu);
    case 6: return fixed(pdu, 4);
    case 7:
    case 11:
    case 12:
    case 17: return fixed(pdu, 0);
    case 8: return diagnostics_bits(pdu);
    case 15: return counted(pdu, 4, 1, 1) == 0 || (big16(body, 2) + 7) / 8 != body[4] ? 0 : kHeaderBits + 24;
    case 16: return counted(pdu, 4, 2, 2) == 0 || big16(body, 2) * 2 != body[4] ? 0 : kHeaderBits + 24;
    case 20: return counted(pdu, 0, 7, 7) == 0 || body[1] != 6 ? 0 : kHeaderBits + 16;
    case 21: return counted(pdu, 0, 9, 1) == 0 || body[1] != 6 ? 0 : kHeaderBits + 16;
    case 22: return fixed(pdu, 6);
    case 23: return counted(pdu, 8, 2, 2) == 0 || big16(body, 6) * 2 != body[8] ? 0 : kHeaderBits + 24;
    case 24: return fixed(pdu, 2);
    case 43:
      if (body.size() == 3 && body[0] == 14 && body[1] >= 1 && body[1] <= 4) return kHeaderBits + kLengthBits + 14;
      return body.size() >= 2 && body[0] == 13 ? kHeaderBits + 8 : 0;
    // Session and a function of UMAS: read, write, upload, download, monitor, start and stop, device information.
    case 90: return body.size() >= 2 && body[1] >= 1 && body[1] <= 0x73 ? kHeaderBits + 4 : 0;
    default: return 0;
  }
}

unsigned response_bits(const Pdu& pdu) noexcept {
  const Bytes body = pdu.body;
  switch (pdu.function) {
    case 1:
    case 2: return counted(pdu, 0, 1, 1);
    case 3:
    case 4:
    case 23: return counted(pdu, 0, 2, 2);
    case 5: return write_single_coil_bits(pdu);
    case 6: return fixed(pdu, 4);
    case 7: return fixed(pdu, 1);
    case 8: return diagnostics_bits(pdu);
    case 11: return fixed(pdu, 4);
    case 12:
    case 17:
    case 20:
    case 21: return counted(pdu, 0, 2, 1);
    case 15: return fixed(pdu, 4, in_range(body, 2, 1968, 5));
    case 16: return fixed(pdu, 4, in_range(body, 2, 123, 9));
    case 22: return fixed(pdu, 6);
    case 24: {
      if (body.size() < 4) return 0;
      const bool fits = big16(body, 0) + 2 == body.size() && big16(body, 2) * 2 + 4 == body.size();
      return fits ? kHeaderBits + 32 : 0;
    }
    case 43: {
      if (body.size() >= 2 && body[0] == 13) return kHeaderBits + 8;
      const bool known = body.size() >= 6 && body[0] == 14 && body[1] >= 1 && body[1] <= 4 && (body[2] & 0x7F) >= 1 &&
                         (body[2] & 0x7F) <= 3 && (body[3] == 0 || body[3] == 0xFF);
      return known ? kHeaderBits + 27 : 0;
    }
    case 90: return body.size() >= 2 && (body[1] == 0xFE || body[1] == 0xFD) ? kHeaderBits + 8 : 0;
    default: break;
  }
  // An exception, to a function that no server need know: of its code only one bit is fixed.
  if (pdu.function < 0x80 || body.size() != 1) return 0;
  const unsigned code = body[0];
  const bool known = (code >= 1 && code <= 8) || code == 10 || code == 11;
  return known ? kHeaderBits - 4 + 1 + kLengthBits + 4 : 0;
}

Unit read_adu(Bytes bytes, Side side) noexcept {
  if (bytes.size() < kHeader + 1) return Unit::more();
  const std::size_t length = big16(bytes, 4);
  if (big16(bytes, 2) != 0 || length < 2 || length > kMostLength) return kWrong;
  const std::size_t size = kHeader - 1 + length;
  if (bytes.size() < size) return Unit::more();
  const Pdu pdu{bytes[kHeader], bytes.subspan(kHeader + 1, size - kHeader - 1)};
  const unsigned bits = side == Side::client ? request_bits(pdu) : response_bits(pdu);
  return bits == 0 ? kWrong : Unit::yes(size, bits);
}

CheckResult check_modbus(const Payload& payload, Side side) noexcept {
  return check_units_of(payload, side, kEnough, read_adu);
}

}  // namespace

std::span<const NamedCheck> modbus_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"modbus", check_modbus, "Modbus requests or responses whose lengths are those of their functions"},
  };
  return kChecks;
}

}  // namespace ghostport
