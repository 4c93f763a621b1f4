#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: Apache Kafka's protocol guide ("Common request and response structure", "Protocol API keys"), KIP-482,
// KIP-511.
namespace ghostport {
namespace {

constexpr std::size_t kMostRequest = 100U << 20;  // socket.request.max.bytes as it is shipped
constexpr std::uint32_t kMostKey = 92;
constexpr std::uint32_t kMostVersion = 20;
constexpr std::size_t kHeader = 14;  // size, key, version, correlation number, length of the client's name
constexpr std::size_t kMostName = 250;
constexpr std::uint32_t kNoName = 0xFFFF;

bool is_header(Bytes bytes) noexcept {
  const std::size_t size = big32(bytes, 0);
  const std::uint32_t name = big16(bytes, 12);
  if (size < kHeader - 4 || size > kMostRequest) return false;
  if (big16(bytes, 4) > kMostKey || big16(bytes, 6) > kMostVersion) return false;
  // An empty name is left out: too many other protocols have zeros there.
  return name == kNoName || (name != 0 && name <= kMostName && name <= size - (kHeader - 4));
}

/// A request that is whole, or long with a name, and behind it the next correlation number.
CheckResult check_kafka_request(const Payload& payload, Side) noexcept {
  constexpr std::size_t kLongEnough = 512;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  if (!is_header(bytes)) return CheckResult::no();
  const std::uint32_t name = big16(bytes, 12) == kNoName ? 0 : big16(bytes, 12);
  if (bytes.size() < kHeader + name) return wait_or_no(payload);
  if (!is_text(bytes.subspan(kHeader, name))) return CheckResult::no();
  const std::size_t end = 4 + std::size_t{big32(bytes, 0)};
  if (bytes.size() < end) {
    return name >= 4 && (bytes.size() >= kLongEnough || payload.complete) ? CheckResult::yes(8 + name)
                                                                          : wait_or_no(payload);
  }
  const Bytes next = bytes.subspan(end);
  if (next.size() >= kHeader && (!is_header(next) || big32(next, 8) != big32(bytes, 8) + 1)) return CheckResult::no();
  return CheckResult::yes(10 + name);
}

/// Anything of the size that it says: answers have no more in common than size and correlation number.
CheckResult check_kafka_response(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 8) return wait_or_no(payload);
  const std::size_t size = big32(bytes, 0);
  if (size < 4 || size > kMostRequest) return CheckResult::no();
  if (bytes.size() < 4 + size)
    return bytes.size() >= 512 || payload.complete ? CheckResult::yes(2) : CheckResult::more();
  const Bytes next = bytes.subspan(4 + size);
  if (next.size() >= 8 && big32(next, 4) != big32(bytes, 4) + 1) return CheckResult::no();
  return CheckResult::yes(4);
}

/// ApiVersions, the first answer of most connections: keys that ascend, each with its least and most version.
CheckResult check_kafka_versions(const Payload& payload, Side) noexcept {
  constexpr std::uint32_t kUnsupported = 35;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 14) return wait_or_no(payload);
  const std::size_t size = big32(bytes, 0);
  const std::uint32_t error = big16(bytes, 8);
  if (size > 4000 || (error != 0 && error != kUnsupported)) return CheckResult::no();
  const bool compact = bytes[10] != 0;  // version 3: the count, and one more, is a number of seven bits a byte
  const std::size_t count = compact ? bytes[10] - 1U : big32(bytes, 10);
  const std::size_t entry = compact ? 7 : 6;
  const std::size_t start = compact ? 11 : 14;
  if (count == 0 || count > 126 || start + count * entry > 4 + size) return CheckResult::no();
  if (bytes.size() < start + count * entry) return wait_or_no(payload);
  if (!compact && 4 + size != start + count * entry && 4 + size != start + count * entry + 4) return CheckResult::no();
  std::uint32_t before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = start + i * entry;
    const std::uint32_t key = big16(bytes, at);
    const std::uint32_t most = big16(bytes, at + 4);
    if (key > 1000 || (i != 0 && key <= before) || most > kMostVersion || big16(bytes, at + 2) > most)
      return CheckResult::no();
    if (compact && bytes[at + 6] != 0) return CheckResult::no();
    before = key;
  }
  return CheckResult::yes(8 + count * 2);
}

}  // namespace

std::span<const NamedCheck> kafka_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"kafka-request", check_kafka_request, "a Kafka request's header with the client's name and its size"},
      NamedCheck{"kafka-response", check_kafka_response, "an answer of the size that it says"},
      NamedCheck{"kafka-versions", check_kafka_versions, "the answer to ApiVersions with its ascending keys"},
  };
  return kChecks;
}

}  // namespace ghostport
