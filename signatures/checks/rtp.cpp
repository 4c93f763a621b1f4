#include <array>
#include <optional>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: RFC 3550 section 5.1 and appendix A.1, RFC 3551 section 6, RFC 4571 section 2, RFC 2326 section 10.12.
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

/// Packets of the first source in a stream, as they follow each other.
class FramedSource {
 public:
  /// False where the frame is neither RTP nor RTCP, of which only the first `kHeaderBytes` need be at hand.
  bool take(Bytes header) noexcept {
    if (header[0] >> 6 != 2) return false;
    const unsigned type = header[1] & 0x7F;
    if (type >= 72 && type <= 82) return true;  // RTCP: 200 to 210 without the top bit
    if (type > 34 && type < 96) return false;
    const Packet packet{big16(header, 2), big32(header, 4), big32(header, 8)};
    if (in_order_ != 0 && packet.source != last_.source) return true;
    const bool next = in_order_ != 0 && packet.sequence == ((last_.sequence + 1) & 0xFFFF) &&
                      is_near(last_.timestamp, packet.timestamp);
    in_order_ = next ? in_order_ + 1 : 1;
    last_ = packet;
    return true;
  }
  [[nodiscard]] bool proven() const noexcept { return in_order_ >= kPacketsNeeded; }

 private:
  unsigned in_order_ = 0;
  Packet last_{};
};

/// Frames of `prefix` bytes, of which the last two are the length of what follows.
CheckResult check_frames(const Payload& payload, std::size_t prefix) noexcept {
  const Bytes bytes = payload.bytes;
  FramedSource source;
  std::size_t at = 0;
  while (bytes.size() >= at + prefix) {
    if (prefix == 4 && (bytes[at] != '$' || bytes[at + 1] > 31)) break;
    const std::size_t length = big16(bytes, at + prefix - 2);
    if (length < 8) return CheckResult::no();
    at += prefix;
    if (bytes.size() < at + kHeaderBytes) break;
    if (!source.take(bytes.subspan(at, kHeaderBytes))) return CheckResult::no();
    if (source.proven()) return CheckResult::yes(kPacketsNeeded * (prefix + kHeaderBytes));
    at += length;
  }
  return wait_or_no(payload);
}

/// RFC 4571 section 2.
CheckResult check_framed_rtp(const Payload& payload, Side) noexcept { return check_frames(payload, 2); }

/// RFC 2326 section 10.12, RFC 7826 section 14: media between the messages of a control connection.
CheckResult check_interleaved_rtp(const Payload& payload, Side) noexcept { return check_frames(payload, 4); }

}  // namespace

std::span<const NamedCheck> rtp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"rtp", check_rtp_stream, "three RTP packets of one source whose sequence numbers advance"},
      NamedCheck{"rtp-framed", check_framed_rtp, "three RTP packets of one source behind lengths over TCP"},
      NamedCheck{"rtsp-interleaved", check_interleaved_rtp, "three RTP packets of one source in RTSP's frames"},
  };
  return kChecks;
}

}  // namespace ghostport
