#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: RFC 1928 sections 3 to 6, RFC 1929 (name and password), IANA's SOCKS methods; for version 4 Y. Lee,
// "SOCKS: A protocol for TCP proxy across firewalls", and "SOCKS 4A: A Simple Extension to SOCKS 4 Protocol".
namespace ghostport {
namespace {

constexpr unsigned kVersion4 = 4;
constexpr unsigned kVersion5 = 5;
constexpr unsigned kPassword = 2;
constexpr unsigned kMostMethods = 10;
constexpr std::size_t kMostUser = 255;

bool is_method(unsigned method) noexcept { return method <= 9 || method >= 0x80; }

bool is_host(Bytes name) noexcept {
  bool dot = false;
  for (const std::uint8_t byte : name) {
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
    if (!letter && byte != '-' && byte != '_' && byte != '.' && byte != ':') return false;
    dot = dot || byte == '.' || byte == ':';
  }
  return dot || name.size() >= 4;
}

/// The address of a request or reply: type, address, port.
bool address_holds(Cursor& cursor) noexcept {
  switch (cursor.u8()) {
    case 1: cursor.skip(4 + 2); return true;
    case 4: cursor.skip(16 + 2); return true;
    case 3: {
      const Bytes name = cursor.take(cursor.u8());
      cursor.skip(2);
      return cursor.ended() || (!name.empty() && is_host(name));
    }
    default: return cursor.ended();
  }
}

/// Greeting, perhaps name and password, and a whole request: 46 bits and more.
CheckResult check_socks5_request(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  if (const unsigned first = cursor.u8(); !cursor.ended() && first != kVersion5) return CheckResult::no();
  const unsigned count = cursor.u8();
  if (!cursor.ended() && (count == 0 || count > kMostMethods)) return CheckResult::no();
  bool password = false;
  for (unsigned i = 0; i < count; ++i) {
    const unsigned method = cursor.u8();
    if (!is_method(method)) return CheckResult::no();
    password = password || method == kPassword;
  }
  std::size_t proven = cursor.position();
  unsigned version = cursor.u8();
  if (version == 1 && password) {
    cursor.skip(cursor.u8());
    cursor.skip(cursor.u8());
    version = cursor.u8();
    proven += 1;
  }
  const unsigned command = cursor.u8();
  const unsigned reserved = cursor.u8();
  if (!cursor.ended() && (version != kVersion5 || command == 0 || command > 3 || reserved != 0))
    return CheckResult::no();
  if (!address_holds(cursor)) return CheckResult::no();
  return cursor.ended() ? wait_or_no(payload) : CheckResult::yes(proven + 4);
}

/// CONNECT or BIND with a name, version 4A: an impossible address, a user, and the name of a host.
CheckResult check_socks4_named(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 9) return wait_or_no(payload);
  if (bytes[0] != kVersion4 || bytes[1] == 0 || bytes[1] > 2 || !is_zero(bytes.subspan(4, 3)) || bytes[7] == 0)
    return CheckResult::no();
  std::size_t ends[2] = {};
  std::size_t at = 8;
  for (std::size_t& end : ends) {
    const std::size_t start = at;
    while (at < bytes.size() && bytes[at] != 0 && at - start <= kMostUser) ++at;
    if (!is_text(bytes.subspan(start, at - start)) || at - start > kMostUser) return CheckResult::no();
    if (at == bytes.size()) return wait_or_no(payload);
    end = at++;
  }
  const Bytes name = bytes.subspan(ends[0] + 1, ends[1] - ends[0] - 1);
  return !name.empty() && is_host(name) ? CheckResult::yes(8) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> socks_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"socks4-named", check_socks4_named, "a request of SOCKS 4A with a host's name"},
      NamedCheck{"socks5-request", check_socks5_request, "a SOCKS 5 greeting and the request behind it"},
  };
  return kChecks;
}

}  // namespace ghostport
