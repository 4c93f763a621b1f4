#include <array>
#include <optional>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

namespace ghostport {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr unsigned kPacketsNeeded = 3;
constexpr std::uint32_t kMostDropout = 3000;   // RFC 3550 appendix A.1
constexpr std::uint32_t kMostMisorder = 100;   // RFC 3550 appendix A.1
constexpr std::uint32_t kMostTime = 1U << 28;  // timestamp steps: 50 minutes at 90 kHz

struct Packet {
  std::uint32_t sequence;
  std::uint32_t timestamp;
  std::uint32_t source;
};

/// AppNeta's packets wear this header with payload type 2; their first own header is 6 bytes long (checks/rpp.cpp).
bool may_be_rpp(Bytes bytes) noexcept {
  return bytes.size() > 13 && bytes[0] == 0x80 && (bytes[1] & 0x7F) == 2 && bytes[13] == 6;
}

/// RFC 3550 section 5.1; payload types of RFC 3551 section 6. A source of zero is no random number: other protocols
/// have zeros there.
std::optional<Packet> read_packet(Bytes bytes) noexcept {
  if (bytes.size() < kHeaderBytes || bytes[0] >> 6 != 2 || may_be_rpp(bytes)) return std::nullopt;
  const unsigned type = bytes[1] & 0x7F;
  if (type > 34 && type < 96) return std::nullopt;
  std::size_t header = kHeaderBytes + 4U * (bytes[0] & 0x0F);
  if ((bytes[0] & 0x10) != 0) {
    if (header + 4 > bytes.size()) return std::nullopt;
    header += 4 + 4 * std::size_t{big16(bytes, header + 2)};
  }
  if (header > bytes.size()) return std::nullopt;
  if ((bytes[0] & 0x20) != 0) {
    const std::size_t padding = bytes.back();
    if (padding == 0 || padding > bytes.size() - header) return std::nullopt;
  }
  const Packet packet{big16(bytes, 2), big32(bytes, 4), big32(bytes, 8)};
  if (packet.source == 0) return std::nullopt;
  return packet;
}

bool is_near(std::uint32_t a, std::uint32_t b) noexcept {
  const std::uint32_t forward = b - a;
  return forward < kMostTime || 0U - forward < kMostTime;
}

CheckResult check_rtp_stream(const Payload& payload, Side) noexcept {
  const std::optional<Packet> newest = read_packet(payload.bytes);
  if (!newest) return CheckResult::no();

  // Packets of the newest one's source that follow each other by exactly one, as RFC 3550 appendix A.1 asks of a new
  // source. Lost ones do not count, a jump starts anew: a length field in this place advances too, but not so.
  unsigned in_order = 0;
  Packet last{};
  for (const Bytes datagram : payload.datagrams) {
    const std::optional<Packet> packet = read_packet(datagram);
    if (!packet || packet->source != newest->source) continue;
    const std::uint32_t step = (packet->sequence - last.sequence) & 0xFFFF;
    if (in_order != 0 && (step == 0 || step > 0xFFFF - kMostMisorder)) continue;
    if (in_order == 0 || step > kMostDropout || !is_near(last.timestamp, packet->timestamp)) {
      in_order = 1;
    } else if (step == 1) {
      ++in_order;
    }
    last = *packet;
  }
  if (in_order >= kPacketsNeeded) return CheckResult::yes(kHeaderBytes * in_order);
  return wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> rtp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"rtp", check_rtp_stream, "three RTP packets of one source whose sequence numbers advance"},
  };
  return kChecks;
}

}  // namespace ghostport
