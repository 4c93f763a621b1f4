#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: Elasticsearch's and OpenSearch's public code, TcpHeader and TransportStatus: marker, length, request, status,
// version. OpenSearch sets bit 27 in its versions.
namespace ghostport {
namespace {

constexpr std::uint32_t kOpenSearch = 0x08000000;
constexpr std::uint32_t kLeastVersion = 100000;
constexpr std::uint32_t kMostVersion = 99999999;  // 99.99.99, and two digits for the build
constexpr std::size_t kLeastLength = 13;          // request, status and version
constexpr std::size_t kMostLength = 1 << 30;

/// Requests come from the end that opened the connection, answers from the other.
CheckResult check_transport(const Payload& payload, Side side) noexcept {
  Cursor cursor(payload.bytes);
  const std::uint32_t marker = cursor.big16();
  const std::size_t length = cursor.big32();
  const std::uint64_t request = cursor.big64();
  const unsigned status = cursor.u8();
  const std::uint32_t version = cursor.big32() & ~kOpenSearch;
  if (cursor.ended()) return wait_or_no(payload);
  if (marker != 0x4553 || length < kLeastLength || length > kMostLength) return CheckResult::no();
  if (request >> 40 != 0 || status > 15 || ((status & 1) != 0) != (side == Side::server)) return CheckResult::no();
  if (version < kLeastVersion || version > kMostVersion) return CheckResult::no();
  return CheckResult::yes(8);
}

}  // namespace

std::span<const NamedCheck> elasticsearch_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"elasticsearch-transport", check_transport, "Elasticsearch's transport header, down to its version"},
  };
  return kChecks;
}

}  // namespace ghostport
