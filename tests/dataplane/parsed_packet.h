// A frame as the parser sees it, and packets to try. Called by the tests of the parser and of its sums.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <numeric>

#include "dataplane/packet_parser.h"
#include "tests/packet_builder.h"

namespace ghostport::parsed_packet {

using packets::ByteString;
using packets::ByteWriter;
using packets::icmp_unreachable;
using packets::PacketBuilder;

inline constexpr std::string_view kClient = "10.0.0.5";
inline constexpr std::string_view kServer = "10.0.0.9";
inline constexpr std::string_view kClient6 = "2001:db8::5";
inline constexpr std::string_view kServer6 = "2001:db8::9";

inline PacketBuilder tcp(std::string_view source = kClient, std::string_view destination = kServer) {
  return PacketBuilder()
      .between(source, destination)
      .tcp({.source_port = 51514, .destination_port = 3238, .flags = packets::kAck | packets::kPsh})
      .payload("GET / HTTP/1.1\r\n");
}
inline PacketBuilder udp(std::string_view source = kClient, std::string_view destination = kServer) {
  return PacketBuilder()
      .between(source, destination)
      .udp({.source_port = 51514, .destination_port = 3238})
      .payload("datagram");
}
inline PacketBuilder tcp6() { return tcp(kClient6, kServer6); }
inline PacketBuilder udp6() { return udp(kClient6, kServer6); }
template <class Change>
inline PacketBuilder with(PacketBuilder packet, Change change) {
  change(packet);
  return packet;
}

inline packets::Ipv6Extension extension(std::uint8_t type, std::size_t bytes_after_length, std::uint8_t length) {
  return {.type = type, .after_next_header = ByteWriter().u8(length).zeros(bytes_after_length).bytes()};
}
inline packets::Ipv6Extension routing() { return extension(43, 6, 0); }
inline packets::Ipv6Extension mobility() { return extension(135, 6, 0); }
inline packets::Ipv6Extension authentication() { return extension(51, 22, 4); }  // 24 bytes: (4 + 2) * 4

/// A frame in a heap block of exactly its size, parsed: a read past the end is an error that sanitizers see.
struct Parsed {
  explicit Parsed(const ByteString& frame, std::size_t captured = SIZE_MAX, std::size_t wire = 0)
      : block(std::make_unique_for_overwrite<std::uint8_t[]>(std::min(captured, frame.size()))) {
    packet.captured = static_cast<std::uint32_t>(std::min(captured, frame.size()));
    packet.length = static_cast<std::uint32_t>(std::max(wire, frame.size()));
    std::copy_n(frame.begin(), packet.captured, block.get());
    packet.data = block.get();
    parse_packet(packet, counters);
  }
  explicit Parsed(const PacketBuilder& builder) : Parsed(builder.frame()) {}

  [[nodiscard]] std::string payload() const {
    return {packet.data + packet.payload_offset, packet.data + packet.payload_offset + packet.payload_captured};
  }
  [[nodiscard]] std::string from() const { return packet.key.end(packet.direction).text(); }
  [[nodiscard]] std::string to() const { return packet.key.end(packet.direction ^ 1U).text(); }
  [[nodiscard]] std::uint16_t from_port() const { return packet.key.port[packet.direction]; }
  [[nodiscard]] std::uint16_t to_port() const { return packet.key.port[packet.direction ^ 1U]; }
  [[nodiscard]] std::uint64_t shard() const { return shard_hash(packet); }
  [[nodiscard]] std::uint64_t counted() const {
    return std::accumulate(counters.values.begin(), counters.values.end(), std::uint64_t{0});
  }

  std::unique_ptr<std::uint8_t[]> block;
  Packet packet;
  Counters counters;
};

inline void expect_counted(const ByteString& frame, Counter counter) {
  const Parsed parsed(frame);
  EXPECT_EQ(parsed.packet.kind, PacketKind::none);
  EXPECT_EQ(parsed.counters.at(counter), 1U) << kCounterRows[static_cast<std::size_t>(counter)].name;
  EXPECT_EQ(parsed.counted(), 1U);
}
inline void expect_counted(const PacketBuilder& builder, Counter counter) { expect_counted(builder.frame(), counter); }

struct Family {
  std::string_view name;
  PacketBuilder (*tcp)();
  PacketBuilder (*udp)();
  std::string_view router;
};
inline const Family kFamilies[] = {{"IPv4", [] { return tcp(); }, [] { return udp(); }, "10.9.9.9"},
                                   {"IPv6", tcp6, udp6, "2001:db8:9::9"}};

}  // namespace ghostport::parsed_packet
