#include <algorithm>
#include <array>
#include <optional>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: "WireGuard: Next Generation Kernel Network Tunnel" (J. Donenfeld, NDSS 2017, revision of 2020), section 5.4.
namespace ghostport {
namespace {

enum MessageType : unsigned { kInitiation = 1, kResponse = 2, kCookie = 3, kTransport = 4 };

constexpr std::size_t kInitiationSize = 148;
constexpr std::size_t kResponseSize = 92;
constexpr std::size_t kCookieSize = 64;
constexpr std::size_t kTransportHeader = 16;
constexpr std::size_t kTag = 16;
constexpr std::uint32_t kMostStep = 1 << 16;

/// Type, three reserved zeros, the type's size, and key or nonce that are not zeros.
CheckResult check_handshake(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kCookieSize || !is_zero(bytes.subspan(1, 3))) return CheckResult::no();
  std::size_t size = 0;
  std::size_t random = 8;
  switch (bytes[0]) {
    case kInitiation: size = kInitiationSize; break;
    case kResponse: size = kResponseSize, random = 12; break;
    case kCookie: size = kCookieSize; break;
    default: return CheckResult::no();
  }
  if (bytes.size() != size || is_zero(bytes.subspan(random, 16))) return CheckResult::no();
  return CheckResult::yes(6);
}

struct Transport {
  std::uint32_t receiver;
  std::uint32_t counter;
};

/// The counter begins at zero: its upper half stays empty. The inner packet is padded to 16 bytes.
std::optional<Transport> read_transport(Bytes bytes) noexcept {
  if (bytes.size() < kTransportHeader + kTag || bytes.size() % 16 != 0) return std::nullopt;
  if (little32(bytes, 0) != kTransport || little32(bytes, 12) != 0) return std::nullopt;
  return Transport{little32(bytes, 4), little32(bytes, 8)};
}

/// Three packets to one receiver, each with another counter nearby.
CheckResult check_transport(const Payload& payload, Side) noexcept {
  constexpr unsigned kNeeded = 3;
  const std::optional<Transport> newest = read_transport(payload.bytes);
  if (!newest || newest->receiver == 0) return CheckResult::no();
  unsigned found = 1;
  for (const Bytes datagram : payload.datagrams) {
    const std::optional<Transport> earlier = read_transport(datagram);
    if (!earlier || earlier->receiver != newest->receiver || earlier->counter == newest->counter) continue;
    const std::uint32_t step = newest->counter - earlier->counter;
    if (step < kMostStep || 0U - step < kMostStep) ++found;
  }
  return found >= kNeeded ? CheckResult::yes(kNeeded * 10) : wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> wireguard_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"wireguard", check_handshake, "a WireGuard handshake or cookie message of its type's size"},
      NamedCheck{"wireguard-transport", check_transport,
                 "three WireGuard data messages to one receiver with counters close together"},
  };
  return kChecks;
}

}  // namespace ghostport
