#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: MySQL's client/server protocol documentation, "Connection Phase Packets" and "Generic Response Packets";
// MariaDB's knowledge base, "Connecting".
namespace ghostport {
namespace {

constexpr std::size_t kPacketHeader = 4;
constexpr std::size_t kLeastGreeting = 11;  // an error's number and a word or two
constexpr std::size_t kMostGreeting = 1024;
constexpr std::size_t kMostLogin = 65536;

/// Protocol::HandshakeV10, and its shorter forms of servers before 4.1.
CheckResult check_handshake(const Payload& payload, Bytes packet, std::size_t length) noexcept {
  const Bytes body = packet.subspan(kPacketHeader + 1);
  const auto nul = std::find(body.begin(), body.end(), std::uint8_t{0});
  const auto version = static_cast<std::size_t>(nul - body.begin());
  if (!is_text(body.first(version))) return CheckResult::no();
  if (nul == body.end()) return wait_or_no(payload);
  // Behind the version: thread id 4, scramble 8, filler 1, capabilities 2, and in later forms character set 1,
  // status 2, capabilities 2, scramble length 1, reserved 10 of which MariaDB uses the last 4.
  const std::size_t after = version + 1;
  const std::size_t size = length - 1;
  if (version == 0 || after + 15 > size || (after + 15 < size && after + 31 > size)) return CheckResult::no();
  if (body.size() < after + 15) return wait_or_no(payload);
  if (body[after + 12] != 0) return CheckResult::no();
  if (after + 15 == size) return CheckResult::yes(kPacketHeader + length);
  if (body.size() < after + 27) return wait_or_no(payload);
  return is_zero(body.subspan(after + 21, 6)) ? CheckResult::yes(kPacketHeader + 1 + after + 27) : CheckResult::no();
}

/// ERR_Packet: error numbers of servers are four digits.
CheckResult check_error(const Payload& payload, Bytes packet, std::size_t length) noexcept {
  if (packet.size() < kPacketHeader + 3) return wait_or_no(payload);
  const std::uint32_t code = little16(packet, kPacketHeader + 1);
  const Bytes text = packet.subspan(kPacketHeader + 3);
  if (code < 1000 || code > 9999 || !is_text(text)) return CheckResult::no();
  if (packet.size() < kPacketHeader + length) return wait_or_no(payload);
  return CheckResult::yes(packet.size());
}

CheckResult check_mysql_greeting(const Payload& payload, Side) noexcept {
  if (payload.bytes.size() < kPacketHeader + 1) return wait_or_no(payload);
  const std::size_t length = little24(payload.bytes, 0);
  if (payload.bytes[3] != 0 || length < kLeastGreeting || length > kMostGreeting) return CheckResult::no();
  const Bytes packet = payload.bytes.first(std::min(payload.bytes.size(), kPacketHeader + length));
  switch (packet[kPacketHeader]) {
    case 0x0A: return check_handshake(payload, packet, length);
    case 0xFF: return check_error(payload, packet, length);
    default: return CheckResult::no();
  }
}

/// Protocol::SSLRequest and Protocol::HandshakeResponse41.
CheckResult check_mysql_login(const Payload& payload, Side) noexcept {
  constexpr std::uint32_t kProtocol41 = 0x200;
  constexpr std::uint32_t kSsl = 0x800;
  constexpr std::size_t kFixed = 32;
  constexpr std::size_t kMostUser = 256;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kPacketHeader + kFixed) return wait_or_no(payload);
  const std::size_t length = little24(bytes, 0);
  const std::uint32_t capabilities = little32(bytes, 4);
  if (length < kFixed || length > kMostLogin || bytes[3] != 1) return CheckResult::no();
  if ((capabilities & kProtocol41) == 0) return CheckResult::no();
  // 23 reserved bytes, of which MariaDB uses the last 4.
  if (!is_zero(bytes.subspan(kPacketHeader + 9, 19))) return CheckResult::no();
  if (length == kFixed) {
    return (capabilities & kSsl) != 0 ? CheckResult::yes(kPacketHeader + kFixed) : CheckResult::no();
  }
  const std::size_t rest = std::min(bytes.size() - kPacketHeader, length) - kFixed;
  const Bytes user = bytes.subspan(kPacketHeader + kFixed, std::min(rest, kMostUser));
  const auto nul = std::find(user.begin(), user.end(), std::uint8_t{0});
  const auto name = static_cast<std::size_t>(nul - user.begin());
  if (!is_text(user.first(name))) return CheckResult::no();
  if (nul != user.end()) return CheckResult::yes(kPacketHeader + kFixed + name + 1);
  return name < kMostUser && rest < length - kFixed ? wait_or_no(payload) : CheckResult::no();
}

/// Protocol::ColumnDefinition41: the catalog "def", five names, then twelve bytes of fixed fields and a zero filler.
CheckResult check_column(const Payload& payload, std::size_t at) noexcept {
  constexpr std::size_t kFixed = 0x0C;
  constexpr std::uint32_t kLongest = 0xFA;  // of a name: one byte tells it
  const Bytes rest = payload.bytes.subspan(at);
  if (rest.size() < kPacketHeader) return wait_or_no(payload);
  const std::size_t length = little24(rest, 0);
  if (rest[3] == 0) return CheckResult::no();
  Cursor cursor(rest.first(std::min(rest.size(), kPacketHeader + length)), kPacketHeader + 4);
  for (unsigned i = 0; i < 5; ++i) {
    const std::uint32_t size = cursor.u8();
    if (size > kLongest) return CheckResult::no();
    if (!is_text(cursor.take(size))) return CheckResult::no();
  }
  // MariaDB may tell a type's name between the names and the fixed fields.
  std::uint32_t fixed = cursor.u8();
  if (fixed != kFixed) {
    cursor.skip(fixed);
    fixed = cursor.u8();
  }
  cursor.skip(10);
  const std::uint32_t filler = cursor.big16();
  if (cursor.ended()) return rest.size() < kPacketHeader + length ? wait_or_no(payload) : CheckResult::no();
  if (fixed != kFixed || filler != 0) return CheckResult::no();
  return CheckResult::yes(cursor.position());
}

bool is_column(Bytes packet) noexcept {
  constexpr std::string_view kCatalog =
      "\x03"
      "def";
  return packet.size() >= kPacketHeader + kCatalog.size() &&
         std::equal(kCatalog.begin(), kCatalog.end(), packet.begin() + kPacketHeader,
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

/// ERR_Packet with its SQL state: FF, number, '#', five characters of the state, words.
CheckResult check_state(const Payload& payload, Bytes packet, std::size_t length) noexcept {
  constexpr std::size_t kError = kPacketHeader + 9;
  if (packet.size() < kPacketHeader + 4) return wait_or_no(payload);
  if (length < 9 || length > kMostGreeting || packet[kPacketHeader + 3] != '#') return CheckResult::no();
  if (packet.size() < kPacketHeader + length) return wait_or_no(payload);
  const std::uint32_t code = little16(packet, kPacketHeader + 1);
  const bool holds = code >= 1000 && code <= 9999 && is_text(packet.subspan(kError, kPacketHeader + length - kError));
  return holds ? CheckResult::yes(kError) : CheckResult::no();
}

/// A column or an error, perhaps behind a few short packets: what ends a login, a number of columns, answers to pings.
CheckResult check_mysql_result(const Payload& payload, Side) noexcept {
  constexpr unsigned kMostBefore = 8;
  constexpr std::size_t kMostLength = 512;
  constexpr unsigned kMostNumber = 32;
  std::size_t at = 0;
  for (unsigned i = 0; i <= kMostBefore; ++i) {
    const Bytes packet = payload.bytes.subspan(at);
    if (packet.size() <= kPacketHeader) return wait_or_no(payload);
    const std::size_t length = little24(packet, 0);
    if (is_column(packet)) return check_column(payload, at);
    if (packet[kPacketHeader] == 0xFF) {
      if (packet[3] == 0) return CheckResult::no();
      return check_state(payload, packet, length);
    }
    if (length == 0 || length > kMostLength || packet[3] == 0 || packet[3] > kMostNumber) return CheckResult::no();
    if (packet.size() < kPacketHeader + length) return wait_or_no(payload);
    at += kPacketHeader + length;
  }
  return CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> mysql_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"mysql-greeting", check_mysql_greeting, "MySQL's handshake of version 10, or its error packet"},
      NamedCheck{"mysql-login", check_mysql_login, "MySQL's login or its request for TLS"},
      NamedCheck{"mysql-result", check_mysql_result, "a column of MySQL's result sets, or an error with its state"},
  };
  return kChecks;
}

}  // namespace ghostport
