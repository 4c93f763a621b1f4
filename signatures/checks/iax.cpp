#include <algorithm>
#include <array>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: RFC 5456 sections 6.2 to 6.9, 8.1.1 (full frames), 8.2 (frame types), 8.4 (subclasses), 8.6 (information
// elements).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::uint8_t kIax = 6;
constexpr std::uint8_t kMostSubclass = 0x28;

struct Frame {
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint8_t type = 0;
  std::uint8_t subclass = 0;
  bool good = false;
};

Frame read_frame(Bytes bytes) noexcept {
  if (bytes.size() < kHeader || bytes[0] < 0x80) return {};
  const Frame frame{big16(bytes, 0) & 0x7FFF, big16(bytes, 2) & 0x7FFF, bytes[10], bytes[11], true};
  if (frame.source == 0 || frame.type == 0 || frame.type > 12) return {};
  if (frame.type == kIax && (frame.subclass == 0 || frame.subclass > kMostSubclass)) return {};
  return frame;
}

/// How many information elements stand up to the datagram's end; none where they do not fill it.
std::size_t elements_in(Bytes elements) noexcept {
  std::size_t at = 0;
  std::size_t count = 0;
  while (at < elements.size()) {
    if (elements.size() - at < 2 || elements[at] == 0 || elements[at] > 0x38) return 0;
    at += 2U + elements[at + 1];
    ++count;
  }
  return at == elements.size() ? count : 0;
}

/// None at all, or some that fill the datagram.
bool elements_fill(Bytes elements) noexcept { return elements.empty() || elements_in(elements) != 0; }

/// The first frame of a call, registration or poke, towards a call number not known yet.
CheckResult check_iax_opening(const Payload& payload, Side) noexcept {
  constexpr std::array<std::uint8_t, 4> kVersion{0x0B, 0x02, 0x00, 0x02};
  constexpr std::uint8_t kNew = 1;
  const Bytes bytes = payload.bytes;
  const Frame frame = read_frame(bytes);
  if (!frame.good || frame.type != kIax || frame.destination != 0 || bytes[8] != 0 || bytes[9] != 0)
    return CheckResult::no();
  const Bytes elements = bytes.subspan(kHeader);
  if (!elements_fill(elements)) return CheckResult::no();
  if (frame.subclass == kNew &&
      (elements.size() < kVersion.size() || !std::equal(kVersion.begin(), kVersion.end(), elements.begin())))
    return CheckResult::no();
  return CheckResult::yes(frame.subclass == kNew ? 12 : 8);
}

CheckResult check_iax_answer(const Payload& payload, Side) noexcept {
  const Frame frame = read_frame(payload.bytes);
  if (!frame.good || frame.type != kIax || frame.destination == 0) return CheckResult::no();
  return elements_fill(payload.bytes.subspan(kHeader)) ? CheckResult::yes(4) : CheckResult::no();
}

/// One frame of control with several elements that fill it, or three full frames of one call, of whatever types, of
/// which each new one counts on (section 7) and time does not go back.
CheckResult check_iax_frames(const Payload& payload, Side) noexcept {
  constexpr std::size_t kManyElements = 4;
  const Frame newest = read_frame(payload.bytes);
  if (!newest.good || newest.destination == 0) return CheckResult::no();
  if (newest.type == kIax && elements_in(payload.bytes.subspan(kHeader)) >= kManyElements) return CheckResult::yes(10);
  unsigned in_order = 0;
  std::uint32_t time = 0;
  std::uint8_t sequence = 0;
  for (const Bytes datagram : payload.datagrams) {
    const Frame frame = read_frame(datagram);
    if (!frame.good || frame.source != newest.source || frame.destination != newest.destination) continue;
    if (frame.type == kIax && !elements_fill(datagram.subspan(kHeader))) continue;
    const bool next = datagram[8] == static_cast<std::uint8_t>(sequence + 1) && big32(datagram, 4) >= time;
    if (in_order != 0 && !next && datagram[8] == sequence) continue;  // sent again, or not counted
    in_order = in_order != 0 && next ? in_order + 1 : 1;
    sequence = datagram[8];
    time = big32(datagram, 4);
  }
  return in_order >= 3 ? CheckResult::yes(15) : wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> iax_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"iax-answer", check_iax_answer, "a full frame of IAX control whose elements fill the datagram"},
      NamedCheck{"iax-frames", check_iax_frames,
                 "three full frames of one call, or one with many elements that fill it"},
      NamedCheck{"iax-opening", check_iax_opening, "a first full frame whose elements fill the datagram"},
  };
  return kChecks;
}

}  // namespace ghostport
