#include "tests/packet_builder.h"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <stdexcept>

namespace ghostport::packets {
namespace {

constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kFragmentHeader = 44, kIcmpV6 = 58, kNoNextHeader = 59;
constexpr std::uint8_t kHopByHop = 0, kDestinationOptions = 60;

unsigned hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A') + 10;
  throw std::invalid_argument("not a hexadecimal digit: " + std::string(1, digit));
}

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

// ---- bytes ----

ByteString from_hex(std::string_view digits) {
  ByteWriter out;
  for (std::size_t i = 0; i < digits.size();) {
    if (digits[i] == ' ') {
      ++i;
      continue;
    }
    if (i + 1 == digits.size()) throw std::invalid_argument("an odd number of hexadecimal digits");
    out.u8(hex_digit(digits[i]) << 4 | hex_digit(digits[i + 1]));
    i += 2;
  }
  return out.bytes();
}

ByteString random_bytes(std::size_t count, std::uint64_t seed) {
  ByteString bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    seed += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = seed;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    bytes[i] = static_cast<std::uint8_t>((mixed ^ (mixed >> 31)) & 0xFF);
  }
  return bytes;
}

ByteString joined(ByteString head, const ByteString& tail) {
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}

ByteWriter& ByteWriter::add(const Data& field) {
  bytes_.insert(bytes_.end(), field.bytes.begin(), field.bytes.end());
  return *this;
}

ByteWriter& ByteWriter::zeros(std::size_t count) {
  bytes_.resize(bytes_.size() + count);
  return *this;
}

ByteWriter& ByteWriter::counted(unsigned length_bytes, const Data& field) {
  return put(field.bytes.size(), length_bytes).add(field);
}

ByteWriter& ByteWriter::put(std::uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xFF));
  return *this;
}

ByteWriter& ByteWriter::put_little(std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xFF));
  return *this;
}

std::uint16_t internet_checksum(const ByteString& bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += std::uint64_t{bytes[i]} << (i % 2 == 0 ? 8 : 0);
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum & 0xFFFF);
}

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
  ByteWriter out;
  out.add(ByteString(ethernet_.destination.begin(), ethernet_.destination.end()));
  out.add(ByteString(ethernet_.source.begin(), ethernet_.source.end()));
  for (const VlanTag& tag : vlans_) {
    out.u16(tag.protocol_id)
        .u16(static_cast<unsigned>(tag.priority) << 13 | (tag.drop_eligible ? 0x1000U : 0U) | tag.id);
  }
  const std::uint16_t ether_type = is_ipv6() ? 0x86DD : 0x0800;
  ByteString bytes = out.u16(ethernet_.ether_type.value_or(ether_type)).add(datagram()).bytes();
  bytes.resize(std::max(bytes.size(), ethernet_.minimum_frame));
  return bytes;
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

// ---- a capture ----

Capture& Capture::after(std::chrono::nanoseconds pause) {
  now_ += pause;
  return *this;
}
Capture& Capture::at(std::chrono::nanoseconds since_start) {
  now_ = start_ + since_start;
  return *this;
}
Capture& Capture::snap_length(std::size_t bytes) {
  snap_length_ = bytes;
  return *this;
}

Capture& Capture::add(const ByteString& frame) {
  ByteString kept = frame;
  kept.resize(std::min(kept.size(), snap_length_));
  frames_.push_back({.time = now_, .bytes = std::move(kept), .wire_length = frame.size()});
  return after(kPacketSpacing);
}

