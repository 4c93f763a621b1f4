#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"
#include "signatures/checks/units.h"

// Sources: Beckhoff Information System, "TwinCAT ADS/AMS specification" (AMS/TCP header, AMS header, ADS commands). The
// datagrams of discovery and routes are as in Beckhoff's open ADS library and its users.
namespace ghostport {
namespace {

constexpr std::size_t kTcpHeader = 6;
constexpr std::size_t kAmsHeader = 32;
constexpr std::size_t kUdpHeader = 24;  // magic, invoke id, service, address, number of tags
constexpr unsigned kEnough = 60;
constexpr unsigned kDeviceNotification = 8;
constexpr unsigned kMostCommand = 9;

Unit read_packet(Bytes bytes, Side side) noexcept {
  if (bytes.size() < kTcpHeader + kAmsHeader) return Unit::more();
  const std::size_t length = little32(bytes, 2);
  const Bytes ams = bytes.subspan(kTcpHeader);
  const std::uint32_t command = little16(ams, 16);
  const std::uint32_t flags = little16(ams, 18);
  if (big16(bytes, 0) != 0 || length < kAmsHeader || length - kAmsHeader != little32(ams, 20)) return Unit::no();
  if (command < 1 || command > kMostCommand || (flags != 4 && flags != 5)) return Unit::no();
  // Notifications go out as commands of the side that was asked for them.
  const bool from_server = flags == 5 || command == kDeviceNotification;
  if (from_server != (side == Side::server)) return Unit::no();
  return Unit::yes(kTcpHeader + length, 16 + 32 + 12 + 15);
}

CheckResult check_ads(const Payload& payload, Side side) noexcept {
  return check_units_of(payload, side, kEnough, read_packet);
}

/// Magic, a known service, asked or answered, and tags that fill the datagram.
CheckResult check_ads_datagram(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  if (bytes.size() < kUdpHeader || little32(bytes, 0) != 0x71146603) return CheckResult::no();
  const std::uint32_t service = little32(bytes, 8);
  if ((service & 0x7FFFFFFF) > 0xFFFF) return CheckResult::no();
  const std::uint32_t tags = little32(bytes, 20);
  Cursor cursor(bytes, kUdpHeader);
  for (std::uint32_t i = 0; i < tags && !cursor.ended(); ++i) {
    cursor.skip(2);
    cursor.skip(cursor.little16());
  }
  // Some searchers fill the datagram up with zeros.
  return cursor.ended() || !is_zero(bytes.subspan(cursor.position())) ? CheckResult::no() : CheckResult::yes(8);
}

}  // namespace

std::span<const NamedCheck> ads_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"ads", check_ads, "AMS/TCP packets around ADS commands, with both lengths"},
      NamedCheck{"ads-datagram", check_ads_datagram, "AMS over UDP: magic, service and tags that fill the datagram"},
  };
  return kChecks;
}

}  // namespace ghostport
