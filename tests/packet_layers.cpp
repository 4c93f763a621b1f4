#include "tests/packet_layers.h"

#include <algorithm>
#include <stdexcept>

#include "tests/link_frames.h"

namespace ghostport::packets {
namespace {

constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kFragmentHeader = 44, kIcmpV6 = 58, kNoNextHeader = 59;
constexpr std::uint8_t kHopByHop = 0, kDestinationOptions = 60;

unsigned number(std::string_view text, unsigned base, unsigned limit) {
  unsigned value = 0;
  bool valid = !text.empty();
  for (const char digit : text) {
    const unsigned digit_value = hex_digit(digit);
    valid = valid && digit_value < base;
    value = std::min(value * base + digit_value, limit + 1);
  }
  if (!valid || value > limit) throw std::invalid_argument("not a part of an address: " + std::string(text));
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end == std::string_view::npos ? end : end - at));
    if (end == std::string_view::npos) return parts;
    at = end + 1;
  }
}

ByteString parse_v4(std::string_view text) {
  ByteWriter out;
  for (const std::string_view part : split(text, '.')) out.u8(number(part, 10, 255));
  if (out.size() != 4) throw std::invalid_argument("not an IPv4 address: " + std::string(text));
  return out.bytes();
}

ByteString parse_v6_groups(std::string_view text) {
  ByteWriter out;
  if (!text.empty()) {
    for (const std::string_view group : split(text, ':')) out.u16(number(group, 16, 0xFFFF));
  }
  return out.bytes();
}

ByteString parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const ByteString head = parse_v6_groups(text.substr(0, gap));
  const ByteString tail = gap == std::string_view::npos ? ByteString{} : parse_v6_groups(text.substr(gap + 2));
  const std::size_t given = head.size() + tail.size();
  if (given > 16 || (gap == std::string_view::npos && given != 16)) {
    throw std::invalid_argument("not an IPv6 address: " + std::string(text));
  }
  return ByteWriter().add(head).zeros(16 - given).add(tail).bytes();
}

ByteString padded_to_words(ByteString options) {
  options.resize((options.size() + 3) / 4 * 4);
  return options;
}

void set_u16(ByteString& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value & 0xFF);
}

/// Options of a hop-by-hop or destination header, with the length byte in front of them.
ByteString padded_options(const ByteString& options) {
  const std::size_t padding = (8 - (options.size() + 2) % 8) % 8;
  ByteWriter out;
  out.u8((options.size() + 2 + padding) / 8 - 1).add(options);
  if (padding == 1) out.u8(0);                                    // Pad1
  if (padding > 1) out.u8(1).u8(padding - 2).zeros(padding - 2);  // PadN
  return out.bytes();
}

ByteString ipv4_datagram(const Ipv4Header& header, std::uint8_t protocol, const ByteString& inside) {
  const ByteString options = padded_to_words(header.options);
  const std::size_t length = 20 + options.size();
  const unsigned flags = (header.reserved_flag ? 0x8000U : 0U) | (header.dont_fragment ? 0x4000U : 0U) |
                         (header.more_fragments ? 0x2000U : 0U);
  ByteWriter out;
  out.u8(static_cast<unsigned>(header.version) << 4 |
         header.header_words.value_or(static_cast<std::uint8_t>(length / 4)));
  out.u8(header.type_of_service);
  out.u16(header.total_length.value_or(static_cast<std::uint16_t>(length + inside.size())));
  out.u16(header.identification).u16(flags | header.fragment_offset);
  out.u8(header.time_to_live).u8(header.protocol.value_or(protocol)).u16(0);
  out.add(header.source.bytes).add(header.destination.bytes).add(options);
  ByteString bytes = out.bytes();
  set_u16(bytes, 10, header.checksum.value_or(internet_checksum(bytes)));
  return joined(std::move(bytes), inside);
}

