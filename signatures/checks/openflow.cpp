#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: OpenFlow Switch Specification 1.5.1 section 7.1 and 7.5.1, and its predecessors since 1.0.0 (one header).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 8;
constexpr unsigned kHello = 0;
constexpr unsigned kMostVersion = 6;
constexpr unsigned kMostType = 35;
constexpr unsigned kVersionBitmap = 1;

bool is_header(Bytes bytes, std::size_t at) noexcept {
  return bytes[at] >= 1 && bytes[at] <= kMostVersion && bytes[at + 1] <= kMostType && big16(bytes, at + 2) >= kHeader;
}

/// The first message is a Hello. It has a version bitmap, or another message of a version agreed upon follows.
CheckResult check_openflow(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const std::size_t length = big16(bytes, 2);
  if (!is_header(bytes, 0) || bytes[1] != kHello) return CheckResult::no();
  if (length > kHeader) {
    if (length < kHeader + 8 || length % 4 != 0 || length > 256) return CheckResult::no();
    if (bytes.size() < kHeader + 4) return wait_or_no(payload);
    const std::size_t element = big16(bytes, kHeader + 2);
    const bool bitmap = big16(bytes, kHeader) == kVersionBitmap && element >= 8 && element <= length - kHeader;
    return bitmap ? CheckResult::yes(kHeader) : CheckResult::no();
  }
  if (bytes.size() < length + kHeader) return wait_or_no(payload);
  const bool follows = is_header(bytes, length) && bytes[length] <= bytes[0] && bytes[length + 1] != kHello;
  return follows ? CheckResult::yes(8) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> openflow_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"openflow", check_openflow, "OpenFlow's Hello with its versions, or with the message behind it"},
  };
  return kChecks;
}

}  // namespace ghostport
