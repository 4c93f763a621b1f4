#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: "The eMule Protocol Specification" (Y. Kulbak, D. Bickson, 2005), sections 6 and 7; for Kademlia its later
// message list; "The Gnutella Protocol Specification v0.4" and RFC-Gnutella 0.6, section 2.2.1.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 6;  // protocol, length of what follows with the operation, operation
constexpr std::size_t kHash = 16;
constexpr std::uint32_t kMostTags = 64;

enum Operation : unsigned { kHello = 0x01, kServerMessage = 0x38, kIdChange = 0x40, kHelloAnswer = 0x4C };

/// Hash, identifier, port and tags; to another client the hash has its length before it.
CheckResult check_hello(const Payload& payload, std::size_t length, bool answer) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader + 1) return wait_or_no(payload);
  const bool to_client = !answer && bytes[kHeader] == kHash;
  const std::size_t tags = kHeader + (to_client ? 1 : 0) + kHash + 4 + 2;
  if (length + 5 < tags + 4) return CheckResult::no();
  if (bytes.size() < tags + 5) return wait_or_no(payload);
  const std::uint32_t count = little32(bytes, tags);
  if (count == 0 || count > kMostTags) return CheckResult::no();
  const unsigned type = bytes[tags + 4] & 0x7FU;  // of the first tag
  return type >= 1 && type <= 0x20 ? CheckResult::yes(3 + 4 + (to_client ? 1 : 0)) : CheckResult::no();
}

CheckResult check_edonkey(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const std::size_t length = little32(bytes, 1);
  if (bytes[0] != 0xE3 || length < 2 || length > 4096) return CheckResult::no();
  switch (bytes[5]) {
    case kHello: return check_hello(payload, length, false);
    case kHelloAnswer: return check_hello(payload, length, true);
    case kServerMessage: {
      if (bytes.size() < kHeader + 2) return wait_or_no(payload);
      if (little16(bytes, kHeader) + 3 != length) return CheckResult::no();
      if (bytes.size() < 5 + length) return wait_or_no(payload);
      return is_text(bytes.subspan(kHeader + 2, 1)) ? CheckResult::yes(6) : CheckResult::no();
    }
    case kIdChange: {
      if (length != 5 && length != 9 && length != 13 && length != 17 && length != 21) return CheckResult::no();
      if (bytes.size() < 5 + length + kHeader) return wait_or_no(payload);
      // A server goes on with its messages.
      const Bytes next = bytes.subspan(5 + length);
      return next[0] == 0xE3 && big16(next, 3) == 0 ? CheckResult::yes(8) : CheckResult::no();
    }
    default: return CheckResult::no();
  }
}

/// Kademlia 2: requests and answers of a fixed form.
CheckResult check_kademlia(const Payload& payload, Side) noexcept {
  constexpr std::size_t kContact = 25;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 2 || bytes[0] != 0xE4) return CheckResult::no();
  const auto yes_if = [](bool holds) { return holds ? CheckResult::yes(4) : CheckResult::no(); };
  switch (bytes[1]) {
    case 0x09: return yes_if(bytes.size() >= 23 && bytes.size() == 23 + kContact * little16(bytes, 21));
    case 0x21: return yes_if(bytes.size() == 35 && (bytes[2] == 2 || bytes[2] == 4 || bytes[2] == 11));
    case 0x29: return yes_if(bytes.size() >= 19 && bytes.size() == 19 + kContact * std::size_t{bytes[18]});
    default: return CheckResult::no();
  }
}

/// Gnutella over UDP: a message of the type's least size whose length fills the datagram.
CheckResult check_gnutella(const Payload& payload, Side) noexcept {
  constexpr std::size_t kMessage = 23;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kMessage || little32(bytes, 19) != bytes.size() - kMessage) return CheckResult::no();
  const unsigned lives = bytes[17];
  const unsigned hops = bytes[18];
  // RFC-Gnutella: the ninth byte of a new identifier is FF, its last is zero.
  if (lives + hops == 0 || lives > 7 || hops > 7 || bytes[8] != 0xFF || bytes[15] != 0) return CheckResult::no();
  switch (bytes[16]) {
    case 0x00: break;
    case 0x01:
      if (bytes.size() < kMessage + 14) return CheckResult::no();
      break;
    case 0x80:
    case 0x81:
      if (bytes.size() < kMessage + 3) return CheckResult::no();
      break;
    default: return CheckResult::no();
  }
  return CheckResult::yes(8);
}

}  // namespace

std::span<const NamedCheck> edonkey_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"edonkey", check_edonkey, "an eDonkey hello, its answer, or a server's first messages"},
      NamedCheck{"edonkey-kademlia", check_kademlia, "a Kademlia message of a known operation and its size"},
      NamedCheck{"gnutella", check_gnutella, "a Gnutella message that fills its datagram"},
  };
  return kChecks;
}

}  // namespace ghostport
