#include "dataplane/udp_tunnels.h"

#include "dataplane/ip_header.h"

namespace ghostport {
namespace {

constexpr std::uint32_t kUdpHeader = 8;
constexpr unsigned kMostGtpExtensions = 8;

/// RFC 7348 section 5: the I flag, an identifier, an Ethernet frame.
UdpTunnel vxlan(const std::uint8_t* data, std::uint32_t at, std::uint32_t end) noexcept {
  if (at + 8 > end || (data[at] & 0x08U) == 0 || !looks_like_frame(data, at + 8, end)) return {};
  return {UdpTunnel::Next::ethernet, TunnelKind::vxlan, 8};
}

/// RFC 8926 section 3.4: version 0, options in words of 4 bytes, an EtherType.
UdpTunnel geneve(const std::uint8_t* data, std::uint32_t at, std::uint32_t end) noexcept {
  if (at + 8 > end || (data[at] & 0xC0U) != 0) return {};
  const std::uint32_t header = 8U + (data[at] & 0x3FU) * 4U;
  const std::uint16_t type = get16(data + at + 2);
  if (type == 0x6558 && looks_like_frame(data, at + header, end))
    return {UdpTunnel::Next::ethernet, TunnelKind::geneve, header};
  if ((type == 0x0800 || type == 0x86DD) && looks_like_ip(data, at + header, end))
    return {UdpTunnel::Next::ip, TunnelKind::geneve, header};
  return {};
}

/// 3GPP TS 29.281 sections 5.1 and 5.2: version 1, message type 255 (G-PDU), optional fields, extension headers.
UdpTunnel gtp(const std::uint8_t* data, std::uint32_t at, std::uint32_t end) noexcept {
  if (at + 8 > end || (data[at] & 0xF0U) != 0x30 || data[at + 1] != 255) return {};
  std::uint32_t header = 8;
  if ((data[at] & 7U) != 0) {
    header = 12;
    if (at + header > end) return {};
    std::uint8_t next = (data[at] & 4U) != 0 ? data[at + 11] : 0;
    for (unsigned count = 0; next != 0; ++count) {
      if (count == kMostGtpExtensions || at + header >= end) return {};
      const std::uint32_t size = data[at + header] * 4U;
      if (size == 0 || at + header + size > end) return {};
      header += size;
      next = data[at + header - 1];
    }
  }
  if (!looks_like_ip(data, at + header, end)) return {};
  return {UdpTunnel::Next::ip, TunnelKind::gtp, header};
}

/// RFC 4380 section 5.1.1: an authentication and an origin indicator may stand before the IPv6 packet, which is as long
/// as the datagram has room and has a Teredo or a link-local address.
UdpTunnel teredo(const std::uint8_t* data, std::uint32_t at, std::uint32_t end, std::uint32_t wire_end) noexcept {
  std::uint32_t header = 0;
  if (at + 4 <= end && get16(data + at) == 0x0001) header += 13U + data[at + 2] + data[at + 3];
  if (at + header + 8 <= end && get16(data + at + header) == 0x0000) header += 8;
  const std::uint32_t ip = at + header;
  if (ip + 40 > end || (data[ip] >> 4U) != 6 || ip + 40 + get16(data + ip + 4) != wire_end) return {};
  const auto fits = [data](std::uint32_t address) {
    return (get16(data + address) == 0x2001 && get16(data + address + 2) == 0) ||
           (get16(data + address) & 0xFFC0U) == 0xFE80;
  };
  if (!fits(ip + 8) && !fits(ip + 24)) return {};
  return {UdpTunnel::Next::ip, TunnelKind::teredo, header};
}

UdpTunnel by_port(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end) noexcept {
  const std::uint32_t inside = offset + kUdpHeader;
  switch (get16(data + offset + 2)) {
    case kVxlan:
    case kOldVxlan: return vxlan(data, inside, end);
    case kGeneve: return geneve(data, inside, end);
    case kGtpUser: return gtp(data, inside, end);
    case kTeredo: return teredo(data, inside, end, offset + get16(data + offset + 4));
    default: break;
  }
  if (get16(data + offset) == kTeredo) return teredo(data, inside, end, offset + get16(data + offset + 4));
  return {};
}

}  // namespace

UdpTunnel find_udp_tunnel(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end) noexcept {
  UdpTunnel tunnel = by_port(data, offset, end);
  if (tunnel.next != UdpTunnel::Next::none) tunnel.header += kUdpHeader;
  return tunnel;
}

}  // namespace ghostport