Capture& Capture::see_every_packet_twice(std::chrono::nanoseconds later) {
  std::vector<CapturedFrame> twice;
  for (const CapturedFrame& frame : frames_) {
    twice.push_back(frame);
    twice.push_back(frame);
    twice.back().time += later;
  }
  std::stable_sort(twice.begin(), twice.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  frames_ = std::move(twice);
  return *this;
}

ByteString Capture::pcap(PcapFormat format) const {
  ByteWriter out;
  const auto u16 = [&](std::uint64_t value) { format.big_endian ? out.u16(value) : out.le16(value); };
  const auto u32 = [&](std::uint64_t value) { format.big_endian ? out.u32(value) : out.le32(value); };
  u32(format.nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4);
  u16(2);
  u16(4);
  u32(0);
  u32(0);
  u32(snap_length_);
  u32(1);  // LINKTYPE_ETHERNET
  for (const CapturedFrame& frame : frames_) {
    const auto nanoseconds = static_cast<std::uint64_t>(frame.time.count());
    u32(nanoseconds / 1'000'000'000U);
    u32(nanoseconds % 1'000'000'000U / (format.nanoseconds ? 1U : 1000U));
    u32(frame.bytes.size());
    u32(frame.wire_length);
    out.add(frame.bytes);
  }
  return out.bytes();
}

void Capture::write(const std::filesystem::path& file, PcapFormat format) const {
  const ByteString bytes = pcap(format);
  std::ofstream stream(file, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) throw std::runtime_error("cannot write " + file.string());
}

// ---- conversations ----

Conversation::Conversation(Capture& capture, Endpoint client, Endpoint server)
    : capture_(&capture), client_(std::move(client)), server_(std::move(server)) {}

PacketBuilder Conversation::next_packet(Party from) {
  PacketBuilder packet;
  packet.between(end(from).address, end(other(from)).address);
  if (!packet.is_ipv6()) packet.ipv4().identification = next_identification_[index(from)]++;
  return packet;
}

void Conversation::send(Party from, PacketBuilder packet) {
  if (edit_) edit_(packet, from);
  if (seen_.value_or(from) == from) {
    capture_->add(packet);
  } else {
    capture_->after(kPacketSpacing);
  }
  last_[index(from)] = std::move(packet);
}

void Conversation::send_unreachable(Unreachable what, const std::optional<IpAddress>& reporter,
                                    std::size_t quoted_bytes) {
  const PacketBuilder& quoted = last_packet(Party::client);
  capture_->add(icmp_unreachable(reporter.value_or(end(Party::server).address), quoted, what, quoted_bytes));
}

TcpConversation::TcpConversation(Capture& capture, Endpoint client, Endpoint server, TcpSettings settings)
    : Conversation(capture, std::move(client), std::move(server)),
      settings_(std::move(settings)),
      next_{settings_.client_isn + 1, settings_.server_isn + 1},
      acknowledged_{settings_.server_isn + 1, settings_.client_isn + 1} {}

TcpConversation& TcpConversation::editing(Edit edit) {
  edit_ = std::move(edit);
  return *this;
}
TcpConversation& TcpConversation::only_seen(Party party) {
  seen_ = party;
  return *this;
}
TcpConversation& TcpConversation::after(std::chrono::nanoseconds pause) {
  capture().after(pause);
  return *this;
}

std::uint32_t TcpConversation::first_sequence(Party from) const {
  return (from == Party::client ? settings_.client_isn : settings_.server_isn) + 1;
}

std::uint32_t TcpConversation::sent(Party from) const { return next_[index(from)] - first_sequence(from); }

void TcpConversation::send_segment(Party from, std::uint32_t sequence, std::uint8_t flags, const ByteString& data,
                                   const Edit& edit) {
  PacketBuilder packet = next_packet(from);
  packet.tcp({.source_port = end(from).port,
              .destination_port = end(other(from)).port,
              .sequence = sequence,
              .acknowledgment = (flags & kAck) != 0 ? acknowledged_[index(from)] : 0,
              .flags = flags});
  if ((flags & kSyn) != 0) packet.tcp().options = settings_.syn_options;
  packet.payload(data);
  if (edit) edit(packet, from);
  send(from, std::move(packet));
}

TcpConversation& TcpConversation::syn() {
  send_segment(Party::client, settings_.client_isn, kSyn, {});
  return *this;
}

TcpConversation& TcpConversation::syn_ack() {
  send_segment(Party::server, settings_.server_isn, kSyn | kAck, {});
  return *this;
}

TcpConversation& TcpConversation::client_says(const Data& data, const Segmentation& how) {
  return client_sends(data, how).acknowledge(Party::server);
}

TcpConversation& TcpConversation::server_says(const Data& data, const Segmentation& how) {
  return server_sends(data, how).acknowledge(Party::client);
}

TcpConversation& TcpConversation::send_data(Party from, const Data& data, const Segmentation& how) {
  struct Piece {
    std::size_t offset, size;
  };
  std::vector<Piece> pieces;
  std::vector<std::size_t> ends = how.cuts;
  ends.push_back(data.bytes.size());
  std::size_t at = 0;
  for (const std::size_t end : ends) {
    if (end < at || end > data.bytes.size()) throw std::invalid_argument("cuts must rise and lie within the data");
    while (at < end) {
      pieces.push_back({.offset = at, .size = std::min(how.largest, end - at)});
      at += pieces.back().size;
    }
  }
  std::vector<std::size_t> order = how.order;
  if (order.empty()) {
    order.resize(pieces.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
  }
  const std::uint32_t start = next_[index(from)];
  for (const std::size_t which : order) {
    const Piece& piece = pieces.at(which);
    const auto begin = data.bytes.begin() + static_cast<std::ptrdiff_t>(piece.offset);
    const ByteString bytes(begin, begin + static_cast<std::ptrdiff_t>(piece.size));
    const std::uint32_t sequence = start + static_cast<std::uint32_t>(piece.offset);
    const bool last = which + 1 == pieces.size();
    send_segment(from, sequence, static_cast<std::uint8_t>(last ? kPsh | kAck : kAck), bytes);
    last_data_[index(from)] = {sequence, bytes};
  }
  next_[index(from)] += static_cast<std::uint32_t>(data.bytes.size());
  return *this;
}

TcpConversation& TcpConversation::missing(Party from, std::size_t bytes) {
  next_[index(from)] += static_cast<std::uint32_t>(bytes);
  capture().after(kPacketSpacing);
  return acknowledge(other(from));
}

TcpConversation& TcpConversation::acknowledge(Party from, std::optional<std::uint32_t> stream_bytes) {
  const Party peer = other(from);
  acknowledged_[index(from)] = stream_bytes ? first_sequence(peer) + *stream_bytes : next_[index(peer)];
  send_segment(from, next_[index(from)], kAck, {});
  return *this;
}

TcpConversation& TcpConversation::segment(Party from, std::uint32_t offset, const Data& data, const Edit& edit) {
  send_segment(from, first_sequence(from) + offset, kPsh | kAck, data.bytes, edit);
  return *this;
}

TcpConversation& TcpConversation::retransmit(Party from) {
  const auto& [sequence, bytes] = last_data_[index(from)];
  send_segment(from, sequence, kPsh | kAck, bytes);
  return *this;
}

TcpConversation& TcpConversation::keep_alive(Party from, std::size_t garbage) {
  send_segment(from, next_[index(from)] - 1, kAck, ByteString(garbage));
  return acknowledge(other(from));
}

TcpConversation& TcpConversation::fin(Party from) {
  acknowledged_[index(from)] = next_[index(other(from))];
  send_segment(from, next_[index(from)]++, kFin | kAck, {});
  return *this;
}

TcpConversation& TcpConversation::rst(Party from) {
  acknowledged_[index(from)] = next_[index(other(from))];
  send_segment(from, next_[index(from)], kRst | kAck, {});
  return *this;
}

TcpConversation& TcpConversation::unreachable(Unreachable what, const std::optional<IpAddress>& reporter,
                                              std::size_t quoted_bytes) {
  send_unreachable(what, reporter, quoted_bytes);
  return *this;
}

UdpConversation& UdpConversation::editing(Edit edit) {
  edit_ = std::move(edit);
  return *this;
}
UdpConversation& UdpConversation::only_seen(Party party) {
  seen_ = party;
  return *this;
}
UdpConversation& UdpConversation::after(std::chrono::nanoseconds pause) {
  capture().after(pause);
  return *this;
}

UdpConversation& UdpConversation::say(Party from, const Data& data) {
  PacketBuilder packet = next_packet(from);
  packet.udp({.source_port = end(from).port, .destination_port = end(other(from)).port}).payload(data);
  send(from, std::move(packet));
  return *this;
}

UdpConversation& UdpConversation::unreachable(Unreachable what, const std::optional<IpAddress>& reporter,
                                              std::size_t quoted_bytes) {
  send_unreachable(what, reporter, quoted_bytes);
  return *this;
}

}  // namespace ghostport::packets
