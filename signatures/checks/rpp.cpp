#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

namespace ghostport {
namespace {

constexpr std::size_t kLeadBytes = 12;
constexpr unsigned kLast = 1;
constexpr unsigned kSequence = 2;
constexpr unsigned kReply = 5;
constexpr unsigned kCreateFlow = 6;
constexpr unsigned kInvalid = 41;

/// Lengths that a header's body may have, by type. Sources: the two dissectors that AppNeta published (2007-2014,
/// 2025). Types with one size in both are exact; where the dissector only reads so far, later versions may have added
/// to it.
struct BodyLength {
  std::uint8_t least;
  std::uint8_t most;
};
constexpr std::uint8_t kAny = 253;
constexpr std::array<BodyLength, kInvalid> kBody = [] {
  std::array<BodyLength, kInvalid> body{};
  for (BodyLength& length : body) length = {0, kAny};  // 3 custom, 4 request, 10, 11, 32-40 reserved
  body[kSequence] = {4, 4};                            // packet id
  body[7] = {8, 8};                                    // flow response: flow, port, status
  body[8] = {8, kAny};                                 // close flow
  body[9] = {2, kAny};                                 // test weight
  body[12] = {6, kAny};                                // command info
  body[13] = {16, 16};                                 // version
  body[14] = {8, kAny};                                // arrival bits
  body[15] = {4, kAny};                                // hold time
  body[18] = {2, kAny};                                // SIP port
  body[19] = {4, kAny};                                // protocol
  body[20] = {8, kAny};                                // controlled burst
  body[21] = {8, kAny};                                // controlled burst response
  body[22] = {4, kAny};                                // inbound packets
  body[23] = {2, kAny};                                // H.323 port
  body[24] = {1, kAny};                                // device type
  body[25] = {1, kAny};                                // error
  body[28] = {18, kAny};                               // enhanced burst
  body[29] = {82, kAny};                               // enhanced burst response
  body[30] = {4, kAny};                                // signature
  body[31] = {2, kAny};                                // pseudo checksum
  return body;
}();

bool is_body(unsigned type, std::size_t length) noexcept {
  if (type == kReply) return length == 28 || length == 48;     // IPv4 or IPv6 header, and UDP header
  if (type == kCreateFlow) return length == 2 || length == 4;  // a port, or first and last
  return length >= kBody[type].least && length <= kBody[type].most;
}

/// Walks the headers from `at` to the one that announces no further; returns where they end, 0 where anything is wrong.
std::size_t walk(Bytes bytes, std::size_t at) noexcept {
  unsigned type = kSequence;
  while (type != kLast) {
    if (type == 0 || type >= kInvalid || at + 2 > bytes.size()) return 0;
    const std::size_t length = bytes[at + 1];
    if (length < 2 || length > bytes.size() - at || !is_body(type, length - 2)) return 0;
    type = bytes[at];
    at += length;
  }
  return at;
}

bool has_lead(Bytes bytes) noexcept { return bytes.size() > kLeadBytes && bytes[0] == 0x80 && (bytes[1] & 0x7F) == 2; }

/// The payload's first bytes: path, path reply, pathtest, legacy.
bool has_payload_mark(Bytes bytes, std::size_t at) noexcept {
  constexpr std::array<std::uint8_t, 4> kMark{0xEC, 0xBD, 0x7F, 0x60};
  if (bytes.size() < at + 6 ||
      !std::equal(kMark.begin(), kMark.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at))) {
    return false;
  }
  return bytes[at + 4] >= 0xFD || (bytes[at + 4] == 0x54 && bytes[at + 5] == 0xD5);
}

CheckResult check_rpp_chain(const Payload& payload, Side) noexcept {
  if (!has_lead(payload.bytes)) return CheckResult::no();
  const std::size_t end = walk(payload.bytes, kLeadBytes);
  if (end == 0) return CheckResult::no();
  // One RTP packet of payload type 2 in some ten thousand holds such a chain by chance; a whole train never does.
  for (const Bytes datagram : payload.datagrams) {
    if (has_lead(datagram) && walk(datagram, kLeadBytes) == 0) return CheckResult::no();
  }
  return CheckResult::yes(end);
}

CheckResult check_rpp_older(const Payload& payload, Side) noexcept {
  const std::size_t end = walk(payload.bytes, 0);
  return end != 0 && has_payload_mark(payload.bytes, end) ? CheckResult::yes(end + 5) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> rpp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"rpp", check_rpp_chain, "AppNeta's header chain behind the 12 bytes that look like RTP"},
      NamedCheck{"rpp-older", check_rpp_older, "AppNeta's header chain without those bytes, then the payload's mark"},
  };
  return kChecks;
}

}  // namespace ghostport
