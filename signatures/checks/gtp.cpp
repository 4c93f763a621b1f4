#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"
#include "signatures/checks/inner_packet.h"

// Sources: GSM 09.60 section 6 (GTP version 0), 3GPP TS 29.060 sections 6 and 7 (GTP version 1), TS 29.281 section 5
// (user plane), TS 32.295 section 6 (GTP'), TS 29.274 sections 5, 6.1 and 8.2 (version 2), TS 29.244 sections 7.2
// and 8.1 (PFCP).
namespace ghostport {
namespace {

constexpr unsigned kEchoRequest = 1;
constexpr unsigned kEchoResponse = 2;
constexpr unsigned kUserData = 255;

/// Value bytes of version 1's information elements without a length, types 0 to 29 and 117 to 127; 0: no such type.
std::size_t fixed_length(unsigned type) noexcept {
  constexpr std::array<std::uint8_t, 30> kLengths{0, 1, 8, 6, 4, 4, 0, 0, 1, 28, 0, 1, 3, 1, 1,
                                                  1, 4, 4, 5, 1, 1, 1, 9, 1, 1,  2, 2, 2, 2, 1};
  if (type < kLengths.size()) return kLengths[type];
  if (type == 126) return 1;  // packet transfer command of GTP'
  return type == 127 ? 4 : 0;
}

/// Elements to the last byte: how many bytes they prove; 0 where they do not fit.
std::size_t walk_elements1(Bytes bytes, std::size_t at) noexcept {
  std::size_t proven = 0;
  while (at < bytes.size()) {
    const unsigned type = bytes[at];
    if (type < 128) {
      const std::size_t length = fixed_length(type);
      if (length == 0 || length >= bytes.size() - at) return 0;
      at += 1 + length;
      proven += 1;
    } else {
      if (bytes.size() - at < 3) return 0;
      const std::size_t length = big16(bytes, at + 1);
      if (length > bytes.size() - at - 3) return 0;
      at += 3 + length;
      proven += 2;
    }
  }
  return proven;
}

struct Message1 {
  Bytes bytes;
  std::size_t body = 0;  ///< behind sequence number and extension headers; 0: not a message
};

Message1 read_message1(Bytes bytes) noexcept {
  Message1 message{bytes, 0};
  if (bytes.size() < 8 || (bytes[0] & 0xF8) != 0x30 || big16(bytes, 2) != bytes.size() - 8) return message;
  if ((bytes[0] & 0x07) == 0) {
    message.body = 8;
    return message;
  }
  if (bytes.size() < 12) return message;
  std::size_t at = 12;
  unsigned next = (bytes[0] & 0x04) != 0 ? bytes[11] : 0;
  while (next != 0) {
    if (at >= bytes.size()) return message;
    const std::size_t length = 4 * std::size_t{bytes[at]};
    if (length == 0 || length > bytes.size() - at) return message;
    at += length;
    next = bytes[at - 1];
  }
  message.body = at;
  return message;
}

/// Version 1: a control message whose elements fill it, or user data that is one IP packet.
CheckResult check_version1(const Payload& payload, Side) noexcept {
  const Message1 message = read_message1(payload.bytes);
  if (message.body == 0) return CheckResult::no();
  const Bytes bytes = payload.bytes;
  const unsigned type = bytes[1];
  if (type == kUserData) {
    return inner_header(bytes.subspan(message.body)) != 0 ? CheckResult::yes(7) : CheckResult::no();
  }
  const bool echo = type == kEchoRequest || type == kEchoResponse;
  if (type == 0 || (echo && big32(bytes, 4) != 0)) return CheckResult::no();
  if (message.body == bytes.size()) return type == kEchoRequest ? CheckResult::yes(8) : CheckResult::no();
  const std::size_t elements = walk_elements1(bytes, message.body);
  return elements != 0 ? CheckResult::yes((echo ? 7 : 3) + elements) : CheckResult::no();
}

/// User data of any kind, such as PPP or Ethernet: for more than one datagram.
CheckResult check_user_data(const Payload& payload, Side) noexcept {
  const Message1 message = read_message1(payload.bytes);
  const bool holds = message.body != 0 && payload.bytes[1] == kUserData && message.body < payload.bytes.size();
  return holds && big32(payload.bytes, 4) != 0 ? CheckResult::yes(4) : CheckResult::no();
}

/// Version 0: a header of twenty bytes with three spare ones, all FF.
CheckResult check_version0(const Payload& payload, Side) noexcept {
  constexpr std::size_t kHeader = 20;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader || (bytes[0] & 0xFE) != 0x1E || bytes[1] == 0) return CheckResult::no();
  const bool holds = big16(bytes, 2) == bytes.size() - kHeader && big24(bytes, 9) == 0xFFFFFF;
  return holds ? CheckResult::yes(6) : CheckResult::no();
}

/// GTP': the six-byte header.
CheckResult check_prime(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 6 || (bytes[0] != 0x2E && bytes[0] != 0x4E) || big16(bytes, 2) != bytes.size() - 6) {
    return CheckResult::no();
  }
  if (!((bytes[1] >= 1 && bytes[1] <= 7) || bytes[1] == 240 || bytes[1] == 241)) return CheckResult::no();
  if (bytes.size() == 6) return bytes[1] <= 5 ? CheckResult::yes(4) : CheckResult::no();
  const std::size_t elements = walk_elements1(bytes, 6);
  return elements != 0 ? CheckResult::yes(4 + elements) : CheckResult::no();
}

