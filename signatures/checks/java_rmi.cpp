#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: Java Remote Method Invocation specification, chapter 10 (RMI wire protocol).
namespace ghostport {
namespace {

bool is_host(Bytes bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '.' || byte == ':' || byte == '-' || byte == '_' || byte == '%' || byte == '[' || byte == ']';
  });
}

/// ProtocolAck: the mark 4E, the client's host as the server sees it, and its port in 32 bits.
CheckResult check_ack(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes, 1);
  const std::size_t length = cursor.big16();
  if (cursor.ended()) return wait_or_no(payload);
  if (length == 0 || length > 255) return CheckResult::no();
  if (!is_host(payload.bytes.subspan(cursor.position(), std::min(length, cursor.left())))) return CheckResult::no();
  cursor.skip(length);
  const std::uint32_t port = cursor.big32();
  if (cursor.ended()) return wait_or_no(payload);
  return port <= 0xFFFF ? CheckResult::yes(5 + length) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> java_rmi_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"java-rmi-ack", check_ack, "RMI's acknowledgement: a host name of its length and a port"},
  };
  return kChecks;
}

}  // namespace ghostport
