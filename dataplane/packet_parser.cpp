#include "dataplane/packet_parser.h"

#include <algorithm>
#include <cstring>

#include "dataplane/internet_sum.h"
#include "dataplane/ip_header.h"

namespace ghostport {
namespace {

/// What the parser needs of the IP header.
struct Ends {
  const std::uint8_t* source;
  const std::uint8_t* destination;
};

Ends ends_of(const Packet& packet) noexcept {
  const std::uint8_t* ip = packet.data + packet.ip_offset;
  return packet.family == 4 ? Ends{ip + 12, ip + 16} : Ends{ip + 8, ip + 24};
}

/// An ICMP destination unreachable (RFC 792, RFC 4443 section 3.1).
bool is_error(const Packet& packet) noexcept {
  if (packet.transport_offset + 8U > packet.end) return false;
  const std::uint8_t type = packet.data[packet.transport_offset];
  return packet.family == 4 ? packet.protocol == kIcmp && type == 3 : packet.protocol == kIcmp6 && type == 1;
}

/// The header that an ICMP error quotes; that of the same family as the error's own counts.
IpHeader read_quoted(const Packet& packet) noexcept {
  const IpHeader quoted = read_ip(packet.data, packet.transport_offset + 8U, packet.end, kAnyLength);
  return quoted.family == packet.family ? quoted : IpHeader{};
}

void parse_icmp(Packet& packet, Counters& counters) noexcept {
  if (!is_error(packet)) {
    counters.add(Counter::other_protocol);
    return;
  }
  counters.add(Counter::icmp_errors);
  const IpHeader quoted = read_quoted(packet);
  if (quoted.state != IpHeader::State::good || (quoted.protocol != kTcp && quoted.protocol != kUdp) ||
      quoted.transport_offset + 4 > packet.end)
    return;
  const std::uint8_t* ports = packet.data + quoted.transport_offset;
  packet.direction =
      make_five_tuple(packet.key, quoted.family, quoted.protocol == kTcp ? Transport::tcp : Transport::udp,
                      quoted.source, quoted.destination, get16(ports), get16(ports + 2));
  packet.kind = PacketKind::icmp_error;
}

}  // namespace

void parse_transport(Packet& packet, Counters& counters) noexcept {
  packet.kind = PacketKind::none;
  const Ends ends = ends_of(packet);
  packet.group = is_group(ends.destination, packet.family);
  if (packet.protocol == kIcmp || packet.protocol == kIcmp6) {
    parse_icmp(packet, counters);
    return;
  }
  const bool tcp = packet.protocol == kTcp;
  if (!tcp && packet.protocol != kUdp) {
    counters.add(Counter::other_protocol);
    return;
  }
  const std::uint32_t begin = packet.transport_offset;
  const std::uint32_t least = tcp ? 20 : 8;
  if (begin + least > packet.end) {
    counters.add(begin + least > packet.wire_end ? Counter::bad_transport_header : Counter::truncated_ip);
    return;
  }
  const std::uint8_t* header = packet.data + begin;
  std::uint32_t wire_end = packet.wire_end;
  std::uint32_t size = 8;
  if (tcp) {
    size = (header[12] >> 4U) * 4U;
    packet.tcp_flags = static_cast<std::uint8_t>(header[13]);
  } else {
    const std::uint32_t length = get16(header + 4);
    if (length != 0 && length < 8) size = 0;
    if (length >= 8) wire_end = std::min(wire_end, begin + length);
  }
  if (size < least || begin + size > wire_end) {
    counters.add(Counter::bad_transport_header);
    return;
  }
  packet.payload_offset = begin + size;
  packet.payload_length = wire_end - packet.payload_offset;
  packet.payload_captured =
      packet.end > packet.payload_offset ? std::min(packet.payload_length, packet.end - packet.payload_offset) : 0;
  packet.direction = make_five_tuple(packet.key, packet.family, tcp ? Transport::tcp : Transport::udp, ends.source,
                                     ends.destination, get16(header), get16(header + 2));
  packet.kind = tcp ? PacketKind::tcp : PacketKind::udp;
}

std::uint64_t shard_hash(const Packet& packet) noexcept {
  Ends ends = ends_of(packet);
  const bool icmp = packet.protocol == kIcmp || packet.protocol == kIcmp6;
  if (icmp && is_error(packet)) {
    const IpHeader quoted = read_quoted(packet);
    if (quoted.source != nullptr) ends = {quoted.source, quoted.destination};
  }
  return pair_hash(ends.source, ends.destination, packet.family == 4 ? 4 : 16);
}

bool checksums_good(const Packet& packet) noexcept {
  if (packet.doubtful) return false;
  const bool v4 = packet.key.family == 4;
  const std::uint8_t* ip = packet.data + packet.ip_offset;
  if (v4 && get16(ip + 10) != 0 && folded(internet_sum(ip, (ip[0] & 0x0FU) * 4U)) != 0xFFFF) return false;
  if (packet.payload_offset > packet.end || packet.payload_captured < packet.payload_length) return true;
  const std::uint32_t size = packet.payload_offset + packet.payload_length - packet.transport_offset;
  const std::uint8_t* transport = packet.data + packet.transport_offset;
  const bool udp = packet.kind == PacketKind::udp;
  if (udp && get16(transport + 6) == 0) return true;
  std::uint64_t sum = v4 ? internet_sum(ip + 12, 8) : internet_sum(ip + 8, 32);
  sum += std::uint64_t{udp ? kUdp : kTcp} << 8U;  // the pseudo header's end
  sum += (size >> 8U & 0xFFU) | (size & 0xFFU) << 8U;
  sum += internet_sum(transport, size);
  return folded(sum) == 0xFFFF;
}

std::uint64_t datagram_fingerprint(const Packet& packet, std::uint64_t seed) noexcept {
  const std::uint8_t* at = packet.data + packet.transport_offset;
  const std::size_t size = 8U + packet.payload_captured;
  // Neither factor of a multiplication is known to the sender, who could make it 0 and with it all that came before.
  const std::uint64_t secret = other_secret(seed);
  std::uint64_t hash = seed ^ (packet.key.family == 4 ? get16(packet.data + packet.ip_offset + 4) : 0U);
  std::uint64_t other = secret;
  std::size_t i = 0;
  // Pairs, two of them at a time: one multiplication need not wait for the other.
  for (; i + 32 <= size; i += 32) {
    std::uint64_t words[4];
    std::memcpy(words, at + i, 32);
    hash = mix(hash ^ words[0], words[1] ^ secret);
    other = mix(other ^ words[2], words[3] ^ secret);
  }
  hash = mix(hash, other);
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at + i, 8);
    hash = mix(hash, word ^ secret);
  }
  std::uint64_t word = 0;
  std::memcpy(&word, at + size - 8, 8);  // the last ones, some of them again
  return mix(hash, word ^ size ^ secret);
}

}  // namespace ghostport
