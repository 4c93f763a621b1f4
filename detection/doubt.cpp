#include "detection/doubt.h"

#include <algorithm>
#include <cstring>

namespace ghostport {
namespace {

// Option kinds (RFC 9293 section 3.2; RFC 7323, RFC 2385, RFC 5925).
constexpr std::uint8_t kEnd = 0;
constexpr std::uint8_t kNoOperation = 1;
constexpr std::uint8_t kWindowScale = 3;
constexpr std::uint8_t kTimestamps = 8;
constexpr std::uint8_t kMd5 = 19;
constexpr std::uint8_t kAuthentication = 29;
constexpr std::uint8_t kMostShift = 14;  // RFC 7323 section 2.3: a larger shift counts as this

// A path that changes moves the TTL by a few; a decoy must die hops before the receiver.
constexpr unsigned kHopSlack = 4;

std::uint32_t get32(const std::uint8_t* at) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}

Trust worse(Trust a, Trust b) noexcept { return std::max(a, b); }

/// PAWS, RFC 7323 section 5: a time stamp older than the receiver remembers. Linux forgives one tick.
Trust trust_time(const Manner& sender, const Manner& receiver, const TcpOptions& options) noexcept {
  if (!sender.timed) return Trust::good;
  if (!options.timed) return receiver.timed ? Trust::ambiguous : Trust::good;
  const std::int32_t behind = distance(sender.time, options.time);
  if (behind <= 0) return Trust::good;
  return behind > 1 && sender.began ? Trust::doubtful : Trust::ambiguous;  // joined midway: of unknown standing
}

/// RFC 9293 section 3.10.7.4 and RFC 5961 section 5: what was never sent cannot be acknowledged, and no honest sender
/// acknowledges what lies a window behind. A capture that lost packets shows the former too.
Trust trust_acknowledgment(const Manner& sender, const Standing& standing, std::uint32_t value) noexcept {
  if (!standing.peer_sent_known) return Trust::good;
  const std::int32_t ahead = distance(value, standing.peer_sent);
  if (ahead > 0) return ahead < kMostJump ? Trust::ambiguous : Trust::doubtful;
  if (!standing.peer_acknowledged_known && !standing.peer_base_known) return Trust::good;
  // A SYN-ACK has acknowledged all before the base.
  const std::uint32_t reached = standing.peer_acknowledged_known ? standing.peer_acknowledged : standing.peer_base;
  const std::uint32_t highest = distance(reached, standing.peer_sent) > 0 ? standing.peer_sent : reached;
  const std::int64_t behind = distance(highest, value);
  if (behind > static_cast<std::int64_t>(std::max(sender.most_window, 0xFFFFU))) return Trust::doubtful;
  return standing.peer_base_known && distance(value, standing.peer_base) < 0 ? Trust::ambiguous : Trust::good;
}

}  // namespace

TcpOptions read_tcp_options(Bytes options) noexcept {
  TcpOptions found;
  // The usual form (RFC 7323 appendix A): two fillers and the time stamps.
  constexpr std::uint8_t kUsual[4] = {kNoOperation, kNoOperation, kTimestamps, 10};
  if (options.size() == 12 && std::memcmp(options.data(), kUsual, sizeof kUsual) == 0) {
    found.timed = true;
    found.time = get32(options.data() + 4);
    return found;
  }
  for (std::size_t at = 0; at < options.size();) {
    const std::uint8_t kind = options[at];
    if (kind == kEnd) break;
    if (kind == kNoOperation) {
      ++at;
      continue;
    }
    if (at + 1 >= options.size()) break;
    const std::size_t length = options[at + 1];
    if (length < 2 || at + length > options.size()) break;
    if (kind == kTimestamps && length == 10) {
      found.timed = true;
      found.time = get32(options.data() + at + 2);
    } else if (kind == kWindowScale && length == 3) {
      found.scaled = true;
      found.shift = std::min(options[at + 2], kMostShift);
    } else if ((kind == kMd5 && length == 18) || (kind == kAuthentication && length >= 4)) {
      found.is_signed = true;
    }
    at += length;
  }
  return found;
}

Trust trust_packet(const Manner& sender, const Manner& receiver, const TcpSegment& segment,
                   const TcpOptions& options) noexcept {
  if (!sender.met) return Trust::good;
  Trust trust = Trust::good;
  if (segment.hop_limit != 0 && segment.hop_limit + kHopSlack < sender.hop_limit) trust = Trust::ambiguous;
  if (segment.link_destination != 0 && sender.link_destination != 0 &&
      segment.link_destination != sender.link_destination)
    trust = Trust::ambiguous;
  if (!segment.window_known) return trust;
  if (options.is_signed != sender.is_signed) return Trust::doubtful;
  if ((segment.flags & (kTcpReset | kTcpSyn)) != 0) return trust;
  return worse(trust, trust_time(sender, receiver, options));
}

Trust trust_place(const Manner& sender, const Manner& receiver, const Standing& standing,
                  const TcpSegment& segment) noexcept {
  Trust trust = trust_acknowledgment(sender, standing, segment.acknowledgment);
  if (receiver.window_known) {
    if (distance(segment.sequence, receiver.window_edge) > 0) return Trust::doubtful;
    if (distance(segment.sequence + segment.payload_length, receiver.window_edge) > 0)
      trust = worse(trust, Trust::ambiguous);
  }
  return trust;
}

void learn(Manner& sender, const Manner& receiver, std::optional<std::uint32_t> acknowledged, const TcpSegment& segment,
           const TcpOptions& options) noexcept {
  const bool syn = (segment.flags & kTcpSyn) != 0;
  if (!syn) {  // a SYN-ACK may be that of a proxy or a firewall in front
    sender.hop_limit = std::max(sender.hop_limit, segment.hop_limit);
    if (sender.link_destination == 0) sender.link_destination = segment.link_destination;
  }
  if (!segment.window_known) return;
  if (!sender.met || syn) sender.is_signed = options.is_signed;
  sender.met = true;
  if (syn) {
    sender.began = true;
    sender.scaled = options.scaled;
    sender.shift = options.shift;
  }
  // RFC 7323 section 4.3: the time stamp of a segment that begins no later than the last acknowledgment.
  const bool remembered = acknowledged && distance(segment.sequence, *acknowledged) <= 0;
  if (options.timed && (!sender.timed || syn || (remembered && distance(options.time, sender.time) > 0))) {
    sender.timed = true;
    sender.time = options.time;
  }
  if (!sender.began || !receiver.began || (segment.flags & kTcpAck) == 0) return;
  // Scaled only where both SYNs said so, and never in a SYN itself.
  const unsigned shift = !syn && sender.scaled && receiver.scaled ? sender.shift : 0;
  const std::uint32_t window = std::uint32_t{segment.window} << shift;
  const std::uint32_t edge = segment.acknowledgment + window;
  sender.most_window = std::max(sender.most_window, window);
  if (!sender.window_known || distance(edge, sender.window_edge) > 0) sender.window_edge = edge;
  sender.window_known = true;
}

}  // namespace ghostport
