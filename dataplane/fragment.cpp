#include "dataplane/fragment.h"

#include <algorithm>

#include "dataplane/internet_sum.h"

namespace ghostport {
namespace {

// Protocol numbers (IANA).
constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kAuthentication = 51;
constexpr std::uint8_t kIcmp6 = 58;
constexpr std::uint8_t kDestination = 60;
constexpr std::uint8_t kMobility = 135;

constexpr std::uint32_t kIpv6Header = 40;
constexpr std::uint32_t kFragmentHeader = 8;
constexpr std::uint32_t kIpv6LeastMtu = 1280;  // RFC 8200 section 5
constexpr unsigned kMostExtensionHeaders = 24;

std::uint32_t get16(const std::uint8_t* at) noexcept { return static_cast<std::uint32_t>(at[0] << 8U | at[1]); }

/// The options that are copied into every fragment (RFC 791 section 3.1).
std::uint32_t copied_options(const std::uint8_t* options, std::size_t size) noexcept {
  std::uint32_t digest = 0;
  for (std::size_t at = 0; at < size && options[at] != 0;) {
    std::size_t length = 1;
    if (options[at] != 1) length = at + 1 < size ? std::max<std::size_t>(options[at + 1], 2) : 2;
    const std::size_t stop = std::min(at + length, size);
    const bool copied = (options[at] & 0x80U) != 0;
    for (; at < stop; ++at) {
      if (copied) digest = (digest ^ options[at]) * 0x01000193U + 1U;
    }
  }
  return digest;
}

/// Whether the first fragment holds all headers up to that of the transport (RFC 7112 section 5).
bool holds_its_headers(std::uint8_t next, const std::uint8_t* bytes, std::uint32_t length,
                       std::uint32_t captured) noexcept {
  std::uint32_t at = 0;
  for (unsigned headers = 0; headers < kMostExtensionHeaders; ++headers) {
    if (next != kHopByHop && next != kRouting && next != kDestination && next != kMobility && next != kAuthentication) {
      const std::uint32_t least = next == kTcp ? 20 : next == kUdp || next == kIcmp6 ? 8 : 0;
      return at + least <= length;
    }
    if (at + 8 > length) return false;
    if (at + 8 > captured) return true;  // as far as can be seen
    next = bytes[at];
    const std::uint32_t words = bytes[at + 1];
    at += next == kAuthentication ? (words + 2) * 4 : (words + 1) * 8;
  }
  return false;
}

/// Bytes and positions, once the header has been read.
FragmentFault place(const Packet& packet, std::uint32_t start, std::uint32_t wire_end, std::uint32_t before,
                    Fragment& fragment) noexcept {
  if (wire_end <= start) return FragmentFault::impossible;
  std::uint32_t length = wire_end - start;
  if (fragment.more && length % 8 != 0) {
    if (fragment.key.family == 6) return FragmentFault::impossible;  // RFC 8200 section 4.5: must be discarded
    length -= length % 8;                                            // as Linux does; other systems discard it
    if (length == 0) return FragmentFault::impossible;
    fragment.odd = true;
  }
  if (length > Fragment::kMostBytes || before + fragment.offset + length > Fragment::kMostBytes)
    return FragmentFault::impossible;
  fragment.end = fragment.offset + length;
  fragment.bytes = packet.data + start;
  fragment.captured = packet.end > start ? std::min(length, packet.end - start) : 0;
  return FragmentFault::none;
}

FragmentFault read_ipv4(const Packet& packet, std::uint32_t wire_end, Fragment& fragment) noexcept {
  const std::uint8_t* ip = packet.data + packet.ip_offset;
  const std::uint32_t header = (ip[0] & 0x0FU) * 4U;
  if (get16(ip + 10) != 0 && folded(internet_sum(ip, header)) != 0xFFFF) return FragmentFault::bad_checksum;
  const std::uint32_t place_and_flags = get16(ip + 6);
  std::memcpy(fragment.key.source, ip + 12, 4);
  std::memcpy(fragment.key.destination, ip + 16, 4);
  fragment.key.identification = get16(ip + 4);
  fragment.key.protocol = fragment.next = ip[9];
  fragment.offset = (place_and_flags & 0x1FFFU) * 8U;
  fragment.more = (place_and_flags & 0x2000U) != 0;
  fragment.odd = (place_and_flags & 0x4000U) != 0;  // a datagram that must not be fragmented
  fragment.plain = header == 20;
  fragment.life = ip[8];
  fragment.service = static_cast<std::uint8_t>(ip[1] >> 2U);
  fragment.options = copied_options(ip + 20, header - 20);
  fragment.header = ip;
  fragment.header_size = static_cast<std::uint8_t>(header);
  return place(packet, packet.ip_offset + header, wire_end, header, fragment);
}

FragmentFault read_ipv6(const Packet& packet, std::uint32_t fragment_header, std::uint32_t wire_end,
                        Fragment& fragment) noexcept {
  const std::uint8_t* ip = packet.data + packet.ip_offset;
  const std::uint8_t* own = packet.data + fragment_header;
  const std::uint32_t chain = fragment_header - packet.ip_offset - kIpv6Header;
  const std::uint32_t place_and_flags = get16(own + 2);
  std::memcpy(fragment.key.source, ip + 8, 16);
  std::memcpy(fragment.key.destination, ip + 24, 16);
  fragment.key.identification = get16(own + 4) << 16U | get16(own + 6);
  fragment.next = own[0];
  fragment.offset = place_and_flags & 0xFFF8U;
  fragment.more = (place_and_flags & 1U) != 0;
  fragment.plain = chain == 0;
  fragment.life = ip[7];
  fragment.service = static_cast<std::uint8_t>(get16(ip) >> 6U & 0x3FU);
  fragment.options = chain;
  fragment.header = ip;
  fragment.header_size = kIpv6Header;
  const FragmentFault fault = place(packet, fragment_header + kFragmentHeader, wire_end, chain, fragment);
  if (fault != FragmentFault::none || !fragment.more) return fault;
  fragment.odd =
      wire_end - packet.ip_offset < kIpv6LeastMtu ||
      (fragment.offset == 0 && !holds_its_headers(fragment.next, fragment.bytes, fragment.end, fragment.captured));
  return FragmentFault::none;
}

}  // namespace

FragmentFault read_fragment(const Packet& packet, std::uint32_t fragment_header, std::uint32_t wire_end,
                            Fragment& fragment) noexcept {
  fragment.key.family = packet.family;
  fragment.key.tunnels = packet.tunnels;
  return packet.family == 4 ? read_ipv4(packet, wire_end, fragment)
                            : read_ipv6(packet, fragment_header, wire_end, fragment);
}

}  // namespace ghostport
