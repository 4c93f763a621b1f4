#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: Apache Tomcat Connectors, "AJPv13 protocol".
namespace ghostport {
namespace {

enum Packet : std::uint32_t {
  kForwardRequest = 2,
  kSendBody = 3,
  kSendHeaders = 4,
  kEndResponse = 5,
  kGetBody = 6,
  kShutdown = 7,
  kPing = 8,
  kCPong = 9,
  kCPing = 10,
};

/// Behind the type: a method's number and the protocol as a string of eight letters.
CheckResult check_forward(const Payload& payload, Cursor& cursor) noexcept {
  constexpr std::string_view kProtocol = "HTTP/";
  constexpr std::size_t kWhole = 8;
  const std::uint32_t method = cursor.u8();
  const std::size_t length = cursor.big16();
  const Bytes protocol = cursor.take(kWhole);
  const std::uint32_t end = cursor.u8();
  if (cursor.ended()) return wait_or_no(payload);
  const bool is_known = method >= 1 && (method <= 27 || method == 0xFF);
  if (!is_known || length != kWhole || end != 0) return CheckResult::no();
  const bool holds =
      std::equal(kProtocol.begin(), kProtocol.end(), protocol.begin(),
                 [](char letter, std::uint8_t byte) { return static_cast<std::uint8_t>(letter) == byte; });
  return holds ? CheckResult::yes(cursor.position()) : CheckResult::no();
}

CheckResult check_request(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes, 2);
  const std::size_t length = cursor.big16();
  const std::uint32_t type = cursor.u8();
  if (cursor.ended()) return wait_or_no(payload);
  if (type == kForwardRequest) return length < 16 ? CheckResult::no() : check_forward(payload, cursor);
  const bool is_single = type == kShutdown || type == kPing || type == kCPing;
  return is_single && length == 1 ? CheckResult::yes(5) : CheckResult::no();
}

/// A status, its text as a string closed by a zero, and the number of headers.
CheckResult check_headers(const Payload& payload, Cursor& cursor, std::size_t length) noexcept {
  constexpr std::size_t kNone = 0xFFFF;
  constexpr std::uint32_t kMostHeaders = 1024;
  const std::uint32_t status = cursor.big16();
  const std::size_t size = cursor.big16();
  if (!cursor.ended() && (status < 100 || status > 599)) return CheckResult::no();
  if (size != kNone) {
    if (size + 8 > length) return CheckResult::no();
    const Bytes text = cursor.take(size);
    if (!is_text(text) || cursor.u8() != 0) return CheckResult::no();
  }
  const std::uint32_t headers = cursor.big16();
  if (cursor.ended()) return wait_or_no(payload);
  return headers <= kMostHeaders ? CheckResult::yes(9) : CheckResult::no();
}

CheckResult check_response(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes, 2);
  const std::size_t length = cursor.big16();
  const std::uint32_t type = cursor.u8();
  if (cursor.ended()) return wait_or_no(payload);
  switch (type) {
    case kSendHeaders: return check_headers(payload, cursor, length);
    case kSendBody: {
      const std::size_t chunk = cursor.big16();
      if (cursor.ended()) return wait_or_no(payload);
      return length == chunk + 3 || length == chunk + 4 ? CheckResult::yes(7) : CheckResult::no();
    }
    case kEndResponse: {
      const std::uint32_t reuse = cursor.u8();
      if (cursor.ended()) return wait_or_no(payload);
      return length == 2 && reuse <= 1 ? CheckResult::yes(6) : CheckResult::no();
    }
    case kGetBody: return length == 3 ? CheckResult::yes(5) : CheckResult::no();
    case kCPong: return length == 1 ? CheckResult::yes(5) : CheckResult::no();
    default: return CheckResult::no();
  }
}

}  // namespace

std::span<const NamedCheck> ajp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"ajp-request", check_request, "an AJP request with method and protocol, or a ping"},
      NamedCheck{"ajp-response", check_response, "an AJP response's headers, body part, end, or pong"},
  };
  return kChecks;
}

}  // namespace ghostport
