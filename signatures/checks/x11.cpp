#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: X Window System Protocol, X Version 11 Release 6.7+, chapter 8 and appendix B.
namespace ghostport {
namespace {

constexpr std::size_t kRequestHeader = 4;
constexpr std::size_t kMessage = 32;  // of the server: replies at least, errors and events
constexpr unsigned kEnoughBits = 40;

std::uint32_t read16(Bytes bytes, std::size_t at, bool big) noexcept {
  return big ? big16(bytes, at) : little16(bytes, at);
}
std::uint32_t read32(Bytes bytes, std::size_t at, bool big) noexcept {
  return big ? big32(bytes, at) : little32(bytes, at);
}
constexpr std::size_t padded(std::size_t size) noexcept { return (size + 3) / 4 * 4; }

/// Identifiers of resources and atoms have their top three bits zero.
bool is_id(Bytes bytes, std::size_t at, bool big) noexcept { return read32(bytes, at, big) >> 29 == 0; }

CheckResult check_setup(const Payload& payload, Side) noexcept {
  constexpr std::size_t kHeader = 12;
  constexpr std::size_t kMostName = 64;
  constexpr std::size_t kMostData = 1024;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const bool big = bytes[0] == 'B';
  const std::size_t name = read16(bytes, 6, big);
  const std::size_t data = read16(bytes, 8, big);
  if (read16(bytes, 2, big) != 11 || read16(bytes, 4, big) != 0) return CheckResult::no();
  if (name > kMostName || data > kMostData || (name == 0 && data != 0)) return CheckResult::no();
  if (!is_text(bytes.subspan(kHeader, std::min(name, bytes.size() - kHeader)))) return CheckResult::no();
  if (bytes.size() < kHeader + padded(name) + padded(data)) return wait_or_no(payload);
  return CheckResult::yes(kHeader + name);
}

bool is_reason(Bytes bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) {
    return byte >= 0x20 || byte == '\n' || byte == '\r' || byte == '\t' || byte == 0;
  });
}

bool is_unit(std::uint8_t bits) noexcept { return bits == 8 || bits == 16 || bits == 32; }

CheckResult check_setup_reply(const Payload& payload, Side) noexcept {
  constexpr std::size_t kHeader = 8;
  constexpr std::size_t kFixed = 40;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const bool big = bytes[2] == 0;
  const std::size_t length = read16(bytes, 6, big);
  if (read16(bytes, 2, big) != 11 || read16(bytes, 4, big) != 0) return CheckResult::no();
  if (bytes[0] == 0) {
    const std::size_t reason = bytes[1];
    if (reason == 0 || padded(reason) != 4 * length) return CheckResult::no();
    if (!is_reason(bytes.subspan(kHeader, std::min(reason, bytes.size() - kHeader)))) return CheckResult::no();
    return bytes.size() < kHeader + reason ? wait_or_no(payload) : CheckResult::yes(kHeader + reason);
  }
  if (bytes[0] != 1) return CheckResult::no();
  if (bytes.size() < kFixed) return wait_or_no(payload);
  const std::size_t vendor = read16(bytes, 24, big);
  const std::size_t screens = bytes[28];
  const std::size_t formats = bytes[29];
  if (screens == 0 || 4 * length < 32 + 8 * formats + padded(vendor) + 40 * screens) return CheckResult::no();
  if (bytes[30] > 1 || bytes[31] > 1 || !is_unit(bytes[32]) || !is_unit(bytes[33])) return CheckResult::no();
  if (bytes[34] < 8 || bytes[35] < bytes[34]) return CheckResult::no();
  return CheckResult::yes(kFixed);
}

/// Lengths of the core requests of fixed size, in units of four bytes; 0 where the size varies or nothing is assigned.
// clang-format off
constexpr std::array<std::uint8_t, 128> kRequestUnits = {
    0, 0, 0, 2, 2, 2, 2, 4, 2, 2, 2, 2, 0, 2, 2, 2,  0, 2, 0, 3, 6, 2, 4, 2, 6, 11, 6, 2, 6, 3, 4, 4,
    2, 4, 3, 2, 1, 1, 2, 4, 4, 6, 3, 1, 1, 0, 2, 2,  0, 0, 0, 0, 1, 4, 2, 0, 0, 4, 0, 0, 2, 4, 7, 8,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 4, 2,  3, 2, 2, 2, 4, 0, 3, 4, 0, 0, 0, 0, 0, 8, 8, 2,
    5, 3, 0, 1, 0, 2, 0, 1, 1, 3, 1, 3, 1, 0, 1, 1,  1, 2, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
};
// clang-format on

