#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: RFC 4347 and RFC 6347 sections 4.1 and 4.2.2, RFC 9147 sections 4 and 5 (whose first flight is 1.2's form),
// RFC 6520 (heartbeats). Cisco AnyConnect and old OpenSSL write the version of an early draft, 01 00.
namespace ghostport {
namespace {

constexpr unsigned kChangeCipher = 20;
constexpr unsigned kAlert = 21;
constexpr unsigned kHandshake = 22;
constexpr unsigned kData = 23;
constexpr unsigned kHeartbeat = 24;
constexpr std::uint32_t kDraft = 0x0100;
constexpr std::uint32_t kVersion10 = 0xFEFF;
constexpr std::uint32_t kVersion12 = 0xFEFD;
constexpr std::size_t kMessageHeader = 12;
constexpr std::size_t kMostSealed = (1 << 14) + 2048;
constexpr std::size_t kLeastSealed = 8;
constexpr std::uint32_t kMostEpoch = 0xFF;

bool is_message(unsigned type) noexcept {
  constexpr std::uint32_t kKnown = 1U << 0 | 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4 | 1U << 5 | 1U << 8 | 1U << 11 |
                                   1U << 12 | 1U << 13 | 1U << 14 | 1U << 15 | 1U << 16 | 1U << 20 | 1U << 21 |
                                   1U << 22 | 1U << 23 | 1U << 24;  // IANA's TLS HandshakeType
  return type < 32 && (kKnown >> type & 1) != 0;
}

/// The messages and fragments in a record that is not sealed.
bool handshake_holds(Bytes fragment) noexcept {
  Cursor cursor(fragment);
  while (cursor.left() > 0) {
    const unsigned type = cursor.u8();
    const std::size_t length = cursor.big24();
    cursor.skip(2);
    const std::size_t offset = cursor.big24();
    const std::size_t size = cursor.big24();
    if (cursor.ended() || !is_message(type) || offset > length || size > length - offset || size > cursor.left())
      return false;
    cursor.skip(size);
  }
  return fragment.size() >= kMessageHeader;
}

bool fragment_holds(unsigned type, bool sealed, Bytes fragment) noexcept {
  if (sealed) return fragment.size() >= kLeastSealed || (type == kChangeCipher && !fragment.empty());
  switch (type) {
    case kChangeCipher: return (fragment.size() == 1 || fragment.size() == 3) && fragment[0] == 1;  // 3: the draft
    case kAlert: return fragment.size() >= 2 && (fragment[0] == 1 || fragment[0] == 2);
    case kHandshake: return handshake_holds(fragment);
    default: return false;
  }
}

/// Every record of the datagram, the last one to the last byte.
CheckResult check_dtls(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  Cursor cursor(bytes);
  std::size_t proven = 0;
  while (cursor.left() > 0) {
    const unsigned type = cursor.u8();
    const std::uint32_t version = cursor.big16();
    const std::uint32_t epoch = cursor.big16();
    const std::uint32_t sequence = cursor.big16();  // the upper third: 65,536 times 65,536 records are not sent
    cursor.skip(4);
    const std::size_t length = cursor.big16();
    const Bytes fragment = cursor.take(length);
    if (cursor.ended() || type < kChangeCipher || type > kHeartbeat || length > kMostSealed) return CheckResult::no();
    if (version != kVersion10 && version != kVersion12 && version != kDraft) return CheckResult::no();
    if (epoch > kMostEpoch || sequence != 0) return CheckResult::no();
    if (epoch == 0 && (type == kData || type == kHeartbeat)) return CheckResult::no();
    if (!fragment_holds(type, epoch != 0, fragment)) return CheckResult::no();
    proven += 9;  // not the lower part of the sequence
    if (epoch == 0 && type == kHandshake) proven += kMessageHeader;
  }
  return proven != 0 ? CheckResult::yes(proven) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> dtls_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"dtls", check_dtls, "DTLS records to the end of the datagram, and the handshake messages in them"},
  };
  return kChecks;
}

}  // namespace ghostport
