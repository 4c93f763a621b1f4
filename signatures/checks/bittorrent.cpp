#include <array>
#include <optional>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: BEP 29 (micro transport protocol), BEP 15 (trackers over UDP), BEP 3 (the handshake). The obfuscated
// handshake: the BitTorrent community's "Message Stream Encryption" description.
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 20;
constexpr std::uint32_t kMostTime = 60'000'000;  // microseconds
constexpr std::uint32_t kMostStep = 4096;

enum PacketType : unsigned { kData = 0, kFin = 1, kState = 2, kReset = 3, kSyn = 4 };

struct Packet {
  unsigned type = 0;
  std::uint32_t connection = 0;
  std::uint32_t time = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledged = 0;
  bool first = false;  ///< a SYN that knows nothing yet of its peer
};

/// Version 1; only data has something behind the extensions.
std::optional<Packet> read_packet(Bytes bytes) noexcept {
  if (bytes.size() < kHeader || (bytes[0] & 0x0F) != 1 || bytes[0] >> 4 > kSyn) return std::nullopt;
  const unsigned type = bytes[0] >> 4;
  unsigned next = bytes[1];
  std::size_t at = kHeader;
  while (next != 0) {
    if (next > 3 || bytes.size() - at < 2) return std::nullopt;
    const std::size_t length = bytes[at + 1];
    if (length == 0 || length % 4 != 0 || length > bytes.size() - at - 2) return std::nullopt;
    next = bytes[at];
    at += 2 + length;
  }
  if ((type == kData) != (at < bytes.size())) return std::nullopt;
  const bool first = type == kSyn && big32(bytes, 8) == 0 && big16(bytes, 18) == 0;
  return Packet{type, big16(bytes, 2), big32(bytes, 4), big16(bytes, 16), big16(bytes, 18), first};
}

bool is_near(std::uint32_t a, std::uint32_t b) noexcept {
  const std::uint32_t step = (b - a) & 0xFFFF;
  return step < kMostStep || 0x10000 - step < kMostStep;
}

/// Do both belong to one connection? The SYN bears the number before that of what follows it.
bool follows(const Packet& earlier, const Packet& later) noexcept {
  const std::uint32_t step = (later.connection - earlier.connection) & 0xFFFF;
  if (step != (earlier.type == kSyn && later.type != kSyn ? 1U : 0U)) return false;
  const std::uint32_t time = later.time - earlier.time;
  if (time == 0 || (time >= kMostTime && 0U - time >= kMostTime)) return false;
  return is_near(earlier.sequence, later.sequence) &&
         (earlier.type == kSyn || is_near(earlier.acknowledged, later.acknowledged));
}

/// A SYN, which says zero of all it cannot know; else three packets of one connection.
CheckResult check_utp(const Payload& payload, Side) noexcept {
  constexpr std::size_t kNeeded = 3;
  const std::optional<Packet> newest = read_packet(payload.bytes);
  if (!newest) return CheckResult::no();
  if (newest->first && newest->connection != 0 && newest->time != 0 && newest->sequence != 0) {
    return CheckResult::yes(8);
  }
  std::size_t found = 1;
  for (const Bytes datagram : payload.datagrams) {
    const std::optional<Packet> earlier = read_packet(datagram);
    if (earlier && follows(*earlier, *newest)) ++found;
  }
  return found >= kNeeded ? CheckResult::yes(14) : wait_or_no(payload);
}

/// The plain handshake behind an obfuscated key exchange, which is 96 random bytes and more.
CheckResult check_obfuscated(const Payload& payload, Side) noexcept {
  constexpr std::size_t kKey = 96;
  constexpr std::size_t kLeastHigh = 24;  // of 96 random bytes about half are above 7F
  if (payload.bytes.size() < kKey) return wait_or_no(payload);
  std::size_t high = 0;
  for (const std::uint8_t byte : payload.bytes.first(kKey)) high += byte >= 0x80 ? 1 : 0;
  return high >= kLeastHigh ? CheckResult::yes(20) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> bittorrent_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"bittorrent-obfuscated", check_obfuscated, "a BitTorrent handshake behind a random key"},
      NamedCheck{"bittorrent-utp", check_utp, "uTP: the opening packet, or three packets of one connection"},
  };
  return kChecks;
}

}  // namespace ghostport
