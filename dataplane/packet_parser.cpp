#include "dataplane/packet_parser.h"

#include <algorithm>
#include <cstring>

namespace ghostport {
namespace {

// EtherTypes (IEEE 802 numbers, IANA) and protocol numbers (IANA).
constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kIpv6 = 0x86DD;
constexpr std::uint16_t kVlan = 0x8100;
constexpr std::uint16_t kServiceVlan = 0x88A8;
constexpr std::uint16_t kOldServiceVlan = 0x9100;
constexpr std::uint16_t kMpls = 0x8847;
constexpr std::uint16_t kMplsMulticast = 0x8848;
constexpr std::uint16_t kPppoeSession = 0x8864;
constexpr std::uint16_t kMacsec = 0x88E5;
constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kIpInIp = 4;
constexpr std::uint8_t kIpv6InIp = 41;
constexpr std::uint8_t kGre = 47;
constexpr std::uint8_t kEsp = 50;
constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kAuthentication = 51;
constexpr std::uint8_t kIcmp6 = 58;
constexpr std::uint8_t kDestination = 60;
constexpr std::uint8_t kMobility = 135;
constexpr std::uint32_t kEthernetHeader = 14;
constexpr unsigned kMostVlanTags = 4;
constexpr unsigned kMostExtensionHeaders = 24;  // RFC 8200 sets no limit; more is no honest packet

std::uint16_t get16(const std::uint8_t* at) noexcept { return static_cast<std::uint16_t>(at[0] << 8U | at[1]); }

bool is_vlan(std::uint16_t type) noexcept { return type == kVlan || type == kServiceVlan || type == kOldServiceVlan; }

/// Where IP begins, and which: 0 for neither.
struct Link {
  std::uint32_t offset = 0;
  std::uint16_t type = 0;
  std::uint8_t vlans = 0;
  std::uint16_t vlan[2]{};
  bool too_many = false;
  bool truncated = false;
  bool tunnel = false;
};

Link read_link(const std::uint8_t* data, std::uint32_t captured) noexcept {
  Link link;
  if (captured < kEthernetHeader) {
    link.truncated = true;
    return link;
  }
  std::uint32_t offset = kEthernetHeader;
  std::uint16_t type = get16(data + 12);
  unsigned tags = 0;
  while (is_vlan(type)) {
    if (offset + 4 > captured) {
      link.truncated = true;
      return link;
    }
    if (++tags > kMostVlanTags) {
      link.too_many = true;
      return link;
    }
    if (link.vlans < 2) link.vlan[link.vlans++] = static_cast<std::uint16_t>(get16(data + offset) & 0x0FFFU);
    type = get16(data + offset + 2);
    offset += 4;
  }
  link.offset = offset;
  link.type = type == kIpv4 || type == kIpv6 ? type : 0;
  link.tunnel = type == kMpls || type == kMplsMulticast || type == kPppoeSession || type == kMacsec;
  return link;
}

/// One IP header with its chain, bounded by `end` (captured bytes).
struct Network {
  enum class State : std::uint8_t { good, bad, truncated, fragment, chain } state = State::bad;
  std::uint8_t family = 4;
  std::uint8_t protocol = 0;
  const std::uint8_t* source = nullptr;
  const std::uint8_t* destination = nullptr;
  std::uint32_t transport = 0;  ///< offset
  std::uint32_t wire_end = 0;   ///< offset at which the packet ends on the wire, by the header's length
};

Network read_ipv4(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end,
                  std::uint32_t frame_length) noexcept {
  Network network;
  if (offset + 20 > end) {
    network.state = Network::State::truncated;
    return network;
  }
  const std::uint8_t* ip = data + offset;
  const std::uint32_t header = (ip[0] & 0x0FU) * 4U;
  std::uint32_t total = get16(ip + 2);
  if (total == 0) total = frame_length - offset;  // segmentation offload writes 0
  if ((ip[0] >> 4U) != 4 || header < 20 || total < header) return network;
  if (offset + header > end) {
    network.state = Network::State::truncated;
    return network;
  }
  network.protocol = ip[9];
  network.source = ip + 12;
  network.destination = ip + 16;
  network.transport = offset + header;
  network.wire_end = offset + total;
  network.state = (get16(ip + 6) & 0x3FFFU) != 0 ? Network::State::fragment : Network::State::good;  // MF or an offset
  return network;
}

Network read_ipv6(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end,
                  std::uint32_t frame_length) noexcept {
  Network network;
  network.family = 6;
  if (offset + 40 > end) {
    network.state = Network::State::truncated;
    return network;
  }
  const std::uint8_t* ip = data + offset;
  if ((ip[0] >> 4U) != 6) return network;
  const std::uint32_t payload = get16(ip + 4);
  network.source = ip + 8;
  network.destination = ip + 24;
  network.wire_end = payload == 0 ? frame_length : offset + 40 + payload;
  std::uint8_t next = ip[6];
  std::uint32_t at = offset + 40;
  for (unsigned headers = 0;; ++headers) {
    const bool extension = next == kHopByHop || next == kRouting || next == kDestination || next == kMobility ||
                           next == kFragment || next == kAuthentication;
    if (!extension) break;
    if (headers == kMostExtensionHeaders) {
      network.state = Network::State::chain;
      return network;
    }
    if (at + 8 > end) {
      network.state = at + 8 > network.wire_end ? Network::State::chain : Network::State::truncated;
      return network;
    }
    if (next == kFragment && (get16(data + at + 2) & 0xFFF9U) != 0) {  // not atomic (RFC 6946)
      network.state = Network::State::fragment;
      return network;
    }
    const std::uint32_t size = next == kFragment         ? 8U
                               : next == kAuthentication ? (data[at + 1] + 2U) * 4U   // RFC 4302 section 2.2
                                                         : (data[at + 1] + 1U) * 8U;  // RFC 8200 section 4
    next = data[at];
    at += size;
    if (at > network.wire_end) {
      network.state = Network::State::chain;
      return network;
    }
  }
  network.protocol = next;
  network.transport = at;
  network.state = Network::State::good;
  return network;
}

Network read_network(const std::uint8_t* data, const Link& link, std::uint32_t captured,
                     std::uint32_t frame_length) noexcept {
  return link.type == kIpv4 ? read_ipv4(data, link.offset, captured, frame_length)
                            : read_ipv6(data, link.offset, captured, frame_length);
}

bool is_error(const Network& network, const std::uint8_t* icmp) noexcept {
  // Destination unreachable: RFC 792, RFC 4443 section 3.1.
  return network.family == 4 ? network.protocol == kIcmp && icmp[0] == 3 : network.protocol == kIcmp6 && icmp[0] == 1;
}

/// The packet that an ICMP error at `offset` quotes.
Network read_quoted(const std::uint8_t* data, std::uint32_t offset, std::uint32_t end, std::uint8_t family) noexcept {
  constexpr std::uint32_t kAnyLength = 0x20000;  // the quoted length is that of a packet we do not have
  return family == 4 ? read_ipv4(data, offset, end, kAnyLength) : read_ipv6(data, offset, end, kAnyLength);
}

bool has_ports(const Network& network, std::uint32_t end) noexcept {
  return network.state == Network::State::good && (network.protocol == kTcp || network.protocol == kUdp) &&
         network.transport + 4 <= end;
}

bool is_group(const Network& network) noexcept {
  if (network.family == 6) return network.destination[0] == 0xFF;
  return (network.destination[0] & 0xF0U) == 0xE0U ||
         (network.destination[0] & network.destination[1] & network.destination[2] & network.destination[3]) == 0xFF;
}

void count_broken(Network::State state, Counters& counters) noexcept {
  switch (state) {
    case Network::State::good: break;
    case Network::State::bad: counters.add(Counter::bad_ip_header); break;
    case Network::State::truncated: counters.add(Counter::truncated_ip); break;
    case Network::State::fragment: counters.add(Counter::fragments); break;
    case Network::State::chain: counters.add(Counter::ipv6_header_chain); break;
  }
}

void parse_icmp(Packet& packet, const Network& network, Counters& counters) noexcept {
  if (network.transport + 8 > packet.captured || !is_error(network, packet.data + network.transport)) {
    counters.add(Counter::other_protocol);
    return;
  }
  counters.add(Counter::icmp_errors);
  const Network quoted = read_quoted(packet.data, network.transport + 8, packet.captured, network.family);
  if (!has_ports(quoted, packet.captured)) return;
  const std::uint8_t* ports = packet.data + quoted.transport;
  packet.direction =
      make_five_tuple(packet.key, quoted.family, quoted.protocol == kTcp ? Transport::tcp : Transport::udp,
                      quoted.source, quoted.destination, get16(ports), get16(ports + 2));
  packet.kind = PacketKind::icmp_error;
}

std::uint64_t sum_words(const std::uint8_t* data, std::size_t size) noexcept {
  std::uint64_t sum = 0;
  std::size_t i = 0;
  for (; i + 4 <= size; i += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, data + i, 4);
    sum += word;
  }
  if (i < size) {
    std::uint32_t word = 0;
    std::memcpy(&word, data + i, size - i);
    sum += word;
  }
  return sum;
}

std::uint16_t fold(std::uint64_t sum) noexcept {
  while ((sum >> 16U) != 0) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace

void parse_packet(Packet& packet, Counters& counters) noexcept {
  packet.kind = PacketKind::none;
  if (packet.link_type != kLinkEthernet) {
    counters.add(Counter::unknown_link_type);
    return;
  }
  const Link link = read_link(packet.data, packet.captured);
  if (link.type == 0) {
    counters.add(link.truncated  ? Counter::truncated_frame
                 : link.too_many ? Counter::too_many_vlan_tags
                 : link.tunnel   ? Counter::tunnels
                                 : Counter::unknown_ethertype);
    return;
  }
  const Network network = read_network(packet.data, link, packet.captured, packet.length);
  if (network.state != Network::State::good) {
    count_broken(network.state, counters);
    return;
  }
  packet.vlans = link.vlans;
  packet.vlan[0] = link.vlan[0];
  packet.vlan[1] = link.vlan[1];
  packet.ip_offset = static_cast<std::uint16_t>(link.offset);
  packet.transport_offset = static_cast<std::uint16_t>(network.transport);
  packet.group = is_group(network);
  if (network.protocol == kIcmp || network.protocol == kIcmp6) {
    parse_icmp(packet, network, counters);
    return;
  }
  if (network.protocol != kTcp && network.protocol != kUdp) {
    const bool tunnel = network.protocol == kIpInIp || network.protocol == kIpv6InIp || network.protocol == kGre ||
                        network.protocol == kEsp;
    counters.add(tunnel ? Counter::tunnels : Counter::other_protocol);
    return;
  }
  const bool tcp = network.protocol == kTcp;
  const std::uint32_t least = tcp ? 20 : 8;
  if (network.transport + least > packet.captured) {
    counters.add(network.transport + least > network.wire_end ? Counter::bad_transport_header : Counter::truncated_ip);
    return;
  }
  const std::uint8_t* header = packet.data + network.transport;
  std::uint32_t wire_end = network.wire_end;
  std::uint32_t size = 8;
  if (tcp) {
    size = (header[12] >> 4U) * 4U;
    packet.tcp_flags = static_cast<std::uint8_t>(header[13]);
  } else {
    const std::uint32_t length = get16(header + 4);
    if (length != 0 && length < 8) size = 0;
    if (length >= 8) wire_end = std::min(wire_end, network.transport + length);
  }
  if (size < least || network.transport + size > wire_end) {
    counters.add(Counter::bad_transport_header);
    return;
  }
  packet.payload_offset = network.transport + size;
  packet.payload_length = wire_end - packet.payload_offset;
  packet.payload_captured = packet.captured > packet.payload_offset
                                ? std::min(packet.payload_length, packet.captured - packet.payload_offset)
                                : 0;
  packet.direction = make_five_tuple(packet.key, network.family, tcp ? Transport::tcp : Transport::udp, network.source,
                                     network.destination, get16(header), get16(header + 2));
  packet.kind = tcp ? PacketKind::tcp : PacketKind::udp;
}

std::uint64_t shard_hash(const std::uint8_t* data, std::uint32_t captured) noexcept {
  const Link link = read_link(data, captured);
  if (link.type == 0) return 0;
  Network network = read_network(data, link, captured, captured);
  if (network.source == nullptr) return 0;
  const bool icmp = network.state == Network::State::good &&
                    (network.protocol == kIcmp || network.protocol == kIcmp6) && network.transport + 8 <= captured &&
                    is_error(network, data + network.transport);
  if (icmp) {
    const Network quoted = read_quoted(data, network.transport + 8, captured, network.family);
    if (quoted.source != nullptr) network = quoted;
  }
  return pair_hash(network.source, network.destination, network.family == 4 ? 4 : 16);
}

bool checksums_good(const Packet& packet) noexcept {
  const bool v4 = packet.key.family == 4;
  const std::uint8_t* ip = packet.data + packet.ip_offset;
  if (v4 && get16(ip + 10) != 0 && fold(sum_words(ip, (ip[0] & 0x0FU) * 4U)) != 0xFFFF) return false;
  if (packet.payload_offset + packet.payload_length > packet.captured) return true;  // options may be cut, too
  const std::uint32_t size = packet.payload_offset + packet.payload_length - packet.transport_offset;
  const std::uint8_t* transport = packet.data + packet.transport_offset;
  const bool udp = packet.kind == PacketKind::udp;
  if (udp && get16(transport + 6) == 0) return true;
  std::uint64_t sum = v4 ? sum_words(ip + 12, 8) : sum_words(ip + 8, 32);
  const std::uint8_t tail[4] = {0, udp ? kUdp : kTcp, static_cast<std::uint8_t>(size >> 8U),
                                static_cast<std::uint8_t>(size)};
  sum += sum_words(tail, 4);
  sum += sum_words(transport, size);
  return fold(sum) == 0xFFFF;
}

std::uint64_t datagram_fingerprint(const Packet& packet) noexcept {
  const std::uint8_t* at = packet.data + packet.transport_offset;
  const std::size_t size = 8U + packet.payload_captured;
  std::uint64_t hash = packet.key.family == 4 ? get16(packet.data + packet.ip_offset + 4) : 0;
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at + i, 8);
    hash = mix(hash, word);
  }
  std::uint64_t word = 0;
  std::memcpy(&word, at + i, size - i);
  return mix(hash, word ^ size);
}

}  // namespace ghostport
