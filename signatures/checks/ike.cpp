#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: RFC 2408 sections 3.1 and 3.2 with IANA's ISAKMP registry (version 1); RFC 7296 sections 3.1, 3.2 and 3.14
// with IANA's IKEv2 registry (version 2); RFC 3948 section 2.2 (non-ESP marker); RFC 9329 section 3 (over TCP).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 28;
constexpr std::size_t kMarker = 4;
constexpr std::size_t kTcpPrefix = 6;  // "IKETCP"
constexpr std::uint8_t kEncryptedFlag = 0x01;
constexpr unsigned kEncrypted = 46;
constexpr unsigned kEncryptedFragment = 53;

/// SA to GAP of ISAKMP and GDOI, and the drafts' numbers for NAT traversal.
bool is_payload1(unsigned type) noexcept { return (type >= 1 && type <= 22) || (type >= 128 && type <= 133); }
bool is_payload2(unsigned type) noexcept { return type >= 33 && type <= 54; }

bool is_exchange1(unsigned type) noexcept { return (type >= 1 && type <= 6) || type == 32 || type == 33; }
bool is_exchange2(unsigned type) noexcept { return type >= 34 && type <= 44; }

/// Generic payload headers to the last byte, or to the encrypted payload, which is the last.
CheckResult walk_payloads(Bytes message, bool second, std::size_t proven) noexcept {
  unsigned next = message[16];
  std::size_t at = kHeader;
  while (next != 0) {
    if (!(second ? is_payload2(next) : is_payload1(next)) || at + 4 > message.size()) return CheckResult::no();
    const std::size_t length = big16(message, at + 2);
    const unsigned reserved = message[at + 1] & (second ? 0x7FU : 0xFFU);
    if (reserved != 0 || length < 4 || length > message.size() - at) return CheckResult::no();
    proven += 4;
    const bool last = second && (next == kEncrypted || next == kEncryptedFragment);
    next = last ? 0 : message[at];  // behind an encrypted payload's header stands the type of its first inner one
    at += length;
  }
  return at == message.size() ? CheckResult::yes(proven) : CheckResult::no();
}

CheckResult check_message(Bytes message) noexcept {
  if (message.size() < kHeader || is_zero(message.first(8))) return CheckResult::no();
  if (big32(message, 24) != message.size()) return CheckResult::no();
  constexpr std::size_t kProven = 4 + 1 + 1;  // length, version, exchange; flags and payload together are not counted
  const unsigned exchange = message[18];
  const unsigned flags = message[19];
  if (message[17] == 0x20) {
    if (!is_exchange2(exchange) || (flags & 0xC7) != 0) return CheckResult::no();
    return walk_payloads(message, true, kProven);
  }
  if (message[17] != 0x10 || !is_exchange1(exchange) || (flags & 0xF8) != 0) return CheckResult::no();
  if ((flags & kEncryptedFlag) == 0) return walk_payloads(message, false, kProven);
  // The body is cipher blocks of 8 or 16 bytes.
  const bool holds = is_payload1(message[16]) && message.size() > kHeader && (message.size() - kHeader) % 8 == 0;
  return holds ? CheckResult::yes(kProven) : CheckResult::no();
}

CheckResult check_ike(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  const bool marked = bytes.size() > kMarker && is_zero(bytes.first(kMarker));
  const CheckResult result = check_message(marked ? bytes.subspan(kMarker) : bytes);
  return marked && result.state == CheckState::yes ? CheckResult::yes(result.proven + kMarker) : result;
}

/// Messages behind a length that counts itself, in TCP. The first side to speak sends "IKETCP" before its first one.
CheckResult check_ike_stream(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  const std::size_t at = !bytes.empty() && bytes[0] == 'I' ? kTcpPrefix : 0;
  if (bytes.size() < at + 2 + kMarker) return wait_or_no(payload);
  const std::size_t length = big16(bytes, at);
  if (length < 2 + kMarker + kHeader || !is_zero(bytes.subspan(at + 2, kMarker))) return CheckResult::no();
  if (bytes.size() < at + length) return wait_or_no(payload);
  const CheckResult result = check_message(bytes.subspan(at + 2 + kMarker, length - 2 - kMarker));
  return result.state == CheckState::yes ? CheckResult::yes(result.proven + at + 2 + kMarker) : result;
}

}  // namespace

std::span<const NamedCheck> ike_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"ike", check_ike, "an IKE message over UDP: header, length, payloads to the last byte"},
      NamedCheck{"ike-stream", check_ike_stream, "an IKE message behind its length and marker over TCP"},
  };
  return kChecks;
}

}  // namespace ghostport