ByteString ipv6_datagram(const Ipv6Header& header, std::uint8_t transport, const ByteString& inside) {
  const std::uint8_t protocol = header.protocol.value_or(transport);
  const auto& extensions = header.extensions;
  ByteWriter chain;
  for (std::size_t i = 0; i < extensions.size(); ++i) {
    const std::uint8_t next = i + 1 < extensions.size() ? extensions[i + 1].type : protocol;
    chain.u8(extensions[i].next_header.value_or(next)).add(extensions[i].after_next_header);
  }
  chain.add(inside);
  ByteWriter out;
  out.u32(std::uint32_t{header.version} << 28 | std::uint32_t{header.traffic_class} << 20 | header.flow_label);
  out.u16(header.payload_length.value_or(static_cast<std::uint16_t>(chain.size())));
  out.u8(header.next_header.value_or(extensions.empty() ? protocol : extensions.front().type)).u8(header.hop_limit);
  return out.add(header.source.bytes).add(header.destination.bytes).add(chain.bytes()).bytes();
}

}  // namespace

// ---- layers ----

IpAddress::IpAddress(std::string_view text)
    : bytes(text.find(':') == std::string_view::npos ? parse_v4(text) : parse_v6(text)) {}

MacAddress mac_of(const IpAddress& address) {
  MacAddress mac{2, 0};
  std::copy(address.bytes.end() - 4, address.bytes.end(), mac.begin() + 2);
  return mac;
}

Ipv6Extension hop_by_hop(const ByteString& options) {
  return {.type = kHopByHop, .after_next_header = padded_options(options)};
}

Ipv6Extension destination_options(const ByteString& options) {
  return {.type = kDestinationOptions, .after_next_header = padded_options(options)};
}

Ipv6Extension fragment_header(std::uint16_t offset, bool more_fragments, std::uint32_t identification) {
  const unsigned offset_and_flag = static_cast<unsigned>(offset) << 3 | (more_fragments ? 1U : 0U);
  return {.type = kFragmentHeader,
          .after_next_header = ByteWriter().u8(0).u16(offset_and_flag).u32(identification).bytes()};
}

// ---- one packet ----

PacketBuilder& PacketBuilder::ethernet(EthernetHeader header) {
  ethernet_ = header;
  return *this;
}
PacketBuilder& PacketBuilder::vlan(VlanTag tag) {
  vlans_.push_back(tag);
  return *this;
}
PacketBuilder& PacketBuilder::ipv4(Ipv4Header header) {
  network_ = std::move(header);
  return *this;
}
PacketBuilder& PacketBuilder::ipv6(Ipv6Header header) {
  network_ = std::move(header);
  return *this;
}
PacketBuilder& PacketBuilder::between(const IpAddress& source, const IpAddress& destination) {
  ethernet_.source = mac_of(source);
  ethernet_.destination = mac_of(destination);
  if (source.is_v6() != destination.is_v6()) throw std::invalid_argument("addresses of two families");
  if (source.is_v6()) return ipv6({.source = source, .destination = destination});
  return ipv4({.source = source, .destination = destination});
}
PacketBuilder& PacketBuilder::tcp(TcpHeader header) {
  transport_ = std::move(header);
  return *this;
}
PacketBuilder& PacketBuilder::udp(UdpHeader header) {
  transport_ = header;
  return *this;
}
PacketBuilder& PacketBuilder::icmp(IcmpHeader header) {
  transport_ = header;
  return *this;
}
PacketBuilder& PacketBuilder::payload(Data bytes) {
  payload_ = std::move(bytes.bytes);
  return *this;
}

IpAddress PacketBuilder::source() const {
  return is_ipv6() ? std::get<Ipv6Header>(network_).source : std::get<Ipv4Header>(network_).source;
}
IpAddress PacketBuilder::destination() const {
  return is_ipv6() ? std::get<Ipv6Header>(network_).destination : std::get<Ipv4Header>(network_).destination;
}

std::uint8_t PacketBuilder::protocol_number() const {
  if (std::holds_alternative<TcpHeader>(transport_)) return kTcp;
  if (std::holds_alternative<UdpHeader>(transport_)) return kUdp;
  if (std::holds_alternative<IcmpHeader>(transport_)) return is_ipv6() ? kIcmpV6 : kIcmp;
  return kNoNextHeader;
}

