#include "tests/packet_tunnels.h"

#include <stdexcept>

#include "tests/link_frames.h"

namespace ghostport::packets {
namespace {

constexpr std::uint16_t kErspanTwo = 0x88BE, kErspanThree = 0x22EB;

ByteString padded(ByteString bytes) {
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

}  // namespace

PacketBuilder ip_packet(const IpAddress& from, const IpAddress& to, std::uint8_t protocol, const ByteString& inside) {
  PacketBuilder packet;
  packet.between(from, to).payload(inside);
  if (packet.is_ipv6()) {
    packet.ipv6().protocol = protocol;
  } else {
    packet.ipv4().protocol = protocol;
  }
  return packet;
}

PacketBuilder udp_packet(const Endpoint& from, const Endpoint& to, const ByteString& inside) {
  PacketBuilder packet;
  packet.between(from.address, to.address).payload(inside);
  return packet.udp({.source_port = from.port, .destination_port = to.port});
}

ByteString gre(const ByteString& inside, const GreHeader& header) {
  const unsigned flags = (header.checksum ? 0x8000U : 0U) | (header.routing ? 0x4000U : 0U) |
                         (header.key ? 0x2000U : 0U) | (header.sequence ? 0x1000U : 0U) |
                         (header.acknowledgment ? 0x0080U : 0U) | header.reserved_flags | header.version;
  ByteWriter out;
  out.u16(flags).u16(header.protocol ? *header.protocol : ether_type_of(inside));
  const bool with_checksum = header.checksum || header.routing;  // RFC 1701: one of them brings both fields
  if (with_checksum) out.u16(0).u16(0);
  if (header.key) out.u32(*header.key);
  if (header.sequence) out.u32(*header.sequence);
  if (header.acknowledgment) out.u32(*header.acknowledgment);
  if (header.routing) out.u16(0).u8(0).u8(0);  // an entry of no family and no length ends the list
  ByteString bytes = out.add(inside).bytes();
  if (header.checksum) {
    const std::uint16_t checksum = internet_checksum(bytes);
    bytes[4] = static_cast<std::uint8_t>(checksum >> 8);
    bytes[5] = static_cast<std::uint8_t>(checksum & 0xFF);
  }
  return bytes;
}

ByteString erspan(const ByteString& frame, Erspan type, std::uint32_t sequence) {
  constexpr std::uint16_t kVlan = 100, kSession = 7;
  if (type == Erspan::one) return gre(frame, {.protocol = kErspanTwo});
  ByteWriter out;
  if (type == Erspan::two) {
    out.u16(0x1000 | kVlan).u16(0x1800 | kSession).u32(5);  // version 1; encapsulation preserved; port index
    return gre(out.add(frame).bytes(), {.protocol = kErspanTwo, .sequence = sequence});
  }
  const bool subheader = type == Erspan::three_with_subheader;
  out.u16(0x2000 | kVlan).u16(kSession).u32(0x01020304).u16(0);  // version 2; timestamp; security group tag
  out.u16(0x8000 | (subheader ? 1U : 0U));                       // P: Ethernet frame; O: subheader follows
  if (subheader) out.u32(0x0C000000).u32(0);                     // platform 3
  return gre(out.add(frame).bytes(), {.protocol = kErspanThree, .sequence = sequence});
}

ByteString vxlan(const ByteString& frame, std::uint32_t network) {
  return ByteWriter().u8(0x08).u24(0).u24(network).u8(0).add(frame).bytes();
}

ByteString geneve(const ByteString& inside, const GeneveHeader& header) {
  const ByteString options = padded(header.options);
  ByteWriter out;
  out.u8(options.size() / 4).u8(0).u16(header.protocol).u24(header.network).u8(0);
  return out.add(options).add(inside).bytes();
}

ByteString geneve_option(std::uint16_t option_class, std::uint8_t type, const Data& data) {
  const ByteString content = padded(data.bytes);
  return ByteWriter().u16(option_class).u8(type).u8(content.size() / 4).add(content).bytes();
}

ByteString gtp(const ByteString& datagram, const GtpHeader& header) {
  const bool optional_part = header.sequence || header.n_pdu || !header.extensions.empty();
  ByteWriter body;
  if (optional_part) {
    body.u16(header.sequence.value_or(0)).u8(header.n_pdu.value_or(0));
    for (const auto& [type, content] : header.extensions) {
      if (content.empty() || (content.size() + 2) % 4 != 0) throw std::invalid_argument("not the size of an extension");
      body.u8(type).u8((content.size() + 2) / 4).add(content);
    }
    body.u8(0);  // no further extension header
  }
  body.add(datagram);
  const unsigned flags = 0x30U | (header.extensions.empty() ? 0U : 4U) | (header.sequence ? 2U : 0U) |
                         (header.n_pdu ? 1U : 0U);  // version 1, protocol type GTP
  return ByteWriter().u8(flags).u8(header.message).u16(body.size()).u32(header.tunnel).add(body.bytes()).bytes();
}

ByteString teredo(const ByteString& datagram, const TeredoHeaders& headers) {
  ByteWriter out;
  if (headers.authentication) out.u16(0x0001).u16(0).u32(0x01234567).u32(0x89ABCDEF).u8(0);  // no identifier, nonce
  if (headers.origin) out.u16(0x0000).u16(0xFFFF ^ 51514U).u32(0xFFFFFFFF ^ 0xCB007105U);    // 203.0.113.5, obscured
  return out.add(datagram).bytes();
}

}  // namespace ghostport::packets
