#include <array>
#include <string_view>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Sources: ITU-T H.222.0 clauses 2.4.3.2 and 2.4.3.4 (MPEG-2 transport stream), RFC 2974 sections 3 and 6 (session
// announcements), RFC 8866 section 5.
namespace ghostport {
namespace {

constexpr std::size_t kTransportPacket = 188;
constexpr unsigned kPacketsNeeded = 5;

/// Sync byte, no error, a form of adaptation field that exists, and its length.
bool is_transport_packet(Bytes packet) noexcept {
  if (packet[0] != 0x47 || (packet[1] & 0x80) != 0) return false;
  switch (packet[3] >> 4 & 3) {
    case 1: return true;
    case 2: return packet[4] == 183;
    case 3: return packet[4] <= 182;
    default: return false;
  }
}

unsigned transport_packets(Bytes bytes) noexcept {
  if (bytes.size() % kTransportPacket != 0) return 0;
  unsigned packets = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kTransportPacket) {
    if (!is_transport_packet(bytes.subspan(at, kTransportPacket))) return 0;
    ++packets;
  }
  return packets;
}

/// Five packets, in one datagram or several, that leave nothing over.
CheckResult check_transport_stream(const Payload& payload, Side) noexcept {
  if (transport_packets(payload.bytes) == 0) return CheckResult::no();
  unsigned packets = 0;
  for (const Bytes datagram : payload.datagrams) packets += transport_packets(datagram);
  return packets >= kPacketsNeeded ? CheckResult::yes(packets) : wait_or_no(payload);
}

/// Version 1, neither encrypted nor compressed; source and authentication as long as the header says; SDP behind them.
CheckResult check_announcement(const Payload& payload, Side) noexcept {
  constexpr std::string_view kType{"application/sdp\0", 16};
  const Bytes bytes = payload.bytes;
  if (bytes.size() < 8 || bytes[0] >> 5 != 1 || (bytes[0] & 3) != 0) return CheckResult::no();
  const std::size_t header = ((bytes[0] & 0x10) != 0 ? 20U : 8U) + std::size_t{4} * bytes[1];
  if (bytes.size() < header) return CheckResult::no();
  Bytes rest = bytes.subspan(header);
  std::size_t proven = 1;
  if (begins_with(rest, kType)) {
    rest = rest.subspan(kType.size());
    proven += kType.size();
  }
  const bool deletion = (bytes[0] & 4) != 0 && begins_with(rest, "o=") && proven > 1;
  const bool session = begins_with(rest, "v=0\r\no=") || begins_with(rest, "v=0\no=");
  return deletion || session ? CheckResult::yes(proven + 6) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> broadcast_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"mpeg-ts", check_transport_stream, "five MPEG-2 transport packets that fill their datagrams"},
      NamedCheck{"sap", check_announcement, "a session announcement's header with SDP behind it"},
  };
  return kChecks;
}

}  // namespace ghostport
