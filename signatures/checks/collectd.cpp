#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: collectd's "Binary protocol" (collectd.org, documentation of the network plugin).
namespace ghostport {
namespace {

enum Part : std::uint32_t {
  kHost = 0,
  kTime = 1,
  kPlugin = 2,
  kTypeInstance = 5,
  kValues = 6,
  kInterval = 7,
  kTimeHigh = 8,
  kIntervalHigh = 9,
  kMessage = 0x100,
  kSeverity = 0x101,
  kSignature = 0x200,
  kEncryption = 0x210,
};

bool is_string(Bytes data) noexcept {
  return !data.empty() && data.back() == 0 && is_text(data.first(data.size() - 1));
}

/// A count, so many types, so many values of 8 bytes.
bool values_hold(Bytes data) noexcept {
  if (data.size() < 2) return false;
  const std::size_t count = big16(data, 0);
  if (data.size() != 2 + 9 * count) return false;
  for (const std::uint8_t type : data.subspan(2, count)) {
    if (type > 3) return false;
  }
  return count > 0;
}

bool part_holds(std::uint32_t type, Bytes data) noexcept {
  if (type == kHost || (type >= kPlugin && type <= kTypeInstance) || type == kMessage) return is_string(data);
  if (type == kValues) return values_hold(data);
  if (type == kTime || (type >= kInterval && type <= kIntervalHigh) || type == kSeverity) return data.size() == 8;
  return false;
}

/// Typed parts up to the last byte, the host's name first; before them perhaps a signature, or all of it encrypted.
CheckResult check_collectd(const Payload& payload, Side) noexcept {
  constexpr std::size_t kDigest = 32;
  constexpr std::size_t kLeast = 20;
  Cursor cursor(payload.bytes);
  std::size_t proven = 0;
  bool host = false;
  while (cursor.left() > 0) {
    const bool first = cursor.position() == 0;
    const std::uint32_t type = cursor.big16();
    const std::size_t length = cursor.big16();
    if (cursor.ended() || length < 5) return CheckResult::no();
    const Bytes data = cursor.take(length - 4);
    if (cursor.ended()) return CheckResult::no();
    proven += 4;
    if (type == kEncryption) {
      if (!first || cursor.left() != 0 || data.size() < 2) return CheckResult::no();
      const std::size_t name = big16(data, 0);
      // A user's name, an initialisation vector of 16 bytes, a checksum of 20, and what they protect.
      if (name == 0 || name + 2 + 16 + kLeast + 4 > data.size() || !is_text(data.subspan(2, name)))
        return CheckResult::no();
      return CheckResult::yes(proven + 2);
    }
    if (type == kSignature) {
      if (!first || data.size() <= kDigest || !is_text(data.subspan(kDigest))) return CheckResult::no();
      continue;
    }
    host = host || type == kHost;
    if (!host || !part_holds(type, data)) return CheckResult::no();
    proven += 1;
  }
  return host && proven >= kLeast ? CheckResult::yes(proven) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> collectd_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"collectd", check_collectd,
                 "collectd's typed parts to the end of the datagram, the host's name first"},
  };
  return kChecks;
}

}  // namespace ghostport
