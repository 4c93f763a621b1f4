#include <array>
#include <optional>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: [MS-SMB2] sections 2.1 (transport), 2.2.1 (header), 2.2.41 (encrypted) and 2.2.42 (compressed); [MS-CIFS]
// section 2.2.3 (SMB 1 message); RFC 1002 section 4.3 (session packets before the first message).
namespace ghostport {
namespace {

constexpr std::size_t kSessionHeader = 4;
constexpr std::size_t kMostSessionRequest = 512;  // two encoded names with their scopes

enum Dialect : std::uint32_t {
  kVersion1 = 0xFF534D42,
  kVersion2 = 0xFE534D42,
  kEncrypted = 0xFD534D42,
  kCompressed = 0xFC534D42,
};

struct Message {
  std::size_t at;  // of its session header
  std::size_t length;
};

/// The first session message, behind the session service's own packets. Null where the bytes have ended (`ended`) or
/// are none (not `ended`).
std::optional<Message> find_message(Bytes bytes, bool& ended) noexcept {
  std::size_t at = 0;
  ended = false;
  while (bytes.size() >= at + kSessionHeader) {
    const std::size_t length = big24(bytes, at + 1);
    switch (bytes[at]) {
      case 0x00: return Message{at, length};
      case 0x81:
        if (length > kMostSessionRequest) return std::nullopt;
        break;
      case 0x82:
      case 0x85:
        if (length != 0) return std::nullopt;
        break;
      default: return std::nullopt;
    }
    at += kSessionHeader + length;
  }
  ended = true;
  return std::nullopt;
}

/// Only replies set the top bit of the flags.
CheckResult check_version1(const Payload& payload, Side side, Message message) noexcept {
  constexpr std::size_t kHeader = 32;
  if (message.length < kHeader) return CheckResult::no();
  Cursor cursor(payload.bytes, message.at + kSessionHeader + 9);
  const bool reply = (cursor.u8() & 0x80) != 0;
  if (cursor.ended()) return wait_or_no(payload);
  if (reply != (side == Side::server)) return CheckResult::no();
  return CheckResult::yes(kSessionHeader + 5);
}

CheckResult check_version2(const Payload& payload, Side side, Message message) noexcept {
  constexpr std::uint32_t kHeader = 64;
  constexpr std::uint32_t kLastCommand = 0x13;
  // To the client, asynchronous, related, signed, priority, DFS, replay.
  constexpr std::uint32_t kFlags = 0x3000007F;
  if (message.length < kHeader) return CheckResult::no();
  Cursor cursor(payload.bytes, message.at + kSessionHeader + 4);
  const std::uint32_t size = cursor.little16();
  cursor.skip(6);
  const std::uint32_t command = cursor.little16();
  cursor.skip(2);
  const std::uint32_t flags = cursor.little32();
  const std::uint32_t next = cursor.little32();
  if (cursor.ended()) return wait_or_no(payload);
  if (size != kHeader || command > kLastCommand || (flags & ~kFlags) != 0) return CheckResult::no();
  if ((flags & 1) != (side == Side::server ? 1U : 0U)) return CheckResult::no();
  if (next % 8 != 0 || next >= message.length || (next != 0 && next < kHeader)) return CheckResult::no();
  return CheckResult::yes(kSessionHeader + 4 + 2 + 2 + 4 + 4);
}

CheckResult check_smb(const Payload& payload, Side side) noexcept {
  bool ended = false;
  const std::optional<Message> message = find_message(payload.bytes, ended);
  if (!message) return ended ? wait_or_no(payload) : CheckResult::no();
  Cursor cursor(payload.bytes, message->at + kSessionHeader);
  const std::uint32_t dialect = cursor.big32();
  if (cursor.ended()) return wait_or_no(payload);
  if (dialect == kVersion1) return check_version1(payload, side, *message);
  if (dialect == kVersion2) return check_version2(payload, side, *message);
  return CheckResult::no();
}

/// The original size goes with the message's length, the reserved field is zero, the cipher 1 to 4 (as in SMB 3.0) or
/// the flag of an encrypted message.
CheckResult check_encrypted(const Payload& payload, Message message) noexcept {
  constexpr std::size_t kHeader = 52;
  Cursor cursor(payload.bytes, message.at + kSessionHeader + 36);
  const std::size_t original = cursor.little32();
  const std::uint32_t reserved = cursor.little16();
  const std::uint32_t cipher = cursor.little16();
  if (cursor.ended()) return wait_or_no(payload);
  if (message.length < kHeader || original != message.length - kHeader) return CheckResult::no();
  if (reserved != 0 || cipher < 1 || cipher > 4) return CheckResult::no();
  return CheckResult::yes(kSessionHeader + 4 + 4 + 2 + 2);
}

/// Algorithms NONE to LZ4; the chain's flag.
CheckResult check_compressed(const Payload& payload, Message message) noexcept {
  constexpr std::size_t kHeader = 16;
  Cursor cursor(payload.bytes, message.at + kSessionHeader + 8);
  const std::uint32_t algorithm = cursor.little16();
  const std::uint32_t flags = cursor.little16();
  if (cursor.ended()) return wait_or_no(payload);
  if (message.length < kHeader || algorithm > 5 || flags > 1) return CheckResult::no();
  return CheckResult::yes(kSessionHeader + 4 + 2 + 2);
}

CheckResult check_smb_transform(const Payload& payload, Side) noexcept {
  bool ended = false;
  const std::optional<Message> message = find_message(payload.bytes, ended);
  if (!message) return ended ? wait_or_no(payload) : CheckResult::no();
  Cursor cursor(payload.bytes, message->at + kSessionHeader);
  const std::uint32_t dialect = cursor.big32();
  if (cursor.ended()) return wait_or_no(payload);
  if (dialect == kEncrypted) return check_encrypted(payload, *message);
  if (dialect == kCompressed) return check_compressed(payload, *message);
  return CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> smb_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"smb", check_smb, "an SMB 1, 2 or 3 message behind its length, and who says it"},
      NamedCheck{"smb-transform", check_smb_transform, "an encrypted or compressed SMB 3 message behind its length"},
  };
  return kChecks;
}

}  // namespace ghostport
