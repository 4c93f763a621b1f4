#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: RFC 8855 sections 5.1 (common header) and 5.2 (attributes).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kMostMessage = 4084;

/// Section 5.2, table 2: the lengths that are fixed, with their header.
bool is_attribute(unsigned type, std::size_t length) noexcept {
  if (type == 0 || type > 18 || length < 2) return false;
  return type > 5 || length == 4;
}

bool attributes_fill(Bytes attributes) noexcept {
  std::size_t at = 0;
  while (at < attributes.size()) {
    const std::size_t length = attributes[at + 1];
    if (!is_attribute(attributes[at] >> 1, length)) return false;
    at += (length + 3) & ~std::size_t{3};  // the rest is a multiple of four, so that at least two bytes are left
  }
  return at == attributes.size();
}

bool is_header(Bytes bytes) noexcept { return bytes[1] >= 1 && bytes[1] <= 18 && (bytes[0] & 0x0F) == 0; }

CheckResult check_bfcp(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  const bool stream = payload.datagrams.empty();
  if (bytes.size() < kHeader) return stream ? wait_or_no(payload) : CheckResult::no();
  const std::size_t size = kHeader + std::size_t{4} * big16(bytes, 2);
  if (!is_header(bytes) || size == kHeader || size > kMostMessage) return CheckResult::no();
  if (!stream && bytes.size() != size) return CheckResult::no();
  if (bytes.size() < size) return wait_or_no(payload);
  return attributes_fill(bytes.subspan(kHeader, size - kHeader)) ? CheckResult::yes(6) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> bfcp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"bfcp", check_bfcp, "a BFCP message with attributes that fill it"},
  };
  return kChecks;
}

}  // namespace ghostport
