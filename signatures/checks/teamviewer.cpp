#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: D. Pearson, "Analyzing TeamViewer" (Awake Security, 2018), and the list of commands of his dissector. Header
// 17 24, command, length of 16 bits; or 11 30, command, zero, length of 32 bits, sixteen bytes more; little-endian.
// Over UDP the first form stands behind eleven bytes.
namespace ghostport {
namespace {

constexpr std::size_t kShortHeader = 5;
constexpr std::size_t kLongHeader = 24;
constexpr std::size_t kDatagramHeader = 11;
constexpr std::size_t kMostData = 1 << 20;

bool is_command(unsigned command) noexcept {
  return (command >= 10 && command <= 63 && command != 12) || (command >= 70 && command <= 72) ||
         (command >= 90 && command <= 113);
}

/// One header of either form; `at` moves behind its data, which need not be there.
Step skip_packet(Bytes bytes, std::size_t& at) noexcept {
  if (at > bytes.size() || bytes.size() - at < kShortHeader) return Step::ended;
  if (!is_command(bytes[at + 2])) return Step::wrong;
  if (big16(bytes, at) == 0x1724) {
    const std::size_t length = little16(bytes, at + 3);
    at += kShortHeader + length;
    return length != 0 ? Step::done : Step::wrong;
  }
  if (big16(bytes, at) != 0x1130 || bytes[at + 3] != 0) return Step::wrong;
  if (bytes.size() - at < kLongHeader) return Step::ended;
  const std::size_t length = little32(bytes, at + 4);
  at += kLongHeader + length;
  return length != 0 && length <= kMostData ? Step::done : Step::wrong;
}

/// Two packets in a row: the second header stands where the first one's length says.
CheckResult check_packets(const Payload& payload, Side) noexcept {
  std::size_t at = 0;
  for (int i = 0; i < 2; ++i) {
    const Step step = skip_packet(payload.bytes, at);
    if (step == Step::wrong) return CheckResult::no();
    if (step == Step::ended) return wait_or_no(payload);
  }
  return CheckResult::yes(2 * kShortHeader);
}

/// The first packet, whole; what follows it is another.
CheckResult check_first_packet(const Payload& payload, Side) noexcept {
  std::size_t at = 0;
  const Step first = skip_packet(payload.bytes, at);
  if (first == Step::wrong) return CheckResult::no();
  if (first == Step::ended || at > payload.bytes.size()) return wait_or_no(payload);
  return skip_packet(payload.bytes, at) != Step::wrong ? CheckResult::yes(kShortHeader) : CheckResult::no();
}

CheckResult check_datagram(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() <= kDatagramHeader + kShortHeader || big16(bytes, kDatagramHeader) != 0x1724)
    return CheckResult::no();
  if (!is_command(bytes[kDatagramHeader + 2])) return CheckResult::no();
  const std::size_t length = little16(bytes, kDatagramHeader + 3);
  return kDatagramHeader + kShortHeader + length == bytes.size() ? CheckResult::yes(kShortHeader) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> teamviewer_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"teamviewer-datagram", check_datagram, "a TeamViewer header in a datagram that it measures"},
      NamedCheck{"teamviewer-first", check_first_packet, "a TeamViewer packet to its end"},
      NamedCheck{"teamviewer-packets", check_packets, "two TeamViewer packets in a row"},
  };
  return kChecks;
}

}  // namespace ghostport
