#include <array>

#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Source: IEC 60870-5-104:2006 clauses 5 (APCI), 6 and 7 (types), with the elements of IEC 60870-5-101 clause 7.3.
namespace ghostport {
namespace {

constexpr unsigned kEnough = 40;
constexpr std::size_t kApci = 6;
constexpr std::size_t kAsduHeader = 6;  // type, qualifier, cause of 2 bytes, common address of 2 bytes
constexpr std::size_t kAddress = 3;     // of an information object
constexpr std::uint8_t kUnknown = 0xFF;
constexpr std::uint8_t kVariable = 0xFE;

/// Bytes of one information element by type, without the object's address.
constexpr std::array<std::uint8_t, 128> kElement = [] {
  std::array<std::uint8_t, 128> size{};
  size.fill(kUnknown);
  size[1] = 1, size[3] = 1, size[5] = 2, size[7] = 5, size[9] = 3, size[11] = 3, size[13] = 5, size[15] = 5;
  size[20] = 5, size[21] = 2;
  size[30] = 8, size[31] = 8, size[32] = 9, size[33] = 12, size[34] = 10, size[35] = 10, size[36] = 12, size[37] = 12;
  size[38] = 10, size[39] = 11, size[40] = 11;
  size[45] = 1, size[46] = 1, size[47] = 1, size[48] = 3, size[49] = 3, size[50] = 5, size[51] = 4;
  size[58] = 8, size[59] = 8, size[60] = 8, size[61] = 10, size[62] = 10, size[63] = 12, size[64] = 11;
  size[70] = 1;
  size[100] = 1, size[101] = 1, size[102] = 0, size[103] = 7, size[105] = 1, size[107] = 9;
  size[110] = 3, size[111] = 3, size[112] = 5, size[113] = 1;
  for (std::size_t type = 120; type <= 127; ++type) size[type] = kVariable;  // files
  return size;
}();

bool is_cause(unsigned cause) noexcept {
  cause &= 0x3F;
  return (cause >= 1 && cause <= 13) || (cause >= 20 && cause <= 41) || (cause >= 44 && cause <= 47);
}

/// Type, number of objects and cause, and the length that follows from them.
bool asdu_holds(Bytes asdu, std::size_t length) noexcept {
  const std::size_t element = asdu[0] < kElement.size() ? kElement[asdu[0]] : kUnknown;
  const std::size_t objects = asdu[1] & 0x7F;
  if (element == kUnknown || objects == 0 || !is_cause(asdu[2])) return false;
  if (element == kVariable) return length >= kAsduHeader + kAddress;
  const bool sequence = (asdu[1] & 0x80) != 0;
  return length == kAsduHeader + (sequence ? kAddress + objects * element : objects * (kAddress + element));
}

Unit read_apdu(Bytes bytes) noexcept {
  if (bytes.size() < kApci) return Unit::more();
  const std::size_t length = bytes[1];
  if (bytes[0] != 0x68 || length < 4 || length > 253) return Unit::no();
  const unsigned form = bytes[2] & 0x03;
  if (form == 3) {  // U: one function of three, asked or confirmed
    const unsigned function = bytes[2] >> 2;
    const bool one = function != 0 && (function & (function - 1)) == 0;
    return length == 4 && one && bytes[3] == 0 && bytes[4] == 0 && bytes[5] == 0 ? Unit::yes(kApci, 45) : Unit::no();
  }
  if ((bytes[4] & 0x01) != 0) return Unit::no();
  if (form == 1) {  // S
    return length == 4 && bytes[2] == 1 && bytes[3] == 0 ? Unit::yes(kApci, 33) : Unit::no();
  }
  if (bytes.size() < kApci + kAsduHeader) return Unit::more();
  const std::size_t asdu = length - 4;
  if (asdu < kAsduHeader || !asdu_holds(bytes.subspan(kApci), asdu)) return Unit::no();
  return Unit::yes(2 + length, 21);  // start 8, length 8, the forms' bits 2, type 1, cause 1, number 1
}

CheckResult check_iec104(const Payload& payload, Side) noexcept {
  unsigned frames = 0;
  std::uint32_t last = 0;
  return check_units(payload, kEnough, [&](Bytes bytes) noexcept {
    Unit unit = read_apdu(bytes);
    if (unit.state != CheckState::yes || (bytes[2] & 0x01) != 0) return unit;
    // Numbers of one side's I frames go up by one.
    const std::uint32_t number = little16(bytes, 2) >> 1;
    if (frames++ != 0) {
      if (number != ((last + 1) & 0x7FFF)) return Unit::no();
      unit.bits += 15;
    }
    last = number;
    return unit;
  });
}

}  // namespace

std::span<const NamedCheck> iec104_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"iec104", check_iec104,
                 "IEC 60870-5-104: APDUs of the forms I, S, U; type, cause, length of each ASDU"},
  };
  return kChecks;
}

}  // namespace ghostport
