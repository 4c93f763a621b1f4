#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: RFC 8489 sections 5, 6.2 and 14 (with RFC 5389), RFC 3489 section 11, RFC 4571 section 2, RFC 6544
// section 3.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 20;
constexpr std::size_t kAttributeHeader = 4;
constexpr std::size_t kMostMessage = 4000;
constexpr std::uint32_t kCookie = 0x2112A442;

/// Attributes that fill the message. WhatsApp and others leave out the padding behind the last one.
bool attributes_fill(Bytes attributes) noexcept {
  std::size_t at = 0;
  while (at < attributes.size()) {
    const std::size_t left = attributes.size() - at;
    if (left < kAttributeHeader) return false;
    const std::size_t length = big16(attributes, at + 2);
    if (length > left - kAttributeHeader) return false;
    at += kAttributeHeader + std::min((length + 3) & ~std::size_t{3}, left - kAttributeHeader);
  }
  return true;
}

bool is_header(Bytes bytes) noexcept { return bytes[0] < 0x40 && big32(bytes, 4) == kCookie; }

CheckResult check_stun(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader || !is_header(bytes) || big16(bytes, 2) != bytes.size() - kHeader)
    return CheckResult::no();
  return attributes_fill(bytes.subspan(kHeader)) ? CheckResult::yes(bytes.size() > kHeader ? 12 : 8)
                                                 : CheckResult::no();
}

/// RFC 3489 section 11.2: the attribute's value, by its type. Zoom asks with attributes that no document knows.
bool is_classic_attribute(std::uint32_t type, Bytes value) noexcept {
  switch (type) {
    case 1:
    case 2:
    case 4:
    case 5:
    case 11: return value.size() == 8 && value[0] == 0 && value[1] == 1;
    case 3: return value.size() == 4 && is_zero(value.first(3)) && (value[3] & 0xF9) == 0;
    case 6:
    case 7: return !value.empty() && value.size() % 4 == 0;
    case 8: return value.size() == 20;
    case 9: return value.size() >= 4 && value.size() % 4 == 0 && is_zero(value.first(2));
    case 10: return value.size() % 4 == 0;
    default: return type != 0 && (type >= 0x8000 || value.size() % 4 == 0);
  }
}

/// A message of RFC 3489, which has no cookie: its attributes must have that document's forms, and fill it.
CheckResult check_classic_stun(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() <= kHeader || big16(bytes, 2) != bytes.size() - kHeader) return CheckResult::no();
  std::size_t at = kHeader;
  bool mandatory = false;
  while (at < bytes.size()) {
    if (bytes.size() - at < kAttributeHeader) return CheckResult::no();
    const std::uint32_t type = big16(bytes, at);
    const std::size_t length = big16(bytes, at + 2);
    at += kAttributeHeader;
    if (length > bytes.size() - at || !is_classic_attribute(type, bytes.subspan(at, length))) return CheckResult::no();
    mandatory = mandatory || type < 0x8000;
    at += length;
  }
  return mandatory ? CheckResult::yes(8) : CheckResult::no();
}

/// A message on a stream: bare (RFC 8489 section 6.2.2) or behind the two bytes of RFC 4571, as between ICE's peers.
CheckResult check_stun_stream(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  for (const std::size_t start : {0U, 2U}) {
    if (bytes.size() < start + kHeader) return wait_or_no(payload);
    const Bytes message = bytes.subspan(start);
    if (!is_header(message)) continue;
    const std::size_t size = kHeader + big16(message, 2);
    if (size % 4 != 0 || size > kMostMessage || (start != 0 && big16(bytes, 0) != size)) return CheckResult::no();
    if (message.size() < size) return wait_or_no(payload);
    return attributes_fill(message.subspan(kHeader, size - kHeader)) ? CheckResult::yes(start + 8) : CheckResult::no();
  }
  return CheckResult::no();
}

/// TURN's data on one channel (RFC 8656 section 12.4): three datagrams whose lengths fit, but for padding.
CheckResult check_channel_data(const Payload& payload, Side) noexcept {
  const auto channel_of = [](Bytes bytes) {
    if (bytes.size() < 8 || bytes[0] >> 4 != 4) return 0U;
    const std::size_t rest = bytes.size() - 4;
    const std::size_t length = big16(bytes, 2);
    return length != 0 && (length == rest || (rest % 4 == 0 && length < rest && rest - length < 4)) ? big16(bytes, 0)
                                                                                                    : 0U;
  };
  const std::uint32_t channel = channel_of(payload.bytes);
  if (channel == 0) return CheckResult::no();
  unsigned same = 0;
  for (const Bytes datagram : payload.datagrams) {
    if (channel_of(datagram) == channel) ++same;
  }
  return same >= 3 ? CheckResult::yes(3 * 3) : wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> stun_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"stun", check_stun, "STUN with its cookie, whose length and attributes fill the datagram"},
      NamedCheck{"stun-channel", check_channel_data, "three datagrams of one TURN channel whose lengths fit"},
      NamedCheck{"stun-classic", check_classic_stun, "STUN of RFC 3489, whose attributes fill the datagram"},
      NamedCheck{"stun-stream", check_stun_stream, "STUN over TCP, bare or framed, whose attributes fill the message"},
  };
  return kChecks;
}

}  // namespace ghostport