ByteString PacketBuilder::pseudo_header(std::size_t length) const {
  if (std::holds_alternative<std::monostate>(network_)) return {};
  ByteWriter out;
  out.add(source().bytes).add(destination().bytes);
  if (is_ipv6()) {
    out.u32(length).u24(0).u8(protocol_number());  // RFC 8200 section 8.1
  } else {
    out.u8(0).u8(protocol_number()).u16(length);  // RFC 9293 section 3.1
  }
  return out.bytes();
}

ByteString PacketBuilder::segment() const {
  ByteWriter out;
  std::size_t checksum_at = 0;
  std::optional<std::uint16_t> given;
  if (const auto* tcp = std::get_if<TcpHeader>(&transport_)) {
    const ByteString options = padded_to_words(tcp->options);
    const auto words = static_cast<std::uint8_t>(5 + options.size() / 4);
    out.u16(tcp->source_port).u16(tcp->destination_port).u32(tcp->sequence).u32(tcp->acknowledgment);
    out.u8(static_cast<unsigned>(tcp->header_words.value_or(words)) << 4 | tcp->reserved)
        .u8(tcp->flags)
        .u16(tcp->window);
    out.u16(0).u16(tcp->urgent_pointer).add(options);
    checksum_at = 16;
    given = tcp->checksum;
  } else if (const auto* udp = std::get_if<UdpHeader>(&transport_)) {
    out.u16(udp->source_port).u16(udp->destination_port);
    out.u16(udp->length.value_or(static_cast<std::uint16_t>(8 + payload_.size()))).u16(0);
    checksum_at = 6;
    given = udp->checksum;
  } else if (const auto* icmp = std::get_if<IcmpHeader>(&transport_)) {
    out.u8(icmp->type).u8(icmp->code).u16(0).u32(icmp->rest);
    checksum_at = 2;
    given = icmp->checksum;
  } else {
    return payload_;
  }
  ByteString bytes = joined(out.bytes(), payload_);
  const bool plain_icmp = protocol_number() == kIcmp;
  std::uint16_t checksum = internet_checksum(plain_icmp ? bytes : joined(pseudo_header(bytes.size()), bytes));
  if (checksum == 0 && protocol_number() == kUdp) checksum = 0xFFFF;  // RFC 768: zero means "none"
  set_u16(bytes, checksum_at, given.value_or(checksum));
  return bytes;
}

ByteString PacketBuilder::datagram() const {
  if (const auto* v4 = std::get_if<Ipv4Header>(&network_)) return ipv4_datagram(*v4, protocol_number(), segment());
  if (const auto* v6 = std::get_if<Ipv6Header>(&network_)) return ipv6_datagram(*v6, protocol_number(), segment());
  return segment();
}

ByteString PacketBuilder::frame() const {
  return ethernet_frame(ethernet_, vlans_, is_ipv6() ? kEtherIpv6 : kEtherIpv4, datagram());
}

PacketBuilder icmp_unreachable(const IpAddress& reporter, const PacketBuilder& quoted, Unreachable what,
                               std::size_t quoted_bytes) {
  ByteString datagram = quoted.datagram();
  const std::size_t header = quoted.is_ipv6() ? 40 : std::size_t{datagram.at(0) & 0x0FU} * 4;
  datagram.resize(std::min(datagram.size(), header + quoted_bytes));
  constexpr std::array<std::uint8_t, 3> kCodesV4{3, 1, 13};
  constexpr std::array<std::uint8_t, 3> kCodesV6{4, 3, 1};
  const auto which = static_cast<std::size_t>(what);
  PacketBuilder packet;
  packet.between(reporter, quoted.source());
  packet.icmp({.type = static_cast<std::uint8_t>(quoted.is_ipv6() ? 1 : 3),
               .code = quoted.is_ipv6() ? kCodesV6.at(which) : kCodesV4.at(which)});
  return packet.payload(datagram);
}

}  // namespace ghostport::packets
