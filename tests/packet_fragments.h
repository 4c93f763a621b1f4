// IP fragments of a packet: right by default; overlapping, short, contradicting or foreign ones piece by piece.
// Part of packet_builder.h.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tests/packet_layers.h"

namespace ghostport::packets {

/// What a datagram's fragments share. Under IPv4 the identification is that of the packet's header unless given.
struct Fragmentation {
  std::size_t largest = 8;           ///< bytes of a fragment, a multiple of 8
  std::vector<std::size_t> cuts{};   ///< further offsets in the fragmentable part to cut at, rising multiples of 8
  std::vector<std::size_t> order{};  ///< indexes of the fragments; empty: in order
  std::optional<std::uint32_t> identification{};
  /// IPv6 extension headers that each fragment repeats in front of its fragment header; empty: all up to the last
  /// hop-by-hop or routing header (RFC 8200 section 4.5).
  std::optional<std::size_t> repeated_headers{};
};
[[nodiscard]] inline Fragmentation in_fragments_of(std::size_t largest, std::vector<std::size_t> order = {}) {
  return {.largest = largest, .order = std::move(order)};
}
[[nodiscard]] inline Fragmentation fragmented_at(std::vector<std::size_t> cuts, std::vector<std::size_t> order = {}) {
  return {.largest = 65'528, .cuts = std::move(cuts), .order = std::move(order)};
}

/// One piece, of any offset and length; it need not lie within the packet.
struct FragmentPiece {
  std::size_t offset = 0;             ///< bytes, a multiple of 8
  std::size_t size = 8;               ///< of the packet's own bytes, as far as there are any
  std::optional<ByteString> other{};  ///< sent instead of the packet's own bytes
  std::optional<bool> more{};         ///< empty: set unless the piece ends where the packet ends
};

/// What is cut: everything behind the IPv4 header, or behind the IPv6 headers that each fragment repeats.
[[nodiscard]] ByteString fragmentable_part(const PacketBuilder& packet, const Fragmentation& how = {});

/// One fragment, a packet of its own: its IP header may be changed afterwards. IPv4 options without the copied flag are
/// in the first fragment only (RFC 791 section 3.1), and the do-not-fragment bit is cleared.
[[nodiscard]] PacketBuilder fragment_of(const PacketBuilder& packet, const FragmentPiece& piece,
                                        const Fragmentation& how = {});

/// All fragments of a packet, in the order of `how`.
[[nodiscard]] std::vector<PacketBuilder> fragments_of(const PacketBuilder& packet, const Fragmentation& how = {});

}  // namespace ghostport::packets
