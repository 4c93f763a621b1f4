#include <algorithm>
#include <array>
#include <optional>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: RFC 5880 section 4.1 (BFD); RFC 2281 section 5 (HSRP version 0), Cisco's description of version 2; RFC 6886
// section 3.1 (NAT-PMP); RFC 8175 sections 11 to 13 (DLEP).
namespace ghostport {
namespace {

constexpr std::size_t kBfdSize = 24;

struct Bfd {
  std::uint32_t mine;
  std::uint32_t yours;
};

/// A control packet, with its authentication section where the flag says so.
std::optional<Bfd> read_bfd(Bytes bytes) noexcept {
  constexpr std::uint8_t kMostDiagnostic = 9;
  if (bytes.size() < kBfdSize || bytes[3] != bytes.size()) return std::nullopt;
  if (bytes[0] >> 5 != 1 || (bytes[0] & 0x1F) > kMostDiagnostic) return std::nullopt;
  const unsigned state = bytes[1] >> 6;
  const bool poll_and_final = (bytes[1] & 0x30) == 0x30;
  const bool authenticated = (bytes[1] & 0x04) != 0;
  const bool multipoint = (bytes[1] & 0x01) != 0;
  const std::size_t section = bytes.size() - kBfdSize;
  if (authenticated != (section != 0)) return std::nullopt;
  if (authenticated && (section < 4 || bytes[24] == 0 || bytes[24] > 5 || bytes[25] != section)) return std::nullopt;
  const Bfd packet{big32(bytes, 4), big32(bytes, 8)};
  if (poll_and_final || multipoint || bytes[2] == 0 || packet.mine == 0) return std::nullopt;
  if (packet.yours == 0 && state >= 2) return std::nullopt;  // only Down and AdminDown do not know the peer
  return packet;
}

/// Three packets of one session, each of exactly this size.
CheckResult check_bfd(const Payload& payload, Side) noexcept {
  constexpr std::ptrdiff_t kNeeded = 3;
  const std::optional<Bfd> newest = read_bfd(payload.bytes);
  if (!newest) return CheckResult::no();
  const auto same = std::count_if(payload.datagrams.begin(), payload.datagrams.end(), [&](Bytes datagram) {
    const std::optional<Bfd> packet = read_bfd(datagram);
    return packet && packet->mine == newest->mine;
  });
  return same >= kNeeded ? CheckResult::yes(12) : wait_or_no(payload);
}

/// Text padded with zeros, at least one character.
bool is_padded_text(Bytes field) noexcept {
  const auto nul = std::find(field.begin(), field.end(), std::uint8_t{0});
  const auto length = static_cast<std::size_t>(nul - field.begin());
  return length != 0 && is_text(field.first(length)) && is_zero(field.subspan(length));
}

/// Version 0: the default key is "cisco"; MD5 authentication follows in 28 bytes more.
CheckResult check_hsrp0(Bytes bytes) noexcept {
  constexpr std::size_t kSize = 20;
  if (bytes.size() != kSize && bytes.size() != kSize + 30) return CheckResult::no();
  const unsigned state = bytes[2];
  const bool known = state <= 2 || state == 4 || state == 8 || state == 16;
  if (bytes[0] != 0 || bytes[1] > 3 || !known || bytes[3] == 0 || bytes[4] < bytes[3] || bytes[7] != 0) {
    return CheckResult::no();
  }
  const Bytes key = bytes.subspan(8, 8);
  if (bytes.size() == kSize) return is_padded_text(key) ? CheckResult::yes(8) : CheckResult::no();
  return big16(bytes, kSize) == 0x041C ? CheckResult::yes(6) : CheckResult::no();
}

/// Version 2: typed fields to the last byte, the group state first.
CheckResult check_hsrp2(Bytes bytes) noexcept {
  constexpr std::size_t kGroup = 42;
  if (bytes.size() < kGroup || big16(bytes, 0) != 0x0128 || bytes[2] != 2 || bytes[3] > 3) return CheckResult::no();
  if (bytes[4] > 6 || (bytes[5] != 4 && bytes[5] != 6) || big16(bytes, 6) > 4095) return CheckResult::no();
  if (bytes[5] == 4 && !is_zero(bytes.subspan(30, 12))) return CheckResult::no();
  std::size_t at = kGroup;
  while (at < bytes.size()) {
    if (bytes.size() - at < 2 || bytes[at] > 5) return CheckResult::no();
    const std::size_t length = bytes[at + 1];
    if (length > bytes.size() - at - 2) return CheckResult::no();
    at += 2 + length;
  }
  return CheckResult::yes(bytes[5] == 4 ? 18 : 6);
}

CheckResult check_hsrp(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 20) return CheckResult::no();
  return bytes[0] == 0 ? check_hsrp0(bytes) : check_hsrp2(bytes);
}

/// A request for a mapping that came before, byte for byte: nobody has answered it.
CheckResult check_nat_pmp(const Payload& payload, Side) noexcept {
  if (payload.datagrams.empty()) return CheckResult::no();
  const auto earlier = payload.datagrams.first(payload.datagrams.size() - 1);
  const bool repeated = std::any_of(earlier.begin(), earlier.end(),
                                    [&](Bytes datagram) { return std::ranges::equal(datagram, payload.bytes); });
  return repeated ? CheckResult::yes(16) : wait_or_no(payload);
}

constexpr std::uint32_t kDlepMostItem = 25;
constexpr std::uint32_t kDlepHeartbeat = 5;

/// Data items to the last byte; `heartbeat` tells whether the interval is among them.
bool dlep_items_fit(Bytes items, bool& heartbeat) noexcept {
  std::size_t at = 0;
  while (at < items.size()) {
    if (items.size() - at < 4) return false;
    const std::uint32_t type = big16(items, at);
    const std::size_t length = big16(items, at + 2);
    if (type == 0 || type > kDlepMostItem || length > items.size() - at - 4) return false;
    heartbeat = heartbeat || (type == kDlepHeartbeat && length == 4);
    at += 4 + length;
  }
  return true;
}

/// Session initialization and its response: both must tell the heartbeat interval.
CheckResult check_dlep(const Payload& payload, Side side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 4) return wait_or_no(payload);
  const std::size_t length = big16(bytes, 2);
  if (big16(bytes, 0) != (side == Side::client ? 1U : 2U) || length < 8 || length > 1024) return CheckResult::no();
  if (bytes.size() < 4 + length) return wait_or_no(payload);
  bool heartbeat = false;
  const bool holds = dlep_items_fit(bytes.subspan(4, length), heartbeat) && heartbeat;
  return holds ? CheckResult::yes(9) : CheckResult::no();
}

CheckResult check_dlep_signal(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 8 || big16(bytes, 6) != bytes.size() - 8) return CheckResult::no();
  bool heartbeat = false;
  return dlep_items_fit(bytes.subspan(8), heartbeat) ? CheckResult::yes(8) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> routing_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"bfd", check_bfd, "three BFD control packets of one session"},
      NamedCheck{"dlep", check_dlep, "DLEP's session initialization or its response, items to the last byte"},
      NamedCheck{"dlep-signal", check_dlep_signal, "a DLEP signal, items to the last byte"},
      NamedCheck{"hsrp", check_hsrp, "an HSRP packet of version 0 or 2"},
      NamedCheck{"nat-pmp", check_nat_pmp, "a NAT-PMP request that is repeated"},
  };
  return kChecks;
}

}  // namespace ghostport
