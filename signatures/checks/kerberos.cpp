#include <array>

#include "signatures/checks/ber.h"
#include "signatures/checks/families.h"

// Sources: RFC 4120 sections 5.4 to 5.10 (messages) and 7.2.1 and 7.2.2 (UDP, TCP); RFC 3244 sections 2 and 3 (changing
// passwords).
namespace ghostport {
namespace {

constexpr std::size_t kMostMessage = 1 << 24;
constexpr std::int64_t kVersion = 5;
constexpr std::uint8_t kField0 = 0xA0;
constexpr std::uint8_t kField1 = 0xA1;
constexpr std::uint8_t kField2 = 0xA2;

enum Message : std::uint8_t {
  kAsRequest = 10,
  kAsReply = 11,
  kTgsRequest = 12,
  kTgsReply = 13,
  kApRequest = 14,
  kApReply = 15,
  kSafe = 20,
  kPrivate = 21,
  kCredentials = 22,
  kError = 30,
};

bool is_said_by(unsigned message, Side side) noexcept {
  switch (message) {
    case kAsRequest:
    case kTgsRequest:
    case kApRequest: return side == Side::client;
    case kAsReply:
    case kTgsReply:
    case kApReply:
    case kError: return side == Side::server;
    case kSafe:
    case kPrivate:
    case kCredentials: return true;
    default: return false;
  }
}

void read_number(BerReader& reader, std::uint8_t field, std::size_t bound, std::int64_t wanted) noexcept {
  const BerElement element = reader.expect(field, bound);
  reader.enter(element);
  reader.require(reader.integer(ber::kInteger, element.end) == wanted && reader.position() == element.end);
}

/// A message that ends exactly at `end`: its application tag, version and type. Returns the type.
unsigned read_message(BerReader& reader, std::size_t end) noexcept {
  const BerElement message = reader.next(end);
  reader.require(message.tag >= 0x60 && message.tag <= 0x7E && message.end == end);
  reader.enter(message);
  reader.enter(reader.expect_last(ber::kSequence, end));
  const unsigned type = message.tag & 0x1F;
  // KDC-REQ counts its fields from 1, all others from 0.
  const bool from_one = type == kAsRequest || type == kTgsRequest;
  read_number(reader, from_one ? kField1 : kField0, end, kVersion);
  read_number(reader, from_one ? kField2 : kField1, end, type);
  return type;
}

CheckResult check_kerberos(const Payload& payload, Side side) noexcept {
  BerReader reader(payload.bytes);
  const unsigned type = read_message(reader, payload.bytes.size());
  reader.require(is_said_by(type, side));
  return result_of(reader, payload, reader.proven());
}

CheckResult check_kerberos_stream(const Payload& payload, Side side) noexcept {
  constexpr std::size_t kLength = 4;
  if (payload.bytes.size() < kLength) return wait_or_no(payload);
  const std::size_t length = big32(payload.bytes, 0);
  if (length > kMostMessage) return CheckResult::no();
  BerReader reader(payload.bytes, kLength);
  const unsigned type = read_message(reader, kLength + length);
  reader.require(is_said_by(type, side));
  return result_of(reader, payload, kLength + reader.proven());
}

/// The message of a password change at `at`: length, version, length of the AP message; the AP message; KRB-PRIV, or
/// KRB-ERROR with no AP message before it.
CheckResult check_password(const Payload& payload, Side side, std::size_t at, std::size_t end) noexcept {
  constexpr std::size_t kHeader = 6;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < at + kHeader) return wait_or_no(payload);
  const std::uint32_t version = big16(bytes, at + 2);
  const std::size_t first = at + kHeader;
  const std::size_t second = first + big16(bytes, at + 4);
  if (at + big16(bytes, at) != end || second >= end) return CheckResult::no();
  if (version != 1 && (version != 0xFF80 || side != Side::client)) return CheckResult::no();

  BerReader reader(bytes, first);
  if (second == first) {
    reader.require(read_message(reader, end) == kError && side == Side::server);
  } else {
    const unsigned wanted = side == Side::client ? kApRequest : kApReply;
    reader.require(read_message(reader, second) == wanted);
  }
  return result_of(reader, payload, kHeader + reader.proven());
}

CheckResult check_kpasswd(const Payload& payload, Side side) noexcept {
  return check_password(payload, side, 0, payload.bytes.size());
}

CheckResult check_kpasswd_stream(const Payload& payload, Side side) noexcept {
  if (payload.bytes.size() < 4) return wait_or_no(payload);
  return check_password(payload, side, 4, 4 + std::size_t{big32(payload.bytes, 0)});
}

}  // namespace

std::span<const NamedCheck> kerberos_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"kerberos", check_kerberos, "a Kerberos 5 message that fills a datagram, with its version and type"},
      NamedCheck{"kerberos-stream", check_kerberos_stream, "a Kerberos 5 message behind its length over TCP"},
      NamedCheck{"kpasswd", check_kpasswd, "Kerberos' message for changing a password, over UDP"},
      NamedCheck{"kpasswd-stream", check_kpasswd_stream, "Kerberos' message for changing a password, over TCP"},
  };
  return kChecks;
}

}  // namespace ghostport
