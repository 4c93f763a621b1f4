#include "dataplane/layers.h"

#include <algorithm>

namespace ghostport {
namespace {

// EtherTypes (IANA's registry of IEEE 802 numbers).
constexpr std::uint16_t kIpv4Type = 0x0800;
constexpr std::uint16_t kIpv6Type = 0x86DD;
constexpr std::uint16_t kVlan = 0x8100;
constexpr std::uint16_t kServiceVlan = 0x88A8;
constexpr std::uint16_t kOldServiceVlan = 0x9100;
constexpr std::uint16_t kMplsType = 0x8847;
constexpr std::uint16_t kMplsUpstream = 0x8848;
constexpr std::uint16_t kPppoeSession = 0x8864;
constexpr std::uint16_t kMacsec = 0x88E5;
constexpr std::uint16_t kBridged = 0x6558;  // transparent Ethernet bridging: an Ethernet frame follows
constexpr std::uint16_t kPppType = 0x880B;
constexpr std::uint16_t kErspan2 = 0x88BE;
constexpr std::uint16_t kErspan3 = 0x22EB;
constexpr std::uint16_t kLongestLlc = 1500;  // smaller values are the length of an IEEE 802.3 frame

// Link types (the registry of the pcap format, draft-ietf-opsawg-pcaplinktype).
constexpr std::uint16_t kLinkNull = 0;
constexpr std::uint16_t kLinkPpp = 9;
constexpr std::uint16_t kLinkPppHdlc = 50;
constexpr std::uint16_t kLinkPppEther = 51;
constexpr std::uint16_t kLinkRaw = 101;
constexpr std::uint16_t kLinkCiscoHdlc = 104;
constexpr std::uint16_t kLinkLoop = 108;
constexpr std::uint16_t kLinkLinuxCooked = 113;
constexpr std::uint16_t kLinkIpv4 = 228;
constexpr std::uint16_t kLinkIpv6 = 229;
constexpr std::uint16_t kLinkLinuxCooked2 = 276;
constexpr std::uint16_t kRawOfSystems[] = {12, 14};  // the numbers for raw IP of BSD systems and of OpenBSD

constexpr unsigned kMostVlanTags = 4;
constexpr unsigned kMostLabels = 16;  // MPLS: no network stacks more than a handful
constexpr unsigned kMostLayers = 32;  // 4 tunnels with all that may lie between them

enum class Layer : std::uint8_t { ethernet, typed, mpls, ppp, ip, found, fragment, nothing };

bool is_vlan(std::uint16_t type) noexcept { return type == kVlan || type == kServiceVlan || type == kOldServiceVlan; }

/// The way of one packet through its layers.
class Walker {
 public:
  Walker(Packet& packet, Counters& counters) noexcept
      : packet_(packet),
        counters_(counters),
        data_(packet.data),
        end_(packet.captured),
        wire_end_(std::max(packet.captured, packet.length)) {}

  [[nodiscard]] Layer first_layer() noexcept;
  [[nodiscard]] Reach walk(Layer layer) noexcept;
  /// From an IP header on.
  [[nodiscard]] Reach walk_from(std::uint32_t offset) noexcept {
    at_ = offset;
    return walk(Layer::ip);
  }
  /// That header alone.
  [[nodiscard]] Reach read(std::uint32_t offset) noexcept {
    at_ = offset;
    IpHeader header;
    const Layer layer = ip_header(header);
    return layer == Layer::found ? Reach::network : layer == Layer::fragment ? Reach::fragment : Reach::nothing;
  }

 private:
  [[nodiscard]] Layer lost(Counter why) noexcept {
    counters_.add(why);
    return Layer::nothing;
  }
  [[nodiscard]] bool has(std::uint32_t bytes) const noexcept { return at_ + bytes <= end_; }
  [[nodiscard]] Layer typed_at(std::uint32_t type_offset, std::uint32_t size) noexcept;
  [[nodiscard]] Layer by_family() noexcept;
  [[nodiscard]] Layer by_type() noexcept;
  [[nodiscard]] Layer pppoe() noexcept;
  [[nodiscard]] Layer ppp() noexcept;
  [[nodiscard]] Layer mpls() noexcept;
  [[nodiscard]] Layer ip() noexcept;
  [[nodiscard]] Layer ip_header(IpHeader& header) noexcept;
  [[nodiscard]] Layer inside(const IpHeader& header) noexcept;
  [[nodiscard]] Layer gre() noexcept;
  [[nodiscard]] Layer erspan(bool numbered) noexcept;
  [[nodiscard]] Layer udp() noexcept;
  [[nodiscard]] Layer enter(TunnelKind kind, std::uint32_t header, Layer layer) noexcept;