/// What one request's header proves, in bits; 0 where it is none. `extension` is the last extension's opcode.
unsigned bits_of_request(Bytes bytes, std::size_t at, bool big, unsigned& extension) noexcept {
  constexpr std::size_t kMostUnits = 4096;
  constexpr unsigned kGetProperty = 20;
  const unsigned opcode = bytes[at];
  const std::size_t units = read16(bytes, at + 2, big);
  if (opcode == 0 || units == 0 || units > kMostUnits) return 0;
  if (opcode >= 128) {
    if (units > 64) return 1;
    const bool again = opcode == extension;
    extension = opcode;
    return again ? 18 : 11;
  }
  const std::size_t fixed = kRequestUnits[opcode];
  if (fixed == 0) return opcode > 119 && opcode != 127 ? 0 : units < 2 ? 0 : units <= 256 ? 8 : 4;
  if (units != fixed) return 0;
  const bool begins_with_id = opcode <= 15 || (opcode >= 19 && opcode <= 21) || (opcode >= 53 && opcode <= 63);
  if (begins_with_id && at + 8 <= bytes.size() && !is_id(bytes, at + 4, big)) return 0;
  if (opcode == kGetProperty) return bytes[at + 1] > 1 ? 0 : 24;
  return 17;
}

/// A client's requests from anywhere in its stream, as far as the bytes reach.
CheckResult check_requests(const Payload& payload, bool big) noexcept {
  const Bytes bytes = payload.bytes;
  unsigned bits = 0;
  unsigned extension = 0;
  unsigned fixed = 0;
  std::size_t at = 0;
  while (at < bytes.size() && bytes.size() - at >= kRequestHeader) {
    const unsigned found = bits_of_request(bytes, at, big, extension);
    if (found == 0) return CheckResult::no();
    if (bytes[at] < 128 && found >= 17) ++fixed;
    bits += found;
    at += 4 * std::size_t{read16(bytes, at + 2, big)};
  }
  return fixed != 0 && bits >= kEnoughBits ? CheckResult::yes(bits / 8) : wait_or_no(payload);
}

/// What an event proves by its fields, in bits; 0 where they are wrong. Keys, buttons, motion, crossing; properties.
unsigned bits_of_event(Bytes bytes, std::size_t at, bool big) noexcept {
  constexpr unsigned kPropertyNotify = 28;
  const unsigned code = bytes[at] & 0x7F;
  if (code <= 8) {
    for (const std::size_t id : {8U, 12U, 16U}) {
      if (!is_id(bytes, at + id, big)) return 0;
    }
    if ((read16(bytes, at + 28, big) & 0xE000) != 0) return 0;
    if (code <= 6 ? bytes[at + 30] > 1 : bytes[at + 30] > 2 || bytes[at + 31] > 3) return 0;
    return 21;
  }
  if (code == kPropertyNotify) {
    return is_id(bytes, at + 4, big) && is_id(bytes, at + 8, big) && bytes[at + 16] <= 1 ? 15 : 0;
  }
  return code <= 34 || code >= 64 ? 1 : 0;
}

/// A server's replies, errors and events from anywhere in its stream: sequence numbers never go back.
CheckResult check_messages(const Payload& payload, bool big) noexcept {
  constexpr std::uint32_t kMostStep = 64;
  constexpr std::uint32_t kMostUnits = 0xFFFF;
  const Bytes bytes = payload.bytes;
  unsigned bits = 0;
  bool event = false;
  std::uint32_t last = 0;
  std::size_t messages = 0;
  for (std::size_t at = 0; at < bytes.size() && bytes.size() - at >= kMessage; ++messages) {
    const std::uint32_t sequence = read16(bytes, at + 2, big);
    std::size_t size = kMessage;
    if (messages == 0 && sequence == 0) return CheckResult::no();
    if (messages != 0 && ((sequence - last) & 0xFFFF) > kMostStep) return CheckResult::no();
    if (messages != 0) bits += 10;
    last = sequence;
    if (bytes[at] == 1) {
      const std::uint32_t units = read32(bytes, at + 4, big);
      if (units > kMostUnits) return CheckResult::no();
      bits += units == 0 ? 40 : 24;
      size += 4 * std::size_t{units};
    } else if (bytes[at] == 0) {
      if (bytes[at + 1] == 0 || bytes[at + 1] > 17) return CheckResult::no();
      bits += 11;
    } else {
      const unsigned found = bits_of_event(bytes, at, big);
      if (found == 0) return CheckResult::no();
      event = event || found > 1;
      bits += found;
    }
    at += size;
  }
  return messages >= 2 && event && bits >= kEnoughBits ? CheckResult::yes(bits / 8) : wait_or_no(payload);
}

CheckResult check_stream(const Payload& payload, Side side) noexcept {
  const auto check = side == Side::client ? check_requests : check_messages;
  const CheckResult little = check(payload, false);
  if (little.state == CheckState::yes) return little;
  const CheckResult big = check(payload, true);
  return big.state == CheckState::no ? little : big;
}

}  // namespace

std::span<const NamedCheck> x11_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"x11-setup", check_setup, "X11's connection setup: version 11.0 and an authorization that fits"},
      NamedCheck{"x11-setup-reply", check_setup_reply, "X11's answer to a setup: a reason, or screens and formats"},
      NamedCheck{"x11-stream", check_stream,
                 "X11's requests of known lengths, or messages of 32 bytes whose sequence goes on"},
  };
  return kChecks;
}

}  // namespace ghostport