/// Version 2: elements with length and instance to the last byte; a second message may ride behind the first.
CheckResult check_version2(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 8 || (bytes[0] & 0xE3) != 0x40) return CheckResult::no();
  const bool has_tunnel = (bytes[0] & 0x08) != 0;
  const bool piggyback = (bytes[0] & 0x10) != 0;
  const unsigned type = bytes[1];
  const std::size_t end = 4 + std::size_t{big16(bytes, 2)};
  const std::size_t header = has_tunnel ? 12 : 8;
  if (type == 0 || has_tunnel == (type <= 3)) return CheckResult::no();
  if (end < header || (piggyback ? end >= bytes.size() : end != bytes.size())) return CheckResult::no();
  if (piggyback && (bytes[end] & 0xE0) != 0x40) return CheckResult::no();
  if ((bytes[header - 1] & 0x0F) != 0) return CheckResult::no();
  std::size_t proven = 3;
  std::size_t at = header;
  while (at < end) {
    if (end - at < 4) return CheckResult::no();
    const std::size_t length = big16(bytes, at + 1);
    if (bytes[at] == 0 || bytes[at + 3] > 0x0F || length > end - at - 4) return CheckResult::no();
    at += 4 + length;
    proven += 2;
  }
  if (end == header) return type == 3 ? CheckResult::yes(4) : CheckResult::no();
  return CheckResult::yes(proven);
}

bool is_pfcp_message(unsigned type) noexcept { return (type >= 1 && type <= 17) || (type >= 50 && type <= 57); }

/// Sessions have an identifier, messages between nodes have none; elements to the last byte.
CheckResult check_pfcp(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 8 || (bytes[0] & 0xF8) != 0x20 || !is_pfcp_message(bytes[1])) return CheckResult::no();
  const bool session = (bytes[0] & 0x01) != 0;
  const std::size_t header = session ? 16 : 8;
  if (session != (bytes[1] >= 50) || bytes.size() < header) return CheckResult::no();
  const std::size_t end = 4 + std::size_t{big16(bytes, 2)};
  const bool more_follow = (bytes[0] & 0x04) != 0;
  if (end < header || end > bytes.size() || (!more_follow && end != bytes.size())) return CheckResult::no();
  if ((bytes[header - 1] & 0x0F) != 0) return CheckResult::no();
  std::size_t proven = 4;
  std::size_t at = header;
  while (at < end) {
    if (end - at < 4) return CheckResult::no();
    const std::uint32_t type = big16(bytes, at);
    const std::size_t length = big16(bytes, at + 2);
    if (type == 0 || (type >= 1024 && type < 32768) || length > end - at - 4) return CheckResult::no();
    at += 4 + length;
    proven += 2;
  }
  return proven > 4 ? CheckResult::yes(proven) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> gtp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"gtp-prime", check_prime, "a GTP' message: length, known type, elements"},
      NamedCheck{"gtp-user", check_user_data, "GTP user data: type, length, extension headers"},
      NamedCheck{"gtp-v0", check_version0, "a GTP version 0 header: length and spare bytes"},
      NamedCheck{"gtp-v1", check_version1, "a GTP version 1 message whose elements, or whose one IP packet, fill it"},
      NamedCheck{"gtp-v2", check_version2, "a GTP version 2 message whose elements fill it"},
      NamedCheck{"pfcp", check_pfcp, "a PFCP message whose elements fill it"},
  };
  return kChecks;
}

}  // namespace ghostport
