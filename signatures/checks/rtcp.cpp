#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: RFC 3550 section 6 and appendix A.2, RFC 4585 section 6.1, RFC 3611 section 2, RFC 5506, RFC 3711
// section 3.4, RFC 7714 section 9.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 4;
enum Type : unsigned {
  kSenderReport = 200,
  kReceiverReport = 201,
  kDescription = 202,
  kGoodbye = 203,
  kApplication = 204,
  kTransportFeedback = 205,
  kPayloadFeedback = 206,
  kExtendedReport = 207,
  kLast = 210,  // AVB, receiver summary, port mapping
};

/// The fewest 32-bit words behind the header, by type and count.
std::size_t least_words(unsigned type, unsigned count) noexcept {
  switch (type) {
    case kSenderReport: return 6 + std::size_t{6} * count;
    case kReceiverReport: return 1 + std::size_t{6} * count;
    case kDescription: return std::size_t{2} * count;
    case kGoodbye: return count;
    case kApplication:
    case kTransportFeedback:
    case kPayloadFeedback: return 2;
    default: return 1;
  }
}

bool is_report(unsigned type) noexcept { return type == kSenderReport || type == kReceiverReport; }

/// How many packets fill the datagram exactly; 0 if anything is wrong. Only the last may be padded.
unsigned packets_in(Bytes bytes) noexcept {
  unsigned packets = 0;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (bytes.size() - at < kHeader || bytes[at] >> 6 != 2) return 0;
    const unsigned type = bytes[at + 1];
    const std::size_t words = big16(bytes, at + 2);
    const std::size_t end = at + kHeader + 4 * words;
    if (type < kSenderReport || type > kLast || end > bytes.size()) return 0;
    if (words < least_words(type, bytes[at] & 0x1F)) return 0;
    if ((bytes[at] & 0x20) != 0 && (end != bytes.size() || bytes.back() == 0 || bytes.back() % 4 != 0)) return 0;
    at = end;
    ++packets;
  }
  return packets;
}

/// Every packet names a source, and all the same. The packets fill the datagram.
bool are_of_one_sender(Bytes bytes) noexcept {
  const std::uint32_t sender = big32(bytes, kHeader);
  for (std::size_t at = 0; at < bytes.size(); at += kHeader + 4 * std::size_t{big16(bytes, at + 2)}) {
    if (big16(bytes, at + 2) == 0 || big32(bytes, at + kHeader) != sender) return false;
  }
  return sender != 0;
}

CheckResult check_rtcp(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  const unsigned packets = packets_in(bytes);
  if (packets < 2 || (!is_report(bytes[1]) && !are_of_one_sender(bytes))) return CheckResult::no();
  return CheckResult::yes(std::size_t{kHeader} * packets);
}

/// One packet alone, a report without what else belongs into a compound or of RFC 5506's reduced size.
bool is_single(Bytes bytes) noexcept {
  if (bytes.size() < 8 || packets_in(bytes) == 0 || big32(bytes, 4) == 0) return false;
  return !is_report(bytes[1]) || big16(bytes, 2) == least_words(bytes[1], bytes[0] & 0x1F);
}

/// Two datagrams of one sender.
CheckResult check_single_rtcp(const Payload& payload, Side) noexcept {
  if (!is_single(payload.bytes)) return CheckResult::no();
  unsigned same = 0;
  for (const Bytes datagram : payload.datagrams) {
    if (is_single(datagram) && big32(datagram, 4) == big32(payload.bytes, 4)) ++same;
  }
  return same >= 2 ? CheckResult::yes(12) : wait_or_no(payload);
}

/// A first report whose header is in the clear; what follows is encrypted, up to the flag E with an index that began
/// at zero, and a tag: of 80 bits behind them (RFC 3711) or of 128 bits before them (RFC 7714).
CheckResult check_srtcp(const Payload& payload, Side) noexcept {
  constexpr std::size_t kClear = 8;
  constexpr std::size_t kTag = 10;
  constexpr std::size_t kLongTag = 16;
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kClear + kTag + 4 || bytes[0] >> 5 != 4 || !is_report(bytes[1])) return CheckResult::no();
  const std::size_t words = big16(bytes, 2);
  if (words != least_words(bytes[1], bytes[0] & 0x1F) || big32(bytes, 4) == 0) return CheckResult::no();
  const std::size_t trailer = bytes.size() % 4 == 2 ? kTag + 4 : kLongTag + 4;
  if (bytes.size() % 4 % 2 != 0 || kHeader + 4 * words + trailer > bytes.size()) return CheckResult::no();
  const std::size_t index = bytes.size() % 4 == 2 ? bytes.size() - kTag - 4 : bytes.size() - 4;
  return big16(bytes, index) == 0x8000 ? CheckResult::yes(6) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> rtcp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"rtcp", check_rtcp,
                 "RTCP packets, a report first or all of one sender, whose lengths fill the datagram"},
      NamedCheck{"rtcp-single", check_single_rtcp, "two datagrams of one sender, each filled by RTCP packets"},
      NamedCheck{"srtcp", check_srtcp, "a report's header, and the index of secured RTCP in its place"},
  };
  return kChecks;
}

}  // namespace ghostport
