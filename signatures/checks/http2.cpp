#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: RFC 9113 sections 3.4, 4.1, 6; RFC 8441 and RFC 9218 (further settings and PRIORITY_UPDATE).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 9;
constexpr std::size_t kMostFrame = 1 << 14;  // SETTINGS_MAX_FRAME_SIZE as it begins
constexpr unsigned kSettings = 4;
constexpr unsigned kWindowUpdate = 8;

struct Frame {
  std::size_t length;
  unsigned type;
  unsigned flags;
  std::uint32_t stream;
};

Frame frame_at(Bytes bytes, std::size_t at) noexcept {
  return {big24(bytes, at), bytes[at + 3], bytes[at + 4], big32(bytes, at + 5)};
}

/// RFC 9113 section 6: the flags, streams and lengths that each type may have.
bool holds(const Frame& frame) noexcept {
  struct Rule {
    unsigned flags;
    bool on_stream;  // else on stream 0
    std::size_t least;
    std::size_t most;
  };
  constexpr Rule kRules[] = {
      {0x09, true, 0, kMostFrame},   // DATA
      {0x2D, true, 1, kMostFrame},   // HEADERS
      {0x00, true, 5, 5},            // PRIORITY
      {0x00, true, 4, 4},            // RST_STREAM
      {0x01, false, 0, 600},         // SETTINGS
      {0x0C, true, 5, kMostFrame},   // PUSH_PROMISE
      {0x01, false, 8, 8},           // PING
      {0x00, false, 8, kMostFrame},  // GOAWAY
      {0x00, true, 4, 4},            // WINDOW_UPDATE, on stream 0 too
      {0x04, true, 0, kMostFrame},   // CONTINUATION
  };
  if (frame.type >= std::size(kRules) || frame.stream > 0x7FFFFFFF) return false;
  const Rule& rule = kRules[frame.type];
  if ((frame.flags & ~rule.flags) != 0 || frame.length < rule.least || frame.length > rule.most) return false;
  if (frame.type == kSettings && (frame.length % 6 != 0 || ((frame.flags & 1) != 0 && frame.length != 0))) return false;
  return frame.type == kWindowUpdate || (frame.stream != 0) == rule.on_stream;
}

/// RFC 9113 section 6.5.2 and IANA's HTTP/2 Settings; others must be ignored, and some send one on purpose.
unsigned known_settings(Bytes settings) noexcept {
  unsigned known = 0;
  for (std::size_t at = 0; at + 6 <= settings.size(); at += 6) {
    const std::uint32_t identifier = big16(settings, at);
    known += identifier >= 1 && identifier <= 9 && identifier != 7 ? 1 : 0;
  }
  return known;
}

/// The server's preface, section 3.4: SETTINGS first. An empty one is nearly all zeros: a second frame must follow.
CheckResult check_http2_settings(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHeader) return wait_or_no(payload);
  const Frame first = frame_at(bytes, 0);
  if (first.type != kSettings || first.flags != 0 || !holds(first)) return CheckResult::no();
  const std::size_t here = std::min(bytes.size() - kHeader, first.length);
  const unsigned known = known_settings(bytes.subspan(kHeader, here));
  if (first.length > 0 && here >= 6) {
    return known != 0 ? CheckResult::yes(kHeader + 2 * std::size_t{known}) : CheckResult::no();
  }
  if (first.length > 0) return wait_or_no(payload);
  if (bytes.size() < 2 * kHeader) return wait_or_no(payload);
  const Frame second = frame_at(bytes, kHeader);
  return holds(second) && second.type != 0 ? CheckResult::yes(2 * kHeader) : CheckResult::no();
}

/// A connection joined midway, at the start of a frame: three headers in their places, not all of them DATA.
CheckResult check_http2_frames(const Payload& payload, Side) noexcept {
  constexpr unsigned kNeeded = 3;
  const Bytes bytes = payload.bytes;
  std::size_t at = 0;
  bool other_than_data = false;
  for (unsigned i = 0; i < kNeeded; ++i) {
    if (at > bytes.size() || bytes.size() - at < kHeader) return wait_or_no(payload);
    const Frame frame = frame_at(bytes, at);
    if (!holds(frame)) return CheckResult::no();
    other_than_data = other_than_data || frame.type != 0;
    at += kHeader + frame.length;
  }
  return other_than_data ? CheckResult::yes(kNeeded * 6) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> http2_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"http2-frames", check_http2_frames, "three HTTP/2 frames that follow each other"},
      NamedCheck{"http2-settings", check_http2_settings, "HTTP/2's SETTINGS frame with known settings, or two frames"},
  };
  return kChecks;
}

}  // namespace ghostport
