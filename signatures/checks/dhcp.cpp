#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: RFC 951 and RFC 2131 section 2 (messages), RFC 2132 (options); RFC 8415 sections 8, 9, 11 and 21 (DHCPv6).
namespace ghostport {
namespace {

constexpr std::size_t kFixed = 240;  // with the magic cookie
constexpr std::uint32_t kCookie = 0x63825363;

/// Options that have one length only, or lie in a range of them.
bool option_holds(std::uint32_t code, std::size_t length) noexcept {
  switch (code) {
    case 1: return length == 4;
    case 53: return length == 1;
    case 57: return length == 2;
    case 50:
    case 51:
    case 54:
    case 58:
    case 59: return length == 4;
    default: return true;
  }
}

/// The fixed fields and the cookie are proof enough: an option that is cut or malformed only ends the count.
CheckResult check_dhcp(const Payload& payload, Side) noexcept {
  constexpr std::uint32_t kMostHops = 16;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kFixed || big32(bytes, kFixed - 4) != kCookie) return CheckResult::no();
  if ((bytes[0] != 1 && bytes[0] != 2) || bytes[2] > 16 || bytes[3] > kMostHops) return CheckResult::no();
  if ((big16(bytes, 10) & 0x7FFF) != 0) return CheckResult::no();
  Cursor options(bytes, kFixed);
  std::size_t proven = 4 + 4 + 2;
  while (options.left() > 0) {
    const std::uint32_t code = options.u8();
    if (code == 255) break;
    if (code == 0) continue;
    const std::size_t length = options.u8();
    if (options.ended() || !options.has(length) || !option_holds(code, length)) break;
    options.skip(length);
    proven += 2;
  }
  return CheckResult::yes(proven);
}

/// RFC 8415 section 11: by link-layer address and time, vendor, link-layer address, UUID.
bool is_duid(Bytes duid) noexcept {
  if (duid.size() < 4 || duid.size() > 130) return false;
  const std::uint32_t type = big16(duid, 0);
  return type >= 1 && type <= 4 && (type != 4 || duid.size() == 18);
}

/// One option: the bytes that it proves, 0 where it is wrong. Codes of IANA's list, lengths of RFC 8415 section 21.
std::size_t proof_of_option(std::uint32_t code, Bytes data) noexcept {
  constexpr std::uint32_t kMostCode = 160;
  const std::size_t length = data.size();
  if (code == 0 || code > kMostCode) return 0;
  switch (code) {
    case 1:
    case 2: return is_duid(data) ? 4 : 0;
    case 3:
    case 25: return length >= 12 ? 2 : 0;
    case 4: return length >= 4 ? 2 : 0;
    case 5: return length >= 24 ? 3 : 0;
    case 6: return length % 2 == 0 ? 2 : 0;
    case 7: return length == 1 ? 3 : 0;
    case 8: return length == 2 ? 3 : 0;
    case 9: return length >= 4 && data[0] >= 1 && data[0] <= 36 ? 5 : 0;
    case 14: return length == 0 ? 3 : 0;
    case 20: return length == 0 ? 3 : 0;
    default: return length == 0 ? 1 : 2;
  }
}

CheckResult check_dhcpv6(const Payload& payload, Side) noexcept {
  constexpr std::uint32_t kRelayForward = 12;
  constexpr std::uint32_t kRelayReply = 13;
  constexpr std::uint32_t kMostHops = 32;
  constexpr std::size_t kRelayFixed = 34;  // type, hops, two addresses
  constexpr std::size_t kNeeded = 5;
  Cursor cursor(payload.bytes);
  const std::uint32_t type = cursor.u8();
  const bool relayed = type == kRelayForward || type == kRelayReply;
  if (type < 1 || type > 36) return CheckResult::no();
  if (relayed && payload.bytes.size() > 1 && payload.bytes[1] > kMostHops) return CheckResult::no();
  cursor.skip(relayed ? kRelayFixed - 1 : 3);
  std::size_t proven = 0;
  bool whole = false;
  while (cursor.left() > 0 && !cursor.ended()) {
    const std::uint32_t code = cursor.big16();
    const std::size_t length = cursor.big16();
    const Bytes data = cursor.take(length);
    if (cursor.ended()) return CheckResult::no();
    const std::size_t proof = proof_of_option(code, data);
    if (proof == 0) return CheckResult::no();
    proven += proof;
    whole = whole || !relayed || code == 9;  // a relayed message lies inside (option 9)
  }
  // The last length ends where the datagram ends.
  return !cursor.ended() && whole && proven >= kNeeded ? CheckResult::yes(1 + proven) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> dhcp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"dhcp", check_dhcp, "a BOOTP message with DHCP's magic cookie, and its options"},
      NamedCheck{"dhcpv6", check_dhcpv6, "a DHCPv6 message whose options fill the datagram"},
  };
  return kChecks;
}

}  // namespace ghostport
