#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: Adobe's RTMP specification 1.0 (2012), sections 5.2 (handshake), 5.3.1 (chunks), 5.4, 7.2.1.1 (connect).
namespace ghostport {
namespace {

constexpr std::size_t kHello = 1 + 1536;           // version, then time, zero, random bytes
constexpr std::size_t kHandshake = kHello + 1536;  // and the other side's, sent back
constexpr std::size_t kChunkHeader = 12;

/// The first chunk of a side: of form 0, on the message stream 0; a control message of its one size, or `connect`.
CheckResult check_first_chunk(const Payload& payload, Bytes chunk) noexcept {
  constexpr std::string_view kConnect{
      "\x02\x00\x07"
      "connect",
      10};
  if (chunk.size() < kChunkHeader) return wait_or_no(payload);
  if (chunk[0] < 2 || chunk[0] > 0x3F || !is_zero(chunk.subspan(8, 4))) return CheckResult::no();
  const std::uint32_t length = big24(chunk, 4);
  bool good = false;
  switch (chunk[7]) {
    case 1:
    case 2:
    case 3:
    case 5: good = length == 4; break;
    case 4: good = length == 6 || length == 10; break;
    case 6: good = length == 5; break;
    case 20: {
      const Bytes command = chunk.subspan(kChunkHeader, std::min(kConnect.size(), chunk.size() - kChunkHeader));
      good = std::equal(command.begin(), command.end(), kConnect.begin());
      if (good && command.size() < kConnect.size()) return wait_or_no(payload);
      break;
    }
    default: break;
  }
  return good ? CheckResult::yes(9) : CheckResult::no();
}

/// Either the field that the specification wants zero, and the handshake's first part whole; or, where a player has its
/// version there, the first chunk behind the whole handshake.
CheckResult check_rtmp(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kHello) return wait_or_no(payload);
  if (bytes[0] != 3) return CheckResult::no();
  if (is_zero(bytes.subspan(5, 4))) return is_zero(bytes.subspan(9, 32)) ? CheckResult::no() : CheckResult::yes(9);
  return check_first_chunk(payload, bytes.subspan(std::min(kHandshake, bytes.size())));
}

}  // namespace

std::span<const NamedCheck> rtmp_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"rtmp", check_rtmp, "RTMP's handshake with its zero field, or with the first chunk behind it"},
  };
  return kChecks;
}

}  // namespace ghostport