  Packet& packet_;
  Counters& counters_;
  const std::uint8_t* data_;
  std::uint32_t at_ = 0;
  std::uint32_t end_;       // what the capture holds of the running layer
  std::uint32_t wire_end_;  // where the running layer ends on the wire
  std::uint16_t type_ = 0;
  std::uint8_t version_ = 0;  // of IP, where the layer before said it; else 0
  unsigned tags_ = 0;
};

Layer Walker::first_layer() noexcept {
  switch (packet_.link_type) {
    case kLinkEthernet: return Layer::ethernet;
    case kLinkNull:
    case kLinkLoop: return by_family();
    case kLinkPpp:
    case kLinkPppHdlc: return Layer::ppp;
    case kLinkPppEther: return pppoe();
    case kLinkRaw:
    case kRawOfSystems[0]:
    case kRawOfSystems[1]:
    case kLinkIpv4:
    case kLinkIpv6: return Layer::ip;
    case kLinkCiscoHdlc: return typed_at(2, 4);
    case kLinkLinuxCooked: return typed_at(14, 16);
    case kLinkLinuxCooked2: return typed_at(0, 20);
    default: return lost(Counter::unknown_link_type);
  }
}

Reach Walker::walk(Layer layer) noexcept {
  for (unsigned layers = 0; layers < kMostLayers; ++layers) {
    switch (layer) {
      case Layer::ethernet: layer = typed_at(12, 14); break;
      case Layer::typed: layer = by_type(); break;
      case Layer::mpls: layer = mpls(); break;
      case Layer::ppp: layer = ppp(); break;
      case Layer::ip: layer = ip(); break;
      case Layer::found: return Reach::network;
      case Layer::fragment: return Reach::fragment;
      case Layer::nothing: return Reach::nothing;
    }
  }
  if (layer == Layer::found) return Reach::network;
  if (layer != Layer::nothing) counters_.add(Counter::deep_tunnels);
  return Reach::nothing;
}

/// A link header of `size` bytes with an EtherType in it.
Layer Walker::typed_at(std::uint32_t type_offset, std::uint32_t size) noexcept {
  if (!has(size)) return lost(Counter::truncated_frame);
  type_ = get16(data_ + at_ + type_offset);
  at_ += size;
  return Layer::typed;
}

/// The address family as the capturing system numbers it, in its own byte order: 2 is IPv4 everywhere.
Layer Walker::by_family() noexcept {
  if (!has(4)) return lost(Counter::truncated_frame);
  const std::uint8_t* at = data_ + at_;
  if ((at[0] | at[1]) != 0 && (at[2] | at[3]) != 0) return lost(Counter::unknown_ethertype);
  const auto family = static_cast<std::uint8_t>(at[0] | at[3]);
  at_ += 4;
  // IPv6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS.
  const bool known = family == 2 || family == 10 || family == 24 || family == 28 || family == 30;
  return known ? Layer::ip : lost(Counter::unknown_ethertype);
}

Layer Walker::by_type() noexcept {
  while (is_vlan(type_)) {
    if (!has(4)) return lost(Counter::truncated_frame);
    if (++tags_ > kMostVlanTags) return lost(Counter::too_many_vlan_tags);
    if (packet_.vlans < 2) packet_.vlan[packet_.vlans++] = static_cast<std::uint16_t>(get16(data_ + at_) & 0x0FFFU);
    type_ = get16(data_ + at_ + 2);
    at_ += 4;
  }
  if (type_ == kIpv4Type || type_ == kIpv6Type) {
    version_ = type_ == kIpv4Type ? 4 : 6;
    return Layer::ip;
  }
  if (type_ == kMplsType || type_ == kMplsUpstream) return Layer::mpls;
  if (type_ == kPppoeSession) return pppoe();
  if (type_ == kMacsec) return lost(Counter::closed_tunnels);
  // IEEE 802.2 with SNAP and an EtherType (RFC 1042).
  if (type_ <= kLongestLlc && has(8) && data_[at_] == 0xAA && data_[at_ + 1] == 0xAA && data_[at_ + 2] == 3)
    return typed_at(6, 8);
  return lost(Counter::unknown_ethertype);
}

/// RFC 2516 section 4: version and type 1, code 0 in a session.
Layer Walker::pppoe() noexcept {
  if (!has(6)) return lost(Counter::truncated_frame);
  if (data_[at_] != 0x11 || data_[at_ + 1] != 0) return lost(Counter::unknown_ethertype);
  at_ += 6;
  return Layer::ppp;
}

/// RFC 1661 section 2, RFC 1662 section 3.1: address and control, and the first byte of the protocol, may be left out.
Layer Walker::ppp() noexcept {
  if (!has(4)) return lost(Counter::truncated_frame);
  if (data_[at_] == 0xFF && data_[at_ + 1] == 3) at_ += 2;
  const bool is_short = (data_[at_] & 1U) != 0;
  const std::uint16_t protocol = is_short ? data_[at_] : get16(data_ + at_);
  at_ += is_short ? 1U : 2U;
  if (protocol == 0x21 || protocol == 0x57) {
    version_ = protocol == 0x21 ? 4 : 6;
    return Layer::ip;
  }
  return protocol == 0x281 ? Layer::mpls : lost(Counter::unknown_ethertype);
}

/// RFC 3032. What follows the last label says only by its first bits what it is (RFC 4928 section 3).
Layer Walker::mpls() noexcept {
  for (unsigned labels = 0;; ++labels) {
    if (!has(5)) return lost(Counter::truncated_frame);
    if (labels == kMostLabels) return lost(Counter::deep_tunnels);
    const bool bottom = (data_[at_ + 2] & 1U) != 0;
    at_ += 4;
    if (bottom) break;
  }
  if (looks_like_ip(data_, at_, end_)) return Layer::ip;
  const bool control_word = (data_[at_] & 0xF0U) == 0;  // RFC 4385 section 3
  if (control_word && looks_like_frame(data_, at_ + 4, end_)) at_ += 4;
  return looks_like_frame(data_, at_, end_) ? Layer::ethernet : lost(Counter::closed_tunnels);
}

Layer Walker::ip() noexcept {
  IpHeader header;
  const Layer layer = ip_header(header);
  return layer == Layer::found ? inside(header) : layer;
}

Layer Walker::ip_header(IpHeader& header) noexcept {
  if (version_ != 0 && has(1) && (data_[at_] >> 4U) != version_) return lost(Counter::bad_ip_header);
  version_ = 0;
  header = read_ip(data_, at_, end_, wire_end_);
  switch (header.state) {
    case IpHeader::State::bad: return lost(Counter::bad_ip_header);
    case IpHeader::State::truncated: return lost(Counter::truncated_ip);
    case IpHeader::State::chain: return lost(Counter::ipv6_header_chain);
    case IpHeader::State::good:
    case IpHeader::State::fragment: break;
  }
  if (header.transport_offset > 0xFFFF) return lost(Counter::ipv6_header_chain);
  packet_.family = header.family;
  packet_.protocol = header.protocol;
  packet_.ip_offset = static_cast<std::uint16_t>(at_);
  packet_.transport_offset = static_cast<std::uint16_t>(header.transport_offset);
  packet_.wire_end = header.wire_end;
  packet_.end = std::min(end_, header.wire_end);
  packet_.doubtful = packet_.doubtful || header.doubtful || header.wire_end > wire_end_;
  return header.state == IpHeader::State::fragment ? Layer::fragment : Layer::found;
}

Layer Walker::inside(const IpHeader& header) noexcept {
  at_ = header.transport_offset;
  end_ = packet_.end;
  wire_end_ = std::min(wire_end_, header.wire_end);
  switch (header.protocol) {
    case kUdp: return udp();
    case kIpInIp: version_ = 4; return enter(TunnelKind::ipv4, 0, Layer::ip);
    case kIpv6InIp: version_ = 6; return enter(TunnelKind::ipv6, 0, Layer::ip);
    case kGre: return gre();
    case kMplsInIp: return enter(TunnelKind::mpls, 0, Layer::mpls);
    case kEsp: return lost(Counter::closed_tunnels);
    default: return Layer::found;
  }
}

Layer Walker::enter(TunnelKind kind, std::uint32_t header, Layer layer) noexcept {
  if (packet_.tunnels == kMostTunnels) return lost(Counter::deep_tunnels);
  if (!has(header)) return lost(Counter::truncated_ip);
  if (packet_.tunnels++ == 0) {
    packet_.outer_offset = packet_.ip_offset;
    counters_.add(Counter::tunnels);
  }
  packet_.tunnel = kind;
  at_ += header;
  tags_ = 0;
  return layer;
}

/// RFC 2784, RFC 2890 (key and number), RFC 1701 (routing), RFC 2637 (version 1: PPP).
Layer Walker::gre() noexcept {
  if (!has(4)) return lost(Counter::truncated_ip);
  const std::uint8_t* header = data_ + at_;
  const unsigned version = header[1] & 7U;
  const bool checksum = (header[0] & 0xC0U) != 0;  // with routing there is a checksum field too
  const bool key = (header[0] & 0x20U) != 0;
  const bool number = (header[0] & 0x10U) != 0;
  const bool acknowledgment = version == 1 && (header[1] & 0x80U) != 0;
  const std::uint16_t type = get16(header + 2);
  if (version > 1 || (header[0] & 0x40U) != 0) return lost(Counter::closed_tunnels);
  const std::uint32_t size =
      4U + (checksum ? 4U : 0U) + (key ? 4U : 0U) + (number ? 4U : 0U) + (acknowledgment ? 4U : 0U);
  type_ = type;
  switch (type) {
    case kIpv4Type:
    case kIpv6Type:
    case kVlan:
    case kServiceVlan: return enter(TunnelKind::gre, size, Layer::typed);
    case kBridged: return enter(TunnelKind::gre, size, Layer::ethernet);
    case kMplsType:
    case kMplsUpstream: return enter(TunnelKind::gre, size, Layer::mpls);
    case kPppType: return enter(TunnelKind::gre, size, Layer::ppp);
    case kErspan2:
    case kErspan3: {
      const Layer layer = enter(TunnelKind::erspan, size, Layer::ethernet);
      return layer == Layer::ethernet ? erspan(number) : layer;
    }
    default: return lost(Counter::closed_tunnels);
  }
}

/// draft-foschiano-erspan-03 section 4: type I has no header of its own and no GRE number, type II 8 bytes, type III
/// 12, and 8 more where its last bit says so.
Layer Walker::erspan(bool numbered) noexcept {
  std::uint32_t size = 0;
  if (type_ == kErspan2) size = numbered ? 8 : 0;
  if (type_ == kErspan3) {
    if (!has(12)) return lost(Counter::truncated_ip);
    size = (data_[at_ + 11] & 1U) != 0 ? 20 : 12;
  }
  if (!has(size)) return lost(Counter::truncated_ip);
  at_ += size;
  return Layer::ethernet;
}

Layer Walker::udp() noexcept {
  if (!has(8)) return Layer::found;
  const UdpTunnel tunnel = find_udp_tunnel(data_, at_, end_);
  switch (tunnel.next) {
    case UdpTunnel::Next::none: return Layer::found;
    case UdpTunnel::Next::ip: return enter(tunnel.kind, tunnel.header, Layer::ip);
    case UdpTunnel::Next::ethernet: return enter(tunnel.kind, tunnel.header, Layer::ethernet);
  }
  return Layer::found;
}

}  // namespace

bool may_hold_ip(const Packet& packet) noexcept {
  if (packet.link_type != kLinkEthernet || packet.captured < 15) return true;
  switch (const std::uint16_t type = get16(packet.data + 12)) {
    case kIpv4Type:
    case kIpv6Type:
    case kVlan:
    case kServiceVlan:
    case kOldServiceVlan:
    case kMplsType:
    case kMplsUpstream:
    case kPppoeSession:
    case kMacsec: return true;
    default: return type <= kLongestLlc && packet.data[14] == 0xAA;  // SNAP
  }
}

Reach find_network(Packet& packet, Counters& counters) noexcept {
  if (const PlainHeaders plain = plain_headers(packet); plain.family != 0) {
    take_plain(packet, plain);
    return Reach::network;
  }
  packet.family = packet.vlans = packet.tunnels = 0;
  packet.tunnel = TunnelKind::none;
  packet.anomalies = 0;
  packet.doubtful = false;
  Walker walker(packet, counters);
  return walker.walk(walker.first_layer());
}

Reach resume_network(Packet& packet, Counters& counters) noexcept {
  return Walker(packet, counters).walk_from(packet.ip_offset);
}

Reach read_network(Packet& packet, Counters& counters) noexcept {
  return Walker(packet, counters).read(packet.ip_offset);
}

TunnelNote tunnel_note(const Packet& packet) noexcept {
  TunnelNote note;
  if (packet.tunnels == 0) return note;
  const IpHeader outer = read_ip(packet.data, packet.outer_offset, packet.captured, kAnyLength);
  if (outer.source == nullptr) return note;
  note.source = outer.family == 4 ? Address::v4(outer.source) : Address::v6(outer.source);
  note.destination = outer.family == 4 ? Address::v4(outer.destination) : Address::v6(outer.destination);
  note.protocol = outer.protocol;
  note.depth = packet.tunnels;
  note.kind = packet.tunnel;
  if (outer.protocol == kUdp && outer.transport_offset + 4 <= packet.captured) {
    note.source_port = get16(packet.data + outer.transport_offset);
    note.destination_port = get16(packet.data + outer.transport_offset + 2);
  }
  return note;
}

}  // namespace ghostport
