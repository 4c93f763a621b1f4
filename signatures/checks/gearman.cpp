#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: Gearman's PROTOCOL document, "Binary Packet".
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kMostSize = 1 << 30;
constexpr std::uint32_t kMostType = 42;  // STATUS_RES_UNIQUE

CheckResult check_gearman(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const std::uint32_t type = big32(bytes, 4);
  const std::size_t size = big32(bytes, 8);
  if (type == 0 || type > kMostType || size > kMostSize) return CheckResult::no();
  const std::size_t next = kHeader + size;
  if (next < bytes.size()) {
    const std::size_t here = std::min<std::size_t>(4, bytes.size() - next);
    const Bytes magic = bytes.subspan(next, here);
    if (!std::equal(magic.begin(), magic.end(), bytes.begin())) return CheckResult::no();
  }
  return CheckResult::yes(kHeader);
}

}  // namespace

std::span<const NamedCheck> gearman_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"gearman", check_gearman, "a Gearman packet of a known type, and where it ends another one"},
  };
  return kChecks;
}

}  // namespace ghostport
