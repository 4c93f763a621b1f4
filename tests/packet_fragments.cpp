#include "tests/packet_fragments.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace ghostport::packets {
namespace {

constexpr std::uint8_t kHopByHop = 0, kRouting = 43;
constexpr std::uint32_t kIdentificationV6 = 0x0F0E0D0C;

std::size_t repeated_headers(const Ipv6Header& header, const Fragmentation& how) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < header.extensions.size(); ++i) {
    const std::uint8_t type = header.extensions[i].type;
    if (type == kHopByHop || type == kRouting) count = i + 1;
  }
  return how.repeated_headers.value_or(count);
}

std::size_t size_of(const std::vector<Ipv6Extension>& extensions, std::size_t count) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) bytes += 1 + extensions.at(i).after_next_header.size();
  return bytes;
}

/// The options that fragments behind the first repeat.
ByteString copied_options(const ByteString& options) {
  ByteString copied;
  for (std::size_t at = 0; at < options.size();) {
    const std::uint8_t type = options[at];
    const std::size_t length = type <= 1 || at + 1 == options.size() ? 1 : std::max<std::size_t>(options[at + 1], 2);
    const std::size_t end = std::min(at + length, options.size());
    const auto from = options.begin() + static_cast<std::ptrdiff_t>(at);
    if ((type & 0x80U) != 0) copied.insert(copied.end(), from, options.begin() + static_cast<std::ptrdiff_t>(end));
    at = end;
  }
  return copied;
}

std::uint8_t first_protocol(const PacketBuilder& packet) {
  // By the packet's own bytes, so that whatever number was asked for is repeated.
  const ByteString datagram = packet.datagram();
  return datagram.at(packet.is_ipv6() ? 6 : 9);
}

}  // namespace

ByteString fragmentable_part(const PacketBuilder& packet, const Fragmentation& how) {
  const ByteString datagram = packet.datagram();
  PacketBuilder copy = packet;
  std::size_t header = 40;
  if (packet.is_ipv6()) {
    header += size_of(copy.ipv6().extensions, repeated_headers(copy.ipv6(), how));
  } else {
    header = 20 + (copy.ipv4().options.size() + 3) / 4 * 4;
  }
  return {datagram.begin() + static_cast<std::ptrdiff_t>(header), datagram.end()};
}

PacketBuilder fragment_of(const PacketBuilder& packet, const FragmentPiece& piece, const Fragmentation& how) {
  if (piece.offset % 8 != 0) throw std::invalid_argument("fragments begin at multiples of 8");
  const ByteString whole = fragmentable_part(packet, how);
  const std::size_t begin = std::min(piece.offset, whole.size());
  const std::size_t end = std::min(piece.offset + piece.size, whole.size());
  const ByteString bytes = piece.other.value_or(
      ByteString(whole.begin() + static_cast<std::ptrdiff_t>(begin), whole.begin() + static_cast<std::ptrdiff_t>(end)));
  const bool more = piece.more.value_or(piece.offset + bytes.size() < whole.size());
  const auto units = static_cast<std::uint16_t>(piece.offset / 8);

  PacketBuilder source = packet;
  PacketBuilder fragment;
  fragment.ethernet(source.ethernet()).payload(bytes);
  for (const VlanTag& tag : source.vlans()) fragment.vlan(tag);
  if (!packet.is_ipv6()) {
    Ipv4Header header = source.ipv4();
    header.protocol = first_protocol(packet);
    header.dont_fragment = false;
    header.more_fragments = more;
    header.fragment_offset = units;
    if (how.identification) header.identification = static_cast<std::uint16_t>(*how.identification);
    if (units != 0) header.options = copied_options(header.options);
    return fragment.ipv4(header);
  }
  Ipv6Header header = source.ipv6();
  const std::size_t repeated = repeated_headers(header, how);
  const auto& extensions = source.ipv6().extensions;
  // The next header of the fragment header: what the last repeated one led to.
  std::uint8_t next = first_protocol(packet);
  if (repeated != 0) next = packet.datagram().at(40 + size_of(extensions, repeated - 1));
  header.extensions.resize(repeated);
  header.extensions.push_back(fragment_header(units, more, how.identification.value_or(kIdentificationV6)));
  header.next_header.reset();
  header.protocol = next;
  return fragment.ipv6(header);
}

std::vector<PacketBuilder> fragments_of(const PacketBuilder& packet, const Fragmentation& how) {
  std::vector<FragmentPiece> pieces;
  std::vector<std::size_t> ends = how.cuts;
  ends.push_back(fragmentable_part(packet, how).size());
  std::size_t at = 0;
  for (const std::size_t end : ends) {
    if (end < at) throw std::invalid_argument("cuts must rise and lie within the packet");
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
  std::vector<PacketBuilder> fragments;
  fragments.reserve(order.size());
  for (const std::size_t which : order) fragments.push_back(fragment_of(packet, pieces.at(which), how));
  return fragments;
}

}  // namespace ghostport::packets
