#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: the message of Radmin 2 and 3 as published by authors of audit tools: a byte 01, the length of type and
// data, their sum, the type, the data; numbers in network order, the sum over little-endian words.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 9;
constexpr std::size_t kMostMessage = 2048;  // of those that open a session

std::uint32_t sum_of_words(Bytes bytes) noexcept {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += static_cast<std::uint32_t>(bytes[i]) << 8 * (i % 4);
  return sum;
}

CheckResult check_radmin(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const std::size_t length = big32(bytes, 1);
  if (bytes[0] != 1 || length == 0 || length > kMostMessage) return CheckResult::no();
  if (bytes.size() < kHeader + length) return wait_or_no(payload);
  return sum_of_words(bytes.subspan(kHeader, length)) == big32(bytes, 5) ? CheckResult::yes(kHeader)
                                                                         : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> radmin_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"radmin", check_radmin, "a message of Radmin whose sum holds"},
  };
  return kChecks;
}

}  // namespace ghostport
