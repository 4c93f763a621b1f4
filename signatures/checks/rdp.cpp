#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: [MS-RDPBCGR] sections 2.2.1.1 (connection request), 2.2.1.2 (confirm), 2.2.1.3 and 2.2.1.4 (MCS with GCC);
// RFC 1006 section 6 (TPKT); ITU-T X.224 section 13.3; [MS-RDPEUDP] sections 2.2.2.1, 2.2.2.5 and 3.1.5.1.
namespace ghostport {
namespace {

constexpr std::size_t kTpkt = 4;
constexpr std::size_t kConnect = kTpkt + 7;  // through the class
constexpr std::size_t kMostRequest = 512;

/// The packet's length, where TPKT and X.224 agree on it; 0 where they do not.
std::size_t connect_length(Bytes bytes) noexcept {
  const std::size_t length = big16(bytes, 2);
  return length >= kConnect && length <= kMostRequest && bytes[4] + 5U == length ? length : 0;
}

/// Cookie or routing token up to its line end; negotiation request; where that says so, a correlation identifier.
CheckResult check_rdp_request(const Payload& payload, Side) noexcept {
  constexpr std::string_view kCookie = "Cookie: msts";
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kConnect) return wait_or_no(payload);
  const std::size_t length = connect_length(bytes);
  if (length == 0) return CheckResult::no();
  if (bytes.size() < length) return wait_or_no(payload);
  Bytes rest = bytes.subspan(kConnect, length - kConnect);
  const bool cookie = rest.size() > kCookie.size() && std::equal(kCookie.begin(), kCookie.end(), rest.begin());
  const auto line_end = std::find(rest.begin(), rest.end(), std::uint8_t{'\n'});
  std::size_t proven = kConnect - 2;
  if (cookie) {
    if (line_end == rest.end()) return CheckResult::no();
    proven += kCookie.size();
  }
  // A token of a load balancer may be any line.
  const bool token = !rest.empty() && rest[0] != 1 && line_end != rest.end();
  if (token) rest = rest.subspan(static_cast<std::size_t>(line_end - rest.begin()) + 1);
  if (rest.size() < 8) return cookie ? CheckResult::yes(proven) : CheckResult::no();
  Cursor cursor(rest);
  const std::uint32_t type = cursor.u8();
  const std::uint32_t flags = cursor.u8();
  const std::uint32_t size = cursor.little16();
  const std::uint32_t protocols = cursor.little32();
  if (type != 1 || size != 8 || (flags & ~0x0BU) != 0 || (protocols & ~0x1FU) != 0)
    return cookie ? CheckResult::yes(proven) : CheckResult::no();
  return CheckResult::yes(proven + 8);
}

/// A confirm with the server's choice or why it failed; or a bare one, behind which MCS answers with Microsoft's key.
CheckResult check_rdp_confirm(const Payload& payload, Side) noexcept {
  constexpr std::string_view kKey = "McDn";  // of the server's GCC data
  constexpr std::size_t kMostResponse = 512;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kConnect) return wait_or_no(payload);
  const std::size_t length = connect_length(bytes);
  if (length == 0) return CheckResult::no();
  if (length == kConnect + 8) {
    Cursor cursor(bytes, kConnect);
    const std::uint32_t type = cursor.u8();
    const std::uint32_t flags = cursor.u8();
    const std::uint32_t size = cursor.little16();
    const std::uint32_t value = cursor.little32();
    if (cursor.ended()) return wait_or_no(payload);
    if (size != 8) return CheckResult::no();
    const bool chosen = type == 2 && (flags & ~0x1FU) == 0 && (value & (value - 1)) == 0 && value <= 16;
    const bool failed = type == 3 && flags == 0 && value >= 1 && value <= 7;
    return chosen || failed ? CheckResult::yes(kConnect - 2 + 8) : CheckResult::no();
  }
  if (length != kConnect) return CheckResult::no();
  // Data with the MCS Connect-Response, which carries the GCC answer.
  Cursor cursor(bytes, kConnect);
  const std::uint32_t tpkt = cursor.big16();
  const std::size_t data = cursor.big16();
  const std::uint32_t header = cursor.big24();
  const std::uint32_t response = cursor.big16();
  if (cursor.ended()) return wait_or_no(payload);
  if (tpkt != 0x0300 || header != 0x02F080 || response != 0x7F66 || data < 11) return CheckResult::no();
  const Bytes answer = bytes.subspan(kConnect, std::min({bytes.size() - kConnect, data, kMostResponse}));
  if (std::search(answer.begin(), answer.end(), kKey.begin(), kKey.end()) != answer.end())
    return CheckResult::yes(kConnect - 2 + 9 + kKey.size());
  return answer.size() < std::min(data, kMostResponse) ? wait_or_no(payload) : CheckResult::no();
}

/// SYN and SYN+ACK: the client acknowledges -1, both name sizes of 1132 to 1232 bytes and fill up with zeros.
CheckResult check_rdpudp(const Payload& payload, Side side) noexcept {
  constexpr std::uint32_t kSyn = 0x0001;
  constexpr std::uint32_t kAck = 0x0004;
  // SYN, ACK, lossy, correlation identifier, extended.
  constexpr std::uint32_t kKnown = 0x0001 | 0x0004 | 0x0200 | 0x0800 | 0x1000;
  constexpr std::size_t kLeast = 1132;
  constexpr std::size_t kMost = 1232;
  constexpr std::size_t kFields = 16 + 32 + 36;  // header with sizes, correlation identifier, version with cookie
  constexpr std::size_t kLeastZeros = 44;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kFields + kLeastZeros || bytes.size() > kMost) return CheckResult::no();
  const std::uint32_t flags = big16(bytes, 6);
  if ((flags & kSyn) == 0 || (flags & ~kKnown) != 0) return CheckResult::no();
  if (((flags & kAck) != 0) != (side == Side::server)) return CheckResult::no();
  if (side == Side::client && big32(bytes, 0) != 0xFFFFFFFF) return CheckResult::no();
  for (const std::size_t at : {12U, 14U}) {
    const std::size_t size = big16(bytes, at);
    if (size < kLeast || size > kMost) return CheckResult::no();
  }
  return is_zero(bytes.subspan(kFields)) ? CheckResult::yes(bytes.size() - kFields + 6) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> rdp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"rdp-confirm", check_rdp_confirm,
                 "RDP's connection confirm: the server's choice, or MCS with its key behind it"},
      NamedCheck{"rdp-request", check_rdp_request, "RDP's connection request with cookie or negotiation"},
      NamedCheck{"rdpudp", check_rdpudp, "RDP-UDP's opening: flags, sizes, zeros to the end"},
  };
  return kChecks;
}

}  // namespace ghostport
