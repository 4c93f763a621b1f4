#include "tests/link_frames.h"

#include <algorithm>

namespace ghostport::packets {
namespace {

constexpr std::uint16_t kPppIpv4 = 0x0021, kPppIpv6 = 0x0057;  // IANA's PPP numbers
constexpr std::uint16_t kArpEthernet = 1;                      // ARPHRD_ETHER

bool is_ipv6(const ByteString& datagram) { return datagram.at(0) >> 4 == 6; }

ByteWriter& add_mac(ByteWriter& out, const MacAddress& mac) { return out.add(ByteString(mac.begin(), mac.end())); }

}  // namespace

std::uint16_t ether_type_of(const ByteString& datagram) { return is_ipv6(datagram) ? kEtherIpv6 : kEtherIpv4; }

ByteString ethernet_frame(const EthernetHeader& ethernet, const std::vector<VlanTag>& vlans, std::uint16_t type,
                          const ByteString& inside) {
  ByteWriter out;
  add_mac(add_mac(out, ethernet.destination), ethernet.source);
  for (const VlanTag& tag : vlans) {
    out.u16(tag.protocol_id)
        .u16(static_cast<unsigned>(tag.priority) << 13 | (tag.drop_eligible ? 0x1000U : 0U) | tag.id);
  }
  ByteString bytes = out.u16(ethernet.ether_type.value_or(type)).add(inside).bytes();
  bytes.resize(std::max(bytes.size(), ethernet.minimum_frame));
  return bytes;
}

ByteString snap_frame(const EthernetHeader& ethernet, const ByteString& datagram) {
  const ByteString inside =
      ByteWriter().u24(0xAAAA03).u24(0).u16(ether_type_of(datagram)).add(datagram).bytes();  // SAP, control, OUI
  return ethernet_frame(ethernet, {}, static_cast<std::uint16_t>(inside.size()), inside);
}

ByteString mpls(const std::vector<MplsLabel>& stack, const ByteString& inside) {
  ByteWriter out;
  for (std::size_t i = 0; i < stack.size(); ++i) {
    const bool bottom = i + 1 == stack.size();
    out.u24(stack[i].label << 4 | static_cast<unsigned>(stack[i].traffic_class) << 1 | (bottom ? 1U : 0U))
        .u8(stack[i].time_to_live);
  }
  return out.add(inside).bytes();
}

ByteString pseudowire(const ByteString& ethernet_frame, std::uint16_t sequence) {
  return ByteWriter().u16(0).u16(sequence).add(ethernet_frame).bytes();
}

ByteString ppp(const ByteString& datagram, bool compressed) {
  const std::uint16_t protocol = is_ipv6(datagram) ? kPppIpv6 : kPppIpv4;
  ByteWriter out;
  return (compressed ? out.u8(protocol) : out.u16(protocol)).add(datagram).bytes();
}

ByteString pppoe(const ByteString& ppp, std::uint16_t session) {
  return ByteWriter().u8(0x11).u8(0).u16(session).counted(2, ppp).bytes();
}

ByteString ppp_hdlc(const ByteString& ppp) { return ByteWriter().u16(0xFF03).add(ppp).bytes(); }

ByteString cisco_hdlc(const ByteString& datagram) {
  return ByteWriter().u16(0x0F00).u16(ether_type_of(datagram)).add(datagram).bytes();
}

ByteString loopback(const ByteString& datagram, bool big_endian, std::uint32_t ipv6_family) {
  const std::uint32_t family = is_ipv6(datagram) ? ipv6_family : 2;
  ByteWriter out;
  return (big_endian ? out.u32(family) : out.le32(family)).add(datagram).bytes();
}

ByteString cooked(const MacAddress& source, const ByteString& datagram, std::uint16_t packet_type) {
  ByteWriter out;
  add_mac(out.u16(packet_type).u16(kArpEthernet).u16(source.size()), source).zeros(2);
  return out.u16(ether_type_of(datagram)).add(datagram).bytes();
}

ByteString cooked2(const MacAddress& source, const ByteString& datagram, std::uint8_t packet_type) {
  constexpr std::uint32_t kInterface = 2;
  ByteWriter out;
  out.u16(ether_type_of(datagram)).u16(0).u32(kInterface).u16(kArpEthernet).u8(packet_type).u8(source.size());
  return add_mac(out, source).zeros(2).add(datagram).bytes();
}

}  // namespace ghostport::packets
